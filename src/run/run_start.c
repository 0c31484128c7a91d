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

/* Around maxima; position[n_ensemble * n_walker][dim]. */
static mutau_status find_starts(mutau_run *run, double position[], mutau_error *err)
{
    const size_t n = run->shape.n_ensemble * run->shape.n_walker;
    mutau_optima optima = {0};
    mutau_status status = search_maxima(run, &optima, err);
    if (status == MUTAU_OK)
        status = mutau_start_ball(&run->target, run->density.lo, run->density.hi, &optima,
                                  run->settings->sampler.start.spread, run->sampler.rng, n,
                                  position, err);
    run->sampler.n_start_maximum = mutau_start_ball_maxima(&optima);
    mutau_optima_free(&optima);
    return status;
}

static mutau_status start_from(mutau_run *run, const double start[], mutau_error *err)
{
    MUTAU_CHECK(mutau_run_explore(run, start, err));
    return start != NULL ? mutau_ensemble_start_at(run->sampler.ensemble, start, err)
                         : mutau_ensemble_start(run->sampler.ensemble, err);
}

static mutau_status start_at_maxima(mutau_run *run, mutau_error *err)
{
    const size_t n = run->shape.n_ensemble * run->shape.n_walker;
    double *position = mutau_calloc(n, run->target.dim * sizeof *position);
    if (position == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n);
    mutau_status status = find_starts(run, position, err);
    if (status == MUTAU_OK)
        status = start_from(run, position, err);
    free(position);
    return status;
}

mutau_status mutau_run_start(mutau_run *run, const double start[], mutau_error *err)
{
    const bool at_maxima = start == NULL && run->settings->sampler.start.kind != MUTAU_START_PRIOR;
    MUTAU_TRY(err, at_maxima ? start_at_maxima(run, err) : start_from(run, start, err),
              "starting points");
    return MUTAU_OK;
}
