/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pilot that finds a ladder of temperatures; documented in sampler/ladder.h. */
#include "sampler/ladder.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ensemble_internal.h"
#include "base/mem.h"
#include "base/sort.h"

/* One ensemble of them all, whatever the run has: a dozen copies of a few points in ensembles of
 * eight would soon span a plane that the moves never leave. */
static const size_t N_PARTICLE = 256;
/* Between two densities of the pilot, and between the rungs of the run, which do not resample:
 * at 0.5 some 40 % of the particles count, at 0.3 10 %. */
static const double PILOT_SHARE = 0.5, RUNG_SHARE = 0.3;
/* Moves after a resampling: until particles have been moved so often on average, or so many
 * steps.  Fewer than a quarter that have been moved at all are stuck. */
static const double MOVES = 5.0;
static const size_t MAX_STEPS = 50, STUCK_SHARE = 4;
static const double LEAST_BETA = 1e-300;
static const double MOST_GAPS = 1e6; /* which are told to be needed */
/* Where the pilot ends in any case: 70 rungs of the run for each of its 100. */
enum { MAX_STAGE = 10 * MUTAU_MAX_TEMPERATURES };

typedef struct pilot {
    mutau_ensemble *ensemble; /* of one rung, which is heated */
    mutau_rng *rng;           /* not owned */
    const mutau_stop *stop;
    size_t n, dim, n_blob;
    double *ln_like; /* [n] sorted, ascending */
    double *weight;  /* [n] of those, or of the particles */

    /* The next particles. */
    double *position; /* [n][dim] */
    double *next_ln_prior, *next_ln_like;
    double *blob;       /* [n][n_blob] */
    uint64_t *accepted; /* [n] */

    /* What has been found: beta[0] = 0 to beta[n_knot - 1], and the distances from 0. */
    size_t n_knot;
    double beta[MAX_STAGE + 2], distance[MAX_STAGE + 2];
} pilot;

static void clear(pilot *p)
{
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

static mutau_status fill(pilot *p, const mutau_target *target,
                         const mutau_ensemble_settings *settings, mutau_error *err)
{
    mutau_ensemble_settings own = *settings;
    own.n_ensemble = 1;
    own.n_walker = settings->n_walker > N_PARTICLE ? settings->n_walker : N_PARTICLE;
    own.n_temperature = 1;
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

/* ---- how far to go ---- */

/* The share of accepted swaps after a step in beta: with w ascending, sum_ij min(w_i, w_j) is
 * sum_i (2 (n - i) - 1) w_i. */
static double share_after(pilot *p, double step)
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

/* 2 erfcinv(share) for 0 < share <= 1. */
static double length_of(double share)
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
static double choose_step(pilot *p, double left)
{
    double lo = log(LEAST_BETA), hi = log(left);
    if (share_after(p, left) >= PILOT_SHARE)
        return left;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (lo + hi);
        if (share_after(p, exp(middle)) >= PILOT_SHARE)
            lo = middle;
        else
            hi = middle;
    }
    return exp(lo);
}

static void add_knot(pilot *p, double beta, double length)
{
    p->beta[p->n_knot] = beta;
    p->distance[p->n_knot] = p->distance[p->n_knot - 1] + length;
    p->n_knot++;
}

/* Adds the next density; its distance from 1. */
static double choose_next(pilot *p)
{
    const double beta = p->beta[p->n_knot - 1];
    const mutau_ensemble_view v = mutau_ensemble_state(p->ensemble, 0);
    memcpy(p->ln_like, v.ln_like, p->n * sizeof *p->ln_like);
    qsort(p->ln_like, p->n, sizeof *p->ln_like, mutau_rising);
    const double step = choose_step(p, 1.0 - beta), left = 1.0 - (beta + step);
    add_knot(p, left > 0.0 ? beta + step : 1.0, length_of(share_after(p, step)));
    for (size_t i = 0; i < p->n; i++)
        p->weight[i] = exp(step * (v.ln_like[i] - p->ln_like[p->n - 1]));
    return left;
}

/* ---- going there ---- */

/* Systematic: as many copies of a particle as its weight says, up to one. */
static mutau_status resample(pilot *p, mutau_error *err)
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
static size_t count_moved(const pilot *p, double *moves)
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

/* Moves the resampled particles; whether they are stuck. */
static mutau_status move(pilot *p, bool *stuck, mutau_error *err)
{
    double moves = 0.0;
    *stuck = true;
    mutau_ensemble_heat(p->ensemble, p->beta[p->n_knot - 1]);
    for (size_t i = 0; i < MAX_STEPS && (*stuck || moves < MOVES * (double)p->n); i++) {
        if (mutau_stop_requested(p->stop))
            return mutau_error_set(err, MUTAU_ESTOPPED, "stopped");
        MUTAU_CHECK(mutau_ensemble_step(p->ensemble, err));
        *stuck = count_moved(p, &moves) < p->n / STUCK_SHARE;
    }
    return MUTAU_OK;
}

/* From the prior to the posterior, or to where the particles are stuck. */
static mutau_status follow(pilot *p, double *beta_stuck, mutau_error *err)
{
    bool stuck = false;
    MUTAU_CHECK(mutau_ensemble_start(p->ensemble, err));
    p->n_knot = 1; /* at beta = 0 */
    while (choose_next(p) > 0.0) {
        MUTAU_CHECK(resample(p, err));
        MUTAU_CHECK(move(p, &stuck, err));
        if (!stuck && p->n_knot <= MAX_STAGE)
            continue;
        *beta_stuck = p->beta[p->n_knot - 1];
        break;
    }
    return MUTAU_OK;
}

/* From the last knot to 1 as far in length as it is in ln beta by the last step. */
static void guess_rest(pilot *p)
{
    const size_t last = p->n_knot - 1;
    const double length = p->distance[last] - p->distance[last - 1];
    const double pace = last > 1 ? log(p->beta[last] / p->beta[last - 1]) : log(2.0);
    add_knot(p, 1.0, length * -log(p->beta[last]) / fmax(pace, DBL_EPSILON));
}

/* ---- the ladder ---- */

/* beta at a distance from 0: up to the first knot in proportion, then between two knots
 * geometrically. */
static double beta_at(const pilot *p, double distance)
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
static void spread(const pilot *p, size_t n_least, size_t n_most, mutau_ladder *out)
{
    const double length = p->distance[p->n_knot - 1];
    const double n_gap = fmin(fmax(ceil(length / length_of(RUNG_SHARE)), 1.0), MOST_GAPS);
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

mutau_status mutau_ladder_find(const mutau_target *target, const mutau_ensemble_settings *settings,
                               size_t max_rung, mutau_rng *rng, const mutau_stop *stop,
                               mutau_ladder *out, mutau_error *err)
{
    *out = (mutau_ladder){0};
    if (settings->n_temperature < 2 || settings->n_temperature > MUTAU_MAX_TEMPERATURES ||
        max_rung > MUTAU_MAX_TEMPERATURES)
        return mutau_error_set(err, MUTAU_EDOM,
                               "temperature ladder: %zu rungs, at most %zu: must be 2 to %d",
                               settings->n_temperature, max_rung, MUTAU_MAX_TEMPERATURES);
    pilot *p = mutau_calloc(1, sizeof *p);
    if (p == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a pilot");
    p->rng = rng;
    p->stop = stop;
    mutau_status status = fill(p, target, settings, err);
    if (status == MUTAU_OK)
        status = follow(p, &out->beta_stuck, err);
    if (status == MUTAU_OK) {
        if (out->beta_stuck > 0.0)
            guess_rest(p);
        spread(p, settings->n_temperature, max_rung, out);
        out->spent = mutau_ensemble_counters(p->ensemble);
        out->spent.steps = 0;
    }
    clear(p);
    return status;
}
