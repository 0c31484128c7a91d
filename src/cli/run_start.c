/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the walkers of a run start. */
#include <stdio.h>
#include <stdlib.h>

#include "mutau/mem.h"
#include "mutau/search.h"
#include "mutau/start_ball.h"
#include "run_internal.h"
#include "signals.h"

static void report_search(const run *r, const mutau_optima *optima)
{
    const mutau_optimum *best = &optima->optima[0];
    if (r->progress->mode == PROGRESS_QUIET)
        return;
    (void)fprintf(stderr,
                  "mutau: start: %zu of %ld searches reach the highest of %zu maxima, ln posterior "
                  "%.4f\n",
                  best->n_start, r->settings->sampler.start.n_search, optima->n,
                  best->ln_prior + best->ln_like);
}

static mutau_status search_maxima(run *r, const double lo[], const double hi[],
                                  mutau_optima *optima, mutau_error *err)
{
    const mutau_search_settings how = {
        .goal = MUTAU_SEARCH_POSTERIOR,
        .n_start = (size_t)r->settings->sampler.start.n_search,
        .n_thread = r->options->n_thread,
        .stop = signals_stop_requested,
    };
    MUTAU_CHECK(mutau_search(&r->target, lo, hi, &how, r->rng, optima, err));
    report_search(r, optima);
    return MUTAU_OK;
}

static mutau_status start_at_maxima(run *r, const double lo[], const double hi[], mutau_error *err)
{
    const size_t n = r->n_ensemble * r->n_walker;
    mutau_optima optima = {0};
    double *position = mutau_calloc(n, r->target.dim * sizeof *position);
    mutau_status status = position != NULL
                              ? MUTAU_OK
                              : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n);
    if (status == MUTAU_OK)
        status = search_maxima(r, lo, hi, &optima, err);
    if (status == MUTAU_OK)
        status = mutau_start_ball(&r->target, lo, hi, &optima, r->settings->sampler.start.spread,
                                  r->rng, n, position, err);
    if (status == MUTAU_OK)
        status = mutau_ensemble_start_at(r->ensemble, position, err);
    r->n_start_maximum = mutau_start_ball_maxima(&optima);
    mutau_optima_free(&optima);
    free(position);
    return status;
}

mutau_status run_start(run *r, mutau_error *err)
{
    if (r->settings->sampler.start.kind == MUTAU_START_PRIOR) {
        MUTAU_TRY(err, mutau_ensemble_start(r->ensemble, err), "starting points");
        return MUTAU_OK;
    }
    MUTAU_TRY(err, start_at_maxima(r, r->density.lo, r->density.hi, err), "starting points");
    return MUTAU_OK;
}
