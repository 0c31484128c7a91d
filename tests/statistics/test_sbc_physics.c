/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulation-based calibration of the whole way from a run file to draws of the posterior.
 *
 *     test_sbc_physics [SIMULATIONS [ERROR_FACTOR [coarse]]]
 *
 * m_Z', g', A and gamma are drawn from the priors of chains/wp.yaml; the posterior's own
 * prediction of the 16 published bins gets normal errors of the published sizes (limits have
 * their edge for one) and is written as data sets beside a run file; this is read and sampled
 * with tempering.  The ranks of the four parameters and of ln L among the 64 cold walkers of the
 * last step must be uniform.  There are no terms: their measurements cannot be simulated.
 *
 * Two tests of each of five ranks at 1e-5: a false alarm in one of 10 000 seeds at most.  With an
 * ERROR_FACTOR other than 1 the tables lie about their errors: 1.2 gave p = 1e-4 for ln L, so
 * that 200 simulations see faults that are a little larger.  With coarse acceptance is delayed
 * behind sampler.screen. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model_order.h"
#include "sampler/ensemble.h"
#include "posterior/density.h"
#include "posterior/posterior.h"
#include "posterior/run_settings.h"
#include "sbc.h"

enum { DIM = 4, N_QUANTITY = DIM + 1, N_DATASET = 2, N_STEP = 1100, PATH_SIZE = 256 };

static const double P_ALARM = 1e-5;
static const char *const NAMES[N_QUANTITY] = {"log10 m", "log10 g'", "A", "gamma", "ln L"};
static const char *const PUBLISHED[N_DATASET] = {"icecube-cascades-6yr",
                                                 "{name: icecube-tracks-9.5yr, rows: measured}"};
static const char *const SIMULATED[N_DATASET] = {"simulated-cascades", "simulated-tracks"};

/* The priors, to draw from without the library: edges of the stored coordinates. */
static const double LO[DIM] = {0.0, -5.0, 0.1, 1.8}, HI[DIM] = {1.3010299956639813, -1.0, 2.5, 3.5};

static const char RUN[] = "model: {mediator: lmu-ltau, cross_section: paper}\n"
                          "parameters:\n"
                          "  m_zprime: {prior: log-uniform, min: 1, max: 20}\n"
                          "  g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}\n"
                          "  A: {prior: uniform, min: 0.1, max: 2.5}\n"
                          "  gamma: {prior: uniform, min: 1.8, max: 3.5}\n"
                          "  sum_mnu: 0.1\n"
                          "data: [%s, %s]\n"
                          "likelihood: {kind: gaussian, errors: symmetric}\n"
                          "terms: {}\n"
                          "sampler: {ensembles: 4, walkers: 16, moves: {stretch: 0.7, de: 0.3},\n"
                          "  temperatures: 5, ladder: {adapt: 400, lag: 200, beta_min: 1e-2}}\n";

typedef struct plan {
    size_t n_simulation;
    double error_factor; /* written / used to simulate */
    bool screened;       /* by the coarse solver */
    char folder[PATH_SIZE / 2];
} plan;

/* ---- a run file's posterior ---- */

typedef struct model {
    mutau_run_settings *settings;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
} model;

/* MUTAU_EDATA: data that no experiment would publish, as unlucky errors make them. */
static mutau_status read_model(const char *folder, const char *const data[N_DATASET],
                               mutau_run_settings **out, mutau_error *err)
{
    char text[sizeof RUN + PATH_SIZE];
    (void)snprintf(text, sizeof text, RUN, data[0], data[1]);
    return mutau_run_settings_parse("run.yaml", text, folder, out, err);
}

static model open_model(const char *folder, const char *const data[N_DATASET])
{
    model m = {0};
    mutau_error err = {0};
    CHECK_OK(read_model(folder, data, &m.settings, &err), err);
    CHECK_OK(mutau_posterior_alloc(m.settings, &m.posterior, &err), err);
    CHECK_OK(mutau_posterior_workspace_alloc(m.posterior, &m.ws), err);
    assert_int_equal(mutau_posterior_dim(m.posterior), DIM);
    return m;
}

static void close_model(model *m)
{
    mutau_posterior_workspace_free(m->ws);
    mutau_posterior_free(m->posterior);
    mutau_run_settings_free(m->settings);
}

/* ln L at theta, in stored coordinates. */
static double ln_like_at(const model *m, const double theta[DIM])
{
    const double natural[N_PARAMETER] = {pow(10.0, theta[0]), pow(10.0, theta[1]), theta[2],
                                         theta[3], 0.1};
    mutau_posterior_point p;
    mutau_error err = {0};
    CHECK_OK(mutau_posterior_eval(m->posterior, m->ws, natural, &p, &err), err);
    return p.ln_likelihood;
}

/* ---- simulated data ---- */

static FILE *open_in(const plan *p, const char *name, const char *suffix, const char *mode)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s%s", p->folder, name, suffix);
    if (mode == NULL) {
        assert_int_equal(unlink(path), 0);
        return NULL;
    }
    FILE *f = fopen(path, mode);
    assert_non_null(f);
    return f;
}

static void write_presets(const plan *p)
{
    static const char *const channels[N_DATASET] = {"cascades", "tracks"};
    for (size_t i = 0; i < N_DATASET; i++) {
        FILE *f = open_in(p, SIMULATED[i], ".yaml", "w");
        (void)fprintf(f,
                      "description: simulated\nreference: none\nchannel: %s\ntable: %s.csv\n"
                      "rows: all\n",
                      channels[i], SIMULATED[i]);
        assert_int_equal(fclose(f), 0);
    }
}

/* Data for the point that `m` evaluated last: every row is a measurement, below zero where the
 * error takes it there. */
static void write_tables(const plan *p, const model *m, mutau_rng *rng)
{
    const mutau_flux_likelihood *data = mutau_posterior_data(m->posterior);
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    const double *predicted = mutau_posterior_predicted(m->ws);
    for (size_t i = 0; i < N_DATASET; i++) {
        FILE *f = open_in(p, SIMULATED[i], ".csv", "w");
        (void)fprintf(f, "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,E2Phi_hi,is_upper_limit\n");
        for (size_t k = 0; k < mutau_flux_likelihood_count(data); k++) {
            const mutau_flux_point *at = &points[k];
            const double per_e2phi = 1.0 / at->e_lo_gev - 1.0 / at->e_hi_gev;
            if (at->i_dataset != i)
                continue;
            const double e2phi = (predicted[k] + at->sigma_lo * mutau_rng_normal(rng)) / per_e2phi;
            const double error = p->error_factor * at->sigma_lo / per_e2phi;
            (void)fprintf(f, "%.17g,%.17g,%.17g,%.17g,%.17g,0,0\n", at->e_lo_gev, at->e_hi_gev,
                          e2phi, error, error);
        }
        assert_int_equal(fclose(f), 0);
    }
}

/* ---- draws ---- */

static mutau_ensemble *sample(const model *m, const mutau_target *target,
                              const mutau_target *screen, mutau_rng *rng)
{
    const mutau_sampler_settings *s = &m->settings->sampler;
    mutau_ensemble_settings settings = {.n_ensemble = (size_t)s->ensembles,
                                        .n_walker = (size_t)s->walkers,
                                        .n_move = s->n_move,
                                        .screen = screen,
                                        .n_thread = 1,
                                        .n_temperature = (size_t)s->temperatures,
                                        .ladder = {.adapt_steps = (uint64_t)s->ladder_adapt,
                                                   .lag = s->ladder_lag,
                                                   .time = s->ladder_time,
                                                   .beta_min = s->ladder_beta_min}};
    mutau_ensemble *e = NULL;
    mutau_error err = {0};
    for (size_t i = 0; i < s->n_move; i++)
        settings.moves[i] =
            (mutau_weighted_move){s->moves[i].move, s->moves[i].settings.bytes, s->moves[i].weight};
    assert_int_equal(s->ensembles * s->walkers, SBC_DRAWS);
    CHECK_OK(mutau_ensemble_alloc(target, &settings, rng, &e, &err), err);
    CHECK_OK(mutau_ensemble_start(e, &err), err);
    for (size_t t = 0; t < N_STEP; t++)
        CHECK_OK(mutau_ensemble_step(e, &err), err);
    assert_int_equal(mutau_ensemble_counters(e).failures, 0);
    return e;
}

static void add_ranks(sbc *s, const model *m, const double truth[DIM], const mutau_ensemble *e,
                      mutau_rng *rng)
{
    const size_t n_walker = (size_t)m->settings->sampler.walkers;
    double draws[N_QUANTITY][SBC_DRAWS];
    for (size_t i = 0; i < SBC_DRAWS; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(e, i / n_walker);
        for (size_t k = 0; k < DIM; k++)
            draws[k][i] = v.position[i % n_walker * DIM + k];
        draws[DIM][i] = v.ln_like[i % n_walker];
    }
    for (size_t k = 0; k < N_QUANTITY; k++)
        sbc_add(s, k, k < DIM ? truth[k] : ln_like_at(m, truth), draws[k], rng);
    s->n_simulation++;
}

/* A point of the prior and its data.  Data that cannot be read are drawn again together with their
 * point: what is left of both has the same posteriors. */
static void draw_data(const plan *p, const model *published, double truth[DIM], mutau_rng *rng)
{
    mutau_status status = MUTAU_EDATA;
    for (size_t i = 0; i < 20 && status == MUTAU_EDATA; i++) {
        mutau_run_settings *settings = NULL;
        mutau_error err = {0};
        for (size_t k = 0; k < DIM; k++)
            truth[k] = LO[k] + (HI[k] - LO[k]) * mutau_rng_uniform(rng);
        (void)ln_like_at(published, truth);
        write_tables(p, published, rng);
        status = read_model(p->folder, SIMULATED, &settings, &err);
        mutau_run_settings_free(settings);
    }
}

static void simulate(const plan *p, const model *published, sbc *s, mutau_rng *rng)
{
    double truth[DIM];
    draw_data(p, published, truth, rng);
    model m = open_model(p->folder, SIMULATED);
    const mutau_target target = mutau_posterior_target(m.posterior);
    mutau_density coarse = {0};
    mutau_error err = {0};
    if (p->screened) {
        m.settings->sampler.screen = MUTAU_SCREEN_COARSE;
        CHECK_OK(mutau_density_add_screen(m.settings, &coarse, &err), err);
    }
    mutau_ensemble *e = sample(&m, &target, p->screened ? &coarse.screen : NULL, rng);
    add_ranks(s, &m, truth, e, rng);
    mutau_ensemble_free(e);
    mutau_density_close(&coarse);
    close_model(&m);
}

static void ranks_are_uniform(void **state)
{
    plan *p = *state;
    sbc s = {0};
    mutau_rng *rng = mutau_rng_alloc(611);
    assert_non_null(rng);
    assert_non_null(mkdtemp(p->folder));
    write_presets(p);
    model published = open_model(p->folder, PUBLISHED);
    assert_int_equal(mutau_flux_likelihood_count(mutau_posterior_data(published.posterior)), 16);
    for (size_t i = 0; i < p->n_simulation; i++)
        simulate(p, &published, &s, rng);
    close_model(&published);
    mutau_rng_free(rng);
    for (size_t i = 0; i < N_DATASET; i++) {
        (void)open_in(p, SIMULATED[i], ".yaml", NULL);
        (void)open_in(p, SIMULATED[i], ".csv", NULL);
    }
    assert_int_equal(rmdir(p->folder), 0);
    sbc_check(&s, N_QUANTITY, NAMES, P_ALARM);
}

int main(int argc, char *argv[])
{
    plan p = {.n_simulation = argc > 1 ? strtoul(argv[1], NULL, 10) : 200,
              .error_factor = argc > 2 ? strtod(argv[2], NULL) : 1.0,
              .screened = argc > 3 && strcmp(argv[3], "coarse") == 0,
              .folder = "/tmp/mutau-sbc-XXXXXX"};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(ranks_are_uniform, &p),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
