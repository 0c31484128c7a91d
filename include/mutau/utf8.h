/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file utf8.h
 * What is UTF-8 and what is not (RFC 3629).  Pure.
 */
#ifndef MUTAU_UTF8_H
#define MUTAU_UTF8_H

#include <stddef.h>

/** Bytes of the UTF-8 sequence that text[size] begins with, size >= 1; 0 if it begins with
 * none: no overlong forms, no surrogates, nothing beyond U+10FFFF.  No byte after one that
 * breaks the sequence is read, so that a terminated text may be given with any size. */
size_t mutau_utf8_length(const char *text, size_t size);

#endif
