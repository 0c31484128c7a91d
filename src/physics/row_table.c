/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows filled where they are touched; documented in physics/row_table.h.
 *
 * Kept rows hang in a hash table of fixed size with linear probing.  A slot goes once from NULL to
 * a finished row, by compare-and-swap, and never changes again: readers need no lock, and a thread
 * that comes second with the same row throws its own away. */
#include "physics/row_table.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

enum { KEY_BITS = 21 };

typedef struct row {
    uint64_t key; /* of its lattice point, above 0 */
    double value[];
} row;

typedef _Atomic(row *) slot;

struct mutau_row_table {
    mutau_row_source source;
    size_t n_blend, max_row, n_slot; /* n_slot a power of 2, at least twice max_row */
    slot *slots;
    atomic_size_t n_row; /* kept, or about to be */
};

/* Four rows of neighbours in each coordinate are at the same time in use: their lattice points
 * modulo 4 are their places here. */
struct mutau_row_scratch {
    size_t stride; /* bytes of a row */
    unsigned char *rows;
};

static size_t row_bytes(const mutau_row_source *source)
{
    return sizeof(row) + source->n_value * sizeof(double);
}

mutau_status mutau_row_table_alloc(const mutau_row_source *source, size_t max_bytes,
                                   mutau_row_table **out, mutau_error *err)
{
    *out = NULL;
    mutau_row_table *t = mutau_calloc(1, sizeof *t);
    if (t == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "table of rows: out of memory");
    t->source = *source;
    t->n_blend = (size_t)1 << (2 * source->n_coordinate);
    t->max_row = max_bytes / row_bytes(source);
    t->n_slot = 16;
    while (t->n_slot / 2 < t->max_row)
        t->n_slot *= 2;
    t->slots = mutau_calloc(t->n_slot, sizeof t->slots[0]);
    if (t->slots == NULL) {
        (void)mutau_error_set(err, MUTAU_ENOMEM, "table of %zu rows: out of memory", t->max_row);
        free(t);
        return MUTAU_ENOMEM;
    }
    *out = t;
    return MUTAU_OK;
}

void mutau_row_table_free(mutau_row_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_slot; i++)
        free(atomic_load_explicit(&table->slots[i], memory_order_relaxed));
    free(table->slots);
    free(table);
}

mutau_row_scratch *mutau_row_scratch_alloc(const mutau_row_table *table)
{
    mutau_row_scratch *s = mutau_calloc_lines(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->stride = row_bytes(&table->source);
    s->rows = mutau_calloc_lines(table->n_blend, s->stride);
    if (s->rows == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void mutau_row_scratch_free(mutau_row_scratch *scratch)
{
    if (scratch == NULL)
        return;
    free(scratch->rows);
    free(scratch);
}

size_t mutau_row_table_count(const mutau_row_table *table)
{
    return atomic_load_explicit(&table->n_row, memory_order_relaxed);
}

/* A lattice point as one number: never 0, since the top bit of each part is set around 0. */
static uint64_t key_of(size_t n, const long index[])
{
    uint64_t key = 0;
    for (size_t c = 0; c < n; c++)
        key = (key << KEY_BITS) | (uint64_t)(index[c] + (1L << (KEY_BITS - 1)));
    return key;
}

/* The kept row, or NULL; *at is the slot where the search ended. */
static row *find(const mutau_row_table *t, uint64_t key, size_t *at)
{
    *at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (t->n_slot - 1);
    for (;; *at = (*at + 1) & (t->n_slot - 1)) {
        row *r = atomic_load_explicit(&t->slots[*at], memory_order_acquire);
        if (r == NULL || r->key == key)
            return r;
    }
}

/* Hangs the finished row into the table; gives the one that is there. */
static row *publish(mutau_row_table *t, row *mine, size_t at)
{
    for (;; at = (at + 1) & (t->n_slot - 1)) {
        row *there = NULL;
        if (atomic_compare_exchange_strong_explicit(&t->slots[at], &there, mine,
                                                    memory_order_acq_rel, memory_order_acquire))
            return mine;
        if (there->key == mine->key)
            return there;
    }
}

static mutau_status fill(const mutau_row_table *t, void *ws, const long index[], row *r,
                         mutau_error *err)
{
    double at[MUTAU_ROW_MAX_COORDINATES];
    for (size_t c = 0; c < t->source.n_coordinate; c++)
        at[c] = (double)index[c] * t->source.step[c];
    return t->source.fill(t->source.self, ws, at, r->value, err);
}

/* A row that the table has room for, filled and hung into it; NULL if it has none. */
static mutau_status keep(mutau_row_table *t, void *ws, const long index[], uint64_t key, size_t at,
                         row **out, mutau_error *err)
{
    row *mine = NULL;
    mutau_status status = MUTAU_OK;
    *out = NULL;
    if (atomic_fetch_add_explicit(&t->n_row, 1, memory_order_relaxed) < t->max_row)
        mine = mutau_calloc_lines(1, row_bytes(&t->source));
    if (mine != NULL) {
        mine->key = key;
        status = fill(t, ws, index, mine, err);
        *out = status == MUTAU_OK ? publish(t, mine, at) : NULL;
    }
    if (*out != mine || mine == NULL) {
        (void)atomic_fetch_sub_explicit(&t->n_row, 1, memory_order_relaxed);
        free(mine);
    }
    return status;
}

static mutau_status row_at(mutau_row_table *t, mutau_row_scratch *scratch, void *ws,
                           const long index[], const double **out, mutau_error *err)
{
    const uint64_t key = key_of(t->source.n_coordinate, index);
    size_t at;
    row *r = find(t, key, &at);
    if (r == NULL)
        MUTAU_CHECK(keep(t, ws, index, key, at, &r, err));
    if (r == NULL) {
        size_t place = 0;
        for (size_t c = 0; c < t->source.n_coordinate; c++)
            place = 4 * place + ((size_t)index[c] & 3);
        r = (row *)(void *)(scratch->rows + place * scratch->stride);
        if (r->key != key) {
            r->key = 0;
            MUTAU_CHECK(fill(t, ws, index, r, err));
            r->key = key;
        }
    }
    *out = r->value;
    return MUTAU_OK;
}

mutau_status mutau_row_table_blend(mutau_row_table *table, mutau_row_scratch *scratch, void *ws,
                                   const double at[], mutau_row_blend *out, mutau_error *err)
{
    const size_t n = table->source.n_coordinate;
    long whole[MUTAU_ROW_MAX_COORDINATES] = {0};
    double weight[MUTAU_ROW_MAX_COORDINATES][4];
    for (size_t c = 0; c < n; c++) {
        const double place = at[c] / table->source.step[c], below = floor(place);
        whole[c] = (long)below;
        mutau_row_weights(place - below, weight[c]);
    }
    out->n = table->n_blend;
    for (size_t k = 0; k < table->n_blend; k++) {
        long index[MUTAU_ROW_MAX_COORDINATES] = {0};
        out->weight[k] = 1.0;
        for (size_t c = 0; c < n; c++) {
            const size_t tap = (k >> (2 * (n - 1 - c))) & 3;
            index[c] = whole[c] + (long)tap - 1;
            out->weight[k] *= weight[c][tap];
        }
        MUTAU_CHECK(row_at(table, scratch, ws, index, &out->row[k], err));
    }
    return MUTAU_OK;
}
