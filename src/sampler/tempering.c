/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The temperature ladder and its swaps; documented in tempering_internal.h. */
#include "tempering_internal.h"

#include <math.h>

/* 1/beta beyond which no rung is sent: there is no likelihood left there. */
static const double MAX_TEMPERATURE = 1e200;

/* The mean ln likelihood under the prior may be -5e8 (chains/wp.yaml): the hottest finite
 * rung has to go from 1/beta = 1e2 to some 1e9 in a few hundred steps, ten times as fast as
 * with ptemcee's time of 100 and lag of 10000.  Shares come from all ensembles, which makes
 * up for the noise of larger steps. */
mutau_ladder_settings mutau_ladder_defaults(void)
{
    return (mutau_ladder_settings){.adapt_steps = MUTAU_LADDER_ADAPT_STEPS,
                                   .lag = MUTAU_LADDER_LAG,
                                   .time = MUTAU_LADDER_TIME,
                                   .beta_min = 1e-2};
}

void mutau_ladder_start(size_t n_rung, double beta_min, double beta[])
{
    beta[0] = 1.0;
    for (size_t i = 1; i + 1 < n_rung; i++)
        beta[i] = pow(beta_min, (double)i / (double)(n_rung - 2));
    beta[n_rung - 1] = n_rung > 1 ? 0.0 : 1.0;
}

bool mutau_ladder_is_valid(size_t n_rung, const double beta[])
{
    bool valid = !(beta[0] < 1.0 || beta[0] > 1.0) && !(fabs(beta[n_rung - 1]) > 0.0);
    for (size_t i = 1; i < n_rung; i++)
        valid = valid && beta[i] <= beta[i - 1] && (i + 1 == n_rung || beta[i] > 0.0);
    return valid;
}

static double share(const mutau_swap_count *swaps)
{
    return (double)swaps->accepted / (double)swaps->proposed;
}

void mutau_ladder_adapt(size_t n_rung, const mutau_ladder_settings *settings, uint64_t step,
                        const mutau_swap_count step_swaps[], double beta[])
{
    const double kappa = settings->lag / (settings->lag + (double)step) / settings->time;
    double below = 1.0, temperature = 1.0; /* 1/beta of the rung before: as it was, as it is */
    for (size_t i = 1; i + 1 < n_rung; i++) {
        const double here = 1.0 / beta[i];
        temperature +=
            (here - below) * exp(kappa * (share(&step_swaps[i - 1]) - share(&step_swaps[i])));
        below = here;
        beta[i] = 1.0 / fmin(temperature, MAX_TEMPERATURE);
    }
}

/* Partners are fixed.  On two modes 40 sd apart (tests/statistics/test_tempered.c, weight 0.2,
 * 20 seeds) random ones gave walkers' Monte Carlo errors 4.4 times too small, and R-hat 1.001;
 * fixed ones have errors that are right and R-hat up to 1.04. */
size_t mutau_swap_decide(mutau_rng *rng, size_t n, double beta_cold, double beta_hot,
                         const double ln_like_cold[], const double ln_like_hot[], bool swapped[])
{
    size_t n_swapped = 0;
    for (size_t i = 0; i < n; i++) {
        const double ln_ratio = (beta_cold - beta_hot) * (ln_like_hot[i] - ln_like_cold[i]);
        /* Equal betas times an infinite difference would be a NaN: rejected. */
        const double u = mutau_rng_uniform(rng);
        swapped[i] = ln_ratio >= 0.0 || log(u) < ln_ratio;
        n_swapped += swapped[i];
    }
    return n_swapped;
}
