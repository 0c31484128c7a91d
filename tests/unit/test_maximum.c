/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden sections on functions whose maximum is known. */
#include "check.h"
#include "base/maximum.h"

#include <math.h>
#include <stdbool.h>

typedef struct peak {
    double at;
    int kind; /* 0: a cusp, 1: a parabola, 2: nothing at all a little above the peak */
    int calls;
} peak;

static double height(void *self, double x)
{
    peak *p = self;
    const double away = x - p->at;
    p->calls++;
    if (p->kind == 0)
        return -fabs(away);
    if (p->kind == 2 && away > 0.01)
        return -(double)INFINITY;
    return 3.0 - away * away;
}

/* A cusp can be found to any tolerance, a parabola to the root of the rounding error. */
static void maxima_are_found(void **state)
{
    (void)state;
    static const double at[] = {-1.9, -0.1, 0.0, 1e-3, 0.7, 2.99};
    for (int kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
            peak p = {.at = at[i], .kind = kind};
            CHECK_ABS(mutau_golden_section(height, &p, -2.0, 3.0, 1e-12, 0.0), at[i],
                      kind == 0 ? 1e-12 : 1e-7);
        }
}

/* ln(5e12) / ln(golden ratio) = 60.8 sections, each a call more than the first two. */
static void sections_are_golden(void **state)
{
    (void)state;
    peak p = {.at = 0.7};
    CHECK_ABS(mutau_golden_section(height, &p, -2.0, 3.0, 1e-12, 0.0), 0.7, 1e-12);
    assert_int_equal(p.calls, 2 + 61);
}

static void a_relative_tolerance_is_of_the_upper_end(void **state)
{
    (void)state;
    peak p = {.at = 1e6};
    CHECK_REL(mutau_golden_section(height, &p, 9e5, 2e6, 0.0, 1e-9), 1e6, 1e-9);
    assert_true(p.calls < 2 + 45);
}

/* It ends without a tolerance, too, at a few units of the last place. */
static void the_end_of_a_falling_function_is_approached(void **state)
{
    (void)state;
    peak p = {.at = -5.0};
    CHECK_ABS(mutau_golden_section(height, &p, 0.0, 1.0, 1e-9, 0.0), 0.0, 1e-9);
    p.at = 5.0;
    p.calls = 0;
    CHECK_ABS(mutau_golden_section(height, &p, 0.0, 1.0, 0.0, 0.0), 1.0, 1e-14);
    assert_int_equal(p.calls, 2 + 200);
}

/* Uphill of where it begins, whichever way and however far, within the ends or without any. */
static void the_maximum_near_a_point_is_found(void **state)
{
    (void)state;
    static const double at[] = {-1.9, -0.1, 0.0, 1e-3, 0.7, 2.99};
    for (int kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
            for (double start = -2.0; start <= 3.0; start += 0.25) {
                peak p = {.at = at[i], .kind = kind};
                const bool nowhere = kind == 2 && start > at[i] + 0.01; /* all the same there */
                double x = nowhere ? -2.0 : start;
                const double y = mutau_maximum_near(height, &p, -2.0, 3.0, 0.02, 1e-7, &x);
                CHECK_ABS(x, at[i], 2e-7);
                CHECK_ABS(y, kind == 0 ? 0.0 : 3.0, 2e-7);
                assert_true(p.calls < (kind == 1 ? 30 : 80));
                x = nowhere ? -2.0 : start;
                (void)mutau_maximum_near(height, &p, -INFINITY, INFINITY, 0.02, 1e-7, &x);
                CHECK_ABS(x, at[i], 2e-7);
            }
}

static void an_end_is_found_exactly(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        peak p = {.at = 5.0 * side, .kind = 1};
        for (double start = -2.0; start <= 2.0; start += 0.5) {
            double x = start;
            CHECK_ABS(mutau_maximum_near(height, &p, -2.0, 2.0, 0.02, 1e-7, &x), 3.0 - 9.0, 0.0);
            CHECK_ABS(x, 2.0 * side, 0.0);
        }
    }
}

static double nothing(void *self, double x)
{
    (void)self;
    (void)x;
    return (double)NAN;
}

static void where_there_is_nothing_it_ends(void **state)
{
    (void)state;
    double x = 0.5;
    assert_true(mutau_maximum_near(nothing, NULL, 0.0, 1.0, 0.1, 1e-7, &x) < 0.0);
    CHECK_ABS(x, 0.5, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maxima_are_found),
        cmocka_unit_test(sections_are_golden),
        cmocka_unit_test(a_relative_tolerance_is_of_the_upper_end),
        cmocka_unit_test(the_end_of_a_falling_function_is_approached),
        cmocka_unit_test(the_maximum_near_a_point_is_found),
        cmocka_unit_test(an_end_is_found_exactly),
        cmocka_unit_test(where_there_is_nothing_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
