/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log-parabola, S = (E/E0)^-(alpha + beta log10(E/E0)), E0 = 100 TeV; documented in
 * physics/spectrum.h.  alpha is the index at 100 TeV in the source's frame, which grows by 2 beta
 * with every decade.  With x = ln(E/E0) and b = beta/ln 10, S = e^(-x (alpha + b x)).
 *
 * About another pivot it is the same parabola: an index alpha at E_p is one of
 * alpha - 2 beta log10(E_p/E0) at E0, and the constant factor between them is in A, which stays the
 * flux at 100 TeV. */
#include <gsl/gsl_sf_dawson.h>
#include <gsl/gsl_sf_erf.h>

#include "spectrum_internal.h"

enum { A, ALPHA, BETA, N_PARAMETER };

static const mutau_parameter_spec rows[N_PARAMETER] = {
    [A] = MUTAU_SPECTRUM_ROW_A,
    [ALPHA] = {.name = "alpha",
               .unit = "",
               .latex = "\\alpha",
               .doc = "spectral index of the sources at the pivot, by default 100 TeV",
               .lowest = -(double)INFINITY,
               .highest = (double)INFINITY,
               .default_prior = "{prior: uniform, min: 1.8, max: 3.5}",
               .plausible = MUTAU_PLAUSIBLE_INDEX,
               .small_is_implausible = true},
    [BETA] = {.name = "beta",
              .unit = "",
              .latex = "\\beta",
              .doc = "curvature: the index grows by 2 beta with every decade of energy",
              .lowest = -(double)INFINITY,
              .highest = (double)INFINITY,
              .default_prior = "{prior: uniform, min: -0.5, max: 1}"},
};

static const mutau_option options[] = {
    {.key = "pivot",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_log_parabola_settings, pivot_gev),
     .min = 1.0,
     .max = 1e12,
     .def = MUTAU_SPECTRUM_PIVOT_GEV,
     .unit = "GeV",
     .doc = "energy at which the index is alpha; A stays the flux at 100 TeV"},
};

static void resolve(const void *settings, const double natural[],
                    double p[MUTAU_SPECTRUM_MAX_PARAMETERS])
{
    const double pivot = ((const mutau_log_parabola_settings *)settings)->pivot_gev;
    const double decades = pivot > 0.0 ? log10(pivot / MUTAU_SPECTRUM_PIVOT_GEV) : 0.0;
    p[A] = natural[A];
    p[ALPHA] = natural[ALPHA] - 2.0 * natural[BETA] * decades;
    p[BETA] = natural[BETA];
}

static const double LN_10 = 2.302585092994045684;
static const double ROOT_PI = 1.7724538509055160273;
/* Beyond it the functions below are their first terms, to rounding. */
static const double FAR = 1e8;

static double shape(const double p[], double x)
{
    return exp(-x * (p[ALPHA] + p[BETA] / LN_10 * x));
}

/* e^(y^2) erfc(y), y >= 0. */
static double scaled_erfc(double y)
{
    if (!(y < FAR))
        return 1.0 / (ROOT_PI * y);
    const double root_2 = 1.4142135623730950488;
    return root_2 / (ROOT_PI * gsl_sf_hazard(root_2 * y));
}

/* Dawson's integral, e^(-y^2) int_0^y e^(t^2) dt. */
static double dawson(double y)
{
    return fabs(y) < FAR ? gsl_sf_dawson(y) : 0.5 / y;
}

/* The mean of e^(-x t - y t^2) over 0 < t < 1 where the exponent is of order 1: ten points of
 * Gauss and Legendre give it to 1e-16. */
static double mean_flat(double x, double y)
{
    double sum = 0.0;
    for (int i = 0; i < MUTAU_GAUSS_N; i++)
        sum += mutau_gauss_weight[i] * exp(-mutau_gauss_at[i] * (x + y * mutau_gauss_at[i]));
    return sum;
}

/* The same for y > 0, a piece of a normal, and x >= -2y: it does not rise up to t = 1. */
static double mean_of_peak(double x, double y)
{
    const double c = sqrt(y), middle = 0.5 * x / c;
    if (x < 0.0)
        return 0.5 * ROOT_PI / c * exp(middle * middle) * (erf(middle + c) - erf(middle));
    return 0.5 * ROOT_PI / c * (scaled_erfc(middle) - exp(-x - y) * scaled_erfc(middle + c));
}

/* For y < 0, of a valley. */
static double mean_of_valley(double x, double y)
{
    const double c = sqrt(-y), middle = 0.5 * x / c;
    return (dawson(middle) + exp(-x - y) * dawson(c - middle)) / c;
}

/* The mean of e^(-x t - y t^2) over 0 < t < 1.  Each form is used where nothing in it cancels;
 * what rises throughout is taken from its other end. */
static double mean(double x, double y)
{
    if (!isfinite(x) || !isfinite(y))
        return (double)NAN;
    if (fabs(x) + fabs(y) < 2.0)
        return mean_flat(x, y);
    if (fabs(y) < 1e-17) /* the power law, to rounding */
        return -expm1(-x) / x;
    if (y < 0.0)
        return mean_of_valley(x, y);
    return x < -2.0 * y ? exp(-x - y) * mean_of_peak(-x - 2.0 * y, y) : mean_of_peak(x, y);
}

/* int S dE = E_lo S(E_lo) int_0^width e^(-(alpha - 1 + 2 b x_lo) t - b t^2) dt. */
static double integral(const double p[], double e_lo_gev, double x_lo, double width)
{
    const double b = p[BETA] / LN_10, slope = p[ALPHA] - 1.0 + 2.0 * b * x_lo;
    return e_lo_gev * shape(p, x_lo) * width * mean(slope * width, b * width * width);
}

MUTAU_WIDTHS static void along(const double p[], double x, size_t n, const double u[restrict],
                               double s[restrict])
{
    const double alpha = p[ALPHA], bend = p[BETA] / LN_10;
    for (size_t i = 0; i < n; i++)
        s[i] = exp_bounded(-(x + u[i]) * (alpha + bend * (x + u[i])));
}

const mutau_spectrum_type mutau_spectrum_log_parabola = {
    .name = "log-parabola",
    .formula = "(E/100 TeV)^-(alpha + beta log10(E/100 TeV))",
    .doc = "a power law whose index changes with the logarithm of the energy",
    .reference =
        "Massaro et al. 2004, A&A 413, 489 (Mkn 421 in X-rays: 2.25, 0.45); IceCube's numbers "
        "were not found",
    .n_parameter = N_PARAMETER,
    .parameters = rows,
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_log_parabola_settings),
    .resolve = resolve,
    .shape = shape,
    .integral = integral,
    .along = along,
};
