/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file summary.h
 * What one or several chain files of the same run say about each parameter.
 */
#ifndef MUTAU_SUMMARY_H
#define MUTAU_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/chain.h"
#include "analysis/convergence.h"
#include "analysis/credible.h"
#include "analysis/joint_region.h"
#include "base/status.h"
#include "analysis/validity.h"

#define MUTAU_SUMMARY_NAME_SIZE 64
/** Of sampled coordinates, and of derived quantities; there is room for twice as many values of a
 * best sample.  A chain with more is MUTAU_EDATA. */
#define MUTAU_SUMMARY_MAX_QUANTITIES 32

/** Probabilities of the reported quantiles, and masses of the regions that are reported
 * unless others are asked for. */
enum { MUTAU_SUMMARY_QUANTILES = 7, MUTAU_SUMMARY_MASSES = 3, MUTAU_SUMMARY_MAX_MASSES = 8 };
extern const double mutau_summary_probability[MUTAU_SUMMARY_QUANTILES];
extern const double mutau_summary_mass[MUTAU_SUMMARY_MASSES];

/** One sampled coordinate or derived quantity. */
typedef struct mutau_quantity {
    char name[MUTAU_SUMMARY_NAME_SIZE];
    char unit[MUTAU_SUMMARY_NAME_SIZE];
    char latex[MUTAU_SUMMARY_NAME_SIZE]; /**< its symbol, for mathematics, without its unit */
    double lo, hi;                       /**< edges of its support, infinite where there is none */
    mutau_convergence moments;           /**< mean, sd, median, MCSE, R-hat, ESS */
    double interval_error;               /**< mutau_interval_error */
    double tau;                          /**< steps; the largest over ensembles */
    double quantile[MUTAU_SUMMARY_QUANTILES];
    mutau_region region[MUTAU_SUMMARY_MAX_MASSES]; /**< of the summary's masses, in order */
    /** The quantity per unit of which the regions have the highest density: its own name, or,
     * if it is a monotone function of one sampled coordinate, that coordinate's, whose regions
     * are then given in the values of this quantity. */
    char hpd_in[MUTAU_SUMMARY_NAME_SIZE];
} mutau_quantity;

typedef struct mutau_summary {
    size_t n_mass;
    double mass[MUTAU_SUMMARY_MAX_MASSES]; /**< of the regions of every quantity */
    size_t n_parameter;                    /**< sampled coordinates, by their stored names */
    mutau_quantity parameter[MUTAU_SUMMARY_MAX_QUANTITIES];
    size_t n_derived; /**< natural values of log10 coordinates, derived quantities */
    mutau_quantity derived[MUTAU_SUMMARY_MAX_QUANTITIES];
    double best_log_prob;
    /** Values of the sample with the highest log_prob: coordinates, then blobs of other names. */
    size_t n_best;
    char best_name[2 * MUTAU_SUMMARY_MAX_QUANTITIES][MUTAU_SUMMARY_NAME_SIZE];
    double best[2 * MUTAU_SUMMARY_MAX_QUANTITIES];
    mutau_validity validity; /**< of the line picture; NaN for a built-in target */
    double acceptance;       /**< share of accepted proposals since the start; NaN if unknown */
    size_t n_column, n_row;  /**< walkers of all ensembles and files; kept rows of each */
    uint64_t steps, burn_in; /**< steps of the shortest file; of them dropped */
    uint64_t evaluations, failures; /**< of all files */
    double seconds;                 /**< of all files */
    mutau_verdict verdict;
    /** What mutau_diagnosis_compute says of the same chains. */
    bool posterior_converged, evidence_judged, evidence_converged, converged;
    size_t n_problem; /**< that it found */
} mutau_summary;

/** Summarises chains[n_chain], 1 ... MUTAU_POOL_MAX_CHAINS (else MUTAU_EDOM), each
 * without its own burn-in; of files of unequal length the last rows count, as many as
 * the shortest has.  The files of data sets and terms are not needed.  MUTAU_EDATA if
 * the chains are not of one run (another model, data set, prior or term; other numbers
 * of ensembles, walkers or thinning), hold the same draws, fewer than 4 kept rows or
 * what no run of mutau stores; MUTAU_ENOMEM, MUTAU_EIO.  One thread at a time. */
mutau_status mutau_summary_compute(size_t n_chain, mutau_chain *const chains[], mutau_summary *out,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** As mutau_summary_compute, with regions of mass[n_mass] (0 < mass < 1) in place of
 * mutau_summary_mass; MUTAU_EDOM unless there are 1 ... MUTAU_SUMMARY_MAX_MASSES. */
mutau_status mutau_summary_compute_masses(size_t n_chain, mutau_chain *const chains[],
                                          size_t n_mass, const double mass[], mutau_summary *out,
                                          mutau_error *err) MUTAU_MUST_CHECK;

/** The coordinate or derived quantity of that name, or NULL. */
const mutau_quantity *mutau_summary_find(const mutau_summary *summary, const char *name);

/** The i-th of all quantities, the derived ones after the sampled; NULL beyond the last. */
const mutau_quantity *mutau_summary_at(const mutau_summary *summary, size_t i);
/** What the best sample has of that name; NaN if there is nothing. */
double mutau_summary_best(const mutau_summary *summary, const char *name);
/** mutau_verdict_words of the summary. */
const char *mutau_summary_verdict(const mutau_summary *summary);

/** Highest-density regions of two quantities together, of the summary's masses, from the
 * chains that it was computed from.  The names are stored ones (log10_g_prime) or those of
 * derived quantities (g_prime).  The density is that of the two `hpd_in` of the quantities:
 * the region of (m_zprime, g_prime) is that of (log10_m_zprime, log10_g_prime), its outline
 * in the natural values.
 * regions[summary->n_mass] are the caller's, to be released; empty after a failure.
 * MUTAU_EUSAGE, with the nearest name, for an unknown one or the same quantity twice;
 * what mutau_joint_regions, mutau_pool_init and reading return. */
mutau_status mutau_summary_region(size_t n_chain, mutau_chain *const chains[],
                                  const mutau_summary *summary, const char *name_x,
                                  const char *name_y, mutau_joint_region regions[],
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
