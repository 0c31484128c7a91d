/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HPD regions hold the probability they claim, under the true density, not only the draws.
 *
 * With 40000 independent draws the true probability of a region that holds exactly the
 * mass p of the draws has a standard deviation of at most sqrt(p (1 - p) / 40000) = 0.25 %
 * (0.23 % at 68 %): 1 % is 4 sigma, so the 5 x 5 x 4 checks raise a false alarm with
 * probability below 1 %, and the seeds are fixed.  The mean over the seeds has 5^-1/2 of
 * that and no more bias than 0.5 %. */
#include "check.h"
#include "analysis/credible.h"
#include "base/rng.h"

#include <stdlib.h>

#define INF ((double)INFINITY)

enum { N = 40000, N_SEED = 5, N_MASS = 4 };
static const double masses[N_MASS] = {0.68, 0.90, 0.95, 0.975};

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double draw_normal(mutau_rng *rng)
{
    return 2.0 + 0.3 * mutau_rng_normal(rng);
}

static double cdf_normal(double x)
{
    return normal_cdf((x - 2.0) / 0.3);
}

static double draw_mixture(mutau_rng *rng)
{
    const double u = mutau_rng_uniform(rng), z = mutau_rng_normal(rng);
    return u < 0.7 ? -3.0 + 0.1 * z : 3.0 + z;
}

static double cdf_mixture(double x)
{
    return 0.7 * normal_cdf((x + 3.0) / 0.1) + 0.3 * normal_cdf(x - 3.0);
}

static double draw_exponential(mutau_rng *rng)
{
    return -log1p(-mutau_rng_uniform(rng));
}

static double cdf_exponential(double x)
{
    return x > 0.0 ? -expm1(-x) : 0.0;
}

static double draw_uniform(mutau_rng *rng)
{
    return mutau_rng_uniform(rng);
}

static double cdf_uniform(double x)
{
    return fmin(fmax(x, 0.0), 1.0);
}

/* The banana's long side: y = x^2 + 0.3 z. */
static double draw_banana(mutau_rng *rng)
{
    const double x = mutau_rng_normal(rng);
    return x * x + 0.3 * mutau_rng_normal(rng);
}

static double cdf_banana(double y)
{
    enum { STEPS = 2000 };
    double sum = 0.0;
    for (int i = 0; i < STEPS; i++) {
        const double x = 16.0 * (i + 0.5) / STEPS - 8.0;
        sum += exp(-0.5 * x * x) * normal_cdf((y - x * x) / 0.3);
    }
    return sum * 16.0 / STEPS / sqrt(2.0 * 3.14159265358979323846);
}

typedef struct law {
    const char *name;
    double (*draw)(mutau_rng *rng);
    double (*cdf)(double x);
    double lo, hi;
    double length[N_MASS]; /* of the true region; the shortest there is */
} law;

/* The lengths are those that hpd_lengths.py, beside this file, prints. */
static const law laws[] = {
    {"normal", draw_normal, cdf_normal, -INF, INF, {0.596675, 0.986912, 1.175978, 1.344842}},
    {"mixture", draw_mixture, cdf_mixture, -INF, INF, {0.437870, 2.540645, 3.403825, 4.134810}},
    {"exponential",
     draw_exponential,
     cdf_exponential,
     0.0,
     INF,
     {1.13943, 2.30259, 2.99573, 3.68888}},
    {"uniform", draw_uniform, cdf_uniform, 0.0, 1.0, {0.68, 0.90, 0.95, 0.975}},
    {"banana", draw_banana, cdf_banana, -INF, INF, {1.52528, 3.41883, 4.63906, 5.89696}},
};

static void check_law(const law *which)
{
    double *x = calloc(N, sizeof x[0]);
    assert_non_null(x);
    double bias[N_MASS] = {0.0};
    for (uint32_t seed = 1; seed <= N_SEED; seed++) {
        mutau_rng *rng = mutau_rng_alloc(seed);
        assert_non_null(rng);
        for (size_t i = 0; i < N; i++)
            x[i] = which->draw(rng);
        mutau_rng_free(rng);
        mutau_region region[N_MASS];
        mutau_error err = {0};
        CHECK_OK(mutau_hpd_regions(N, x, which->lo, which->hi, N, N_MASS, masses, region, &err),
                 err);
        for (size_t i = 0; i < N_MASS; i++) {
            double probability = 0.0, length = 0.0;
            for (size_t j = 0; j < region[i].n; j++) {
                probability += which->cdf(region[i].hi[j]) - which->cdf(region[i].lo[j]);
                length += region[i].hi[j] - region[i].lo[j];
            }
            CHECK_ABS(probability, masses[i], 0.01);
            CHECK_REL(length, which->length[i], 0.04);
            bias[i] += (probability - masses[i]) / N_SEED;
        }
    }
    for (size_t i = 0; i < N_MASS; i++)
        CHECK_ABS(bias[i], 0.0, 0.005);
    free(x);
}

static void normal_is_covered(void **state)
{
    (void)state;
    check_law(&laws[0]);
}

static void two_modes_are_covered(void **state)
{
    (void)state;
    check_law(&laws[1]);
}

static void exponential_at_an_edge_is_covered(void **state)
{
    (void)state;
    check_law(&laws[2]);
}

static void uniform_is_covered(void **state)
{
    (void)state;
    check_law(&laws[3]);
}

static void banana_is_covered(void **state)
{
    (void)state;
    check_law(&laws[4]);
}

/* AR(1) draws with correlation 0.9 have 1/19 of the independent ones' weight. */
static void correlated_draws_are_covered(void **state)
{
    (void)state;
    const size_t n = 19 * (size_t)N;
    double *x = calloc(n, sizeof x[0]);
    mutau_rng *rng = mutau_rng_alloc(4);
    assert_non_null(x);
    assert_non_null(rng);
    x[0] = mutau_rng_normal(rng);
    for (size_t i = 1; i < n; i++)
        x[i] = 0.9 * x[i - 1] + sqrt(1.0 - 0.81) * mutau_rng_normal(rng);
    mutau_region region[N_MASS];
    mutau_error err = {0};
    CHECK_OK(mutau_hpd_regions(n, x, -INF, INF, N, N_MASS, masses, region, &err), err);
    for (size_t i = 0; i < N_MASS; i++) {
        assert_int_equal(region[i].n, 1);
        CHECK_ABS(normal_cdf(region[i].hi[0]) - normal_cdf(region[i].lo[0]), masses[i], 0.01);
    }
    free(x);
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_is_covered),
        cmocka_unit_test(two_modes_are_covered),
        cmocka_unit_test(exponential_at_an_edge_is_covered),
        cmocka_unit_test(uniform_is_covered),
        cmocka_unit_test(banana_is_covered),
        cmocka_unit_test(correlated_draws_are_covered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
