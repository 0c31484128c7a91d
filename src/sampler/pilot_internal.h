/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file pilot_internal.h
 * Particles on their way from the prior to the posterior: an adaptive sequential Monte Carlo
 * sampler (Del Moral, Doucet & Jasra, J. R. Stat. Soc. B 68, 411 (2006)).  Private to the sampler.
 *
 * Particles are drawn from the prior; beta is raised as far as a given share of the swaps between
 * the old and the new density would be accepted; the particles are resampled with their weights
 * w = L^(step in beta) and moved a little; and so on until beta = 1.
 */
#ifndef MUTAU_PILOT_INTERNAL_H
#define MUTAU_PILOT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bounds.h"
#include "sampler/ensemble.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/stop.h"
#include "sampler/target.h"

/* Where the pilot ends in any case: 70 rungs of a run for each of its 100. */
enum { PILOT_MAX_STAGE = 10 * MUTAU_MAX_TEMPERATURES };

/* How far the pilot goes at a time. */
typedef struct pilot_pace {
    double share; /* of the swaps between two of its densities */
    double moves; /* after a resampling, until particles have been moved so often on average ... */
    size_t max_steps; /* ... or so many steps */
} pilot_pace;

typedef struct mutau_pilot {
    mutau_ensemble *ensemble; /* of one rung, which is heated */
    mutau_rng *rng;           /* not owned */
    const mutau_stop *stop;
    pilot_pace pace;
    size_t n, dim, n_blob;
    double *ln_like; /* [n] sorted, ascending */
    double *weight;  /* [n] of those, or of the particles */

    /* The next particles. */
    double *position; /* [n][dim] */
    double *next_ln_prior, *next_ln_like;
    double *blob;       /* [n][n_blob] */
    uint64_t *accepted; /* [n] */

    /* What has been found: beta[0] = 0 to beta[n_knot - 1], and the distances from 0. */
    size_t n_knot;
    double beta[PILOT_MAX_STAGE + 2], distance[PILOT_MAX_STAGE + 2];
    double ln_z[PILOT_MAX_STAGE + 2]; /* ln of the mean of L^beta over the prior, as far as known */

    /* Called when the next density is chosen and the particles at the last one have the weights
     * `weight`; NULL: nothing. */
    mutau_status (*on_stage)(struct mutau_pilot *p, void *self, mutau_error *err);
    void *self;
} mutau_pilot;

/** A pilot of max(n_walker, n_particle) particles with moves and evaluators of `settings`.  Any
 * number of its evaluations may fail, as long as a particle has its place.  Half-built after a
 * failure; mutau_pilot_free is due all the same. */
mutau_status mutau_pilot_alloc(const mutau_target *target, const mutau_ensemble_settings *settings,
                               size_t n_particle, pilot_pace pace, mutau_rng *rng,
                               const mutau_stop *stop, mutau_pilot **out,
                               mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_pilot_free(mutau_pilot *pilot);

/** From the prior to the posterior, or to where the particles are stuck; *beta_stuck is 0 then, or
 * that place. */
mutau_status mutau_pilot_follow(mutau_pilot *pilot, double *beta_stuck,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** After that, unless they are stuck: takes the particles from the last density before the
 * posterior to the posterior. */
mutau_status mutau_pilot_arrive(mutau_pilot *pilot, mutau_error *err) MUTAU_MUST_CHECK;

/** A density at `beta`, so far from the last one. */
void mutau_pilot_add_knot(mutau_pilot *pilot, double beta, double length);

/** Replaces the particles by copies, as many of each as pilot->weight[n], of any scale, says. */
mutau_status mutau_pilot_resample(mutau_pilot *pilot, mutau_error *err) MUTAU_MUST_CHECK;

/** One step of the particles where they are, unless a stop is wished (MUTAU_ESTOPPED). */
mutau_status mutau_pilot_step(mutau_pilot *pilot, mutau_error *err) MUTAU_MUST_CHECK;

/** The length of a step in which so large a share 0 < share <= 1 of swaps is accepted:
 * 2 erfcinv(share). */
double mutau_pilot_length(double share);

#endif
