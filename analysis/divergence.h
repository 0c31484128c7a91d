/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file divergence.h
 * How far apart two sets of posterior draws are, without taking noise for a difference.
 *
 * Draws stand in the order in which they were made, so that the first and the second half
 * of a set are nearly independent of each other: that is what both estimators use, and why
 * they need no effective number of draws.  Two equal sets give exactly 1 and 0.  May be
 * called from any number of threads; scratch memory of the size of the draws.
 */
#ifndef MUTAU_DIVERGENCE_H
#define MUTAU_DIVERGENCE_H

#include <stddef.h>

#include "base/status.h"

/** Least number of draws of a set. */
#define MUTAU_DIVERGENCE_MIN 8

/** The overlap coefficient int min(p, q) dx of the densities of a[n_a] and b[n_b], 0 ... 1,
 * invariant under monotone changes of x.  Cells are bounded by the 1/32 quantiles of
 * either set.  Which cells hold more of a than of b is decided with one half of the
 * draws and how much more is measured with the other, and the other way round.  So equal
 * densities give 1 but for the noise of a single probability; structure within a cell is
 * not seen, which makes the overlap an upper bound.  MUTAU_EDOM for too few draws,
 * MUTAU_ENAN, MUTAU_ENOMEM. */
mutau_status mutau_overlap(size_t n_a, const double a[], size_t n_b, const double b[],
                           double *overlap, mutau_error *err) MUTAU_MUST_CHECK;

typedef struct mutau_jensen_shannon {
    double bits;    /**< the divergence to base 2, 0 ... 1, bias removed */
    double plug_in; /**< the same from the cells' shares as they are: biased upwards */
} mutau_jensen_shannon;

/** The Jensen-Shannon divergence of two planar densities, from draws (x, y): with
 * M = (P + Q)/2 it is H(M) - H(P)/2 - H(Q)/2.  The plane is cut into 256 cells of equal
 * mass of M, alternately in x and in y; H is the entropy of the cells' shares.  The
 * leading bias of this goes as 1/draws and is removed by extrapolating from halves to
 * the whole: 2 J(all) - mean J(half).  What is within a cell is not seen: a lower bound.
 * Invariant under monotone changes of x and of y.  Errors as of mutau_overlap. */
mutau_status mutau_jensen_shannon_planar(size_t n_a, const double a_x[], const double a_y[],
                                         size_t n_b, const double b_x[], const double b_y[],
                                         mutau_jensen_shannon *out,
                                         mutau_error *err) MUTAU_MUST_CHECK;

#endif
