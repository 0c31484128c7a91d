/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ensembles of a run and their ladder of temperatures: as many rungs as a pilot finds
 * necessary, or as the chain file has that is gone on with. */
#include <stdio.h>

#include "mutau/ladder.h"
#include "mutau/mem.h"
#include "run_internal.h"
#include "signals.h"

/* The groups of the chain file: the cold rungs, or all; the ensembles stay where they are. */
static mutau_status alloc_rows(run *r, mutau_error *err)
{
    const size_t n = r->n_ensemble * r->n_stored;
    r->log_prob = mutau_calloc(n, r->n_walker * sizeof *r->log_prob);
    r->rows = mutau_calloc(n, sizeof *r->rows);
    if (r->log_prob == NULL || r->rows == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n * r->n_walker);
    for (size_t i = 0; i < n; i++) {
        const mutau_ensemble_view v =
            mutau_ensemble_rung(r->ensemble, i / r->n_stored, i % r->n_stored);
        r->rows[i] = (mutau_chain_step){
            .position = v.position, .log_prob = r->log_prob + i * r->n_walker, .blob = v.blob};
    }
    return MUTAU_OK;
}

static void describe_ensemble(run *r, mutau_ensemble_settings *settings)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    *settings = (mutau_ensemble_settings){
        .n_ensemble = r->n_ensemble,
        .n_walker = r->n_walker,
        .n_move = s->n_move,
        .max_failure_rate = s->max_failure_rate,
        .n_thread = r->options->n_thread,
        .evaluator = ranks_evaluator(r->team),
        .side_work = {.run = run_store_meanwhile, .self = r},
        .n_temperature = (size_t)s->temperatures,
        .ladder = {.adapt_steps = (uint64_t)s->ladder_adapt,
                   .lag = s->ladder_lag,
                   .time = s->ladder_time,
                   .beta_min = s->ladder_beta_min},
    };
    for (size_t i = 0; i < s->n_move; i++)
        settings->moves[i] = (mutau_weighted_move){.move = s->moves[i].move,
                                                   .cfg = s->moves[i].settings.bytes,
                                                   .weight = s->moves[i].weight};
}

/* The ensembles of r->n_rung rungs, and what is stored of them. */
static mutau_status alloc_all(run *r, const mutau_ensemble_settings *settings, mutau_error *err)
{
    r->n_rung = settings->n_temperature;
    r->n_stored = r->settings->sampler.store_rungs ? r->n_rung : 1;
    MUTAU_CHECK(mutau_ensemble_alloc(&r->target, settings, r->rng, &r->ensemble, err));
    return alloc_rows(r, err);
}

static void report_ladder(const run *r, const mutau_ladder *ladder)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    const size_t wanted = (size_t)s->temperatures;
    if (ladder->n_rung > wanted && r->progress->mode != PROGRESS_QUIET)
        (void)fprintf(stderr,
                      "mutau: note: %zu temperatures instead of %zu: so many let neighbours swap "
                      "%.0f %% of their points\n",
                      ladder->n_rung, wanted, 100.0 * ladder->share);
    if (ladder->n_needed > ladder->n_rung)
        (void)fprintf(stderr,
                      "mutau: warning: %zu temperatures (sampler.ladder.max_rungs: %ld) are fewer "
                      "than the %zu with which neighbours would swap points often enough\n",
                      ladder->n_rung, s->ladder_max_rungs, ladder->n_needed);
    if (ladder->beta_stuck > 0.0)
        (void)fprintf(stderr,
                      "mutau: warning: the pilot for the ladder of temperatures was stuck at the "
                      "inverse temperature %.3g: from there to 1 its rungs are guessed\n",
                      ladder->beta_stuck);
}

mutau_status run_find_ladder(run *r, mutau_error *err)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    mutau_ensemble_settings settings;
    mutau_ladder ladder;
    describe_ensemble(r, &settings);
    if (s->temperatures < 2 || s->ladder_beta_min > 0.0)
        return alloc_all(r, &settings, err);
    MUTAU_TRY(err,
              mutau_ladder_find(&r->target, &settings, (size_t)s->ladder_max_rungs, r->rng,
                                signals_stop_requested, &ladder, err),
              "starting points");
    report_ladder(r, &ladder);
    settings.n_temperature = ladder.n_rung;
    settings.ladder.beta = ladder.beta;
    settings.spent = ladder.spent;
    return alloc_all(r, &settings, err);
}

mutau_status run_restore_ladder(run *r, size_t n_stored_rung, mutau_error *err)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    mutau_ensemble_settings settings;
    describe_ensemble(r, &settings);
    settings.ladder.beta_min = 0.5; /* any: the ladder is restored */
    if (s->temperatures > 1 && s->ladder_beta_min <= 0.0 && n_stored_rung > settings.n_temperature)
        settings.n_temperature = n_stored_rung;
    return alloc_all(r, &settings, err);
}
