/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Autocovariances; documented in autocovariance_internal.h.
 *
 * Two real series are the parts of a complex one, a + ib.  |a_k|^2 + |b_k|^2 is the mean of |z_k|^2
 * and |z_{n-k}|^2, and nothing else is wanted of them. */
#include "autocovariance_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "base/mem.h"
#include "base/widths.h"

enum {
    N_LANE = 16,                 /* partial sums, the same for any number of threads */
    N_GROUP = 2 * FOURIER_LANES, /* series transformed together */
    SOME_LAGS = 4,               /* one in so many */
    LEAST_LAGS = 32,             /* ... but as many */
    MIN_PARALLEL_WORK = 20000    /* numbers below which threads cost more than they save */
};

static int thread_count(void)
{
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static int thread_index(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

const double *mutau_series_start(const series_set *set, size_t i)
{
    return set->x + (i / set->n_column) * set->second + i % set->n_column;
}

mutau_status mutau_autocovariance_init(mutau_autocovariance *a, size_t length, size_t n_series,
                                       mutau_error *err)
{
    a->length = length;
    a->n_series = n_series;
    a->n_thread = thread_count();
    a->most = mutau_fourier_length(2 * length);
    a->buffer = mutau_calloc((size_t)a->n_thread * 2 * a->most, sizeof *a->buffer);
    a->power = mutau_calloc(N_LANE * a->most, sizeof *a->power);
    a->sum = mutau_calloc(length, sizeof *a->sum);
    a->mean = mutau_calloc(n_series, sizeof *a->mean);
    a->sum_sq = mutau_calloc(n_series, sizeof *a->sum_sq);
    if (a->buffer == NULL || a->power == NULL || a->sum == NULL || a->mean == NULL ||
        a->sum_sq == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM,
                               "no memory for the spectra of %zu series of %zu draws", n_series,
                               length);
    return mutau_fourier_init(&a->fourier, a->most, err);
}

void mutau_autocovariance_clear(mutau_autocovariance *a)
{
    mutau_fourier_clear(&a->fourier);
    free(a->buffer);
    free(a->power);
    free(a->sum);
    free(a->mean);
    free(a->sum_sq);
    *a = (mutau_autocovariance){0};
}

/* ---- one group ---- */

/* Series of one group; those that it has not all of are 0. */
typedef struct series_group {
    const double *start[N_GROUP];
    size_t n, length, n_column;
    double mean[N_GROUP], sum_sq[N_GROUP];
} series_group;

/* Row t of the group less the numbers at t = 0, which are summed. */
static inline void load_row(const double *restrict x, const double *restrict origin,
                            fourier_point *restrict z, double *restrict sum)
{
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        z->re[l] = x[l] - origin[l];
        sum[l] += z->re[l];
    }
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        z->im[l] = x[FOURIER_LANES + l] - origin[FOURIER_LANES + l];
        sum[FOURIER_LANES + l] += z->im[l];
    }
}

/* Takes the mean of what is left. */
static inline void centre_row(const double *restrict shift, fourier_point *restrict z,
                              double *restrict sum_sq)
{
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        z->re[l] -= shift[l];
        sum_sq[l] += z->re[l] * z->re[l];
    }
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        z->im[l] -= shift[FOURIER_LANES + l];
        sum_sq[FOURIER_LANES + l] += z->im[l] * z->im[l];
    }
}

static inline void scale_row(const double *restrict scale, fourier_point *restrict z)
{
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        z->re[l] *= scale[l];
        z->im[l] *= scale[FOURIER_LANES + l];
    }
}

/* Whether they are neighbours, and all there. */
static inline bool is_whole(const series_group *g)
{
    bool whole = g->n == N_GROUP;
    for (size_t j = 0; whole && j < g->n; j++)
        whole = g->start[j] == g->start[0] + j;
    return whole;
}

/* The series less their means, zeros behind. */
static inline void load_group(series_group *g, size_t n_fft, bool normalise, fourier_point z[])
{
    double origin[N_GROUP] = {0.0}, row[N_GROUP] = {0.0}, sum[N_GROUP] = {0.0};
    double sum_sq[N_GROUP] = {0.0}, shift[N_GROUP], scale[N_GROUP];
    const size_t n = g->length;
    for (size_t j = 0; j < g->n; j++)
        origin[j] = g->start[j][0];
    if (is_whole(g)) {
        for (size_t t = 0; t < n; t++)
            load_row(g->start[0] + t * g->n_column, origin, &z[t], sum);
    } else {
        for (size_t t = 0; t < n; t++) {
            for (size_t j = 0; j < g->n; j++)
                row[j] = g->start[j][t * g->n_column];
            load_row(row, origin, &z[t], sum);
        }
    }
    for (size_t j = 0; j < N_GROUP; j++) {
        shift[j] = sum[j] / (double)n;
        g->mean[j] = origin[j] + shift[j]; /* exact for one that stands still */
    }
    for (size_t t = 0; t < n; t++)
        centre_row(shift, &z[t], sum_sq);
    for (size_t t = n; t < (n > n_fft / 2 ? n_fft : n_fft / 2); t++)
        z[t] = (fourier_point){0};
    for (size_t j = 0; j < N_GROUP; j++) {
        g->sum_sq[j] = sum_sq[j];
        scale[j] = sum_sq[j] > 0.0 ? 1.0 / sqrt(sum_sq[j]) : 0.0;
    }
    for (size_t t = 0; normalise && t < n; t++)
        scale_row(scale, &z[t]);
}

static inline void add_power(size_t n, const fourier_point *restrict z, double *restrict power)
{
    for (size_t k = 0; k < n; k++) {
        double p[FOURIER_LANES];
        for (size_t l = 0; l < FOURIER_LANES; l++)
            p[l] = z[k].re[l] * z[k].re[l] + z[k].im[l] * z[k].im[l];
        power[k] += (p[0] + p[1]) + (p[2] + p[3]);
    }
}

MUTAU_WIDTHS
static void transform_group(const mutau_fourier *f, series_group *g, bool normalise,
                            fourier_point z[], fourier_point spare[], double power[])
{
    load_group(g, f->n, normalise, z);
    add_power(f->n, mutau_fourier_transform(f, g->length, z, spare), power);
}

/* ---- all of them ---- */

/* The power of every N_LANE-th group of series. */
static void sum_lane(mutau_autocovariance *a, const series_set *set, bool normalise, size_t lane)
{
    const size_t n = a->fourier.n;
    fourier_point *const z = a->buffer + (size_t)thread_index() * 2 * a->most;
    double *const power = a->power + lane * a->most;
    for (size_t k = 0; k < n; k++)
        power[k] = 0.0;
    for (size_t first = lane * N_GROUP; first < set->n_series; first += N_LANE * N_GROUP) {
        const size_t left = set->n_series - first;
        series_group g = {
            .n = left < N_GROUP ? left : N_GROUP, .length = set->length, .n_column = set->n_column};
        for (size_t j = 0; j < g.n; j++)
            g.start[j] = mutau_series_start(set, first + j);
        transform_group(&a->fourier, &g, normalise, z, z + a->most, power);
        for (size_t j = 0; j < g.n; j++) {
            a->mean[first + j] = g.mean[j];
            a->sum_sq[first + j] = g.sum_sq[j];
        }
    }
}

/* The power of all series into the first lane. */
static void sum_power(mutau_autocovariance *a, const series_set *set, bool normalise)
{
    const size_t n = a->fourier.n;
#ifdef _OPENMP
    const bool parallel = a->n_thread > 1 && set->n_series * n > MIN_PARALLEL_WORK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(a->n_thread) if (parallel)
#endif
    for (int lane = 0; lane < N_LANE; lane++)
        sum_lane(a, set, normalise, (size_t)lane);
    for (size_t lane = 1; lane < N_LANE; lane++)
        for (size_t k = 0; k < n; k++)
            a->power[k] += a->power[lane * a->most + k];
}

/* Places of a transform that keeps so many lags apart from what wraps around. */
static size_t transform_length(const series_set *set, bool all)
{
    const size_t some = set->length / SOME_LAGS;
    return mutau_fourier_length(set->length + (all || some < LEAST_LAGS ? set->length : some));
}

double *mutau_autocovariance_sum(mutau_autocovariance *a, const series_set *set, bool normalise,
                                 bool all, size_t *n_lag)
{
    const size_t n = transform_length(set, all), exact = n - set->length + 1;
    if (a->fourier.n != n)
        mutau_fourier_plan(&a->fourier, n);
    sum_power(a, set, normalise);
    /* The power is real and even: its forward transform will do. */
    fourier_point *const z = a->buffer;
    for (size_t k = 0; k < n; k++) {
        z[k] = (fourier_point){0};
        z[k].re[0] = (a->power[k] + a->power[k > 0 ? n - k : 0]) / (2.0 * (double)n);
    }
    const fourier_point *const c = mutau_fourier_transform(&a->fourier, n, z, z + a->most);
    *n_lag = exact < set->length ? exact : set->length;
    for (size_t lag = 0; lag < *n_lag; lag++)
        a->sum[lag] = c[lag].re[0];
    return a->sum;
}
