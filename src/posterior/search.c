/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The maxima of a density; documented in posterior/search.h.
 *
 *   1 draw: the prior's width in each coordinate, and a finite starting point for every
 *     climb (serially: these are all the random numbers there are);
 *   2 climb: each from its point, shared out among the threads;
 *   3 sort the ends by height, and join those that no valley parts. */
#include "posterior/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "base/mem.h"
#include "base/units.h"
#include "posterior/climb.h"

enum { SCALE_DRAWS = 200, MAX_TRIES = 1000 };
enum { LINE_POINTS = 24 }; /* between two ends */

static const double VALLEY = 0.1; /* parts two maxima */

/* What a thread climbs with. */
typedef struct climber {
    const mutau_target *target;
    mutau_search_goal goal;
    const mutau_stop *stop;
    void *ws;
    mutau_climber *room;
    double *x;
    uint64_t evaluations;
} climber;

typedef struct search {
    const mutau_target *target;
    const double *lo, *hi;
    const mutau_search_settings *settings;
    double *scale;     /* [dim] */
    double *end;       /* [n_start][dim]: where each climb begins, then where it ends */
    double *height;    /* [n_start] the goal there */
    size_t *order;     /* [n_start] by height, the highest first */
    climber *climbers; /* [n_thread] */
} search;

/* --- the goal ----------------------------------------------------------------------- */

/* NAN if the evaluation fails, -INFINITY outside the support. */
static double goal_at(climber *c, const double x[], double *ln_prior, double *ln_like)
{
    const mutau_target *t = c->target;
    *ln_prior = *ln_like = -(double)INFINITY;
    c->evaluations++;
    if (t->eval(t->self, c->ws, x, ln_prior, ln_like, NULL) != MUTAU_OK)
        return (double)NAN;
    if (!(*ln_prior > -(double)INFINITY))
        return *ln_prior;
    return c->goal == MUTAU_SEARCH_POSTERIOR ? *ln_prior + *ln_like : *ln_like;
}

static double climb_goal(void *climber_, const double x[])
{
    double ln_prior, ln_like;
    return goal_at(climber_, x, &ln_prior, &ln_like);
}

static void climb_all(search *s)
{
    const size_t dim = s->target->dim;
    const int64_t n = (int64_t)s->settings->n_start;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->settings->n_thread)
#endif
    for (int64_t i = 0; i < n; i++) {
#ifdef _OPENMP
        climber *c = &s->climbers[omp_get_thread_num()];
#else
        climber *c = &s->climbers[0];
#endif
        if (!mutau_stop_requested(c->stop))
            s->height[i] = mutau_climb(c->room, climb_goal, c, &mutau_climb_from_afar, c->stop,
                                       s->end + (size_t)i * dim);
    }
}

/* --- set-up --------------------------------------------------------------------------- */

static mutau_status init_climber(climber *c, const search *s)
{
    const size_t dim = s->target->dim;
    *c = (climber){.target = s->target, .goal = s->settings->goal, .stop = &s->settings->stop};
    c->room = mutau_climber_alloc(dim, s->lo, s->hi, s->scale);
    c->x = mutau_calloc(dim, sizeof *c->x);
    if (c->room == NULL || c->x == NULL)
        return MUTAU_ENOMEM;
    return s->target->ws_alloc != NULL ? s->target->ws_alloc(s->target->self, &c->ws) : MUTAU_OK;
}

static void clear_climber(climber *c)
{
    if (c->ws != NULL && c->target->ws_free != NULL)
        c->target->ws_free(c->ws);
    mutau_climber_free(c->room);
    free(c->x);
}

static mutau_status check_settings(const mutau_target *target,
                                   const mutau_search_settings *settings, mutau_error *err)
{
    if (target->dim < 1)
        return mutau_error_set(err, MUTAU_EDOM, "there is no free coordinate to search");
    if (target->draw == NULL)
        return mutau_error_set(err, MUTAU_EDOM, "the target has no prior to draw a start from");
    if (settings->n_start < 1 || settings->n_thread < 1)
        return mutau_error_set(err, MUTAU_EDOM, "%zu starts, %d threads: at least 1 is needed",
                               settings->n_start, settings->n_thread);
    return MUTAU_OK;
}

static mutau_status alloc_search(search *s, mutau_error *err)
{
    const size_t n = s->settings->n_start, dim = s->target->dim;
    s->end = mutau_calloc(n, dim * sizeof *s->end);
    s->height = mutau_calloc(n, sizeof *s->height);
    s->order = mutau_calloc(n, sizeof *s->order);
    s->climbers = mutau_calloc((size_t)s->settings->n_thread, sizeof *s->climbers);
    mutau_status status = s->end != NULL && s->height != NULL && s->order != NULL &&
                                  s->climbers != NULL && s->scale != NULL
                              ? MUTAU_OK
                              : MUTAU_ENOMEM;
    for (int i = 0; i < s->settings->n_thread && status == MUTAU_OK; i++)
        status = init_climber(&s->climbers[i], s);
    return status == MUTAU_OK
               ? MUTAU_OK
               : mutau_error_set(err, status, "no memory for a search from %zu starts", n);
}

static void clear_search(search *s)
{
    for (int i = 0; s->climbers != NULL && i < s->settings->n_thread; i++)
        clear_climber(&s->climbers[i]);
    free(s->climbers);
    free(s->order);
    free(s->height);
    free(s->end);
}

/* --- draws ----------------------------------------------------------------------------- */

/* The prior's standard deviation in each coordinate (Welford's sums). */
static void measure_scale(search *s, mutau_rng *rng, double x[], double mean[])
{
    const size_t dim = s->target->dim;
    memset(mean, 0, dim * sizeof *mean);
    memset(s->scale, 0, dim * sizeof *s->scale);
    for (int i = 1; i <= SCALE_DRAWS; i++) {
        s->target->draw(s->target->self, rng, x);
        for (size_t k = 0; k < dim; k++) {
            const double off = x[k] - mean[k];
            mean[k] += off / i;
            s->scale[k] += off * (x[k] - mean[k]);
        }
    }
    for (size_t k = 0; k < dim; k++) {
        const double sd = sqrt(s->scale[k] / (SCALE_DRAWS - 1));
        s->scale[k] = sd > 0.0 && isfinite(sd) ? sd : 1.0;
    }
}

static mutau_status stopped(mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ESTOPPED, "the search for maxima is not finished");
}

static mutau_status draw_starts(search *s, mutau_rng *rng, mutau_error *err)
{
    const size_t dim = s->target->dim;
    climber *c = &s->climbers[0];
    for (size_t i = 0; i < s->settings->n_start; i++) {
        double ln_prior, ln_like, goal = (double)NAN;
        for (int tries = 0; tries < MAX_TRIES && !isfinite(goal); tries++) {
            if (mutau_stop_requested(c->stop))
                return stopped(err);
            s->target->draw(s->target->self, rng, s->end + i * dim);
            goal = goal_at(c, s->end + i * dim, &ln_prior, &ln_like);
        }
        if (!isfinite(goal))
            return mutau_error_set(err, MUTAU_ENUMERIC,
                                   "no finite density in %d draws of the prior to start a search "
                                   "from",
                                   MAX_TRIES);
    }
    return MUTAU_OK;
}

/* --- the ends --------------------------------------------------------------------------- */

/* A stable order, so that equal heights stay as they were drawn. */
static void sort_ends(search *s)
{
    for (size_t i = 0; i < s->settings->n_start; i++) {
        size_t k = i;
        for (; k > 0 && s->height[s->order[k - 1]] < s->height[i]; k--)
            s->order[k] = s->order[k - 1];
        s->order[k] = i;
    }
}

/* Whether the way from a[dim] straight to b[dim] stays above `floor`. */
static bool connected(climber *c, const double a[], const double b[], double floor)
{
    double ln_prior, ln_like;
    for (int i = 1; i < LINE_POINTS; i++) {
        const double share = (double)i / LINE_POINTS;
        for (size_t k = 0; k < c->target->dim; k++)
            c->x[k] = a[k] + share * (b[k] - a[k]);
        if (!(goal_at(c, c->x, &ln_prior, &ln_like) >= floor))
            return false;
    }
    return true;
}

/* Joins the ends into out->optima, which has room for all of them. */
static mutau_status join_ends(search *s, mutau_optima *out, mutau_error *err)
{
    const size_t dim = s->target->dim;
    climber *c = &s->climbers[0];
    for (size_t i = 0; i < s->settings->n_start; i++) {
        const double *x = s->end + s->order[i] * dim;
        const double floor = s->height[s->order[i]] - VALLEY;
        size_t j = 0;
        while (j < out->n && !mutau_stop_requested(c->stop) &&
               !connected(c, out->optima[j].x, x, floor))
            j++;
        if (mutau_stop_requested(c->stop))
            return stopped(err);
        out->optima[j].n_start++;
        if (j < out->n)
            continue;
        memcpy(out->x + j * dim, x, dim * sizeof *x);
        out->optima[j].x = out->x + j * dim;
        (void)goal_at(c, x, &out->optima[j].ln_prior, &out->optima[j].ln_like);
        out->n++;
    }
    for (int i = 0; i < s->settings->n_thread; i++)
        out->evaluations += s->climbers[i].evaluations;
    return MUTAU_OK;
}

mutau_status mutau_search(const mutau_target *target, const double lo[], const double hi[],
                          const mutau_search_settings *settings, mutau_rng *rng, mutau_optima *out,
                          mutau_error *err)
{
    *out = (mutau_optima){.dim = target->dim};
    MUTAU_CHECK(check_settings(target, settings, err));
    out->scale = mutau_calloc(target->dim, sizeof *out->scale);
    out->optima = mutau_calloc(settings->n_start, sizeof *out->optima);
    out->x = mutau_calloc(settings->n_start, target->dim * sizeof *out->x);
    search s = {.target = target, .lo = lo, .hi = hi, .settings = settings, .scale = out->scale};
    mutau_status status = alloc_search(&s, err);
    if (status == MUTAU_OK && (out->optima == NULL || out->x == NULL))
        status = mutau_error_set(err, MUTAU_ENOMEM, "no memory for the maxima");
    if (status == MUTAU_OK) {
        measure_scale(&s, rng, s.end, s.climbers[0].x);
        status = draw_starts(&s, rng, err);
    }
    if (status == MUTAU_OK) {
        climb_all(&s);
        status = mutau_stop_requested(&settings->stop) ? stopped(err) : MUTAU_OK;
    }
    if (status == MUTAU_OK) {
        sort_ends(&s);
        status = join_ends(&s, out, err);
    }
    clear_search(&s);
    return status;
}

void mutau_optima_free(mutau_optima *optima)
{
    free(optima->optima);
    free(optima->x);
    free(optima->scale);
    *optima = (mutau_optima){0};
}
