/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of numbers known by their logarithms, against closed forms. */
#include "check.h"
#include "base/log_sum.h"

static void sums_of_known_numbers(void **state)
{
    (void)state;
    const double thirds[] = {-log(3.0), -log(3.0), -log(3.0)}, far[] = {1000.0, 1000.0 + log(3.0)};
    const double low[] = {-2000.0, -2000.0};
    CHECK_ABS(mutau_log_sum(3, thirds), 0.0, 1e-15);
    CHECK_ABS(mutau_log_sum(2, far), 1000.0 + log(4.0), 1e-12);
    CHECK_ABS(mutau_log_sum(2, low), -2000.0 + log(2.0), 1e-12);
}

static void nothing_adds_nothing(void **state)
{
    (void)state;
    const double infinity = (double)INFINITY;
    const double one[] = {-infinity, 2.0}, none[] = {-infinity, -infinity};
    CHECK_ABS(mutau_log_sum(2, one), 2.0, 0.0);
    assert_true(isinf(mutau_log_sum(2, none)) && mutau_log_sum(2, none) < 0.0);
    assert_true(isinf(mutau_log_sum(0, none)) && mutau_log_sum(0, none) < 0.0);
}

static void what_is_no_number_stays_none(void **state)
{
    (void)state;
    const double first[] = {(double)NAN, 1.0}, last[] = {1.0, (double)NAN};
    const double both[] = {(double)INFINITY, (double)INFINITY};
    assert_true(isnan(mutau_log_sum(2, first)));
    assert_true(isnan(mutau_log_sum(2, last)));
    assert_true(isinf(mutau_log_sum(2, both)) && mutau_log_sum(2, both) > 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_known_numbers),
        cmocka_unit_test(nothing_adds_nothing),
        cmocka_unit_test(what_is_no_number_stays_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
