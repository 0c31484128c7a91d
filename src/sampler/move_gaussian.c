/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metropolis' random walk; documented in sampler/move.h.
 *
 * The covariance is the other half's, which does not move meanwhile: no adaptation that
 * would spoil detailed balance, and no scale for the user to find. */
#include "sampler/move.h"

#include <math.h>
#include <stdbool.h>

#include "covariance_internal.h"
#include "move_internal.h"

typedef struct gaussian_state {
    bool usable;
    double data[]; /* factor[dim][dim], mean[dim], scratch */
} gaussian_state;

static size_t workspace_size(const void *cfg, size_t dim, size_t n_other)
{
    (void)cfg;
    return sizeof(gaussian_state) +
           (dim * dim + dim + mutau_covariance_scratch(dim, n_other)) * sizeof(double);
}

static void prepare(const void *cfg, void *ws, size_t dim, size_t n_other, const double other[])
{
    (void)cfg;
    gaussian_state *s = ws;
    double *mean = s->data + dim * dim;
    s->usable = mutau_covariance_factor(dim, n_other, other, mean, s->data, mean + dim);
}

static void propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)n_other;
    (void)other;
    const mutau_move_gaussian_settings *settings = cfg;
    const gaussian_state *s = ws;
    const double scale = isnan(settings->scale) ? 2.38 / sqrt((double)dim) : settings->scale;
    for (size_t k = 0; k < dim; k++)
        y[k] = scale * mutau_rng_normal(rng);
    if (!s->usable) {
        mutau_move_refuse(dim, x, y, ln_q_ratio);
        return;
    }
    mutau_covariance_colour(dim, s->data, y);
    for (size_t k = 0; k < dim; k++)
        y[k] += x[k];
    *ln_q_ratio = 0.0;
}

static mutau_status check(const void *cfg, size_t dim, size_t n_other, mutau_error *err)
{
    const mutau_move_gaussian_settings *settings = cfg;
    if (settings == NULL || !mutau_move_is_scale(settings->scale, true))
        return mutau_error_set(err, MUTAU_EDOM, "gaussian: the scale must be a number above 0");
    if (n_other <= dim)
        return mutau_error_set(err, MUTAU_EDOM,
                               "gaussian: needs more than %zu other walkers for %zu coordinates, "
                               "half an ensemble has %zu",
                               dim, dim, n_other);
    return MUTAU_OK;
}

static const mutau_option options[] = {
    {.key = "scale",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_gaussian_settings, scale),
     .min = 1e-6,
     .max = 1e3,
     .def = (double)NAN,
     .doc = "in standard deviations of the other half; 2.38/sqrt(dim) if it is not given"},
};

const mutau_move mutau_move_gaussian = {
    .name = "gaussian",
    .doc = "random walk of Metropolis, with the covariance of the other half",
    .reference = "Metropolis et al., J. Chem. Phys. 21, 1087 (1953); "
                 "Roberts, Gelman & Gilks, Ann. Appl. Probab. 7, 110 (1997)",
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_move_gaussian_settings),
    .workspace_size = workspace_size,
    .prepare = prepare,
    .propose = propose,
    .check = check,
};
