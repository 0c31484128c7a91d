/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What draws in memory say; documented in mutau/results.h.  The same functions as for chain files,
 * on the same array: every walker of every ensemble is a chain. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api_internal.h"
#include "analysis/convergence.h"
#include "analysis/credible.h"
#include "analysis/diagnosis.h"
#include "base/mem.h"
#include "analysis/pool.h"
#include "analysis/summary.h"

typedef struct work {
    const mutau_sampling *s;
    size_t first, n_row; /* rows that are kept */
    mutau_verdict verdict;
    double *x; /* [rows][n_column] of one quantity */
} work;

/* --- convergence ----------------------------------------------------------------------- */

/* The verdict without the first rows. */
static mutau_status judge(work *w, size_t first, mutau_error *err)
{
    const mutau_sampling *s = w->s;
    mutau_verdict *v = &w->verdict;
    w->first = first;
    w->n_row = s->n_row - first;
    const mutau_pool shape = {.n_row = w->n_row,
                              .stride = 1,
                              .n_ensemble = s->n_ensemble,
                              .n_walker = s->n_walker,
                              .n_column = s->n_column,
                              .thin = s->thin};
    *v = (mutau_verdict){.dim = s->density.target.dim,
                         .kept_steps = (double)w->n_row * (double)s->thin,
                         .thin = (double)s->thin};
    for (size_t i = 0; i < v->dim; i++) {
        mutau_api_copy(s, MUTAU_API_COORDINATE, i, first, w->n_row, w->x);
        MUTAU_CHECK(mutau_convergence_compute(w->n_row, s->n_column, w->x, &v->coordinate[i], err));
        MUTAU_CHECK(mutau_pool_autocorr_time(&shape, w->x, &v->tau[i], err));
    }
    mutau_verdict_find_worst(v);
    return MUTAU_OK;
}

/* As mutau_verdict_auto does. */
static mutau_status judge_after_burn_in(work *w, size_t burn_in, mutau_error *err)
{
    const mutau_sampling *s = w->s;
    if (burn_in != MUTAU_BURN_IN_AUTO)
        return judge(w, burn_in, err);
    const size_t first = mutau_burn_in_auto(s->n_row, s->thin, 0, 0.0);
    MUTAU_CHECK(judge(w, first, err));
    const size_t better = mutau_burn_in_auto(s->n_row, s->thin, 0, w->verdict.worst_tau);
    return better == first ? MUTAU_OK : judge(w, better, err);
}

/* --- quantities ------------------------------------------------------------------------ */

static mutau_status describe(work *w, size_t i, mutau_results *out, mutau_error *err)
{
    const mutau_sampling *s = w->s;
    const mutau_convergence *c = &w->verdict.coordinate[i];
    const size_t n = w->n_row * s->n_column;
    mutau_region regions[MUTAU_SUMMARY_MASSES];
    mutau_result *q =
        mutau_api_add_result(out, s->density.name[i], s->density.unit[i], c, w->verdict.tau[i]);
    q->lo = s->density.lo[i];
    q->hi = s->density.hi[i];
    mutau_api_copy(s, MUTAU_API_COORDINATE, i, w->first, w->n_row, w->x);
    MUTAU_CHECK(mutau_quantiles(n, w->x, MUTAU_RESULT_QUANTILES, mutau_summary_probability,
                                q->quantile, err));
    MUTAU_CHECK(mutau_hpd_regions_walkers(w->n_row, s->n_column, w->x, q->lo, q->hi,
                                          fmin(c->ess_bulk, c->ess_tail), MUTAU_SUMMARY_MASSES,
                                          mutau_summary_mass, regions, err));
    mutau_api_set_regions(out, regions);
    return MUTAU_OK;
}

static void find_best(const work *w, mutau_results *out)
{
    const mutau_sampling *s = w->s;
    const size_t dim = s->density.target.dim, n_blob = s->density.target.n_blob;
    const size_t begin = w->first * s->n_column, end = s->n_row * s->n_column;
    size_t best = begin;
    for (size_t i = begin + 1; i < end; i++)
        best = s->log_prob[i] > s->log_prob[best] ? i : best;
    out->outcome.best_log_prob = s->log_prob[best];
    for (size_t i = 0; i < dim; i++)
        mutau_api_add_best(out, s->density.name[i], s->position[best * dim + i]);
    for (size_t i = 0; i < n_blob; i++)
        mutau_api_add_best(out, s->density.blob[i], s->blob[best * n_blob + i]);
}

static void take_outcome(const work *w, mutau_outcome *out)
{
    const mutau_verdict *v = &w->verdict;
    const mutau_sampler_settings none = {0};
    const mutau_criteria criteria = mutau_run_criteria(&none);
    const bool converged = mutau_verdict_meets(v, &criteria) && mutau_verdict_mixes(v);
    *out = (mutau_outcome){
        .converged = converged,
        .posterior_converged = converged,
        .rhat = v->worst_rhat,
        .ess_bulk = v->worst_ess_bulk,
        .ess_tail = v->worst_ess_tail,
        .tau = v->worst_tau,
        .kept_steps = v->kept_steps,
        .n_draw = w->n_row * w->s->n_column,
        .acceptance = mutau_sampling_acceptance(w->s),
        .ln_z = (double)NAN,
        .ln_z_error = (double)NAN,
        .why_no_ln_z = mutau_no_evidence_words(MUTAU_EVIDENCE_UNTEMPERED),
    };
}

static mutau_status compute(work *w, size_t burn_in, mutau_results *out, mutau_error *err)
{
    MUTAU_CHECK(judge_after_burn_in(w, burn_in, err));
    out->n_mass = MUTAU_SUMMARY_MASSES;
    take_outcome(w, &out->outcome);
    for (size_t i = 0; i < w->verdict.dim; i++)
        MUTAU_CHECK(describe(w, i, out, err));
    find_best(w, out);
    return MUTAU_OK;
}

mutau_status mutau_results_of_sampling(const mutau_sampling *sampling, size_t burn_in,
                                       mutau_results **out, mutau_error *err)
{
    const size_t n_row = sampling->n_row;
    *out = NULL;
    if (n_row < MUTAU_VERDICT_ROWS)
        return mutau_error_set(err, MUTAU_EDOM, "%zu rows; results take at least %d", n_row,
                               MUTAU_VERDICT_ROWS);
    if (burn_in != MUTAU_BURN_IN_AUTO && (burn_in > n_row || n_row - burn_in < MUTAU_VERDICT_KEPT))
        return mutau_error_set(err, MUTAU_EDOM,
                               "burn-in of %zu rows of %zu: at least %d must be left", burn_in,
                               n_row, MUTAU_VERDICT_KEPT);
    work w = {.s = sampling, .x = mutau_calloc(n_row, sampling->n_column * sizeof(double))};
    mutau_results *results = mutau_calloc(1, sizeof *results);
    mutau_status status = w.x != NULL && results != NULL
                              ? compute(&w, burn_in, results, err)
                              : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", n_row);
    free(w.x);
    if (status == MUTAU_OK)
        *out = results;
    else
        mutau_results_free(results);
    return status;
}
