/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file amplitude.h
 * The parameter that the flux is proportional to, with or without a boson, taken out of a search:
 * at given values of all the others its best one is known in closed form (flux_likelihood.h).
 */
#ifndef MUTAU_AMPLITUDE_H
#define MUTAU_AMPLITUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "posterior/posterior.h"
#include "base/status.h"

/** Whether that holds of the posterior near the point natural[set.n]: the predictions are
 * proportional to the amplitude, and no term depends on it.  Errors as mutau_posterior_eval. */
mutau_status mutau_amplitude_check(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                                   const double natural[], bool *holds,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** Gives natural[] the amplitude of the largest likelihood within the prior's support, or any
 * where there are no data, and *ln_likelihood that likelihood: at the cost of one
 * mutau_posterior_eval, whose errors it has. */
mutau_status mutau_amplitude_fit(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                                 double natural[], double *ln_likelihood,
                                 mutau_error *err) MUTAU_MUST_CHECK;

#endif
