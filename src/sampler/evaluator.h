/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file evaluator.h
 * Who evaluates the points of a batch: the threads of this process, or somebody whom the
 * caller names, such as the processes of a cluster.
 */
#ifndef MUTAU_EVALUATOR_H
#define MUTAU_EVALUATOR_H

#include <stddef.h>

#include "base/status.h"
#include "sampler/target.h"

/** Points to evaluate, and the room for what is found there. */
typedef struct mutau_points {
    size_t n;
    const double *x;      /**< [n][dim] stored coordinates */
    double *ln_prior;     /**< [n] */
    double *ln_like;      /**< [n] */
    double *blob;         /**< [n][n_blob]; NULL: not wanted */
    mutau_status *status; /**< [n] not MUTAU_OK: failed, the values are void */
} mutau_points;

/** Evaluates batches in place of the ensemble's own threads. */
typedef struct mutau_evaluator {
    /** Fills the results of all n points (n may be 0) as mutau_thread_team_eval does:
     * the same values, whoever finds them.  Called by one thread at a time. */
    void (*eval)(void *self, const mutau_points *points);
    void *self; /**< not owned */
} mutau_evaluator;

/** Threads that evaluate one target, each with a workspace of its own. */
typedef struct mutau_thread_team mutau_thread_team;

/** A team of n_thread >= 1 for `target` (not owned, must outlive it).  MUTAU_ENOMEM, or
 * what the target's ws_alloc says; *out is NULL then. */
mutau_status mutau_thread_team_alloc(const mutau_target *target, int n_thread,
                                     mutau_thread_team **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_thread_team_free(mutau_thread_team *team);

/** Who makes the points of a batch, in parts of one size. */
typedef struct mutau_maker {
    size_t n_part; /**< divides the number of points; 0: they are there */
    /** Fills in x of the points part n / n_part ... (part + 1) n / n_part - 1. */
    void (*make)(void *self, size_t part);
    /** NULL, or called once after the last part: other work of the same thread, which need
     * not wait until the points are evaluated. */
    void (*then)(void *self);
    void *self; /**< not owned */
} mutau_maker;

/** Makes all parts in order, and what comes then; NULL: there is nothing to make. */
void mutau_make_points(const mutau_maker *maker);

/** Evaluates all points; nothing found depends on the number of threads.  A point whose
 * ln prior or ln likelihood is NaN or +infinity gets the status MUTAU_ENAN even if the
 * target did not say so.  With a maker (NULL: the points are there) the calling thread first makes
 * the parts, from 0 on, and does what comes then, while the others evaluate what is made.
 * Allocates nothing; for one thread at a time (it starts its own). */
void mutau_thread_team_eval(mutau_thread_team *team, const mutau_points *points,
                            const mutau_maker *maker);

#endif
