/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file convergence.h
 * Whether the chains in one or several files have converged: the contract's one
 * definition, applied by sample (stop rule), summary and diagnose.
 *
 * R-hat, ESS and MCSE (diagnostics.h) are taken on the array whose chains are all
 * walkers of all ensembles of all files, never on flattened ensembles; tau is the
 * largest over ensembles and coordinates.  One coordinate's draws are in memory at a
 * time.
 */
#ifndef MUTAU_CONVERGENCE_H
#define MUTAU_CONVERGENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bounds.h"
#include "store/chain.h"
#include "analysis/diagnostics.h"
#include "analysis/evidence.h"
#include "posterior/run_settings.h"
#include "base/status.h"

/** The first row to keep by the rule `burn_in: auto`: the largest of the first quarter
 * of n_row rows, `least` (the rows in which the sampler still adapts) and 5 tau, tau (in
 * steps, `thin` of them a row) being that of the rows after the other two; at most
 * n_row - 4.  A NaN for tau counts as 0. */
size_t mutau_burn_in_auto(size_t n_row, uint64_t thin, size_t least, double tau);

#define MUTAU_VERDICT_KEPT 4                        /**< rows that convergence takes */
#define MUTAU_VERDICT_ROWS (2 * MUTAU_VERDICT_KEPT) /**< ... and with a burn-in to be found */

typedef struct mutau_verdict {
    size_t dim;
    mutau_convergence coordinate[MUTAU_MAX_DIM]; /**< per stored coordinate */
    double tau[MUTAU_MAX_DIM]; /**< in steps (rows x thin), largest over ensembles */
    double worst_rhat, worst_ess_bulk, worst_ess_tail, worst_tau; /**< NaN if any is NaN */
    double worst_walker_tau; /**< the same of mutau_agreement.tau, in steps */
    double interval_error;   /**< the worst (mutau_interval_error); 0: not looked at */
    double kept_steps;       /**< steps after burn-in of one ensemble (the shortest file's) */
    double thin;             /**< steps a row */
    mutau_evidence evidence; /**< of tempered chains; NaN: none (pool_evidence.h) */
} mutau_verdict;

/** Computes the verdict on chains[n_chain] (files of one run, same coordinates and
 * walkers) without the first burn_in[i] rows of each; of files of unequal length the
 * last rows count, as many as the shortest has.  MUTAU_EDOM if fewer than 4 rows
 * remain, there are more than MUTAU_MAX_DIM coordinates or the files do not
 * match; MUTAU_ENOMEM, and what reading a chain returns. */
mutau_status mutau_verdict_compute(size_t n_chain, mutau_chain *const chains[],
                                   const size_t burn_in[], mutau_verdict *out,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** Sets the worst of coordinate[dim] and tau[dim], dim >= 1. */
void mutau_verdict_find_worst(mutau_verdict *verdict);

/** What a glance (diagnostics.h) says of all coordinates, the worst of each number. */
typedef struct mutau_screen {
    size_t n_chain;        /**< walkers */
    double rhat, ess, tau; /**< tau in steps */
    double kept_steps;
    size_t worst;  /**< the coordinate with the least ess */
    bool resolved; /**< the rows that were looked at are closer than tau */
    bool mixes;
} mutau_screen;

/** Looks at so many evenly spaced rows as suffice to tell whether there are `ess` effective draws,
 * 200 or more: at a cost that does not grow with the chain.  It tells whether a verdict is worth
 * computing, never what it is. */
mutau_status mutau_verdict_screen(mutau_chain *chain, size_t burn_in, double ess, mutau_screen *out,
                                  mutau_error *err) MUTAU_MUST_CHECK;

/** Whether the coordinate that a screen found the worst may have that bulk ESS, by that of rows an
 * eighth of tau apart: true where there are no more rows than that.  MUTAU_ENOMEM, and what reading
 * the chain returns. */
mutau_status mutau_verdict_few(mutau_chain *chain, size_t burn_in, const mutau_screen *seen,
                               double least_ess, bool *may, mutau_error *err) MUTAU_MUST_CHECK;

/** The numbers of coordinate i alone, without the first burn_in rows: whether they meet the
 * criteria is known at a fraction of the cost of a verdict.  If its bulk ESS is below least_ess,
 * all but it is NaN.  dim is 1; moments, evidence and intervals are left out.  MUTAU_EDOM,
 * MUTAU_ENOMEM, and what reading the chain returns. */
mutau_status mutau_verdict_one(mutau_chain *chain, size_t burn_in, size_t i, double least_ess,
                               mutau_verdict *out, mutau_error *err) MUTAU_MUST_CHECK;

/** What mutau_verdict_one found of a coordinate, all of it. */
typedef struct mutau_verdict_part {
    size_t burn_in, i;
    mutau_convergence coordinate;
    double tau;
} mutau_verdict_part;

/** The verdict on one chain as mutau_verdict_compute, without mean, sd and median and their errors,
 * which are NaN: what the end of a run depends on.  What is `known` of the same rows is not
 * computed again; NULL if nothing is. */
mutau_status mutau_verdict_of_run(mutau_chain *chain, size_t burn_in,
                                  const mutau_verdict_part *known, mutau_verdict *out,
                                  mutau_error *err) MUTAU_MUST_CHECK;

/** The same without the burn-in by the rule above, which goes into *burn_in (rows):
 * a function of the stored chain and of `least` alone.  At least 8 rows, else MUTAU_EDOM. */
mutau_status mutau_verdict_auto(mutau_chain *chain, size_t least, const mutau_verdict_part *known,
                                size_t *burn_in, mutau_verdict *out,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** What has to hold; 0 for a criterion that is not asked for. */
typedef struct mutau_criteria {
    double rhat;           /**< worst R-hat at most this */
    double tau_multiple;   /**< kept steps at least this many worst tau */
    double ess_bulk;       /**< worst bulk ESS at least this */
    double ess_tail;       /**< worst tail ESS at least this */
    double interval_error; /**< worst interval error (mutau_interval_error) at most this */
    double evidence_error; /**< error of ln Z at most this */
} mutau_criteria;

/** The stop criteria of a run; where it names none of the posterior, a bulk ESS of 4000 and a tail
 * ESS of 1000. */
mutau_criteria mutau_run_criteria(const mutau_sampler_settings *settings);

/** Whether those criteria may hold by what a screen has seen: false where a verdict would be a
 * waste of time, but for a few in a hundred cases, in which it comes a check later. */
bool mutau_screen_may_meet(const mutau_screen *screen, const mutau_criteria *criteria);

/** How many times as many kept steps it takes by a screen until those criteria hold, as
 * mutau_verdict_shortfall. */
double mutau_screen_shortfall(const mutau_screen *screen, const mutau_criteria *criteria);

/** True if every criterion asked for holds; NaN never does.  Nor does any where the ESS is
 * NaN: of fewer than 8 rows, which is also all that is kept of a chain shorter than its
 * burn-in, R-hat says nothing. */
bool mutau_verdict_meets(const mutau_verdict *verdict, const mutau_criteria *criteria);

/** Autocorrelation times that a chain is long, or its tau means little: by the longer of emcee's
 * and that of mutau_agreement. */
#define MUTAU_LEAST_TAUS 10.0
bool mutau_verdict_long_enough(const mutau_verdict *verdict);

/** The largest R-hat of coordinate i with which its walkers may pass for walkers that mix: that of
 * mutau_agreement, or the larger of 1.01 and 1 + 2 tau/N of N kept steps, whichever is less.
 * (Of many walkers it is the former; of few the latter, which more of those that mix exceed.) */
double mutau_verdict_most_rhat(const mutau_verdict *verdict, size_t i);

/** What speaks against the walkers of coordinate i, a set of these; they do not mix if any. */
enum {
    MUTAU_WALKERS_DISAGREE = 1, /**< R-hat is in excess */
    MUTAU_WALKERS_APART = 2,    /**< some stay away from all others */
    MUTAU_WALKERS_DRIFT = 4     /**< all go on in one direction */
};
unsigned mutau_verdict_walkers(const mutau_verdict *verdict, size_t i);

/** True if nothing speaks against the walkers of any coordinate, and the chain is long enough to
 * tell. */
bool mutau_verdict_mixes(const mutau_verdict *verdict);

/** How many times as many kept steps it takes until every criterion asked for holds, if R-hat - 1
 * and the variances of ln Z and of interval ends fall as 1/N and ESS and N/tau grow as N, and
 * the chain is long enough: 1 if all of them hold; NaN
 * where the verdict is not known. */
double mutau_verdict_shortfall(const mutau_verdict *verdict, const mutau_criteria *criteria);

#endif
