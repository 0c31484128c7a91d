/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of the spectra, and what arrives of any of them; documented in physics/spectrum.h. */
#include "physics/spectrum.h"

#include <math.h>
#include <string.h>

const mutau_spectrum_type *const mutau_spectrum_types[] = {
    &mutau_spectrum_power_law,
    &mutau_spectrum_log_parabola,
    NULL,
};

const mutau_spectrum_type *mutau_spectrum_at(int index)
{
    int n = 0;
    while (mutau_spectrum_types[n] != NULL)
        n++;
    return index >= 0 && index < n ? mutau_spectrum_types[index] : NULL;
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

/* The mean over the sources of S at x in their frames. */
static double mean_of_sources(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                              const double p[], double x)
{
    double s[MUTAU_SOURCE_N_RULE], sum = 0.0;
    type->along(p, x, MUTAU_SOURCE_N_RULE, grid->rule_u, s);
    for (int k = 0; k < MUTAU_SOURCE_N_RULE; k++)
        sum += grid->rule_weight[k] * s[k];
    return sum;
}

double mutau_spectrum_scale(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                            const double p[])
{
    return mutau_spectrum_is_scale_free(type) ? 1.0 : 1.0 / mean_of_sources(type, grid, p, 0.0);
}

double mutau_spectrum_free(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                           const double p[], double scale, double energy_gev)
{
    const double x = log(energy_gev / MUTAU_SPECTRUM_PIVOT_GEV);
    return mutau_spectrum_is_scale_free(type) ? type->shape(p, x)
                                              : scale * mean_of_sources(type, grid, p, x);
}

double mutau_spectrum_free_bin(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                               const double p[], double scale, double e_lo_gev, double x_lo,
                               double width)
{
    if (mutau_spectrum_is_scale_free(type))
        return type->integral(p, e_lo_gev, x_lo, width);
    double sum = 0.0;
    for (int k = 0; k < MUTAU_SOURCE_N_RULE; k++)
        sum += grid->rule_weight[k] * type->integral(p, e_lo_gev, x_lo + grid->rule_u[k], width);
    return scale * sum;
}
