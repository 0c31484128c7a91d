/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence without the boson against closed forms and against Simpson's rule on the whole
 * prior, which knows nothing of maxima. */
#include "check.h"
#include "fail_alloc.h"
#include "model_order.h"
#include "posterior/posterior.h"
#include "posterior/bare_evidence.h"

#include <gsl/gsl_errno.h>
#include <string.h>

#define HEAD "model: {cross_section: paper}\ndata: [icecube-cascades-6yr, icecube-tracks-9.5yr]\n"

static mutau_run_settings *read_settings(const char *text)
{
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, "/tmp", &s, &err), err);
    return s;
}

static double ln_z_of(const mutau_run_settings *s)
{
    mutau_bare_evidence z = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_bare_evidence_compute(s, &z, &err), err);
    assert_true(z.error >= 0.0 && z.error < 1e-5);
    return z.ln_z;
}

static double ln_z(const char *text)
{
    mutau_run_settings *s = read_settings(text);
    const double value = ln_z_of(s);
    mutau_run_settings_free(s);
    return value;
}

/* Simpson's weights of n (even) intervals, times 3. */
static double simpson(int i, int n)
{
    return i == 0 || i == n ? 1.0 : (i % 2 == 1 ? 4.0 : 2.0);
}

typedef struct box {
    double lo, hi; /* stored coordinate */
    int n;
} box;

/* ln Z of (A, gamma) by Simpson's rule, at m, g' = 0 and sum of the point. */
static double by_rule_of(const mutau_run_settings *s, box a, box gamma)
{
    mutau_posterior *p = NULL;
    mutau_posterior_workspace *ws = NULL;
    mutau_error err = {0};
    const double scale = 20.0; /* keeps exp from underflowing */
    const mutau_parameter *pa = &s->parameters[AT_A];
    const mutau_parameter *pg = &s->parameters[AT_GAMMA];
    CHECK_OK(mutau_posterior_alloc(s, &p, &err), err);
    CHECK_OK(mutau_posterior_workspace_alloc(p, &ws), err);
    const double ha = (a.hi - a.lo) / a.n, hg = (gamma.hi - gamma.lo) / gamma.n;
    double sum = 0.0;
    for (int i = 0; i <= a.n; i++) {
        for (int k = 0; k <= gamma.n; k++) {
            const double xa = a.lo + i * ha, xg = gamma.lo + k * hg;
            const double at[] = {5.0, 0.0, mutau_parameter_natural(pa, xa),
                                 mutau_parameter_natural(pg, xg), 0.2};
            mutau_posterior_point point;
            CHECK_OK(mutau_posterior_eval(p, ws, at, &point, &err), err);
            sum += simpson(i, a.n) * simpson(k, gamma.n) *
                   exp(point.ln_likelihood + scale + mutau_parameter_ln_prior(pa, xa) +
                       mutau_parameter_ln_prior(pg, xg));
        }
    }
    mutau_posterior_workspace_free(ws);
    mutau_posterior_free(p);
    return log(sum * ha * hg / 9.0) - scale;
}

static double by_rule(const char *text, box a, box gamma)
{
    mutau_run_settings *s = read_settings(text);
    const double value = by_rule_of(s, a, gamma);
    mutau_run_settings_free(s);
    return value;
}

/* The same of a log-parabola, A from 0.1 to 2.5: the predictions are proportional to it. */
static double parabola_by_rule(const char *text, box alpha, box beta)
{
    enum { N_A = 96, MAX_POINT = 32 };
    mutau_run_settings *s = read_settings(text);
    mutau_posterior *p = NULL;
    mutau_posterior_workspace *ws = NULL;
    mutau_error err = {0};
    const double scale = 15.0, h_a = 2.4 / N_A;
    CHECK_OK(mutau_posterior_alloc(s, &p, &err), err);
    CHECK_OK(mutau_posterior_workspace_alloc(p, &ws), err);
    const mutau_flux_likelihood *data = mutau_posterior_data(p);
    const size_t n_point = mutau_flux_likelihood_count(data);
    assert_true(n_point <= MAX_POINT);
    const double h_alpha = (alpha.hi - alpha.lo) / alpha.n, h_beta = (beta.hi - beta.lo) / beta.n;
    double sum = 0.0, scaled[MAX_POINT];
    for (int i = 0; i <= alpha.n; i++)
        for (int k = 0; k <= beta.n; k++) {
            const double at[] = {5.0, 0.0, 1.0, alpha.lo + i * h_alpha, beta.lo + k * h_beta, 0.2};
            mutau_posterior_point point;
            CHECK_OK(mutau_posterior_eval(p, ws, at, &point, &err), err);
            for (int j = 0; j <= N_A; j++) {
                for (size_t b = 0; b < n_point; b++)
                    scaled[b] = (0.1 + j * h_a) * mutau_posterior_predicted(ws)[b];
                sum += simpson(i, alpha.n) * simpson(k, beta.n) * simpson(j, N_A) *
                       exp(scale - 0.5 * mutau_flux_likelihood_chi2(data, scaled));
            }
        }
    mutau_posterior_workspace_free(ws);
    mutau_posterior_free(p);
    mutau_run_settings_free(s);
    return log(sum * h_alpha * h_beta * h_a / 27.0) - log(2.4 * 1.7 * 1.5) - scale;
}

static const box whole_a = {0.1, 2.5, 120}, whole_gamma = {1.8, 3.5, 120};

static void likelihoods_agree_with_simpson(void **state)
{
    (void)state;
    static const char gaussian[] = HEAD "terms: {g-2: wp2020, na64: {}, z-decay: on}\n";
    static const char split[] = HEAD "likelihood: {kind: gaussian, errors: split}\n";
    static const char profile[] = HEAD "likelihood: {kind: profile}\n";
    CHECK_ABS(ln_z(gaussian), by_rule(gaussian, whole_a, whole_gamma), 1e-6);
    CHECK_ABS(ln_z(split), by_rule(split, whole_a, whole_gamma), 1e-4);
    CHECK_ABS(ln_z(profile), by_rule(profile, whole_a, whole_gamma), 1e-4);
}

static void other_priors_agree_with_simpson(void **state)
{
    (void)state;
    static const char normal[] =
        HEAD "parameters: {gamma: {prior: normal, mean: 2.2, sigma: 0.1},\n"
             "  A: {prior: truncated-normal, mean: 1, sigma: 0.5, min: 0.9, max: .inf}}\n";
    static const char logarithm[] =
        HEAD "parameters: {gamma: {prior: log-uniform, min: 1, max: 4},\n"
             "  A: {prior: log-uniform, min: 1e-3, max: 10}}\n";
    CHECK_ABS(ln_z(normal), by_rule(normal, (box){0.9, 3.5, 160}, (box){1.7, 3.2, 160}), 1e-5);
    CHECK_ABS(ln_z(logarithm),
              by_rule(logarithm, (box){-3.0, 1.0, 300}, (box){0.0, log10(4.0), 160}), 1e-6);
}

/* A posterior that is cut by the edges of the prior, far from the likelihood's maximum. */
static void edges_of_the_prior_cut(void **state)
{
    (void)state;
    static const char corner[] = HEAD "parameters: {gamma: {prior: uniform, min: 1.8, max: 2.1},\n"
                                      "  A: {prior: uniform, min: 2, max: 2.5}}\n";
    CHECK_ABS(ln_z(corner), by_rule(corner, (box){2.0, 2.1, 240}, (box){2.0, 2.1, 240}), 1e-4);
    static const char wide[] = HEAD "parameters: {gamma: {prior: uniform, min: -5, max: 12},\n"
                                    "  A: {prior: uniform, min: 0, max: 1000}}\n";
    /* Ten times the width of gamma and 1000/2.4 of A lower Z by these factors, but for
     * what the narrow prior cuts off. */
    const double narrow = ln_z(HEAD "parameters: {gamma: {prior: uniform, min: 1.5, max: 3.8},\n"
                                    "  A: {prior: uniform, min: 0, max: 4}}\n");
    CHECK_ABS(ln_z(wide), narrow - log(17.0 / 2.3) - log(1000.0 / 4.0), 1e-5);
}

/* At fixed gamma chi^2 is a parabola in A. */
static void a_fixed_index_has_a_closed_form(void **state)
{
    (void)state;
    static const char text[] = HEAD "parameters: {gamma: 2.6}\nterms: {na64: {}}\n";
    mutau_run_settings *s = read_settings(text);
    mutau_posterior *p = NULL;
    mutau_posterior_workspace *ws = NULL;
    mutau_error err = {0};
    double chi2[3];
    CHECK_OK(mutau_posterior_alloc(s, &p, &err), err);
    CHECK_OK(mutau_posterior_workspace_alloc(p, &ws), err);
    for (int i = 0; i < 3; i++) {
        mutau_posterior_point point;
        const double at[] = {5.0, 0.0, (double)i, 2.6, 0.1};
        CHECK_OK(mutau_posterior_eval(p, ws, at, &point, &err), err);
        chi2[i] = point.chi2;
    }
    const double a = 0.5 * (chi2[2] - 2.0 * chi2[1] + chi2[0]); /* a A^2 - 2 b A + c */
    const double b = 0.5 * (a + chi2[0] - chi2[1]), mode = b / a, root = sqrt(0.5 * a);
    const double share = 0.5 * (erf((2.5 - mode) * root) - erf((0.1 - mode) * root));
    const double want =
        -0.5 * (chi2[0] - b * b / a) + log(share * sqrt(2.0 * acos(-1.0) / a) / 2.4);
    CHECK_ABS(ln_z(text), want, 1e-8);
    mutau_posterior_workspace_free(ws);
    mutau_posterior_free(p);
    mutau_run_settings_free(s);
}

#define LOG_PARABOLA "model: {cross_section: paper, source: {spectrum: log-parabola}}\n"
#define PARABOLA                                                                                   \
    LOG_PARABOLA "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\nparameters: {g_prime: 0}\n"
#define COMBINED "data: [icecube-combined-2025]\nparameters: {g_prime: 0}\n"
#define PROFILE "likelihood: {kind: profile}\n"

/* Two free parameters of the shape. */
static void a_log_parabola_agrees_with_simpson(void **state)
{
    (void)state;
    const box alpha = {1.8, 3.5, 60}, beta = {-0.5, 1.0, 60};
    CHECK_ABS(ln_z(PARABOLA), parabola_by_rule(PARABOLA, alpha, beta), 1e-5);
    CHECK_ABS(ln_z(PARABOLA PROFILE), parabola_by_rule(PARABOLA PROFILE, alpha, beta), 1e-3);
}

/* ln B of the log-parabola against the power law, priors alpha U(1.8, 3.5), beta U(-0.5, 1): an
 * independent prototype (C, trapezoids in ln(1+z) over 2048 cells, sampled with temperatures) has
 * +5.2, +2.6, +12.3 and +6.0, each +- 0.25 to 0.3. */
static void a_log_parabola_against_the_power_law(void **state)
{
    (void)state;
    static const char *const combined_line = "model: {cross_section: paper}\n" COMBINED;
    static const char *const combined_curve = LOG_PARABOLA COMBINED;
    CHECK_ABS(ln_z(PARABOLA) - ln_z(HEAD), 5.2, 0.3);
    CHECK_ABS(ln_z(PARABOLA PROFILE) - ln_z(HEAD PROFILE), 2.6, 0.3);
    CHECK_ABS(ln_z(combined_curve) - ln_z(combined_line), 12.3, 0.3);
    CHECK_ABS(ln_z(LOG_PARABOLA COMBINED PROFILE) -
                  ln_z("model: {cross_section: paper}\n" COMBINED PROFILE),
              6.0, 0.3);
}

/* beta = 0 is the power law of the index alpha, whatever the prior's order; a fixed one costs no
 * integral. */
static void a_straight_log_parabola_is_the_power_law(void **state)
{
    (void)state;
    static const char straight[] =
        LOG_PARABOLA "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\n"
                     "parameters: {g_prime: 0, beta: 0}\n";
    static const char point[] =
        LOG_PARABOLA "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\n"
                     "parameters: {g_prime: 0, A: 1.4, alpha: 2.6, beta: 0}\n";
    CHECK_ABS(ln_z(straight), ln_z(HEAD), 1e-7);
    CHECK_ABS(ln_z(point), -0.5 * 35.50, 0.005);
    /* A prior so narrow that the integral over it is the value there. */
    CHECK_ABS(ln_z(LOG_PARABOLA "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\n"
                                "parameters: {g_prime: 0, beta: {prior: uniform, min: -1e-6, "
                                "max: 1e-6}}\n"),
              ln_z(HEAD), 1e-4);
}

static void a_fixed_amplitude(void **state)
{
    (void)state;
    static const char text[] = HEAD "parameters: {A: 1.2}\n";
    /* By the rule with a prior of width 0: A is fixed, Simpson needs two equal rows. */
    const double both = by_rule(text, (box){1.2, 1.2 + 6e-9, 2}, (box){1.8, 3.5, 400});
    CHECK_ABS(ln_z(text), both - log(6e-9), 1e-6);
}

/* chi^2 of (1.4, 2.6): docs/model.md, from an independent implementation. */
static void a_point_is_its_likelihood(void **state)
{
    (void)state;
    CHECK_ABS(ln_z(HEAD "parameters: {A: 1.4, gamma: 2.6}\nterms: {g-2: wp2020}\n"),
              -0.5 * 35.50 - 0.5 * pow(25.1 / 5.9, 2.0), 0.005);
}

static void without_data_only_terms_count(void **state)
{
    (void)state;
    CHECK_ABS(ln_z("model: {cross_section: paper}\nlikelihood: {kind: none}\n"
                   "terms: {g-2: wp2020}\n"),
              -0.5 * pow(25.1 / 5.9, 2.0), 1e-12);
}

static const double index_seen = 2.3, index_sd = 0.05;

static double lnl_of_gamma(const void *state, const double point[])
{
    (void)state;
    return -0.5 * pow((point[AT_GAMMA] - index_seen) / index_sd, 2.0);
}

/* A term that looks at the spectrum's shape, in the place of g-2: with data, against the rule, and
 * without, a Gauss integral over the uniform prior. */
static void a_term_may_look_at_the_shape(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEAD "terms: {g-2: wp2020}\n",
        "model: {cross_section: paper}\nlikelihood: {kind: none}\nterms: {g-2: wp2020}\n"};
    for (size_t i = 0; i < 2; i++) {
        mutau_run_settings *s = read_settings(texts[i]);
        const mutau_term_type *own = s->terms[0].type;
        mutau_term_type type = *own;
        type.lnl = lnl_of_gamma;
        s->terms[0].type = &type;
        const double expected = i == 0 ? by_rule_of(s, whole_a, whole_gamma)
                                       : log(index_sd * sqrt(2.0 * 3.14159265358979324) / 1.7);
        CHECK_ABS(ln_z_of(s), expected, 1e-6);
        s->terms[0].type = own;
        mutau_run_settings_free(s);
    }
}

/* The prior of sum m_nu is normalised, and the sum matters no more. */
static void the_sum_does_not_matter(void **state)
{
    (void)state;
    const double z = ln_z(HEAD);
    CHECK_ABS(ln_z(HEAD "parameters: {sum_mnu: {prior: uniform, min: 0.08, max: 0.3}}\n"), z, 1e-9);
    CHECK_ABS(ln_z(HEAD "parameters: {sum_mnu: {prior: uniform, min: 0, max: 0.2}}\n"), z, 1e-9);
    CHECK_ABS(ln_z(HEAD "parameters: {sum_mnu: {prior: truncated-normal, mean: 0, sigma: 0.1,\n"
                        "  min: 0, max: .inf}}\n"),
              z, 1e-9);
}

static void a_scalar_has_the_same(void **state)
{
    (void)state;
    CHECK_ABS(ln_z("model: {mediator: {scalar: tau}}\n"
                   "data: [icecube-cascades-6yr, icecube-tracks-9.5yr]\n"),
              ln_z(HEAD), 1e-7);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_run_settings *s = read_settings(HEAD "parameters: {A: 1, gamma: 2}\n");
    mutau_bare_evidence z;
    mutau_error err = {0};
    const void *none = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_bare_evidence_compute(s, &z, &err), none, n, err);
    assert_true(n > 5);
    mutau_run_settings_free(s);
    s = read_settings(LOG_PARABOLA "data: [icecube-combined-2025]\nlikelihood: {kind: none}\n"
                                   "parameters: {g_prime: 0}\n");
    CHECK_EACH_ALLOC(mutau_bare_evidence_compute(s, &z, &err), none, n, err);
    assert_true(n > 5);
    mutau_run_settings_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likelihoods_agree_with_simpson),
        cmocka_unit_test(other_priors_agree_with_simpson),
        cmocka_unit_test(edges_of_the_prior_cut),
        cmocka_unit_test(a_fixed_index_has_a_closed_form),
        cmocka_unit_test(a_log_parabola_agrees_with_simpson),
        cmocka_unit_test(a_log_parabola_against_the_power_law),
        cmocka_unit_test(a_straight_log_parabola_is_the_power_law),
        cmocka_unit_test(a_fixed_amplitude),
        cmocka_unit_test(a_point_is_its_likelihood),
        cmocka_unit_test(without_data_only_terms_count),
        cmocka_unit_test(a_term_may_look_at_the_shape),
        cmocka_unit_test(the_sum_does_not_matter),
        cmocka_unit_test(a_scalar_has_the_same),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    (void)gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
