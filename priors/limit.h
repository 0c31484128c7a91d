/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file limit.h
 * What a prior term alone says about the coupling at one mass: the curve that is drawn in
 * the exclusion plane, by one convention for every term.
 *
 * The prior is flat in u = g'^2, so that the quantile of share p is the g' with
 *
 *     int_0^(g'^2) L du = p int_0^infinity L du.
 *
 * A 90 % limit is the quantile 0.9: a credible limit, not one of confidence, though it has the
 * same numbers where L is simple (2.303 events for a search that saw none, 1.645 standard
 * deviations for a Gaussian around no signal).  A central band goes from (1 - CL)/2 to (1 + CL)/2.
 */
#ifndef MUTAU_LIMIT_H
#define MUTAU_LIMIT_H

#include <stddef.h>

#include "base/status.h"
#include "priors/term.h"

/** Writes into g_prime[n] the quantiles of share[n], each within (0, 1), of the term with
 * `state`, which was set up for points of `set`, and into *error (NULL allowed) an estimate of
 * their relative numerical error: below 1e-9 for the terms there are, and MUTAU_ENUMERIC above
 * 1e-6.  All but the coupling are held at their values in point[set->n]. L must have a single peak
 * in g'.  MUTAU_EDOM, with a text for the user: the mass is beyond the term's inputs, or L does not
 * fall at large g', so that there is nothing to integrate. MUTAU_ENOMEM.  Thread-safe. */
mutau_status mutau_limit_quantiles(const mutau_term_type *type, const void *state,
                                   const mutau_parameter_set *set, const double point[], size_t n,
                                   const double share[], double g_prime[], double *error,
                                   mutau_error *err) MUTAU_MUST_CHECK;

#endif
