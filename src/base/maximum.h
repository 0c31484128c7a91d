/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file maximum.h
 * The maximum of a function of one variable.  Pure but for what the function does.
 */
#ifndef MUTAU_MAXIMUM_H
#define MUTAU_MAXIMUM_H

typedef double (*mutau_function)(void *self, double x);

/** Where f, which has a single maximum in [lo, hi], has it: by golden sections (Kiefer, Proc. Am.
 * Math. Soc. 4, 502 (1953)), until the bracket is no longer than absolute + relative |its upper
 * end|, or 200 of them.  f may be -INFINITY.  A maximum at an end is only approached. */
double mutau_golden_section(mutau_function f, void *self, double lo, double hi, double absolute,
                            double relative);

/** The nearest maximum of f uphill of *x, which lies in [lo, hi] (perhaps infinite): *x moves
 * there, to `tolerance`, and f there is returned.  Steps of `step`, doubled on the way, find a
 * bracket, parabolas and golden sections (Brent, Algorithms for Minimization Without Derivatives
 * (1973), ch. 5) close it.  An end is found exactly.  f may be -INFINITY or NaN, lower than any
 * number. */
double mutau_maximum_near(mutau_function f, void *self, double lo, double hi, double step,
                          double tolerance, double *x);

#endif
