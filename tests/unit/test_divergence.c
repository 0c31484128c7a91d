/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Overlap and Jensen-Shannon divergence of densities for which both are known.  Fixed
 * seeds; the tolerances are five standard deviations and more. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/divergence.h"
#include "base/rng.h"

#include <stdlib.h>

enum { N = 40000 };

typedef struct draws {
    double x[N], y[N];
} draws;

/* Normal x and y, y of standard deviation 1 about 0. */
static draws *make_draws(uint32_t seed, double mean, double sd, double memory)
{
    draws *d = calloc(1, sizeof *d);
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(d);
    assert_non_null(rng);
    double u = mutau_rng_normal(rng), v = mutau_rng_normal(rng);
    for (size_t i = 0; i < N; i++) {
        const double kick = sqrt(1.0 - memory * memory);
        u = memory * u + kick * mutau_rng_normal(rng);
        v = memory * v + kick * mutau_rng_normal(rng);
        d->x[i] = mean + sd * u;
        d->y[i] = v;
    }
    mutau_rng_free(rng);
    return d;
}

static double overlap(const draws *a, const draws *b)
{
    double value = (double)NAN;
    mutau_error err = {0};
    CHECK_OK(mutau_overlap(N, a->x, N, b->x, &value, &err), err);
    return value;
}

static mutau_jensen_shannon jensen_shannon(const draws *a, const draws *b)
{
    mutau_jensen_shannon j = {(double)NAN, (double)NAN};
    mutau_error err = {0};
    CHECK_OK(mutau_jensen_shannon_planar(N, a->x, a->y, N, b->x, b->y, &j, &err), err);
    return j;
}

static double normal(double x, double mean, double sd)
{
    const double z = (x - mean) / sd;
    return exp(-0.5 * z * z) / (sd * sqrt(2.0 * acos(-1.0)));
}

/* By the trapezoidal rule: of the overlap and, in bits, of the divergence from N(0, 1). */
static void exact(double mean, double sd, double *overlap_out, double *bits)
{
    const double h = 0.001;
    *overlap_out = *bits = 0.0;
    for (double x = -12.0; x < 15.0; x += h) {
        const double p = normal(x, 0.0, 1.0), q = normal(x, mean, sd), m = 0.5 * (p + q);
        *overlap_out += h * fmin(p, q);
        if (p > 0.0)
            *bits += 0.5 * h * p * log2(p / m);
        if (q > 0.0)
            *bits += 0.5 * h * q * log2(q / m);
    }
}

static void known_densities(void **state)
{
    (void)state;
    static const double mean[] = {0.1, 0.5, 1.0, 3.0, 0.0, 0.0, 1.0};
    static const double sd[] = {1.0, 1.0, 1.0, 1.0, 2.0, 0.25, 0.5};
    draws *a = make_draws(1, 0.0, 1.0, 0.0);
    for (size_t i = 0; i < sizeof mean / sizeof mean[0]; i++) {
        double want_overlap, want_bits;
        draws *b = make_draws(2 + (uint32_t)i, mean[i], sd[i], 0.0);
        exact(mean[i], sd[i], &want_overlap, &want_bits);
        CHECK_ABS(overlap(a, b), want_overlap, 0.02);
        CHECK_ABS(jensen_shannon(a, b).bits, want_bits, 0.004 + 0.03 * want_bits);
        free(b);
    }
    free(a);
}

static void equal_sets_are_exactly_equal(void **state)
{
    (void)state;
    draws *a = make_draws(21, 0.0, 1.0, 0.9);
    CHECK_ABS(overlap(a, a), 1.0, 0.0);
    CHECK_ABS(jensen_shannon(a, a).bits, 0.0, 0.0);
    CHECK_ABS(jensen_shannon(a, a).plug_in, 0.0, 0.0);
    free(a);
}

/* tau = 39; cells are left sooner, and independent draws have a bias of 256/(4 N ln 2) =
 * 0.0023. */
static void noise_is_no_difference(void **state)
{
    (void)state;
    double sum = 0.0, plug_in = 0.0;
    for (uint32_t i = 0; i < 5; i++) {
        draws *a = make_draws(31 + 2 * i, 0.0, 1.0, 0.95),
              *b = make_draws(32 + 2 * i, 0.0, 1.0, 0.95);
        const mutau_jensen_shannon j = jensen_shannon(a, b);
        sum += j.bits / 5.0;
        plug_in += j.plug_in / 5.0;
        assert_true(overlap(a, b) > 0.95);
        free(a);
        free(b);
    }
    assert_true(plug_in > 0.003);
    assert_true(sum < 0.3 * plug_in);
}

static void separate_sets_share_nothing(void **state)
{
    (void)state;
    draws *a = make_draws(41, 0.0, 1.0, 0.0), *b = make_draws(42, 100.0, 1.0, 0.0);
    CHECK_ABS(overlap(a, b), 0.0, 1e-4); /* the greatest draw is in one half alone */
    CHECK_ABS(jensen_shannon(a, b).bits, 1.0, 1e-12);
    free(a);
    free(b);
}

static void monotone_changes_do_not_matter(void **state)
{
    (void)state;
    draws *a = make_draws(51, 0.0, 1.0, 0.0), *b = make_draws(52, 0.7, 0.8, 0.0);
    const double before = overlap(a, b);
    const mutau_jensen_shannon j = jensen_shannon(a, b);
    for (size_t i = 0; i < N; i++) {
        a->x[i] = exp(a->x[i]);
        b->x[i] = exp(b->x[i]);
    }
    CHECK_ABS(overlap(a, b), before, 1e-3); /* quantiles lie between draws */
    CHECK_ABS(jensen_shannon(a, b).bits, j.bits, 0.0);
    free(a);
    free(b);
}

/* Unequal numbers, and values that occur many times, as those of walkers do. */
static void sets_may_differ_in_size_and_repeat(void **state)
{
    (void)state;
    draws *a = make_draws(61, 0.0, 1.0, 0.0), *b = make_draws(62, 1.0, 1.0, 0.0);
    double value, want, bits;
    mutau_jensen_shannon j;
    mutau_error err = {0};
    exact(1.0, 1.0, &want, &bits);
    CHECK_OK(mutau_overlap(N, a->x, N / 4, b->x, &value, &err), err);
    CHECK_ABS(value, want, 0.03);
    CHECK_OK(mutau_jensen_shannon_planar(N / 4, a->x, a->y, N, b->x, b->y, &j, &err), err);
    CHECK_ABS(j.bits, bits, 0.02);
    for (size_t i = 0; i < N; i++) {
        a->x[i] = floor(a->x[i]);
        b->x[i] = floor(b->x[i]);
        a->y[i] = b->y[i] = 0.0;
    }
    double shared = 0.0; /* of the integer cells of N(0, 1) and N(1, 1) */
    for (double k = -9.0; k < 10.0; k += 1.0)
        shared += 0.5 * fmin(erf((k + 1.0) / sqrt(2.0)) - erf(k / sqrt(2.0)),
                             erf(k / sqrt(2.0)) - erf((k - 1.0) / sqrt(2.0)));
    CHECK_ABS(overlap(a, b), shared, 0.02);
    assert_true(jensen_shannon(a, b).bits < 1.1 * bits);
    free(a);
    free(b);
}

static void bad_draws_are_refused(void **state)
{
    (void)state;
    double x[MUTAU_DIVERGENCE_MIN] = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}, value;
    double bad[MUTAU_DIVERGENCE_MIN] = {0.0, (double)NAN};
    const size_t n = MUTAU_DIVERGENCE_MIN;
    mutau_jensen_shannon j;
    mutau_error err = {0};
    CHECK_OK(mutau_overlap(n, x, n, x, &value, &err), err);
    CHECK_STATUS(mutau_overlap(n - 1, x, n, x, &value, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_overlap(n, x, 0, x, &value, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_overlap(n, x, n, bad, &value, &err), MUTAU_ENAN, err);
    CHECK_STATUS(mutau_jensen_shannon_planar(n, x, x, n - 1, x, x, &j, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_jensen_shannon_planar(n, x, bad, n, x, x, &j, &err), MUTAU_ENAN, err);
    CHECK_STATUS(mutau_jensen_shannon_planar(n, x, x, n, bad, x, &j, &err), MUTAU_ENAN, err);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    draws *a = make_draws(71, 0.0, 1.0, 0.0);
    double value;
    mutau_jensen_shannon j;
    mutau_error err = {0};
    const void *none = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_overlap(100, a->x, 100, a->y, &value, &err), none, n, err);
    assert_int_equal(n, 2);
    CHECK_EACH_ALLOC(mutau_jensen_shannon_planar(100, a->x, a->y, 100, a->y, a->x, &j, &err), none,
                     n, err);
    assert_int_equal(n, 1);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_densities),
        cmocka_unit_test(equal_sets_are_exactly_equal),
        cmocka_unit_test(noise_is_no_difference),
        cmocka_unit_test(separate_sets_share_nothing),
        cmocka_unit_test(monotone_changes_do_not_matter),
        cmocka_unit_test(sets_may_differ_in_size_and_repeat),
        cmocka_unit_test(bad_draws_are_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
