/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins for rows; documented in physics/row_bins.h. */
#include "physics/row_bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static size_t kind_of(mutau_row_bins *w, const double weight[3])
{
    size_t k = 0;
    while (k < w->n_kind && memcmp(w->kind[k], weight, sizeof w->kind[k]) != 0)
        k++;
    if (k == w->n_kind)
        memcpy(w->kind[w->n_kind++], weight, sizeof w->kind[k]);
    return k;
}

static size_t point_of(mutau_row_bins *w, size_t kind, double energy_gev)
{
    size_t k = 0;
    while (k < w->n_point &&
           (w->point[k].kind != kind || fabs(w->point[k].energy_gev - energy_gev) > 0.0))
        k++;
    if (k == w->n_point)
        w->point[w->n_point++] = (mutau_row_point){kind, energy_gev, log(energy_gev)};
    return k;
}

mutau_status mutau_row_bins_init(size_t n_bin, const mutau_solver_bin bins[],
                                 const double excess[3], mutau_row_bins *out)
{
    out->kind = mutau_calloc(n_bin, sizeof out->kind[0]);
    out->point = mutau_calloc(2 * n_bin, sizeof out->point[0]);
    out->bin = mutau_calloc(n_bin, sizeof out->bin[0]);
    if (out->kind == NULL || out->point == NULL || out->bin == NULL)
        return MUTAU_ENOMEM;
    for (size_t b = 0; b < n_bin; b++) {
        const double *weight = bins[b].weight;
        const size_t kind = kind_of(out, weight);
        out->bin[b].lo = point_of(out, kind, bins[b].e_lo_gev);
        out->bin[b].hi = point_of(out, kind, bins[b].e_hi_gev);
        out->bin[b].weight = (1.0 + excess[0]) * weight[0] + (1.0 + excess[1]) * weight[1] +
                             (1.0 + excess[2]) * weight[2];
    }
    return MUTAU_OK;
}

void mutau_row_bins_release(mutau_row_bins *bins)
{
    free(bins->kind);
    free(bins->point);
    free(bins->bin);
    *bins = (mutau_row_bins){.n_kind = 0};
}
