/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file credible.h
 * One-dimensional summaries of posterior draws: quantiles and highest-density
 * regions, which may consist of several intervals.  All functions may be called from
 * any number of threads; they allocate scratch memory of the size of the draws, and use
 * OpenMP's default number of threads, on which results do not depend.
 */
#ifndef MUTAU_CREDIBLE_H
#define MUTAU_CREDIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define MUTAU_MAX_INTERVALS 16

/** A highest-density region: n disjoint intervals in rising order. */
typedef struct mutau_region {
    size_t n;
    double lo[MUTAU_MAX_INTERVALS], hi[MUTAU_MAX_INTERVALS];
    bool at_lo, at_hi;       /**< the region reaches the prior's lower, upper edge */
    double edge_lo, edge_hi; /**< density at that edge over its maximum; 0 without an edge */
} mutau_region;

/** What a region says about its quantity. */
typedef enum mutau_limit {
    MUTAU_LIMIT_NONE,  /**< the quantity lies in one or several intervals */
    MUTAU_LIMIT_UPPER, /**< it is below hi[0] */
    MUTAU_LIMIT_LOWER, /**< it is above lo[0] */
    MUTAU_LIMIT_WHOLE  /**< all of the prior's range is allowed */
} mutau_limit;

/** A region is a limit if it is one interval that ends at an edge of the prior, which
 * is where the density at the edge is not below the region's own level.  The limit is
 * then the quantile of the region's mass; it depends on where the prior's edge is. */
mutau_limit mutau_region_limit(const mutau_region *region);

/** Quantiles of x[n] (in any order; not changed) at probability[n_probability], by
 * linear interpolation between order statistics (type 7 of Hyndman & Fan, numpy's
 * and R's default). MUTAU_ENAN if a draw is NaN, MUTAU_EDOM for n = 0 or a
 * probability outside 0 ... 1, MUTAU_ENOMEM. */
mutau_status mutau_quantiles(size_t n, const double x[], size_t n_probability,
                             const double probability[], double quantile[],
                             mutau_error *err) MUTAU_MUST_CHECK;

/** Highest-density regions of n independent draws, or of ess effective ones in no order:
 * mutau_hpd_regions_walkers with a walker for each. */
mutau_status mutau_hpd_regions(size_t n, const double x[], double lo, double hi, double ess,
                               size_t n_mass, const double mass[], mutau_region regions[],
                               mutau_error *err) MUTAU_MUST_CHECK;

/** Highest-density regions of the draws x[n_row][n_walker], rows in the order of time, that hold
 * mass[n_mass] (0 < mass < 1) of the
 * draws: exactly that share of them, up to draws that are equal.  The density is a
 * kernel estimate with reflection at the edges [lo, hi] of the prior (infinite:
 * none), so that no probability leaks over an edge, and with a bandwidth set by
 * `ess`, the effective number of draws (NaN or below 10 counts as 10, above n as
 * n).  A region falls into intervals only where islands and gaps stand out from their
 * sampling error: islands have 3 standard deviations more draws, gaps 3 less, than the
 * region's level would put there, and one differs from the other by 4, where no place
 * has more effective draws than walkers have come to it.  Structure
 * finer than 1/10000 of the draws' range is not resolved.  Regions of different mass
 * are found independently; where the posterior is flat they need not lie inside one
 * another.  Draws that are all equal give the interval [x, x].
 * MUTAU_ENAN if a draw is NaN; MUTAU_EDOM for n = 0, an infinite draw, a mass out of
 * range, lo >= hi, or draws over an edge by more than rounding; MUTAU_ENOMEM. */
mutau_status mutau_hpd_regions_walkers(size_t n_row, size_t n_walker, const double x[], double lo,
                                       double hi, double ess, size_t n_mass, const double mass[],
                                       mutau_region regions[], mutau_error *err) MUTAU_MUST_CHECK;

#endif
