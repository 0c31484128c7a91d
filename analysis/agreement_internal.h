/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file agreement_internal.h
 * What R-hat would be if the walkers mixed.  Private to the analysis.
 *
 * R-hat^2 = 1 - 1/n + B/W, with W the variance within series of n draws (the halves of the
 * walkers) and B that of their means.  If walkers are alike, B/W is about tau/n: R-hat is above 1
 * however well they mix, and the shorter the chain the more.  How far the mean of a walker wanders
 * by itself shows in the means of its own batches; that the means of walkers differ by more than
 * this is what stuck walkers do, and modes that do not exchange walkers.  The ratio of the two is
 * distributed as F, which takes the place of the threshold that holds for one length only.
 */
#ifndef MUTAU_AGREEMENT_INTERNAL_H
#define MUTAU_AGREEMENT_INTERNAL_H

#include <stddef.h>

#include "analysis/diagnostics.h"

/** Draws x[n_draw][n_chain] whose walkers are compared: their halves are the first and the last
 * n_half rows. */
typedef struct agreement_draws {
    size_t n_draw, n_chain, n_half;
    const double *x;
    const double *half_mean; /**< [2][n_chain] of the first and of the last halves */
    double within;           /**< the mean variance within halves */
} agreement_draws;

/** scratch[n_chain]. */
mutau_agreement mutau_agreement_find(const agreement_draws *draws, double rhat, double scratch[]);

/** The value that a variable of the distribution Beta(a, b) is below with that probability. */
double mutau_beta_quantile(double a, double b, double probability);

#endif
