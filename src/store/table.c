/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV tables; documented in store/table.h.
 *
 * The table keeps one copy of the file's text.  Reading cuts it into fields in
 * place: each field is unquoted, trimmed and ended by a zero where it stands, and
 * a cell remembers where that is.  The header line is row 0 of the cells.
 */
#include "store/table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/number.h"
#include "store/text_file.h"

/* 32 bits suffice: MUTAU_TABLE_MAX_BYTES is below 2^32. */
typedef struct cell {
    uint32_t offset; /* of the field's text */
    uint32_t line, column;
} cell;

struct mutau_table {
    char *name; /* of the file, for messages */
    char *text;
    cell *cells; /* [1 + n_row][n_column] */
    size_t n_cell, capacity, n_row, n_column;
};

/* Where the reader stands. */
typedef struct reader {
    mutau_table *table;
    char *line_start, *at, *line_end, *end;
    size_t line;
    mutau_error *err;
} reader;

static const cell *cell_at(const mutau_table *table, size_t i_line, size_t i_column)
{
    return &table->cells[i_line * table->n_column + i_column];
}

static const char *cell_text(const mutau_table *table, const cell *c)
{
    return table->text + c->offset;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static mutau_status fail(const reader *r, const char *place, const char *format, ...)
    MUTAU_PRINTF(3, 4);

static mutau_status fail(const reader *r, const char *place, const char *format, ...)
{
    char text[MUTAU_ERROR_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return mutau_error_set(r->err, MUTAU_EDATA, "%s:%zu:%zu: %s", r->table->name, r->line,
                           (size_t)(place - r->line_start) + 1, text);
}

static mutau_status add_cell(const reader *r, const char *field, const char *place)
{
    mutau_table *t = r->table;
    if (t->n_cell == t->capacity) {
        const size_t larger = t->capacity == 0 ? 64 : 2 * t->capacity;
        cell *grown = mutau_realloc(t->cells, larger, sizeof *grown);
        if (grown == NULL)
            return mutau_error_set(r->err, MUTAU_ENOMEM, "%s: no memory for its fields", t->name);
        t->cells = grown;
        t->capacity = larger;
    }
    t->cells[t->n_cell++] = (cell){
        .offset = (uint32_t)(field - t->text),
        .line = (uint32_t)r->line,
        .column = (uint32_t)(place - r->line_start) + 1,
    };
    return MUTAU_OK;
}

/* Steps to the next line, ends it by a zero in place of its LF or CR LF. */
static bool next_line(reader *r, char **next)
{
    if (*next >= r->end)
        return false;
    char *lf = memchr(*next, '\n', (size_t)(r->end - *next));
    r->line_start = r->at = *next;
    r->line_end = lf != NULL ? lf : r->end;
    *next = r->line_end + 1;
    if (r->line_end > r->line_start && r->line_end[-1] == '\r')
        r->line_end--;
    *r->line_end = '\0';
    r->line++;
    while (is_blank(*r->at))
        r->at++;
    return true;
}

/* r->at stands on the opening quote; leaves it on the comma or the line's end. */
static mutau_status read_quoted(reader *r)
{
    const char *place = r->at;
    char *field = r->at + 1, *to = field, *from = field;
    for (;; from++) {
        if (from == r->line_end)
            return fail(r, place, "the quote is not closed on its line");
        if (*from == '"' && from[1] != '"')
            break;
        from += *from == '"' ? 1 : 0;
        *to++ = *from;
    }
    for (r->at = from + 1; is_blank(*r->at);)
        r->at++;
    if (r->at != r->line_end && *r->at != ',')
        return fail(r, r->at, "text after the closing quote; a comma or the line's end is wanted");
    *to = '\0'; /* at or before the closing quote, so never on the comma */
    return add_cell(r, field, place);
}

static mutau_status read_plain(reader *r)
{
    char *field = r->at, *last = r->at;
    for (; r->at != r->line_end && *r->at != ','; r->at++) {
        if (*r->at == '"')
            return fail(r, r->at, "a quote inside an unquoted field");
        if (!is_blank(*r->at))
            last = r->at + 1;
    }
    const mutau_status status = add_cell(r, field, field);
    if (last != r->at) /* else the comma's own zero ends it */
        *last = '\0';
    return status;
}

/* Cuts the line into fields and counts them. */
static mutau_status read_fields(reader *r, size_t *n_field)
{
    for (*n_field = 0;;) {
        while (is_blank(*r->at))
            r->at++;
        MUTAU_CHECK(*r->at == '"' ? read_quoted(r) : read_plain(r));
        ++*n_field;
        if (r->at == r->line_end)
            return MUTAU_OK;
        *r->at++ = '\0';
    }
}

static mutau_status check_header(reader *r)
{
    const mutau_table *t = r->table;
    if (t->n_column > MUTAU_TABLE_MAX_COLUMNS)
        return fail(r, r->line_start, "%zu columns, more than the limit of %d", t->n_column,
                    MUTAU_TABLE_MAX_COLUMNS);
    for (size_t i = 0; i < t->n_column; i++) {
        const char *name = cell_text(t, cell_at(t, 0, i));
        const char *place = r->line_start + cell_at(t, 0, i)->column - 1;
        if (name[0] == '\0')
            return fail(r, place, "column %zu has no name", i + 1);
        for (size_t j = 0; j < i; j++)
            if (strcmp(name, cell_text(t, cell_at(t, 0, j))) == 0)
                return fail(r, place, "column name '%s' is used twice", name);
    }
    return MUTAU_OK;
}

static mutau_status read_line(reader *r)
{
    mutau_table *t = r->table;
    size_t n_field = 0;
    if (r->at == r->line_end || *r->at == '#')
        return MUTAU_OK;
    MUTAU_CHECK(read_fields(r, &n_field));
    if (t->n_column == 0) {
        t->n_column = n_field;
        return check_header(r);
    }
    if (n_field != t->n_column)
        return fail(r, r->line_start, "the row has %zu field%s, the header %zu", n_field,
                    n_field == 1 ? "" : "s", t->n_column);
    t->n_row++;
    return MUTAU_OK;
}

/* A zero byte would end a field early: found first, with its place. */
static mutau_status check_bytes(const reader *r, size_t size)
{
    const char *nul = memchr(r->table->text, '\0', size);
    if (nul == NULL)
        return MUTAU_OK;
    reader place = *r;
    place.line = r->line + 1;
    place.line_start = r->table->text;
    for (char *c = r->table->text; c < nul; c++) {
        if (*c == '\n') {
            place.line++;
            place.line_start = c + 1;
        }
    }
    return fail(&place, nul, "a zero byte: this is not text");
}

static mutau_status read_table(reader *r, size_t size)
{
    char *next = r->table->text;
    MUTAU_CHECK(check_bytes(r, size));
    if (strncmp(next, "\xEF\xBB\xBF", 3) == 0)
        next += 3;
    while (next_line(r, &next))
        MUTAU_CHECK(read_line(r));
    if (r->table->n_column == 0)
        return mutau_error_set(r->err, MUTAU_EDATA, "%s:%zu:1: no header line of column names",
                               r->table->name, r->line + 1);
    if (r->table->n_row == 0)
        return mutau_error_set(r->err, MUTAU_EDATA, "%s:%zu:1: no rows after the header",
                               r->table->name, r->line + 1);
    return MUTAU_OK;
}

/* Takes over `text`, which has size + 1 bytes, whether it succeeds or not; its first line is the
 * one after `line`. */
static mutau_status table_alloc(const char *name, char *text, size_t size, size_t line,
                                mutau_table **out, mutau_error *err)
{
    mutau_status status = MUTAU_ENOMEM;
    mutau_table *t = mutau_calloc(1, sizeof *t);
    if (t == NULL) {
        free(text);
        return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory for the table", name);
    }
    t->text = text;
    t->name = mutau_strdup(name);
    if (t->name == NULL) {
        (void)mutau_error_set(err, status, "%s: no memory for the table", name);
        goto error;
    }
    reader r = {.table = t, .end = text + size, .line = line, .err = err};
    status = read_table(&r, size);
    if (status != MUTAU_OK)
        goto error;
    *out = t;
    return MUTAU_OK;
error:
    mutau_table_free(t);
    return status;
}

mutau_status mutau_table_read_file(const char *path, mutau_table **out, mutau_error *err)
{
    char *text = NULL;
    size_t size = 0;
    *out = NULL;
    MUTAU_CHECK(mutau_text_file_read(path, MUTAU_TABLE_MAX_BYTES, &text, &size, err));
    return table_alloc(path, text, size, 0, out, err);
}

/* The text behind `head`, whose lines are not counted. */
static mutau_status read_behind(const char *head, size_t line, const char *name, const char *text,
                                size_t size, mutau_table **out, mutau_error *err)
{
    const size_t n_head = strlen(head);
    *out = NULL;
    if (size > MUTAU_TABLE_MAX_BYTES)
        return mutau_error_set(err, MUTAU_EDATA, "%s: longer than the limit of %d bytes", name,
                               MUTAU_TABLE_MAX_BYTES);
    char *copy = mutau_calloc(n_head + size + 1, 1);
    if (copy == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory for its text", name);
    memcpy(copy, head, n_head + 1);
    if (size > 0)
        memcpy(copy + n_head, text, size);
    return table_alloc(name, copy, n_head + size, line, out, err);
}

mutau_status mutau_table_read_text(const char *name, const char *text, size_t size,
                                   mutau_table **out, mutau_error *err)
{
    return read_behind("", 0, name, text, size, out, err);
}

/* The first line that is neither empty nor a comment; its length, 0 at the end. */
static size_t first_line(const char **at, const char *end)
{
    while (*at < end) {
        const char *lf = memchr(*at, '\n', (size_t)(end - *at));
        const char *line_end = lf != NULL ? lf : end;
        while (*at < line_end && (is_blank(**at) || **at == '\r'))
            ++*at;
        if (*at < line_end && **at != '#')
            return (size_t)(line_end - *at);
        *at = lf != NULL ? lf + 1 : end;
    }
    return 0;
}

/* The number of columns of a line that begins with a number; else 0. */
static size_t count_numbers(const char *line, size_t size)
{
    char field[64];
    double value;
    size_t n = 0, commas = 0;
    while (n < size && line[n] != ',' && line[n] != '\r')
        n++;
    while (n > 0 && is_blank(line[n - 1]))
        n--;
    (void)snprintf(field, sizeof field, "%.*s", (int)(n < sizeof field ? n : 0), line);
    if (!mutau_number_read(field, &value))
        return 0;
    for (size_t i = 0; i < size; i++)
        commas += line[i] == ',' ? 1 : 0;
    return commas + 1;
}

mutau_status mutau_table_read_bare(const char *name, const char *text, size_t size,
                                   mutau_table **out, mutau_error *err)
{
    enum { ROOM = 6 }; /* of a name and its comma */
    char head[MUTAU_TABLE_MAX_COLUMNS * ROOM + ROOM] = "";
    const char *at = text, *end = text + size;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    const char *const begin = at;
    const size_t length = first_line(&at, end);
    const size_t n = count_numbers(at, length);
    if (n == 0)
        return mutau_table_read_text(name, text, size, out, err);
    *out = NULL;
    if (n > MUTAU_TABLE_MAX_COLUMNS)
        return mutau_error_set(err, MUTAU_EDATA, "%s: %zu columns, more than the limit of %d", name,
                               n, MUTAU_TABLE_MAX_COLUMNS);
    for (size_t i = 0, used = 0; i < n; i++)
        used += (size_t)snprintf(head + used, sizeof head - used, "%zu%c", i + 1,
                                 i + 1 < n ? ',' : '\n');
    return read_behind(head, (size_t)-1, name, begin, (size_t)(end - begin), out, err);
}

void mutau_table_free(mutau_table *table)
{
    if (table == NULL)
        return;
    free(table->name);
    free(table->text);
    free(table->cells);
    free(table);
}

size_t mutau_table_rows(const mutau_table *table)
{
    return table->n_row;
}

const char *mutau_table_column_name(const mutau_table *table, size_t i_column)
{
    return i_column < table->n_column ? cell_text(table, cell_at(table, 0, i_column)) : NULL;
}

/* The index of column `name`, or n_column. */
static size_t find_column(const mutau_table *table, const char *name)
{
    size_t i = 0;
    while (i < table->n_column && strcmp(name, mutau_table_column_name(table, i)) != 0)
        i++;
    return i;
}

static mutau_status no_column(const mutau_table *table, const char *name, mutau_error *err)
{
    char list[MUTAU_ERROR_SIZE / 2] = "";
    size_t used = 0;
    for (size_t i = 0; i < table->n_column && used < sizeof list; i++) {
        const int n = snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "",
                               mutau_table_column_name(table, i));
        used += n > 0 ? (size_t)n : 0;
    }
    return mutau_error_set(err, MUTAU_EDATA, "%s:%u:1: no column '%s'; there are: %s", table->name,
                           (unsigned)table->cells[0].line, name, list);
}

/* Reads the text of one field; false if that is none of its kind. */
typedef bool field_reader(const char *text, double *value);

static bool read_finite(const char *text, double *value)
{
    return mutau_number_read(text, value) && isfinite(*value);
}

static bool is_one_of(const char *text, const char *const words[])
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool read_finite_or_nan(const char *text, double *value)
{
    static const char *const nothing[] = {"", "nan", ".nan", "na", "n/a", NULL};
    if (!is_one_of(text, nothing))
        return read_finite(text, value);
    *value = (double)NAN;
    return true;
}

static bool read_flag(const char *text, double *value)
{
    static const char *const yes[] = {"true", NULL}, *const no[] = {"false", NULL};
    if (is_one_of(text, yes) || is_one_of(text, no)) {
        *value = is_one_of(text, yes) ? 1.0 : 0.0;
        return true;
    }
    return read_finite(text, value) && !(fabs(*value) > 0.0 && fabs(*value - 1.0) > 0.0);
}

static mutau_status read_column(const mutau_table *table, const char *name, field_reader *read,
                                const char *wanted, double values[], mutau_error *err)
{
    const size_t i_column = find_column(table, name);
    if (i_column == table->n_column)
        return no_column(table, name, err);
    for (size_t i = 0; i < table->n_row; i++) {
        const char *text = cell_text(table, cell_at(table, i + 1, i_column));
        if (!read(text, &values[i]))
            return mutau_table_error(table, name, i, err, "column '%s': '%s' is not %s", name, text,
                                     wanted);
    }
    return MUTAU_OK;
}

mutau_status mutau_table_real(const mutau_table *table, const char *name, double values[],
                              mutau_error *err)
{
    return read_column(table, name, read_finite, "a finite number", values, err);
}

mutau_status mutau_table_real_or_nan(const mutau_table *table, const char *name, double values[],
                                     mutau_error *err)
{
    return read_column(table, name, read_finite_or_nan, "a finite number, empty or nan", values,
                       err);
}

mutau_status mutau_table_flags(const mutau_table *table, const char *name, double values[],
                               mutau_error *err)
{
    return read_column(table, name, read_flag, "0 or 1, false or true", values, err);
}

bool mutau_table_has_column(const mutau_table *table, const char *name)
{
    return find_column(table, name) < table->n_column;
}

const char *mutau_table_text(const mutau_table *table, const char *name, size_t i_row)
{
    const size_t i_column = find_column(table, name);
    if (i_column == table->n_column || i_row >= table->n_row)
        return NULL;
    return cell_text(table, cell_at(table, i_row + 1, i_column));
}

mutau_status mutau_table_error(const mutau_table *table, const char *name, size_t i_row,
                               mutau_error *err, const char *format, ...)
{
    char text[MUTAU_ERROR_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const size_t i_column = find_column(table, name);
    if (i_column == table->n_column || i_row >= table->n_row)
        return mutau_error_set(err, MUTAU_EDATA, "%s: %s", table->name, text);
    const cell *c = cell_at(table, i_row + 1, i_column);
    return mutau_error_set(err, MUTAU_EDATA, "%s:%u:%u: %s", table->name, (unsigned)c->line,
                           (unsigned)c->column, text);
}
