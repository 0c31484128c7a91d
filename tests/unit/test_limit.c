/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of the terms: against closed forms, against the quoted limits, and where there is
 * none. */
#include "check.h"
#include "fail_alloc.h"
#include "store/config.h"
#include "priors/g2.h"
#include "priors/limit.h"
#include "mutau_build.h"

#include <gsl/gsl_integration.h>
#include <string.h>

#include "term_inputs.h"

/* GSL allocates its rules by itself. */
gsl_integration_glfixed_table *__real_gsl_integration_glfixed_table_alloc(size_t n);
gsl_integration_glfixed_table *__wrap_gsl_integration_glfixed_table_alloc(size_t n);
gsl_integration_glfixed_table *__wrap_gsl_integration_glfixed_table_alloc(size_t n)
{
    return fail_alloc_now() ? NULL : __real_gsl_integration_glfixed_table_alloc(n);
}

/* A term and the choices or numbers that its options get. */
typedef struct chosen {
    const mutau_term_type *type;
    void *state;
} chosen;

typedef struct setting {
    const char *key, *choice; /* choice NULL: a number */
    double value;
} setting;

static void apply(const mutau_option *o, const setting *s, unsigned char *bytes)
{
    int index = 0;
    if (s->choice == NULL) {
        const double sides[2] = {s->value, s->value};
        memcpy(bytes + o->offset, sides,
               o->type == MUTAU_OPTION_SIDES ? sizeof sides : sizeof sides[0]);
        return;
    }
    while (strcmp(o->choices[index], s->choice) != 0)
        index++;
    memcpy(bytes + o->offset, &index, sizeof index);
}

static chosen choose(const char *name, size_t n, const setting settings[])
{
    mutau_error err = {0};
    union {
        double align;
        unsigned char bytes[512];
    } s = {0};
    chosen c = {mutau_term_find(name), NULL};
    assert_non_null(c.type);
    mutau_option_defaults(c.type->options, c.type->n_option, &s);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < c.type->n_option; k++)
            if (strcmp(c.type->options[k].key, settings[i].key) == 0)
                apply(&c.type->options[k], &settings[i], s.bytes);
    CHECK_OK(term_make(c.type, &s, MUTAU_SOURCE_DATA_DIR, &c.state, &err), err);
    return c;
}

static chosen choose_word(const char *name, const char *key, const char *word)
{
    return choose(name, word != NULL, &(setting){key, word, 0.0});
}

static mutau_status quantiles_at(const mutau_term_type *type, const void *term, double m, size_t n,
                                 const double share[], double g[], double *error, mutau_error *err)
{
    mutau_parameter_set set;
    mutau_model_default_parameters(&set);
    const double point[N_PARAMETER] = {[AT_MASS] = m};
    return mutau_limit_quantiles(type, term, &set, point, n, share, g, error, err);
}

static double limit(const chosen *c, double m, double share)
{
    mutau_error err = {0};
    double g = 0.0, error = 1.0;
    CHECK_OK(quantiles_at(c->type, c->state, m, 1, &share, &g, &error, &err), err);
    if (!(error < 1e-9))
        fail_msg("error %g at %g MeV, share %g", error, m, share);
    return g;
}

/* An exponential in g'^2: -ln(1 - CL) events, 2.303 at 90 %. */
static void na64_has_its_events(void **state)
{
    (void)state;
    static const double shares[] = {0.01, 0.5, 0.9, 0.95, 0.9999};
    for (int e = 0; e < 2; e++) {
        const double exposure = e == 0 ? 1.98e10 : 1e12;
        chosen na64 = choose("na64", 1, &(setting){"exposure", NULL, exposure});
        for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
            const double g = limit(&na64, 137.0, shares[i]);
            CHECK_REL(-term_lnl(na64.type, na64.state, 137.0, g), -log1p(-shares[i]), 1e-9);
        }
        CHECK_REL(limit(&na64, 10.0, 0.9), 5.5e-4 * sqrt(1.98e10 / exposure), 1e-9);
        na64.type->free(na64.state);
    }
}

/* Half a Gaussian in g'^2: 1.645 and 1.960 standard deviations (tables of the normal
 * distribution); Borexino's 2.71 is the square of the former, rounded. */
static void half_gaussians_have_their_sigmas(void **state)
{
    (void)state;
    static const struct {
        const char *term, *value;
        double m;
    } cases[] = {{"kaon", "e949", 6.5},  {"kaon", "e949", 237.0},   {"kaon", "pang1973", 1.3},
                 {"kaon", "na62", 83.0}, {"kaon", "laha2014", 6.5}, {"borexino", NULL, 0.7},
                 {"borexino", NULL, 1e5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        chosen c = choose_word(cases[i].term, "value", cases[i].value);
        const double g90 = limit(&c, cases[i].m, 0.90), g95 = limit(&c, cases[i].m, 0.95);
        CHECK_REL(sqrt(-2.0 * term_lnl(c.type, c.state, cases[i].m, g90)), 1.6448536269514722,
                  1e-9);
        CHECK_REL(sqrt(-2.0 * term_lnl(c.type, c.state, cases[i].m, g95)), 1.959963984540054, 1e-9);
        c.type->free(c.state);
    }
}

/* The share of a Gaussian cut at 0 that lies below x. */
static double cut_gaussian(double x, double mean, double sigma)
{
    const double below = 0.5 * erfc(mean / sigma / sqrt(2.0));
    const double at = 0.5 * erfc((mean - x) / sigma / sqrt(2.0));
    return (at - below) / (1.0 - below);
}

static void gaussians_are_cut_at_no_coupling(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        double mean, sigma;
    } cases[] = {{"wp2020", 25.1e-10, 5.9e-10},
                 {"bmw2021", 10.7e-10, 7.0e-10},
                 {"wp2025", 3.8e-10, 6.3e-10}};
    static const double shares[] = {0.025, 0.05, 0.5, 0.9, 0.95, 0.975};
    mutau_error err = {0};
    mutau_g2 *g2 = NULL;
    CHECK_OK(mutau_g2_alloc(&g2, &err), err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        chosen c = choose_word("g-2", "value", cases[i].value);
        for (size_t k = 0; k < sizeof shares / sizeof shares[0]; k++) {
            const double g = limit(&c, 41.0, shares[k]);
            CHECK_ABS(cut_gaussian(mutau_g2_delta_a_mu(g2, 41.0, g), cases[i].mean, cases[i].sigma),
                      shares[k], 1e-9);
        }
        c.type->free(c.state);
    }
    mutau_g2_free(g2);
}

/* 2e-6 of g' wide, between steps of the scan. */
static void a_narrow_peak_is_found(void **state)
{
    (void)state;
    const setting narrow[] = {{"mean", NULL, 7.31e-7}, {"sigma", NULL, 1e-12}};
    chosen c = choose("g-2", 2, narrow);
    for (double m = 1.0; m < 1000.0; m *= 1.77) {
        const double g = limit(&c, m, 0.5), g84 = limit(&c, m, 0.841344746068543);
        CHECK_ABS(term_lnl(c.type, c.state, m, g), 0.0, 1e-9);
        CHECK_ABS(term_lnl(c.type, c.state, m, g84), -0.5, 1e-5);
    }
    c.type->free(c.state);
}

static void check_limit(const char *term, const char *key, const char *value, double m,
                        double share, double want, double tolerance)
{
    chosen c = choose_word(term, key, value);
    CHECK_REL(limit(&c, m, share), want, tolerance);
    c.type->free(c.state);
}

/* As they are quoted with the derivations of the terms' inputs, to their digits. */
static void quoted_limits_are_met(void **state)
{
    (void)state;
    check_limit("kaon", "value", "e949", 6.5, 0.90, 7.5e-3, 7e-3);
    check_limit("kaon", "value", "pang1973", 6.5, 0.90, 1.19e-2, 7e-3);
    check_limit("kaon", "value", "na62", 6.5, 0.90, 9.2e-3, 7e-3);
    check_limit("kaon", "value", "laha2014", 6.5, 0.90, 3.5e-4 * 6.5, 1e-4);
    check_limit("z-decay", "value", "invisible-width", 1.0, 0.95, 0.0294, 2e-3);
    check_limit("z-decay", "value", "invisible-width", 10.0, 0.95, 0.0375, 2e-3);
    check_limit("z-decay", "value", "invisible-width", 100.0, 0.95, 0.0518, 2e-3);
    check_limit("trident", "data", "ccfr", 10.0, 0.90, 7.97e-4, 6e-4);
    check_limit("trident", "data", "ccfr", 10.0, 0.95, 8.61e-4, 6e-4);
    check_limit("w-decay", "", NULL, 10.0, 0.95, 0.24100, 3e-5);
    check_limit("w-decay", "", NULL, 500.0, 0.95, 0.43935, 3e-5);
}

/* Gaussians in what the coupling adds, cut at nothing added: mpmath. */
static void z_widths_are_cut_gaussians(void **state)
{
    (void)state;
    check_limit("z-decay", "value", "invisible-width", 10.0, 0.95,
                sqrt(1.66776448637 / 334.4 / 3.540666), 2e-7);
    check_limit("z-decay", "value", "n-nu", 10.0, 0.95, sqrt(0.0122762578802 / 2.0 / 3.540666),
                2e-7);
}

/* Simpson's rule of the tests, at masses between the rows. */
static void another_quadrature_agrees(void **state)
{
    (void)state;
    static const struct {
        const char *term, *key, *value;
    } cases[] = {{"g-2", "value", "wp2020"},   {"na64", "", NULL},    {"kaon", "value", "na62"},
                 {"z-decay", "value", "n-nu"}, {"w-decay", "", NULL}, {"trident", "data", "ccfr"},
                 {"trident", "data", "both"},  {"borexino", "", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        chosen c = choose_word(cases[i].term, cases[i].key, cases[i].value);
        for (double m = 1.1; m < 290.0; m *= pow(2.385, check_stride(3)))
            for (double share = 0.68; share < 1.0; share += 0.11) {
                const double g = limit(&c, m, share);
                CHECK_REL(term_limit(c.type, c.state, m, 4.0 * limit(&c, m, 0.95), share), g, 3e-5);
            }
        c.type->free(c.state);
    }
}

static void several_shares_are_those_one_by_one(void **state)
{
    (void)state;
    static const double shares[] = {0.95, 0.05, 0.5};
    mutau_error err = {0};
    double g[3];
    chosen c = choose_word("g-2", "value", "wp2020");
    CHECK_OK(quantiles_at(c.type, c.state, 6.5, 3, shares, g, NULL, &err), err);
    for (size_t i = 0; i < 3; i++)
        CHECK_REL(limit(&c, 6.5, shares[i]), g[i], 0.0);
    assert_true(g[1] < g[2] && g[2] < g[0]);
    c.type->free(c.state);
}

static void check_none(const char *term, const char *key, const char *value, double m, double share,
                       const char *want)
{
    mutau_error err = {0};
    double g = 0.0;
    chosen c = choose_word(term, key, value);
    CHECK_STATUS(quantiles_at(c.type, c.state, m, 1, &share, &g, NULL, &err), MUTAU_EDOM, err);
    if (strstr(err.text, want) == NULL)
        fail_msg("'%s' lacks '%s'", err.text, want);
    c.type->free(c.state);
}

static void where_there_is_none_it_is_said(void **state)
{
    (void)state;
    check_none("na64", "", NULL, 501.0, 0.9, "beyond the inputs of na64, 0.5 to 500 MeV");
    check_none("na64", "", NULL, 0.4, 0.9, "beyond the inputs of na64, 0.5 to 500 MeV");
    check_none("kaon", "value", "laha2014", 20.1, 0.9, "0.1 to 20 MeV");
    check_none("na64", "", NULL, (double)NAN, 0.9, "beyond the inputs");
    /* N_eff does not depend on the coupling above 1e-8. */
    check_none("neff", "", NULL, 20.0, 0.9, "no limit on g'");
    check_none("neff", "", NULL, 1.0, 0.9, "no limit on g'");
    check_none("neff", "", NULL, 100.0, 0.9, "no limit on g'");
    static const double shares[] = {0.0, 1.0, -0.1, 1.5, (double)NAN};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        check_none("na64", "", NULL, 6.5, shares[i], "not within 0 and 1");
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    const double share = 0.9;
    mutau_error err = {0};
    double g = 0.0;
    void *none = NULL;
    long n = 0;
    chosen c = choose_word("na64", "", NULL);
    CHECK_EACH_ALLOC(quantiles_at(c.type, c.state, 6.5, 1, &share, &g, NULL, &err), none, n, err);
    assert_int_equal(n, 1);
    c.type->free(c.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(na64_has_its_events),
        cmocka_unit_test(half_gaussians_have_their_sigmas),
        cmocka_unit_test(gaussians_are_cut_at_no_coupling),
        cmocka_unit_test(a_narrow_peak_is_found),
        cmocka_unit_test(quoted_limits_are_met),
        cmocka_unit_test(z_widths_are_cut_gaussians),
        cmocka_unit_test(another_quadrature_agrees),
        cmocka_unit_test(several_shares_are_those_one_by_one),
        cmocka_unit_test(where_there_is_none_it_is_said),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
