/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file export.h
 * Draws in the formats of other programs.  docs/export.md has what these do with them.
 *
 * Each format is a constant description in a file of its own.
 */
#ifndef MUTAU_EXPORT_H
#define MUTAU_EXPORT_H

#include "analysis/draw_table.h"
#include "base/status.h"
#include "store/new_files.h"

typedef struct mutau_export_format {
    const char *name;   /**< of --format */
    const char *suffix; /**< of its file, if it is one: may end the root; NULL: it is several */
    /** Adds the files whose names begin with `root` to `files`, finished.  MUTAU_EEXIST, MUTAU_EIO,
     * MUTAU_ENOMEM. */
    mutau_status (*write)(const mutau_draw_table *table, const char *root, mutau_new_files *files,
                          mutau_error *err);
} mutau_export_format;

/** cobaya, arviz, csv, getdist; ended by NULL. */
extern const mutau_export_format *const mutau_export_formats[];

/** The format of that name; MUTAU_EUSAGE, with the nearest, if there is none. */
mutau_status mutau_export_find(const char *name, const mutau_export_format **out,
                               mutau_error *err) MUTAU_MUST_CHECK;

/** Writes the files of a format, all of them or none: complete under temporary names first.
 * `root` is what their names begin with, perhaps with the suffix of the format.  What may be told
 * of them is in `files`, freed by the caller. */
mutau_status mutau_export_write(const mutau_export_format *format, const mutau_draw_table *table,
                                const char *root, mutau_new_files *files,
                                mutau_error *err) MUTAU_MUST_CHECK;

#endif
