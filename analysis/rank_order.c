/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting and ranking; documented in rank_order_internal.h. */
#include "rank_order_internal.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    DIGIT_BITS = 11,
    N_DIGIT = 6, /* 6 x 11 bits >= 64 */
    N_BUCKET = 1 << DIGIT_BITS,
    N_QUICK = 3,         /* digits sorted by before insertion */
    MAX_MOVES = 8,       /* per number, of insertion */
    N_CHUNK = 8,         /* shared by the threads ... */
    MIN_PARALLEL = 20000 /* ... if there are more numbers than this */
};

static const uint64_t SIGN = UINT64_C(1) << 63;

/* IEEE 754 numbers sort like their bits once the sign is seen to: flip all bits of
 * a negative number, the sign bit of any other.  Adding 0.0 makes -0.0 a 0.0. */
static inline uint64_t key_of(double x)
{
    uint64_t bits;
    x += 0.0;
    memcpy(&bits, &x, sizeof bits);
    return (bits & SIGN) != 0 ? ~bits : bits | SIGN;
}

static inline double number_of(uint64_t key)
{
    const uint64_t bits = (key & SIGN) != 0 ? key & ~SIGN : ~key;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline size_t digit(uint64_t key, int i)
{
    return (size_t)(key >> (i * DIGIT_BITS)) & (N_BUCKET - 1);
}

static void swap_spare(mutau_order *o)
{
    uint64_t *const key = o->key;
    uint32_t *const index = o->index;
    o->key = o->spare_key;
    o->index = o->spare_index;
    o->spare_key = key;
    o->spare_index = index;
}

/* Where chunk c of the sorted places begins; threads share the chunks. */
static size_t chunk_begin(const mutau_order *o, int c)
{
    return o->n * (size_t)c / N_CHUNK;
}

/* How many numbers of each chunk have each digit; false if all have the same one. */
static bool count_digits(const mutau_order *o, int d, uint32_t count[N_CHUNK][N_BUCKET])
{
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (o->n > MIN_PARALLEL)
#endif
    for (int c = 0; c < N_CHUNK; c++) {
        memset(count[c], 0, sizeof count[c]);
        for (size_t i = chunk_begin(o, c); i < chunk_begin(o, c + 1); i++)
            count[c][digit(o->key[i], d)]++;
    }
    size_t n_first = 0;
    for (int c = 0; c < N_CHUNK; c++)
        n_first += count[c][digit(o->key[0], d)];
    return n_first < o->n;
}

/* Stable: moves every number to its digit's place, an earlier chunk's before a
 * later one's. */
static void scatter_digits(mutau_order *o, int d, uint32_t place[N_CHUNK][N_BUCKET])
{
    uint32_t sum = 0;
    for (size_t b = 0; b < N_BUCKET; b++)
        for (int c = 0; c < N_CHUNK; c++) {
            const uint32_t here = place[c][b];
            place[c][b] = sum;
            sum += here;
        }
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (o->n > MIN_PARALLEL)
#endif
    for (int c = 0; c < N_CHUNK; c++)
        for (size_t i = chunk_begin(o, c); i < chunk_begin(o, c + 1); i++) {
            const uint32_t to = place[c][digit(o->key[i], d)]++;
            o->spare_key[to] = o->key[i];
            o->spare_index[to] = o->index[i];
        }
    swap_spare(o);
}

/* From digit `least` to digit `most`; digits that all numbers share are passed over. */
static void radix_sort(mutau_order *o, int least, int most, uint32_t count[N_CHUNK][N_BUCKET])
{
    for (int d = least; d <= most; d++)
        if (count_digits(o, d, count))
            scatter_digits(o, d, count);
}

/* Insertion sort; gives up, false, when it is no short work. */
static bool finish_sort(mutau_order *o)
{
    size_t moves_left = MAX_MOVES * o->n;
    for (size_t i = 1; i < o->n; i++) {
        const uint64_t key = o->key[i];
        const uint32_t index = o->index[i];
        size_t j = i;
        for (; j > 0 && o->key[j - 1] > key && moves_left > 0; j--, moves_left--) {
            o->key[j] = o->key[j - 1];
            o->index[j] = o->index[j - 1];
        }
        o->key[j] = key;
        o->index[j] = index;
    }
    return moves_left > 0;
}

/* The highest digit in which the keys differ, at least `least`. */
static int highest_digit(const mutau_order *o, int least)
{
    uint64_t differ = 0;
    for (size_t i = 1; i < o->n; i++)
        differ |= o->key[i] ^ o->key[0];
    int d = N_DIGIT - 1;
    while (d > least && digit(differ, d) == 0)
        d--;
    return d;
}

/* Draws differ in their leading digits: three of them all but sort, insertion does
 * the rest.  Numbers that are nearly all nearly equal take all six. */
static void sort_keys(mutau_order *o, uint32_t count[N_CHUNK][N_BUCKET])
{
    const int most = highest_digit(o, N_QUICK - 1);
    radix_sort(o, most - (N_QUICK - 1), most, count);
    if (!finish_sort(o))
        radix_sort(o, 0, most, count);
}

/* ---- runs ---- */

/* Whether a run must end before that row. */
static bool is_break(const mutau_order *o, size_t row)
{
    return row == 0 || row == o->n_row / 2 || row == o->n_row - o->n_row / 2;
}

static size_t count_runs(const mutau_order *o, const double x[])
{
    size_t n = 0;
    for (size_t row = 0; row < o->n_row; row++) {
        const double *const now = x + row * o->n_column;
        if (is_break(o, row)) {
            n += o->n_column;
            continue;
        }
        const double *const last = now - o->n_column;
        for (size_t c = 0; c < o->n_column; c++)
            n += now[c] < last[c] || now[c] > last[c];
    }
    return n;
}

/* The runs, not yet in order. */
static void take_runs(mutau_order *o, const double x[])
{
    size_t n = 0;
    for (size_t row = 0; row < o->n_row; row++) {
        const size_t first = row * o->n_column;
        const bool fresh = is_break(o, row);
        if (row == o->n_row / 2)
            o->middle = n;
        for (size_t i = first; i < first + o->n_column; i++) {
            if (fresh || x[i] < x[i - o->n_column] || x[i] > x[i - o->n_column]) {
                o->key[n] = key_of(x[i]);
                o->index[n] = (uint32_t)n;
                o->length[n] = 1;
                o->run[i] = (uint32_t)n++;
            } else {
                o->run[i] = o->run[i - o->n_column];
                o->length[o->run[i]]++;
            }
        }
    }
}

static void count_before(mutau_order *o)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < o->n; i++) {
        o->before[i] = sum;
        sum += o->length[o->index[i]];
    }
    o->before[o->n] = sum;
}

mutau_status mutau_order_init(mutau_order *o, size_t n_row, size_t n_column, const double x[],
                              mutau_error *err)
{
    if (n_row < 1 || n_column < 1 || n_row >= UINT32_MAX / n_column)
        return mutau_error_set(err, MUTAU_EDOM, "%zu rows of %zu numbers cannot be ranked", n_row,
                               n_column);
    mutau_status status = MUTAU_ENOMEM;
    uint32_t(*count)[N_BUCKET] = mutau_calloc(N_CHUNK, sizeof *count);
    o->n_row = n_row;
    o->n_column = n_column;
    o->n = count_runs(o, x);
    o->run = mutau_calloc(n_row * n_column, sizeof *o->run);
    o->length = mutau_calloc(o->n, sizeof *o->length);
    o->key = mutau_calloc(o->n, sizeof *o->key);
    o->index = mutau_calloc(o->n, sizeof *o->index);
    o->before = mutau_calloc(o->n + 1, sizeof *o->before);
    o->spare_key = mutau_calloc(o->n, sizeof *o->spare_key);
    o->spare_index = mutau_calloc(o->n, sizeof *o->spare_index);
    if (count == NULL || o->run == NULL || o->length == NULL || o->key == NULL ||
        o->index == NULL || o->before == NULL || o->spare_key == NULL || o->spare_index == NULL) {
        (void)mutau_error_set(err, status, "no memory to sort %zu numbers", n_row * n_column);
        goto out;
    }
    take_runs(o, x);
    sort_keys(o, count);
    count_before(o);
    status = MUTAU_OK;
out:
    free(count);
    return status;
}

void mutau_order_clear(mutau_order *o)
{
    free(o->run);
    free(o->length);
    free(o->key);
    free(o->index);
    free(o->before);
    free(o->spare_key);
    free(o->spare_index);
    *o = (mutau_order){0};
}

double mutau_order_value(const mutau_order *o, size_t i)
{
    size_t low = 0, high = o->n; /* before[low] <= i < before[high] */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (o->before[middle] <= i)
            low = middle;
        else
            high = middle;
    }
    return number_of(o->key[low]);
}

double mutau_order_median(const mutau_order *o)
{
    const size_t n = o->n_row * o->n_column;
    const double upper = mutau_order_value(o, n / 2);
    return n % 2 == 1 ? upper : 0.5 * (mutau_order_value(o, n / 2 - 1) + upper);
}

size_t mutau_quantile_place(size_t n, double probability, double *part)
{
    /* Counted from 1, as R does it: what rounds to a whole place must do so here, too. */
    const double place = 1.0 + (double)(n - 1) * probability, below = floor(place);
    *part = place - below;
    return (size_t)below - 1;
}

double mutau_quantile_between(double low, double high, double part)
{
    return high > low ? (1.0 - part) * low + part * high : low;
}

double mutau_order_quantile(const mutau_order *o, double probability)
{
    double part = 0.0;
    const size_t k = mutau_quantile_place(o->n_row * o->n_column, probability, &part);
    const double low = mutau_order_value(o, k);
    return part > 0.0 ? mutau_quantile_between(low, mutau_order_value(o, k + 1), part) : low;
}

void mutau_order_fold(mutau_order *o, double centre)
{
    /* Distances fall up to the centre and rise after it: merge outwards. */
    size_t right = 0;
    while (right < o->n && number_of(o->key[right]) < centre)
        right++;
    size_t left = right; /* left of the centre: left - 1, left - 2, ... 0 */
    for (size_t i = 0; i < o->n; i++) {
        const double d_left = left > 0 ? centre - number_of(o->key[left - 1]) : (double)INFINITY;
        const double d_right = right < o->n ? number_of(o->key[right]) - centre : (double)INFINITY;
        const bool take_left = left > 0 && (right == o->n || d_left < d_right);
        const size_t from = take_left ? --left : right++;
        o->spare_key[i] = key_of(take_left ? d_left : d_right);
        o->spare_index[i] = o->index[from];
    }
    swap_spare(o);
    count_before(o);
}

/* The first place from `i` on that does not continue a run of equal numbers. */
static size_t tie_begin(const mutau_order *o, size_t i)
{
    while (i > 0 && i < o->n && o->key[i] == o->key[i - 1])
        i++;
    return i;
}

/* The draws at place i that are ranked. */
static size_t n_ranked_at(const mutau_order *o, size_t i, size_t first_skipped, size_t n_skipped)
{
    return o->index[i] - first_skipped >= n_skipped ? o->length[o->index[i]] : 0;
}

/* Ranks the places begin ... end, all that are equal, before which there are n_ranked draws that
 * count. */
static void rank_places(const mutau_order *o, size_t begin, size_t end, size_t n_ranked,
                        size_t first_skipped, size_t n_skipped, double rank[])
{
    for (size_t first = begin, next; first < end; first = next) {
        size_t n_equal = 0;
        for (next = first; next < end && o->key[next] == o->key[first]; next++)
            n_equal += n_ranked_at(o, next, first_skipped, n_skipped);
        /* The average of n_ranked + 1 ... n_ranked + n_equal. */
        const double average = (double)n_ranked + 0.5 * (double)(n_equal + 1);
        for (size_t i = first; i < next; i++)
            if (o->index[i] - first_skipped >= n_skipped)
                rank[o->index[i]] = average;
        n_ranked += n_equal;
    }
}

void mutau_order_ranks(const mutau_order *o, size_t first_skipped, size_t n_skipped, double rank[])
{
    size_t begin[N_CHUNK + 1], n_before[N_CHUNK + 1] = {0};
    for (int c = 0; c <= N_CHUNK; c++)
        begin[c] = tie_begin(o, chunk_begin(o, c));
    for (int c = 0; c < N_CHUNK; c++) {
        n_before[c + 1] = n_before[c];
        for (size_t i = begin[c]; i < begin[c + 1]; i++)
            n_before[c + 1] += n_ranked_at(o, i, first_skipped, n_skipped);
    }
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (o->n > MIN_PARALLEL)
#endif
    for (int c = 0; c < N_CHUNK; c++)
        rank_places(o, begin[c], begin[c + 1], n_before[c], first_skipped, n_skipped, rank);
}

void mutau_order_spread(const mutau_order *o, const double of[], double y[])
{
    const int64_t n = (int64_t)(o->n_row * o->n_column);
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (n > MIN_PARALLEL)
#endif
    for (int64_t i = 0; i < n; i++)
        y[i] = of[o->run[i]];
}
