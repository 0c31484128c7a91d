/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file screen_internal.h
 * The first stage of delayed acceptance (Christen & Fox, J. Comput. Graph. Stat. 14, 795 (2005)): a
 * cheap density p~ sees the proposals before the target p does.  From x to y, with the move's
 * q = q(x|y) / q(y|x), it lets pass min(1, q p~(y) / p~(x)) of them; of these the second stage
 * accepts min(1, p(y) p~(x) / (p(x) p~(y))).  Both together leave p as it is, whatever p~ is.
 *
 * Where p~ is 0 or cannot be had, at x or at y, there is no first stage, and the second accepts
 * min(1, q p(y) / p(x)): the condition is the same from y to x, so that balance holds here, too,
 * and no place of p that p~ does not know is closed.  Private to the sampler.
 */
#ifndef MUTAU_SCREEN_INTERNAL_H
#define MUTAU_SCREEN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "batch_internal.h"
#include "base/status.h"
#include "sampler/target.h"

/** What is known of p~ at a point. */
typedef struct mutau_screened {
    bool seen;                /**< it was evaluated there */
    double ln_prior, ln_like; /**< NaN if that failed */
} mutau_screened;

typedef struct mutau_screen {
    mutau_target density;     /**< without blobs */
    mutau_batch batch;        /**< capacity n_slot */
    mutau_screened **into;    /**< [n_slot] where the results of the batch go */
    mutau_screened *at;       /**< [n_slot] of the walkers */
    mutau_screened *proposed; /**< [n_slot / 2] of the proposals of a half-step */
    double *uniform;          /**< [n_slot / 2] drawn for the second stage */
} mutau_screen;

/** A screen by `density` (copied, what it points to is not) for n_slot walkers.  Threads of this
 * process evaluate it. MUTAU_ENOMEM, or what the density's ws_alloc says; *out is NULL then. */
mutau_status mutau_screen_alloc(const mutau_target *density, size_t n_slot, int n_thread,
                                mutau_screen **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_screen_free(mutau_screen *screen);

/** Nothing is known of p~ at any walker, as after a start. */
void mutau_screen_forget(mutau_screen *screen, size_t n_slot);

/** Exchanges what is known of two walkers. */
void mutau_screen_exchange(mutau_screen *screen, size_t a, size_t b);

/** Has p~ evaluated at x[dim] by the next mutau_screen_eval. */
void mutau_screen_add(mutau_screen *screen, size_t dim, const double x[], mutau_screened *into);
/** Evaluates what was added, and returns how many points that were. */
size_t mutau_screen_eval(mutau_screen *screen);

/** Whether a walker with p~ at `from` that is proposed to go to `to` has two stages; then
 * *ln_ratio is ln p~(to) / p~(from) on a rung with that beta. */
bool mutau_screen_ratio(double beta, const mutau_screened *from, const mutau_screened *to,
                        double *ln_ratio);

#endif
