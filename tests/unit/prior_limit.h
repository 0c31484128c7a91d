/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limit of a term at one mass by its definition, for the tests of terms: flat prior
 * in g'^2, int_0^g L dg'^2 = cl.  By midpoints, slow and plain. */
#ifndef MUTAU_TESTS_PRIOR_LIMIT_H
#define MUTAU_TESTS_PRIOR_LIMIT_H

#include <math.h>

#include "mutau/term.h"

enum { PRIOR_LIMIT_N = 40000 };

/* To some 1e-4 of g', if L has fallen to nothing at g_max and bends on a scale of its order. */
static inline double prior_limit(const mutau_term_type *type, const void *term, double m, double cl,
                                 double g_max)
{
    const double step = g_max * g_max / PRIOR_LIMIT_N, at_zero = type->lnl(term, m, 0.0);
    double total = 0.0, sum = 0.0;
    for (int i = 0; i < PRIOR_LIMIT_N; i++)
        total += exp(type->lnl(term, m, sqrt(step * (i + 0.5))) - at_zero);
    for (int i = 0; i < PRIOR_LIMIT_N; i++) {
        const double slice = exp(type->lnl(term, m, sqrt(step * (i + 0.5))) - at_zero);
        if (sum + slice >= cl * total)
            return sqrt(step * (i + (cl * total - sum) / slice));
        sum += slice;
    }
    return (double)NAN;
}

#endif
