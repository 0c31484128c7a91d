/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One climb to a local maximum; documented in posterior/climb.h. */
#include "posterior/climb.h"

#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { MAX_RESTARTS = 30, MAX_ITERATIONS = 2000 };

const mutau_climb_effort mutau_climb_from_afar = {0.5, 3, {0.1, 0.5, 0.02}};
const mutau_climb_effort mutau_climb_from_near = {0.05, 1, {0.02}};

static const double SMALLEST_SIZE = 1e-7; /* of the simplex at its end */
static const double SMALLEST_GAIN = 1e-9; /* of a restart that is worth another one */
static const double NOWHERE = 1e300;      /* minus the goal outside the support */

struct mutau_climber {
    size_t dim;
    const double *lo, *hi, *scale; /* not owned */
    gsl_multimin_fminimizer *simplex;
    gsl_vector *start, *step;
    double *x; /* [dim] */
    mutau_climb_goal goal;
    void *self;
    const mutau_stop *stop;
};

/* --- coordinates without edges ---------------------------------------------------- */

static double from_free(double u, double lo, double hi, double scale)
{
    const double root = scale * (sqrt(1.0 + u * u) - 1.0);
    if (isfinite(lo) && isfinite(hi))
        return fmin(fmax(lo + 0.5 * (hi - lo) * (1.0 + sin(u)), lo), hi);
    if (isfinite(lo))
        return lo + root;
    return isfinite(hi) ? hi - root : scale * u;
}

static double to_free(double x, double lo, double hi, double scale)
{
    if (isfinite(lo) && isfinite(hi))
        return asin(fmin(fmax(2.0 * (x - lo) / (hi - lo) - 1.0, -1.0), 1.0));
    if (!isfinite(lo) && !isfinite(hi))
        return x / scale;
    const double v = 1.0 + fmax(isfinite(lo) ? x - lo : hi - x, 0.0) / scale;
    return sqrt(v * v - 1.0);
}

/* A step of about `size` prior standard deviations: those of a box are 1/sqrt(12) of it,
 * half of which an angle of 1 covers. */
static double free_step(double lo, double hi, double size)
{
    return isfinite(lo) && isfinite(hi) ? size / sqrt(3.0) : size;
}

/* --- the climb ------------------------------------------------------------------------- */

/* For GSL, which minimises and takes finite numbers only. */
static double simplex_goal(const gsl_vector *u, void *climber_)
{
    mutau_climber *c = climber_;
    for (size_t k = 0; k < c->dim; k++)
        c->x[k] = from_free(gsl_vector_get(u, k), c->lo[k], c->hi[k], c->scale[k]);
    const double goal = c->goal(c->self, c->x);
    return isfinite(goal) ? -goal : NOWHERE;
}

/* Contracts a simplex of that size around c->start; its lowest point goes back there. */
static double contract(mutau_climber *c, double size)
{
    gsl_multimin_function goal = {.f = simplex_goal, .n = c->dim, .params = c};
    for (size_t k = 0; k < c->dim; k++)
        gsl_vector_set(c->step, k, free_step(c->lo[k], c->hi[k], size));
    if (gsl_multimin_fminimizer_set(c->simplex, &goal, c->start, c->step) != 0)
        return NOWHERE;
    for (int i = 0; i < MAX_ITERATIONS && !mutau_stop_requested(c->stop); i++)
        if (gsl_multimin_fminimizer_iterate(c->simplex) != 0 ||
            gsl_multimin_fminimizer_size(c->simplex) < SMALLEST_SIZE)
            break;
    gsl_vector_memcpy(c->start, gsl_multimin_fminimizer_x(c->simplex));
    return gsl_multimin_fminimizer_minimum(c->simplex);
}

double mutau_climb(mutau_climber *c, mutau_climb_goal goal, void *self,
                   const mutau_climb_effort *effort, const mutau_stop *stop, double x[])
{
    c->goal = goal;
    c->self = self;
    c->stop = stop;
    for (size_t k = 0; k < c->dim; k++)
        gsl_vector_set(c->start, k, to_free(x[k], c->lo[k], c->hi[k], c->scale[k]));
    double lowest = contract(c, effort->first);
    size_t n_vain = 0;
    for (size_t i = 0; i < MAX_RESTARTS && n_vain < effort->n_again && !mutau_stop_requested(stop);
         i++) {
        const double before = lowest;
        lowest = contract(c, effort->again[i % effort->n_again]);
        n_vain = before - lowest > SMALLEST_GAIN * (1.0 + fabs(lowest)) ? 0 : n_vain + 1;
    }
    for (size_t k = 0; k < c->dim; k++)
        x[k] = from_free(gsl_vector_get(c->start, k), c->lo[k], c->hi[k], c->scale[k]);
    return -lowest;
}

mutau_climber *mutau_climber_alloc(size_t dim, const double lo[], const double hi[],
                                   const double scale[])
{
    mutau_climber *c = mutau_calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (mutau_climber){.dim = dim, .lo = lo, .hi = hi, .scale = scale};
    c->simplex = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, dim);
    c->start = gsl_vector_alloc(dim);
    c->step = gsl_vector_alloc(dim);
    c->x = mutau_calloc(dim, sizeof *c->x);
    if (c->simplex != NULL && c->start != NULL && c->step != NULL && c->x != NULL)
        return c;
    mutau_climber_free(c);
    return NULL;
}

void mutau_climber_free(mutau_climber *climber)
{
    if (climber == NULL)
        return;
    if (climber->simplex != NULL)
        gsl_multimin_fminimizer_free(climber->simplex);
    gsl_vector_free(climber->start);
    gsl_vector_free(climber->step);
    free(climber->x);
    free(climber);
}
