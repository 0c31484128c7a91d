/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel density of one quantity, mirrored at the edges of the prior (credible_internal.h).
 *
 *   1. bandwidth: Botev, Grotowski & Kroese, Annals of Statistics 38, 2916 (2010), whose
 *      cosine series is the mirrored estimate itself and which, unlike rules that compare
 *      with a normal density, does not smear separate narrow modes;
 *   2. the density on a grid of an eighth of a bandwidth, with kernels that are wider where
 *      it is low (Abramson, Annals of Statistics 10, 1217 (1982)): narrow modes and long
 *      tails can share a posterior.
 * Lengths are in the caller's units; cells are counted from the window's low end.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "credible_internal.h"
#include "base/mem.h"
#include "base/units.h"
#include "fourier_internal.h"

enum {
    PILOT_CELLS = 2048,   /* grid of the bandwidth's selection */
    CELLS_PER_WIDTH = 8,  /* cells of the density per bandwidth */
    KERNEL_WIDTHS = 5,    /* the kernel is cut at so many bandwidths: exp(-12.5) = 4e-6 */
    MAX_CELLS = 1 << 20,  /* bounds the memory for draws with far outliers */
    DERIVATIVE_STAGES = 7 /* stages of the plug-in; the paper finds no gain beyond 5 */
};
static const double NARROWEST = 0.5, WIDEST = 10.0; /* kernels, in bandwidths */
static const double WIDEN = 1.25;                   /* step of the search for a bandwidth */
static const double PILOT_MARGIN = 0.1;             /* around the draws, of their range */

/* ---------------------------------------------------------------- bandwidth */

credible_window mutau_credible_window(double min, double max, double margin, double lo, double hi)
{
    credible_window w = {.lo = min - margin, .hi = max + margin};
    w.edge_lo = w.lo <= lo;
    w.edge_hi = w.hi >= hi;
    if (w.edge_lo)
        w.lo = lo;
    if (w.edge_hi)
        w.hi = hi;
    return w;
}

/* Shares of the draws in n_cell equal cells of the window. */
static void bin_draws(size_t n, const double x[], const credible_window *w, size_t n_cell,
                      double share[])
{
    const double per_length = (double)n_cell / (w->hi - w->lo);
    memset(share, 0, n_cell * sizeof share[0]);
    for (size_t i = 0; i < n; i++) {
        const double at = (x[i] - w->lo) * per_length;
        const size_t cell = at > 0.0 ? (size_t)at : 0;
        share[cell < n_cell ? cell : n_cell - 1] += 1.0;
    }
    for (size_t i = 0; i < n_cell; i++)
        share[i] /= (double)n;
}

/* power[k] = (sum_j share_j cos(pi k (j + 1/2) / n))^2 for k < n = PILOT_CELLS: the real part of a
 * Fourier transform of the even places and, backwards, the odd ones (Makhoul, IEEE Trans. ASSP 28,
 * 27 (1980)), turned by k/4n. */
static mutau_status cosine_power(const double share[], double power[])
{
    enum { N = PILOT_CELLS };
    mutau_fourier f = {0};
    fourier_point *z = mutau_calloc(2 * (size_t)N, sizeof *z);
    const mutau_status status = mutau_fourier_init(&f, N, NULL);
    if (status == MUTAU_OK && z != NULL) {
        mutau_fourier_plan(&f, N);
        for (size_t j = 0; j < N / 2; j++) {
            z[j].re[0] = share[2 * j];
            z[N - 1 - j].re[0] = share[2 * j + 1];
        }
        const fourier_point *const t = mutau_fourier_transform(&f, N, z, z + N);
        for (size_t k = 0; k < N; k++) {
            const double angle = MUTAU_PI * (double)k / (2.0 * N);
            const double sum = t[k].re[0] * cos(angle) + t[k].im[0] * sin(angle);
            power[k] = sum * sum;
        }
    }
    mutau_fourier_clear(&f);
    free(z);
    return z != NULL ? status : MUTAU_ENOMEM;
}

/* |f^(s)|^2 of the density smoothed to time t (t = h^2, window of length 1).  No power is above 1:
 * it ends where no term that is left can change the last bit.  exp(-k^2 c) goes from one k to the
 * next, which leaves it right to 1e-9 and the bandwidth, of which 1e-4 is asked, as it is. */
static double derivative_norm(const double power[], int s, double t)
{
    static const double last_bit = 1e-17;
    const double c = MUTAU_PI * MUTAU_PI * t, ratio_ratio = exp(-2.0 * c);
    double sum = 0.0, damping = exp(-c), ratio = damping * ratio_ratio;
    for (size_t k = 1; k < PILOT_CELLS; k++) {
        const double square = (double)(k * k);
        double most = damping;
        for (int i = 0; i < s; i++)
            most *= square;
        if (c * square > (double)s && most < last_bit * sum)
            break;
        sum += power[k] * most;
        damping *= ratio;
        ratio *= ratio_ratio;
    }
    return 2.0 * pow(MUTAU_PI, 2.0 * s) * sum;
}

/* The plug-in's answer to the time t: Botev et al., eqs. (29)-(33). */
static double plug_in_time(const double power[], double ess, double t)
{
    double norm = derivative_norm(power, DERIVATIVE_STAGES, t);
    for (int s = DERIVATIVE_STAGES - 1; s >= 2; s--) {
        double odd = 1.0;
        for (int i = 3; i <= 2 * s - 1; i += 2)
            odd *= i;
        const double c = (1.0 + pow(0.5, s + 0.5)) / 3.0 * 2.0 * odd / sqrt(2.0 * MUTAU_PI);
        norm = derivative_norm(power, s, pow(c / (ess * norm), 2.0 / (3.0 + 2.0 * s)));
    }
    return pow(2.0 * ess * sqrt(MUTAU_PI) * norm, -0.4);
}

/* The smallest fixed point of the plug-in, as a bandwidth in windows; `widest` if there is
 * none below it (a flat density). */
static double fixed_point_width(const double power[], double ess, double widest)
{
    double lo = 0.25 / PILOT_CELLS, hi = lo;
    while (hi < widest && !(plug_in_time(power, ess, hi * hi) <= hi * hi)) {
        lo = hi;
        hi *= WIDEN;
    }
    if (hi >= widest)
        return widest;
    for (int i = 0; i < 10; i++) {
        const double mid = sqrt(lo * hi);
        if (plug_in_time(power, ess, mid * mid) <= mid * mid)
            hi = mid;
        else
            lo = mid;
    }
    return hi;
}

/* The normal-reference rule (1.06 sd n^-1/5) of the binned draws, in windows: an upper
 * limit, since no density of this spread asks for more. */
static double normal_width(const double share[], double ess)
{
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < PILOT_CELLS; i++)
        mean += share[i] * ((double)i + 0.5) / PILOT_CELLS;
    for (size_t i = 0; i < PILOT_CELLS; i++) {
        const double d = ((double)i + 0.5) / PILOT_CELLS - mean;
        square += share[i] * d * d;
    }
    return 1.06 * sqrt(square) * pow(ess, -0.2);
}

mutau_status mutau_credible_bandwidth(size_t n, const double x[], const credible_window *w,
                                      double ess, double *bandwidth)
{
    double *work = mutau_calloc(2 * (size_t)PILOT_CELLS, sizeof work[0]);
    if (work == NULL)
        return MUTAU_ENOMEM;
    double *share = work, *power = share + PILOT_CELLS;
    bin_draws(n, x, w, PILOT_CELLS, share);
    const mutau_status status = cosine_power(share, power);
    const double widest = fmax(normal_width(share, ess), 1.0 / PILOT_CELLS);
    if (status == MUTAU_OK)
        *bandwidth = (w->hi - w->lo) * fixed_point_width(power, ess, widest);
    free(work);
    return status;
}

/* ---------------------------------------------------------------- density */

void mutau_credible_density_release(credible_density *d)
{
    free(d->share);
    free(d->used);
    free(d->width);
    free(d->f);
    *d = (credible_density){0};
}

/* Adds to cell i, or to its mirror image if it lies behind an edge. */
static void add_mirrored(credible_density *d, ptrdiff_t i, double value)
{
    const ptrdiff_t n = (ptrdiff_t)d->n;
    if (i < 0)
        i = d->w.edge_lo ? -1 - i : n;
    else if (i >= n)
        i = d->w.edge_hi ? 2 * n - 1 - i : n;
    if (i >= 0 && i < n)
        d->f[i + 1] += value;
}

/* Spreads the draws of cell i over a Gaussian, exp(-j^2 c) from one j to the next. */
static void spread_cell(credible_density *d, size_t i)
{
    const double step = d->cell / d->width[i];
    const size_t reach = (size_t)fmin(ceil(KERNEL_WIDTHS / step), (double)d->n);
    double kernel = d->share[i] / (sqrt(2.0 * MUTAU_PI) * d->width[i]);
    double ratio = exp(-0.5 * step * step);
    const double ratio_ratio = ratio * ratio;
    const bool inside = i >= reach && i + reach < d->n;
    d->f[i + 1] += kernel;
    for (size_t j = 1; j <= reach; j++) {
        kernel *= ratio;
        ratio *= ratio_ratio;
        if (inside) {
            d->f[i + 1 - j] += kernel;
            d->f[i + 1 + j] += kernel;
        } else {
            add_mirrored(d, (ptrdiff_t)i - (ptrdiff_t)j, kernel);
            add_mirrored(d, (ptrdiff_t)(i + j), kernel);
        }
    }
}

/* At an edge the mirrored estimate has no slope: a parabola through the two cells. */
static double end_value(double first, double second)
{
    return fmax(first - (second - first) / 8.0, 0.0);
}

static void spread_all(credible_density *d)
{
    memset(d->f, 0, (d->n + 2) * sizeof d->f[0]);
    for (size_t i = 0; i < d->n_used; i++)
        spread_cell(d, d->used[i]);
    d->f[0] = end_value(d->f[1], d->f[2]);
    d->f[d->n + 1] = end_value(d->f[d->n], d->f[d->n - 1]);
}

/* Widths proportional to f^-1/2, with the bandwidth where f is its geometric mean. */
static void adapt_widths(credible_density *d, double bandwidth)
{
    double ln_mean = 0.0;
    for (size_t i = 0; i < d->n; i++)
        if (d->share[i] > 0.0)
            ln_mean += d->share[i] * log(d->f[i + 1]);
    const double mean = exp(ln_mean);
    for (size_t i = 0; i < d->n; i++) {
        const double f = d->f[i + 1], relative = f > 0.0 ? sqrt(mean / f) : WIDEST;
        d->width[i] = bandwidth * fmin(fmax(relative, NARROWEST), WIDEST);
    }
}

/* Fills `d`, which is empty, with the estimate of the given bandwidth. */
static mutau_status estimate(size_t n, const double x[], const credible_window *w, double bandwidth,
                             credible_density *d)
{
    const double length = w->hi - w->lo;
    d->w = *w;
    d->n = (size_t)fmin(ceil(CELLS_PER_WIDTH * length / bandwidth) + 1.0, MAX_CELLS);
    d->cell = length / (double)d->n;
    d->share = mutau_calloc(d->n, sizeof d->share[0]);
    d->width = mutau_calloc(d->n, sizeof d->width[0]);
    d->f = mutau_calloc(d->n + 2, sizeof d->f[0]);
    d->used = mutau_calloc(n < d->n ? n : d->n, sizeof d->used[0]);
    if (d->share == NULL || d->width == NULL || d->f == NULL || d->used == NULL)
        return MUTAU_ENOMEM;
    bin_draws(n, x, w, d->n, d->share);
    for (size_t i = 0; i < d->n; i++)
        if (d->share[i] > 0.0)
            d->used[d->n_used++] = i;
    for (size_t i = 0; i < d->n; i++)
        d->width[i] = bandwidth;
    spread_all(d);
    adapt_widths(d, bandwidth);
    spread_all(d);
    return MUTAU_OK;
}

mutau_status mutau_credible_density_estimate(size_t n_row, size_t n_walker, const double x[],
                                             double min, double max, double lo, double hi,
                                             double ess, credible_density *d)
{
    const size_t n = n_row * n_walker;
    double bandwidth = 0.0;
    const credible_window pilot =
        mutau_credible_window(min, max, PILOT_MARGIN * (max - min), lo, hi);
    *d = (credible_density){.x = x, .n_row = n_row, .n_walker = n_walker, .ess = ess};
    MUTAU_CHECK(mutau_credible_bandwidth(n, x, &pilot, ess, &bandwidth));
    const double margin = (KERNEL_WIDTHS + 1) * WIDEST * bandwidth;
    const credible_window w = mutau_credible_window(min, max, margin, lo, hi);
    return estimate(n, x, &w, bandwidth, d);
}

double mutau_credible_position(const credible_density *d, size_t node)
{
    const double cells = fmin(fmax((double)node - 0.5, 0.0), (double)d->n);
    return node <= d->n ? d->w.lo + cells * d->cell : d->w.hi;
}

/* Which nodes x is between, `i` and i + 1, and where. */
static inline size_t interval_of(const credible_density *d, double x, double *share)
{
    const double at = fmax((x - d->w.lo) / d->cell + 0.5, 0.5);
    const size_t i = at < (double)d->n ? (size_t)at : d->n;
    *share = at - (double)i;
    if (i == 0)
        *share = 2.0 * (*share - 0.5);
    else if (i == d->n)
        *share = fmin(2.0 * *share, 1.0);
    return i;
}

double mutau_credible_density_at(const credible_density *d, double x)
{
    double share = 0.0;
    const size_t i = interval_of(d, x, &share);
    return d->f[i] + share * (d->f[i + 1] - d->f[i]);
}

/* ---------------------------------------------------------------- draws between nodes */

void mutau_credible_sorted_release(credible_sorted *s)
{
    free(s->first);
    free(s->x);
    free(s->value);
    *s = (credible_sorted){0};
}

mutau_status mutau_credible_sort(const credible_density *d, credible_sorted *s)
{
    const size_t n = d->n_row * d->n_walker;
    double share = 0.0;
    *s = (credible_sorted){.n = n, .n_interval = d->n + 1};
    s->first = mutau_calloc(d->n + 3, sizeof s->first[0]);
    s->x = mutau_calloc(n, sizeof s->x[0]);
    s->value = mutau_calloc(n, sizeof s->value[0]);
    if (s->first == NULL || s->x == NULL || s->value == NULL)
        return MUTAU_ENOMEM;
    size_t *const place = s->first + 1; /* of the next draw of an interval, once they are counted */
    for (size_t i = 0; i < n; i++)
        place[interval_of(d, d->x[i], &share) + 1]++;
    for (size_t i = 0; i < d->n + 1; i++)
        place[i + 1] += place[i];
    for (size_t i = 0; i < n; i++)
        s->x[place[interval_of(d, d->x[i], &share)]++] = d->x[i];
    return MUTAU_OK;
}
