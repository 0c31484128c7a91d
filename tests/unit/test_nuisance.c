/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalisations and energy scales of data sets against closed forms, against a solver made for the
 * shifted bins, and where they must make no difference. */
#include "check.h"
#include "posterior/bare_evidence.h"
#include "posterior/posterior.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

#define DATA                                                                                       \
    "data: [{name: icecube-cascades-6yr, rows: all}, {name: icecube-tracks-9.5yr, rows: "          \
    "measured}]\n"
#define NORM "ln_norm_icecube_tracks_9_5yr"
#define SCALE "ln_energy_scale_icecube_cascades_6yr"
enum { N_CASCADE = 13, N_TRACK = 3, N_POINT = N_CASCADE + N_TRACK, N_MODEL = 5 };
/* m [MeV], g', A, gamma, sum [eV], two nuisances */
static const double good[N_MODEL + 2] = {6.5, 5e-4, 1.5, 2.5, 0.1, 0.0, 0.0};

typedef struct model {
    mutau_run_settings *settings;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
} model;

static mutau_status parse(const char *of_model, const char *parameters, mutau_run_settings **out,
                          mutau_error *err)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "model: {cross_section: paper%s}\nparameters: {sum_mnu: 0.1%s}\n" DATA, of_model,
                   parameters);
    return mutau_run_settings_parse("t.yaml", text, "/tmp", out, err);
}

static model open_model(const char *text, const char *parameters)
{
    model m = {0};
    mutau_error err = {0};
    CHECK_OK(parse(text, parameters, &m.settings, &err), err);
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

static mutau_posterior_point eval(const model *m, const double at[], double predicted[N_POINT])
{
    mutau_error err = {0};
    mutau_posterior_point out;
    CHECK_OK(mutau_posterior_eval(m->posterior, m->ws, at, &out, &err), err);
    memcpy(predicted, mutau_posterior_predicted(m->ws), N_POINT * sizeof *predicted);
    return out;
}

static const char cold[] = ", solver: line, targets: cold";
static const char thermal[] = ", solver: auto, targets: thermal";
static const char grid[] = ", solver: grid, targets: cold";
static const char both[] = ", " NORM ": {prior: normal, mean: 0, sigma: 0.15}, " SCALE
                           ": {prior: normal, mean: 0, sigma: 0.1}";

/* A run has those that it names, behind the model's. */
static void who_names_one_has_it(void **state)
{
    (void)state;
    char *text = NULL;
    mutau_error err = {0};
    model without = open_model(cold, ""), with = open_model(cold, both);
    assert_int_equal(without.settings->set.n, N_MODEL);
    assert_int_equal(with.settings->set.n, N_MODEL + 2);
    assert_string_equal(with.settings->set.spec[N_MODEL]->name, SCALE);
    assert_string_equal(with.settings->set.spec[N_MODEL + 1]->name, NORM);
    assert_string_equal(with.settings->set.spec[N_MODEL + 1]->latex,
                        "\\ln n_\\mathrm{icecube-tracks-9-5yr}");
    assert_int_equal(mutau_posterior_dim(with.posterior),
                     mutau_posterior_dim(without.posterior) + 2);
    CHECK_OK(mutau_run_settings_emit(without.settings, &text, &err), err);
    assert_null(strstr(text, "ln_"));
    free(text);
    CHECK_OK(mutau_run_settings_emit(with.settings, &text, &err), err);
    assert_non_null(strstr(text, NORM));
    free(text);
    close_model(&without);
    close_model(&with);
}

/* To the bit: of a run that fixes them at 0, of one that has none. */
static void at_zero_there_is_none(void **state)
{
    (void)state;
    const char *const parameters[] = {"", ", " NORM ": 0, " SCALE ": 0", both};
    double predicted[3][N_POINT], chi2[3], many[3];
    for (int k = 0; k < 3; k++) {
        model m = open_model(cold, parameters[k]);
        mutau_error err = {0};
        mutau_posterior_point out;
        chi2[k] = eval(&m, good, predicted[k]).chi2;
        CHECK_OK(mutau_posterior_eval_of_many(m.posterior, m.ws, good, &out, &err), err);
        many[k] = out.chi2;
        close_model(&m);
    }
    for (int k = 1; k < 3; k++) {
        assert_memory_equal(predicted[k], predicted[0], sizeof predicted[0]);
        CHECK_ABS(chi2[k], chi2[0], 0.0);
        CHECK_ABS(many[k], many[0], 0.0);
    }
}

static void a_norm_multiplies_its_data_set(void **state)
{
    (void)state;
    double at[N_MODEL + 2], before[N_POINT], after[N_POINT];
    model m = open_model(cold, both);
    (void)eval(&m, good, before);
    memcpy(at, good, sizeof at);
    at[N_MODEL + 1] = log(1.25);
    const mutau_posterior_point out = eval(&m, at, after);
    for (int i = 0; i < N_POINT; i++)
        CHECK_REL(after[i], before[i] * (i < N_CASCADE ? 1.0 : 1.25), 1e-15);
    CHECK_REL(mutau_flux_likelihood_chi2(mutau_posterior_data(m.posterior), after), out.chi2,
              1e-14);
    close_model(&m);
}

/* ln p = -x^2/(2 sd^2) - ln(sd sqrt(2 pi)) of each, beside the others'. */
static void priors_are_those_of_the_logarithms(void **state)
{
    (void)state;
    const double ln_sqrt_2pi = 0.91893853320467274178;
    double at[N_MODEL + 2], predicted[N_POINT];
    model without = open_model(cold, ""), with = open_model(cold, both);
    memcpy(at, good, sizeof at);
    at[N_MODEL] = -0.07;
    at[N_MODEL + 1] = 0.2;
    const double ln_p =
        eval(&with, at, predicted).ln_prior - eval(&without, at, predicted).ln_prior;
    CHECK_REL(ln_p, -0.5 * (0.49 + 16.0 / 9.0) - log(0.1) - log(0.15) - 2.0 * ln_sqrt_2pi, 1e-13);
    close_model(&without);
    close_model(&with);
}

/* int_sa^sb E^-gamma dE = s^(1 - gamma) int_a^b E^-gamma dE, without the boson, by every solver. */
static void a_scale_of_a_power_law(void **state)
{
    (void)state;
    const char *const models[] = {cold, grid, thermal};
    for (int k = 0; k < 3; k++) {
        double at[N_MODEL + 2], before[N_POINT], after[N_POINT];
        model m = open_model(models[k], both);
        memcpy(at, good, sizeof at);
        at[1] = 0.0;
        (void)eval(&m, at, before);
        at[N_MODEL] = 0.17;
        (void)eval(&m, at, after);
        for (int i = 0; i < N_POINT; i++)
            CHECK_REL(after[i], before[i] * (i < N_CASCADE ? exp(-1.5 * 0.17) : 1.0), 1e-13);
        close_model(&m);
    }
}

/* The sampler's view: off the table at 0, solved elsewhere, a march of the grid is costly. */
static void a_scaled_point_is_solved(void **state)
{
    (void)state;
    double at[N_MODEL + 2], predicted[N_POINT], ln_prior, ln_like;
    const double theta[] = {log10(6.5), log10(5e-4), 1.5, 2.5, -0.05, 0.1};
    bool later = false;
    mutau_error err = {0};
    mutau_posterior_point many;
    model m = open_model(thermal, both);
    memcpy(at, good, sizeof at);
    at[N_MODEL] = -0.05;
    at[N_MODEL + 1] = 0.1;
    const mutau_posterior_point one = eval(&m, at, predicted);
    CHECK_OK(mutau_posterior_eval_of_many(m.posterior, m.ws, at, &many, &err), err);
    CHECK_ABS(many.chi2, one.chi2, 0.0);
    const mutau_target target = mutau_posterior_target(m.posterior);
    assert_int_equal(target.dim, 6);
    assert_int_equal(target.eval_cheap(target.self, m.ws, theta, &ln_prior, &ln_like, NULL, &later),
                     MUTAU_OK);
    assert_true(later);
    assert_int_equal(target.eval(target.self, m.ws, theta, &ln_prior, &ln_like, NULL), MUTAU_OK);
    CHECK_REL(ln_like, one.ln_likelihood, 1e-9);
    CHECK_REL(ln_prior, one.ln_prior, 1e-9);
    close_model(&m);
}

static void the_bare_evidence_refuses_them_free(void **state)
{
    (void)state;
    static const char *const free[] = {", " NORM ": {prior: normal, mean: 0, sigma: 0.15}",
                                       ", " SCALE ": {prior: normal, mean: 0, sigma: 0.1}"};
    static const char *const names[] = {NORM, SCALE};
    mutau_error err = {0};
    mutau_bare_evidence z, none;
    mutau_run_settings *s = NULL;
    for (int k = 0; k < 2; k++) {
        char want[128];
        CHECK_OK(parse(cold, free[k], &s, &err), err);
        CHECK_STATUS(mutau_bare_evidence_compute(s, &z, &err), MUTAU_EUSAGE, err);
        (void)snprintf(want, sizeof want, "not integrated over %s: compare with a run that has",
                       names[k]);
        assert_non_null(strstr(err.text, want));
        mutau_run_settings_free(s);
    }
    /* fixed, all norms alike, it is a shift of ln A: of an A that the prior does not end */
    static const char a[] = ", A: {prior: log-uniform, min: 1e-3, max: 1e3}";
    char both_fixed[256];
    (void)snprintf(both_fixed, sizeof both_fixed,
                   "%s, " NORM ": 0.3, ln_norm_icecube_cascades_6yr: 0.3", a);
    CHECK_OK(parse(cold, a, &s, &err), err);
    CHECK_OK(mutau_bare_evidence_compute(s, &none, &err), err);
    mutau_run_settings_free(s);
    CHECK_OK(parse(cold, both_fixed, &s, &err), err);
    CHECK_OK(mutau_bare_evidence_compute(s, &z, &err), err);
    mutau_run_settings_free(s);
    CHECK_ABS(z.ln_z, none.ln_z, 1e-6);
}

/* ln L of NA64 goes as the anchor to the power -2; at g' = 0 it is 0. */
static void an_anchor_scales_na64(void **state)
{
    (void)state;
    static const char text[] =
        "data: [icecube-tracks-9.5yr]\nmodel: {cross_section: paper, solver: line, targets: cold}\n"
        "terms: {na64: on}\nparameters: {ln_na64_anchor: {prior: truncated-normal, mean: 0, sigma: "
        "0.25, min: -0.396, max: 0.104}}\n";
    double at[N_MODEL + 1] = {10.0, 5.5e-4, 1.5, 2.5, 0.1, 0.0};
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    mutau_bare_evidence z[2];
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, "/tmp", &s, &err), err);
    assert_int_equal(s->set.n, N_MODEL + 1);
    CHECK_REL(mutau_run_settings_term_lnl(s, 0, at), -log(10.0), 1e-12);
    at[N_MODEL] = log(3.7 / 5.5);
    CHECK_REL(mutau_run_settings_term_lnl(s, 0, at), -log(10.0) * (5.5 / 3.7) * (5.5 / 3.7), 1e-12);
    at[1] = 0.0;
    CHECK_ABS(mutau_run_settings_term_lnl(s, 0, at), 0.0, 0.0);
    /* of no consequence for the evidence without the boson */
    CHECK_OK(mutau_bare_evidence_compute(s, &z[0], &err), err);
    mutau_run_settings_free(s);
    CHECK_OK(mutau_run_settings_parse("t.yaml",
                                      "data: [icecube-tracks-9.5yr]\nmodel: {cross_section: paper, "
                                      "solver: line, targets: cold}\nterms: {na64: on}\n",
                                      "/tmp", &s, &err),
             err);
    assert_int_equal(s->set.n, N_MODEL);
    CHECK_OK(mutau_bare_evidence_compute(s, &z[1], &err), err);
    mutau_run_settings_free(s);
    CHECK_ABS(z[0].ln_z, z[1].ln_z, 1e-12);
}

/* Reports read a chain's configuration without data and terms: its parameters are still there. */
static void a_stored_run_without_its_data_has_them(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    CHECK_OK(mutau_run_settings_parse("stored",
                                      "model: {cross_section: paper}\nlikelihood: {kind: none}\n"
                                      "data: []\nparameters: {ln_norm_x: 0.1, "
                                      "ln_energy_scale_x: 0.2, ln_na64_anchor: 0.3}\n",
                                      "/tmp", &s, &err),
             err);
    assert_int_equal(s->set.n, N_MODEL + 3);
    CHECK_ABS(s->parameters[N_MODEL + 1].value, 0.2, 0.0);
    mutau_run_settings_free(s);
}

static void faulty_names_are_placed(void **state)
{
    (void)state;
    static const struct {
        const char *parameters, *want;
    } bad[] = {
        {", ln_norm_icecube_track_9_5yr: 0", "did you mean '" NORM "'"},
        {", ln_norm_icecube_mese_2025: 0", "unknown key"},
        {", ln_norm: 0", "unknown key"},
        {", " NORM ": {prior: normal, mean: 0}", "needs the key 'sigma'"},
        {", " NORM ": {prior: log-uniform, min: -1, max: 1}", "no logarithm"},
        {", " NORM ": .nan", NORM},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mutau_error err = {0};
        mutau_run_settings *s = NULL;
        CHECK_STATUS(parse(cold, bad[i].parameters, &s, &err), MUTAU_ECONFIG, err);
        if (strstr(err.text, bad[i].want) == NULL)
            fail_msg("%s: not '%s'", err.text, bad[i].want);
    }
}

/* --set data=... leaves those of other data sets out. */
static void other_data_have_other_nuisances(void **state)
{
    (void)state;
    static const char *const set[] = {"data=[icecube-cascades-6yr]"};
    char path[] = "/tmp/mutau-nuisance-XXXXXX";
    const int fd = mkstemp(path);
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    (void)fprintf(file, "model: {cross_section: paper, targets: cold}\nparameters: {" NORM
                        ": 0.1, " SCALE ": 0.2}\n" DATA);
    (void)fclose(file);
    CHECK_OK(mutau_run_settings_read(path, 1, set, &s, &err), err);
    static const char *const anchor[] = {"parameters.ln_na64_anchor=0"};
    mutau_run_settings *none = NULL;
    CHECK_STATUS(mutau_run_settings_read(path, 1, anchor, &none, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "is of the term 'na64', which the run has not got"));
    (void)remove(path);
    assert_int_equal(s->set.n, N_MODEL + 1);
    assert_string_equal(s->set.spec[N_MODEL]->name, SCALE);
    CHECK_ABS(s->parameters[N_MODEL].value, 0.2, 0.0);
    assert_int_equal(s->n_note, 1);
    assert_non_null(strstr(s->notes[0], NORM));
    mutau_run_settings_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_names_one_has_it),
        cmocka_unit_test(at_zero_there_is_none),
        cmocka_unit_test(a_norm_multiplies_its_data_set),
        cmocka_unit_test(priors_are_those_of_the_logarithms),
        cmocka_unit_test(a_scale_of_a_power_law),
        cmocka_unit_test(a_scaled_point_is_solved),
        cmocka_unit_test(the_bare_evidence_refuses_them_free),
        cmocka_unit_test(an_anchor_scales_na64),
        cmocka_unit_test(a_stored_run_without_its_data_has_them),
        cmocka_unit_test(faulty_names_are_placed),
        cmocka_unit_test(other_data_have_other_nuisances),
    };
    (void)gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
