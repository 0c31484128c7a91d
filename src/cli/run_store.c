/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storing the steps of a run. */
#include <string.h>

#include "run_internal.h"

/* Rows and seconds after which buffered steps are committed, whichever is first. */
enum { COMMIT_ROWS = 256 };
static const double COMMIT_SECONDS = 10.0;

/* Copies the current state of all ensembles side by side. */
static void gather(run *r)
{
    const size_t n = r->n_walker, dim = r->target.dim, n_blob = r->target.n_blob;
    for (size_t i = 0; i < r->n_ensemble; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(r->ensemble, i);
        memcpy(r->position + i * n * dim, v.position, n * dim * sizeof *r->position);
        memcpy(r->ln_prior + i * n, v.ln_prior, n * sizeof *r->ln_prior);
        memcpy(r->ln_like + i * n, v.ln_like, n * sizeof *r->ln_like);
        memcpy(r->blob + i * n * n_blob, v.blob, n * n_blob * sizeof *r->blob);
        memcpy(r->accepted + i * n, v.accepted, n * sizeof *r->accepted);
        for (size_t w = 0; w < n; w++)
            r->log_prob[i * n + w] = v.ln_prior[w] + v.ln_like[w];
    }
}

mutau_status run_commit(run *r, mutau_error *err)
{
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
    };
    mutau_rng_save(r->rng, &state.rng);
    r->n_uncommitted = 0;
    r->last_commit = progress_clock();
    return mutau_chain_commit(r->chain, &state, err);
}

mutau_status run_store_step(run *r, mutau_error *err)
{
    if (r->standing.steps % (uint64_t)r->settings->sampler.thin != 0)
        return MUTAU_OK;
    gather(r);
    MUTAU_CHECK(mutau_chain_append(r->chain, r->rows, NULL, err));
    r->n_uncommitted++;
    if (r->n_uncommitted >= COMMIT_ROWS || progress_clock() - r->last_commit > COMMIT_SECONDS)
        return run_commit(r, err);
    return MUTAU_OK;
}
