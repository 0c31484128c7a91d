/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few steps of a run that leaves no file; documented in run/run.h. */
#include "run_internal.h"

enum { N_STEP = 20 };

static mutau_status measure(mutau_run *run, double *seconds, mutau_error *err)
{
    const double begin = mutau_run_clock(run);
    for (int i = 0; i < N_STEP; i++)
        MUTAU_CHECK(mutau_ensemble_step(run->sampler.ensemble, err));
    *seconds = (mutau_run_clock(run) - begin) / N_STEP;
    return MUTAU_OK;
}

/* Of the chain file after so many steps. */
static double count_bytes(const mutau_run *run, double steps)
{
    const run_shape *shape = &run->shape;
    const double rows = steps / (double)run->settings->sampler.thin;
    const double walkers = (double)(shape->n_ensemble * shape->n_walker);
    const double of_rungs = shape->n_rung > 1 ? (double)shape->n_rung : 0.0;
    const double of_groups =
        (double)shape->n_stored * (double)(run->target.dim + 1 + run->target.n_blob);
    return rows * walkers * 8.0 * (of_groups + of_rungs);
}

static mutau_status rehearse(mutau_run *run, mutau_run_forecast *out, mutau_error *err)
{
    const mutau_run_options *options = &run->options;
    if (mutau_run_is_in_the_way(run) && !options->resume && !options->overwrite)
        mutau_run_tell(run, MUTAU_RUN_IN_THE_WAY, "%s exists: %s goes on with it, %s replaces it",
                       run->path, options->words.resume, options->words.overwrite);
    MUTAU_CHECK(mutau_run_start(run, NULL, err));
    const double steps = (double)run->settings->sampler.max_steps;
    *out = (mutau_run_forecast){.dim = run->target.dim,
                                .n_ensemble = run->shape.n_ensemble,
                                .n_walker = run->shape.n_walker,
                                .n_temperature = run->shape.n_rung,
                                .steps = steps,
                                .bytes = count_bytes(run, steps)};
    return measure(run, &out->seconds_per_step, err);
}

mutau_status mutau_run_rehearse(const mutau_run_settings *settings,
                                const mutau_run_options *options, mutau_run_forecast *out,
                                mutau_error *err)
{
    mutau_run *run = NULL;
    MUTAU_CHECK(mutau_run_prepare((run_subject){.settings = settings}, options, &run, err));
    const mutau_status status = rehearse(run, out, err);
    mutau_run_close(run);
    return status;
}
