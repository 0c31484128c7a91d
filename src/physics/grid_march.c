/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of the march; documented in grid_internal.h and grid.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/widths.h"
#include "grid_internal.h"
#include "vector_exp_internal.h"

enum { N_SCRATCH = 24, N_ARRAY = 9 + N_SCRATCH };

mutau_status grid_front_init(grid_front *front, const grid_axis *axis,
                             const mutau_mediator *mediator, mutau_error *err)
{
    *front = (grid_front){.axis = axis};
    memcpy(front->share, mediator->share, sizeof front->share);
    memcpy(front->product, mediator->decay, sizeof front->product);
    front->memory = mutau_calloc_lines(N_ARRAY * axis->stride, sizeof front->memory[0]);
    if (front->memory == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
    double **const array[] = {&front->density,   &front->beyond,    &front->free,
                              &front->flux[0],   &front->flux[1],   &front->flux[2],
                              &front->moment[0], &front->moment[1], &front->moment[2]};
    double *next = front->memory + GRID_LEFT;
    for (size_t k = 0; k < 9; k++, next += axis->stride)
        *array[k] = next;
    for (size_t k = 0; k < N_SCRATCH; k++, next += axis->stride)
        front->scratch[k] = next;
    return MUTAU_OK;
}

void grid_front_release(grid_front *front)
{
    free(front->memory);
    front->memory = NULL;
}

/* Continues an array by the cubic through its last four nodes, so that a four-point formula that
 * reaches beyond is the one-sided one. */
static inline void guard_after(double v[], int n)
{
    for (int k = n; k < n + 3; k++)
        v[k] = 6.0 * (v[k - 1] + v[k - 5]) - 15.0 * (v[k - 2] + v[k - 4]) + 20.0 * v[k - 3] -
               v[k - 6];
}

static inline void guard_before(double v[])
{
    for (int k = -1; k >= -2; k--)
        v[k] = 6.0 * (v[k + 1] + v[k + 5]) - 15.0 * (v[k + 2] + v[k + 4]) + 20.0 * v[k + 3] -
               v[k + 6];
}

/* Far before the first node by the parabola only. */
static inline void guard_far_before(double v[])
{
    for (int k = -1; k >= -GRID_LEFT; k--)
        v[k] = 3.0 * v[k + 1] - 3.0 * v[k + 2] + v[k + 3];
}

static inline void shifted(const grid_taps *taps, int n, const double from[], double to[restrict])
{
    const double *v = from + taps->first;
    const double *w = taps->weight;
    const double w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5];
    for (int k = 0; k < n; k++)
        to[k] = ((w0 * v[k] + w1 * v[k + 1]) + (w2 * v[k + 2] + w3 * v[k + 3])) +
                (w4 * v[k + 4] + w5 * v[k + 5]);
}

/* Of a depth tau >= 0: what is lost, q = (1 - e^-tau)/tau and q2 = (tau - 1 + e^-tau)/tau^2. */
static inline void fractions(int n, const double tau[restrict], double lost[restrict],
                             double q[restrict], double q2[restrict])
{
    for (int k = 0; k < n; k++) {
        const double t = tau[k] < 600.0 ? tau[k] : 600.0;
        const double gone = -expm1_one(-t), t1 = t > 1e-100 ? t : 1e-100;
        const double a = gone / t1, b = (1.0 - a) / t1;
        const double small1 = 1.0 - t * (1.0 / 2.0 - t * (1.0 / 6.0 - t * (1.0 / 24.0)));
        const double small2 =
            1.0 / 2.0 - t * (1.0 / 6.0 - t * (1.0 / 24.0 - t * (1.0 / 120.0 - t / 720.0)));
        lost[k] = gone;
        q[k] = t > 1e-3 ? a : small1;
        q2[k] = t > 1e-2 ? b : small2;
    }
}

/* int_0^1 e^(-t x) times 1 - x and x */
static inline void ramp(double t, double *falling, double *rising)
{
    double term = 1.0, down = 0.0, up = 0.0;
    for (int k = 0; k < 12; k++) {
        down += term / ((k + 1) * (k + 2));
        up += term / (k + 2);
        term *= -t / (k + 1);
    }
    *falling = down;
    *rising = up;
}

/* [1 - e^-t (1 + t + t^2/2)]/t^3 */
static inline double third(double t, double lost)
{
    const double t1 = t > 1e-1 ? t : 1e-1;
    const double large = (1.0 - (1.0 - lost) * (1.0 + t + 0.5 * t * t)) / (t1 * t1 * t1);
    const double small = 1.0 / 6.0 - t * (1.0 / 8.0 - t * (1.0 / 20.0 - t * (1.0 / 72.0 - t * (1.0 / 336.0 - t / 1920.0))));
    return t > 1e-1 ? large : small;
}

/* The depth of a cell on the way that ends at u_n, which is absorbed at u_n + centre. */
static inline void depths(const grid_axis *axis, double centre, int n, double tau[restrict])
{
    const double *d0 = axis->depth[0] + GRID_LEFT, *d1 = axis->depth[1] + GRID_LEFT,
                 *d2 = axis->depth[2] + GRID_LEFT, *d3 = axis->depth[3] + GRID_LEFT;
    for (int k = 0; k < n; k++)
        tau[k] = d0[k] + centre * (d1[k] + centre * (d2[k] + centre * d3[k]));
}

MUTAU_WIDTHS void grid_front_step(grid_front *front, const grid_step *step)
{
    const grid_axis *axis = front->axis;
    const int n = axis->n_node;
    double *const *s = front->scratch;
    double *above = s[0], *before = s[1], *source_above = s[2], *source_below = s[3], *kept = s[4],
           *gain = s[5], *absorbed = s[6], *tau = s[7], *t = s[8], *lost = s[9], *start[3] = {s[10], s[18], s[19]},
           *end[3] = {s[11], s[12], s[13]}, *back = s[14], *slope = s[15],
           *away = s[16];
    const double skew = step->centre / step->width - 0.5;
    const double *c = front->product, *b = front->share;
    double first_weight[3], last_weight[3];
    for (int p = 0; p < 3; p++) {
        ramp(step->index[p] * step->width, &first_weight[p], &last_weight[p]);
        first_weight[p] *= c[p];
        last_weight[p] *= c[p];
    }

    /* sources, and the free flux */
    guard_before(front->beyond);
    guard_after(front->beyond, n);
    shifted(step->shift, step->n_valid, front->beyond, above);
    for (int k = step->n_valid; k < n; k++)
        above[k] = 0.0;
    const double mean = 0.5 * (step->source_above + step->source_below);
    for (int k = 0; k < n; k++) {
        const double all = mean * (front->beyond[k] - above[k]);
        source_below[k] = step->width * step->source_below * front->density[k];
        source_above[k] = 2.0 * all - source_below[k];
        kept[k] = all;
    }
    guard_before(front->free);
    guard_after(front->free, n);
    shifted(step->shift, step->n_valid, front->free, above);
    for (int k = step->n_valid; k < n; k++)
        above[k] = 0.0;
    for (int k = 0; k < n; k++)
        front->free[k] = above[k] + kept[k];

    /* what is regenerated, at the beginning and, but for this cell, at the end */
    for (int k = 0; k < n; k++)
        kept[k] = first_weight[0] * front->moment[0][k] + first_weight[1] * front->moment[1][k] +
                  first_weight[2] * front->moment[2][k];
    guard_before(kept);
    guard_after(kept, n);
    shifted(step->shift, step->n_valid, kept, before);
    for (int k = step->n_valid; k < n; k++)
        before[k] = 0.0;
    const double d[3] = {step->decay[0], step->decay[1], step->decay[2]};
    for (int k = 0; k < n; k++) {
        const double last = last_weight[0] * front->moment[0][k] +
                            last_weight[1] * front->moment[1][k] +
                            last_weight[2] * front->moment[2][k];
        front->moment[0][k] *= d[0];
        front->moment[1][k] *= d[1];
        front->moment[2][k] *= d[2];
        kept[k] = c[0] * front->moment[0][k] + c[1] * front->moment[1][k] +
                  c[2] * front->moment[2][k];
        before[k] = 2.0 * (before[k] + last) - kept[k];
        absorbed[k] = 0.0;
        slope[k] = 0.0;
        away[k] = 0.0;
    }
    const double own = c[0] * step->decay_centre[0] + c[1] * step->decay_centre[1] +
                       c[2] * step->decay_centre[2];

    depths(axis, step->centre, n, tau);
    for (int i = 0; i < 3; i++) {
        double *flux = front->flux[i], *q = start[i];
        guard_before(flux);
        guard_after(flux, n);
        shifted(step->shift, step->n_valid, flux, above);
        for (int k = step->n_valid; k < n; k++)
            above[k] = 0.0;
        for (int k = 0; k < n; k++)
            t[k] = step->depth[i] * tau[k];
        fractions(n, t, lost, q, end[i]);
        const double rate = step->rate[i];
        if (step->depth[i] * tau[n - 1] > 0.02) {
            const double *here = axis->depth[0] + GRID_LEFT;
            double *t_end = s[17];
            for (int k = 0; k < n; k++)
                t_end[k] = step->depth[i] * rate * here[k];
            fractions(n, t_end, gain, q, end[i]);
            for (int k = 0; k < n; k++)
                q[k] -= end[i][k];
            for (int k = 0; k < n; k++)
                end[i][k] -= 2.0 * (t[k] - t_end[k]) * third(t_end[k], gain[k]);
        } else {
            for (int k = 0; k < n; k++)
                q[k] -= end[i][k];
        }
        const double give = step->width * b[i];
        for (int k = 0; k < n; k++) {
            const double first = source_above[k] + give * before[k];
            const double out = lost[k] * above[k] + first * (0.5 - q[k]) +
                               source_below[k] * (0.5 - end[i][k]);
            absorbed[k] += out;
            away[k] += above[k] * ((1.0 - q[k] - end[i][k]) + skew * t[k] * (1.0 - lost[k])) +
                       0.5 * (first + source_below[k] + give * kept[k]) * (0.5 - end[i][k]);
            slope[k] += give * (0.5 - end[i][k]);
            flux[k] = above[k] - lost[k] * above[k] + first * q[k] +
                      source_below[k] * end[i][k];
        }
    }
    for (int k = 0; k < n; k++) {
        absorbed[k] = (absorbed[k] + slope[k] * kept[k]) / (1.0 - slope[k] * own);
    }
    double *extra = s[20];
    double full = 0.0;
    for (int p = 0; p < 3; p++)
        full += c[p] * (1.0 - step->index[p] * step->width / 3.0);
    for (int k = 0; k < n; k++) {
        extra[k] = step->width * (full * away[k] - 0.5 * own * absorbed[k]);
        away[k] = step->width * away[k] - step->centre * absorbed[k];
        const double kept_back = 1.0 - 2.0 * (b[0] * start[0][k] + b[1] * start[1][k] + b[2] * start[2][k]);
        absorbed[k] += kept_back * extra[k];
    }
    guard_far_before(absorbed);
    guard_after(absorbed, n);
    guard_before(away);
    guard_after(away, n);
    shifted(step->back, n, absorbed, back);
    const double half = 0.5 / axis->step;
    for (int k = 0; k < n; k++)
        back[k] -= half * (away[k + 1] - away[k - 1]);
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < n; k++)
            front->moment[p][k] += step->decay_centre[p] * (back[k] - step->index[p] * away[k]);
    for (int k = 0; k < n; k++) {
        const double now = c[0] * front->moment[0][k] + c[1] * front->moment[1][k] +
                           c[2] * front->moment[2][k];
        const double more = now - (kept[k] + own * absorbed[k]);
        gain[k] = step->width * now;
        for (int p = 0; p < 3; p++)
            front->moment[p][k] += step->decay_centre[p] * slope[k] * more;
    }
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < n; k++)
            front->flux[i][k] += b[i] * (gain[k] * end[i][k] + 2.0 * extra[k] * start[i][k]);
}

MUTAU_WIDTHS void grid_front_cross(grid_front *front, const double depth[3],
                                   mutau_crossing crossing)
{
    const int n = front->axis->n_node;
    const double *tau = front->axis->depth[0] + GRID_LEFT;
    double *t = front->scratch[0], *lost = front->scratch[1], *absorbed = front->scratch[2];
    for (int k = 0; k < n; k++)
        absorbed[k] = 0.0;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < n; k++)
            t[k] = depth[i] * tau[k];
        if (crossing == MUTAU_CROSSING_EXACT)
            for (int k = 0; k < n; k++)
                lost[k] = -expm1_one(t[k] < 600.0 ? -t[k] : -600.0);
        else
            for (int k = 0; k < n; k++)
                lost[k] = t[k] / (1.0 + t[k]);
        for (int k = 0; k < n; k++) {
            absorbed[k] += lost[k] * front->flux[i][k];
            front->flux[i][k] -= lost[k] * front->flux[i][k];
        }
    }
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < n; k++)
            front->moment[p][k] += absorbed[k];
}
