/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run samples: a posterior, or a built-in target, by the same words. */
#include "check.h"
#include "fail_alloc.h"
#include "posterior/density.h"

static mutau_run_settings *parse(const char *text)
{
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, "/tmp", &s, &err), err);
    return s;
}

static void a_posterior(void **state)
{
    (void)state;
    mutau_run_settings *s = parse("model: {cross_section: paper}\nlikelihood: {kind: none}\n"
                                  "parameters: {A: 1, gamma: 2.5}\n");
    mutau_density d;
    mutau_error err = {0};
    CHECK_OK(mutau_density_open(s, &d, &err), err);
    assert_int_equal(d.target.dim, 2);
    assert_non_null(d.posterior);
    assert_string_equal(d.names[1], "log10_g_prime");
    assert_string_equal(d.units[0], "log10(MeV)");
    assert_string_equal(d.labels[1], "\\log_{10} g'");
    CHECK_ABS(d.lo[1], -5.0, 1e-14);
    CHECK_ABS(d.hi[0], log10(20.0), 1e-14);
    assert_string_equal(d.blob_names[0], "m_zprime");
    mutau_density_close(&d);
    assert_null(d.posterior);
    mutau_run_settings_free(s);
}

static void built_in_targets(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double lo, hi;
    } cases[] = {{"target: {shells: {dim: 16}}\n", -6.0, 6.0},
                 {"target: linear-gaussian\n", -(double)INFINITY, (double)INFINITY}};
    for (size_t i = 0; i < 2; i++) {
        mutau_run_settings *s = parse(cases[i].text);
        mutau_density d;
        mutau_error err = {0};
        CHECK_OK(mutau_density_open(s, &d, &err), err);
        if (i == 0) {
            assert_int_equal(d.target.dim, 16);
            assert_string_equal(d.labels[15], "x_{16}");
        }
        assert_int_equal(d.target.dim, mutau_run_settings_free_count(s));
        assert_int_equal(d.target.n_blob, 0);
        assert_null(d.posterior);
        assert_string_equal(d.names[0], "x1");
        assert_true(!(d.lo[0] > cases[i].lo) && !(d.lo[0] < cases[i].lo));
        assert_true(!(d.hi[0] > cases[i].hi) && !(d.hi[0] < cases[i].hi));
        mutau_density_close(&d);
        mutau_run_settings_free(s);
    }
}

static void nothing_to_sample(void **state)
{
    (void)state;
    mutau_run_settings *s = parse("model: {cross_section: paper}\nlikelihood: {kind: none}\n"
                                  "parameters: {m_zprime: 6, g_prime: 1e-4, A: 1, gamma: 2.5}\n");
    mutau_density d;
    mutau_error err = {0};
    CHECK_STATUS(mutau_density_open(s, &d, &err), MUTAU_ECONFIG, err);
    assert_null(d.posterior);
    mutau_run_settings_free(s);
}

/* The posterior's coordinates and prior, and nearly its likelihood. */
static void a_screen(void **state)
{
    (void)state;
    static const double theta[] = {0.77, -3.35, 1.16, 2.59};
    mutau_run_settings *s = parse("model: {cross_section: paper}\nparameters: {sum_mnu: 0.1}\n"
                                  "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\nterms: {}\n"
                                  "sampler: {screen: coarse}\n");
    double ln_prior[2], ln_like[2];
    mutau_density d;
    mutau_error err = {0};
    CHECK_OK(mutau_density_open(s, &d, &err), err);
    assert_int_equal(d.screen.dim, 0);
    CHECK_OK(mutau_density_add_screen(s, &d, &err), err);
    assert_int_equal(d.screen.dim, d.target.dim);
    const mutau_target *const both[] = {&d.target, &d.screen};
    for (size_t i = 0; i < 2; i++) {
        void *ws = NULL;
        assert_int_equal(both[i]->ws_alloc(both[i]->self, &ws), MUTAU_OK);
        assert_int_equal(both[i]->eval(both[i]->self, ws, theta, &ln_prior[i], &ln_like[i], NULL),
                         MUTAU_OK);
        both[i]->ws_free(ws);
    }
    CHECK_ABS(ln_prior[1], ln_prior[0], 0.0);
    CHECK_ABS(ln_like[1], ln_like[0], 0.3);
    assert_true(fabs(ln_like[1] - ln_like[0]) > 1e-9); /* it is another one */
    mutau_density_close(&d);

    long count = 0;
    for (mutau_status status = MUTAU_ENOMEM; status != MUTAU_OK; count++) {
        CHECK_OK(mutau_density_open(s, &d, &err), err);
        fail_alloc_after = count;
        status = mutau_density_add_screen(s, &d, &err);
        const bool failed = fail_alloc_after < 0;
        fail_alloc_after = -1;
        if (failed)
            CHECK_STATUS(status, MUTAU_ENOMEM, err);
        mutau_density_close(&d);
    }
    assert_in_range(count, 5, 100);
    s->sampler.screen = MUTAU_SCREEN_OFF;
    CHECK_OK(mutau_density_open(s, &d, &err), err);
    CHECK_OK(mutau_density_add_screen(s, &d, &err), err);
    assert_int_equal(d.screen.dim, 0);
    mutau_density_close(&d);
    mutau_run_settings_free(s);
}

/* In front of the grid: the line's likelihood, of targets at rest. */
static void a_screen_by_the_line(void **state)
{
    (void)state;
    static const char *const models[] = {"solver: grid, targets: cold",
                                         "solver: auto, targets: cold",
                                         "solver: auto, targets: thermal", "solver: line"};
    static const double theta[][4] = {{0.77, -3.35, 1.16, 2.59}, {0.77, -2.5, 1.16, 2.59}};
    double ln_like[4][2][2];
    for (size_t m = 0; m < 4; m++) {
        char text[512];
        mutau_density d;
        mutau_error err = {0};
        (void)snprintf(text, sizeof text,
                       "model: {cross_section: paper, %s}\nparameters: {sum_mnu: 0.1}\n"
                       "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\nterms: {}\n"
                       "sampler: {screen: %s}\n",
                       models[m], m < 3 ? "line" : "off");
        mutau_run_settings *s = parse(text);
        CHECK_OK(mutau_density_open(s, &d, &err), err);
        CHECK_OK(mutau_density_add_screen(s, &d, &err), err);
        const mutau_target *const both[] = {&d.target, m < 3 ? &d.screen : &d.target};
        for (size_t i = 0; i < 2; i++) {
            void *ws = NULL;
            double ln_prior;
            assert_int_equal(both[i]->ws_alloc(both[i]->self, &ws), MUTAU_OK);
            for (size_t k = 0; k < 2; k++)
                assert_int_equal(
                    both[i]->eval(both[i]->self, ws, theta[k], &ln_prior, &ln_like[m][i][k], NULL),
                    MUTAU_OK);
            both[i]->ws_free(ws);
        }
        mutau_density_close(&d);
        mutau_run_settings_free(s);
    }
    for (size_t m = 0; m < 3; m++)
        for (size_t k = 0; k < 2; k++)
            CHECK_ABS(ln_like[m][1][k], ln_like[3][0][k], 0.0);
    CHECK_ABS(ln_like[1][0][0], ln_like[3][0][0], 0.0); /* of auto, by the line */
    assert_true(fabs(ln_like[1][0][1] - ln_like[3][0][1]) > 1e-3);
    assert_true(fabs(ln_like[2][0][0] - ln_like[3][0][0]) > 1e-3);
}

static void no_memory(void **state)
{
    (void)state;
    mutau_run_settings *s = parse("model: {cross_section: paper}\nlikelihood: {kind: none}\n");
    mutau_density d;
    mutau_error err = {0};
    fail_alloc_after = 0;
    CHECK_STATUS(mutau_density_open(s, &d, &err), MUTAU_ENOMEM, err);
    fail_alloc_after = -1;
    assert_null(d.posterior);
    mutau_run_settings_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_posterior),          cmocka_unit_test(built_in_targets),
        cmocka_unit_test(nothing_to_sample),    cmocka_unit_test(a_screen),
        cmocka_unit_test(a_screen_by_the_line), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
