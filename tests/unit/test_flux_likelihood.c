/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chi^2 in every convention against numbers from elsewhere.
 *
 * Predictions: tests/reference/lmutau_bins.csv (the header tells its origin) and power
 * laws, whose bin integrals are closed forms.  The wanted chi^2 and best fits were
 * computed by a program independent of this one, to the digits given. */
#include "check.h"
#include "fail_alloc.h"
#include "likelihood/flux_likelihood.h"
#include "store/table.h"
#include "mutau_build.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_POINT = 32 };

/* A data set straight from its table: rows [first, first + n). */
static mutau_dataset *load(const char *name, mutau_channel channel, size_t first, size_t n)
{
    mutau_error err = {0};
    mutau_table *t = NULL;
    char path[1024];
    double lo[MAX_POINT], hi[MAX_POINT], flux[MAX_POINT], minus[MAX_POINT], plus[MAX_POINT],
        edge[MAX_POINT], is_limit[MAX_POINT];
    (void)snprintf(path, sizeof path, "%s/%s.csv", MUTAU_SOURCE_DATA_DIR, name);
    CHECK_OK(mutau_table_read_file(path, &t, &err), err);
    assert_in_range(first + n, 1, mutau_table_rows(t));
    CHECK_OK(mutau_table_real(t, "Emin_GeV", lo, &err), err);
    CHECK_OK(mutau_table_real(t, "Emax_GeV", hi, &err), err);
    CHECK_OK(mutau_table_real(t, "E2Phi", flux, &err), err);
    CHECK_OK(mutau_table_real(t, "err_minus", minus, &err), err);
    CHECK_OK(mutau_table_real(t, "err_plus", plus, &err), err);
    CHECK_OK(mutau_table_real(t, "E2Phi_hi", edge, &err), err);
    CHECK_OK(mutau_table_real(t, "is_upper_limit", is_limit, &err), err);
    mutau_table_free(t);
    mutau_dataset *d = calloc(1, sizeof *d);
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    d->channel = channel;
    d->n_bin = n;
    d->bins = calloc(n, sizeof *d->bins);
    for (size_t i = 0; i < n; i++)
        d->bins[i] = (mutau_bin){.e_lo_gev = lo[first + i],
                                 .e_hi_gev = hi[first + i],
                                 .e2phi = flux[first + i],
                                 .err_minus = minus[first + i],
                                 .err_plus = plus[first + i],
                                 .e2phi_limit = edge[first + i],
                                 .limit_level = 0.68,
                                 .is_limit = is_limit[first + i] > 0.5};
    return d;
}

static void unload(mutau_dataset *d)
{
    free(d->bins);
    free(d);
}

/* The 16 points of the paper: all cascade rows, the three measured track rows. */
typedef struct paper {
    mutau_dataset *sets[2];
    mutau_flux_likelihood *l;
} paper;

static paper paper_alloc(mutau_likelihood_kind kind, mutau_error_convention errors)
{
    mutau_error err = {0};
    paper p = {{load("icecube-cascades-6yr", MUTAU_CHANNEL_CASCADES, 0, 13),
                load("icecube-tracks-9.5yr", MUTAU_CHANNEL_TRACKS, 1, 3)},
               NULL};
    const mutau_dataset *sets[] = {p.sets[0], p.sets[1]};
    CHECK_OK(mutau_flux_likelihood_alloc(kind, errors, 2, sets, &p.l, &err), err);
    return p;
}

static void paper_free(paper *p)
{
    mutau_flux_likelihood_free(p->l);
    unload(p->sets[0]);
    unload(p->sets[1]);
}

/* Per flavour A 1e-18 (E/100 TeV)^-gamma, integrated over each point's bin. */
static void power_law(const mutau_flux_likelihood *l, double amplitude, double gamma, double n[])
{
    const mutau_flux_point *points = mutau_flux_likelihood_points(l);
    for (size_t i = 0; i < mutau_flux_likelihood_count(l); i++)
        n[i] = amplitude * 1e-18 * 1e5 / (gamma - 1.0) *
               (pow(points[i].e_lo_gev / 1e5, 1.0 - gamma) -
                pow(points[i].e_hi_gev / 1e5, 1.0 - gamma));
}

static double power_law_chi2(const mutau_flux_likelihood *l, double amplitude, double gamma)
{
    double n[MAX_POINT];
    power_law(l, amplitude, gamma, n);
    return mutau_flux_likelihood_chi2(l, n);
}

/* Minimum over A in [0.1, 5] at fixed gamma, by golden sections. */
static double best_amplitude(const mutau_flux_likelihood *l, double gamma, double *chi2)
{
    const double golden = 0.5 * (sqrt(5.0) - 1.0);
    double lo = 0.1, hi = 5.0;
    while (hi - lo > 1e-6) {
        const double a = hi - golden * (hi - lo), b = lo + golden * (hi - lo);
        if (power_law_chi2(l, a, gamma) < power_law_chi2(l, b, gamma))
            hi = b;
        else
            lo = a;
    }
    *chi2 = power_law_chi2(l, 0.5 * (lo + hi), gamma);
    return 0.5 * (lo + hi);
}

/* Minimum over gamma too, on a grid of 0.001. */
static void best_power_law(const mutau_flux_likelihood *l, double *amplitude, double *gamma)
{
    double least = (double)INFINITY;
    for (int i = 2000; i < 3200; i++) {
        double chi2;
        const double a = best_amplitude(l, i * 1e-3, &chi2);
        if (chi2 < least) {
            least = chi2;
            *amplitude = a;
            *gamma = i * 1e-3;
        }
    }
}

static void chi2_of_the_reference_spectra(void **state)
{
    (void)state;
    /* symmetric errors, in the order of the file */
    static const double want[] = {26.819, 28.388, 46.268, 52.784, 27.599, 29.785, 46.105, 52.666};
    enum { N_SET = 8, N_BIN = 16 };
    double n[N_SET * N_BIN];
    mutau_error err = {0};
    mutau_table *t = NULL;
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/lmutau_bins.csv", &t, &err), err);
    assert_int_equal(mutau_table_rows(t), N_SET * N_BIN);
    CHECK_OK(mutau_table_real(t, "n_th", n, &err), err);
    paper p = paper_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SYMMETRIC);
    assert_int_equal(mutau_flux_likelihood_count(p.l), N_BIN);
    for (size_t i = 0; i < N_SET; i++)
        CHECK_ABS(mutau_flux_likelihood_chi2(p.l, n + i * N_BIN), want[i], 5.1e-4);
    paper_free(&p);
    mutau_table_free(t);
}

static void chi2_of_a_power_law_in_three_conventions(void **state)
{
    (void)state;
    static const double want[] = {35.50, 32.32, 35.22};
    for (int errors = 0; errors < 3; errors++) {
        paper p = paper_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, (mutau_error_convention)errors);
        CHECK_ABS(power_law_chi2(p.l, 1.4, 2.6), want[errors], 5.1e-3);
        paper_free(&p);
    }
}

static void the_limit_at_300_tev_is_harsh(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_dataset *d = load("icecube-cascades-6yr", MUTAU_CHANNEL_CASCADES, 5, 1);
    const mutau_dataset *sets[] = {d};
    mutau_flux_likelihood *l = NULL;
    CHECK_OK(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SYMMETRIC, 1, sets,
                                         &l, &err),
             err);
    CHECK_ABS(power_law_chi2(l, 1.4, 2.6), 17.8, 0.05);
    mutau_flux_likelihood_free(l);
    unload(d);
}

static void best_power_laws_of_the_cascades(void **state)
{
    (void)state;
    static const struct {
        mutau_likelihood_kind kind;
        mutau_error_convention errors;
        size_t first, n;
        double amplitude, gamma;
    } cases[] = {
        {MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SPLIT, 0, 13, 0.99, 2.69},
        {MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SYMMETRIC, 0, 13, 0.89, 2.72},
        {MUTAU_LIKELIHOOD_PROFILE, MUTAU_ERRORS_SYMMETRIC, 1, 8, 1.60, 2.52},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_error err = {0};
        mutau_flux_likelihood *l = NULL;
        mutau_dataset *d =
            load("icecube-cascades-6yr", MUTAU_CHANNEL_CASCADES, cases[i].first, cases[i].n);
        const mutau_dataset *sets[] = {d};
        double amplitude = 0.0, gamma = 0.0;
        CHECK_OK(mutau_flux_likelihood_alloc(cases[i].kind, cases[i].errors, 1, sets, &l, &err),
                 err);
        best_power_law(l, &amplitude, &gamma);
        CHECK_ABS(amplitude, cases[i].amplitude, 5.1e-3);
        CHECK_ABS(gamma, cases[i].gamma, 5.1e-3);
        mutau_flux_likelihood_free(l);
        unload(d);
    }
}

/* Two bins by hand: measured 3 -1 +2 over 1/E_lo - 1/E_hi = 1/4, and a limit of 0.8
 * (N = 0.1) whose non-zero best fit must not count. */
static mutau_bin two_bins[] = {
    {2.0, 4.0, 12.0, 4.0, 8.0, 0.0, 0.68, false, 0},
    {4.0, 8.0, 0.5, 0.5, 0.3, 0.8, 0.68, true, 0},
};
static const mutau_dataset by_hand = {
    .name = "by-hand", .channel = MUTAU_CHANNEL_ALL, .n_bin = 2, .bins = two_bins};

static double by_hand_chi2(mutau_likelihood_kind kind, mutau_error_convention errors, double n0,
                           double n1)
{
    const mutau_dataset *sets[] = {&by_hand};
    mutau_error err = {0};
    mutau_flux_likelihood *l = NULL;
    CHECK_OK(mutau_flux_likelihood_alloc(kind, errors, 1, sets, &l, &err), err);
    const double n[] = {n0, n1};
    const double chi2 = mutau_flux_likelihood_chi2(l, n);
    mutau_flux_likelihood_free(l);
    return chi2;
}

static void every_convention_by_hand(void **state)
{
    (void)state;
    const mutau_likelihood_kind gaussian = MUTAU_LIKELIHOOD_GAUSSIAN;
    const mutau_likelihood_kind profile = MUTAU_LIKELIHOOD_PROFILE;
    CHECK_REL(by_hand_chi2(gaussian, MUTAU_ERRORS_SYMMETRIC, 6.0, 0.0), 4.0, 1e-14);
    CHECK_REL(by_hand_chi2(gaussian, MUTAU_ERRORS_SYMMETRIC, 0.0, 0.2), 4.0 + 4.0, 1e-14);
    CHECK_REL(by_hand_chi2(gaussian, MUTAU_ERRORS_UPPER, 1.0, 0.3), 1.0 + 9.0, 1e-14);
    CHECK_REL(by_hand_chi2(gaussian, MUTAU_ERRORS_SPLIT, 1.0, 0.0), 4.0, 1e-14);
    CHECK_REL(by_hand_chi2(gaussian, MUTAU_ERRORS_SPLIT, 7.0, 0.0), 4.0, 1e-14);
    CHECK_REL(by_hand_chi2(profile, MUTAU_ERRORS_SYMMETRIC, 1.0, 0.1), 4.0 + 1.0, 1e-14);
    CHECK_REL(by_hand_chi2(profile, MUTAU_ERRORS_UPPER, 5.0, 0.3), 1.0 + 3.0, 1e-14);
    assert_true(isnan(by_hand_chi2(gaussian, MUTAU_ERRORS_SPLIT, (double)NAN, 0.0)));
    assert_true(isnan(by_hand_chi2(profile, MUTAU_ERRORS_SPLIT, 3.0, (double)NAN)));
    two_bins[1].limit_level = 0.90;
    CHECK_REL(by_hand_chi2(profile, MUTAU_ERRORS_SPLIT, 3.0, 0.1), 2.706, 1e-14);
    CHECK_REL(by_hand_chi2(gaussian, MUTAU_ERRORS_SPLIT, 3.0, 0.1), 1.0, 1e-14);
    two_bins[1].limit_level = 0.6827;
    CHECK_REL(by_hand_chi2(profile, MUTAU_ERRORS_SPLIT, 3.0, 0.1), 1.0, 1e-14);
    two_bins[1].limit_level = 0.68;
}

static void points_say_what_is_compared(void **state)
{
    (void)state;
    const mutau_dataset *sets[] = {&by_hand, &by_hand};
    mutau_error err = {0};
    mutau_flux_likelihood *l = NULL;
    CHECK_OK(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_PROFILE, MUTAU_ERRORS_SYMMETRIC, 2, sets,
                                         &l, &err),
             err);
    const mutau_flux_point *p = mutau_flux_likelihood_points(l);
    assert_int_equal(mutau_flux_likelihood_count(l), 4);
    assert_int_equal(p[2].i_dataset, 1);
    assert_int_equal(p[2].channel, MUTAU_CHANNEL_ALL);
    CHECK_REL(p[2].n_obs, 3.0, 1e-14);
    CHECK_REL(p[2].sigma_lo, 1.0, 1e-14);
    CHECK_REL(p[2].sigma_hi, 2.0, 1e-14);
    CHECK_ABS(p[2].n_limit, 0.0, 0.0);
    CHECK_ABS(p[3].n_obs, 0.0, 0.0);
    CHECK_REL(p[3].n_limit, 0.1, 1e-14);
    CHECK_REL(p[3].sigma_lo, 0.1, 1e-14);
    CHECK_REL(p[3].sigma_hi, 0.1, 1e-14);
    CHECK_ABS(p[3].limit_slope, 1.0, 0.0);
    mutau_flux_likelihood_free(l);
    mutau_flux_likelihood_free(NULL);
}

static void none_has_no_points(void **state)
{
    (void)state;
    const mutau_dataset *sets[] = {&by_hand};
    mutau_error err = {0};
    mutau_flux_likelihood *l = NULL;
    CHECK_OK(
        mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_NONE, MUTAU_ERRORS_SPLIT, 1, sets, &l, &err),
        err);
    assert_int_equal(mutau_flux_likelihood_count(l), 0);
    CHECK_ABS(mutau_flux_likelihood_chi2(l, NULL), 0.0, 0.0);
    mutau_flux_likelihood_free(l);
}

static void unusable_bins_are_refused(void **state)
{
    (void)state;
    static const struct {
        mutau_bin bin;
        mutau_error_convention errors;
        const char *want;
    } cases[] = {
        {{2, 4, 1, 0, 1, 0, 0.68, false, 0}, MUTAU_ERRORS_SPLIT, "the error is not a positive"},
        {{2, 4, 1, 1, 0, 0, 0.68, false, 0}, MUTAU_ERRORS_UPPER, "the error is not a positive"},
        {{2, 4, 1, 0, 0, 0, 0.68, false, 0}, MUTAU_ERRORS_SYMMETRIC, "the error is not a positive"},
        {{2, 4, 1, 1, 1e-200, 0, 0.68, false, 0},
         MUTAU_ERRORS_UPPER,
         "the error is not a positive"},
        {{2, 4, 0, 0, 0, 0, 0.68, true, 0}, MUTAU_ERRORS_SPLIT, "the limit is not a positive"},
        {{2, 4, 0, 0, 0, 1, 0.95, true, 0}, MUTAU_ERRORS_SPLIT, "a limit of 0.95 C.L."},
        {{4, 4, 1, 1, 1, 0, 0.68, false, 0}, MUTAU_ERRORS_SPLIT, "no energy range: 4 to 4 GeV"},
        {{0, 4, 1, 1, 1, 0, 0.68, false, 0}, MUTAU_ERRORS_SPLIT, "no energy range: 0 to 4 GeV"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_bin bins[] = {two_bins[0], cases[i].bin};
        const mutau_dataset d = {.name = "bad", .n_bin = 2, .bins = bins};
        const mutau_dataset *sets[] = {&d};
        mutau_error err = {0};
        mutau_flux_likelihood *l = NULL;
        CHECK_STATUS(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, cases[i].errors, 1,
                                                 sets, &l, &err),
                     MUTAU_EDOM, err);
        assert_non_null(strstr(err.text, "bad, row 2"));
        assert_non_null(strstr(err.text, cases[i].want));
        assert_null(l);
    }
}

/* The factor in closed form against golden sections, in every convention and at the edges. */
static void the_best_factor_is_that_of_golden_sections(void **state)
{
    (void)state;
    for (int kind = MUTAU_LIKELIHOOD_GAUSSIAN; kind <= MUTAU_LIKELIHOOD_PROFILE; kind++)
        for (int errors = MUTAU_ERRORS_SYMMETRIC; errors <= MUTAU_ERRORS_SPLIT; errors++) {
            paper p = paper_alloc((mutau_likelihood_kind)kind, (mutau_error_convention)errors);
            for (double gamma = 1.9; gamma < 3.5; gamma += 0.2) {
                double want, chi2, n[MAX_POINT];
                const double a = best_amplitude(p.l, gamma, &want);
                power_law(p.l, 1.0, gamma, n);
                CHECK_ABS(mutau_flux_likelihood_best_factor(p.l, n, 0.1, 5.0, &chi2), a, 2e-6);
                CHECK_ABS(chi2, want, 1e-9);
                CHECK_ABS(mutau_flux_likelihood_best_factor(p.l, n, 0.0, INFINITY, &chi2),
                          fmax(a, 0.0), a > 0.11 ? 2e-6 : 0.2);
                CHECK_ABS(mutau_flux_likelihood_best_factor(p.l, n, a + 0.1, 9.0, &chi2), a + 0.1,
                          0.0);
                CHECK_ABS(chi2, power_law_chi2(p.l, a + 0.1, gamma), 1e-9);
                CHECK_ABS(mutau_flux_likelihood_best_factor(p.l, n, 0.0, 0.5 * a, &chi2), 0.5 * a,
                          1e-15);
            }
            paper_free(&p);
        }
}

static void without_points_the_best_factor_is_1(void **state)
{
    (void)state;
    mutau_flux_likelihood *l = NULL;
    mutau_error err = {0};
    double chi2 = 1.0;
    CHECK_OK(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_NONE, MUTAU_ERRORS_SYMMETRIC, 0, NULL, &l,
                                         &err),
             err);
    CHECK_ABS(mutau_flux_likelihood_best_factor(l, NULL, 0.1, 2.5, &chi2), 1.0, 0.0);
    CHECK_ABS(mutau_flux_likelihood_best_factor(l, NULL, 1.5, 2.5, &chi2), 1.5, 0.0);
    CHECK_ABS(chi2, 0.0, 0.0);
    mutau_flux_likelihood_free(l);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const mutau_dataset *sets[] = {&by_hand};
    mutau_error err = {0};
    mutau_flux_likelihood *l = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SPLIT, 1,
                                                 sets, &l, &err),
                     l, n, err);
    assert_int_equal(n, 4);
    mutau_flux_likelihood_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chi2_of_the_reference_spectra),
        cmocka_unit_test(chi2_of_a_power_law_in_three_conventions),
        cmocka_unit_test(the_limit_at_300_tev_is_harsh),
        cmocka_unit_test(best_power_laws_of_the_cascades),
        cmocka_unit_test(every_convention_by_hand),
        cmocka_unit_test(points_say_what_is_compared),
        cmocka_unit_test(none_has_no_points),
        cmocka_unit_test(unusable_bins_are_refused),
        cmocka_unit_test(the_best_factor_is_that_of_golden_sections),
        cmocka_unit_test(without_points_the_best_factor_is_1),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
