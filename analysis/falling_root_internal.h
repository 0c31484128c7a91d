/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file falling_root_internal.h
 * The root that Bennett's ratio and the bridge are found by.  Private to the analysis.
 */
#ifndef MUTAU_FALLING_ROOT_INTERNAL_H
#define MUTAU_FALLING_ROOT_INTERNAL_H

/** A falling function at y, and the size of its slope, > 0, into *slope. */
typedef double mutau_falling(const void *self, double y, double *slope);

/** The root of f between lo and hi, by Newton's method from *y (if that is between them) or by
 * bisection where that leaves the bracket; the slope near the root in *slope.  The error of a root
 * is about the square of the last step: one of 1e-8 leaves that of rounding alone. */
void mutau_falling_root(mutau_falling *f, const void *self, double lo, double hi, double *y,
                        double *slope);

#endif
