/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What chain files say; documented in mutau/results.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_internal.h"
#include "store/chain_quiet.h"
#include "analysis/diagnosis.h"
#include "base/mem.h"
#include "analysis/pool.h"
#include "analysis/summary.h"

_Static_assert((int)MUTAU_API_MAX_MASS == (int)MUTAU_SUMMARY_MAX_MASSES, "masses of a summary");
_Static_assert(MUTAU_API_MAX_RESULT >= 2 * MUTAU_SUMMARY_MAX_QUANTITIES, "its quantities fit");
_Static_assert((int)MUTAU_API_NAME_SIZE >= MUTAU_SUMMARY_NAME_SIZE, "and their names");
_Static_assert(MUTAU_API_MAX_PROBLEM >= MUTAU_MAX_FINDINGS, "and what is found");
_Static_assert(MUTAU_API_PROBLEM_SIZE >= MUTAU_FINDING_SIZE, "in its length");
_Static_assert(MUTAU_RESULT_QUANTILES == (int)MUTAU_SUMMARY_QUANTILES, "quantiles of a summary");

static void take_quantity(mutau_results *out, const mutau_quantity *from)
{
    mutau_result *q = mutau_api_add_result(out, from->name, from->unit, &from->moments, from->tau);
    q->lo = from->lo;
    q->hi = from->hi;
    memcpy(q->quantile, from->quantile, sizeof q->quantile);
    mutau_api_set_regions(out, from->region);
}

static void take_outcome(mutau_outcome *out, const mutau_summary *s)
{
    const mutau_evidence *e = &s->verdict.evidence;
    const bool known = e->why == MUTAU_EVIDENCE_KNOWN;
    *out = (mutau_outcome){
        .converged = s->converged,
        .posterior_converged = s->posterior_converged,
        .evidence_judged = s->evidence_judged,
        .evidence_converged = s->evidence_converged,
        .rhat = s->verdict.worst_rhat,
        .ess_bulk = s->verdict.worst_ess_bulk,
        .ess_tail = s->verdict.worst_ess_tail,
        .tau = s->verdict.worst_tau,
        .kept_steps = s->verdict.kept_steps,
        .n_draw = s->n_row * s->n_column,
        .acceptance = s->acceptance,
        .best_log_prob = s->best_log_prob,
        .ln_z = known ? e->ln_z : (double)NAN,
        .ln_z_error = known ? e->error : (double)NAN,
        .why_no_ln_z = mutau_no_evidence_words(e->why),
    };
}

static void take_summary(mutau_results *out, const mutau_summary *s)
{
    out->n_mass = s->n_mass;
    take_outcome(&out->outcome, s);
    for (size_t i = 0; i < s->n_parameter; i++)
        take_quantity(out, &s->parameter[i]);
    for (size_t i = 0; i < s->n_derived; i++)
        take_quantity(out, &s->derived[i]);
    for (size_t i = 0; i < s->n_best; i++)
        mutau_api_add_best(out, s->best_name[i], s->best[i]);
}

/* The sentences, which a summary only counts. */
static mutau_status take_problems(mutau_results *out, size_t n_chain, mutau_chain *const chains[],
                                  mutau_error *err)
{
    mutau_diagnosis *d = NULL;
    MUTAU_CHECK(mutau_diagnosis_compute(n_chain, chains, &d, err));
    for (size_t i = 0; i < d->n_finding; i++)
        if (d->finding[i].kind == MUTAU_FINDING_PROBLEM)
            (void)snprintf(out->problem[out->n_problem++], MUTAU_API_PROBLEM_SIZE, "%s",
                           d->finding[i].text);
    mutau_diagnosis_free(d);
    return MUTAU_OK;
}

static mutau_status compute(mutau_results *out, mutau_summary *s, size_t n_chain,
                            mutau_chain *const chains[], size_t n_mass, const double mass[],
                            mutau_error *err)
{
    if (n_mass == 0)
        MUTAU_CHECK(mutau_summary_compute(n_chain, chains, s, err));
    else
        MUTAU_CHECK(mutau_summary_compute_masses(n_chain, chains, n_mass, mass, s, err));
    take_summary(out, s);
    return s->n_problem > 0 ? take_problems(out, n_chain, chains, err) : MUTAU_OK;
}

static mutau_status compute_silently(mutau_results *out, mutau_summary *s, size_t n_file,
                                     mutau_chainfile *const files[], size_t n_mass,
                                     const double mass[], mutau_error *err)
{
    mutau_chain *chains[MUTAU_POOL_MAX_CHAINS];
    mutau_chain_quiet kept;
    if (n_file < 1 || n_file > MUTAU_POOL_MAX_CHAINS)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d chain files, not %zu",
                               MUTAU_POOL_MAX_CHAINS, n_file);
    for (size_t i = 0; i < n_file; i++)
        chains[i] = files[i]->chain;
    mutau_chain_quiet_begin(&kept);
    const mutau_status status = compute(out, s, n_file, chains, n_mass, mass, err);
    mutau_chain_quiet_end(&kept);
    return status;
}

mutau_status mutau_results_of_files(size_t n_file, mutau_chainfile *const files[], size_t n_mass,
                                    const double mass[], mutau_results **out, mutau_error *err)
{
    *out = NULL;
    mutau_results *results = mutau_calloc(1, sizeof *results);
    mutau_summary *summary = mutau_calloc(1, sizeof *summary);
    mutau_status status = results != NULL && summary != NULL
                              ? MUTAU_OK
                              : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the results");
    if (status == MUTAU_OK)
        status = compute_silently(results, summary, n_file, files, n_mass, mass, err);
    free(summary);
    if (status == MUTAU_OK)
        *out = results;
    else
        mutau_results_free(results);
    return status;
}
