/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file move_internal.h
 * What several moves share.  Private to the sampler.
 */
#ifndef MUTAU_MOVE_INTERNAL_H
#define MUTAU_MOVE_INTERNAL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"

/** n_pick different numbers of 0 ... n-1 in random order, n_pick <= n; repeats are drawn
 * again, which is quick for the few that moves need. */
void mutau_move_pick(mutau_rng *rng, size_t n, size_t n_pick, size_t pick[]);

/** A proposal that is sure to be rejected. */
void mutau_move_refuse(size_t dim, const double x[], double y[], double *ln_q_ratio);

/** A setting that must be a number above 0; with `or_nan`, NaN stands for its default. */
static inline bool mutau_move_is_scale(double value, bool or_nan)
{
    return isnan(value) ? or_nan : value > 0.0 && isfinite(value);
}

#endif
