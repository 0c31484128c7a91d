/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model without the boson within a chain that has it; documented in analysis/nested.h. */
#include "analysis/nested.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/diagnostics.h"
#include "base/mem.h"
#include "draws_internal.h"
#include "points_internal.h"
#include "priors/term.h"
#include "stored_run_internal.h"

enum { SLICES = 40, MASSES = 2000, BISECTIONS = 50 };

static const mutau_nested unknown = {.of = {(double)NAN, (double)NAN}};

static size_t count(const mutau_pool *pool)
{
    return pool->n_row * pool->n_column;
}

/* The share of draws that are marked 1, and its Monte Carlo error. */
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

/* A strip of the coupling's prior, from its lower edge, and how much the posterior has of it. */
typedef struct strip {
    double prior, share, error;
} strip;

static mutau_status measure(const mutau_pool *pool, const mutau_parameter *p, double width,
                            const double x[], double marked[], strip *out, mutau_error *err)
{
    const double end = p->lo + width;
    for (size_t i = 0; i < count(pool); i++)
        marked[i] = x[i] < end ? 1.0 : 0.0;
    out->prior = mutau_parameter_share_below(p, mutau_parameter_natural(p, end));
    return find_share(pool, marked, &out->share, &out->error, err);
}

/* Effective draws of a strip: its relative error is one over their root. */
static double draws_of(const strip *s)
{
    return s->share > 0.0 && s->error > 0.0 ? (s->share / s->error) * (s->share / s->error) : 0.0;
}

static void judge(const mutau_parameter *p, const strip *whole, const strip *half,
                  mutau_nested *out)
{
    const double density = whole->share / whole->prior, near = half->share / half->prior;
    const double error = hypot(whole->error / whole->prior, half->error / half->prior);
    if (draws_of(whole) < MUTAU_NESTED_MIN_DRAWS)
        (void)snprintf(out->why, sizeof out->why,
                       "the lowest %g %% of the prior of %s have %.1f effective draws, fewer than "
                       "%g",
                       100.0 * MUTAU_NESTED_STRIP, p->stored_name, draws_of(whole),
                       MUTAU_NESTED_MIN_DRAWS);
    else if (fabs(near - density) > MUTAU_EVIDENCE_MAX_PULL * error)
        (void)snprintf(out->why, sizeof out->why,
                       "the posterior is not flat in %s at its lower edge: the boson still acts "
                       "there",
                       p->stored_name);
    else
        out->of = (mutau_estimate){-log(density), whole->error / whole->share};
}

static mutau_status savage_dickey(const mutau_pool *pool, const mutau_parameter *p, double x[],
                                  double marked[], mutau_nested *out, mutau_error *err)
{
    const double width = MUTAU_NESTED_STRIP * (p->hi - p->lo);
    strip whole, half;
    MUTAU_CHECK(mutau_draws_read(pool, p->stored_name, x, err));
    MUTAU_CHECK(measure(pool, p, width, x, marked, &whole, err));
    MUTAU_CHECK(measure(pool, p, 0.5 * width, x, marked, &half, err));
    judge(p, &whole, &half, out);
    return MUTAU_OK;
}

mutau_status mutau_savage_dickey(const mutau_pool *pool, const mutau_run_settings *settings,
                                 mutau_nested *out, mutau_error *err)
{
    const mutau_parameter *p = &settings->parameters[settings->places.coupling];
    *out = unknown;
    if (p->prior == MUTAU_PRIOR_FIXED || !isfinite(p->lo) || !isfinite(p->hi)) {
        (void)snprintf(out->why, sizeof out->why, "%s %s", p->spec->name,
                       p->prior == MUTAU_PRIOR_FIXED ? "is fixed" : "has a prior without edges");
        return MUTAU_OK;
    }
    double *x = mutau_calloc(pool->n_row, 2 * pool->n_column * sizeof *x);
    if (x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", pool->n_row);
    const mutau_status status = savage_dickey(pool, p, x, x + count(pool), out, err);
    free(x);
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

static mutau_status cut(const mutau_pool *pool, const limit *l, mutau_nested *out,
                        mutau_error *err)
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
            edge[(*n)++] = (mutau_touched_edge){p, upper != 0, upper != 0 ? p->max : p->min,
                                                density};
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
