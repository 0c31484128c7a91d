/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file cosmology.h
 * The expanding background: Hubble rate, relic neutrino density.  The history of the sources is in
 * evolution.h.  Flat universe; radiation is left out (z <= 20 here).
 * All functions are pure, so any number of threads may call them.
 */
#ifndef MUTAU_COSMOLOGY_H
#define MUTAU_COSMOLOGY_H

#include <stddef.h>

#include "base/option.h"

/** The run file's model.cosmology. */
typedef struct mutau_cosmology_settings {
    double h0;      /**< km/s/Mpc */
    double omega_m; /**< flat: omega_lambda = 1 - omega_m */
} mutau_cosmology_settings;

/** Its options, with offsets into the settings. */
extern const mutau_option mutau_cosmology_options[];
extern const size_t mutau_cosmology_option_count;

/** Relic neutrinos per mass state and helicity today, in cm^-3 (T = 1.95 K). */
#define MUTAU_RELIC_DENSITY_PER_CM3 56.0

/** H(z)/H0 of a flat universe with matter share omega_m, 1 + z = one_plus_z. */
double mutau_cosmology_expansion(double omega_m, double one_plus_z);

/** The Hubble constant in eV; h0 in km/s/Mpc.  70 gives 1.4932e-33. */
double mutau_cosmology_hubble_ev(double h0);

/** A number density in eV^3; n in cm^-3.  56 gives 4.3029e-13. */
double mutau_cosmology_density_ev3(double n);

#endif
