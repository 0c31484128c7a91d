/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file row_bins.h
 * The bins of a solver as its rows see them (solver.h): what is needed of a solution are counts
 * above an energy, one for each pair of an edge and a way in which the states count, and bins are
 * differences of two.
 */
#ifndef MUTAU_ROW_BINS_H
#define MUTAU_ROW_BINS_H

#include <stddef.h>

#include "physics/solver.h"
#include "base/status.h"

/** A weight of the states at an edge. */
typedef struct mutau_row_point {
    size_t kind;
    double energy_gev, ln_energy;
} mutau_row_point;

typedef struct mutau_row_bin {
    size_t lo, hi; /**< into the points */
    double weight; /**< of all states together, each by what is emitted of it */
} mutau_row_bin;

/** {0} is empty. */
typedef struct mutau_row_bins {
    size_t n_kind, n_point;
    double (*kind)[3]; /**< [n_kind] distinct weights */
    mutau_row_point *point;
    mutau_row_bin *bin; /**< [n_bin] */
} mutau_row_bins;

/** Fills `out`, {0} before, for n_bin > 0 bins and the excess of the states (solver.h).
 * MUTAU_ENOMEM; what there is must be released. */
mutau_status mutau_row_bins_init(size_t n_bin, const mutau_solver_bin bins[],
                                 const double excess[3], mutau_row_bins *out) MUTAU_MUST_CHECK;
/** Leaves {0}. */
void mutau_row_bins_release(mutau_row_bins *bins);

#endif
