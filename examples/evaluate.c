/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluates the posterior of a run file at points of its prior, in one batch.
 *
 *     cc evaluate.c $(pkg-config --cflags --libs mutau) -lm && ./a.out chains/wp.yaml
 *
 * It ends with 0 if what it finds is consistent: ln prior is the closed form where the priors are
 * flat, ln likelihood the sum of its parts, and a point alone gives what it gave in the batch. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mutau/mutau.h>

enum { N_POINT = 2000 };

/* Of n points: what was asked, and what came out. */
typedef struct batch {
    size_t dim, n_blob;
    double *theta, *ln_prior, *ln_like, *blob;
} batch;

static int fail(const char *what, const mutau_error *err)
{
    fprintf(stderr, "evaluate: %s%s%s\n", what, err != NULL ? ": " : "",
            err != NULL ? err->text : "");
    return EXIT_FAILURE;
}

static double *numbers(size_t n)
{
    double *x = calloc(n > 0 ? n : 1, sizeof *x);
    if (x == NULL)
        exit(fail("out of memory", NULL));
    return x;
}

/* ln of the density of independent flat priors, which is the same everywhere. */
static double flat_prior(const mutau_runfile *run)
{
    double ln_volume = 0.0;
    for (size_t i = 0; i < mutau_runfile_dim(run); i++) {
        double lo, hi;
        mutau_runfile_range(run, i, &lo, &hi);
        ln_volume += log(hi - lo);
    }
    return -ln_volume;
}

/* The sum of the blobs lnl_flux, lnl_<term>, ... of point i. */
static double sum_of_parts(const mutau_runfile *run, const batch *b, size_t i)
{
    double sum = 0.0;
    for (size_t k = 0; k < b->n_blob; k++)
        if (strncmp(mutau_runfile_blob_name(run, k), "lnl_", 4) == 0)
            sum += b->blob[i * b->n_blob + k];
    return sum;
}

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-11 * (1.0 + fabs(b));
}

static int check(mutau_runfile *run, const batch *b)
{
    mutau_error err = {{0}};
    const double flat = flat_prior(run);
    for (size_t i = 0; i < N_POINT; i++) {
        if (!near(b->ln_prior[i], flat))
            return fail("ln prior is not that of flat priors", NULL);
        if (!near(b->ln_like[i], sum_of_parts(run, b, i)))
            return fail("ln likelihood is not the sum of its parts", NULL);
    }
    for (size_t i = 0; i < N_POINT; i += N_POINT / 10) {
        double ln_prior, ln_like;
        if (mutau_runfile_eval(run, 1, b->theta + i * b->dim, &ln_prior, &ln_like, NULL, NULL,
                               &err) != MUTAU_OK)
            return fail("one point", &err);
        if (memcmp(&ln_like, &b->ln_like[i], sizeof ln_like) != 0)
            return fail("a point alone has another likelihood than in the batch", NULL);
    }
    return EXIT_SUCCESS;
}

static void print_best(const mutau_runfile *run, const batch *b)
{
    size_t best = 0;
    for (size_t i = 1; i < N_POINT; i++)
        best = b->ln_like[i] > b->ln_like[best] ? i : best;
    printf("the best of %d points of the prior, ln likelihood %.4f:\n", N_POINT, b->ln_like[best]);
    for (size_t k = 0; k < b->dim; k++)
        printf("  %-16s %12.6g %s\n", mutau_runfile_name(run, k), b->theta[best * b->dim + k],
               mutau_runfile_unit(run, k));
    for (size_t k = 0; k < b->n_blob; k++)
        printf("  %-16s %12.6g\n", mutau_runfile_blob_name(run, k), b->blob[best * b->n_blob + k]);
}

static int evaluate(mutau_runfile *run)
{
    mutau_error err = {{0}};
    batch b = {.dim = mutau_runfile_dim(run), .n_blob = mutau_runfile_blob_count(run)};
    int code = EXIT_FAILURE;
    b.theta = numbers(N_POINT * b.dim);
    b.ln_prior = numbers(N_POINT);
    b.ln_like = numbers(N_POINT);
    b.blob = numbers(N_POINT * b.n_blob);
    if (mutau_runfile_draw(run, 1, N_POINT, b.theta, &err) != MUTAU_OK ||
        mutau_runfile_eval(run, N_POINT, b.theta, b.ln_prior, b.ln_like, b.blob, NULL, &err) !=
            MUTAU_OK) {
        code = fail("the batch", &err);
    } else {
        print_best(run, &b);
        code = check(run, &b);
    }
    free(b.theta);
    free(b.ln_prior);
    free(b.ln_like);
    free(b.blob);
    return code;
}

int main(int argc, char *argv[])
{
    mutau_error err = {{0}};
    mutau_runfile *run = NULL;
    if (argc < 2)
        return fail("usage: evaluate RUN.yaml [key=value ...]", NULL);
    mutau_init();
    if (mutau_runfile_open(argv[1], (size_t)argc - 2, (const char *const *)argv + 2, 0, &run,
                           &err) != MUTAU_OK)
        return fail("the run file", &err);
    for (size_t i = 0; i < mutau_runfile_remark_count(run); i++)
        fprintf(stderr, "evaluate: note: %s\n", mutau_runfile_remark(run, i));
    const int code = evaluate(run);
    mutau_runfile_close(run);
    return code;
}
