/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file rank_order_internal.h
 * The order of many numbers: sorted once, asked for order statistics and ranks.
 * Private to the analysis.
 *
 * A radix sort, linear in n: under 0.1 us per number for 13 million of them.  Needs
 * 24 bytes per number, kept until freed.
 */
#ifndef MUTAU_RANK_ORDER_INTERNAL_H
#define MUTAU_RANK_ORDER_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct mutau_order {
    size_t n;
    uint64_t *key;   /**< [n] ascending; as unsigned integers they sort like the numbers */
    uint32_t *index; /**< [n] where in the input each one stands */
    uint64_t *spare_key;
    uint32_t *spare_index;
} mutau_order;

/** Sorts x[n], all finite, 1 <= n < 2^32; -0.0 counts as 0.0.  `order` is all
 * zero before; mutau_order_clear is due even after a failure.  MUTAU_EDOM,
 * MUTAU_ENOMEM. */
mutau_status mutau_order_init(mutau_order *order, size_t n, const double x[],
                              mutau_error *err) MUTAU_MUST_CHECK;
void mutau_order_clear(mutau_order *order);

/** The number at place i = 0 ... n-1. */
double mutau_order_value(const mutau_order *order, size_t i);

/** The median: for even n the mean of the two in the middle. */
double mutau_order_median(const mutau_order *order);

/** Quantiles of `probability` in [0, 1] are linear between the order statistics (type 7 of Hyndman
 * & Fan, Am. Stat. 50, 361 (1996); R's default): that of n numbers is the share *part of the way
 * from the one at the place 0 ... n-1 that is returned to the next, which there is if *part > 0. */
size_t mutau_quantile_place(size_t n, double probability, double *part);
/** What lies there between the two numbers. */
double mutau_quantile_between(double low, double high, double part);
double mutau_order_quantile(const mutau_order *order, double probability);

/** Turns the order of the numbers into that of their distances |x - centre| (which
 * are then the values at each place), by one merge. */
void mutau_order_fold(mutau_order *order, double centre);

/** rank[index] = 1 ... m of each number, the average rank for equal ones, leaving
 * aside the n_skipped numbers from index first_skipped on, whose rank is left as
 * it is (m = n - n_skipped). */
void mutau_order_ranks(const mutau_order *order, size_t first_skipped, size_t n_skipped,
                       double rank[]);

#endif
