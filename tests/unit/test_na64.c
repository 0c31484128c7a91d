/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NA64mu: zero events in 1.98e10 muons, and what is projected from it. */
#include "check.h"
#include "fail_alloc.h"
#include "priors/term.h"
#include "mutau_build.h"

#include <string.h>

#include "term_inputs.h"

static term_settings published(void)
{
    return term_defaults(mutau_term_find("na64"));
}

static void *term_alloc_settings(const term_settings *s)
{
    mutau_error err = {0};
    void *term = NULL;
    CHECK_OK(term_make(mutau_term_find("na64"), s, MUTAU_SOURCE_DATA_DIR, &term, &err), err);
    return term;
}

static void *term_alloc(double exposure, double anchor)
{
    const mutau_term_type *type = mutau_term_find("na64");
    term_settings s = published();
    term_set_real(&s, type, "exposure", exposure);
    term_set_real(&s, type, "anchor", anchor);
    return term_alloc_settings(&s);
}

static void defaults_are_the_published_run(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    CHECK_REL(term_option(type, "exposure")->def, 1.98e10, 0.0);
    CHECK_REL(term_option(type, "anchor")->def, 5.5e-4, 0.0);
    const term_settings s = published();
    void *term = term_alloc_settings(&s);
    CHECK_REL(term_lnl(type, term, 10.0, 5.5e-4), -log(10.0), 1e-13);
    CHECK_REL(term_lnl(type, term, 10.0, 1.1e-3), -4.0 * log(10.0), 1e-13);
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
            CHECK_REL(term_lnl(type, term, rows[i].m, rows[i].g90[e]), -log(10.0), 2e-4);
        type->free(term);
    }
}

/* 1e-4 and 4e-5 of the paper (its section on NA64mu) at 10 MeV, where 1/sqrt(muons) gives 2.4e-4
 * and 7.7e-5; the efficiencies that lead there are the squares of the ratios. */
static void named_projections_are_the_papers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double exposure, limit, efficiency;
    } rows[] = {{"sensitivity-1e11", 1e11, 1e-4, 5.9895}, {"sensitivity-1e12", 1e12, 4e-5, 3.743}};
    const mutau_term_type *type = mutau_term_find("na64");
    for (size_t i = 0; i < 2; i++) {
        term_settings s = published();
        term_set_choice(&s, type, "projection", rows[i].name);
        void *term = term_alloc_settings(&s);
        CHECK_REL(term_lnl(type, term, 10.0, rows[i].limit), -log(10.0), 1e-13);
        type->free(term);
        s = published();
        term_set_real(&s, type, "exposure", rows[i].exposure);
        term_set_real(&s, type, "efficiency", rows[i].efficiency);
        term = term_alloc_settings(&s);
        CHECK_REL(term_lnl(type, term, 10.0, rows[i].limit), -log(10.0), 1e-3);
        type->free(term);
    }
}

static void a_projection_has_its_own_exposure(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        double value;
    } rows[] = {{"exposure", 1e11}, {"anchor", 5e-4}, {"efficiency", 1.0}};
    const mutau_term_type *type = mutau_term_find("na64");
    for (size_t i = 0; i < 3; i++) {
        term_settings s = published();
        mutau_error err = {0};
        void *term = NULL;
        term_set_choice(&s, type, "projection", "sensitivity-1e11");
        term_set_real(&s, type, rows[i].key, rows[i].value);
        CHECK_STATUS(term_make(type, &s, MUTAU_SOURCE_DATA_DIR, &term, &err), MUTAU_ECONFIG, err);
        assert_ptr_equal(strstr(err.text, "sensitivity-1e11 has its own exposure"), err.text);
        assert_null(term);
    }
}

static void rows_are_joined_by_power_laws(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    void *term = term_alloc(1.98e10, 5.5e-4);
    const double between = term_lnl(type, term, sqrt(10.0 * 15.0), 3e-4);
    CHECK_REL(between * between,
              term_lnl(type, term, 10.0, 3e-4) * term_lnl(type, term, 15.0, 3e-4), 1e-12);
    type->free(term);
}

static void no_coupling_is_no_signal(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    void *term = term_alloc(1.98e10, 5.5e-4);
    const double at_zero = term_lnl(type, term, 6.5, 0.0),
                 far_away = term_lnl(type, term, 1e9, 0.0);
    CHECK_ABS(at_zero, 0.0, 0.0);
    CHECK_ABS(far_away, 0.0, 0.0);
    assert_false(signbit(at_zero));
    assert_true(isnan(term_lnl(type, term, 6.5, (double)NAN)));
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
    assert_true(isnan(term_lnl(type, term, 0.49, 1e-3)));
    assert_true(isnan(term_lnl(type, term, 501.0, 1e-3)));
    type->free(term);
    type->free(NULL);
}

/* The yields, each left out in turn and met from its neighbours, at twice the distance and
 * so with about four times the error of what is between the rows: that is below 0.1 % up to
 * 15 MeV and about 2 % at 300 MeV; in g' half of it. */
static void between_the_rows_is_met(void **state)
{
    (void)state;
    static const struct {
        double m, yield;
    } rows[] = {
        {0.5, 28.0129}, {1, 28.0113},   {2, 28.0050},   {3, 27.9944},   {5, 27.9605},
        {7, 27.9099},   {10, 27.8029},  {15, 27.5448},  {20, 27.1924},  {30, 26.2397},
        {40, 25.0270},  {50, 23.6437},  {70, 20.6806},  {100, 16.4938}, {150, 11.2378},
        {200, 7.85533}, {300, 4.20767}, {500, 1.56799},
    };
    enum { N_ROW = sizeof rows / sizeof rows[0], ANCHOR = 6 };
    const mutau_term_type *type = mutau_term_find("na64");
    const term_settings s = published();
    for (size_t out = 1; out + 1 < N_ROW; out++) {
        char text[1024] = "m_mev,sigma_per_g2_gev2\n";
        mutau_error err = {0};
        void *term = NULL;
        size_t used = strlen(text);
        for (size_t i = 0; i < N_ROW; i++)
            if (i != out || out == ANCHOR)
                used += (size_t)snprintf(text + used, sizeof text - used, "%g,%.6g\n", rows[i].m,
                                         rows[i].yield);
        CHECK_OK(term_alloc_with(type, &s, "na64_yield.csv", text, &term, &err), err);
        const double want = -log(10.0) * rows[out].yield / rows[ANCHOR].yield;
        CHECK_REL(term_lnl(type, term, rows[out].m, 5.5e-4), want,
                  rows[out].m < 16.0 ? 4e-3 : 9e-2);
        type->free(term);
    }
}

static void faulty_tables_are_refused(void **state)
{
    (void)state;
    static const faulty_table cases[] = {
        {"m_mev,sigma\n1,2\n", "no column 'sigma_per_g2_gev2'"},
        {"mass,sigma_per_g2_gev2\n1,2\n", "no column 'm_mev'"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n20,x\n", "na64_yield.csv:3:4:"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n20,0\n", "row 2"},
        {"m_mev,sigma_per_g2_gev2\n20,2\n1,2\n", "row 2"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n", "at least 2 rows"},
        {"m_mev,sigma_per_g2_gev2\n1,2\n9,2\n", "does not cover 10 MeV"},
        {"", "no header line"},
    };
    const term_settings s = published();
    check_faulty_tables(mutau_term_find("na64"), &s, "na64_yield.csv", cases,
                        sizeof cases / sizeof cases[0]);
}

static void a_missing_table_is_named(void **state)
{
    (void)state;
    const term_settings s = published();
    mutau_error err = {0};
    void *term = NULL;
    CHECK_STATUS(term_make(mutau_term_find("na64"), &s, "/no/such/data", &term, &err), MUTAU_EIO,
                 err);
    assert_non_null(strstr(err.text, "/no/such/data/../priors/na64_yield.csv"));
    assert_null(term);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const term_settings s = published();
    mutau_error err = {0};
    void *term = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(term_make(mutau_term_find("na64"), &s, MUTAU_SOURCE_DATA_DIR, &term, &err),
                     term, n, err);
    assert_in_range(n, 8, 20);
    mutau_term_find("na64")->free(term);
}

/* ln L = -N goes as the exposure, whatever the exposure of the term that is rescaled. */
static void a_rescaled_copy_is_the_term_of_that_exposure(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    void *now = term_alloc(3e10, 4e-4), *want = term_alloc(1e12, 4e-4), *copy = NULL;
    mutau_error err = {0};
    CHECK_OK(type->projection->rescaled(now, 1e12, &copy, &err), err);
    for (double m = 1.0; m < 100.0; m *= 1.7)
        CHECK_REL(term_lnl(type, copy, m, 2e-4), term_lnl(type, want, m, 2e-4), 1e-14);
    CHECK_REL(term_lnl(type, copy, 6.5, 2e-4), term_lnl(type, now, 6.5, 2e-4) * 1e12 / 3e10, 1e-14);
    type->free(copy);
    type->free(now);
    type->free(want);
}

static void rescaling_survives_a_lack_of_memory(void **state)
{
    (void)state;
    const mutau_term_type *type = mutau_term_find("na64");
    void *now = term_alloc(3e10, 4e-4), *copy = NULL;
    mutau_error err = {0};
    long n = 0;
    CHECK_EACH_ALLOC(type->projection->rescaled(now, 1e12, &copy, &err), copy, n, err);
    type->free(copy);
    type->free(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rescaled_copy_is_the_term_of_that_exposure),
        cmocka_unit_test(rescaling_survives_a_lack_of_memory),
        cmocka_unit_test(defaults_are_the_published_run),
        cmocka_unit_test(g90_is_the_derived_curve),
        cmocka_unit_test(named_projections_are_the_papers),
        cmocka_unit_test(a_projection_has_its_own_exposure),
        cmocka_unit_test(rows_are_joined_by_power_laws),
        cmocka_unit_test(between_the_rows_is_met),
        cmocka_unit_test(no_coupling_is_no_signal),
        cmocka_unit_test(the_mass_range_is_the_tables),
        cmocka_unit_test(faulty_tables_are_refused),
        cmocka_unit_test(a_missing_table_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
