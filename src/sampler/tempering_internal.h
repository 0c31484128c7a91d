/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file tempering_internal.h
 * The ladder of inverse temperatures and the swaps between its rungs.  Private to
 * the sampler.
 *
 * Rung i samples prior * likelihood^beta[i]; beta[0] = 1 and beta[n_rung - 1] = 0.
 */
#ifndef MUTAU_TEMPERING_INTERNAL_H
#define MUTAU_TEMPERING_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sampler/ensemble.h"

/** ln of the density that a rung samples: the prior alone has a place where the likelihood is 0. */
static inline double mutau_rung_ln_density(double beta, double ln_prior, double ln_like)
{
    return beta > 0.0 ? ln_prior + beta * ln_like : ln_prior;
}

/** The first ladder: 1 ... beta_min in equal ratios, then 0. */
void mutau_ladder_start(size_t n_rung, double beta_min, double beta[]);

/** Whether beta falls from 1 to 0, or stays. */
bool mutau_ladder_is_valid(size_t n_rung, const double beta[]);

/** Moves the inner rungs by what the swaps of step `step`, counted from 0, tell:
 * a gap in 1/beta between two neighbours grows where swaps are accepted more
 * often than at the gap above, and shrinks where less (Vousden, Farr & Mandel,
 * MNRAS 455, 1919 (2016), arXiv:1501.05823, eqs. 12 to 14). */
void mutau_ladder_adapt(size_t n_rung, const mutau_ladder_settings *settings, uint64_t step,
                        const mutau_swap_count step_swaps[], double beta[]);

/** Decides for each of the n walkers of a cold rung whether it exchanges its point with
 * the walker of the same number in the next hotter rung, by the ratio
 * (beta_cold - beta_hot) (ln_like_hot - ln_like_cold) of the densities after and
 * before.  Returns how many do.  The cold rung's ln likelihoods are finite; the hot
 * one's may be -infinity. */
size_t mutau_swap_decide(mutau_rng *rng, size_t n, double beta_cold, double beta_hot,
                         const double ln_like_cold[], const double ln_like_hot[], bool swapped[]);

#endif
