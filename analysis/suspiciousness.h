/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file suspiciousness.h
 * Whether two data sets A and B agree within a model, whatever the width of its priors:
 * Handley & Lemos, Physical Review D 100, 043504 (2019) and 100, 023512 (2019),
 * arXiv:1902.04029 and 1903.06682.
 */
#ifndef MUTAU_SUSPICIOUSNESS_H
#define MUTAU_SUSPICIOUSNESS_H

/** The log-likelihood of some data over the posterior draws of the run that has them. */
typedef struct mutau_ln_like_moments {
    double mean, variance;
    double mcse_mean; /**< Monte Carlo standard error of the mean */
} mutau_ln_like_moments;

typedef struct mutau_suspiciousness {
    double ln_s;           /**< <ln L_AB> - <ln L_A> - <ln L_B>; below 0: they disagree */
    double error;          /**< its Monte Carlo standard error */
    double dimension;      /**< d_A + d_B - d_AB: the parameters that both constrain */
    double d_ab, d_a, d_b; /**< Bayesian model dimensions, 2 var(ln L) */
    double probability;    /**< of a ln S this low or lower if A and B agree: that
                                chi^2 of `dimension` exceeds dimension - 2 ln S; NaN if the
                                dimension is not above 0 */
    double sigma;          /**< the same as of a two-sided normal */
} mutau_suspiciousness;

/** From the moments of the joint run and of those of A and of B alone.  ln L is of A
 * and B only: what all three runs share belongs to their common prior. */
mutau_suspiciousness mutau_suspiciousness_compute(const mutau_ln_like_moments *ab,
                                                  const mutau_ln_like_moments *a,
                                                  const mutau_ln_like_moments *b);

#endif
