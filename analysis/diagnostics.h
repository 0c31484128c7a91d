/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file diagnostics.h
 * Convergence of Markov chains.
 *
 * Draws are given as x[n_draw][n_chain], the order in which one parameter lies
 * in a chain file: draw (kept step) is the slow index, chain (walker) the fast.
 * R-hat, ESS and MCSE are those of Vehtari, Gelman, Simpson, Carpenter & Buerkner,
 * Bayesian Analysis 16, 667 (2021), arXiv:1903.08008, computed as the R package
 * posterior does; every walker of every ensemble is a chain of its own.
 * tau is Sokal's integrated autocorrelation time as emcee 3.1 computes it.
 *
 * A NaN or infinity among the draws, or constant draws, give NaN (never a small
 * number).  posterior calls draws constant that differ by less than 2e-16; here
 * they must not differ at all, so that no parameter has a wrong scale.
 *
 * Functions allocate scratch memory of four times the input, and of twenty chains
 * per thread (tau: only this), and are safe to call from several threads.  They use
 * OpenMP's default number of threads (omp_set_num_threads); results do not depend
 * on it.
 */
#ifndef MUTAU_DIAGNOSTICS_H
#define MUTAU_DIAGNOSTICS_H

#include <stddef.h>

#include "base/status.h"

typedef struct mutau_convergence {
    double rhat;                /**< rank-normalised split R-hat, max of bulk and folded */
    double ess_bulk;            /**< bulk effective sample size */
    double ess_tail;            /**< min of the ESS of the 5 % and 95 % quantile indicators */
    double mean, sd;            /**< of all draws; sd with n - 1 */
    double mcse_mean;           /**< Monte Carlo standard error of the mean */
    double median, mcse_median; /**< of the median (the 50 % quantile) */
} mutau_convergence;

/** All of the above for one parameter; n_draw >= 4, n_chain >= 1, else MUTAU_EDOM. */
mutau_status mutau_convergence_compute(size_t n_draw, size_t n_chain, const double x[],
                                       mutau_convergence *out, mutau_error *err) MUTAU_MUST_CHECK;

/** Only R-hat, which needs no Fourier transforms: for frequent checks. */
mutau_status mutau_rhat(size_t n_draw, size_t n_chain, const double x[], double *rhat,
                        mutau_error *err) MUTAU_MUST_CHECK;

/** Integrated autocorrelation time of one ensemble in steps:
 * emcee.autocorr.integrated_time with c = 5, tol = 0: the autocorrelation
 * function averaged over walkers, window M = min{m : m >= 5 tau(m)}.  NaN if any
 * walker did not move at all (emcee returns NaN there, too, but says nothing).
 * n_draw >= 2, n_walker >= 1, else MUTAU_EDOM. */
mutau_status mutau_autocorr_time(size_t n_draw, size_t n_walker, const double x[], double *tau,
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** Effective sample size of the indicator x <= quantile, and the Monte Carlo
 * standard error of that quantile (posterior::ess_quantile, mcse_quantile).
 * 0 <= probability <= 1, n_draw >= 4, n_chain >= 1, else MUTAU_EDOM. */
mutau_status mutau_quantile_error(size_t n_draw, size_t n_chain, const double x[],
                                  double probability, double *quantile, double *ess, double *mcse,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
