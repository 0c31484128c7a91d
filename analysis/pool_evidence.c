/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of stored chains; documented in analysis/pool_evidence.h. */
#include "analysis/pool_evidence.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static mutau_evidence no_evidence(mutau_no_evidence why)
{
    const double nan = (double)NAN;
    return (mutau_evidence){.why = why,
                            .ln_z = nan,
                            .error = nan,
                            .mc_error = nan,
                            .scatter = nan,
                            .overlap = nan,
                            .ti = nan,
                            .ti_mc_error = nan,
                            .ti_discretisation = nan,
                            .ti_usable = false};
}

/* The kept rows of one file. */
typedef struct source {
    mutau_chain *chain;
    size_t first, n_row;
} source;

static mutau_status read_rung(void *self, size_t i_rung, double ln_like[], mutau_error *err)
{
    const source *s = self;
    return mutau_chain_read_log_like(s->chain, i_rung, s->first, s->n_row, ln_like, err);
}

/* The ladder of the kept rows into beta[2][n_rung]; whether it was frozen: while it
 * adapts it moves at every step. */
static mutau_status read_ladder(const source *s, size_t n_rung, double beta[], bool *frozen,
                                mutau_error *err)
{
    MUTAU_CHECK(mutau_chain_read_beta(s->chain, s->first, beta, err));
    MUTAU_CHECK(mutau_chain_read_beta(s->chain, s->first + s->n_row - 1, beta + n_rung, err));
    *frozen = memcmp(beta, beta + n_rung, n_rung * sizeof *beta) == 0;
    return MUTAU_OK;
}

static mutau_status evidence_of(source *s, const mutau_chain_info *info, double beta[],
                                mutau_evidence *out, mutau_error *err)
{
    bool frozen = false;
    *out = no_evidence(MUTAU_EVIDENCE_ADAPTING);
    MUTAU_CHECK(read_ladder(s, info->n_temperature, beta, &frozen, err));
    if (!frozen)
        return MUTAU_OK;
    const mutau_evidence_input input = {.n_rung = info->n_temperature,
                                        .beta = beta,
                                        .n_row = s->n_row,
                                        .n_ensemble = info->n_ensemble,
                                        .n_walker = info->n_walker,
                                        .read = read_rung,
                                        .self = s};
    mutau_error reason = {0};
    const mutau_status status = mutau_evidence_compute(&input, out, NULL, &reason);
    if (status != MUTAU_OK && status != MUTAU_ENUMERIC)
        return mutau_error_set(err, status, "%s: %s", mutau_chain_path(s->chain), reason.text);
    if (status == MUTAU_ENUMERIC || !(out->overlap >= MUTAU_EVIDENCE_MIN_DRAWS)) {
        const size_t weakest = out->weakest;
        const double overlap = status == MUTAU_OK ? out->overlap : 0.0;
        *out = no_evidence(MUTAU_EVIDENCE_APART);
        out->weakest = weakest;
        out->overlap = overlap;
    }
    return MUTAU_OK;
}

/* The mean of values with errors, weighted by these: a value whose error is 0, that of a
 * constant likelihood, counts for all that have one. */
static void weighted_mean(size_t n, const double x[], const double errors[], double *mean,
                          double *error)
{
    double least = (double)INFINITY, sum = 0.0, weights = 0.0;
    for (size_t i = 0; i < n; i++)
        least = errors[i] < least ? errors[i] : least;
    for (size_t i = 0; i < n; i++) {
        const double share = least / errors[i];
        const double weight = fabs(errors[i]) > 0.0 || isnan(errors[i]) ? share * share : 1.0;
        sum += weight * x[i];
        weights += weight;
    }
    *mean = sum / weights;
    *error = least / sqrt(weights);
}

/* By how much values scatter more than their errors let expect: Birge's ratio, at least 1. */
static double excess_scatter(size_t n, const double x[], const double errors[], double mean)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        if (errors[i] > 0.0) /* one without an error counts alone */
            sum += (x[i] - mean) / errors[i] * ((x[i] - mean) / errors[i]);
    return fmax(1.0, sqrt(sum / (double)(n - 1)));
}

/* The first of the files that has no evidence speaks for all. */
static mutau_evidence mean_of(size_t n, const mutau_evidence found[])
{
    for (size_t i = 0; i < n; i++)
        if (found[i].why != MUTAU_EVIDENCE_KNOWN)
            return found[i];
    double ln_z[MUTAU_POOL_MAX_CHAINS], error[MUTAU_POOL_MAX_CHAINS], mean;
    double mc_error[MUTAU_POOL_MAX_CHAINS];
    double ti[MUTAU_POOL_MAX_CHAINS], ti_error[MUTAU_POOL_MAX_CHAINS];
    mutau_evidence out = {.ti_usable = true, .overlap = (double)INFINITY};
    for (size_t i = 0; i < n; i++) {
        const mutau_evidence *e = &found[i];
        ln_z[i] = e->ln_z;
        error[i] = e->error;
        mc_error[i] = e->mc_error;
        ti[i] = e->ti;
        ti_error[i] = e->ti_mc_error;
        out.scatter += e->scatter * e->scatter / (double)n;
        out.ti_discretisation = fmax(out.ti_discretisation, e->ti_discretisation);
        out.ti_usable = out.ti_usable && e->ti_usable;
        if (e->overlap < out.overlap) {
            out.overlap = e->overlap;
            out.weakest = e->weakest;
        }
    }
    out.scatter = sqrt(out.scatter);
    weighted_mean(n, ln_z, mc_error, &mean, &out.mc_error);
    weighted_mean(n, ln_z, error, &out.ln_z, &out.error);
    out.error *= excess_scatter(n, ln_z, error, out.ln_z);
    weighted_mean(n, ti, ti_error, &out.ti, &out.ti_mc_error);
    return out;
}

static mutau_status combine(const mutau_pool *pool, double beta[], mutau_evidence *out,
                            mutau_error *err)
{
    mutau_evidence found[MUTAU_POOL_MAX_CHAINS];
    for (size_t i = 0; i < pool->n_chain; i++) {
        source s = {pool->chains[i], pool->first[i], pool->n_row};
        const mutau_chain_info info = mutau_chain_describe(pool->chains[i]);
        MUTAU_CHECK(evidence_of(&s, &info, beta, &found[i], err));
    }
    *out = pool->n_chain == 1 ? found[0] : mean_of(pool->n_chain, found);
    return MUTAU_OK;
}

mutau_status mutau_pool_evidence(const mutau_pool *pool, mutau_evidence *out, mutau_error *err)
{
    size_t n_least = SIZE_MAX, n_most = 0;
    for (size_t i = 0; i < pool->n_chain; i++) {
        const size_t n = mutau_chain_describe(pool->chains[i]).n_temperature;
        n_least = n < n_least ? n : n_least;
        n_most = n > n_most ? n : n_most;
    }
    *out = no_evidence(n_most < 2    ? MUTAU_EVIDENCE_UNTEMPERED
                       : n_least < 2 ? MUTAU_EVIDENCE_LADDERS
                                     : MUTAU_EVIDENCE_FEW_ROWS);
    if (n_least < 2 || pool->n_row < 4 || pool->stride != 1)
        return MUTAU_OK;
    double *beta = mutau_calloc(2 * n_most, sizeof *beta);
    if (beta == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a ladder");
    const mutau_status status = combine(pool, beta, out, err);
    free(beta);
    return status;
}
