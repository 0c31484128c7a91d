/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics away from the ordinary: what is not finite, constant, tiny or out of
 * range, every failed allocation, and the same bits whatever the threads.  The
 * values themselves are compared in tests/statistics/test_diagnostics_golden.c. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/diagnostics.h"
#include "base/rng.h"

#include "../../analysis/rank_order_internal.h"

#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

enum { N_DRAW = 101, N_CHAIN = 6, N = N_DRAW * N_CHAIN };
static const uint32_t SEED = 5150;

static void fill(size_t n, double x[])
{
    mutau_rng *rng = mutau_rng_alloc(SEED);
    for (size_t i = 0; i < n; i++)
        x[i] = mutau_rng_normal(rng);
    mutau_rng_free(rng);
}

static void shapes_out_of_range_are_refused(void **state)
{
    (void)state;
    double x[N] = {0}, a, b, c;
    mutau_convergence all;
    mutau_error err = {0};
    CHECK_STATUS(mutau_convergence_compute(3, 4, x, &all, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_convergence_compute(4, 0, x, &all, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_convergence_compute(SIZE_MAX / 2, 2, x, &all, &err), MUTAU_EDOM, err);
    assert_true(isnan(all.rhat) && isnan(all.ess_bulk));
    CHECK_STATUS(mutau_rhat(3, 4, x, &a, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_autocorr_time(1, 4, x, &a, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_autocorr_time(4, 0, x, &a, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_quantile_error(3, 4, x, 0.5, &a, &b, &c, &err), MUTAU_EDOM, err);
    const double bad[] = {-0.01, 1.01, (double)NAN};
    for (size_t i = 0; i < 3; i++)
        CHECK_STATUS(mutau_quantile_error(4, 4, x, bad[i], &a, &b, &c, &err), MUTAU_EDOM, err);
    assert_true(isnan(a) && isnan(b) && isnan(c));
}

/* Everything for x[N_DRAW][N_CHAIN]; a status is a failed test. */
typedef struct verdict {
    mutau_convergence all;
    double rhat, tau, quantile, ess, mcse;
} verdict;

static verdict judge(const double x[])
{
    verdict v;
    mutau_error err = {0};
    memset(&v, 0, sizeof v);
    CHECK_OK(mutau_convergence_compute(N_DRAW, N_CHAIN, x, &v.all, &err), err);
    CHECK_OK(mutau_rhat(N_DRAW, N_CHAIN, x, &v.rhat, &err), err);
    CHECK_OK(mutau_autocorr_time(N_DRAW, N_CHAIN, x, &v.tau, &err), err);
    CHECK_OK(mutau_quantile_error(N_DRAW, N_CHAIN, x, 0.16, &v.quantile, &v.ess, &v.mcse, &err),
             err);
    return v;
}

static void what_is_not_finite_gives_nan(void **state)
{
    (void)state;
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    double x[N];
    for (size_t i = 0; i < 3; i++) {
        fill(N, x);
        x[N / 2] = bad[i]; /* in the middle draw, which the split leaves out */
        const verdict v = judge(x);
        assert_true(isnan(v.all.rhat) && isnan(v.all.ess_bulk) && isnan(v.all.ess_tail));
        assert_true(isnan(v.all.mean) && isnan(v.all.sd) && isnan(v.all.mcse_mean));
        assert_true(isnan(v.all.median) && isnan(v.all.mcse_median));
        assert_true(isnan(v.rhat) && isnan(v.tau));
        assert_true(isnan(v.quantile) && isnan(v.ess) && isnan(v.mcse));
    }
}

/* A verdict of fewer numbers has the same; one of too few effective draws only the first. */
static void parts_are_the_same(void **state)
{
    (void)state;
    double x[N], mcse;
    fill(N, x);
    for (size_t i = N_CHAIN; i < N; i++) /* every other step is rejected, in pairs of chains */
        x[i] = (i / N_CHAIN + i % N_CHAIN / 2) % 2 == 0 ? x[i] : x[i - N_CHAIN];
    mutau_convergence all, some;
    mutau_error err = {0};
    CHECK_OK(mutau_convergence_compute(N_DRAW, N_CHAIN, x, &all, &err), err);
    CHECK_OK(mutau_convergence_judge(N_DRAW, N_CHAIN, x, 0.5 * all.ess_bulk, &some, &err), err);
    CHECK_OK(mutau_mean_error(N_DRAW, N_CHAIN, x, &mcse, &err), err);
    CHECK_ABS(mcse, all.mcse_mean, 0.0);
    CHECK_ABS(some.rhat, all.rhat, 0.0);
    CHECK_ABS(some.ess_bulk, all.ess_bulk, 0.0);
    CHECK_ABS(some.ess_tail, all.ess_tail, 0.0);
    assert_memory_equal(&some.agreement, &all.agreement, sizeof all.agreement);
    assert_true(isnan(some.mean) && isnan(some.sd) && isnan(some.mcse_mean));
    assert_true(isnan(some.median) && isnan(some.mcse_median));
    CHECK_OK(mutau_convergence_judge(N_DRAW, N_CHAIN, x, 2.0 * all.ess_bulk, &some, &err), err);
    CHECK_ABS(some.ess_bulk, all.ess_bulk, 0.0);
    assert_true(isnan(some.rhat) && isnan(some.ess_tail) && isnan(some.agreement.most));
}

/* Runs of equal draws of a chain are sorted as one: the same order statistics and ranks as of each
 * by itself, the middle row left out. */
static void runs_count_as_draws(void **state)
{
    (void)state;
    enum { MIDDLE = N_DRAW / 2 * N_CHAIN };
    double x[N], rank[N], spread[N], alone[N];
    fill(N, x);
    for (size_t i = N_CHAIN; i < N; i++)
        x[i] = i % 7 < 5 ? x[i - N_CHAIN] : floor(8.0 * x[i]) / 8.0;
    mutau_order runs = {0}, each = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_order_init(&runs, N_DRAW, N_CHAIN, x, &err), err);
    CHECK_OK(mutau_order_init(&each, 1, N, x, &err), err);
    assert_true(runs.n < N / 2);
    assert_int_equal(each.n, N);
    for (int folded = 0; folded < 2; folded++) {
        for (size_t i = 0; i < N; i++)
            CHECK_ABS(mutau_order_value(&runs, i), mutau_order_value(&each, i), 0.0);
        CHECK_ABS(mutau_order_median(&runs), mutau_order_median(&each), 0.0);
        CHECK_ABS(mutau_order_quantile(&runs, 0.16), mutau_order_quantile(&each, 0.16), 0.0);
        mutau_order_ranks(&runs, runs.middle, N_CHAIN, rank);
        mutau_order_spread(&runs, rank, spread);
        mutau_order_ranks(&each, MIDDLE, N_CHAIN, alone);
        for (size_t i = 0; i < N; i++)
            if (i < MIDDLE || i >= MIDDLE + N_CHAIN)
                CHECK_ABS(spread[i], alone[i], 0.0);
        mutau_order_fold(&runs, 0.125);
        mutau_order_fold(&each, 0.125);
    }
    mutau_order_clear(&runs);
    mutau_order_clear(&each);
}

static void constant_draws_give_nan(void **state)
{
    (void)state;
    double x[N];
    for (size_t i = 0; i < N; i++)
        x[i] = 0.1; /* whose sums round */
    verdict v = judge(x);
    assert_true(isnan(v.all.rhat) && isnan(v.all.ess_bulk) && isnan(v.all.ess_tail));
    assert_true(isnan(v.rhat) && isnan(v.tau) && isnan(v.all.mcse_mean));
    CHECK_ABS(v.all.median, 0.1, 0.0);
    CHECK_REL(v.all.mean, 0.1, 1e-15);

    /* Walkers that all stand still, each elsewhere, are as far from mixed as can be. */
    for (size_t i = 0; i < N; i++)
        x[i] = 0.1 * (double)(i % N_CHAIN + 1);
    v = judge(x);
    assert_true(isinf(v.rhat) && isinf(v.all.rhat) && isnan(v.tau));

    /* A single one is enough to make tau unknown. */
    fill(N, x);
    for (size_t t = 0; t < N_DRAW; t++)
        x[t * N_CHAIN + 2] = 0.1;
    v = judge(x);
    assert_true(isnan(v.tau) && isfinite(v.rhat));
}

/* Scaling by a power of two changes no rank and no rounding. */
static void no_scale_is_too_small(void **state)
{
    (void)state;
    const double scale = ldexp(1.0, -120);
    double x[N];
    fill(N, x);
    const verdict v = judge(x);
    for (size_t i = 0; i < N; i++)
        x[i] *= scale;
    const verdict w = judge(x);
    CHECK_ABS(w.rhat, v.rhat, 0.0);
    CHECK_ABS(w.all.ess_bulk, v.all.ess_bulk, 0.0);
    CHECK_ABS(w.all.ess_tail, v.all.ess_tail, 0.0);
    CHECK_REL(w.tau, v.tau, 1e-14);
    CHECK_REL(w.all.mcse_mean, v.all.mcse_mean * scale, 1e-14);
    CHECK_REL(w.mcse, v.mcse * scale, 1e-14);
}

static void rhat_alone_is_the_same(void **state)
{
    (void)state;
    double x[N];
    fill(N, x);
    const verdict v = judge(x);
    CHECK_ABS(v.rhat, v.all.rhat, 0.0);
}

#ifdef _OPENMP
static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    enum { BIG_DRAW = 1001, BIG_CHAIN = 300 };
    double *x = calloc(BIG_DRAW * BIG_CHAIN, sizeof *x);
    assert_non_null(x);
    fill(BIG_DRAW * BIG_CHAIN, x);
    const int n_before = omp_get_max_threads();
    mutau_convergence first = {0}, other = {0};
    double tau_first = 0.0, tau_other = 0.0;
    mutau_error err = {0};
    omp_set_num_threads(1);
    CHECK_OK(mutau_convergence_compute(BIG_DRAW, BIG_CHAIN, x, &first, &err), err);
    CHECK_OK(mutau_autocorr_time(BIG_DRAW, BIG_CHAIN, x, &tau_first, &err), err);
    for (int n = 2; n <= 3; n++) {
        omp_set_num_threads(n);
        CHECK_OK(mutau_convergence_compute(BIG_DRAW, BIG_CHAIN, x, &other, &err), err);
        CHECK_OK(mutau_autocorr_time(BIG_DRAW, BIG_CHAIN, x, &tau_other, &err), err);
        assert_memory_equal(&first, &other, sizeof first);
        CHECK_ABS(tau_other, tau_first, 0.0);
    }
    omp_set_num_threads(n_before);
    free(x);
}
#endif

/* Average ranks by counting, leaving out what is skipped. */
static double counted_rank(size_t n, const double x[], size_t i, size_t first, size_t n_skipped)
{
    size_t below = 0, equal = 0;
    for (size_t j = 0; j < n; j++) {
        const bool skipped = j >= first && j < first + n_skipped;
        below += !skipped && x[j] < x[i];
        equal += !skipped && !(x[j] < x[i]) && !(x[j] > x[i]);
    }
    return (double)below + 0.5 * (double)(equal + 1);
}

static void orders_ranks_and_folds_are_right(void **state)
{
    (void)state;
    enum { N_SKIPPED = 7, FIRST = 40 };
    double x[N], folded[N], rank[N];
    fill(N, x);
    for (size_t i = 0; i < N; i += 2)
        x[i] = floor(4.0 * x[i]) / 4.0; /* ties, across the median, too */
    x[5] = -0.0;
    x[11] = 1e300;
    x[12] = -1e-310;
    mutau_order order = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_order_init(&order, 1, N, x, &err), err);
    for (size_t i = 0; i < N; i++) {
        CHECK_ABS(mutau_order_value(&order, i), x[order.index[i]], 0.0);
        if (i > 0)
            assert_true(mutau_order_value(&order, i - 1) <= mutau_order_value(&order, i));
        rank[i] = -1.0;
    }
    mutau_order_ranks(&order, FIRST, N_SKIPPED, rank);
    for (size_t i = 0; i < N; i++)
        CHECK_ABS(rank[i],
                  i >= FIRST && i < FIRST + N_SKIPPED ? -1.0
                                                      : counted_rank(N, x, i, FIRST, N_SKIPPED),
                  0.0);
    const double median = mutau_order_median(&order);
    CHECK_ABS(mutau_order_quantile(&order, 0.0), x[order.index[0]], 0.0);
    CHECK_ABS(mutau_order_quantile(&order, 1.0), 1e300, 0.0);
    mutau_order_fold(&order, median);
    for (size_t i = 0; i < N; i++)
        folded[i] = fabs(x[i] - median);
    mutau_order_ranks(&order, FIRST, 0, rank);
    for (size_t i = 0; i < N; i++) {
        CHECK_ABS(mutau_order_value(&order, i), folded[order.index[i]], 0.0);
        CHECK_ABS(rank[i], counted_rank(N, folded, i, 0, 0), 0.0);
    }
    mutau_order_clear(&order);
    CHECK_STATUS(mutau_order_init(&order, 0, N, x, &err), MUTAU_EDOM, err);
    mutau_order_clear(&order);
}

/* Numbers that differ only in their last bits, beside one far away: what the quick
 * sort by leading digits leaves over is too much for insertion. */
static void nearly_equal_numbers_are_sorted(void **state)
{
    (void)state;
    double x[N];
    for (size_t i = 0; i < N; i++)
        x[i] = 1.0 + ldexp((double)(i * 371 % N), -52);
    x[17] = -1e30;
    mutau_order order = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_order_init(&order, 1, N, x, &err), err);
    for (size_t i = 0; i < N; i++) {
        CHECK_ABS(mutau_order_value(&order, i), x[order.index[i]], 0.0);
        if (i > 0)
            assert_true(mutau_order_value(&order, i - 1) < mutau_order_value(&order, i));
    }
    mutau_order_clear(&order);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    double x[N], a, b, c;
    fill(N, x);
    mutau_convergence all;
    mutau_error err = {0};
    const void *const nothing = NULL;
    long count;
    CHECK_EACH_ALLOC(mutau_convergence_compute(N_DRAW, N_CHAIN, x, &all, &err), nothing, count,
                     err);
    assert_int_equal(count, 18);
    CHECK_EACH_ALLOC(mutau_rhat(N_DRAW, N_CHAIN, x, &a, &err), nothing, count, err);
    assert_int_equal(count, 12);
    CHECK_EACH_ALLOC(mutau_autocorr_time(N_DRAW, N_CHAIN, x, &a, &err), nothing, count, err);
    assert_int_equal(count, 6);
    CHECK_EACH_ALLOC(mutau_mean_error(N_DRAW, N_CHAIN, x, &a, &err), nothing, count, err);
    assert_int_equal(count, 6);
    CHECK_EACH_ALLOC(mutau_convergence_judge(N_DRAW, N_CHAIN, x, 0.0, &all, &err), nothing, count,
                     err);
    assert_int_equal(count, 18);
    CHECK_EACH_ALLOC(mutau_quantile_error(N_DRAW, N_CHAIN, x, 0.5, &a, &b, &c, &err), nothing,
                     count, err);
    assert_int_equal(count, 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_out_of_range_are_refused),
        cmocka_unit_test(what_is_not_finite_gives_nan),
        cmocka_unit_test(parts_are_the_same),
        cmocka_unit_test(runs_count_as_draws),
        cmocka_unit_test(constant_draws_give_nan),
        cmocka_unit_test(no_scale_is_too_small),
        cmocka_unit_test(rhat_alone_is_the_same),
#ifdef _OPENMP
        cmocka_unit_test(threads_do_not_change_a_bit),
#endif
        cmocka_unit_test(orders_ranks_and_folds_are_right),
        cmocka_unit_test(nearly_equal_numbers_are_sorted),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
