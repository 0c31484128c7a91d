/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the sampler itself costs: nanoseconds per walker update on a trivial
 * density (nothing stored), and how two threads share a density of some
 * microseconds.  bench/emcee_overhead.py measures emcee on the same densities. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mutau/ensemble.h"

enum { MAX_DIM = 16, N_ROUND = 150 };

/* Of `self`: the dimension and how many exponentials one call takes. */
typedef struct density {
    size_t dim;
    size_t n_exp;
} density;

static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)ws;
    (void)blob;
    const density *d = self;
    double sum = 0.0, busy = 0.0;
    for (size_t k = 0; k < d->dim; k++)
        sum += theta[k] * theta[k];
    for (size_t i = 0; i < d->n_exp; i++)
        busy += exp(-sum * (double)(i + 1));
    *ln_prior = 0.0;
    *ln_like = -0.5 * sum + 1e-300 * busy;
    return MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double theta[])
{
    const density *d = self;
    for (size_t k = 0; k < d->dim; k++)
        theta[k] = mutau_rng_normal(rng);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds per walker update, the best of N_ROUND short runs: on a shared
 * machine some of them are undisturbed; negative on an error. */
static double time_update(const density *d, size_t n_ensemble, size_t n_walker, int n_thread,
                          size_t n_step)
{
    static const char *const names[MAX_DIM] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                               "i", "j", "k", "l", "m", "n", "o", "p"};
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    const mutau_target target = {
        .dim = d->dim, .eval = eval, .draw = draw, .self = d, .names = names};
    const mutau_ensemble_settings settings = {.n_ensemble = n_ensemble,
                                              .n_walker = n_walker,
                                              .n_move = 1,
                                              .moves = {{&mutau_move_stretch, &stretch, 1.0}},
                                              .n_thread = n_thread};
    mutau_error err = {0};
    mutau_ensemble *e = NULL;
    double best = -1.0;
    mutau_rng *rng = mutau_rng_alloc(1);
    if (rng == NULL || mutau_ensemble_alloc(&target, &settings, rng, &e, &err) != MUTAU_OK ||
        mutau_ensemble_start(e, &err) != MUTAU_OK)
        goto out;
    for (int round = 0; round < N_ROUND; round++) {
        const double begin = now();
        for (size_t i = 0; i < n_step; i++)
            if (mutau_ensemble_step(e, &err) != MUTAU_OK)
                goto out;
        const double one = (now() - begin) / (double)(n_step * n_ensemble * n_walker);
        best = best < 0.0 ? one : fmin(best, one);
    }
out:
    if (best < 0.0)
        fprintf(stderr, "bench_sampler: %s\n", err.text);
    mutau_ensemble_free(e);
    mutau_rng_free(rng);
    return best;
}

int main(void)
{
    const density five = {.dim = 5}, ten = {.dim = 10};
    printf("overhead, 32 walkers x  5: %6.1f ns per walker update\n",
           1e9 * time_update(&five, 1, 32, 1, 1000));
    printf("overhead, 64 walkers x 10: %6.1f ns per walker update\n",
           1e9 * time_update(&ten, 1, 64, 1, 500));
    printf("4 ensembles x 64 walkers x 4, two threads against one:\n");
    for (size_t n_exp = 250; n_exp <= 2000; n_exp *= 2) {
        const density busy = {.dim = 4, .n_exp = n_exp};
        const size_t n_step = 4000 / n_exp;
        const double one = time_update(&busy, 4, 64, 1, n_step);
        const double two = time_update(&busy, 4, 64, 2, n_step);
        printf("    %6.2f us per evaluation: %.3f times as fast\n", 1e6 * one, one / two);
    }
    return 0;
}
