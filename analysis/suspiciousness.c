/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Suspiciousness; documented in analysis/suspiciousness.h. */
#include "analysis/suspiciousness.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

mutau_suspiciousness mutau_suspiciousness_compute(const mutau_ln_like_moments *ab,
                                                  const mutau_ln_like_moments *a,
                                                  const mutau_ln_like_moments *b)
{
    mutau_suspiciousness s = {
        .ln_s = ab->mean - a->mean - b->mean,
        .error = hypot(hypot(ab->mcse_mean, a->mcse_mean), b->mcse_mean),
        .d_ab = 2.0 * ab->variance,
        .d_a = 2.0 * a->variance,
        .d_b = 2.0 * b->variance,
        .probability = (double)NAN,
        .sigma = (double)NAN,
    };
    s.dimension = s.d_a + s.d_b - s.d_ab;
    if (s.dimension > 0.0 && isfinite(s.dimension) && isfinite(s.ln_s)) {
        const double chi2 = s.dimension - 2.0 * s.ln_s;
        s.probability = chi2 > 0.0 ? gsl_cdf_chisq_Q(chi2, s.dimension) : 1.0;
        s.sigma = s.probability < 1.0 ? gsl_cdf_ugaussian_Qinv(0.5 * s.probability) : 0.0;
    }
    return s;
}
