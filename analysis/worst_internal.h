/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file worst_internal.h
 * The worst of several numbers, of which one that is not known is the worst.  Private to the
 * analysis.
 */
#ifndef MUTAU_WORST_INTERNAL_H
#define MUTAU_WORST_INTERNAL_H

#include <math.h>

/** The greater, or NaN if either is. */
static inline double mutau_worst_greater(double a, double b)
{
    return a >= b || isnan(a) ? a : b;
}

/** The less, or NaN if either is. */
static inline double mutau_worst_less(double a, double b)
{
    return a <= b || isnan(a) ? a : b;
}

#endif
