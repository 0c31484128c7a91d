/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file flux_likelihood.h
 * chi^2 of predicted bin integrals against the data sets (the paper's eqs. 11-13)
 * and its profile analogue.
 */
#ifndef MUTAU_FLUX_LIKELIHOOD_H
#define MUTAU_FLUX_LIKELIHOOD_H

#include <stddef.h>

#include "likelihood/dataset.h"
#include "base/status.h"

typedef enum mutau_likelihood_kind {
    MUTAU_LIKELIHOOD_GAUSSIAN, /**< eq. 11; r^T C^-1 r of a data set with a covariance C */
    MUTAU_LIKELIHOOD_PROFILE,  /**< split normal; limits as exponentials */
    MUTAU_LIKELIHOOD_NONE      /**< terms only: chi^2 = 0 */
} mutau_likelihood_kind;

typedef enum mutau_error_convention {
    MUTAU_ERRORS_SYMMETRIC, /**< sigma = mean of the two errors */
    MUTAU_ERRORS_UPPER,     /**< sigma = the upper error */
    MUTAU_ERRORS_SPLIT      /**< by the sign of N_th - N_obs */
} mutau_error_convention;

/** One bin as the likelihood sees it; N in cm^-2 s^-1 sr^-1, per flavour. */
typedef struct mutau_flux_point {
    size_t i_dataset;
    double e_lo_gev, e_hi_gev;
    mutau_channel channel;
    double n_obs; /**< E2Phi (1/E_lo - 1/E_hi); 0 for a limit */
    /** Of N, for N_th below and above n_obs; a limit: its N; with a covariance sqrt(C_ii). */
    double sigma_lo, sigma_hi;
    double n_limit;     /**< of a limit: N at its edge; else 0 */
    double limit_slope; /**< of a limit: its -2 ln L in the profile is slope N_th / n_limit,
                           with slope 1 for 68 %, 2.706 for 90 %; else 0 */
} mutau_flux_point;

typedef struct mutau_flux_likelihood mutau_flux_likelihood;

/** Builds the points of all `datasets` in order; with MUTAU_LIKELIHOOD_NONE there are
 * none, so that no flux need be computed.  `errors` is ignored by the profile, whose
 * measured bins are split normals, and for data sets with a covariance, which takes the place of
 * their errors; only MUTAU_LIKELIHOOD_GAUSSIAN takes one.  The data sets are only read during the
 * call.  MUTAU_EDOM for a bin that cannot be used (sigma = 0, an unknown limit level), and for a
 * covariance that is not positive definite (the default handler of GSL, which aborts the process,
 * must be off) or that the kind does not take; MUTAU_ENOMEM. */
mutau_status mutau_flux_likelihood_alloc(mutau_likelihood_kind kind, mutau_error_convention errors,
                                         size_t n_dataset, const mutau_dataset *const datasets[],
                                         mutau_flux_likelihood **out,
                                         mutau_error *err) MUTAU_MUST_CHECK;
void mutau_flux_likelihood_free(mutau_flux_likelihood *likelihood);

size_t mutau_flux_likelihood_count(const mutau_flux_likelihood *likelihood);
const mutau_flux_point *mutau_flux_likelihood_points(const mutau_flux_likelihood *likelihood);

/** chi^2 = -2 ln L of n_predicted[count]; thread-safe, allocates nothing.  NaN if a
 * prediction is. */
double mutau_flux_likelihood_chi2(const mutau_flux_likelihood *likelihood,
                                  const double n_predicted[]);

/** The factor within [lo, hi] (0 <= lo, hi perhaps infinite) by which all of n_predicted[count] are
 * to be multiplied for the least chi^2, which goes to *chi2: exactly, every convention being convex
 * and piecewise quadratic in it.  Without a point to decide it the one nearest to 1.
 * Thread-safe, allocates nothing. */
double mutau_flux_likelihood_best_factor(const mutau_flux_likelihood *likelihood,
                                         const double n_predicted[], double lo, double hi,
                                         double *chi2);

#endif
