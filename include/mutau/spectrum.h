/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file spectrum.h
 * The flux that would reach Earth without interactions,
 *  sum over states dPhi/dE = C A (E / 100 TeV)^-gamma,
 * shared equally by the three mass states, nu + nubar (the paper's eq. 9).
 * All functions are pure.
 */
#ifndef MUTAU_SPECTRUM_H
#define MUTAU_SPECTRUM_H

#include "mutau/parameter_set.h"

/** Its parameters, in this order: A and gamma. */
enum { MUTAU_POWER_LAW_A, MUTAU_POWER_LAW_GAMMA, MUTAU_POWER_LAW_N_PARAMETER };
extern const mutau_parameter_spec mutau_power_law_parameters[MUTAU_POWER_LAW_N_PARAMETER];

/** C in GeV^-1 cm^-2 s^-1 sr^-1: A = 1 is 1e-18 per flavour. */
#define MUTAU_SPECTRUM_NORM 3e-18
/** The energy at which C applies, in GeV. */
#define MUTAU_SPECTRUM_PIVOT_GEV 1e5

/** (E / 100 TeV)^-gamma. */
double mutau_spectrum_shape(double gamma, double energy_gev);

/** Its integral over e_lo_gev ... e_hi_gev in GeV, for callers that keep the logarithms:
 * ln_lo = ln(e_lo / 100 TeV) and width = ln(e_hi / e_lo) > 0.  gamma = 1 is nothing
 * special. */
double mutau_spectrum_integral(double gamma, double e_lo_gev, double ln_lo, double width);

#endif
