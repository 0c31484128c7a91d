/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facade of the physics: run-file settings and model parameters in, flux out;
 * documented in mutau/flux.h. */
#include "mutau/flux.h"

#include <math.h>
#include <stdlib.h>

#include "mutau/cosmology.h"
#include "mutau/mediator.h"
#include "mutau/mem.h"
#include "mutau/mixing.h"
#include "mutau/resonance.h"
#include "mutau/spectrum.h"
#include "mutau/units.h"

static const char *const ordering_names[] = {"normal", "inverted", NULL};

#define SETTING(field) offsetof(mutau_flux_settings, field)

const mutau_option mutau_neutrino_options[] = {
    {.key = "mixing",
     .type = MUTAU_OPTION_CHOICE,
     .offset = SETTING(mixing),
     .choices = mutau_mixing_names,
     .doc = "global fit of angles and splittings; -sk: with Super-Kamiokande atmospheric data"},
    {.key = "ordering",
     .type = MUTAU_OPTION_CHOICE,
     .offset = SETTING(ordering),
     .choices = ordering_names,
     .doc = "neutrino mass ordering"},
};
const size_t mutau_neutrino_option_count =
    sizeof mutau_neutrino_options / sizeof mutau_neutrino_options[0];

const mutau_option mutau_cosmology_options[] = {
    {.key = "h0",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(h0),
     .min = 10.0,
     .max = 200.0,
     .def = 70.0,
     .unit = "km/s/Mpc",
     .doc = "Hubble constant"},
    {.key = "omega_m",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(omega_m),
     .min = 0.0,
     .max = 1.0,
     .def = 0.308,
     .doc = "matter share; the universe is flat, the rest is a cosmological constant"},
};
const size_t mutau_cosmology_option_count =
    sizeof mutau_cosmology_options / sizeof mutau_cosmology_options[0];

const mutau_option mutau_source_options[] = {
    {.key = "evolution",
     .type = MUTAU_OPTION_CHOICE,
     .offset = SETTING(evolution),
     .choices = mutau_evolution_names,
     .doc = "history of the sources' density (yuksel2008: star formation, arXiv:0804.4008)"},
    {.key = "z_max",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(z_max),
     .min = 0.1,
     .max = 10.0,
     .def = 5.0,
     .doc = "largest redshift of a source"},
};
const size_t mutau_source_option_count =
    sizeof mutau_source_options / sizeof mutau_source_options[0];

struct mutau_flux {
    mutau_resonance *resonance;
    mutau_mixing mixing;
    mutau_mediator mediator;
    double density_over_hubble; /* eV^2 */
    double probability[3][3];   /* |U|^2 [flavour][state] */
    bool sum_fixed;
    double fixed_sum_ev, fixed_mass_ev[3];
    size_t n_bin;
};

struct mutau_flux_workspace {
    mutau_resonance_workspace *resonance;
};

static mutau_status settings_check(const mutau_flux_settings *s, mutau_error *err)
{
    if (mutau_mixing_preset(s->mixing, s->ordering) == NULL)
        return mutau_error_set(err, MUTAU_EDOM, "no mixing preset %d with ordering %d", s->mixing,
                               s->ordering);
    if (s->crossing != MUTAU_CROSSING_EXACT && s->crossing != MUTAU_CROSSING_IMPLICIT_EULER)
        return mutau_error_set(err, MUTAU_EDOM, "unknown crossing %d", s->crossing);
    if (s->evolution != MUTAU_EVOLUTION_YUKSEL2008)
        return mutau_error_set(err, MUTAU_EDOM, "unknown source evolution %d", s->evolution);
    if (!(s->h0 > 0.0) || !isfinite(s->h0))
        return mutau_error_set(err, MUTAU_EDOM, "h0 = %g km/s/Mpc: must be positive", s->h0);
    return MUTAU_OK;
}

static mutau_status flux_init(mutau_flux *flux, const mutau_flux_settings *s, double sum_mnu_ev,
                              mutau_error *err)
{
    flux->mixing = *mutau_mixing_preset(s->mixing, s->ordering);
    MUTAU_CHECK(mutau_mixing_masses(&flux->mixing, sum_mnu_ev, flux->fixed_mass_ev, err));
    const mutau_mixing_matrix matrix = mutau_mixing_unitary(&flux->mixing);
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++)
            flux->probability[a][i] = creal(matrix.u[a][i] * conj(matrix.u[a][i]));
    MUTAU_CHECK(mutau_mediator_init((mutau_mediator_kind)s->mediator,
                                    (mutau_cross_section)s->cross_section, &matrix, &flux->mediator,
                                    err));
    flux->density_over_hubble = mutau_cosmology_density_ev3(flux->mediator.target_per_cm3) /
                                mutau_cosmology_hubble_ev(s->h0);
    return MUTAU_OK;
}

/* Bins with state weights: sum_alpha w_alpha |U_alpha,i|^2. */
static mutau_resonance_bin *state_bins(const mutau_flux *flux, size_t n_bin,
                                       const mutau_flux_bin bins[])
{
    mutau_resonance_bin *out = mutau_calloc(n_bin, sizeof *out);
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

mutau_status mutau_flux_alloc(const mutau_flux_settings *settings, double sum_mnu_ev,
                              bool sum_mnu_fixed, size_t n_bin, const mutau_flux_bin bins[],
                              mutau_flux **out, mutau_error *err)
{
    MUTAU_CHECK(settings_check(settings, err));
    mutau_resonance_bin *prepared = NULL;
    mutau_flux *flux = mutau_calloc(1, sizeof *flux);
    if (flux == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "flux: out of memory");
    flux->sum_fixed = sum_mnu_fixed;
    flux->fixed_sum_ev = sum_mnu_ev;
    flux->n_bin = n_bin;
    mutau_status status = flux_init(flux, settings, sum_mnu_ev, err);
    if (status != MUTAU_OK)
        goto error;
    prepared = state_bins(flux, n_bin, bins);
    if (prepared == NULL) {
        status = mutau_error_set(err, MUTAU_ENOMEM, "flux, %zu bins: out of memory", n_bin);
        goto error;
    }
    const mutau_resonance_settings inner = {
        .mediator = flux->mediator,
        .crossing = (mutau_crossing)settings->crossing,
        .density_over_hubble = flux->density_over_hubble,
        .omega_m = settings->omega_m,
        .evolution = (mutau_evolution)settings->evolution,
        .z_max = settings->z_max,
        .norm = MUTAU_SPECTRUM_NORM,
    };
    status = mutau_resonance_alloc(&inner, n_bin, prepared, &flux->resonance, err);
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
    mutau_resonance_free(flux->resonance);
    free(flux);
}

mutau_flux_workspace *mutau_flux_workspace_alloc(const mutau_flux *flux)
{
    mutau_flux_workspace *ws = mutau_calloc_lines(1, sizeof *ws);
    if (ws == NULL)
        return NULL;
    ws->resonance = mutau_resonance_workspace_alloc(flux->resonance);
    if (ws->resonance == NULL) {
        mutau_flux_workspace_free(ws);
        return NULL;
    }
    return ws;
}

void mutau_flux_workspace_free(mutau_flux_workspace *ws)
{
    if (ws == NULL)
        return;
    mutau_resonance_workspace_free(ws->resonance);
    free(ws);
}

double mutau_flux_sum_mnu_min(int mixing, int ordering)
{
    const mutau_mixing *preset = mutau_mixing_preset(mixing, ordering);
    return preset != NULL ? mutau_mixing_sum_min(preset) : (double)NAN;
}

static mutau_status parameters_check(const mutau_flux_parameters *at, mutau_error *err)
{
    if (!(at->m_zprime_mev > 0.0) || !isfinite(at->m_zprime_mev))
        return mutau_error_set(err, MUTAU_EDOM, "m_zprime = %g MeV: must be positive and finite",
                               at->m_zprime_mev);
    if (!(at->g_prime >= 0.0) || !isfinite(at->g_prime))
        return mutau_error_set(err, MUTAU_EDOM, "g_prime = %g: must be finite and not negative",
                               at->g_prime);
    if (!(at->amplitude >= 0.0) || !isfinite(at->amplitude))
        return mutau_error_set(err, MUTAU_EDOM, "A = %g: must be finite and not negative",
                               at->amplitude);
    if (!isfinite(at->gamma))
        return mutau_error_set(err, MUTAU_EDOM, "gamma = %g: must be finite", at->gamma);
    return MUTAU_OK;
}

static mutau_status solve(const mutau_flux *flux, mutau_flux_workspace *ws,
                          const mutau_flux_parameters *at, mutau_error *err)
{
    MUTAU_CHECK(parameters_check(at, err));
    mutau_resonance_point point = {.m_ev = at->m_zprime_mev * MUTAU_EV_PER_MEV,
                                   .g = at->g_prime,
                                   .amplitude = at->amplitude,
                                   .gamma = at->gamma};
    if (flux->sum_fixed && fabs(at->sum_mnu_ev - flux->fixed_sum_ev) <= 0.0)
        for (int i = 0; i < 3; i++)
            point.mass_ev[i] = flux->fixed_mass_ev[i];
    else
        MUTAU_CHECK(mutau_mixing_masses(&flux->mixing, at->sum_mnu_ev, point.mass_ev, err));
    mutau_resonance_solve(flux->resonance, ws->resonance, &point);
    return MUTAU_OK;
}

/* The failure to report when a result is not finite, with the whole point. */
static mutau_status not_finite(const mutau_flux_parameters *at, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENAN,
                           "the flux is not finite at m_zprime = %.17g MeV, g_prime = %.17g, "
                           "A = %.17g, gamma = %.17g, sum_mnu = %.17g eV",
                           at->m_zprime_mev, at->g_prime, at->amplitude, at->gamma, at->sum_mnu_ev);
}

mutau_status mutau_flux_bins(const mutau_flux *flux, mutau_flux_workspace *ws,
                             const mutau_flux_parameters *at, double n[], mutau_error *err)
{
    MUTAU_CHECK(solve(flux, ws, at, err));
    mutau_resonance_bins(flux->resonance, ws->resonance, n);
    for (size_t b = 0; b < flux->n_bin; b++)
        if (!isfinite(n[b]))
            return not_finite(at, err);
    return MUTAU_OK;
}

mutau_status mutau_flux_spectrum(const mutau_flux *flux, mutau_flux_workspace *ws,
                                 const mutau_flux_parameters *at, size_t n,
                                 const double energy_gev[], double flavour[], double state[],
                                 mutau_error *err)
{
    MUTAU_CHECK(solve(flux, ws, at, err));
    for (size_t k = 0; k < n; k++) {
        if (!(energy_gev[k] > 0.0) || !isfinite(energy_gev[k]))
            return mutau_error_set(err, MUTAU_EDOM, "energy %g GeV: must be positive and finite",
                                   energy_gev[k]);
        double phi[3];
        mutau_resonance_spectrum(flux->resonance, ws->resonance, energy_gev[k], phi);
        if (!isfinite(phi[0] + phi[1] + phi[2]))
            return not_finite(at, err);
        for (int i = 0; state != NULL && i < 3; i++)
            state[3 * k + (size_t)i] = phi[i];
        for (int a = 0; flavour != NULL && a < 3; a++) {
            const double *p = flux->probability[a];
            flavour[3 * k + (size_t)a] = p[0] * phi[0] + p[1] * phi[1] + p[2] * phi[2];
        }
    }
    return MUTAU_OK;
}

double mutau_flux_tail_depth(const mutau_flux *flux, const mutau_flux_parameters *at)
{
    const double m_ev = at->m_zprime_mev * MUTAU_EV_PER_MEV, g2 = at->g_prime * at->g_prime;
    return 4.0 * flux->density_over_hubble * flux->mediator.kappa * g2 * g2 / (m_ev * m_ev);
}
