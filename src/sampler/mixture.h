/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mixture.h
 * A mixture of multivariate t distributions that imitates a density known by weighted draws: the
 * proposal of the move `mixture` and the reference of the evidence.
 *
 * It is fitted, and its components are t distributions, in coordinates z without hard edges: a
 * coordinate with two edges is mapped by z = ln((x - lo) / (hi - x)), one with a single edge by the
 * logarithm of the distance from it, one without is as it is.  Draws are therefore always within
 * the edges, and the density, that of x, has the Jacobian of the map.  One more component, the wide
 * one, covers the prior, so that no place of the prior is out of reach.
 *
 * Peel & McLachlan, Stat. Comput. 10, 339 (2000): EM for mixtures of t distributions; Verbeek,
 * Vlassis & Kroese, Neural Comput. 15, 469 (2003): components added one by one; Cappe et al., Stat.
 * Comput. 18, 447 (2008): such mixtures as proposals.
 *
 * A mixture is constant once it is made: any number of threads may use it at once.
 */
#ifndef MUTAU_MIXTURE_H
#define MUTAU_MIXTURE_H

#include <stddef.h>

#include "base/rng.h"
#include "base/status.h"

/** Most components beside the wide one. */
#define MUTAU_MAX_COMPONENTS 24

typedef struct mutau_mixture mutau_mixture;

/** Weighted draws. */
typedef struct mutau_mixture_sample {
    size_t n;
    const double *x;         /**< [n][dim] within the edges */
    const double *ln_weight; /**< [n] up to a constant, -infinity allowed; NULL: all equal */
} mutau_mixture_sample;

typedef struct mutau_mixture_settings {
    size_t dim;            /**< 1 ... MUTAU_MAX_DIM */
    const double *lo, *hi; /**< [dim] edges, infinite where there is none; NULL: no edges */
    size_t max_component;  /**< 1 ... MUTAU_MAX_COMPONENTS, beside the wide one */
    double wide_weight;    /**< of the wide component, in (0, 1) */
} mutau_mixture_settings;

/** Fits a mixture to `sample`, with a wide component that has mean and covariance of `prior`, draws
 * of the prior, and is the last one.  The number of components is that with the best Bayesian
 * information criterion for the effective number of draws (sum w)^2 / sum w^2, equal draws being
 * one of their common weight; as they come from a chain, they should be thinned to about
 * independent ones.  All have 4 degrees of freedom: by ln L alone of the sample, which does
 * not see the tails, lighter ones would win, and a draw where they are too thin would not be left.
 *
 * A function of its arguments alone, and equivariant: under an affine map of coordinates without
 * edges the mixture is mapped along, up to rounding.  A sample that spans no volume, a single point
 * even, gives a component that is narrow (1e-6 of the prior) but not degenerate; so does a prior.
 * The time goes with n, the square of dim and that of the number of components.
 *
 * *out is the caller's, NULL on failure.  MUTAU_EDOM: settings out of range, no draw with a weight,
 * an ln_weight that is NaN or +infinity, a draw with a weight that is not within the edges,
 * draws too far from each other for doubles; MUTAU_ENOMEM. */
mutau_status mutau_mixture_fit(const mutau_mixture_settings *settings,
                               const mutau_mixture_sample *sample,
                               const mutau_mixture_sample *prior, mutau_mixture **out,
                               mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_mixture_free(mutau_mixture *mixture);

size_t mutau_mixture_dim(const mutau_mixture *mixture);
/** Components, the wide one included. */
size_t mutau_mixture_n_component(const mutau_mixture *mixture);

/** ln of the normalised density at x[dim], per unit of x; -infinity at and beyond an edge, and so
 * far away that the square of the distance is; NaN if a coordinate is.  Allocates nothing. */
double mutau_mixture_ln_density(const mutau_mixture *mixture, const double x[]);

/** A draw into x[dim], strictly within the edges and finite: what rounding would put on an edge is
 * the double beside it.  Each draw of a mixture takes as many numbers of `rng`.  Allocates
 * nothing. */
void mutau_mixture_draw(const mutau_mixture *mixture, mutau_rng *rng, double x[]);

/** The mixture as text, for the caller to free, from which mutau_mixture_read makes one that has
 * the same densities and draws to the last bit.  NULL: no memory. */
char *mutau_mixture_write(const mutau_mixture *mixture);
/** Lines before it that begin with # are remarks of the caller.  MUTAU_EDATA: text that
 * mutau_mixture_write did not make (line says what is wrong with it);
 * MUTAU_ENOMEM. */
mutau_status mutau_mixture_read(const char *text, mutau_mixture **out,
                                mutau_error *err) MUTAU_MUST_CHECK;

#endif
