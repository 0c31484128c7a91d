/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file reweight.h
 * What a chain says under other prior terms, without a new run: its draws are weighted
 * with the ratio of the terms' likelihoods, which depend on (m, g') alone.
 */
#ifndef MUTAU_REWEIGHT_H
#define MUTAU_REWEIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/pool.h"
#include "analysis/psis.h"
#include "posterior/run_settings.h"
#include "base/status.h"
#include "analysis/summary.h"

/** One coordinate or derived quantity under the weights. */
typedef struct mutau_reweighted {
    char name[MUTAU_SUMMARY_NAME_SIZE];
    double mean, sd, median;
    double mcse; /**< of the mean, autocorrelation and the spread of weights included */
    double quantile[MUTAU_SUMMARY_QUANTILES]; /**< at mutau_summary_probability */
} mutau_reweighted;

typedef struct mutau_reweighting {
    mutau_psis psis;
    double r_eff;    /**< bulk ESS of the weights over the number of draws */
    double kish;     /**< (sum w)^2 / sum w^2 over the number of draws: 1 for equal weights */
    bool sufficient; /**< k-hat is below MUTAU_PSIS_GOOD_K: the numbers can be trusted */
    size_t n;
    mutau_reweighted quantity[MUTAU_SUMMARY_MAX_QUANTITIES];
} mutau_reweighting;

/** Weights the draws of `pool` by exp(sum of ln L of the terms of `target` - sum of the
 * stored ln L of the pool's own terms), Pareto-smoothed, and describes the quantities
 * names[n] (at most MUTAU_SUMMARY_MAX_QUANTITIES): coordinates, blobs, or natural values
 * of log10 coordinates.  Beyond the masses that a term's inputs cover it has its value at
 * their end.  MUTAU_EDATA if the chain has no such quantity or not the blobs of the
 * boson's mass and coupling; MUTAU_ENAN for a term or draw that is not a number; what the terms'
 * inputs return; MUTAU_ENOMEM.  Some four arrays of the size of the draws. */
mutau_status mutau_reweight(const mutau_pool *pool, const mutau_run_settings *target, size_t n,
                            const char *const names[], mutau_reweighting *out,
                            mutau_error *err) MUTAU_MUST_CHECK;

/** How far the mean under the weights is off that of a run that sampled the same quantity, in
 * standard errors of both. */
double mutau_reweighted_pull(const mutau_reweighted *reweighted, const mutau_quantity *direct);

#endif
