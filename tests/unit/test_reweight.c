/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reweighting where the answer is known: with a prior flat in u = g'^2 and NA64mu's term
 * alone, u is exponential, with a rate k that goes as the exposure.  From rate k to r k the
 * weights are exp((1 - r) k u): bounded for r > 1, and of a Pareto tail of shape 1 - r
 * below. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/reweight.h"
#include "stored_chain.h"

/* N = ln 10 (g'/5.5e-4)^2 at 10 MeV and 1.98e10 muons. */
static const double rate = 2.302585092994046 / (5.5e-4 * 5.5e-4);

static void draw(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    const double u = -log1p(-mutau_rng_uniform(rng)) / rate;
    x[0] = log10(sqrt(u));
    blob[0] = 10.0;
    blob[1] = sqrt(u);
    blob[2] = 0.0;
    blob[3] = -rate * u;
    *log_prob = -rate * u;
}

static const stored_recipe recipe = {
    .config = "model: {cross_section: paper}\n",
    .dim = 1,
    .n_blob = 4,
    .n_row = 1000,
    .n_walker = 40,
    .names = {"log10_g_prime"},
    .blob_names = {"m_zprime", "g_prime", "lnl_flux", "lnl_na64"},
    .seed = 5,
    .draw = draw,
};

static mutau_pool make_pool(mutau_chain *chain)
{
    mutau_pool pool;
    mutau_error err = {0};
    const size_t burn_in = 0;
    CHECK_OK(mutau_pool_init(&pool, 1, &chain, &burn_in, &err), err);
    return pool;
}

static mutau_run_settings *target(const char *terms)
{
    char text[256];
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    (void)snprintf(text, sizeof text,
                   "model: {cross_section: paper}\nlikelihood: {kind: none}\nterms: %s\n", terms);
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, "/tmp", &s, &err), err);
    return s;
}

static mutau_reweighting *to_exposure(const mutau_pool *pool, double ratio)
{
    static const char *const names[] = {"g_prime", "log10_g_prime"};
    char terms[64];
    mutau_reweighting *w = calloc(1, sizeof *w);
    mutau_error err = {0};
    (void)snprintf(terms, sizeof terms, "{na64: {exposure: %.17g}}", ratio * 1.98e10);
    mutau_run_settings *s = target(terms);
    assert_non_null(w);
    CHECK_OK(mutau_reweight(pool, s, 2, names, w, &err), err);
    mutau_run_settings_free(s);
    return w;
}

/* g' has a Rayleigh density: mean sqrt(pi/r k)/2, quantile sqrt(-ln(1 - p)/r k). */
static void check_rayleigh(const mutau_reweighting *w, double ratio)
{
    const double k = ratio * rate, mean = 0.5 * sqrt(acos(-1.0) / k);
    const mutau_reweighted *g = &w->quantity[0], *log_g = &w->quantity[1];
    assert_int_equal(w->n, 2);
    assert_string_equal(g->name, "g_prime");
    assert_true(g->mcse > 0.0 && g->mcse < 0.02 * mean);
    CHECK_ABS(g->mean, mean, 5.0 * g->mcse);
    CHECK_REL(g->sd, sqrt(1.0 / k - mean * mean), 0.05);
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++) {
        const double want = sqrt(-log1p(-mutau_summary_probability[i]) / k);
        CHECK_REL(g->quantile[i], want, 0.05);
        CHECK_REL(log_g->quantile[i], log10(g->quantile[i]), 1e-12);
    }
    CHECK_ABS(g->median, g->quantile[3], 0.0);
}

static void more_muons(void **state)
{
    (void)state;
    mutau_chain *chain = stored_chain(&recipe);
    const mutau_pool pool = make_pool(chain);
    mutau_reweighting *w = to_exposure(&pool, 2.0);
    check_rayleigh(w, 2.0);
    assert_true(w->sufficient && w->psis.khat < 0.0);
    /* w is uniform: <w>^2/<w^2> = 3/4; draws are independent */
    CHECK_ABS(w->kish, 0.75, 0.01);
    CHECK_ABS(w->r_eff, 1.0, 0.1);
    free(w);
    mutau_chain_close(chain);
}

/* The spread of k-hat of some 600 tail weights is 0.05. */
static void fewer_muons(void **state)
{
    (void)state;
    mutau_chain *chain = stored_chain(&recipe);
    const mutau_pool pool = make_pool(chain);
    mutau_reweighting *w = to_exposure(&pool, 0.7);
    check_rayleigh(w, 0.7);
    CHECK_ABS(w->psis.khat, 0.3, 0.2);
    assert_true(w->sufficient);
    free(w);
    w = to_exposure(&pool, 0.02);
    CHECK_ABS(w->psis.khat, 0.98, 0.25);
    CHECK_ABS(w->r_eff, 1.0, 0.1); /* whatever their tail, the draws are independent */
    assert_false(w->sufficient);
    free(w);
    mutau_chain_close(chain);
}

static void the_same_terms_change_nothing(void **state)
{
    (void)state;
    mutau_chain *chain = stored_chain(&recipe);
    const mutau_pool pool = make_pool(chain);
    mutau_reweighting *w = to_exposure(&pool, 1.0);
    check_rayleigh(w, 1.0);
    assert_true(w->sufficient);
    CHECK_ABS(w->kish, 1.0, 1e-12);
    free(w);
    mutau_chain_close(chain);
}

/* A term may go, and another come: without any, u has no posterior but its draws have. */
static void terms_may_be_others(void **state)
{
    (void)state;
    static const char *const names[] = {"g_prime"};
    mutau_chain *chain = stored_chain(&recipe);
    const mutau_pool pool = make_pool(chain);
    mutau_reweighting w;
    mutau_error err = {0};
    mutau_run_settings *none = target("{}"), *both = target("{na64: {}, g-2: wp2020}");
    CHECK_OK(mutau_reweight(&pool, none, 1, names, &w, &err), err);
    assert_false(w.sufficient);
    CHECK_OK(mutau_reweight(&pool, both, 1, names, &w, &err), err);
    /* Delta a_mu = 25.1e-10 is at g' = 5.03e-4 at 10 MeV */
    assert_true(w.quantity[0].mean > 1.05 * 0.5 * sqrt(acos(-1.0) / rate));
    mutau_run_settings_free(none);
    mutau_run_settings_free(both);
    mutau_chain_close(chain);
}

static void pulls_are_in_errors_of_both(void **state)
{
    (void)state;
    const mutau_reweighted w = {.mean = 2.0, .mcse = 0.03};
    const mutau_quantity q = {.moments = {.mean = 2.1, .mcse_mean = 0.04}};
    CHECK_REL(mutau_reweighted_pull(&w, &q), -2.0, 1e-13);
}

static void what_is_not_there_is_named(void **state)
{
    (void)state;
    static const char *const gamma[] = {"gamma"}, *const many[MUTAU_SUMMARY_MAX_QUANTITIES + 1] = {
                                                      0};
    mutau_chain *chain = stored_chain(&recipe);
    const mutau_pool pool = make_pool(chain);
    mutau_run_settings *s = target("{}");
    mutau_reweighting w;
    mutau_error err = {0};
    CHECK_STATUS(mutau_reweight(&pool, s, 1, gamma, &w, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "gamma"));
    CHECK_STATUS(mutau_reweight(&pool, s, MUTAU_SUMMARY_MAX_QUANTITIES + 1, many, &w, &err),
                 MUTAU_EDOM, err);
    mutau_chain_close(chain);
    stored_recipe without = recipe;
    without.blob_names[0] = "mass";
    chain = stored_chain(&without);
    const mutau_pool other = make_pool(chain);
    CHECK_STATUS(mutau_reweight(&other, s, 0, NULL, &w, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "m_zprime"));
    mutau_run_settings_free(s);
    mutau_chain_close(chain);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    static const char *const names[] = {"g_prime"};
    stored_recipe small = recipe;
    small.n_row = 8;
    mutau_chain *chain = stored_chain(&small);
    const mutau_pool pool = make_pool(chain);
    mutau_run_settings *s = target("{na64: {}}");
    mutau_reweighting w;
    mutau_error err = {0};
    const void *none = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_reweight(&pool, s, 1, names, &w, &err), none, n, err);
    assert_true(n > 10);
    mutau_run_settings_free(s);
    mutau_chain_close(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_muons),
        cmocka_unit_test(fewer_muons),
        cmocka_unit_test(the_same_terms_change_nothing),
        cmocka_unit_test(terms_may_be_others),
        cmocka_unit_test(pulls_are_in_errors_of_both),
        cmocka_unit_test(what_is_not_there_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
