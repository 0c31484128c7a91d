/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the public interface adds to the evaluation of a batch: mutau_runfile_eval beside the
 * threads that it hands the points to, in turns, on the same points.
 *
 * usage: bench_api RUN.yaml [THREADS] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "posterior/density.h"
#include "sampler/evaluator.h"
#include "mutau/mutau.h"

enum { N_POINT = 1000, N_TURN = 201, MAX_BLOB = 32, MAX_DIM = 16 };

static double theta[N_POINT * MAX_DIM], ln_prior[N_POINT], ln_like[N_POINT];
static double blob[N_POINT * MAX_BLOB];
static mutau_status status[N_POINT];

/* Time of the processor: other programs take less of it than of the wall's. */
static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void quit(const mutau_error *err)
{
    (void)fprintf(stderr, "bench_api: %s\n", err->text);
    exit(EXIT_FAILURE);
}

static double time_public(mutau_runfile *run, size_t n)
{
    mutau_error err = {0};
    const double begin = now();
    for (size_t i = 0; i < N_POINT; i += n)
        if (mutau_runfile_eval(run, n, theta + i * mutau_runfile_dim(run), ln_prior + i,
                               ln_like + i, blob + i * mutau_runfile_blob_count(run), NULL,
                               &err) != MUTAU_OK)
            quit(&err);
    return now() - begin;
}

static double time_internal(mutau_thread_team *team, const mutau_target *t, size_t n)
{
    const double begin = now();
    for (size_t i = 0; i < N_POINT; i += n) {
        const mutau_points points = {.n = n,
                                     .x = theta + i * t->dim,
                                     .ln_prior = ln_prior + i,
                                     .ln_like = ln_like + i,
                                     .blob = blob + i * t->n_blob,
                                     .status = status + i};
        mutau_thread_team_eval(team, &points, NULL);
    }
    return now() - begin;
}

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compare(mutau_runfile *run, mutau_thread_team *team, const mutau_target *t, size_t n)
{
    double ratio[N_TURN], least = (double)INFINITY, least_public = (double)INFINITY;
    for (int i = -2; i < N_TURN; i++) { /* two to warm up */
        const double first = i % 2 == 0 ? time_public(run, n) : 0.0;
        const double internal = time_internal(team, t, n);
        const double public = i % 2 == 0 ? first : time_public(run, n);
        if (i >= 0)
            ratio[i] = public / internal;
        least = internal < least ? internal : least;
        least_public = public < least_public ? public : least_public;
    }
    qsort(ratio, N_TURN, sizeof ratio[0], rising);
    (void)printf("batches of %4zu: %.3f us a point, public / internal: of the least times %.4f, "
                 "median %.4f, half of them in %.4f ... %.4f\n",
                 n, 1e6 * least / N_POINT, least_public / least, ratio[N_TURN / 2],
                 ratio[N_TURN / 4], ratio[3 * N_TURN / 4]);
}

int main(int argc, char *argv[])
{
    mutau_error err = {0};
    mutau_runfile *run = NULL;
    mutau_run_settings *settings = NULL;
    mutau_density d;
    mutau_thread_team *team = NULL;
    const int n_thread = argc > 2 ? atoi(argv[2]) : 1;
    const char *const cold = "model.targets=cold"; /* what the interface adds shows beside little */
    if (argc < 2)
        return EXIT_FAILURE;
    mutau_init();
    if (mutau_runfile_open(argv[1], 1, &cold, n_thread, &run, &err) != MUTAU_OK ||
        mutau_runfile_draw(run, 1, N_POINT, theta, &err) != MUTAU_OK ||
        mutau_run_settings_read(argv[1], 1, &cold, &settings, &err) != MUTAU_OK ||
        mutau_density_open(settings, &d, &err) != MUTAU_OK ||
        mutau_thread_team_alloc(&d.target, n_thread, &team, &err) != MUTAU_OK)
        quit(&err);
    for (size_t n = N_POINT; n >= 10; n /= 10)
        compare(run, team, &d.target, n);
    mutau_thread_team_free(team);
    mutau_density_close(&d);
    mutau_run_settings_free(settings);
    mutau_runfile_close(run);
    return EXIT_SUCCESS;
}
