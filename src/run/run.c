/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The course of a run; documented in run/run.h.
 *
 * A step moves every walker of every ensemble once.  Before each it is asked whether a check is
 * due, and whether the run has ended.  None of this touches the random numbers: how often is
 * committed, reported or looked at does not change the chain. */
#include "run_internal.h"

/* ---- failures ---- */

mutau_status mutau_run_check_usable(const mutau_run *run, mutau_error *err)
{
    if (run->failed == MUTAU_OK)
        return MUTAU_OK;
    return mutau_error_set(err, run->failed, "%s: the run has failed before (%s): close it",
                           run->path, mutau_status_text(run->failed));
}

mutau_status mutau_run_keep_failure(mutau_run *run, mutau_status status)
{
    if (status != MUTAU_OK && status != MUTAU_ESTOPPED)
        run->failed = status;
    return status;
}

/* ---- a step ---- */

/* Leaves a file that a resume goes on with. */
static mutau_status put_aside(mutau_run *run, mutau_error *err)
{
    mutau_chain_set_stop(run->store.chain, (mutau_stop){0});
    MUTAU_CHECK(mutau_run_commit_all(run, err));
    MUTAU_CHECK(mutau_run_mark_burn_in(run, err));
    MUTAU_CHECK(mutau_chain_sync(run->store.chain, err));
    mutau_chain_trim(run->store.chain);
    return MUTAU_OK;
}

/* Too many evaluations have failed.  The step itself is complete: it and those since the
 * last commit are kept, for a look at them and for a run that allows more. */
static mutau_status give_up(mutau_run *run, mutau_status status, mutau_error *err)
{
    mutau_error also = {0};
    if (status != MUTAU_ENUMERIC)
        return status;
    if (put_aside(run, &also) != MUTAU_OK)
        mutau_run_tell(run, MUTAU_RUN_WARNING, "the last steps are lost: %s", also.text);
    return mutau_error_wrap(err, status, "%s", run->path);
}

static mutau_status take_step(mutau_run *run, mutau_error *err)
{
    mutau_run_standing *s = &run->standing;
    run_store *store = &run->store;
    const mutau_status status = mutau_ensemble_step(run->sampler.ensemble, err);
    s->steps++;
    s->steps_here++;
    mutau_rng_save(run->sampler.rng, &store->rng_state);
    store->unstored = true;
    MUTAU_CHECK(mutau_run_note_failures(run, err));
    if (store->status != MUTAU_OK) /* of the step before: this one is lost with it */
        return mutau_error_set(err, store->status, "%s", store->error.text);
    if (status != MUTAU_OK)
        return give_up(run, status, err);
    if (s->steps % 64 == 0)
        s->acceptance = mutau_run_acceptance(run);
    return MUTAU_OK;
}

/* ---- between steps ---- */

static void report(mutau_run *run, bool checked)
{
    const mutau_run_callbacks *c = &run->options.callbacks;
    if (c->progress == NULL)
        return;
    run->standing.seconds = mutau_run_clock(run) - run->start;
    c->progress(c->self, &run->standing, checked);
}

/* Whether the criteria have ended the run. */
static bool is_reached(const mutau_run *run)
{
    return run->judgement.complete && mutau_run_stops_early(run);
}

/* Does the check that is due, if one is.  *ended: there is no further step to take now. */
static mutau_status look_around(mutau_run *run, bool *ended, mutau_error *err)
{
    const mutau_run_standing *s = &run->standing;
    const bool due = s->steps == run->judgement.next;
    *ended = true;
    if (due) {
        const mutau_status status = mutau_run_check_due(run, err);
        if (status == MUTAU_ESTOPPED)
            return MUTAU_OK;
        MUTAU_CHECK(status);
        run->judgement.next = mutau_run_check_after(s->steps);
    }
    report(run, due);
    *ended = is_reached(run) || s->steps >= s->max_steps || mutau_run_stop_wished(run);
    return MUTAU_OK;
}

/* ---- the end ---- */

static mutau_status stop(mutau_run *run, mutau_error *err)
{
    run->state = MUTAU_RUN_STOPPED;
    return put_aside(run, err);
}

/* What the chain file does not tell. */
static void tell_screened(const mutau_run *run)
{
    const mutau_ensemble_counts c = mutau_ensemble_counters(run->sampler.ensemble);
    if (c.screened > 0)
        mutau_run_tell(run, MUTAU_RUN_NOTE,
                       "%llu evaluations of the posterior in all, and %llu of its coarse screen "
                       "since the run was opened",
                       (unsigned long long)c.evaluations, (unsigned long long)c.screened);
}

/* The last check, unless the run is to stop before its end or that check is. */
static mutau_status finish(mutau_run *run, mutau_error *err)
{
    const mutau_run_standing *s = &run->standing;
    mutau_chain *chain = run->store.chain;
    if (mutau_run_stop_wished(run) && s->steps < s->max_steps && !is_reached(run))
        return stop(run, err);
    if (run->judgement.recorded != s->steps) {
        const mutau_status status = mutau_run_check_last(run, err);
        if (status == MUTAU_ESTOPPED)
            return stop(run, err);
        MUTAU_CHECK(status);
    }
    const bool converged = run->judgement.verdict.converged;
    tell_screened(run);
    MUTAU_CHECK(mutau_chain_set_converged(chain, converged, err));
    MUTAU_CHECK(mutau_run_commit_all(run, err));
    MUTAU_CHECK(mutau_chain_sync(chain, err));
    mutau_chain_trim(chain);
    run->state = converged ? MUTAU_RUN_CONVERGED : MUTAU_RUN_NOT_CONVERGED;
    return MUTAU_OK;
}

static mutau_status advance(mutau_run *run, uint64_t n_step, mutau_error *err)
{
    run->state = MUTAU_RUN_MORE;
    mutau_chain_set_stop(run->store.chain, run->options.stop);
    for (uint64_t i = 0;; i++) {
        bool ended = false;
        MUTAU_CHECK(look_around(run, &ended, err));
        if (ended)
            return finish(run, err);
        if (i == n_step)
            return MUTAU_OK;
        MUTAU_CHECK(take_step(run, err));
    }
}

/* ---- for the caller ---- */

mutau_status mutau_run_step(mutau_run *run, uint64_t n_step, mutau_run_state *state,
                            mutau_error *err)
{
    const bool over = run->state == MUTAU_RUN_CONVERGED || run->state == MUTAU_RUN_NOT_CONVERGED;
    MUTAU_CHECK(mutau_run_check_usable(run, err));
    const mutau_status status =
        over ? MUTAU_OK : mutau_run_keep_failure(run, advance(run, n_step, err));
    *state = run->state;
    return status;
}

mutau_status mutau_run_to_end(mutau_run *run, mutau_run_state *state, mutau_error *err)
{
    return mutau_run_step(run, UINT64_MAX, state, err);
}

mutau_status mutau_run_commit(mutau_run *run, mutau_error *err)
{
    MUTAU_CHECK(mutau_run_check_usable(run, err));
    return mutau_run_keep_failure(run, mutau_run_commit_all(run, err));
}

mutau_run_standing mutau_run_where(const mutau_run *run)
{
    mutau_run_standing standing = run->standing;
    standing.seconds = mutau_run_clock(run) - run->start;
    return standing;
}

size_t mutau_run_rows(const mutau_run *run)
{
    return mutau_chain_rows(run->store.chain);
}

const char *mutau_run_path(const mutau_run *run)
{
    return run->path;
}
