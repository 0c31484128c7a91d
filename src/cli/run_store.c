/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storing the steps of a run: each while the next one is evaluated, so that the other threads
 * need not wait for the disk. */
#include "run_internal.h"

/* What each stored rung samples: the prior rung may be where the likelihood is 0. */
static void fill_log_prob(run *r)
{
    const double *beta = mutau_ensemble_beta(r->ensemble);
    for (size_t i = 0; i < r->n_ensemble * r->n_stored; i++) {
        const size_t i_rung = i % r->n_stored;
        const mutau_ensemble_view v = mutau_ensemble_rung(r->ensemble, i / r->n_stored, i_rung);
        double *log_prob = r->log_prob + i * r->n_walker;
        for (size_t w = 0; w < r->n_walker; w++)
            log_prob[w] = v.ln_prior[w] + (beta[i_rung] > 0.0 ? beta[i_rung] * v.ln_like[w] : 0.0);
    }
}

/* Whether the last step is one of those to store, and is not in the chain file yet. */
static bool is_due(const run *r)
{
    return r->unstored && r->standing.steps % (uint64_t)r->settings->sampler.thin == 0;
}

static mutau_status store_step(run *r, mutau_error *err)
{
    if (!is_due(r))
        return MUTAU_OK;
    r->unstored = false;
    fill_log_prob(r);
    const mutau_chain_tempering tempering = {.beta = mutau_ensemble_beta(r->ensemble),
                                             .log_like =
                                                 mutau_ensemble_rung(r->ensemble, 0, 0).ln_like};
    MUTAU_CHECK(mutau_chain_append(r->chain, r->rows, r->n_rung > 1 ? &tempering : NULL, err));
    return run_follow_burn_in(r, err); /* the file can be seen from now on */
}

mutau_status run_commit(run *r, mutau_error *err)
{
    MUTAU_CHECK(store_step(r, err));
    mutau_chain_swaps swaps[MUTAU_MAX_TEMPERATURES] = {{0}};
    const mutau_swap_count *counted = mutau_ensemble_swaps(r->ensemble);
    for (size_t i = 0; i + 1 < r->n_rung; i++)
        swaps[i] = (mutau_chain_swaps){counted[i].proposed, counted[i].accepted};
    const mutau_ensemble_counts counts = mutau_ensemble_counters(r->ensemble);
    const mutau_ensemble_view all = mutau_ensemble_rung(r->ensemble, 0, 0);
    const mutau_chain_state state = {
        .steps = counts.steps,
        .evaluations = counts.evaluations,
        .failures = counts.failures,
        .seconds = progress_clock() - r->start,
        .accepted = all.accepted,
        .position = all.position,
        .ln_prior = all.ln_prior,
        .ln_like = all.ln_like,
        .blob = all.blob,
        .beta = r->n_rung > 1 ? mutau_ensemble_beta(r->ensemble) : NULL,
        .swaps = r->n_rung > 1 ? swaps : NULL,
        .rng = r->rng_state,
    };
    return mutau_chain_commit(r->chain, &state, err);
}

mutau_status run_flush(run *r, mutau_error *err)
{
    if (mutau_chain_commit_due(r->chain))
        return run_commit(r, err);
    MUTAU_CHECK(store_step(r, err));
    return mutau_chain_flush(r->chain, err);
}

void run_store_meanwhile(void *self)
{
    run *r = self;
    if (!is_due(r))
        return;
    r->store_status = store_step(r, &r->store_error);
    if (r->store_status == MUTAU_OK && mutau_chain_commit_due(r->chain))
        r->store_status = run_commit(r, &r->store_error);
}
