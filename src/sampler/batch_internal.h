/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file batch_internal.h
 * A batch of points that are evaluated together.  Private to the sampler.
 *
 * The owner fills `x` (and, for itself, `slot`, `ln_q_ratio`, `uniform`) for the
 * first `n` points, or has a maker for them, calls mutau_batch_eval, and reads the
 * results.  Nothing that is found depends on who evaluates a point.
 */
#ifndef MUTAU_BATCH_INTERNAL_H
#define MUTAU_BATCH_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "sampler/evaluator.h"
#include "base/status.h"
#include "sampler/target.h"

typedef struct mutau_batch {
    mutau_thread_team *team;          /**< NULL with an evaluator */
    const mutau_evaluator *evaluator; /**< not owned; NULL: the team */

    size_t capacity;
    size_t n;           /**< points in use */
    size_t *slot;       /**< [capacity] the walker (over all ensembles) a point is meant for */
    double *x;          /**< [capacity][dim] */
    double *ln_q_ratio; /**< [capacity] */
    double *uniform;    /**< [capacity] drawn for the accept step */

    double *ln_prior;     /**< [capacity] */
    double *ln_like;      /**< [capacity] */
    double *blob;         /**< [capacity][n_blob] */
    mutau_status *status; /**< [capacity] not MUTAU_OK: failed, the values are void */
} mutau_batch;

/** Sets `batch` (all zero before) up; on failure it may be half-built, and
 * mutau_batch_clear is due all the same.  Points go to `evaluator` or, if it is NULL, to
 * n_thread threads of this process.  MUTAU_ENOMEM, or what ws_alloc says. */
mutau_status mutau_batch_init(mutau_batch *batch, const mutau_target *target, size_t capacity,
                              int n_thread, const mutau_evaluator *evaluator,
                              mutau_error *err) MUTAU_MUST_CHECK;
void mutau_batch_clear(mutau_batch *batch);

/** Evaluates the first n points, which `maker` makes (NULL: they are there), as
 * mutau_thread_team_eval says; an evaluator gets them when all are made and what comes then is
 * done. */
void mutau_batch_eval(mutau_batch *batch, const mutau_maker *maker);

#endif
