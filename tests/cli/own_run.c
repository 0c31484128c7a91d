/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that samples a density of its own with the library, for test_own_run.py:
 *
 *     own_run CHAIN.h5 MAX_STEPS
 *
 * Goes on with the chain if there is one.  Prints the state that it ends in, and nothing else; it
 * handles no signal. */
#include <math.h>
#include <stdio.h>

#include "run/run.h"

enum { SAMPLER_SIZE = 128 };

/* Two independent normals, of x around 1 and of y around -3 with a standard deviation of 2, under
 * a prior that is uniform in [-50, 50]. */
static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)self;
    (void)ws;
    (void)blob;
    const double u = theta[0] - 1.0, v = (theta[1] + 3.0) / 2.0;
    const bool inside = fabs(theta[0]) < 50.0 && fabs(theta[1]) < 50.0;
    *ln_prior = inside ? -2.0 * log(100.0) : -(double)INFINITY;
    *ln_like = inside ? -0.5 * (u * u + v * v) : -(double)INFINITY;
    return MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    for (int i = 0; i < 2; i++)
        theta[i] = 100.0 * mutau_rng_uniform(rng) - 50.0;
}

int main(int argc, char *argv[])
{
    static const char *const names[] = {"x", "y"};
    static const double lo[] = {-50.0, -50.0}, hi[] = {50.0, 50.0};
    const mutau_run_target target = {
        .target = {.dim = 2, .eval = eval, .draw = draw, .names = names},
        .name = "two normals",
        .lo = lo,
        .hi = hi};
    char sampler[SAMPLER_SIZE];
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state state = MUTAU_RUN_MORE;
    if (argc != 3)
        return 1;
    const mutau_run_options options = {.path = argv[1], .resume = true};
    (void)snprintf(sampler, sizeof sampler,
                   "{walkers: 8, seed: 5, stop: {max_steps: %s, ess_bulk: 2000, rhat: 1.01}}",
                   argv[2]);
    mutau_status status = mutau_run_open_target(&target, sampler, &options, &run, &err);
    while (status == MUTAU_OK && state == MUTAU_RUN_MORE)
        status = mutau_run_step(run, 100, &state, &err);
    mutau_run_close(run);
    if (status != MUTAU_OK)
        (void)fprintf(stderr, "%s\n", err.text);
    else
        (void)printf("%s\n", mutau_run_state_text(state));
    return status == MUTAU_OK ? 0 : 2;
}
