/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles and highest-density regions of posterior draws; documented in analysis/credible.h.
 *
 * A region {x : f(x) >= level} needs a density f and a level.  The level is an order
 * statistic of f over the draws, so that the share of draws inside is the mass, whatever
 * f is.  The steps:
 *   1. f is a kernel estimate, mirrored at the edges of the prior (credible_density.c);
 *   2. while an island or a gap of the region does not stand out from its sampling error it
 *      is taken out of f (credible_noise.c);
 *   3. the intervals are from f's crossings of the level.
 */
#include "analysis/credible.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "credible_internal.h"
#include "rank_order_internal.h"
#include "base/mem.h"
#include "base/sort.h"

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
    qsort(x + lo, hi - lo, sizeof x[0], mutau_rising);
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

/* As mutau_order_quantile, of numbers without order, which are permuted. */
static double quantile_of(size_t n, double x[], double probability)
{
    double part = 0.0;
    const size_t k = mutau_quantile_place(n, probability, &part);
    select_rank(x, n, k);
    if (!(part > 0.0))
        return x[k];
    double next = x[k + 1];
    for (size_t i = k + 2; i < n; i++)
        next = x[i] < next ? x[i] : next;
    return mutau_quantile_between(x[k], next, part);
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

/* ---------------------------------------------------------------- regions */

/* Draws, of n, below the level that leaves at least `mass` inside. */
static size_t n_outside(size_t n, double mass)
{
    const double want = ceil(mass * (double)n * (1.0 - 1e-12));
    const size_t inside = want < 1.0 ? 1 : want < (double)n ? (size_t)want : n;
    return n - inside;
}

/* A rounding error below the density at the last draw inside. */
static double level_below(double value)
{
    return value * (1.0 - 1e-12);
}

/* The highest level that leaves at least `mass` of the draws inside, a rounding error lower
 * so that the last of them is; values[n] holds the density at the draws and is permuted. */
double mutau_credible_level(size_t n, double values[], double mass)
{
    const size_t k = n_outside(n, mass);
    select_rank(values, n, k);
    return level_below(values[k]);
}

/* The k-th smallest density at the draws, if it is in a ... b: only draws between nodes one of
 * which may be there are looked at. */
static bool find_rank(const credible_density *d, const credible_sorted *s, size_t k, double a,
                      double b, double *value)
{
    static const double slack = 1e-12; /* of rounding between the nodes */
    size_t below = 0, n = 0;
    for (size_t i = 0; i < s->n_interval; i++) {
        const double low = fmin(d->f[i], d->f[i + 1]), high = fmax(d->f[i], d->f[i + 1]);
        if (high * (1.0 + slack) < a) {
            below += s->first[i + 1] - s->first[i];
        } else if (!(low * (1.0 - slack) > b)) {
            for (size_t j = s->first[i]; j < s->first[i + 1]; j++)
                s->value[n++] = mutau_credible_density_at(d, s->x[j]);
        }
    }
    if (k < below || k - below >= n)
        return false;
    select_rank(s->value, n, k - below);
    *value = s->value[k - below];
    return *value >= a && *value <= b;
}

/* As mutau_credible_level of all draws, which is about `guess`. */
static double level_of_draws(const credible_density *d, const credible_sorted *s, double mass,
                             double guess)
{
    const size_t k = n_outside(s->n, mass);
    double value = 0.0;
    for (double around = 0.01; around < 1.0; around *= 4.0)
        if (find_rank(d, s, k, (1.0 - around) * guess, (1.0 + around) * guess, &value))
            return level_below(value);
    (void)find_rank(d, s, k, -(double)INFINITY, (double)INFINITY, &value);
    return level_below(value);
}

/* Where the density crosses the level between nodes i and i + 1. */
static double crossing(const credible_density *d, size_t i, double level)
{
    const double rise = d->f[i + 1] - d->f[i];
    const double share = fabs(rise) > 0.0 ? (level - d->f[i]) / rise : 0.5;
    const double lo = mutau_credible_position(d, i), hi = mutau_credible_position(d, i + 1);
    return lo + share * (hi - lo);
}

/* The intervals at or above the level; a further one than fits is joined to the last. */
static void intervals_at(const credible_density *d, double level, mutau_region *region)
{
    region->n = 0;
    for (size_t begin = 0, end = 0; mutau_credible_next_run(d, level, &begin, &end);) {
        const bool room = region->n < MUTAU_MAX_INTERVALS;
        const size_t i = room ? region->n++ : MUTAU_MAX_INTERVALS - 1;
        if (room)
            region->lo[i] = begin > 0 ? crossing(d, begin - 1, level) : d->w.lo;
        region->hi[i] = end < d->n + 2 ? crossing(d, end - 1, level) : d->w.hi;
    }
    double peak = 0.0;
    for (size_t i = 0; i < d->n + 2; i++)
        peak = fmax(peak, d->f[i]);
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

/* The region of one mass; work[2 (n + 2)] is scratch. */
static void find_region(const credible_density *d, const credible_sorted *draws, double mass,
                        double work[], mutau_region *region)
{
    double *spare = work + d->n + 2, level;
    credible_density clean = *d;
    clean.f = work;
    memcpy(clean.f, d->f, (d->n + 2) * sizeof d->f[0]);
    do {
        level = mutau_credible_binned_level(&clean, mass);
        while (mutau_credible_remove_noise(&clean, mass, level, spare))
            level = mutau_credible_binned_level(&clean, mass);
        level = level_of_draws(&clean, draws, mass, level);
    } while (mutau_credible_remove_noise(&clean, mass, level, spare));
    intervals_at(&clean, level, region);
}

/* The story at the top; the draws are not all equal. */
static mutau_status find_regions(size_t n_row, size_t n_walker, const double x[], double min,
                                 double max, double lo, double hi, double ess, size_t n_mass,
                                 const double mass[], mutau_region regions[])
{
    credible_density d;
    credible_sorted draws = {0};
    double *work = NULL;
    mutau_status status =
        mutau_credible_density_estimate(n_row, n_walker, x, min, max, lo, hi, ess, &d);
    if (status == MUTAU_OK)
        status = mutau_credible_sort(&d, &draws);
    if (status == MUTAU_OK) {
        work = mutau_calloc(d.n + 2, 2 * sizeof work[0]);
        status = work != NULL ? MUTAU_OK : MUTAU_ENOMEM;
    }
    for (size_t i = 0; i < n_mass && status == MUTAU_OK; i++)
        find_region(&d, &draws, mass[i], work, &regions[i]);
    mutau_credible_sorted_release(&draws);
    mutau_credible_density_release(&d);
    free(work);
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
    return mutau_hpd_regions_walkers(1, n, x, lo, hi, ess, n_mass, mass, regions, err);
}

mutau_status mutau_hpd_regions_walkers(size_t n_row, size_t n_walker, const double x[], double lo,
                                       double hi, double ess, size_t n_mass, const double mass[],
                                       mutau_region regions[], mutau_error *err)
{
    const size_t n = n_row * n_walker;
    double min = 0.0, max = 0.0;
    MUTAU_TRY(err, mutau_credible_range(n, x, &min, &max, err), "HPD region");
    MUTAU_CHECK(check_arguments(min, max, lo, hi, n_mass, mass, err));
    const bool constant = !(max > min);
    for (size_t i = 0; i < n_mass; i++)
        regions[i] = (mutau_region){.n = constant ? 1 : 0, .lo = {min}, .hi = {min}};
    if (constant)
        return MUTAU_OK;
    const double effective = ess > MIN_ESS ? fmin(ess, (double)n) : MIN_ESS;
    const mutau_status status = find_regions(n_row, n_walker, x, min, max, fmin(lo, min),
                                             fmax(hi, max), effective, n_mass, mass, regions);
    if (status != MUTAU_OK)
        return mutau_error_set(err, status, "HPD region of %zu draws: %s", n,
                               mutau_status_text(status));
    return MUTAU_OK;
}
