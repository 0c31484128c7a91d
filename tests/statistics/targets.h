/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Densities whose truth is known, and a run on one of them. */
#ifndef MUTAU_TESTS_TARGETS_H
#define MUTAU_TESTS_TARGETS_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sampler/ensemble.h"

enum { TARGET_MAX_DIM = 10 };

static const char *const TARGET_NAMES[TARGET_MAX_DIM] = {"a", "b", "c", "d", "e",
                                                         "f", "g", "h", "i", "j"};

/* A density by its ln prior and ln likelihood in x; what is sampled is
 * theta = matrix x + shift where `matrix` is given (lower triangular). */
typedef struct density {
    size_t dim;
    bool (*inside)(size_t dim, const double x[]);     /* the prior's support; NULL: all */
    double (*ln_prior)(size_t dim, const double x[]); /* NULL: 0 */
    double (*ln_like)(size_t dim, const double x[]);  /* NULL: 0 */
    void (*draw)(size_t dim, mutau_rng *rng, double x[]);
    const double *matrix; /* [dim][dim] or NULL */
    const double *shift;  /* [dim] or NULL */
} density;

/* x from theta, by forward substitution. */
static inline void density_unmap(const density *d, const double theta[], double x[])
{
    for (size_t i = 0; i < d->dim; i++) {
        x[i] = theta[i];
        if (d->matrix == NULL)
            continue;
        x[i] -= d->shift[i];
        for (size_t k = 0; k < i; k++)
            x[i] -= d->matrix[i * d->dim + k] * x[k];
        x[i] /= d->matrix[i * d->dim + i];
    }
}

static inline void density_map(const density *d, const double x[], double theta[])
{
    for (size_t i = 0; i < d->dim; i++) {
        theta[i] = d->matrix == NULL ? x[i] : d->shift[i];
        for (size_t k = 0; d->matrix != NULL && k <= i; k++)
            theta[i] += d->matrix[i * d->dim + k] * x[k];
    }
}

static inline mutau_status density_eval(const void *self, void *ws, const double theta[],
                                        double *ln_prior, double *ln_like, double blob[])
{
    (void)ws;
    (void)blob;
    const density *d = self;
    double x[TARGET_MAX_DIM];
    density_unmap(d, theta, x);
    *ln_prior = *ln_like = -(double)INFINITY;
    if (d->inside != NULL && !d->inside(d->dim, x))
        return MUTAU_OK;
    *ln_prior = d->ln_prior != NULL ? d->ln_prior(d->dim, x) : 0.0;
    *ln_like = d->ln_like != NULL ? d->ln_like(d->dim, x) : 0.0;
    return MUTAU_OK;
}

static inline void density_draw(const void *self, mutau_rng *rng, double theta[])
{
    const density *d = self;
    double x[TARGET_MAX_DIM];
    d->draw(d->dim, rng, x);
    density_map(d, x, theta);
}

static inline mutau_target density_target(const density *d)
{
    return (mutau_target){.dim = d->dim,
                          .eval = density_eval,
                          .draw = density_draw,
                          .self = d,
                          .names = TARGET_NAMES};
}

/* ---- standard normal ---- */

static inline double normal_ln_like(size_t dim, const double x[])
{
    double sum = 0.0;
    for (size_t i = 0; i < dim; i++)
        sum += x[i] * x[i];
    return -0.5 * sum;
}

static inline void normal_draw(size_t dim, mutau_rng *rng, double x[])
{
    for (size_t i = 0; i < dim; i++)
        x[i] = mutau_rng_normal(rng);
}

/* ---- a run on one of them ---- */

typedef struct run {
    mutau_target target;
    mutau_rng *rng;
    mutau_ensemble *ensemble;
    size_t n_ensemble, n_walker, dim;
} run;

/* To be ended with run_end; start it with mutau_ensemble_start(_at). */
static inline void run_begin_screened(run *r, const density *d, const mutau_target *screen,
                                      size_t n_ensemble, size_t n_walker, size_t n_move,
                                      const mutau_weighted_move moves[], uint32_t seed)
{
    mutau_ensemble_settings settings = {.n_ensemble = n_ensemble,
                                        .n_walker = n_walker,
                                        .n_move = n_move,
                                        .n_thread = 1,
                                        .screen = screen};
    mutau_error err = {0};
    memcpy(settings.moves, moves, n_move * sizeof *moves);
    r->target = density_target(d);
    r->n_ensemble = n_ensemble;
    r->n_walker = n_walker;
    r->dim = d->dim;
    r->rng = mutau_rng_alloc(seed);
    assert_non_null(r->rng);
    CHECK_OK(mutau_ensemble_alloc(&r->target, &settings, r->rng, &r->ensemble, &err), err);
}

static inline void run_begin_moves(run *r, const density *d, size_t n_ensemble, size_t n_walker,
                                   size_t n_move, const mutau_weighted_move moves[], uint32_t seed)
{
    run_begin_screened(r, d, NULL, n_ensemble, n_walker, n_move, moves, seed);
}

/* The same with the stretch move alone. */
static inline void run_begin(run *r, const density *d, size_t n_ensemble, size_t n_walker,
                             uint32_t seed)
{
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    const mutau_weighted_move move = {&mutau_move_stretch, &stretch, 1.0};
    run_begin_moves(r, d, n_ensemble, n_walker, 1, &move, seed);
}

static inline void run_end(run *r)
{
    mutau_ensemble_free(r->ensemble);
    mutau_rng_free(r->rng);
}

static inline void run_steps(run *r, size_t n_step)
{
    mutau_error err = {0};
    for (size_t i = 0; i < n_step; i++)
        CHECK_OK(mutau_ensemble_step(r->ensemble, &err), err);
}

/* All positions, as [n_ensemble][n_walker][dim]. */
static inline void run_positions(const run *r, double out[])
{
    const size_t n = r->n_walker * r->dim;
    for (size_t i = 0; i < r->n_ensemble; i++)
        memcpy(out + i * n, mutau_ensemble_state(r->ensemble, i).position, n * sizeof *out);
}

/* Runs n_keep * thin steps and gives every thin-th as x[n_keep][all walkers][dim]
 * (free it). */
static inline double *run_chain(run *r, size_t n_keep, size_t thin)
{
    const size_t n = r->n_ensemble * r->n_walker * r->dim;
    double *x = calloc(n_keep * n, sizeof *x);
    assert_non_null(x);
    for (size_t t = 0; t < n_keep; t++) {
        run_steps(r, thin);
        run_positions(r, x + t * n);
    }
    return x;
}

#endif
