/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest known name; documented in base/suggest.h. */
#include "base/suggest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

enum { NAME_LIMIT = 63 };

/* Insertions, deletions, exchanges and swaps of neighbours that turn a into b,
 * case ignored (optimal string alignment). */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][NAME_LIMIT + 1];
    const size_t n_a = strlen(a), n_b = strlen(b);
    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            const char x = lower(a[i - 1]), y = lower(b[j - 1]);
            size_t best = above[j - 1] + (x != y);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            const bool swapped = i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]);
            if (swapped && above2[j - 2] + 1 < best)
                best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n_a % 3][n_b];
}

const char *mutau_nearest_name(const char *name, const char *const known[])
{
    const char *nearest = NULL;
    const size_t n = strlen(name);
    const size_t most = n / 3 > 1 ? n / 3 : 1;
    size_t best = most + 1;
    if (n == 0 || n > NAME_LIMIT)
        return NULL;
    for (size_t i = 0; known[i] != NULL; i++) {
        const size_t n_known = strlen(known[i]);
        if (n_known > NAME_LIMIT)
            continue;
        const size_t distance = edit_distance(name, known[i]);
        if (distance >= best || distance >= n || distance >= n_known)
            continue;
        best = distance;
        nearest = known[i];
    }
    return nearest;
}

void mutau_suggest(const char *name, const char *const known[], const char *before,
                   char text[MUTAU_SUGGEST_SIZE])
{
    const char *nearest = mutau_nearest_name(name, known);
    text[0] = '\0';
    if (nearest != NULL)
        (void)snprintf(text, MUTAU_SUGGEST_SIZE, "; did you mean '%s%s'?", before, nearest);
}

const char *mutau_suggest_and(const char *name, const char *const known[], const char *before,
                              char text[MUTAU_SUGGEST_SIZE])
{
    mutau_suggest(name, known, before, text);
    if (text[0] == '\0')
        (void)snprintf(text, MUTAU_SUGGEST_SIZE, ";");
    return text;
}

const char *mutau_list_names(const char *const names[], size_t size, char list[])
{
    size_t used = 0;
    list[0] = '\0';
    for (size_t i = 0; names[i] != NULL && used < size; i++) {
        const int n = snprintf(list + used, size - used, "%s%s", i > 0 ? ", " : "", names[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    return list;
}
