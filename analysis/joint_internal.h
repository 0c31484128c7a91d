/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The density of two quantities on a grid, its noise, and its outlines. */
#ifndef MUTAU_JOINT_INTERNAL_H
#define MUTAU_JOINT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "credible_internal.h"
#include "analysis/joint_region.h"
#include "base/status.h"

/** The pairs of draws in the coordinates of the grid, (u, v = b - slope u), in which they
 * are not correlated: (u, b) are the caller's (x, y) or, if `swapped`, (y, x). */
typedef struct joint_draws {
    size_t n, n_walker; /**< draws, rows of n_walker one after the other */
    const double *u;    /**< not owned */
    double *v;          /**< owned */
    double slope;
    bool swapped;
    credible_window window_u, window_v; /**< of nearly all draws */
    double width_u, width_v;            /**< the best bandwidths */
    double ess;
} joint_draws;

/** One axis of the grid: n cells between the window's ends, and n + 4 nodes: the cells'
 * centres, each end, and each end again for the outside. */
typedef struct joint_grid_axis {
    credible_window w;
    size_t n;
    double cell;
} joint_grid_axis;

/** The estimate: linear on each of the two triangles, below and above the diagonal from
 * (i, j) to (i + 1, j + 1), between neighbouring nodes; -1 at the nodes outside. */
typedef struct joint_density {
    joint_grid_axis u, v;
    double ess;    /**< effective number of the draws */
    double *f;     /**< [u.n + 4][v.n + 4] at the nodes */
    double *noise; /**< variance of f at a node over f at the node */
} joint_density;

static inline size_t joint_nodes(const joint_grid_axis *axis)
{
    return axis->n + 4;
}

static inline double joint_position(const joint_grid_axis *axis, size_t node)
{
    return node < 2             ? axis->w.lo
           : node < axis->n + 2 ? axis->w.lo + ((double)node - 1.5) * axis->cell
                                : axis->w.hi;
}

/** Chooses coordinates, windows and bandwidths for draws that have been checked;
 * `trim` is the share of the draws that may be left out at each end of an axis.
 * MUTAU_EDOM if the draws lie on a line, MUTAU_ENOMEM; release in either case. */
mutau_status mutau_joint_draws_init(joint_draws *draws, size_t n, const mutau_joint_axis *x,
                                    const mutau_joint_axis *y, double ess, double trim,
                                    mutau_error *err);
void mutau_joint_draws_release(joint_draws *draws);

/** Fills `d` (released first) with the estimate of `widen` times the best bandwidths. */
mutau_status mutau_joint_density_estimate(const joint_draws *draws, double widen, joint_density *d);
void mutau_joint_density_release(joint_density *d);

/** The density at the draws, 0 outside the grid. */
void mutau_joint_density_at_draws(const joint_draws *draws, const joint_density *d,
                                  double values[]);

/** Cuts off the peaks, and fills the holes, that are no higher or deeper than the noise, and
 * the islands and holes of {f >= level} that do not stand out from that level: counts the
 * latter in *n_removed.  *seam: two islands are apart by no more than noise at the saddle
 * between them, which stays.  MUTAU_ENOMEM. */
mutau_status mutau_joint_level_noise(const joint_draws *draws, joint_density *d, double level,
                                     size_t *n_removed, bool *seam);
/** The node of the cell that a draw is in; 0, which is outside, if it is in none. */
size_t mutau_joint_node_of(const joint_density *d, double u, double v);

/** The outline of f >= level in the caller's coordinates; `region` is empty before, and
 * after a failure.  MUTAU_ENOMEM. */
mutau_status mutau_joint_outline(const joint_draws *draws, const joint_density *d, double level,
                                 mutau_joint_region *region);

#endif
