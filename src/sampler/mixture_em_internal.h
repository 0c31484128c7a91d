/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mixture_em_internal.h
 * Expectation and maximisation for a mixture of t distributions with common, fixed degrees of
 * freedom (Peel & McLachlan, Stat. Comput. 10, 339 (2000)), for weighted points whose covariance
 * is about 1.  Private to the sampler.
 */
#ifndef MUTAU_MIXTURE_EM_INTERNAL_H
#define MUTAU_MIXTURE_EM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "mixture_internal.h"

/** One t distribution; triangles as in mutau_component. */
typedef struct mutau_em_blob {
    double weight;
    double front; /**< the density in its middle, times the weight */
    double mean[MUTAU_MAX_DIM];
    double factor[MUTAU_MAX_TRIANGLE];
    double inverse[MUTAU_MAX_TRIANGLE];
} mutau_em_blob;

typedef struct mutau_em_blend {
    size_t n;
    int dof;
    double ln_like; /**< of the points: sum of weight times ln density */
    mutau_em_blob blob[MUTAU_MAX_COMPONENTS];
} mutau_em_blend;

/** The points and room to work in. */
typedef struct mutau_em {
    size_t dim, n, n_feature;
    double n_effective;               /**< the sum of the weights */
    double *y;                        /**< [dim][n] */
    double *weight;                   /**< [n] */
    double *feature;                  /**< [n][n_feature]: 1, y, lower triangle of y y^T */
    double floor[MUTAU_MAX_TRIANGLE]; /**< added to each scale matrix */
    double *total;                    /**< [n] density of the blend */
    double *density;                  /**< [MUTAU_MAX_COMPONENTS][n] of each blob */
    double *shrink;                   /**< [MUTAU_MAX_COMPONENTS][n] 1 / (1 + distance^2 / dof) */
    double *share;                    /**< [n] scratch */
    double *trial;                    /**< [3][n] scratch */
} mutau_em;

/** Room for n points; false: no memory.  y and weight are then to be filled, and
 * mutau_em_prepare called.  Freed, half-built too, with mutau_em_free. */
bool mutau_em_alloc(mutau_em *em, size_t dim, size_t n);
void mutau_em_free(mutau_em *em);
/** Computes the features, and scales the weights to a sum of the effective number of points. */
void mutau_em_prepare(mutau_em *em);

/** Completes a blob of which weight, mean and scale matrix (a lower triangle) are known. */
void mutau_em_shape(const mutau_em *em, int dof, const double scale[], mutau_em_blob *blob);

/** The blob of all points that have a share[n]; its scale matrix is that of the points with the
 * weights share * shrink (NULL: 1).  Returns the effective number of these points. */
double mutau_em_gather(const mutau_em *em, int dof, const double share[], const double shrink[],
                       mutau_em_blob *blob);

/** density[n] and shrink[n] of a blob at the points. */
void mutau_em_evaluate(const mutau_em *em, const mutau_em_blob *blob, int dof, double density[],
                       double shrink[]);

/** Evaluates all blobs, and ln_like. */
void mutau_em_expect(mutau_em *em, mutau_em_blend *blend);

/** Up to n_step steps, until one adds less than `enough` to ln_like.  False: a blob has starved,
 * the blend is void.  The blend is evaluated before and after. */
bool mutau_em_run(mutau_em *em, mutau_em_blend *blend, int n_step, double enough);

/** The least effective number of points of a blob. */
double mutau_em_least(const mutau_em *em);

#endif
