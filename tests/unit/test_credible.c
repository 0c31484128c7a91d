/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles against their definition; the shape of HPD regions; every refusal.
 * (That regions hold the mass they claim is tested in tests/statistics.) */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/credible.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

static const double INF = (double)INFINITY;

static void quantiles_are_type_7(void **state)
{
    (void)state;
    /* numpy.quantile([2.5, -1.25, 7.75, 0.5, 3.0, -4.0], ...), numpy 1.24.2; the
     * definition by hand: sorted -4 -1.25 0.5 2.5 3 7.75, h = 5 p. */
    static const double x[] = {2.5, -1.25, 7.75, 0.5, 3.0, -4.0};
    static const double p[] = {0.0, 0.025, 0.16, 0.5, 0.84, 0.9, 1.0};
    static const double want[] = {-4.0, -3.65625, -1.8, 1.5, 3.95, 5.375, 7.75};
    double got[7];
    mutau_error err = {0};
    CHECK_OK(mutau_quantiles(6, x, 7, p, got, &err), err);
    for (size_t i = 0; i < 7; i++)
        CHECK_ABS(got[i], want[i], 1e-14);
    assert_true(x[0] > 2.0 && x[5] < -3.0);
}

static void quantiles_of_repeated_draws(void **state)
{
    (void)state;
    enum { N = 5000 };
    double *x = calloc(N, sizeof x[0]);
    for (size_t i = 0; i < N; i++)
        x[i] = (double)((i * 2741) % N % 7); /* 0 ... 6, mixed, about N/7 of each */
    const double p[] = {0.01, 0.5, 0.99};
    double got[3];
    mutau_error err = {0};
    CHECK_OK(mutau_quantiles(N, x, 3, p, got, &err), err);
    CHECK_ABS(got[0], 0.0, 0.0);
    CHECK_ABS(got[1], 3.0, 0.0);
    CHECK_ABS(got[2], 6.0, 0.0);
    for (size_t i = 0; i < N; i++)
        x[i] = (double)i;
    CHECK_OK(mutau_quantiles(N, x, 3, p, got, &err), err);
    CHECK_REL(got[1], 2499.5, 1e-15);
    CHECK_REL(got[2], 0.99 * 4999.0, 1e-14);
    for (size_t i = 0; i < N; i++)
        x[i] = (double)(N - i);
    CHECK_OK(mutau_quantiles(N, x, 3, p, got, &err), err);
    CHECK_REL(got[0], 1.0 + 0.01 * 4999.0, 1e-14);
    free(x);
}

static void quantiles_of_infinite_draws(void **state)
{
    (void)state;
    const double x[] = {INF, 1.0, INF, -INF};
    const double p[] = {0.0, 0.5, 0.9};
    double got[3];
    mutau_error err = {0};
    CHECK_OK(mutau_quantiles(4, x, 3, p, got, &err), err);
    assert_true(isinf(got[0]) && got[0] < 0.0);
    assert_true(isinf(got[1]) && got[1] > 0.0);
    assert_true(isinf(got[2]) && got[2] > 0.0);
}

static void quantiles_refuse(void **state)
{
    (void)state;
    const double x[] = {1.0, (double)NAN, 2.0}, half = 0.5, beyond = 1.5, nan = (double)NAN;
    double got;
    mutau_error err = {0};
    CHECK_STATUS(mutau_quantiles(3, x, 1, &half, &got, &err), MUTAU_ENAN, err);
    assert_non_null(strstr(err.text, "draw 2 of 3"));
    CHECK_STATUS(mutau_quantiles(0, x, 1, &half, &got, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_quantiles(1, x, 1, &beyond, &got, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_quantiles(1, x, 1, &nan, &got, &err), MUTAU_EDOM, err);
}

/* Normal draws at `mean` with spread `sd`, n of them, from x[first] on. */
static void fill_normal(mutau_rng *rng, double x[], size_t first, size_t n, double mean, double sd)
{
    for (size_t i = first; i < first + n; i++)
        x[i] = mean + sd * mutau_rng_normal(rng);
}

static void separate_modes_are_separate_intervals(void **state)
{
    (void)state;
    enum { N = 4000 };
    double *x = calloc(N, sizeof x[0]);
    mutau_rng *rng = mutau_rng_alloc(3);
    assert_non_null(rng);
    fill_normal(rng, x, 0, N / 2, -3.0, 0.02); /* narrow and far apart: 1 to 300 */
    fill_normal(rng, x, N / 2, N / 4, 3.0, 0.02);
    fill_normal(rng, x, 3 * (N / 4), N / 4, 3.5, 0.02);
    const double mass[] = {0.95, 0.68};
    mutau_region region[2];
    mutau_error err = {0};
    CHECK_OK(mutau_hpd_regions(N, x, -10.0, 10.0, N, 2, mass, region, &err), err);
    assert_int_equal(region[0].n, 3);
    const double centre[] = {-3.0, 3.0, 3.5};
    for (size_t i = 0; i < 3; i++) {
        CHECK_ABS(region[0].lo[i], centre[i] - 0.04, 0.015);
        CHECK_ABS(region[0].hi[i], centre[i] + 0.04, 0.015);
    }
    assert_true(region[1].n >= 1 && region[1].lo[0] > region[0].lo[0]);
    free(x);
    mutau_rng_free(rng);
}

static void one_mode_is_one_interval(void **state)
{
    (void)state;
    enum { N = 3000 };
    double *x = calloc(N, sizeof x[0]);
    const double mass[] = {0.1, 0.5, 0.68, 0.9, 0.95, 0.999};
    for (uint32_t seed = 1; seed <= 20; seed += (uint32_t)check_stride(10)) {
        mutau_rng *rng = mutau_rng_alloc(seed);
        assert_non_null(rng);
        fill_normal(rng, x, 0, N, 20.0, 2.0);
        mutau_region region[6];
        mutau_error err = {0};
        CHECK_OK(mutau_hpd_regions(N, x, -INF, INF, N, 6, mass, region, &err), err);
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(region[i].n, 1);
        mutau_rng_free(rng);
    }
    free(x);
}

static void a_flat_density_is_not_shredded(void **state)
{
    (void)state;
    enum { N = 3000 };
    double *x = calloc(N, sizeof x[0]);
    mutau_rng *rng = mutau_rng_alloc(11);
    assert_non_null(rng);
    for (size_t i = 0; i < N; i++)
        x[i] = 1.0 + mutau_rng_uniform(rng);
    const double mass[] = {0.68, 0.95};
    mutau_region region[2];
    mutau_error err = {0};
    CHECK_OK(mutau_hpd_regions(N, x, 1.0, 2.0, N, 2, mass, region, &err), err);
    assert_int_equal(region[0].n, 1);
    assert_int_equal(region[1].n, 1);
    assert_true(region[0].lo[0] >= 1.0 && region[0].hi[0] <= 2.0);
    free(x);
    mutau_rng_free(rng);
}

static void an_edge_ends_the_interval(void **state)
{
    (void)state;
    enum { N = 3000 };
    double *x = calloc(N, sizeof x[0]);
    mutau_rng *rng = mutau_rng_alloc(5);
    assert_non_null(rng);
    const double mass = 0.68;
    mutau_region low, high, open;
    mutau_error err = {0};
    for (size_t i = 0; i < N; i++)
        x[i] = -log1p(-mutau_rng_uniform(rng));
    CHECK_OK(mutau_hpd_regions(N, x, 0.0, 50.0, N, 1, &mass, &low, &err), err);
    assert_int_equal(low.n, 1);
    CHECK_ABS(low.lo[0], 0.0, 0.0);
    CHECK_ABS(low.hi[0], 1.139, 0.08); /* -ln 0.32; sd of that quantile 0.027 */
    CHECK_OK(mutau_hpd_regions(N, x, -INF, INF, N, 1, &mass, &open, &err), err);
    assert_true(open.lo[0] < 0.1 && open.lo[0] > -0.3);
    for (size_t i = 0; i < N; i++)
        x[i] = 4.0 - x[i];
    CHECK_OK(mutau_hpd_regions(N, x, -60.0, 4.0, N, 1, &mass, &high, &err), err);
    assert_int_equal(high.n, 1);
    CHECK_ABS(high.hi[0], 4.0, 0.0);
    CHECK_ABS(high.lo[0], 4.0 - low.hi[0], 0.01);
    free(x);
    mutau_rng_free(rng);
}

/* Normal draws around `mean`, those beyond [0, 1] left out; the region of 95 %. */
static mutau_region region_of_cut_normal(double mean, double sd)
{
    enum { N = 4000 };
    double *x = calloc(N, sizeof x[0]);
    mutau_rng *rng = mutau_rng_alloc(8);
    assert_non_null(rng);
    for (size_t i = 0; i < N;) {
        x[i] = mean + sd * mutau_rng_normal(rng);
        i += x[i] >= 0.0 && x[i] <= 1.0;
    }
    const double mass = 0.95;
    mutau_region region;
    mutau_error err = {0};
    CHECK_OK(mutau_hpd_regions(N, x, 0.0, 1.0, N, 1, &mass, &region, &err), err);
    const double ends[] = {0.05, 0.95};
    double quantile[2];
    CHECK_OK(mutau_quantiles(N, x, 2, ends, quantile, &err), err);
    if (mutau_region_limit(&region) == MUTAU_LIMIT_UPPER)
        CHECK_ABS(region.hi[0], quantile[1], 1e-3);
    if (mutau_region_limit(&region) == MUTAU_LIMIT_LOWER)
        CHECK_ABS(region.lo[0], quantile[0], 1e-3);
    free(x);
    mutau_rng_free(rng);
    return region;
}

static void a_region_at_an_edge_is_a_limit(void **state)
{
    (void)state;
    mutau_region r = region_of_cut_normal(0.05, 0.1); /* density at 0: exp(-1/8) */
    assert_int_equal(mutau_region_limit(&r), MUTAU_LIMIT_UPPER);
    assert_true(r.at_lo && !r.at_hi);
    CHECK_ABS(r.edge_lo, exp(-0.125), 0.15);
    CHECK_ABS(r.edge_hi, 0.0, 1e-4);
    r = region_of_cut_normal(0.95, 0.1);
    assert_int_equal(mutau_region_limit(&r), MUTAU_LIMIT_LOWER);
    CHECK_ABS(r.edge_hi, exp(-0.125), 0.15);
    r = region_of_cut_normal(0.5, 0.1);
    assert_int_equal(mutau_region_limit(&r), MUTAU_LIMIT_NONE);
    CHECK_ABS(r.edge_lo, 0.0, 0.01);
    r = region_of_cut_normal(0.5, 3.0); /* as good as flat: 95 % need not reach the edges */
    assert_true(r.edge_lo > 0.9 && r.edge_hi > 0.9);
    const mutau_region whole = {.n = 1, .at_lo = true, .at_hi = true};
    assert_int_equal(mutau_region_limit(&whole), MUTAU_LIMIT_WHOLE);
    const mutau_region two = {.n = 2, .at_lo = true};
    assert_int_equal(mutau_region_limit(&two), MUTAU_LIMIT_NONE);
}

static double share_inside(size_t n, const double x[], const mutau_region *region)
{
    size_t n_inside = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < region->n; j++)
            n_inside += x[i] >= region->lo[j] && x[i] <= region->hi[j];
    return (double)n_inside / (double)n;
}

/* Whatever the density estimate is worth: here a far too small and a far too large
 * ess, and draws with jumps, spikes and a tail over six decades. */
static void the_share_of_draws_is_exact(void **state)
{
    (void)state;
    enum { N = 2500 };
    double *x = calloc(N, sizeof x[0]);
    mutau_rng *rng = mutau_rng_alloc(17);
    assert_non_null(rng);
    for (size_t i = 0; i < N; i++) {
        const double u = mutau_rng_uniform(rng);
        x[i] = i % 5 == 0 ? 0.25 + 0.001 * u : i % 5 == 1 ? pow(10.0, -6.0 * u) : u;
    }
    const double mass[] = {0.05, 0.5, 0.68, 0.9, 0.95, 0.99};
    const double ess[] = {1.0, 50.0, 2500.0, 1e9, (double)NAN};
    for (size_t i_ess = 0; i_ess < sizeof ess / sizeof ess[0]; i_ess += (size_t)check_stride(2)) {
        mutau_region region[6];
        mutau_error err = {0};
        CHECK_OK(mutau_hpd_regions(N, x, 0.0, 1.0, ess[i_ess], 6, mass, region, &err), err);
        for (size_t i = 0; i < 6; i++) {
            CHECK_ABS(share_inside(N, x, &region[i]), mass[i], 1.0 / N);
            assert_in_range(region[i].n, 1, MUTAU_MAX_INTERVALS);
            for (size_t j = 1; j < region[i].n; j++)
                assert_true(region[i].lo[j] > region[i].hi[j - 1]);
        }
    }
    free(x);
    mutau_rng_free(rng);
}

static void scale_and_shift_do_not_matter(void **state)
{
    (void)state;
    enum { N = 2000 };
    double *x = calloc(2 * (size_t)N, sizeof x[0]), *y = x + N;
    mutau_rng *rng = mutau_rng_alloc(23);
    assert_non_null(rng);
    fill_normal(rng, x, 0, N, 0.0, 1.0);
    for (size_t i = 0; i < N; i++)
        y[i] = -3e-11 + 2.385e-13 * x[i];
    const double mass = 0.68;
    mutau_region a, b;
    mutau_error err = {0};
    CHECK_OK(mutau_hpd_regions(N, x, -INF, INF, N, 1, &mass, &a, &err), err);
    CHECK_OK(mutau_hpd_regions(N, y, -INF, INF, N, 1, &mass, &b, &err), err);
    assert_int_equal(a.n, b.n);
    CHECK_ABS((b.lo[0] + 3e-11) / 2.385e-13, a.lo[0], 1e-3);
    CHECK_ABS((b.hi[0] + 3e-11) / 2.385e-13, a.hi[0], 1e-3);
    free(x);
    mutau_rng_free(rng);
}

static void few_or_equal_draws(void **state)
{
    (void)state;
    const double equal[] = {4.5, 4.5, 4.5}, two[] = {1.0, 3.0};
    const double mass[] = {0.5, 0.95};
    mutau_region region[2];
    mutau_error err = {0};
    CHECK_OK(mutau_hpd_regions(3, equal, 0.0, 9.0, 3.0, 2, mass, region, &err), err);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(region[i].n, 1);
        CHECK_ABS(region[i].lo[0], 4.5, 0.0);
        CHECK_ABS(region[i].hi[0], 4.5, 0.0);
    }
    CHECK_OK(mutau_hpd_regions(1, equal, 0.0, 9.0, 1.0, 2, mass, region, &err), err);
    assert_int_equal(region[1].n, 1);
    CHECK_OK(mutau_hpd_regions(2, two, 0.0, 9.0, 2.0, 2, mass, region, &err), err);
    CHECK_ABS(share_inside(2, two, &region[1]), 1.0, 0.0);
}

/* 10^log10(20) may come out a rounding error above the edge. */
static void draws_over_an_edge_by_rounding_are_allowed(void **state)
{
    (void)state;
    double x[40];
    for (size_t i = 0; i < 40; i++)
        x[i] = 20.0 - (double)i / 8.0;
    x[0] = nextafter(20.0, 21.0);
    const double mass = 0.5;
    mutau_region region;
    mutau_error err = {0};
    CHECK_OK(mutau_hpd_regions(40, x, 1.0, 20.0, 40.0, 1, &mass, &region, &err), err);
    assert_true(region.hi[region.n - 1] <= x[0]);
}

static void regions_refuse(void **state)
{
    (void)state;
    const double x[] = {0.5, 1.0, 2.0}, nan[] = {0.5, (double)NAN}, inf[] = {0.5, INF};
    const double masses[] = {0.68, 1.0, 0.0, (double)NAN};
    mutau_region region[4];
    mutau_error err = {0};
    CHECK_STATUS(mutau_hpd_regions(0, x, 0, 3, 3, 1, masses, region, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_hpd_regions(2, nan, 0, 3, 3, 1, masses, region, &err), MUTAU_ENAN, err);
    CHECK_STATUS(mutau_hpd_regions(2, inf, 0, INF, 3, 1, masses, region, &err), MUTAU_EDOM, err);
    for (size_t i = 1; i < 4; i++)
        CHECK_STATUS(mutau_hpd_regions(3, x, 0, 3, 3, 1, &masses[i], region, &err), MUTAU_EDOM,
                     err);
    CHECK_STATUS(mutau_hpd_regions(3, x, 3, 0, 3, 1, masses, region, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_hpd_regions(3, x, (double)NAN, 3, 3, 1, masses, region, &err), MUTAU_EDOM,
                 err);
    CHECK_STATUS(mutau_hpd_regions(3, x, 0.6, 3, 3, 1, masses, region, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_hpd_regions(3, x, 0.0, 1.9, 3, 1, masses, region, &err), MUTAU_EDOM, err);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    double x[60], quantile;
    for (size_t i = 0; i < 60; i++)
        x[i] = sqrt((double)i);
    const double half = 0.5;
    const void *nothing = NULL;
    mutau_region region;
    mutau_error err = {0};
    long n_alloc = 0;
    CHECK_EACH_ALLOC(mutau_quantiles(60, x, 1, &half, &quantile, &err), nothing, n_alloc, err);
    assert_int_equal(n_alloc, 1);
    CHECK_EACH_ALLOC(mutau_hpd_regions(60, x, 0.0, 9.0, 60.0, 1, &half, &region, &err), nothing,
                     n_alloc, err);
    assert_true(n_alloc >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_type_7),
        cmocka_unit_test(quantiles_of_repeated_draws),
        cmocka_unit_test(quantiles_of_infinite_draws),
        cmocka_unit_test(quantiles_refuse),
        cmocka_unit_test(separate_modes_are_separate_intervals),
        cmocka_unit_test(one_mode_is_one_interval),
        cmocka_unit_test(a_flat_density_is_not_shredded),
        cmocka_unit_test(an_edge_ends_the_interval),
        cmocka_unit_test(a_region_at_an_edge_is_a_limit),
        cmocka_unit_test(the_share_of_draws_is_exact),
        cmocka_unit_test(scale_and_shift_do_not_matter),
        cmocka_unit_test(few_or_equal_draws),
        cmocka_unit_test(draws_over_an_edge_by_rounding_are_allowed),
        cmocka_unit_test(regions_refuse),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
