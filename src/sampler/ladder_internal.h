/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file ladder_internal.h
 * A ladder from what a pilot has found.  Private to the sampler.
 */
#ifndef MUTAU_LADDER_INTERNAL_H
#define MUTAU_LADDER_INTERNAL_H

#include "sampler/ladder.h"
#include "pilot_internal.h"

/** MUTAU_EDOM for numbers of rungs that are out of range. */
mutau_status mutau_ladder_check(const mutau_ensemble_settings *settings, size_t max_rung,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** At least n_least rungs, more, if they are needed, up to n_most, from the pilot's densities, of
 * which those beyond beta_stuck > 0 are guessed.  Does not touch out->spent. */
void mutau_ladder_of(mutau_pilot *pilot, double beta_stuck, size_t n_least, size_t n_most,
                     mutau_ladder *out);

#endif
