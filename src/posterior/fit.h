/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file fit.h
 * A point of the posterior and how well it fits the flux data.
 */
#ifndef MUTAU_FIT_H
#define MUTAU_FIT_H

#include <stdbool.h>

#include "likelihood/goodness.h"
#include "posterior/posterior.h"
#include "base/status.h"

typedef struct mutau_fit {
    mutau_posterior_point point;
    mutau_goodness goodness;
} mutau_fit;

/** Evaluates the point natural[] as mutau_posterior_eval does, whose predictions the
 * workspace then holds.  Fitted parameters are the free ones of the run but those with held[i]
 * (NULL: none): at a best fit their number is what the data have lost in freedom.  With g'
 * fixed or held at 0 the spectrum depends on neither m nor sum m_nu, which are not counted then.
 * Errors and threads as mutau_posterior_eval; GSL's handler as in goodness.h. */
mutau_status mutau_fit_eval(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                            const double natural[], const bool held[], mutau_fit *out,
                            mutau_error *err) MUTAU_MUST_CHECK;

#endif
