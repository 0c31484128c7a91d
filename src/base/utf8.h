/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file utf8.h
 * What is UTF-8 and what is not (RFC 3629).  Pure.
 */
#ifndef MUTAU_UTF8_H
#define MUTAU_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/** Bytes of the UTF-8 sequence that text[size] begins with, size >= 1; 0 if it begins with
 * none: no overlong forms, no surrogates, nothing beyond U+10FFFF.  No byte after one that
 * breaks the sequence is read, so that a terminated text may be given with any size. */
size_t mutau_utf8_length(const char *text, size_t size);

/** Whether a terminal shows the text as it is and does nothing else: valid UTF-8 without control
 * characters (C0, DEL, C1), without line and paragraph separators and without characters that
 * change the direction of what follows. */
bool mutau_utf8_is_plain(const char *text);

/** Copies the text to out[size], size >= 1, so that the above holds for it: other characters become
 * \u escapes, bytes that are none \x escapes.  What does not fit is cut, never inside of a
 * character or an escape.  Returns `out`.  Plain text is copied as it is. */
char *mutau_utf8_plain(const char *text, size_t size, char out[]);

#endif
