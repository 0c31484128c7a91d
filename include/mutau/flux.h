/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file flux.h
 * From model parameters to the neutrino flux at Earth and its bin integrals: the
 * one door through which the rest of mutau uses the physics.
 */
#ifndef MUTAU_FLUX_H
#define MUTAU_FLUX_H

#include <stdbool.h>
#include <stddef.h>

#include "mutau/option.h"
#include "mutau/status.h"

typedef enum mutau_mediator_kind {
    MUTAU_MEDIATOR_LMU_LTAU, /**< Z' of gauged Lmu-Ltau */
    MUTAU_MEDIATOR_SCALAR_E, /**< Majorana scalar coupled to one flavour */
    MUTAU_MEDIATOR_SCALAR_MU,
    MUTAU_MEDIATOR_SCALAR_TAU
} mutau_mediator_kind;

typedef enum mutau_cross_section {
    MUTAU_CROSS_SECTION_PAPER,            /**< kappa = 2/(3 pi), 56 cm^-3 */
    MUTAU_CROSS_SECTION_UNITARY_MAJORANA, /**< 1/(6 pi), 112 x 1/2 */
    MUTAU_CROSS_SECTION_UNITARY_DIRAC     /**< 1/(6 pi), 56 x 1/2 */
} mutau_cross_section;

typedef enum mutau_crossing {
    MUTAU_CROSSING_EXACT,         /**< a line transmits exp(-tau) */
    MUTAU_CROSSING_IMPLICIT_EULER /**< 1/(1 + tau), what nuSIprop's step does */
} mutau_crossing;

typedef enum mutau_ordering { MUTAU_ORDERING_NORMAL, MUTAU_ORDERING_INVERTED } mutau_ordering;

/** Everything that is fixed for a run.  Filled through the option tables below. */
typedef struct mutau_flux_settings {
    int mediator;      /**< mutau_mediator_kind */
    int cross_section; /**< mutau_cross_section; ignored for a scalar */
    int crossing;      /**< mutau_crossing */
    int mixing;        /**< index into mutau_mixing_names */
    int ordering;      /**< mutau_ordering */
    double h0;         /**< km/s/Mpc */
    double omega_m;    /**< flat: omega_lambda = 1 - omega_m */
    int evolution;     /**< source evolution: 0 is yuksel2008 */
    double z_max;      /**< sources up to this redshift */
} mutau_flux_settings;

/** NULL-terminated names of the NuFIT presets ("nufit-5.0", ...). */
extern const char *const mutau_mixing_names[];

/** Option tables of the run file's model.neutrinos, model.cosmology, model.source,
 * with offsets into mutau_flux_settings. */
extern const mutau_option mutau_neutrino_options[];
extern const size_t mutau_neutrino_option_count;
extern const mutau_option mutau_cosmology_options[];
extern const size_t mutau_cosmology_option_count;
extern const mutau_option mutau_source_options[];
extern const size_t mutau_source_option_count;

/** A point of the model.  For a scalar mediator m_zprime_mev and g_prime are its mass and
 * coupling. */
typedef struct mutau_flux_parameters {
    double m_zprime_mev; /**< > 0 */
    double g_prime;      /**< >= 0 */
    double amplitude;    /**< A >= 0: all-flavour flux at 100 TeV in 3e-18 /GeV/cm2/s/sr */
    double gamma;        /**< spectral index */
    double sum_mnu_ev;   /**< >= mutau_flux_sum_mnu_min() */
} mutau_flux_parameters;

/** The weights of the flavours in a bin integral: sum_alpha weight[alpha] Phi_alpha. */
typedef struct mutau_flux_bin {
    double e_lo_gev, e_hi_gev;
    double weight[3]; /**< e, mu, tau */
} mutau_flux_bin;

typedef struct mutau_flux mutau_flux;                     /**< shared, read-only after alloc */
typedef struct mutau_flux_workspace mutau_flux_workspace; /**< one per thread */

/** Sets up everything that does not depend on the parameters.  With sum_mnu_fixed the
 * masses of `sum_mnu_ev` are computed here (a point with another sum is as right, but
 * slower); else it is any legal value.  bins[n_bin] are copied; n_bin may be 0.
 * MUTAU_EDOM: settings or bins out of range, sum below its minimum; MUTAU_ENOMEM. */
mutau_status mutau_flux_alloc(const mutau_flux_settings *settings, double sum_mnu_ev,
                              bool sum_mnu_fixed, size_t n_bin, const mutau_flux_bin bins[],
                              mutau_flux **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_flux_free(mutau_flux *flux);

/** NULL if no memory is left.  Serves every call with this `flux`. */
mutau_flux_workspace *mutau_flux_workspace_alloc(const mutau_flux *flux);
/** NULL allowed. */
void mutau_flux_workspace_free(mutau_flux_workspace *ws);

/** The least possible sum of the neutrino masses in eV for mixing preset and ordering;
 * NaN if there is no such preset or ordering. */
double mutau_flux_sum_mnu_min(int mixing, int ordering);

/** Bin integrals n[n_bin] of sum_alpha weight dPhi/dE in cm^-2 s^-1 sr^-1 (nu + nubar).
 * Allocates nothing.  MUTAU_EDOM for parameters outside the ranges above or NaN,
 * MUTAU_ENAN if a result is not finite.  The value does not depend on earlier calls. */
mutau_status mutau_flux_bins(const mutau_flux *flux, mutau_flux_workspace *ws,
                             const mutau_flux_parameters *at, double n[],
                             mutau_error *err) MUTAU_MUST_CHECK;

/** dPhi/dE at energy_gev[n]: flavour[n][3] (e, mu, tau) and state[n][3] (1, 2, 3),
 * either may be NULL, in GeV^-1 cm^-2 s^-1 sr^-1.  Errors as of mutau_flux_bins, and
 * MUTAU_EDOM for an energy that is not positive and finite. */
mutau_status mutau_flux_spectrum(const mutau_flux *flux, mutau_flux_workspace *ws,
                                 const mutau_flux_parameters *at, size_t n,
                                 const double energy_gev[], double flavour[], double state[],
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** Optical depth off resonance T = 4 (n0/H0) kappa g'^4/m^2, which measures the error
 * of the line picture (1e-4 per bin at 6e-6, 1 % at 1e-3, 5 % at 7.5e-3). */
double mutau_flux_tail_depth(const mutau_flux *flux, const mutau_flux_parameters *at);

#endif
