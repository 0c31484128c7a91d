/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a report that are for CSV, by RFC 4180 but with the line ends of text files. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "report_internal.h"

enum { TEXT_SIZE = 8192 };

typedef struct csv {
    const mutau_report *report;
    const mutau_report_output *output;
    const mutau_report_table_of *last; /* the table whose header is the last one */
} csv;

/* Control characters as their escapes (mutau_utf8_plain), so that a row is a line. */
static void put_text(const csv *c, const char *text)
{
    FILE *file = c->output->file;
    char plain[TEXT_SIZE];
    if (text == NULL)
        return;
    (void)mutau_utf8_plain(text, sizeof plain, plain);
    const bool quoted = strpbrk(plain, ",\"") != NULL;
    if (quoted)
        (void)fputc('"', file);
    for (const char *s = plain; *s != '\0'; s++) {
        if (*s == '"')
            (void)fputc('"', file);
        (void)fputc(*s, file);
    }
    if (quoted)
        (void)fputc('"', file);
}

static void put_number(FILE *file, double x)
{
    char text[MUTAU_NUMBER_SIZE] = "nan";
    if (isinf(x))
        (void)snprintf(text, sizeof text, "%sinf", x < 0.0 ? "-" : "");
    else if (!isnan(x))
        mutau_number_write(x, text);
    (void)fputs(text, file);
}

static void put_real(const csv *c, double x)
{
    put_number(c->output->file, x);
}

/* lo..hi, several intervals with a blank between them. */
static void put_region(const csv *c, const mutau_region *r)
{
    for (size_t i = 0; i < r->n; i++) {
        (void)fputs(i > 0 ? " " : "", c->output->file);
        put_real(c, r->lo[i]);
        (void)fputs("..", c->output->file);
        put_real(c, r->hi[i]);
    }
}

static void put_cell(const csv *c, const mutau_record *cell, mutau_report_role role)
{
    if (role == MUTAU_REPORT_KEY && cell->key != NULL)
        put_text(c, cell->key);
    else if (cell->kind == MUTAU_RECORD_REAL)
        put_real(c, cell->as.real);
    else if (cell->kind == MUTAU_RECORD_COUNT)
        (void)fprintf(c->output->file, "%llu", (unsigned long long)cell->as.count);
    else if (cell->kind == MUTAU_RECORD_BOOL)
        (void)fputs(cell->as.truth ? "true" : "false", c->output->file);
    else if (cell->kind == MUTAU_RECORD_REGION)
        put_region(c, &cell->as.region->region);
    else if (cell->kind == MUTAU_RECORD_TEXT)
        put_text(c, cell->as.text);
}

static void write_rows(csv *c, const mutau_grid *g, mutau_report *room)
{
    if (!c->output->no_head && c->last == NULL)
        for (size_t i = 0; i < g->n_column; i++) {
            put_text(c, mutau_grid_head(g, i, room));
            (void)fputc(i + 1 < g->n_column ? ',' : '\n', c->output->file);
        }
    for (size_t row = 0; row < g->n_row && !c->output->no_rows; row++)
        for (size_t i = 0; i < g->n_column; i++) {
            mutau_record cell;
            if (mutau_grid_cell(g, row, i, &cell))
                put_cell(c, &cell, mutau_grid_role(g, row, i));
            (void)fputc(i + 1 < g->n_column ? ',' : '\n', c->output->file);
        }
}

static void write_number(const csv *c, const mutau_grid *g, size_t row, size_t column,
                         const char *key)
{
    mutau_record cell;
    const mutau_report_table_of *t = g->table;
    const mutau_record *file = mutau_record_find(g->root, g->container, t->layout.file);
    if (!mutau_grid_cell(g, row, column, &cell) ||
        (cell.kind != MUTAU_RECORD_REAL && cell.kind != MUTAU_RECORD_COUNT))
        return;
    const char *const words[] = {file != NULL ? file->as.text : NULL, t->layout.section,
                                 t->layout.name != NULL ? t->layout.name : g->records[row]->key,
                                 key};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put_text(c, words[i]);
        (void)fputc(',', c->output->file);
    }
    put_cell(c, &cell, MUTAU_REPORT_VALUE);
    (void)fputc('\n', c->output->file);
}

static void write_numbers(const csv *c, const mutau_grid *g, mutau_report *room)
{
    if (!c->output->no_head && c->last == NULL)
        (void)fputs("file,section,name,key,value\n", c->output->file);
    for (size_t row = 0; row < g->n_row && !c->output->no_rows; row++)
        for (size_t i = 0; i < g->n_column; i++)
            write_number(c, g, row, i, mutau_grid_head(g, i, room));
}

static mutau_status write_table(void *self, const mutau_record *container, const mutau_record *node,
                                mutau_error *err)
{
    csv *c = self;
    const mutau_report_table_of *table = node->kind == MUTAU_RECORD_TABLE ? node->as.table : NULL;
    if (table == NULL || !table->layout.csv)
        return MUTAU_OK;
    mutau_grid grid;
    mutau_report *room = mutau_report_alloc();
    mutau_grid_init(&grid, &c->report->root, container, table, room);
    if (room != NULL && table->layout.file != NULL)
        write_numbers(c, &grid, room);
    else if (room != NULL)
        write_rows(c, &grid, room);
    const bool done = room != NULL && !room->no_memory;
    mutau_report_free(room);
    c->last = table;
    return done ? MUTAU_OK : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the report");
}

mutau_status mutau_report_write_csv(const mutau_report *report, const mutau_report_output *output,
                                    mutau_error *err)
{
    csv c = {.report = report, .output = output};
    return mutau_report_visit(&report->root, write_table, &c, err);
}

mutau_status mutau_report_csv_row(FILE *file, size_t n, const double x[], mutau_error *err)
{
    errno = 0;
    for (size_t i = 0; i < n; i++) {
        put_number(file, x[i]);
        (void)fputc(i + 1 < n ? ',' : '\n', file);
    }
    return mutau_report_written(file, err);
}
