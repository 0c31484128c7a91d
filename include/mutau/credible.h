/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file credible.h
 * One-dimensional summaries of posterior draws: quantiles and highest-density
 * regions, which may consist of several intervals.
 */
#ifndef MUTAU_CREDIBLE_H
#define MUTAU_CREDIBLE_H

#include <stddef.h>

#include "mutau/status.h"

#define MUTAU_MAX_INTERVALS 16

/** A highest-density region: n disjoint intervals in rising order. */
typedef struct mutau_region {
    size_t n;
    double lo[MUTAU_MAX_INTERVALS], hi[MUTAU_MAX_INTERVALS];
} mutau_region;

/** Quantiles of x[n] (not sorted; a copy is) at probability[n_probability], by
 * linear interpolation between order statistics (type 7 of Hyndman & Fan, numpy's
 * and R's default). MUTAU_ENAN if a draw is NaN, MUTAU_EDOM for n = 0. */
mutau_status mutau_quantiles(size_t n, const double x[], size_t n_probability,
                             const double probability[], double quantile[],
                             mutau_error *err) MUTAU_MUST_CHECK;

/** Highest-density regions of x[n] that hold mass[n_mass] of the probability, from
 * a kernel density estimate with reflection at the edges [lo, hi] of the prior
 * (infinite: none), so that no probability leaks over an edge.  `ess` is the
 * effective number of draws, which sets the bandwidth. */
mutau_status mutau_hpd_regions(size_t n, const double x[], double lo, double hi, double ess,
                               size_t n_mass, const double mass[], mutau_region regions[],
                               mutau_error *err) MUTAU_MUST_CHECK;

#endif
