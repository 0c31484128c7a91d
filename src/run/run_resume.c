/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run that goes on with its chain file. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run_internal.h"

/* Of ln likelihoods, which are of order 1 or larger; -infinity is one of the prior rung. */
static double relative_error(double found, double stored)
{
    if (isinf(stored) && isinf(found))
        return signbit(stored) == signbit(found) ? 0.0 : (double)INFINITY;
    return fabs(found - stored) / fmax(fabs(stored), 1.0);
}

/* Evaluates the n stored last positions again: the largest error; a NaN stays. */
static mutau_status compare_likelihoods(const mutau_target *target, size_t n,
                                        const mutau_chain_state *state, double *worst)
{
    void *ws = NULL;
    mutau_status status = MUTAU_OK;
    *worst = 0.0;
    if (target->ws_alloc != NULL)
        status = target->ws_alloc(target->self, &ws);
    for (size_t i = 0; i < n && status == MUTAU_OK && !isnan(*worst); i++) {
        double ln_prior = 0.0, ln_like = 0.0;
        status = target->eval(target->self, ws, state->position + i * target->dim, &ln_prior,
                              &ln_like, NULL);
        const double error = relative_error(ln_like, state->ln_like[i]);
        *worst = *worst >= error ? *worst : error;
    }
    if (target->ws_free != NULL)
        target->ws_free(ws);
    return status;
}

/* A difference beyond rounding means that the file was made by another model than the one that
 * would go on with it. */
static mutau_status check_last_state(const mutau_run *run, const mutau_chain_state *state,
                                     mutau_error *err)
{
    const double tolerance = 1e-9;
    const size_t n = run->shape.n_ensemble * run->shape.n_rung * run->shape.n_walker;
    double worst = 0.0;
    const mutau_status status = compare_likelihoods(&run->target, n, state, &worst);
    if (status != MUTAU_OK || !(worst <= tolerance))
        return mutau_error_set(err, MUTAU_ERESUME,
                               "%s: the stored ln likelihood of the last positions differs from "
                               "what this program finds by %.1e (at most %.0e is rounding)",
                               run->path, worst, tolerance);
    if (worst > 0.0)
        mutau_run_tell(run, MUTAU_RUN_NOTE,
                       "ln likelihood differs from the stored one by %.1e: another processor or "
                       "build",
                       worst);
    return MUTAU_OK;
}

static mutau_status no_memory(const mutau_run *run, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory left to read it", run->path);
}

/* Refuses another run's chain with the first key that differs; what cannot be read or
 * compared is left to mutau_chain_resume.  Takes over where its walkers started.  The rungs of the
 * chain, 0 if it cannot be read, and its mixture, for the caller to free; NULL: none. */
static mutau_status check_same_run(mutau_run *run, size_t *n_rung, char **mixture, mutau_error *err)
{
    mutau_chain *chain = NULL;
    char text[MUTAU_DIFFERENCE_SIZE] = "";
    *n_rung = 0;
    mutau_status status = mutau_chain_open(run->path, &chain, NULL);
    if (status != MUTAU_OK)
        return status != MUTAU_ENOMEM ? MUTAU_OK : no_memory(run, err);
    const mutau_chain_info info = mutau_chain_describe(chain);
    status = mutau_run_settings_difference(run->settings, info.config, text, NULL);
    run->sampler.n_start_maximum = info.n_start_maximum;
    *n_rung = info.n_temperature;
    *mixture = info.mixture != NULL ? mutau_strdup(info.mixture) : NULL;
    const bool lost = info.mixture != NULL && *mixture == NULL;
    mutau_chain_close(chain);
    if (lost)
        return no_memory(run, err);
    if (status == MUTAU_ENOMEM)
        return no_memory(run, err);
    if (status == MUTAU_OK && text[0] != '\0')
        return mutau_error_set(err, MUTAU_ERESUME, "%s: cannot be continued: %s", run->path, text);
    return MUTAU_OK;
}

/* Puts the sampler where the state says. */
static mutau_status restore(mutau_run *run, const mutau_chain_state *state, mutau_error *err)
{
    const mutau_ensemble_counts counts = {
        .steps = state->steps, .evaluations = state->evaluations, .failures = state->failures};
    mutau_swap_count swaps[MUTAU_MAX_TEMPERATURES] = {{0}};
    for (size_t i = 0; i + 1 < run->shape.n_rung; i++)
        swaps[i] = (mutau_swap_count){state->swaps[i].proposed, state->swaps[i].accepted};
    MUTAU_CHECK(mutau_rng_restore(run->sampler.rng, &state->rng, err));
    run->standing.steps = state->steps;
    run->start -= state->seconds;
    return mutau_ensemble_restore(run->sampler.ensemble, state->position, state->ln_prior,
                                  state->ln_like, state->blob, state->accepted, &counts,
                                  state->beta, swaps, err);
}

mutau_status mutau_run_resume(mutau_run *run, mutau_error *err)
{
    mutau_chain_state state;
    size_t n_rung = 0;
    char *mixture = NULL;
    mutau_status status = check_same_run(run, &n_rung, &mixture, err);
    if (status == MUTAU_OK)
        status = mutau_run_restore_explored(run, n_rung, mixture != NULL ? mixture : "", err);
    free(mixture);
    MUTAU_CHECK(status);
    MUTAU_CHECK(mutau_run_resume_chain(run, err));
    MUTAU_CHECK(mutau_chain_read_state(run->store.chain, &state, err));
    MUTAU_CHECK(check_last_state(run, &state, err));
    return restore(run, &state, err);
}
