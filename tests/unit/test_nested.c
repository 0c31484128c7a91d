/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model without the boson within a chain, from made-up draws of known densities.  Where a
 * number is a Monte Carlo estimate it is held to five of its errors: a false alarm in 1.7e6. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/nested.h"
#include "posterior/run_settings.h"
#include "priors/term.h"
#include "stored_chain.h"

#define PRIOR(mass, least)                                                                         \
    "model: {cross_section: paper}\nlikelihood: {kind: none}\nterms: {na64: {}}\n"                 \
    "parameters: {m_zprime: " mass ", g_prime: {prior: log-uniform, min: " least                   \
    ", max: 1e-1}, A: 1, gamma: 2.5}\n"
#define AT_10_MEV PRIOR("10", "1e-5")
#define ANY_MASS PRIOR("{prior: log-uniform, min: 1, max: 20}", "1e-5")
/* Here the term acts in the whole of the prior: N = 0.08 at its lower edge. */
#define FROM_1E_4 PRIOR("10", "1e-4")

/* NA64mu's N at 10 MeV, by the definition of its anchor. */
static double events(double g_prime)
{
    return log(10.0) * pow(g_prime / 5.5e-4, 2.0);
}

static void put(double log10_g, double x[], double blob[], double *log_prob)
{
    x[0] = log10_g;
    blob[0] = pow(10.0, log10_g);
    blob[1] = -events(blob[0]);
    *log_prob = 0.0;
}

/* The posterior: draws of the prior that the term lets pass. */
static void draw_posterior(double least, mutau_rng *rng, double x[], double blob[],
                           double *log_prob)
{
    do
        put(least + (-1.0 - least) * mutau_rng_uniform(rng), x, blob, log_prob);
    while (mutau_rng_uniform(rng) > exp(blob[1]));
}

static void draw_wide(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    draw_posterior(-5.0, rng, x, blob, log_prob);
}

static void draw_narrow(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    draw_posterior(-4.0, rng, x, blob, log_prob);
}

/* Nothing at the lower edge, nor below NA64mu's limit. */
static void draw_far(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    put(-2.0 + 0.1 * mutau_rng_normal(rng), x, blob, log_prob);
}

/* The prior of mass and coupling. */
static void draw_prior(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    put(-5.0 + 4.0 * mutau_rng_uniform(rng), x, blob, log_prob);
    x[1] = log10(20.0) * mutau_rng_uniform(rng);
    blob[2] = pow(10.0, x[1]);
}

static const mutau_term_type *na64(void)
{
    size_t i = 0;
    while (strcmp(mutau_term_types[i]->name, "na64") != 0)
        i++;
    return mutau_term_types[i];
}

typedef struct opened {
    mutau_chain *chain;
    mutau_pool pool;
    mutau_run_settings *settings;
} opened;

static opened open_draws(const char *config, size_t dim,
                         void (*draw)(mutau_rng *, double *, double *, double *))
{
    const stored_recipe recipe = {.config = config,
                                  .dim = dim,
                                  .n_blob = dim + 1,
                                  .n_row = 2000,
                                  .n_walker = 20,
                                  .names = {"log10_g_prime", "log10_m_zprime"},
                                  .blob_names = {"g_prime", "lnl_na64", "m_zprime"},
                                  .seed = 7,
                                  .draw = draw};
    const size_t burn_in = 0;
    mutau_error err = {0};
    opened o = {.chain = stored_chain(&recipe)};
    CHECK_OK(mutau_pool_init(&o.pool, 1, &o.chain, &burn_in, &err), err);
    CHECK_OK(mutau_run_settings_parse("t.yaml", config, "/tmp", &o.settings, &err), err);
    return o;
}

static void close_draws(opened *o)
{
    mutau_run_settings_free(o->settings);
    mutau_chain_close(o->chain);
}

static void check_near(const mutau_nested *n, double expected)
{
    assert_string_equal(n->why, "");
    assert_true(n->of.error > 0.0 && n->of.error < 0.1);
    CHECK_ABS(n->of.ln_z, expected, 5.0 * n->of.error);
}

static void check_why(const mutau_nested *n, const char *piece)
{
    assert_true(isnan(n->of.ln_z) && isnan(n->of.error));
    if (strstr(n->why, piece) == NULL)
        fail_msg("'%s' is not in: %s", piece, n->why);
}

/* B = Z = int e^-N dg'/g' / ln(max/min) with N = c g'^2: half of E1(c min^2) - E1(c max^2) over
 * that logarithm, by mpmath; ln of it. */
static void the_ratio_is_the_evidence(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        void (*draw)(mutau_rng *, double *, double *, double *);
        double ln_z;
    } rows[] = {{AT_10_MEV, draw_wide, -1.0257713109289714},
                {FROM_1E_4, draw_narrow, -1.8968229448730933}};
    mutau_nested n;
    mutau_error err = {0};
    for (size_t i = 0; i < 2; i++) {
        opened o = open_draws(rows[i].config, 1, rows[i].draw);
        CHECK_OK(mutau_savage_dickey(&o.pool, o.settings, &n, &err), err);
        check_near(&n, rows[i].ln_z);
        close_draws(&o);
    }
}

static void a_cut_of_draws_of_the_prior_says_nothing(void **state)
{
    (void)state;
    opened o = open_draws(ANY_MASS, 2, draw_prior);
    mutau_nested n;
    mutau_error err = {0};
    CHECK_OK(mutau_prior_cut(&o.pool, o.settings, na64(), &n, &err), err);
    check_near(&n, 0.0);
    close_draws(&o);
}

/* p(C | D) = 1 - (E1(ln 10) - E1(c max^2)) / (E1(c min^2) - E1(c max^2)) = 0.9951 by mpmath, and
 * pi(C) = (lg 5.5e-4 + 5)/4; ln of their ratio. */
static void a_cut_of_a_known_posterior(void **state)
{
    (void)state;
    opened o = open_draws(AT_10_MEV, 1, draw_wide);
    mutau_nested n;
    mutau_error err = {0};
    CHECK_OK(mutau_prior_cut(&o.pool, o.settings, na64(), &n, &err), err);
    check_near(&n, 0.8272843228977184);
    close_draws(&o);
}

static void where_there_is_no_ratio(void **state)
{
    (void)state;
    mutau_nested n;
    mutau_error err = {0};
    opened o = open_draws(AT_10_MEV, 1, draw_far);
    CHECK_OK(mutau_savage_dickey(&o.pool, o.settings, &n, &err), err);
    check_why(&n, "the lowest 5 % of the prior of log10_g_prime have 0.0 effective draws");
    CHECK_OK(mutau_prior_cut(&o.pool, o.settings, na64(), &n, &err), err);
    check_why(&n, "no draw is below NA64mu's 90 % limit");
    mutau_parameter *coupling = &o.settings->parameters[o.settings->places.coupling];
    coupling->prior = MUTAU_PRIOR_FIXED;
    CHECK_OK(mutau_savage_dickey(&o.pool, o.settings, &n, &err), err);
    check_why(&n, "g_prime is fixed");
    CHECK_OK(mutau_prior_cut(&o.pool, o.settings, na64(), &n, &err), err);
    check_why(&n, "g_prime is fixed");
    coupling->prior = MUTAU_PRIOR_NORMAL;
    coupling->lo = -(double)INFINITY;
    CHECK_OK(mutau_savage_dickey(&o.pool, o.settings, &n, &err), err);
    check_why(&n, "a prior without edges");
    close_draws(&o);
}

static void edges_that_are_touched(void **state)
{
    (void)state;
    mutau_touched_edge edge[2 * MUTAU_MAX_PARAMETERS];
    size_t n = 0;
    mutau_error err = {0};
    opened o = open_draws(ANY_MASS, 2, draw_prior);
    CHECK_OK(mutau_touched_edges(&o.pool, o.settings, &n, edge, &err), err);
    assert_int_equal(n, 4);
    CHECK_REL(edge[0].at, 1.0, 1e-12);
    CHECK_REL(edge[1].at, 20.0, 1e-12);
    assert_true(!edge[0].upper && edge[1].upper && edge[0].density > 0.8);
    close_draws(&o);
    o = open_draws(AT_10_MEV, 1, draw_far);
    CHECK_OK(mutau_touched_edges(&o.pool, o.settings, &n, edge, &err), err);
    assert_int_equal(n, 0);
    close_draws(&o);
    o = open_draws(AT_10_MEV, 1, draw_wide);
    CHECK_OK(mutau_touched_edges(&o.pool, o.settings, &n, edge, &err), err);
    assert_int_equal(n, 1);
    assert_string_equal(edge[0].parameter->spec->name, "g_prime");
    assert_false(edge[0].upper);
    close_draws(&o);
}

static mutau_status all_of_it(opened *o, mutau_error *err)
{
    mutau_nested nested;
    mutau_touched_edge edge[2 * MUTAU_MAX_PARAMETERS];
    size_t n = 0;
    MUTAU_CHECK(mutau_savage_dickey(&o->pool, o->settings, &nested, err));
    MUTAU_CHECK(mutau_prior_cut(&o->pool, o->settings, na64(), &nested, err));
    return mutau_touched_edges(&o->pool, o->settings, &n, edge, err);
}

static void without_memory(void **state)
{
    (void)state;
    opened o = open_draws(AT_10_MEV, 1, draw_wide);
    mutau_error err = {0};
    mutau_status status = MUTAU_ENOMEM;
    long n = 0;
    for (; n < 500 && status == MUTAU_ENOMEM; n += n < 20 ? 1 : check_stride(7)) {
        fail_alloc_after = n;
        status = all_of_it(&o, &err);
        fail_alloc_after = -1;
    }
    CHECK_OK(status, err);
    assert_true(n > 4);
    close_draws(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ratio_is_the_evidence),
        cmocka_unit_test(a_cut_of_draws_of_the_prior_says_nothing),
        cmocka_unit_test(a_cut_of_a_known_posterior),
        cmocka_unit_test(where_there_is_no_ratio),
        cmocka_unit_test(edges_that_are_touched),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
