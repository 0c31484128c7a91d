/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A posterior with regions where its evaluation fails, for a program that is linked with
 * -Wl,--wrap=mutau_posterior_target: nothing a run file can say makes one. */
#include <math.h>

#include "posterior/posterior.h"

mutau_target __real_mutau_posterior_target(const mutau_posterior *posterior);
mutau_target __wrap_mutau_posterior_target(const mutau_posterior *posterior);

/* Two strips in the first coordinate, log10 of the mass: one says that it failed, the
 * other does not. */
static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    const mutau_target healthy = __real_mutau_posterior_target(self);
    MUTAU_CHECK(healthy.eval(self, ws, theta, ln_prior, ln_like, blob));
    if (theta[0] > 0.9 && theta[0] < 1.1)
        return MUTAU_ENUMERIC;
    if (theta[0] > 0.1 && theta[0] < 0.2)
        *ln_like = (double)NAN;
    return MUTAU_OK;
}

mutau_target __wrap_mutau_posterior_target(const mutau_posterior *posterior)
{
    mutau_target target = __real_mutau_posterior_target(posterior);
    target.eval = eval;
    target.eval_cheap = NULL;
    return target;
}
