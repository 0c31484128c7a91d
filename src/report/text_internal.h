/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines and tables at a width, for the writer of texts. */
#ifndef MUTAU_TEXT_INTERNAL_H
#define MUTAU_TEXT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* How many bytes of text[size] go on a line of `width` > 0 columns; *next: those that are used
 * up, with the blanks at which it is folded. */
size_t mutau_text_fold(const char *text, size_t size, size_t width, size_t *next);

/* Writes text[size], unbreakable blanks as blanks. */
void mutau_text_put(FILE *file, const char *text, size_t size);

typedef struct mutau_text_column {
    const char *head; /* all empty: no line of heads */
    bool right;       /* aligned so */
    bool key;         /* says what a row is: repeated in every part of a folded table */
    size_t gap;       /* blanks in front of it */
    size_t width;     /* as it is written; set by mutau_text_table_write */
} mutau_text_column;

/* A table.  Where it is too wide its columns move together; then what does not fit goes into a
 * further table below with the same keys; then texts are folded within their column.  Nothing is
 * left out. */
typedef struct mutau_text_table {
    FILE *file;
    size_t n_column, n_key, n_row; /* key columns are the first ones */
    mutau_text_column *column;
    const char **cells; /* [n_row][n_column]; NULL: empty */
    const char **notes; /* [n_row]; not NULL: the text in place of all cells but the keys */
    const char **rest;  /* [n_column], to work with */
} mutau_text_table;

void mutau_text_table_write(mutau_text_table *table, size_t width);

#endif
