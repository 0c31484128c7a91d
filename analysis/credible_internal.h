/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What regions in one and in two dimensions share. */
#ifndef MUTAU_CREDIBLE_INTERNAL_H
#define MUTAU_CREDIBLE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "mutau/status.h"

/** Where a density lives: the draws and a margin, cut at the prior's edges. */
typedef struct credible_window {
    double lo, hi;
    bool edge_lo, edge_hi; /**< an end is an edge of the prior: mirror there */
} credible_window;

/** The window `margin` around min ... max; lo and hi are the prior's edges. */
credible_window mutau_credible_window(double min, double max, double margin, double lo, double hi);

/** The range of x[n].  MUTAU_EDOM for n = 0, MUTAU_ENAN. */
mutau_status mutau_credible_range(size_t n, const double x[], double *min, double *max,
                                  mutau_error *err);

/** The best bandwidth for a mirrored kernel density of x[n] in the window; draws beyond
 * it count as at its ends.  MUTAU_ENOMEM. */
mutau_status mutau_credible_bandwidth(size_t n, const double x[], const credible_window *w,
                                      double ess, double *bandwidth);

/** The highest level that leaves at least `mass` of the draws inside, a rounding error
 * lower so that the last of them is; values[n] holds the density at the draws and is
 * permuted. */
double mutau_credible_level(size_t n, double values[], double mass);

#endif
