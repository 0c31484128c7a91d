/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluations that failed: kept in the chain file, and the first ones told. */
#include <stdio.h>

#include "run_internal.h"

/* Failures that are told, each with its parameters; a broken likelihood has millions. */
enum { MAX_TOLD = 10 };

static void tell(const run *r, const mutau_ensemble_failure *f)
{
    (void)fprintf(stderr, "mutau: warning: step %llu, ensemble %zu",
                  (unsigned long long)r->standing.steps, f->i_ensemble);
    if (f->i_rung > 0)
        (void)fprintf(stderr, ", temperature %zu", f->i_rung);
    (void)fprintf(stderr, ", walker %zu: %s at ", f->i_walker, mutau_status_text(f->status));
    for (size_t k = 0; k < r->target.dim; k++)
        (void)fprintf(stderr, "%s%s = %.17g", k > 0 ? ", " : "", r->target.names[k], f->theta[k]);
    (void)fputs("; rejected\n", stderr);
}

mutau_status run_note_failures(run *r, mutau_error *err)
{
    const mutau_ensemble_failure *failures;
    const size_t n = mutau_ensemble_failures(r->ensemble, &failures);
    for (size_t i = 0; i < n; i++) {
        const mutau_chain_failure row = {.step = r->standing.steps,
                                         .ensemble = failures[i].i_ensemble,
                                         .rung = failures[i].i_rung,
                                         .walker = failures[i].i_walker,
                                         .theta = failures[i].theta};
        MUTAU_CHECK(mutau_chain_add_failure(r->chain, &row, err));
        if (r->n_told < MAX_TOLD)
            tell(r, &failures[i]);
        if (++r->n_told == MAX_TOLD)
            (void)fprintf(stderr,
                          "mutau: warning: further failures are counted; the chain file keeps the "
                          "first %d\n",
                          MUTAU_MAX_FAILURES);
    }
    return MUTAU_OK;
}
