/* SPDX-License-Identifier: GPL-3.0-or-later */
/* N_eff: the entropy that the Z' leaves to the neutrinos, and where it is not there. */
#include "check.h"
#include "fail_alloc.h"
#include "store/table.h"
#include "priors/term.h"
#include "mutau_build.h"

#include <string.h>

#include "term_inputs.h"

static const double planck = 2.99, sigma = 0.17, standard_model = 3.044;

static void *term_alloc(void)
{
    mutau_error err = {0};
    void *term = NULL;
    const mutau_term_type *type = mutau_term_find("neff");
    const term_settings s = term_defaults(type);
    CHECK_OK(term_make(type, &s, MUTAU_SOURCE_DATA_DIR, &term, &err), err);
    return term;
}

/* The N_eff that the term has used: above the measured one everywhere. */
static double n_eff(const void *term, double m, double g)
{
    return planck + sigma * sqrt(-2.0 * term_lnl(mutau_term_find("neff"), term, m, g));
}

/* Another evaluation of the same formula, to its four decimals. */
static void rows_agree_with_another_evaluation(void **state)
{
    (void)state;
    static const struct {
        double m, n_eff;
    } rows[] = {
        {1, 5.4421},  {2, 5.2398},  {3, 4.9752},  {4, 4.6899},  {5, 4.4116},  {6, 4.1569},
        {7, 3.9338},  {8, 3.7449},  {9, 3.5889},  {10, 3.4629}, {11, 3.3628}, {12, 3.2844},
        {13, 3.2239}, {14, 3.1776}, {15, 3.1426}, {16, 3.1163}, {18, 3.0822}, {20, 3.0638},
        {25, 3.0476}, {30, 3.0446}, {40, 3.0440}, {50, 3.0440},
    };
    void *term = term_alloc();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_ABS(n_eff(term, rows[i].m, 5e-4), rows[i].n_eff, 5e-5);
    mutau_term_find("neff")->free(term);
}

/* The formula at masses between the rows, by mpmath: neff_entropy.py. */
static void between_the_rows_is_the_formula(void **state)
{
    (void)state;
    enum { MAX_ROW = 400 };
    static double m[MAX_ROW], want[MAX_ROW];
    mutau_error err = {0};
    mutau_table *table = NULL;
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/neff_between.csv", &table, &err),
             err);
    const size_t n = mutau_table_rows(table);
    assert_in_range(n, 100, MAX_ROW);
    CHECK_OK(mutau_table_real(table, "m_mev", m, &err), err);
    CHECK_OK(mutau_table_real(table, "n_eff", want, &err), err);
    mutau_table_free(table);
    void *term = term_alloc();
    for (size_t i = 0; i < n; i++)
        CHECK_ABS(n_eff(term, m[i], 5e-4), want[i], 5e-6);
    mutau_term_find("neff")->free(term);
}

static void weak_or_heavy_is_the_standard_model(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("neff");
    const double pull = (standard_model - planck) / sigma, want = -0.5 * pull * pull;
    void *term = term_alloc();
    CHECK_REL(want, -0.0504498, 1e-5);
    static const double masses[] = {1e-3, 1.0, 6.5, 50.0, 51.0, 1e9};
    for (size_t i = 0; i < sizeof masses / sizeof masses[0]; i++) {
        CHECK_ABS(term_lnl(type, term, masses[i], 0.0), want, 0.0);
        CHECK_ABS(term_lnl(type, term, masses[i], 9.99e-9), want, 0.0);
    }
    CHECK_ABS(n_eff(term, 6.0, 1e-8), 4.1569, 5e-5);
    CHECK_ABS(term_lnl(type, term, 6.0, 1e-8), term_lnl(type, term, 6.0, 1e-2), 0.0);
    CHECK_ABS(term_lnl(type, term, 50.1, 1e-3), want, 0.0);
    CHECK_ABS(term_lnl(type, term, 1e6, 1e-3), want, 0.0);
    CHECK_ABS(n_eff(term, 50.0, 1e-3), standard_model, 5e-7);
    type->free(term);
}

/* What its documentation warns of: two sigma at about 11 MeV, six at 6.5 MeV. */
static void light_masses_are_excluded(void **state)
{
    (void)state;
    void *term = term_alloc();
    assert_true(n_eff(term, 11.0, 5e-4) > planck + 2.0 * sigma);
    assert_true(n_eff(term, 11.5, 5e-4) < planck + 2.0 * sigma);
    CHECK_REL((n_eff(term, 6.5, 5e-4) - planck) / sigma, 6.18, 0.01);
    mutau_term_find("neff")->free(term);
}

/* With two sigma between the rows of the first test. */
static void each_measurement_is_its_gaussian(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double mean, sigma, excluded_mev;
    } rows[] = {{"planck", 2.99, 0.17, 11.4},
                {"act-dr6", 2.86, 0.13, 15.9},
                {"act-bbn", 2.89, 0.11, 16.3},
                {"cmb-bbn-2026", 2.990, 0.070, 15.5}};
    const mutau_term_type *type = mutau_term_find("neff");
    mutau_error err = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        term_settings s = term_defaults(type);
        void *named = NULL, *given = NULL;
        term_set_choice(&s, type, "value", rows[i].name);
        CHECK_OK(term_make(type, &s, MUTAU_SOURCE_DATA_DIR, &named, &err), err);
        s = term_defaults(type);
        term_set_real(&s, type, "mean", rows[i].mean);
        term_set_real(&s, type, "sigma", rows[i].sigma);
        CHECK_OK(term_make(type, &s, MUTAU_SOURCE_DATA_DIR, &given, &err), err);
        const double sm = (standard_model - rows[i].mean) / rows[i].sigma;
        CHECK_REL(term_lnl(type, named, 6.5, 0.0), -0.5 * sm * sm, 1e-14);
        CHECK_REL(term_lnl(type, named, 6.5, 5e-4), term_lnl(type, given, 6.5, 5e-4), 0.0);
        assert_true(term_lnl(type, named, rows[i].excluded_mev - 0.2, 5e-4) < -2.0);
        assert_true(term_lnl(type, named, rows[i].excluded_mev + 0.2, 5e-4) > -2.0);
        type->free(named);
        type->free(given);
    }
}

static void settings_must_go_together(void **state)
{
    (void)state;
    const double none = (double)NAN;
    static const char both[] = "planck has its own mean and sigma", half[] = "needs both mean and";
    const struct {
        const char *value;
        double mean, sigma;
        const char *want;
    } rows[] = {{"planck", 3.0, none, both},
                {"planck", none, 0.1, both},
                {NULL, 3.0, none, half},
                {NULL, none, 0.1, half}};
    const mutau_term_type *type = mutau_term_find("neff");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        term_settings s = term_defaults(type);
        mutau_error err = {0};
        void *term = NULL;
        if (rows[i].value != NULL)
            term_set_choice(&s, type, "value", rows[i].value);
        term_set_real(&s, type, "mean", rows[i].mean);
        term_set_real(&s, type, "sigma", rows[i].sigma);
        CHECK_STATUS(term_make(type, &s, MUTAU_SOURCE_DATA_DIR, &term, &err), MUTAU_ECONFIG, err);
        assert_ptr_equal(strstr(err.text, rows[i].want), err.text);
        assert_null(term);
    }
}

static void the_mass_range_starts_with_the_table(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("neff");
    void *term = term_alloc();
    double min, max;
    type->mass_range(term, &min, &max);
    CHECK_ABS(min, 1.0, 0.0);
    CHECK_ABS(max, 1e6, 0.0);
    assert_true(isfinite(term_lnl(type, term, min, 1e-3)) &&
                isfinite(term_lnl(type, term, max, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 0.999, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 6.5, (double)NAN)));
    assert_true(isnan(term_lnl(type, term, (double)NAN, 1e-3)));
    type->free(term);
    type->free(NULL);
}

static void faulty_tables_are_refused(void **state)
{
    (void)state;
    static const faulty_table cases[] = {
        {"m_mev,N\n1,2\n", "no column 'n_eff'"},
        {"m,n_eff\n1,2\n", "no column 'm_mev'"},
        {"m_mev,n_eff\n1,2\n20,x\n30,2\n", "neff_entropy.csv:3:4:"},
        {"m_mev,n_eff\n20,2\n1,2\n30,2\n", "row 2"},
        {"m_mev,n_eff\n1,2\n2,2\n", "at least 3 rows"},
        {"", "no header line"},
    };
    const term_settings s = term_defaults(mutau_term_find("neff"));
    check_faulty_tables(mutau_term_find("neff"), &s, "neff_entropy.csv", cases,
                        sizeof cases / sizeof cases[0]);
}

static void a_missing_table_is_named(void **state)
{
    (void)state;
    mutau_error err = {0};
    void *term = NULL;
    const term_settings s = term_defaults(mutau_term_find("neff"));
    CHECK_STATUS(term_make(mutau_term_find("neff"), &s, "/no/such/data", &term, &err), MUTAU_EIO,
                 err);
    assert_non_null(strstr(err.text, "/no/such/data/../priors/neff_entropy.csv"));
    assert_null(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_error err = {0};
    void *term = NULL;
    long n = 0;
    const term_settings s = term_defaults(mutau_term_find("neff"));
    CHECK_EACH_ALLOC(term_make(mutau_term_find("neff"), &s, MUTAU_SOURCE_DATA_DIR, &term, &err),
                     term, n, err);
    assert_in_range(n, 8, 20);
    mutau_term_find("neff")->free(term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_agree_with_another_evaluation),
        cmocka_unit_test(between_the_rows_is_the_formula),
        cmocka_unit_test(weak_or_heavy_is_the_standard_model),
        cmocka_unit_test(light_masses_are_excluded),
        cmocka_unit_test(each_measurement_is_its_gaussian),
        cmocka_unit_test(settings_must_go_together),
        cmocka_unit_test(the_mass_range_starts_with_the_table),
        cmocka_unit_test(faulty_tables_are_refused),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
