/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storing the steps of a run: each while the next one is evaluated, so that the other threads
 * need not wait for the disk. */
#include "run_internal.h"

/* What each stored rung samples: the prior rung may be where the likelihood is 0. */
static void fill_log_prob(mutau_run *run)
{
    const run_shape *shape = &run->shape;
    const double *beta = mutau_ensemble_beta(run->sampler.ensemble);
    for (size_t i = 0; i < shape->n_ensemble * shape->n_stored; i++) {
        const size_t i_rung = i % shape->n_stored;
        const mutau_ensemble_view v =
            mutau_ensemble_rung(run->sampler.ensemble, i / shape->n_stored, i_rung);
        double *log_prob = run->store.log_prob + i * shape->n_walker;
        for (size_t w = 0; w < shape->n_walker; w++)
            log_prob[w] = v.ln_prior[w] + (beta[i_rung] > 0.0 ? beta[i_rung] * v.ln_like[w] : 0.0);
    }
}

/* Whether the last step is one of those to store, and is not in the chain file yet. */
static bool is_due(const mutau_run *run)
{
    return run->store.unstored && run->standing.steps % (uint64_t)run->settings->sampler.thin == 0;
}

static mutau_status store_step(mutau_run *run, mutau_error *err)
{
    if (!is_due(run))
        return MUTAU_OK;
    run->store.unstored = false;
    fill_log_prob(run);
    const mutau_ensemble *ensemble = run->sampler.ensemble;
    const mutau_chain_tempering tempering = {.beta = mutau_ensemble_beta(ensemble),
                                             .log_like =
                                                 mutau_ensemble_rung(ensemble, 0, 0).ln_like};
    MUTAU_CHECK(mutau_chain_append(run->store.chain, run->store.rows,
                                   run->shape.n_rung > 1 ? &tempering : NULL,
                                   mutau_ensemble_log_weight(ensemble), err));
    return mutau_run_follow_burn_in(run, err); /* the file can be seen from now on */
}

mutau_status mutau_run_commit_all(mutau_run *run, mutau_error *err)
{
    const mutau_ensemble *ensemble = run->sampler.ensemble;
    const bool tempered = run->shape.n_rung > 1;
    MUTAU_CHECK(store_step(run, err));
    mutau_chain_swaps swaps[MUTAU_MAX_TEMPERATURES] = {{0}};
    const mutau_swap_count *counted = mutau_ensemble_swaps(ensemble);
    for (size_t i = 0; i + 1 < run->shape.n_rung; i++)
        swaps[i] = (mutau_chain_swaps){counted[i].proposed, counted[i].accepted};
    const mutau_ensemble_counts counts = mutau_ensemble_counters(ensemble);
    const mutau_ensemble_view all = mutau_ensemble_rung(ensemble, 0, 0);
    const mutau_chain_state state = {
        .steps = counts.steps,
        .evaluations = counts.evaluations,
        .failures = counts.failures,
        .seconds = mutau_run_clock(run) - run->start,
        .accepted = all.accepted,
        .position = all.position,
        .ln_prior = all.ln_prior,
        .ln_like = all.ln_like,
        .blob = all.blob,
        .beta = tempered ? mutau_ensemble_beta(ensemble) : NULL,
        .swaps = tempered ? swaps : NULL,
        .rng = run->store.rng_state,
    };
    return mutau_chain_commit(run->store.chain, &state, err);
}

mutau_status mutau_run_flush(mutau_run *run, mutau_error *err)
{
    if (mutau_chain_commit_due(run->store.chain))
        return mutau_run_commit_all(run, err);
    MUTAU_CHECK(store_step(run, err));
    return mutau_chain_flush(run->store.chain, err);
}

void mutau_run_store_meanwhile(void *self)
{
    mutau_run *run = self;
    run_store *store = &run->store;
    if (!is_due(run))
        return;
    store->status = store_step(run, &store->error);
    if (store->status == MUTAU_OK && mutau_chain_commit_due(store->chain))
        store->status = mutau_run_commit_all(run, &store->error);
}
