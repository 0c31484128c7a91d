/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NA64mu: zero events in 1.98e10 muons, and what is projected from it. */
#include "check.h"
#include "fail_alloc.h"
#include "mutau/term.h"
#include "mutau_build.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct settings {
    double exposure, anchor;
} settings;

/* Through the option table, whatever the order of the fields. */
static void *term_alloc(double exposure, double anchor)
{
    const mutau_term_type *type = mutau_term_find("na64");
    mutau_error err = {0};
    unsigned char bytes[512] = {0};
    double aligned[64];
    void *term = NULL;
    assert_int_equal(type->n_option, 2);
    assert_string_equal(type->options[0].key, "exposure");
    assert_string_equal(type->options[1].key, "anchor");
    memcpy(bytes + type->options[0].offset, &exposure, sizeof exposure);
    memcpy(bytes + type->options[1].offset, &anchor, sizeof anchor);
    memcpy(aligned, bytes, sizeof aligned);
    CHECK_OK(type->alloc(aligned, MUTAU_SOURCE_DATA_DIR, &term, &err), err);
    return term;
}

static void defaults_are_the_published_run(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    CHECK_REL(type->options[0].def, 1.98e10, 0.0);
    CHECK_REL(type->options[1].def, 5.5e-4, 0.0);
    void *term = term_alloc(1.98e10, 5.5e-4);
    CHECK_REL(type->lnl(term, 10.0, 5.5e-4), -log(10.0), 1e-13);
    CHECK_REL(type->lnl(term, 10.0, 1.1e-3), -4.0 * log(10.0), 1e-13);
    type->free(term);
}

/* The 90 % curves that were derived with the yield, to their five digits. */
static void g90_is_the_derived_curve(void **state)
{
    (void)state;
    static const struct {
        double m, g90[3]; /* 1.98e10, 1e11, 1e12 muons on target */
    } rows[] = {
        {0.5, {5.4793e-04, 2.4382e-04, 7.7101e-05}}, {1, {5.4795e-04, 2.4382e-04, 7.7103e-05}},
        {7, {5.4895e-04, 2.4427e-04, 7.7243e-05}},   {20, {5.5614e-04, 2.4747e-04, 7.8256e-05}},
        {50, {5.9642e-04, 2.6539e-04, 8.3923e-05}},  {100, {7.1408e-04, 3.1775e-04, 1.0048e-04}},
        {500, {2.3160e-03, 1.0305e-03, 3.2589e-04}},
    };
    static const double exposures[] = {1.98e10, 1e11, 1e12};
    const mutau_term_type *type = mutau_term_find("na64");
    for (size_t e = 0; e < 3; e++) {
        void *term = term_alloc(exposures[e], 5.5e-4);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            CHECK_REL(type->lnl(term, rows[i].m, rows[i].g90[e]), -log(10.0), 2e-4);
        type->free(term);
    }
}

static void rows_are_joined_by_power_laws(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    void *term = term_alloc(1.98e10, 5.5e-4);
    const double between = type->lnl(term, sqrt(10.0 * 15.0), 3e-4);
    CHECK_REL(between * between, type->lnl(term, 10.0, 3e-4) * type->lnl(term, 15.0, 3e-4), 1e-12);
    type->free(term);
}

static void no_coupling_is_no_signal(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    void *term = term_alloc(1.98e10, 5.5e-4);
    const double at_zero = type->lnl(term, 6.5, 0.0), far_away = type->lnl(term, 1e9, 0.0);
    CHECK_ABS(at_zero, 0.0, 0.0);
    CHECK_ABS(far_away, 0.0, 0.0);
    assert_false(signbit(at_zero));
    assert_true(isnan(type->lnl(term, 6.5, (double)NAN)));
    type->free(term);
}

static void the_mass_range_is_the_tables(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    void *term = term_alloc(1.98e10, 5.5e-4);
    double min, max;
    type->mass_range(term, &min, &max);
    CHECK_ABS(min, 0.5, 0.0);
    CHECK_ABS(max, 500.0, 0.0);
    assert_true(isnan(type->lnl(term, 0.49, 1e-3)));
    assert_true(isnan(type->lnl(term, 501.0, 1e-3)));
    type->free(term);
    type->free(NULL);
}

/* Tries the yield table `text`, in a folder of its own. */
static mutau_status alloc_with(const char *text, mutau_error *err)
{
    char root[] = "/tmp/mutau-test-na64-XXXXXX", data[64], priors[64], file[96];
    const settings s = {1.98e10, 5.5e-4};
    void *term = NULL;
    assert_non_null(mkdtemp(root));
    (void)snprintf(data, sizeof data, "%s/data", root);
    (void)snprintf(priors, sizeof priors, "%s/priors", root);
    (void)snprintf(file, sizeof file, "%s/na64_yield.csv", priors);
    assert_int_equal(mkdir(data, 0700), 0);
    assert_int_equal(mkdir(priors, 0700), 0);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
    const mutau_status status = mutau_term_find("na64")->alloc(&s, data, &term, err);
    assert_null(term);
    (void)unlink(file);
    (void)rmdir(priors);
    (void)rmdir(data);
    (void)rmdir(root);
    return status;
}

static void faulty_tables_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"m_mev,sigma\n1,2\n", "no column 'sigma_per_g2_gev2'"},
        {"mass,sigma_per_g2_gev2\n1,2\n", "no column 'm_mev'"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n20,x\n", "na64_yield.csv:3:4:"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n20,0\n", "row 2"},
        {"m_mev,sigma_per_g2_gev2\n20,2\n1,2\n", "row 2"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n", "at least 2 rows"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n9,2\n", "does not cover 10 MeV"},
        {"", "no header line"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_error err = {0};
        CHECK_STATUS(alloc_with(cases[i].text, &err), MUTAU_EDATA, err);
        assert_non_null(strstr(err.text, cases[i].want));
        assert_non_null(strstr(err.text, "na64_yield.csv"));
    }
}

static void a_missing_table_is_named(void **state)
{
    (void)state;
    const settings s = {1.98e10, 5.5e-4};
    mutau_error err = {0};
    void *term = NULL;
    CHECK_STATUS(mutau_term_find("na64")->alloc(&s, "/no/such/data", &term, &err), MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "/no/such/data/../priors/na64_yield.csv"));
    assert_null(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const settings s = {1.98e10, 5.5e-4};
    mutau_error err = {0};
    void *term = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_term_find("na64")->alloc(&s, MUTAU_SOURCE_DATA_DIR, &term, &err), term,
                     n, err);
    assert_in_range(n, 8, 20);
    mutau_term_find("na64")->free(term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_published_run),
        cmocka_unit_test(g90_is_the_derived_curve),
        cmocka_unit_test(rows_are_joined_by_power_laws),
        cmocka_unit_test(no_coupling_is_no_signal),
        cmocka_unit_test(the_mass_range_is_the_tables),
        cmocka_unit_test(faulty_tables_are_refused),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
