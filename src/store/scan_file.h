/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file scan_file.h
 * The file of a scan: HDF5, with the axes, a data set for each quantity on the grid and the run
 * file, and as long as the scan is not finished what it goes on from.  docs/scan.md describes the
 * layout.
 *
 * A file is composed in memory and appears complete, in place of the one before it, so that neither
 * a kill nor a full disk spoils what was there.  Its bytes depend on what it says alone.
 */
#ifndef MUTAU_SCAN_FILE_H
#define MUTAU_SCAN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { MUTAU_SCAN_FILE_MAX_AXES = 2 };

typedef struct mutau_scan_file_axis {
    const char *name, *unit; /**< "" for a pure number */
    size_t n;
    const double *value; /**< [n] */
    bool linear;         /**< spaced so; else in the logarithm */
} mutau_scan_file_axis;

/** A quantity on the grid: of point i value[i * stride]. */
typedef struct mutau_scan_file_column {
    const char *group; /**< "map" or "profiled" */
    const char *name, *unit;
    const char *labels; /**< names of the values 0, 1, ..., with blanks between; NULL: none */
    double *value;
    size_t stride;
    bool derived; /**< made of the others when the scan is finished: not read back */
} mutau_scan_file_column;

/** A number by name. */
typedef struct mutau_scan_file_number {
    const char *name;
    double value;
} mutau_scan_file_number;

/** What is in the file.  Nothing is owned. */
typedef struct mutau_scan_file {
    const char *version;  /**< of mutau */
    const char *config;   /**< resolved YAML */
    const char *digest;   /**< hex digests of what a resume may not change */
    const char *request;  /**< what was asked for, one line */
    const char *profiled; /**< names, with blanks between */
    size_t n_axis;
    mutau_scan_file_axis axis[MUTAU_SCAN_FILE_MAX_AXES];
    size_t n_column;
    const mutau_scan_file_column *column;
    bool complete;
    size_t n_best; /**< of the group `best` of a complete file */
    const mutau_scan_file_number *best;
    /* Of one that is not complete: */
    uint64_t stride, pass;
    size_t n_cell;       /**< numbers of a point in `now` and `next` */
    double *now, *next;  /**< [n_point][n_cell] */
    unsigned char *done; /**< [n_point] */
} mutau_scan_file;

/** The texts of a file, for who compares; owned. */
typedef struct mutau_scan_file_texts {
    char *config, *digest, *request;
} mutau_scan_file_texts;

/** The right to write `path`, for the length of a scan. */
typedef struct mutau_scan_writer mutau_scan_writer;

/** Takes the lock `path`.lock and looks whether there is a file.  MUTAU_ELOCKED; MUTAU_EIO;
 * MUTAU_EEXIST if there is one and neither `overwrite` nor `resume`, or if it is no file of a
 * scan.  *found: there is one to resume. */
mutau_status mutau_scan_writer_open(const char *path, bool overwrite, bool resume,
                                    mutau_scan_writer **out, bool *found,
                                    mutau_error *err) MUTAU_MUST_CHECK;
/** Gives the lock back; NULL allowed. */
void mutau_scan_writer_close(mutau_scan_writer *writer);

/** Writes the file in place of the one before it.  MUTAU_EIO (that one is still there),
 * MUTAU_ENOMEM. */
mutau_status mutau_scan_file_write(const mutau_scan_writer *writer, const mutau_scan_file *file,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** Reads the texts, to be released also after a failure.  MUTAU_EDATA: no file of a scan, or a
 * damaged one; MUTAU_EIO; MUTAU_ENOMEM. */
mutau_status mutau_scan_file_read_texts(const char *path, mutau_scan_file_texts *texts,
                                        mutau_error *err) MUTAU_MUST_CHECK;
void mutau_scan_file_texts_release(mutau_scan_file_texts *texts);

/** Fills the columns that are not derived, and of a file that is not complete the state, whose
 * sizes `file` says, and complete, stride and pass.  Errors as above; what was filled before one
 * stays. */
mutau_status mutau_scan_file_read(const char *path, mutau_scan_file *file,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
