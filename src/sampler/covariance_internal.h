/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file covariance_internal.h
 * The covariance of some points, as the matrix that makes standard normals have it.
 * Private to the sampler; the one user of GSL's linear algebra there.
 */
#ifndef MUTAU_COVARIANCE_INTERNAL_H
#define MUTAU_COVARIANCE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

/** Doubles of scratch that mutau_covariance_factor needs. */
size_t mutau_covariance_scratch(size_t dim, size_t n);

/** The mean[dim] of x[n][dim] and the lower triangle factor[dim][dim] with
 * factor factor^T = sum (x - mean)(x - mean)^T / (n - 1), zeros above the diagonal.
 * False, and both void, if the points do not span the space to rounding (n <= dim, too).
 * Allocates nothing. */
bool mutau_covariance_factor(size_t dim, size_t n, const double x[], double mean[], double factor[],
                             double scratch[]);

/** v[dim] = factor v. */
void mutau_covariance_colour(size_t dim, const double factor[], double v[]);

/** v[dim] = factor^-1 v. */
void mutau_covariance_whiten(size_t dim, const double factor[], double v[]);

#endif
