/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file text.h
 * Text for people at the width of their terminal.  Thread-safe as its stream is.
 */
#ifndef MUTAU_TEXT_H
#define MUTAU_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/** No line is to be folded. */
#define MUTAU_TEXT_ANY_WIDTH ((size_t)0)

/** How many columns a text on `fd` may have: $COLUMNS if that is a number above 0, else what the
 * terminal says, 80 if it does not say; MUTAU_TEXT_ANY_WIDTH where there is no terminal.  At
 * least 40. */
size_t mutau_text_width(int fd);

/** The width for whole sentences, which are easier to read in lines that are not too long: at most
 * 79 columns, also where nothing else is folded. */
size_t mutau_text_sentence_width(size_t width);

/** The columns that a text takes: its characters. */
size_t mutau_text_columns(const char *text);

/** Writes whole lines; what is longer than `width` is folded at blanks, under an indent two deeper
 * than that of the line.  A word that is longer than a line is cut. */
void mutau_text_lines(FILE *file, size_t width, const char *text);

#endif
