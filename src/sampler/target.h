/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file target.h
 * The density to sample: all that the sampler knows of the physics.
 */
#ifndef MUTAU_TARGET_H
#define MUTAU_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"
#include "base/status.h"

typedef struct mutau_target {
    size_t dim;    /**< number of sampled coordinates, >= 1 */
    size_t n_blob; /**< doubles stored beside each sample; 0 for none */

    /** ln prior and ln likelihood at theta[dim] (stored coordinates), and the
     * blob[n_blob] (blob may be NULL).  Outside the prior's support: MUTAU_OK,
     * *ln_prior = -INFINITY, *ln_like = -INFINITY, blobs NaN, likelihood not
     * evaluated.  A NaN is MUTAU_ENAN, another failure MUTAU_ENUMERIC: the
     * sampler counts and rejects.  A pure function of theta; allocates nothing;
     * called by many threads at once, each with a workspace of its own. */
    mutau_status (*eval)(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[]);

    /** NULL, or as eval for a first pass over many points, which may leave one alone that costs
     * many times as much as others: it says so by *later, and all else of the point is void then.
     * The rest is as eval has it. */
    mutau_status (*eval_cheap)(const void *self, void *ws, const double theta[], double *ln_prior,
                               double *ln_like, double blob[], bool *later);

    /** An independent draw from the prior into theta[dim]; NULL if it has none
     * (then the caller must give starting points). */
    void (*draw)(const void *self, mutau_rng *rng, double theta[]);

    /** A workspace for one thread, and its release; both NULL if none is needed. */
    mutau_status (*ws_alloc)(const void *self, void **ws);
    void (*ws_free)(void *ws);

    const void *self;         /**< not owned */
    const char *const *names; /**< dim names of the coordinates, not owned */
} mutau_target;

#endif
