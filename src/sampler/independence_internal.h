/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file independence_internal.h
 * Whether the walkers of a start span the space.  Private to the sampler.
 */
#ifndef MUTAU_INDEPENDENCE_INTERNAL_H
#define MUTAU_INDEPENDENCE_INTERNAL_H

#include <stddef.h>

#include "base/status.h"

/** Affine-invariant moves never leave the subspace that the walkers span, so a
 * start must span all of it.  position[n_walker][dim], n_walker > dim.
 * MUTAU_ENUMERIC names (names[dim]) a coordinate that is not finite, has the same
 * value in every walker, or is a linear function of the others as nearly as makes
 * the condition number of the centred coordinates, each scaled to length 1,
 * exceed 1e8 (emcee 3.1's limit).  MUTAU_ENOMEM. */
mutau_status mutau_walkers_independent(size_t n_walker, size_t dim, const double position[],
                                       const char *const names[],
                                       mutau_error *err) MUTAU_MUST_CHECK;

#endif
