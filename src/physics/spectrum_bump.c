/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A power law and a bump, S = (E/E0)^-gamma + h (E/E0)^-2 e^(-(ln(E/E_p)/w)^2/2), E0 = 100 TeV;
 * documented in physics/spectrum.h.  h is 1e10 GeV^2 E^-2 at the peak, in units of the power law's
 * E^2 flux at 100 TeV. */
#include <stdio.h>

#include "spectrum_internal.h"

enum { A, GAMMA, HEIGHT, E_PEAK, WIDTH, N_PARAMETER };

static const mutau_parameter_spec rows[N_PARAMETER] = {
    [A] = MUTAU_SPECTRUM_ROW_A,
    [GAMMA] = MUTAU_SPECTRUM_ROW_INDEX("spectral index below and above the bump",
                                       "{prior: uniform, min: 1.8, max: 3.5}"),
    [HEIGHT] = {.name = "height",
                .unit = "",
                .latex = "h",
                .doc = "E^2 S of the bump at its peak over that of the power law at 100 TeV",
                .highest = (double)INFINITY,
                .default_prior = "{prior: log-uniform, min: 0.1, max: 10}"},
    [E_PEAK] = {.name = "e_peak",
                .unit = "GeV",
                .latex = "E_\\mathrm{p}",
                .doc = "energy of the bump's peak in E^2 S, in the sources' frame",
                .highest = (double)INFINITY,
                .lowest_excluded = true,
                .default_prior =
                    "{prior: log-uniform, min: 316227.7660168379, max: 5011872.336272725}"},
    [WIDTH] = {.name = "width",
               .unit = "",
               .latex = "w",
               .doc = "standard deviation of the bump in ln E",
               .highest = (double)INFINITY,
               .lowest_excluded = true,
               .default_prior = "{prior: uniform, min: 0.2, max: 1}"},
};

static double bump(const double p[], double x)
{
    const double y = (x - log(p[E_PEAK] / MUTAU_SPECTRUM_PIVOT_GEV)) / p[WIDTH];
    return p[HEIGHT] * exp(-2.0 * x - 0.5 * y * y);
}

static double shape(const double p[], double x)
{
    return exp(-p[GAMMA] * x) + bump(p, x);
}

/* The bump's part of the bin ends nine widths from its middle, e^-40 below. */
static double integral(const double p[], double e_lo_gev, double x_lo, double width)
{
    const double w = p[WIDTH];
    const double middle = log(p[E_PEAK] / MUTAU_SPECTRUM_PIVOT_GEV) - w * w - x_lo;
    const double from = fmax(middle - 9.0 * w, 0.0), to = fmin(middle + 9.0 * w, width);
    return mutau_spectrum_power(p[GAMMA], e_lo_gev, x_lo, width) +
           mutau_spectrum_panels(bump, p, e_lo_gev, x_lo, from, to, (to - from) / w);
}

MUTAU_WIDTHS static void along(const double p[], double x, size_t n, const double u[restrict],
                               double s[restrict])
{
    const double gamma = p[GAMMA], height = p[HEIGHT], narrow = 1.0 / p[WIDTH];
    const double peak = log(p[E_PEAK] / MUTAU_SPECTRUM_PIVOT_GEV);
    for (size_t i = 0; i < n; i++) {
        const double y = (x + u[i] - peak) * narrow;
        s[i] = exp_bounded(-gamma * (x + u[i])) +
               height * exp_bounded(-2.0 * (x + u[i]) - 0.5 * y * y);
    }
}

/* In E^2 times the flux sources at u count by w e^-u, and theirs lies about E_p e^-u. */
static double peak_at_earth(const double p[], const mutau_source_grid *grid)
{
    double sum = 0.0, total = 0.0;
    for (int k = 0; !grid->at_earth && k < MUTAU_SOURCE_N_RULE; k++) {
        const double weight = grid->rule_weight[k] * exp(-2.0 * grid->rule_u[k]);
        sum += weight * grid->rule_u[k];
        total += weight;
    }
    return grid->at_earth ? p[E_PEAK] : p[E_PEAK] * exp(-sum / total);
}

/* No bump, or one that no bin can see: three widths away from its peak nothing is left. */
static bool doubt(const double lo[], const double hi[], double e_lo_gev, double e_hi_gev,
                  double z_max, char text[MUTAU_SPECTRUM_DOUBT_SIZE])
{
    if (hi[HEIGHT] > 0.0)
        return mutau_spectrum_is_unseen(&rows[E_PEAK], lo[E_PEAK], hi[E_PEAK], exp(3.0 * hi[WIDTH]),
                                        (const double[]){e_lo_gev, e_hi_gev}, z_max, text);
    (void)snprintf(text, MUTAU_SPECTRUM_DOUBT_SIZE,
                   "%s is 0: there is no bump, and nothing depends on %s and %s", rows[HEIGHT].name,
                   rows[E_PEAK].name, rows[WIDTH].name);
    return true;
}

const mutau_spectrum_type mutau_spectrum_bump = {
    .name = "bump",
    .formula = "(E/100 TeV)^-gamma + height (E/100 TeV)^-2 exp(-(ln(E/e_peak)/width)^2/2)",
    .doc = "a power law and a bump",
    .reference = "as of sources with photohadronic interactions in a narrow range of energies",
    .n_parameter = N_PARAMETER,
    .parameters = rows,
    .shape = shape,
    .integral = integral,
    .along = along,
    .doubt = doubt,
    .derived = &mutau_spectrum_peak_at_earth,
    .at_earth = peak_at_earth,
};
