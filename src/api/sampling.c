/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ensembles on a density of the caller's, in memory; documented in mutau/sampling.h. */
#include "mutau/sampling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_internal.h"
#include "base/mem.h"
#include "base/rng.h"
#include "posterior/run_settings.h"
#include "sampler/explore.h"

/* --- settings -------------------------------------------------------------------------- */

/* As those of a run into a chain file, of which there is none. */
static mutau_status read_settings(const mutau_api_density *density, const char *text,
                                  mutau_run_settings **out, mutau_error *err)
{
    mutau_own_target *own = mutau_calloc(1, sizeof *own);
    if (own == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the settings");
    (void)snprintf(own->name, sizeof own->name, "settings");
    own->dim = density->target.dim;
    for (size_t i = 0; i < own->dim; i++) {
        (void)snprintf(own->coordinate[i], sizeof own->coordinate[i], "%s", density->name[i]);
        own->lo[i] = density->lo[i];
        own->hi[i] = density->hi[i];
    }
    const mutau_status status = mutau_run_settings_of_own(own, text, "none", out, err);
    free(own);
    return status;
}

/* The mixture, if a move needs one. */
static mutau_status explore(mutau_sampling *s, mutau_ensemble_settings *e, mutau_error *err)
{
    const mutau_exploration_settings how = {
        .ensemble = e, .lo = s->density.lo, .hi = s->density.hi};
    mutau_exploration found;
    const mutau_status status = mutau_explore(&s->density.target, &how, s->rng, NULL, &found, err);
    if (status == MUTAU_OK && found.mixture != NULL) {
        s->mixture = found.mixture;
        found.mixture = NULL;
        e->spent = found.spent;
        mutau_explore_use(s->mixture, found.acceptance, &s->mixture_cfg, e);
    }
    mutau_exploration_free(&found);
    return status;
}

static mutau_status set_up_ensemble(mutau_sampling *s, const mutau_sampler_settings *settings,
                                    int n_thread, mutau_error *err)
{
    mutau_ensemble_settings e = {.n_ensemble = (size_t)settings->ensembles,
                                 .n_walker = (size_t)settings->walkers,
                                 .max_failure_rate = settings->max_failure_rate,
                                 .n_thread = n_thread,
                                 .n_temperature = 1};
    mutau_run_settings_moves(settings, &e);
    s->n_ensemble = e.n_ensemble;
    s->n_walker = e.n_walker;
    s->n_column = e.n_ensemble * e.n_walker;
    s->thin = (uint64_t)settings->thin;
    s->rng = mutau_rng_alloc((uint32_t)settings->seed);
    if (s->rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the random number generator");
    MUTAU_TRY(err, explore(s, &e, err), "starting points");
    MUTAU_CHECK(mutau_ensemble_alloc(&s->density.target, &e, s->rng, &s->ensemble, err));
    MUTAU_TRY(err, mutau_ensemble_start(s->ensemble, err), "starting points");
    return MUTAU_OK;
}

static mutau_status set_up(mutau_sampling *s, const mutau_own_density *density,
                           const char *settings, int n_thread, mutau_error *err)
{
    MUTAU_CHECK(mutau_api_threads(n_thread, &n_thread, err));
    MUTAU_CHECK(mutau_api_density_init(&s->density, density, err));
    MUTAU_CHECK(read_settings(&s->density, settings, &s->settings, err));
    if (s->settings->sampler.temperatures > 1)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "settings: sampler.temperatures: %ld: draws in memory have one "
                               "temperature",
                               s->settings->sampler.temperatures);
    return set_up_ensemble(s, &s->settings->sampler, n_thread, err);
}

mutau_status mutau_sampling_open(const mutau_own_density *density, const char *settings,
                                 int n_thread, mutau_sampling **out, mutau_error *err)
{
    *out = NULL;
    mutau_sampling *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a sampling");
    const mutau_status status = set_up(s, density, settings, n_thread, err);
    if (status != MUTAU_OK) {
        mutau_sampling_close(s);
        return status;
    }
    *out = s;
    return MUTAU_OK;
}

void mutau_sampling_close(mutau_sampling *sampling)
{
    if (sampling == NULL)
        return;
    mutau_ensemble_free(sampling->ensemble);
    mutau_mixture_free(sampling->mixture);
    mutau_rng_free(sampling->rng);
    mutau_run_settings_free(sampling->settings);
    free(sampling->position);
    free(sampling->log_prob);
    free(sampling->blob);
    free(sampling);
}

/* --- draws ----------------------------------------------------------------------------- */

/* Room for `capacity` rows of `width` numbers for each walker. */
static mutau_status grow_array(const mutau_sampling *s, size_t capacity, size_t width,
                               double **array, mutau_error *err)
{
    double *larger = mutau_realloc(*array, capacity, s->n_column * width * sizeof **array);
    if (larger == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows of %zu walkers", capacity,
                               s->n_column);
    *array = larger;
    return MUTAU_OK;
}

static mutau_status grow(mutau_sampling *s, size_t n_row, mutau_error *err)
{
    if (n_row <= s->capacity)
        return MUTAU_OK;
    const size_t capacity = n_row > 2 * s->capacity ? n_row : 2 * s->capacity;
    MUTAU_CHECK(grow_array(s, capacity, s->density.target.dim, &s->position, err));
    MUTAU_CHECK(grow_array(s, capacity, 1, &s->log_prob, err));
    if (s->density.target.n_blob > 0)
        MUTAU_CHECK(grow_array(s, capacity, s->density.target.n_blob, &s->blob, err));
    s->capacity = capacity;
    return MUTAU_OK;
}

/* The walkers where they are; there is room for the row. */
static void keep_row(mutau_sampling *s)
{
    const mutau_ensemble_view all = mutau_ensemble_state(s->ensemble, 0); /* of all ensembles */
    const size_t dim = s->density.target.dim, n_blob = s->density.target.n_blob, n = s->n_column;
    double *log_prob = s->log_prob + s->n_row * n;
    memcpy(s->position + s->n_row * n * dim, all.position, n * dim * sizeof *s->position);
    if (n_blob > 0)
        memcpy(s->blob + s->n_row * n * n_blob, all.blob, n * n_blob * sizeof *s->blob);
    for (size_t i = 0; i < n; i++)
        log_prob[i] = all.ln_prior[i] + all.ln_like[i];
    s->n_row++;
}

mutau_status mutau_sampling_run(mutau_sampling *sampling, size_t n_step, mutau_error *err)
{
    mutau_sampling *s = sampling;
    if (n_step > SIZE_MAX - s->steps)
        return mutau_error_set(err, MUTAU_EDOM,
                               "n_step = %zu: more than can be counted, after %llu", n_step,
                               (unsigned long long)s->steps);
    const uint64_t last = s->steps + n_step;
    MUTAU_CHECK(grow(s, (size_t)(last / s->thin), err));
    while (s->steps < last) {
        MUTAU_CHECK(mutau_ensemble_step(s->ensemble, err));
        s->steps++;
        if (s->steps % s->thin == 0)
            keep_row(s);
    }
    return MUTAU_OK;
}

size_t mutau_sampling_ensembles(const mutau_sampling *sampling)
{
    return sampling->n_ensemble;
}

size_t mutau_sampling_walkers(const mutau_sampling *sampling)
{
    return sampling->n_walker;
}

size_t mutau_sampling_rows(const mutau_sampling *sampling)
{
    return sampling->n_row;
}

uint64_t mutau_sampling_evaluations(const mutau_sampling *sampling)
{
    return mutau_ensemble_counters(sampling->ensemble).evaluations;
}

uint64_t mutau_sampling_failures(const mutau_sampling *sampling)
{
    return mutau_ensemble_counters(sampling->ensemble).failures;
}

double mutau_sampling_acceptance(const mutau_sampling *sampling)
{
    const mutau_ensemble_view all = mutau_ensemble_state(sampling->ensemble, 0);
    double accepted = 0.0;
    if (sampling->steps == 0)
        return (double)NAN;
    for (size_t i = 0; i < sampling->n_column; i++)
        accepted += (double)all.accepted[i];
    return accepted / ((double)sampling->n_column * (double)sampling->steps);
}

void mutau_api_copy(const mutau_sampling *s, mutau_api_kind kind, size_t i, size_t first,
                    size_t n_row, double x[])
{
    const double *from = kind == MUTAU_API_COORDINATE ? s->position
                         : kind == MUTAU_API_BLOB     ? s->blob
                                                      : s->log_prob;
    const size_t width = kind == MUTAU_API_COORDINATE ? s->density.target.dim
                         : kind == MUTAU_API_BLOB     ? s->density.target.n_blob
                                                      : 1;
    for (size_t k = 0; k < n_row * s->n_column; k++)
        x[k] = from[(first * s->n_column + k) * width + i];
}

mutau_status mutau_sampling_read(const mutau_sampling *sampling, const char *name, size_t first,
                                 size_t n_row, double x[], mutau_error *err)
{
    const mutau_api_density *d = &sampling->density;
    const mutau_api_names names = {d->target.dim, d->target.n_blob, d->name, d->blob};
    mutau_api_kind kind;
    size_t i;
    MUTAU_CHECK(mutau_api_find(&names, name, &kind, &i, err));
    if (first > sampling->n_row || n_row > sampling->n_row - first)
        return mutau_error_set(err, MUTAU_EDOM, "%s: rows %zu to %zu of %zu", name, first,
                               first + n_row, sampling->n_row);
    mutau_api_copy(sampling, kind, i, first, n_row, x);
    return MUTAU_OK;
}
