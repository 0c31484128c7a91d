/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file units.h
 * Physical constants and unit factors.  Derived ones are computed; the test of
 * this header checks the relations between them.
 */
#ifndef MUTAU_UNITS_H
#define MUTAU_UNITS_H

#define MUTAU_PI 3.14159265358979323846

/* Exact in the SI of 2019 (BIPM, SI Brochure, 9th edition). */
#define MUTAU_SPEED_OF_LIGHT_M_PER_S 299792458.0
#define MUTAU_PLANCK_J_S 6.62607015e-34
#define MUTAU_ELEMENTARY_CHARGE_C 1.602176634e-19

/* Parsec from the astronomical unit (IAU 2012 B2, 2015 B2). */
#define MUTAU_ASTRONOMICAL_UNIT_M 149597870700.0
#define MUTAU_PARSEC_M (MUTAU_ASTRONOMICAL_UNIT_M * 648000.0 / MUTAU_PI)
#define MUTAU_KM_PER_MPC (MUTAU_PARSEC_M * 1e3)

/** hbar in eV s. */
#define MUTAU_HBAR_EV_S (MUTAU_PLANCK_J_S / (2.0 * MUTAU_PI) / MUTAU_ELEMENTARY_CHARGE_C)
/** hbar c in eV cm. */
#define MUTAU_HBARC_EV_CM (MUTAU_HBAR_EV_S * MUTAU_SPEED_OF_LIGHT_M_PER_S * 100.0)

/** Muon mass in MeV (CODATA 2018: 105.6583755(23)). */
#define MUTAU_MUON_MASS_MEV 105.6583755

#define MUTAU_EV_PER_MEV 1e6
#define MUTAU_EV_PER_GEV 1e9

#endif
