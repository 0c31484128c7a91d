/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ensembles of a run, their ladder of temperatures, as many rungs as a pilot finds necessary,
 * and the mixture that they propose from; or those of the chain file that is gone on with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "sampler/explore.h"
#include "run_internal.h"

/* The groups of the chain file: the cold rungs, or all; the ensembles stay where they are. */
static mutau_status alloc_rows(mutau_run *run, mutau_error *err)
{
    const run_shape *shape = &run->shape;
    const size_t n = shape->n_ensemble * shape->n_stored;
    run_store *store = &run->store;
    store->log_prob = mutau_calloc(n, shape->n_walker * sizeof *store->log_prob);
    store->rows = mutau_calloc(n, sizeof *store->rows);
    if (store->log_prob == NULL || store->rows == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n * shape->n_walker);
    for (size_t i = 0; i < n; i++) {
        const mutau_ensemble_view v =
            mutau_ensemble_rung(run->sampler.ensemble, i / shape->n_stored, i % shape->n_stored);
        store->rows[i] = (mutau_chain_step){.position = v.position,
                                            .log_prob = store->log_prob + i * shape->n_walker,
                                            .blob = v.blob};
    }
    return MUTAU_OK;
}

static void describe_ensemble(mutau_run *run, mutau_ensemble_settings *settings)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    *settings = (mutau_ensemble_settings){
        .n_ensemble = run->shape.n_ensemble,
        .n_walker = run->shape.n_walker,
        .max_failure_rate = s->max_failure_rate,
        .n_thread = run->options.n_thread,
        .evaluator = run->sampler.evaluator,
        .side_work = {.run = mutau_run_store_meanwhile, .self = run},
        .screen = run->density.screen.dim > 0 ? &run->density.screen : NULL,
        .n_temperature = (size_t)s->temperatures,
        .ladder = {.adapt_steps = (uint64_t)s->ladder_adapt,
                   .lag = s->ladder_lag,
                   .time = s->ladder_time,
                   .beta_min = s->ladder_beta_min},
    };
    mutau_run_settings_moves(s, settings);
}

/* The ensembles, and what is stored of them. */
static mutau_status alloc_all(mutau_run *run, const mutau_ensemble_settings *settings,
                              mutau_error *err)
{
    run->shape.n_rung = settings->n_temperature;
    run->shape.n_stored = run->settings->sampler.store_rungs ? run->shape.n_rung : 1;
    MUTAU_CHECK(mutau_ensemble_alloc(&run->target, settings, run->sampler.rng,
                                     &run->sampler.ensemble, err));
    return alloc_rows(run, err);
}

static void tell_ladder(const mutau_run *run, const mutau_ladder *ladder)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    const size_t wanted = (size_t)s->temperatures;
    if (ladder->n_rung > wanted)
        mutau_run_tell(run, MUTAU_RUN_LADDER,
                       "%zu temperatures instead of %zu: so many let neighbours swap %.0f %% of "
                       "their points",
                       ladder->n_rung, wanted, 100.0 * ladder->share);
    if (ladder->n_needed > ladder->n_rung)
        mutau_run_tell(run, MUTAU_RUN_WARNING,
                       "%zu temperatures (sampler.ladder.max_rungs: %ld) are fewer than the %zu "
                       "with which neighbours would swap points often enough",
                       ladder->n_rung, s->ladder_max_rungs, ladder->n_needed);
    if (ladder->beta_stuck > 0.0)
        mutau_run_tell(run, MUTAU_RUN_WARNING,
                       "the pilot for the ladder of temperatures was stuck at the inverse "
                       "temperature %.3g: from there to 1 its rungs are guessed",
                       ladder->beta_stuck);
}

/* ---- the mixture ---- */

/* Its text begins with a comment: how often its proposals are accepted, as the exploration found.
 */
static const char ACCEPTANCE[] = "# acceptance ";

static mutau_status write_mixture(mutau_run *run, double acceptance, mutau_error *err)
{
    char *text = mutau_mixture_write(run->sampler.mixture), number[MUTAU_NUMBER_SIZE];
    const size_t size = text != NULL ? sizeof ACCEPTANCE + sizeof number + 1 + strlen(text) : 0;
    mutau_number_write(acceptance, number);
    run->sampler.mixture_text = text != NULL ? mutau_calloc(size, 1) : NULL;
    if (run->sampler.mixture_text != NULL)
        (void)snprintf(run->sampler.mixture_text, size, "%s%s\n%s", ACCEPTANCE, number, text);
    free(text);
    return run->sampler.mixture_text != NULL
               ? MUTAU_OK
               : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the mixture");
}

static mutau_status read_mixture(mutau_run *run, const char *text, double *acceptance,
                                 mutau_error *err)
{
    const size_t n = strlen(ACCEPTANCE);
    char number[MUTAU_NUMBER_SIZE] = "";
    if (strncmp(text, ACCEPTANCE, n) == 0 && strcspn(text + n, "\n") < sizeof number)
        (void)snprintf(number, sizeof number, "%.*s", (int)strcspn(text + n, "\n"), text + n);
    if (!mutau_number_read(number, acceptance) || !(*acceptance >= 0.0 && *acceptance <= 1.0))
        return mutau_error_set(err, MUTAU_EDATA, "%s: its mixture has no acceptance", run->path);
    MUTAU_TRY(err, mutau_mixture_read(text, &run->sampler.mixture, err), "%s: its mixture",
              run->path);
    run->sampler.mixture_text = mutau_strdup(text);
    return run->sampler.mixture_text != NULL
               ? MUTAU_OK
               : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the mixture");
}

/* ---- before the start ---- */

static mutau_status explore(mutau_run *run, const mutau_ensemble_settings *settings,
                            const double start[], mutau_exploration *found, mutau_error *err)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    const bool seek_ladder = s->temperatures > 1 && !(s->ladder_beta_min > 0.0);
    const mutau_exploration_settings how = {
        .ensemble = settings,
        .max_rung = seek_ladder ? (size_t)s->ladder_max_rungs : 0,
        .lo = run->density.lo,
        .hi = run->density.hi,
        .n_start = start != NULL ? run->shape.n_ensemble * run->shape.n_walker : 0,
        .start = start,
    };
    return mutau_explore(&run->target, &how, run->sampler.rng, &run->options.stop, found, err);
}

/* A part of the prior that cannot be evaluated is no fault where no walker goes; but one is told.
 */
static void tell_failures(const mutau_run *run, const mutau_ensemble_counts *spent)
{
    if (spent->failures > 0)
        mutau_run_tell(run, MUTAU_RUN_WARNING,
                       "%llu of the %llu evaluations before the start failed (%.2g %%), and were "
                       "rejected",
                       (unsigned long long)spent->failures, (unsigned long long)spent->evaluations,
                       100.0 * (double)spent->failures / (double)spent->evaluations);
}

/* Takes over what was found. */
static mutau_status use(mutau_run *run, mutau_ensemble_settings *settings, mutau_exploration *found,
                        mutau_error *err)
{
    settings->spent = found->spent;
    tell_failures(run, &found->spent);
    if (found->ladder.n_rung > 0) {
        tell_ladder(run, &found->ladder);
        settings->n_temperature = found->ladder.n_rung;
        settings->ladder.beta = found->ladder.beta;
    }
    if (found->mixture == NULL)
        return MUTAU_OK;
    run->sampler.mixture = found->mixture;
    found->mixture = NULL;
    mutau_explore_use(run->sampler.mixture, found->acceptance, &run->sampler.cfg, settings);
    mutau_run_tell(run, MUTAU_RUN_EXPLORED,
                   "a mixture of %zu components, of whose proposals %.0f %% are accepted, from "
                   "%llu evaluations",
                   mutau_mixture_n_component(run->sampler.mixture), 100.0 * found->acceptance,
                   (unsigned long long)found->spent.evaluations);
    return write_mixture(run, found->acceptance, err);
}

mutau_status mutau_run_explore(mutau_run *run, const double start[], mutau_error *err)
{
    mutau_ensemble_settings settings;
    mutau_exploration found;
    describe_ensemble(run, &settings);
    mutau_status status = explore(run, &settings, start, &found, err);
    if (status == MUTAU_OK)
        status = use(run, &settings, &found, err);
    if (status == MUTAU_OK)
        status = alloc_all(run, &settings, err);
    mutau_exploration_free(&found);
    return status;
}

mutau_status mutau_run_restore_explored(mutau_run *run, size_t n_stored_rung, const char *mixture,
                                        mutau_error *err)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    mutau_ensemble_settings settings;
    double acceptance = 0.0;
    describe_ensemble(run, &settings);
    settings.ladder.beta_min = 0.5; /* any: the ladder is restored */
    if (s->temperatures > 1 && s->ladder_beta_min <= 0.0 && n_stored_rung > settings.n_temperature)
        settings.n_temperature = n_stored_rung;
    if (mixture[0] != '\0' && mutau_explore_is_needed(&settings)) {
        MUTAU_CHECK(read_mixture(run, mixture, &acceptance, err));
        mutau_explore_use(run->sampler.mixture, acceptance, &run->sampler.cfg, &settings);
    }
    return alloc_all(run, &settings, err);
}
