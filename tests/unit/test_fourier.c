/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fourier transforms and autocovariances against their defining sums. */
#include "check.h"
#include "base/rng.h"

#include "../../analysis/autocovariance_internal.h"

#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static void lengths_are_products_of_2_3_and_5(void **state)
{
    (void)state;
    const size_t want[][2] = {{1, 4},   {4, 4},   {5, 8},    {9, 12},    {13, 16},    {17, 20},
                              {25, 32}, {61, 64}, {97, 100}, {101, 108}, {2251, 2304}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_int_equal(mutau_fourier_length(want[i][0]), want[i][1]);
}

static void fill(mutau_rng *rng, size_t n, fourier_point z[])
{
    for (size_t j = 0; j < n; j++)
        for (size_t l = 0; l < FOURIER_LANES; l++) {
            z[j].re[l] = mutau_rng_normal(rng);
            z[j].im[l] = mutau_rng_normal(rng);
        }
}

/* Every lane against its sum, n_filled places of it not 0. */
static void check_transform(mutau_rng *rng, mutau_fourier *f, size_t n, size_t n_filled)
{
    enum { MOST = 128 };
    fourier_point z[MOST] = {0}, spare[MOST], given[MOST] = {0};
    assert_true(n <= MOST);
    fill(rng, n_filled, given);
    memcpy(z, given, n * sizeof z[0]);
    if (n_filled <= n / 2) /* must not be looked at */
        fill(rng, n - n / 2, z + n / 2);
    mutau_fourier_plan(f, n);
    const fourier_point *const got = mutau_fourier_transform(f, n_filled, z, spare);
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < FOURIER_LANES; l++) {
            double re = 0.0, im = 0.0;
            for (size_t j = 0; j < n_filled; j++) {
                const double angle = -2.0 * PI * (double)(j * k % n) / (double)n;
                re += given[j].re[l] * cos(angle) - given[j].im[l] * sin(angle);
                im += given[j].re[l] * sin(angle) + given[j].im[l] * cos(angle);
            }
            CHECK_ABS(got[k].re[l], re, 1e-12);
            CHECK_ABS(got[k].im[l], im, 1e-12);
        }
}

static void transforms_are_sums(void **state)
{
    (void)state;
    const size_t lengths[] = {4, 8, 12, 16, 20, 36, 60, 64, 72, 80, 100, 120, 128};
    mutau_rng *rng = mutau_rng_alloc(7);
    mutau_fourier f = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_fourier_init(&f, 128, &err), err);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        check_transform(rng, &f, lengths[i], lengths[i]);
        check_transform(rng, &f, lengths[i], lengths[i] / 2);
    }
    mutau_fourier_clear(&f);
    mutau_rng_free(rng);
}

/* Of series i of the set at one lag. */
static double covariance(const series_set *set, size_t i, size_t lag, bool normalise)
{
    const double *const x = mutau_series_start(set, i);
    double mean = 0.0, sum_sq = 0.0, sum = 0.0;
    for (size_t t = 0; t < set->length; t++)
        mean += x[t * set->n_column] / (double)set->length;
    for (size_t t = 0; t < set->length; t++) {
        const double y = x[t * set->n_column] - mean;
        sum_sq += y * y;
        sum += t + lag < set->length ? y * (x[(t + lag) * set->n_column] - mean) : 0.0;
    }
    return normalise ? sum / sum_sq : sum;
}

/* Groups of 8 that are whole, that reach over two halves, and that are short; a constant one. */
static void autocovariances_are_sums(void **state)
{
    (void)state;
    enum { ROWS = 303, COLUMNS = 11, HALF = 150, CONSTANT = 5 };
    double *x = calloc((size_t)ROWS * COLUMNS, sizeof *x);
    mutau_rng *rng = mutau_rng_alloc(8);
    assert_non_null(x);
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
        x[i] = i % COLUMNS == CONSTANT ? 0.1 : 1e3 + mutau_rng_normal(rng);
    const series_set set = {x, HALF, 2 * COLUMNS, COLUMNS, (size_t)(ROWS - HALF) * COLUMNS};
    mutau_autocovariance a = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_autocovariance_init(&a, HALF, 2 * COLUMNS, &err), err);
    for (int how = 0; how < 4; how++) {
        const bool all = how % 2 == 0, normalise = how / 2 == 0;
        size_t n_lag = 0;
        const double *const sum = mutau_autocovariance_sum(&a, &set, normalise, all, &n_lag);
        assert_true(all ? n_lag == HALF : n_lag >= HALF / 4 && n_lag < HALF);
        for (size_t lag = 0; lag < n_lag; lag++) {
            double want = 0.0;
            for (size_t i = 0; i < set.n_series; i++)
                want += i % COLUMNS == CONSTANT ? 0.0 : covariance(&set, i, lag, normalise);
            CHECK_ABS(sum[lag], want, 1e-9);
        }
        assert_true(!(a.sum_sq[CONSTANT] > 0.0) && a.sum_sq[0] > 0.0);
        CHECK_ABS(a.mean[CONSTANT], 0.1, 0.0);
        CHECK_ABS(a.mean[0], 1e3, 1.0);
    }
    mutau_autocovariance_clear(&a);
    mutau_rng_free(rng);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_products_of_2_3_and_5),
        cmocka_unit_test(transforms_are_sums),
        cmocka_unit_test(autocovariances_are_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
