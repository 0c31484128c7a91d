/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaks, cutoffs and peaks as they are seen at Earth: quantities derived from a point.  Their
 * definitions are in the spectra's files. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "physics/flux.h"
#include "spectrum_internal.h"

typedef struct seen {
    const mutau_spectrum_type *type;
    mutau_spectrum_settings options;
    size_t first; /* of the spectrum's parameters */
    mutau_source_grid sources;
} seen;

static mutau_status seen_alloc(const mutau_parameter_set *set, const mutau_flux_settings *model,
                               void **state, mutau_error *err)
{
    *state = NULL;
    seen *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "spectrum at Earth: out of memory");
    s->type = mutau_spectrum_at(model->source.spectrum);
    s->options = model->source.options;
    s->first = mutau_parameter_set_first(set, s->type->parameters);
    const mutau_status status = mutau_source_grid_init(
        model->cosmology.omega_m, model->source.evolution, model->source.z_max, &s->sources, err);
    if (status != MUTAU_OK) {
        free(s);
        return status;
    }
    s->sources.at_earth = model->source.frame == MUTAU_FRAME_EARTH;
    *state = s;
    return MUTAU_OK;
}

static void seen_free(void *state)
{
    free(state);
}

static double seen_value(const void *state, const double point[])
{
    const seen *s = state;
    double p[MUTAU_SPECTRUM_MAX_PARAMETERS];
    mutau_spectrum_resolve(s->type, &s->options, point + s->first, p);
    return log10(s->type->at_earth(p, &s->sources));
}

#define SEEN(name_, latex_, doc_)                                                                  \
    {                                                                                              \
        .name = (name_), .unit = "log10(GeV)", .latex = (latex_), .doc = (doc_),                   \
        .lowest = -(double)INFINITY, .highest = (double)INFINITY, .alloc = seen_alloc,             \
        .free = seen_free, .value = seen_value                                                     \
    }

const mutau_derived mutau_spectrum_break_at_earth =
    SEEN("log10_e_break_earth", "\\log_{10} E_\\mathrm{b}^\\oplus",
         "energy at Earth where half of the free flux is emitted below the break, its index "
         "halfway between the two");
const mutau_derived mutau_spectrum_cut_at_earth =
    SEEN("log10_e_cut_earth", "\\log_{10} E_\\mathrm{c}^\\oplus",
         "energy at Earth where the cutoff leaves 1/e of the free power law");
const mutau_derived mutau_spectrum_peak_at_earth =
    SEEN("log10_e_peak_earth", "\\log_{10} E_\\mathrm{p}^\\oplus",
         "energy at Earth about which the bump's E^2 flux lies, the mean in ln E");

double mutau_spectrum_cut_seen(double gamma, double e_cut_gev, const mutau_source_grid *grid)
{
    enum { N = MUTAU_SOURCE_N_RULE };
    double z1[N], weight[N], total = 0.0;
    if (grid->at_earth)
        return e_cut_gev;
    for (int k = 0; k < N; k++) {
        z1[k] = exp(grid->rule_u[k]);
        weight[k] = grid->rule_weight[k] * exp(-gamma * grid->rule_u[k]);
        total += weight[k];
    }
    /* sum weight e^(-y z1) falls in y and is convex: from the left Newton's steps stay there. */
    double y = 1.0 / exp(grid->u_max);
    for (int i = 0; i < 50; i++) {
        double left = -total * exp(-1.0), slope = 0.0;
        for (int k = 0; k < N; k++) {
            const double term = weight[k] * exp_bounded(-y * z1[k]);
            left += term;
            slope += z1[k] * term;
        }
        const double next = y + left / slope;
        if (!(next > y * (1.0 + 1e-15)))
            break;
        y = next;
    }
    return e_cut_gev * y;
}
