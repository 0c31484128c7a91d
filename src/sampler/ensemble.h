/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file ensemble.h
 * Several independent affine-invariant ensembles that advance together.
 *
 * One step updates every walker of every ensemble once, in two half-steps
 * (red-black: each half is moved with the other half as reference, after a
 * random split as in emcee).  Per half-step all random numbers of all ensembles
 * are drawn by one thread, in fixed order; all proposed points are evaluated as one
 * batch by OpenMP threads, which begin with the first while the last are drawn; then
 * they are accepted or not, in order.  The chain is therefore the same for any number
 * of threads.
 *
 * With parallel tempering each ensemble has n_temperature rungs: rung i samples
 * prior * likelihood^beta[i], rung 0 the posterior (beta = 1), the last one the
 * prior (beta = 0, where also an ln likelihood of -infinity is a legal place).
 * A rung is moved as an ensemble of its own, all in the same batches; after the two
 * half-steps neighbouring rungs of an ensemble propose to exchange points, walker by
 * walker: the same number in both.  (With random partners, as in ptemcee, the points
 * of a rung change places among its walkers faster than any of them finds another
 * mode: every walker as a chain looks mixed when the ensemble is not.)  All ensembles
 * share one ladder, whose inner rungs adapt in the first adapt_steps steps until swaps
 * are accepted equally often everywhere; what is sampled until then is burn-in.
 *
 * With a screen, a cheap density p~ beside the target p, acceptance is delayed (Christen & Fox, J.
 * Comput. Graph. Stat. 14, 795 (2005)): all proposals of a half-step are evaluated by the screen as
 * a batch, and a first stage lets pass min(1, q p~(y) / p~(x)); the rest is rejected.  Those that
 * passed are evaluated by the target as a second batch, and a second stage accepts
 * min(1, p(y) p~(x) / (p(x) p~(y))).  What is sampled is p exactly, whatever the screen is; a rung
 * at beta takes prior and likelihood^beta of both.  Where the screen is 0 or fails there is one
 * stage, by the target.  An independence move, most of whose proposals are accepted and all of
 * which are weighed, always has one stage.
 *
 * An object is used by one thread at a time (it starts its own).
 */
#ifndef MUTAU_ENSEMBLE_H
#define MUTAU_ENSEMBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bounds.h"
#include "sampler/evaluator.h"
#include "sampler/move.h"
#include "base/rng.h"
#include "base/status.h"
#include "sampler/target.h"

typedef struct mutau_weighted_move {
    const mutau_move *move; /**< not owned */
    const void *cfg;        /**< the move's settings, not owned */
    double weight;          /**< > 0; relative */
} mutau_weighted_move;

/** How the ladder of inverse temperatures starts and adapts (Vousden, Farr & Mandel,
 * MNRAS 455, 1919 (2016), arXiv:1501.05823): at step t < adapt_steps the logarithms of
 * the gaps in 1/beta between inner rungs move by
 * lag / (lag + t) / time * (difference of the neighbouring swap shares). */
typedef struct mutau_ladder_settings {
    uint64_t adapt_steps; /**< steps, counted from 0, at which it adapts; 0: never */
    double lag;           /**< > 0, in steps */
    double time;          /**< >= 1, in steps */
    double beta_min;      /**< in (0, 1): the first ladder is 1 ... beta_min geometrically, and 0 */
    /** [n_temperature] the first ladder in place of that one, from 1 to 0, such as the one of
     * ladder.h; copied; NULL: none */
    const double *beta;
} mutau_ladder_settings;

/** What of a ladder's settings run files have as defaults, too, where a constant is needed. */
#define MUTAU_LADDER_ADAPT_STEPS 1000
#define MUTAU_LADDER_LAG 300.0
#define MUTAU_LADDER_TIME 10.0

/** These, beta_min 1e-2, no ladder of the caller's. */
mutau_ladder_settings mutau_ladder_defaults(void);

/** Work of the caller's that a step does beside its own, such as storing the step before. */
typedef struct mutau_side_work {
    /** Called once a step by the thread that steps, while the others evaluate the first half's
     * proposals (before they are evaluated with an `evaluator` or one thread): positions,
     * densities, blobs, counts and ladder are still those of the step before; the generator has
     * gone on, and the list of failures is empty.  It may look at the ensemble, but not change
     * it or draw from its generator. */
    void (*run)(void *self);
    void *self; /**< not owned */
} mutau_side_work;

/** Counts since the start (restored on resume). */
typedef struct mutau_ensemble_counts {
    uint64_t steps;
    uint64_t evaluations; /**< calls of target.eval, outside the support included */
    uint64_t failures;    /**< evaluations that failed (NaN or numerical): rejected */
    uint64_t screened;    /**< calls of screen.eval */
} mutau_ensemble_counts;

typedef struct mutau_ensemble_settings {
    size_t n_ensemble; /**< >= 1 */
    size_t n_walker;   /**< per ensemble; even, >= 2 dim (and >= 4) */
    size_t n_move;     /**< 1 ... MUTAU_MAX_MOVES; one is picked per step, ensemble and rung */
    mutau_weighted_move moves[MUTAU_MAX_MOVES];
    double max_failure_rate;          /**< 0 < rate <= 1; 0: 0.1 */
    int n_thread;                     /**< >= 1 */
    const mutau_evaluator *evaluator; /**< evaluates the batches; not owned; NULL: the threads */
    mutau_side_work side_work;        /**< run = NULL: none */
    /** A cheap density in the same coordinates that sees the proposals first, so that most of those
     * that are rejected cost the target nothing; see above.  Not owned, must outlive the object;
     * evaluated by the threads, with an `evaluator`, too.  It is not asked for blobs, and its
     * failures are no failures.  NULL: none. */
    const mutau_target *screen;
    size_t n_temperature;         /**< rungs; 0 or 1: no tempering */
    mutau_ladder_settings ladder; /**< with tempering only */
    mutau_ensemble_counts spent;  /**< before the start, by a pilot: counted on from; no steps */
} mutau_ensemble_settings;

typedef struct mutau_ensemble mutau_ensemble;

/** Swaps between two neighbouring rungs, summed over ensembles. */
typedef struct mutau_swap_count {
    uint64_t proposed, accepted;
} mutau_swap_count;

/** A failed evaluation: the walker that it was for, and the point. */
typedef struct mutau_ensemble_failure {
    size_t i_ensemble, i_rung, i_walker;
    mutau_status status; /**< MUTAU_ENAN also for +infinity */
    const double *theta; /**< [dim] stored coordinates, owned by the ensemble */
} mutau_ensemble_failure;

/** Read-only view of one ensemble's (or rung's) current state.  The arrays stay where they are
 * as long as the object lives; those of all rungs of all ensembles follow one another,
 * [n_ensemble][max(n_temperature, 1)], so that the first view is one of all. */
typedef struct mutau_ensemble_view {
    const double *position;   /**< [n_walker][dim], stored coordinates */
    const double *ln_prior;   /**< [n_walker] */
    const double *ln_like;    /**< [n_walker] */
    const double *blob;       /**< [n_walker][n_blob], NULL if n_blob = 0 */
    const uint64_t *accepted; /**< [n_walker] accepted proposals since the start, not swaps */
} mutau_ensemble_view;

/** Sets up ensembles on `target` (not owned, must outlive it) that draw from
 * `rng` (not owned).  MUTAU_EDOM: settings out of range, or a screen in other coordinates;
 * MUTAU_ENOMEM. */
mutau_status mutau_ensemble_alloc(const mutau_target *target,
                                  const mutau_ensemble_settings *settings, mutau_rng *rng,
                                  mutau_ensemble **out, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_ensemble_free(mutau_ensemble *ensemble);

/** Starts every walker of every rung at an independent draw of target->draw whose
 * density is finite (up to 1000 tries each, in batches).  MUTAU_ENUMERIC when a walker
 * cannot be placed gives the point, and the coordinate at fault if taking that of a walker
 * that has its place would mend it; it also names the coordinate at fault when a start is
 * degenerate: one value for all walkers, or walkers of one ensemble linearly
 * dependent (condition number of their centred and scaled coordinates > 1e8, as
 * in emcee 3.1).  MUTAU_EDOM if the target has no `draw`. */
mutau_status mutau_ensemble_start(mutau_ensemble *ensemble, mutau_error *err) MUTAU_MUST_CHECK;

/** Starts at given points position[n_ensemble][n_walker][dim] with the same
 * checks; all must have a finite posterior.  All rungs start at the same points. */
mutau_status mutau_ensemble_start_at(mutau_ensemble *ensemble, const double position[],
                                     mutau_error *err) MUTAU_MUST_CHECK;

/** One step of every ensemble, swaps and adaptation included.  A failed evaluation (a status of the
 * target's, a NaN or +infinity) is counted and rejected; MUTAU_ENUMERIC (text: the last failure's
 * theta) when more than max_failure_rate of the evaluations since the start or the restore, but of
 * at least 10000, have failed: what fails where the walkers do not go, as the places that they are
 * drawn at do, does not count.
 * MUTAU_EDOM before a start or a restore. */
mutau_status mutau_ensemble_step(mutau_ensemble *ensemble, mutau_error *err) MUTAU_MUST_CHECK;

/** The ensemble itself: with tempering its rung 0. */
mutau_ensemble_view mutau_ensemble_state(const mutau_ensemble *ensemble, size_t i_ensemble);
/** Rung i_rung < max(n_temperature, 1); what it samples is ln_prior + beta ln_like. */
mutau_ensemble_view mutau_ensemble_rung(const mutau_ensemble *ensemble, size_t i_ensemble,
                                        size_t i_rung);

/** The ladder [max(n_temperature, 1)] now in force, 1 first. */
const double *mutau_ensemble_beta(const mutau_ensemble *ensemble);

/** Swaps between rungs i and i + 1, [n_temperature - 1], since the ladder is frozen
 * (all zero until then); NULL without tempering. */
const mutau_swap_count *mutau_ensemble_swaps(const mutau_ensemble *ensemble);

/** Of the last step's proposals of an independence move at beta = 1: ln prior + ln L - ln q,
 * [n_ensemble][n_walker]; -infinity where the density is 0 or the evaluation failed, NaN where the
 * walker's move was another.  NULL if no move is such a one. */
const double *mutau_ensemble_log_weight(const mutau_ensemble *ensemble);

/** The failed evaluations of the last step (or start), at most MUTAU_MAX_FAILURES
 * of them; valid until the next call that changes the object. */
size_t mutau_ensemble_failures(const mutau_ensemble *ensemble,
                               const mutau_ensemble_failure **failures);

mutau_ensemble_counts mutau_ensemble_counters(const mutau_ensemble *ensemble);

/** Puts a stored state back: arrays as in mutau_ensemble_view but with leading
 * [n_ensemble][max(n_temperature, 1)] axes (blob is NULL if n_blob = 0), the ladder
 * and the swaps (both ignored, and may be NULL, without tempering).  The generator is
 * restored by its owner.  MUTAU_EDATA if a position or its density is not finite, or
 * the ladder does not fall from 1 to 0. */
mutau_status mutau_ensemble_restore(mutau_ensemble *ensemble, const double position[],
                                    const double ln_prior[], const double ln_like[],
                                    const double blob[], const uint64_t accepted[],
                                    const mutau_ensemble_counts *counts, const double beta[],
                                    const mutau_swap_count swaps[],
                                    mutau_error *err) MUTAU_MUST_CHECK;

#endif
