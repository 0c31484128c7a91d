/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model without the boson within a chain that has it; documented in analysis/nested.h. */
#include "analysis/nested.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/diagnostics.h"
#include "base/mem.h"
#include "draws_internal.h"
#include "points_internal.h"
#include "posterior/posterior.h"
#include "priors/term.h"
#include "stored_run_internal.h"

enum { SLICES = 40, MASSES = 2000, BISECTIONS = 50 };

static const mutau_nested unknown = {.of = {(double)NAN, (double)NAN}};

static size_t count(const mutau_pool *pool)
{
    return pool->n_row * pool->n_column;
}

/* The mean of what draws are marked with, 1 or a weight, and its Monte Carlo error. */
static mutau_status find_share(const mutau_pool *pool, const double marked[], double *share,
                               double *error, mutau_error *err)
{
    double sum = 0.0;
    for (size_t i = 0; i < count(pool); i++)
        sum += marked[i];
    *share = sum / (double)count(pool);
    *error = 0.0;
    if (mutau_draws_constant(count(pool), marked))
        return MUTAU_OK;
    return mutau_mean_error(pool->n_row, pool->n_column, marked, error, err);
}

/* --- Savage-Dickey ----------------------------------------------------------------------- */

typedef struct strip {
    const mutau_pool *pool;
    const mutau_run_settings *settings;
    size_t at;                   /* the coupling's place in a point */
    double end, prior;           /* its upper end, natural; the share of the prior in it */
    double *points, *weight, *x; /* owned, but for x in weight's memory; [count] */
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
} strip;

/* ln of the likelihood of each draw into weight[]: the sum of the blobs of its parts. */
static mutau_status read_likelihoods(const strip *s, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(s->pool->chains[0]);
    for (size_t k = 0; k < info.n_blob; k++) {
        if (strncmp(info.blob_names[k], "lnl_", 4) != 0)
            continue;
        MUTAU_CHECK(mutau_draws_read(s->pool, info.blob_names[k], s->x, err));
        for (size_t i = 0; i < count(s->pool); i++)
            s->weight[i] += s->x[i];
    }
    return MUTAU_OK;
}

/* In place of the likelihoods L(g' = 0)/L of the draws in the strip, 0 of the others. */
static mutau_status weigh(const strip *s, mutau_error *err)
{
    const size_t n = s->settings->set.n;
    for (size_t i = 0; i < count(s->pool); i++) {
        double *point = s->points + i * n;
        mutau_posterior_point bare;
        if (!(point[s->at] < s->end)) {
            s->weight[i] = 0.0;
            continue;
        }
        point[s->at] = 0.0;
        MUTAU_CHECK(mutau_posterior_eval(s->posterior, s->ws, point, &bare, err));
        s->weight[i] = exp(bare.ln_likelihood - s->weight[i]);
    }
    return MUTAU_OK;
}

static mutau_status open_strip(strip *s, mutau_error *err)
{
    const mutau_parameter *p = &s->settings->parameters[s->at];
    s->end = mutau_parameter_natural(p, p->lo + MUTAU_NESTED_STRIP * (p->hi - p->lo));
    s->prior = mutau_parameter_share_below(p, s->end);
    s->weight = mutau_calloc(s->pool->n_row, 2 * s->pool->n_column * sizeof *s->weight);
    if (s->weight == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", s->pool->n_row);
    s->x = s->weight + count(s->pool);
    MUTAU_CHECK(mutau_points_alloc(s->pool, s->settings, &s->points, err));
    MUTAU_CHECK(mutau_posterior_alloc(s->settings, &s->posterior, err));
    if (mutau_posterior_workspace_alloc(s->posterior, &s->ws) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a workspace");
    return MUTAU_OK;
}

static void close_strip(strip *s)
{
    free(s->weight);
    free(s->points);
    mutau_posterior_workspace_free(s->ws);
    mutau_posterior_free(s->posterior);
}

static mutau_status find_ratio(const strip *s, mutau_nested *out, mutau_error *err)
{
    double share = 0.0, error = 0.0;
    MUTAU_CHECK(read_likelihoods(s, err));
    MUTAU_CHECK(weigh(s, err));
    MUTAU_CHECK(find_share(s->pool, s->weight, &share, &error, err));
    const double n = share > 0.0 && error > 0.0 ? (share / error) * (share / error) : 0.0;
    if (n >= MUTAU_NESTED_MIN_DRAWS)
        out->of = (mutau_estimate){-log(share / s->prior), error / share};
    else
        (void)snprintf(out->why, sizeof out->why,
                       "the lowest %g %% of the prior of %s have %.1f effective draws, fewer than "
                       "%g",
                       100.0 * MUTAU_NESTED_STRIP, s->settings->parameters[s->at].stored_name, n,
                       MUTAU_NESTED_MIN_DRAWS);
    return MUTAU_OK;
}

mutau_status mutau_savage_dickey(const mutau_pool *pool, const mutau_run_settings *settings,
                                 mutau_nested *out, mutau_error *err)
{
    strip s = {.pool = pool, .settings = settings, .at = settings->places.coupling};
    const mutau_parameter *p = &settings->parameters[s.at];
    *out = unknown;
    if (p->prior == MUTAU_PRIOR_FIXED || !isfinite(p->lo) || !isfinite(p->hi)) {
        (void)snprintf(out->why, sizeof out->why, "%s %s", p->spec->name,
                       p->prior == MUTAU_PRIOR_FIXED ? "is fixed" : "has a prior without edges");
        return MUTAU_OK;
    }
    mutau_status status = open_strip(&s, err);
    if (status == MUTAU_OK)
        status = find_ratio(&s, out, err);
    close_strip(&s);
    return status;
}

/* --- a cut of the prior ------------------------------------------------------------------ */

typedef struct limit {
    const mutau_run_settings *settings;
    const mutau_term_type *type;
    const void *state;
    double min, max; /* the masses that it covers */
} limit;

static bool allows(const limit *l, double point[])
{
    return mutau_term_lnl_within(l->type, l->state, l->settings->places.mass, l->min, l->max,
                                 point) > -log(10.0);
}

/* The share of the coupling's prior below the limit at the point's mass. */
static double prior_below(const limit *l, double point[])
{
    const size_t at = l->settings->places.coupling;
    const mutau_parameter *p = &l->settings->parameters[at];
    double lo = 0.0, hi = 1.0;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = 0.5 * (lo + hi);
        point[at] = mutau_parameter_natural(p, mutau_parameter_quantile(p, middle));
        if (allows(l, point))
            lo = middle;
        else
            hi = middle;
    }
    return 0.5 * (lo + hi);
}

/* The same over the prior of the mass: the midpoint rule in its quantiles. */
static double prior_share(const limit *l)
{
    const size_t at = l->settings->places.mass;
    const mutau_parameter *mass = &l->settings->parameters[at];
    const int n = mass->prior == MUTAU_PRIOR_FIXED ? 1 : MASSES;
    double point[MUTAU_MAX_PARAMETERS], sum = 0.0;
    mutau_run_settings_middle(l->settings, point);
    for (int i = 0; i < n; i++) {
        if (mass->prior != MUTAU_PRIOR_FIXED)
            point[at] = mutau_parameter_natural(
                mass, mutau_parameter_quantile(mass, ((double)i + 0.5) / (double)n));
        sum += prior_below(l, point);
    }
    return sum / (double)n;
}

static mutau_status cut(const mutau_pool *pool, const limit *l, mutau_nested *out, mutau_error *err)
{
    double *points = NULL, share = 0.0, error = 0.0;
    MUTAU_CHECK(mutau_points_alloc(pool, l->settings, &points, err));
    double *marked = mutau_calloc(count(pool), sizeof *marked);
    for (size_t i = 0; i < count(pool) && marked != NULL; i++)
        marked[i] = allows(l, points + i * l->settings->set.n) ? 1.0 : 0.0;
    const mutau_status status =
        marked != NULL ? find_share(pool, marked, &share, &error, err)
                       : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", pool->n_row);
    free(marked);
    free(points);
    MUTAU_CHECK(status);
    if (share > 0.0)
        out->of = (mutau_estimate){log(share / prior_share(l)), error / share};
    else
        (void)snprintf(out->why, sizeof out->why, "no draw is below %s",
                       l->type->projection->limit);
    return MUTAU_OK;
}

mutau_status mutau_prior_cut(const mutau_pool *pool, const mutau_run_settings *settings,
                             const mutau_term_type *type, mutau_nested *out, mutau_error *err)
{
    const mutau_parameter *p = &settings->parameters[settings->places.coupling];
    limit l = {.settings = settings, .type = type};
    void *own = NULL;
    *out = unknown;
    if (p->prior == MUTAU_PRIOR_FIXED) {
        (void)snprintf(out->why, sizeof out->why, "%s is fixed", p->spec->name);
        return MUTAU_OK;
    }
    MUTAU_CHECK(mutau_stored_term(settings, type, &l.state, &own, err));
    type->mass_range(l.state, &l.min, &l.max);
    const mutau_status status = cut(pool, &l, out, err);
    if (own != NULL)
        type->free(own);
    return status;
}

/* --- edges ------------------------------------------------------------------------------ */

/* Adds the edges that the draws x[] of a parameter touch. */
static void add_edges(const mutau_parameter *p, size_t n_draw, const double x[], size_t *n,
                      mutau_touched_edge edge[])
{
    size_t in[SLICES] = {0}, most = 0;
    for (size_t i = 0; i < n_draw; i++) {
        const double place = SLICES * (x[i] - p->lo) / (p->hi - p->lo);
        in[(size_t)fmin(fmax(place, 0.0), SLICES - 1)]++;
    }
    for (size_t i = 0; i < SLICES; i++)
        most = in[i] > most ? in[i] : most;
    for (int upper = 0; upper < 2; upper++) {
        const double density = (double)in[upper != 0 ? SLICES - 1 : 0] / (double)most;
        if (density > MUTAU_TOUCHED_DENSITY)
            edge[(*n)++] =
                (mutau_touched_edge){p, upper != 0, upper != 0 ? p->max : p->min, density};
    }
}

mutau_status mutau_touched_edges(const mutau_pool *pool, const mutau_run_settings *settings,
                                 size_t *n, mutau_touched_edge edge[2 * MUTAU_MAX_PARAMETERS],
                                 mutau_error *err)
{
    mutau_status status = MUTAU_OK;
    *n = 0;
    double *x = mutau_calloc(count(pool), sizeof *x);
    if (x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", pool->n_row);
    for (size_t i = 0; i < settings->set.n && status == MUTAU_OK; i++) {
        const mutau_parameter *p = &settings->parameters[i];
        if (p->prior == MUTAU_PRIOR_FIXED || !isfinite(p->lo) || !isfinite(p->hi))
            continue;
        status = mutau_draws_read(pool, p->stored_name, x, err);
        if (status == MUTAU_OK)
            add_edges(p, count(pool), x, n, edge);
    }
    free(x);
    return status;
}
