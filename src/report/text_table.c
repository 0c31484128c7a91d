/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables that fit a terminal; documented in text_internal.h. */
#include <string.h>

#include "report/report.h"
#include "report/text.h"
#include "text_internal.h"

/* Less room than this is not worth a column of folded texts; less of a key says nothing. */
enum { LEAST_ROOM = 12, LEAST_KEY = 6 };

typedef mutau_text_table table;

/* --- widths ---------------------------------------------------------------------------- */

static const char *text_at(const table *t, size_t row, size_t column)
{
    const char *text = t->cells[row * t->n_column + column];
    return text != NULL ? text : "";
}

static size_t longest_word(const char *text)
{
    static const char blanks[] = " " MUTAU_REPORT_BLANK;
    size_t most = 0;
    while (*text != '\0') {
        const size_t size = strcspn(text, blanks);
        most = size > most ? size : most;
        text += size + strspn(text + size, blanks);
    }
    return most;
}

/* The most that `measure` finds in the column's texts. */
static size_t widest(const table *t, size_t column, size_t (*measure)(const char *text))
{
    size_t most = measure(t->column[column].head);
    for (size_t row = 0; row < t->n_row; row++) {
        const bool noted = column >= t->n_key && t->notes[row] != NULL;
        const size_t n = noted ? 0 : measure(text_at(t, row, column));
        most = n > most ? n : most;
    }
    return most > 0 ? most : 1;
}

/* All columns side by side. */
static bool fits(table *t, size_t width)
{
    size_t total = 0;
    for (size_t i = 0; i < t->n_column; i++)
        total += t->column[i].gap + t->column[i].width;
    return width == MUTAU_TEXT_ANY_WIDTH || total <= width;
}

/* Numbers, which stand at the end of their column, need less of a gap. */
static void move_together(table *t)
{
    for (size_t i = 1; i < t->n_column; i++)
        t->column[i].gap = t->column[i].right ? 1 : t->column[i].gap;
}

/* Takes up to `excess` off the width of a column, but leaves `least`; what was taken. */
static size_t shrink(size_t *width, size_t excess, size_t least)
{
    const size_t spare = *width > least ? *width - least : 0;
    const size_t taken = spare < excess ? spare : excess;
    *width -= taken;
    return taken;
}

/* Shrinks keys: to half the width between their words, and further, within words if need be, for
 * the widest word (a number, most likely) of any other column. */
static size_t shrink_keys(table *t, size_t width)
{
    size_t total = 0, need = 0;
    for (size_t i = 0; i < t->n_column; i++) {
        const size_t own = i < t->n_key ? t->column[i].width : widest(t, i, longest_word);
        if (i < t->n_key)
            total += t->column[i].gap + own;
        else
            need = t->column[i].gap + own > need ? t->column[i].gap + own : need;
    }
    for (size_t i = 0; i < t->n_key && total > width / 2; i++)
        total -= shrink(&t->column[i].width, total - width / 2, widest(t, i, longest_word));
    for (size_t i = 0; i < t->n_key && total + need > width; i++)
        if (!t->column[i].right)
            total -= shrink(&t->column[i].width, total + need - width, LEAST_KEY);
    return total;
}

/* --- printing ------------------------------------------------------------------------- */

/* One line of a cell under `owed` blanks that are only written in front of something. */
static size_t write_piece(const table *t, const mutau_text_column *c, const char *text, size_t size,
                          size_t owed)
{
    size_t columns = 0;
    for (size_t i = 0; i < size; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    const size_t before = c->right ? c->width - columns : 0;
    if (size == 0)
        return owed + c->gap + c->width;
    (void)fprintf(t->file, "%*s", (int)(owed + c->gap + before), "");
    mutau_text_put(t->file, text, size);
    return c->width - columns - before;
}

/* The columns [0, n_key) and [from, to) of a part of the table. */
typedef struct part {
    size_t from, to;
} part;

static bool in_part(const table *t, const part *p, size_t column)
{
    return column < t->n_key || (column >= p->from && column < p->to);
}

/* Writes the next line of all cells; false if there was nothing left of them. */
static bool write_line(const table *t, const part *p, bool first)
{
    size_t owed = 0;
    bool more = first;
    for (size_t i = 0; i < t->n_column; i++)
        more = more || (in_part(t, p, i) && *t->rest[i] != '\0');
    for (size_t i = 0; more && i < t->n_column; i++) {
        if (!in_part(t, p, i))
            continue;
        size_t next = 0;
        const size_t end =
            mutau_text_fold(t->rest[i], strlen(t->rest[i]), t->column[i].width, &next);
        owed = write_piece(t, &t->column[i], t->rest[i], end, owed);
        t->rest[i] += next;
    }
    if (more)
        (void)fputc('\n', t->file);
    return more;
}

static void write_cells(const table *t, const part *p)
{
    bool first = true;
    while (write_line(t, p, first))
        first = false;
}

/* A row with a note: its keys, and the note in all that is left of the line. */
static void write_note(table *t, size_t row, size_t width)
{
    size_t used = 0;
    const part p = {t->n_key, t->n_key + 1};
    const mutau_text_column column = t->column[t->n_key];
    for (size_t i = 0; i < t->n_key; i++) {
        used += t->column[i].gap + t->column[i].width;
        t->rest[i] = text_at(t, row, i);
    }
    t->rest[t->n_key] = t->notes[row];
    const size_t all = mutau_text_columns(t->notes[row]);
    const bool whole = width == MUTAU_TEXT_ANY_WIDTH || used + 2 + all <= width;
    t->column[t->n_key] = (mutau_text_column){.gap = 2,
                                              .width = whole              ? all + 1
                                                       : used + 2 < width ? width - used - 2
                                                                          : 1};
    write_cells(t, &p);
    t->column[t->n_key] = column;
}

static void write_part(table *t, const part *p, size_t width)
{
    bool has_heads = false;
    for (size_t i = 0; i < t->n_column; i++) {
        t->rest[i] = t->column[i].head;
        has_heads = has_heads || t->rest[i][0] != '\0';
    }
    if (has_heads)
        write_cells(t, p);
    for (size_t row = 0; row < t->n_row; row++) {
        if (t->notes[row] != NULL && p->from == t->n_key)
            write_note(t, row, width);
        if (t->notes[row] != NULL)
            continue;
        for (size_t i = 0; i < t->n_column; i++)
            t->rest[i] = text_at(t, row, i);
        write_cells(t, p);
    }
}

/* The columns from p->from on that have room beside the keys; a text may be folded into what is
 * left, and what is alone must be. */
static void fill_part(table *t, size_t used, size_t width, part *p)
{
    p->to = p->from;
    for (; p->to < t->n_column; p->to++) {
        mutau_text_column *c = &t->column[p->to];
        const size_t room = used + c->gap < width ? width - used - c->gap : 1;
        const bool alone = p->to == p->from;
        if (c->width > room) {
            const bool folds = !c->right && room >= LEAST_ROOM &&
                               widest(t, p->to, longest_word) <= room && p->to + 1 == t->n_column;
            if (!alone && !folds)
                return;
            c->width = room;
        }
        used += c->gap + c->width;
    }
}

void mutau_text_table_write(mutau_text_table *t, size_t width)
{
    for (size_t i = 0; i < t->n_column; i++)
        t->column[i].width = widest(t, i, mutau_text_columns);
    if (!fits(t, width))
        move_together(t);
    if (fits(t, width)) {
        write_part(t, &(part){t->n_key, t->n_column}, width);
        return;
    }
    const size_t used = shrink_keys(t, width);
    part p = {t->n_key, t->n_key};
    do {
        if (p.from > t->n_key)
            (void)fputc('\n', t->file);
        fill_part(t, used, width, &p);
        write_part(t, &p, width);
        p.from = p.to;
    } while (p.to < t->n_column);
}
