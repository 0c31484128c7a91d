/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file rank_order_internal.h
 * The order of the draws of many chains: sorted once, asked for order statistics and ranks.
 * Private to the analysis.
 *
 * A chain that rejects proposals repeats itself: what is sorted are runs of equal draws of one
 * chain.  A radix sort, linear in their number: under 0.1 us for each of 13 million.  Needs 4 bytes
 * a draw and 32 a run, kept until freed.
 */
#ifndef MUTAU_RANK_ORDER_INTERNAL_H
#define MUTAU_RANK_ORDER_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct mutau_order {
    size_t n_row, n_column; /**< of the draws */
    size_t n;               /**< runs */
    size_t middle;          /**< those before row n_row/2.  Runs end before this row and before row
                                 n_row - n_row/2: the middle row of an odd number has its own */
    uint32_t *run;          /**< [n_row][n_column] which run each draw belongs to, row by row in the
                                 order of their first draws */
    uint32_t *length;       /**< [n] draws of each run */
    uint64_t *key;          /**< [n] ascending; as unsigned integers they sort like the draws */
    uint32_t *index;        /**< [n] which run each one is of */
    uint32_t *before;       /**< [n + 1] draws at earlier places */
    uint64_t *spare_key;
    uint32_t *spare_index;
} mutau_order;

/** Sorts x[n_row][n_column], all finite, fewer than 2^32; -0.0 counts as 0.0.  `order` is all
 * zero before; mutau_order_clear is due even after a failure.  MUTAU_EDOM,
 * MUTAU_ENOMEM. */
mutau_status mutau_order_init(mutau_order *order, size_t n_row, size_t n_column, const double x[],
                              mutau_error *err) MUTAU_MUST_CHECK;
void mutau_order_clear(mutau_order *order);

/** The draw at place i = 0 ... n_row n_column - 1. */
double mutau_order_value(const mutau_order *order, size_t i);

/** The median: for an even number the mean of the two in the middle. */
double mutau_order_median(const mutau_order *order);

/** Quantiles of `probability` in [0, 1] are linear between the order statistics (type 7 of Hyndman
 * & Fan, Am. Stat. 50, 361 (1996); R's default): that of n numbers is the share *part of the way
 * from the one at the place 0 ... n-1 that is returned to the next, which there is if *part > 0. */
size_t mutau_quantile_place(size_t n, double probability, double *part);
/** What lies there between the two numbers. */
double mutau_quantile_between(double low, double high, double part);
double mutau_order_quantile(const mutau_order *order, double probability);

/** Turns the order of the draws into that of their distances |x - centre| (which
 * are then the values at each place), by one merge. */
void mutau_order_fold(mutau_order *order, double centre);

/** rank[run] = 1 ... m of the draws of each run, the average rank for equal ones, leaving
 * aside the n_skipped runs from number first_skipped on, whose rank is left as it is (m draws are
 * not of these). */
void mutau_order_ranks(const mutau_order *order, size_t first_skipped, size_t n_skipped,
                       double rank[]);

/** y[n_row][n_column]: of each draw what of[run] is of its run. */
void mutau_order_spread(const mutau_order *order, const double of[], double y[]);

#endif
