/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables that fit a terminal; documented in text.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"
#include "text.h"
#include "text_internal.h"

/* Less room than this is not worth a column of folded texts; less of a key says nothing. */
enum { LEAST_ROOM = 12, LEAST_KEY = 6 };

typedef struct cell {
    char *text; /* owned; NULL: empty */
    bool is_note;
} cell;

struct text_table {
    size_t n_column, n_key;
    text_column *column;
    size_t *width; /* of each column, as it is printed */
    size_t n_cell, capacity;
    cell *cells; /* [row][n_column] */
    bool failed;
};

void text_table_free(text_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_cell; i++)
        free(table->cells[i].text);
    free(table->cells);
    free(table->column);
    free(table->width);
    free(table);
}

text_table *text_table_alloc(size_t n_column, const text_column columns[])
{
    text_table *t = mutau_calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->column = mutau_calloc(n_column, sizeof *t->column);
    t->width = mutau_calloc(n_column, sizeof *t->width);
    if (t->column == NULL || t->width == NULL) {
        text_table_free(t);
        return NULL;
    }
    memcpy(t->column, columns, n_column * sizeof *columns);
    t->n_column = n_column;
    while (t->n_key < n_column && columns[t->n_key].key)
        t->n_key++;
    return t;
}

static void append(text_table *t, char *text, bool is_note)
{
    if (t->n_cell == t->capacity) {
        const size_t capacity = t->capacity == 0 ? 16 * t->n_column : 2 * t->capacity;
        cell *grown = mutau_realloc(t->cells, capacity, sizeof *grown);
        if (grown == NULL) {
            t->failed = true;
            free(text);
            return;
        }
        t->cells = grown;
        t->capacity = capacity;
    }
    t->cells[t->n_cell++] = (cell){text, is_note};
}

static void add(text_table *t, char *text, bool is_note)
{
    if (text == NULL)
        t->failed = true;
    append(t, text, is_note);
}

void text_table_cell(text_table *table, const char *format, ...)
{
    va_list args;
    if (table == NULL)
        return;
    va_start(args, format);
    add(table, text_format(format, args), false);
    va_end(args);
}

static char *join(char *first, char *second)
{
    const size_t n = strlen(first), m = strlen(second);
    char *both = mutau_realloc(first, n + m + 1, 1);
    if (both != NULL)
        memcpy(both + n, second, m + 1);
    return both;
}

void text_table_more(text_table *table, const char *format, ...)
{
    va_list args;
    if (table == NULL || table->failed || table->n_cell == 0)
        return;
    va_start(args, format);
    char *more = text_format(format, args);
    va_end(args);
    cell *last = &table->cells[table->n_cell - 1];
    char *both = more != NULL ? join(last->text, more) : NULL;
    table->failed = both == NULL;
    last->text = both != NULL ? both : last->text;
    free(more);
}

void text_table_row_end(text_table *table)
{
    while (table != NULL && !table->failed && table->n_cell % table->n_column != 0)
        append(table, NULL, false);
}

void text_table_note(text_table *table, const char *format, ...)
{
    va_list args;
    if (table == NULL)
        return;
    va_start(args, format);
    add(table, text_format(format, args), true);
    va_end(args);
    text_table_row_end(table);
}

/* --- widths ---------------------------------------------------------------------------- */

static const char *text_at(const text_table *t, size_t row, size_t column)
{
    const char *text = t->cells[row * t->n_column + column].text;
    return text != NULL ? text : "";
}

static bool is_note(const text_table *t, size_t row)
{
    return t->n_key < t->n_column && t->cells[row * t->n_column + t->n_key].is_note;
}

/* The longest of the column's texts. */
static size_t natural_width(const text_table *t, size_t column)
{
    size_t most = text_columns(t->column[column].head);
    for (size_t row = 0; row < t->n_cell / t->n_column; row++) {
        const size_t n =
            column >= t->n_key && is_note(t, row) ? 0 : text_columns(text_at(t, row, column));
        most = n > most ? n : most;
    }
    return most;
}

static size_t longest_word(const char *text)
{
    static const char blanks[] = " " TEXT_BLANK;
    size_t most = 0;
    while (*text != '\0') {
        const size_t size = strcspn(text, blanks);
        most = size > most ? size : most;
        text += size + strspn(text + size, blanks);
    }
    return most;
}

/* The longest of its words. */
static size_t word_width(const text_table *t, size_t column)
{
    size_t most = longest_word(t->column[column].head);
    for (size_t row = 0; row < t->n_cell / t->n_column; row++) {
        const size_t n =
            column >= t->n_key && is_note(t, row) ? 0 : longest_word(text_at(t, row, column));
        most = n > most ? n : most;
    }
    return most > 0 ? most : 1;
}

/* Columns with their padding, if they have room side by side. */
static bool fits_padded(text_table *t, size_t width)
{
    size_t total = 0;
    for (size_t i = 0; i < t->n_column; i++) {
        const text_column *c = &t->column[i];
        const size_t natural = natural_width(t, i);
        const bool pads = c->align == TEXT_RIGHT || i + 1 < t->n_column;
        t->width[i] = pads && natural < c->width ? c->width : natural;
        total += c->gap + t->width[i];
    }
    return width == TEXT_ANY_WIDTH || total <= width;
}

/* Takes up to `excess` off the width of a column, but leaves `least`; what was taken. */
static size_t shrink(size_t *width, size_t excess, size_t least)
{
    const size_t spare = *width > least ? *width - least : 0;
    const size_t taken = spare < excess ? spare : excess;
    *width -= taken;
    return taken;
}

/* Takes the padding away, and shrinks keys: to half the width between their words, and further,
 * within words if need be, for the widest word (a number, most likely) of any other column. */
static size_t shrink_keys(text_table *t, size_t width)
{
    size_t total = 0, need = 0;
    for (size_t i = 0; i < t->n_column; i++) {
        t->width[i] = natural_width(t, i);
        const size_t own = t->column[i].gap + (i < t->n_key ? t->width[i] : word_width(t, i));
        if (i < t->n_key)
            total += own;
        else
            need = own > need ? own : need;
    }
    for (size_t i = 0; i < t->n_key && total > width / 2; i++)
        total -= shrink(&t->width[i], total - width / 2, word_width(t, i));
    for (size_t i = 0; i < t->n_key && total + need > width; i++)
        if (t->column[i].align == TEXT_LEFT)
            total -= shrink(&t->width[i], total + need - width, LEAST_KEY);
    return total;
}

/* --- printing ------------------------------------------------------------------------- */

static void print_blanks(size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)putchar(' ');
}

/* One line of a cell under `owed` blanks that are only printed in front of something. */
static size_t print_piece(const text_column *c, const char *text, size_t size, size_t columns,
                          size_t width, size_t owed)
{
    const size_t before = c->align == TEXT_RIGHT ? width - columns : 0;
    if (size == 0)
        return owed + c->gap + width;
    print_blanks(owed + c->gap + before);
    text_put(text, size);
    return width - columns - before;
}

/* The columns [0, n_key) and [from, to) of a part of the table. */
typedef struct part {
    size_t from, to;
} part;

static bool in_part(const text_table *t, const part *p, size_t column)
{
    return column < t->n_key || (column >= p->from && column < p->to);
}

static size_t columns_in(const char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

/* Prints the next line of all cells; false if there was nothing left of them. */
static bool print_line(const text_table *t, const part *p, const char *rest[], bool first)
{
    size_t owed = 0;
    bool more = first;
    for (size_t i = 0; i < t->n_column; i++)
        more = more || (in_part(t, p, i) && *rest[i] != '\0');
    if (!more)
        return false;
    for (size_t i = 0; i < t->n_column; i++) {
        if (!in_part(t, p, i))
            continue;
        size_t next = 0;
        const size_t end = text_fold(rest[i], strlen(rest[i]), t->width[i], &next);
        owed =
            print_piece(&t->column[i], rest[i], end, columns_in(rest[i], end), t->width[i], owed);
        rest[i] += next;
    }
    (void)putchar('\n');
    return true;
}

static void print_cells(const text_table *t, const part *p, const char *rest[])
{
    bool first = true;
    while (print_line(t, p, rest, first))
        first = false;
}

/* A row with a note: its keys, and the note in all that is left of the line. */
static void print_note(text_table *t, size_t row, size_t width, const char *rest[])
{
    size_t used = 0;
    const part p = {t->n_key, t->n_key + 1};
    const text_column column = t->column[t->n_key];
    const size_t own = t->width[t->n_key];
    for (size_t i = 0; i < t->n_key; i++)
        used += t->column[i].gap + t->width[i];
    for (size_t i = 0; i <= t->n_key; i++)
        rest[i] = text_at(t, row, i);
    t->column[t->n_key] = (text_column){.gap = 2, .align = TEXT_LEFT};
    const size_t all = text_columns(rest[t->n_key]);
    t->width[t->n_key] = width == TEXT_ANY_WIDTH || used + 2 + all <= width ? all + 1
                         : used + 2 < width                                 ? width - used - 2
                                                                            : 1;
    print_cells(t, &p, rest);
    t->column[t->n_key] = column;
    t->width[t->n_key] = own;
}

static void print_part(text_table *t, const part *p, size_t width, const char *rest[])
{
    bool has_heads = false;
    for (size_t i = 0; i < t->n_column; i++) {
        rest[i] = t->column[i].head;
        has_heads = has_heads || rest[i][0] != '\0';
    }
    if (has_heads)
        print_cells(t, p, rest);
    for (size_t row = 0; row < t->n_cell / t->n_column; row++) {
        if (is_note(t, row) && p->from == t->n_key)
            print_note(t, row, width, rest);
        if (is_note(t, row))
            continue;
        for (size_t i = 0; i < t->n_column; i++)
            rest[i] = text_at(t, row, i);
        print_cells(t, p, rest);
    }
}

/* The columns from p->from on that have room beside the keys; a text may be folded into what is
 * left, and what is alone must be. */
static void fill_part(text_table *t, size_t used, size_t width, part *p)
{
    p->to = p->from;
    for (; p->to < t->n_column; p->to++) {
        const text_column *c = &t->column[p->to];
        const size_t room = used + c->gap < width ? width - used - c->gap : 1;
        const bool alone = p->to == p->from;
        if (t->width[p->to] > room) {
            const bool folds = c->align == TEXT_LEFT && room >= LEAST_ROOM &&
                               word_width(t, p->to) <= room && p->to + 1 == t->n_column;
            if (!alone && !folds)
                return;
            t->width[p->to] = room;
        }
        used += c->gap + t->width[p->to];
    }
}

static void print_parts(text_table *t, size_t width, const char *rest[])
{
    if (fits_padded(t, width)) {
        print_part(t, &(part){t->n_key, t->n_column}, width, rest);
        return;
    }
    const size_t used = shrink_keys(t, width);
    part p = {t->n_key, t->n_key};
    do {
        if (p.from > t->n_key)
            (void)putchar('\n');
        fill_part(t, used, width, &p);
        print_part(t, &p, width, rest);
        p.from = p.to;
    } while (p.to < t->n_column);
}

mutau_status text_table_end(text_table *table, size_t width, mutau_error *err)
{
    const char **rest = NULL;
    if (table != NULL && !table->failed)
        rest = mutau_calloc(table->n_column, sizeof *rest);
    if (rest != NULL)
        print_parts(table, width, rest);
    const bool done = rest != NULL;
    free(rest);
    text_table_free(table);
    return done ? MUTAU_OK : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the report");
}
