/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of the march; documented in grid_internal.h and grid.h.
 *
 * A step of width h ends at u_n and began at u_n + h, at the same comoving energy.  On the way a
 * state keeps e^-tau of what it brings, `first`; what is emitted, linear on the way from `first` to
 * `last` (both times h), arrives with the weights
 *
 *  start = q - q2,  end = q2 - 2 (tau - t) q3,   q  = (1 - e^-t)/t,  q2 = (t - 1 + e^-t)/t^2,
 *                                                q3 = [1 - e^-t (1 + t + t^2/2)]/t^3,
 *
 * where t is the rate at the end times h: so the thick limit emission/rate is right at the end, and
 * to first order in what the rate changes by within the cell.  What does not arrive is absorbed,
 * and is what the moments get, where it was absorbed on the average. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/widths.h"
#include "grid_internal.h"
#include "vector_exp_internal.h"

enum { N_STATE = 15, N_WORK = 20 };

mutau_status mutau_grid_front_init(grid_front *front, const grid_axis *axis,
                                   const mutau_mediator *mediator, mutau_error *err)
{
    *front = (grid_front){.axis = axis};
    memcpy(front->share, mediator->share, sizeof front->share);
    memcpy(front->product, mediator->decay, sizeof front->product);
    front->memory = mutau_calloc_lines((N_STATE + N_WORK) * axis->stride, sizeof front->memory[0]);
    if (front->memory == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
    double *next = front->memory + GRID_LEFT;
    double **const single[] = {&front->density, &front->beyond, &front->free};
    double **const triple[] = {front->flux, front->moment, front->depth, front->rate};
    for (size_t k = 0; k < 3; k++, next += axis->stride)
        *single[k] = next;
    for (size_t k = 0; k < 12; k++, next += axis->stride)
        triple[k / 3][k % 3] = next;
    for (size_t k = 0; k < N_WORK; k++, next += axis->stride)
        front->work[k] = next;
    return MUTAU_OK;
}

void mutau_grid_front_release(grid_front *front)
{
    free(front->memory);
    front->memory = NULL;
}

void mutau_grid_front_emit(grid_front *front, const double excess[3])
{
    for (int i = 0; i < 3; i++)
        front->emitted[i] = 1.0 + excess[i];
}

/* ---- functions of the axis ----------------------------------------------------- */

/* Continues an array.  Before u = 0, where the way ends, by the polynomial through the first six
 * nodes, so that a six-point formula that reaches beyond is the one-sided one; up to `left` values
 * of 3.  At u_max, where it begins and all is 0, as an odd function: a one-sided formula would look
 * down the way there, which is not stable. */
static inline void guard(double v[], int n, int left)
{
    static const double w[3][6] = {{6.0, -15.0, 20.0, -15.0, 6.0, -1.0},
                                   {21.0, -70.0, 105.0, -84.0, 35.0, -6.0},
                                   {56.0, -210.0, 336.0, -280.0, 120.0, -21.0}};
    for (int k = 0; k < left; k++)
        v[-1 - k] = (w[k][0] * v[0] + w[k][1] * v[1]) + (w[k][2] * v[2] + w[k][3] * v[3]) +
                    (w[k][4] * v[4] + w[k][5] * v[5]);
    for (int k = 1; k <= 3; k++)
        v[n - 1 + k] = 2.0 * v[n - 1] - v[n - 1 - k];
}

/* The same, but on the left as a parabola, for further away. */
static inline void guard_far(double v[], int n)
{
    guard(v, n, 0);
    for (int k = 1; k <= GRID_LEFT; k++)
        v[-k] = 0.5 * (k + 1) * (k + 2) * v[0] - k * (k + 2.0) * v[1] + 0.5 * k * (k + 1) * v[2];
}

static inline void interpolate(const grid_taps *taps, int n, const double from[],
                               double to[restrict])
{
    const double *v = from + taps->first, *w = taps->weight;
    const double w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5];
    MUTAU_LOOP
    for (int k = 0; k < n; k++)
        to[k] = ((w0 * v[k] + w1 * v[k + 1]) + (w2 * v[k + 2] + w3 * v[k + 3])) +
                (w4 * v[k + 4] + w5 * v[k + 5]);
}

/* What was at u + width a step ago, where there were sources. */
static inline void carried(const grid_cell *cell, int n, double from[], double to[restrict])
{
    guard(from, n, cell->shift.first >= 0 ? 0 : 2);
    interpolate(&cell->shift, cell->n_valid, from, to);
    for (int k = cell->n_valid; k < n; k++)
        to[k] = 0.0;
}

static inline void combine(int n, const double c[3], double *const m[3], double out[restrict])
{
    const double c0 = c[0], c1 = c[1],
                 c2 = c[2], *restrict m0 = m[0], *restrict m1 = m[1], *restrict m2 = m[2];
    MUTAU_LOOP
    for (int k = 0; k < n; k++)
        out[k] = c0 * m0[k] + c1 * m1[k] + c2 * m2[k];
}

/* ---- functions of a depth -------------------------------------------------------- */

static const double DEEP = 600.0; /* e^-600 is nothing, and a normal number */

static inline void lost_of(int n, const double tau[restrict], double lost[restrict])
{
    MUTAU_LOOP
    for (int k = 0; k < n; k++)
        lost[k] = tau[k] < DEEP ? tau[k] : DEEP;
    MUTAU_LOOP
    for (int k = 0; k < n; k++)
        lost[k] = -expm1_one(-lost[k]);
}

/* q - q2, q2 and q3; their series where differences would lose digits. */
static inline void weights_of(int n, const double t[restrict], double start[restrict],
                              double end[restrict], double third[restrict])
{
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        const double x = t[k] < DEEP ? t[k] : DEEP, y = x > 0.1 ? x : 0.1, gone = -expm1_one(-y);
        const double over = 1.0 / y, q = gone * over, q2 = (1.0 - q) * over;
        const double q3 = (gone - (1.0 - gone) * (y + 0.5 * y * y)) * over * over * over;
        const double s =
            1.0 / 2.0 -
            x * (1.0 / 3.0 - x * (1.0 / 8.0 - x * (1.0 / 30.0 - x * (1.0 / 144.0 - x / 840.0))));
        const double s2 =
            1.0 / 2.0 -
            x * (1.0 / 6.0 - x * (1.0 / 24.0 - x * (1.0 / 120.0 - x * (1.0 / 720.0 - x / 5040.0))));
        const double s3 =
            1.0 / 6.0 -
            x * (1.0 / 8.0 - x * (1.0 / 20.0 - x * (1.0 / 72.0 - x * (1.0 / 336.0 - x / 1920.0))));
        start[k] = x > 0.1 ? q - q2 : s;
        end[k] = x > 0.1 ? q2 : s2;
        third[k] = x > 0.1 ? q3 : s3;
    }
}

/* All of them for a depth that is small all over: no exponential, no division. */
static inline void thin(int n, const double tau[restrict], const double t[restrict],
                        double lost[restrict], double start[restrict], double end[restrict])
{
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        const double x = tau[k], y = t[k];
        lost[k] =
            x * (1.0 - x * (1.0 / 2.0 - x * (1.0 / 6.0 - x * (1.0 / 24.0 - x * (1.0 / 120.0)))));
        start[k] = 1.0 / 2.0 - y * (1.0 / 3.0 - y * (1.0 / 8.0 - y * (1.0 / 30.0 - y / 144.0)));
        const double q3 = 1.0 / 6.0 - y * (1.0 / 8.0 - y * (1.0 / 20.0 - y * (1.0 / 72.0)));
        end[k] = 1.0 / 2.0 - y * (1.0 / 6.0 - y * (1.0 / 24.0 - y * (1.0 / 120.0 - y / 720.0))) -
                 2.0 * (x - y) * q3;
    }
}

static const double THIN = 0.03; /* the series of thin() are good to 1e-9 */

static inline void fractions(int n, const double tau[restrict], const double t[restrict],
                             double lost[restrict], double start[restrict], double end[restrict],
                             double third[restrict])
{
    double most = 0.0;
    MUTAU_LOOP_MOST
    for (int k = 0; k < n; k++) {
        const double larger = tau[k] > t[k] ? tau[k] : t[k];
        most = larger > most ? larger : most;
    }
    if (most < THIN) {
        thin(n, tau, t, lost, start, end);
        return;
    }
    lost_of(n, tau, lost);
    weights_of(n, t, start, end, third);
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        const double change = tau[k] - t[k], end_k = end[k] - 2.0 * change * third[k];
        end[k] = t[k] < DEEP ? end_k : end[k];
    }
}

/* int_0^1 e^(-t x) times 1 - x and x, to 1e-12 for t < 0.5. */
static void ramp(double t, double *falling, double *rising)
{
    static const double fall[] = {1.0 / 2,     -1.0 / 6,    1.0 / 24,      -1.0 / 120,   1.0 / 720,
                                  -1.0 / 5040, 1.0 / 40320, -1.0 / 362880, 1.0 / 3628800};
    static const double rise[] = {1.0 / 2,    -1.0 / 3,   1.0 / 8,      -1.0 / 30,   1.0 / 144,
                                  -1.0 / 840, 1.0 / 5760, -1.0 / 45360, 1.0 / 403200};
    enum { N = sizeof fall / sizeof fall[0] };
    *falling = fall[N - 1];
    *rising = rise[N - 1];
    for (int k = N - 2; k >= 0; k--) {
        *falling = fall[k] + t * *falling;
        *rising = rise[k] + t * *rising;
    }
}

/* ---- a step ------------------------------------------------------------------------ */

/* The arrays that a step works with. */
typedef struct workings {
    double *first, *last;    /* what the sources emit at the beginning and the end, times width */
    double *before, *kept;   /* the same of what was absorbed above this cell, r */
    double *absorbed, *away; /* in the cell, and times the distance from its end */
    double *slope;           /* of absorbed against r at the end */
    double *extra, *now, *back, *carry, *lost, *third;
    double *start[3], *end[3];
} workings;

static workings workings_of(const grid_front *f)
{
    double *const *w = f->work;
    return (workings){.first = w[0],
                      .last = w[1],
                      .before = w[2],
                      .kept = w[3],
                      .absorbed = w[4],
                      .away = w[5],
                      .slope = w[6],
                      .extra = w[7],
                      .now = w[8],
                      .back = w[9],
                      .carry = w[10],
                      .lost = w[11],
                      .third = w[12],
                      .start = {w[13], w[14], w[15]},
                      .end = {w[16], w[17], w[18]}};
}

/* What the sources emit in the cell: exact in all, linear on the way. */
static inline void sources_emit(grid_front *f, const grid_step *step, const workings *w)
{
    const int n = f->axis->n_node;
    const double mean = 0.5 * (step->source_above + step->source_below);
    const double below = step->cell->width * step->source_below;
    carried(step->cell, n, f->beyond, w->carry);
    carried(step->cell, n, f->free, w->now);
    const double *restrict beyond = f->beyond, *restrict further = w->carry,
                           *restrict density = f->density, *restrict came = w->now;
    double *restrict first = w->first, *restrict last = w->last, *restrict free = f->free;
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        const double all = mean * (beyond[k] - further[k]), at_end = below * density[k];
        last[k] = at_end;
        first[k] = 2.0 * all - at_end;
        free[k] = came[k] + all;
    }
}

/* What was absorbed above the cell comes back in it: its moments fall by e^-index y between two
 * redshifts, which `before` is made to hold exactly; they go on to the end of the cell. */
static inline void moments_emit(grid_front *f, const grid_step *step, const workings *w)
{
    const int n = f->axis->n_node;
    double falling[3], rising[3];
    for (int p = 0; p < 3; p++) {
        ramp(step->index[p] * step->cell->width, &falling[p], &rising[p]);
        falling[p] *= f->product[p];
        rising[p] *= f->product[p];
    }
    combine(n, falling, f->moment, w->now);
    carried(step->cell, n, w->now, w->before);
    combine(n, rising, f->moment, w->now);
    for (int p = 0; p < 3; p++) {
        double *restrict moment = f->moment[p];
        const double decay = step->decay[p];
        MUTAU_LOOP
        for (int k = 0; k < n; k++)
            moment[k] *= decay;
    }
    combine(n, f->product, f->moment, w->kept);
    const double width = step->cell->width, *restrict now = w->now;
    double *restrict before = w->before, *restrict kept = w->kept;
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        before[k] = width * (2.0 * (before[k] + now[k]) - kept[k]);
        kept[k] *= width;
    }
}

/* State i but for what is regenerated in the cell itself. */
static inline void state_step(grid_front *f, const grid_step *step, const workings *w, int i)
{
    const int n = f->axis->n_node;
    const grid_cell *cell = step->cell;
    const double share = f->share[i], emitted = f->emitted[i], width = cell->width;
    const double skew = cell->centre / width - 0.5;
    carried(cell, n, f->flux[i], w->carry);
    fractions(n, f->depth[i], f->rate[i], w->lost, w->start[i], w->end[i], w->third);
    const double *restrict tau = f->depth[i], *restrict start = w->start[i],
                           *restrict end = w->end[i], *restrict lost = w->lost,
                           *restrict carry = w->carry, *restrict sources = w->first,
                           *restrict at_end = w->last, *restrict before = w->before,
                           *restrict kept = w->kept;
    double *restrict flux = f->flux[i], *restrict absorbed = w->absorbed,
                     *restrict slope = w->slope, *restrict away = w->away;
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        const double brought = carry[k], out = lost[k] * brought;
        const double first = emitted * sources[k] + share * before[k];
        const double last = emitted * at_end[k];
        const double late = 0.5 - end[k];
        flux[k] = brought - out + first * start[k] + last * end[k];
        absorbed[k] += out + first * (0.5 - start[k]) + last * late;
        slope[k] += share * late;
        away[k] += brought * ((1.0 - start[k] - end[k]) + skew * tau[k] * (1.0 - lost[k])) +
                   0.5 * (first + last + share * kept[k]) * late;
    }
}

/* What is absorbed in the cell comes back in it, too: absorbed at a distance t from the end on the
 * average it emits P(1) t there; r at the end is linear in it. */
static inline void cell_emit(grid_front *f, const grid_step *step, const workings *w)
{
    const int n = f->axis->n_node;
    const double width = step->cell->width, *c = f->product, *b = f->share;
    double own = 0.0, full = 0.0;
    for (int p = 0; p < 3; p++) {
        own += c[p] * step->decay_centre[p];
        full += c[p] * (1.0 - step->index[p] * width / 3.0);
    }
    own *= width;
    full *= width;
    const double centre = step->cell->centre / width, b0 = b[0], b1 = b[1], b2 = b[2];
    const double *restrict slope = w->slope, *restrict s0 = w->start[0], *restrict s1 = w->start[1],
                           *restrict s2 = w->start[2];
    double *restrict absorbed = w->absorbed, *restrict away = w->away, *restrict extra = w->extra,
                     *restrict kept = w->kept;
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        const double all = (absorbed[k] + slope[k] * kept[k]) / (1.0 - slope[k] * own);
        const double more = full * away[k] - 0.5 * own * all;
        const double thick = 1.0 - 2.0 * (b0 * s0[k] + b1 * s1[k] + b2 * s2[k]);
        away[k] = width * (away[k] - centre * all);
        extra[k] = 2.0 * more;
        kept[k] += own * all;
        absorbed[k] = all + thick * more;
    }
}

/* Gives the moments what was absorbed, at u_n less its distance from the end, and then the states
 * what r at the end really is. */
static inline void moments_take(grid_front *f, const grid_step *step, const workings *w)
{
    const int n = f->axis->n_node;
    const double half = 0.5 / f->axis->step, width = step->cell->width;
    const double *decay = step->decay_centre;
    guard_far(w->absorbed, n);
    guard(w->away, n, 1);
    interpolate(&step->cell->back, n, w->absorbed, w->back);
    const double *restrict away = w->away, *restrict slope = w->slope, *restrict kept = w->kept,
                           *restrict extra = w->extra;
    double *restrict back = w->back, *restrict now = w->now;
    MUTAU_LOOP
    for (int k = 0; k < n; k++)
        back[k] -= half * (away[k + 1] - away[k - 1]);
    for (int p = 0; p < 3; p++) {
        double *restrict moment = f->moment[p];
        const double index = step->index[p], less = decay[p];
        MUTAU_LOOP
        for (int k = 0; k < n; k++)
            moment[k] += less * (back[k] - index * away[k]);
    }
    combine(n, f->product, f->moment, w->now);
    MUTAU_LOOP
    for (int k = 0; k < n; k++) {
        now[k] *= width;
        back[k] = slope[k] * (now[k] - kept[k]);
    }
    for (int p = 0; p < 3; p++) {
        double *restrict moment = f->moment[p];
        const double less = decay[p];
        MUTAU_LOOP
        for (int k = 0; k < n; k++)
            moment[k] += less * back[k];
    }
    for (int i = 0; i < 3; i++) {
        const double share = f->share[i], *restrict start = w->start[i], *restrict end = w->end[i];
        double *restrict flux = f->flux[i];
        MUTAU_LOOP
        for (int k = 0; k < n; k++)
            flux[k] += share * (now[k] * end[k] + extra[k] * start[k]);
    }
}

MUTAU_WIDTHS static void front_step(grid_front *front, const grid_step *step)
{
    const workings w = workings_of(front);
    const size_t size = (size_t)front->axis->n_node * sizeof w.slope[0];
    memset(w.absorbed, 0, size);
    memset(w.away, 0, size);
    memset(w.slope, 0, size);
    sources_emit(front, step, &w);
    moments_emit(front, step, &w);
    for (int i = 0; i < 3; i++)
        state_step(front, step, &w, i);
    cell_emit(front, step, &w);
    moments_take(front, step, &w);
}

void mutau_grid_front_step(grid_front *front, const grid_step *step)
{
    front_step(front, step);
}

MUTAU_WIDTHS static void front_cross(grid_front *front, mutau_crossing crossing)
{
    const int n = front->axis->n_node;
    double *lost = front->work[0], *absorbed = front->work[1];
    memset(absorbed, 0, (size_t)n * sizeof absorbed[0]);
    for (int i = 0; i < 3; i++) {
        const double *tau = front->depth[i];
        double *flux = front->flux[i];
        if (crossing == MUTAU_CROSSING_EXACT) {
            lost_of(n, tau, lost);
        } else {
            MUTAU_LOOP
            for (int k = 0; k < n; k++)
                lost[k] = tau[k] / (1.0 + tau[k]);
        }
        MUTAU_LOOP
        for (int k = 0; k < n; k++) {
            absorbed[k] += lost[k] * flux[k];
            flux[k] -= lost[k] * flux[k];
        }
    }
    for (int p = 0; p < 3; p++) {
        MUTAU_LOOP
        for (int k = 0; k < n; k++)
            front->moment[p][k] += absorbed[k];
    }
}

void mutau_grid_front_cross(grid_front *front, mutau_crossing crossing)
{
    front_cross(front, crossing);
}
