/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file ladder.h
 * A ladder of temperatures that fits the target, found by a pilot before the walkers start.
 *
 * The pilot is an adaptive sequential Monte Carlo sampler (pilot_internal.h); beta is raised as far
 * as half of the swaps between the old and the new density would be accepted.  What share of swaps
 * would be accepted between the density of the particles and that of their weights is known without
 * any swap: one minus the Gini coefficient of w, sum_ij min(w_i, w_j) / (n sum_i w_i).  Nothing is
 * assumed of ln L: part of the prior may be where it is -1e9 or -infinity.
 *
 * Normal ln L of standard deviation sigma at both ends of a step d in beta have the share
 * erfc(s / 2) with s = d sigma.  So a step of share a has the length s = 2 erfcinv(a); lengths add
 * up, and neighbours at equal distances overlap equally.
 */
#ifndef MUTAU_LADDER_H
#define MUTAU_LADDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bounds.h"
#include "sampler/ensemble.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/stop.h"
#include "sampler/target.h"

typedef struct mutau_ladder {
    size_t n_rung;
    double beta[MUTAU_MAX_TEMPERATURES]; /**< [n_rung] from 1 to 0, at equal distances */
    size_t n_needed; /**< rungs with which 30 % of the swaps are accepted; > n_rung: the limit */
    double share;    /**< of the swaps between neighbours, expected to be accepted */
    /** 0, or where the particles were stuck: from there to 1 nothing is known of the target, and
     * equal steps in ln beta were assumed to have the length of those before. */
    double beta_stuck;
    mutau_ensemble_counts spent; /**< the pilot's evaluations and failures */
} mutau_ladder;

/** Finds a ladder of at least n_temperature (2 ... 100) rungs of `settings`, whose moves, failure
 * rate and evaluators the pilot uses, with 256 particles (or n_walker, if that is more).  More
 * rungs, if they are needed, up to max_rung <= 100.  Draws from `rng`; what is found does not
 * depend on who evaluates.  `stop` (NULL: never) is asked before each step.  MUTAU_EDOM: settings
 * out of range, or a target without `draw`; MUTAU_ENUMERIC: no finite posterior in the prior, or
 * too many failed evaluations; MUTAU_ESTOPPED; MUTAU_ENOMEM. */
mutau_status mutau_ladder_find(const mutau_target *target, const mutau_ensemble_settings *settings,
                               size_t max_rung, mutau_rng *rng, const mutau_stop *stop,
                               mutau_ladder *out, mutau_error *err) MUTAU_MUST_CHECK;

#endif
