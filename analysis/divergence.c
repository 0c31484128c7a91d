/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distances between two sets of draws; documented in analysis/divergence.h. */
#include "analysis/divergence.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/credible.h"
#include "base/mem.h"
#include "base/sort.h"

static mutau_status check(size_t n, const double x[], mutau_error *err)
{
    if (n < MUTAU_DIVERGENCE_MIN)
        return mutau_error_set(err, MUTAU_EDOM, "%zu draws; a comparison takes at least %d", n,
                               MUTAU_DIVERGENCE_MIN);
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return mutau_error_set(err, MUTAU_ENAN, "draw %zu of %zu is not a number", i + 1, n);
    return MUTAU_OK;
}

static void normalise(size_t n_cell, double share[], size_t n)
{
    for (size_t i = 0; i < n_cell; i++)
        share[i] /= (double)n;
}

/* --- overlap ---------------------------------------------------------------------------- */

enum { QUANTILES = 33, MAX_CELLS = 2 * QUANTILES + 1 };

/* The ends of the cells: the quantiles of both sets, least and greatest included, each
 * once; their number. */
static mutau_status find_edges(size_t n_a, const double a[], size_t n_b, const double b[],
                               double edge[2 * QUANTILES], size_t *n_edge, mutau_error *err)
{
    double probability[QUANTILES];
    for (size_t i = 0; i < QUANTILES; i++)
        probability[i] = (double)i / (QUANTILES - 1);
    MUTAU_CHECK(mutau_quantiles(n_a, a, QUANTILES, probability, edge, err));
    MUTAU_CHECK(mutau_quantiles(n_b, b, QUANTILES, probability, edge + QUANTILES, err));
    qsort(edge, (size_t)2 * QUANTILES, sizeof edge[0], mutau_rising);
    *n_edge = 1;
    for (size_t i = 1; i < (size_t)2 * QUANTILES; i++)
        if (edge[i] > edge[*n_edge - 1])
            edge[(*n_edge)++] = edge[i];
    return MUTAU_OK;
}

/* The number of edges that are not above x. */
static size_t cell_of(double x, size_t n_edge, const double edge[])
{
    size_t lo = 0, hi = n_edge;
    while (lo < hi) {
        const size_t middle = lo + (hi - lo) / 2;
        if (edge[middle] <= x)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static void count_line(size_t n, const double x[], size_t n_edge, const double edge[],
                       double share[2][MAX_CELLS])
{
    const size_t middle = n / 2;
    for (size_t i = 0; i < MAX_CELLS; i++)
        share[0][i] = share[1][i] = 0.0;
    for (size_t i = 0; i < n; i++)
        share[i >= middle][cell_of(x[i], n_edge, edge)] += 1.0;
    normalise(MAX_CELLS, share[0], middle);
    normalise(MAX_CELLS, share[1], n - middle);
}

mutau_status mutau_overlap(size_t n_a, const double a[], size_t n_b, const double b[],
                           double *overlap, mutau_error *err)
{
    double edge[2 * QUANTILES], p[2][MAX_CELLS], q[2][MAX_CELLS], distance = 0.0;
    size_t n_edge = 0;
    MUTAU_CHECK(check(n_a, a, err));
    MUTAU_CHECK(check(n_b, b, err));
    MUTAU_CHECK(find_edges(n_a, a, n_b, b, edge, &n_edge, err));
    count_line(n_a, a, n_edge, edge, p);
    count_line(n_b, b, n_edge, edge, q);
    for (int half = 0; half < 2; half++)
        for (size_t i = 0; i < MAX_CELLS; i++)
            if (p[half][i] > q[half][i])
                distance += 0.5 * (p[1 - half][i] - q[1 - half][i]);
    *overlap = 1.0 - fmin(fmax(distance, 0.0), 1.0);
    return MUTAU_OK;
}

/* --- Jensen-Shannon --------------------------------------------------------------------- */

enum { LEVELS = 8, N_CELL = 1 << LEVELS, MAX_SAMPLE = 50000 };

typedef struct place {
    double at[2];
} place;

/* Node 1 is the whole plane; node i is cut at split[i] into 2 i and 2 i + 1, in x on the
 * even levels and in y on the odd ones. */
typedef struct cells {
    double split[N_CELL];
} cells;

static int rise_x(const void *a, const void *b)
{
    return mutau_rising(&((const place *)a)->at[0], &((const place *)b)->at[0]);
}

static int rise_y(const void *a, const void *b)
{
    return mutau_rising(&((const place *)a)->at[1], &((const place *)b)->at[1]);
}

/* Cuts all nodes of one level after the other at the median of the places in them. */
static void cut(cells *c, size_t n, place sample[])
{
    for (int level = 0; level < LEVELS; level++) {
        const size_t n_node = (size_t)1 << level;
        for (size_t i = 0; i < n_node; i++) {
            const size_t first = n * i / n_node, end = n * (i + 1) / n_node;
            const size_t middle = n * (2 * i + 1) / (2 * n_node);
            qsort(sample + first, end - first, sizeof *sample, level % 2 == 0 ? rise_x : rise_y);
            c->split[n_node + i] = sample[middle < n ? middle : n - 1].at[level % 2];
        }
    }
}

static size_t find(const cells *c, double x, double y)
{
    size_t node = 1;
    for (int level = 0; level < LEVELS; level++)
        node = 2 * node + ((level % 2 == 0 ? x : y) >= c->split[node] ? 1 : 0);
    return node - N_CELL;
}

/* As many places of each set, evenly spaced in time. */
static mutau_status cut_plane(size_t n_a, const double a_x[], const double a_y[], size_t n_b,
                              const double b_x[], const double b_y[], cells *c, mutau_error *err)
{
    size_t n = n_a < n_b ? n_a : n_b;
    n = n < MAX_SAMPLE ? n : MAX_SAMPLE;
    place *sample = mutau_calloc(2 * n, sizeof *sample);
    if (sample == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to compare %zu draws", n);
    for (size_t i = 0; i < n; i++) {
        const size_t from_a = n_a * i / n, from_b = n_b * i / n;
        sample[2 * i] = (place){{a_x[from_a], a_y[from_a]}};
        sample[2 * i + 1] = (place){{b_x[from_b], b_y[from_b]}};
    }
    cut(c, 2 * n, sample);
    free(sample);
    return MUTAU_OK;
}

static void count_plane(const cells *c, size_t n, const double x[], const double y[],
                        double share[2][N_CELL], double whole[N_CELL])
{
    const size_t middle = n / 2;
    for (size_t i = 0; i < N_CELL; i++)
        share[0][i] = share[1][i] = 0.0;
    for (size_t i = 0; i < n; i++)
        share[i >= middle][find(c, x[i], y[i])] += 1.0;
    for (size_t i = 0; i < N_CELL; i++)
        whole[i] = share[0][i] + share[1][i];
    normalise(N_CELL, share[0], middle);
    normalise(N_CELL, share[1], n - middle);
    normalise(N_CELL, whole, n);
}

/* p log2(p/m); nothing where there is nothing. */
static double relative(double p, double m)
{
    return p > 0.0 ? p * log2(p / m) : 0.0;
}

static double divergence(const double p[N_CELL], const double q[N_CELL])
{
    double sum = 0.0;
    for (size_t i = 0; i < N_CELL; i++) {
        const double m = 0.5 * (p[i] + q[i]);
        sum += 0.5 * (relative(p[i], m) + relative(q[i], m));
    }
    return sum;
}

mutau_status mutau_jensen_shannon_planar(size_t n_a, const double a_x[], const double a_y[],
                                         size_t n_b, const double b_x[], const double b_y[],
                                         mutau_jensen_shannon *out, mutau_error *err)
{
    cells c;
    double p[2][N_CELL], q[2][N_CELL], whole_p[N_CELL], whole_q[N_CELL];
    MUTAU_CHECK(check(n_a, a_x, err));
    MUTAU_CHECK(check(n_a, a_y, err));
    MUTAU_CHECK(check(n_b, b_x, err));
    MUTAU_CHECK(check(n_b, b_y, err));
    MUTAU_CHECK(cut_plane(n_a, a_x, a_y, n_b, b_x, b_y, &c, err));
    count_plane(&c, n_a, a_x, a_y, p, whole_p);
    count_plane(&c, n_b, b_x, b_y, q, whole_q);
    out->plug_in = divergence(whole_p, whole_q);
    const double half = 0.5 * (divergence(p[0], q[0]) + divergence(p[1], q[1]));
    out->bits = fmin(fmax(2.0 * out->plug_in - half, 0.0), 1.0);
    return MUTAU_OK;
}
