/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of numbers as text; documented in export_internal.h. */
#include "export_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char *mutau_export_path(const char *root, const char *format, ...)
{
    enum { REST = 4096 };
    char rest[REST];
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(rest, sizeof rest, format, arguments);
    va_end(arguments);
    if (n < 0 || n >= REST)
        return NULL;
    const size_t size = strlen(root) + (size_t)n + 1;
    char *path = mutau_calloc(size, 1);
    if (path != NULL)
        (void)snprintf(path, size, "%s%s", root, rest);
    return path;
}

void mutau_export_number(double x, char text[MUTAU_EXPORT_NUMBER_SIZE])
{
    (void)snprintf(text, MUTAU_EXPORT_NUMBER_SIZE, "%.17g", x);
    if (isnan(x))
        (void)snprintf(text, MUTAU_EXPORT_NUMBER_SIZE, "nan");
    char *point = isfinite(x) ? text + strcspn(text, ",") : text + strlen(text);
    if (*point == ',')
        *point = '.';
}

void mutau_export_put(FILE *file, const char *before, double x)
{
    char text[MUTAU_EXPORT_NUMBER_SIZE];
    mutau_export_number(x, text);
    (void)fputs(before, file);
    (void)fputs(text, file);
}

mutau_status mutau_export_file(const mutau_draw_table *table, const char *root, const char *suffix,
                               mutau_export_filler fill, mutau_new_files *files, mutau_error *err)
{
    FILE *file = NULL;
    char *path = mutau_export_path(root, "%s", suffix);
    if (path == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the name of a file");
    const mutau_status status = mutau_new_files_add(files, path, &file, err);
    free(path);
    MUTAU_CHECK(status);
    fill(file, table, root);
    return mutau_new_files_finish(files, err);
}

static bool same_number(double a, double b)
{
    return !(a < b) && !(a > b) && isnan(a) == isnan(b);
}

static bool same_draw(const mutau_draw_table *t, size_t a, size_t b)
{
    if (!same_number(t->log_prob[a], t->log_prob[b]))
        return false;
    for (size_t i = 0; i < t->n; i++)
        if (!same_number(t->columns[i].x[a], t->columns[i].x[b]))
            return false;
    return true;
}

static void write_walker(FILE *file, const mutau_draw_table *t, size_t i_column,
                         mutau_export_row row)
{
    const size_t first = i_column * t->n_row;
    size_t weight = 0;
    for (size_t i = 0; i < t->n_row; i += weight) {
        weight = 1;
        while (i + weight < t->n_row && same_draw(t, first + i, first + i + weight))
            weight++;
        (void)fprintf(file, "%zu", weight);
        row(file, t, first + i);
        (void)fputc('\n', file);
    }
}

/* Files of an earlier, larger set. */
static mutau_status retire(const mutau_draw_table *t, const char *root, char separator,
                           mutau_new_files *files, mutau_error *err)
{
    bool found = true;
    for (size_t i = t->n_ensemble + 1; found; i++) {
        char *path = mutau_export_path(root, "%c%zu.txt", separator, i);
        if (path == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the name of a file");
        const mutau_status status = mutau_new_files_retire(files, path, &found, err);
        free(path);
        MUTAU_CHECK(status);
    }
    return MUTAU_OK;
}

static mutau_status refuse_file(const char *root, const char *rest, mutau_error *err)
{
    char *path = mutau_export_path(root, "%s", rest);
    if (path == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the name of a file");
    mutau_status status = MUTAU_OK;
    if (mutau_new_files_exists(path))
        status = mutau_error_set(err, MUTAU_EEXIST,
                                 "%s exists, and would be read with these chains: another "
                                 "--output keeps them apart",
                                 path);
    free(path);
    return status;
}

/* Cobaya and GetDist take ROOT.1.txt and ROOT_1.txt for chains of one run, and either description
 * for that of both. */
static mutau_status refuse_others(const char *root, char separator, mutau_error *err)
{
    MUTAU_CHECK(refuse_file(root, separator == '.' ? "_1.txt" : ".1.txt", err));
    return refuse_file(root, separator == '.' ? ".paramnames" : ".updated.yaml", err);
}

mutau_status mutau_export_ensembles(const mutau_draw_table *table, const char *root, char separator,
                                    void (*header)(FILE *file, const mutau_draw_table *table),
                                    mutau_export_row row, mutau_new_files *files, mutau_error *err)
{
    MUTAU_CHECK(refuse_others(root, separator, err));
    for (size_t i = 0; i < table->n_ensemble; i++) {
        FILE *file = NULL;
        char *path = mutau_export_path(root, "%c%zu.txt", separator, i + 1);
        if (path == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the name of a file");
        const mutau_status status = mutau_new_files_add(files, path, &file, err);
        free(path);
        MUTAU_CHECK(status);
        header(file, table);
        for (size_t k = 0; k < table->n_walker; k++)
            write_walker(file, table, i * table->n_walker + k, row);
        MUTAU_CHECK(mutau_new_files_finish(files, err));
    }
    return retire(table, root, separator, files, err);
}
