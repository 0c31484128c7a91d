/* SPDX-License-Identifier: GPL-3.0-or-later */
/* K+ -> mu+ nu Z': the width against other calculations, the term against its limits. */
#include "check.h"
#include "fail_alloc.h"
#include "kaon_width_internal.h"
#include "store/table.h"
#include "priors/term.h"

#include <gsl/gsl_integration.h>
#include <stdlib.h>
#include <string.h>

#include "term_inputs.h"

enum { MAX_ROW = 48, N_WINDOW = 3 };

/* As the term's option lists them. */
enum { E949, PANG1973, NA62, LAHA2014 };

/* GSL allocates its rules by itself: they fail with the others. */
gsl_integration_glfixed_table *__real_gsl_integration_glfixed_table_alloc(size_t n);
gsl_integration_glfixed_table *__wrap_gsl_integration_glfixed_table_alloc(size_t n);
gsl_integration_glfixed_table *__wrap_gsl_integration_glfixed_table_alloc(size_t n)
{
    return fail_alloc_now() ? NULL : __real_gsl_integration_glfixed_table_alloc(n);
}

static size_t read_columns(const char *file, const char *const names[], double columns[][MAX_ROW])
{
    mutau_error err = {0};
    mutau_table *t = NULL;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", MUTAU_TEST_REFERENCE_DIR, file);
    CHECK_OK(mutau_table_read_file(path, &t, &err), err);
    const size_t n = mutau_table_rows(t);
    assert_in_range(n, 1, MAX_ROW);
    for (size_t i = 0; names[i] != NULL; i++)
        CHECK_OK(mutau_table_real(t, names[i], columns[i], &err), err);
    mutau_table_free(t);
    return n;
}

/* All of it, T_mu in 60..100 MeV, squared missing mass above 0.1 GeV^2. */
static void fill_windows(mutau_kaon_window windows[N_WINDOW])
{
    windows[0] = mutau_kaon_window_all();
    windows[1] = mutau_kaon_window_energy(60.0, 100.0);
    windows[2] = mutau_kaon_window_all();
    windows[2].min_mev2 = 1e5;
}

static mutau_kaon_rule rule_of_width(void)
{
    mutau_error err = {0};
    mutau_kaon_rule rule;
    CHECK_OK(mutau_kaon_rule_init(&rule, &err), err);
    return rule;
}

static void check_width(const char *file, double tolerance)
{
    static const char *const names[] = {"m_mev", "I", "I_T", "I_mm", NULL};
    const mutau_kaon_rule rule = rule_of_width();
    mutau_kaon_window windows[N_WINDOW];
    double columns[4][MAX_ROW];
    const size_t n = read_columns(file, names, columns);
    fill_windows(windows);
    for (size_t i = 0; i < n; i++)
        for (size_t w = 0; w < N_WINDOW; w++)
            CHECK_REL(mutau_kaon_width(&rule, &windows[w], columns[0][i]), columns[1 + w][i],
                      tolerance);
}

/* Seven digits, quadratures made before this code. */
static void width_is_the_derived_table(void **state)
{
    (void)state;
    check_width("kaon_mu_nu_zprime.csv", 1e-6);
}

/* Dirac matrices instead of the reduced amplitude, at other masses. */
static void width_is_that_of_the_dirac_traces(void **state)
{
    (void)state;
    check_width("kaon_width.csv", 1e-6);
}

/* Interpolated, as the term uses it: the windows of the term at the nodes, whose numbers the build
 * has written down, and at masses between them. */
static void interpolation_keeps_the_width(void **state)
{
    (void)state;
    const mutau_kaon_rule rule = rule_of_width();
    mutau_kaon_window windows[N_WINDOW];
    fill_windows(windows);
    for (size_t w = 1; w < N_WINDOW; w++) {
        mutau_error err = {0};
        mutau_interp *table = NULL;
        double nodes[MUTAU_KAON_N_NODE];
        const mutau_kaon_measured which = (mutau_kaon_measured)(w - 1);
        CHECK_OK(mutau_kaon_width_table(which, &table, &err), err);
        mutau_kaon_masses(which, nodes);
        for (size_t i = 0; i + 1 < MUTAU_KAON_N_NODE; i++)
            CHECK_REL(exp(mutau_interp_eval(table, nodes[i])),
                      mutau_kaon_width(&rule, &windows[w], nodes[i]), 1e-13);
        CHECK_ABS(mutau_interp_min(table), 0.1, 0.0);
        assert_true(mutau_interp_max(table) > 300.0);
        for (int i = 0; i <= 1000; i++) {
            const double m = i < 1000 ? 0.1 * pow(3000.0, i / 1000.0) : 300.0;
            CHECK_REL(exp(mutau_interp_eval(table, m)), mutau_kaon_width(&rule, &windows[w], m),
                      1e-5);
        }
        mutau_interp_free(table);
    }
}

/* The current is conserved: the width within a window has a limit, and all of it grows
 * as a logarithm squared at most; a 1/m^2 would make it 1e4 times larger per step. */
static void nothing_grows_as_an_inverse_square(void **state)
{
    (void)state;
    const mutau_kaon_rule rule = rule_of_width();
    mutau_kaon_window windows[N_WINDOW];
    fill_windows(windows);
    for (size_t w = 1; w < N_WINDOW; w++) {
        const double at_limit = mutau_kaon_width(&rule, &windows[w], 1e-5);
        CHECK_REL(mutau_kaon_width(&rule, &windows[w], 1e-3), at_limit, 1e-8);
        CHECK_REL(mutau_kaon_width(&rule, &windows[w], 0.1), at_limit, 1e-5);
        CHECK_REL(mutau_kaon_width(&rule, &windows[w], 1.0), at_limit, 1e-4);
    }
    double last = mutau_kaon_width(&rule, &windows[0], 1.0);
    for (double m = 0.1; m > 1e-3; m *= 0.1) {
        const double now = mutau_kaon_width(&rule, &windows[0], m);
        assert_true(now > last && now < 2.5 * last);
        last = now;
    }
}

static void the_width_ends_with_the_window(void **state)
{
    (void)state;
    const mutau_kaon_rule rule = rule_of_width();
    mutau_kaon_window windows[N_WINDOW];
    fill_windows(windows);
    CHECK_REL(windows[0].max_mev2, (493.677 - 105.6583755) * (493.677 - 105.6583755), 1e-14);
    /* E_mu = (m_K^2 + m_mu^2 - a)/(2 m_K) */
    const double squares = 493.677 * 493.677 + 105.6583755 * 105.6583755;
    CHECK_REL(windows[1].min_mev2, squares - 2.0 * 493.677 * 205.6583755, 1e-13);
    CHECK_REL(windows[1].max_mev2, squares - 2.0 * 493.677 * 165.6583755, 1e-13);
    for (size_t w = 0; w < N_WINDOW; w++) {
        const double end = sqrt(windows[w].max_mev2);
        const double near = mutau_kaon_width(&rule, &windows[w], 0.999 * end);
        const double nearer = mutau_kaon_width(&rule, &windows[w], 0.9999 * end);
        assert_true(nearer > 0.0 && nearer < 0.1 * near);
        CHECK_ABS(mutau_kaon_width(&rule, &windows[w], 1.0001 * end), 0.0, 0.0);
        CHECK_ABS(mutau_kaon_width(&rule, &windows[w], 1e9), 0.0, 0.0);
    }
}

static const mutau_term_type *kaon(void)
{
    const mutau_term_type *type = mutau_term_find("kaon");
    assert_non_null(type);
    return type;
}

static void *term_alloc(int value)
{
    mutau_error err = {0};
    void *term = NULL;
    assert_int_equal(kaon()->settings_size, sizeof value);
    CHECK_OK(term_make(kaon(), &value, "/no/data/needed", &term, &err), err);
    return term;
}

static void options_are_the_four_results(void **state)
{
    (void)state;
    static const char *const names[] = {"e949", "pang1973", "na62", "laha2014"};
    assert_int_equal(kaon()->n_option, 1);
    const mutau_option *o = &kaon()->options[0];
    assert_string_equal(kaon()->shorthand, o->key);
    assert_int_equal(o->type, MUTAU_OPTION_CHOICE);
    CHECK_ABS(o->def, E949, 0.0);
    for (int i = 0; i < 4; i++)
        assert_string_equal(o->choices[i], names[i]);
    assert_null(o->choices[4]);
    assert_null(kaon()->inputs);
}

/* -(0.6356 g^2 I/sigma)^2/2 with the width of the traces, between the table's rows. */
static void likelihood_is_the_formula(void **state)
{
    (void)state;
    static const char *const names[] = {"m_mev", "I_T", "I_mm", NULL};
    static const struct {
        int value, column;
        double br90, share;
    } cases[] = {
        {E949, 1, 2.4e-6, 0.342666}, {PANG1973, 1, 6e-6, 0.342666}, {NA62, 2, 1e-6, 0.362838}};
    double columns[3][MAX_ROW];
    const size_t n = read_columns("kaon_width.csv", names, columns);
    for (size_t c = 0; c < 3; c++) {
        void *term = term_alloc(cases[c].value);
        const double sigma = cases[c].br90 * cases[c].share / 1.645;
        for (size_t i = 0; i < n; i++) {
            const double g = 6.18e-3;
            const double pull = 0.6356 * g * g * columns[cases[c].column][i] / sigma;
            CHECK_REL(term_lnl(kaon(), term, columns[0][i], g), -0.5 * pull * pull, 2e-5);
        }
        kaon()->free(term);
    }
}

/* The golden curves, by the definition of a curve; up to 250 MeV, since at 300 MeV g' > 1. */
static void limits_are_the_derived_curves(void **state)
{
    (void)state;
    static const char *const names[] = {"m_mev", "g90_e949", "g90_pang1973", "g90_na62", NULL};
    double columns[4][MAX_ROW];
    const size_t n = read_columns("kaon_mu_nu_zprime.csv", names, columns);
    for (int value = E949; value <= NA62; value++) {
        void *term = term_alloc(value);
        for (size_t i = 0; i < n && columns[0][i] < 300.0; i++) {
            const double want = columns[1 + value][i];
            CHECK_REL(term_limit(kaon(), term, columns[0][i], 3.0 * want, 0.9), want, 2e-4);
        }
        kaon()->free(term);
    }
}

/* As they are quoted for light masses. */
static void light_masses_have_the_quoted_limits(void **state)
{
    (void)state;
    static const double quoted[] = {[E949] = 7.5e-3, [PANG1973] = 1.19e-2, [NA62] = 9.2e-3};
    for (int value = E949; value <= NA62; value++) {
        void *term = term_alloc(value);
        for (double m = 1.0; m < 21.0; m += 4.75)
            CHECK_REL(term_limit(kaon(), term, m, 3e-2, 0.9), quoted[value], 0.016);
        kaon()->free(term);
    }
}

static void lahas_line_is_proportional_to_the_mass(void **state)
{
    (void)state;
    static const struct {
        double m, times;
    } stronger[] = {{1.0, 21.0}, {6.5, 3.3}, {20.0, 1.1}};
    void *laha = term_alloc(LAHA2014), *e949 = term_alloc(E949);
    for (size_t i = 0; i < 3; i++) {
        const double m = stronger[i].m, line = 3.5e-4 * m;
        CHECK_REL(term_lnl(kaon(), laha, m, line), -0.5 * 1.645 * 1.645, 1e-13);
        CHECK_REL(term_lnl(kaon(), laha, m, 2.0 * line), -8.0 * 1.645 * 1.645, 1e-13);
        CHECK_REL(term_limit(kaon(), laha, m, 3.0 * line, 0.9), line, 2e-4);
        CHECK_REL(term_limit(kaon(), e949, m, 3e-2, 0.9) / line, stronger[i].times, 0.03);
    }
    kaon()->free(laha);
    kaon()->free(e949);
}

static void no_coupling_is_no_signal(void **state)
{
    (void)state;
    for (int value = E949; value <= LAHA2014; value++) {
        void *term = term_alloc(value);
        const double at_zero = term_lnl(kaon(), term, 6.5, 0.0),
                     far = term_lnl(kaon(), term, 1e9, 0.0);
        CHECK_ABS(at_zero, 0.0, 0.0);
        CHECK_ABS(far, 0.0, 0.0);
        assert_false(signbit(at_zero) || signbit(far));
        assert_true(isnan(term_lnl(kaon(), term, 6.5, (double)NAN)));
        assert_true(isnan(term_lnl(kaon(), term, (double)NAN, 1e-3)));
        kaon()->free(term);
    }
    kaon()->free(NULL);
}

static void the_mass_range_is_stated(void **state)
{
    (void)state;
    for (int value = E949; value <= LAHA2014; value++) {
        void *term = term_alloc(value);
        double min, max;
        kaon()->mass_range(term, &min, &max);
        CHECK_ABS(min, 0.1, 0.0);
        CHECK_ABS(max, value == LAHA2014 ? 20.0 : 300.0, 0.0);
        assert_true(term_lnl(kaon(), term, min, 1e-2) < 0.0 &&
                    term_lnl(kaon(), term, max, 1e-2) < 0.0);
        if (value != LAHA2014) {
            assert_true(isnan(term_lnl(kaon(), term, 0.0999, 1e-3)));
            assert_true(isnan(term_lnl(kaon(), term, 500.0, 1e-3)));
        }
        kaon()->free(term);
    }
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (int value = E949; value <= LAHA2014; value++) {
        mutau_error err = {0};
        void *term = NULL;
        long n = 0;
        CHECK_EACH_ALLOC(term_make(kaon(), &value, "", &term, &err), term, n, err);
        if (value == LAHA2014)
            assert_int_equal(n, 1);
        else
            assert_in_range(n, 3, 12);
        kaon()->free(term);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_is_the_derived_table),
        cmocka_unit_test(width_is_that_of_the_dirac_traces),
        cmocka_unit_test(interpolation_keeps_the_width),
        cmocka_unit_test(nothing_grows_as_an_inverse_square),
        cmocka_unit_test(the_width_ends_with_the_window),
        cmocka_unit_test(options_are_the_four_results),
        cmocka_unit_test(likelihood_is_the_formula),
        cmocka_unit_test(limits_are_the_derived_curves),
        cmocka_unit_test(light_masses_have_the_quoted_limits),
        cmocka_unit_test(lahas_line_is_proportional_to_the_mass),
        cmocka_unit_test(no_coupling_is_no_signal),
        cmocka_unit_test(the_mass_range_is_stated),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
