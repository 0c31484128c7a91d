/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checked allocation; documented in base/mem.h. */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mutau_calloc(size_t n, size_t size)
{
    return calloc(n != 0 ? n : 1, size != 0 ? size : 1);
}

void *mutau_calloc_lines(size_t n, size_t size)
{
    enum { LINE = 64 }; /* bytes of a cache line; where it has more, only speed is lost */
    if (size != 0 && n > (SIZE_MAX - LINE) / size)
        return NULL;
    const size_t bytes = (n * size / LINE + 1) * LINE;
    void *lines = aligned_alloc(LINE, bytes);
    if (lines != NULL)
        memset(lines, 0, bytes);
    return lines;
}

void *mutau_realloc(void *old, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    const size_t bytes = n * size;
    return realloc(old, bytes != 0 ? bytes : 1);
}

char *mutau_strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = mutau_calloc(size, 1);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}
