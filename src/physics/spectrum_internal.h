/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file spectrum_internal.h
 * What all spectra share.  Private to the physics.
 */
#ifndef MUTAU_SPECTRUM_INTERNAL_H
#define MUTAU_SPECTRUM_INTERNAL_H

#include <math.h>

#include "base/widths.h"
#include "physics/spectrum.h"
#include "vector_exp_internal.h"

/** Gauss and Legendre's rule of ten points on 0..1. */
enum { MUTAU_GAUSS_N = 10 };
extern const double mutau_gauss_at[MUTAU_GAUSS_N], mutau_gauss_weight[MUTAU_GAUSS_N];

/** e_lo int_from^to S(x_lo + t) e^t dt by that rule on so many panels (rounded up, 1 to 10000): to
 * 1e-13 if the logarithm of the integrand changes by no more than 5 over a panel. */
double mutau_spectrum_panels(double (*shape)(const double p[], double x), const double p[],
                             double e_lo_gev, double x_lo, double from, double to, double n_panel);

/** The integrals of the power law of that index and of the one with a cutoff e^-(E/100 TeV)/cut,
 * which others are made of. */
double mutau_spectrum_power(double gamma, double e_lo_gev, double x_lo, double width);
double mutau_spectrum_cut(double gamma, double cut, double e_lo_gev, double x_lo, double width);

/** For the power law w e^(slope u), slope = 1 - gamma: power[n] = e^(slope u), half = e^(slope
 * step/2) and beyond[n] = int_u^u_max, smoothly continued, on the nodes.  A cell gives e^(slope
 * u_mid) sum_p series_p slope^p (the next term is 4e-12 at gamma = 3.5, 6e-9 at 10).  With q =
 * e^(slope step) the powers are q^n: two exponentials instead of two per node. */
static inline void power_beyond(const mutau_source_grid *grid, double slope,
                                double power[restrict MUTAU_SOURCE_N_NODE],
                                double beyond[restrict MUTAU_SOURCE_N_NODE])
{
    enum {
        ZERO = MUTAU_SOURCE_ZERO,
        N_NODE = MUTAU_SOURCE_N_NODE,
        N_SERIES = MUTAU_SOURCE_N_SERIES
    };
    const int top = grid->top, n_node = grid->n_node;
    const double half = exp(0.5 * slope * grid->step), q = half * half;
    double cell[N_NODE];
    power[ZERO] = 1.0;
    for (int n = ZERO + 1; n < n_node; n++)
        power[n] = power[n - 1] * q;
    for (int n = ZERO - 1; n >= 0; n--)
        power[n] = power[n + 1] / q;
    for (int n = 0; n < n_node; n++) {
        double sum = grid->series[N_SERIES - 1][n];
        for (int k = N_SERIES - 2; k >= 0; k--)
            sum = sum * slope + grid->series[k][n];
        cell[n] = power[n] * half * sum;
    }
    beyond[top] = 0.0;
    for (int n = top + 1; n < n_node; n++)
        beyond[n] = beyond[n - 1] - cell[n - 1];
    for (int n = top - 1; n >= 0; n--)
        beyond[n] = beyond[n + 1] + cell[n];
}

/** `doubt` of an energy, named in `row`, between lo_gev and hi_gev and a factor `reach` around it:
 * whether it is where no data see it. */
bool mutau_spectrum_is_unseen(const mutau_parameter_spec *row, double lo_gev, double hi_gev,
                              double reach, const double data_gev[2], double z_max,
                              char text[MUTAU_SPECTRUM_DOUBT_SIZE]);

/** What of the spectra's is derived: spectrum_at_earth.c. */
extern const mutau_derived mutau_spectrum_break_at_earth, mutau_spectrum_cut_at_earth,
    mutau_spectrum_peak_at_earth;

/** The energy at Earth in GeV where sources with that index and cutoff send 1/e of what they would
 * without it: int w e^((1-gamma) u - E e^u/E_c) du = e^-1 int w e^((1-gamma) u) du. */
double mutau_spectrum_cut_seen(double gamma, double e_cut_gev, const mutau_source_grid *grid);

/** The first row of every type. */
#define MUTAU_SPECTRUM_ROW_A                                                                       \
    {                                                                                              \
        .name = "A", .unit = "", .latex = "A",                                                     \
        .doc = "injected flux at 100 TeV: 1 is 3e-18 /GeV/cm^2/s/sr, 1e-18 of each flavour",       \
        .highest = (double)INFINITY, .default_prior = "{prior: uniform, min: 0.1, max: 2.5}",      \
        .plausible = MUTAU_PLAUSIBLE_AMPLITUDE                                                     \
    }

/** Indices and the cutoff of several types, each with its own words and default prior. */
#define MUTAU_SPECTRUM_SLOPE(latex_, doc_, prior_)                                                 \
    .unit = "", .latex = (latex_), .doc = (doc_), .lowest = -(double)INFINITY,                     \
    .highest = (double)INFINITY, .default_prior = (prior_), .plausible = MUTAU_PLAUSIBLE_INDEX,    \
    .small_is_implausible = true
#define MUTAU_SPECTRUM_ROW_INDEX(doc, prior)                                                       \
    {                                                                                              \
        .name = "gamma", MUTAU_SPECTRUM_SLOPE("\\gamma", doc, prior)                               \
    }
#define MUTAU_SPECTRUM_ROW_INDEX_1(doc, prior)                                                     \
    {                                                                                              \
        .name = "gamma_1", MUTAU_SPECTRUM_SLOPE("\\gamma_1", doc, prior)                           \
    }
#define MUTAU_SPECTRUM_ROW_INDEX_2(doc, prior)                                                     \
    {                                                                                              \
        .name = "gamma_2", MUTAU_SPECTRUM_SLOPE("\\gamma_2", doc, prior)                           \
    }
#define MUTAU_SPECTRUM_ROW_CUT(prior)                                                              \
    {                                                                                              \
        .name = "e_cut", .unit = "GeV", .latex = "E_\\mathrm{c}",                                  \
        .doc = "energy of the cutoff in the sources' frame", .highest = (double)INFINITY,          \
        .lowest_excluded = true, .default_prior = (prior)                                          \
    }

#endif
