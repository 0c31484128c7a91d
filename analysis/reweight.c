/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reweighting a chain to other terms; documented in analysis/reweight.h.
 *
 *   ln w = sum over the target's terms of ln L - sum of the chain's lnl_<term>
 *
 * The error of a weighted mean is that of a ratio of means: with w scaled to mean 1, the
 * draws w (f - mean) have the mean 0 and the Monte Carlo error sought. */
#include "analysis/reweight.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draws_internal.h"
#include "analysis/diagnostics.h"
#include "base/mem.h"
#include "points_internal.h"

typedef struct work {
    const mutau_pool *pool;
    size_t n;       /* draws */
    double *weight; /* [n] ln w, then w with mean 1 */
    double *x;      /* [n] scratch */
} work;

/* --- the weights ------------------------------------------------------------------------ */

/* All terms look at the boson. */
static mutau_status check_boson(const work *w, const mutau_run_settings *target, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(w->pool->chains[0]);
    const char *mass = target->set.spec[target->places.mass]->name;
    const char *coupling = target->set.spec[target->places.coupling]->name;
    size_t i = 0;
    if (mutau_draws_find_blob(&info, mass, &i) && mutau_draws_find_blob(&info, coupling, &i))
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EDATA, "the chain has no blobs %s and %s", mass, coupling);
}

/* Adds ln L of the target's terms to the weights. */
static mutau_status add_terms(work *w, const mutau_run_settings *target, mutau_error *err)
{
    double *points = NULL;
    if (target->n_term == 0)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_points_alloc(w->pool, target, &points, err));
    for (size_t k = 0; k < target->n_term; k++)
        for (size_t i = 0; i < w->n; i++)
            w->weight[i] += mutau_run_settings_term_lnl(target, k, points + i * target->set.n);
    free(points);
    return MUTAU_OK;
}

/* Takes the chain's own terms off the weights. */
static mutau_status subtract_stored(work *w, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(w->pool->chains[0]);
    for (size_t k = 0; k < info.n_blob; k++) {
        const char *name = info.blob_names[k];
        if (strncmp(name, "lnl_", 4) != 0 || strcmp(name, "lnl_flux") == 0)
            continue;
        MUTAU_CHECK(mutau_pool_read(w->pool, MUTAU_POOL_BLOB, k, w->x, err));
        for (size_t i = 0; i < w->n; i++)
            w->weight[i] -= w->x[i];
    }
    return MUTAU_OK;
}

/* Weights that differ by the rounding of another build only are equal: they have no tail. */
static void flatten_rounding(work *w)
{
    const double rounding = 1e-9;
    double least = (double)INFINITY, most = -(double)INFINITY;
    for (size_t i = 0; i < w->n; i++) {
        if (isnan(w->weight[i]))
            return; /* to be refused */
        least = fmin(least, w->weight[i]);
        most = fmax(most, w->weight[i]);
    }
    for (size_t i = 0; most - least < rounding && i < w->n; i++)
        w->weight[i] = 0.0;
}

/* Effective over actual number of draws, of the weights: by their ranks, as the bulk ESS
 * takes them.  The ESS of their mean would be blind where it matters: a weight so large that
 * it alone makes up the variance looks independent of the others, and the shorter tail that
 * follows hides it (White Paper to lattice: 0.59 instead of 0.1, k-hat 0.64 instead of 0.9). */
static mutau_status find_r_eff(work *w, double *r_eff, mutau_error *err)
{
    mutau_convergence c;
    MUTAU_CHECK(mutau_convergence_compute(w->pool->n_row, w->pool->n_column, w->weight, &c, err));
    *r_eff = c.ess_bulk / (double)w->n;
    if (!(*r_eff > 0.0)) /* all weights are equal, or -infinity is among them */
        *r_eff = 1.0;
    return MUTAU_OK;
}

static void scale_weights(work *w, double *kish)
{
    double top = -(double)INFINITY, sum = 0.0, square = 0.0;
    for (size_t i = 0; i < w->n; i++)
        top = w->weight[i] > top ? w->weight[i] : top;
    for (size_t i = 0; i < w->n; i++) {
        w->weight[i] = exp(w->weight[i] - top);
        sum += w->weight[i];
        square += w->weight[i] * w->weight[i];
    }
    *kish = sum * sum / square / (double)w->n;
    for (size_t i = 0; i < w->n; i++)
        w->weight[i] *= (double)w->n / sum;
}

/* --- what the weighted draws say ---------------------------------------------------------- */

typedef struct weighted {
    double x, w;
} weighted;

static int rise(const void *a, const void *b)
{
    const weighted *x = a, *y = b;
    return (x->x > y->x) - (x->x < y->x);
}

/* The smallest draw below which, itself included, the probability lies. */
static mutau_status find_quantiles(const work *w, mutau_reweighted *q, mutau_error *err)
{
    weighted *sorted = mutau_calloc(w->n, sizeof *sorted);
    if (sorted == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to sort %zu draws", w->n);
    for (size_t i = 0; i < w->n; i++)
        sorted[i] = (weighted){w->x[i], w->weight[i] / (double)w->n};
    qsort(sorted, w->n, sizeof *sorted, rise);
    double below = 0.0;
    size_t k = 0;
    for (size_t i = 0; i < w->n; i++) {
        below += sorted[i].w;
        while (k < MUTAU_SUMMARY_QUANTILES && below >= mutau_summary_probability[k])
            q->quantile[k++] = sorted[i].x;
    }
    free(sorted);
    q->median = q->quantile[MUTAU_SUMMARY_QUANTILES / 2];
    return MUTAU_OK;
}

static mutau_status describe(work *w, const char *name, mutau_reweighted *q, mutau_error *err)
{
    mutau_convergence c;
    double sum = 0.0, square = 0.0;
    (void)snprintf(q->name, sizeof q->name, "%s", name);
    MUTAU_CHECK(mutau_draws_read(w->pool, name, w->x, err));
    MUTAU_CHECK(find_quantiles(w, q, err));
    for (size_t i = 0; i < w->n; i++)
        sum += w->weight[i] * w->x[i];
    q->mean = sum / (double)w->n;
    for (size_t i = 0; i < w->n; i++) {
        const double away = w->x[i] - q->mean;
        square += w->weight[i] * away * away;
        w->x[i] = w->weight[i] * away;
    }
    q->sd = sqrt(square / (double)w->n);
    MUTAU_CHECK(mutau_convergence_compute(w->pool->n_row, w->pool->n_column, w->x, &c, err));
    q->mcse = c.mcse_mean;
    return MUTAU_OK;
}

static mutau_status reweight(work *w, const mutau_run_settings *target, size_t n,
                             const char *const names[], mutau_reweighting *out, mutau_error *err)
{
    w->weight = mutau_calloc(w->n, sizeof *w->weight);
    w->x = mutau_calloc(w->n, sizeof *w->x);
    if (w->weight == NULL || w->x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", w->n);
    MUTAU_CHECK(check_boson(w, target, err));
    MUTAU_CHECK(add_terms(w, target, err));
    MUTAU_CHECK(subtract_stored(w, err));
    flatten_rounding(w);
    MUTAU_CHECK(find_r_eff(w, &out->r_eff, err));
    MUTAU_CHECK(mutau_psis_smooth(w->n, w->weight, out->r_eff, &out->psis, err));
    out->sufficient = out->psis.khat < MUTAU_PSIS_GOOD_K;
    scale_weights(w, &out->kish);
    for (; out->n < n; out->n++)
        MUTAU_CHECK(describe(w, names[out->n], &out->quantity[out->n], err));
    return MUTAU_OK;
}

mutau_status mutau_reweight(const mutau_pool *pool, const mutau_run_settings *target, size_t n,
                            const char *const names[], mutau_reweighting *out, mutau_error *err)
{
    work w = {.pool = pool, .n = pool->n_row * pool->n_column};
    memset(out, 0, sizeof *out);
    if (n > MUTAU_SUMMARY_MAX_QUANTITIES)
        return mutau_error_set(err, MUTAU_EDOM, "%zu quantities; at most %d", n,
                               MUTAU_SUMMARY_MAX_QUANTITIES);
    const mutau_status status = reweight(&w, target, n, names, out, err);
    free(w.weight);
    free(w.x);
    return status;
}

double mutau_reweighted_pull(const mutau_reweighted *reweighted, const mutau_quantity *direct)
{
    return (reweighted->mean - direct->moments.mean) /
           hypot(reweighted->mcse, direct->moments.mcse_mean);
}
