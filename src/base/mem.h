/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mem.h
 * Every heap allocation of mutau's own goes through these, so that a test can
 * make any one of them fail (the tests wrap them at link time).
 * Thread-safe as calloc and realloc are.  Memory is released with free().
 */
#ifndef MUTAU_MEM_H
#define MUTAU_MEM_H

#include <stddef.h>

/** Zeroed memory for `n` objects of `size` bytes; NULL if none is left or n*size
 * overflows.  n = 0 gives a unique pointer that may be freed. */
void *mutau_calloc(size_t n, size_t size);

/** As mutau_calloc, but on cache lines (64 bytes) that hold nothing else: for what one thread
 * writes while another works beside it, since a line that both use goes to and fro between their
 * cores. */
void *mutau_calloc_lines(size_t n, size_t size);

/** Resizes `old` (NULL allowed) to `n` objects of `size` bytes, new bytes
 * undefined; NULL on failure, and `old` is then still valid and owned by the caller. */
void *mutau_realloc(void *old, size_t n, size_t size);

/** A copy of the string `text`; NULL if no memory is left. */
char *mutau_strdup(const char *text);

#endif
