/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The W boson: the table of W -> l nu Z' against another calculation, and the
 * term. */
#include "check.h"
#include "fail_alloc.h"
#include "store/table.h"
#include "priors/term.h"
#include "mutau_build.h"

#include <stdlib.h>
#include <string.h>

#include "term_inputs.h"

enum { MAX_ROW = 48 };

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

static const mutau_term_type *w_decay(void)
{
    const mutau_term_type *type = mutau_term_find("w-decay");
    assert_non_null(type);
    return type;
}

static void *term_alloc(void)
{
    mutau_error err = {0};
    void *term = NULL;
    assert_int_equal(w_decay()->n_option, 0);
    CHECK_OK(term_make(w_decay(), NULL, MUTAU_SOURCE_DATA_DIR, &term, &err), err);
    return term;
}

/* D from ln L: 2089.5 + D - 2085 = 42 sqrt(-2 ln L). */
static double width_of(const void *term, double m)
{
    return 42.0 * sqrt(-2.0 * term_lnl(w_decay(), term, m, 1.0)) - 4.5;
}

/* At the rows and between them, within what its file says. */
static void width_is_that_of_the_dirac_traces(void **state)
{
    (void)state;
    static const char *const names[] = {"m_mev", "I_Wmu", "I_Wtau", NULL};
    double columns[3][MAX_ROW];
    const size_t n = read_columns("boson_width.csv", names, columns);
    void *term = term_alloc();
    size_t n_checked = 0;
    for (size_t i = 0; i < n; i++) {
        const double m = columns[0][i];
        if (m < 0.5 || m > 2000.0)
            continue;
        CHECK_REL(width_of(term, m), 226.7 * (columns[1][i] + columns[2][i]),
                  m <= 1000.0 ? 6e-5 : 1e-3);
        n_checked++;
    }
    assert_in_range(n_checked, 20, MAX_ROW);
    w_decay()->free(term);
}

/* The rows that were derived before the code. */
static void rows_are_met(void **state)
{
    (void)state;
    static const struct {
        double m, width;
    } rows[] = {
        {1, 2.112652e3},   {2, 1.875225e3},   {3, 1.741507e3},    {5, 1.578507e3},
        {7, 1.474494e3},   {10, 1.367173e3},  {15, 1.248888e3},   {20, 1.167399e3},
        {30, 1.056055e3},  {50, 9.218035e2},  {70, 8.371967e2},   {100, 7.509865e2},
        {200, 5.943458e2}, {500, 4.113941e2}, {1000, 2.929180e2},
    };
    void *term = term_alloc();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_REL(width_of(term, rows[i].m), rows[i].width, 1e-12);
    w_decay()->free(term);
}

static void likelihood_is_the_formula(void **state)
{
    (void)state;
    void *term = term_alloc();
    const double g = 0.238, pull = (2089.5 + 1.367173e3 * g * g - 2085.0) / 42.0;
    CHECK_REL(term_lnl(w_decay(), term, 10.0, g), -0.5 * pull * pull, 1e-12);
    w_decay()->free(term);
}

static void limits_are_the_derived_ones(void **state)
{
    (void)state;
    static const char *const names[] = {"m_mev", "g95", NULL};
    double columns[2][MAX_ROW];
    const size_t n = read_columns("w_limit.csv", names, columns);
    void *term = term_alloc();
    for (size_t i = 0; i < n; i++)
        CHECK_REL(term_limit(w_decay(), term, columns[0][i], 4.0 * columns[1][i], 0.95),
                  columns[1][i], 5e-5);
    w_decay()->free(term);
}

static void no_coupling_is_the_standard_model(void **state)
{
    (void)state;
    void *term = term_alloc();
    const double at_zero = term_lnl(w_decay(), term, 6.5, 0.0);
    CHECK_REL(at_zero, -0.5 * 4.5 * 4.5 / (42.0 * 42.0), 1e-12);
    CHECK_ABS(term_lnl(w_decay(), term, 1e9, 0.0), at_zero, 0.0);
    CHECK_ABS(term_lnl(w_decay(), term, 100.0, 0.0), at_zero, 0.0);
    assert_true(isnan(term_lnl(w_decay(), term, 6.5, (double)NAN)));
    assert_true(isnan(term_lnl(w_decay(), term, (double)NAN, 1e-3)));
    w_decay()->free(term);
}

static void the_mass_range_is_the_tables(void **state)
{
    (void)state;
    void *term = term_alloc();
    double min, max;
    w_decay()->mass_range(term, &min, &max);
    CHECK_ABS(min, 0.5, 0.0);
    CHECK_ABS(max, 2000.0, 0.0);
    assert_true(isfinite(term_lnl(w_decay(), term, min, 0.1)));
    assert_true(isfinite(term_lnl(w_decay(), term, max, 0.1)));
    assert_true(isnan(term_lnl(w_decay(), term, 0.499, 0.1)));
    assert_true(isnan(term_lnl(w_decay(), term, 2001.0, 0.1)));
    w_decay()->free(term);
    w_decay()->free(NULL);
}

static void faulty_tables_are_refused(void **state)
{
    (void)state;
    static const faulty_table cases[] = {
        {"m_mev,width\n1,2\n", "no column 'dgw_mev'"},
        {"mass,dgw_mev\n1,2\n", "no column 'm_mev'"},
        {"m_mev,dgw_mev\n1,2\n20,x\n", "w_width.csv:3:4:"},
        {"m_mev,dgw_mev\n0,2\n20,1\n30,1\n", "row 1"},
        {"m_mev,dgw_mev\n20,2\n1,2\n30,1\n", "row 2"},
        {"m_mev,dgw_mev\n1,2\n2,2\n", "at least 3 rows"},
        {"", "no header line"},
    };
    assert_string_equal(w_decay()->inputs[0].file, "w_width.csv");
    assert_null(w_decay()->inputs[1].file);
    check_faulty_tables(w_decay(), NULL, "w_width.csv", cases, sizeof cases / sizeof cases[0]);
}

static void a_missing_table_is_named(void **state)
{
    (void)state;
    mutau_error err = {0};
    void *term = NULL;
    CHECK_STATUS(term_make(w_decay(), NULL, "/no/such/data", &term, &err), MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "/no/such/data/../priors/w_width.csv"));
    assert_null(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_error err = {0};
    void *term = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(term_make(w_decay(), NULL, MUTAU_SOURCE_DATA_DIR, &term, &err), term, n, err);
    assert_in_range(n, 8, 20);
    w_decay()->free(term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_is_that_of_the_dirac_traces),
        cmocka_unit_test(rows_are_met),
        cmocka_unit_test(likelihood_is_the_formula),
        cmocka_unit_test(limits_are_the_derived_ones),
        cmocka_unit_test(no_coupling_is_the_standard_model),
        cmocka_unit_test(the_mass_range_is_the_tables),
        cmocka_unit_test(faulty_tables_are_refused),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
