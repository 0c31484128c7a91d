/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mixture_search_internal.h
 * The search for the number and the places of a mixture's components.  Private to the sampler.
 */
#ifndef MUTAU_MIXTURE_SEARCH_INTERNAL_H
#define MUTAU_MIXTURE_SEARCH_INTERNAL_H

#include "base/status.h"
#include "mixture_em_internal.h"

/** Fits *best, of up to max_component blobs, to the points; their number is that of the best
 * Bayesian information criterion, their degrees of freedom 4.  MUTAU_ENOMEM. */
mutau_status mutau_mixture_search(mutau_em *em, size_t max_component, mutau_em_blend *best,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
