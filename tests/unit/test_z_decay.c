/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Z boson: the width of Z -> nu nubar Z' against other calculations, and the term. */
#include "check.h"
#include "fail_alloc.h"
#include "store/table.h"
#include "priors/term.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

#include "term_inputs.h"

enum { MAX_ROW = 48 };

/* As the term's option lists them. */
enum { INVISIBLE_WIDTH, N_NU };

static size_t read_ratio(const char *file, double m[MAX_ROW], double ratio[MAX_ROW])
{
    mutau_error err = {0};
    mutau_table *t = NULL;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", MUTAU_TEST_REFERENCE_DIR, file);
    CHECK_OK(mutau_table_read_file(path, &t, &err), err);
    const size_t n = mutau_table_rows(t);
    assert_in_range(n, 1, MAX_ROW);
    CHECK_OK(mutau_table_real(t, "m_mev", m, &err), err);
    CHECK_OK(mutau_table_real(t, "I_Z", ratio, &err), err);
    mutau_table_free(t);
    return n;
}

static const mutau_term_type *z_decay(void)
{
    const mutau_term_type *type = mutau_term_find("z-decay");
    assert_non_null(type);
    return type;
}

static void *term_alloc(int value)
{
    mutau_error err = {0};
    void *term = NULL;
    assert_int_equal(z_decay()->settings_size, sizeof value);
    CHECK_OK(term_make(z_decay(), &value, "/no/data/needed", &term, &err), err);
    return term;
}

/* I from ln L of n-nu: 3 + 2 g'^2 I = 2.9963 + 0.0074 sqrt(-2 ln L). */
static double ratio_of(const void *term, double m)
{
    const double lnl = term_lnl(z_decay(), term, m, 1.0);
    return (2.9963 + 0.0074 * sqrt(-2.0 * lnl) - 3.0) / 2.0;
}

static void check_ratio(const char *file, double tolerance)
{
    double m[MAX_ROW], ratio[MAX_ROW];
    const size_t n = read_ratio(file, m, ratio);
    void *term = term_alloc(N_NU);
    for (size_t i = 0; i < n; i++)
        CHECK_REL(ratio_of(term, m[i]), ratio[i], tolerance);
    z_decay()->free(term);
}

/* Seven digits of the closed form. */
static void width_is_the_derived_table(void **state)
{
    (void)state;
    check_ratio("z_width.csv", 3e-7);
}

/* Dirac matrices and phase space instead of the closed form, at other masses. */
static void width_is_that_of_the_dirac_traces(void **state)
{
    (void)state;
    check_ratio("boson_width.csv", 2e-7);
}

/* F -> ln^2 r + 3 ln r + 5 - pi^2/3 for r -> 0; what is left out is r ln^2 r. */
static void width_has_its_limit_for_light_masses(void **state)
{
    (void)state;
    void *term = term_alloc(N_NU);
    for (double m = 0.1; m < 15.0; m *= 1.37) {
        const double x = 2.0 * log(m / 91187.6);
        const double f = x * x + 3.0 * x + 5.0 - MUTAU_PI * MUTAU_PI / 3.0;
        CHECK_REL(ratio_of(term, m), f / (8.0 * MUTAU_PI * MUTAU_PI), 2e-7);
    }
    z_decay()->free(term);
}

static void options_are_the_two_readings(void **state)
{
    (void)state;
    assert_int_equal(z_decay()->n_option, 1);
    const mutau_option *o = &z_decay()->options[0];
    assert_string_equal(z_decay()->shorthand, o->key);
    assert_int_equal(o->type, MUTAU_OPTION_CHOICE);
    CHECK_ABS(o->def, INVISIBLE_WIDTH, 0.0);
    assert_string_equal(o->choices[0], "invisible-width");
    assert_string_equal(o->choices[1], "n-nu");
    assert_null(o->choices[2]);
    assert_null(z_decay()->inputs);
}

static void likelihood_is_the_formula(void **state)
{
    (void)state;
    double m[MAX_ROW], ratio[MAX_ROW];
    const size_t n = read_ratio("boson_width.csv", m, ratio);
    void *width = term_alloc(INVISIBLE_WIDTH), *number = term_alloc(N_NU);
    for (size_t i = 0; i < n; i++) {
        const double g = 6.18e-2, s = g * g * ratio[i];
        const double pull_width = (501.7 + 334.4 * s - 499.0) / 1.5;
        const double pull_number = (3.0 + 2.0 * s - 2.9963) / 0.0074;
        CHECK_REL(term_lnl(z_decay(), width, m[i], g), -0.5 * pull_width * pull_width, 1e-6);
        CHECK_REL(term_lnl(z_decay(), number, m[i], g), -0.5 * pull_number * pull_number, 1e-6);
    }
    z_decay()->free(width);
    z_decay()->free(number);
}

/* A Gaussian cut at no addition: 1.66776 MeV and 0.0122763 neutrinos at 95 % (mpmath),
 * over the table's I.  0.0294, 0.0375, 0.0518 are the quoted limits. */
static void limits_are_those_of_a_cut_gaussian(void **state)
{
    (void)state;
    static const struct {
        double m, ratio, quoted;
    } rows[] = {{1.0, 5.761544, 0.0294}, {10.0, 3.540666, 0.0375}, {100.0, 1.856988, 0.0518}};
    void *width = term_alloc(INVISIBLE_WIDTH), *number = term_alloc(N_NU);
    for (size_t i = 0; i < 3; i++) {
        const double g95 = term_limit(z_decay(), width, rows[i].m, 0.2, 0.95);
        CHECK_REL(g95, sqrt(1.66776448637 / 334.4 / rows[i].ratio), 1e-5);
        CHECK_REL(g95, rows[i].quoted, 1.5e-3);
        CHECK_REL(term_limit(z_decay(), number, rows[i].m, 0.2, 0.95),
                  sqrt(0.0122762578802 / 2.0 / rows[i].ratio), 1e-5);
    }
    z_decay()->free(width);
    z_decay()->free(number);
}

static void no_coupling_is_the_standard_model(void **state)
{
    (void)state;
    static const double want[] = {[INVISIBLE_WIDTH] = -1.62, [N_NU] = -0.125};
    for (int value = INVISIBLE_WIDTH; value <= N_NU; value++) {
        void *term = term_alloc(value);
        const double at_zero = term_lnl(z_decay(), term, 6.5, 0.0);
        CHECK_REL(at_zero, want[value], 1e-12);
        CHECK_ABS(term_lnl(z_decay(), term, 1e9, 0.0), at_zero, 0.0);
        CHECK_ABS(term_lnl(z_decay(), term, 0.2, 0.0), at_zero, 0.0);
        assert_true(term_lnl(z_decay(), term, 6.5, 1e-2) < at_zero);
        assert_true(isnan(term_lnl(z_decay(), term, 6.5, (double)NAN)));
        assert_true(isnan(term_lnl(z_decay(), term, (double)NAN, 1e-3)));
        z_decay()->free(term);
    }
    z_decay()->free(NULL);
}

static void the_mass_range_is_stated(void **state)
{
    (void)state;
    void *term = term_alloc(INVISIBLE_WIDTH);
    double min, max;
    z_decay()->mass_range(term, &min, &max);
    CHECK_ABS(min, 0.1, 0.0);
    CHECK_ABS(max, 1e4, 0.0);
    assert_true(isfinite(term_lnl(z_decay(), term, min, 1e-2)));
    assert_true(isfinite(term_lnl(z_decay(), term, max, 1e-2)));
    assert_true(isnan(term_lnl(z_decay(), term, 1e-3, 1e-2)));
    assert_true(isnan(term_lnl(z_decay(), term, 9e4, 1e-2)));
    z_decay()->free(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (int value = INVISIBLE_WIDTH; value <= N_NU; value++) {
        mutau_error err = {0};
        void *term = NULL;
        long n = 0;
        CHECK_EACH_ALLOC(term_make(z_decay(), &value, "", &term, &err), term, n, err);
        assert_in_range(n, 4, 10);
        z_decay()->free(term);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_is_the_derived_table),
        cmocka_unit_test(width_is_that_of_the_dirac_traces),
        cmocka_unit_test(width_has_its_limit_for_light_masses),
        cmocka_unit_test(options_are_the_two_readings),
        cmocka_unit_test(likelihood_is_the_formula),
        cmocka_unit_test(limits_are_those_of_a_cut_gaussian),
        cmocka_unit_test(no_coupling_is_the_standard_model),
        cmocka_unit_test(the_mass_range_is_stated),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
