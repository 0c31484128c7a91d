/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parallel evaluation of points; documented in batch_internal.h. */
#include "batch_internal.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "mutau/mem.h"

static mutau_status alloc_workspaces(mutau_batch *batch, mutau_error *err)
{
    if (batch->target->ws_alloc == NULL)
        return MUTAU_OK;
    for (int i = 0; i < batch->n_thread; i++) {
        const mutau_status status = batch->target->ws_alloc(batch->target->self, &batch->ws[i]);
        if (status != MUTAU_OK)
            return mutau_error_set(err, status, "no workspace for thread %d: %s", i,
                                   mutau_status_text(status));
    }
    return MUTAU_OK;
}

mutau_status mutau_batch_init(mutau_batch *batch, const mutau_target *target, size_t capacity,
                              int n_thread, mutau_error *err)
{
    batch->target = target;
    batch->n_thread = n_thread;
    batch->capacity = capacity;
    batch->ws = mutau_calloc((size_t)n_thread, sizeof *batch->ws);
    batch->slot = mutau_calloc(capacity, sizeof *batch->slot);
    batch->x = mutau_calloc(capacity * target->dim, sizeof *batch->x);
    batch->ln_q_ratio = mutau_calloc(capacity, sizeof *batch->ln_q_ratio);
    batch->uniform = mutau_calloc(capacity, sizeof *batch->uniform);
    batch->ln_prior = mutau_calloc(capacity, sizeof *batch->ln_prior);
    batch->ln_like = mutau_calloc(capacity, sizeof *batch->ln_like);
    batch->blob = mutau_calloc(capacity * target->n_blob, sizeof *batch->blob);
    batch->status = mutau_calloc(capacity, sizeof *batch->status);
    if (batch->ws == NULL || batch->slot == NULL || batch->x == NULL || batch->ln_q_ratio == NULL ||
        batch->uniform == NULL || batch->ln_prior == NULL || batch->ln_like == NULL ||
        batch->blob == NULL || batch->status == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a batch of %zu points", capacity);
    return alloc_workspaces(batch, err);
}

void mutau_batch_clear(mutau_batch *batch)
{
    if (batch->ws != NULL && batch->target->ws_free != NULL)
        for (int i = 0; i < batch->n_thread; i++)
            if (batch->ws[i] != NULL)
                batch->target->ws_free(batch->ws[i]);
    free(batch->ws);
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

/* Neither NaN nor +infinity. */
static inline bool is_log_density(double v)
{
    return v < (double)INFINITY;
}

static inline void eval_point(mutau_batch *batch, void *ws, size_t i)
{
    const mutau_target *target = batch->target;
    double *blob = target->n_blob != 0 ? batch->blob + i * target->n_blob : NULL;
    mutau_status status = target->eval(target->self, ws, batch->x + i * target->dim,
                                       &batch->ln_prior[i], &batch->ln_like[i], blob);
    if (status == MUTAU_OK &&
        !(is_log_density(batch->ln_prior[i]) && is_log_density(batch->ln_like[i])))
        status = MUTAU_ENAN;
    batch->status[i] = status;
}

#ifdef _OPENMP
/* One point at a time: points outside the prior cost nothing and their places in
 * the batch are random, and a claim costs far less than a microsecond. */
static void eval_threaded(mutau_batch *batch)
{
    const int64_t n = (int64_t)batch->n;
#pragma omp parallel for schedule(dynamic, 1) num_threads(batch->n_thread)
    for (int64_t i = 0; i < n; i++)
        eval_point(batch, batch->ws[omp_get_thread_num()], (size_t)i);
}
#endif

void mutau_batch_eval(mutau_batch *batch)
{
#ifdef _OPENMP
    if (batch->n_thread > 1) {
        eval_threaded(batch);
        return;
    }
#endif
    for (size_t i = 0; i < batch->n; i++)
        eval_point(batch, batch->ws[0], i);
}
