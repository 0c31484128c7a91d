/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the writers of formats share. */
#ifndef MUTAU_EXPORT_INTERNAL_H
#define MUTAU_EXPORT_INTERNAL_H

#include <stdio.h>

#include "export.h"

extern const mutau_export_format mutau_export_cobaya, mutau_export_arviz, mutau_export_csv,
    mutau_export_getdist;

/** `root` + a printf-formatted rest, to be freed; NULL without memory. */
char *mutau_export_path(const char *root, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** A number as %.17g, which reads back to the same double, with a decimal point whatever the
 * locale; nan, inf, -inf. */
enum { MUTAU_EXPORT_NUMBER_SIZE = 40 };
void mutau_export_number(double x, char text[MUTAU_EXPORT_NUMBER_SIZE]);
/** `before` and the number. */
void mutau_export_put(FILE *file, const char *before, double x);

/** Opens, lets `write` fill and finishes one file of the set, `root` + `suffix`. */
typedef void (*mutau_export_filler)(FILE *file, const mutau_draw_table *table, const char *root);
mutau_status mutau_export_file(const mutau_draw_table *table, const char *root, const char *suffix,
                               mutau_export_filler fill, mutau_new_files *files,
                               mutau_error *err) MUTAU_MUST_CHECK;

/** How one row of a chain is written; draw is its place in the arrays of the table. */
typedef void (*mutau_export_row)(FILE *file, const mutau_draw_table *table, size_t draw);

/** One file for each ensemble, ROOT<separator>1.txt and so on, walker by walker: the header, and
 * for each draw its weight and the row.  Draws of one walker that are the same as the one before it
 * add to its weight.  MUTAU_EEXIST if there are files that would be read as chains of the same run:
 * of the other separator, or, unless these are overwritten, of larger numbers. */
mutau_status mutau_export_ensembles(const mutau_draw_table *table, const char *root, char separator,
                                    void (*header)(FILE *file, const mutau_draw_table *table),
                                    mutau_export_row row, mutau_new_files *files,
                                    mutau_error *err) MUTAU_MUST_CHECK;

#endif
