/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file move.h
 * A proposal of the ensemble sampler: a constant description with its functions.
 */
#ifndef MUTAU_MOVE_H
#define MUTAU_MOVE_H

#include <stddef.h>

#include "mutau/rng.h"
#include "mutau/status.h"

typedef struct mutau_move {
    const char *name;      /**< key in the run file's `moves` */
    const char *doc;       /**< one line */
    const char *reference; /**< paper and equation */

    /** Bytes of workspace that `prepare` and `propose` need; NULL: none (ws is then not to
     * be looked at). */
    size_t (*workspace_size)(const void *cfg, size_t dim, size_t n_other);

    /** Derives into `ws` what the proposals need of the other half: called once per
     * half-step, before all its proposals.  Draws nothing, allocates nothing.  NULL: nothing
     * to derive. */
    void (*prepare)(const void *cfg, void *ws, size_t dim, size_t n_other, const double other[]);

    /** Proposes y[dim] for the walker at x[dim] from the n_other positions
     * other[n_other][dim] of the complementary half, and gives
     * *ln_q_ratio = ln q(x|y) - ln q(y|x); -INFINITY rejects.  Draws from `rng` in a fixed
     * order.  Keeps nothing in `ws` that another walker's proposal would depend on. */
    void (*propose)(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio);

    /** MUTAU_EDOM if `cfg` is missing or out of range, or if n_other positions
     * are too few for this move; called once, when an ensemble is set up. */
    mutau_status (*check)(const void *cfg, size_t dim, size_t n_other, mutau_error *err);
} mutau_move;

/** Settings of the stretch move. */
typedef struct mutau_move_stretch_settings {
    double a; /**< scale, > 1; 2 is the paper's */
} mutau_move_stretch_settings;

/** Goodman & Weare, CAMCoS 5, 65 (2010), eqs. 7 and 9: y = X_j + z (x - X_j),
 * g(z) ~ 1/sqrt(z) on [1/a, a], ln q ratio = (dim - 1) ln z.  cfg is a
 * mutau_move_stretch_settings. */
extern const mutau_move mutau_move_stretch;

#endif
