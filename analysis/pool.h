/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file pool.h
 * The draws of one or several chain files of one run as one array, burn-in
 * removed: what R-hat, credible intervals and plots are computed from.
 *
 * A pool refers to its chains, which must stay open, and is plain data: no release.
 * One thread at a time, as for a chain.
 */
#ifndef MUTAU_POOL_H
#define MUTAU_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "store/chain.h"
#include "base/status.h"

#define MUTAU_POOL_MAX_CHAINS 64

typedef struct mutau_pool {
    size_t n_chain;
    mutau_chain *chains[MUTAU_POOL_MAX_CHAINS]; /**< not owned */
    size_t first[MUTAU_POOL_MAX_CHAINS];        /**< first row used of each */
    size_t n_row;                               /**< rows used of each */
    size_t stride;                              /**< every stride-th row is used */
    size_t n_ensemble;                          /**< of all files together */
    size_t n_walker;                            /**< per ensemble */
    size_t n_column;                            /**< n_ensemble * n_walker */
    uint64_t thin;                              /**< steps per used row */
} mutau_pool;

typedef enum mutau_pool_quantity {
    MUTAU_POOL_COORDINATE, /**< a stored parameter */
    MUTAU_POOL_BLOB,       /**< a stored derived quantity */
    MUTAU_POOL_LOG_PROB    /**< log_prob; the index is not used */
} mutau_pool_quantity;

/** Pools chains[n_chain] (1 ... MUTAU_POOL_MAX_CHAINS) without the first burn_in[i]
 * rows of each; of files of unequal length the last rows are used, as many as the
 * shortest has.  MUTAU_EDOM, with the number of the file, if a burn-in exceeds the
 * rows or a file differs from the first in its coordinates, blobs, ensembles,
 * walkers, thinning or data. */
mutau_status mutau_pool_init(mutau_pool *pool, size_t n_chain, mutau_chain *const chains[],
                             const size_t burn_in[], mutau_error *err) MUTAU_MUST_CHECK;

/** Uses only every n-th row from here on, so that at most max_row >= 1 are left; the
 * last one is among them. */
void mutau_pool_thin(mutau_pool *pool, size_t max_row);

/** Reads one quantity into x[n_row][n_column], the order that diagnostics.h takes:
 * walkers of the first ensemble of the first file first.  MUTAU_ENOMEM, and what
 * reading the chain returns. */
mutau_status mutau_pool_read(const mutau_pool *pool, mutau_pool_quantity quantity, size_t index,
                             double x[], mutau_error *err) MUTAU_MUST_CHECK;

/** The largest integrated autocorrelation time of the ensembles in x[n_row][n_column],
 * in steps (rows x thin); NaN if one of them has none. */
mutau_status mutau_pool_autocorr_time(const mutau_pool *pool, const double x[], double *tau,
                                      mutau_error *err) MUTAU_MUST_CHECK;

#endif
