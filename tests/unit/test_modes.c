/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves of walkers and shares of modes, on draws whose counts are known. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/modes.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { N_ENSEMBLE = 2, N_WALKER = 10, N_COLUMN = N_ENSEMBLE * N_WALKER, N_ROW = 401 };

/* Walker w of all moves in every (w + 1)-th row, the last but one never. */
static void moves_are_counted(void **state)
{
    (void)state;
    double *x = calloc((size_t)N_ROW * N_COLUMN, sizeof *x);
    mutau_walker_moves moves;
    mutau_error err = {0};
    assert_non_null(x);
    for (size_t row = 1; row < N_ROW; row++)
        for (size_t w = 0; w < N_COLUMN; w++) {
            const bool stays = w == N_COLUMN - 2 || row % (w / 4 + 1) != 0;
            x[row * N_COLUMN + w] = x[(row - 1) * N_COLUMN + w] + (stays ? 0.0 : -1.5);
        }
    CHECK_OK(mutau_walker_moves_count(N_ROW, N_ENSEMBLE, N_WALKER, x, &moves, &err), err);
    CHECK_ABS(moves.min, 0.0, 0.0);
    CHECK_ABS(moves.max, 1.0, 0.0);
    /* Shares 1, 1/2, 1/3, 1/4 of 4 walkers each, 1/5 of 3: the 11th of 20 from below. */
    CHECK_ABS(moves.median, 133.0 / 400.0, 1e-15);
    assert_int_equal(moves.n_stuck, 1);
    assert_int_equal(moves.stuck_ensemble, 1);
    assert_int_equal(moves.stuck_walker, N_WALKER - 2);
    memset(x, 0, (size_t)N_ROW * N_COLUMN * sizeof *x);
    CHECK_OK(mutau_walker_moves_count(N_ROW, N_ENSEMBLE, N_WALKER, x, &moves, &err), err);
    assert_int_equal(moves.n_stuck, N_COLUMN); /* a median of 0 does not hide them */
    CHECK_STATUS(mutau_walker_moves_count(1, N_ENSEMBLE, N_WALKER, x, &moves, &err), MUTAU_EDOM,
                 err);
    CHECK_STATUS(mutau_walker_moves_count(N_ROW, 0, N_WALKER, x, &moves, &err), MUTAU_EDOM, err);
    free(x);
}

/* Normal draws of sd 0.3; those of walkers of the first ensemble below n_up[0], and of the
 * second below n_up[1], are around +3, the others around -3. */
static double *two_modes(const size_t n_up[N_ENSEMBLE])
{
    mutau_rng *rng = mutau_rng_alloc(11);
    double *x = calloc((size_t)N_ROW * N_COLUMN, sizeof *x);
    assert_non_null(rng);
    assert_non_null(x);
    for (size_t i = 0; i < (size_t)N_ROW * N_COLUMN; i++) {
        const size_t c = i % N_COLUMN;
        x[i] = (c % N_WALKER < n_up[c / N_WALKER] ? 3.0 : -3.0) + 0.3 * mutau_rng_normal(rng);
    }
    mutau_rng_free(rng);
    return x;
}

static void modes_are_weighed_by_ensemble(void **state)
{
    (void)state;
    const size_t n_up[N_ENSEMBLE] = {2, 5};
    const double inf = (double)INFINITY;
    double *x = two_modes(n_up);
    mutau_modes modes;
    mutau_error err = {0};
    CHECK_OK(mutau_modes_find(N_ROW, N_ENSEMBLE, N_WALKER, x, -inf, inf, 1000.0, &modes, &err),
             err);
    assert_int_equal(modes.n, 2);
    assert_true(modes.hi[0] < -1.0 && modes.lo[1] > 1.0);
    CHECK_ABS(modes.occupancy[0], 0.8, 1e-16);
    CHECK_ABS(modes.occupancy[1], 0.2, 1e-16);
    CHECK_ABS(modes.occupancy[3], 0.5, 1e-16);
    CHECK_ABS(modes.weight[1], 0.35, 1e-9);
    CHECK_ABS(modes.error[1], 0.15, 1e-9); /* half the difference */
    free(modes.occupancy);
    CHECK_OK(mutau_modes_find(N_ROW, 1, N_COLUMN, x, -inf, inf, 1000.0, &modes, &err), err);
    assert_int_equal(modes.n, 2);
    /* One ensemble has no scatter, but 20 walkers that stay where they are say that a share of
     * 0.35 of them is known to some sqrt(0.35 0.65 / 20) = 0.1, at best. */
    assert_true(modes.error[0] > 0.1 && modes.error[0] < 0.2);
    free(modes.occupancy);
    free(x);
}

static void one_mode_is_one(void **state)
{
    (void)state;
    const size_t n_up[N_ENSEMBLE] = {N_WALKER, N_WALKER};
    double *x = two_modes(n_up);
    mutau_modes modes;
    mutau_error err = {0};
    CHECK_OK(mutau_modes_find(N_ROW, N_ENSEMBLE, N_WALKER, x, 0.0, 9.0, 4000.0, &modes, &err), err);
    assert_int_equal(modes.n, 1);
    CHECK_ABS(modes.weight[0], 1.0, 1e-9);
    free(modes.occupancy);
    x[7] = (double)NAN;
    CHECK_STATUS(mutau_modes_find(N_ROW, N_ENSEMBLE, N_WALKER, x, 0.0, 9.0, 4000.0, &modes, &err),
                 MUTAU_ENAN, err);
    free(x);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const size_t n_up[N_ENSEMBLE] = {2, 5};
    double *x = two_modes(n_up);
    mutau_modes modes = {0};
    mutau_walker_moves moves;
    const void *none = NULL;
    mutau_error err = {0};
    long n = 0;
    CHECK_EACH_ALLOC(
        mutau_modes_find(N_ROW, N_ENSEMBLE, N_WALKER, x, -9.0, 9.0, 1000.0, &modes, &err),
        modes.occupancy, n, err);
    assert_true(n > 1);
    free(modes.occupancy);
    CHECK_EACH_ALLOC(mutau_walker_moves_count(N_ROW, N_ENSEMBLE, N_WALKER, x, &moves, &err), none,
                     n, err);
    assert_int_equal(n, 1);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_are_counted),
        cmocka_unit_test(modes_are_weighed_by_ensemble),
        cmocka_unit_test(one_mode_is_one),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
