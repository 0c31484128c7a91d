/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The injected power law; documented in mutau/spectrum.h. */
#include "mutau/spectrum.h"

#include <math.h>

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
