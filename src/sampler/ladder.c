/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pilot that finds a ladder of temperatures; documented in sampler/ladder.h. */
#include "sampler/ladder.h"

#include <float.h>
#include <math.h>

#include "ladder_internal.h"

/* One ensemble of them all, whatever the run has: a dozen copies of a few points in ensembles of
 * eight would soon span a plane that the moves never leave. */
static const size_t N_PARTICLE = 256;
/* Between two densities of the pilot: at 0.5 some 40 % of the particles count. */
static const pilot_pace PACE = {.share = 0.5, .moves = 5.0, .max_steps = 50};
/* Between the rungs of the run, which do not resample. */
static const double RUNG_SHARE = 0.3;
static const double MOST_GAPS = 1e6; /* which are told to be needed */

/* From the last knot to 1 as far in length as it is in ln beta by the last step. */
static void guess_rest(mutau_pilot *p)
{
    const size_t last = p->n_knot - 1;
    const double length = p->distance[last] - p->distance[last - 1];
    const double pace = last > 1 ? log(p->beta[last] / p->beta[last - 1]) : log(2.0);
    mutau_pilot_add_knot(p, 1.0, length * -log(p->beta[last]) / fmax(pace, DBL_EPSILON));
}

/* ---- the ladder ---- */

/* beta at a distance from 0: up to the first knot in proportion, then between two knots
 * geometrically. */
static double beta_at(const mutau_pilot *p, double distance)
{
    size_t i = 1;
    while (i + 1 < p->n_knot && p->distance[i] < distance)
        i++;
    const double length = p->distance[i] - p->distance[i - 1];
    const double share = length > 0.0 ? fmin((distance - p->distance[i - 1]) / length, 1.0) : 1.0;
    if (i == 1)
        return p->beta[1] * share;
    return p->beta[i - 1] * pow(p->beta[i] / p->beta[i - 1], share);
}

/* Equal distances; of a flat likelihood, which has none, equal steps in beta. */
static void spread(const mutau_pilot *p, size_t n_least, size_t n_most, mutau_ladder *out)
{
    const double length = p->distance[p->n_knot - 1];
    const double n_gap = fmin(fmax(ceil(length / mutau_pilot_length(RUNG_SHARE)), 1.0), MOST_GAPS);
    out->n_needed = 1 + (size_t)n_gap;
    out->n_rung = out->n_needed < n_most ? out->n_needed : n_most;
    out->n_rung = out->n_rung > n_least ? out->n_rung : n_least;
    const double n = (double)(out->n_rung - 1);
    for (size_t i = 0; i < out->n_rung; i++) {
        const double share = (double)(out->n_rung - 1 - i) / n;
        out->beta[i] = length > 0.0 ? beta_at(p, share * length) : share;
    }
    out->beta[0] = 1.0;
    out->beta[out->n_rung - 1] = 0.0;
    out->share = erfc(0.5 * length / n);
}

void mutau_ladder_of(mutau_pilot *p, double beta_stuck, size_t n_least, size_t n_most,
                     mutau_ladder *out)
{
    out->beta_stuck = beta_stuck;
    if (beta_stuck > 0.0)
        guess_rest(p);
    spread(p, n_least, n_most, out);
}

mutau_status mutau_ladder_check(const mutau_ensemble_settings *settings, size_t max_rung,
                                mutau_error *err)
{
    if (settings->n_temperature < 2 || settings->n_temperature > MUTAU_MAX_TEMPERATURES ||
        max_rung > MUTAU_MAX_TEMPERATURES)
        return mutau_error_set(err, MUTAU_EDOM,
                               "temperature ladder: %zu rungs, at most %zu: must be 2 to %d",
                               settings->n_temperature, max_rung, MUTAU_MAX_TEMPERATURES);
    return MUTAU_OK;
}

mutau_status mutau_ladder_find(const mutau_target *target, const mutau_ensemble_settings *settings,
                               size_t max_rung, mutau_rng *rng, const mutau_stop *stop,
                               mutau_ladder *out, mutau_error *err)
{
    mutau_pilot *p = NULL;
    double beta_stuck = 0.0;
    *out = (mutau_ladder){0};
    MUTAU_CHECK(mutau_ladder_check(settings, max_rung, err));
    mutau_status status = mutau_pilot_alloc(target, settings, N_PARTICLE, PACE, rng, stop, &p, err);
    if (status == MUTAU_OK)
        status = mutau_pilot_follow(p, &beta_stuck, err);
    if (status == MUTAU_OK) {
        mutau_ladder_of(p, beta_stuck, settings->n_temperature, max_rung, out);
        out->spent = mutau_ensemble_counters(p->ensemble);
        out->spent.steps = 0;
    }
    mutau_pilot_free(p);
    return status;
}
