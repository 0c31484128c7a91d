/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A power law with a cutoff, S = (E/100 TeV)^-gamma e^(-E/E_c); documented in physics/spectrum.h.
 * Photohadronic sources and the largest energy of an accelerator make one. */
#include "spectrum_internal.h"

enum { A, GAMMA, E_CUT, N_PARAMETER };

static const mutau_parameter_spec rows[N_PARAMETER] = {
    [A] = MUTAU_SPECTRUM_ROW_A,
    [GAMMA] = MUTAU_SPECTRUM_ROW_INDEX("spectral index of the sources far below the cutoff",
                                       "{prior: uniform, min: 1, max: 3.5}"),
    [E_CUT] = MUTAU_SPECTRUM_ROW_CUT("{prior: log-uniform, min: 31622.776601683792, max: 1e8}"),
};

static double shape(const double p[], double x)
{
    return exp(-p[GAMMA] * x - exp(x) * (MUTAU_SPECTRUM_PIVOT_GEV / p[E_CUT]));
}

/* Above 80 cutoffs beyond the lower edge, or beyond the peak of E S, nothing is left. */
double mutau_spectrum_cut(double gamma, double cut, double e_lo_gev, double x_lo, double width)
{
    const double p[] = {[GAMMA] = gamma, [E_CUT] = cut * MUTAU_SPECTRUM_PIVOT_GEV};
    const double lo = exp(x_lo) / cut, end = fmax(lo, 1.0 - gamma) + 80.0;
    const double to = end < lo * exp(width) ? log(end / lo) : width;
    const double change = fabs(1.0 - gamma) * to + lo * expm1(to);
    return mutau_spectrum_panels(shape, p, e_lo_gev, x_lo, 0.0, to, change / 4.0);
}

static double integral(const double p[], double e_lo_gev, double x_lo, double width)
{
    return mutau_spectrum_cut(p[GAMMA], p[E_CUT] / MUTAU_SPECTRUM_PIVOT_GEV, e_lo_gev, x_lo, width);
}

MUTAU_WIDTHS static void along(const double p[], double x, size_t n, const double u[restrict],
                               double s[restrict])
{
    const double gamma = p[GAMMA], cut = log(MUTAU_SPECTRUM_PIVOT_GEV / p[E_CUT]);
    for (size_t i = 0; i < n; i++)
        s[i] = exp_bounded(-gamma * (x + u[i]) - exp_bounded(x + u[i] + cut));
}

static double cut_at_earth(const double p[], const mutau_source_grid *grid)
{
    return mutau_spectrum_cut_seen(p[GAMMA], p[E_CUT], grid);
}

/* A cutoff that no bin can see, or that leaves nothing in any. */
static bool doubt(const double lo[], const double hi[], double e_lo_gev, double e_hi_gev,
                  double z_max, char text[MUTAU_SPECTRUM_DOUBT_SIZE])
{
    return mutau_spectrum_is_unseen(&rows[E_CUT], lo[E_CUT], hi[E_CUT], 1.0,
                                    (const double[]){e_lo_gev, e_hi_gev}, z_max, text);
}

const mutau_spectrum_type mutau_spectrum_cutoff = {
    .name = "cutoff",
    .formula = "(E/100 TeV)^-gamma exp(-E/e_cut)",
    .doc = "a power law with an exponential cutoff",
    .reference = "IceCube, cascades of six years, arXiv:2001.09520: not significant",
    .n_parameter = N_PARAMETER,
    .parameters = rows,
    .shape = shape,
    .integral = integral,
    .along = along,
    .doubt = doubt,
    .derived = &mutau_spectrum_cut_at_earth,
    .at_earth = cut_at_earth,
};
