/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of numbers known by their logarithms; documented in base/log_sum.h. */
#include "base/log_sum.h"

#include <math.h>

double mutau_log_sum(size_t n, const double ln_x[])
{
    double largest = -(double)INFINITY, sum = 0.0;
    for (size_t i = 0; i < n; i++)
        if (isnan(ln_x[i]) || ln_x[i] > largest)
            largest = ln_x[i];
    if (!isfinite(largest))
        return largest;
    for (size_t i = 0; i < n; i++)
        sum += exp(ln_x[i] - largest);
    return largest + log(sum);
}
