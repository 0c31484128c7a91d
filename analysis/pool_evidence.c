/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of stored chains; documented in analysis/pool_evidence.h. */
#include "analysis/pool_evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/psis.h"
#include "base/mem.h"
#include "pool_bridge_internal.h"

static const mutau_estimate nothing = {(double)NAN, (double)NAN};

static mutau_evidence no_evidence(mutau_no_evidence why)
{
    const double nan = (double)NAN;
    return (mutau_evidence){.why = why,
                            .why_no_stones = why,
                            .why_no_bridge = MUTAU_EVIDENCE_NO_MIXTURE,
                            .ln_z = nan,
                            .error = nan,
                            .mc_error = nan,
                            .scatter = nan,
                            .overlap = nan,
                            .ti = nan,
                            .ti_mc_error = nan,
                            .ti_discretisation = nan,
                            .ti_usable = false,
                            .stones = nothing,
                            .bridge = nothing,
                            .importance = nothing,
                            .bridge_overlap = nan,
                            .difference = nan,
                            .difference_error = nan,
                            .khat = nan,
                            .largest = nan,
                            .share = nan};
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

/* ---- stepping stones ---- */

static mutau_status climb(source *s, const mutau_chain_info *info, double beta[],
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
        return MUTAU_OK;
    }
    const mutau_evidence none = no_evidence(MUTAU_EVIDENCE_KNOWN);
    out->why_no_bridge = none.why_no_bridge;
    out->stones = (mutau_estimate){out->ln_z, out->error};
    out->bridge = out->importance = nothing;
    out->bridge_overlap = out->difference = out->difference_error = none.difference;
    out->khat = out->largest = out->share = none.share;
    return MUTAU_OK;
}

/* ---- the mixture ---- */

/* The bridge's ln Z takes the place of the stepping stones', if it is known. */
static mutau_status cross(const source *s, const mutau_chain_info *info, mutau_evidence *out,
                          mutau_error *err)
{
    mutau_bridge b;
    mutau_error reason = {0};
    const mutau_status status = mutau_pool_bridge(s->chain, s->first, s->n_row, &b, &reason);
    if (status != MUTAU_OK && status != MUTAU_ENUMERIC)
        return mutau_error_set(err, status, "%s: %s", mutau_chain_path(s->chain), reason.text);
    out->bridge_overlap = b.overlap;
    out->n_proposal = b.n_proposal;
    out->why_no_bridge = MUTAU_EVIDENCE_BRIDGE;
    if (status == MUTAU_ENUMERIC || !(b.overlap >= MUTAU_EVIDENCE_MIN_DRAWS)) {
        if (out->why != MUTAU_EVIDENCE_KNOWN)
            out->why = MUTAU_EVIDENCE_BRIDGE;
        return MUTAU_OK;
    }
    const double shown = b.scatter / sqrt((double)info->n_ensemble);
    out->why = out->why_no_bridge = MUTAU_EVIDENCE_KNOWN;
    out->ln_z = b.ln_z;
    out->mc_error = b.error;
    out->scatter = b.scatter;
    out->error = shown > b.error ? shown : b.error; /* a NaN stays */
    out->bridge = (mutau_estimate){out->ln_z, out->error};
    out->importance = (mutau_estimate){b.importance, b.importance_error};
    out->difference = b.ln_z - b.importance;
    out->difference_error = b.difference_error;
    out->khat = b.khat;
    out->largest = b.largest;
    out->share = b.share;
    return MUTAU_OK;
}

bool mutau_evidence_weights_known(const mutau_evidence *evidence)
{
    return evidence->khat <= MUTAU_PSIS_GOOD_K || evidence->largest < 0.1;
}

/* Further apart than the errors allow, and than rounding explains. */
static bool disagree(double difference, double error, double ln_z)
{
    return fabs(difference) > MUTAU_EVIDENCE_MAX_PULL * error + 1e-9 * fmax(1.0, fabs(ln_z));
}

/* The bridge against importance sampling, where that has an error, and the stepping stones, whose
 * draws are others but for the coldest rung's: their errors are taken to be independent. */
static void compare_methods(mutau_evidence *e)
{
    const double error = hypot(e->bridge.error, e->stones.error);
    const bool checked = mutau_evidence_weights_known(e);
    if (e->why != MUTAU_EVIDENCE_KNOWN || e->why_no_bridge != MUTAU_EVIDENCE_KNOWN)
        return;
    if (!(checked && disagree(e->difference, e->difference_error, e->ln_z)) &&
        !disagree(e->bridge.ln_z - e->stones.ln_z, error, e->ln_z))
        return;
    e->why = MUTAU_EVIDENCE_METHODS;
    e->ln_z = e->error = e->mc_error = e->scatter = (double)NAN;
}

/* ---- one file ---- */

static mutau_status evidence_of(source *s, double beta[], mutau_evidence *out, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(s->chain);
    *out = no_evidence(MUTAU_EVIDENCE_UNTEMPERED);
    if (info.n_temperature > 1)
        MUTAU_CHECK(climb(s, &info, beta, out, err));
    if (mutau_chain_has_mixture(&info))
        MUTAU_CHECK(cross(s, &info, out, err));
    compare_methods(out);
    return MUTAU_OK;
}

/* ---- several ---- */

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

/* What is known by one method; of no file if not of all. */
static mutau_estimate mean_estimate(size_t n, const mutau_evidence found[],
                                    mutau_estimate (*of)(const mutau_evidence *))
{
    double x[MUTAU_POOL_MAX_CHAINS], error[MUTAU_POOL_MAX_CHAINS];
    mutau_estimate mean;
    for (size_t i = 0; i < n; i++) {
        x[i] = of(&found[i]).ln_z;
        error[i] = of(&found[i]).error;
        if (isnan(x[i]))
            return nothing;
    }
    weighted_mean(n, x, error, &mean.ln_z, &mean.error);
    return mean;
}

/* The same with an error that the scatter of the files may enlarge. */
static mutau_estimate cautious_mean(size_t n, const mutau_evidence found[],
                                    mutau_estimate (*of)(const mutau_evidence *))
{
    double x[MUTAU_POOL_MAX_CHAINS], error[MUTAU_POOL_MAX_CHAINS];
    mutau_estimate mean = mean_estimate(n, found, of);
    for (size_t i = 0; i < n; i++) {
        x[i] = of(&found[i]).ln_z;
        error[i] = of(&found[i]).error;
    }
    mean.error *= excess_scatter(n, x, error, mean.ln_z);
    return mean;
}

static mutau_estimate of_all(const mutau_evidence *e)
{
    return (mutau_estimate){e->ln_z, e->error};
}

static mutau_estimate of_mc(const mutau_evidence *e)
{
    return (mutau_estimate){e->ln_z, e->mc_error};
}

static mutau_estimate of_ti(const mutau_evidence *e)
{
    return (mutau_estimate){e->ti, e->ti_mc_error};
}

static mutau_estimate of_stones(const mutau_evidence *e)
{
    return e->stones;
}

static mutau_estimate of_bridge(const mutau_evidence *e)
{
    return e->bridge;
}

static mutau_estimate of_importance(const mutau_evidence *e)
{
    return e->importance;
}

static mutau_estimate of_difference(const mutau_evidence *e)
{
    return (mutau_estimate){e->difference, e->difference_error};
}
/* The worst of what is told of the files' draws. */
static void take_worst(const mutau_evidence *e, size_t n, mutau_evidence *out)
{
    out->scatter += e->scatter * e->scatter / (double)n;
    out->ti_discretisation = fmax(out->ti_discretisation, e->ti_discretisation);
    out->ti_usable = out->ti_usable && e->ti_usable;
    if (e->overlap < out->overlap) {
        out->overlap = e->overlap;
        out->weakest = e->weakest;
    }
    if (out->why_no_stones == MUTAU_EVIDENCE_KNOWN)
        out->why_no_stones = e->why_no_stones;
    if (out->why_no_bridge == MUTAU_EVIDENCE_KNOWN)
        out->why_no_bridge = e->why_no_bridge;
    out->bridge_overlap = fmin(out->bridge_overlap, e->bridge_overlap);
    out->khat = fmax(out->khat, e->khat);
    out->largest = fmax(out->largest, e->largest);
    out->share = fmin(out->share, e->share);
    out->n_proposal += e->n_proposal;
}

/* The first of the files that has no evidence speaks for all. */
static mutau_evidence mean_of(size_t n, const mutau_evidence found[])
{
    const double nan = (double)NAN;
    mutau_evidence out = {.ti_usable = true,
                          .overlap = (double)INFINITY,
                          .bridge_overlap = nan,
                          .khat = nan,
                          .largest = nan,
                          .share = nan};
    for (size_t i = 0; i < n; i++)
        if (found[i].why != MUTAU_EVIDENCE_KNOWN)
            return found[i];
    for (size_t i = 0; i < n; i++)
        take_worst(&found[i], n, &out);
    out.scatter = sqrt(out.scatter);
    const mutau_estimate all = cautious_mean(n, found, of_all), ti = mean_estimate(n, found, of_ti);
    const mutau_estimate difference = mean_estimate(n, found, of_difference);
    out.ln_z = all.ln_z;
    out.error = all.error;
    out.mc_error = mean_estimate(n, found, of_mc).error;
    out.ti = ti.ln_z;
    out.ti_mc_error = ti.error;
    out.stones = cautious_mean(n, found, of_stones);
    out.bridge = cautious_mean(n, found, of_bridge);
    out.importance = cautious_mean(n, found, of_importance);
    out.difference = difference.ln_z;
    out.difference_error = difference.error;
    compare_methods(&out);
    return out;
}

static mutau_status combine(const mutau_pool *pool, double beta[], mutau_evidence *out,
                            mutau_error *err)
{
    mutau_evidence found[MUTAU_POOL_MAX_CHAINS];
    for (size_t i = 0; i < pool->n_chain; i++) {
        source s = {pool->chains[i], pool->first[i], pool->n_row};
        MUTAU_CHECK(evidence_of(&s, beta, &found[i], err));
    }
    *out = pool->n_chain == 1 ? found[0] : mean_of(pool->n_chain, found);
    return MUTAU_OK;
}

mutau_status mutau_pool_evidence(const mutau_pool *pool, mutau_evidence *out, mutau_error *err)
{
    size_t n_known = 0, n_rung = 1;
    for (size_t i = 0; i < pool->n_chain; i++) {
        const mutau_chain_info info = mutau_chain_describe(pool->chains[i]);
        n_rung = info.n_temperature > n_rung ? info.n_temperature : n_rung;
        n_known += info.n_temperature > 1 || mutau_chain_has_mixture(&info) ? 1 : 0;
    }
    *out = no_evidence(n_known == 0              ? MUTAU_EVIDENCE_UNTEMPERED
                       : n_known < pool->n_chain ? MUTAU_EVIDENCE_LADDERS
                                                 : MUTAU_EVIDENCE_FEW_ROWS);
    if (n_known < pool->n_chain || pool->n_row < 4 || pool->stride != 1)
        return MUTAU_OK;
    double *beta = mutau_calloc(2 * n_rung, sizeof *beta);
    if (beta == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a ladder");
    const mutau_status status = combine(pool, beta, out, err);
    free(beta);
    return status;
}
