/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden sections; documented in base/maximum.h.  GSL's want a bracket with a known lower value
 * on either side, and finite ones. */
#include "base/maximum.h"

#include <math.h>
#include <stdbool.h>

double mutau_golden_section(mutau_function f, void *self, double lo, double hi, double absolute,
                            double relative)
{
    enum { MAX_SECTIONS = 200 };
    const double ratio = 0.6180339887498949;
    double x[2] = {hi - ratio * (hi - lo), lo + ratio * (hi - lo)};
    double value[2] = {f(self, x[0]), f(self, x[1])};
    for (int i = 0; i < MAX_SECTIONS && hi - lo > absolute + relative * fabs(hi); i++) {
        const bool left = value[0] >= value[1];
        if (left)
            hi = x[1];
        else
            lo = x[0];
        x[left] = x[!left];
        value[left] = value[!left];
        x[!left] = left ? hi - ratio * (hi - lo) : lo + ratio * (hi - lo);
        value[!left] = f(self, x[!left]);
    }
    return 0.5 * (lo + hi);
}
