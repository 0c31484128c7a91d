/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file goodness.h
 * How well a spectrum fits the flux data: chi^2 against its degrees of freedom, and against
 * that of the same spectrum without a boson (the paper's eq. 16).  Other terms are not counted.
 */
#ifndef MUTAU_GOODNESS_H
#define MUTAU_GOODNESS_H

#include <stdbool.h>
#include <stddef.h>

#include "likelihood/flux_likelihood.h"

enum { MUTAU_GOODNESS_REASON_SIZE = 256 };

/** Below this p-value a best fit is called improbable. */
extern const double mutau_goodness_improbable;

/** What is NaN has its reason in `why`. */
typedef struct mutau_goodness {
    size_t n_point; /**< data points, limits included */
    size_t n_limit; /**< of them limits; `gaussian` takes one for a measurement of 0 */
    size_t n_free;  /**< fitted parameters that the spectrum depends on */
    double chi2;
    double dof;     /**< n_point - n_free */
    double per_dof; /**< chi2 / dof */
    double p_value; /**< probability of a larger chi^2, were the spectrum true, at the best fit */
    double chi2_sm; /**< of the same spectrum, g' = 0 */
    /** The numbers of parameters in r_chi2, which counts those of the model, also where others are
     * free: m, g' and the spectrum's, and the spectrum's alone.  4 and 2 of a power law. */
    size_t n_model, n_model_sm;
    double r_chi2; /**< (chi2/(n_point - n_model))/(chi2_sm/(n_point - n_model_sm)), eq. 16 */
    char why[MUTAU_GOODNESS_REASON_SIZE]; /**< one line; "" if nothing is NaN */
} mutau_goodness;

/** All NaN, and no points, for the reason `why` (cut if it is too long). */
mutau_goodness mutau_goodness_none(const char *why);

/** Of chi2 = mutau_flux_likelihood_chi2 of `data` for a spectrum of n_spectrum parameters.  The
 * numbers suppose measured points with normal errors, independent or of the covariance given.  A
 * limit of the likelihood `profile` is an exponential in N, whose -2 ln L has no chi^2
 * distribution: with one among the points dof, per_dof, p_value and r_chi2 are NaN.  The default
 * handler of GSL, which aborts the process, must be off, as the program's main() has it.
 * Thread-safe, allocates nothing. */
mutau_goodness mutau_goodness_compute(const mutau_flux_likelihood *data, mutau_likelihood_kind kind,
                                      size_t n_free, size_t n_spectrum, double chi2,
                                      double chi2_sm);

/** Whether there is a p-value and it is below mutau_goodness_improbable. */
bool mutau_goodness_is_improbable(const mutau_goodness *goodness);

#endif
