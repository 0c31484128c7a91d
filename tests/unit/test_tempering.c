/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The temperature ladder, the swaps, and the bookkeeping of tempered ensembles.
 * That they sample the right densities is the business of tests/statistics. */
#include "check.h"
#include "sampler/ensemble.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/sampler/tempering_internal.h"

/* ---- the ladder ---- */

static void ladders_start_geometrically(void **state)
{
    (void)state;
    static const double want[] = {1.0, 0.1, 0.01, 1e-3, 0.0};
    double beta[5];
    mutau_ladder_start(5, 1e-3, beta);
    for (size_t i = 0; i < 5; i++)
        CHECK_REL(beta[i], want[i], 1e-14);
    mutau_ladder_start(3, 1e-3, beta);
    CHECK_ABS(beta[0], 1.0, 0.0);
    CHECK_REL(beta[1], 1e-3, 1e-14);
    CHECK_ABS(beta[2], 0.0, 0.0);
    mutau_ladder_start(2, 1e-3, beta);
    CHECK_ABS(beta[0], 1.0, 0.0);
    CHECK_ABS(beta[1], 0.0, 0.0);
    mutau_ladder_start(1, 0.0, beta);
    CHECK_ABS(beta[0], 1.0, 0.0);
}

static void invalid_ladders_are_seen(void **state)
{
    (void)state;
    static const double bad[][4] = {
        {0.9, 0.5, 0.1, 0.0}, {1.0, 0.5, 0.6, 0.0},         {1.0, 0.5, 0.1, 0.01},
        {1.0, 0.5, 0.0, 0.0}, {1.0, 0.5, (double)NAN, 0.0}, {1.0, 0.5, 0.1, (double)NAN},
        {2.0, 0.5, 0.1, 0.0}, {(double)NAN, 0.5, 0.1, 0.0}, {1.0, 0.5, 0.1, -0.1},
    };
    static const double good[][4] = {{1.0, 0.5, 0.1, 0.0}, {1.0, 0.5, 0.5, 0.0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(mutau_ladder_is_valid(4, good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(mutau_ladder_is_valid(4, bad[i]));
}

/* By hand: 1/beta = 1, 4, 20 and shares 0.5, 0.3, 0.6; kappa = 30 / (30 + 10) / 5. */
static void gaps_follow_the_shares(void **state)
{
    (void)state;
    const mutau_ladder_settings s = {.lag = 30.0, .time = 5.0};
    const mutau_swap_count swaps[] = {{10, 5}, {10, 3}, {10, 6}};
    double beta[] = {1.0, 0.25, 0.05, 0.0};
    const double kappa = 0.15, t1 = 1.0 + 3.0 * exp(kappa * 0.2),
                 t2 = t1 + 16.0 * exp(kappa * -0.3);
    mutau_ladder_adapt(4, &s, 10, swaps, beta);
    CHECK_ABS(beta[0], 1.0, 0.0);
    CHECK_REL(beta[1], 1.0 / t1, 1e-14);
    CHECK_REL(beta[2], 1.0 / t2, 1e-14);
    CHECK_ABS(beta[3], 0.0, 0.0);

    /* Even shares change nothing; no ladder runs away to infinity. */
    const mutau_swap_count even[] = {{10, 4}, {10, 4}, {10, 4}};
    double same[] = {1.0, 0.25, 0.05, 0.0};
    mutau_ladder_adapt(4, &s, 10, even, same);
    CHECK_REL(same[1], 0.25, 1e-14);
    CHECK_REL(same[2], 0.05, 1e-14);
    const mutau_ladder_settings fast = {.lag = 1e300, .time = 1.0};
    const mutau_swap_count none_above[] = {{10, 10}, {10, 10}, {10, 0}};
    for (uint64_t step = 0; step < 2000; step++)
        mutau_ladder_adapt(4, &fast, step, none_above, same);
    assert_true(mutau_ladder_is_valid(4, same) && same[2] < 1e-100);
}

/* ---- the swaps ---- */

/* min(1, exp((beta_c - beta_h)(l_h - l_c))): here exp(-0.5 * 1.4), 1, 0. */
static void swaps_are_accepted_with_the_ratio(void **state)
{
    (void)state;
    enum { N = 3, N_ROUND = 20000 };
    const double cold[N] = {-1.0, -1.0, -1.0}, hot[N] = {-2.4, 3.0, -(double)INFINITY};
    size_t count[N] = {0};
    bool swapped[N];
    mutau_rng *rng = mutau_rng_alloc(32);
    for (size_t round = 0; round < N_ROUND; round++) {
        size_t n = mutau_swap_decide(rng, N, 0.75, 0.25, cold, hot, swapped);
        for (size_t i = 0; i < N; i++) {
            count[i] += swapped[i];
            n -= swapped[i];
        }
        assert_int_equal(n, 0);
    }
    const double p = exp(-0.7); /* 4.8 sd: a false alarm in 600000 */
    CHECK_ABS((double)count[0] / N_ROUND, p, 4.8 * sqrt(p * (1.0 - p) / N_ROUND));
    assert_int_equal(count[1], N_ROUND);
    assert_int_equal(count[2], 0);
    for (size_t round = 0; round < 100; round++) { /* no NaN is accepted */
        assert_int_equal(mutau_swap_decide(rng, N, 0.5, 0.5, cold, hot, swapped), 2);
        assert_false(swapped[2]);
    }
    mutau_rng_free(rng);
}

/* ---- tempered ensembles ---- */

enum { DIM = 2, N_BLOB = 1, N_ENSEMBLE = 2, N_RUNG = 4, N_WALKER = 8, N_ADAPT = 40 };
enum { N_SLOT = N_ENSEMBLE * N_RUNG * N_WALKER };
static const uint32_t SEED = 4711;
static const char *const NAMES[] = {"x", "y"};

/* The likelihood is 0 for x < -1, a narrow Gaussian elsewhere; the prior is uniform on
 * [-5, 5]^2.  For the failures: a NaN where y > nan_above. */
typedef struct toy {
    double nan_above;
} toy;

static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)ws;
    const toy *t = self;
    *ln_prior = *ln_like = -(double)INFINITY;
    if (blob != NULL)
        blob[0] = theta[0] - 3.0 * theta[1];
    if (fabs(theta[0]) > 5.0 || fabs(theta[1]) > 5.0)
        return MUTAU_OK;
    *ln_prior = -2.0 * log(10.0);
    if (theta[0] >= -1.0)
        *ln_like = -0.5 * (theta[0] * theta[0] + theta[1] * theta[1]) / 0.01;
    return theta[1] > t->nan_above ? MUTAU_ENAN : MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    for (size_t k = 0; k < DIM; k++)
        theta[k] = 10.0 * mutau_rng_uniform(rng) - 5.0;
}

static const mutau_move_stretch_settings STRETCH = {.a = 2.0};

static mutau_ensemble_settings usual_settings(void)
{
    return (mutau_ensemble_settings){
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .n_move = 1,
        .moves = {{&mutau_move_stretch, &STRETCH, 1.0}},
        .n_thread = 1,
        .n_temperature = N_RUNG,
        .ladder = {.adapt_steps = N_ADAPT, .lag = 20.0, .time = 4.0, .beta_min = 1e-2}};
}

typedef struct run {
    toy toy;
    mutau_target target;
    mutau_rng *rng;
    mutau_ensemble *ensemble;
} run;

static void run_setup(run *r, const mutau_ensemble_settings *settings)
{
    mutau_error err = {0};
    r->toy.nan_above = 100.0;
    r->target = (mutau_target){
        .dim = DIM, .n_blob = N_BLOB, .eval = eval, .draw = draw, .self = &r->toy, .names = NAMES};
    r->rng = mutau_rng_alloc(SEED);
    assert_non_null(r->rng);
    CHECK_OK(mutau_ensemble_alloc(&r->target, settings, r->rng, &r->ensemble, &err), err);
}

static void run_begin(run *r, const mutau_ensemble_settings *settings)
{
    mutau_error err = {0};
    run_setup(r, settings);
    CHECK_OK(mutau_ensemble_start(r->ensemble, &err), err);
}

static void run_steps(run *r, size_t n)
{
    mutau_error err = {0};
    for (size_t i = 0; i < n; i++)
        CHECK_OK(mutau_ensemble_step(r->ensemble, &err), err);
}

static void run_end(run *r)
{
    mutau_ensemble_free(r->ensemble);
    mutau_rng_free(r->rng);
}

static void settings_out_of_range_are_refused(void **state)
{
    (void)state;
    run r;
    const mutau_ensemble_settings good = usual_settings();
    mutau_ensemble_settings bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].ladder.lag = 0.0;
    bad[1].ladder.time = 0.5;
    bad[2].ladder.beta_min = 0.0;
    bad[3].ladder.beta_min = 1.0;
    bad[4].ladder.lag = (double)INFINITY;
    bad[5].ladder.time = (double)NAN;
    bad[6].ladder.beta_min = (double)NAN;
    bad[7].n_temperature = SIZE_MAX / 4;
    run_setup(&r, &good);
    for (size_t i = 0; i < 8; i++) {
        mutau_ensemble *e = NULL;
        mutau_error err = {0};
        CHECK_STATUS(mutau_ensemble_alloc(&r.target, &bad[i], r.rng, &e, &err), MUTAU_EDOM, err);
        assert_null(e);
    }
    run_end(&r);
    mutau_ensemble_settings plain = good;
    plain.ladder = (mutau_ladder_settings){0}; /* not looked at without tempering */
    plain.n_temperature = 1;
    run_begin(&r, &plain);
    assert_null(mutau_ensemble_swaps(r.ensemble));
    CHECK_ABS(mutau_ensemble_beta(r.ensemble)[0], 1.0, 0.0);
    run_end(&r);
    plain.ladder = mutau_ladder_defaults();
    plain.n_temperature = 2;
    run_begin(&r, &plain);
    run_steps(&r, 10);
    CHECK_ABS(mutau_ensemble_beta(r.ensemble)[0], 1.0, 0.0);
    CHECK_ABS(mutau_ensemble_beta(r.ensemble)[1], 0.0, 0.0);
    run_end(&r);
}

/* Tempering off: 0 and 1 temperatures are the same chain. */
static void one_temperature_is_none(void **state)
{
    (void)state;
    run a, b;
    mutau_ensemble_settings settings = usual_settings();
    settings.n_temperature = 0;
    run_begin(&a, &settings);
    settings.n_temperature = 1;
    run_begin(&b, &settings);
    run_steps(&a, 50);
    run_steps(&b, 50);
    for (size_t i = 0; i < N_ENSEMBLE; i++)
        assert_memory_equal(mutau_ensemble_state(a.ensemble, i).position,
                            mutau_ensemble_state(b.ensemble, i).position,
                            N_WALKER * DIM * sizeof(double));
    run_end(&a);
    run_end(&b);
}

/* Densities and blobs travel with their points, the first rung is the ensemble, and only
 * the prior's has walkers where the likelihood is 0. */
static void rungs_keep_their_books(void **state)
{
    (void)state;
    run r;
    const mutau_ensemble_settings settings = usual_settings();
    size_t n_zero = 0;
    run_begin(&r, &settings);
    for (size_t step = 0; step < 60; step++, run_steps(&r, 1))
        for (size_t i = 0; i < N_ENSEMBLE; i++)
            for (size_t rung = 0; rung < N_RUNG; rung++) {
                const mutau_ensemble_view v = mutau_ensemble_rung(r.ensemble, i, rung);
                if (rung == 0)
                    assert_ptr_equal(v.position, mutau_ensemble_state(r.ensemble, i).position);
                for (size_t w = 0; w < N_WALKER; w++) {
                    double ln_prior, ln_like, blob;
                    (void)eval(&r.toy, NULL, v.position + w * DIM, &ln_prior, &ln_like, &blob);
                    assert_memory_equal(&v.ln_prior[w], &ln_prior, sizeof ln_prior);
                    assert_memory_equal(&v.ln_like[w], &ln_like, sizeof ln_like);
                    assert_memory_equal(&v.blob[w], &blob, sizeof blob);
                    assert_true(isfinite(ln_prior));
                    assert_true(isfinite(ln_like) || rung == N_RUNG - 1);
                    n_zero += isinf(ln_like) != 0;
                }
            }
    assert_true(n_zero > 60); /* of 60 * 16, 40 % expected */
    const mutau_ensemble_counts counts = mutau_ensemble_counters(r.ensemble);
    assert_int_equal(counts.steps, 60);
    assert_true(counts.evaluations >= 61 * (uint64_t)N_SLOT);
    assert_int_equal(counts.failures, 0);
    run_end(&r);
}

/* The ladder moves in the first N_ADAPT steps and then never; swaps count afterwards. */
static void ladders_adapt_and_freeze(void **state)
{
    (void)state;
    run r;
    const mutau_ensemble_settings settings = usual_settings();
    double beta[N_RUNG], now[N_RUNG];
    run_begin(&r, &settings);
    memcpy(beta, mutau_ensemble_beta(r.ensemble), sizeof beta);
    CHECK_REL(beta[1], 0.1, 1e-12);
    for (size_t step = 0; step < N_ADAPT; step++) {
        run_steps(&r, 1);
        memcpy(now, mutau_ensemble_beta(r.ensemble), sizeof now);
        assert_true(mutau_ladder_is_valid(N_RUNG, now));
        memcpy(beta, now, sizeof beta);
        for (size_t i = 0; i + 1 < N_RUNG; i++)
            assert_int_equal(mutau_ensemble_swaps(r.ensemble)[i].proposed, 0);
    }
    assert_true(fabs(log(beta[2] / 1e-2)) > 0.01);
    run_steps(&r, 100);
    assert_memory_equal(beta, mutau_ensemble_beta(r.ensemble), sizeof beta);
    for (size_t i = 0; i + 1 < N_RUNG; i++) {
        const mutau_swap_count s = mutau_ensemble_swaps(r.ensemble)[i];
        assert_int_equal(s.proposed, 100 * N_ENSEMBLE * N_WALKER);
        assert_in_range(s.accepted, 1, s.proposed - 1);
    }
    mutau_error err = {0};
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err); /* begins anew */
    CHECK_REL(mutau_ensemble_beta(r.ensemble)[2], 1e-2, 1e-12);
    assert_int_equal(mutau_ensemble_swaps(r.ensemble)[0].proposed, 0);
    run_end(&r);
}

/* ---- the same bytes ---- */

typedef struct snapshot {
    double position[N_SLOT * DIM], ln_prior[N_SLOT], ln_like[N_SLOT], blob[N_SLOT * N_BLOB];
    double beta[N_RUNG];
    uint64_t accepted[N_SLOT];
    mutau_swap_count swaps[N_RUNG - 1];
    mutau_ensemble_counts counts;
    mutau_rng_state rng;
} snapshot;

static snapshot *take_snapshot(const run *r)
{
    snapshot *s = calloc(1, sizeof *s);
    assert_non_null(s);
    for (size_t i = 0; i < N_ENSEMBLE * N_RUNG; i++) {
        const mutau_ensemble_view v = mutau_ensemble_rung(r->ensemble, i / N_RUNG, i % N_RUNG);
        const size_t w = i * N_WALKER, n = N_WALKER * sizeof(double);
        memcpy(s->position + w * DIM, v.position, n * DIM);
        memcpy(s->ln_prior + w, v.ln_prior, n);
        memcpy(s->ln_like + w, v.ln_like, n);
        memcpy(s->blob + w * N_BLOB, v.blob, n * N_BLOB);
        memcpy(s->accepted + w, v.accepted, N_WALKER * sizeof(uint64_t));
    }
    memcpy(s->beta, mutau_ensemble_beta(r->ensemble), sizeof s->beta);
    memcpy(s->swaps, mutau_ensemble_swaps(r->ensemble), sizeof s->swaps);
    s->counts = mutau_ensemble_counters(r->ensemble);
    mutau_rng_save(r->rng, &s->rng);
    return s;
}

static mutau_status put_back(run *r, const snapshot *s, mutau_error *err)
{
    MUTAU_CHECK(mutau_rng_restore(r->rng, &s->rng, err));
    return mutau_ensemble_restore(r->ensemble, s->position, s->ln_prior, s->ln_like, s->blob,
                                  s->accepted, &s->counts, s->beta, s->swaps, err);
}

static void threads_do_not_change_the_chain(void **state)
{
    (void)state;
    mutau_ensemble_settings settings = usual_settings();
    snapshot *one = NULL;
    for (int n_thread = 1; n_thread <= 3; n_thread++) {
        run r;
        settings.n_thread = n_thread;
        run_begin(&r, &settings);
        run_steps(&r, 150);
        snapshot *s = take_snapshot(&r);
        if (one == NULL)
            one = s;
        assert_memory_equal(one, s, sizeof *s);
        if (s != one)
            free(s);
        run_end(&r);
    }
    free(one);
}

/* Saved while the ladder adapts, at its last such step, and after it. */
static void restored_runs_go_on_as_if_undisturbed(void **state)
{
    (void)state;
    static const size_t when[] = {0, 17, N_ADAPT - 1, N_ADAPT, N_ADAPT + 1, 90};
    const mutau_ensemble_settings settings = usual_settings();
    for (size_t i = 0; i < sizeof when / sizeof *when; i++) {
        mutau_error err = {0};
        run first, second;
        run_begin(&first, &settings);
        run_steps(&first, when[i]);
        snapshot *s = take_snapshot(&first);
        run_steps(&first, 120 - when[i]);
        run_setup(&second, &settings);
        CHECK_OK(put_back(&second, s, &err), err);
        run_steps(&second, 120 - when[i]);
        snapshot *a = take_snapshot(&first), *b = take_snapshot(&second);
        assert_memory_equal(a, b, sizeof *a);
        free(a);
        free(b);
        free(s);
        run_end(&first);
        run_end(&second);
    }
}

static void broken_states_are_refused(void **state)
{
    (void)state;
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    run_begin(&r, &settings);
    run_steps(&r, 50);
    snapshot *s = take_snapshot(&r);
    const size_t warm = (N_RUNG + N_RUNG - 2) * N_WALKER + 3; /* of ensemble 1 */
    const size_t hot = (N_RUNG + N_RUNG - 1) * N_WALKER + 5;
    const double like = s->ln_like[warm], prior = s->ln_prior[hot], beta = s->beta[1];
    s->ln_like[hot] = -(double)INFINITY;
    CHECK_OK(put_back(&r, s, &err), err);
    s->ln_like[hot] = (double)NAN;
    CHECK_STATUS(put_back(&r, s, &err), MUTAU_EDATA, err);
    s->ln_like[hot] = -(double)INFINITY;
    s->ln_prior[hot] = -(double)INFINITY;
    CHECK_STATUS(put_back(&r, s, &err), MUTAU_EDATA, err);
    s->ln_prior[hot] = prior;
    s->ln_like[warm] = -(double)INFINITY;
    CHECK_STATUS(put_back(&r, s, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "walker 3 of ensemble 1"));
    s->ln_like[warm] = like;
    s->beta[1] = 2.0;
    CHECK_STATUS(put_back(&r, s, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "ladder"));
    s->beta[1] = beta;
    CHECK_OK(put_back(&r, s, &err), err);
    free(s);
    run_end(&r);
}

/* ---- starts ---- */

static void given_starts_serve_all_rungs(void **state)
{
    (void)state;
    double x[N_ENSEMBLE * N_WALKER * DIM];
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    run_setup(&r, &settings);
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = mutau_rng_uniform(r.rng);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, x, &err), err);
    for (size_t i = 0; i < N_ENSEMBLE * N_RUNG; i++)
        assert_memory_equal(mutau_ensemble_rung(r.ensemble, i / N_RUNG, i % N_RUNG).position,
                            x + i / N_RUNG * N_WALKER * DIM, N_WALKER * DIM * sizeof(double));
    run_steps(&r, 5);
    x[DIM * 2] = -2.0; /* in the prior, but no likelihood */
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    assert_non_null(strstr(err.text, "walker 2 of ensemble 0, at x = -2"));
    CHECK_STATUS(mutau_ensemble_step(r.ensemble, &err), MUTAU_EDOM, err);
    run_end(&r);
}

static void unplaced_walkers_name_their_rung(void **state)
{
    (void)state;
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    run_setup(&r, &settings);
    r.toy.nan_above = -100.0;
    CHECK_STATUS(mutau_ensemble_start(r.ensemble, &err), MUTAU_ENUMERIC, err);
    assert_non_null(strstr(err.text, "walker 0 of ensemble 0, at x = "));
    assert_int_equal(mutau_ensemble_counters(r.ensemble).failures, 1000 * N_SLOT);
    run_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ladders_start_geometrically),
        cmocka_unit_test(invalid_ladders_are_seen),
        cmocka_unit_test(gaps_follow_the_shares),
        cmocka_unit_test(swaps_are_accepted_with_the_ratio),
        cmocka_unit_test(settings_out_of_range_are_refused),
        cmocka_unit_test(one_temperature_is_none),
        cmocka_unit_test(rungs_keep_their_books),
        cmocka_unit_test(ladders_adapt_and_freeze),
        cmocka_unit_test(threads_do_not_change_the_chain),
        cmocka_unit_test(restored_runs_go_on_as_if_undisturbed),
        cmocka_unit_test(broken_states_are_refused),
        cmocka_unit_test(given_starts_serve_all_rungs),
        cmocka_unit_test(unplaced_walkers_name_their_rung),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
