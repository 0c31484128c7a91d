/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of parameters, by hand-made rows. */
#include "base/parameter_set.h"

#include <math.h>
#include <string.h>

#include "check.h"

static const mutau_parameter_spec first[] = {
    {.name = "mass", .unit = "MeV", .lowest_excluded = true, .highest = (double)INFINITY},
    {.name = "coupling", .unit = "", .highest = (double)INFINITY},
};
static const mutau_parameter_spec second[] = {
    {.name = "index", .lowest = -(double)INFINITY, .highest = (double)INFINITY},
    {.name = "share", .lowest = 0.25, .highest = 0.75},
    {.name = "log", .lowest = -(double)INFINITY, .highest = 8.5},
};

static void lists_its_parts(void **state)
{
    (void)state;
    mutau_parameter_set set = {0};
    assert_true(mutau_parameter_set_add(&set, 2, first));
    assert_int_equal(mutau_parameter_set_first(&set, second), 2); /* not there yet: n */
    assert_true(mutau_parameter_set_add(&set, 3, second));
    assert_int_equal(set.n, 5);
    assert_int_equal(mutau_parameter_set_first(&set, first), 0);
    assert_int_equal(mutau_parameter_set_first(&set, second), 2);
    assert_int_equal(mutau_parameter_set_find(&set, "coupling"), 1);
    assert_int_equal(mutau_parameter_set_find(&set, "share"), 3);
    assert_int_equal(mutau_parameter_set_find(&set, "shar"), 5);
    assert_ptr_equal(set.spec[4], &second[2]);
}

static void refuses_what_is_taken_or_too_much(void **state)
{
    (void)state;
    mutau_parameter_set set = {0};
    static const mutau_parameter_spec again[] = {{.name = "new"}, {.name = "mass"}};
    assert_true(mutau_parameter_set_add(&set, 2, first));
    assert_false(mutau_parameter_set_add(&set, 2, again));
    assert_int_equal(set.n, 2);
    set.n = MUTAU_MAX_PARAMETERS - 2;
    for (size_t i = 2; i < set.n; i++)
        set.spec[i] = &first[0];
    assert_false(mutau_parameter_set_add(&set, 3, second));
    assert_int_equal(set.n, MUTAU_MAX_PARAMETERS - 2);
}

static void knows_what_a_value_must_be(void **state)
{
    (void)state;
    static const struct {
        const mutau_parameter_spec *spec;
        const char *must;
        double good[2], bad[3];
    } cases[] = {
        {&first[0], "above 0 and finite", {5e-324, 1e300}, {0.0, -1.0, (double)INFINITY}},
        {&first[1], "at least 0 and finite", {0.0, 1e300}, {-5e-324, -1.0, (double)INFINITY}},
        {&second[0], "finite", {-1e300, 1e300}, {(double)INFINITY, -(double)INFINITY, (double)NAN}},
        {&second[1], "at least 0.25 and at most 0.75", {0.25, 0.75}, {0.24, 0.76, (double)NAN}},
        {&second[2],
         "finite and at most 8.5",
         {-1e300, 8.5},
         {8.6, -(double)INFINITY, (double)INFINITY}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char must[MUTAU_PARAMETER_MUST_SIZE];
        mutau_parameter_spec_must(cases[i].spec, must);
        assert_string_equal(must, cases[i].must);
        for (size_t k = 0; k < 2; k++)
            assert_true(mutau_parameter_spec_allows(cases[i].spec, cases[i].good[k]));
        for (size_t k = 0; k < 3; k++)
            assert_false(mutau_parameter_spec_allows(cases[i].spec, cases[i].bad[k]));
        assert_false(mutau_parameter_spec_allows(cases[i].spec, (double)NAN));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_its_parts),
        cmocka_unit_test(refuses_what_is_taken_or_too_much),
        cmocka_unit_test(knows_what_a_value_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
