/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A root by Newton's method; documented in falling_root_internal.h. */
#include "falling_root_internal.h"

#include <math.h>

void mutau_falling_root(mutau_falling *f, const void *self, double lo, double hi, double *y,
                        double *slope)
{
    enum { MAX_ITERATION = 200 };
    if (!(*y > lo && *y < hi))
        *y = 0.5 * (lo + hi);
    for (int i = 0; i < MAX_ITERATION; i++) {
        const double value = f(self, *y, slope), step = value / *slope;
        if (fabs(step) <= 1e-8 * fmax(1.0, fabs(*y))) {
            *y += step;
            return;
        }
        if (value > 0.0)
            lo = *y;
        else
            hi = *y;
        const double next = *y + step;
        *y = next > lo && next < hi ? next : 0.5 * (lo + hi);
    }
}
