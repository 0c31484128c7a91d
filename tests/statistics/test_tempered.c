/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tempering samples: every rung its own density, and modes their weights.
 *
 * Numbers of long runs are compared with their truth in units of their own Monte Carlo
 * error: |z| < 4.5, some 40 of them, a false alarm in 3600 sets of seeds were they normal.
 * Numbers of independent draws have exact laws: 36 of them, beyond their limits with
 * probability 1e-5 each.  The seeds are fixed. */
#include "tempered.h"

#include "analysis/diagnostics.h"

#include <gsl/gsl_cdf.h>

static const double MAX_Z = 4.5, P_ALARM = 1e-5;

/* ---- long runs ---- */

enum { MAX_FUNCTION = 16 };

/* Functions of the draws at one rung, and their expectations. */
typedef struct watch {
    size_t i_rung, n_function;
    const char *name;
    void (*functions)(const double x[], double f[]);
    double truth[MAX_FUNCTION];
    double *f[MAX_FUNCTION]; /* [n_row][all walkers] */
} watch;

static void see(const tempered_run *r, size_t row, void *data)
{
    watch *w = data;
    const tempered *p = r->plan;
    const size_t n = p->n_ensemble * p->n_walker;
    double f[MAX_FUNCTION];
    for (size_t i = 0; i < n; i++) {
        const mutau_ensemble_view v = mutau_ensemble_rung(r->ensemble, i / p->n_walker, w->i_rung);
        w->functions(v.position + i % p->n_walker * r->density.dim, f);
        for (size_t j = 0; j < w->n_function; j++)
            w->f[j][row * n + i] = f[j];
    }
}

/* Samples (from a start that the caller made) and compares; gives the first function's
 * convergence. */
static mutau_convergence check_watch(tempered_run *r, watch *w)
{
    const tempered *p = r->plan;
    const size_t n = p->n_ensemble * p->n_walker;
    mutau_convergence first = {0}, c;
    mutau_error err = {0};
    for (size_t j = 0; j < w->n_function; j++) {
        w->f[j] = calloc(p->n_row * n, sizeof *w->f[j]);
        assert_non_null(w->f[j]);
    }
    tempered_sample(r, see, w);
    for (size_t j = 0; j < w->n_function; j++) {
        CHECK_OK(mutau_convergence_compute(p->n_row, n, w->f[j], &c, &err), err);
        if (!(fabs(c.mean - w->truth[j]) <= MAX_Z * c.mcse_mean))
            fail_msg("%s, function %zu: %g +- %g, truth %g", w->name, j, c.mean, c.mcse_mean,
                     w->truth[j]);
        if (j == 0)
            first = c;
        free(w->f[j]);
    }
    return first;
}

static void start(tempered_run *r)
{
    mutau_error err = {0};
    CHECK_OK(mutau_ensemble_start(r->ensemble, &err), err);
}

/* Mean, mean square and quartiles of U(-10, 10), twice, and the correlation. */
static void uniform_functions(const double x[], double f[])
{
    for (size_t k = 0; k < 2; k++, f += 5) {
        f[0] = x[k];
        f[1] = x[k] * x[k];
        f[2] = x[k] < -5.0;
        f[3] = x[k] < 0.0;
        f[4] = x[k] < 5.0;
    }
    f[0] = x[0] * x[1]; /* the eleventh */
}

/* The hottest rung, in a ladder below which there is a narrow peak with a correlation. */
static void the_last_rung_is_the_prior(void **state)
{
    (void)state;
    static const mutau_builtin_gaussian_settings settings = {2, 0.1, 0.9, 10.0};
    static const tempered plan = {"gaussian", &settings, 6, 4, 12, 1000, 2000, 3};
    watch w = {
        .i_rung = 5,
        .n_function = 11,
        .name = "uniform prior",
        .functions = uniform_functions,
        .truth = {0.0, 100.0 / 3.0, 0.25, 0.5, 0.75, 0.0, 100.0 / 3.0, 0.25, 0.5, 0.75, 0.0}};
    tempered_run r;
    tempered_begin(&r, &plan, 501);
    start(&r);
    (void)check_watch(&r, &w);
    tempered_end(&r);
}

static void normal_functions(const double x[], double f[])
{
    f[0] = x[1];
    f[1] = x[1] * x[1];
    f[2] = x[1] < 3.0 * -0.674489750196082;
    f[3] = x[1] < 0.0;
    f[4] = x[0] * x[3];
}

static void the_last_rung_is_a_normal_prior(void **state)
{
    (void)state;
    static const mutau_builtin_linear_settings settings = {4, 12, 0.25, 3.0};
    static const tempered plan = {"linear-gaussian", &settings, 6, 4, 12, 1000, 2000, 3};
    watch w = {.i_rung = 5,
               .n_function = 5,
               .name = "normal prior",
               .functions = normal_functions,
               .truth = {0.0, 9.0, 0.25, 0.5, 0.0}};
    tempered_run r;
    tempered_begin(&r, &plan, 502);
    start(&r);
    (void)check_watch(&r, &w);
    tempered_end(&r);
}

static void gaussian_functions(const double x[], double f[])
{
    f[0] = x[0];
    f[1] = x[0] * x[0];
    f[2] = x[1] * x[1];
    f[3] = x[0] * x[1];
    f[4] = x[0] < 0.0;
    f[5] = x[1] < 0.1 * 0.674489750196082;
}

/* Rung 0 is the posterior, as without tempering. */
static void the_first_rung_is_the_posterior(void **state)
{
    (void)state;
    static const mutau_builtin_gaussian_settings settings = {2, 0.1, 0.9, 10.0};
    static const tempered plan = {"gaussian", &settings, 6, 4, 12, 1000, 2000, 3};
    watch w = {.n_function = 6,
               .name = "posterior",
               .functions = gaussian_functions,
               .truth = {0.0, 0.01, 0.01, 0.009, 0.5, 0.75}};
    tempered_run r;
    tempered_begin(&r, &plan, 503);
    start(&r);
    (void)check_watch(&r, &w);
    tempered_end(&r);
}

/* ---- two modes ---- */

static void left_functions(const double x[], double f[])
{
    f[0] = x[0] < 0.0;
}

/* 8 of 32 walkers of every ensemble start in the mode at +20, the others, 40 sd away in each
 * coordinate, at -20 (no walker crosses without tempering: test_stuck_modes.c). */
static mutau_convergence run_two_modes(const tempered *plan, double weight, uint32_t seed)
{
    enum { DIM = 3 };
    watch w = {
        .n_function = 1, .name = "two modes", .functions = left_functions, .truth = {weight}};
    const size_t n = plan->n_ensemble * plan->n_walker;
    mutau_error err = {0};
    tempered_run r;
    double *x = calloc(n * DIM, sizeof *x);
    assert_non_null(x);
    tempered_begin(&r, plan, seed);
    for (size_t i = 0; i < n * DIM; i++)
        x[i] = (i / DIM % plan->n_walker < 8 ? 20.0 : -20.0) + mutau_rng_normal(r.rng);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, x, &err), err);
    free(x);
    const mutau_convergence c = check_watch(&r, &w);
    tempered_end(&r);
    return c;
}

static void two_modes_get_their_weights(void **state)
{
    (void)state;
    static const mutau_builtin_mixture_settings even = {3, 2, 0.5, 20.0, 1.0, 30.0},
                                                odd = {3, 2, 0.2, 20.0, 1.0, 30.0};
    static const tempered plans[] = {
        {"mixture", &even, 8, 4, 32, 2000, 1000, 4},
        {"mixture", &even, 8, 1, 32, 2000, 1000, 24},
        {"mixture", &odd, 8, 1, 32, 2000, 1000, 24},
    };
    for (size_t i = 0; i < 3; i++) {
        const mutau_convergence c = run_two_modes(&plans[i], i < 2 ? 0.5 : 0.2, 510);
        assert_true(c.mcse_mean < 0.02);
        assert_true(c.rhat < (plans[i].thin > 4 ? 1.02 : 1.06));
    }
}

static void two_modes_without_tempering(void **state)
{
    (void)state;
    static const mutau_builtin_mixture_settings even = {3, 2, 0.5, 20.0, 1.0, 30.0};
    static const tempered plan = {"mixture", &even, 1, 1, 32, 500, 500, 1};
    watch w = {.n_function = 1, .name = "stuck", .functions = left_functions};
    mutau_error err = {0};
    double x[32 * 3];
    tempered_run r;
    tempered_begin(&r, &plan, 511);
    for (size_t i = 0; i < 32 * 3; i++)
        x[i] = (i / 3 < 8 ? 20.0 : -20.0) + mutau_rng_normal(r.rng);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, x, &err), err);
    w.f[0] = calloc(500 * 32, sizeof *w.f[0]);
    assert_non_null(w.f[0]);
    tempered_sample(&r, see, &w);
    double left = 0.0, rhat;
    for (size_t i = 0; i < 500 * 32; i++)
        left += w.f[0][i] / (500 * 32);
    CHECK_ABS(left, 0.75, 1e-9);
    CHECK_OK(mutau_rhat(500, 32, w.f[0], &rhat, &err), err);
    assert_true(rhat > 1.01);
    free(w.f[0]);
    tempered_end(&r);
}

/* ---- steps keep every rung's density, exactly ---- */

enum { N_ENSEMBLE = 1500, N_WALKER = 4, N_RUNG = 4, DIM = 2, N_STEP = 10 };
enum { N_GROUP_DRAW = N_ENSEMBLE * N_WALKER };

/* Prior N(0, 1), likelihood exp(-K x^2 / 2) in each coordinate. */
static const double K = 50.0;

static mutau_status conjugate_eval(const void *self, void *ws, const double theta[],
                                   double *ln_prior, double *ln_like, double blob[])
{
    (void)self;
    (void)ws;
    (void)blob;
    const double r_sq = theta[0] * theta[0] + theta[1] * theta[1];
    *ln_prior = -0.5 * r_sq;
    *ln_like = -0.5 * K * r_sq;
    return MUTAU_OK;
}

static const char *const NAMES[DIM] = {"x", "y"};
static const mutau_target CONJUGATE = {.dim = DIM, .eval = conjugate_eval, .names = NAMES};

/* A move that is always rejected: what is left are the swaps. */
static void stay(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                 const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)cfg;
    (void)ws;
    (void)n_other;
    (void)other;
    (void)rng;
    memcpy(y, x, dim * sizeof *y);
    *ln_q_ratio = -(double)INFINITY;
}

static const mutau_move STAY = {.name = "stay", .propose = stay};

static void check_tails(const char *what, size_t i_rung, double chisq, double n)
{
    const double p = gsl_cdf_chisq_P(chisq, n), q = gsl_cdf_chisq_Q(chisq, n);
    if (!(p > P_ALARM / 2 && q > P_ALARM / 2))
        fail_msg("%s of rung %zu: tail probabilities %g, %g", what, i_rung, p, q);
}

/* scale * r^2 is chi^2 with two degrees of freedom: 20 equal bins. */
static void check_radius(size_t i_rung, double scale, const double r_sq[])
{
    enum { N_BIN = 20 };
    size_t count[N_BIN] = {0};
    double chisq = 0.0;
    for (size_t i = 0; i < N_GROUP_DRAW; i++) {
        const size_t bin = (size_t)(gsl_cdf_chisq_P(scale * r_sq[i], DIM) * N_BIN);
        count[bin < N_BIN ? bin : N_BIN - 1]++;
    }
    for (size_t b = 0; b < N_BIN; b++) {
        const double d = (double)count[b] - (double)N_GROUP_DRAW / N_BIN;
        chisq += d * d / ((double)N_GROUP_DRAW / N_BIN);
    }
    check_tails("radius", i_rung, chisq, N_BIN - 1);
}

/* Starts every rung with independent draws from its density, and tests them after some
 * steps with `move`, swaps included. */
static void check_kept(const mutau_move *move, const void *cfg, uint32_t seed)
{
    enum { N_SLOT = N_ENSEMBLE * N_RUNG * N_WALKER };
    static const double beta[N_RUNG] = {1.0, 0.3, 0.06, 0.0};
    static const mutau_swap_count swaps[N_RUNG - 1] = {{0}};
    static double x[N_SLOT * DIM], ln_prior[N_SLOT], ln_like[N_SLOT], r_sq[N_GROUP_DRAW];
    static const uint64_t accepted[N_SLOT] = {0};
    const mutau_ensemble_counts counts = {0};
    const mutau_ensemble_settings settings = {
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .n_move = 1,
        .moves = {{move, cfg, 1.0}},
        .n_thread = 1,
        .n_temperature = N_RUNG,
        .ladder = {.adapt_steps = 0, .lag = 1.0, .time = 1.0, .beta_min = 0.1}};
    mutau_error err = {0};
    mutau_ensemble *e = NULL;
    mutau_rng *rng = mutau_rng_alloc(seed);
    CHECK_OK(mutau_ensemble_alloc(&CONJUGATE, &settings, rng, &e, &err), err);
    for (size_t i = 0; i < N_SLOT; i++) {
        for (size_t k = 0; k < DIM; k++)
            x[i * DIM + k] = mutau_rng_normal(rng) / sqrt(1.0 + K * beta[i / N_WALKER % N_RUNG]);
        (void)conjugate_eval(NULL, NULL, x + i * DIM, &ln_prior[i], &ln_like[i], NULL);
    }
    CHECK_OK(
        mutau_ensemble_restore(e, x, ln_prior, ln_like, NULL, accepted, &counts, beta, swaps, &err),
        err);
    for (size_t i = 0; i < N_STEP; i++)
        CHECK_OK(mutau_ensemble_step(e, &err), err);
    for (size_t k = 0; k < N_RUNG; k++) {
        const double scale = 1.0 + K * beta[k];
        double sum = 0.0, sum_sq = 0.0, cross = 0.0;
        for (size_t i = 0; i < N_GROUP_DRAW; i++) {
            const double *y = mutau_ensemble_rung(e, i / N_WALKER, k).position + i % N_WALKER * DIM;
            sum += y[0] + y[1];
            cross += y[0] * y[1];
            r_sq[i] = y[0] * y[0] + y[1] * y[1];
            sum_sq += r_sq[i];
        }
        check_tails("mean", k, scale * sum * sum / (DIM * N_GROUP_DRAW), 1.0);
        check_tails("variance", k, scale * sum_sq, DIM * N_GROUP_DRAW);
        check_tails("covariance", k, scale * scale * cross * cross / N_GROUP_DRAW, 1.0);
        check_radius(k, scale, r_sq);
        if (k + 1 < N_RUNG) { /* something happened */
            const mutau_swap_count s = mutau_ensemble_swaps(e)[k];
            assert_int_equal(s.proposed, N_STEP * N_GROUP_DRAW);
            assert_in_range(s.accepted, s.proposed / 5, s.proposed);
        }
    }
    mutau_ensemble_free(e);
    mutau_rng_free(rng);
}

static void swaps_keep_every_rung(void **state)
{
    (void)state;
    check_kept(&STAY, NULL, 521);
}

static void steps_keep_every_rung(void **state)
{
    (void)state;
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    check_kept(&mutau_move_stretch, &stretch, 522);
}

/* ---- errors where every swap is accepted ---- */

static mutau_status flat_eval(const void *self, void *ws, const double theta[], double *ln_prior,
                              double *ln_like, double blob[])
{
    (void)self;
    (void)ws;
    (void)blob;
    const bool inside = theta[0] >= 0.0 && theta[0] <= 1.0;
    *ln_prior = inside ? 0.0 : -(double)INFINITY;
    *ln_like = inside ? 0.0 : -(double)INFINITY;
    return MUTAU_OK;
}

static void flat_draw(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    theta[0] = mutau_rng_uniform(rng);
}

/* (mean - 1/2) in its own standard errors. */
static double flat_pull(uint32_t seed)
{
    enum { ROWS = 1000, WALKERS = 8 };
    static const mutau_target flat = {
        .dim = 1, .eval = flat_eval, .draw = flat_draw, .names = NAMES};
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    const mutau_ensemble_settings settings = {.n_ensemble = 1,
                                              .n_walker = WALKERS,
                                              .n_move = 1,
                                              .moves = {{&mutau_move_stretch, &stretch, 1.0}},
                                              .n_thread = 1,
                                              .n_temperature = 6,
                                              .ladder = mutau_ladder_defaults()};
    double *x = calloc((size_t)ROWS * WALKERS, sizeof *x);
    mutau_rng *rng = mutau_rng_alloc(seed);
    mutau_ensemble *e = NULL;
    mutau_convergence c;
    mutau_error err = {0};
    assert_true(x != NULL && rng != NULL);
    CHECK_OK(mutau_ensemble_alloc(&flat, &settings, rng, &e, &err), err);
    CHECK_OK(mutau_ensemble_start(e, &err), err);
    for (size_t row = 0; row < ROWS; row++) {
        CHECK_OK(mutau_ensemble_step(e, &err), err);
        memcpy(x + row * WALKERS, mutau_ensemble_state(e, 0).position, WALKERS * sizeof *x);
    }
    CHECK_OK(mutau_convergence_compute(ROWS, WALKERS, x, &c, &err), err);
    mutau_ensemble_free(e);
    mutau_rng_free(rng);
    free(x);
    return (c.mean - 0.5) / c.mcse_mean;
}

/* The start is exact.  Of N(0, 1.2) the sum of 60 squares is above 140 once in 300; it was
 * 277 when swaps had one order. */
static void errors_are_right_where_all_swaps_are_accepted(void **state)
{
    (void)state;
    double sum_sq = 0.0;
    for (uint32_t seed = 541; seed < 541 + 60; seed++) {
        const double z = flat_pull(seed);
        sum_sq += z * z;
    }
    if (!(sum_sq < 140.0))
        fail_msg("60 pulls have a mean square of %g", sum_sq / 60.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_right_where_all_swaps_are_accepted),
        cmocka_unit_test(the_last_rung_is_the_prior),
        cmocka_unit_test(the_last_rung_is_a_normal_prior),
        cmocka_unit_test(the_first_rung_is_the_posterior),
        cmocka_unit_test(two_modes_get_their_weights),
        cmocka_unit_test(two_modes_without_tempering),
        cmocka_unit_test(swaps_keep_every_rung),
        cmocka_unit_test(steps_keep_every_rung),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
