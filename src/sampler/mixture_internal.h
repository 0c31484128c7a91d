/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mixture_internal.h
 * The inside of a mixture, for the files that make, use, read and write it.  Private to the
 * sampler.
 */
#ifndef MUTAU_MIXTURE_INTERNAL_H
#define MUTAU_MIXTURE_INTERNAL_H

#include <stdbool.h>

#include "base/bounds.h"
#include "sampler/mixture.h"

enum {
    MUTAU_MAX_TRIANGLE = MUTAU_MAX_DIM * (MUTAU_MAX_DIM + 1) / 2,
    MUTAU_MAX_DOF = 32 /**< degrees of freedom */
};

/** One t distribution in the coordinates z.  A triangle is a lower one, row after row, without the
 * zeros above its diagonal. */
typedef struct mutau_component {
    int twice_power; /**< dof + dim */
    double front;    /**< weight and norm, over the greatest of the components */
    double ln_front; /**< ln of weight and norm */
    double mean[MUTAU_MAX_DIM];
    double inverse[MUTAU_MAX_TRIANGLE]; /**< of factor */
    double factor[MUTAU_MAX_TRIANGLE];  /**< factor factor^T is the scale matrix */
    double weight;
    int dof; /**< even, 2 ... MUTAU_MAX_DOF, for chi^2 is then the logarithm of a product */
} mutau_component;

struct mutau_mixture {
    size_t dim, n;   /**< n components, the wide one last */
    int max_dof;     /**< of all components */
    double ln_front; /**< the greatest of the components */
    double lo[MUTAU_MAX_DIM], hi[MUTAU_MAX_DIM];
    mutau_component component[MUTAU_MAX_COMPONENTS + 1];
};

/** A mixture without components (n = 0) between the edges lo[dim] and hi[dim] (NULL: none).
 * MUTAU_EDOM: dim or an edge out of range; MUTAU_ENOMEM. */
mutau_status mutau_mixture_alloc(size_t dim, const double lo[], const double hi[],
                                 mutau_mixture **out, mutau_error *err) MUTAU_MUST_CHECK;

/** Computes what follows from weight, dof, mean and factor of the components; false if some of it
 * is not finite. */
bool mutau_mixture_complete(mutau_mixture *mixture) MUTAU_MUST_CHECK;

/** z[dim] of x[dim], and ln |dz/dx|; false if x is not within the edges or not finite. */
bool mutau_mixture_map(const mutau_mixture *mixture, const double x[], double z[],
                       double *ln_jacobian);

/** The inverse of a lower triangle with a positive diagonal. */
void mutau_triangle_invert(size_t dim, const double factor[], double inverse[]);

/** Gamma((dof + dim) / 2) / (Gamma(dof / 2) (dof pi)^(dim / 2)), the density of a standard t
 * distribution at its middle. */
double mutau_t_front(size_t dim, int dof);

#endif
