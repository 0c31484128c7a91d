/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file results.h
 * What draws say: moments and credible regions of each quantity, whether they have converged, the
 * evidence.  The definitions are those of `mutau summary` (docs/verdict.md).
 *
 * mutau_results_of_files reads its files, and unless HDF5 was built for threads must not overlap
 * with other calls that touch files (filerun.h).  The other functions may be called by several
 * threads at once; mutau_results_of_sampling while nothing goes on with its sampling.
 */
#ifndef MUTAU_RESULTS_H
#define MUTAU_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mutau/chainfile.h"
#include "mutau/error.h"
#include "mutau/sampling.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mutau_results mutau_results; /**< read-only once it is made */

/** Probabilities of the quantiles, and the most intervals that a region has. */
#define MUTAU_RESULT_QUANTILES 7 /* 0.025, 0.05, 0.16, 0.5, 0.84, 0.95, 0.975 */
#define MUTAU_RESULT_INTERVALS 16

/** One quantity.  Made by the library alone: fields may be added at the end. */
typedef struct mutau_result {
    const char *name, *unit; /**< "" for a pure number */
    double lo, hi;           /**< edges of its prior, infinite where there is none */
    double mean, sd, median;
    double mcse_mean, mcse_median; /**< Monte Carlo standard errors */
    double quantile[MUTAU_RESULT_QUANTILES];
    double rhat;               /**< rank-normalised split R-hat */
    double ess_bulk, ess_tail; /**< effective sample sizes */
    double tau;                /**< autocorrelation time in steps, the largest over ensembles */
} mutau_result;

/** All draws together.  Made by the library alone: fields may be added at the end. */
typedef struct mutau_outcome {
    bool converged;           /**< the posterior and, if judged, the evidence */
    bool posterior_converged; /**< the criteria hold and no problem was found */
    bool evidence_judged, evidence_converged;
    double rhat, ess_bulk, ess_tail, tau; /**< the worst of all coordinates; NaN if any is */
    double kept_steps;                    /**< of one ensemble, without burn-in */
    size_t n_draw;                        /**< kept rows of all walkers */
    double acceptance;                    /**< share of accepted proposals; NaN: not known */
    double best_log_prob;                 /**< of the best draw */
    double ln_z, ln_z_error;              /**< the evidence; NaN where there is none */
    const char *why_no_ln_z;              /**< the reason, in words; "" if there is one */
} mutau_outcome;

/** Burn-in by the rule of `burn_in: auto`. */
#define MUTAU_BURN_IN_AUTO SIZE_MAX

/** From files[n_file] of one run, each without its own burn-in; regions are of mass[n_mass] (at
 * most 8; with n_mass = 0 of 0.68, 0.90 and 0.95).  The verdict is the one of `mutau diagnose`.
 * *out is NULL after a failure: MUTAU_EDATA if they are not of one run or hold too little,
 * MUTAU_EDOM, MUTAU_EIO, MUTAU_ENOMEM.  Released by mutau_results_free; the files may be closed
 * before. */
MUTAU_API mutau_status mutau_results_of_files(size_t n_file, mutau_chainfile *const files[],
                                              size_t n_mass, const double mass[],
                                              mutau_results **out,
                                              mutau_error *err) MUTAU_MUST_CHECK;

/** From draws in memory without the first burn_in rows (or MUTAU_BURN_IN_AUTO); at least 8 rows,
 * of which 4 are kept, else MUTAU_EDOM.  Regions are of 0.68, 0.90 and 0.95.  Converged means that
 * R-hat and tau meet the criteria of a run that names none. */
MUTAU_API mutau_status mutau_results_of_sampling(const mutau_sampling *sampling, size_t burn_in,
                                                 mutau_results **out,
                                                 mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
MUTAU_API void mutau_results_free(mutau_results *results);

/** The whole; lives as long as the results. */
MUTAU_API const mutau_outcome *mutau_results_outcome(const mutau_results *results);

/** How many quantities there are: the sampled coordinates first, then derived ones; one of them,
 * by its number or by its name (NULL: there is none).  They live as long as the results. */
MUTAU_API size_t mutau_results_count(const mutau_results *results);
MUTAU_API const mutau_result *mutau_results_get(const mutau_results *results, size_t i);
MUTAU_API const mutau_result *mutau_results_find(const mutau_results *results, const char *name);

/** The highest-density region of quantity i that holds the mass number i_mass: how many intervals
 * it has, at most MUTAU_RESULT_INTERVALS; lo and hi get their ends, rising. */
MUTAU_API size_t mutau_results_region(const mutau_results *results, size_t i, size_t i_mass,
                                      double lo[MUTAU_RESULT_INTERVALS],
                                      double hi[MUTAU_RESULT_INTERVALS]);

/** What speaks against convergence besides the criteria: how many problems, and one of them, in
 * whole sentences with its advice.  Of draws in memory none are looked for. */
MUTAU_API size_t mutau_results_problem_count(const mutau_results *results);
MUTAU_API const char *mutau_results_problem(const mutau_results *results, size_t i);

/** The value of a coordinate or blob of the draw with the highest ln posterior; NaN if there is
 * none of that name. */
MUTAU_API double mutau_results_best(const mutau_results *results, const char *name);

#ifdef __cplusplus
}
#endif

#endif
