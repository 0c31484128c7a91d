/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file table.h
 * Numeric CSV tables with '#' comment lines and one header line of column names.
 * Locale-independent.  A field may stand in double quotes ("" is one quote), within
 * its line; blanks around fields, empty lines, CR LF ends and a byte-order mark are
 * tolerated.  A column that is not numeric in every row can only be read as text.
 *
 * A table never changes once it is read: any number of threads may use it.
 */
#ifndef MUTAU_TABLE_H
#define MUTAU_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define MUTAU_TABLE_MAX_BYTES (16 * 1024 * 1024)
#define MUTAU_TABLE_MAX_COLUMNS 1000

typedef struct mutau_table mutau_table;

/** Reads the file `path`.  MUTAU_EIO if it cannot be read; MUTAU_EDATA as
 * "FILE:LINE:COLUMN: ..." for ragged rows, duplicate or empty column names, no
 * rows, NUL bytes, malformed quotes, over-long files; MUTAU_ENOMEM. */
mutau_status mutau_table_read_file(const char *path, mutau_table **out,
                                   mutau_error *err) MUTAU_MUST_CHECK;
/** The same from text[size]; `name` stands for the file in messages. */
mutau_status mutau_table_read_text(const char *name, const char *text, size_t size,
                                   mutau_table **out, mutau_error *err) MUTAU_MUST_CHECK;
/** The same for a table that may lack the line of names: if its first line begins with a number,
 * it is a row, and the columns are called 1, 2, ... */
mutau_status mutau_table_read_bare(const char *name, const char *text, size_t size,
                                   mutau_table **out, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_table_free(mutau_table *table);

size_t mutau_table_rows(const mutau_table *table);
/** NULL behind the last column. */
const char *mutau_table_column_name(const mutau_table *table, size_t i_column);

/** Copies column `name` into values[mutau_table_rows()]: finite numbers only.
 * MUTAU_EDATA names a missing column (with those that exist) or the line:column
 * of a field that is not a finite number. */
mutau_status mutau_table_real(const mutau_table *table, const char *name, double values[],
                              mutau_error *err) MUTAU_MUST_CHECK;

/** The same for a column that need not say something in every row: an empty field, nan and na
 * (any case, also .nan and n/a) give NaN. */
mutau_status mutau_table_real_or_nan(const mutau_table *table, const char *name, double values[],
                                     mutau_error *err) MUTAU_MUST_CHECK;
/** The same for yes and no: 1 and true give 1.0, 0 and false 0.0, in any case. */
mutau_status mutau_table_flags(const mutau_table *table, const char *name, double values[],
                               mutau_error *err) MUTAU_MUST_CHECK;

/** Whether there is a column of that name. */
bool mutau_table_has_column(const mutau_table *table, const char *name);

/** The text of one field, owned by the table; NULL if there is no such column or row. */
const char *mutau_table_text(const mutau_table *table, const char *name, size_t i_row);

/** Sets err to "FILE:LINE:COLUMN: <formatted text>" for the field of column `name`
 * in row i_row (FILE alone if there is none) and returns MUTAU_EDATA. */
mutau_status mutau_table_error(const mutau_table *table, const char *name, size_t i_row,
                               mutau_error *err, const char *format, ...) MUTAU_PRINTF(5, 6);

#endif
