/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What dataset.c and dataset_preset.c share. */
#ifndef MUTAU_DATASET_INTERNAL_H
#define MUTAU_DATASET_INTERNAL_H

#include "likelihood/dataset.h"
#include "store/table.h"

/* The named selections of rows; the order of mutau_dataset_row_names. */
typedef enum mutau_dataset_rows {
    MUTAU_DATASET_ROWS_MEASURED,
    MUTAU_DATASET_ROWS_ALL
} mutau_dataset_rows;

extern const char *const mutau_dataset_row_names[];

/* The columns of a table. */
typedef enum mutau_dataset_column {
    MUTAU_COLUMN_E_LO,
    MUTAU_COLUMN_E_HI,
    MUTAU_COLUMN_E2PHI,
    MUTAU_COLUMN_ERR_MINUS,
    MUTAU_COLUMN_ERR_PLUS,
    MUTAU_COLUMN_LIMIT,
    MUTAU_COLUMN_IS_LIMIT,
    MUTAU_COLUMN_LEVEL,
    MUTAU_DATASET_COLUMNS
} mutau_dataset_column;

/* A table and the names of its columns: LIMIT and LEVEL may be "", not there. */
typedef struct mutau_dataset_table {
    const char *dataset;
    const mutau_table *table;
    const char *names[MUTAU_DATASET_COLUMNS];
} mutau_dataset_table;

/* Checks bin i of bins[n_bin], whose numbers are NaN where the table says nothing: MUTAU_EDATA
 * with place, data set, row and column.  What a limit need not have becomes 0 then. */
mutau_status mutau_dataset_check_bin(const mutau_dataset_table *t, size_t i, mutau_bin bins[],
                                     mutau_error *err) MUTAU_MUST_CHECK;
/* Looks for slips of the unit in checked bins: MUTAU_EDATA for impossible values; *warning, freed
 * by the caller, is NULL or one line about the first implausible one. */
mutau_status mutau_dataset_check_units(const mutau_dataset_table *t, size_t n_bin,
                                       const mutau_bin bins[], char **warning,
                                       mutau_error *err) MUTAU_MUST_CHECK;

/* Reads the preset `name` of `folder` with all rows of its table; *rows is the
 * selection that it names as its default. */
mutau_status mutau_dataset_read_preset(const char *folder, const char *name, mutau_dataset **out,
                                       mutau_dataset_rows *rows, mutau_error *err) MUTAU_MUST_CHECK;

#endif
