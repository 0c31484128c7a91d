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
        cmocka_unit_test(a_posterior),
        cmocka_unit_test(built_in_targets),
        cmocka_unit_test(nothing_to_sample),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
