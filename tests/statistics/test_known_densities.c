/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of twenty seeds on densities with known answers: every estimate must lie
 * within its own stated Monte Carlo error, and the errors must be the right size.
 *
 * z = (estimate - truth) / mcse_mean is taken of functions of the draws whose
 * expectation is known.  Per function three numbers are tested over the 20 seeds:
 * the largest |z|, the sum of z over sqrt(20) (a bias far below one run's error is
 * seen), and the root mean square of z.  Were the z standard normal, the limits
 * below would let the 48 functions together fail for 1 of 300 sets of seeds. */
#include "check.h"
#include "analysis/diagnostics.h"
#include "targets.h"

enum { N_SEED = 20, MAX_FUNCTION = 24 };

static const double MAX_Z = 4.8;    /* 48 x 20 x 1.6e-6 */
static const double MAX_BIAS = 4.4; /* 48 x 1.1e-5 */
/* 48 x 2e-5: the 1e-5 tails of chi^2 with 20 degrees of freedom. */
static const double MIN_RMS = 0.44, MAX_RMS = 1.68;

typedef struct known {
    density d;
    size_t n_ensemble, n_walker;
    size_t n_burn, n_keep, thin; /* n_burn steps, then every thin-th of n_keep * thin */
    size_t n_function;
    const char *names[MAX_FUNCTION];
    double truth[MAX_FUNCTION];
    void (*functions)(const double x[], double f[]); /* all f_j at one draw */
} known;

/* One run's z of every function. */
static void run_seed(const known *k, uint32_t seed, double z[])
{
    run r;
    mutau_error err = {0};
    mutau_convergence c;
    run_begin(&r, &k->d, k->n_ensemble, k->n_walker, seed);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    run_steps(&r, k->n_burn);
    double *x = run_chain(&r, k->n_keep, k->thin);
    const size_t n_chain = k->n_ensemble * k->n_walker, n = k->n_keep * n_chain;
    double *f = calloc(n, sizeof *f), all[MAX_FUNCTION];
    assert_non_null(f);
    for (size_t j = 0; j < k->n_function; j++) {
        for (size_t i = 0; i < n; i++) {
            k->functions(x + i * k->d.dim, all);
            f[i] = all[j];
        }
        CHECK_OK(mutau_convergence_compute(k->n_keep, n_chain, f, &c, &err), err);
        z[j] = (c.mean - k->truth[j]) / c.mcse_mean;
    }
    free(x);
    free(f);
    run_end(&r);
}

static void check_known(const known *k)
{
    double z[N_SEED][MAX_FUNCTION];
    for (size_t s = 0; s < N_SEED; s++)
        run_seed(k, 1000 + (uint32_t)s, z[s]);
    for (size_t j = 0; j < k->n_function; j++) {
        double sum = 0.0, sum_sq = 0.0, worst = 0.0;
        for (size_t s = 0; s < N_SEED; s++) {
            sum += z[s][j];
            sum_sq += z[s][j] * z[s][j];
            worst = fmax(worst, fabs(z[s][j]));
        }
        const double bias = sum / sqrt(N_SEED), rms = sqrt(sum_sq / N_SEED);
        if (!(worst < MAX_Z && fabs(bias) < MAX_BIAS && rms > MIN_RMS && rms < MAX_RMS))
            fail_msg("%s: largest |z| %.2f, bias %.2f, rms %.2f", k->names[j], worst, bias, rms);
    }
}

/* ---- a correlated Gaussian in four dimensions ---- */

enum { GAUSS_DIM = 4 };
static const double GAUSS_ROOT[GAUSS_DIM * GAUSS_DIM] = {
    2.0, 0.0,  0.0, 0.0, /**/
    1.5, 0.5,  0.0, 0.0, /**/
    -3., 2.0,  4.0, 0.0, /**/
    0.1, -0.3, 0.2, 0.05,
};
static const double GAUSS_MEAN[GAUSS_DIM] = {1.0, -2.0, 10.0, 0.5};

static void gauss_functions(const double x[], double f[])
{
    size_t j = 0;
    for (size_t i = 0; i < GAUSS_DIM; i++)
        f[j++] = x[i];
    for (size_t i = 0; i < GAUSS_DIM; i++)
        for (size_t k = 0; k <= i; k++)
            f[j++] = (x[i] - GAUSS_MEAN[i]) * (x[k] - GAUSS_MEAN[k]);
    for (size_t i = 0; i < GAUSS_DIM; i++)
        f[j++] = x[i] < GAUSS_MEAN[i];
}

static void wide_draw(size_t dim, mutau_rng *rng, double x[])
{
    normal_draw(dim, rng, x);
    for (size_t i = 0; i < dim; i++)
        x[i] *= 3.0;
}

static void gaussian(void **state)
{
    (void)state;
    known k = {.d = {.dim = GAUSS_DIM,
                     .ln_like = normal_ln_like,
                     .draw = wide_draw,
                     .matrix = GAUSS_ROOT,
                     .shift = GAUSS_MEAN},
               .n_ensemble = 4,
               .n_walker = 16,
               .n_burn = 400,
               .n_keep = 400,
               .thin = 10,
               .n_function = 18,
               .functions = gauss_functions};
    size_t j = 0;
    for (size_t i = 0; i < GAUSS_DIM; i++)
        k.truth[j++] = GAUSS_MEAN[i];
    for (size_t i = 0; i < GAUSS_DIM; i++)
        for (size_t l = 0; l <= i; l++, j++)
            for (size_t m = 0; m <= l; m++)
                k.truth[j] += GAUSS_ROOT[i * GAUSS_DIM + m] * GAUSS_ROOT[l * GAUSS_DIM + m];
    for (size_t i = 0; i < GAUSS_DIM; i++)
        k.truth[j++] = 0.5;
    for (size_t i = 0; i < j; i++)
        k.names[i] = i < 4 ? "mean" : i < 14 ? "covariance" : "below mean";
    check_known(&k);
}

/* ---- Rosenbrock's curved valley, golden/rosenbrock.py ---- */

static bool in_rosenbrock_box(size_t dim, const double x[])
{
    (void)dim;
    return fabs(x[0]) <= 5.0 && fabs(x[1]) <= 5.0;
}

static double rosenbrock_ln_like(size_t dim, const double x[])
{
    (void)dim;
    const double a = 1.0 - x[0], b = x[1] - x[0] * x[0];
    return -a * a - 100.0 * b * b;
}

static void box_draw(size_t dim, mutau_rng *rng, double x[])
{
    for (size_t i = 0; i < dim; i++)
        x[i] = 10.0 * mutau_rng_uniform(rng) - 5.0;
}

static const double ROSEN_MEAN[2] = {0.936183815590447, 1.29334930973787};

static void rosenbrock_functions(const double x[], double f[])
{
    static const double x_edge[] = {0.0, 0.5, 1.0, 1.5, 2.0}, y_edge[] = {0.1, 0.5, 1.0, 2.5, 4.0};
    const double dx = x[0] - ROSEN_MEAN[0], dy = x[1] - ROSEN_MEAN[1];
    f[0] = x[0];
    f[1] = x[1];
    f[2] = dx * dx;
    f[3] = dy * dy;
    f[4] = dx * dy;
    for (size_t i = 0; i < 5; i++) {
        f[5 + i] = x[0] < x_edge[i];
        f[10 + i] = x[1] < y_edge[i];
    }
}

static void rosenbrock(void **state)
{
    (void)state;
    const known k = {
        .d = {.dim = 2,
              .inside = in_rosenbrock_box,
              .ln_like = rosenbrock_ln_like,
              .draw = box_draw},
        .n_ensemble = 4,
        .n_walker = 16,
        .n_burn = 4000,
        .n_keep = 500,
        .thin = 40,
        .n_function = 15,
        .names = {"mean x", "mean y", "var x", "var y", "cov", "x < 0", "x < 0.5", "x < 1",
                  "x < 1.5", "x < 2", "y < 0.1", "y < 0.5", "y < 1", "y < 2.5", "y < 4"},
        .truth = {0.936183815590447, 1.29334930973787, 0.417051958096665, 1.46869398655733,
                  0.699639511598883, 0.0819475429606434, 0.249808349103707, 0.520979301706382,
                  0.792150254309057, 0.96001106045212, 0.131915152922587, 0.344620051531032,
                  0.518142924905102, 0.827431042610538, 0.959917447667998},
        .functions = rosenbrock_functions};
    check_known(&k);
}

/* ---- no likelihood: the prior ---- */

enum { PRIOR_DIM = 3 };

/* U(-5, 5), N(0, 1) and Exp(1). */
static bool in_prior(size_t dim, const double x[])
{
    (void)dim;
    return fabs(x[0]) <= 5.0 && x[2] >= 0.0;
}

static double prior_ln(size_t dim, const double x[])
{
    (void)dim;
    return -0.5 * x[1] * x[1] - x[2];
}

static void prior_draw(size_t dim, mutau_rng *rng, double x[])
{
    (void)dim;
    x[0] = 10.0 * mutau_rng_uniform(rng) - 5.0;
    x[1] = mutau_rng_normal(rng);
    x[2] = -log1p(-mutau_rng_uniform(rng));
}

/* Mean, variance about the true mean, and the quartiles' probabilities. */
static void prior_functions(const double x[], double f[])
{
    static const double mean[PRIOR_DIM] = {0.0, 0.0, 1.0};
    static const double quartile[PRIOR_DIM][3] = {
        {-2.5, 0.0, 2.5},
        {-0.674489750196082, 0.0, 0.674489750196082},
        {0.287682072451781, 0.693147180559945, 1.38629436111989},
    };
    for (size_t i = 0; i < PRIOR_DIM; i++, f += 5) {
        f[0] = x[i];
        f[1] = (x[i] - mean[i]) * (x[i] - mean[i]);
        for (size_t q = 0; q < 3; q++)
            f[2 + q] = x[i] < quartile[i][q];
    }
}

static void prior_alone(void **state)
{
    (void)state;
    const known k = {
        .d = {.dim = PRIOR_DIM, .inside = in_prior, .ln_prior = prior_ln, .draw = prior_draw},
        .n_ensemble = 4,
        .n_walker = 16,
        .n_burn = 400,
        .n_keep = 400,
        .thin = 10,
        .n_function = 15,
        .names = {"uniform mean", "uniform var", "uniform q1", "uniform q2", "uniform q3",
                  "normal mean", "normal var", "normal q1", "normal q2", "normal q3", "exp mean",
                  "exp var", "exp q1", "exp q2", "exp q3"},
        .truth = {0.0, 100.0 / 12.0, 0.25, 0.5, 0.75, 0.0, 1.0, 0.25, 0.5, 0.75, 1.0, 1.0, 0.25,
                  0.5, 0.75},
        .functions = prior_functions};
    check_known(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian),
        cmocka_unit_test(rosenbrock),
        cmocka_unit_test(prior_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
