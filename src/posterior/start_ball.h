/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file start_ball.h
 * Starting points of walkers around the maxima that a search has found.
 *
 * R-hat compares ensembles, and can tell that they have not forgotten their starts only if
 * these were wider apart than the density they are to sample.  So each walker starts at a
 * maximum drawn for it, the odds being those with which the search ended there, and off it
 * by a normal of `spread` times the prior's standard deviation in each coordinate, drawn
 * again until it is inside the prior.
 */
#ifndef MUTAU_START_BALL_H
#define MUTAU_START_BALL_H

#include <stddef.h>

#include "base/rng.h"
#include "posterior/search.h"
#include "base/status.h"
#include "sampler/target.h"

/** Maxima lower than the highest one by more than this (in ln prior + ln likelihood) get no
 * walkers. */
#define MUTAU_START_BALL_DEPTH 10.0

/** The number of maxima that get walkers: the first ones of `optima`; 0 if that is empty. */
size_t mutau_start_ball_maxima(const mutau_optima *optima);

/** Draws position[n][dim] from `rng`, all with a finite density.  lo[dim], hi[dim]: the
 * prior's support as for mutau_search, which `optima` are from.  MUTAU_ENUMERIC, naming the
 * coordinate at fault, if a walker cannot be placed in 1000 draws; MUTAU_EDOM unless spread
 * is positive; MUTAU_ENOMEM from the target's ws_alloc. */
mutau_status mutau_start_ball(const mutau_target *target, const double lo[], const double hi[],
                              const mutau_optima *optima, double spread, mutau_rng *rng, size_t n,
                              double position[], mutau_error *err) MUTAU_MUST_CHECK;

#endif
