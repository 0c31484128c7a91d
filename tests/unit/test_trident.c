/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trident production: the limits of the table, the masses between its rows, CHARM-II. */
#include "check.h"
#include "fail_alloc.h"
#include "priors/term.h"
#include "mutau_build.h"

#include <string.h>

#include "term_inputs.h"

typedef struct settings {
    int data;
} settings;

enum { CCFR, BOTH };

static void *term_alloc(int data)
{
    const mutau_term_type *type = mutau_term_find("trident");
    const settings s = {data};
    mutau_error err = {0};
    void *term = NULL;
    CHECK_OK(term_make(type, &s, MUTAU_SOURCE_DATA_DIR, &term, &err), err);
    return term;
}

/* a and b as derived, by a Monte Carlo of relative error mc in b, and the couplings at
 * which R = 0.82 + 1.96*0.28 and 0.82 + 1.645*0.28, solved along with them. */
static const struct row {
    double m, a, b, mc, g95, g90;
} rows[] = {
    {0.1, 2.39999e+05, 1.05366e+12, 0.012, 6.9900e-04, 6.4388e-04},
    {0.5, 2.39993e+05, 7.98816e+11, 0.003, 7.3869e-04, 6.7912e-04},
    {1, 2.39975e+05, 6.96756e+11, 0.002, 7.5857e-04, 6.9667e-04},
    {2, 2.39915e+05, 5.94825e+11, 0.002, 7.8177e-04, 7.1705e-04},
    {3, 2.39825e+05, 5.35186e+11, 0.002, 7.9735e-04, 7.3069e-04},
    {5, 2.39576e+05, 4.59974e+11, 0.002, 8.1982e-04, 7.5026e-04},
    {7, 2.39246e+05, 4.10509e+11, 0.002, 8.3679e-04, 7.6499e-04},
    {10, 2.38629e+05, 3.58385e+11, 0.002, 8.5717e-04, 7.8261e-04},
    {15, 2.37338e+05, 2.99970e+11, 0.002, 8.8412e-04, 8.0582e-04},
    {20, 2.35795e+05, 2.59451e+11, 0.002, 9.0637e-04, 8.2492e-04},
    {30, 2.32175e+05, 2.04466e+11, 0.002, 9.4358e-04, 8.5677e-04},
    {50, 2.23706e+05, 1.40942e+11, 0.002, 1.0041e-03, 9.0843e-04},
    {70, 2.14547e+05, 1.04332e+11, 0.003, 1.0558e-03, 9.5260e-04},
    {100, 2.00716e+05, 7.14811e+10, 0.003, 1.1253e-03, 1.0121e-03},
    {200, 1.60194e+05, 2.77343e+10, 0.003, 1.3280e-03, 1.1867e-03},
    {500, 8.97191e+04, 4.77215e+09, 0.004, 1.8628e-03, 1.6525e-03},
    {1000, 4.42200e+04, 8.35440e+08, 0.005, 2.7067e-03, 2.3929e-03},
    {2000, 1.70612e+04, 1.03443e+08, 0.007, 4.3985e-03, 3.8820e-03},
    {5000, 3.54999e+03, 4.14133e+06, 0.009, 9.6776e-03, 8.5353e-03},
    {10000, 9.44007e+02, 2.90453e+05, 0.009, 1.8774e-02, 1.6557e-02},
};
enum { N_ROW = sizeof rows / sizeof rows[0] };

/* R as the term for CCFR sees it, at couplings where it is above 0.82. */
static double ratio(const void *term, double m, double g)
{
    return 0.82 + 0.28 * sqrt(-2.0 * term_lnl(mutau_term_find("trident"), term, m, g));
}

static void the_default_is_ccfr(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("trident");
    assert_string_equal(type->shorthand, "data");
    assert_int_equal(type->n_option, 1);
    assert_string_equal(type->options[0].choices[CCFR], "ccfr");
    assert_string_equal(type->options[0].choices[BOTH], "both");
    CHECK_ABS(type->options[0].def, CCFR, 0.0);
}

static void rows_give_their_limits(void **state)
{
    (void)state;
    void *term = term_alloc(CCFR);
    for (size_t i = 0; i < N_ROW; i++) {
        CHECK_ABS(ratio(term, rows[i].m, rows[i].g95), 0.82 + 1.96 * 0.28, 5e-5);
        CHECK_ABS(ratio(term, rows[i].m, rows[i].g90), 0.82 + 1.645 * 0.28, 5e-5);
    }
    mutau_term_find("trident")->free(term);
}

static void write_rows(char *text, size_t size, size_t left_out)
{
    size_t used = (size_t)snprintf(text, size, "m_mev,a,b\n");
    for (size_t i = 0; i < N_ROW; i++)
        if (i != left_out)
            used += (size_t)snprintf(text + used, size - used, "%g,%.5e,%.5e\n", rows[i].m,
                                     rows[i].a, rows[i].b);
    assert_true(used < size);
}

/* Each row but the ends is left out of the table in turn and still met from its
 * neighbours, twice as far away as they are from what is between them. */
static void between_the_rows_is_met(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("trident");
    const settings s = {CCFR};
    for (size_t i = 1; i + 1 < N_ROW; i++) {
        char text[2048];
        mutau_error err = {0};
        void *term = NULL;
        write_rows(text, sizeof text, i);
        CHECK_OK(term_alloc_with(type, &s, "trident_ccfr.csv", text, &term, &err), err);
        CHECK_REL(ratio(term, rows[i].m, rows[i].g95) - 1.0, 0.82 + 1.96 * 0.28 - 1.0, rows[i].mc);
        type->free(term);
    }
}

/* The curve's convention: flat in g'^2.  The first row is quoted with the derivation of a
 * and b; the others are of tests/reference/trident_limits.py. */
static void limits_are_flat_in_the_square(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("trident");
    static const struct {
        int data;
        double m, g90, g95, tol;
    } cases[] = {
        {CCFR, 10.0, 7.97e-4, 8.61e-4, 6e-4},       {CCFR, 10.0, 7.96926e-4, 8.60798e-4, 1e-5},
        {CCFR, 1.0, 7.01110e-4, 7.55624e-4, 1e-5},  {CCFR, 500.0, 1.79496e-3, 1.96193e-3, 1e-5},
        {BOTH, 10.0, 8.24789e-4, 8.84439e-4, 1e-5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *term = term_alloc(cases[i].data);
        const double far = 3.0 * cases[i].g95;
        CHECK_REL(term_limit(type, term, cases[i].m, far, 0.90), cases[i].g90, cases[i].tol);
        CHECK_REL(term_limit(type, term, cases[i].m, far, 0.95), cases[i].g95, cases[i].tol);
        type->free(term);
    }
}

static void both_adds_charm(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("trident");
    void *ccfr = term_alloc(CCFR), *both = term_alloc(BOTH);
    static const double couplings[] = {2e-4, 5e-4, 8e-4, 2e-3};
    for (size_t i = 0; i < sizeof couplings / sizeof couplings[0]; i++) {
        const double pull = (ratio(ccfr, 6.5, couplings[i]) - 1.58) / 0.57;
        CHECK_REL(term_lnl(type, both, 6.5, couplings[i]),
                  term_lnl(type, ccfr, 6.5, couplings[i]) - 0.5 * pull * pull, 1e-12);
    }
    type->free(ccfr);
    type->free(both);
}

/* Heavy bosons are a contact interaction (eq. 11 of arXiv:1406.2332):
 * R = (1 + (1 + 4 s^2 + 2 v^2 g'^2/m^2)^2)/(1 + (1 + 4 s^2)^2).  At 10 GeV the momentum
 * transfer still takes some per cent off, and more at 5 GeV. */
static void heavy_bosons_approach_the_contact_limit(void **state)
{
    (void)state;
    const double s2 = 0.2312, v = 246.22e3, c = 1.0 + 4.0 * s2;
    void *term = term_alloc(CCFR);
    double share[2];
    for (int i = 0; i < 2; i++) {
        const double m = i == 0 ? 5e3 : 1e4, g = i == 0 ? 1e-2 : 2e-2;
        const double added = 2.0 * v * v * g * g / (m * m);
        const double contact = (1.0 + (c + added) * (c + added)) / (1.0 + c * c);
        share[i] = (ratio(term, m, g) - 1.0) / (contact - 1.0);
    }
    CHECK_ABS(share[0], 0.85, 0.06);
    CHECK_ABS(share[1], 0.945, 0.03);
    mutau_term_find("trident")->free(term);
}

static void no_coupling_is_the_standard_model(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("trident");
    void *ccfr = term_alloc(CCFR), *both = term_alloc(BOTH);
    static const double masses[] = {1e-3, 0.1, 6.5, 1e4, 1e9};
    for (size_t i = 0; i < sizeof masses / sizeof masses[0]; i++) {
        CHECK_REL(term_lnl(type, ccfr, masses[i], 0.0), -0.206632653, 1e-8);
        CHECK_REL(term_lnl(type, both, masses[i], 0.0), -0.206632653 - 0.517697753, 1e-8);
    }
    type->free(ccfr);
    type->free(both);
}

static void the_mass_range_is_the_tables(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("trident");
    void *term = term_alloc(BOTH);
    double min, max;
    type->mass_range(term, &min, &max);
    CHECK_ABS(min, 0.1, 0.0);
    CHECK_ABS(max, 1e4, 0.0);
    assert_true(isfinite(term_lnl(type, term, min, 1e-3)) &&
                isfinite(term_lnl(type, term, max, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 0.0999, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 10001.0, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 6.5, (double)NAN)));
    assert_true(isnan(term_lnl(type, term, (double)NAN, 1e-3)));
    type->free(term);
    type->free(NULL);
}

static void faulty_tables_are_refused(void **state)
{
    (void)state;
    static const faulty_table cases[] = {
        {"m_mev,b\n1,2\n", "no column 'a'"},
        {"m_mev,a\n1,2\n2,2\n3,2\n", "no column 'b'"},
        {"m,a,b\n1,2,2\n", "no column 'm_mev'"},
        {"m_mev,a,b\n1,2,2\n20,x,2\n30,2,2\n", "trident_ccfr.csv:3:4:"},
        {"m_mev,a,b\n1,2,2\n20,0,2\n30,2,2\n", "row 2: 0 has no logarithm"},
        {"m_mev,a,b\n1,2,2\n20,2,2\n30,2,-1\n", "row 3: -1 has no logarithm"},
        {"m_mev,a,b\n20,2,2\n1,2,2\n30,2,2\n", "row 2"},
        {"m_mev,a,b\n0,2,2\n1,2,2\n30,2,2\n", "row 1"},
        {"m_mev,a,b\n1,2,2\n2,2,2\n", "at least 3 rows"},
        {"", "no header line"},
    };
    const settings s = {CCFR};
    check_faulty_tables(mutau_term_find("trident"), &s, "trident_ccfr.csv", cases,
                        sizeof cases / sizeof cases[0]);
}

static void a_missing_table_is_named(void **state)
{
    (void)state;
    const settings s = {CCFR};
    mutau_error err = {0};
    void *term = NULL;
    CHECK_STATUS(term_make(mutau_term_find("trident"), &s, "/no/such/data", &term, &err), MUTAU_EIO,
                 err);
    assert_non_null(strstr(err.text, "/no/such/data/../priors/trident_ccfr.csv"));
    assert_null(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const settings s = {BOTH};
    mutau_error err = {0};
    void *term = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(term_make(mutau_term_find("trident"), &s, MUTAU_SOURCE_DATA_DIR, &term, &err),
                     term, n, err);
    assert_in_range(n, 15, 40);
    mutau_term_find("trident")->free(term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_ccfr),
        cmocka_unit_test(rows_give_their_limits),
        cmocka_unit_test(between_the_rows_is_met),
        cmocka_unit_test(limits_are_flat_in_the_square),
        cmocka_unit_test(both_adds_charm),
        cmocka_unit_test(heavy_bosons_approach_the_contact_limit),
        cmocka_unit_test(no_coupling_is_the_standard_model),
        cmocka_unit_test(the_mass_range_is_the_tables),
        cmocka_unit_test(faulty_tables_are_refused),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
