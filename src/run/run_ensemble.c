/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ensembles of a run and their ladder of temperatures: as many rungs as a pilot finds
 * necessary, or as the chain file has that is gone on with. */

#include "sampler/ladder.h"
#include "base/mem.h"
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

mutau_status mutau_run_find_ladder(mutau_run *run, mutau_error *err)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    mutau_ensemble_settings settings;
    mutau_ladder ladder;
    describe_ensemble(run, &settings);
    if (s->temperatures < 2 || s->ladder_beta_min > 0.0)
        return alloc_all(run, &settings, err);
    MUTAU_TRY(err,
              mutau_ladder_find(&run->target, &settings, (size_t)s->ladder_max_rungs,
                                run->sampler.rng, &run->options.stop, &ladder, err),
              "starting points");
    tell_ladder(run, &ladder);
    settings.n_temperature = ladder.n_rung;
    settings.ladder.beta = ladder.beta;
    settings.spent = ladder.spent;
    return alloc_all(run, &settings, err);
}

mutau_status mutau_run_restore_ladder(mutau_run *run, size_t n_stored_rung, mutau_error *err)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    mutau_ensemble_settings settings;
    describe_ensemble(run, &settings);
    settings.ladder.beta_min = 0.5; /* any: the ladder is restored */
    if (s->temperatures > 1 && s->ladder_beta_min <= 0.0 && n_stored_rung > settings.n_temperature)
        settings.n_temperature = n_stored_rung;
    return alloc_all(run, &settings, err);
}
