/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs held against the first; documented in analysis/compare.h. */
#include "analysis/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_internal.h"
#include "draws_internal.h"
#include "base/mem.h"

/* Distances of densities need no more draws than this; it bounds their time. */
enum { MAX_DRAWS = 1 << 18 };

/* --- may these be compared? ------------------------------------------------------------- */

/* Of whatever spectrum: what the boson and the amplitude are does not depend on it. */
static mutau_status check_models(const mutau_compared_run *a, const mutau_compared_run *b,
                                 bool force, mutau_error *err)
{
    static const char *const keep[] = {"model", NULL}, *const none[] = {NULL};
    const mutau_stored_part part = {.keep = keep, .keys = none, .any_spectrum = true};
    const mutau_flux_settings *x = &a->settings->model, *y = &b->settings->model;
    mutau_reason reason;
    MUTAU_CHECK(mutau_stored_difference(a->pool.chains[0], b->pool.chains[0], &part, &reason, err));
    if (reason.text[0] == '\0')
        return MUTAU_OK;
    if (x->mediator != y->mediator)
        return mutau_error_set(err, MUTAU_EDATA,
                               "%s and %s are of different models, whose couplings are not the "
                               "same thing: %s",
                               a->path, b->path, reason.text);
    if (!force)
        return mutau_error_set(err, MUTAU_EDATA,
                               "%s and %s are of different models: %s; --force compares them "
                               "nevertheless",
                               a->path, b->path, reason.text);
    return MUTAU_OK;
}

/* --- distances -------------------------------------------------------------------------- */

/* Draws of the two runs, thinned. */
typedef struct two {
    const mutau_compared_run *run_a, *run_b;
    mutau_pool a, b;
    size_t n_a, n_b;
} two;

static void thin(mutau_pool *pool, size_t *n)
{
    const size_t least = 2 * MUTAU_DIVERGENCE_MIN, rows = MAX_DRAWS / pool->n_column;
    mutau_pool_thin(pool, rows > least ? rows : least);
    *n = pool->n_row * pool->n_column;
}

static mutau_status compare_quantity(const two *t, const mutau_quantity *a, const mutau_quantity *b,
                                     mutau_compared_quantity *out, mutau_error *err)
{
    double *x = NULL, *y = NULL;
    const mutau_convergence *p = &a->moments, *q = &b->moments;
    (void)snprintf(out->name, sizeof out->name, "%s", a->name);
    out->shift = (q->mean - p->mean) / p->sd;
    out->shift_error = hypot(p->mcse_mean, q->mcse_mean) / p->sd;
    mutau_status status = mutau_draws_alloc(&t->a, a->name, &x, err);
    if (status == MUTAU_OK)
        status = mutau_draws_alloc(&t->b, a->name, &y, err);
    if (status == MUTAU_OK)
        status = mutau_overlap(t->n_a, x, t->n_b, y, &out->overlap, err);
    free(x);
    free(y);
    return status;
}

static mutau_status compare_list(const two *t, size_t n, const mutau_quantity q[],
                                 mutau_compared_pair *out, mutau_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const mutau_quantity *other = mutau_summary_find(&t->run_b->summary, q[i].name);
        if (other != NULL)
            MUTAU_CHECK(compare_quantity(t, &q[i], other, &out->quantity[out->n++], err));
    }
    return MUTAU_OK;
}

static bool has_plane(const mutau_run_settings *s)
{
    return s->parameters[s->places.mass].prior != MUTAU_PRIOR_FIXED &&
           s->parameters[s->places.coupling].prior != MUTAU_PRIOR_FIXED;
}

static mutau_status compare_planes(const two *t, mutau_compared_pair *out, mutau_error *err)
{
    const mutau_run_settings *s = t->run_a->settings;
    const char *mass = s->set.spec[s->places.mass]->name;
    const char *coupling = s->set.spec[s->places.coupling]->name;
    double *x[4] = {NULL};
    mutau_status status = MUTAU_OK;
    out->mass_coupling = (mutau_jensen_shannon){(double)NAN, (double)NAN};
    if (!has_plane(t->run_a->settings) || !has_plane(t->run_b->settings)) {
        (void)snprintf(out->no_mass_coupling.text, sizeof out->no_mass_coupling.text,
                       "%s or %s is fixed", mass, coupling);
        return MUTAU_OK;
    }
    for (int i = 0; i < 4 && status == MUTAU_OK; i++)
        status = mutau_draws_alloc(i < 2 ? &t->a : &t->b, i % 2 == 0 ? mass : coupling, &x[i], err);
    if (status == MUTAU_OK)
        status = mutau_jensen_shannon_planar(t->n_a, x[0], x[1], t->n_b, x[2], x[3],
                                             &out->mass_coupling, err);
    for (int i = 0; i < 4; i++)
        free(x[i]);
    return status;
}

/* --- Bayes factor and reweighting --------------------------------------------------------- */

/* A Bayes factor is of one set of data: the same data sets, likelihood and terms. */
mutau_status mutau_compare_data(const mutau_compared_run *a, const mutau_compared_run *b,
                                mutau_reason *reason, mutau_error *err)
{
    static const char *const keep[] = {"data", "likelihood", "terms", NULL};
    static const char *const none[] = {NULL};
    const mutau_stored_part part = {.keep = keep, .section = NULL, .keys = none};
    const mutau_chain *first = a->pool.chains[0], *second = b->pool.chains[0];
    MUTAU_CHECK(mutau_stored_difference(first, second, &part, reason, err));
    if (reason->text[0] != '\0')
        return MUTAU_OK;
    const mutau_chain_info x = mutau_chain_describe(first), y = mutau_chain_describe(second);
    char other[MUTAU_DIFFERENCE_SIZE];
    MUTAU_CHECK(mutau_chain_inputs_difference(&x, &y, "the first", "the second", other, err));
    (void)snprintf(reason->text, sizeof reason->text, "%.*s", (int)sizeof reason->text - 1, other);
    return MUTAU_OK;
}

static mutau_status find_bayes_factor(const two *t, mutau_compared_pair *out, mutau_error *err)
{
    mutau_reason reason;
    out->ln_b = (double)NAN;
    MUTAU_CHECK(mutau_compare_data(t->run_a, t->run_b, &reason, err));
    if (reason.text[0] != '\0')
        (void)snprintf(out->no_ln_b.text, sizeof out->no_ln_b.text,
                       "no Bayes factor between different data (%.*s)",
                       (int)sizeof reason.text - 64, reason.text);
    else if (isnan(t->run_a->evidence.ln_z) || isnan(t->run_b->evidence.ln_z))
        (void)snprintf(out->no_ln_b.text, sizeof out->no_ln_b.text,
                       "no Bayes factor: ln Z is not known of both");
    else
        out->ln_b = t->run_b->evidence.ln_z - t->run_a->evidence.ln_z;
    return MUTAU_OK;
}

/* The point of the best sample: its coordinates, in natural values, and its blobs. */
static void best_point(const mutau_compared_run *run, double point[])
{
    const mutau_run_settings *settings = run->settings;
    const mutau_summary *s = &run->summary;
    for (size_t k = 0; k < settings->set.n; k++) {
        const mutau_parameter *p = &settings->parameters[k];
        point[k] = p->prior == MUTAU_PRIOR_FIXED ? p->value : (double)NAN;
        for (size_t i = 0; i < s->n_best; i++)
            if (strcmp(s->best_name[i], p->stored_name) == 0)
                point[k] = mutau_parameter_natural(p, s->best[i]);
        for (size_t i = 0; i < s->n_best; i++)
            if (strcmp(s->best_name[i], p->spec->name) == 0)
                point[k] = s->best[i];
    }
}

/* The terms as they are read now must be those that the second run was sampled with:
 * evaluated at its best sample they give what it has stored. */
static void check_terms(const mutau_compared_run *run, mutau_reason *reason)
{
    const double tolerance = 1e-9;
    double point[MUTAU_MAX_PARAMETERS];
    best_point(run, point);
    for (size_t i = 0; i < run->settings->n_term; i++) {
        const char *name = run->settings->terms[i].type->name;
        const double now = -2.0 * mutau_run_settings_term_lnl(run->settings, i, point);
        for (size_t k = 1; k < run->n_chi2; k++) {
            const double stored = run->chi2[k].best;
            if (strcmp(run->chi2[k].name, name) == 0 &&
                !(fabs(now - stored) <= tolerance * fmax(fabs(stored), 1.0)))
                (void)snprintf(reason->text, sizeof reason->text,
                               "%s: the term %s gives a chi^2 of %.9g where %.9g is stored: its "
                               "inputs have changed",
                               run->path, name, now, stored);
        }
    }
}

static mutau_status reweight(const two *t, bool force, mutau_compared_pair *out, mutau_error *err)
{
    static const char *const keep[] = {"model",         "parameters", "data",
                                       "allow_overlap", "likelihood", NULL};
    static const char *const none[] = {NULL};
    const mutau_stored_part part = {.keep = keep, .section = NULL, .keys = none};
    const char *names[MUTAU_SUMMARY_MAX_QUANTITIES];
    size_t n = 0;
    mutau_reason *other = &out->beyond_terms;
    MUTAU_CHECK(mutau_stored_difference(t->a.chains[0], t->b.chains[0], &part, other, err));
    if (other->text[0] != '\0' && !force) {
        (void)snprintf(out->no_reweighting.text, sizeof out->no_reweighting.text,
                       "the runs differ in more than terms (%.*s); --force does it nevertheless",
                       (int)sizeof other->text - 128, other->text);
        return MUTAU_OK;
    }
    check_terms(t->run_b, &out->no_reweighting);
    if (out->no_reweighting.text[0] != '\0')
        return MUTAU_OK;
    for (size_t i = 0; i < out->n && n < MUTAU_SUMMARY_MAX_QUANTITIES; i++)
        names[n++] = out->quantity[i].name;
    MUTAU_TRY(err,
              mutau_reweight(&t->run_a->pool, t->run_b->settings, n, names, &out->reweighting, err),
              "reweighting %s", t->run_a->path);
    out->reweighting.sufficient = out->reweighting.sufficient && other->text[0] == '\0';
    return MUTAU_OK;
}

static mutau_status compare_pair(const mutau_comparison *c, size_t second, bool force,
                                 mutau_compared_pair *out, mutau_error *err)
{
    two t = {.run_a = &c->run[0], .run_b = &c->run[second]};
    out->second = second;
    t.a = t.run_a->pool;
    t.b = t.run_b->pool;
    thin(&t.a, &t.n_a);
    thin(&t.b, &t.n_b);
    MUTAU_CHECK(
        compare_list(&t, t.run_a->summary.n_parameter, t.run_a->summary.parameter, out, err));
    MUTAU_CHECK(compare_list(&t, t.run_a->summary.n_derived, t.run_a->summary.derived, out, err));
    MUTAU_CHECK(compare_planes(&t, out, err));
    MUTAU_CHECK(find_bayes_factor(&t, out, err));
    return reweight(&t, force, out, err);
}

/* --- all of it -------------------------------------------------------------------------- */

static mutau_status compare(size_t n, const char *const paths[], mutau_chain *const chains[],
                            const mutau_compare_settings *settings, mutau_comparison *out,
                            mutau_error *err)
{
    out->run = mutau_calloc(n, sizeof *out->run);
    out->pair = mutau_calloc(n, sizeof *out->pair);
    if (out->run == NULL || out->pair == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to compare %zu runs", n);
    for (size_t i = 0; i < n; i++) {
        MUTAU_CHECK(
            mutau_compared_run_open(&out->run[i], paths[i], chains[i], settings->force, err));
        out->n_run++;
        if (i > 0)
            MUTAU_CHECK(check_models(&out->run[0], &out->run[i], settings->force, err));
    }
    for (size_t i = 0; i < n; i++)
        MUTAU_CHECK(mutau_compared_run_fill(&out->run[i], err));
    if (settings->reference != NULL)
        MUTAU_CHECK(mutau_compare_ladder(out, settings->reference, err));
    for (size_t i = 1; i < n && !settings->evidences_alone; i++) {
        MUTAU_CHECK(compare_pair(out, i, settings->force, &out->pair[i - 1], err));
        out->n_pair = i;
    }
    MUTAU_CHECK(mutau_compare_tension(out, err));
    if (settings->suspiciousness && out->no_suspiciousness.text[0] != '\0')
        return mutau_error_set(err, MUTAU_EDATA, "no suspiciousness: %s",
                               out->no_suspiciousness.text);
    return MUTAU_OK;
}

mutau_status mutau_compare(size_t n, const char *const paths[], mutau_chain *const chains[],
                           const mutau_compare_settings *settings, mutau_comparison *out,
                           mutau_error *err)
{
    memset(out, 0, sizeof *out);
    if (n < 1 || n > MUTAU_COMPARE_MAX_RUNS)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d chain files, not %zu",
                               MUTAU_COMPARE_MAX_RUNS, n);
    return compare(n, paths, chains, settings, out, err);
}

void mutau_comparison_free(mutau_comparison *comparison)
{
    for (size_t i = 0; i < comparison->n_run; i++)
        mutau_compared_run_close(&comparison->run[i]);
    free(comparison->run);
    free(comparison->pair);
    free(comparison->ladder.model);
    *comparison = (mutau_comparison){0};
}

const mutau_compared_quantity *mutau_comparison_find(const mutau_comparison *comparison, size_t run,
                                                     const char *name)
{
    if (run == 0)
        return NULL;
    const mutau_compared_pair *pair = &comparison->pair[run - 1];
    for (size_t i = 0; i < pair->n; i++)
        if (strcmp(pair->quantity[i].name, name) == 0)
            return &pair->quantity[i];
    return NULL;
}

size_t mutau_comparison_first(const mutau_comparison *comparison, const char *name)
{
    size_t run = 0;
    while (run < comparison->n_run &&
           mutau_summary_find(&comparison->run[run].summary, name) == NULL)
        run++;
    return run;
}

bool mutau_projection_begins(const mutau_compared_run *run, size_t i)
{
    return i == 0 || run->projection[i].term != run->projection[i - 1].term;
}

bool mutau_projection_ends(const mutau_compared_run *run, size_t i)
{
    return i + 1 == run->n_projection || mutau_projection_begins(run, i + 1);
}
