/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file autocovariance_internal.h
 * The autocovariance of many series, summed over them.  Private to the analysis.
 *
 * By Fourier transforms of groups of series; a quarter of the lags at five eighths of the cost of
 * all.  Threads share lanes of groups, whose number
 * is fixed: the sums, to the last bit, do not depend on them.
 */
#ifndef MUTAU_AUTOCOVARIANCE_INTERNAL_H
#define MUTAU_AUTOCOVARIANCE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "fourier_internal.h"

/** Series of one length inside an array: number i starts at
 * x[(i / n_column) * second + i % n_column] and goes on every n_column numbers. */
typedef struct series_set {
    const double *x;
    size_t length, n_series, n_column, second;
} series_set;

const double *mutau_series_start(const series_set *set, size_t i);

typedef struct mutau_autocovariance {
    size_t length, n_series;
    int n_thread;
    size_t most;           /**< places of the longest transform */
    mutau_fourier fourier; /**< of the last one */
    fourier_point *buffer; /**< [n_thread][2][most] */
    double *power;         /**< [lanes][most] */
    double *sum;           /**< [length] */
    double *mean;          /**< [n_series] of the last set */
    double *sum_sq;        /**< [n_series] about the mean; 0 exactly for a constant one */
} mutau_autocovariance;

/** For up to n_series series of that length.  `a` is all zero before; mutau_autocovariance_clear is
 * due even after a failure.  MUTAU_ENOMEM. */
mutau_status mutau_autocovariance_init(mutau_autocovariance *a, size_t length, size_t n_series,
                                       mutau_error *err) MUTAU_MUST_CHECK;
void mutau_autocovariance_clear(mutau_autocovariance *a);

/** sum[lag], over all series and t, of y_t y_{t+lag} with y less its mean, each series divided by
 * its sum of squares if `normalise` (constant ones then have none), at the first *n_lag lags: some
 * of them, or with `all` each of set->length.  Sets a->mean and a->sum_sq.  The sums may be
 * overwritten, and last until the next call. */
double *mutau_autocovariance_sum(mutau_autocovariance *a, const series_set *set, bool normalise,
                                 bool all, size_t *n_lag);

#endif
