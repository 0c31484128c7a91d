/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of CosmoMC, which GetDist and anesthetic read. */
#include "export_internal.h"

#include <math.h>

/* Sampled and derived quantities are columns, ln L is not. */
static size_t count(const mutau_draw_table *t)
{
    return mutau_draw_table_count(t, MUTAU_DRAW_SAMPLED) +
           mutau_draw_table_count(t, MUTAU_DRAW_DERIVED);
}

static void write_header(FILE *file, const mutau_draw_table *t)
{
    (void)fputs("# weight minuslogpost", file);
    for (size_t i = 0; i < count(t); i++)
        (void)fprintf(file, " %s", t->columns[i].name);
    (void)fputc('\n', file);
}

static void write_row(FILE *file, const mutau_draw_table *t, size_t draw)
{
    mutau_export_put(file, " ", -t->log_prob[draw]);
    for (size_t i = 0, n = count(t); i < n; i++)
        mutau_export_put(file, " ", t->columns[i].x[draw]);
}

static void fill_names(FILE *file, const mutau_draw_table *t, const char *root)
{
    (void)root;
    for (size_t i = 0; i < count(t); i++) {
        const mutau_draw_column *c = &t->columns[i];
        (void)fprintf(file, "%s%s\t%s\n", c->name, c->kind == MUTAU_DRAW_DERIVED ? "*" : "",
                      c->latex);
    }
}

static void put_bound(FILE *file, double x)
{
    if (isfinite(x))
        mutau_export_put(file, " ", x);
    else
        (void)fputs(" N", file);
}

static void fill_ranges(FILE *file, const mutau_draw_table *t, const char *root)
{
    (void)root;
    for (size_t i = 0; i < count(t); i++) {
        (void)fputs(t->columns[i].name, file);
        put_bound(file, t->columns[i].lo);
        put_bound(file, t->columns[i].hi);
        (void)fputc('\n', file);
    }
}

/* The rows are a Markov chain's, from which nothing is left to be dropped. */
static void fill_properties(FILE *file, const mutau_draw_table *t, const char *root)
{
    (void)root;
    (void)fputs("sampler=mcmc\nburn_removed=T\n", file);
    if (t->settings->description[0] == '\0')
        return;
    (void)fputs("label=", file);
    for (const char *at = t->settings->description; *at != '\0'; at++)
        (void)fputc(*at == '\n' || *at == '\r' ? ' ' : *at, file);
    (void)fputc('\n', file);
}

static mutau_status write_files(const mutau_draw_table *table, const char *root,
                                mutau_new_files *files, mutau_error *err)
{
    MUTAU_CHECK(mutau_export_file(table, root, ".paramnames", fill_names, files, err));
    MUTAU_CHECK(mutau_export_file(table, root, ".ranges", fill_ranges, files, err));
    MUTAU_CHECK(mutau_export_file(table, root, ".properties.ini", fill_properties, files, err));
    return mutau_export_ensembles(table, root, '_', write_header, write_row, files, err);
}

const mutau_export_format mutau_export_getdist = {
    .name = "getdist",
    .write = write_files,
};
