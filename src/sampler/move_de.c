/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The differential evolution move; documented in sampler/move.h.
 *
 * The jitter multiplies gamma: added to the coordinates, as the paper has it, it would give
 * them a scale and take the affine invariance away. */
#include "sampler/move.h"

#include <math.h>

#include "move_internal.h"

static void propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)ws;
    const mutau_move_de_settings *settings = cfg;
    size_t pick[2];
    double gamma = isnan(settings->gamma0) ? 2.38 / sqrt(2.0 * (double)dim) : settings->gamma0;
    if (settings->jump > 0.0 && mutau_rng_uniform(rng) < settings->jump)
        gamma = 1.0;
    gamma *= 1.0 + settings->sigma * mutau_rng_normal(rng);
    if (settings->shrink > 0.0)
        gamma *= exp(-settings->shrink * mutau_rng_uniform(rng));
    mutau_move_pick(rng, n_other, 2, pick);
    for (size_t k = 0; k < dim; k++)
        y[k] = x[k] + gamma * (other[pick[0] * dim + k] - other[pick[1] * dim + k]);
    *ln_q_ratio = 0.0;
}

static mutau_status check(const void *cfg, size_t dim, size_t n_other, mutau_error *err)
{
    (void)dim;
    const mutau_move_de_settings *settings = cfg;
    if (settings == NULL || !mutau_move_is_scale(settings->gamma0, true) ||
        !mutau_move_is_scale(settings->sigma, false))
        return mutau_error_set(err, MUTAU_EDOM, "de: gamma0 and sigma must be numbers above 0");
    if (!(settings->jump >= 0.0) || !(settings->jump <= 1.0))
        return mutau_error_set(err, MUTAU_EDOM, "de: jump must be a share from 0 to 1");
    if (!(settings->shrink >= 0.0) || !isfinite(settings->shrink))
        return mutau_error_set(err, MUTAU_EDOM, "de: shrink must be a number from 0 on");
    if (n_other < 2)
        return mutau_error_set(err, MUTAU_EDOM, "de: needs two other walkers");
    return MUTAU_OK;
}

static const mutau_option options[] = {
    {.key = "gamma0",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_de_settings, gamma0),
     .min = 1e-3,
     .max = 10.0,
     .def = (double)NAN,
     .doc = "length of the step in differences; 2.38/sqrt(2 dim) if it is not given"},
    {.key = "sigma",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_de_settings, sigma),
     .min = 1e-12,
     .max = 10.0,
     .def = 1e-5,
     .doc = "relative jitter of gamma"},
    {.key = "jump",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_de_settings, jump),
     .min = 0.0,
     .max = 1.0,
     .def = 0.0,
     .doc = "share of the proposals with gamma0 = 1, which leap between modes"},
    {.key = "shrink",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_de_settings, shrink),
     .min = 0.0,
     .max = 30.0,
     .def = 0.0,
     .doc = "steps are shorter by exp(-shrink u), u between 0 and 1: for modes of any width"},
};

const mutau_move mutau_move_de = {
    .name = "de",
    .doc = "differential evolution: along the difference of two walkers of the other half",
    .reference = "ter Braak, Stat. Comput. 16, 239 (2006); "
                 "Nelson et al., ApJS 210, 11 (2014)",
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_move_de_settings),
    .propose = propose,
    .check = check,
};
