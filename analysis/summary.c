/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries of chain files; documented in analysis/summary.h.
 *
 * The draws of one quantity from all files (analysis/pool.h) are in memory at a time;
 * of two for the model's validity. */
#include "analysis/summary.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draws_internal.h"
#include "analysis/diagnosis.h"
#include "base/mem.h"
#include "analysis/pool.h"
#include "posterior/posterior.h"
#include "posterior/run_settings.h"
#include "natural_internal.h"
#include "stored_run_internal.h"

const double mutau_summary_probability[MUTAU_SUMMARY_QUANTILES] = {0.025, 0.05, 0.16, 0.5,
                                                                   0.84,  0.95, 0.975};
const double mutau_summary_mass[MUTAU_SUMMARY_MASSES] = {0.68, 0.90, 0.95};

/* Everything that the steps below share. */
typedef struct work {
    const mutau_run_settings *settings;
    mutau_chain_info info; /* of the first file */
    mutau_pool pool;
    size_t n;  /* draws: rows x columns of the pool */
    double *x; /* [n] of one quantity */
    size_t n_mass;
    const double *mass; /* [n_mass] of the regions */
} work;

/* --- draws --------------------------------------------------------------------------- */

/* The one verdict, without its sentences. */
static mutau_status take_verdict(size_t n_chain, mutau_chain *const chains[], mutau_summary *out,
                                 mutau_error *err)
{
    mutau_diagnosis *d = NULL;
    MUTAU_CHECK(mutau_diagnosis_compute(n_chain, chains, &d, err));
    out->verdict = d->verdict;
    out->posterior_converged = d->posterior_converged;
    out->evidence_judged = d->evidence_judged;
    out->evidence_converged = d->evidence_converged;
    out->converged = d->converged;
    out->n_problem = d->n_problem;
    out->validity = d->validity;
    mutau_diagnosis_free(d);
    return MUTAU_OK;
}

static mutau_status open_pool(work *w, size_t n_chain, mutau_chain *const chains[],
                              mutau_summary *out, mutau_error *err)
{
    size_t burn_in[MUTAU_POOL_MAX_CHAINS];
    for (size_t i = 0; i < n_chain; i++)
        burn_in[i] = mutau_chain_burn_in(chains[i]);
    w->info = mutau_chain_describe(chains[0]);
    if (w->info.dim + w->info.n_blob > sizeof out->best / sizeof out->best[0])
        return mutau_error_set(err, MUTAU_EDATA,
                               "%zu coordinates and %zu blobs are more than any run of mutau has",
                               w->info.dim, w->info.n_blob);
    mutau_status status = take_verdict(n_chain, chains, out, err);
    if (status == MUTAU_OK)
        status = mutau_pool_init(&w->pool, n_chain, chains, burn_in, err);
    if (status != MUTAU_OK) /* what does not fit together is a fault of the files */
        return status == MUTAU_EDOM ? MUTAU_EDATA : status;
    w->n = w->pool.n_row * w->pool.n_column;
    w->x = mutau_calloc(w->n, sizeof *w->x);
    return w->x != NULL ? MUTAU_OK
                        : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", w->n);
}

/* Quantiles of the draws in w->x, and the error of those that are ends of intervals. */
static mutau_status find_quantiles(const work *w, mutau_quantity *q, mutau_error *err)
{
    MUTAU_CHECK(
        mutau_interval_error(w->pool.n_row, w->pool.n_column, w->x, &q->interval_error, err));
    return mutau_quantiles(w->n, w->x, MUTAU_SUMMARY_QUANTILES, mutau_summary_probability,
                           q->quantile, err);
}

/* Regions of the draws in w->x by their own density. */
static mutau_status find_regions(const work *w, mutau_quantity *q, mutau_error *err)
{
    _Static_assert(sizeof q->hpd_in == sizeof q->name, "a name fits");
    memcpy(q->hpd_in, q->name, sizeof q->name);
    const double ess = fmin(q->moments.ess_bulk, q->moments.ess_tail);
    return mutau_hpd_regions_walkers(w->pool.n_row, w->pool.n_column, w->x, q->lo, q->hi, ess,
                                     w->n_mass, w->mass, q->region, err);
}

/* Those of the coordinate that it is a function of. */
static void show_regions(const mutau_natural *natural, const mutau_quantity *coordinate,
                         size_t n_mass, mutau_quantity *q)
{
    (void)snprintf(q->hpd_in, sizeof q->hpd_in, "%s", coordinate->name);
    for (size_t i = 0; i < n_mass; i++)
        q->region[i] = mutau_natural_region(natural, &coordinate->region[i]);
}

/* Moments and quantiles are those of the quantity's own draws, in w->x. */
static mutau_status describe_derived(const work *w, const mutau_summary *s, mutau_quantity *q,
                                     mutau_error *err)
{
    MUTAU_CHECK(mutau_convergence_compute(w->pool.n_row, w->pool.n_column, w->x, &q->moments, err));
    MUTAU_CHECK(mutau_pool_autocorr_time(&w->pool, w->x, &q->tau, err));
    MUTAU_CHECK(find_quantiles(w, q, err));
    mutau_natural natural;
    MUTAU_CHECK(mutau_natural_init(w->settings, q->name, &natural, err));
    const mutau_quantity *coordinate = NULL;
    if (natural.parameter != NULL)
        coordinate = mutau_summary_find(s, natural.parameter->stored_name);
    mutau_status status = MUTAU_OK;
    if (coordinate != NULL)
        show_regions(&natural, coordinate, w->n_mass, q);
    else
        status = find_regions(w, q, err);
    mutau_natural_release(&natural);
    return status;
}

/* --- quantities ---------------------------------------------------------------------- */

static void name_quantity(mutau_quantity *q, const char *name, const char *unit, const char *latex)
{
    (void)snprintf(q->latex, sizeof q->latex, "%s", latex);
    (void)snprintf(q->name, sizeof q->name, "%s", name);
    (void)snprintf(q->unit, sizeof q->unit, "%s", unit);
}

/* The natural values of a log10 coordinate, whose draws are in w->x. */
static mutau_status describe_natural(work *w, const mutau_parameter *parameter, mutau_summary *out,
                                     mutau_error *err)
{
    mutau_quantity *q = &out->derived[out->n_derived++];
    name_quantity(q, parameter->spec->name, parameter->spec->unit, parameter->spec->latex);
    q->lo = parameter->min;
    q->hi = parameter->max;
    for (size_t i = 0; i < w->n; i++)
        w->x[i] = mutau_parameter_natural(parameter, w->x[i]);
    return describe_derived(w, out, q, err);
}

static mutau_status describe_parameters(work *w, mutau_summary *out, mutau_error *err)
{
    for (size_t i = 0; i < w->info.dim; i++) {
        const mutau_parameter *parameter = mutau_stored_parameter(w->settings, w->info.names[i]);
        mutau_quantity *q = &out->parameter[out->n_parameter++];
        name_quantity(q, w->info.names[i], w->info.units[i], w->info.labels[i]);
        MUTAU_CHECK(mutau_stored_support(w->settings, w->info.names[i], &q->lo, &q->hi, err));
        q->moments = out->verdict.coordinate[i];
        q->tau = out->verdict.tau[i];
        MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_COORDINATE, i, w->x, err));
        MUTAU_CHECK(find_quantiles(w, q, err));
        MUTAU_CHECK(find_regions(w, q, err));
        if (parameter != NULL && parameter->prior == MUTAU_PRIOR_LOG_UNIFORM)
            MUTAU_CHECK(describe_natural(w, parameter, out, err));
    }
    return MUTAU_OK;
}

static_assert(MUTAU_MAX_DIM + MUTAU_MAX_DERIVED <= MUTAU_SUMMARY_MAX_QUANTITIES,
              "natural values and derived quantities have room");

/* The blobs that are derived quantities. */
static mutau_status describe_blobs(work *w, mutau_summary *out, mutau_error *err)
{
    for (size_t i = 0; i < w->info.n_blob; i++) {
        const mutau_derived *derived = mutau_derived_find(w->info.blob_names[i]);
        if (derived == NULL)
            continue;
        MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_BLOB, i, w->x, err));
        /* What it depends on is fixed: nothing was inferred. */
        if (mutau_draws_constant(w->n, w->x))
            continue;
        mutau_quantity *q = &out->derived[out->n_derived++];
        name_quantity(q, derived->name, derived->unit, derived->latex);
        q->lo = derived->lowest;
        q->hi = derived->highest;
        MUTAU_CHECK(describe_derived(w, out, q, err));
    }
    return MUTAU_OK;
}

/* --- the best sample and the counts ----------------------------------------------------- */

/* A blob that repeats a coordinate, as m_zprime if its prior is not in its logarithm, is
 * left out. */
static mutau_status read_best(work *w, size_t draw, mutau_summary *out, mutau_error *err)
{
    for (size_t i = 0; i < w->info.dim + w->info.n_blob; i++) {
        const bool blob = i >= w->info.dim;
        const size_t k = blob ? i - w->info.dim : i;
        size_t at = 0;
        if (blob && mutau_draws_find_coordinate(&w->info, w->info.blob_names[k], &at))
            continue;
        MUTAU_CHECK(mutau_pool_read(&w->pool, blob ? MUTAU_POOL_BLOB : MUTAU_POOL_COORDINATE, k,
                                    w->x, err));
        (void)snprintf(out->best_name[out->n_best], MUTAU_SUMMARY_NAME_SIZE, "%s",
                       blob ? w->info.blob_names[k] : w->info.names[k]);
        out->best[out->n_best++] = w->x[draw];
    }
    return MUTAU_OK;
}

static mutau_status find_best(work *w, mutau_summary *out, mutau_error *err)
{
    size_t best = 0;
    MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_LOG_PROB, 0, w->x, err));
    for (size_t i = 1; i < w->n; i++)
        best = w->x[i] > w->x[best] ? i : best;
    out->best_log_prob = w->x[best];
    return read_best(w, best, out, err);
}

/* Where walker i of the cold rungs of all ensembles stands among those of all rungs, of which
 * files that are pooled may have different numbers. */
static size_t cold_walker(const mutau_chain_info *info, size_t i)
{
    return i / info->n_walker * info->n_temperature * info->n_walker + i % info->n_walker;
}

/* Steps, evaluations and acceptance from the stored states; a file that another
 * program has continued has none for its last row, and only its rows count. */
static void count(const work *w, mutau_summary *out)
{
    uint64_t accepted = 0, proposals = 0;
    const size_t walkers = w->info.n_ensemble * w->info.n_walker;
    out->steps = UINT64_MAX;
    for (size_t f = 0; f < w->pool.n_chain; f++) {
        mutau_chain *chain = w->pool.chains[f];
        const mutau_chain_info info = mutau_chain_describe(chain);
        mutau_chain_state state = {0};
        const bool known = mutau_chain_read_state(chain, &state, NULL) == MUTAU_OK;
        const uint64_t steps = known ? state.steps : mutau_chain_rows(chain) * w->info.thin;
        for (size_t i = 0; known && i < walkers; i++)
            accepted += state.accepted[cold_walker(&info, i)];
        proposals += known ? steps * walkers : 0;
        out->steps = steps < out->steps ? steps : out->steps;
        out->evaluations += state.evaluations;
        out->failures += state.failures;
        out->seconds += state.seconds;
    }
    out->acceptance = proposals > 0 ? (double)accepted / (double)proposals : (double)NAN;
    out->n_column = w->pool.n_column;
    out->n_row = w->pool.n_row;
    /* Steps after the last row that was stored are neither kept nor burn-in. */
    out->burn_in = (out->steps / w->info.thin - w->pool.n_row) * w->info.thin;
}

static mutau_status summarise(work *w, size_t n_chain, mutau_chain *const chains[],
                              mutau_summary *out, mutau_error *err)
{
    MUTAU_CHECK(open_pool(w, n_chain, chains, out, err));
    MUTAU_CHECK(describe_parameters(w, out, err));
    MUTAU_CHECK(describe_blobs(w, out, err));
    MUTAU_CHECK(find_best(w, out, err));
    count(w, out);
    return MUTAU_OK;
}

const mutau_quantity *mutau_summary_at(const mutau_summary *summary, size_t i)
{
    if (i < summary->n_parameter)
        return &summary->parameter[i];
    i -= summary->n_parameter;
    return i < summary->n_derived ? &summary->derived[i] : NULL;
}

const mutau_quantity *mutau_summary_find(const mutau_summary *summary, const char *name)
{
    const mutau_quantity *q;
    for (size_t i = 0; (q = mutau_summary_at(summary, i)) != NULL; i++)
        if (strcmp(q->name, name) == 0)
            return q;
    return NULL;
}

double mutau_summary_best(const mutau_summary *summary, const char *name)
{
    for (size_t i = 0; i < summary->n_best; i++)
        if (strcmp(summary->best_name[i], name) == 0)
            return summary->best[i];
    return (double)NAN;
}

const char *mutau_summary_verdict(const mutau_summary *summary)
{
    return mutau_verdict_words(summary->posterior_converged, summary->evidence_judged,
                               summary->evidence_converged);
}

mutau_status mutau_summary_compute(size_t n_chain, mutau_chain *const chains[], mutau_summary *out,
                                   mutau_error *err)
{
    return mutau_summary_compute_masses(n_chain, chains, MUTAU_SUMMARY_MASSES, mutau_summary_mass,
                                        out, err);
}

mutau_status mutau_summary_compute_masses(size_t n_chain, mutau_chain *const chains[],
                                          size_t n_mass, const double mass[], mutau_summary *out,
                                          mutau_error *err)
{
    memset(out, 0, sizeof *out);
    if (n_mass < 1 || n_mass > MUTAU_SUMMARY_MAX_MASSES)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d masses, not %zu",
                               MUTAU_SUMMARY_MAX_MASSES, n_mass);
    out->n_mass = n_mass;
    memcpy(out->mass, mass, n_mass * sizeof mass[0]);
    if (n_chain < 1 || n_chain > MUTAU_POOL_MAX_CHAINS)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d chain files, not %zu",
                               MUTAU_POOL_MAX_CHAINS, n_chain);
    mutau_run_settings *settings = NULL;
    MUTAU_CHECK(mutau_stored_settings(chains[0], &settings, err));
    work w = {.settings = settings, .n_mass = n_mass, .mass = mass};
    const mutau_status status = summarise(&w, n_chain, chains, out, err);
    free(w.x);
    mutau_run_settings_free(settings);
    return status;
}
