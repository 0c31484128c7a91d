/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A point and how well it fits; documented in mutau/fit.h. */
#include "mutau/fit.h"

#include <string.h>

static bool is_fitted(const mutau_run_settings *s, const bool held[], mutau_parameter_id id)
{
    return s->parameters[id].prior != MUTAU_PRIOR_FIXED && (held == NULL || !held[id]);
}

static size_t count_fitted(const mutau_run_settings *s, const bool held[], const double natural[])
{
    const bool is_power_law =
        !is_fitted(s, held, MUTAU_PARAMETER_G_PRIME) && !(natural[MUTAU_PARAMETER_G_PRIME] > 0.0);
    size_t n = 0;
    for (int i = 0; i < MUTAU_N_PARAMETER; i++) {
        const mutau_parameter_id id = (mutau_parameter_id)i;
        const bool of_boson = id == MUTAU_PARAMETER_M_ZPRIME || id == MUTAU_PARAMETER_SUM_MNU;
        n += is_fitted(s, held, id) && !(of_boson && is_power_law);
    }
    return n;
}

mutau_status mutau_fit_eval(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                            const double natural[], const bool held[], mutau_fit *out,
                            mutau_error *err)
{
    const mutau_run_settings *s = mutau_posterior_settings(posterior);
    double power_law[MUTAU_N_PARAMETER];
    memcpy(power_law, natural, sizeof power_law);
    power_law[MUTAU_PARAMETER_G_PRIME] = 0.0;
    /* The point comes last: its predictions stay in the workspace. */
    MUTAU_CHECK(mutau_posterior_eval(posterior, ws, power_law, &out->point, err));
    const double chi2_sm = out->point.chi2;
    MUTAU_CHECK(mutau_posterior_eval(posterior, ws, natural, &out->point, err));
    out->goodness =
        mutau_goodness_compute(mutau_posterior_data(posterior), s->likelihood,
                               count_fitted(s, held, natural), out->point.chi2, chi2_sm);
    return MUTAU_OK;
}
