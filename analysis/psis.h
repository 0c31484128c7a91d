/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file psis.h
 * Pareto-smoothed importance sampling: Vehtari, Simpson, Gelman, Yao & Gabry,
 * arXiv:1507.02646, with the choices of the R package loo 2.5 (length of the tail,
 * prior of the shape).  May be called from any number of threads; scratch memory of
 * twice the draws.
 */
#ifndef MUTAU_PSIS_H
#define MUTAU_PSIS_H

#include <stddef.h>

#include "base/status.h"

/** Below this k-hat the estimates of importance sampling are reliable. */
#define MUTAU_PSIS_GOOD_K 0.7

typedef struct mutau_psis {
    /** Shape of the weights' tail.  -INFINITY if the tail is constant (then the weights
     * are bounded; loo gives Inf with a warning), +INFINITY if there is none to fit:
     * fewer than 5 draws in it, or a fit that fails. */
    double khat;
    size_t n_tail; /**< draws in the tail: min(S/5, 3 sqrt(S/r_eff)), rounded up */
} mutau_psis;

/** Smooths ln_weight[n], the logarithms of importance ratios up to a constant, in
 * place: the largest n_tail become the expected order statistics of the generalised
 * Pareto density fitted to them, none above the largest ratio.  `r_eff` is the
 * effective over the actual number of draws of the ratios (1 for independent ones).
 * -INFINITY is a ratio of 0.  MUTAU_EDOM for n < 1, r_eff not above 0 or infinite, a
 * ratio that is infinite, or none above 0; MUTAU_ENAN for a NaN; MUTAU_ENOMEM:
 * ln_weight is then unchanged. */
mutau_status mutau_psis_smooth(size_t n, double ln_weight[], double r_eff, mutau_psis *out,
                               mutau_error *err) MUTAU_MUST_CHECK;

#endif
