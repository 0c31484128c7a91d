/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walkers around maxima; documented in posterior/start_ball.h. */
#include "posterior/start_ball.h"

#include <math.h>
#include <stdbool.h>

enum { MAX_TRIES = 1000 };

typedef struct ball {
    const mutau_target *target;
    const double *lo, *hi;
    const mutau_optima *optima;
    double spread;
    size_t n_start; /* that ended at the maxima that get walkers */
    mutau_rng *rng;
    void *ws;
} ball;

size_t mutau_start_ball_maxima(const mutau_optima *optima)
{
    const mutau_optimum *o = optima->optima;
    double highest = -(double)INFINITY;
    size_t n = 0;
    for (size_t i = 0; i < optima->n; i++)
        highest = fmax(highest, o[i].ln_prior + o[i].ln_like);
    while (n < optima->n && o[n].ln_prior + o[n].ln_like >= highest - MUTAU_START_BALL_DEPTH)
        n++;
    return n;
}

static void choose_modes(ball *b)
{
    const size_t n = mutau_start_ball_maxima(b->optima);
    for (size_t i = 0; i < n; i++)
        b->n_start += b->optima->optima[i].n_start;
}

static const double *pick_mode(const ball *b)
{
    size_t left = mutau_rng_index(b->rng, b->n_start), i = 0;
    while (left >= b->optima->optima[i].n_start)
        left -= b->optima->optima[i++].n_start;
    return b->optima->optima[i].x;
}

static bool is_finite_at(const ball *b, const double x[])
{
    double ln_prior = 0.0, ln_like = 0.0;
    return b->target->eval(b->target->self, b->ws, x, &ln_prior, &ln_like, NULL) == MUTAU_OK &&
           isfinite(ln_prior + ln_like);
}

/* Names the coordinate without whose step away from the maximum x would be a place. */
static mutau_status report(const ball *b, const double mode[], double x[], mutau_error *err)
{
    for (size_t k = 0; k < b->target->dim; k++) {
        const double moved = x[k];
        x[k] = mode[k];
        const bool at_fault = is_finite_at(b, x);
        x[k] = moved;
        if (at_fault)
            return mutau_error_set(err, MUTAU_ENUMERIC,
                                   "no finite posterior in %d draws around the maximum: the "
                                   "coordinate at fault is %s, %.17g around %.17g",
                                   MAX_TRIES, b->target->names[k], moved, mode[k]);
    }
    return mutau_error_set(err, MUTAU_ENUMERIC,
                           "no finite posterior in %d draws around the maximum where %s = %.17g",
                           MAX_TRIES, b->target->names[0], mode[0]);
}

/* A coordinate off the maximum's, within the prior. */
static mutau_status draw_coordinate(const ball *b, size_t k, double centre, double *x,
                                    mutau_error *err)
{
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        *x = centre + b->spread * b->optima->scale[k] * mutau_rng_normal(b->rng);
        if (*x >= b->lo[k] && *x <= b->hi[k])
            return MUTAU_OK;
    }
    return mutau_error_set(err, MUTAU_ENUMERIC,
                           "no draw of %d around %s = %.17g is inside the prior, %.17g to %.17g",
                           MAX_TRIES, b->target->names[k], centre, b->lo[k], b->hi[k]);
}

static mutau_status place(const ball *b, double x[], mutau_error *err)
{
    const double *mode = NULL;
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        mode = pick_mode(b);
        for (size_t k = 0; k < b->target->dim; k++)
            MUTAU_CHECK(draw_coordinate(b, k, mode[k], &x[k], err));
        if (is_finite_at(b, x))
            return MUTAU_OK;
    }
    return report(b, mode, x, err);
}

mutau_status mutau_start_ball(const mutau_target *target, const double lo[], const double hi[],
                              const mutau_optima *optima, double spread, mutau_rng *rng, size_t n,
                              double position[], mutau_error *err)
{
    ball b = {.target = target, .lo = lo, .hi = hi, .optima = optima, .spread = spread, .rng = rng};
    if (!(spread > 0.0) || !isfinite(spread))
        return mutau_error_set(err, MUTAU_EDOM, "spread %g: must be above 0", spread);
    choose_modes(&b);
    mutau_status status = MUTAU_OK;
    if (target->ws_alloc != NULL) {
        status = target->ws_alloc(target->self, &b.ws);
        if (status != MUTAU_OK)
            return mutau_error_set(err, status, "no workspace to place the walkers with");
    }
    for (size_t i = 0; i < n && status == MUTAU_OK; i++)
        status = place(&b, position + i * target->dim, err);
    if (target->ws_free != NULL)
        target->ws_free(b.ws);
    return status;
}
