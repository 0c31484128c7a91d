/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Borexino: the recast limit and the likelihood that is read into it. */
#include "check.h"
#include "fail_alloc.h"
#include "priors/term.h"
#include "mutau_build.h"

#include <string.h>

#include "term_inputs.h"

static void *term_alloc(void)
{
    mutau_error err = {0};
    void *term = NULL;
    const mutau_term_type *type = mutau_term_find("borexino");
    assert_int_equal(type->n_option, 0);
    CHECK_OK(term_make(type, NULL, MUTAU_SOURCE_DATA_DIR, &term, &err), err);
    return term;
}

/* Rows of the published file, which has the masses in GeV: 2.71 at the limit. */
static void the_limit_is_the_published_one(void **state)
{
    (void)state;
    static const struct {
        double m, g;
    } rows[] = {
        {0.22756, 5.2844e-05}, {0.69974, 6.2541e-05}, {10.210, 6.0442e-04},
        {19.080, 1.1367e-03},  {107.90, 6.4399e-03},  {477.56, 1.3571e-01},
        {1046.5, 5.3221e-02},  {1e5, 1.3979e+03},     {2e5, 6.6653e+03},
    };
    const mutau_term_type *type = mutau_term_find("borexino");
    void *term = term_alloc();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_REL(term_lnl(type, term, rows[i].m, rows[i].g), -0.5 * 2.71, 1e-10);
        CHECK_REL(term_lnl(type, term, rows[i].m, 2.0 * rows[i].g), -8.0 * 2.71, 1e-10);
    }
    type->free(term);
}

static void rows_are_joined_by_power_laws(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("borexino");
    void *term = term_alloc();
    /* At a third of the way in ln m. */
    const double m = cbrt(6.1767 * 6.1767 * 7.0972), g = cbrt(3.6504 * 3.6504 * 4.1764) * 1e-4;
    CHECK_REL(term_lnl(type, term, m, g), -0.5 * 2.71, 1e-10);
    const double wide = sqrt(1046.5 * 1e5), g_wide = sqrt(5.3221e-2 * 1.3979e3);
    CHECK_REL(term_lnl(type, term, wide, g_wide), -0.5 * 2.71, 1e-10);
    type->free(term);
}

/* Flat in g'^2, the 90 % limit is the published one; 2.71 is 1.64485^2 rounded, which
 * moves it by 4e-4.  95 %: (1.95996/sqrt(2.71))^(1/2) times it. */
static void g90_is_the_published_limit(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("borexino");
    void *term = term_alloc();
    CHECK_REL(term_limit(type, term, 10.21, 2e-3, 0.90), 6.0442e-4, 6e-4);
    CHECK_REL(term_limit(type, term, 10.21, 2e-3, 0.95), 6.0442e-4 * sqrt(1.959963985 / sqrt(2.71)),
              1e-5);
    CHECK_REL(term_limit(type, term, 0.69974, 2e-4, 0.90), 6.2541e-5, 6e-4);
    type->free(term);
}

/* A chi^2 of about 8 at the paper's first minimum, as its documentation says. */
static void it_disfavours_the_first_minimum(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("borexino");
    void *term = term_alloc();
    CHECK_ABS(-2.0 * term_lnl(type, term, 6.5, 5e-4), 8.0, 0.5);
    type->free(term);
}

/* The others with the same rule: rows of the published files, and what help says of 6.5 MeV. */
static void the_other_limits_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double m, g, lo, hi;
    } rows[] = {
        {"charm-ii", 4.801, 9.0064e-4, 0.88411, 1039.4},
        {"charm-ii", 22.561, 9.8158e-4, 0.88411, 1039.4},
        {"na64e", 1.012, 5.2008e-4, 1.0, 1005.6},
        {"na64e", 1.2938, 5.4886e-4, 1.0, 1005.6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const mutau_term_type *type = mutau_term_find(rows[i].name);
        mutau_error err = {0};
        void *term = NULL;
        double lo, hi;
        CHECK_OK(term_make(type, NULL, MUTAU_SOURCE_DATA_DIR, &term, &err), err);
        CHECK_REL(term_lnl(type, term, rows[i].m, rows[i].g), -0.5 * 2.71, 1e-10);
        CHECK_ABS(term_lnl(type, term, rows[i].m, 0.0), 0.0, 0.0);
        type->mass_range(term, &lo, &hi);
        CHECK_ABS(lo, rows[i].lo, 0.0);
        CHECK_ABS(hi, rows[i].hi, 0.0);
        const double at = strcmp(rows[i].name, "na64e") == 0 ? 1.6e-3 : 9.2e-4;
        CHECK_REL(term_limit(type, term, 6.5, 4.0 * at, 0.90), at, 0.04);
        type->free(term);
    }
}

static void no_coupling_is_no_signal(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("borexino");
    void *term = term_alloc();
    const double at_zero = term_lnl(type, term, 6.5, 0.0),
                 far_away = term_lnl(type, term, 1e9, 0.0);
    CHECK_ABS(at_zero, 0.0, 0.0);
    CHECK_ABS(far_away, 0.0, 0.0);
    assert_false(signbit(at_zero));
    assert_true(isnan(term_lnl(type, term, 6.5, (double)NAN)));
    assert_true(isnan(term_lnl(type, term, (double)NAN, 1e-4)));
    type->free(term);
}

static void the_mass_range_is_the_tables(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("borexino");
    void *term = term_alloc();
    double min, max;
    type->mass_range(term, &min, &max);
    CHECK_ABS(min, 0.22756, 0.0);
    CHECK_ABS(max, 2e5, 0.0);
    assert_true(isfinite(term_lnl(type, term, min, 1e-3)) &&
                isfinite(term_lnl(type, term, max, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 0.2275, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 2.001e5, 1e-3)));
    type->free(term);
    type->free(NULL);
}

static void faulty_tables_are_refused(void **state)
{
    (void)state;
    static const faulty_table cases[] = {
        {"m_mev,g\n1,2\n", "no column 'g_limit'"},
        {"m_GeV,g_limit\n1,2\n", "no column 'm_mev'"},
        {"m_mev,g_limit\n1,2\n20,x\n", "borexino_limit.csv:3:4:"},
        {"m_mev,g_limit\n1,2\n20,0\n", "row 2"},
        {"m_mev,g_limit\n20,2\n1,2\n", "row 2"},
        {"m_mev,g_limit\n1,2\n", "at least 2 rows"},
        {"", "no header line"},
    };
    check_faulty_tables(mutau_term_find("borexino"), NULL, "borexino_limit.csv", cases,
                        sizeof cases / sizeof cases[0]);
}

static void a_missing_table_is_named(void **state)
{
    (void)state;
    mutau_error err = {0};
    void *term = NULL;
    CHECK_STATUS(term_make(mutau_term_find("borexino"), NULL, "/no/such/data", &term, &err),
                 MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "/no/such/data/../priors/borexino_limit.csv"));
    assert_null(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_error err = {0};
    void *term = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(
        term_make(mutau_term_find("borexino"), NULL, MUTAU_SOURCE_DATA_DIR, &term, &err), term, n,
        err);
    assert_in_range(n, 8, 20);
    mutau_term_find("borexino")->free(term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_the_published_one),
        cmocka_unit_test(rows_are_joined_by_power_laws),
        cmocka_unit_test(g90_is_the_published_limit),
        cmocka_unit_test(it_disfavours_the_first_minimum),
        cmocka_unit_test(the_other_limits_are_the_published_ones),
        cmocka_unit_test(no_coupling_is_no_signal),
        cmocka_unit_test(the_mass_range_is_the_tables),
        cmocka_unit_test(faulty_tables_are_refused),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
