/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of the spectra, and what arrives of any of them; documented in physics/spectrum.h. */
#include "physics/spectrum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "spectrum_internal.h"

const double mutau_gauss_at[MUTAU_GAUSS_N] = {
    0.01304673574141413996, 0.06746831665550774463, 0.16029521585048779688, 0.28330230293537640460,
    0.42556283050918439456, 0.57443716949081560544, 0.71669769706462359540, 0.83970478414951220312,
    0.93253168334449225537, 0.98695326425858586004};
const double mutau_gauss_weight[MUTAU_GAUSS_N] = {
    0.03333567215434406880, 0.07472567457529029657, 0.10954318125799102200, 0.13463335965499817755,
    0.14776211235737643509, 0.14776211235737643509, 0.13463335965499817755, 0.10954318125799102200,
    0.07472567457529029657, 0.03333567215434406880};

double mutau_spectrum_panels(double (*shape)(const double p[], double x), const double p[],
                             double e_lo_gev, double x_lo, double from, double to, double n_panel)
{
    const double most = 10000.0;
    const int n = (int)(n_panel < most ? fmax(ceil(n_panel), 1.0) : most);
    double sum = 0.0;
    for (int k = 0; to > from && k < n; k++)
        for (int i = 0; i < MUTAU_GAUSS_N; i++) {
            const double t = from + (to - from) * (k + mutau_gauss_at[i]) / n;
            sum += mutau_gauss_weight[i] * shape(p, x_lo + t) * exp(t);
        }
    return e_lo_gev * (to - from) / n * sum;
}

const mutau_spectrum_type *const mutau_spectrum_types[] = {
    &mutau_spectrum_power_law,        &mutau_spectrum_log_parabola,
    &mutau_spectrum_broken_power_law, &mutau_spectrum_cutoff,
    &mutau_spectrum_two_component,    &mutau_spectrum_bump,
    &mutau_spectrum_by_table,         NULL,
};

const mutau_spectrum_type *mutau_spectrum_at(int index)
{
    int n = 0;
    while (mutau_spectrum_types[n] != NULL)
        n++;
    return index >= 0 && index < n ? mutau_spectrum_types[index] : NULL;
}

const mutau_spectrum_type *mutau_spectrum_find(const char *name)
{
    size_t i = 0;
    while (mutau_spectrum_types[i] != NULL && strcmp(mutau_spectrum_types[i]->name, name) != 0)
        i++;
    return mutau_spectrum_types[i];
}

void mutau_spectrum_resolve(const mutau_spectrum_type *type, const mutau_spectrum_settings *options,
                            const double natural[], double p[MUTAU_SPECTRUM_MAX_PARAMETERS])
{
    if (type->resolve != NULL)
        type->resolve(options->bytes, natural, p);
    else
        memcpy(p, natural, type->n_parameter * sizeof *p);
}

bool mutau_spectrum_is_scale_free(const mutau_spectrum_type *type)
{
    return type->share != NULL;
}

void mutau_spectrum_integrals(const mutau_spectrum_type *type, const double p[], size_t n,
                              const double e_lo_gev[], const double x_lo[], const double width[],
                              double out[])
{
    if (type->integrals != NULL) {
        type->integrals(p, n, e_lo_gev, x_lo, width, out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = type->integral(p, e_lo_gev[i], x_lo[i], width[i]);
}

bool mutau_spectrum_is_unseen(const mutau_parameter_spec *row, double lo_gev, double hi_gev,
                              double reach, const double data_gev[2], double z_max,
                              char text[MUTAU_SPECTRUM_DOUBT_SIZE])
{
    const double farthest = data_gev[1] * (1.0 + z_max);
    if (hi_gev * reach < data_gev[0])
        (void)snprintf(text, MUTAU_SPECTRUM_DOUBT_SIZE,
                       "%s is at most %g GeV, below all data, which begin at %g GeV", row->name,
                       hi_gev, data_gev[0]);
    else if (lo_gev > farthest * reach)
        (void)snprintf(text, MUTAU_SPECTRUM_DOUBT_SIZE,
                       "%s is at least %g GeV, above all data: the farthest sources' end at %g GeV",
                       row->name, lo_gev, farthest);
    else
        return false;
    return true;
}

/* The mean over the sources of S at x in their frames. */
static double mean_of_sources(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                              const double p[], double x)
{
    if (type->free != NULL)
        return type->free(p, grid, x);
    double s[MUTAU_SOURCE_N_RULE], sum = 0.0;
    type->along(p, x, MUTAU_SOURCE_N_RULE, grid->rule_u, s);
    for (int k = 0; k < MUTAU_SOURCE_N_RULE; k++)
        sum += grid->rule_weight[k] * s[k];
    return sum;
}

double mutau_spectrum_scale(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                            const double p[])
{
    if (mutau_spectrum_is_scale_free(type))
        return 1.0;
    return 1.0 / (grid->at_earth ? type->shape(p, 0.0) : mean_of_sources(type, grid, p, 0.0));
}

double mutau_spectrum_free(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                           const double p[], double scale, double energy_gev)
{
    const double x = log(energy_gev / MUTAU_SPECTRUM_PIVOT_GEV);
    return mutau_spectrum_is_scale_free(type) || grid->at_earth
               ? scale * type->shape(p, x)
               : scale * mean_of_sources(type, grid, p, x);
}

static double mean_bin(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                       const double p[], double e_lo_gev, double x_lo, double width)
{
    double sum = 0.0;
    for (int k = 0; k < MUTAU_SOURCE_N_RULE; k++)
        sum += grid->rule_weight[k] * type->integral(p, e_lo_gev, x_lo + grid->rule_u[k], width);
    return sum;
}

void mutau_spectrum_free_bins(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                              const double p[], double scale, size_t n, const double e_lo_gev[],
                              const double x_lo[], const double width[], double out[])
{
    if (mutau_spectrum_is_scale_free(type) || grid->at_earth)
        mutau_spectrum_integrals(type, p, n, e_lo_gev, x_lo, width, out);
    else if (type->free_bins != NULL)
        type->free_bins(p, grid, n, e_lo_gev, x_lo, width, out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = mean_bin(type, grid, p, e_lo_gev[i], x_lo[i], width[i]);
    for (size_t i = 0; !mutau_spectrum_is_scale_free(type) && i < n; i++)
        out[i] *= scale;
}

mutau_status mutau_spectrum_arrival_init(const mutau_spectrum_type *type,
                                         const mutau_source_grid *grid, const double p[], size_t n,
                                         const double e_lo_gev[], const double x_lo[],
                                         const double width[], mutau_spectrum_arrival *out,
                                         mutau_error *err)
{
    *out = (mutau_spectrum_arrival){.bins = NULL};
    if (p == NULL)
        return MUTAU_OK;
    out->scale = mutau_spectrum_scale(type, grid, p);
    out->bins = mutau_calloc(n, sizeof out->bins[0]);
    if (out->bins == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "spectrum in %zu bins: out of memory", n);
    mutau_spectrum_free_bins(type, grid, p, out->scale, n, e_lo_gev, x_lo, width, out->bins);
    return MUTAU_OK;
}

void mutau_spectrum_arrival_release(mutau_spectrum_arrival *arrival)
{
    free(arrival->bins);
    *arrival = (mutau_spectrum_arrival){.bins = NULL};
}
