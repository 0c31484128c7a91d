/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A point and how well it fits; documented in posterior/fit.h. */
#include "posterior/fit.h"

#include <string.h>

static bool is_fitted(const mutau_run_settings *s, const bool held[], size_t i)
{
    return s->parameters[i].prior != MUTAU_PRIOR_FIXED && (held == NULL || !held[i]);
}

static size_t count_fitted(const mutau_run_settings *s, const bool held[], const double natural[])
{
    const bool is_bare =
        !is_fitted(s, held, s->places.coupling) && mutau_model_is_bare(&s->places, natural);
    size_t n = 0;
    for (size_t i = 0; i < s->set.n; i++)
        n += is_fitted(s, held, i) && !(is_bare && mutau_model_is_of_boson(&s->places, i));
    return n;
}

mutau_status mutau_fit_eval(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                            const double natural[], const bool held[], mutau_fit *out,
                            mutau_error *err)
{
    const mutau_run_settings *s = mutau_posterior_settings(posterior);
    double bare[MUTAU_MAX_PARAMETERS];
    memcpy(bare, natural, s->set.n * sizeof *bare);
    bare[s->places.coupling] = 0.0;
    /* The point comes last: its predictions stay in the workspace. */
    MUTAU_CHECK(mutau_posterior_eval(posterior, ws, bare, &out->point, err));
    const double chi2_sm = out->point.chi2;
    MUTAU_CHECK(mutau_posterior_eval(posterior, ws, natural, &out->point, err));
    out->goodness = mutau_goodness_compute(mutau_posterior_data(posterior), s->likelihood,
                                           count_fitted(s, held, natural), s->places.n_spectrum,
                                           out->point.chi2, chi2_sm);
    return MUTAU_OK;
}
