/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The amplitude in closed form; documented in posterior/amplitude.h. */
#include "posterior/amplitude.h"

#include <math.h>
#include <string.h>

#include "likelihood/flux_likelihood.h"

static const double ROUNDING = 1e-9; /* relative; what is not proportional differs by far more */

static double ln_terms(const mutau_posterior_point *p)
{
    return p->ln_likelihood - p->ln_flux;
}

mutau_status mutau_amplitude_check(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                                   const double natural[], bool *holds, mutau_error *err)
{
    const mutau_run_settings *s = mutau_posterior_settings(posterior);
    const mutau_flux_likelihood *data = mutau_posterior_data(posterior);
    const double *predicted = mutau_posterior_predicted(ws);
    double at[MUTAU_MAX_PARAMETERS], multiplied, terms;
    mutau_posterior_point point;
    memcpy(at, natural, s->set.n * sizeof *at);
    at[s->places.spectrum] = 1.0;
    MUTAU_CHECK(mutau_posterior_eval(posterior, ws, at, &point, err));
    terms = ln_terms(&point);
    /* chi^2 at twice the amplitude, by multiplying and by solving. */
    (void)mutau_flux_likelihood_best_factor(data, predicted, 2.0, 2.0, &multiplied);
    at[s->places.spectrum] = 2.0;
    MUTAU_CHECK(mutau_posterior_eval(posterior, ws, at, &point, err));
    *holds = fabs(multiplied - point.chi2) <= ROUNDING * fmax(1.0, fabs(point.chi2)) &&
             fabs(ln_terms(&point) - terms) <= ROUNDING * fmax(1.0, fabs(terms));
    return MUTAU_OK;
}

mutau_status mutau_amplitude_fit(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                                 double natural[], double *ln_likelihood, mutau_error *err)
{
    const mutau_run_settings *s = mutau_posterior_settings(posterior);
    const size_t id = s->places.spectrum;
    const mutau_parameter *a = &s->parameters[id];
    double chi2;
    mutau_posterior_point point;
    natural[id] = 1.0;
    MUTAU_CHECK(mutau_posterior_eval(posterior, ws, natural, &point, err));
    natural[id] = mutau_flux_likelihood_best_factor(mutau_posterior_data(posterior),
                                                    mutau_posterior_predicted(ws),
                                                    fmax(a->min, 0.0), a->max, &chi2);
    *ln_likelihood = ln_terms(&point) - 0.5 * chi2;
    return MUTAU_OK;
}
