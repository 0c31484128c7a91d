/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expansion and relic density; documented in physics/cosmology.h. */
#include "physics/cosmology.h"

#include <math.h>
#include <stddef.h>

#include "base/units.h"

const mutau_option mutau_cosmology_options[] = {
    {.key = "h0",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_cosmology_settings, h0),
     .min = 10.0,
     .max = 200.0,
     .def = 70.0,
     .unit = "km/s/Mpc",
     .doc = "Hubble constant"},
    {.key = "omega_m",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_cosmology_settings, omega_m),
     .min = 0.0,
     .max = 1.0,
     .def = 0.308,
     .doc = "matter share; the universe is flat, the rest is a cosmological constant"},
};
const size_t mutau_cosmology_option_count =
    sizeof mutau_cosmology_options / sizeof mutau_cosmology_options[0];

double mutau_cosmology_expansion(double omega_m, double one_plus_z)
{
    return sqrt(omega_m * one_plus_z * one_plus_z * one_plus_z + (1.0 - omega_m));
}

double mutau_cosmology_hubble_ev(double h0)
{
    return h0 / MUTAU_KM_PER_MPC * MUTAU_HBAR_EV_S;
}

double mutau_cosmology_density_ev3(double n)
{
    return n * MUTAU_HBARC_EV_CM * MUTAU_HBARC_EV_CM * MUTAU_HBARC_EV_CM;
}
