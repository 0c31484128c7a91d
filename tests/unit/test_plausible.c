/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is plausible: the edges of each range and the unit that is suggested. */
#include "check.h"
#include "base/plausible.h"

#include <string.h>

static void ranges_end_where_they_say(void **state)
{
    (void)state;
    static const struct {
        mutau_plausible_kind kind;
        double low, high, most; /* NaN: none */
    } cases[] = {
        {MUTAU_PLAUSIBLE_ENERGY, 100.0, 1e11, 1e13},
        {MUTAU_PLAUSIBLE_E2PHI, -1e-5, 1e-5, 1e-3},
        {MUTAU_PLAUSIBLE_E2PHI_REACH, 1e-10, 1e-5, 1e-3},
        {MUTAU_PLAUSIBLE_RELATIVE_ERROR, 1e-3, (double)NAN, (double)NAN},
        {MUTAU_PLAUSIBLE_MASS, 0.01, 1e6, 1e12},
        {MUTAU_PLAUSIBLE_LINE_MASS, 0.01, 1e4, 1e12},
        {MUTAU_PLAUSIBLE_COUPLING, (double)NAN, 3.5, (double)NAN},
        {MUTAU_PLAUSIBLE_AMPLITUDE, 1e-3, 1e3, (double)NAN},
        {MUTAU_PLAUSIBLE_INDEX, 0.0, 6.0, (double)NAN},
        {MUTAU_PLAUSIBLE_SUM_MNU, (double)NAN, 1.5, 10.0},
        {MUTAU_PLAUSIBLE_EXPOSURE, 1e8, 1e14, (double)NAN},
    };
    const double step = 1e-12;
    char text[MUTAU_PLAUSIBLE_SIZE];
    assert_int_equal(sizeof cases / sizeof cases[0], MUTAU_PLAUSIBLE_N_KIND - 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const mutau_plausible_kind kind = cases[i].kind;
        if (!isnan(cases[i].low)) {
            const double below = cases[i].low - step * fmax(fabs(cases[i].low), 1e-10);
            assert_int_equal(mutau_plausible_judge(kind, cases[i].low, text), MUTAU_IS_PLAUSIBLE);
            assert_string_equal(text, "");
            assert_int_equal(mutau_plausible_judge(kind, below, text), MUTAU_IS_IMPLAUSIBLE);
            assert_non_null(strstr(text, " is below "));
        }
        if (!isnan(cases[i].high)) {
            const double above = cases[i].high * (1.0 + step);
            assert_int_equal(mutau_plausible_judge(kind, cases[i].high, text), MUTAU_IS_PLAUSIBLE);
            assert_int_equal(mutau_plausible_judge(kind, above, text), MUTAU_IS_IMPLAUSIBLE);
            assert_non_null(strstr(text, " is above "));
        }
        if (!isnan(cases[i].most)) {
            const double above = cases[i].most * (1.0 + step);
            assert_int_equal(mutau_plausible_judge(kind, cases[i].most, text),
                             MUTAU_IS_IMPLAUSIBLE);
            assert_int_equal(mutau_plausible_judge(kind, above, text), MUTAU_IS_IMPOSSIBLE);
        }
    }
    assert_int_equal(mutau_plausible_judge(MUTAU_PLAUSIBLE_ANY, -1e300, text), MUTAU_IS_PLAUSIBLE);
    assert_int_equal(mutau_plausible_judge(MUTAU_PLAUSIBLE_E2PHI, -1.6, text), MUTAU_IS_IMPOSSIBLE);
    assert_int_equal(mutau_plausible_judge(MUTAU_PLAUSIBLE_E2PHI_REACH, -1e-12, text),
                     MUTAU_IS_IMPOSSIBLE);
}

static void the_likely_unit_is_suggested(void **state)
{
    (void)state;
    static const struct {
        mutau_plausible_kind kind;
        double value;
        const char *want;
    } cases[] = {
        {MUTAU_PLAUSIBLE_ENERGY, 4.6, "TeV?"},
        {MUTAU_PLAUSIBLE_ENERGY, 0.0046, "PeV?"},
        {MUTAU_PLAUSIBLE_ENERGY, 4.6e12, "eV?"},
        {MUTAU_PLAUSIBLE_E2PHI, 1.6, "units of 1e-8 GeV cm^-2 s^-1 sr^-1?"},
        {MUTAU_PLAUSIBLE_E2PHI, 1.6e-4, "in GeV m^-2 s^-1 sr^-1?"},
        {MUTAU_PLAUSIBLE_E2PHI_REACH, 1.6e-11, "in TeV cm^-2 s^-1 sr^-1?"},
        {MUTAU_PLAUSIBLE_LINE_MASS, 0.0065, "in GeV?"},
        {MUTAU_PLAUSIBLE_LINE_MASS, 6.5e6, "in eV?"},
        {MUTAU_PLAUSIBLE_LINE_MASS, 2e4, "in eV?"},
        {MUTAU_PLAUSIBLE_AMPLITUDE, 1.6e-18, "and not of 1e-18 of it?"},
        {MUTAU_PLAUSIBLE_INDEX, -2.5, "in the convention E^gamma?"},
        {MUTAU_PLAUSIBLE_SUM_MNU, 100.0, "in meV?"},
        {MUTAU_PLAUSIBLE_EXPOSURE, 1.98, "in units of 1e10 muons?"},
    };
    char text[MUTAU_PLAUSIBLE_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_not_equal(mutau_plausible_judge(cases[i].kind, cases[i].value, text),
                             MUTAU_IS_PLAUSIBLE);
        if (strstr(text, cases[i].want) == NULL)
            fail_msg("'%s' does not say '%s'", text, cases[i].want);
    }
    /* No unit makes this one right. */
    (void)mutau_plausible_judge(MUTAU_PLAUSIBLE_E2PHI_REACH, 1e-30, text);
    assert_null(strchr(text, '?'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_end_where_they_say),
        cmocka_unit_test(the_likely_unit_is_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
