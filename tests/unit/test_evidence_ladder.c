/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models held against one another, with numbers made up by hand. */
#include "check.h"
#include "analysis/evidence_ladder.h"

#include <string.h>

static mutau_ladder_model model(const char *source, bool boson, double ln_z, double error)
{
    return (mutau_ladder_model){.source = source, .boson = boson, .evidence = {ln_z, error}};
}

static void says(const char *text, const char *piece)
{
    if (strstr(text, piece) == NULL)
        fail_msg("'%s' is not in: %s", piece, text);
}

static void words_are_those_of_the_table(void **state)
{
    (void)state;
    static const struct {
        double ln_b;
        const char *word;
    } rows[] = {{0.0, "inconclusive"}, {0.99, "inconclusive"}, {-1.0, "weak"},  {2.49, "weak"},
                {2.5, "moderate"},     {-4.99, "moderate"},    {5.0, "strong"}, {-50.0, "strong"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(mutau_ladder_word(rows[i].ln_b), rows[i].word);
}

/* The case that the doubt is about: the boson helps a power law that is beaten by a bent one. */
static void the_boson_is_held_against_the_best_source(void **state)
{
    (void)state;
    mutau_ladder_model m[] = {model("power-law", false, -20.0, 0.0),
                              model("power-law", true, -18.0, 0.03),
                              model("broken-power-law", false, -15.0, 0.04),
                              model("broken-power-law", true, -16.5, 0.03)};
    mutau_ladder_verdict v;
    mutau_evidence_ladder(4, m, &m[0], &v);
    CHECK_ABS(m[0].ln_b.ln_z, 0.0, 0.0);
    CHECK_ABS(m[0].ln_b.error, 0.0, 0.0);
    CHECK_ABS(m[2].ln_b.ln_z, 5.0, 1e-12);
    CHECK_ABS(m[3].ln_b.ln_z, 3.5, 1e-12);
    CHECK_ABS(m[1].ln_b_boson.ln_z, 2.0, 1e-12);
    CHECK_ABS(m[3].ln_b_boson.ln_z, -1.5, 1e-12);
    CHECK_ABS(m[3].ln_b_boson.error, 0.05, 1e-12);
    assert_true(isnan(m[0].ln_b_boson.ln_z) && isnan(m[2].ln_b_boson.ln_z));
    says(v.best, "broken-power-law is the most probable: against power-law ln B = +5.00 +- 0.04 "
                 "(strong)");
    says(v.boson, "To broken-power-law");
    says(v.boson, "ln B = -1.50 +- 0.05: weak evidence against it");
}

static void a_reference_may_be_none_of_them(void **state)
{
    (void)state;
    const mutau_ladder_model reference = model("power-law", false, -10.0, 0.3);
    mutau_ladder_model m[] = {model("power-law", true, -10.5, 0.4)};
    mutau_ladder_verdict v;
    mutau_evidence_ladder(1, m, &reference, &v);
    CHECK_ABS(m[0].ln_b.ln_z, -0.5, 1e-12);
    CHECK_ABS(m[0].ln_b.error, 0.5, 1e-12);
    CHECK_ABS(m[0].ln_b_boson.ln_z, -0.5, 1e-12);
    says(v.best, "No model is more probable than power-law: the next is power-law + Z' with ln B = "
                 "-0.50 +- 0.50 (inconclusive)");
    says(v.boson, "inconclusive.");
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    mutau_ladder_model m[] = {model("power-law", false, -10.0, 0.0), model("bump", false, nan, nan),
                              model("bump", true, -9.0, 0.1)};
    mutau_ladder_verdict v;
    mutau_evidence_ladder(3, m, &m[0], &v);
    assert_true(isnan(m[1].ln_b.ln_z) && isnan(m[2].ln_b_boson.ln_z));
    says(v.best, "bump + Z' is the most probable");
    assert_string_equal(v.boson, "");
    m[0].evidence.ln_z = nan;
    mutau_evidence_ladder(3, m, &m[0], &v);
    assert_true(isnan(m[2].ln_b.ln_z));
    assert_string_equal(v.best, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_of_the_table),
        cmocka_unit_test(the_boson_is_held_against_the_best_source),
        cmocka_unit_test(a_reference_may_be_none_of_them),
        cmocka_unit_test(what_is_not_known_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
