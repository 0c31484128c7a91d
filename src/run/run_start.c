/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the walkers of a run start. */
#include <stdlib.h>

#include "base/mem.h"
#include "posterior/search.h"
#include "posterior/start_ball.h"
#include "run_internal.h"

static mutau_status search_maxima(mutau_run *run, mutau_optima *optima, mutau_error *err)
{
    const mutau_start_settings *start = &run->settings->sampler.start;
    const mutau_search_settings how = {
        .goal = MUTAU_SEARCH_POSTERIOR,
        .n_start = (size_t)start->n_search,
        .n_thread = run->options.n_thread,
        .stop = run->options.stop,
    };
    MUTAU_CHECK(mutau_search(&run->target, run->density.lo, run->density.hi, &how, run->sampler.rng,
                             optima, err));
    const mutau_optimum *best = &optima->optima[0];
    mutau_run_tell(run, MUTAU_RUN_SEARCH,
                   "%zu of %ld searches reach the highest of %zu maxima, ln posterior %.4f",
                   best->n_start, start->n_search, optima->n, best->ln_prior + best->ln_like);
    return MUTAU_OK;
}

static mutau_status start_at_maxima(mutau_run *run, mutau_error *err)
{
    const size_t n = run->shape.n_ensemble * run->shape.n_walker;
    mutau_optima optima = {0};
    double *position = mutau_calloc(n, run->target.dim * sizeof *position);
    mutau_status status = position != NULL
                              ? MUTAU_OK
                              : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n);
    if (status == MUTAU_OK)
        status = search_maxima(run, &optima, err);
    if (status == MUTAU_OK)
        status = mutau_start_ball(&run->target, run->density.lo, run->density.hi, &optima,
                                  run->settings->sampler.start.spread, run->sampler.rng, n,
                                  position, err);
    if (status == MUTAU_OK)
        status = mutau_ensemble_start_at(run->sampler.ensemble, position, err);
    run->sampler.n_start_maximum = mutau_start_ball_maxima(&optima);
    mutau_optima_free(&optima);
    free(position);
    return status;
}

static mutau_status place(mutau_run *run, const double start[], mutau_error *err)
{
    if (start != NULL)
        return mutau_ensemble_start_at(run->sampler.ensemble, start, err);
    if (run->settings->sampler.start.kind == MUTAU_START_PRIOR)
        return mutau_ensemble_start(run->sampler.ensemble, err);
    return start_at_maxima(run, err);
}

mutau_status mutau_run_start(mutau_run *run, const double start[], mutau_error *err)
{
    MUTAU_TRY(err, place(run, start, err), "starting points");
    return MUTAU_OK;
}
