/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The goodness of a chain's best sample; documented in analysis/stored_goodness.h. */
#include "analysis/stored_goodness.h"

#include <math.h>
#include <string.h>

#include "posterior/fit.h"
#include "stored_run_internal.h"

/* Of chi^2: another processor or build rounds differently. */
static const double ROUNDING = 1e-9;

static double best_of(const mutau_summary *s, const char *name)
{
    for (size_t i = 0; i < s->n_best; i++)
        if (strcmp(s->best_name[i], name) == 0)
            return s->best[i];
    return (double)NAN;
}

static void best_point(const mutau_run_settings *settings, const mutau_summary *s, double natural[])
{
    for (size_t id = 0; id < settings->set.n; id++) {
        const mutau_parameter *p = &settings->parameters[id];
        natural[id] = p->prior == MUTAU_PRIOR_FIXED
                          ? p->value
                          : mutau_parameter_natural(p, best_of(s, p->stored_name));
    }
}

/* The chain has chi2 as the sampler had it. */
static mutau_status check_chi2(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                               const double natural[], double stored, mutau_error *err)
{
    mutau_posterior_point point;
    MUTAU_CHECK(mutau_posterior_eval_of_many(posterior, ws, natural, &point, err));
    if (!(fabs(point.chi2 - stored) <= ROUNDING * fmax(fabs(stored), 1.0)))
        return mutau_error_set(
            err, MUTAU_EDATA, "chi2 of the best sample is %.9g where %.9g is stored: another model",
            point.chi2, stored);
    return MUTAU_OK;
}

static mutau_status evaluate(const mutau_run_settings *settings, const mutau_summary *s,
                             mutau_posterior *posterior, mutau_fit *fit, mutau_error *err)
{
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_posterior_workspace *ws = NULL;
    if (mutau_posterior_workspace_alloc(posterior, &ws) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to evaluate the best sample");
    best_point(settings, s, natural);
    mutau_status status = check_chi2(posterior, ws, natural, best_of(s, "chi2"), err);
    if (status == MUTAU_OK)
        status = mutau_fit_eval(posterior, ws, natural, NULL, fit, err);
    mutau_posterior_workspace_free(ws);
    return status;
}

mutau_status mutau_stored_goodness(const mutau_chain *chain, const mutau_summary *summary,
                                   mutau_goodness *out, mutau_error *err)
{
    mutau_run_settings *settings = NULL;
    mutau_posterior *posterior = NULL;
    mutau_fit fit;
    mutau_error why = {0};
    mutau_status status = mutau_stored_settings_with_data(chain, &settings, &why);
    if (status == MUTAU_OK && mutau_run_settings_has_target(settings))
        status = mutau_error_set(&why, MUTAU_EDATA, "%s target has no data",
                                 settings->builtin != NULL ? "a built-in" : "a program's own");
    if (status == MUTAU_OK)
        status = mutau_posterior_alloc(settings, &posterior, &why);
    if (status == MUTAU_OK)
        status = evaluate(settings, summary, posterior, &fit, &why);
    mutau_posterior_free(posterior);
    mutau_run_settings_free(settings);
    if (status == MUTAU_ENOMEM)
        return mutau_error_set(err, status, "%s", why.text);
    *out = status == MUTAU_OK ? fit.goodness : mutau_goodness_none(why.text);
    return MUTAU_OK;
}
