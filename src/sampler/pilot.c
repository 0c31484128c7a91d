/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Particles from the prior to the posterior; documented in pilot_internal.h. */
#include "pilot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ensemble_internal.h"
#include "base/mem.h"
#include "base/sort.h"

/* Fewer than a quarter that have been moved at all are stuck. */
static const size_t STUCK_SHARE = 4;
static const double LEAST_BETA = 1e-300;

void mutau_pilot_free(mutau_pilot *p)
{
    if (p == NULL)
        return;
    mutau_ensemble_free(p->ensemble);
    free(p->ln_like);
    free(p->weight);
    free(p->position);
    free(p->next_ln_prior);
    free(p->next_ln_like);
    free(p->blob);
    free(p->accepted);
    free(p);
}

static mutau_status fill(mutau_pilot *p, const mutau_target *target,
                         const mutau_ensemble_settings *settings, size_t n_particle,
                         mutau_error *err)
{
    mutau_ensemble_settings own = *settings;
    own.n_ensemble = 1;
    own.n_walker = settings->n_walker > n_particle ? settings->n_walker : n_particle;
    own.n_temperature = 1;
    own.max_failure_rate = 1.0; /* in the wild prior much may fail */
    own.side_work = (mutau_side_work){0};
    p->n = own.n_walker;
    p->dim = target->dim;
    p->n_blob = target->n_blob;
    MUTAU_CHECK(mutau_ensemble_alloc(target, &own, p->rng, &p->ensemble, err));
    p->ln_like = mutau_calloc(p->n, sizeof *p->ln_like);
    p->weight = mutau_calloc(p->n, sizeof *p->weight);
    p->position = mutau_calloc(p->n * p->dim, sizeof *p->position);
    p->next_ln_prior = mutau_calloc(p->n, sizeof *p->next_ln_prior);
    p->next_ln_like = mutau_calloc(p->n, sizeof *p->next_ln_like);
    p->blob = mutau_calloc(p->n * p->n_blob, sizeof *p->blob);
    p->accepted = mutau_calloc(p->n, sizeof *p->accepted);
    if (p->ln_like == NULL || p->weight == NULL || p->position == NULL ||
        p->next_ln_prior == NULL || p->next_ln_like == NULL || p->blob == NULL ||
        p->accepted == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu particles", p->n);
    return MUTAU_OK;
}

mutau_status mutau_pilot_alloc(const mutau_target *target, const mutau_ensemble_settings *settings,
                               size_t n_particle, pilot_pace pace, mutau_rng *rng,
                               const mutau_stop *stop, mutau_pilot **out, mutau_error *err)
{
    mutau_pilot *p = *out = mutau_calloc(1, sizeof *p);
    if (p == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a pilot");
    p->rng = rng;
    p->stop = stop;
    p->pace = pace;
    return fill(p, target, settings, n_particle, err);
}

/* ---- how far to go ---- */

/* The share of accepted swaps after a step in beta: with w ascending, sum_ij min(w_i, w_j) is
 * sum_i (2 (n - i) - 1) w_i. */
static double share_after(mutau_pilot *p, double step)
{
    const double highest = p->ln_like[p->n - 1];
    double sum = 0.0, of_pairs = 0.0;
    for (size_t i = 0; i < p->n; i++) {
        const double weight = exp(step * (p->ln_like[i] - highest));
        sum += weight;
        of_pairs += (double)(2 * (p->n - i) - 1) * weight;
    }
    return of_pairs / ((double)p->n * sum);
}

double mutau_pilot_length(double share)
{
    double lo = 0.0, hi = 60.0;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (lo + hi);
        if (erfc(0.5 * middle) > share)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

/* The step to the next density, at most `left`, by bisection of its logarithm. */
static double choose_step(mutau_pilot *p, double left)
{
    double lo = log(LEAST_BETA), hi = log(left);
    if (share_after(p, left) >= p->pace.share)
        return left;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (lo + hi);
        if (share_after(p, exp(middle)) >= p->pace.share)
            lo = middle;
        else
            hi = middle;
    }
    return exp(lo);
}

void mutau_pilot_add_knot(mutau_pilot *p, double beta, double length)
{
    p->beta[p->n_knot] = beta;
    p->distance[p->n_knot] = (p->n_knot > 0 ? p->distance[p->n_knot - 1] : 0.0) + length;
    p->n_knot++;
}

/* Adds the next density; its distance from 1. */
static double choose_next(mutau_pilot *p)
{
    const double beta = p->beta[p->n_knot - 1];
    const mutau_ensemble_view v = mutau_ensemble_state(p->ensemble, 0);
    memcpy(p->ln_like, v.ln_like, p->n * sizeof *p->ln_like);
    qsort(p->ln_like, p->n, sizeof *p->ln_like, mutau_rising);
    const double step = choose_step(p, 1.0 - beta), left = 1.0 - (beta + step);
    mutau_pilot_add_knot(p, left > 0.0 ? beta + step : 1.0,
                         mutau_pilot_length(share_after(p, step)));
    double sum = 0.0;
    for (size_t i = 0; i < p->n; i++) {
        p->weight[i] = exp(step * (v.ln_like[i] - p->ln_like[p->n - 1]));
        sum += p->weight[i];
    }
    p->ln_z[p->n_knot - 1] =
        p->ln_z[p->n_knot - 2] + step * p->ln_like[p->n - 1] + log(sum / (double)p->n);
    return left;
}

/* ---- going there ---- */

/* Systematic: as many copies of a particle as its weight says, up to one. */
mutau_status mutau_pilot_resample(mutau_pilot *p, mutau_error *err)
{
    const mutau_ensemble_view v = mutau_ensemble_state(p->ensemble, 0);
    const mutau_ensemble_counts counts = mutau_ensemble_counters(p->ensemble);
    double sum = 0.0, below = 0.0;
    size_t from = 0;
    for (size_t i = 0; i < p->n; i++)
        sum += p->weight[i];
    const double u = mutau_rng_uniform(p->rng);
    for (size_t i = 0; i < p->n; i++) {
        const double at = ((double)i + u) / (double)p->n * sum;
        while (from + 1 < p->n && below + p->weight[from] <= at)
            below += p->weight[from++];
        memcpy(p->position + i * p->dim, v.position + from * p->dim, p->dim * sizeof(double));
        p->next_ln_prior[i] = v.ln_prior[from];
        p->next_ln_like[i] = v.ln_like[from];
        if (p->n_blob != 0)
            memcpy(p->blob + i * p->n_blob, v.blob + from * p->n_blob, p->n_blob * sizeof(double));
    }
    memset(p->accepted, 0, p->n * sizeof *p->accepted);
    return mutau_ensemble_restore(p->ensemble, p->position, p->next_ln_prior, p->next_ln_like,
                                  p->blob, p->accepted, &counts, NULL, NULL, err);
}

/* How many particles are not where they were resampled, and accepted moves of all: those of a
 * copy against its like lead nowhere. */
static size_t count_moved(const mutau_pilot *p, double *moves)
{
    const mutau_ensemble_view v = mutau_ensemble_state(p->ensemble, 0);
    const size_t size = p->dim * sizeof(double);
    size_t n_moved = 0;
    *moves = 0.0;
    for (size_t i = 0; i < p->n; i++) {
        n_moved += memcmp(v.position + i * p->dim, p->position + i * p->dim, size) != 0;
        *moves += (double)v.accepted[i];
    }
    return n_moved;
}

mutau_status mutau_pilot_step(mutau_pilot *p, mutau_error *err)
{
    if (mutau_stop_requested(p->stop))
        return mutau_error_set(err, MUTAU_ESTOPPED, "stopped");
    return mutau_ensemble_step(p->ensemble, err);
}

/* Moves the resampled particles; whether they are stuck. */
static mutau_status move(mutau_pilot *p, bool *stuck, mutau_error *err)
{
    double moves = 0.0;
    *stuck = true;
    mutau_ensemble_heat(p->ensemble, p->beta[p->n_knot - 1]);
    for (size_t i = 0; i < p->pace.max_steps && (*stuck || moves < p->pace.moves * (double)p->n);
         i++) {
        MUTAU_CHECK(mutau_pilot_step(p, err));
        *stuck = count_moved(p, &moves) < p->n / STUCK_SHARE;
    }
    return MUTAU_OK;
}

/* To the density that was chosen. */
static mutau_status advance(mutau_pilot *p, bool *stuck, mutau_error *err)
{
    if (p->on_stage != NULL)
        MUTAU_CHECK(p->on_stage(p, p->self, err));
    MUTAU_CHECK(mutau_pilot_resample(p, err));
    return move(p, stuck, err);
}

mutau_status mutau_pilot_follow(mutau_pilot *p, double *beta_stuck, mutau_error *err)
{
    bool stuck = false;
    *beta_stuck = 0.0;
    MUTAU_CHECK(mutau_ensemble_start(p->ensemble, err));
    p->n_knot = 1; /* at beta = 0 */
    while (choose_next(p) > 0.0) {
        MUTAU_CHECK(advance(p, &stuck, err));
        if (!stuck && p->n_knot <= PILOT_MAX_STAGE)
            continue;
        *beta_stuck = p->beta[p->n_knot - 1];
        break;
    }
    return MUTAU_OK;
}

mutau_status mutau_pilot_arrive(mutau_pilot *p, mutau_error *err)
{
    bool stuck;
    return advance(p, &stuck, err);
}
