/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for people at the width of their terminal: lines that are folded, and tables. */
#ifndef MUTAU_CLI_TEXT_H
#define MUTAU_CLI_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "mutau/status.h"

/** No line is to be folded. */
#define TEXT_ANY_WIDTH ((size_t)0)

/** A blank at which no line is folded; it is printed as a blank. */
#define TEXT_BLANK "\x1f"

/** How many columns a text on `fd` may have: $COLUMNS if that is a number above 0, else what the
 * terminal says, 80 if it does not say; TEXT_ANY_WIDTH where there is no terminal.  At least 40. */
size_t text_width(int fd);

/** The width for whole sentences, which are easier to read in lines that are not too long: at most
 * 79 columns, also where nothing else is folded. */
size_t text_sentence_width(size_t width);

/** The columns that a text takes: its characters. */
size_t text_columns(const char *text);

/** Prints whole lines to stdout; what is longer than `width` is folded at blanks, under an indent
 * two deeper than that of the line.  A word that is longer than a line is cut.  MUTAU_ENOMEM. */
mutau_status text_print(size_t width, mutau_error *err, const char *format, ...)
    MUTAU_PRINTF(3, 4) MUTAU_MUST_CHECK;

/** The same with the arguments of a caller. */
mutau_status text_print_list(size_t width, mutau_error *err, const char *format, va_list args)
    MUTAU_PRINTF(3, 0) MUTAU_MUST_CHECK;

typedef enum text_align { TEXT_LEFT, TEXT_RIGHT } text_align;

typedef struct text_column {
    const char *head; /**< not owned; all empty: no line of heads */
    text_align align;
    size_t gap;   /**< blanks in front of it */
    size_t width; /**< at least, where there is room */
    bool key;     /**< says what a row is: repeated in every part of a folded table */
} text_column;

/** A table, filled row by row.  Where it is too wide, its columns lose their padding; then what
 * does not fit goes into a further table below with the same keys; then texts are folded within
 * their column.  Nothing is left out. */
typedef struct text_table text_table;

/** NULL without memory, which all functions take: text_table_end says so.  The columns are
 * copied, key columns are the first ones. */
text_table *text_table_alloc(size_t n_column, const text_column columns[]);

/** Fills the next cell of the row. */
void text_table_cell(text_table *table, const char *format, ...) MUTAU_PRINTF(2, 3);

/** Adds to the cell that was filled last. */
void text_table_more(text_table *table, const char *format, ...) MUTAU_PRINTF(2, 3);

/** Fills what is left of the row with one text across all its columns; in a row that only has
 * its keys so far. */
void text_table_note(text_table *table, const char *format, ...) MUTAU_PRINTF(2, 3);

/** Leaves the rest of the row empty. */
void text_table_row_end(text_table *table);

/** Frees a table that is not to be printed. */
void text_table_free(text_table *table);

/** Prints the table to stdout and frees it.  MUTAU_ENOMEM if any cell found no memory. */
mutau_status text_table_end(text_table *table, size_t width, mutau_error *err) MUTAU_MUST_CHECK;

#endif
