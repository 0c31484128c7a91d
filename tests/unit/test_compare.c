/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons of made-up chains: what must agree, what is refused, and in which words. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/compare.h"
#include "regions_stand_in.h"
#include "stored_chain.h"

#include <gsl/gsl_errno.h>

#define MODEL "model: {cross_section: paper}\n"
#define PLANE                                                                                      \
    "parameters: {m_zprime: {prior: log-uniform, min: 1, max: 20}, "                               \
    "g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}, A: 1, gamma: 2.5}\n"
#define NO_FLUX "likelihood: {kind: none}\n"

/* log10 m and log10 g' normal about the middle of the plane. */
static void draw_plane(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    const double u = mutau_rng_normal(rng), v = mutau_rng_normal(rng);
    x[0] = 0.65 + 0.1 * u;
    x[1] = -3.3 + 0.2 * v;
    blob[0] = pow(10.0, x[0]);
    blob[1] = pow(10.0, x[1]);
    blob[2] = 1e-9; /* Delta a_mu */
    blob[3] = 0.0;  /* chi^2 */
    blob[4] = 0.0;
    *log_prob = -0.5 * (u * u + v * v);
}

static void draw_shifted(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    draw_plane(rng, x, blob, log_prob);
    x[1] += 0.4;
    blob[1] = pow(10.0, x[1]);
}

static stored_recipe plane(uint32_t seed)
{
    return (stored_recipe){
        .config = MODEL PLANE NO_FLUX,
        .dim = 2,
        .n_blob = 5,
        .n_row = 500,
        .n_walker = 20,
        .names = {"log10_m_zprime", "log10_g_prime"},
        .blob_names = {"m_zprime", "g_prime", "delta_a_mu", "chi2", "lnl_flux"},
        .seed = seed,
        .draw = draw_plane,
    };
}

typedef struct two_chains {
    mutau_chain *chains[2];
} two_chains;

static const char *const paths[2] = {"first.h5", "second.h5"};

static two_chains open_two(const stored_recipe *a, const stored_recipe *b)
{
    return (two_chains){{stored_chain(a), stored_chain(b)}};
}

static void close_two(two_chains *t)
{
    mutau_chain_close(t->chains[0]);
    mutau_chain_close(t->chains[1]);
}

/* The comparison must fail with a text that has all the pieces. */
static void refuses(const stored_recipe *a, const stored_recipe *b, const char *piece,
                    const char *other)
{
    const mutau_compare_settings plain = {.force = false};
    mutau_comparison c;
    mutau_error err = {0};
    two_chains t = open_two(a, b);
    CHECK_STATUS(mutau_compare(2, paths, t.chains, &plain, &c, &err), MUTAU_EDATA, err);
    if (strstr(err.text, piece) == NULL || strstr(err.text, other) == NULL)
        fail_msg("'%s' and '%s' are not in: %s", piece, other, err.text);
    mutau_comparison_free(&c);
    close_two(&t);
}

static void compares(const stored_recipe *a, const stored_recipe *b, bool force,
                     mutau_comparison *c, two_chains *t)
{
    const mutau_compare_settings settings = {.force = force};
    mutau_error err = {0};
    *t = open_two(a, b);
    CHECK_OK(mutau_compare(2, paths, t->chains, &settings, c, &err), err);
    assert_int_equal(c->n_run, 2);
    assert_int_equal(c->n_pair, 1);
}

static void a_chain_equals_itself(void **state)
{
    (void)state;
    const stored_recipe a = plane(1);
    mutau_comparison c;
    two_chains t;
    compares(&a, &a, false, &c, &t);
    const mutau_compared_pair *p = &c.pair[0];
    assert_int_equal(p->n, 4);
    for (size_t i = 0; i < p->n; i++) {
        CHECK_ABS(p->quantity[i].shift, 0.0, 0.0);
        CHECK_ABS(p->quantity[i].overlap, 1.0, 0.0);
    }
    CHECK_ABS(p->mass_coupling.bits, 0.0, 0.0);
    assert_true(p->no_reweighting.text[0] == '\0' && p->reweighting.sufficient);
    for (size_t i = 0; i < 2; i++)
        CHECK_REL(p->reweighting.quantity[i].mean, c.run[0].summary.parameter[i].moments.mean,
                  1e-12);
    assert_string_equal(p->no_ln_b.text, "no Bayes factor: ln Z is not known of both");
    assert_true(isnan(c.run[0].ln_b));
    mutau_comparison_free(&c);
    close_two(&t);
}

/* Two standard deviations apart: overlap 2 Phi(-1) = 0.317.  The mass is the same. */
static void a_shift_is_measured(void **state)
{
    (void)state;
    const stored_recipe a = plane(2);
    stored_recipe b = plane(3);
    mutau_comparison c;
    two_chains t;
    b.draw = draw_shifted;
    compares(&a, &b, false, &c, &t);
    const mutau_compared_quantity *m = &c.pair[0].quantity[0], *g = &c.pair[0].quantity[1];
    assert_string_equal(m->name, "log10_m_zprime");
    assert_string_equal(g->name, "log10_g_prime");
    CHECK_ABS(m->shift, 0.0, 0.07);
    CHECK_ABS(g->shift, 2.0, 0.1);
    CHECK_ABS(g->shift_error, sqrt(2.0 / 10000.0), 0.003);
    assert_true(m->overlap > 0.96);
    CHECK_ABS(g->overlap, 0.317, 0.03);
    CHECK_ABS(c.pair[0].mass_coupling.bits, 0.486, 0.03); /* of N(0, 1) and N(2, 1) */
    mutau_comparison_free(&c);
    close_two(&t);
}

static void the_bare_evidence_needs_the_inputs(void **state)
{
    (void)state;
    stored_recipe a = plane(4), b = plane(5);
    mutau_comparison c;
    two_chains t;
    b.config = MODEL PLANE "data: [no-longer-there]\n";
    compares(&a, &b, false, &c, &t);
    /* the made-up chains have no digest of their inputs, so that nothing is known */
    assert_true(isnan(c.run[0].bare.ln_z) && isnan(c.run[1].bare.ln_z));
    assert_non_null(strstr(c.run[0].no_bare.text, "not those"));
    assert_non_null(strstr(c.run[1].no_bare.text, "no-longer-there"));
    /* nor is it reweighted, nor a Bayes factor given, between other data */
    assert_non_null(strstr(c.pair[0].no_reweighting.text, "more than terms"));
    assert_non_null(strstr(c.pair[0].no_reweighting.text,
                           "likelihood is {kind: none} in the first, nothing in the second"));
    assert_non_null(strstr(c.pair[0].no_ln_b.text, "different data"));
    mutau_comparison_free(&c);
    close_two(&t);
}

static void other_priors_are_named_and_forced(void **state)
{
    (void)state;
    const stored_recipe a = plane(6);
    stored_recipe b = plane(7);
    mutau_comparison c;
    two_chains t;
    b.config =
        MODEL "parameters: {m_zprime: {prior: log-uniform, min: 1, max: 50}, "
              "g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}, A: 1, gamma: 2.5}\n" NO_FLUX;
    compares(&a, &b, false, &c, &t);
    assert_non_null(strstr(c.pair[0].no_reweighting.text,
                           "parameters.m_zprime.max is 20 in the first, 50 in the second"));
    mutau_comparison_free(&c);
    close_two(&t);
    compares(&a, &b, true, &c, &t);
    assert_string_equal(c.pair[0].no_reweighting.text, "");
    assert_int_equal(c.pair[0].reweighting.n, 4);
    /* the weights, which are equal, do not know of the other prior */
    assert_true(c.pair[0].reweighting.psis.khat < 0.7);
    assert_false(c.pair[0].reweighting.sufficient);
    assert_non_null(strstr(c.pair[0].beyond_terms.text, "50 in the second"));
    mutau_comparison_free(&c);
    close_two(&t);
}

static void different_models_are_refused(void **state)
{
    (void)state;
    const stored_recipe a = plane(8);
    stored_recipe b = plane(9);
    mutau_comparison c;
    two_chains t;
    b.config = "model: {cross_section: unitary-majorana}\n" PLANE NO_FLUX;
    refuses(&a, &b, "unitary-majorana", "--force");
    compares(&a, &b, true, &c, &t);
    mutau_comparison_free(&c);
    close_two(&t);
    b.config = "model: {mediator: {scalar: tau}}\n" PLANE NO_FLUX;
    refuses(&a, &b, "first.h5 and second.h5", "different models");
}

/* An amplitude and an index without a boson. */
static void draw_spectrum(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    const double u = mutau_rng_normal(rng), v = mutau_rng_normal(rng);
    x[0] = 1.0 + 0.1 * u;
    x[1] = 2.6 + 0.1 * v;
    blob[0] = 10.0;
    blob[1] = blob[2] = blob[3] = blob[4] = 0.0;
    *log_prob = -0.5 * (u * u + v * v);
}

/* Two spectra are two models of the same data: their Bayes factor is wanted. */
static void spectra_are_compared(void **state)
{
    (void)state;
    stored_recipe a = plane(13), b = plane(14);
    mutau_comparison c;
    two_chains t;
    a.config = "model: {cross_section: paper, source: {z_max: 5}}\n"
               "parameters: {g_prime: 0, m_zprime: 10}\n" NO_FLUX;
    b.config = "model: {cross_section: paper, source: {spectrum: log-parabola, z_max: 5}}\n"
               "parameters: {g_prime: 0, m_zprime: 10, beta: 0.1}\n" NO_FLUX;
    a.draw = b.draw = draw_spectrum;
    a.names[0] = b.names[0] = "A";
    a.names[1] = "gamma";
    b.names[1] = "alpha";
    compares(&a, &b, false, &c, &t);
    assert_non_null(strstr(c.pair[0].no_reweighting.text, "model.source.spectrum"));
    assert_string_equal(c.pair[0].quantity[0].name, "A"); /* which both have, and of one meaning */
    assert_int_equal(c.pair[0].n, 1);
    mutau_comparison_free(&c);
    close_two(&t);
    b.config = "model: {cross_section: paper, source: {spectrum: log-parabola, z_max: 4}}\n"
               "parameters: {g_prime: 0, m_zprime: 10, beta: 0.1}\n" NO_FLUX;
    refuses(&a, &b, "z_max", "--force");
}

static void chains_that_cannot_be_compared_are_refused(void **state)
{
    (void)state;
    const stored_recipe a = plane(10);
    stored_recipe b = plane(11);
    b.unfinished = true;
    refuses(&a, &b, "second.h5", "not finished");
    refuses(&b, &a, "first.h5", "not finished");
    b = plane(12);
    b.n_row = 7;
    refuses(&a, &b, "second.h5", "7 rows");
    b = plane(13);
    b.blob_names[1] = "coupling";
    refuses(&a, &b, "second.h5", "no blob 'g_prime'");
    b = plane(14);
    b.config = "[not, a, run]\n";
    refuses(&a, &b, "second.h5", "configuration");
}

static void an_unfinished_run_can_be_forced(void **state)
{
    (void)state;
    stored_recipe a = plane(15);
    mutau_comparison c;
    two_chains t;
    a.unfinished = true;
    compares(&a, &a, true, &c, &t);
    mutau_comparison_free(&c);
    close_two(&t);
}

static void none_and_too_many_are_no_comparison(void **state)
{
    (void)state;
    const mutau_compare_settings plain = {.force = false};
    const size_t counts[] = {0, MUTAU_COMPARE_MAX_RUNS + 1};
    mutau_comparison c;
    mutau_error err = {0};
    for (size_t i = 0; i < 2; i++) {
        CHECK_STATUS(mutau_compare(counts[i], paths, NULL, &plain, &c, &err), MUTAU_EDOM, err);
        mutau_comparison_free(&c);
    }
}

/* Of made-up chains, whose inputs have no digest, nothing is integrated; nor is there a mixture. */
static void evidences_against_one_model(void **state)
{
    (void)state;
    const stored_recipe a = plane(1);
    mutau_compare_settings how = {.evidences_alone = true, .reference = "power-law"};
    mutau_comparison c;
    mutau_error err = {0};
    two_chains t = open_two(&a, &a);
    CHECK_OK(mutau_compare(2, paths, t.chains, &how, &c, &err), err);
    assert_int_equal(c.n_pair, 0);
    assert_true(c.ladder.given && c.ladder.own == 2);
    assert_non_null(strstr(c.ladder.no_reference.text, "are not those that the chain was sampled"));
    assert_true(isnan(c.ladder.reference.evidence.ln_z));
    assert_false(c.ladder.reference.boson);
    assert_true(c.ladder.model[0].boson && isnan(c.ladder.model[0].ln_b.ln_z));
    mutau_comparison_free(&c);
    how.reference = "second.h5";
    CHECK_OK(mutau_compare(2, paths, t.chains, &how, &c, &err), err);
    assert_int_equal(c.ladder.own, 1);
    assert_non_null(strstr(c.ladder.no_reference.text, "ln Z of the reference is not known"));
    mutau_comparison_free(&c);
    how.reference = "powr-law";
    CHECK_STATUS(mutau_compare(2, paths, t.chains, &how, &c, &err), MUTAU_EUSAGE, err);
    assert_non_null(strstr(err.text, "did you mean 'power-law'?"));
    mutau_comparison_free(&c);
    close_two(&t);
}

static void evidences_of_other_data_are_refused(void **state)
{
    (void)state;
    const stored_recipe a = plane(1);
    stored_recipe b = a;
    b.config = MODEL PLANE NO_FLUX "terms: {na64: {}}\n";
    const mutau_compare_settings how = {.reference = "first.h5"};
    mutau_comparison c;
    mutau_error err = {0};
    two_chains t = open_two(&a, &b);
    CHECK_STATUS(mutau_compare(2, paths, t.chains, &how, &c, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "evidences of different data say nothing of one another"));
    mutau_comparison_free(&c);
    close_two(&t);
}

static void suspiciousness_that_is_asked_for_must_be_there(void **state)
{
    (void)state;
    const stored_recipe a = plane(16);
    const mutau_compare_settings settings = {.suspiciousness = true};
    mutau_comparison c;
    mutau_error err = {0};
    two_chains t = open_two(&a, &a);
    CHECK_STATUS(mutau_compare(2, paths, t.chains, &settings, &c, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "g-2"));
    mutau_comparison_free(&c);
    close_two(&t);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    stored_recipe a = plane(17);
    const mutau_compare_settings plain = {.force = false};
    mutau_comparison c;
    mutau_error err = {0};
    mutau_status status = MUTAU_ENOMEM;
    long n = 0, step = 1;
    a.n_row = 12;
    a.n_walker = 4;
    two_chains t = open_two(&a, &a);
    /* there are thousands: every one at first, then fewer */
    for (; status != MUTAU_OK; n += step) {
        step = n < 60 ? 1 : 17 * check_stride(5);
        fail_alloc_after = n;
        err.text[0] = '\0';
        status = mutau_compare(2, paths, t.chains, &plain, &c, &err);
        const bool failed = fail_alloc_after < 0;
        fail_alloc_after = -1;
        mutau_comparison_free(&c);
        if (!failed)
            break;
        CHECK_STATUS(status, MUTAU_ENOMEM, err);
    }
    CHECK_OK(status, err);
    assert_true(n > 300);
    close_two(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_equals_itself),
        cmocka_unit_test(a_shift_is_measured),
        cmocka_unit_test(the_bare_evidence_needs_the_inputs),
        cmocka_unit_test(other_priors_are_named_and_forced),
        cmocka_unit_test(different_models_are_refused),
        cmocka_unit_test(spectra_are_compared),
        cmocka_unit_test(chains_that_cannot_be_compared_are_refused),
        cmocka_unit_test(an_unfinished_run_can_be_forced),
        cmocka_unit_test(none_and_too_many_are_no_comparison),
        cmocka_unit_test(evidences_against_one_model),
        cmocka_unit_test(evidences_of_other_data_are_refused),
        cmocka_unit_test(suspiciousness_that_is_asked_for_must_be_there),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    (void)gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
