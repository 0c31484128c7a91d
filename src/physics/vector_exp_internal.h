/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e^x and e^x - 1 for loops over whole arrays, in plain C that compilers turn into vector code
 * (no branch, no call, no table).
 *
 * x = n ln 2 + r with |r| <= ln(2)/2, e^x = 2^n (1 + p), p = e^r - 1 from its Taylor series to
 * r^13/13!, whose remainder is below 1.3e-17 of r.  Adding 1.5 * 2^52 rounds x/ln 2 to an integer
 * in the low bits of the sum, from where 52 shifts bring it into the exponent.  The caller
 * keeps |x| <= MUTAU_VECTOR_EXP_MAX, where 2^n is a normal number; beyond, the result is
 * meaningless. */
#ifndef MUTAU_VECTOR_EXP_INTERNAL_H
#define MUTAU_VECTOR_EXP_INTERNAL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define MUTAU_VECTOR_EXP_MAX 700.0

/* Sets *scale = 2^n and returns p. */
static inline double exp_parts(double x, double *scale)
{
    const double round = 0x1.8p52;
    const double ln2_hi = 0x1.62e42fee00000p-1, ln2_lo = 0x1.a39ef35793c76p-33;
    const double shifted = x * 1.4426950408889634 + round;
    const double n = shifted - round;
    const double r = (x - n * ln2_hi) - n * ln2_lo;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + ((uint64_t)1023 << 52);
    memcpy(scale, &bits, sizeof bits);
    const double r2 = r * r;
    /* Estrin's grouping: the pairs are independent and the chain is short. */
    const double c2 = 1.0 / 2.0 + r * (1.0 / 6.0);
    const double c4 = 1.0 / 24.0 + r * (1.0 / 120.0);
    const double c6 = 1.0 / 720.0 + r * (1.0 / 5040.0);
    const double c8 = 1.0 / 40320.0 + r * (1.0 / 362880.0);
    const double c10 = 1.0 / 3628800.0 + r * (1.0 / 39916800.0);
    const double c12 = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0);
    const double r4 = r2 * r2;
    const double high = (c8 + r2 * c10) + r4 * c12;
    const double low = c4 + r2 * c6;
    return r + r2 * (c2 + r2 * (low + r4 * high));
}

static inline double expm1_one(double x)
{
    double scale;
    const double p = exp_parts(x, &scale);
    return (scale - 1.0) + scale * p;
}

static inline double exp_one(double x)
{
    double scale;
    const double p = exp_parts(x, &scale);
    return scale + scale * p;
}

/* For any x: beyond the above infinite or 0, and infinite for what is no number, so that nothing of
 * it passes for a flux. */
static inline double exp_bounded(double x)
{
    const double low = x > -MUTAU_VECTOR_EXP_MAX ? x : -MUTAU_VECTOR_EXP_MAX;
    const double inside = exp_one(low < MUTAU_VECTOR_EXP_MAX ? low : MUTAU_VECTOR_EXP_MAX);
    const double above = x <= MUTAU_VECTOR_EXP_MAX ? inside : (double)INFINITY;
    return x < -MUTAU_VECTOR_EXP_MAX ? 0.0 : above;
}

#endif
