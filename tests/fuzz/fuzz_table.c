/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a table or a located error; every field of a table can be read. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void read_column(const mutau_table *table, size_t i_column)
{
    const size_t n_row = mutau_table_rows(table);
    const char *name = mutau_table_column_name(table, i_column);
    mutau_error err = {0};
    size_t length = 0;
    require(n_row > 0);
    require(name != NULL && name[0] != '\0');
    for (size_t i = 0; i < n_row; i++)
        length += strlen(mutau_table_text(table, name, i));
    require(length <= MUTAU_TABLE_MAX_BYTES);
    require(mutau_table_text(table, name, n_row) == NULL);
    double *values = calloc(n_row, sizeof *values);
    if (values == NULL)
        return;
    const mutau_status status = mutau_table_real(table, name, values, &err);
    require(status == MUTAU_OK || (status == MUTAU_EDATA && strncmp(err.text, "f:", 2) == 0));
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mutau_error err = {0};
    mutau_table *table = NULL;
    const mutau_status status = mutau_table_read_text("f", (const char *)data, size, &table, &err);
    if (status != MUTAU_OK) {
        require(table == NULL && status == MUTAU_EDATA && strncmp(err.text, "f:", 2) == 0);
        return 0;
    }
    for (size_t i = 0; mutau_table_column_name(table, i) != NULL; i++)
        read_column(table, i);
    mutau_table_free(table);
    return 0;
}
