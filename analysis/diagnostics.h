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
 * Functions allocate scratch memory of one and a half times the input and five times as much
 * again for draws that differ from the one before, and of 32 chains and 32 more per thread
 * (tau: only this), and are safe to call from several threads.  They use
 * OpenMP's default number of threads (omp_set_num_threads); results do not depend
 * on it.
 */
#ifndef MUTAU_DIAGNOSTICS_H
#define MUTAU_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** How often walkers that mix are taken for others, per coordinate and look: the rate at which
 * mutau_agreement.most is exceeded, and again that at which a walker is counted. */
#define MUTAU_FALSE_ALARM 1e-5

/** R-hat beside what it would be of walkers that mix.  A walker's mean wanders by itself, by as
 * much as the means of its own batches say; walkers whose means differ by more are stuck, or in
 * modes that they do not leave.  Of the two R-hats, bulk and folded, the one that is farther above
 * what it may be. */
typedef struct mutau_agreement {
    double rhat;
    double most; /**< R-hat of walkers that mix is larger with probability MUTAU_FALSE_ALARM; NaN of
                      one walker, and where none moves */
    double tau;  /**< autocorrelation time in draws by the means of batches: unlike that of
                      mutau_autocorr_time hardly too small where the chain is short */
    size_t n_below, n_above; /**< walkers that stay farther below or above all others' mean than one
                                  of them would with probability MUTAU_FALSE_ALARM */
    double drift; /**< of all walkers' mean from the last to the first half, in standard errors */
    double most_drift; /**< it is larger, of either sign, with probability MUTAU_FALSE_ALARM */
} mutau_agreement;

typedef struct mutau_convergence {
    double rhat;                /**< rank-normalised split R-hat, max of bulk and folded */
    double ess_bulk;            /**< bulk effective sample size */
    double ess_tail;            /**< min of the ESS of the 5 % and 95 % quantile indicators */
    double mean, sd;            /**< of all draws; sd with n - 1 */
    double mcse_mean;           /**< Monte Carlo standard error of the mean */
    double median, mcse_median; /**< of the median (the 50 % quantile) */
    mutau_agreement agreement;
} mutau_convergence;

/** All of the above for one parameter; n_draw >= 4, n_chain >= 1, else MUTAU_EDOM. */
mutau_status mutau_convergence_compute(size_t n_draw, size_t n_chain, const double x[],
                                       mutau_convergence *out, mutau_error *err) MUTAU_MUST_CHECK;

/** The same without mean, sd and median and their errors, which are NaN: what a verdict needs.  If
 * the bulk ESS is below least_ess, all but it is NaN. */
mutau_status mutau_convergence_judge(size_t n_draw, size_t n_chain, const double x[],
                                     double least_ess, mutau_convergence *out,
                                     mutau_error *err) MUTAU_MUST_CHECK;

/** Only the Monte Carlo standard error of the mean. */
mutau_status mutau_mean_error(size_t n_draw, size_t n_chain, const double x[], double *mcse,
                              mutau_error *err) MUTAU_MUST_CHECK;

/** Only R-hat, which needs no Fourier transforms: for frequent checks. */
mutau_status mutau_rhat(size_t n_draw, size_t n_chain, const double x[], double *rhat,
                        mutau_error *err) MUTAU_MUST_CHECK;

/** What a glance says of one parameter. */
typedef struct mutau_glance {
    double rhat; /**< split R-hat of the draws' places among 256 of them */
    double ess;  /**< effective sample size by the scatter of the halves' means; with m halves it
                      has a standard error of a share sqrt(2/m) of its own */
    double tau;  /**< as mutau_agreement.tau */
    bool mixes;  /**< R-hat is not in excess */
} mutau_glance;

/** A rough look at one parameter at a hundredth of the cost of all numbers: neither sorted nor
 * transformed.  n_draw >= 4, n_chain >= 1, else MUTAU_EDOM; what cannot be told is NaN. */
mutau_status mutau_glance_at(size_t n_draw, size_t n_chain, const double x[], mutau_glance *out,
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

/** The largest Monte Carlo standard error (mcse_quantile) of the ends of the 68 % and the 95 %
 * equal-tailed interval, the quantiles of 2.5, 16, 84 and 97.5 %, in units of the standard
 * deviation of all draws.  n_draw >= 4, n_chain >= 1, else MUTAU_EDOM. */
mutau_status mutau_interval_error(size_t n_draw, size_t n_chain, const double x[], double *error,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
