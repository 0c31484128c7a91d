/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file row_table.h
 * A table that is filled where it is touched: rows of numbers on a lattice in one to three
 * coordinates, interpolated by Lagrange's four-point formula in each of them.
 *
 * A row is a pure function of its place in the lattice, so what is read does not depend on who
 * filled it, when, or whether it was kept: not on threads, their order, or the memory there is.
 * Rows are kept up to a number of bytes; beyond it, and if no memory is left, a thread computes
 * them into a scratch of its own, which serves until the lattice point is another one.
 */
#ifndef MUTAU_ROW_TABLE_H
#define MUTAU_ROW_TABLE_H

#include <stddef.h>

#include "base/status.h"

enum { MUTAU_ROW_MAX_COORDINATES = 3, MUTAU_ROW_MAX_BLEND = 64 };

/** Where rows come from.  Not owned by the table, and must outlive it. */
typedef struct mutau_row_source {
    size_t n_coordinate;                    /**< 1 to 3 */
    double step[MUTAU_ROW_MAX_COORDINATES]; /**< of the lattice, > 0; 0 is on it */
    size_t n_value;                         /**< numbers in a row */
    /** Fills row[n_value] of the lattice point at[n_coordinate].  A pure function of `self` and
     * `at`; `ws` is a workspace of the calling thread.  A failure fails the blend. */
    mutau_status (*fill)(const void *self, void *ws, const double at[], double row[],
                         mutau_error *err);
    const void *self;
} mutau_row_source;

/** A point in between: its value is the sum of weight[i] row[i][...], i < n = 4^n_coordinate.  The
 * weights add up to 1. */
typedef struct mutau_row_blend {
    size_t n;
    const double *row[MUTAU_ROW_MAX_BLEND];
    double weight[MUTAU_ROW_MAX_BLEND];
} mutau_row_blend;

typedef struct mutau_row_table mutau_row_table;     /**< shared: any thread may read and fill it */
typedef struct mutau_row_scratch mutau_row_scratch; /**< one per thread */

/** An empty table that keeps up to max_bytes of rows.  MUTAU_ENOMEM. */
mutau_status mutau_row_table_alloc(const mutau_row_source *source, size_t max_bytes,
                                   mutau_row_table **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed; not while another thread uses it. */
void mutau_row_table_free(mutau_row_table *table);

/** NULL if no memory is left. */
mutau_row_scratch *mutau_row_scratch_alloc(const mutau_row_table *table);
/** NULL allowed. */
void mutau_row_scratch_free(mutau_row_scratch *scratch);

/** The rows around at[n_coordinate], each at most 2^20 steps from 0, and their weights; valid until
 * the next call with this scratch.  `ws` goes to the source's fill, whose errors it has. */
mutau_status mutau_row_table_blend(mutau_row_table *table, mutau_row_scratch *scratch, void *ws,
                                   const double at[], mutau_row_blend *out,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** The number of rows that are kept. */
size_t mutau_row_table_count(const mutau_row_table *table);

/** Lagrange's weights of the lattice points -1, 0, 1, 2 for a place t in 0..1. */
static inline void mutau_row_weights(double t, double weight[4])
{
    weight[0] = -t * (t - 1.0) * (t - 2.0) / 6.0;
    weight[1] = (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0;
    weight[2] = -(t + 1.0) * t * (t - 2.0) / 2.0;
    weight[3] = (t + 1.0) * t * (t - 1.0) / 6.0;
}

#endif
