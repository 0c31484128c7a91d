/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facade of the physics: run-file settings and model parameters in, flux out;
 * documented in physics/flux.h. */
#include "physics/flux.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "physics/spectrum.h"
#include "base/units.h"

struct mutau_flux {
    const mutau_solver_type *type;
    void *solver;
    mutau_parameter_set set;
    size_t first_mediator, first_source, first_neutrino; /* where each part begins in the set */
    size_t first_flavour;                                /* of free flavours */
    bool at_earth;
    const mutau_spectrum_type *spectrum;
    mutau_spectrum_settings spectrum_options;
    double *shape; /* p[] of a spectrum by a table; else NULL */
    mutau_mixing mixing;
    double probability[3][3]; /* |U|^2 [flavour][state] */
    mutau_flavour flavour;
    double fixed_excess[3]; /* of the states, unless the flavours are free */
    bool sum_fixed;
    double fixed_sum_ev, fixed_mass_ev[3];
    size_t n_bin;
    const mutau_solver_rows *rows; /* of the table */
    mutau_row_table *table;        /* NULL: there is none */
};

struct mutau_flux_workspace {
    const mutau_solver_type *type;
    void *solver;
    mutau_row_scratch *scratch; /* of the table; NULL without one */
};

mutau_status mutau_flux_parameter_set(const mutau_flux_settings *settings, mutau_parameter_set *out,
                                      mutau_error *err)
{
    const mutau_spectrum_type *spectrum = mutau_spectrum_at(settings->source.spectrum);
    *out = (mutau_parameter_set){.n = 0};
    if (spectrum == NULL)
        return mutau_error_set(err, MUTAU_EDOM, "unknown spectrum %d", settings->source.spectrum);
    if (!mutau_parameter_set_add(out, MUTAU_MEDIATOR_N_PARAMETER, mutau_mediator_parameters) ||
        !mutau_parameter_set_add(out, spectrum->n_parameter, spectrum->parameters) ||
        (settings->source.flavour.kind == MUTAU_FLAVOUR_FREE &&
         !mutau_parameter_set_add(out, MUTAU_FLAVOUR_N_PARAMETER, mutau_flavour_parameters)) ||
        !mutau_parameter_set_add(out, MUTAU_MIXING_N_PARAMETER, mutau_mixing_parameters))
        return mutau_error_set(err, MUTAU_EDOM, "spectrum %s: a parameter's name is taken",
                               spectrum->name);
    return MUTAU_OK;
}

bool mutau_flux_takes_coupling(const mutau_flux_settings *settings)
{
    return settings->source.frame == MUTAU_FRAME_SOURCE;
}

static mutau_status settings_check(const mutau_flux_settings *s, mutau_error *err)
{
    const mutau_neutrino_settings *n = &s->neutrinos;
    if (mutau_mixing_preset(n->mixing, n->ordering) == NULL)
        return mutau_error_set(err, MUTAU_EDOM, "no mixing preset %d with ordering %d", n->mixing,
                               n->ordering);
    if (mutau_solver_at(s->solver) == NULL)
        return mutau_error_set(err, MUTAU_EDOM, "unknown solver %d", s->solver);
    if (s->crossing != MUTAU_CROSSING_EXACT && s->crossing != MUTAU_CROSSING_IMPLICIT_EULER)
        return mutau_error_set(err, MUTAU_EDOM, "unknown crossing %d", s->crossing);
    if (s->targets != MUTAU_TARGETS_COLD && s->targets != MUTAU_TARGETS_THERMAL)
        return mutau_error_set(err, MUTAU_EDOM, "unknown targets %d", s->targets);
    if (s->targets == MUTAU_TARGETS_THERMAL && mutau_solver_at(s->solver) == &mutau_solver_line)
        return mutau_error_set(err, MUTAU_EDOM,
                               "the line solver has targets at rest: thermal ones need the grid");
    if (!(s->tolerance >= 0.0) || !(s->tail_tolerance >= 0.0))
        return mutau_error_set(err, MUTAU_EDOM, "tolerances %g, %g: must not be negative",
                               s->tolerance, s->tail_tolerance);
    if (!(s->cosmology.h0 > 0.0) || !isfinite(s->cosmology.h0))
        return mutau_error_set(err, MUTAU_EDOM, "h0 = %g km/s/Mpc: must be positive",
                               s->cosmology.h0);
    return mutau_flavour_check(&s->source.flavour, err);
}

/* What the sources emit of each state; natural[] is of free flavours. */
static mutau_status excess_at(const mutau_flux *flux, const double natural[], double excess[3],
                              mutau_error *err)
{
    double share[3];
    mutau_flavour_shares(&flux->flavour, natural, share);
    if (!(share[2] >= -MUTAU_FLAVOUR_ROUNDING))
        return mutau_error_set(
            err, MUTAU_EDOM, "shares of e and mu at the source, together %.17g: must be at most 1",
            share[0] + share[1]);
    mutau_flavour_excess(share, flux->probability, excess);
    return MUTAU_OK;
}

/* The set, and the solver's settings but for the bins. */
static mutau_status flux_init(mutau_flux *flux, const mutau_flux_settings *s, double sum_mnu_ev,
                              mutau_solver_settings *inner, mutau_error *err)
{
    const mutau_spectrum_type *spectrum = mutau_spectrum_at(s->source.spectrum);
    MUTAU_CHECK(mutau_flux_parameter_set(s, &flux->set, err));
    flux->first_mediator = mutau_parameter_set_first(&flux->set, mutau_mediator_parameters);
    flux->first_source = mutau_parameter_set_first(&flux->set, spectrum->parameters);
    flux->first_neutrino = mutau_parameter_set_first(&flux->set, mutau_mixing_parameters);
    flux->first_flavour = mutau_parameter_set_first(&flux->set, mutau_flavour_parameters);
    flux->spectrum = spectrum;
    flux->at_earth = s->source.frame == MUTAU_FRAME_EARTH;
    flux->spectrum_options = s->source.options;
    if (spectrum->tabulate != NULL)
        MUTAU_CHECK(spectrum->tabulate(&s->source.table, &flux->shape, err));
    flux->mixing = *mutau_mixing_preset(s->neutrinos.mixing, s->neutrinos.ordering);
    MUTAU_CHECK(mutau_mixing_masses(&flux->mixing, sum_mnu_ev, flux->fixed_mass_ev, err));
    const mutau_mixing_matrix matrix = mutau_mixing_unitary(&flux->mixing);
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++)
            flux->probability[a][i] = creal(matrix.u[a][i] * conj(matrix.u[a][i]));
    flux->flavour = s->source.flavour;
    if (flux->flavour.kind != MUTAU_FLAVOUR_FREE)
        MUTAU_CHECK(excess_at(flux, NULL, flux->fixed_excess, err));
    *inner = (mutau_solver_settings){
        .crossing = (mutau_crossing)s->crossing,
        .omega_m = s->cosmology.omega_m,
        .evolution = s->source.evolution,
        .z_max = s->source.z_max,
        .spectrum = spectrum,
        .shape = flux->shape,
        .at_earth = s->source.frame == MUTAU_FRAME_EARTH,
        .norm = MUTAU_SPECTRUM_NORM,
        .with_rows = s->table && s->cells == 0 && flux->sum_fixed &&
                     flux->flavour.kind != MUTAU_FLAVOUR_FREE,
        .cells = s->cells,
        .tolerance = s->tolerance,
        .tail_tolerance = s->tail_tolerance,
        .targets = (mutau_targets)s->targets,
    };
    memcpy(inner->mass_ev, flux->fixed_mass_ev, sizeof inner->mass_ev);
    memcpy(inner->excess, flux->fixed_excess, sizeof inner->excess);
    MUTAU_CHECK(mutau_mediator_init((mutau_mediator_kind)s->mediator,
                                    (mutau_cross_section)s->cross_section, &matrix,
                                    &inner->mediator, err));
    inner->density_over_hubble = mutau_cosmology_density_ev3(inner->mediator.target_per_cm3) /
                                 mutau_cosmology_hubble_ev(s->cosmology.h0);
    return MUTAU_OK;
}

/* Bins with state weights: sum_alpha w_alpha |U_alpha,i|^2. */
static mutau_solver_bin *state_bins(const mutau_flux *flux, size_t n_bin,
                                    const mutau_flux_bin bins[])
{
    mutau_solver_bin *out = mutau_calloc(n_bin, sizeof *out);
    if (out == NULL)
        return NULL;
    for (size_t b = 0; b < n_bin; b++) {
        out[b].e_lo_gev = bins[b].e_lo_gev;
        out[b].e_hi_gev = bins[b].e_hi_gev;
        for (int i = 0; i < 3; i++)
            for (int a = 0; a < 3; a++)
                out[b].weight[i] += bins[b].weight[a] * flux->probability[a][i];
    }
    return out;
}

/* Where the solver has rows for its configuration. */
static mutau_status table_alloc(mutau_flux *flux, mutau_error *err)
{
    const mutau_solver_rows *rows =
        flux->type->rows_of != NULL ? flux->type->rows_of(flux->solver) : flux->type->rows;
    const size_t size = rows != NULL ? rows->size(flux->solver) : 0;
    if (size == 0)
        return MUTAU_OK;
    mutau_row_source source = {.n_coordinate = rows->n_coordinate,
                               .n_value = size,
                               .fill = rows->fill,
                               .self = flux->solver};
    memcpy(source.step, rows->step, sizeof source.step);
    flux->rows = rows;
    return mutau_row_table_alloc(&source, MUTAU_FLUX_TABLE_BYTES, &flux->table, err);
}

mutau_status mutau_flux_alloc(const mutau_flux_settings *settings, double sum_mnu_ev,
                              bool sum_mnu_fixed, size_t n_bin, const mutau_flux_bin bins[],
                              mutau_flux **out, mutau_error *err)
{
    MUTAU_CHECK(settings_check(settings, err));
    mutau_solver_bin *prepared = NULL;
    mutau_solver_settings inner;
    mutau_flux *flux = mutau_calloc(1, sizeof *flux);
    if (flux == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "flux: out of memory");
    flux->type = mutau_solver_at(settings->solver);
    flux->sum_fixed = sum_mnu_fixed;
    flux->fixed_sum_ev = sum_mnu_ev;
    flux->n_bin = n_bin;
    mutau_status status = flux_init(flux, settings, sum_mnu_ev, &inner, err);
    if (status != MUTAU_OK)
        goto error;
    prepared = state_bins(flux, n_bin, bins);
    if (prepared == NULL) {
        status = mutau_error_set(err, MUTAU_ENOMEM, "flux, %zu bins: out of memory", n_bin);
        goto error;
    }
    status = flux->type->alloc(&inner, n_bin, prepared, &flux->solver, err);
    if (status == MUTAU_OK && inner.with_rows)
        status = table_alloc(flux, err);
    if (status != MUTAU_OK)
        goto error;
    free(prepared);
    *out = flux;
    return MUTAU_OK;
error:
    free(prepared);
    mutau_flux_free(flux);
    return status;
}

void mutau_flux_free(mutau_flux *flux)
{
    if (flux == NULL)
        return;
    mutau_row_table_free(flux->table);
    flux->type->free(flux->solver);
    free(flux->shape);
    free(flux);
}

mutau_flux_workspace *mutau_flux_workspace_alloc(const mutau_flux *flux)
{
    mutau_flux_workspace *ws = mutau_calloc_lines(1, sizeof *ws);
    if (ws == NULL)
        return NULL;
    ws->type = flux->type;
    ws->solver = flux->type->workspace_alloc(flux->solver);
    if (flux->table != NULL)
        ws->scratch = mutau_row_scratch_alloc(flux->table);
    if (ws->solver == NULL || (flux->table != NULL && ws->scratch == NULL)) {
        mutau_flux_workspace_free(ws);
        return NULL;
    }
    return ws;
}

void mutau_flux_workspace_free(mutau_flux_workspace *ws)
{
    if (ws == NULL)
        return;
    ws->type->workspace_free(ws->solver);
    mutau_row_scratch_free(ws->scratch);
    free(ws);
}

double mutau_flux_sum_mnu_min(int mixing, int ordering)
{
    const mutau_mixing *preset = mutau_mixing_preset(mixing, ordering);
    return preset != NULL ? mutau_mixing_sum_min(preset) : (double)NAN;
}

static mutau_status parameters_check(const mutau_parameter_set *set, const double at[],
                                     mutau_error *err)
{
    size_t i = 0;
    while (i < set->n && mutau_parameter_spec_allows(set->spec[i], at[i]))
        i++;
    if (i == set->n)
        return MUTAU_OK;
    char must[MUTAU_PARAMETER_MUST_SIZE];
    const mutau_parameter_spec *spec = set->spec[i];
    mutau_parameter_spec_must(spec, must);
    return mutau_error_set(err, MUTAU_EDOM, "%s = %g%s%s: must be %s", spec->name, at[i],
                           spec->unit[0] != '\0' ? " " : "", spec->unit, must);
}

static mutau_solver_point boson_at(const mutau_flux *flux, const double at[])
{
    const double *mediator = at + flux->first_mediator;
    return (mutau_solver_point){.m_ev = mediator[MUTAU_MEDIATOR_MASS] * MUTAU_EV_PER_MEV,
                                .g = mediator[MUTAU_MEDIATOR_COUPLING]};
}

static mutau_status point_at(const mutau_flux *flux, const double at[], mutau_solver_point *point,
                             mutau_error *err)
{
    MUTAU_CHECK(parameters_check(&flux->set, at, err));
    if (flux->at_earth && at[flux->first_mediator + MUTAU_MEDIATOR_COUPLING] > 0.0)
        return mutau_error_set(err, MUTAU_EDOM, "a spectrum at Earth has no boson: %s must be 0",
                               mutau_mediator_parameters[MUTAU_MEDIATOR_COUPLING].name);
    const double sum_ev = at[flux->first_neutrino + MUTAU_MIXING_SUM];
    *point = boson_at(flux, at);
    mutau_spectrum_resolve(flux->spectrum, &flux->spectrum_options, at + flux->first_source,
                           point->source);
    if (flux->flavour.kind == MUTAU_FLAVOUR_FREE)
        MUTAU_CHECK(excess_at(flux, at + flux->first_flavour, point->excess, err));
    else
        memcpy(point->excess, flux->fixed_excess, sizeof point->excess);
    if (!flux->sum_fixed || !(fabs(sum_ev - flux->fixed_sum_ev) <= 0.0))
        return mutau_mixing_masses(&flux->mixing, sum_ev, point->mass_ev, err);
    for (int i = 0; i < 3; i++)
        point->mass_ev[i] = flux->fixed_mass_ev[i];
    return MUTAU_OK;
}

static mutau_status solve(const mutau_flux *flux, mutau_flux_workspace *ws, const double at[],
                          mutau_error *err)
{
    mutau_solver_point point;
    MUTAU_CHECK(point_at(flux, at, &point, err));
    return flux->type->solve(flux->solver, ws->solver, &point, err);
}

/* The failure to report when a result is not finite, with the whole point. */
static mutau_status not_finite(const mutau_flux *flux, const double at[], mutau_error *err)
{
    char text[MUTAU_ERROR_SIZE] = "";
    size_t used = 0;
    for (size_t i = 0; i < flux->set.n && used < sizeof text; i++) {
        const mutau_parameter_spec *spec = flux->set.spec[i];
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s = %.17g%s%s", i > 0 ? ", " : "",
                             spec->name, at[i], spec->unit[0] != '\0' ? " " : "", spec->unit);
    }
    return mutau_error_set(err, MUTAU_ENAN, "the flux is not finite at %s", text);
}

static mutau_status check_bins(const mutau_flux *flux, const double at[], const double n[],
                               mutau_error *err)
{
    for (size_t b = 0; b < flux->n_bin; b++)
        if (!isfinite(n[b]))
            return not_finite(flux, at, err);
    return MUTAU_OK;
}

mutau_status mutau_flux_bins(const mutau_flux *flux, mutau_flux_workspace *ws, const double at[],
                             double n[], mutau_error *err)
{
    MUTAU_CHECK(solve(flux, ws, at, err));
    flux->type->bins(flux->solver, ws->solver, n);
    return check_bins(flux, at, n, err);
}

mutau_status mutau_flux_bins_scaled(const mutau_flux *flux, mutau_flux_workspace *ws,
                                    const double at[], const double ln_scale[], double n[],
                                    mutau_error *err)
{
    MUTAU_CHECK(solve(flux, ws, at, err));
    flux->type->bins_scaled(flux->solver, ws->solver, ln_scale, n);
    return check_bins(flux, at, n, err);
}

mutau_status mutau_flux_bins_of_many(const mutau_flux *flux, mutau_flux_workspace *ws,
                                     const double at[], double n[], mutau_error *err)
{
    const mutau_solver_rows *rows = flux->rows;
    mutau_solver_point point;
    double place[MUTAU_ROW_MAX_COORDINATES];
    mutau_row_blend blend;
    MUTAU_CHECK(point_at(flux, at, &point, err));
    if (flux->table != NULL && rows->place(flux->solver, &point, place)) {
        MUTAU_CHECK(
            mutau_row_table_blend(flux->table, ws->scratch, ws->solver, place, &blend, err));
        rows->bins(flux->solver, ws->solver, &point, &blend, n);
    } else {
        MUTAU_CHECK(flux->type->solve(flux->solver, ws->solver, &point, err));
        flux->type->bins(flux->solver, ws->solver, n);
    }
    return check_bins(flux, at, n, err);
}

bool mutau_flux_has_table_at(const mutau_flux *flux, const double at[])
{
    mutau_solver_point point;
    double place[MUTAU_ROW_MAX_COORDINATES];
    return flux->table != NULL && point_at(flux, at, &point, NULL) == MUTAU_OK &&
           flux->rows->place(flux->solver, &point, place);
}

double mutau_flux_table_error(const mutau_flux *flux)
{
    return flux->table != NULL ? flux->rows->error(flux->solver) : 0.0;
}

mutau_status mutau_flux_spectrum(const mutau_flux *flux, mutau_flux_workspace *ws,
                                 const double at[], size_t n, const double energy_gev[],
                                 double flavour[], double state[], mutau_error *err)
{
    MUTAU_CHECK(solve(flux, ws, at, err));
    for (size_t k = 0; k < n; k++) {
        if (!(energy_gev[k] > 0.0) || !isfinite(energy_gev[k]))
            return mutau_error_set(err, MUTAU_EDOM, "energy %g GeV: must be positive and finite",
                                   energy_gev[k]);
        double phi[3];
        flux->type->spectrum(flux->solver, ws->solver, energy_gev[k], phi);
        if (!isfinite(phi[0] + phi[1] + phi[2]))
            return not_finite(flux, at, err);
        for (int i = 0; state != NULL && i < 3; i++)
            state[3 * k + (size_t)i] = phi[i];
        for (int a = 0; flavour != NULL && a < 3; a++) {
            const double *p = flux->probability[a];
            flavour[3 * k + (size_t)a] = p[0] * phi[0] + p[1] * phi[1] + p[2] * phi[2];
        }
    }
    return MUTAU_OK;
}

double mutau_flux_tail_depth(const mutau_flux *flux, const double at[])
{
    const mutau_solver_point point = boson_at(flux, at);
    return flux->type->depth(flux->solver, &point);
}

const mutau_solver_type *mutau_flux_solver_at(const mutau_flux *flux, const double at[])
{
    const mutau_solver_point point = boson_at(flux, at);
    return flux->type->chosen != NULL ? flux->type->chosen(flux->solver, &point) : flux->type;
}

double mutau_flux_bin_error(const mutau_flux *flux, const double at[])
{
    const mutau_solver_point point = boson_at(flux, at);
    return flux->type->bin_error(flux->solver, &point);
}

bool mutau_flux_is_costly_at(const mutau_flux *flux, const double at[])
{
    return mutau_flux_solver_at(flux, at)->costly && !mutau_flux_has_table_at(flux, at);
}
