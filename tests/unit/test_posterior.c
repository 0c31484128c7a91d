/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior: what it adds up, where it ends, and how it fails. */
#include "check.h"
#include "fail_alloc.h"
#include "model_order.h"
#include "posterior/posterior.h"

#include <stdlib.h>
#include <string.h>

static const char all_free[] =
    "model: {cross_section: paper}\n"
    "parameters: {sum_mnu: {prior: truncated-normal, mean: 0.1, sigma: 0.05, min: 0, max: .inf}}\n"
    "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\n"
    "terms: {g-2: wp2020, na64: {}}\n";
static const char terms_only[] = "model: {cross_section: paper}\n"
                                 "likelihood: {kind: none}\n"
                                 "terms: {g-2: wp2020}\n";

/* m [MeV], g', A, gamma, sum [eV] */
static const double good[N_PARAMETER] = {6.5, 5e-4, 1.5, 2.5, 0.1};
enum { N_BLOB = 7 };

typedef struct model {
    mutau_run_settings *settings;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
} model;

static model open_model(const char *text)
{
    model m = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, "/tmp", &m.settings, &err), err);
    CHECK_OK(mutau_posterior_alloc(m.settings, &m.posterior, &err), err);
    CHECK_OK(mutau_posterior_workspace_alloc(m.posterior, &m.ws), err);
    return m;
}

static void close_model(model *m)
{
    mutau_posterior_workspace_free(m->ws);
    mutau_posterior_free(m->posterior);
    mutau_run_settings_free(m->settings);
}

/* chi^2: docs/model.md, from an independent implementation, to the digits given there;
 * the prior: its closed form; the normal is cut at the least sum of the splittings. */
/* Of which none is left out: a term that has one too many is an error. */
static void derived_quantities_have_room_or_fail(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_derived derived[MUTAU_MAX_DERIVED];
    mutau_posterior *posterior = NULL;
    const mutau_derived *const *list;
    model m = open_model(terms_only);
    mutau_term_choice *term = &m.settings->terms[m.settings->n_term - 1];
    const mutau_term_type *own = term->type;
    mutau_term_type many = *own;
    const size_t n_now = mutau_posterior_derived(m.posterior, &list);
    assert_in_range(n_now, 1, MUTAU_MAX_DERIVED - 1);
    for (size_t i = 0; i < MUTAU_MAX_DERIVED; i++) {
        derived[i] = *list[0];
        derived[i].always = false;
    }
    many.derived = derived;
    many.n_derived = MUTAU_MAX_DERIVED - n_now;
    term->type = &many;
    CHECK_OK(mutau_posterior_alloc(m.settings, &posterior, &err), err);
    assert_int_equal(mutau_posterior_derived(posterior, &list), MUTAU_MAX_DERIVED);
    mutau_posterior_free(posterior);
    many.n_derived++;
    CHECK_STATUS(mutau_posterior_alloc(m.settings, &posterior, &err), MUTAU_ECONFIG, err);
    assert_null(posterior);
    assert_non_null(strstr(err.text, "a run derives at most 16 quantities"));
    term->type = own;
    close_model(&m);
}

static void parts_add_up(void **state)
{
    (void)state;
    model m = open_model(all_free);
    mutau_posterior_point p;
    mutau_error err = {0};
    CHECK_OK(mutau_posterior_eval(m.posterior, m.ws, good, &p, &err), err);
    CHECK_ABS(p.chi2, 26.819, 1.5e-3);
    CHECK_ABS(p.ln_flux, -0.5 * p.chi2, 0.0);
    CHECK_ABS(p.ln_likelihood, p.ln_flux + p.ln_term[0] + p.ln_term[1], 1e-14);
    const double pull = (p.derived[0] - 25.1e-10) / 5.9e-10;
    CHECK_REL(p.ln_term[0], -0.5 * pull * pull, 1e-12);
    const double box = log10(20.0) * 4.0 * 2.4 * 1.7;
    const double least = sqrt(7.42e-5) + sqrt(2.514e-3);
    const double left = 0.5 * erfc((least - 0.1) / 0.05 / sqrt(2.0));
    const double normal = -log(0.05 * sqrt(2.0 * acos(-1.0)) * left);
    CHECK_REL(p.ln_prior, normal - log(box), 1e-12);
    close_model(&m);
}

/* The sampler takes its flux off a table; a single point is solved, with the table as without. */
static void the_target_reads_a_table(void **state)
{
    (void)state;
    static const char text[] =
        "model: {cross_section: paper, table: %s}\ndata: [icecube-cascades-6yr, "
        "icecube-tracks-9.5yr]\nterms: {g-2: wp2020}\n";
    char with[256], without[256];
    (void)snprintf(with, sizeof with, text, "on");
    (void)snprintf(without, sizeof without, text, "off");
    model on = open_model(with), off = open_model(without);
    const mutau_target target_on = mutau_posterior_target(on.posterior);
    const mutau_target target_off = mutau_posterior_target(off.posterior);
    double worst = 0.0;
    for (int k = 0; k < 300; k++) {
        /* two standard deviations and more around the best fit */
        const double theta[] = {0.8 + 0.3 * sin(0.7 * k), -3.35 + 0.3 * sin(1.1 * k + 1.0),
                                1.5 + 0.4 * sin(0.3 * k), 2.5 + 0.2 * sin(1.7 * k)};
        double prior[2], like[2], natural[N_PARAMETER];
        mutau_posterior_point p;
        mutau_error err = {0};
        CHECK_OK(target_on.eval(target_on.self, on.ws, theta, &prior[0], &like[0], NULL), err);
        CHECK_OK(target_off.eval(target_off.self, off.ws, theta, &prior[1], &like[1], NULL), err);
        CHECK_ABS(prior[0], prior[1], 0.0);
        CHECK_ABS(like[0], like[1], 1e-4);
        worst = fmax(worst, fabs(like[0] - like[1]));
        for (size_t id = 0; id < N_PARAMETER; id++)
            natural[id] = id < 4 ? mutau_parameter_natural(&on.settings->parameters[id], theta[id])
                                 : on.settings->parameters[id].value;
        CHECK_OK(mutau_posterior_eval(on.posterior, on.ws, natural, &p, &err), err);
        CHECK_ABS(p.ln_likelihood, like[1], 0.0);
    }
    assert_true(worst > 1e-9);
    close_model(&on);
    close_model(&off);
}

/* Where the natural point and the sampler's coordinates meet, the numbers are the same. */
static void the_target_is_the_posterior(void **state)
{
    (void)state;
    model m = open_model(all_free);
    const mutau_target target = mutau_posterior_target(m.posterior);
    mutau_posterior_point p;
    mutau_error err = {0};
    double theta[N_PARAMETER] = {0.8, -3.3, 1.5, 2.5, 0.1}, natural[N_PARAMETER];
    double ln_prior, ln_like, blob[N_BLOB];
    assert_int_equal(target.dim, N_PARAMETER);
    assert_int_equal(target.n_blob, N_BLOB);
    assert_int_equal(mutau_posterior_target(m.posterior).n_blob, N_BLOB);
    assert_string_equal(target.names[1], "log10_g_prime");
    for (size_t id = 0; id < N_PARAMETER; id++)
        natural[id] = mutau_parameter_natural(&m.settings->parameters[id], theta[id]);
    CHECK_OK(target.eval(target.self, m.ws, theta, &ln_prior, &ln_like, blob), err);
    CHECK_OK(mutau_posterior_eval(m.posterior, m.ws, natural, &p, &err), err);
    CHECK_ABS(ln_like, p.ln_likelihood, 0.0);
    CHECK_REL(ln_prior, p.ln_prior, 1e-14);
    const double want[N_BLOB] = {natural[0], natural[1],   p.derived[0], p.chi2,
                                 p.ln_flux,  p.ln_term[0], p.ln_term[1]};
    assert_memory_equal(blob, want, sizeof want);
    static const char *const names[N_BLOB] = {"m_zprime", "g_prime", "delta_a_mu", "chi2",
                                              "lnl_flux", "lnl_g-2", "lnl_na64"};
    for (size_t i = 0; i < N_BLOB; i++)
        assert_string_equal(mutau_posterior_blob_names(m.posterior)[i], names[i]);
    close_model(&m);
}

/* A term of the test's own, which looks at the spectrum and derives something from it. */
static mutau_status sum_alloc(const mutau_parameter_set *set, const mutau_flux_settings *flux,
                              void **state, mutau_error *err)
{
    (void)flux;
    (void)set;
    (void)err;
    *state = calloc(1, 1); /* freed by who asks for it */
    return *state != NULL ? MUTAU_OK : MUTAU_ENOMEM;
}

static mutau_status whole_alloc(const mutau_term_type *self, const void *settings,
                                const char *data_dir, const mutau_parameter_set *set, void **state,
                                mutau_error *err)
{
    (void)self;
    (void)settings;
    (void)data_dir;
    return sum_alloc(set, NULL, state, err);
}

static void free_state(void *state)
{
    free(state);
}

static double weighted_sum(const void *state, const double point[])
{
    (void)state;
    return point[AT_A] + 10.0 * point[AT_GAMMA] + 100.0 * point[AT_SUM_MNU];
}

static const mutau_derived sums[] = {
    {.name = "sum",
     .unit = "",
     .doc = "of the test",
     .alloc = sum_alloc,
     .free = free_state,
     .value = weighted_sum},
};

static const mutau_term_type whole = {
    .name = "whole",
    .derived = sums,
    .n_derived = 1,
    .alloc = whole_alloc,
    .free = free_state,
    .lnl = weighted_sum,
};

static void a_term_sees_the_whole_point(void **state)
{
    (void)state;
    enum { N_OWN_BLOB = 8 };
    static const char *const names[N_OWN_BLOB] = {"m_zprime", "g_prime", "delta_a_mu", "chi2",
                                                  "lnl_flux", "lnl_g-2", "lnl_whole",  "sum"};
    mutau_run_settings *s = NULL;
    mutau_posterior *posterior = NULL;
    mutau_posterior_workspace *ws = NULL;
    mutau_posterior_point p;
    mutau_error err = {0};
    CHECK_OK(mutau_run_settings_parse("t.yaml", terms_only, "/tmp", &s, &err), err);
    /* Its masses end below that of the point: they are cut for the term alone. */
    s->terms[s->n_term++] = (mutau_term_choice){.type = &whole, .min_mev = 1.0, .max_mev = 5.0};
    CHECK_OK(mutau_posterior_alloc(s, &posterior, &err), err);
    CHECK_OK(mutau_posterior_workspace_alloc(posterior, &ws), err);
    CHECK_OK(mutau_posterior_eval(posterior, ws, good, &p, &err), err);
    CHECK_REL(p.ln_term[1], 1.5 + 25.0 + 10.0, 1e-15);
    CHECK_REL(p.derived[1], 1.5 + 25.0 + 10.0, 1e-15);
    CHECK_ABS(p.natural[AT_MASS], 6.5, 0.0);
    assert_int_equal(mutau_posterior_target(posterior).n_blob, N_OWN_BLOB);
    for (size_t i = 0; i < N_OWN_BLOB; i++)
        assert_string_equal(mutau_posterior_blob_names(posterior)[i], names[i]);
    mutau_posterior_workspace_free(ws);
    mutau_posterior_free(posterior);
    mutau_run_settings_free(s);
}

/* With another mediator than the terms' what they derive is 0, but has its place. */
static void a_scalar_derives_nothing(void **state)
{
    (void)state;
    model m = open_model("model: {mediator: {scalar: tau}}\nlikelihood: {kind: none}\n");
    const mutau_derived *const *derived;
    mutau_posterior_point p;
    mutau_error err = {0};
    assert_int_equal(mutau_posterior_derived(m.posterior, &derived), 1);
    assert_string_equal(derived[0]->name, "delta_a_mu");
    CHECK_OK(mutau_posterior_eval(m.posterior, m.ws, good, &p, &err), err);
    CHECK_ABS(p.derived[0], 0.0, 0.0);
    assert_int_equal(mutau_posterior_target(m.posterior).n_blob, 5);
    close_model(&m);
}

/* What a spectrum derives comes last, and does not depend on the mediator. */
static void a_spectrum_derives_its_break(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "model: {cross_section: paper, source: {spectrum: broken-power-law}}\n"
        "terms: {g-2: wp2020}\nlikelihood: {kind: none}\n",
        "model: {mediator: {scalar: tau}, source: {spectrum: broken-power-law}}\n"
        "likelihood: {kind: none}\n"};
    const double at[] = {6.5, 5e-4, 1.5, 1.6, 2.8, 2.5e5, 0.1};
    double found[2];
    for (int k = 0; k < 2; k++) {
        model m = open_model(texts[k]);
        const mutau_derived *const *derived;
        mutau_posterior_point p;
        mutau_error err = {0};
        const size_t n_blob = mutau_posterior_target(m.posterior).n_blob;
        assert_int_equal(mutau_posterior_derived(m.posterior, &derived), 2);
        assert_string_equal(derived[1]->name, "log10_e_break_earth");
        assert_ptr_equal(mutau_derived_find("log10_e_break_earth"), derived[1]);
        assert_string_equal(mutau_posterior_blob_names(m.posterior)[n_blob - 1],
                            "log10_e_break_earth");
        CHECK_OK(mutau_posterior_eval(m.posterior, m.ws, at, &p, &err), err);
        found[k] = p.derived[1];
        close_model(&m);
    }
    CHECK_REL(found[0], found[1], 0.0);
    assert_true(found[0] > log10(2.5e5 / 6.0) && found[0] < log10(2.5e5));
}

static void outside_the_prior_nothing_is_evaluated(void **state)
{
    (void)state;
    static const double outside[][N_PARAMETER] = {
        {1.4, -3.3, 1.5, 2.5, 0.1},
        {0.8, -0.9, 1.5, 2.5, 0.1},
        {0.8, -3.3, -1.0, 2.5, 0.1},
        {0.8, -3.3, 1.5, 1e5, 0.1},
        {0.8, -3.3, 1.5, 2.5, -1.0},
        {0.8, -3.3, 1.5, 2.5, 0.058}, /* inside the normal, below the least possible sum */
    };
    model m = open_model(all_free);
    const mutau_target target = mutau_posterior_target(m.posterior);
    mutau_error err = {0};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        double ln_prior = 0.0, ln_like = 0.0, blob[N_BLOB] = {0.0};
        CHECK_OK(target.eval(target.self, m.ws, outside[i], &ln_prior, &ln_like, blob), err);
        assert_true(isinf(ln_prior) && ln_prior < 0.0 && isinf(ln_like) && ln_like < 0.0);
        for (size_t k = 0; k < N_BLOB; k++)
            assert_true(isnan(blob[k]));
        CHECK_OK(target.eval(target.self, m.ws, outside[i], &ln_prior, &ln_like, NULL), err);
    }
    close_model(&m);
}

static void draws_lie_in_the_prior(void **state)
{
    (void)state;
    model m = open_model(all_free);
    const mutau_target target = mutau_posterior_target(m.posterior);
    mutau_rng *rng = mutau_rng_alloc(7);
    assert_non_null(rng);
    for (int i = 0; i < 1000; i++) {
        double theta[N_PARAMETER];
        target.draw(target.self, rng, theta);
        for (size_t id = 0; id < N_PARAMETER; id++)
            assert_true(isfinite(mutau_parameter_ln_prior(&m.settings->parameters[id], theta[id])));
    }
    mutau_rng_free(rng);
    close_model(&m);
}

/* With and without a flux to compute. */
static void impossible_points_are_refused(void **state)
{
    (void)state;
    static const struct {
        int id;
        double value;
        const char *piece;
    } bad[] = {
        {AT_MASS, 0.0, "m_zprime = 0"},
        {AT_MASS, NAN, "m_zprime = nan"},
        {AT_COUPLING, -1e-9, "g_prime = -1e-09"},
        {AT_A, INFINITY, "A = inf"},
        {AT_GAMMA, NAN, "gamma = nan"},
        {AT_SUM_MNU, 0.058, "sum_mnu = 0.058 eV is below its minimum, 0.0587"},
        {AT_SUM_MNU, NAN, "sum_mnu = nan"},
    };
    static const char *const texts[] = {all_free, terms_only};
    for (size_t k = 0; k < 2; k++) {
        model m = open_model(texts[k]);
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            double natural[N_PARAMETER];
            mutau_posterior_point p;
            mutau_error err = {0};
            memcpy(natural, good, sizeof natural);
            natural[bad[i].id] = bad[i].value;
            CHECK_STATUS(mutau_posterior_eval(m.posterior, m.ws, natural, &p, &err), MUTAU_EDOM,
                         err);
            if (strstr(err.text, bad[i].piece) == NULL)
                fail_msg("'%s' does not say '%s'", err.text, bad[i].piece);
        }
        close_model(&m);
    }
}

static void overflow_names_the_point(void **state)
{
    (void)state;
    model m = open_model(all_free);
    mutau_posterior_point p;
    mutau_error err = {0};
    CHECK_STATUS(mutau_posterior_eval(m.posterior, m.ws, (const double[]){6.5, 5e-4, 1.5, 1e4, 0.1},
                                      &p, &err),
                 MUTAU_ENAN, err);
    assert_non_null(strstr(err.text, "gamma = 10000"));
    close_model(&m);
}

/* No coupling: the Standard Model's value, whatever the mass, also beyond the inputs. */
static void no_coupling_has_no_mass(void **state)
{
    (void)state;
    model m = open_model(all_free);
    static const double masses[] = {1e-3, 0.4, 6.5, 700.0, 1e5};
    for (size_t i = 0; i < sizeof masses / sizeof masses[0]; i++) {
        mutau_posterior_point p;
        mutau_error err = {0};
        const double natural[] = {masses[i], 0.0, 1.4, 2.6, 0.1};
        CHECK_OK(mutau_posterior_eval(m.posterior, m.ws, natural, &p, &err), err);
        CHECK_ABS(p.chi2, 35.50, 6e-3);
        CHECK_REL(p.ln_term[0], -0.5 * (25.1 / 5.9) * (25.1 / 5.9), 1e-14);
        CHECK_ABS(p.ln_term[1], 0.0, 0.0);
        CHECK_ABS(p.tail_depth, 0.0, 0.0);
        assert_int_equal(mutau_posterior_beyond_inputs(m.posterior, 1, masses[i]),
                         masses[i] < 0.5 || masses[i] > 500.0);
    }
    close_model(&m);
}

static void without_data_only_terms_count(void **state)
{
    (void)state;
    model m = open_model(terms_only);
    mutau_posterior_point p;
    mutau_error err = {0};
    assert_int_equal(mutau_posterior_dim(m.posterior), 4);
    assert_int_equal(mutau_flux_likelihood_count(mutau_posterior_data(m.posterior)), 0);
    CHECK_OK(mutau_posterior_eval(m.posterior, m.ws, good, &p, &err), err);
    CHECK_ABS(p.chi2, 0.0, 0.0);
    CHECK_ABS(p.ln_likelihood, p.ln_term[0], 0.0);
    close_model(&m);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_run_settings *settings = NULL;
    mutau_posterior *posterior = NULL;
    mutau_posterior_workspace *ws = NULL;
    mutau_error err = {0};
    long n = 0;
    CHECK_OK(mutau_run_settings_parse("t.yaml", all_free, "/tmp", &settings, &err), err);
    CHECK_EACH_ALLOC(mutau_posterior_alloc(settings, &posterior, &err), posterior, n, err);
    assert_true(n > 15); /* the terms are the settings' */
    mutau_status status = MUTAU_ENOMEM;
    for (n = 0; status != MUTAU_OK; n++) {
        fail_alloc_after = n;
        status = mutau_posterior_workspace_alloc(posterior, &ws);
        assert_true(status == MUTAU_OK ? ws != NULL : status == MUTAU_ENOMEM && ws == NULL);
    }
    fail_alloc_after = -1;
    assert_true(n > 3);
    mutau_posterior_workspace_free(ws);
    mutau_posterior_workspace_free(NULL);
    mutau_posterior_free(posterior);
    mutau_posterior_free(NULL);
    mutau_run_settings_free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_term_sees_the_whole_point),
        cmocka_unit_test(a_scalar_derives_nothing),
        cmocka_unit_test(a_spectrum_derives_its_break),
        cmocka_unit_test(derived_quantities_have_room_or_fail),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(the_target_is_the_posterior),
        cmocka_unit_test(the_target_reads_a_table),
        cmocka_unit_test(outside_the_prior_nothing_is_evaluated),
        cmocka_unit_test(draws_lie_in_the_prior),
        cmocka_unit_test(impossible_points_are_refused),
        cmocka_unit_test(overflow_names_the_point),
        cmocka_unit_test(no_coupling_has_no_mass),
        cmocka_unit_test(without_data_only_terms_count),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
