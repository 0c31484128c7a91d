/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Background and constants: relations between the units, quoted values, limits. */
#include "check.h"

#include "physics/cosmology.h"
#include "base/units.h"

/* Quoted values are those of CODATA 2018 and IAU 2012/2015, to the digits printed there. */
static void units_are_related(void **state)
{
    (void)state;
    CHECK_REL(MUTAU_HBAR_EV_S, 6.582119569e-16, 1e-9);
    CHECK_REL(MUTAU_HBARC_EV_CM, 197.3269804e6 * 1e-13, 1e-9); /* MeV fm */
    CHECK_REL(MUTAU_HBARC_EV_CM / MUTAU_HBAR_EV_S, 2.99792458e10, 1e-15);
    CHECK_REL(MUTAU_PARSEC_M, 3.0856775814913673e16, 1e-15);
    CHECK_REL(MUTAU_KM_PER_MPC, 3.0856775814913673e19, 1e-15);
    /* a parsec subtends an astronomical unit under one second of arc */
    CHECK_REL(MUTAU_ASTRONOMICAL_UNIT_M / MUTAU_PARSEC_M, MUTAU_PI / (180.0 * 3600.0), 1e-15);
    CHECK_REL(MUTAU_PI, acos(-1.0), 1e-16);
    CHECK_REL(MUTAU_EV_PER_GEV, 1e3 * MUTAU_EV_PER_MEV, 0.0);
}

static void density_and_hubble_in_ev(void **state)
{
    (void)state;
    CHECK_REL(mutau_cosmology_density_ev3(56.0), 56.0 * pow(1.973269804e-5, 3.0), 1e-9);
    CHECK_REL(mutau_cosmology_density_ev3(56.0), 4.3029e-13, 4e-5); /* often quoted so */
    CHECK_REL(mutau_cosmology_hubble_ev(70.0), 1.4932e-33, 2e-5);
    CHECK_REL(mutau_cosmology_density_ev3(2.385), 2.385 / 56.0 * mutau_cosmology_density_ev3(56.0),
              1e-15);
    /* Relic density from the temperature T = (4/11)^(1/3) 2.7255 K of the CMB:
     * n = 3 zeta(3)/(4 pi^2) T^3 per state and helicity. */
    const double boltzmann_ev_per_k = 8.617333262e-5;
    const double t_ev = cbrt(4.0 / 11.0) * 2.7255 * boltzmann_ev_per_k;
    const double n = 0.75 * 1.2020569031595942 / (MUTAU_PI * MUTAU_PI) * t_ev * t_ev * t_ev;
    CHECK_REL(mutau_cosmology_density_ev3(MUTAU_RELIC_DENSITY_PER_CM3), n, 2e-3);
}

static void expansion_limits(void **state)
{
    (void)state;
    CHECK_REL(mutau_cosmology_expansion(0.308, 1.0), 1.0, 1e-15);
    CHECK_REL(mutau_cosmology_expansion(1.0, 2.385), pow(2.385, 1.5), 1e-15);
    CHECK_REL(mutau_cosmology_expansion(0.0, 2.385), 1.0, 1e-15);
    CHECK_REL(mutau_cosmology_expansion(0.308, 6.0), sqrt(0.308 * 216.0 + 0.692), 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_related),
        cmocka_unit_test(density_and_hubble_in_ev),
        cmocka_unit_test(expansion_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
