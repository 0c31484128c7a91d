/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it costs to share a batch of points among ranks:
 *
 *     mpirun -n 2 bench_ranks RUN.yaml
 *
 * The fastest and the median time of a batch of 2, 16, 128, ... points of the run file's
 * posterior, drawn from its prior, one thread a rank; and the same without the others. */
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sampler/evaluator.h"
#include "base/mem.h"
#include "posterior/posterior.h"
#include "process/progress.h"
#include "process/ranks.h"

enum { MAX_N = 8192, N_REPEAT = 400 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_batches(const char *who, const mutau_evaluator *evaluator,
                         const mutau_points *points)
{
    static double seconds[N_REPEAT];
    for (size_t n = 2; n <= MAX_N; n *= 8) {
        mutau_points some = *points;
        some.n = n;
        for (int i = 0; i < N_REPEAT; i++) {
            const double start = progress_clock();
            evaluator->eval(evaluator->self, &some);
            seconds[i] = progress_clock() - start;
        }
        qsort(seconds, N_REPEAT, sizeof seconds[0], by_size);
        (void)printf("%-10s %5zu points: fastest %9.1f us, median %9.1f us\n", who, n,
                     1e6 * seconds[0], 1e6 * seconds[N_REPEAT / 2]);
    }
}

static void eval_alone(void *self, const mutau_points *points)
{
    mutau_thread_team_eval(self, points, NULL);
}

static mutau_status bench(const mutau_run_settings *settings, const mutau_target *target,
                          mutau_error *err)
{
    ranks_team *team = NULL;
    mutau_thread_team *threads = NULL;
    mutau_rng *rng = mutau_rng_alloc(1);
    double *x = mutau_calloc(MAX_N * target->dim, sizeof *x);
    const mutau_points points = {.n = MAX_N,
                                 .x = x,
                                 .ln_prior = mutau_calloc(MAX_N, sizeof(double)),
                                 .ln_like = mutau_calloc(MAX_N, sizeof(double)),
                                 .blob = mutau_calloc(MAX_N * target->n_blob, sizeof(double)),
                                 .status = mutau_calloc(MAX_N, sizeof(mutau_status))};
    for (size_t i = 0; i < MAX_N; i++)
        target->draw(target->self, rng, x + i * target->dim);
    mutau_status status = mutau_thread_team_alloc(target, 1, &threads, err);
    if (status == MUTAU_OK) {
        time_batches("alone", &(mutau_evaluator){.eval = eval_alone, .self = threads}, &points);
        status = ranks_share(settings, target, 1, &team, err);
    }
    if (status == MUTAU_OK && team != NULL)
        time_batches("shared", ranks_evaluator(team), &points);
    ranks_release(team);
    mutau_thread_team_free(threads);
    mutau_rng_free(rng);
    free(x);
    free(points.ln_prior);
    free(points.ln_like);
    free(points.blob);
    free(points.status);
    return status;
}

static int run(int argc, char *argv[])
{
    mutau_error err = {0};
    mutau_run_settings *settings = NULL;
    mutau_posterior *posterior = NULL;
    if (argc != 2)
        return 1;
    mutau_status status = mutau_run_settings_read(argv[1], 0, NULL, &settings, &err);
    if (status == MUTAU_OK)
        status = mutau_posterior_alloc(settings, &posterior, &err);
    if (status == MUTAU_OK) {
        const mutau_target target = mutau_posterior_target(posterior);
        status = bench(settings, &target, &err);
    }
    mutau_posterior_free(posterior);
    mutau_run_settings_free(settings);
    if (status != MUTAU_OK)
        (void)fprintf(stderr, "%s\n", err.text);
    return status != MUTAU_OK;
}

int main(int argc, char *argv[])
{
    (void)gsl_set_error_handler_off();
    ranks_begin();
    return ranks_end(ranks_own() > 0 ? ranks_work() : run(argc, argv));
}
