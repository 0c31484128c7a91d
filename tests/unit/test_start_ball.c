/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walkers around maxima: wide enough, inside, in proportion, and what goes wrong. */
#include "check.h"
#include "posterior/start_ball.h"

#include <stdlib.h>
#include <string.h>

enum { DIM = 2, N = 4000 };

static const double LO[DIM] = {0.0, -1.0}, HI[DIM] = {10.0, 1.0};
static const double PLACES[3][DIM] = {{3.0, 0.0}, {7.0, 1.0}, {9.0, 0.0}};

/* What is a place depends on the test. */
typedef enum mode { EVERYWHERE, ONLY_LEFT, Y_ZERO, NOWHERE, X_AND_Y } mode;

static mutau_status eval(const void *self, void *ws, const double x[], double *ln_prior,
                         double *ln_like, double blob[])
{
    const mode what = *(const mode *)self;
    (void)ws;
    (void)blob;
    *ln_prior = 0.0;
    *ln_like = 0.0;
    if (what == ONLY_LEFT)
        *ln_like = x[0] < 3.0 ? 0.0 : -(double)INFINITY;
    if (what == Y_ZERO)
        *ln_like = fabs(x[1]) <= 0.0 ? 0.0 : -(double)INFINITY;
    if (what == X_AND_Y)
        *ln_like = fabs(x[0] - 3.0) + fabs(x[1]) <= 0.0 ? 0.0 : -(double)INFINITY;
    return what == NOWHERE ? MUTAU_ENAN : MUTAU_OK;
}

static const char *const NAMES[DIM] = {"x", "y"};

static mutau_target target_of(const mode *what)
{
    return (mutau_target){.dim = DIM, .eval = eval, .self = what, .names = NAMES};
}

static mutau_status place(mode what, size_t n_optima, const mutau_optimum optima[], double spread,
                          uint32_t seed, size_t n, double x[], mutau_error *err)
{
    const mutau_target target = target_of(&what);
    double scale[DIM] = {10.0 / sqrt(12.0), 2.0 / sqrt(12.0)};
    mutau_optimum copy[3];
    memcpy(copy, optima, n_optima * sizeof *optima);
    const mutau_optima all = {.dim = DIM, .n = n_optima, .optima = copy, .scale = scale};
    mutau_rng *rng = mutau_rng_alloc(seed);
    const mutau_status status = mutau_start_ball(&target, LO, HI, &all, spread, rng, n, x, err);
    mutau_rng_free(rng);
    return status;
}

static const mutau_optimum THREE[] = {{.x = PLACES[0], .ln_like = 5.0, .n_start = 30},
                                      {.x = PLACES[1], .ln_like = 0.0, .n_start = 10},
                                      {.x = PLACES[2], .ln_like = -5.1, .n_start = 1000}};

/* 4000 walkers, 3/4 of them at the first maximum: 4 sigma are 110. */
static void modes_in_proportion_and_the_lowest_left_out(void **state)
{
    (void)state;
    static double x[N * DIM];
    mutau_error err = {0};
    size_t n_first = 0, n_second = 0;
    CHECK_OK(place(EVERYWHERE, 3, THREE, 0.02, 1, N, x, &err), err);
    for (size_t i = 0; i < N; i++) {
        n_first += fabs(x[i * DIM] - 3.0) < 0.5;
        n_second += fabs(x[i * DIM] - 7.0) < 0.5;
    }
    assert_int_equal(n_first + n_second, N);
    assert_in_range(n_first, 2890, 3110);
}

/* A normal of 0.5 / sqrt(12) of the box, its ends folded away by drawing anew. */
static void wide_and_inside(void **state)
{
    (void)state;
    static double x[N * DIM];
    mutau_error err = {0};
    double sum = 0.0, sum_sq = 0.0, lowest = 1.0;
    CHECK_OK(place(EVERYWHERE, 1, THREE, 0.5, 2, N, x, &err), err);
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < DIM; k++)
            assert_true(x[i * DIM + k] >= LO[k] && x[i * DIM + k] <= HI[k]);
        sum += x[i * DIM + 1];
        sum_sq += x[i * DIM + 1] * x[i * DIM + 1];
        lowest = fmin(lowest, x[i * DIM + 1]);
    }
    /* sd 0.28868, cut at 3.46 of it; of 4000 draws to 1.1 %: 4 sigma. */
    CHECK_ABS(sum / N, 0.0, 4.0 * 0.289 / sqrt((double)N));
    CHECK_REL(sqrt(sum_sq / N), 0.5 * 2.0 / sqrt(12.0), 0.05);
    assert_true(lowest < -0.6);
}

static void the_generator_decides(void **state)
{
    (void)state;
    double a[8 * DIM], b[8 * DIM], c[8 * DIM];
    mutau_error err = {0};
    CHECK_OK(place(EVERYWHERE, 3, THREE, 0.5, 7, 8, a, &err), err);
    CHECK_OK(place(EVERYWHERE, 3, THREE, 0.5, 7, 8, b, &err), err);
    CHECK_OK(place(EVERYWHERE, 3, THREE, 0.5, 8, 8, c, &err), err);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
}

static void what_is_no_place_is_drawn_again(void **state)
{
    (void)state;
    double x[100 * DIM];
    mutau_error err = {0};
    CHECK_OK(place(ONLY_LEFT, 1, THREE, 0.5, 3, 100, x, &err), err);
    for (size_t i = 0; i < 100; i++)
        assert_true(x[i * DIM] < 3.0);
}

static void the_coordinate_at_fault_is_named(void **state)
{
    (void)state;
    double x[DIM];
    mutau_error err = {0};
    CHECK_STATUS(place(Y_ZERO, 1, THREE, 0.5, 4, 1, x, &err), MUTAU_ENUMERIC, err);
    assert_non_null(strstr(err.text, "at fault is y"));
    CHECK_STATUS(place(X_AND_Y, 1, THREE, 0.5, 4, 1, x, &err), MUTAU_ENUMERIC, err);
    assert_null(strstr(err.text, "at fault"));
    CHECK_STATUS(place(NOWHERE, 1, THREE, 0.5, 4, 1, x, &err), MUTAU_ENUMERIC, err);
    const double outside[DIM] = {3.0, 99.0};
    const mutau_optimum off = {.x = outside, .n_start = 1};
    CHECK_STATUS(place(EVERYWHERE, 1, &off, 0.1, 4, 1, x, &err), MUTAU_ENUMERIC, err);
    assert_non_null(strstr(err.text, "y = 99"));
    CHECK_STATUS(place(EVERYWHERE, 1, THREE, 0.0, 4, 1, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(place(EVERYWHERE, 1, THREE, (double)NAN, 4, 1, x, &err), MUTAU_EDOM, err);
}

static int n_workspace = 0, n_workspace_max = 1;

static mutau_status ws_alloc(const void *self, void **ws)
{
    (void)self;
    *ws = n_workspace < n_workspace_max ? malloc(1) : NULL;
    n_workspace += *ws != NULL;
    return *ws != NULL ? MUTAU_OK : MUTAU_ENOMEM;
}

static void ws_free(void *ws)
{
    n_workspace--;
    free(ws);
}

static void its_workspace_is_released(void **state)
{
    (void)state;
    const mode what = EVERYWHERE;
    mutau_target target = target_of(&what);
    target.ws_alloc = ws_alloc;
    target.ws_free = ws_free;
    double scale[DIM] = {1.0, 1.0}, x[DIM];
    mutau_optimum one = THREE[0];
    const mutau_optima all = {.dim = DIM, .n = 1, .optima = &one, .scale = scale};
    mutau_rng *rng = mutau_rng_alloc(1);
    mutau_error err = {0};
    CHECK_OK(mutau_start_ball(&target, LO, HI, &all, 0.1, rng, 1, x, &err), err);
    assert_int_equal(n_workspace, 0);
    n_workspace_max = 0;
    CHECK_STATUS(mutau_start_ball(&target, LO, HI, &all, 0.1, rng, 1, x, &err), MUTAU_ENOMEM, err);
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_in_proportion_and_the_lowest_left_out),
        cmocka_unit_test(wide_and_inside),
        cmocka_unit_test(the_generator_decides),
        cmocka_unit_test(what_is_no_place_is_drawn_again),
        cmocka_unit_test(the_coordinate_at_fault_is_named),
        cmocka_unit_test(its_workspace_is_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
