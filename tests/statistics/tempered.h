/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tempered run on a built-in target, and its evidence. */
#ifndef MUTAU_TESTS_TEMPERED_H
#define MUTAU_TESTS_TEMPERED_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sampler/builtin_target.h"
#include "sampler/ensemble.h"
#include "analysis/evidence.h"

typedef struct tempered {
    const char *target;
    const void *settings; /* of the target; NULL if it has none */
    size_t n_rung, n_ensemble, n_walker;
    size_t n_burn; /* steps; the ladder adapts in the first half of them */
    size_t n_row, thin;
} tempered;

typedef struct tempered_run {
    const tempered *plan;
    mutau_builtin_target *target;
    mutau_target density;
    mutau_rng *rng;
    mutau_ensemble *ensemble;
    double *ln_like; /* [n_row][n_rung][n_ensemble * n_walker] once it is sampled */
} tempered_run;

/* To be started, and ended with tempered_end; with beta[n_rung] as the first ladder (NULL: a
 * geometric one). */
static inline void tempered_begin_at(tempered_run *r, const tempered *plan, const double beta[],
                                     uint32_t seed)
{
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    mutau_ensemble_settings settings = {.n_ensemble = plan->n_ensemble,
                                        .n_walker = plan->n_walker,
                                        .n_move = 1,
                                        .moves = {{&mutau_move_stretch, &stretch, 1.0}},
                                        .n_thread = 1,
                                        .n_temperature = plan->n_rung,
                                        .ladder = mutau_ladder_defaults()};
    mutau_error err = {0};
    settings.ladder.adapt_steps = plan->n_burn / 2;
    settings.ladder.beta = beta;
    r->plan = plan;
    r->ln_like = NULL;
    CHECK_OK(mutau_builtin_target_alloc(mutau_builtin_target_find(plan->target), plan->settings,
                                        &r->target, &err),
             err);
    r->density = mutau_builtin_target_density(r->target);
    r->rng = mutau_rng_alloc(seed);
    assert_non_null(r->rng);
    CHECK_OK(mutau_ensemble_alloc(&r->density, &settings, r->rng, &r->ensemble, &err), err);
}

static inline void tempered_begin(tempered_run *r, const tempered *plan, uint32_t seed)
{
    tempered_begin_at(r, plan, NULL, seed);
}

static inline void tempered_end(tempered_run *r)
{
    mutau_ensemble_free(r->ensemble);
    mutau_rng_free(r->rng);
    mutau_builtin_target_free(r->target);
    free(r->ln_like);
}

static inline void tempered_steps(tempered_run *r, size_t n)
{
    mutau_error err = {0};
    for (size_t i = 0; i < n; i++)
        CHECK_OK(mutau_ensemble_step(r->ensemble, &err), err);
}

/* Burns in, then keeps every thin-th step; `see` (NULL: none) gets each kept row. */
static inline void tempered_sample(tempered_run *r,
                                   void (*see)(const tempered_run *r, size_t row, void *data),
                                   void *data)
{
    const tempered *p = r->plan;
    const size_t n = p->n_walker;
    r->ln_like = calloc(p->n_row * p->n_rung * p->n_ensemble * n, sizeof *r->ln_like);
    assert_non_null(r->ln_like);
    tempered_steps(r, p->n_burn);
    double *out = r->ln_like;
    for (size_t t = 0; t < p->n_row; t++) {
        tempered_steps(r, p->thin);
        for (size_t k = 0; k < p->n_rung; k++)
            for (size_t e = 0; e < p->n_ensemble; e++, out += n)
                memcpy(out, mutau_ensemble_rung(r->ensemble, e, k).ln_like, n * sizeof *out);
        if (see != NULL)
            see(r, t, data);
    }
}

static inline mutau_status tempered_read(void *self, size_t i_rung, double ln_like[],
                                         mutau_error *err)
{
    (void)err;
    const tempered_run *r = self;
    const tempered *p = r->plan;
    const size_t n = p->n_ensemble * p->n_walker;
    for (size_t t = 0; t < p->n_row; t++)
        memcpy(ln_like + t * n, r->ln_like + (t * p->n_rung + i_rung) * n, n * sizeof *ln_like);
    return MUTAU_OK;
}

static inline void tempered_evidence(tempered_run *r, mutau_evidence *out,
                                     mutau_evidence_pair pairs[])
{
    const mutau_evidence_input in = {.n_rung = r->plan->n_rung,
                                     .beta = mutau_ensemble_beta(r->ensemble),
                                     .n_row = r->plan->n_row,
                                     .n_ensemble = r->plan->n_ensemble,
                                     .n_walker = r->plan->n_walker,
                                     .read = tempered_read,
                                     .self = r};
    mutau_error err = {0};
    CHECK_OK(mutau_evidence_compute(&in, out, pairs, &err), err);
}

/* All of it: ln Z of one seed. */
static inline mutau_evidence tempered_ln_z_at(const tempered *plan, const double beta[],
                                              uint32_t seed, double *truth)
{
    tempered_run r;
    mutau_error err = {0};
    mutau_evidence e;
    tempered_begin_at(&r, plan, beta, seed);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    tempered_sample(&r, NULL, NULL);
    tempered_evidence(&r, &e, NULL);
    *truth = mutau_builtin_target_truth(r.target).ln_z;
    tempered_end(&r);
    return e;
}

static inline mutau_evidence tempered_ln_z(const tempered *plan, uint32_t seed, double *truth)
{
    return tempered_ln_z_at(plan, NULL, seed, truth);
}

#endif
