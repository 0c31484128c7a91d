/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power law, S = (E/100 TeV)^-gamma; documented in physics/spectrum.h.  Fermi acceleration
 * gives gamma near 2; IceCube's fits lie between 2.3 and 2.9. */
#include "spectrum_internal.h"

enum { A, GAMMA, N_PARAMETER };

static const mutau_parameter_spec rows[N_PARAMETER] = {
    [A] = MUTAU_SPECTRUM_ROW_A,
    [GAMMA] = {.name = "gamma",
               .unit = "",
               .latex = "\\gamma",
               .doc = "spectral index of the injected flux, A (E/100 TeV)^-gamma",
               .lowest = -(double)INFINITY,
               .highest = (double)INFINITY,
               .default_prior = "{prior: uniform, min: 1.8, max: 3.5}",
               .plausible = MUTAU_PLAUSIBLE_INDEX,
               .small_is_implausible = true},
};

static double shape(const double p[], double x)
{
    return exp(-p[GAMMA] * x);
}

/* int (E/E0)^-gamma dE = E_lo (E_lo/E0)^-gamma [e^t - 1]/(1-gamma) with t = (1-gamma) width;
 * [e^t - 1]/t is smooth, so that gamma = 1 is nothing special, and expm1 keeps it exact. */
double mutau_spectrum_power(double gamma, double e_lo_gev, double x_lo, double width)
{
    const double t = (1.0 - gamma) * width;
    const double mean = fabs(t) > 0.0 ? expm1(t) / t : 1.0;
    return e_lo_gev * exp(-gamma * x_lo) * width * mean;
}

static double integral(const double p[], double e_lo_gev, double x_lo, double width)
{
    return mutau_spectrum_power(p[GAMMA], e_lo_gev, x_lo, width);
}

/* The same by exponentials that compilers turn into vector code. */
MUTAU_WIDTHS static void integrals(const double p[], size_t n, const double e_lo_gev[restrict],
                                   const double x_lo[restrict], const double width[restrict],
                                   double out[restrict])
{
    const double gamma = p[GAMMA];
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double low = fabs(gamma * x_lo[i]), wide = fabs((1.0 - gamma) * width[i]);
        const double larger = low > wide ? low : wide;
        largest = larger > largest ? larger : largest;
    }
    if (!(largest < MUTAU_VECTOR_EXP_MAX)) {
        for (size_t i = 0; i < n; i++)
            out[i] = integral(p, e_lo_gev[i], x_lo[i], width[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const double t = (1.0 - gamma) * width[i];
        const double below = fabs(t) > 1e-300 ? t : 1e-300;
        const double mean = fabs(t) > 1e-300 ? expm1_one(t) / below : 1.0;
        out[i] = e_lo_gev[i] * exp_one(-gamma * x_lo[i]) * width[i] * mean;
    }
}

static void along(const double p[], double x, size_t n, const double u[], double s[])
{
    for (size_t i = 0; i < n; i++)
        s[i] = exp(-p[GAMMA] * (x + u[i]));
}

/* e^(gamma u) G(u), G = int_u w e^((1-gamma) v) dv / int_0 the same. */
MUTAU_WIDTHS static void share(const double p[], const mutau_source_grid *grid,
                               double share[restrict MUTAU_SOURCE_N_NODE])
{
    double power[MUTAU_SOURCE_N_NODE], beyond[MUTAU_SOURCE_N_NODE];
    power_beyond(grid, 1.0 - p[GAMMA], power, beyond);
    const double total = 1.0 / beyond[MUTAU_SOURCE_ZERO];
    for (int n = 0; n < grid->n_node; n++)
        share[n] = total * beyond[n] * grid->grow[n] / power[n];
}

const mutau_spectrum_type mutau_spectrum_power_law = {
    .name = "power-law",
    .formula = "(E/100 TeV)^-gamma",
    .doc = "the single power law",
    .reference = "IceCube, per flavour (A, gamma): cascades (1.66, 2.53) arXiv:2001.09520, tracks "
                 "(1.44, 2.37) arXiv:2111.10299",
    .n_parameter = N_PARAMETER,
    .parameters = rows,
    .shape = shape,
    .integral = integral,
    .integrals = integrals,
    .along = along,
    .share = share,
};
