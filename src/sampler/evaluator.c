/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parallel evaluation of points; documented in sampler/evaluator.h. */
#include "sampler/evaluator.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#ifdef _OPENMP
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#endif

#include "base/mem.h"

struct mutau_thread_team {
    const mutau_target *target; /* not owned */
    int n_thread;
    void **ws; /* [n_thread] the target's workspaces, NULL without */
};

static mutau_status alloc_workspaces(mutau_thread_team *team, mutau_error *err)
{
    if (team->target->ws_alloc == NULL)
        return MUTAU_OK;
    for (int i = 0; i < team->n_thread; i++) {
        const mutau_status status = team->target->ws_alloc(team->target->self, &team->ws[i]);
        if (status != MUTAU_OK)
            return mutau_error_set(err, status, "no workspace for thread %d: %s", i,
                                   mutau_status_text(status));
    }
    return MUTAU_OK;
}

mutau_status mutau_thread_team_alloc(const mutau_target *target, int n_thread,
                                     mutau_thread_team **out, mutau_error *err)
{
    mutau_status status = MUTAU_ENOMEM;
    mutau_thread_team *team = mutau_calloc(1, sizeof *team);
    *out = NULL;
    if (team != NULL) {
        team->target = target;
        team->n_thread = n_thread;
        team->ws = mutau_calloc((size_t)n_thread, sizeof *team->ws);
    }
    if (team == NULL || team->ws == NULL)
        (void)mutau_error_set(err, status, "no memory for %d threads", n_thread);
    else
        status = alloc_workspaces(team, err);
    if (status != MUTAU_OK) {
        mutau_thread_team_free(team);
        return status;
    }
    *out = team;
    return MUTAU_OK;
}

void mutau_thread_team_free(mutau_thread_team *team)
{
    if (team == NULL)
        return;
    if (team->ws != NULL && team->target->ws_free != NULL)
        for (int i = 0; i < team->n_thread; i++)
            if (team->ws[i] != NULL)
                team->target->ws_free(team->ws[i]);
    free(team->ws);
    free(team);
}

/* Neither NaN nor +infinity. */
static inline bool is_log_density(double v)
{
    return v < (double)INFINITY;
}

/* What marks a point that is left for later.  No target says it of its own accord; if one did, it
 * would be asked again. */
static const mutau_status LATER = MUTAU_EUSAGE;

/* With `later` a costly point may be left alone. */
static inline void eval_point(const mutau_target *target, void *ws, const mutau_points *p, size_t i,
                              bool *later)
{
    const double *x = p->x + i * target->dim;
    double *blob = target->n_blob != 0 && p->blob != NULL ? p->blob + i * target->n_blob : NULL;
    mutau_status status =
        later != NULL
            ? target->eval_cheap(target->self, ws, x, &p->ln_prior[i], &p->ln_like[i], blob, later)
            : target->eval(target->self, ws, x, &p->ln_prior[i], &p->ln_like[i], blob);
    if (later != NULL && *later) {
        p->status[i] = LATER;
        return;
    }
    if (status == MUTAU_OK && !(is_log_density(p->ln_prior[i]) && is_log_density(p->ln_like[i])))
        status = MUTAU_ENAN;
    p->status[i] = status;
}

static void finish_making(const mutau_maker *maker)
{
    if (maker->then != NULL)
        maker->then(maker->self);
}

void mutau_make_points(const mutau_maker *maker)
{
    if (maker == NULL)
        return;
    for (size_t part = 0; part < maker->n_part; part++)
        maker->make(maker->self, part);
    finish_making(maker);
}

#ifdef _OPENMP
/* How many points are made, and how many are claimed; each on a cache line of its own.  Of those
 * that are left for later: how many there are, of how many points it is known, and up to where they
 * have been looked for. */
typedef struct queue {
    _Alignas(64) atomic_size_t n_made;
    _Alignas(64) atomic_size_t n_claimed;
    _Alignas(64) atomic_size_t n_passed;
    atomic_size_t n_later;
    _Alignas(64) atomic_size_t n_searched;
} queue;

static void make_queued(queue *q, size_t n, const mutau_maker *maker)
{
    for (size_t part = 0; part < maker->n_part; part++) {
        maker->make(maker->self, part);
        atomic_store_explicit(&q->n_made, n / maker->n_part * (part + 1), memory_order_release);
    }
    finish_making(maker);
}

/* The points of claim k.  Eight neighbours at first: their results fill whole cache lines, which
 * two threads would take from each other for every point otherwise.  Single points at the end, lest
 * one thread be left with eight while the others wait. */
static void find_claimed(size_t k, size_t n, size_t n_thread, size_t *begin, size_t *end)
{
    enum { BLOCK = 8 };
    const size_t n_block = n / BLOCK > n_thread ? n / BLOCK - n_thread : 0;
    *begin = k < n_block ? k * BLOCK : n_block * BLOCK + (k - n_block);
    *end = k < n_block ? *begin + BLOCK : *begin + 1;
}

/* The points i to end - 1; costly ones are left. */
static void pass(const mutau_target *target, void *ws, const mutau_points *points, queue *q,
                 size_t i, size_t end)
{
    const size_t n = end - i;
    size_t n_later = 0;
    if (target->eval_cheap == NULL) {
        for (; i < end; i++)
            eval_point(target, ws, points, i, NULL);
        return;
    }
    for (; i < end; i++) {
        bool later = false;
        eval_point(target, ws, points, i, &later);
        n_later += later ? 1 : 0;
    }
    atomic_fetch_add_explicit(&q->n_later, n_later, memory_order_relaxed);
    atomic_fetch_add_explicit(&q->n_passed, n, memory_order_release);
}

static void eval_claimed(mutau_thread_team *team, const mutau_points *points, queue *q)
{
    void *ws = team->ws[omp_get_thread_num()];
    for (;;) {
        size_t i, end;
        const size_t k = atomic_fetch_add_explicit(&q->n_claimed, 1, memory_order_relaxed);
        find_claimed(k, points->n, (size_t)team->n_thread, &i, &end);
        if (i >= points->n)
            return;
        while (atomic_load_explicit(&q->n_made, memory_order_acquire) < end)
            (void)sched_yield(); /* who makes them may be waiting for this processor */
        pass(team->target, ws, points, q, i, end);
    }
}

/* Those that were left, one by one: they cost so much that neither a claim for each nor a shared
 * cache line counts, and that no thread may be left with several of them. */
static void eval_left(mutau_thread_team *team, const mutau_points *points, queue *q)
{
    void *ws = team->ws[omp_get_thread_num()];
    if (team->target->eval_cheap == NULL)
        return;
    while (atomic_load_explicit(&q->n_passed, memory_order_acquire) < points->n)
        (void)sched_yield();
    if (atomic_load_explicit(&q->n_later, memory_order_relaxed) == 0)
        return;
    for (;;) {
        const size_t i = atomic_fetch_add_explicit(&q->n_searched, 1, memory_order_relaxed);
        if (i >= points->n)
            return;
        if (points->status[i] == LATER)
            eval_point(team->target, ws, points, i, NULL);
    }
}

static void eval_threaded(mutau_thread_team *team, const mutau_points *points,
                          const mutau_maker *maker)
{
    queue q = {.n_made = maker != NULL && maker->n_part > 0 ? 0 : points->n};
#pragma omp parallel num_threads(team->n_thread)
    {
#pragma omp master
        if (maker != NULL)
            make_queued(&q, points->n, maker);
        eval_claimed(team, points, &q);
        eval_left(team, points, &q);
    }
}
#endif

void mutau_thread_team_eval(mutau_thread_team *team, const mutau_points *points,
                            const mutau_maker *maker)
{
#ifdef _OPENMP
    if (team->n_thread > 1) {
        eval_threaded(team, points, maker);
        return;
    }
#endif
    mutau_make_points(maker);
    for (size_t i = 0; i < points->n; i++)
        eval_point(team->target, team->ws[0], points, i, NULL);
}
