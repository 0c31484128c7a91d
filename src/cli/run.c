/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sampling run:
 *
 *     settings -> density -> ensembles -> chain file
 *
 * A step moves every walker of every ensemble once; every thin-th step is stored.
 * At fixed steps, counted from 0, the stored chain is judged by the one verdict of
 * mutau/diagnosis.h; the run ends when every criterion of `stop` holds and more steps would
 * mend no problem that was found, at max_steps, or when a signal asks for it.  None of this touches
 * the random numbers: how often is committed, reported or looked at does not change the chain. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutau/mem.h"
#include "run_internal.h"
#include "signals.h"

/* Checks of convergence: the first one, then whenever the chain is a quarter longer, on
 * whole hundreds. */
enum { FIRST_CHECK = 400, CHECK_GRAIN = 100 };
static const double CHECK_GROWTH = 1.25;

static uint64_t check_after(uint64_t step)
{
    const double grown = ceil(CHECK_GROWTH * (double)step / CHECK_GRAIN) * CHECK_GRAIN;
    return step < FIRST_CHECK ? FIRST_CHECK : (uint64_t)grown;
}

/* --- setting up ------------------------------------------------------------------ */

static mutau_status set_up(run *r, mutau_error *err)
{
    r->n_ensemble = (size_t)r->settings->sampler.ensembles;
    r->n_walker = (size_t)r->settings->sampler.walkers;
    MUTAU_CHECK(mutau_density_open(r->settings, &r->density, err));
    if (r->settings->sampler.thin > r->settings->sampler.max_steps)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s: sampler.thin = %ld is more than the %ld steps of the run: none "
                               "would be stored",
                               r->settings->path, r->settings->sampler.thin,
                               r->settings->sampler.max_steps);
    r->target = r->density.target;
    r->rng = mutau_rng_alloc((uint32_t)r->settings->sampler.seed);
    if (r->rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the random number generator");
    return ranks_share(r->settings, &r->target, r->options->n_thread_of_rank, &r->team, err);
}

static void release(run *r)
{
    mutau_chain_close(r->chain);
    mutau_ensemble_free(r->ensemble);
    ranks_release(r->team);
    mutau_rng_free(r->rng);
    mutau_density_close(&r->density);
    free(r->log_prob);
    free(r->rows);
}

/* --- the run ---------------------------------------------------------------------- */

static uint64_t first_check_from(uint64_t step)
{
    uint64_t next = check_after(0);
    while (next < step)
        next = check_after(next);
    return next;
}

/* Leaves a file that --resume goes on with. */
static mutau_status put_aside(run *r, mutau_error *err)
{
    mutau_chain_set_stop(r->chain, NULL);
    MUTAU_CHECK(run_commit(r, err));
    MUTAU_CHECK(run_mark_burn_in(r, err));
    return mutau_chain_sync(r->chain, err);
}

/* Too many evaluations have failed.  The step itself is complete: it and those since the
 * last commit are kept, for a look at them and for a run that allows more. */
static mutau_status give_up(run *r, mutau_status status, mutau_error *err)
{
    mutau_error also = {0};
    if (status != MUTAU_ENUMERIC)
        return status;
    if (put_aside(r, &also) != MUTAU_OK)
        (void)fprintf(stderr, "mutau: warning: the last steps are lost: %s\n", also.text);
    return mutau_error_wrap(err, status, "%s", run_chain_path(r));
}

static mutau_status step(run *r, mutau_error *err)
{
    run_standing *s = &r->standing;
    const mutau_status status = mutau_ensemble_step(r->ensemble, err);
    s->steps++;
    s->steps_here++;
    mutau_rng_save(r->rng, &r->rng_state);
    r->unstored = true;
    MUTAU_CHECK(run_note_failures(r, err));
    if (r->store_status != MUTAU_OK) /* of the step before: this one is lost with it */
        return mutau_error_set(err, r->store_status, "%s", r->store_error.text);
    if (status != MUTAU_OK)
        return give_up(r, status, err);
    if (s->steps % 64 == 0)
        s->acceptance = run_acceptance(r);
    return MUTAU_OK;
}

static mutau_status sample_steps(run *r, mutau_error *err)
{
    run_standing *s = &r->standing;
    const bool early = run_stops_early(&r->settings->sampler);
    r->next_check = first_check_from(s->steps);
    mutau_rng_save(r->rng, &r->rng_state);
    for (;;) {
        const bool due = s->steps == r->next_check;
        if (due) {
            const mutau_status status = run_check(r, false, err);
            if (status == MUTAU_ESTOPPED)
                return MUTAU_OK;
            MUTAU_CHECK(status);
            r->next_check = check_after(s->steps);
        }
        progress_report(r->progress, s, due && r->progress->mode == PROGRESS_JSON);
        if ((due && early && r->complete) || s->steps >= s->max_steps || signals_stop_requested())
            return MUTAU_OK;
        MUTAU_CHECK(step(r, err));
    }
}

static mutau_status finish(run *r, int *code, mutau_error *err)
{
    const bool reached = r->complete && run_stops_early(&r->settings->sampler);
    mutau_status status = MUTAU_OK;
    if (signals_stop_requested() && r->standing.steps < r->standing.max_steps && !reached)
        status = MUTAU_ESTOPPED;
    else if (r->last_verdict != r->standing.steps)
        status = run_check(r, true, err);
    if (status == MUTAU_ESTOPPED) {
        *code = CLI_INTERRUPTED;
        return put_aside(r, err);
    }
    MUTAU_CHECK(status);
    MUTAU_CHECK(mutau_chain_set_converged(r->chain, r->converged, err));
    *code = r->converged ? CLI_DONE : CLI_NOT_CONVERGED;
    MUTAU_CHECK(run_commit(r, err));
    return mutau_chain_sync(r->chain, err);
}

/* Evaluates the starting points and a few steps, and says what the run would take. */
static mutau_status rehearse(run *r, mutau_error *err)
{
    enum { STEPS = 20 };
    char room[CLI_PLAIN_SIZE];
    const bool in_the_way = access(run_chain_path(r), F_OK) == 0;
    if (in_the_way && !r->options->resume && !r->options->overwrite)
        (void)printf("%s exists: --resume goes on with it, --overwrite replaces it\n",
                     cli_plain(run_chain_path(r), room));
    MUTAU_CHECK(run_find_ladder(r, err));
    MUTAU_CHECK(run_start(r, err));
    const double begin = progress_clock();
    for (int i = 0; i < STEPS; i++)
        MUTAU_CHECK(mutau_ensemble_step(r->ensemble, err));
    const double per_step = (progress_clock() - begin) / STEPS;
    const double max_steps = (double)r->settings->sampler.max_steps;
    const double rows = max_steps / (double)r->settings->sampler.thin;
    const double walkers = (double)(r->n_ensemble * r->n_walker);
    const double groups = (double)r->n_stored;
    const double of_rungs = r->n_rung > 1 ? (double)r->n_rung : 0.0;
    const double of_groups = groups * (double)(r->target.dim + 1 + r->target.n_blob);
    const double bytes = rows * walkers * 8.0 * (of_groups + of_rungs);
    (void)printf("%zu free parameters, %zu ensembles of %zu walkers, ", r->target.dim,
                 r->n_ensemble, r->n_walker);
    if (r->n_rung > 1)
        (void)printf("%zu temperatures, ", r->n_rung);
    if (r->team != NULL)
        (void)printf("%d ranks with %d threads in all\n", ranks_count(),
                     ranks_thread_count(r->team));
    else
        (void)printf("%d threads\n", r->options->n_thread);
    (void)printf("all starting points have a finite posterior\n");
    (void)printf("%.3g ms a step: at most %.3g s for %.0f steps; the chain file grows to at most "
                 "%.3g MB\n",
                 1e3 * per_step, per_step * max_steps, max_steps, bytes * 1e-6);
    return MUTAU_OK;
}

/* What stands between the run and a converged chain. */
static void print_problems(const run *r)
{
    if (r->progress->mode == PROGRESS_JSON)
        return;
    if (r->evidence_judged)
        (void)fprintf(stderr, "mutau: %s\n",
                      mutau_verdict_words(r->posterior_converged, true, r->evidence_converged));
    for (size_t i = 0; i < r->n_problem; i++)
        (void)fprintf(stderr, "mutau: problem: %s\n", r->problem[i].text);
}

static void print_outcome(const run *r, int code)
{
    const char *outcome = code == CLI_DONE          ? "converged"
                          : code == CLI_INTERRUPTED ? "interrupted"
                                                    : "not converged";
    if (r->progress->mode == PROGRESS_QUIET && code == CLI_DONE)
        return;
    const bool stored = r->chain != NULL && mutau_chain_rows(r->chain) > 0;
    progress_outcome(r->progress, &r->standing, outcome, progress_clock() - r->start,
                     stored ? run_chain_path(r) : NULL);
    if (code == CLI_NOT_CONVERGED)
        print_problems(r);
}

static mutau_status begin(run *r, mutau_error *err)
{
    if (r->options->resume && access(run_chain_path(r), F_OK) == 0)
        return run_resume(r, err);
    MUTAU_CHECK(run_find_ladder(r, err));
    MUTAU_CHECK(run_start(r, err));
    MUTAU_CHECK(run_check_replaced(r, err));
    MUTAU_CHECK(run_open_chain(r, false, err));
    return run_note_failures(r, err);
}

static mutau_status sample(run *r, int *code, mutau_error *err)
{
    mutau_status status = begin(r, err);
    if (status == MUTAU_OK) {
        mutau_chain_set_stop(r->chain, signals_stop_requested);
        status = sample_steps(r, err);
        progress_end(r->progress);
    } else if (status == MUTAU_ESTOPPED) {
        *code = CLI_INTERRUPTED;
        print_outcome(r, *code);
        return MUTAU_OK;
    }
    if (status == MUTAU_OK)
        status = finish(r, code, err);
    if (status == MUTAU_OK)
        print_outcome(r, *code);
    return status;
}

mutau_status run_sample(const mutau_run_settings *settings, const run_options *options,
                        progress_reporter *progress, int *code, mutau_error *err)
{
    run r = {
        .settings = settings,
        .options = options,
        .progress = progress,
        .start = progress_clock(),
        .standing = {.max_steps = (uint64_t)settings->sampler.max_steps,
                     .acceptance = (double)NAN,
                     .tau = (double)NAN,
                     .kept_over_tau = (double)NAN,
                     .rhat = (double)NAN,
                     .ess_bulk = (double)NAN,
                     .steps_needed = (double)NAN},
    };
    *code = CLI_DONE;
    if (!options->dry_run) {
        signals_install();
        signals_ignore_pipe();
    }
    mutau_status status = set_up(&r, err);
    if (status == MUTAU_OK)
        status = run_check_output(&r, err); /* before hours are spent */
    if (status == MUTAU_OK)
        status = options->dry_run ? rehearse(&r, err) : sample(&r, code, err);
    release(&r);
    return status;
}
