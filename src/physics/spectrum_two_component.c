/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two populations of sources, S = (E/100 TeV)^-gamma_1 e^(-E/E_c) + r (E/100 TeV)^-gamma_2;
 * documented in physics/spectrum.h.  A scales the sum. */
#include <stdio.h>

#include "spectrum_internal.h"

enum { A, GAMMA_1, E_CUT, RATIO, GAMMA_2, N_PARAMETER };

static const mutau_parameter_spec rows[N_PARAMETER] = {
    [A] = MUTAU_SPECTRUM_ROW_A,
    [GAMMA_1] = MUTAU_SPECTRUM_ROW_INDEX_1("spectral index of the component with the cutoff",
                                           "{prior: uniform, min: 1.8, max: 3.5}"),
    [E_CUT] = MUTAU_SPECTRUM_ROW_CUT("{prior: log-uniform, min: 19952.62314968879, max: 1e6}"),
    [RATIO] = {.name = "ratio",
               .unit = "",
               .latex = "r",
               .doc = "the hard component over the other at 100 TeV, that without its cutoff",
               .highest = (double)INFINITY,
               .default_prior = "{prior: log-uniform, min: 1e-2, max: 2.5}"},
    [GAMMA_2] = MUTAU_SPECTRUM_ROW_INDEX_2("spectral index of the component without a cutoff",
                                           "{prior: uniform, min: 1, max: 3}"),
};

static double shape(const double p[], double x)
{
    return exp(-p[GAMMA_1] * x - exp(x) * (MUTAU_SPECTRUM_PIVOT_GEV / p[E_CUT])) +
           p[RATIO] * exp(-p[GAMMA_2] * x);
}

static double integral(const double p[], double e_lo_gev, double x_lo, double width)
{
    return mutau_spectrum_cut(p[GAMMA_1], p[E_CUT] / MUTAU_SPECTRUM_PIVOT_GEV, e_lo_gev, x_lo,
                              width) +
           p[RATIO] * mutau_spectrum_power(p[GAMMA_2], e_lo_gev, x_lo, width);
}

MUTAU_WIDTHS static void along(const double p[], double x, size_t n, const double u[restrict],
                               double s[restrict])
{
    const double soft = p[GAMMA_1], hard = p[GAMMA_2], ratio = p[RATIO];
    const double cut = log(MUTAU_SPECTRUM_PIVOT_GEV / p[E_CUT]);
    for (size_t i = 0; i < n; i++)
        s[i] = exp_bounded(-soft * (x + u[i]) - exp_bounded(x + u[i] + cut)) +
               ratio * exp_bounded(-hard * (x + u[i]));
}

static double cut_at_earth(const double p[], const mutau_source_grid *grid)
{
    return mutau_spectrum_cut_seen(p[GAMMA_1], p[E_CUT], grid);
}

/* A component that there is not, or a cutoff that no bin can see. */
static bool doubt(const double lo[], const double hi[], double e_lo_gev, double e_hi_gev,
                  double z_max, char text[MUTAU_SPECTRUM_DOUBT_SIZE])
{
    if (hi[RATIO] > 0.0)
        return mutau_spectrum_is_unseen(&rows[E_CUT], lo[E_CUT], hi[E_CUT], 1.0,
                                        (const double[]){e_lo_gev, e_hi_gev}, z_max, text);
    (void)snprintf(text, MUTAU_SPECTRUM_DOUBT_SIZE,
                   "%s is 0: there is one component, and nothing depends on %s", rows[RATIO].name,
                   rows[GAMMA_2].name);
    return true;
}

const mutau_spectrum_type mutau_spectrum_two_component = {
    .name = "two-component",
    .formula = "(E/100 TeV)^-gamma_1 exp(-E/e_cut) + ratio (E/100 TeV)^-gamma_2",
    .doc = "a soft component with a cutoff and a hard one",
    .reference = "tried by IceCube, combined fit, arXiv:2507.22234; numbers were not found",
    .n_parameter = N_PARAMETER,
    .parameters = rows,
    .shape = shape,
    .integral = integral,
    .along = along,
    .doubt = doubt,
    .derived = &mutau_spectrum_cut_at_earth,
    .at_earth = cut_at_earth,
};
