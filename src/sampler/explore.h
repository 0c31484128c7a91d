/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file explore.h
 * What a run finds out about its target before the walkers start: a ladder of temperatures, and the
 * mixture from which the move `mixture` proposes.
 *
 * A pilot (pilot_internal.h) takes particles from the prior to the posterior.  At each of its
 * densities a mixture is fitted to the particles of all temperatures so far, weighted as draws of
 * their union (Shirts & Chodera, J. Chem. Phys. 129, 124105 (2008)), so that a mode which only hot
 * particles have seen has its component; and it proposes along with the local moves.  At the
 * posterior it is refitted to the particles' way in rounds of a few steps, as long as that makes
 * its proposals more acceptable or particles sit where it is too thin, which are multiplied.  Then
 * it is frozen: what is sampled after that is a Markov chain with one law.
 */
#ifndef MUTAU_EXPLORE_H
#define MUTAU_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>

#include "sampler/ensemble.h"
#include "sampler/ladder.h"
#include "sampler/mixture.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/stop.h"
#include "sampler/target.h"

typedef struct mutau_exploration_settings {
    const mutau_ensemble_settings *ensemble; /**< of the run */
    /** More rungs than the ensemble's n_temperature, if they are needed, up to so many; 0: the
     * ladder is given, or there is none. */
    size_t max_rung;
    const double *lo, *hi; /**< [dim] support of the prior, infinite where it has no edge; NULL: no
                                edges */
    size_t n_start;      /**< where the walkers will start, if not at draws of the prior: half of */
    const double *start; /**< [n_start][dim] the particles go on from there */
} mutau_exploration_settings;

typedef struct mutau_exploration {
    mutau_ladder ladder;         /**< n_rung = 0 with max_rung = 0 */
    mutau_mixture *mixture;      /**< NULL if no move of the run needs one */
    double acceptance;           /**< of its proposals, by posterior draws */
    mutau_ensemble_counts spent; /**< evaluations and failures */
} mutau_exploration;

/** Explores the target.  Draws from `rng`; what is found does not depend on who evaluates.  `stop`
 * (NULL: never) is asked before each step.  *out is freed with mutau_exploration_free, after a
 * failure, too.  Errors as mutau_ladder_find has; MUTAU_EDOM also for a target with neither `draw`
 * nor starts. */
mutau_status mutau_explore(const mutau_target *target, const mutau_exploration_settings *settings,
                           mutau_rng *rng, const mutau_stop *stop, mutau_exploration *out,
                           mutau_error *err) MUTAU_MUST_CHECK;
/** Frees what the struct holds; {0} allowed. */
void mutau_exploration_free(mutau_exploration *exploration);

/** Whether a run with these moves needs a mixture. */
bool mutau_explore_is_needed(const mutau_ensemble_settings *settings);

/** Has the mixture moves of `settings` propose from `mixture`, by a copy of their settings in
 * *cfg, with a weight that follows from the share of its proposals that is accepted: all of it at
 * 1, half of it at 0.05. */
void mutau_explore_use(const mutau_mixture *mixture, double acceptance,
                       mutau_move_mixture_settings *cfg, mutau_ensemble_settings *settings);

#endif
