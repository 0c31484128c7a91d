/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file modes.h
 * What R-hat and tau do not show: how the walkers of several ensembles share the modes of
 * a coordinate, and which walkers do not move.
 *
 * All functions allocate scratch memory and may be called by several threads.
 */
#ifndef MUTAU_MODES_H
#define MUTAU_MODES_H

#include <stddef.h>

#include "base/status.h"

#define MUTAU_MODES_MAX 8

/** The modes of one coordinate: the intervals of the highest-density region of 0.68,
 * 0.90 or 0.95 of the draws that has the most, and the share of the draws nearest to
 * each (cut halfway between the intervals). */
typedef struct mutau_modes {
    size_t n; /**< 1: no more to say */
    double lo[MUTAU_MODES_MAX], hi[MUTAU_MODES_MAX];
    double weight[MUTAU_MODES_MAX]; /**< mean over the ensembles */
    /** Standard error of the weight: the larger of that from its scatter over ensembles and the
     * Monte Carlo error with every walker as a chain (diagnostics.h).  With fewer than 4 rows
     * or one mode the former alone: NaN for one ensemble. */
    double error[MUTAU_MODES_MAX];
    double *occupancy; /**< [n_ensemble of the pool][n], freed by the caller */
} mutau_modes;

/** How the walkers move, after burn-in. */
typedef struct mutau_walker_moves {
    double min, median, max; /**< share of the stored rows that differ from the row before */
    size_t n_stuck;          /**< walkers that move less than a tenth as often as the median */
    size_t stuck_ensemble, stuck_walker; /**< the stillest of them */
} mutau_walker_moves;

/** Counts the moves of every walker in x[n_row][n_walker * n_ensemble], any one coordinate,
 * rows as stored: a walker has moved if its number differs from that of the row before.
 * (The log-posterior would not do: where it is flat it stays while walkers move.) */
mutau_status mutau_walker_moves_count(size_t n_row, size_t n_ensemble, size_t n_walker,
                                      const double x[], mutau_walker_moves *out,
                                      mutau_error *err) MUTAU_MUST_CHECK;

/** The modes of x[n_row][n_ensemble * n_walker], a coordinate with the prior edges
 * lo < hi (infinite: none); ess as for mutau_hpd_regions.  Where there are more than 20 draws for
 * each effective one, evenly spaced rows with 10 of them or more are looked at: what the others
 * know is in these.  out->occupancy is freed by the caller with free(). */
mutau_status mutau_modes_find(size_t n_row, size_t n_ensemble, size_t n_walker, const double x[],
                              double lo, double hi, double ess, mutau_modes *out,
                              mutau_error *err) MUTAU_MUST_CHECK;

#endif
