/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectorisable expm1 against that of the C library. */
#include "check.h"

#include "../../src/physics/vector_exp_internal.h"

static void near_the_library(void **state)
{
    (void)state;
    for (int k = -70000; k <= 70000; k++) {
        const double x = k * 0.0099873;
        CHECK_REL(expm1_one(x), expm1(x), 1e-15);
    }
}

static void small_arguments(void **state)
{
    (void)state;
    for (double x = 0.7; x > 1e-300; x *= 0.37) {
        CHECK_REL(expm1_one(x), expm1(x), 1e-15);
        CHECK_REL(expm1_one(-x), expm1(-x), 1e-15);
    }
    CHECK_ABS(expm1_one(0.0), 0.0, 0.0);
}

/* Where the rounded multiple of ln 2 changes, both sides fit. */
static void seams(void **state)
{
    (void)state;
    for (int n = -80; n < 80; n++) {
        const double seam = (n + 0.5) * 0.69314718055994531;
        for (int side = -1; side < 2; side++) {
            const double x = seam * (1.0 + side * 2e-16);
            CHECK_REL(expm1_one(x), expm1(x), 1e-15);
        }
    }
}

static void not_a_number(void **state)
{
    (void)state;
    assert_true(isnan(expm1_one((double)NAN)));
}

/* Within the bounds the same as exp; beyond infinite or 0, and never a finite number for none. */
static void beyond_the_bounds(void **state)
{
    (void)state;
    for (int k = -700; k <= 700; k++)
        CHECK_REL(exp_bounded(k), exp(k), 1e-15);
    static const double above[] = {700.5, 1e4, 1e300, (double)INFINITY, (double)NAN};
    static const double below[] = {-700.5, -1e4, -1e300, -(double)INFINITY};
    for (size_t i = 0; i < 5; i++)
        assert_true(isinf(exp_bounded(above[i])) && exp_bounded(above[i]) > 0.0);
    for (size_t i = 0; i < 4; i++)
        CHECK_ABS(exp_bounded(below[i]), 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_the_library),
        cmocka_unit_test(small_arguments),
        cmocka_unit_test(seams),
        cmocka_unit_test(not_a_number),
        cmocka_unit_test(beyond_the_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
