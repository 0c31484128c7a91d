/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the convergence diagnostics of one parameter cost on long chains of 4 x 64
 * walkers.  Threads: OMP_NUM_THREADS. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analysis/diagnostics.h"
#include "base/rng.h"

enum { N_CHAIN = 256, N_WALKER = 64 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* AR(1) chains with tau of about 50 draws. */
static void fill(size_t n_draw, double x[])
{
    mutau_rng *rng = mutau_rng_alloc(1);
    if (rng == NULL)
        return;
    for (size_t t = 0; t < n_draw; t++)
        for (size_t c = 0; c < N_CHAIN; c++) {
            const double before = t > 0 ? x[(t - 1) * N_CHAIN + c] : 0.0;
            x[t * N_CHAIN + c] = 0.96 * before + mutau_rng_normal(rng);
        }
    mutau_rng_free(rng);
}

static void bench(size_t n_draw)
{
    mutau_error err = {0};
    mutau_convergence all;
    double tau, rhat, quantile, ess, mcse;
    double *x = calloc(n_draw * N_CHAIN, sizeof *x);
    if (x == NULL)
        return;
    fill(n_draw, x);
    const double t0 = now();
    bool ok = mutau_convergence_compute(n_draw, N_CHAIN, x, &all, &err) == MUTAU_OK;
    const double t1 = now();
    ok = ok && mutau_rhat(n_draw, N_CHAIN, x, &rhat, &err) == MUTAU_OK;
    const double t2 = now();
    ok = ok &&
         mutau_quantile_error(n_draw, N_CHAIN, x, 0.16, &quantile, &ess, &mcse, &err) == MUTAU_OK;
    const double t3 = now();
    ok = ok && mutau_autocorr_time(n_draw, N_WALKER, x, &tau, &err) == MUTAU_OK;
    const double t4 = now();
    if (ok)
        printf("%5zu draws of %d chains: all %.3f s, R-hat only %.3f s, a quantile %.3f s; "
               "tau of %d walkers %.3f s\n",
               n_draw, N_CHAIN, t1 - t0, t2 - t1, t3 - t2, N_WALKER, t4 - t3);
    else
        (void)fprintf(stderr, "bench_diagnostics: %s\n", err.text);
    free(x);
}

int main(void)
{
    bench(1000);
    bench(5000);
    bench(50000);
    return 0;
}
