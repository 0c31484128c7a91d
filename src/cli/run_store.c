/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storing the steps of a run. */
#include <string.h>

#include "run_internal.h"

/* Copies one rung of one ensemble to its place. */
static void gather_rung(run *r, size_t i_ensemble, size_t i_rung)
{
    const size_t n = r->n_walker, dim = r->target.dim, n_blob = r->target.n_blob;
    const size_t first = (i_ensemble * r->n_rung + i_rung) * n;
    const mutau_ensemble_view v = mutau_ensemble_rung(r->ensemble, i_ensemble, i_rung);
    const double beta = mutau_ensemble_beta(r->ensemble)[i_rung];
    memcpy(r->position + first * dim, v.position, n * dim * sizeof *r->position);
    memcpy(r->ln_prior + first, v.ln_prior, n * sizeof *r->ln_prior);
    memcpy(r->ln_like + first, v.ln_like, n * sizeof *r->ln_like);
    if (n_blob > 0)
        memcpy(r->blob + first * n_blob, v.blob, n * n_blob * sizeof *r->blob);
    memcpy(r->accepted + first, v.accepted, n * sizeof *r->accepted);
    for (size_t w = 0; w < n; w++) /* the prior rung may be where the likelihood is 0 */
        r->log_prob[first + w] = v.ln_prior[w] + (beta > 0.0 ? beta * v.ln_like[w] : 0.0);
}

/* Copies the current state of all ensembles side by side. */
static void gather(run *r)
{
    for (size_t i = 0; i < r->n_ensemble; i++)
        for (size_t k = 0; k < r->n_rung; k++)
            gather_rung(r, i, k);
}

mutau_status run_commit(run *r, mutau_error *err)
{
    mutau_chain_swaps swaps[MUTAU_MAX_TEMPERATURES] = {{0}};
    const mutau_swap_count *counted = mutau_ensemble_swaps(r->ensemble);
    for (size_t i = 0; i + 1 < r->n_rung; i++)
        swaps[i] = (mutau_chain_swaps){counted[i].proposed, counted[i].accepted};
    const mutau_ensemble_counts counts = mutau_ensemble_counters(r->ensemble);
    gather(r);
    mutau_chain_state state = {
        .steps = counts.steps,
        .evaluations = counts.evaluations,
        .failures = counts.failures,
        .seconds = progress_clock() - r->start,
        .accepted = r->accepted,
        .position = r->position,
        .ln_prior = r->ln_prior,
        .ln_like = r->ln_like,
        .blob = r->blob,
        .beta = r->n_rung > 1 ? mutau_ensemble_beta(r->ensemble) : NULL,
        .swaps = r->n_rung > 1 ? swaps : NULL,
    };
    mutau_rng_save(r->rng, &state.rng);
    return mutau_chain_commit(r->chain, &state, err);
}

mutau_status run_store_step(run *r, mutau_error *err)
{
    if (r->standing.steps % (uint64_t)r->settings->sampler.thin != 0)
        return MUTAU_OK;
    gather(r);
    const mutau_chain_tempering tempering = {.beta = mutau_ensemble_beta(r->ensemble),
                                             .log_like = r->ln_like};
    MUTAU_CHECK(mutau_chain_append(r->chain, r->rows, r->n_rung > 1 ? &tempering : NULL, err));
    return mutau_chain_commit_due(r->chain) ? run_commit(r, err) : MUTAU_OK;
}
