/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file move.h
 * A proposal of the ensemble sampler: a constant description with its functions.
 *
 * A walker is moved with the other half of its ensemble as reference, which stays where it
 * is for the whole half-step.  Whatever a move derives from it is therefore a constant of
 * the proposal: it is enough that q is right for any fixed other half.
 */
#ifndef MUTAU_MOVE_H
#define MUTAU_MOVE_H

#include <stddef.h>

#include "base/option.h"
#include "base/rng.h"
#include "base/status.h"
#include "sampler/mixture.h"

typedef struct mutau_move {
    const char *name;            /**< key in the run file's `moves` */
    const char *doc;             /**< one line */
    const char *reference;       /**< paper and equation */
    const mutau_option *options; /**< its YAML options */
    size_t n_option;
    size_t settings_size; /**< bytes of the settings struct that `options` fill */

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

    /** Of an independence move, whose proposals depend on no walker: ln of the density, per unit
     * of y, with which the last y of `propose` was drawn.  NULL: not one. */
    double (*ln_proposal)(const void *cfg, const void *ws);

    /** MUTAU_EDOM if `cfg` is missing or out of range, or if n_other positions
     * are too few for this move; called once, when an ensemble is set up. */
    mutau_status (*check)(const void *cfg, size_t dim, size_t n_other, mutau_error *err);
} mutau_move;

/** Bytes that any move's settings fit into. */
#define MUTAU_MAX_MOVE_SETTINGS 64

/** All moves, ended by NULL. */
extern const mutau_move *const mutau_moves[];

/** The move of that name, or NULL. */
const mutau_move *mutau_move_find(const char *name);

/** Settings of the stretch move. */
typedef struct mutau_move_stretch_settings {
    double a; /**< scale, > 1; 2 is the paper's, the run file's default is 3 */
} mutau_move_stretch_settings;

/** Goodman & Weare, CAMCoS 5, 65 (2010), eqs. 7 and 9: y = X_j + z (x - X_j),
 * g(z) ~ 1/sqrt(z) on [1/a, a], ln q ratio = (dim - 1) ln z.  Affine invariant.  cfg is a
 * mutau_move_stretch_settings. */
extern const mutau_move mutau_move_stretch;

/** Settings of the walk move. */
typedef struct mutau_move_walk_settings {
    long s; /**< walkers in the subset S, at least 2; 0 for the whole other half */
} mutau_move_walk_settings;

/** Goodman & Weare (2010), the walk move: y = x + W, W normal with the covariance (1/s normalised)
 * of a random subset S of the other half; W = sum_S Z_j (X_j - mean_S) / sqrt(s) with
 * standard normals Z_j.  Symmetric: ln q ratio = 0.  Affine invariant.  cfg is a
 * mutau_move_walk_settings. */
extern const mutau_move mutau_move_walk;

/** Settings of the differential evolution move. */
typedef struct mutau_move_de_settings {
    double gamma0; /**< > 0; NaN: 2.38 / sqrt(2 dim) */
    double sigma;  /**< > 0: relative jitter of gamma */
    double jump;   /**< 0 ... 1: share of the proposals with gamma0 = 1 */
    double shrink; /**< >= 0: gamma is multiplied by exp(-shrink u), u uniform on 0 ... 1 */
} mutau_move_de_settings;

/** ter Braak, Stat. Comput. 16, 239 (2006), with the jitter of Nelson et al.,
 * ApJS 210, 11 (2014): y = x + gamma (X_j - X_k), j != k,
 * gamma = gamma0 (1 + sigma N(0, 1)).  With gamma0 = 1 a walker leaps from one mode to
 * another if X_j and X_k are in these.  Symmetric, as (j, k) and (k, j) are as likely:
 * ln q ratio = 0.  Affine invariant.  cfg is a mutau_move_de_settings. */
extern const mutau_move mutau_move_de;

/** Settings of the snooker move. */
typedef struct mutau_move_snooker_settings {
    double gamma;  /**< > 0 */
    double spread; /**< >= 0 */
} mutau_move_snooker_settings;

/** ter Braak & Vrugt, Stat. Comput. 18, 435 (2008): along the line from X_i
 * through x, y = x + gamma u (u . (X_j - X_k)) with the unit vector u along x - X_i,
 * i, j, k different, gamma uniform on gamma -+ spread.
 * ln q ratio = (dim - 1) ln(|y - X_i| / |x - X_i|).  Invariant under rotations and a common
 * scaling, not under all affine maps.  cfg is a mutau_move_snooker_settings. */
extern const mutau_move mutau_move_snooker;

/** Settings of the kernel density move. */
typedef struct mutau_move_kde_settings {
    double bandwidth; /**< h > 0; NaN: Scott's n^(-1 / (dim + 4)) for n other walkers */
} mutau_move_kde_settings;

/** A draw y, whatever x, from the Gaussian kernel density estimate of the other half
 * (Scott, Multivariate Density Estimation (1992), chapter 6; the independence chain of
 * Tierney, Ann. Stat. 22, 1701 (1994)): q(y) = mean_j N(y; X_j, h^2 C), C the covariance of the
 * other half.  ln q ratio = ln q(x) - ln q(y).  Its law is affine invariant.  Proposes
 * nothing (all are rejected) when C is singular.  cfg is a mutau_move_kde_settings. */
extern const mutau_move mutau_move_kde;

/** Settings of the Gaussian move. */
typedef struct mutau_move_gaussian_settings {
    double scale; /**< > 0; NaN: 2.38 / sqrt(dim) */
} mutau_move_gaussian_settings;

/** Metropolis et al., J. Chem. Phys. 21, 1087 (1953): y = x + scale L z, with z standard
 * normal anew for every walker and L L^T = C the covariance of the other half; scale after
 * Roberts, Gelman & Gilks, Ann. Appl. Probab. 7, 110 (1997).  Symmetric: ln q ratio = 0.
 * Its law is affine invariant.  Proposes nothing (all are rejected) when C is singular.
 * cfg is a mutau_move_gaussian_settings. */
extern const mutau_move mutau_move_gaussian;

/** Settings of the mixture move. */
typedef struct mutau_move_mixture_settings {
    long components;              /**< at most, beside the wide one; 1 ... MUTAU_MAX_COMPONENTS */
    double wide;                  /**< weight of the wide component, in (0, 1) */
    const mutau_mixture *mixture; /**< not owned; NULL: there is none yet, nothing is proposed */
} mutau_move_mixture_settings;

/** A draw y, whatever x, from a fixed mixture of t distributions that was fitted to the posterior
 * beforehand (explore.h): the independence chain of Tierney, Ann. Stat. 22, 1701 (1994), with the
 * proposals of Cappe et al., Stat. Comput. 18, 447 (2008).  ln q ratio = ln q(x) - ln q(y).  Moves
 * the rungs at beta = 1 alone.  cfg is a mutau_move_mixture_settings. */
extern const mutau_move mutau_move_mixture;

#endif
