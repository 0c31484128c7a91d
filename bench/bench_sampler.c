/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the sampler itself costs: time per walker update on a trivial density,
 * without and with a chain file, and how two threads share a density of some
 * microseconds; the moves beside each other; and a mixture, fitted and used.
 * bench/emcee_overhead.py measures emcee in the same cases.
 *
 *     bench_sampler [FILE]      FILE: the chain to write, left out without */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/chain.h"
#include "sampler/ensemble.h"
#include "sampler/mixture.h"

enum { MAX_DIM = 16, MAX_WALKER = 64, N_ROUND = 1000, BLOCK = 256 };

static const char *const NAMES[MAX_DIM] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                           "i", "j", "k", "l", "m", "n", "o", "p"};

/* Of `self`: the dimension and how many exponentials one call takes. */
typedef struct density {
    size_t dim;
    size_t n_exp;
} density;

static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)ws;
    const density *d = self;
    double sum = 0.0, busy = 0.0;
    for (size_t k = 0; k < d->dim; k++)
        sum += theta[k] * theta[k];
    for (size_t i = 0; i < d->n_exp; i++)
        busy += exp(-sum * (double)(i + 1));
    *ln_prior = 0.0;
    *ln_like = -0.5 * sum + 1e-300 * busy;
    if (blob != NULL)
        blob[0] = busy;
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
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static const mutau_move_stretch_settings stretch = {.a = 2.0};
static const mutau_move_walk_settings walk = {.s = 0};
static const mutau_move_de_settings de = {.gamma0 = (double)NAN, .sigma = 1e-5};
static const mutau_move_snooker_settings snooker = {.gamma = 1.7, .spread = 0.5};
static const mutau_move_kde_settings kde = {.bandwidth = (double)NAN};
static const mutau_move_gaussian_settings gaussian = {.scale = (double)NAN};
static const mutau_weighted_move MOVES[] = {
    {&mutau_move_stretch, &stretch, 1.0}, {&mutau_move_walk, &walk, 1.0},
    {&mutau_move_de, &de, 1.0},           {&mutau_move_snooker, &snooker, 1.0},
    {&mutau_move_kde, &kde, 1.0},         {&mutau_move_gaussian, &gaussian, 1.0},
};

typedef struct run {
    mutau_target target;
    mutau_ensemble_settings settings;
    mutau_rng *rng;
    mutau_ensemble *ensemble;
} run;

static mutau_status begin(run *r, const density *d, const mutau_weighted_move *move,
                          size_t n_ensemble, size_t n_walker, int n_thread, mutau_error *err)
{
    *r = (run){.target = {.dim = d->dim, .eval = eval, .draw = draw, .self = d, .names = NAMES},
               .settings = {.n_ensemble = n_ensemble,
                            .n_walker = n_walker,
                            .n_move = 1,
                            .moves = {*move},
                            .n_thread = n_thread}};
    r->rng = mutau_rng_alloc(1);
    if (r->rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory");
    MUTAU_CHECK(mutau_ensemble_alloc(&r->target, &r->settings, r->rng, &r->ensemble, err));
    return mutau_ensemble_start(r->ensemble, err);
}

static void end(run *r)
{
    mutau_ensemble_free(r->ensemble);
    mutau_rng_free(r->rng);
}

static double give_up(const mutau_error *err)
{
    (void)fprintf(stderr, "bench_sampler: %s\n", err->text);
    return (double)NAN;
}

/* Seconds per walker update, the best of N_ROUND short runs: on a shared machine
 * some of them are undisturbed. */
static double time_update(const density *d, const mutau_weighted_move *move, size_t n_ensemble,
                          size_t n_walker, int n_thread, size_t n_step)
{
    mutau_error err = {0};
    run r;
    double best = (double)INFINITY;
    mutau_status status = begin(&r, d, move, n_ensemble, n_walker, n_thread, &err);
    for (int round = 0; status == MUTAU_OK && round < N_ROUND; round++) {
        const double t0 = now();
        for (size_t i = 0; i < n_step && status == MUTAU_OK; i++)
            status = mutau_ensemble_step(r.ensemble, &err);
        best = fmin(best, (now() - t0) / (double)(n_step * n_ensemble * n_walker));
    }
    end(&r);
    return status == MUTAU_OK ? best : give_up(&err);
}

/* n_step steps of one ensemble into the chain, committed in blocks. */
static mutau_status store_steps(run *r, mutau_chain *chain, size_t n_step, mutau_error *err)
{
    const size_t n_walker = r->settings.n_walker;
    double log_prob[MAX_WALKER];
    for (size_t i = 1; i <= n_step; i++) {
        MUTAU_CHECK(mutau_ensemble_step(r->ensemble, err));
        const mutau_ensemble_view v = mutau_ensemble_state(r->ensemble, 0);
        for (size_t w = 0; w < n_walker; w++)
            log_prob[w] = v.ln_prior[w] + v.ln_like[w];
        const mutau_chain_step step = {.position = v.position, .log_prob = log_prob};
        MUTAU_CHECK(mutau_chain_append(chain, &step, NULL, NULL, err));
        if (i % BLOCK != 0 && i < n_step)
            continue;
        mutau_chain_state state = {.steps = i,
                                   .accepted = v.accepted,
                                   .position = v.position,
                                   .ln_prior = v.ln_prior,
                                   .ln_like = v.ln_like};
        mutau_rng_save(r->rng, &state.rng);
        MUTAU_CHECK(mutau_chain_commit(chain, &state, err));
    }
    return mutau_chain_sync(chain, err);
}

/* Seconds per walker update of a whole stored run, from its start to the last sync. */
static double time_stored(const density *d, size_t n_walker, const char *path, size_t n_step)
{
    const mutau_chain_info info = {
        .n_ensemble = 1, .n_walker = n_walker, .dim = d->dim, .names = NAMES, .thin = 1};
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    run r;
    mutau_status status = begin(&r, d, &MOVES[0], 1, n_walker, 1, &err);
    const double t0 = now();
    if (status == MUTAU_OK)
        status = mutau_chain_create(path, &info, true, &chain, &err);
    if (status == MUTAU_OK)
        status = store_steps(&r, chain, n_step, &err);
    const double time = (now() - t0) / (double)(n_step * n_walker);
    mutau_chain_close(chain);
    end(&r);
    return status == MUTAU_OK ? time : give_up(&err);
}

static void print_overhead(const density *d, size_t n_walker, const char *path)
{
    printf("overhead, %zu walkers x %2zu: %.3f us per walker update", n_walker, d->dim,
           1e6 * time_update(d, &MOVES[0], 1, n_walker, 1, 3200 / n_walker));
    if (path != NULL)
        printf(", %.3f us with a chain file", 1e6 * time_stored(d, n_walker, path, 20000));
    printf("\n");
}

/* Draws of `n_mode` normals along a diagonal, and a prior around them. */
enum { N_FIT = 2000, FIT_DIM = 4 };
static void draw_modes(mutau_rng *rng, size_t n_mode, double x[], double prior[])
{
    for (size_t i = 0; i < N_FIT * FIT_DIM; i++) {
        x[i] = mutau_rng_normal(rng) + 10.0 * (double)(i / FIT_DIM % n_mode);
        prior[i] = 60.0 * mutau_rng_uniform(rng) - 15.0;
    }
}

/* Seconds per call, the best of some rounds. */
static void time_mixture(const mutau_mixture *m, mutau_rng *rng, const double x[])
{
    double weighed = (double)INFINITY, drawn = (double)INFINITY, y[FIT_DIM], sum = 0.0;
    for (int round = 0; round < N_ROUND / 10; round++) {
        const double t0 = now();
        for (size_t i = 0; i < N_FIT; i++)
            sum += mutau_mixture_ln_density(m, x + i * FIT_DIM);
        const double t1 = now();
        for (size_t i = 0; i < N_FIT; i++)
            mutau_mixture_draw(m, rng, y);
        weighed = fmin(weighed, (t1 - t0) / N_FIT);
        drawn = fmin(drawn, (now() - t1) / N_FIT);
    }
    printf("density %.3f us, draw %.3f us (ln L %.1f)\n", 1e6 * weighed, 1e6 * drawn, sum);
}

static void print_mixture(size_t n_mode)
{
    static double x[N_FIT * FIT_DIM], prior[N_FIT * FIT_DIM];
    const mutau_mixture_settings settings = {
        .dim = FIT_DIM, .max_component = MUTAU_MAX_COMPONENTS, .wide_weight = 0.05};
    const mutau_mixture_sample sample = {.n = N_FIT, .x = x}, around = {.n = N_FIT, .x = prior};
    mutau_error err = {0};
    mutau_mixture *m = NULL;
    mutau_rng *rng = mutau_rng_alloc(1);
    double best = (double)INFINITY;
    mutau_status status = rng != NULL ? MUTAU_OK : MUTAU_ENOMEM;
    if (status == MUTAU_OK)
        draw_modes(rng, n_mode, x, prior);
    for (int round = 0; round < 20 && status == MUTAU_OK; round++) {
        const double t0 = now();
        mutau_mixture_free(m);
        status = mutau_mixture_fit(&settings, &sample, &around, &m, &err);
        best = fmin(best, now() - t0);
    }
    if (status == MUTAU_OK) {
        printf("    %zu modes, %zu components: fit %.1f ms, ", n_mode, mutau_mixture_n_component(m),
               1e3 * best);
        time_mixture(m, rng, x);
    } else {
        (void)give_up(&err);
    }
    mutau_mixture_free(m);
    mutau_rng_free(rng);
}

int main(int argc, char *argv[])
{
    const char *const path = argc > 1 ? argv[1] : NULL;
    const density five = {.dim = 5}, ten = {.dim = 10};
    print_overhead(&five, 32, path);
    print_overhead(&ten, 64, path);
    const density four = {.dim = 4};
    printf("64 walkers x 4, by the move, us per walker update:");
    for (size_t i = 0; i < sizeof MOVES / sizeof MOVES[0]; i++)
        printf(" %s %.3f", MOVES[i].move->name, 1e6 * time_update(&four, &MOVES[i], 1, 64, 1, 20));
    printf("\n4 ensembles x 64 walkers x 4, two threads against one:\n");
    for (size_t n_exp = 250; n_exp <= 1000; n_exp *= 2) {
        const density busy = {.dim = 4, .n_exp = n_exp};
        const double one = time_update(&busy, &MOVES[0], 4, 64, 1, 1);
        const double two = time_update(&busy, &MOVES[0], 4, 64, 2, 1);
        printf("    %6.2f us per evaluation: %.2f times as fast\n", 1e6 * one, one / two);
    }
    printf("mixture, %d draws x %d:\n", N_FIT, FIT_DIM);
    for (size_t n_mode = 1; n_mode <= 4; n_mode++)
        print_mixture(n_mode);
    return 0;
}
