/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulation-based calibration of the sampler on a linear model with normal noise.
 *
 * 1000 data sets; the ranks of the three parameters and of ln L (which sees what the parameters
 * cannot: Modrak et al.) are tested twice each at 1e-5, and once more with delayed acceptance: a
 * false alarm in one of 6000 seeds at most.  Faults that are tested the same way are seen. */
#include "check.h"
#include "sampler/ensemble.h"
#include "sampler/move.h"
#include "sbc.h"

enum { DIM = 3, N_DATA = 5, N_SIMULATION = 1000, N_STEP = 300, N_QUANTITY = DIM + 1 };

static const double P_ALARM = 1e-5, P_SEEN = 1e-8;
static const double NOISE = 0.7, PRIOR_SD[DIM] = {1.0, 0.5, 2.0};
static const double DESIGN[N_DATA][DIM] = {
    {1.0, 1.0, 0.0}, {0.9, 1.2, 0.1}, {0.0, 1.0, 0.5}, {0.3, -1.0, 0.4}, {0.5, 0.2, -0.3}};
static const char *const NAMES[N_QUANTITY] = {"a", "b", "c", "ln L"};

typedef struct model {
    double y[N_DATA];
    double noise; /* what the likelihood takes it for */
} model;

static void predict(const double theta[], double y[])
{
    for (size_t i = 0; i < N_DATA; i++) {
        y[i] = 0.0;
        for (size_t k = 0; k < DIM; k++)
            y[i] += DESIGN[i][k] * theta[k];
    }
}

static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)ws;
    (void)blob;
    const model *m = self;
    double y[N_DATA];
    predict(theta, y);
    *ln_prior = *ln_like = 0.0;
    for (size_t k = 0; k < DIM; k++)
        *ln_prior -= 0.5 * theta[k] * theta[k] / (PRIOR_SD[k] * PRIOR_SD[k]);
    for (size_t i = 0; i < N_DATA; i++)
        *ln_like -= 0.5 * (m->y[i] - y[i]) * (m->y[i] - y[i]) / (m->noise * m->noise);
    return MUTAU_OK;
}

/* A cheap stand-in for the likelihood, that is as wrong as one may be: it rounds the data and
 * leaves out the last one, and says nothing where a + b > 1. */
static mutau_status eval_roughly(const void *self, void *ws, const double theta[], double *ln_prior,
                                 double *ln_like, double blob[])
{
    const model *m = self;
    model rough = {.noise = 1.3 * m->noise};
    double y[N_DATA];
    predict(theta, y);
    for (size_t i = 0; i < N_DATA; i++)
        rough.y[i] = i + 1 < N_DATA ? floor(m->y[i] + 0.5) : y[i];
    const mutau_status status = eval(&rough, ws, theta, ln_prior, ln_like, blob);
    return theta[0] + theta[1] > 1.0 ? MUTAU_ENUMERIC : status;
}

static void draw_prior(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    for (size_t k = 0; k < DIM; k++)
        theta[k] = PRIOR_SD[k] * mutau_rng_normal(rng);
}

static void add_ranks(sbc *s, const model *m, const double truth[], const mutau_ensemble *e,
                      mutau_rng *rng)
{
    const mutau_ensemble_view v = mutau_ensemble_state(e, 0);
    double draws[SBC_DRAWS], ln_prior, ln_like;
    mutau_error err = {0};
    for (size_t k = 0; k < DIM; k++) {
        for (size_t w = 0; w < SBC_DRAWS; w++)
            draws[w] = v.position[w * DIM + k];
        sbc_add(s, k, truth[k], draws, rng);
    }
    CHECK_OK(eval(m, NULL, truth, &ln_prior, &ln_like, NULL), err);
    sbc_add(s, DIM, ln_like, v.ln_like, rng);
    s->n_simulation++;
}

/* What a calibration is done with. */
typedef struct plan {
    double noise; /* the likelihood's */
    size_t n_step;
    const mutau_move *stretch;
    uint32_t seed;
    bool screened; /* by the rough likelihood */
} plan;

static sbc calibrate(const plan *p)
{
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    static const mutau_move_de_settings de = {.gamma0 = (double)NAN, .sigma = 0.1, .jump = 0.1};
    model m = {.noise = p->noise};
    const mutau_target rough = {.dim = DIM, .eval = eval_roughly, .self = &m, .names = NAMES};
    const mutau_ensemble_settings settings = {
        .screen = p->screened ? &rough : NULL,
        .n_ensemble = 1,
        .n_walker = SBC_DRAWS,
        .n_move = 2,
        .moves = {{p->stretch, &stretch, 0.7}, {&mutau_move_de, &de, 0.3}},
        .n_thread = 1};
    const mutau_target target = {
        .dim = DIM, .eval = eval, .draw = draw_prior, .self = &m, .names = NAMES};
    sbc s = {0};
    mutau_error err = {0};
    mutau_ensemble *e = NULL;
    mutau_rng *rng = mutau_rng_alloc(p->seed);
    assert_non_null(rng);
    CHECK_OK(mutau_ensemble_alloc(&target, &settings, rng, &e, &err), err);
    for (size_t i = 0; i < N_SIMULATION; i++) {
        double truth[DIM];
        draw_prior(NULL, rng, truth);
        predict(truth, m.y);
        for (size_t k = 0; k < N_DATA; k++)
            m.y[k] += NOISE * mutau_rng_normal(rng);
        CHECK_OK(mutau_ensemble_start(e, &err), err);
        for (size_t t = 0; t < p->n_step; t++)
            CHECK_OK(mutau_ensemble_step(e, &err), err);
        add_ranks(&s, &m, truth, e, rng);
    }
    mutau_ensemble_free(e);
    mutau_rng_free(rng);
    return s;
}

static void ranks_are_uniform(void **state)
{
    (void)state;
    const plan p = {NOISE, N_STEP, &mutau_move_stretch, 601, false};
    const sbc s = calibrate(&p);
    sbc_check(&s, N_QUANTITY, NAMES, P_ALARM);
}

static void check_seen(const sbc *s, size_t i_quantity)
{
    const double p = sbc_p(s, i_quantity);
    print_message("# ranks of %s: p = %.3g\n", NAMES[i_quantity], p);
    if (!(p < P_SEEN))
        fail_msg("ranks of %s: p = %g", NAMES[i_quantity], p);
}

static void ranks_behind_a_screen_are_uniform(void **state)
{
    (void)state;
    const plan p = {NOISE, N_STEP, &mutau_move_stretch, 605, true};
    const sbc s = calibrate(&p);
    sbc_check(&s, N_QUANTITY, NAMES, P_ALARM);
}

/* A fifth too much noise in the likelihood, and a fifth too little. */
static void wrong_noise_is_seen(void **state)
{
    (void)state;
    static const double factor[] = {1.2, 0.8};
    for (size_t i = 0; i < 2; i++) {
        const plan p = {factor[i] * NOISE, N_STEP, &mutau_move_stretch, 602, false};
        const sbc s = calibrate(&p);
        check_seen(&s, DIM);
    }
}

/* Walkers that never heard of the data: the parameters' ranks are uniform, those of ln L not. */
static void draws_of_the_prior_are_seen(void **state)
{
    (void)state;
    const plan p = {NOISE, 0, &mutau_move_stretch, 603, false};
    const sbc s = calibrate(&p);
    sbc_check(&s, DIM, NAMES, P_ALARM);
    check_seen(&s, DIM);
}

/* A stretch move that forgets its proposal ratio. */
static void propose_without_ratio(const void *cfg, void *ws, size_t dim, const double x[],
                                  size_t n_other, const double other[], mutau_rng *rng, double y[],
                                  double *ln_q_ratio)
{
    mutau_move_stretch.propose(cfg, ws, dim, x, n_other, other, rng, y, ln_q_ratio);
    *ln_q_ratio = 0.0;
}

static void a_wrong_move_is_seen(void **state)
{
    (void)state;
    mutau_move broken = mutau_move_stretch;
    broken.propose = propose_without_ratio;
    const plan p = {NOISE, N_STEP, &broken, 604, false};
    const sbc s = calibrate(&p);
    check_seen(&s, DIM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_uniform),    cmocka_unit_test(ranks_behind_a_screen_are_uniform),
        cmocka_unit_test(wrong_noise_is_seen),  cmocka_unit_test(draws_of_the_prior_are_seen),
        cmocka_unit_test(a_wrong_move_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
