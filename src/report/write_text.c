/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report for people, at the width of their terminal. */
#include <math.h>
#include <stdlib.h>

#include "report/text.h"
#include "base/utf8.h"
#include "report_internal.h"
#include "text_internal.h"

/* Rows of a table; a longer one is one after another. */
enum { AT_ONCE = 10000, NUMBER_SIZE = 400, PLAIN_SIZE = 4096 };

/* --- cells ------------------------------------------------------------------------------- */

static void format_real(double x, const char *form, char text[NUMBER_SIZE])
{
    const int digits = form != NULL ? form[1] - '0' : 4;
    if (form != NULL && form[0] == 'f')
        (void)snprintf(text, NUMBER_SIZE, "%.*f", digits, x);
    else if (form != NULL && form[0] == 'e')
        (void)snprintf(text, NUMBER_SIZE, "%.*e", digits, x);
    else
        (void)snprintf(text, NUMBER_SIZE, "%.*g", digits, x);
}

static const char *shown_real(double x, double error, const char *form, mutau_report *room)
{
    char number[NUMBER_SIZE];
    if (isnan(x))
        return "-";
    format_real(x, form, number);
    return isnan(error) ? mutau_report_keep(room, "%s", number)
                        : mutau_report_keep(room, "%s +- %.2g", number, error);
}

/* Intervals, or what the region says as a limit. */
static const char *shown_region(const mutau_mass_region *m, mutau_report *room)
{
    const mutau_region *r = &m->region;
    const char *text = "";
    switch (mutau_region_limit(r)) {
    case MUTAU_LIMIT_UPPER:
        return mutau_report_keep(room, "<" MUTAU_REPORT_BLANK "%.4g (%.6g %%)", r->hi[0],
                                 100.0 * m->mass);
    case MUTAU_LIMIT_LOWER:
        return mutau_report_keep(room, ">" MUTAU_REPORT_BLANK "%.4g (%.6g %%)", r->lo[0],
                                 100.0 * m->mass);
    case MUTAU_LIMIT_WHOLE:
        return mutau_report_keep(room, "unconstrained (%.6g %%)", 100.0 * m->mass);
    case MUTAU_LIMIT_NONE:
        break;
    }
    for (size_t i = 0; i < r->n; i++)
        text = mutau_report_keep(room, "%s%s[%.4g," MUTAU_REPORT_BLANK "%.4g]", text,
                                 i > 0 ? " " : "", r->lo[i], r->hi[i]);
    return text;
}

static const char *shown_key(const mutau_record *node, mutau_report *room)
{
    const bool has_unit = node->unit != NULL && node->unit[0] != '\0';
    return mutau_report_keep(room, "%s%s%s%s", node->key, has_unit ? " [" : "",
                             has_unit ? node->unit : "", has_unit ? "]" : "");
}

static const char *shown(const mutau_grid *g, size_t row, size_t column, mutau_report *room)
{
    mutau_record cell;
    const mutau_report_column *c = mutau_grid_shown(g, row, column);
    if (!mutau_grid_cell(g, row, column, &cell))
        return g->table->layout.across ? "-" : NULL;
    if (c != NULL && c->role == MUTAU_REPORT_KEY && cell.key != NULL && c->path[0] == '\0')
        return shown_key(&cell, room);
    if (cell.kind == MUTAU_RECORD_REAL)
        return shown_real(cell.as.real, mutau_grid_error(g, row, column),
                          c != NULL ? c->form : NULL, room);
    if (cell.kind == MUTAU_RECORD_COUNT)
        return mutau_report_keep(room, "%llu", (unsigned long long)cell.as.count);
    if (cell.kind == MUTAU_RECORD_BOOL)
        return cell.as.truth ? "true" : "false";
    if (cell.kind == MUTAU_RECORD_REGION)
        return shown_region(cell.as.region, room);
    if (cell.kind != MUTAU_RECORD_TEXT || cell.as.text == NULL)
        return NULL;
    char plain[PLAIN_SIZE];
    const bool own =
        c == NULL || (cell.key != NULL && cell.key[0] == '.'); /* no text from a file */
    return own ? cell.as.text
               : mutau_report_keep(room, "%s", mutau_utf8_plain(cell.as.text, PLAIN_SIZE, plain));
}

/* --- tables ------------------------------------------------------------------------------ */

/* Whether the names of rows are numbers. */
static bool is_number(const mutau_grid *g, size_t column)
{
    mutau_record cell;
    return mutau_grid_cell(g, 0, column, &cell) &&
           (cell.kind == MUTAU_RECORD_REAL || cell.kind == MUTAU_RECORD_COUNT);
}

static void find_columns(const mutau_grid *g, size_t column[], mutau_text_table *t,
                         mutau_report *room)
{
    for (size_t i = 0; i < g->n_column; i++) {
        const mutau_report_role role = mutau_grid_role(g, 0, i);
        if (role == MUTAU_REPORT_NOTE && !g->table->layout.across)
            continue;
        column[t->n_column] = i;
        t->column[t->n_column] =
            (mutau_text_column){.head = mutau_grid_head(g, i, room),
                                .right = role == MUTAU_REPORT_VALUE || is_number(g, i) ||
                                         (g->table->layout.across && i > 0 && i <= g->n_record),
                                .key = role == MUTAU_REPORT_KEY,
                                .gap = 2};
        t->n_key += role == MUTAU_REPORT_KEY && t->n_key == t->n_column;
        t->n_column++;
    }
}

/* The note of a row; NULL for none. */
static const char *note_of(const mutau_grid *g, size_t row, mutau_report *room)
{
    const char *note = NULL;
    for (size_t i = 0; i < g->n_column && note == NULL; i++)
        if (mutau_grid_role(g, row, i) == MUTAU_REPORT_NOTE)
            note = shown(g, row, i, room);
    return note != NULL && note[0] != '\0' ? note : NULL;
}

/* The rows from `from` on, AT_ONCE at most. */
static void write_rows(const mutau_grid *g, size_t from, const mutau_report_output *output,
                       mutau_report *room)
{
    const size_t n = g->n_row - from < AT_ONCE ? g->n_row - from : AT_ONCE;
    size_t *column = mutau_report_room(room, g->n_column * sizeof *column);
    mutau_text_table t = {
        .file = output->file,
        .n_row = n,
        .column = mutau_report_room(room, g->n_column * sizeof *t.column),
        .cells = mutau_report_room(room, n * g->n_column * sizeof *t.cells),
        .notes = mutau_report_room(room, n * sizeof *t.notes),
        .rest = mutau_report_room(room, g->n_column * sizeof *t.rest),
    };
    if (t.rest == NULL) /* nor is there room for what comes after the first that has none */
        return;
    find_columns(g, column, &t, room);
    for (size_t row = 0; row < n; row++) {
        t.notes[row] = note_of(g, from + row, room);
        for (size_t i = 0; i < t.n_column; i++)
            t.cells[row * t.n_column + i] = shown(g, from + row, column[i], room);
    }
    if (!room->no_memory)
        mutau_text_table_write(&t, output->width);
}

static mutau_status write_table(const mutau_report *report, const mutau_record *container,
                                const mutau_report_table_of *table,
                                const mutau_report_output *output, mutau_error *err)
{
    bool done = true;
    const size_t most = table->layout.most;
    size_t n_row = 1;
    for (size_t from = 0; done && from < n_row && (most == 0 || from < most); from += AT_ONCE) {
        mutau_grid grid;
        mutau_report *room = mutau_report_alloc();
        mutau_grid_init(&grid, &report->root, container, table, room);
        n_row = grid.n_row;
        grid.n_row = most > 0 && most < n_row ? most : n_row;
        if (from < grid.n_row)
            write_rows(&grid, from, output, room);
        done = room != NULL && !room->no_memory;
        mutau_report_free(room);
    }
    if (done && most > 0 && n_row > most)
        (void)fprintf(output->file, "  and %zu more\n", n_row - most);
    return done ? MUTAU_OK : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the report");
}

/* --- the report -------------------------------------------------------------------------- */

typedef struct text {
    const mutau_report *report;
    const mutau_report_output *output;
} text;

static mutau_status write_node(void *self, const mutau_record *container, const mutau_record *node,
                               mutau_error *err)
{
    const text *t = self;
    const size_t width = t->output->width;
    FILE *file = t->output->file;
    if (node->kind == MUTAU_RECORD_TABLE && !node->as.table->layout.csv &&
        !node->as.table->layout.paper)
        return write_table(t->report, container, node->as.table, t->output, err);
    if (node->kind != MUTAU_RECORD_TABLE)
        mutau_text_lines(file,
                         node->kind == MUTAU_RECORD_LINE ? width : mutau_text_sentence_width(width),
                         node->as.text);
    return MUTAU_OK;
}

mutau_status mutau_report_write_text(const mutau_report *report, const mutau_report_output *output,
                                     mutau_error *err)
{
    text t = {report, output};
    return mutau_report_visit(&report->root, write_node, &t, err);
}
