/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What regions in one and in two dimensions share. */
#ifndef MUTAU_CREDIBLE_INTERNAL_H
#define MUTAU_CREDIBLE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

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

/** The estimate at n + 2 nodes: the window's ends and the n cells' centres between them;
 * linear from node to node. */
typedef struct credible_density {
    credible_window w;
    double cell;
    size_t n;
    const double *x; /**< [n_row][n_walker] the draws, not owned */
    size_t n_row, n_walker;
    double ess;                  /**< effective number of the draws */
    double *share;               /**< [n] of the draws */
    size_t n_used, *used;        /**< [n_used] the cells that have draws */
    double *width;               /**< [n] of the kernels */
    double *f;                   /**< [n + 2] at the nodes; cell i is node i + 1 */
    bool reaches_lo, reaches_hi; /**< has been filled as far as that edge */
} credible_density;

/** The density of x[n_row][n_walker], which are not all equal and range from min to max, within the
 * prior's edges lo and hi.  MUTAU_ENOMEM; release in either case. */
mutau_status mutau_credible_density_estimate(size_t n_row, size_t n_walker, const double x[],
                                             double min, double max, double lo, double hi,
                                             double ess, credible_density *d);
void mutau_credible_density_release(credible_density *d);
/** The density at x in the window. */
double mutau_credible_density_at(const credible_density *d, double x);
/** The draws by the nodes that they are between: those between node i and i + 1 are
 * x[first[i]] ... x[first[i + 1] - 1]. */
typedef struct credible_sorted {
    size_t n, n_interval;
    size_t *first; /**< [n_interval + 2] */
    double *x;     /**< [n] */
    double *value; /**< [n] scratch */
} credible_sorted;

/** MUTAU_ENOMEM; release in either case. */
mutau_status mutau_credible_sort(const credible_density *d, credible_sorted *s);
void mutau_credible_sorted_release(credible_sorted *s);

/** Where a node is. */
double mutau_credible_position(const credible_density *d, size_t node);

/** Nodes [begin, end) of the next run at or above the level, from *end on; false if there is
 * none. */
bool mutau_credible_next_run(const credible_density *d, double level, size_t *begin, size_t *end);
/** The level above which cells hold `mass` of the draws, to a part in 10^9 of the maximum. */
double mutau_credible_binned_level(const credible_density *d, double mass);
/** Removes from the density an island or a gap of the region {f >= level}, which holds `mass`,
 * that does not stand out from its sampling error: of those with the fewest draws.  False, and
 * nothing removed, if all stand out.  before[n + 2] is scratch. */
bool mutau_credible_remove_noise(credible_density *d, double mass, double level, double before[]);

/** Whether n effective draws are more or fewer than n_0 by more than chance: PAIR_SIGMAS. */
bool mutau_credible_stands_out(double n, double n_0);

/** The highest level that leaves at least `mass` of the draws inside, a rounding error
 * lower so that the last of them is; values[n] holds the density at the draws and is
 * permuted. */
double mutau_credible_level(size_t n, double values[], double mass);

#endif
