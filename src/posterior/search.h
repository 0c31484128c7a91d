/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file search.h
 * The maxima of a target's density: climbs (climb.h) from many draws of the prior.  The result
 * depends on the generator's state and the number of starts, not on the number of threads.
 */
#ifndef MUTAU_SEARCH_H
#define MUTAU_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/status.h"
#include "base/stop.h"
#include "sampler/target.h"

typedef enum mutau_search_goal {
    MUTAU_SEARCH_LIKELIHOOD, /**< ln likelihood, within the prior's support */
    MUTAU_SEARCH_POSTERIOR   /**< ln prior + ln likelihood */
} mutau_search_goal;

typedef struct mutau_search_settings {
    mutau_search_goal goal;
    size_t n_start;  /**< >= 1 draws of the prior to start from */
    int n_thread;    /**< >= 1 */
    mutau_stop stop; /**< asked between steps, by every thread: ends the search */
} mutau_search_settings;

/** One local maximum. */
typedef struct mutau_optimum {
    const double *x; /**< [dim] stored coordinates */
    double ln_prior, ln_like;
    size_t n_start; /**< how many starts ended here */
} mutau_optimum;

/** What a search found.  Two ends of the simplex are one maximum if the goal falls by
 * less than 0.1 below the lower of them on the straight line between them: a plateau
 * counts once. */
typedef struct mutau_optima {
    size_t dim;
    size_t n;              /**< >= 1 */
    mutau_optimum *optima; /**< [n], the highest first */
    double *x;             /**< [n][dim], what the optima point into */
    double *scale;         /**< [dim] standard deviation of the prior, from draws of it */
    uint64_t evaluations;
} mutau_optima;

/** Searches `target`, whose support is the box lo[dim]...hi[dim] (infinite where there
 * is no edge) or a part of it, with draws from `rng`.  Freed with mutau_optima_free, also
 * after a failure.  MUTAU_EDOM: no coordinate, no `draw`, or settings out of range;
 * MUTAU_ENUMERIC: no finite density in 1000 draws for a start; MUTAU_ESTOPPED: `stop` said
 * so; MUTAU_ENOMEM. */
mutau_status mutau_search(const mutau_target *target, const double lo[], const double hi[],
                          const mutau_search_settings *settings, mutau_rng *rng, mutau_optima *out,
                          mutau_error *err) MUTAU_MUST_CHECK;
/** Frees what the struct holds; {0} allowed. */
void mutau_optima_free(mutau_optima *optima);

#endif
