/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What text.c and text_table.c share. */
#ifndef MUTAU_CLI_TEXT_INTERNAL_H
#define MUTAU_CLI_TEXT_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>

#include "mutau/status.h"

/* How many bytes of text[size] go on a line of `width` > 0 columns; *next: those that are used
 * up, with the blanks at which it is folded. */
size_t text_fold(const char *text, size_t size, size_t width, size_t *next);

/* Prints text[size], unbreakable blanks as blanks. */
void text_put(const char *text, size_t size);

/* The formatted text, freed with free(); NULL without memory. */
char *text_format(const char *format, va_list args) MUTAU_PRINTF(1, 0);

#endif
