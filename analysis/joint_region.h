/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file joint_region.h
 * Highest-density regions of two quantities together, as polygons.
 *
 * All functions may be called from any number of threads.  They allocate scratch memory
 * of some times the size of the draws and of a grid of up to 1024 x 1024 cells.
 */
#ifndef MUTAU_JOINT_REGION_H
#define MUTAU_JOINT_REGION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** The draws of one of the two quantities and what is known of it. */
typedef struct mutau_joint_axis {
    const double *x; /**< [n] draws, not owned */
    double lo, hi;   /**< edges of its prior; infinite: none */
    size_t n_walker; /**< x is [n / n_walker][n_walker], rows in the order of time; 0: the draws
                      * have no order.  Of the two axes the first counts. */
} mutau_joint_axis;

/** A region: its outline consists of n_ring closed polygons, the r-th with the vertices
 * first[r] ... first[r + 1] - 1 of x, y, the first of which is repeated as the last.
 * Outlines of islands run counter-clockwise, those of holes clockwise. */
typedef struct mutau_joint_region {
    size_t n_ring, n_island; /**< rings in all, and of them outer ones */
    size_t *first;           /**< [n_ring + 1] */
    double *x, *y;
    double area; /**< in the units of x times those of y */
} mutau_joint_region;

/** Highest-density regions of n pairs of draws that hold mass[n_mass] (0 < mass < 1) of
 * them: that share to the next draw, or, where noise has been levelled off, to the few
 * draws on one level.  The density is a kernel estimate, mirrored at the edges of the
 * priors, whose bandwidth follows from `ess`, the effective number of draws (NaN or below
 * 10 counts as 10, above n as n).  A region falls into islands, or has a hole, only where
 * these stand out from their sampling error, where no place has more effective draws than
 * walkers have come to it.  Structure finer than 1/1000 of the range is
 * not resolved.  At most 16 masses; the regions are found independently.
 * On success regions[n_mass] are the caller's, to be released; on failure they are empty.
 * MUTAU_ENAN if a draw is NaN; MUTAU_EDOM for n = 0, an infinite draw, equal draws, a mass
 * out of range, edges out of order or draws over one by more than rounding; MUTAU_ENOMEM. */
mutau_status mutau_joint_regions(size_t n, const mutau_joint_axis *x, const mutau_joint_axis *y,
                                 double ess, size_t n_mass, const double mass[],
                                 mutau_joint_region regions[], mutau_error *err) MUTAU_MUST_CHECK;

/** Makes the region that of monotone functions of x and y, once the caller has put their
 * values in place of x[] and y[]: area and orientation are found anew. */
void mutau_joint_region_measure(mutau_joint_region *region);

/** Frees what a region holds and empties it. */
void mutau_joint_region_release(mutau_joint_region *region);

/** The least and the greatest x and y of an outline with at least one vertex. */
void mutau_joint_region_extent(const mutau_joint_region *region, double x[2], double y[2]);

/** Whether the point lies inside. */
bool mutau_joint_region_holds(const mutau_joint_region *region, double x, double y);

#endif
