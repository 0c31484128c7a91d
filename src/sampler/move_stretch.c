/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stretch move of Goodman & Weare; documented in sampler/move.h. */
#include "sampler/move.h"

#include <math.h>

/* g(z) ~ 1/sqrt(z) on [1/a, a] has the distribution function
 * (sqrt(z) - sqrt(1/a)) / (sqrt(a) - sqrt(1/a)); inverted, z = (1 + (a-1) u)^2 / a. */
static void propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)ws;
    const mutau_move_stretch_settings *settings = cfg;
    const double root = 1.0 + (settings->a - 1.0) * mutau_rng_uniform(rng);
    const double z = root * root / settings->a;
    const double *partner = other + dim * mutau_rng_index(rng, n_other);
    for (size_t i = 0; i < dim; i++)
        y[i] = partner[i] + z * (x[i] - partner[i]);
    *ln_q_ratio = ((double)dim - 1.0) * log(z);
}

static mutau_status check(const void *cfg, size_t dim, size_t n_other, mutau_error *err)
{
    (void)dim;
    const mutau_move_stretch_settings *settings = cfg;
    if (settings == NULL || !(settings->a > 1.0) || !isfinite(settings->a))
        return mutau_error_set(err, MUTAU_EDOM, "stretch: the scale a must be a number above 1");
    if (n_other < 1)
        return mutau_error_set(err, MUTAU_EDOM, "stretch: needs another walker");
    return MUTAU_OK;
}

static const mutau_option options[] = {
    {.key = "a",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_stretch_settings, a),
     .min = 1.01,
     .max = 100.0,
     .def = 3.0, /* effective draws per evaluation on chains/wp.yaml: a third more than 2 */
     .doc = "scale: stretches by 1/a to a"},
};

const mutau_move mutau_move_stretch = {
    .name = "stretch",
    .doc = "stretch move along the line to a walker of the other half",
    .reference = "Goodman & Weare, CAMCoS 5, 65 (2010), eqs. 7 and 9",
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_move_stretch_settings),
    .propose = propose,
    .check = check,
};
