/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Goodness of fit.  The p-values are mpmath's, gammainc(dof/2, chi2/2, regularized), 30 digits;
 * scipy 1.10's chi2.sf agrees to 1e-15. */
#include "check.h"
#include "likelihood/goodness.h"

#include <string.h>

enum { MAX_BIN = 16 };

static mutau_flux_likelihood *make(mutau_likelihood_kind kind, size_t n, size_t n_limit)
{
    mutau_bin bins[MAX_BIN];
    mutau_dataset set = {.name = "made-up", .bins = bins, .n_bin = n};
    const mutau_dataset *sets[] = {&set};
    mutau_flux_likelihood *l = NULL;
    mutau_error err = {0};
    for (size_t i = 0; i < n; i++)
        bins[i] = (mutau_bin){.e_lo_gev = 1e4,
                              .e_hi_gev = 1e5,
                              .e2phi = 1e-8,
                              .err_minus = 1e-9,
                              .err_plus = 1e-9,
                              .e2phi_limit = 1e-8,
                              .limit_level = 0.68,
                              .is_limit = i < n_limit};
    CHECK_OK(mutau_flux_likelihood_alloc(kind, MUTAU_ERRORS_SYMMETRIC, 1, sets, &l, &err), err);
    return l;
}

static mutau_goodness of(mutau_likelihood_kind kind, size_t n, size_t n_limit, size_t n_free,
                         double chi2, double chi2_sm)
{
    mutau_flux_likelihood *l = make(kind, n, n_limit);
    const mutau_goodness g = mutau_goodness_compute(l, kind, n_free, 2, chi2, chi2_sm);
    mutau_flux_likelihood_free(l);
    return g;
}

static void the_papers_numbers(void **state)
{
    (void)state;
    /* (6.5 MeV, 1e-4, 1.4, 2.6) and the power law of its A and gamma, as an independent program
     * has them */
    mutau_goodness g = of(MUTAU_LIKELIHOOD_GAUSSIAN, 16, 6, 4, 28.388, 35.50);
    assert_int_equal(g.n_point, 16);
    assert_int_equal(g.n_limit, 6);
    CHECK_ABS(g.dof, 12.0, 0.0);
    CHECK_ABS(g.per_dof, 28.388 / 12.0, 1e-15);
    CHECK_ABS(g.r_chi2, 28.388 / 12.0 / (35.50 / 14.0), 1e-15);
    assert_string_equal(g.why, "");
    /* a free sum of the masses counts for the p-value, eq. 16 is as printed */
    g = of(MUTAU_LIKELIHOOD_GAUSSIAN, 16, 6, 5, 28.388, 35.50);
    CHECK_ABS(g.dof, 11.0, 0.0);
    CHECK_ABS(g.r_chi2, 28.388 / 12.0 / (35.50 / 14.0), 1e-15);
}

/* Three parameters of the spectrum: 16 points leave 11 and 13. */
static void another_spectrum_has_other_numbers(void **state)
{
    (void)state;
    mutau_flux_likelihood *l = make(MUTAU_LIKELIHOOD_GAUSSIAN, 16, 6);
    mutau_goodness g = mutau_goodness_compute(l, MUTAU_LIKELIHOOD_GAUSSIAN, 3, 3, 17.7, 26.0);
    mutau_flux_likelihood_free(l);
    assert_int_equal(g.n_model, 5);
    assert_int_equal(g.n_model_sm, 3);
    CHECK_ABS(g.r_chi2, 17.7 / 11.0 / (26.0 / 13.0), 1e-15);
    CHECK_ABS(g.dof, 13.0, 0.0);
    l = make(MUTAU_LIKELIHOOD_GAUSSIAN, 5, 0);
    g = mutau_goodness_compute(l, MUTAU_LIKELIHOOD_GAUSSIAN, 3, 3, 1.0, 2.0);
    mutau_flux_likelihood_free(l);
    assert_true(isnan(g.r_chi2));
    assert_non_null(strstr(g.why, "more than 5 data points, not 5"));
}

static void p_values(void **state)
{
    (void)state;
    static const struct {
        size_t n_point, n_free;
        double chi2, want;
    } cases[] = {
        {16, 4, 26.819, 0.0082042591645875239},
        {16, 2, 35.5, 0.0012391260874953915},
        {16, 2, 29.076371, 0.010204519769714724},
        {16, 4, 21.0, 0.050380451088935801},
        {16, 4, 0.0, 1.0},
        {2, 1, 1e-3, 0.97477287936996039},
        {16, 4, 1000.0, 1.8740613464647026e-206},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const mutau_goodness g = of(MUTAU_LIKELIHOOD_GAUSSIAN, cases[i].n_point, 0, cases[i].n_free,
                                    cases[i].chi2, 30.0);
        CHECK_ABS(g.p_value / cases[i].want, 1.0, 1e-11);
    }
    const double huge[] = {1e4, 1e6, 1e12, 1e300};
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++)
        CHECK_ABS(of(MUTAU_LIKELIHOOD_GAUSSIAN, 16, 0, 4, huge[i], 30.0).p_value, 0.0, 0.0);
}

static void improbable_is_below_one_in_a_hundred(void **state)
{
    (void)state;
    /* mpmath: Q(26.2169; 12) = 0.01000022, Q(26.2170; 12) = 0.0099998931 */
    mutau_goodness g = of(MUTAU_LIKELIHOOD_GAUSSIAN, 16, 0, 4, 26.2169, 30.0);
    assert_false(mutau_goodness_is_improbable(&g));
    g = of(MUTAU_LIKELIHOOD_GAUSSIAN, 16, 0, 4, 26.2170, 30.0);
    assert_true(mutau_goodness_is_improbable(&g));
    g = mutau_goodness_none("why");
    assert_false(mutau_goodness_is_improbable(&g));
}

static void what_has_no_number_has_a_reason(void **state)
{
    (void)state;
    /* exponentials: no chi^2; without them the profile is one of split normals */
    mutau_goodness g = of(MUTAU_LIKELIHOOD_PROFILE, 16, 6, 4, 20.0, 30.0);
    assert_true(isnan(g.dof) && isnan(g.per_dof));
    assert_true(isnan(g.p_value) && isnan(g.r_chi2));
    CHECK_ABS(g.chi2, 20.0, 0.0);
    assert_non_null(strstr(g.why, "6 of 16 points are limits"));
    g = of(MUTAU_LIKELIHOOD_PROFILE, 10, 0, 4, 20.0, 30.0);
    assert_string_equal(g.why, "");
    CHECK_ABS(g.r_chi2, 20.0 / 6.0 / (30.0 / 8.0), 1e-15);
    /* no freedom, too few points for eq. 16, a power law that fits exactly, no data */
    g = of(MUTAU_LIKELIHOOD_GAUSSIAN, 4, 0, 4, 1.0, 2.0);
    assert_true(isnan(g.p_value) && isnan(g.r_chi2) && isnan(g.per_dof));
    assert_non_null(strstr(g.why, "4 data points and 4 free parameters"));
    g = of(MUTAU_LIKELIHOOD_GAUSSIAN, 3, 0, 2, 1.0, 2.0);
    CHECK_ABS(g.p_value, 0.31731050786291410, 1e-14); /* erfc(1/sqrt 2) */
    assert_true(isnan(g.r_chi2));
    assert_non_null(strstr(g.why, "more than 4 data points, not 3"));
    g = of(MUTAU_LIKELIHOOD_GAUSSIAN, 10, 0, 4, 1.0, 0.0);
    assert_true(isnan(g.r_chi2));
    assert_non_null(strstr(g.why, "chi2 without the boson is 0"));
    g = of(MUTAU_LIKELIHOOD_NONE, 10, 0, 4, 0.0, 0.0);
    assert_int_equal(g.n_point, 0);
    assert_true(isnan(g.chi2) && isnan(g.dof));
    assert_true(isnan(g.p_value) && isnan(g.r_chi2));
    assert_string_equal(g.why, "there are no flux data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_papers_numbers),
        cmocka_unit_test(another_spectrum_has_other_numbers),
        cmocka_unit_test(p_values),
        cmocka_unit_test(improbable_is_below_one_in_a_hundred),
        cmocka_unit_test(what_has_no_number_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
