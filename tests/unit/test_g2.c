/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The muon's g-2: the loop integral against mpmath, the term against the formula. */
#include "check.h"
#include "fail_alloc.h"
#include "priors/g2.h"
#include "store/table.h"
#include "priors/term.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

#include "term_inputs.h"

enum { MAX_ROW = 64 };

/* What the configuration fills in for a number that is not given. */
#define NONE ((double)NAN)

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

static mutau_g2 *g2_alloc(void)
{
    mutau_error err = {0};
    mutau_g2 *g2 = NULL;
    CHECK_OK(mutau_g2_alloc(&g2, &err), err);
    return g2;
}

static void kernel_is_mpmaths(void **state)
{
    (void)state;
    static const char *const names[] = {"m_mev", "k", NULL};
    double columns[2][MAX_ROW];
    const size_t n = read_columns("g2_kernel.csv", names, columns);
    mutau_g2 *g2 = g2_alloc();
    for (size_t i = 0; i < n; i++)
        CHECK_REL(mutau_g2_delta_a_mu(g2, columns[0][i], 2.385), 2.385 * 2.385 * columns[1][i],
                  1e-9);
    mutau_g2_free(g2);
    mutau_g2_free(NULL);
}

static void kernel_is_the_published_tables(void **state)
{
    (void)state;
    static const char *const names[] = {"m_MeV", "K", NULL};
    double columns[2][MAX_ROW];
    const size_t n = read_columns("gminus2_gprime.csv", names, columns);
    mutau_g2 *g2 = g2_alloc();
    for (size_t i = 0; i < n; i++)
        CHECK_REL(mutau_g2_delta_a_mu(g2, columns[0][i], 1.0), columns[1][i], 1e-6);
    mutau_g2_free(g2);
}

/* K = 1/(8 pi^2) (1 - O(m/m_mu)) for light, m_mu^2/(12 pi^2 m^2) (1 + O(log m / m^2)) for heavy. */
static void kernel_has_its_limits(void **state)
{
    (void)state;
    mutau_g2 *g2 = g2_alloc();
    CHECK_REL(mutau_g2_delta_a_mu(g2, 1e-3, 1.0), 1.0 / (8.0 * MUTAU_PI * MUTAU_PI), 4e-5);
    const double rho = 105.6583755 / 1e6;
    CHECK_REL(mutau_g2_delta_a_mu(g2, 1e6, 1.0), rho * rho / (12.0 * MUTAU_PI * MUTAU_PI), 1e-6);
    CHECK_ABS(mutau_g2_delta_a_mu(g2, 6.5, 0.0), 0.0, 0.0);
    CHECK_ABS(mutau_g2_delta_a_mu(g2, 1e9, 0.0), 0.0, 0.0);
    /* beyond the table too */
    CHECK_REL(mutau_g2_delta_a_mu(g2, 1e-7, 1.0), 1.0 / (8.0 * MUTAU_PI * MUTAU_PI), 1e-4);
    CHECK_REL(mutau_g2_delta_a_mu(g2, 1e9, 1e3), rho * rho / (12.0 * MUTAU_PI * MUTAU_PI), 1e-6);
    assert_true(isnan(mutau_g2_delta_a_mu(g2, (double)NAN, 1e-3)));
    assert_true(isnan(mutau_g2_delta_a_mu(g2, 6.5, (double)NAN)));
    mutau_g2_free(g2);
}

static term_settings settings_of(const char *value, double mean, double below, double above)
{
    const mutau_term_type *type = mutau_term_find("g-2");
    const double sides[2] = {below, above};
    term_settings s = term_defaults(type);
    if (value != NULL)
        term_set_choice(&s, type, "value", value);
    term_set_real(&s, type, "mean", mean);
    memcpy(s.bytes + term_option(type, "sigma")->offset, sides, sizeof sides);
    return s;
}

static void *term_alloc(const char *value, double mean, double sigma)
{
    const term_settings s = settings_of(value, mean, sigma, sigma);
    mutau_error err = {0};
    void *term = NULL;
    CHECK_OK(term_make(mutau_term_find("g-2"), &s, "unused", &term, &err), err);
    return term;
}

static void each_value_is_its_gaussian(void **state)
{
    (void)state;
    static const struct {
        const char *value, *column; /* of the best g' in gminus2_gprime.csv */
        double mean, sigma;
        double given_mean, given_sigma;
    } cases[] = {
        {"wp2020", "gbf_WP2020_25.1_5.9", 25.1e-10, 5.9e-10, NONE, NONE},
        {"bmw2021", "gbf_BMW_10.7_7.0", 10.7e-10, 7.0e-10, NONE, NONE},
        {"wp2025", "gbf_WP2025v2_3.8_6.3", 3.8e-10, 6.3e-10, NONE, NONE},
        {"wp2020-final", NULL, 26.15e-10, 4.5e-10, NONE, NONE},
        {NULL, "gbf_WP2020_FNAL2023_24.9_4.8", 24.9e-10, 4.8e-10, 24.9e-10, 4.8e-10},
    };
    const mutau_term_type *type = mutau_term_find("g-2");
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const char *const best_of = cases[c].column != NULL ? cases[c].column : "K";
        const char *const names[] = {"m_MeV", best_of, "K", NULL};
        double columns[3][MAX_ROW];
        const size_t n = read_columns("gminus2_gprime.csv", names, columns);
        void *term = term_alloc(cases[c].value, cases[c].given_mean, cases[c].given_sigma);
        for (size_t i = 0; i < n; i++) {
            const double m = columns[0][i], best = columns[1][i];
            /* the table's five digits of g' are 1e-4 of mean/sigma < 6 */
            if (cases[c].column != NULL)
                CHECK_ABS(term_lnl(type, term, m, best), 0.0, 1e-6);
            const double pull = (4e-6 * columns[2][i] - cases[c].mean) / cases[c].sigma;
            CHECK_REL(term_lnl(type, term, m, 2e-3), -0.5 * pull * pull, 1e-5);
            const double sm = cases[c].mean / cases[c].sigma;
            CHECK_REL(term_lnl(type, term, m, 0.0), -0.5 * sm * sm, 1e-14);
        }
        type->free(term);
    }
}

/* 1 sd below and 2 sd above the mean, at a mass where the shift is g'^2 K. */
static void each_side_has_its_error(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("g-2");
    const term_settings s = settings_of(NULL, 25e-10, 5e-10, 7e-10);
    mutau_error err = {0};
    mutau_g2 *g2 = NULL;
    void *term = NULL;
    CHECK_OK(mutau_g2_alloc(&g2, &err), err);
    CHECK_OK(term_make(type, &s, "unused", &term, &err), err);
    const double per_g2 = mutau_g2_delta_a_mu(g2, 6.5, 1.0);
    CHECK_REL(term_lnl(type, term, 6.5, sqrt(20e-10 / per_g2)), -0.5, 1e-12);
    CHECK_REL(term_lnl(type, term, 6.5, sqrt(39e-10 / per_g2)), -2.0, 1e-12);
    CHECK_ABS(term_lnl(type, term, 6.5, sqrt(25e-10 / per_g2)), 0.0, 1e-12);
    CHECK_REL(term_lnl(type, term, 6.5, 0.0), -12.5, 1e-14);
    type->free(term);
    mutau_g2_free(g2);
}

static void settings_must_go_together(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        double mean, sigma;
        const char *want;
    } cases[] = {
        {"wp2020", 1e-10, NONE, "wp2020 has its own mean and sigma"},
        {"wp2025", NONE, 1e-10, "wp2025 has its own mean and sigma"},
        {NULL, NONE, NONE, "needs wp2020, bmw2021, wp2025 or wp2020-final, or both mean and sigma"},
        {NULL, 2e-9, NONE, "needs wp2020, bmw2021, wp2025 or wp2020-final, or both mean and sigma"},
        {NULL, NONE, 2e-9, "needs wp2020, bmw2021, wp2025 or wp2020-final, or both mean and sigma"},
    };
    const mutau_term_type *type = mutau_term_find("g-2");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const term_settings s =
            settings_of(cases[i].value, cases[i].mean, cases[i].sigma, cases[i].sigma);
        mutau_error err = {0};
        void *term = NULL;
        CHECK_STATUS(term_make(type, &s, "unused", &term, &err), MUTAU_ECONFIG, err);
        assert_ptr_equal(strstr(err.text, cases[i].want), err.text);
        assert_null(term);
    }
    type->free(NULL);
}

static void the_mass_range_is_the_tables(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("g-2");
    void *term = term_alloc("wp2020", NONE, NONE);
    double min, max;
    type->mass_range(term, &min, &max);
    CHECK_ABS(min, 1e-3, 0.0);
    CHECK_ABS(max, 1e6, 0.0);
    assert_true(isfinite(term_lnl(type, term, min, 1e-3)));
    assert_true(isfinite(term_lnl(type, term, max, 1e-3)));
    type->free(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const term_settings s = settings_of("wp2020", NONE, NONE, NONE);
    mutau_error err = {0};
    void *term = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(term_make(mutau_term_find("g-2"), &s, "unused", &term, &err), term, n, err);
    assert_in_range(n, 4, 20);
    mutau_term_find("g-2")->free(term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_is_mpmaths),
        cmocka_unit_test(kernel_is_the_published_tables),
        cmocka_unit_test(kernel_has_its_limits),
        cmocka_unit_test(each_value_is_its_gaussian),
        cmocka_unit_test(each_side_has_its_error),
        cmocka_unit_test(settings_must_go_together),
        cmocka_unit_test(the_mass_range_is_the_tables),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
