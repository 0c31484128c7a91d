/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden sections; documented in base/maximum.h.  GSL's want a bracket with a known lower value
 * on either side, and finite ones. */
#include "base/maximum.h"

#include <math.h>
#include <stdbool.h>

double mutau_golden_section(mutau_function f, void *self, double lo, double hi, double absolute,
                            double relative)
{
    enum { MAX_SECTIONS = 200 };
    const double ratio = 0.6180339887498949;
    double x[2] = {hi - ratio * (hi - lo), lo + ratio * (hi - lo)};
    double value[2] = {f(self, x[0]), f(self, x[1])};
    for (int i = 0; i < MAX_SECTIONS && hi - lo > absolute + relative * fabs(hi); i++) {
        const bool left = value[0] >= value[1];
        if (left)
            hi = x[1];
        else
            lo = x[0];
        x[left] = x[!left];
        value[left] = value[!left];
        x[!left] = left ? hi - ratio * (hi - lo) : lo + ratio * (hi - lo);
        value[!left] = f(self, x[!left]);
    }
    return 0.5 * (lo + hi);
}

/* --- near a point ------------------------------------------------------------------- */

enum { MAX_WIDENINGS = 100, MAX_STEPS = 100 };
static const double GOLDEN = 0.3819660112501051;

/* lo <= x <= hi, and f at x, the highest seen. */
typedef struct bracket {
    double lo, x, hi, fx;
} bracket;

static double value_at(mutau_function f, void *self, double x)
{
    const double y = f(self, x);
    return isnan(y) ? -(double)INFINITY : y;
}

/* Goes on from b->x to the end at `bound`, as long as f rises: `side` is -1 or 1.  The bracket's
 * other end follows. */
static void go(bracket *b, mutau_function f, void *self, int side, double bound, double step)
{
    double *ahead = side < 0 ? &b->lo : &b->hi, *behind = side < 0 ? &b->hi : &b->lo;
    for (int i = 0; i < MAX_WIDENINGS; i++, step *= 2.0) {
        *ahead = side < 0 ? fmax(b->x - step, bound) : fmin(b->x + step, bound);
        if (!(fabs(*ahead - b->x) > 0.0))
            return;
        const double y = value_at(f, self, *ahead);
        if (!(y > b->fx))
            return;
        *behind = b->x;
        b->x = *ahead;
        b->fx = y;
    }
}

/* Brent's: w and v are the second and third highest places, `last` and `before` the steps. */
typedef struct parabola {
    double w, v, fw, fv, last, before;
} parabola;

/* The next step from b->x, no shorter than `least` but within the bracket. */
static double next_step(const bracket *b, parabola *p, double least)
{
    const double middle = 0.5 * (b->lo + b->hi);
    const double r = (b->x - p->w) * (p->fv - b->fx), q = (b->x - p->v) * (p->fw - b->fx);
    double top = (b->x - p->v) * q - (b->x - p->w) * r, under = 2.0 * (q - r);
    const double before = p->before;
    p->before = p->last;
    top = under > 0.0 ? -top : top;
    under = fabs(under);
    if (fabs(before) > least && fabs(top) < fabs(0.5 * under * before) &&
        top > under * (b->lo - b->x) && top < under * (b->hi - b->x)) {
        const double step = top / under, at = b->x + step;
        const bool near_end = at - b->lo < 2.0 * least || b->hi - at < 2.0 * least;
        return near_end ? copysign(least, middle - b->x) : step;
    }
    p->before = b->x >= middle ? b->lo - b->x : b->hi - b->x;
    return GOLDEN * p->before;
}

static void take(bracket *b, parabola *p, double at, double y)
{
    if (y >= b->fx) {
        *(at >= b->x ? &b->lo : &b->hi) = b->x;
        p->v = p->w;
        p->fv = p->fw;
        p->w = b->x;
        p->fw = b->fx;
        b->x = at;
        b->fx = y;
        return;
    }
    *(at < b->x ? &b->lo : &b->hi) = at;
    if (y >= p->fw || !(fabs(p->w - b->x) > 0.0)) {
        p->v = p->w;
        p->fv = p->fw;
        p->w = at;
        p->fw = y;
    } else if (y >= p->fv || !(fabs(p->v - b->x) > 0.0) || !(fabs(p->v - p->w) > 0.0)) {
        p->v = at;
        p->fv = y;
    }
}

double mutau_maximum_near(mutau_function f, void *self, double lo, double hi, double step,
                          double tolerance, double *x)
{
    bracket b = {.lo = *x, .x = *x, .hi = *x, .fx = value_at(f, self, *x)};
    const double start = b.x;
    go(&b, f, self, 1, hi, step);
    if (!(b.x > start)) {
        const double upper = b.hi;
        go(&b, f, self, -1, lo, step);
        b.hi = b.x < start ? b.hi : upper;
    }
    const double end = b.x, f_end = b.fx; /* may be lo or hi, which is approached below */
    parabola p = {.w = b.x, .v = b.x, .fw = b.fx, .fv = b.fx};
    for (int i = 0; i < MAX_STEPS; i++) {
        const double middle = 0.5 * (b.lo + b.hi), least = 0.5 * tolerance;
        if (fabs(b.x - middle) <= 2.0 * least - 0.5 * (b.hi - b.lo))
            break;
        double move = next_step(&b, &p, least);
        p.last = move;
        if (fabs(move) < least)
            move = copysign(least, move);
        const double at = fmin(fmax(b.x + move, b.lo), b.hi);
        take(&b, &p, at, value_at(f, self, at));
    }
    *x = b.fx > f_end ? b.x : end;
    return fmax(b.fx, f_end);
}
