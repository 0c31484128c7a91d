/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table for pandas, ChainConsumer, corner, R and the like. */
#include "export_internal.h"

static void fill(FILE *file, const mutau_draw_table *t, const char *root)
{
    (void)root;
    (void)fputs("chain,draw,ensemble,walker,log_posterior", file);
    for (size_t i = 0; i < t->n; i++)
        (void)fprintf(file, ",%s", t->columns[i].name);
    (void)fputc('\n', file);
    for (size_t draw = 0; draw < t->n_column * t->n_row; draw++) {
        const size_t chain = draw / t->n_row;
        (void)fprintf(file, "%zu,%zu,%zu,%zu", chain, draw % t->n_row, chain / t->n_walker,
                      chain % t->n_walker);
        mutau_export_put(file, ",", t->log_prob[draw]);
        for (size_t i = 0; i < t->n; i++)
            mutau_export_put(file, ",", t->columns[i].x[draw]);
        (void)fputc('\n', file);
    }
}

static mutau_status write_table(const mutau_draw_table *table, const char *root,
                                mutau_new_files *files, mutau_error *err)
{
    return mutau_export_file(table, root, ".csv", fill, files, err);
}

const mutau_export_format mutau_export_csv = {
    .name = "csv",
    .suffix = ".csv",
    .write = write_table,
};
