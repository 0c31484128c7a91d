/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Goodness of fit; documented in likelihood/goodness.h. */
#include "likelihood/goodness.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

const double mutau_goodness_improbable = 0.01;

static const double none = (double)NAN;

mutau_goodness mutau_goodness_none(const char *why)
{
    mutau_goodness g = {.chi2 = none,
                        .dof = none,
                        .per_dof = none,
                        .p_value = none,
                        .chi2_sm = none,
                        .r_chi2 = none};
    (void)snprintf(g.why, sizeof g.why, "%s", why);
    return g;
}

static size_t count_limits(const mutau_flux_likelihood *data)
{
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    size_t n = 0;
    for (size_t i = 0; i < mutau_flux_likelihood_count(data); i++)
        n += points[i].n_limit > 0.0;
    return n;
}

static void compare_with_no_boson(mutau_goodness *g)
{
    if (g->n_point <= g->n_model)
        (void)snprintf(g->why, sizeof g->why, "R_chi2 takes more than %zu data points, not %zu",
                       g->n_model, g->n_point);
    else if (!(g->chi2_sm > 0.0))
        (void)snprintf(g->why, sizeof g->why, "no R_chi2: chi2 without the boson is %g",
                       g->chi2_sm);
    else
        g->r_chi2 = g->chi2 / (double)(g->n_point - g->n_model) /
                    (g->chi2_sm / (double)(g->n_point - g->n_model_sm));
}

static void find_probability(mutau_goodness *g)
{
    if (g->n_point <= g->n_free) {
        (void)snprintf(g->why, sizeof g->why,
                       "no p-value: %zu data points and %zu free parameters leave no degrees of "
                       "freedom",
                       g->n_point, g->n_free);
        return;
    }
    g->per_dof = g->chi2 / g->dof;
    g->p_value = gsl_cdf_chisq_Q(g->chi2, g->dof);
}

mutau_goodness mutau_goodness_compute(const mutau_flux_likelihood *data, mutau_likelihood_kind kind,
                                      size_t n_free, size_t n_spectrum, double chi2, double chi2_sm)
{
    enum { OF_BOSON = 2 }; /* mass and coupling */
    mutau_goodness g = mutau_goodness_none("");
    g.n_point = mutau_flux_likelihood_count(data);
    g.n_limit = count_limits(data);
    g.n_free = n_free;
    g.n_model = n_spectrum + OF_BOSON;
    g.n_model_sm = n_spectrum;
    if (g.n_point == 0)
        return mutau_goodness_none("there are no flux data");
    g.chi2 = chi2;
    g.chi2_sm = chi2_sm;
    if (kind == MUTAU_LIKELIHOOD_PROFILE && g.n_limit > 0) {
        (void)snprintf(g.why, sizeof g.why,
                       "%zu of %zu points are limits, exponentials in likelihood: profile: their "
                       "-2 ln L has no chi2 distribution",
                       g.n_limit, g.n_point);
        return g;
    }
    g.dof = (double)g.n_point - (double)g.n_free;
    compare_with_no_boson(&g);
    find_probability(&g);
    return g;
}

bool mutau_goodness_is_improbable(const mutau_goodness *goodness)
{
    return goodness->p_value < mutau_goodness_improbable;
}
