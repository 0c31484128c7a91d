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

mutau_status grid_front_init(grid_front *front, const grid_axis *axis,
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

void grid_front_release(grid_front *front)
{
    free(front->memory);
    front->memory = NULL;
}

/* ---- functions of the axis ----------------------------------------------------- */

/* Continues an array by the polynomial through its six outermost nodes, so that a six-point
 * formula that reaches beyond is the one-sided one: on the left up to `left` values of 3. */
static inline void guard(double v[], int n, int left)
{
    static const double w[3][6] = {{6.0, -15.0, 20.0, -15.0, 6.0, -1.0},
                                   {21.0, -70.0, 105.0, -84.0, 35.0, -6.0},
                                   {56.0, -210.0, 336.0, -280.0, 120.0, -21.0}};
    const double *e = v + n - 1;
    for (int k = 0; k < left; k++)
        v[-1 - k] = (w[k][0] * v[0] + w[k][1] * v[1]) + (w[k][2] * v[2] + w[k][3] * v[3]) +
                    (w[k][4] * v[4] + w[k][5] * v[5]);
    for (int k = 0; k < 3; k++)
        v[n + k] = (w[k][0] * e[0] + w[k][1] * e[-1]) + (w[k][2] * e[-2] + w[k][3] * e[-3]) +
                   (w[k][4] * e[-4] + w[k][5] * e[-5]);
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
    const double c0 = c[0], c1 = c[1], c2 = c[2], *m0 = m[0], *m1 = m[1], *m2 = m[2];
    for (int k = 0; k < n; k++)
        out[k] = c0 * m0[k] + c1 * m1[k] + c2 * m2[k];
}

/* ---- functions of a depth -------------------------------------------------------- */

static const double DEEP = 600.0; /* e^-600 is nothing, and a normal number */

static inline void lost_of(int n, const double tau[restrict], double lost[restrict])
{
    for (int k = 0; k < n; k++)
        lost[k] = tau[k] < DEEP ? tau[k] : DEEP;
    for (int k = 0; k < n; k++)
        lost[k] = -expm1_one(-lost[k]);
}

/* q - q2, q2 and q3; their series where differences would lose digits. */
static inline void weights_of(int n, const double t[restrict], double start[restrict],
                              double end[restrict], double third[restrict])
{
    for (int k = 0; k < n; k++) {
        const double x = t[k] < DEEP ? t[k] : DEEP, y = x > 0.1 ? x : 0.1, gone = -expm1_one(-y);
        const double over = 1.0 / y, q = gone * over, q2 = (1.0 - q) * over;
        const double q3 = (gone - (1.0 - gone) * (y + 0.5 * y * y)) * over * over * over;
        const double s =
            1.0 / 2.0 -
            x * (1.0 / 3.0 - x * (1.0 / 8.0 - x * (1.0 / 30.0 - x * (1.0 / 144.0 - x / 840.0))));
        const double s2 =
            1.0 / 2.0 -
            x * (1.0 / 6.0 -
                 x * (1.0 / 24.0 - x * (1.0 / 120.0 - x * (1.0 / 720.0 - x / 5040.0))));
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
    for (int k = 0; k < n; k++) {
        const double x = tau[k], y = t[k];
        lost[k] = x * (1.0 - x * (1.0 / 2.0 -
                                  x * (1.0 / 6.0 - x * (1.0 / 24.0 - x * (1.0 / 120.0)))));
        start[k] = 1.0 / 2.0 - y * (1.0 / 3.0 - y * (1.0 / 8.0 - y * (1.0 / 30.0 - y / 144.0)));
        const double q3 = 1.0 / 6.0 - y * (1.0 / 8.0 - y * (1.0 / 20.0 - y * (1.0 / 72.0)));
        end[k] = 1.0 / 2.0 -
                 y * (1.0 / 6.0 - y * (1.0 / 24.0 - y * (1.0 / 120.0 - y / 720.0))) -
                 2.0 * (x - y) * q3;
    }
}

static const double THIN = 0.03; /* the series of thin() are good to 1e-9 */

static inline void fractions(int n, const double tau[restrict], const double t[restrict],
                             double lost[restrict], double start[restrict], double end[restrict],
                             double third[restrict])
{
    double most = 0.0;
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
    for (int k = 0; k < n; k++) {
        const double change = tau[k] - t[k], end_k = end[k] - 2.0 * change * third[k];
        end[k] = t[k] < DEEP ? end_k : end[k];
    }
}

/* int_0^1 e^(-t x) times 1 - x and x, to 1e-12 for t < 0.5. */
static void ramp(double t, double *falling, double *rising)
{
    static const double fall[] = {1.0 / 2,    -1.0 / 6,   1.0 / 24,     -1.0 / 120,    1.0 / 720,
                                  -1.0 / 5040, 1.0 / 40320, -1.0 / 362880, 1.0 / 3628800};
    static const double rise[] = {1.0 / 2,   -1.0 / 3,    1.0 / 8,       -1.0 / 30,      1.0 / 144,
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
    double *first, *last; /* what the sources emit at the beginning and the end, times width */
    double *before, *kept; /* the same of what was absorbed above this cell, r */
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
    for (int k = 0; k < n; k++) {
        const double all = mean * (f->beyond[k] - w->carry[k]);
        w->last[k] = below * f->density[k];
        w->first[k] = 2.0 * all - w->last[k];
        f->free[k] = w->now[k] + all;
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
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < n; k++)
            f->moment[p][k] *= step->decay[p];
    combine(n, f->product, f->moment, w->kept);
    const double width = step->cell->width;
    for (int k = 0; k < n; k++) {
        w->before[k] = width * (2.0 * (w->before[k] + w->now[k]) - w->kept[k]);
        w->kept[k] *= width;
        w->absorbed[k] = w->away[k] = w->slope[k] = 0.0;
    }
}

/* State i but for what is regenerated in the cell itself. */
static inline void state_step(grid_front *f, const grid_step *step, const workings *w, int i)
{
    const int n = f->axis->n_node;
    const grid_cell *cell = step->cell;
    const double share = f->share[i], width = cell->width;
    const double skew = cell->centre / width - 0.5;
    double *flux = f->flux[i], *start = w->start[i], *end = w->end[i];
    const double *tau = f->depth[i];
    carried(cell, n, flux, w->carry);
    fractions(n, tau, f->rate[i], w->lost, start, end, w->third);
    for (int k = 0; k < n; k++) {
        const double brought = w->carry[k], out = w->lost[k] * brought;
        const double first = w->first[k] + share * w->before[k], last = w->last[k];
        const double late = 0.5 - end[k];
        flux[k] = brought - out + first * start[k] + last * end[k];
        w->absorbed[k] += out + first * (0.5 - start[k]) + last * late;
        w->slope[k] += share * late;
        w->away[k] += brought * ((1.0 - start[k] - end[k]) + skew * tau[k] * (1.0 - w->lost[k])) +
                      0.5 * (first + last + share * w->kept[k]) * late;
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
    const double centre = step->cell->centre / width;
    for (int k = 0; k < n; k++) {
        const double all = (w->absorbed[k] + w->slope[k] * w->kept[k]) / (1.0 - w->slope[k] * own);
        const double extra = full * w->away[k] - 0.5 * own * all;
        const double thick =
            1.0 - 2.0 * (b[0] * w->start[0][k] + b[1] * w->start[1][k] + b[2] * w->start[2][k]);
        w->away[k] = width * (w->away[k] - centre * all);
        w->extra[k] = 2.0 * extra;
        w->kept[k] += own * all;
        w->absorbed[k] = all + thick * extra;
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
    for (int k = 0; k < n; k++)
        w->back[k] -= half * (w->away[k + 1] - w->away[k - 1]);
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < n; k++)
            f->moment[p][k] += decay[p] * (w->back[k] - step->index[p] * w->away[k]);
    combine(n, f->product, f->moment, w->now);
    for (int k = 0; k < n; k++) {
        w->now[k] *= width;
        w->lost[k] = w->slope[k] * (w->now[k] - w->kept[k]);
    }
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < n; k++)
            f->moment[p][k] += decay[p] * w->lost[k];
    for (int i = 0; i < 3; i++) {
        const double share = f->share[i], *start = w->start[i], *end = w->end[i];
        for (int k = 0; k < n; k++)
            f->flux[i][k] += share * (w->now[k] * end[k] + w->extra[k] * start[k]);
    }
}

MUTAU_WIDTHS void grid_front_step(grid_front *front, const grid_step *step)
{
    const workings w = workings_of(front);
    sources_emit(front, step, &w);
    moments_emit(front, step, &w);
    for (int i = 0; i < 3; i++)
        state_step(front, step, &w, i);
    cell_emit(front, step, &w);
    moments_take(front, step, &w);
}

MUTAU_WIDTHS void grid_front_cross(grid_front *front, mutau_crossing crossing)
{
    const int n = front->axis->n_node;
    double *lost = front->work[0], *absorbed = front->work[1];
    memset(absorbed, 0, (size_t)n * sizeof absorbed[0]);
    for (int i = 0; i < 3; i++) {
        const double *tau = front->depth[i];
        double *flux = front->flux[i];
        if (crossing == MUTAU_CROSSING_EXACT)
            lost_of(n, tau, lost);
        else
            for (int k = 0; k < n; k++)
                lost[k] = tau[k] / (1.0 + tau[k]);
        for (int k = 0; k < n; k++) {
            absorbed[k] += lost[k] * flux[k];
            flux[k] -= lost[k] * flux[k];
        }
    }
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < n; k++)
            front->moment[p][k] += absorbed[k];
}
