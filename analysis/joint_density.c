/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel density of two quantities on a grid (joint_internal.h).
 *
 * Kernels are wider where the density is low, by f^-1/2 (Abramson, Annals of Statistics 10,
 * 1217 (1982)): each cell's draws are divided between the two nearest of GROUPS widths, and
 * each group is smoothed along one axis and then along the other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "joint_internal.h"
#include "base/mem.h"
#include "base/units.h"

enum {
    CELLS_PER_WIDTH = 4,
    KERNEL_WIDTHS = 4, /* the kernel is cut at so many widths: exp(-8) = 3e-4 */
    MIN_CELLS = 8,
    MAX_CELLS = 1000, /* of each axis */
    GROUPS = 9        /* widths of the kernels, each 2^1/2 times the one before */
};
static const double NARROWEST = 0.5, WIDEST = 8.0; /* kernels, in bandwidths */
static const double MARGIN = 10.0;                 /* around the draws, in bandwidths */

/* Scratch: shares of the draws in the cells, of one group of them, half smoothed. */
typedef struct scratch {
    double *share, *group, *half, *sum; /* [u.n][v.n] */
    double *relative;                   /* [u.n][v.n] kernel widths in bandwidths */
    double *row;                        /* [3 v.n] */
    double *weight;                     /* [2 max(u.n, v.n) + 1] */
} scratch;

static joint_grid_axis make_axis(const credible_window *pilot, double width)
{
    const double length = pilot->hi - pilot->lo;
    credible_window w = *pilot;
    if (!w.edge_lo)
        w.lo -= MARGIN * width;
    if (!w.edge_hi)
        w.hi += MARGIN * width;
    const double cells = ceil(CELLS_PER_WIDTH * (w.hi - w.lo) / fmin(width, length)) + 1.0;
    const size_t n = (size_t)fmin(fmax(cells, MIN_CELLS), MAX_CELLS);
    return (joint_grid_axis){.w = w, .n = n, .cell = (w.hi - w.lo) / (double)n};
}

static void bin_draws(const joint_draws *draws, const joint_density *d, double share[])
{
    const double one = 1.0 / (double)draws->n;
    for (size_t i = 0; i < draws->n; i++) {
        const double u = (draws->u[i] - d->u.w.lo) / d->u.cell;
        const double v = (draws->v[i] - d->v.w.lo) / d->v.cell;
        if (!(u >= 0.0 && u <= (double)d->u.n && v >= 0.0 && v <= (double)d->v.n))
            continue;
        const size_t k = u < (double)d->u.n ? (size_t)u : d->u.n - 1;
        const size_t l = v < (double)d->v.n ? (size_t)v : d->v.n - 1;
        share[k * d->v.n + l] += one;
    }
}

/* weight[0 ... 2 reach]: a Gaussian of the given width, in cells, of sum 1. */
static size_t make_kernel(const joint_grid_axis *axis, double width, double weight[])
{
    const double cells = fmax(width / axis->cell, 0.7);
    const size_t reach = (size_t)fmin(ceil(KERNEL_WIDTHS * cells), (double)axis->n);
    double sum = 0.0;
    for (size_t i = 0; i <= 2 * reach; i++) {
        const double x = ((double)i - (double)reach) / cells;
        weight[i] = exp(-0.5 * x * x);
        sum += weight[i];
    }
    for (size_t i = 0; i <= 2 * reach; i++)
        weight[i] /= sum;
    return reach;
}

static bool is_empty(size_t n, const double x[])
{
    for (size_t i = 0; i < n; i++)
        if (x[i] > 0.0)
            return false;
    return true;
}

/* out[n] = row[n], mirrored at the edges, smoothed; `wide` has room for 3 n. */
static void smooth_row(const joint_grid_axis *axis, const double row[], size_t reach,
                       const double weight[], double wide[], double out[])
{
    const size_t n = axis->n;
    memset(wide, 0, 3 * n * sizeof wide[0]);
    memcpy(wide + n, row, n * sizeof row[0]);
    for (size_t i = 0; i < reach; i++) {
        wide[n - 1 - i] = axis->w.edge_lo ? row[i] : 0.0;
        wide[2 * n + i] = axis->w.edge_hi ? row[n - 1 - i] : 0.0;
    }
    memset(out, 0, n * sizeof out[0]);
    for (size_t k = 0; k <= 2 * reach; k++) {
        const double *from = wide + n - reach + k;
        for (size_t i = 0; i < n; i++)
            out[i] += weight[k] * from[i];
    }
}

/* The row on which what falls on row i + k - reach ends; n if nowhere. */
static size_t target_row(const joint_grid_axis *axis, size_t i, size_t k, size_t reach)
{
    const size_t n = axis->n;
    if (i + k < reach)
        return axis->w.edge_lo ? reach - i - k - 1 : n;
    const size_t at = i + k - reach;
    if (at < n)
        return at;
    return axis->w.edge_hi ? 2 * n - 1 - at : n;
}

/* Adds s->group, smoothed with kernels of `relative` bandwidths, to s->sum. */
static void add_group(const joint_draws *draws, const joint_density *d, double widen,
                      double relative, scratch *s)
{
    const size_t n_u = d->u.n, n_v = d->v.n;
    size_t reach = make_kernel(&d->v, relative * widen * draws->width_v, s->weight);
    for (size_t i = 0; i < n_u; i++)
        if (is_empty(n_v, s->group + i * n_v))
            s->half[i * n_v] = -1.0; /* smoothed shares are not negative */
        else
            smooth_row(&d->v, s->group + i * n_v, reach, s->weight, s->row, s->half + i * n_v);
    reach = make_kernel(&d->u, relative * widen * draws->width_u, s->weight);
    for (size_t i = 0; i < n_u; i++) {
        const double *from = s->half + i * n_v;
        for (size_t k = 0; k <= 2 * reach && from[0] >= 0.0; k++) {
            const size_t row = target_row(&d->u, i, k, reach);
            double *to = s->sum + row * n_v;
            for (size_t j = 0; j < n_v && row < n_u; j++)
                to[j] += s->weight[k] * from[j];
        }
    }
}

/* Widths proportional to f^-1/2, 1 where f is its geometric mean over the draws. */
static void adapt_widths(size_t n, const double share[], const double f[], double relative[])
{
    double ln_mean = 0.0, sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (share[i] > 0.0) {
            ln_mean += share[i] * log(f[i]);
            sum += share[i];
        }
    }
    const double mean = exp(ln_mean / sum);
    for (size_t i = 0; i < n; i++)
        relative[i] = f[i] > 0.0 ? fmin(fmax(sqrt(mean / f[i]), NARROWEST), WIDEST) : WIDEST;
}

/* s->group: the part of s->share whose kernels have the width of group g. */
static void select_group(size_t n, size_t g, scratch *s)
{
    for (size_t i = 0; i < n; i++) {
        if (!(s->share[i] > 0.0)) {
            s->group[i] = 0.0;
            continue;
        }
        const double distance = fabs(2.0 * log2(s->relative[i] / NARROWEST) - (double)g);
        s->group[i] = s->share[i] * fmax(1.0 - distance, 0.0);
    }
}

/* Leaves shares per cell in s->sum and the kernels' widths in s->relative. */
static void estimate(const joint_draws *draws, const joint_density *d, double widen, scratch *s)
{
    const size_t n = d->u.n * d->v.n;
    bin_draws(draws, d, s->share);
    memcpy(s->group, s->share, n * sizeof s->share[0]);
    add_group(draws, d, widen, 1.0, s);
    adapt_widths(n, s->share, s->sum, s->relative);
    memset(s->sum, 0, n * sizeof s->sum[0]);
    for (size_t g = 0; g < GROUPS; g++) {
        select_group(n, g, s);
        add_group(draws, d, widen, NARROWEST * pow(2.0, 0.5 * (double)g), s);
    }
}

/* The cell next to a node that is none. */
static size_t nearest_cell(size_t node, size_t n)
{
    return node < 2 ? 0 : node < n + 2 ? node - 2 : n - 1;
}

static void fill_nodes(const joint_draws *draws, double widen, const scratch *s, joint_density *d)
{
    const size_t n_u = d->u.n, n_v = d->v.n;
    const double per_cell = 1.0 / (d->u.cell * d->v.cell);
    const double per_kernel =
        1.0 / (4.0 * MUTAU_PI * draws->ess * widen * widen * draws->width_u * draws->width_v);
    for (size_t i = 0; i < n_u + 4; i++)
        for (size_t j = 0; j < n_v + 4; j++) {
            const size_t node = i * (n_v + 4) + j;
            const size_t cell = nearest_cell(i, n_u) * n_v + nearest_cell(j, n_v);
            const bool outside = i == 0 || i == n_u + 3 || j == 0 || j == n_v + 3;
            d->f[node] = outside ? -1.0 : s->sum[cell] * per_cell;
            d->noise[node] = per_kernel / (s->relative[cell] * s->relative[cell]);
        }
}

mutau_status mutau_joint_density_estimate(const joint_draws *draws, double widen, joint_density *d)
{
    mutau_joint_density_release(d);
    d->ess = draws->ess;
    d->u = make_axis(&draws->window_u, widen * draws->width_u);
    d->v = make_axis(&draws->window_v, widen * draws->width_v);
    const size_t n = d->u.n * d->v.n, n_node = joint_nodes(&d->u) * joint_nodes(&d->v);
    const size_t n_weight = 2 * (d->u.n > d->v.n ? d->u.n : d->v.n) + 1;
    d->f = mutau_calloc(n_node, sizeof d->f[0]);
    d->noise = mutau_calloc(n_node, sizeof d->noise[0]);
    double *work = mutau_calloc(5 * n + 3 * d->v.n + n_weight, sizeof work[0]);
    const bool complete = d->f != NULL && d->noise != NULL && work != NULL;
    if (complete) {
        scratch s = {work, work + n, work + 2 * n, work + 3 * n, work + 4 * n, work + 5 * n, NULL};
        s.weight = s.row + 3 * d->v.n;
        estimate(draws, d, widen, &s);
        fill_nodes(draws, widen, &s, d);
    }
    free(work);
    return complete ? MUTAU_OK : MUTAU_ENOMEM;
}

void mutau_joint_density_release(joint_density *d)
{
    free(d->f);
    free(d->noise);
    *d = (joint_density){0};
}

/* The node below x and the share of the way to the next; false outside. */
static bool locate(const joint_grid_axis *axis, double x, size_t *node, double *share)
{
    if (!(x >= axis->w.lo && x <= axis->w.hi))
        return false;
    const double at = fmin((x - axis->w.lo) / axis->cell, (double)axis->n) + 1.5;
    const size_t i = at < 2.0 ? 1 : at < (double)axis->n + 1.0 ? (size_t)at : axis->n + 1;
    *node = i;
    *share = i == 1             ? 2.0 * (at - 1.5)
             : i == axis->n + 1 ? fmin(2.0 * (at - (double)i), 1.0)
                                : at - (double)i;
    return true;
}

size_t mutau_joint_node_of(const joint_density *d, double u, double v)
{
    if (!(u >= d->u.w.lo && u <= d->u.w.hi && v >= d->v.w.lo && v <= d->v.w.hi))
        return 0;
    const size_t i = (size_t)((u - d->u.w.lo) / d->u.cell);
    const size_t j = (size_t)((v - d->v.w.lo) / d->v.cell);
    return ((i < d->u.n ? i : d->u.n - 1) + 2) * joint_nodes(&d->v) +
           (j < d->v.n ? j : d->v.n - 1) + 2;
}

void mutau_joint_density_at_draws(const joint_draws *draws, const joint_density *d, double values[])
{
    const size_t stride = joint_nodes(&d->v);
    for (size_t k = 0; k < draws->n; k++) {
        size_t i = 0, j = 0;
        double p = 0.0, q = 0.0;
        values[k] = 0.0;
        if (!locate(&d->u, draws->u[k], &i, &p) || !locate(&d->v, draws->v[k], &j, &q))
            continue;
        const double *f = d->f + i * stride + j;
        const double corner = p >= q ? f[stride] : f[1];
        const double a = fmax(p, q), b = fmin(p, q);
        values[k] = f[0] + a * (corner - f[0]) + b * (f[stride + 1] - corner);
    }
}
