/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What dataset.c and dataset_preset.c share. */
#ifndef MUTAU_DATASET_INTERNAL_H
#define MUTAU_DATASET_INTERNAL_H

#include "mutau/dataset.h"

/* The named selections of rows; the order of mutau_dataset_row_names. */
typedef enum mutau_dataset_rows {
    MUTAU_DATASET_ROWS_MEASURED,
    MUTAU_DATASET_ROWS_ALL
} mutau_dataset_rows;

extern const char *const mutau_dataset_row_names[];

/* "FOLDER/NAMESUFFIX", freed with free(); NULL without memory. */
char *mutau_dataset_path(const char *folder, const char *name, const char *suffix);

/* Reads the preset `name` of `folder` with all rows of its table; *rows is the
 * selection that it names as its default. */
mutau_status mutau_dataset_read_preset(const char *folder, const char *name, mutau_dataset **out,
                                       mutau_dataset_rows *rows, mutau_error *err) MUTAU_MUST_CHECK;

#endif
