/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluations that failed: kept in the chain file, and the first ones told. */
#include <stdio.h>

#include "run_internal.h"

/* Failures that are told, each with its parameters; a broken likelihood has millions. */
enum { MAX_TOLD = 10, POINT_SIZE = 2048, RUNG_SIZE = 40 };

static void tell(const mutau_run *run, const mutau_ensemble_failure *f)
{
    char point[POINT_SIZE] = "", rung[RUNG_SIZE] = "";
    size_t used = 0;
    for (size_t k = 0; k < run->target.dim && used < sizeof point; k++)
        used += (size_t)snprintf(point + used, sizeof point - used, "%s%s = %.17g",
                                 k > 0 ? ", " : "", run->target.names[k], f->theta[k]);
    if (f->i_rung > 0)
        (void)snprintf(rung, sizeof rung, ", temperature %zu", f->i_rung);
    mutau_run_tell(run, MUTAU_RUN_WARNING,
                   "step %llu, ensemble %zu%s, walker %zu: %s at %s; rejected",
                   (unsigned long long)run->standing.steps, f->i_ensemble, rung, f->i_walker,
                   mutau_status_text(f->status), point);
}

mutau_status mutau_run_note_failures(mutau_run *run, mutau_error *err)
{
    const mutau_ensemble_failure *failures;
    run_store *store = &run->store;
    const size_t n = mutau_ensemble_failures(run->sampler.ensemble, &failures);
    for (size_t i = 0; i < n; i++) {
        const mutau_chain_failure row = {.step = run->standing.steps,
                                         .ensemble = failures[i].i_ensemble,
                                         .rung = failures[i].i_rung,
                                         .walker = failures[i].i_walker,
                                         .theta = failures[i].theta};
        MUTAU_CHECK(mutau_chain_add_failure(store->chain, &row, err));
        if (store->n_told < MAX_TOLD)
            tell(run, &failures[i]);
        if (++store->n_told == MAX_TOLD)
            mutau_run_tell(run, MUTAU_RUN_WARNING,
                           "further failures are counted; the chain file keeps the first %d",
                           MUTAU_MAX_FAILURES);
    }
    return MUTAU_OK;
}
