/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the line picture is worth for a posterior; documented in analysis/validity.h. */
#include "analysis/validity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "physics/flux.h"
#include "physics/mediator.h"
#include "physics/resonance.h"
#include "base/mem.h"
#include "points_internal.h"
#include "stored_run_internal.h"

/* A larger share of the posterior may not lie beyond the line picture. */
static const double MOST = 0.01;

/* A flux without bins, for its solver's view of points. */
static mutau_status flux_of(const mutau_flux_settings *model, mutau_flux **out, mutau_error *err)
{
    const double sum =
        2.0 * mutau_flux_sum_mnu_min(model->neutrinos.mixing, model->neutrinos.ordering);
    return mutau_flux_alloc(model, sum, true, 0, NULL, out, err);
}

/* What is counted over the draws. */
typedef struct counts {
    size_t above, beyond, beyond_1, beyond_10, by_grid;
    double depth_max;
} counts;

/* at[] is a point of the model, of which mass and coupling count. */
static void count(const mutau_run_settings *settings, const mutau_flux *flux, const double at[],
                  double limit, counts *c)
{
    const double depth = mutau_flux_tail_depth(flux, at), g = at[settings->places.coupling];
    double to_1, to_10;
    mutau_mediator_s_channel((mutau_mediator_kind)settings->model.mediator,
                             at[settings->places.mass], &to_1, &to_10);
    c->above += depth > MUTAU_TAIL_LIMIT ? 1 : 0;
    c->beyond += depth > limit ? 1 : 0;
    c->beyond_1 += g > to_1 ? 1 : 0;
    c->beyond_10 += g > to_10 ? 1 : 0;
    c->by_grid += mutau_flux_solver_at(flux, at) == &mutau_solver_grid ? 1 : 0;
    c->depth_max = fmax(c->depth_max, depth);
}

static void count_all(const mutau_run_settings *settings, const mutau_flux *flux, size_t n,
                      const double m[], const double g[], mutau_validity *out)
{
    double at[MUTAU_MAX_PARAMETERS] = {0.0};
    counts c = {0};
    for (size_t i = 0; i < n; i++) {
        at[settings->places.mass] = m[i];
        at[settings->places.coupling] = g[i];
        count(settings, flux, at, out->limit, &c);
    }
    out->depth_max = c.depth_max;
    out->mass = (double)c.above / (double)n;
    out->mass_beyond = (double)c.beyond / (double)n;
    out->mass_beyond_1_percent = (double)c.beyond_1 / (double)n;
    out->mass_beyond_10_percent = (double)c.beyond_10 / (double)n;
    out->by_grid = c.by_grid;
    out->by_line = n - c.by_grid;
}

mutau_status mutau_validity_measure(const mutau_pool *pool, const mutau_run_settings *settings,
                                    double scratch[], mutau_validity *out, mutau_error *err)
{
    const double none = (double)NAN;
    const size_t n = pool->n_row * pool->n_column;
    mutau_flux *flux = NULL;
    *out = (mutau_validity){.limit = none,
                            .depth_max = none,
                            .mass = none,
                            .mass_beyond = none,
                            .mass_beyond_1_percent = none,
                            .mass_beyond_10_percent = none};
    if (mutau_run_settings_has_target(settings))
        return MUTAU_OK;
    out->limit = mutau_run_settings_tail_limit(settings);
    out->solver = mutau_solver_at(settings->model.solver);
    MUTAU_CHECK(mutau_stored_has_flux(pool->chains[0], &out->matters, err));
    double *m = mutau_calloc(n, sizeof *m);
    if (m == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", n);
    mutau_status status = flux_of(&settings->model, &flux, err);
    if (status == MUTAU_OK)
        status = mutau_points_read(pool, settings, settings->places.mass, m, err);
    if (status == MUTAU_OK)
        status = mutau_points_read(pool, settings, settings->places.coupling, scratch, err);
    if (status == MUTAU_OK)
        count_all(settings, flux, n, m, scratch, out);
    mutau_flux_free(flux);
    free(m);
    return status;
}

bool mutau_validity_problem(const mutau_validity *v, char text[MUTAU_VALIDITY_TEXT_SIZE])
{
    text[0] = '\0';
    if (!v->matters || !(v->mass_beyond > MOST))
        return false;
    const double at[] = {1e-3, 6e-3, 0.06};
    double off[3]; /* per cent; the line is the one solver with a limit */
    for (size_t i = 0; i < 3; i++)
        off[i] = 100.0 * mutau_resonance_bin_error(at[i]);
    (void)snprintf(
        text, MUTAU_VALIDITY_TEXT_SIZE,
        "%.3g %% of the posterior lies where the model is not valid: scattering off the "
        "resonance, which the %s solver leaves out, has a depth T above %g there (at "
        "most %.2g). Bins are off by %.1g %% at T = %g, %.1g %% at %g and %.1g %% at %g. "
        "Sample with model.solver: auto, narrow the priors of %s and %s (T goes as g'^4/m^2), or "
        "accept more by a larger model.tail_tolerance.",
        100.0 * v->mass_beyond, v->solver->name, v->limit, v->depth_max, off[0], at[0], off[1],
        at[1], off[2], at[2], mutau_mediator_parameters[MUTAU_MEDIATOR_COUPLING].name,
        mutau_mediator_parameters[MUTAU_MEDIATOR_MASS].name);
    return true;
}
