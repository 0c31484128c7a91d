/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation while a run file is read, echoed and hashed fails once:
 * MUTAU_ENOMEM each time, and nothing is lost. */
#include "check.h"
#include "fail_alloc.h"
#include "posterior/run_settings.h"

#include <stdlib.h>

static const char text[] =
    "model: {cross_section: paper, neutrinos: {ordering: inverted}}\n"
    "data: [icecube-glashow-2021]\n"
    "sampler: {moves: {stretch: 1, walk: {s: 2}, de: {}}, stop: {max_steps: 10}}\n";

static void reading_reports_each_failed_allocation(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_run_settings_parse("t.yaml", text, "/tmp", &s, &err), s, n, err);
    assert_true(n > 100);
    assert_int_equal(s->n_warning,
                     2); /* a light neutrino, and, as stored files had them, at rest */
    char *echo = NULL;
    CHECK_EACH_ALLOC(mutau_run_settings_emit(s, &echo, &err), echo, n, err);
    free(echo);
    mutau_run_settings_free(s);
}

static void hashing_reports_each_failed_allocation(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    char config_hash[MUTAU_HASH_SIZE], data_hash[MUTAU_HASH_SIZE];
    const void *none = NULL;
    long n = 0;
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, "/tmp", &s, &err), err);
    CHECK_EACH_ALLOC(mutau_run_settings_hash(s, config_hash, data_hash, &err), none, n, err);
    assert_true(n > 50);
    mutau_run_settings_free(s);
}

/* A term tabulates its integrals at each try: a few failures stand for all. */
static void terms_report_failed_allocations(void **state)
{
    (void)state;
    static const char with_terms[] = "model: {cross_section: paper}\nlikelihood: {kind: none}\n"
                                     "terms: {g-2: wp2020, na64: on}\n";
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    mutau_status status = MUTAU_ENOMEM;
    for (long n = 1; status != MUTAU_OK; n += 13) {
        fail_alloc_after = n;
        status = mutau_run_settings_parse("t.yaml", with_terms, "/tmp", &s, &err);
        if (status != MUTAU_OK)
            CHECK_STATUS(status, MUTAU_ENOMEM, err);
    }
    fail_alloc_after = -1;
    assert_int_equal(s->n_term, 2);
    mutau_run_settings_free(s);
}

static void a_target_reports_each_failed_allocation(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_run_settings_parse("t.yaml", "target: shells\n", "/tmp", &s, &err), s, n,
                     err);
    assert_true(n > 20);
    assert_non_null(s->builtin);
    mutau_run_settings_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_reports_each_failed_allocation),
        cmocka_unit_test(hashing_reports_each_failed_allocation),
        cmocka_unit_test(terms_report_failed_allocations),
        cmocka_unit_test(a_target_reports_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
