/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on a run's chains; documented in analysis/diagnosis.h. */
#include "analysis/diagnosis.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "diagnosis_internal.h"
#include "base/mem.h"
#include "stored_run_internal.h"
#include "worst_internal.h"

/* --- findings -------------------------------------------------------------------------- */

void mutau_diagnosis_find(mutau_diagnosis *d, finding_nature nature, const char *id,
                          const char *format, ...)
{
    if (d->n_finding >= MUTAU_MAX_FINDINGS)
        return;
    mutau_finding *f = &d->finding[d->n_finding++];
    f->kind = nature.kind;
    f->about = nature.about;
    f->lasting = nature.lasting;
    f->id = id;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
}

const char *mutau_diagnosis_more_temperatures(const diagnosis_work *w,
                                              char text[DIAGNOSIS_ADVICE_SIZE])
{
    const size_t n = w->info.n_temperature;
    if (n > 1)
        (void)snprintf(text, DIAGNOSIS_ADVICE_SIZE, "more sampler.temperatures than %zu", n);
    else
        (void)snprintf(text, DIAGNOSIS_ADVICE_SIZE, "sampler.temperatures: 8");
    return text;
}

/* --- counts ------------------------------------------------------------------------------- */

/* Rungs of a file: 1 without tempering. */
static size_t count_rungs(const mutau_chain *chain)
{
    const size_t n = mutau_chain_describe(chain).n_temperature;
    return n > 1 ? n : 1;
}

/* Pairs of rungs whose swaps can be added up: none if the files have different ladders. */
static size_t count_pairs(const diagnosis_work *w)
{
    const size_t n_rung = count_rungs(w->pool.chains[0]);
    for (size_t f = 1; f < w->pool.n_chain; f++)
        if (count_rungs(w->pool.chains[f]) != n_rung)
            return 0;
    return n_rung - 1;
}

/* The counts of a file's stored state; NaN if it has none. */
static mutau_run_counts counts_of(const diagnosis_work *w, mutau_chain *chain)
{
    const size_t n_walker = w->info.n_walker, walkers = w->info.n_ensemble * n_walker;
    const size_t n_rung = count_rungs(chain), slots = n_rung * n_walker; /* of an ensemble */
    mutau_run_counts c = {0};
    mutau_chain_state state;
    if (mutau_chain_read_state(chain, &state, NULL) != MUTAU_OK)
        return (mutau_run_counts){.accepted = (double)NAN, .failures = (double)NAN};
    for (size_t i = 0; i < walkers; i++) { /* of the cold rungs */
        const size_t cold = i / n_walker * slots + i % n_walker;
        c.accepted += (double)state.accepted[cold];
    }
    for (size_t i = 0; i + 1 < n_rung; i++)
        c.swaps[i] = state.swaps[i];
    c.proposals = (double)state.steps * (double)walkers;
    c.failures = (double)state.failures;
    c.evaluations = (double)state.evaluations;
    return c;
}

static void add_counts(const mutau_run_counts *more, mutau_run_counts *sum)
{
    sum->accepted += more->accepted;
    sum->proposals += more->proposals;
    sum->failures += more->failures;
    sum->evaluations += more->evaluations;
    for (size_t i = 0; i < MUTAU_MAX_TEMPERATURES; i++) {
        sum->swaps[i].accepted += more->swaps[i].accepted;
        sum->swaps[i].proposed += more->swaps[i].proposed;
    }
}

static double share_of(const mutau_chain_swaps *swaps)
{
    return swaps->proposed > 0 ? (double)swaps->accepted / (double)swaps->proposed : (double)NAN;
}

/* The least share that is known. */
static void take_least(const mutau_run_counts *c, size_t n_pair, size_t i_file,
                       mutau_least_swaps *least)
{
    for (size_t i = 0; i < n_pair; i++) {
        const double share = share_of(&c->swaps[i]);
        if (least->n_pair == 0 || share < least->share || (isnan(least->share) && !isnan(share)))
            *least = (mutau_least_swaps){n_pair, i, i_file, share};
    }
}

/* From the run's own counts, or (NULL) those of the stored states. */
static void count(const diagnosis_work *w, const mutau_run_counts *counts, mutau_diagnosis *d)
{
    mutau_run_counts sum = {0};
    d->n_swap = count_pairs(w);
    d->least_swaps = (mutau_least_swaps){.share = (double)NAN};
    for (size_t f = 0; f < w->pool.n_chain && counts == NULL; f++) {
        const mutau_run_counts own = counts_of(w, w->pool.chains[f]);
        add_counts(&own, &sum);
        if (d->n_swap == 0)
            take_least(&own, count_rungs(w->pool.chains[f]) - 1, f, &d->least_swaps);
    }
    const mutau_run_counts *c = counts != NULL ? counts : &sum;
    d->acceptance = c->proposals > 0.0 ? c->accepted / c->proposals : (double)NAN;
    for (size_t i = 0; i < d->n_swap; i++)
        d->swap_share[i] = share_of(&c->swaps[i]);
    take_least(c, d->n_swap, 0, &d->least_swaps);
    d->failure_share = c->evaluations > 0.0 ? c->failures / c->evaluations : (double)NAN;
}

/* --- the verdict -------------------------------------------------------------------------- */

/* Whether a problem was found with that. */
static bool is_faulty(const mutau_diagnosis *d, unsigned about)
{
    for (size_t i = 0; i < d->n_finding; i++)
        if (d->finding[i].kind == MUTAU_FINDING_PROBLEM && (d->finding[i].about & about) != 0)
            return true;
    return false;
}

/* From the criteria and what was found. */
static void judge(mutau_diagnosis *d)
{
    mutau_criteria of_posterior = d->criteria;
    of_posterior.evidence_error = 0.0;
    d->posterior_converged =
        mutau_verdict_meets(&d->verdict, &of_posterior) && !is_faulty(d, MUTAU_ABOUT_POSTERIOR);
    d->evidence_converged = d->evidence_judged && d->verdict.evidence.why == MUTAU_EVIDENCE_KNOWN &&
                            !is_faulty(d, MUTAU_ABOUT_EVIDENCE);
    d->converged = d->posterior_converged && (d->evidence_converged || !d->evidence_judged);
    d->complete = mutau_verdict_meets(&d->verdict, &d->criteria);
    for (size_t i = 0; i < d->n_finding; i++) {
        const mutau_finding *f = &d->finding[i];
        d->n_problem += f->kind == MUTAU_FINDING_PROBLEM;
        d->complete = d->complete && (f->kind != MUTAU_FINDING_PROBLEM || f->lasting);
    }
}

/* Problems before warnings, each kind in the order in which they were found. */
static void sort_findings(mutau_diagnosis *d)
{
    for (size_t i = 1; i < d->n_finding; i++)
        for (size_t k = i; k > 0 && d->finding[k].kind < d->finding[k - 1].kind; k--) {
            const mutau_finding later = d->finding[k];
            d->finding[k] = d->finding[k - 1];
            d->finding[k - 1] = later;
        }
}

/* The range of the draws in w->x. */
static void find_range(diagnosis_work *w, size_t i)
{
    const size_t n = w->pool.n_row * w->pool.n_column;
    w->least[i] = w->most[i] = w->x[0];
    for (size_t k = 1; k < n; k++) {
        w->least[i] = w->x[k] < w->least[i] ? w->x[k] : w->least[i];
        w->most[i] = w->x[k] > w->most[i] ? w->x[k] : w->most[i];
    }
}

static mutau_status look_at_coordinate(diagnosis_work *w, size_t i, mutau_error *err)
{
    mutau_diagnosis *d = w->out;
    double lo = -(double)INFINITY, hi = (double)INFINITY;
    MUTAU_CHECK(mutau_stored_support(w->settings, w->info.names[i], &lo, &hi, err));
    MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_COORDINATE, i, w->x, err));
    if (i == 0)
        MUTAU_CHECK(
            mutau_walker_moves_count(d->n_row, d->n_ensemble, d->n_walker, w->x, &d->moves, err));
    if (d->criteria.interval_error > 0.0) {
        double *worst = &d->verdict.interval_error, error;
        MUTAU_CHECK(mutau_interval_error(d->n_row, w->pool.n_column, w->x, &error, err));
        *worst = i == 0 ? error : mutau_worst_greater(error, *worst);
    }
    find_range(w, i);
    return mutau_modes_find(d->n_row, d->n_ensemble, d->n_walker, w->x, lo, hi,
                            d->verdict.coordinate[i].ess_bulk, &d->modes[i], err);
}

static size_t most_rungs(const diagnosis_work *w)
{
    size_t most = 1;
    for (size_t f = 0; f < w->pool.n_chain; f++) {
        const size_t n = count_rungs(w->pool.chains[f]);
        most = n > most ? n : most;
    }
    return most;
}

static bool has_mixture(const diagnosis_work *w)
{
    for (size_t f = 0; f < w->pool.n_chain; f++) {
        const mutau_chain_info info = mutau_chain_describe(w->pool.chains[f]);
        if (mutau_chain_has_mixture(&info))
            return true;
    }
    return false;
}

static mutau_status diagnose(diagnosis_work *w, const mutau_run_counts *counts, mutau_error *err)
{
    mutau_diagnosis *d = w->out;
    d->n_row = w->pool.n_row;
    d->n_ensemble = w->pool.n_ensemble;
    d->n_walker = w->pool.n_walker;
    d->dim = w->info.dim;
    if (most_rungs(w) > MUTAU_MAX_TEMPERATURES)
        return mutau_error_set(
            err, MUTAU_EDATA, "%zu temperatures are more than any run of mutau has", most_rungs(w));
    w->x = mutau_calloc(d->n_row, w->pool.n_column * sizeof *w->x);
    if (w->x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", d->n_row);
    d->criteria = mutau_run_criteria(&w->settings->sampler);
    d->evidence_judged = most_rungs(w) > 1 || has_mixture(w) || d->criteria.evidence_error > 0.0;
    count(w, counts, d);
    for (size_t i = 0; i < d->dim; i++)
        MUTAU_CHECK(look_at_coordinate(w, i, err));
    MUTAU_CHECK(mutau_diagnosis_find_posterior(w, err));
    mutau_diagnosis_find_evidence(w);
    judge(d);
    sort_findings(d);
    return MUTAU_OK;
}

mutau_status mutau_diagnosis_of(const mutau_run_settings *settings, size_t n_chain,
                                mutau_chain *const chains[], const size_t burn_in[],
                                const mutau_verdict *verdict, const mutau_run_counts *counts,
                                mutau_diagnosis **out, mutau_error *err)
{
    *out = NULL;
    diagnosis_work w = {.settings = settings, .info = mutau_chain_describe(chains[0])};
    MUTAU_CHECK(mutau_pool_init(&w.pool, n_chain, chains, burn_in, err));
    w.out = mutau_calloc(1, sizeof *w.out);
    if (w.out == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a diagnosis");
    w.out->verdict = *verdict;
    const mutau_status status = diagnose(&w, counts, err);
    free(w.x);
    if (status != MUTAU_OK) {
        mutau_diagnosis_free(w.out);
        return status;
    }
    *out = w.out;
    return MUTAU_OK;
}

/* --- from files ----------------------------------------------------------------------------- */

static mutau_status diagnose_files(const mutau_run_settings *settings, size_t n_chain,
                                   mutau_chain *const chains[], mutau_diagnosis **out,
                                   mutau_error *err)
{
    size_t burn_in[MUTAU_POOL_MAX_CHAINS];
    mutau_verdict verdict;
    for (size_t i = 0; i < n_chain; i++)
        burn_in[i] = mutau_chain_burn_in(chains[i]);
    MUTAU_CHECK(mutau_stored_check_same(n_chain, chains, err));
    MUTAU_CHECK(mutau_stored_check_draws(settings, n_chain, chains, burn_in, err));
    mutau_status status = mutau_verdict_compute(n_chain, chains, burn_in, &verdict, err);
    if (status == MUTAU_OK)
        status = mutau_diagnosis_of(settings, n_chain, chains, burn_in, &verdict, NULL, out, err);
    /* What does not fit together is a fault of the files. */
    return status == MUTAU_EDOM ? MUTAU_EDATA : status;
}

mutau_status mutau_diagnosis_compute(size_t n_chain, mutau_chain *const chains[],
                                     mutau_diagnosis **out, mutau_error *err)
{
    *out = NULL;
    if (n_chain < 1 || n_chain > MUTAU_POOL_MAX_CHAINS)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d chain files, not %zu",
                               MUTAU_POOL_MAX_CHAINS, n_chain);
    mutau_run_settings *settings = NULL;
    MUTAU_CHECK(mutau_stored_settings(chains[0], &settings, err));
    const mutau_status status = diagnose_files(settings, n_chain, chains, out, err);
    mutau_run_settings_free(settings);
    return status;
}

void mutau_diagnosis_free(mutau_diagnosis *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < MUTAU_MAX_DIM; i++)
        free(d->modes[i].occupancy);
    free(d);
}

const char *mutau_verdict_words(bool posterior, bool evidence_judged, bool evidence)
{
    if (!evidence_judged)
        return posterior ? "converged" : "NOT converged";
    if (posterior)
        return evidence ? "converged (posterior and evidence)"
                        : "NOT converged: the posterior is, its evidence is not";
    return evidence ? "NOT converged: the evidence is, the posterior is not"
                    : "NOT converged (neither posterior nor evidence)";
}
