/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples a density of its own, two correlated normal coordinates in a box, and judges the draws.
 *
 *     cc sample.c $(pkg-config --cflags --libs mutau) -lm && ./a.out [CHAIN.h5]
 *
 * With the name of a file the draws are kept there, where a run that was interrupted goes on.
 * It ends with 0 if the draws have converged and say what is known of the density: mean and
 * standard deviation within five of their errors, the ends of the 68 % region within a tenth of
 * a standard deviation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <mutau/mutau.h>

enum { DIM = 2 };
static const double CORRELATION = 0.8, BOX = 10.0;
static const double MEAN[DIM] = {1.0, -2.0}, SD[DIM] = {0.5, 1.5};
static const double HALF_68 = 0.994457883209753; /* of a normal density, in sd */

static int fail(const char *what, const mutau_error *err)
{
    fprintf(stderr, "sample: %s%s%s\n", what, err != NULL ? ": " : "",
            err != NULL ? err->text : "");
    return EXIT_FAILURE;
}

/* ln prior and ln likelihood at one point; threads call it at the same time. */
static int ln_density(void *self, const double theta[], double *ln_prior, double *ln_like,
                      double blob[])
{
    (void)self;
    *ln_prior = -DIM * log(2.0 * BOX);
    for (int i = 0; i < DIM; i++)
        if (!(fabs(theta[i]) <= BOX))
            *ln_prior = -INFINITY;
    const double u = (theta[0] - MEAN[0]) / SD[0], v = (theta[1] - MEAN[1]) / SD[1];
    const double r = CORRELATION;
    *ln_like = -0.5 * (u * u - 2.0 * r * u * v + v * v) / (1.0 - r * r);
    blob[0] = theta[0] + theta[1];
    return 0;
}

/* The point of the prior that belongs to uniform numbers. */
static void draw(void *self, const double unit[], double theta[])
{
    (void)self;
    for (int i = 0; i < DIM; i++)
        theta[i] = -BOX + 2.0 * BOX * unit[i];
}

static void print(const mutau_results *results)
{
    const mutau_outcome *o = mutau_results_outcome(results);
    printf("%zu draws, R-hat %.4f, bulk ESS %.0f, tau %.1f steps: %sconverged\n", o->n_draw,
           o->rhat, o->ess_bulk, o->tau, o->converged ? "" : "not ");
    for (size_t i = 0; i < mutau_results_count(results); i++) {
        double lo[MUTAU_RESULT_INTERVALS], hi[MUTAU_RESULT_INTERVALS];
        const mutau_result *q = mutau_results_get(results, i);
        printf("  %s = %.3f +- %.3f, 68 %% in", q->name, q->mean, q->sd);
        const size_t n = mutau_results_region(results, i, 0, lo, hi);
        for (size_t k = 0; k < n; k++)
            printf(" [%.3f, %.3f]", lo[k], hi[k]);
        printf("\n");
    }
    for (size_t i = 0; i < mutau_results_problem_count(results); i++)
        printf("  %s\n", mutau_results_problem(results, i));
}

static int check(const mutau_results *results)
{
    if (!mutau_results_outcome(results)->converged)
        return fail("the draws have not converged", NULL);
    for (size_t i = 0; i < DIM; i++) {
        double lo[MUTAU_RESULT_INTERVALS], hi[MUTAU_RESULT_INTERVALS];
        const mutau_result *q = mutau_results_get(results, i);
        if (!(fabs(q->mean - MEAN[i]) <= 5.0 * q->mcse_mean))
            return fail("a mean is wrong", NULL);
        if (!(fabs(q->sd - SD[i]) <= 5.0 * q->mcse_mean))
            return fail("a standard deviation is wrong", NULL);
        if (mutau_results_region(results, i, 0, lo, hi) != 1 ||
            !(fabs(lo[0] - (MEAN[i] - HALF_68 * SD[i])) <= 0.1 * SD[i]) ||
            !(fabs(hi[0] - (MEAN[i] + HALF_68 * SD[i])) <= 0.1 * SD[i]))
            return fail("a region is wrong", NULL);
    }
    const double sum = mutau_results_best(results, "x") + mutau_results_best(results, "y");
    if (!(fabs(mutau_results_best(results, "sum") - sum) <= 1e-12))
        return fail("the blob is not of the point beside it", NULL);
    return EXIT_SUCCESS;
}

static const char SETTINGS[] = "{ensembles: 4, walkers: 16, seed: 1, "
                               "stop: {max_steps: 2000, min_steps: 2000}}";

/* In memory.  One thread: a density as cheap as this one is not worth more. */
static mutau_status sample_here(const mutau_own_density *density, mutau_results **results,
                                mutau_error *err)
{
    mutau_sampling *sampling = NULL;
    mutau_status status = mutau_sampling_open(density, SETTINGS, 1, &sampling, err);
    if (status == MUTAU_OK)
        status = mutau_sampling_run(sampling, 2000, err);
    if (status == MUTAU_OK)
        status = mutau_results_of_sampling(sampling, MUTAU_BURN_IN_AUTO, results, err);
    mutau_sampling_close(sampling);
    return status;
}

/* Into a chain file, until the run ends. */
static mutau_status sample_to_file(const mutau_own_density *density, const char *path,
                                   mutau_results **results, mutau_error *err)
{
    const mutau_filerun_options options = {.resume = true, .n_thread = 1};
    mutau_filerun_state state = MUTAU_FILERUN_MORE;
    mutau_filerun *run = NULL;
    mutau_chainfile *file = NULL;
    mutau_status status = mutau_filerun_open_density(density, path, SETTINGS, &options, &run, err);
    while (status == MUTAU_OK && state == MUTAU_FILERUN_MORE)
        status = mutau_filerun_step(run, 500, &state, err);
    mutau_filerun_close(run);
    if (status == MUTAU_OK)
        status = mutau_chainfile_open(path, &file, err);
    if (status == MUTAU_OK)
        status = mutau_results_of_files(1, &file, 0, NULL, results, err);
    mutau_chainfile_close(file);
    return status;
}

int main(int argc, char *argv[])
{
    static const char *const names[DIM] = {"x", "y"};
    static const char *const blob_names[] = {"sum"};
    static const double lo[DIM] = {-10.0, -10.0}, hi[DIM] = {10.0, 10.0};
    const mutau_own_density density = {.dim = DIM,
                                       .eval = ln_density,
                                       .draw = draw,
                                       .name = "two correlated normals",
                                       .names = names,
                                       .n_blob = 1,
                                       .blob_names = blob_names,
                                       .lo = lo,
                                       .hi = hi};
    mutau_error err = {{0}};
    mutau_results *results = NULL;
    mutau_init();
    const mutau_status status = argc > 1 ? sample_to_file(&density, argv[1], &results, &err)
                                         : sample_here(&density, &results, &err);
    if (status != MUTAU_OK)
        return fail(mutau_status_text(status), &err);
    print(results);
    const int code = check(results);
    mutau_results_free(results);
    return code;
}
