/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file term_limit.h
 * The curve of one term of a run in the plane of mass and coupling, by the rule of priors/limit.h.
 */
#ifndef MUTAU_TERM_LIMIT_H
#define MUTAU_TERM_LIMIT_H

#include <stdbool.h>

#include "posterior/run_settings.h"

/** The limit *lower on the coupling at a mass, below which lies the share `cl`, or the ends *lower
 * and *upper of the central band.  All other parameters are in the middle of their priors.  Without
 * a value both are NaN, and why.text says why; without a band *upper is NaN.  What
 * mutau_limit_quantiles returns but for MUTAU_EDOM. */
mutau_status mutau_term_limit(const mutau_run_settings *settings, const mutau_term_choice *term,
                              double mass, double cl, bool band, double *lower, double *upper,
                              mutau_error *why, mutau_error *err) MUTAU_MUST_CHECK;

#endif
