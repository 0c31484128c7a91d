/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coordinates and bandwidths for the density of two quantities (joint_internal.h).
 *
 * The kernel is a product of two Gaussians in coordinates (u, v = b - slope u) that are not
 * correlated: in the draws' own coordinates a tilted one.  The coordinate that stays as it
 * is is the one that comes near an edge of its prior, for only there a mirror image is in
 * place; where both come near there is no tilt.
 *
 * The ratio of the two bandwidths is that of the best ones of u and v alone; their scale h
 * solves h^6 = 1 / (2 pi ess N_2), the best for a two-dimensional density f, with the
 * functionals
 *     N_s(t) = int k^2s |f~(k)|^2 exp(-k^2 t) d^2k / (2 pi)^2
 * of f smoothed to time t = h^2, for s = 6 down to 2, as in one dimension (credible.c):
 * of N_6 at h^2 itself, of the others at the t_s at which Botev et al. balance bias and noise,
 *     t_s^(s + 2) = (1 + 2^-(s + 1)) / 3 * 2^s s! / (pi ess N_(s + 1)(t_(s + 1))).
 * The spectrum f~ is the cosine series of the binned draws, summed up in rings of k.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "joint_internal.h"
#include "analysis/credible.h"
#include "base/mem.h"
#include "base/units.h"

enum {
    PILOT_CELLS = 320, /* of each axis, for the bandwidth's selection */
    RINGS = 2048,      /* of the spectrum */
    STAGES = 6
};
static const double WIDEN = 1.05; /* steps in the search for h */
static const double MARGIN = 0.1;

/* ---------------------------------------------------------------- coordinates */

/* The window that holds all draws but the share `trim` beyond each end. */
static mutau_status window_of(size_t n, const double x[], double lo, double hi, double trim,
                              credible_window *w, mutau_error *err)
{
    const double probability[] = {trim, 1.0 - trim, 0.0, 1.0};
    double q[4];
    MUTAU_CHECK(mutau_quantiles(n, x, 4, probability, q, err));
    const double length = q[1] > q[0] ? q[1] - q[0] : q[3] - q[2];
    *w = mutau_credible_window(q[0], q[1], MARGIN * length, fmin(lo, q[2]), fmax(hi, q[3]));
    return MUTAU_OK;
}

/* The slope of y against x, of the draws in both windows. */
static double slope_of(size_t n, const double x[], const double y[], const credible_window *wx,
                       const credible_window *wy)
{
    double count = 0.0, mean_x = 0.0, mean_y = 0.0, xx = 0.0, xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] >= wx->lo && x[i] <= wx->hi && y[i] >= wy->lo && y[i] <= wy->hi))
            continue;
        count += 1.0;
        const double dx = x[i] - mean_x, dy = y[i] - mean_y;
        mean_x += dx / count;
        mean_y += dy / count;
        xx += dx * (x[i] - mean_x);
        xy += dx * (y[i] - mean_y);
    }
    return xx > 0.0 ? xy / xx : 0.0;
}

static mutau_status choose_coordinates(joint_draws *draws, const mutau_joint_axis *x,
                                       const mutau_joint_axis *y, double trim, mutau_error *err)
{
    const size_t n = draws->n;
    credible_window wx, wy;
    MUTAU_CHECK(window_of(n, x->x, x->lo, x->hi, trim, &wx, err));
    MUTAU_CHECK(window_of(n, y->x, y->lo, y->hi, trim, &wy, err));
    const bool at_edge_x = wx.edge_lo || wx.edge_hi, at_edge_y = wy.edge_lo || wy.edge_hi;
    draws->swapped = at_edge_y && !at_edge_x;
    const mutau_joint_axis *a = draws->swapped ? y : x, *b = draws->swapped ? x : y;
    draws->u = a->x;
    draws->window_u = draws->swapped ? wy : wx;
    draws->window_v = draws->swapped ? wx : wy;
    draws->slope =
        at_edge_x && at_edge_y ? 0.0 : slope_of(n, a->x, b->x, &draws->window_u, &draws->window_v);
    for (size_t i = 0; i < n; i++)
        draws->v[i] = b->x[i] - draws->slope * a->x[i];
    if (at_edge_x && at_edge_y)
        return MUTAU_OK;
    return window_of(n, draws->v, -(double)INFINITY, (double)INFINITY, trim, &draws->window_v, err);
}

/* ---------------------------------------------------------------- bandwidths */

/* The cell of x in n cells of the window; n if it lies outside. */
static size_t cell_of(const credible_window *w, size_t n, double x)
{
    if (!(x >= w->lo && x <= w->hi))
        return n;
    const size_t i = (size_t)((x - w->lo) / (w->hi - w->lo) * (double)n);
    return i < n ? i : n - 1;
}

/* cosine[k][j] = cos(pi k (j + 1/2) / n). */
static void fill_cosine(double cosine[])
{
    for (size_t k = 0; k < PILOT_CELLS; k++)
        for (size_t j = 0; j < PILOT_CELLS; j++)
            cosine[k * PILOT_CELLS + j] =
                cos(MUTAU_PI * (double)k * ((double)j + 0.5) / PILOT_CELLS);
}

/* out[k][j] = sum_i cosine[k][i] in[i][j]. */
static void transform_rows(const double cosine[], const double in[], double out[])
{
    const size_t n = PILOT_CELLS;
    memset(out, 0, n * n * sizeof out[0]);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++) {
            const double c = cosine[k * n + i];
            for (size_t j = 0; j < n; j++)
                out[k * n + j] += c * in[i * n + j];
        }
}

static void transpose(double x[])
{
    for (size_t i = 0; i < PILOT_CELLS; i++)
        for (size_t j = 0; j < i; j++) {
            const double t = x[i * PILOT_CELLS + j];
            x[i * PILOT_CELLS + j] = x[j * PILOT_CELLS + i];
            x[j * PILOT_CELLS + i] = t;
        }
}

/* The spectrum summed over rings of |k|, lengths in the bandwidths of the axes alone:
 * power[r] at |k| = (r + 1/2) step. */
typedef struct spectrum {
    double step;
    double power[RINGS];
} spectrum;

static void sum_rings(const double series[], double length_u, double length_v, spectrum *s)
{
    const double ku = MUTAU_PI / length_u, kv = MUTAU_PI / length_v;
    s->step = PILOT_CELLS * hypot(ku, kv) / RINGS;
    memset(s->power, 0, sizeof s->power);
    for (size_t i = 0; i < PILOT_CELLS; i++)
        for (size_t j = 0; j < PILOT_CELLS; j++) {
            const size_t ring = (size_t)(hypot((double)i * ku, (double)j * kv) / s->step);
            const double c = series[i * PILOT_CELLS + j];
            const double weight = (i > 0 ? 2.0 : 1.0) * (j > 0 ? 2.0 : 1.0);
            if (i + j > 0 && ring < RINGS)
                s->power[ring] += weight * c * c / (length_u * length_v);
        }
}

static double functional(const spectrum *s, int order, double t)
{
    double sum = 0.0;
    for (size_t r = 0; r < RINGS; r++) {
        const double k = ((double)r + 0.5) * s->step;
        if (k * k * t > 300.0)
            break;
        sum += s->power[r] * pow(k * k, order) * exp(-k * k * t);
    }
    return sum;
}

/* The plug-in's answer to the squared bandwidth t. */
static double plug_in(const spectrum *s, double ess, double t)
{
    double value = functional(s, STAGES, t);
    for (int order = STAGES - 1; order >= 2; order--) {
        const double c = (1.0 + pow(0.5, order + 1.0)) / 3.0 * pow(2.0, order);
        const double t_power = c * tgamma(order + 1.0) / (MUTAU_PI * ess * value);
        value = functional(s, order, pow(t_power, 1.0 / (order + 2.0)));
    }
    return cbrt(1.0 / (2.0 * MUTAU_PI * ess * value));
}

/* The smallest fixed point between `h` and `widest`, else `widest`. */
static double fixed_point(const spectrum *s, double ess, double h, double widest)
{
    while (h < widest && !(plug_in(s, ess, h * h) <= h * h))
        h *= WIDEN;
    return fmin(h, widest);
}

/* Standard deviation of the draws inside a window. */
static double spread_of(size_t n, const double x[], const credible_window *w)
{
    double count = 0.0, mean = 0.0, square = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] >= w->lo && x[i] <= w->hi))
            continue;
        count += 1.0;
        const double d = x[i] - mean;
        mean += d / count;
        square += d * (x[i] - mean);
    }
    return sqrt(square / count);
}

static mutau_status read_spectrum(const joint_draws *draws, double length_u, double length_v,
                                  spectrum *s)
{
    const size_t n = PILOT_CELLS;
    double *work = mutau_calloc(3 * n * n, sizeof work[0]);
    if (work == NULL)
        return MUTAU_ENOMEM;
    double *share = work, *cosine = share + n * n, *series = cosine + n * n;
    for (size_t i = 0; i < draws->n; i++) {
        const size_t u = cell_of(&draws->window_u, n, draws->u[i]);
        const size_t v = cell_of(&draws->window_v, n, draws->v[i]);
        if (u < n && v < n)
            share[u * n + v] += 1.0 / (double)draws->n;
    }
    fill_cosine(cosine);
    transform_rows(cosine, share, series);
    transpose(series);
    transform_rows(cosine, series, share);
    transpose(share);
    sum_rings(share, length_u, length_v, s);
    free(work);
    return MUTAU_OK;
}

static mutau_status choose_bandwidths(joint_draws *draws)
{
    const credible_window *wu = &draws->window_u, *wv = &draws->window_v;
    const double ess = draws->ess;
    double au = 0.0, av = 0.0;
    MUTAU_CHECK(mutau_credible_bandwidth(draws->n, draws->u, wu, ess, &au));
    MUTAU_CHECK(mutau_credible_bandwidth(draws->n, draws->v, wv, ess, &av));
    const double length_u = (wu->hi - wu->lo) / au, length_v = (wv->hi - wv->lo) / av;
    const double spread =
        sqrt(spread_of(draws->n, draws->u, wu) / au * spread_of(draws->n, draws->v, wv) / av);
    const double narrowest = 0.5 * fmax(length_u, length_v) / PILOT_CELLS;
    const double widest = fmax(spread * pow(ess, -1.0 / 6.0), narrowest);
    spectrum *s = mutau_calloc(1, sizeof *s);
    mutau_status status = s != NULL ? read_spectrum(draws, length_u, length_v, s) : MUTAU_ENOMEM;
    if (status == MUTAU_OK) {
        const double h = fixed_point(s, ess, narrowest, widest);
        draws->width_u = h * au;
        draws->width_v = h * av;
    }
    free(s);
    return status;
}

/* ---------------------------------------------------------------- the two together */

mutau_status mutau_joint_draws_init(joint_draws *draws, size_t n, const mutau_joint_axis *x,
                                    const mutau_joint_axis *y, double ess, double trim,
                                    mutau_error *err)
{
    *draws = (joint_draws){.n = n, .n_walker = x->n_walker > 0 ? x->n_walker : n, .ess = ess};
    draws->v = mutau_calloc(n, sizeof draws->v[0]);
    if (draws->v == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "joint region of %zu draws", n);
    MUTAU_TRY(err, choose_coordinates(draws, x, y, trim, err), "joint region");
    /* Rounding leaves a line some width. */
    const double scale = fabs(draws->slope) * (draws->window_u.hi - draws->window_u.lo);
    if (!(draws->window_u.hi > draws->window_u.lo) ||
        !(draws->window_v.hi - draws->window_v.lo > 1e-9 * scale))
        return mutau_error_set(err, MUTAU_EDOM, "joint region: the draws lie on a line");
    const mutau_status status = choose_bandwidths(draws);
    if (status != MUTAU_OK)
        return mutau_error_set(err, status, "joint region of %zu draws", n);
    return MUTAU_OK;
}

void mutau_joint_draws_release(joint_draws *draws)
{
    free(draws->v);
    *draws = (joint_draws){0};
}
