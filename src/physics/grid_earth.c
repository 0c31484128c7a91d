/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flux at Earth off the march; documented in grid_internal.h.
 *
 * Between two points it is the cubic through values and slopes, with the slopes of parabolas
 * through three points of a stretch without a line.  Below the last point, y0, nothing is absorbed
 * any more: with D = y0 - y the losses are those of the front at u = D less what is regenerated on
 * the way,
 *
 *  lost_i(D) - b_i sum_p c_p e^-(gamma+p)D M_p(D),   M_p(D) = int_0^D m_p e^(gamma+p)v dv,
 *
 * and their count is the integral of that times e^(gamma-1)D, in which the M_p go by parts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/widths.h"
#include "grid_internal.h"
#include "vector_exp_internal.h"

enum { TAIL_LOST, TAIL_COUNT = 3, TAIL_MOMENT = 6, TAIL_BACK = 9, N_TAIL = 12 };

static double *tail(const grid_earth *earth, int k)
{
    return earth->tail + (size_t)k * earth->axis->stride + GRID_LEFT;
}

mutau_status mutau_grid_earth_init(grid_earth *earth, const grid_axis *axis,
                                   const mutau_mediator *mediator, mutau_error *err)
{
    *earth = (grid_earth){.axis = axis};
    memcpy(earth->share, mediator->share, sizeof earth->share);
    memcpy(earth->product, mediator->decay, sizeof earth->product);
    earth->tail = mutau_calloc_lines(N_TAIL * axis->stride, sizeof earth->tail[0]);
    return earth->tail != NULL ? MUTAU_OK
                               : mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
}

void mutau_grid_earth_release(grid_earth *earth)
{
    free(earth->tail);
    free(earth->point);
    *earth = (grid_earth){.axis = NULL};
}

mutau_status mutau_grid_earth_reserve(grid_earth *earth, int n, mutau_error *err)
{
    if (n <= earth->n_room)
        return MUTAU_OK;
    grid_earth_point *more = mutau_calloc((size_t)n, sizeof *more);
    if (more == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver, %d energies: out of memory", n);
    free(earth->point);
    earth->point = more;
    earth->n_room = n;
    return MUTAU_OK;
}

void mutau_grid_earth_begin(grid_earth *earth, double index, double to_pivot)
{
    earth->index = index;
    earth->to_pivot = to_pivot;
    earth->n = 0;
}

void mutau_grid_earth_add(grid_earth *earth, const grid_front *front, double y)
{
    grid_earth_point *p = &earth->point[earth->n++];
    p->y = y;
    p->unit = (1.0 - earth->index) * (y + earth->to_pivot);
    for (int i = 0; i < 3; i++)
        p->lost[i] = front->emitted[i] * front->free[0] - front->flux[i][0];
}

MUTAU_WIDTHS static void units_fill(int n, grid_earth_point p[])
{
    for (int k = 0; k < n; k++)
        p[k].unit = exp_one(p[k].unit);
    for (int k = 0; k < n; k++)
        for (int i = 0; i < 3; i++)
            p[k].lost[i] *= p[k].unit;
}

/* The slope at `at` of the parabola through three points. */
static double parabola_slope(const grid_earth_point p[3], int i, double at)
{
    const double first = (p[1].lost[i] - p[0].lost[i]) / (p[1].y - p[0].y);
    const double second = (p[2].lost[i] - p[1].lost[i]) / (p[2].y - p[1].y);
    return first + (second - first) / (p[2].y - p[0].y) * (2.0 * at - p[0].y - p[1].y);
}

static void slopes_fill(grid_earth_point p[], int first, int last)
{
    for (int k = first; k <= last; k++)
        for (int i = 0; i < 3; i++) {
            if (last - first >= 2) {
                const int begin = k == first ? k : k == last ? k - 2 : k - 1;
                p[k].slope[i] = parabola_slope(&p[begin], i, p[k].y);
            } else {
                p[k].slope[i] =
                    last > first ? (p[last].lost[i] - p[first].lost[i]) / (p[last].y - p[first].y)
                                 : 0.0;
            }
        }
}

static void stretch_fill(grid_earth_point p[], int first, int last)
{
    slopes_fill(p, first, last);
    for (int k = first + 1; k <= last; k++) {
        const double width = p[k - 1].y - p[k].y;
        for (int i = 0; i < 3; i++)
            p[k].above[i] =
                p[k - 1].above[i] + width * (0.5 * (p[k].lost[i] + p[k - 1].lost[i]) +
                                             width / 12.0 * (p[k].slope[i] - p[k - 1].slope[i]));
    }
}

static void tail_fill(grid_earth *earth, grid_front *front)
{
    const grid_axis *axis = earth->axis;
    double *work = front->work[0];
    for (int i = 0; i < 3; i++) {
        double *lost = tail(earth, TAIL_LOST + i);
        for (int n = 0; n < axis->n_node; n++) {
            lost[n] = front->emitted[i] * front->free[n] - front->flux[i][n];
            work[n] = lost[n] * exp((earth->index - 1.0) * axis->u[n]);
        }
        mutau_grid_axis_cumulate(axis, work, tail(earth, TAIL_COUNT + i));
    }
    for (int p = 0; p < 3; p++) {
        for (int n = 0; n < axis->n_node; n++)
            work[n] = front->moment[p][n] * exp((earth->index + p) * axis->u[n]);
        mutau_grid_axis_cumulate(axis, work, tail(earth, TAIL_MOMENT + p));
        for (int n = 0; n < axis->n_node; n++)
            work[n] = front->moment[p][n] * exp((earth->index - 1.0) * axis->u[n]);
        mutau_grid_axis_cumulate(axis, work, tail(earth, TAIL_BACK + p));
    }
}

/* Above the first point what is lost falls as 1/E, as the cross section does. */
void mutau_grid_earth_finish(grid_earth *earth, grid_front *front)
{
    grid_earth_point *p = earth->point;
    units_fill(earth->n, p);
    for (int i = 0; i < 3; i++)
        p[0].above[i] = p[0].lost[i] / earth->index;
    for (int first = 0, k = 0; k < earth->n; k++)
        if (k + 1 == earth->n || !(p[k].y > p[k + 1].y)) {
            stretch_fill(p, first, k);
            first = k + 1;
            if (first < earth->n)
                memcpy(p[first].above, p[k].above, sizeof p[k].above);
        }
    tail_fill(earth, front);
}

/* Below the last point by `far`: over the reference there. */
static void tail_read(const grid_earth *earth, double far, double lost[3], double count[3])
{
    const grid_axis *axis = earth->axis;
    const double u = far < axis->u_max ? far : axis->u_max;
    double back = 0.0, sum = 0.0;
    for (int p = 0; p < 3; p++) {
        const double m = mutau_grid_axis_read(axis, tail(earth, TAIL_MOMENT + p), u);
        const double k = mutau_grid_axis_read(axis, tail(earth, TAIL_BACK + p), u);
        back += earth->product[p] * exp(-(earth->index + p) * far) * m;
        sum += earth->product[p] * (k - exp(-(p + 1) * far) * m) / (p + 1);
    }
    for (int i = 0; i < 3; i++) {
        const double here =
            far <= axis->u_max ? mutau_grid_axis_read(axis, tail(earth, TAIL_LOST + i), u) : 0.0;
        lost[i] = here - earth->share[i] * back;
        count[i] =
            mutau_grid_axis_read(axis, tail(earth, TAIL_COUNT + i), u) - earth->share[i] * sum;
    }
}

/* The first point not above y. */
static int point_find(const grid_earth *earth, double y)
{
    int lo = 0, hi = earth->n - 1;
    while (hi - lo > 1) {
        const int mid = (lo + hi) / 2;
        if (earth->point[mid].y > y)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}

void mutau_grid_earth_read(const grid_earth *earth, double y, double lost[3], double above[3])
{
    memset(lost, 0, 3 * sizeof *lost);
    memset(above, 0, 3 * sizeof *above);
    if (earth->n == 0)
        return;
    const double slope = 1.0 - earth->index, unit = exp(slope * (y + earth->to_pivot));
    const grid_earth_point *top = &earth->point[0], *last = &earth->point[earth->n - 1];
    if (y >= top->y) {
        const double less = exp(-earth->index * (y - top->y));
        for (int i = 0; i < 3; i++) {
            lost[i] = less * top->lost[i] / unit;
            above[i] = less * top->above[i];
        }
        return;
    }
    if (y < last->y) {
        const double at_last = exp(slope * (last->y + earth->to_pivot));
        tail_read(earth, last->y - y, lost, above);
        for (int i = 0; i < 3; i++)
            above[i] = last->above[i] + at_last * above[i];
        return;
    }
    const grid_earth_point *down = &earth->point[point_find(earth, y)], *up = down - 1;
    const double h = up->y - down->y, t = (up->y - y) / h;
    for (int i = 0; i < 3; i++) {
        /* the cubic a + b t + c t^2 + d t^3 from above, and its integral */
        const double a = up->lost[i], b = -h * up->slope[i], e = -h * down->slope[i];
        const double step = down->lost[i] - a, c = 3.0 * step - 2.0 * b - e, d = b + e - 2.0 * step;
        lost[i] = (a + t * (b + t * (c + t * d))) / unit;
        above[i] = up->above[i] + h * t * (a + t * (b / 2.0 + t * (c / 3.0 + t * d / 4.0)));
    }
}

void mutau_grid_earth_tail(const grid_earth *earth, double y, const double weight[3],
                           double power[4])
{
    const grid_axis *axis = earth->axis;
    const grid_earth_point *last = &earth->point[earth->n - 1];
    const double far = last->y - y, slope = 1.0 - earth->index;
    const double unit = exp(slope * (last->y - y)), to_last = exp(-slope * (y + earth->to_pivot));
    double returned = 0.0;
    power[0] = 0.0;
    for (int i = 0; i < 3; i++) {
        const double count = tail(earth, TAIL_COUNT + i)[axis->n_cell];
        returned += weight[i] * earth->share[i];
        power[0] += weight[i] * (to_last * last->above[i] + unit * count);
    }
    for (int p = 0; p < 3; p++) {
        const double c = returned * earth->product[p] / (p + 1) * unit;
        power[0] -= c * tail(earth, TAIL_BACK + p)[axis->n_cell];
        power[1 + p] = c * exp(-(p + 1) * far) * tail(earth, TAIL_MOMENT + p)[axis->n_cell];
    }
}
