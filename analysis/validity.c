/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the line picture is worth for a posterior; documented in analysis/validity.h. */
#include "analysis/validity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "physics/flux.h"
#include "physics/mediator.h"
#include "base/mem.h"
#include "points_internal.h"
#include "stored_run_internal.h"

/* A larger share of the posterior may not lie beyond the line picture. */
static const double MOST = 0.01;

/* T of one draw goes as g'^4 / m^2 exactly; `scale` is T at m = 1 MeV, g' = 1. */
static mutau_status tail_scale(const mutau_flux_settings *model, double *scale, mutau_error *err)
{
    const double sum =
        2.0 * mutau_flux_sum_mnu_min(model->neutrinos.mixing, model->neutrinos.ordering);
    mutau_flux *flux = NULL;
    mutau_parameter_set set;
    double one[MUTAU_MAX_PARAMETERS];
    MUTAU_CHECK(mutau_flux_parameter_set(model, &set, err));
    for (size_t i = 0; i < set.n; i++)
        one[i] = 1.0;
    MUTAU_CHECK(mutau_flux_alloc(model, sum, true, 0, NULL, &flux, err));
    *scale = mutau_flux_tail_depth(flux, one);
    mutau_flux_free(flux);
    return MUTAU_OK;
}

static void count(size_t n, const double m[], const double g[], double scale, mutau_validity *out)
{
    size_t above = 0, beyond = 0;
    out->depth_max = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double depth = scale * pow(g[i], 4.0) / (m[i] * m[i]);
        above += depth > MUTAU_TAIL_LIMIT ? 1 : 0;
        beyond += depth > out->limit ? 1 : 0;
        out->depth_max = fmax(out->depth_max, depth);
    }
    out->mass = (double)above / (double)n;
    out->mass_beyond = (double)beyond / (double)n;
}

mutau_status mutau_validity_measure(const mutau_pool *pool, const mutau_run_settings *settings,
                                    double scratch[], mutau_validity *out, mutau_error *err)
{
    const double none = (double)NAN;
    const size_t n = pool->n_row * pool->n_column;
    double scale = 0.0;
    *out = (mutau_validity){none, none, none, none, false, NULL};
    if (mutau_run_settings_has_target(settings))
        return MUTAU_OK;
    out->limit = mutau_run_settings_tail_limit(settings);
    out->solver = mutau_solver_at(settings->model.solver);
    MUTAU_CHECK(mutau_stored_has_flux(pool->chains[0], &out->matters, err));
    MUTAU_CHECK(tail_scale(&settings->model, &scale, err));
    double *m = mutau_calloc(n, sizeof *m);
    if (m == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", n);
    mutau_status status = mutau_points_read(pool, settings, settings->places.mass, m, err);
    if (status == MUTAU_OK)
        status = mutau_points_read(pool, settings, settings->places.coupling, scratch, err);
    if (status == MUTAU_OK)
        count(n, m, scratch, scale, out);
    free(m);
    return status;
}

bool mutau_validity_problem(const mutau_validity *v, char text[MUTAU_VALIDITY_TEXT_SIZE])
{
    text[0] = '\0';
    if (!v->matters || !(v->mass_beyond > MOST))
        return false;
    const double at[] = {1e-3, 6e-3, 0.06};
    double off[3]; /* per cent */
    for (size_t i = 0; i < 3; i++)
        off[i] = 100.0 * v->solver->bin_error(at[i]);
    (void)snprintf(
        text, MUTAU_VALIDITY_TEXT_SIZE,
        "%.3g %% of the posterior lies where the model is not valid: scattering off the "
        "resonance, which the %s solver leaves out, has a depth T above %g there (at "
        "most %.2g). Bins are off by %.1g %% at T = %g, %.1g %% at %g and %.1g %% at %g. "
        "Narrow the priors of %s and %s (T goes as g'^4/m^2), or accept "
        "more by a larger model.tail_tolerance.",
        100.0 * v->mass_beyond, v->solver->name, v->limit, v->depth_max, off[0], at[0], off[1],
        at[1], off[2], at[2], mutau_mediator_parameters[MUTAU_MEDIATOR_COUPLING].name,
        mutau_mediator_parameters[MUTAU_MEDIATOR_MASS].name);
    return true;
}
