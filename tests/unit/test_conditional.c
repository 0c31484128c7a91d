/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior with parameters held: the same numbers, in fewer coordinates. */
#include "check.h"
#include "fail_alloc.h"
#include "model_of_text.h"
#include "model_order.h"
#include "posterior/conditional.h"

#include <string.h>

static const char all_free[] = "model: {cross_section: paper}\n"
                               "parameters: {sum_mnu: {prior: log-uniform, min: 0.01, max: 1}}\n"
                               "data: [icecube-cascades-6yr]\n"
                               "terms: {g-2: wp2020, na64: {}}\n";

static void eval(const mutau_target *t, const double theta[], double *ln_prior, double *ln_like)
{
    void *ws = NULL;
    assert_int_equal(t->ws_alloc(t->self, &ws), MUTAU_OK);
    assert_int_equal(t->eval(t->self, ws, theta, ln_prior, ln_like, NULL), MUTAU_OK);
    t->ws_free(ws);
}

static void with_nothing_held_it_is_the_posterior(void **state)
{
    (void)state;
    model m = open_model(all_free);
    mutau_conditional c;
    const bool held[N_PARAMETER] = {false};
    const double theta[N_PARAMETER] = {0.8, -3.3, 1.5, 2.5, -1.0};
    mutau_conditional_init(&c, m.posterior, held, NULL);
    const mutau_target whole = mutau_posterior_target(m.posterior);
    const mutau_target target = mutau_conditional_target(&c);
    double ln_prior, ln_like, want_prior, want_like, drawn[2][N_PARAMETER];
    assert_int_equal(target.dim, whole.dim);
    eval(&whole, theta, &want_prior, &want_like);
    eval(&target, theta, &ln_prior, &ln_like);
    CHECK_ABS(ln_prior, want_prior, 1e-14);
    CHECK_ABS(ln_like, want_like, 1e-12);
    for (int i = 0; i < 2; i++) {
        const mutau_target *t = i == 0 ? &whole : &target;
        mutau_rng *rng = mutau_rng_alloc(9);
        t->draw(t->self, rng, drawn[i]);
        mutau_rng_free(rng);
    }
    assert_memory_equal(drawn[0], drawn[1], sizeof drawn[0]);
    for (size_t i = 0; i < target.dim; i++)
        assert_string_equal(target.names[i], whole.names[i]);
    close_model(&m);
}

/* Held outside its prior, which then does not count; the others keep theirs. */
static void a_held_parameter_has_no_prior(void **state)
{
    (void)state;
    model m = open_model(all_free);
    mutau_conditional c;
    const bool held[N_PARAMETER] = {[AT_COUPLING] = true};
    const double at[N_PARAMETER] = {[AT_COUPLING] = 0.0};
    const double theta[] = {0.8, 1.5, 2.5, -1.0};
    double ln_prior, ln_like, natural[N_PARAMETER];
    mutau_conditional_init(&c, m.posterior, held, at);
    const mutau_target target = mutau_conditional_target(&c);
    assert_int_equal(target.dim, 4);
    assert_string_equal(target.names[1], "A");
    eval(&target, theta, &ln_prior, &ln_like);
    const double least = sqrt(7.42e-5) + sqrt(2.514e-3); /* where the prior of the sum is cut */
    CHECK_REL(ln_prior, -log(log10(20.0) * 2.4 * 1.7 * -log10(least)), 1e-12);
    assert_true(isfinite(ln_like));
    mutau_conditional_natural(&c, theta, natural);
    const double want[] = {pow(10.0, 0.8), 0.0, 1.5, 2.5, 0.1};
    for (int i = 0; i < N_PARAMETER; i++)
        CHECK_REL(natural[i] + 1.0, want[i] + 1.0, 1e-15);
    close_model(&m);
}

static void outside_the_prior_nothing_is_evaluated(void **state)
{
    (void)state;
    model m = open_model(all_free);
    mutau_conditional c;
    const bool held[N_PARAMETER] = {false};
    const double outside[N_PARAMETER] = {0.8, -3.3, 2.6, 2.5, -1.0};
    const double too_light[N_PARAMETER] = {0.8, -3.3, 1.5, 2.5, -1.99};
    const double broken[N_PARAMETER] = {0.8, (double)NAN, 1.5, 2.5, -1.0};
    double ln_prior, ln_like;
    mutau_conditional_init(&c, m.posterior, held, NULL);
    const mutau_target target = mutau_conditional_target(&c);
    eval(&target, outside, &ln_prior, &ln_like);
    assert_true(isinf(ln_prior) && isinf(ln_like));
    eval(&target, too_light, &ln_prior, &ln_like);
    assert_true(isinf(ln_prior) && isinf(ln_like));
    eval(&target, broken, &ln_prior, &ln_like);
    assert_true(isinf(ln_prior));
    close_model(&m);
}

/* The edges of the support are physical, in the prior, and the same in both coordinates. */
static void the_edges_belong_to_the_support(void **state)
{
    (void)state;
    model m = open_model(all_free);
    mutau_conditional c;
    const bool held[N_PARAMETER] = {false};
    double ln_prior, ln_like, natural[N_PARAMETER];
    mutau_posterior_workspace *ws = NULL;
    mutau_error err = {0};
    mutau_conditional_init(&c, m.posterior, held, NULL);
    const mutau_target target = mutau_conditional_target(&c);
    assert_int_equal(mutau_posterior_workspace_alloc(m.posterior, &ws), MUTAU_OK);
    for (int i = 0; i < 2; i++) {
        const double *corner = i == 0 ? c.lo : c.hi;
        mutau_posterior_point point;
        eval(&target, corner, &ln_prior, &ln_like);
        assert_true(isfinite(ln_prior) && isfinite(ln_like));
        mutau_conditional_natural(&c, corner, natural);
        CHECK_OK(mutau_posterior_eval(m.posterior, ws, natural, &point, &err), err);
        CHECK_ABS(point.ln_prior, ln_prior, 1e-14);
        CHECK_ABS(point.ln_likelihood, ln_like, 1e-12 * fabs(ln_like));
    }
    CHECK_REL(natural[AT_MASS], 20.0, 0.0);
    mutau_posterior_workspace_free(ws);
    close_model(&m);
}

/* The mass and the sum of the neutrinos' are held where the coupling is, at 0, and nowhere else. */
static void what_does_not_matter_is_held(void **state)
{
    (void)state;
    model m = open_model(all_free);
    double at[N_PARAMETER] = {0.0}, middle[N_PARAMETER];
    bool held[N_PARAMETER] = {false};
    mutau_run_settings_middle(m.settings, middle);
    mutau_conditional_hold_idle(m.settings, held, at);
    assert_false(held[AT_MASS] || held[AT_SUM_MNU]);
    held[AT_COUPLING] = true;
    at[AT_COUPLING] = 1e-9;
    mutau_conditional_hold_idle(m.settings, held, at);
    assert_false(held[AT_MASS] || held[AT_SUM_MNU]);
    at[AT_COUPLING] = 0.0;
    at[AT_SUM_MNU] = 0.3;
    held[AT_SUM_MNU] = true;
    mutau_conditional_hold_idle(m.settings, held, at);
    assert_true(held[AT_MASS] && !held[AT_A] && !held[AT_GAMMA]);
    CHECK_REL(at[AT_MASS], middle[AT_MASS], 0.0);
    CHECK_REL(at[AT_MASS], sqrt(20.0), 1e-14);
    CHECK_REL(at[AT_SUM_MNU], 0.3, 0.0);
    held[AT_MASS] = false; /* all there is to search stays */
    held[AT_A] = held[AT_GAMMA] = true;
    mutau_conditional_hold_idle(m.settings, held, at);
    assert_false(held[AT_MASS]);
    close_model(&m);
    m = open_model("model: {cross_section: paper}\nparameters: {g_prime: 0}\n"
                   "data: [icecube-cascades-6yr]\n");
    const bool none[N_PARAMETER] = {false};
    memcpy(held, none, sizeof held);
    mutau_conditional_hold_idle(m.settings, held, at);
    assert_true(held[AT_MASS] && !held[AT_SUM_MNU]); /* the sum is fixed anyway */
    close_model(&m);
}

static void a_workspace_that_fails_is_reported(void **state)
{
    (void)state;
    model m = open_model(all_free);
    mutau_conditional c;
    const bool held[N_PARAMETER] = {false};
    mutau_conditional_init(&c, m.posterior, held, NULL);
    const mutau_target target = mutau_conditional_target(&c);
    void *ws = &c;
    fail_alloc_after = 0;
    assert_int_equal(target.ws_alloc(target.self, &ws), MUTAU_ENOMEM);
    fail_alloc_after = -1;
    assert_null(ws);
    close_model(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nothing_held_it_is_the_posterior),
        cmocka_unit_test(a_held_parameter_has_no_prior),
        cmocka_unit_test(outside_the_prior_nothing_is_evaluated),
        cmocka_unit_test(the_edges_belong_to_the_support),
        cmocka_unit_test(what_does_not_matter_is_held),
        cmocka_unit_test(a_workspace_that_fails_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
