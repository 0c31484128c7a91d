/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snooker update of differential evolution; documented in sampler/move.h.
 *
 * In polar coordinates about X_i the step changes the radius alone, to |r + step| (through
 * X_i the direction turns round); the volume element r^(dim-1) makes the ratio. */
#include "sampler/move.h"

#include <math.h>

#include "move_internal.h"

static void propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)ws;
    const mutau_move_snooker_settings *settings = cfg;
    size_t pick[3];
    const double u = mutau_rng_uniform(rng);
    const double gamma = settings->gamma + settings->spread * (2.0 * u - 1.0);
    mutau_move_pick(rng, n_other, 3, pick);
    const double *centre = other + pick[0] * dim;
    const double *first = other + pick[1] * dim, *second = other + pick[2] * dim;
    double square = 0.0, along = 0.0;
    for (size_t k = 0; k < dim; k++) {
        const double from = x[k] - centre[k];
        square += from * from;
        along += from * (first[k] - second[k]);
    }
    const double radius = sqrt(square);
    const double step = gamma * along / radius;
    if (!(radius > 0.0) || !isfinite(step)) {
        mutau_move_refuse(dim, x, y, ln_q_ratio);
        return;
    }
    for (size_t k = 0; k < dim; k++)
        y[k] = x[k] + step * ((x[k] - centre[k]) / radius);
    *ln_q_ratio = dim == 1 ? 0.0 : ((double)dim - 1.0) * log(fabs(radius + step) / radius);
}

static mutau_status check(const void *cfg, size_t dim, size_t n_other, mutau_error *err)
{
    (void)dim;
    const mutau_move_snooker_settings *settings = cfg;
    if (settings == NULL || !mutau_move_is_scale(settings->gamma, false) ||
        !(settings->spread >= 0.0) || !isfinite(settings->spread))
        return mutau_error_set(err, MUTAU_EDOM,
                               "de-snooker: gamma must be a number above 0, spread at least 0");
    if (n_other < 3)
        return mutau_error_set(err, MUTAU_EDOM,
                               "de-snooker: needs three other walkers, half an ensemble has %zu",
                               n_other);
    return MUTAU_OK;
}

static const mutau_option options[] = {
    {.key = "gamma",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_snooker_settings, gamma),
     .min = 1e-3,
     .max = 10.0,
     .def = 1.7,
     .doc = "length of the step in projected differences, on average"},
    {.key = "spread",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_snooker_settings, spread),
     .min = 0.0,
     .max = 10.0,
     .def = 0.5,
     .doc = "it is drawn from gamma - spread to gamma + spread"},
};

const mutau_move mutau_move_snooker = {
    .name = "de-snooker",
    .doc = "along the line to a walker, by the projected difference of two others",
    .reference = "ter Braak & Vrugt, Stat. Comput. 18, 435 (2008)",
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_move_snooker_settings),
    .propose = propose,
    .check = check,
};
