/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The injected power law; documented in mutau/spectrum.h. */
#include "mutau/spectrum.h"

#include <math.h>

const mutau_parameter_spec mutau_power_law_parameters[MUTAU_POWER_LAW_N_PARAMETER] = {
    [MUTAU_POWER_LAW_A] = {.name = "A",
                           .unit = "",
                           .latex = "A",
                           .doc = "injected flux at 100 TeV: 1 is 3e-18 /GeV/cm^2/s/sr, 1e-18 of "
                                  "each flavour",
                           .highest = (double)INFINITY,
                           .default_prior = "{prior: uniform, min: 0.1, max: 2.5}",
                           .plausible = MUTAU_PLAUSIBLE_AMPLITUDE},
    [MUTAU_POWER_LAW_GAMMA] = {.name = "gamma",
                               .unit = "",
                               .latex = "\\gamma",
                               .doc = "spectral index of the injected flux, A (E/100 TeV)^-gamma",
                               .lowest = -(double)INFINITY,
                               .highest = (double)INFINITY,
                               .default_prior = "{prior: uniform, min: 1.8, max: 3.5}",
                               .plausible = MUTAU_PLAUSIBLE_INDEX,
                               .small_is_implausible = true},
};

double mutau_spectrum_shape(double gamma, double energy_gev)
{
    return exp(-gamma * log(energy_gev / MUTAU_SPECTRUM_PIVOT_GEV));
}

/* int (E/E0)^-gamma dE = E_lo (E_lo/E0)^-gamma [e^x - 1]/(1-gamma) with
 * x = (1-gamma) ln(E_hi/E_lo); [e^x - 1]/x is smooth and expm1 keeps it exact. */
double mutau_spectrum_integral(double gamma, double e_lo_gev, double ln_lo, double width)
{
    const double x = (1.0 - gamma) * width;
    const double mean = fabs(x) > 0.0 ? expm1(x) / x : 1.0;
    return e_lo_gev * exp(-gamma * ln_lo) * width * mean;
}
