/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles and highest-density regions of posterior draws; documented in mutau/credible.h.
 *
 * A region {x : f(x) >= level} needs a density f and a level.  f is a Gaussian kernel
 * estimate of the binned draws, mirrored at the edges of the prior; the level is an order
 * statistic of f over the draws, so that the share of draws inside is the mass, whatever
 * f is.  The steps:
 *   1. bandwidth: Botev, Grotowski & Kroese, Annals of Statistics 38, 2916 (2010), whose
 *      cosine series is the mirrored estimate itself and which, unlike rules that compare
 *      with a normal density, does not smear separate narrow modes;
 *   2. f on a grid of an eighth of a bandwidth, with kernels that are wider where f is low
 *      (Abramson, Annals of Statistics 10, 1217 (1982)): narrow modes and long tails can
 *      share a posterior;
 *   3. while a gap between two intervals is no deeper than the noise of f, or there are
 *      too many intervals, wider kernels (a flat posterior has no modes to show);
 *   4. the level from the draws, the intervals from f's crossings of it.
 * Below, lengths are in the caller's units; cells are counted from the window's low end.
 */
#include "mutau/credible.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "credible_internal.h"
#include "mutau/mem.h"
#include "mutau/units.h"

enum {
    PILOT_CELLS = 2048,   /* grid of the bandwidth's selection */
    CELLS_PER_WIDTH = 8,  /* cells of the density per bandwidth */
    KERNEL_WIDTHS = 5,    /* the kernel is cut at so many bandwidths: exp(-12.5) = 4e-6 */
    MAX_CELLS = 1 << 20,  /* bounds the memory for draws with far outliers */
    DERIVATIVE_STAGES = 7 /* stages of the plug-in; the paper finds no gain beyond 5 */
};
static const double NARROWEST = 0.5, WIDEST = 10.0; /* kernels, in bandwidths */
static const double WIDEN = 1.25;                   /* step of the bandwidth in step 3 */
static const double NOISE_SIGMAS = 5.0; /* chance gives 4 on a flat stretch of ten kernels */
static const double MIN_ESS = 10.0;

/* ---------------------------------------------------------------- order statistics */

static void swap(double *a, double *b)
{
    const double t = *a;
    *a = *b;
    *b = t;
}

static double median3(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Permutes x[n] so that x[k] is the k-th smallest, nothing before it greater and nothing
 * after it smaller.  Quickselect in three parts, for draws repeat; sorts if it goes badly. */
static void select_rank(double x[], size_t n, size_t k)
{
    size_t lo = 0, hi = n;
    for (int round = 0; hi - lo > 16 && round < 64; round++) {
        const size_t step = (hi - lo) / 8, mid = lo + (hi - lo) / 2;
        const double pivot = median3(median3(x[lo], x[lo + step], x[lo + 2 * step]),
                                     median3(x[mid - step], x[mid], x[mid + step]),
                                     median3(x[hi - 1 - 2 * step], x[hi - 1 - step], x[hi - 1]));
        size_t less = lo, i = lo, more = hi;
        while (i < more) {
            if (x[i] < pivot)
                swap(&x[i++], &x[less++]);
            else if (x[i] > pivot)
                swap(&x[i], &x[--more]);
            else
                i++;
        }
        if (k < less)
            hi = less;
        else if (k >= more)
            lo = more;
        else
            return;
    }
    qsort(x + lo, hi - lo, sizeof x[0], compare);
}

/* The draws' range; refuses what has no order or no size. */
mutau_status mutau_credible_range(size_t n, const double x[], double *min, double *max,
                                  mutau_error *err)
{
    *min = *max = n > 0 ? x[0] : 0.0;
    if (n == 0)
        return mutau_error_set(err, MUTAU_EDOM, "no draws");
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            return mutau_error_set(err, MUTAU_ENAN, "draw %zu of %zu is not a number", i + 1, n);
        *min = x[i] < *min ? x[i] : *min;
        *max = x[i] > *max ? x[i] : *max;
    }
    return MUTAU_OK;
}

/* Type 7: the value at 1 + (n - 1) p, counted from one, linear between ranks. */
static double quantile_of(size_t n, double x[], double probability)
{
    const double at = (double)(n - 1) * probability;
    const size_t k = (size_t)at;
    const double share = at - (double)k;
    select_rank(x, n, k);
    if (!(share > 0.0) || k + 1 >= n)
        return x[k];
    double next = x[k + 1];
    for (size_t i = k + 2; i < n; i++)
        next = x[i] < next ? x[i] : next;
    return next > x[k] ? x[k] + share * (next - x[k]) : x[k];
}

mutau_status mutau_quantiles(size_t n, const double x[], size_t n_probability,
                             const double probability[], double quantile[], mutau_error *err)
{
    double min = 0.0, max = 0.0;
    MUTAU_TRY(err, mutau_credible_range(n, x, &min, &max, err), "quantiles");
    for (size_t i = 0; i < n_probability; i++)
        if (!(probability[i] >= 0.0 && probability[i] <= 1.0))
            return mutau_error_set(err, MUTAU_EDOM, "quantiles: probability %g is not in 0 ... 1",
                                   probability[i]);
    double *copy = mutau_calloc(n, sizeof copy[0]);
    if (copy == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "quantiles of %zu draws", n);
    memcpy(copy, x, n * sizeof copy[0]);
    for (size_t i = 0; i < n_probability; i++)
        quantile[i] = quantile_of(n, copy, probability[i]);
    free(copy);
    return MUTAU_OK;
}

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

/* power[k] = (sum_j share_j cos(pi k (j + 1/2) / n))^2 for k >= 1. */
static void cosine_power(size_t n, const double share[], const double cosine[], double power[])
{
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
    for (size_t k = 0; k < n; k++) {
        double sum = 0.0;
        for (size_t j = 0, phase = k; j < n; j++) {
            sum += share[j] * cosine[phase];
            phase += 2 * k;
            phase -= phase < 4 * n ? 0 : 4 * n;
        }
        power[k] = sum * sum;
    }
}

/* |f^(s)|^2 of the density smoothed to time t (t = h^2, window of length 1). */
static double derivative_norm(const double power[], int s, double t)
{
    double sum = 0.0;
    for (size_t k = 1; k < PILOT_CELLS; k++) {
        const double square = (double)(k * k), damping = square * MUTAU_PI * MUTAU_PI * t;
        if (damping > 700.0)
            break;
        double term = power[k] * exp(-damping);
        for (int i = 0; i < s; i++)
            term *= square;
        sum += term;
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
    double *work = mutau_calloc(6 * (size_t)PILOT_CELLS, sizeof work[0]);
    if (work == NULL)
        return MUTAU_ENOMEM;
    double *share = work, *power = share + PILOT_CELLS, *cosine = power + PILOT_CELLS;
    for (size_t i = 0; i < 4 * (size_t)PILOT_CELLS; i++)
        cosine[i] = cos(MUTAU_PI * (double)i / (2.0 * PILOT_CELLS));
    bin_draws(n, x, w, PILOT_CELLS, share);
    cosine_power(PILOT_CELLS, share, cosine, power);
    const double widest = fmax(normal_width(share, ess), 1.0 / PILOT_CELLS);
    *bandwidth = (w->hi - w->lo) * fixed_point_width(power, ess, widest);
    free(work);
    return MUTAU_OK;
}

/* ---------------------------------------------------------------- density and regions */

/* The estimate at n + 2 nodes: the window's ends and the n cells' centres between them;
 * linear from node to node. */
typedef struct density {
    credible_window w;
    double cell;
    size_t n;
    double *share; /* [n] of the draws */
    double *width; /* [n] of the kernels */
    double *f;     /* [n + 2] at the nodes; cell i is node i + 1 */
} density;

static void density_release(density *d)
{
    free(d->share);
    free(d->width);
    free(d->f);
    *d = (density){0};
}

/* Adds to cell i, or to its mirror image if it lies behind an edge. */
static void add_mirrored(density *d, ptrdiff_t i, double value)
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
static void spread_cell(density *d, size_t i)
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

static void spread_all(density *d)
{
    memset(d->f, 0, (d->n + 2) * sizeof d->f[0]);
    for (size_t i = 0; i < d->n; i++)
        if (d->share[i] > 0.0)
            spread_cell(d, i);
    d->f[0] = end_value(d->f[1], d->f[2]);
    d->f[d->n + 1] = end_value(d->f[d->n], d->f[d->n - 1]);
}

/* Widths proportional to f^-1/2, with the bandwidth where f is its geometric mean. */
static void adapt_widths(density *d, double bandwidth)
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

/* Fills `d` (released first) with the estimate of the given bandwidth. */
static mutau_status density_estimate(size_t n, const double x[], const credible_window *w,
                                     double bandwidth, density *d)
{
    density_release(d);
    const double length = w->hi - w->lo;
    d->w = *w;
    d->n = (size_t)fmin(ceil(CELLS_PER_WIDTH * length / bandwidth) + 1.0, MAX_CELLS);
    d->cell = length / (double)d->n;
    d->share = mutau_calloc(d->n, sizeof d->share[0]);
    d->width = mutau_calloc(d->n, sizeof d->width[0]);
    d->f = mutau_calloc(d->n + 2, sizeof d->f[0]);
    if (d->share == NULL || d->width == NULL || d->f == NULL)
        return MUTAU_ENOMEM;
    bin_draws(n, x, w, d->n, d->share);
    for (size_t i = 0; i < d->n; i++)
        d->width[i] = bandwidth;
    spread_all(d);
    adapt_widths(d, bandwidth);
    spread_all(d);
    return MUTAU_OK;
}

static double node_position(const density *d, size_t node)
{
    const double cells = fmin(fmax((double)node - 0.5, 0.0), (double)d->n);
    return node <= d->n ? d->w.lo + cells * d->cell : d->w.hi;
}

static double density_at(const density *d, double x)
{
    const double at = fmax((x - d->w.lo) / d->cell + 0.5, 0.5);
    const size_t i = at < (double)d->n ? (size_t)at : d->n;
    double share = at - (double)i;
    if (i == 0)
        share = 2.0 * (share - 0.5);
    else if (i == d->n)
        share = fmin(2.0 * share, 1.0);
    return d->f[i] + share * (d->f[i + 1] - d->f[i]);
}

/* The level above which cells hold `mass` of the draws, to a part in 10^9. */
static double binned_level(const density *d, double mass)
{
    double lo = 0.0, hi = 0.0;
    for (size_t i = 0; i < d->n; i++)
        hi = fmax(hi, d->f[i + 1]);
    for (int round = 0; round < 30; round++) {
        const double mid = 0.5 * (lo + hi);
        double inside = 0.0;
        for (size_t i = 0; i < d->n; i++)
            inside += d->f[i + 1] >= mid ? d->share[i] : 0.0;
        if (inside >= mass)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* The highest level that leaves at least `mass` of the draws inside, a rounding error lower
 * so that the last of them is; values[n] holds the density at the draws and is permuted. */
double mutau_credible_level(size_t n, double values[], double mass)
{
    const double want = ceil(mass * (double)n * (1.0 - 1e-12));
    const size_t inside = want < 1.0 ? 1 : want < (double)n ? (size_t)want : n;
    select_rank(values, n, n - inside);
    return values[n - inside] * (1.0 - 1e-12);
}

/* Nodes [begin, end) of the next run at or above the level; false at the end. */
static bool next_run(const density *d, double level, size_t *begin, size_t *end)
{
    size_t i = *end;
    while (i < d->n + 2 && d->f[i] < level)
        i++;
    *begin = i;
    while (i < d->n + 2 && d->f[i] >= level)
        i++;
    *end = i;
    return *begin < *end;
}

/* The node in [begin, end) with the greatest sign * f. */
static size_t extreme_in(const density *d, size_t begin, size_t end, double sign)
{
    size_t best = begin;
    for (size_t i = begin + 1; i < end; i++)
        best = sign * d->f[i] > sign * d->f[best] ? i : best;
    return best;
}

/* Whether the intervals at this level are few, and every gap between two of them is deeper
 * than the noise: sd^2 of the estimate is f / (2 sqrt(pi) ess h). */
static bool is_settled(const density *d, double level, double ess)
{
    size_t n_run = 0, begin = 0, end = 0, last_end = 0;
    double last_peak = 0.0;
    for (; next_run(d, level, &begin, &end); n_run++) {
        const double peak = d->f[extreme_in(d, begin, end, 1.0)];
        if (n_run > 0) {
            const size_t dip = extreme_in(d, last_end, begin, -1.0);
            const double low_peak = fmin(peak, last_peak);
            const double noise = sqrt(low_peak / (2.0 * sqrt(MUTAU_PI) * ess * d->width[dip - 1]));
            if (low_peak - d->f[dip] < NOISE_SIGMAS * noise)
                return false;
        }
        last_peak = peak;
        last_end = end;
    }
    return n_run <= MUTAU_MAX_INTERVALS;
}

/* Where the density crosses the level between nodes i and i + 1. */
static double crossing(const density *d, size_t i, double level)
{
    const double rise = d->f[i + 1] - d->f[i];
    const double share = fabs(rise) > 0.0 ? (level - d->f[i]) / rise : 0.5;
    const double lo = node_position(d, i), hi = node_position(d, i + 1);
    return lo + share * (hi - lo);
}

/* The intervals at or above the level; a further one than fits is joined to the last. */
static void intervals_at(const density *d, double level, mutau_region *region)
{
    region->n = 0;
    for (size_t begin = 0, end = 0; next_run(d, level, &begin, &end);) {
        const bool room = region->n < MUTAU_MAX_INTERVALS;
        const size_t i = room ? region->n++ : MUTAU_MAX_INTERVALS - 1;
        if (room)
            region->lo[i] = begin > 0 ? crossing(d, begin - 1, level) : d->w.lo;
        region->hi[i] = end < d->n + 2 ? crossing(d, end - 1, level) : d->w.hi;
    }
    const double peak = d->f[extreme_in(d, 0, d->n + 2, 1.0)];
    region->edge_lo = d->w.edge_lo ? d->f[0] / peak : 0.0;
    region->edge_hi = d->w.edge_hi ? d->f[d->n + 1] / peak : 0.0;
    region->at_lo = d->w.edge_lo && d->f[0] >= level;
    region->at_hi = d->w.edge_hi && d->f[d->n + 1] >= level;
}

mutau_limit mutau_region_limit(const mutau_region *region)
{
    if (region->n != 1 || !(region->at_lo || region->at_hi))
        return MUTAU_LIMIT_NONE;
    if (region->at_lo && region->at_hi)
        return MUTAU_LIMIT_WHOLE;
    return region->at_lo ? MUTAU_LIMIT_UPPER : MUTAU_LIMIT_LOWER;
}

/* Puts the regions that this density settles (`last`: all that are left) in regions[] and
 * counts those that remain; values[n] is scratch.  A region that is not there has n = 0.
 * The binned level, which is cheap, is tried first. */
static size_t settle_regions(const density *d, bool last, size_t n, const double x[], double ess,
                             size_t n_mass, const double mass[], double values[],
                             mutau_region regions[])
{
    size_t n_left = 0;
    bool filled = false;
    for (size_t i = 0; i < n_mass; i++) {
        if (regions[i].n > 0)
            continue;
        n_left++;
        if (!last && !is_settled(d, binned_level(d, mass[i]), ess))
            continue;
        for (size_t j = 0; j < n && !filled; j++)
            values[j] = density_at(d, x[j]);
        filled = true;
        const double level = mutau_credible_level(n, values, mass[i]);
        if (!last && !is_settled(d, level, ess))
            continue;
        intervals_at(d, level, &regions[i]);
        n_left--;
    }
    return n_left;
}

/* The story at the top; the draws are not all equal. */
static mutau_status find_regions(size_t n, const double x[], double min, double max, double lo,
                                 double hi, double ess, size_t n_mass, const double mass[],
                                 mutau_region regions[])
{
    const double range = max - min;
    const credible_window pilot = mutau_credible_window(min, max, 0.1 * range, lo, hi);
    density d = {0};
    double bandwidth = 0.0;
    size_t n_left = n_mass;
    mutau_status status = MUTAU_ENOMEM;
    double *values = mutau_calloc(n, sizeof values[0]);
    if (values != NULL)
        status = mutau_credible_bandwidth(n, x, &pilot, ess, &bandwidth);
    for (; status == MUTAU_OK && n_left > 0; bandwidth *= WIDEN) {
        const double margin = (KERNEL_WIDTHS + 1) * WIDEST * bandwidth;
        const credible_window w = mutau_credible_window(min, max, margin, lo, hi);
        status = density_estimate(n, x, &w, bandwidth, &d);
        if (status == MUTAU_OK)
            n_left =
                settle_regions(&d, bandwidth > range, n, x, ess, n_mass, mass, values, regions);
    }
    density_release(&d);
    free(values);
    return status;
}

static mutau_status check_arguments(double min, double max, double lo, double hi, size_t n_mass,
                                    const double mass[], mutau_error *err)
{
    if (!isfinite(min) || !isfinite(max))
        return mutau_error_set(err, MUTAU_EDOM, "HPD region: a draw is infinite");
    if (!(lo < hi))
        return mutau_error_set(err, MUTAU_EDOM, "HPD region: edges %g, %g are not in order", lo,
                               hi);
    const double slack = 1e-9 * fmax(fabs(min), fabs(max));
    if (min < lo - slack || max > hi + slack)
        return mutau_error_set(err, MUTAU_EDOM,
                               "HPD region: draws between %g and %g reach over the edges %g, %g",
                               min, max, lo, hi);
    for (size_t i = 0; i < n_mass; i++)
        if (!(mass[i] > 0.0 && mass[i] < 1.0))
            return mutau_error_set(err, MUTAU_EDOM, "HPD region: mass %g is not between 0 and 1",
                                   mass[i]);
    return MUTAU_OK;
}

mutau_status mutau_hpd_regions(size_t n, const double x[], double lo, double hi, double ess,
                               size_t n_mass, const double mass[], mutau_region regions[],
                               mutau_error *err)
{
    double min = 0.0, max = 0.0;
    MUTAU_TRY(err, mutau_credible_range(n, x, &min, &max, err), "HPD region");
    MUTAU_CHECK(check_arguments(min, max, lo, hi, n_mass, mass, err));
    const bool constant = !(max > min);
    for (size_t i = 0; i < n_mass; i++)
        regions[i] = (mutau_region){.n = constant ? 1 : 0, .lo = {min}, .hi = {min}};
    if (constant)
        return MUTAU_OK;
    const double effective = ess > MIN_ESS ? fmin(ess, (double)n) : MIN_ESS;
    const mutau_status status = find_regions(n, x, min, max, fmin(lo, min), fmax(hi, max),
                                             effective, n_mass, mass, regions);
    if (status != MUTAU_OK)
        return mutau_error_set(err, status, "HPD region of %zu draws: %s", n,
                               mutau_status_text(status));
    return MUTAU_OK;
}
