/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A batch of points; documented in batch_internal.h. */
#include "batch_internal.h"

#include <stdlib.h>

#include "base/mem.h"

mutau_status mutau_batch_init(mutau_batch *batch, const mutau_target *target, size_t capacity,
                              int n_thread, const mutau_evaluator *evaluator, mutau_error *err)
{
    batch->evaluator = evaluator;
    batch->capacity = capacity;
    /* The threads of the team use x and the results; the rest is for the calling thread alone. */
    batch->slot = mutau_calloc(capacity, sizeof *batch->slot);
    batch->x = mutau_calloc_lines(capacity * target->dim, sizeof *batch->x);
    batch->ln_q_ratio = mutau_calloc(capacity, sizeof *batch->ln_q_ratio);
    batch->uniform = mutau_calloc(capacity, sizeof *batch->uniform);
    batch->ln_prior = mutau_calloc_lines(capacity, sizeof *batch->ln_prior);
    batch->ln_like = mutau_calloc_lines(capacity, sizeof *batch->ln_like);
    batch->blob = mutau_calloc_lines(capacity * target->n_blob, sizeof *batch->blob);
    batch->status = mutau_calloc_lines(capacity, sizeof *batch->status);
    if (batch->slot == NULL || batch->x == NULL || batch->ln_q_ratio == NULL ||
        batch->uniform == NULL || batch->ln_prior == NULL || batch->ln_like == NULL ||
        batch->blob == NULL || batch->status == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a batch of %zu points", capacity);
    if (evaluator != NULL)
        return MUTAU_OK;
    return mutau_thread_team_alloc(target, n_thread, &batch->team, err);
}

void mutau_batch_clear(mutau_batch *batch)
{
    mutau_thread_team_free(batch->team);
    free(batch->slot);
    free(batch->x);
    free(batch->ln_q_ratio);
    free(batch->uniform);
    free(batch->ln_prior);
    free(batch->ln_like);
    free(batch->blob);
    free(batch->status);
    *batch = (mutau_batch){0};
}

void mutau_batch_eval(mutau_batch *batch, const mutau_maker *maker)
{
    const mutau_points points = {
        .n = batch->n,
        .x = batch->x,
        .ln_prior = batch->ln_prior,
        .ln_like = batch->ln_like,
        .blob = batch->blob,
        .status = batch->status,
    };
    if (batch->evaluator == NULL) {
        mutau_thread_team_eval(batch->team, &points, maker);
        return;
    }
    mutau_make_points(maker);
    batch->evaluator->eval(batch->evaluator->self, &points);
}
