/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Highest-density regions of two quantities; documented in analysis/joint_region.h.
 *
 * As in one dimension (credible.c), a region {f >= level} needs a density and a level, and
 * the level is an order statistic of f over the draws, so that the share of draws inside is
 * the mass, whatever f is.  The steps:
 *   1. coordinates without correlation, and bandwidths in them (joint_draws.c);
 *   2. f on a grid (joint_density.c), and the level of each mass from f at the draws;
 *   3. the same of f without islands and holes that do not stand out from their sampling
 *      error (joint_noise.c); if that moves more than a few draws in or out, as where the
 *      posterior is flat, or a seam of noise remains between two islands, wider kernels;
 *   4. the outline (joint_outline.c).
 */
#include "analysis/joint_region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "joint_internal.h"
#include "base/mem.h"

enum { MAX_MASSES = 16, MAX_ROUNDS = 5 };

static const double WIDEN = 1.25; /* step of the bandwidths in step 3 */
static const double FEW = 0.01;   /* of the draws inside */
static const double MIN_ESS = 10.0;
/* Of the probability outside the largest region, at each end of each axis: draws that far
 * out need no density. */
static const double TRIM = 0.025, MAX_TRIM = 1e-3;

static mutau_status check_axis(size_t n, const mutau_joint_axis *axis, mutau_error *err)
{
    double min = 0.0, max = 0.0;
    MUTAU_TRY(err, mutau_credible_range(n, axis->x, &min, &max, err), "joint region");
    if (!isfinite(min) || !isfinite(max))
        return mutau_error_set(err, MUTAU_EDOM, "joint region: a draw is infinite");
    if (!(max > min))
        return mutau_error_set(err, MUTAU_EDOM, "joint region: all draws of a quantity are equal");
    if (!(axis->lo < axis->hi))
        return mutau_error_set(err, MUTAU_EDOM, "joint region: edges %g, %g are not in order",
                               axis->lo, axis->hi);
    const double slack = 1e-9 * fmax(fabs(min), fabs(max));
    if (min < axis->lo - slack || max > axis->hi + slack)
        return mutau_error_set(err, MUTAU_EDOM,
                               "joint region: draws between %g and %g reach over the edges %g, %g",
                               min, max, axis->lo, axis->hi);
    return MUTAU_OK;
}

static mutau_status check_masses(size_t n_mass, const double mass[], double *largest,
                                 mutau_error *err)
{
    *largest = 0.0;
    if (n_mass > MAX_MASSES)
        return mutau_error_set(err, MUTAU_EDOM, "joint region: more than %d masses", MAX_MASSES);
    for (size_t i = 0; i < n_mass; i++) {
        if (!(mass[i] > 0.0 && mass[i] < 1.0))
            return mutau_error_set(err, MUTAU_EDOM, "joint region: mass %g is not between 0 and 1",
                                   mass[i]);
        *largest = fmax(*largest, mass[i]);
    }
    return MUTAU_OK;
}

/* The level of a density, whose values at the draws go to values[]; `scratch` has room for all
 * of them. */
static double find_level(const joint_draws *draws, const joint_density *d, double mass,
                         double values[], double scratch[])
{
    mutau_joint_density_at_draws(draws, d, values);
    memcpy(scratch, values, draws->n * sizeof values[0]);
    return mutau_credible_level(draws->n, scratch, mass);
}

/* The share of the draws that are inside of one of two levels of two densities alone. */
static double share_moved(size_t n, const double before[], double level_before,
                          const double after[], double level_after)
{
    size_t n_moved = 0;
    for (size_t i = 0; i < n; i++)
        n_moved += (before[i] >= level_before) != (after[i] >= level_after);
    return (double)n_moved / (double)n;
}

/* Takes noise out of the density of one region until none is left; its level, and whether it
 * is a region to show. */
static mutau_status clean(const joint_draws *draws, joint_density *d, double mass, double work[],
                          double *level, bool *settled)
{
    const size_t n = draws->n;
    double *before = work, *values = work + n, *scratch = work + 2 * n;
    const double level_before = find_level(draws, d, mass, before, scratch);
    size_t n_removed = 0;
    bool seam = false, moved = true; /* another level has other islands */
    *level = level_before;
    for (int round = 0; round < MAX_ROUNDS && moved; round++) {
        const double old = *level;
        MUTAU_CHECK(mutau_joint_level_noise(draws, d, old, &n_removed, &seam));
        *level = find_level(draws, d, mass, values, scratch);
        moved = n_removed > 0 || fabs(*level - old) > 1e-9 * old;
    }
    *settled = !seam && share_moved(n, before, level_before, values, *level) <= FEW * mass;
    return MUTAU_OK;
}

/* Outlines the regions that this density settles (`last`: all that are left) and counts
 * those that remain; a region that is not there has no `first`.  `work` has room for three
 * times the draws. */
static mutau_status settle(const joint_draws *draws, joint_density *d, bool last, size_t n_mass,
                           const double mass[], double work[], mutau_joint_region regions[],
                           size_t *n_left)
{
    const size_t n_node = joint_nodes(&d->u) * joint_nodes(&d->v);
    double *f = mutau_calloc(n_node, sizeof f[0]);
    if (f == NULL)
        return MUTAU_ENOMEM;
    memcpy(f, d->f, n_node * sizeof f[0]);
    *n_left = 0;
    mutau_status status = MUTAU_OK;
    for (size_t i = 0; i < n_mass && status == MUTAU_OK; i++) {
        double level = 0.0;
        bool settled = false;
        if (regions[i].first != NULL)
            continue;
        memcpy(d->f, f, n_node * sizeof f[0]);
        status = clean(draws, d, mass[i], work, &level, &settled);
        if (status == MUTAU_OK && (settled || last))
            status = mutau_joint_outline(draws, d, level, &regions[i]);
        else
            (*n_left)++;
    }
    free(f);
    return status;
}

static bool is_widest(const joint_draws *draws, double widen)
{
    return widen * draws->width_u > draws->window_u.hi - draws->window_u.lo &&
           widen * draws->width_v > draws->window_v.hi - draws->window_v.lo;
}

static mutau_status find_regions(const joint_draws *draws, size_t n_mass, const double mass[],
                                 mutau_joint_region regions[])
{
    joint_density d = {0};
    size_t n_left = n_mass;
    double *work = mutau_calloc(draws->n, 3 * sizeof work[0]);
    mutau_status status = work != NULL ? MUTAU_OK : MUTAU_ENOMEM;
    for (double widen = 1.0; status == MUTAU_OK && n_left > 0; widen *= WIDEN) {
        status = mutau_joint_density_estimate(draws, widen, &d);
        if (status == MUTAU_OK)
            status =
                settle(draws, &d, is_widest(draws, widen), n_mass, mass, work, regions, &n_left);
    }
    mutau_joint_density_release(&d);
    free(work);
    return status;
}

mutau_status mutau_joint_regions(size_t n, const mutau_joint_axis *x, const mutau_joint_axis *y,
                                 double ess, size_t n_mass, const double mass[],
                                 mutau_joint_region regions[], mutau_error *err)
{
    joint_draws draws = {0};
    double largest = 0.0;
    memset(regions, 0, n_mass * sizeof regions[0]);
    MUTAU_CHECK(check_axis(n, x, err));
    MUTAU_CHECK(check_axis(n, y, err));
    MUTAU_CHECK(check_masses(n_mass, mass, &largest, err));
    const double effective = ess > MIN_ESS ? fmin(ess, (double)n) : MIN_ESS;
    const double trim = fmin(TRIM * (1.0 - largest), MAX_TRIM);
    mutau_status status = mutau_joint_draws_init(&draws, n, x, y, effective, trim, err);
    if (status == MUTAU_OK) {
        status = find_regions(&draws, n_mass, mass, regions);
        if (status != MUTAU_OK)
            (void)mutau_error_set(err, status, "joint region of %zu draws", n);
    }
    for (size_t i = 0; i < n_mass && status != MUTAU_OK; i++)
        mutau_joint_region_release(&regions[i]);
    mutau_joint_draws_release(&draws);
    return status;
}

void mutau_joint_region_release(mutau_joint_region *region)
{
    free(region->first);
    free(region->x);
    free(region->y);
    *region = (mutau_joint_region){0};
}

/* A ray to the right crosses the outline an odd number of times. */
static void find_extent(size_t n, const double x[], double extent[2])
{
    extent[0] = (double)INFINITY;
    extent[1] = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        extent[0] = fmin(extent[0], x[i]);
        extent[1] = fmax(extent[1], x[i]);
    }
}

void mutau_joint_region_extent(const mutau_joint_region *region, double x[2], double y[2])
{
    find_extent(region->first[region->n_ring], region->x, x);
    find_extent(region->first[region->n_ring], region->y, y);
}

bool mutau_joint_region_holds(const mutau_joint_region *region, double x, double y)
{
    bool inside = false;
    for (size_t r = 0; r < region->n_ring; r++)
        for (size_t i = region->first[r]; i + 1 < region->first[r + 1]; i++) {
            const double y0 = region->y[i], y1 = region->y[i + 1];
            if ((y0 > y) == (y1 > y))
                continue;
            const double at =
                region->x[i] + (y - y0) / (y1 - y0) * (region->x[i + 1] - region->x[i]);
            inside = at > x ? !inside : inside;
        }
    return inside;
}
