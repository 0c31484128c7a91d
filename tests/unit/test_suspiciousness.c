/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Suspiciousness of two measurements of d numbers with normal errors and a flat prior,
 * where everything is known: each run constrains d, ln S = d/2 - chi^2/2 with
 * chi^2 = sum (a - b)^2/(s_a^2 + s_b^2), and chi^2's own tail is the probability. */
#include "check.h"
#include "base/rng.h"
#include "analysis/suspiciousness.h"

enum { DIM = 3, N_DRAW = 200000 };

static const double s_a[DIM] = {1.0, 0.5, 2.0}, s_b[DIM] = {0.7, 1.5, 2.0};

/* ln L of a measurement at `mean` with errors `sd`. */
static double ln_like(const double x[DIM], const double mean[DIM], const double sd[DIM])
{
    double sum = 0.0;
    for (int i = 0; i < DIM; i++)
        sum -= 0.5 * (x[i] - mean[i]) * (x[i] - mean[i]) / (sd[i] * sd[i]);
    return sum;
}

static void joint(const double a[DIM], const double b[DIM], double mean[DIM], double sd[DIM])
{
    for (int i = 0; i < DIM; i++) {
        const double w_a = 1.0 / (s_a[i] * s_a[i]), w_b = 1.0 / (s_b[i] * s_b[i]);
        mean[i] = (w_a * a[i] + w_b * b[i]) / (w_a + w_b);
        sd[i] = 1.0 / sqrt(w_a + w_b);
    }
}

/* Which of A and B the run has. */
typedef struct run {
    int with_a, with_b;
} run;

/* The moments of ln L over independent draws of the run's posterior. */
static mutau_ln_like_moments sample(run r, const double a[DIM], const double b[DIM], mutau_rng *rng)
{
    double mean[DIM], sd[DIM], sum = 0.0, square = 0.0;
    joint(a, b, mean, sd);
    for (int k = 0; k < N_DRAW; k++) {
        double x[DIM], value = 0.0;
        for (int i = 0; i < DIM; i++) {
            const double centre = r.with_a && r.with_b ? mean[i] : (r.with_a ? a[i] : b[i]);
            const double width = r.with_a && r.with_b ? sd[i] : (r.with_a ? s_a[i] : s_b[i]);
            x[i] = centre + width * mutau_rng_normal(rng);
        }
        value += r.with_a ? ln_like(x, a, s_a) : 0.0;
        value += r.with_b ? ln_like(x, b, s_b) : 0.0;
        sum += value;
        square += value * value;
    }
    const double average = sum / N_DRAW, variance = square / N_DRAW - average * average;
    return (mutau_ln_like_moments){average, variance, sqrt(variance / N_DRAW)};
}

/* Q of chi^2 with 3 degrees of freedom. */
static double tail_of_3(double chi2)
{
    return erfc(sqrt(0.5 * chi2)) + sqrt(2.0 * chi2 / acos(-1.0)) * exp(-0.5 * chi2);
}

static void normal_measurements_have_a_closed_form(void **state)
{
    (void)state;
    static const double a[DIM] = {0.0, 1.0, -2.0};
    static const double offset[] = {0.0, 1.0, 3.0};
    mutau_rng *rng = mutau_rng_alloc(7);
    assert_non_null(rng);
    for (int k = 0; k < 3; k++) {
        double b[DIM], chi2 = 0.0;
        for (int i = 0; i < DIM; i++) {
            b[i] = a[i] + offset[k];
            chi2 += offset[k] * offset[k] / (s_a[i] * s_a[i] + s_b[i] * s_b[i]);
        }
        const mutau_ln_like_moments ab = sample((run){1, 1}, a, b, rng);
        const mutau_ln_like_moments only_a = sample((run){1, 0}, a, b, rng);
        const mutau_ln_like_moments only_b = sample((run){0, 1}, a, b, rng);
        const mutau_suspiciousness s = mutau_suspiciousness_compute(&ab, &only_a, &only_b);
        CHECK_REL(s.error, sqrt(3.0 * 1.5 / N_DRAW), 0.05);
        CHECK_ABS(s.ln_s, 0.5 * DIM - 0.5 * chi2, 5.0 * s.error);
        CHECK_ABS(s.dimension, DIM, 0.1);
        CHECK_ABS(s.d_ab, DIM, 0.06);
        CHECK_ABS(s.d_a, DIM, 0.06);
        CHECK_ABS(s.d_b, DIM, 0.06);
        CHECK_ABS(s.probability, tail_of_3(chi2), 0.02);
    }
    mutau_rng_free(rng);
}

/* chi^2 of 2 degrees of freedom: Q = exp(-chi^2/2). */
static void moments_are_put_together(void **state)
{
    (void)state;
    const mutau_ln_like_moments ab = {-14.0, 1.5, 0.3}, a = {-9.0, 1.25, 0.4},
                                b = {-1.0, 1.25, 1.2};
    const mutau_suspiciousness s = mutau_suspiciousness_compute(&ab, &a, &b);
    CHECK_ABS(s.ln_s, -4.0, 1e-14);
    CHECK_ABS(s.error, 1.3, 1e-14);
    CHECK_ABS(s.dimension, 2.0, 1e-14);
    CHECK_REL(s.probability, exp(-5.0), 1e-12);
    CHECK_REL(erfc(s.sigma / sqrt(2.0)), exp(-5.0), 1e-10);
}

static void agreement_beyond_chance_is_certain(void **state)
{
    (void)state;
    const mutau_ln_like_moments ab = {0.0, 1.0, 0.0}, one = {-2.0, 1.0, 0.0};
    const mutau_suspiciousness s = mutau_suspiciousness_compute(&ab, &one, &one);
    CHECK_ABS(s.probability, 1.0, 0.0);
    CHECK_ABS(s.sigma, 0.0, 0.0);
}

/* Data that constrain nothing in common have no probability to give. */
static void no_shared_dimension_has_no_probability(void **state)
{
    (void)state;
    const mutau_ln_like_moments ab = {-2.0, 2.0, 0.0}, one = {-1.0, 1.0, 0.0};
    const mutau_suspiciousness s = mutau_suspiciousness_compute(&ab, &one, &one);
    CHECK_ABS(s.ln_s, 0.0, 0.0);
    CHECK_ABS(s.dimension, 0.0, 0.0);
    assert_true(isnan(s.probability) && isnan(s.sigma));
    const mutau_ln_like_moments unknown = {(double)NAN, 5.0, 0.0};
    assert_true(isnan(mutau_suspiciousness_compute(&ab, &unknown, &one).probability));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_measurements_have_a_closed_form),
        cmocka_unit_test(moments_are_put_together),
        cmocka_unit_test(agreement_beyond_chance_is_certain),
        cmocka_unit_test(no_shared_dimension_has_no_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
