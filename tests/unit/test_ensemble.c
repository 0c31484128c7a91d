/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ensembles' bookkeeping: starts, counts, threads, resume, failures.  That
 * they sample the right density is the business of tests/statistics. */
#include "check.h"
#include "sampler/ensemble.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = 3, N_BLOB = 2, N_ENSEMBLE = 2, N_WALKER = 10 };
static const uint32_t SEED = 90210;
static const char *const NAMES[] = {"alpha", "beta", "gamma"};

/* A correlated Gaussian in the box |theta| < 5, with the failures one asks for. */
typedef struct toy {
    mutau_status (*trouble)(const double theta[], double *ln_prior, double *ln_like);
    double draw_scale;
} toy;

static mutau_status toy_eval(const void *self, void *ws, const double theta[], double *ln_prior,
                             double *ln_like, double blob[])
{
    (void)ws;
    const toy *t = self;
    *ln_prior = *ln_like = -(double)INFINITY;
    blob[0] = blob[1] = (double)NAN;
    for (size_t k = 0; k < DIM; k++)
        if (!(fabs(theta[k]) < 5.0))
            return MUTAU_OK;
    const double d = theta[1] - 0.8 * theta[0], e = theta[2] + theta[1];
    *ln_prior = -DIM * log(10.0);
    *ln_like = -0.5 * (theta[0] * theta[0] + d * d / 0.36 + e * e);
    blob[0] = theta[0] + 2.0 * theta[1];
    blob[1] = theta[2];
    return t->trouble != NULL ? t->trouble(theta, ln_prior, ln_like) : MUTAU_OK;
}

static void toy_draw(const void *self, mutau_rng *rng, double theta[])
{
    const toy *t = self;
    for (size_t k = 0; k < DIM; k++)
        theta[k] = t->draw_scale * (2.0 * mutau_rng_uniform(rng) - 1.0);
}

static mutau_target toy_target(const toy *t)
{
    return (mutau_target){.dim = DIM,
                          .n_blob = N_BLOB,
                          .eval = toy_eval,
                          .draw = toy_draw,
                          .self = t,
                          .names = NAMES};
}

static const mutau_move_stretch_settings STRETCH = {.a = 2.0};

static mutau_ensemble_settings usual_settings(void)
{
    return (mutau_ensemble_settings){.n_ensemble = N_ENSEMBLE,
                                     .n_walker = N_WALKER,
                                     .n_move = 1,
                                     .moves = {{&mutau_move_stretch, &STRETCH, 1.0}},
                                     .n_thread = 1};
}

/* A run on `t`; fails the test if it cannot be set up. */
typedef struct run {
    mutau_target target;
    mutau_rng *rng;
    mutau_ensemble *ensemble;
} run;

static void run_setup(run *r, const toy *t, const mutau_ensemble_settings *settings)
{
    mutau_error err = {0};
    r->target = toy_target(t);
    r->rng = mutau_rng_alloc(SEED);
    assert_non_null(r->rng);
    CHECK_OK(mutau_ensemble_alloc(&r->target, settings, r->rng, &r->ensemble, &err), err);
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

/* Views are exact copies of each other, as are the counts. */
static void check_same(const mutau_ensemble *a, const mutau_ensemble *b)
{
    for (size_t i = 0; i < N_ENSEMBLE; i++) {
        const mutau_ensemble_view u = mutau_ensemble_state(a, i), v = mutau_ensemble_state(b, i);
        assert_memory_equal(u.position, v.position, N_WALKER * DIM * sizeof(double));
        assert_memory_equal(u.ln_prior, v.ln_prior, N_WALKER * sizeof(double));
        assert_memory_equal(u.ln_like, v.ln_like, N_WALKER * sizeof(double));
        assert_memory_equal(u.blob, v.blob, N_WALKER * N_BLOB * sizeof(double));
        assert_memory_equal(u.accepted, v.accepted, N_WALKER * sizeof(uint64_t));
    }
    const mutau_ensemble_counts c = mutau_ensemble_counters(a), d = mutau_ensemble_counters(b);
    assert_memory_equal(&c, &d, sizeof c);
}

static void settings_out_of_range_are_refused(void **state)
{
    (void)state;
    const toy t = {.draw_scale = 1.0};
    const mutau_target target = toy_target(&t);
    const mutau_move_stretch_settings bad_stretch = {.a = 1.0};
    mutau_ensemble_settings bad[13];
    for (size_t i = 0; i < 13; i++)
        bad[i] = usual_settings();
    bad[0].n_ensemble = 0;
    bad[1].n_walker = 11;
    bad[2].n_walker = 4;
    bad[3].n_move = 0;
    bad[4].n_move = MUTAU_MAX_MOVES + 1;
    bad[5].n_thread = 0;
    bad[6].moves[0].weight = 0.0;
    bad[7].moves[0].weight = (double)NAN;
    bad[8].moves[0].cfg = &bad_stretch;
    bad[9].n_ensemble = SIZE_MAX / 4;
    bad[10].n_move = 2; /* and only one is given */
    bad[11].max_failure_rate = 1.1;
    bad[12].max_failure_rate = (double)NAN;
    mutau_rng *rng = mutau_rng_alloc(SEED);
    for (size_t i = 0; i < 13; i++) {
        mutau_error err = {0};
        mutau_ensemble *e = NULL;
        CHECK_STATUS(mutau_ensemble_alloc(&target, &bad[i], rng, &e, &err), MUTAU_EDOM, err);
        assert_null(e);
    }
    mutau_target none = target;
    none.dim = 0;
    const mutau_ensemble_settings good = usual_settings();
    mutau_error err = {0};
    mutau_ensemble *e = NULL;
    CHECK_STATUS(mutau_ensemble_alloc(&none, &good, rng, &e, &err), MUTAU_EDOM, err);
    mutau_rng_free(rng);
    mutau_ensemble_free(NULL);
}

/* Every walker has a draw of its own, and the densities and blobs of that point. */
static void starts_are_independent_draws(void **state)
{
    (void)state;
    const toy t = {.draw_scale = 7.0}; /* two thirds fall outside the box and are drawn again */
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    run_setup(&r, &t, &settings);
    CHECK_STATUS(mutau_ensemble_step(r.ensemble, &err), MUTAU_EDOM, err);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    for (size_t i = 0; i < N_ENSEMBLE; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(r.ensemble, i);
        for (size_t w = 0; w < N_WALKER; w++) {
            const double *x = v.position + w * DIM;
            double ln_prior, ln_like, blob[N_BLOB];
            assert_int_equal(toy_eval(&t, NULL, x, &ln_prior, &ln_like, blob), MUTAU_OK);
            CHECK_ABS(v.ln_prior[w], ln_prior, 0.0);
            CHECK_ABS(v.ln_like[w], ln_like, 0.0);
            CHECK_ABS(v.blob[w * N_BLOB], blob[0], 0.0);
            CHECK_ABS(v.blob[w * N_BLOB + 1], blob[1], 0.0);
            assert_true(isfinite(ln_like));
            assert_int_equal(v.accepted[w], 0);
            for (size_t u = 0; u < w; u++)
                assert_memory_not_equal(x, v.position + u * DIM, sizeof(double));
        }
    }
    assert_memory_not_equal(mutau_ensemble_state(r.ensemble, 0).position,
                            mutau_ensemble_state(r.ensemble, 1).position, sizeof(double));
    const mutau_ensemble_counts counts = mutau_ensemble_counters(r.ensemble);
    assert_int_equal(counts.steps, 0);
    assert_int_equal(counts.failures, 0);
    assert_true(counts.evaluations > N_ENSEMBLE * N_WALKER);
    run_end(&r);
}

static mutau_status always_nan(const double theta[], double *ln_prior, double *ln_like)
{
    (void)theta;
    (void)ln_prior;
    *ln_like = (double)NAN;
    return MUTAU_OK;
}

static void check_text(const mutau_error *err, const char *part)
{
    if (strstr(err->text, part) == NULL)
        fail_msg("'%s' does not contain '%s'", err->text, part);
}

static void walkers_that_cannot_be_placed_are_reported(void **state)
{
    (void)state;
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    const toy sick = {.trouble = always_nan, .draw_scale = 1.0};
    run_setup(&r, &sick, &settings);
    CHECK_STATUS(mutau_ensemble_start(r.ensemble, &err), MUTAU_ENUMERIC, err);
    check_text(&err, "walker 0 of ensemble 0, at alpha = ");
    check_text(&err, "not a number");
    assert_int_equal(mutau_ensemble_counters(r.ensemble).failures, 1000 * N_ENSEMBLE * N_WALKER);
    CHECK_STATUS(mutau_ensemble_step(r.ensemble, &err), MUTAU_EDOM, err);
    run_end(&r);

    const toy outside = {.draw_scale = 1e9};
    run_setup(&r, &outside, &settings);
    CHECK_STATUS(mutau_ensemble_start(r.ensemble, &err), MUTAU_ENUMERIC, err);
    check_text(&err, "ln prior -inf");
    run_end(&r);

    run_setup(&r, &outside, &settings);
    r.target.draw = NULL;
    CHECK_STATUS(mutau_ensemble_start(r.ensemble, &err), MUTAU_EDOM, err);
    run_end(&r);
}

/* Deterministic, scattered points in the box. */
static void scatter(double position[N_ENSEMBLE * N_WALKER * DIM])
{
    mutau_rng *rng = mutau_rng_alloc(SEED + 7);
    for (size_t i = 0; i < N_ENSEMBLE * N_WALKER * DIM; i++)
        position[i] = 4.0 * mutau_rng_uniform(rng) - 2.0;
    mutau_rng_free(rng);
}

static void degenerate_starts_name_the_coordinate(void **state)
{
    (void)state;
    const toy t = {.draw_scale = 1.0};
    const mutau_ensemble_settings settings = usual_settings();
    double x[N_ENSEMBLE * N_WALKER * DIM];
    double *second = x + N_WALKER * DIM; /* the trouble is in ensemble 1 */
    mutau_error err = {0};
    run r;
    run_setup(&r, &t, &settings);

    scatter(x);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, x, &err), err);
    run_steps(&r, 1);

    for (size_t w = 0; w < N_WALKER; w++)
        second[w * DIM + 1] = 0.1;
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    check_text(&err, "ensemble 1");
    check_text(&err, "'beta' has the same value");
    CHECK_STATUS(mutau_ensemble_step(r.ensemble, &err), MUTAU_EDOM, err);

    scatter(x);
    for (size_t w = 0; w < N_WALKER; w++)
        second[w * DIM + 2] = 0.3 + 0.7 * second[w * DIM + 1];
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    check_text(&err, "'gamma'");
    check_text(&err, "'beta'");
    check_text(&err, "linear function");

    /* Near dependence counts as such above a condition number of 1e8 only. */
    for (size_t w = 0; w < N_WALKER; w++)
        second[w * DIM + 2] += 1e-10 * (double)(w * w);
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    for (size_t w = 0; w < N_WALKER; w++)
        second[w * DIM + 2] += 1e-8 * (double)(w * w);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, x, &err), err);

    scatter(x);
    second[2] = (double)NAN;
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    check_text(&err, "'gamma' is not finite");

    scatter(x);
    second[DIM] = 6.0;
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    check_text(&err, "walker 1 of ensemble 1, at alpha = 6, ");
    run_end(&r);
}

static void steps_move_every_walker_once_and_keep_the_books(void **state)
{
    (void)state;
    const toy t = {.draw_scale = 1.0};
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    run_setup(&r, &t, &settings);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    uint64_t accepted[N_WALKER] = {0};
    for (size_t step = 0; step < 100; step++) {
        double before[N_WALKER * DIM];
        const mutau_ensemble_view v = mutau_ensemble_state(r.ensemble, 1);
        memcpy(before, v.position, sizeof before);
        run_steps(&r, 1);
        for (size_t w = 0; w < N_WALKER; w++) {
            double ln_prior, ln_like, blob[N_BLOB];
            const double *x = v.position + w * DIM;
            accepted[w] += memcmp(before + w * DIM, x, DIM * sizeof(double)) != 0;
            assert_int_equal(v.accepted[w], accepted[w]);
            (void)toy_eval(&t, NULL, x, &ln_prior, &ln_like, blob);
            CHECK_ABS(v.ln_like[w], ln_like, 0.0);
            CHECK_ABS(v.blob[w * N_BLOB], blob[0], 0.0);
        }
    }
    for (size_t w = 0; w < N_WALKER; w++)
        assert_in_range(accepted[w], 20, 90);
    const mutau_ensemble_counts counts = mutau_ensemble_counters(r.ensemble);
    assert_int_equal(counts.steps, 100);
    assert_int_equal(counts.evaluations, 101 * N_ENSEMBLE * N_WALKER);
    assert_int_equal(counts.failures, 0);
    run_end(&r);
}

/* A move that only looks: x must not be among the others, which must be half the
 * ensemble; over both half-steps every walker is proposed for exactly once. */
typedef struct spy_log {
    size_t n_call;
    double moved[N_ENSEMBLE * N_WALKER]; /* first coordinates: they tell walkers apart */
} spy_log;

static void spy_propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                        const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)ws;
    (void)rng;
    spy_log *const *spy = cfg;
    assert_int_equal(n_other, N_WALKER / 2);
    for (size_t i = 0; i < n_other; i++)
        assert_memory_not_equal(other + i * dim, x, sizeof(double));
    (*spy)->moved[(*spy)->n_call++] = x[0];
    memcpy(y, x, dim * sizeof *y);
    *ln_q_ratio = -(double)INFINITY; /* rejected */
}

static void halves_complement_each_other_and_vary(void **state)
{
    (void)state;
    spy_log log = {0};
    spy_log *const cfg = &log;
    const mutau_move spy = {.name = "spy", .propose = spy_propose};
    const toy t = {.draw_scale = 1.0};
    mutau_ensemble_settings settings = usual_settings();
    settings.moves[0] = (mutau_weighted_move){&spy, &cfg, 1.0};
    mutau_error err = {0};
    run r;
    run_setup(&r, &t, &settings);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    size_t first[N_WALKER] = {0};
    enum { N_STEP = 2000 };
    for (size_t step = 0; step < N_STEP; step++) {
        log.n_call = 0;
        run_steps(&r, 1);
        assert_int_equal(log.n_call, N_ENSEMBLE * N_WALKER);
        const double *x = mutau_ensemble_state(r.ensemble, 1).position;
        for (size_t w = 0; w < N_WALKER; w++) {
            size_t n_seen = 0;
            for (size_t i = 0; i < log.n_call; i++) {
                const bool seen = memcmp(&log.moved[i], &x[w * DIM], sizeof(double)) == 0;
                n_seen += seen;
                first[w] += seen && i < N_WALKER;
            }
            assert_int_equal(n_seen, 1);
        }
    }
    /* Each walker is in the first half every other time: 4.5 sd, a false alarm in 15000. */
    for (size_t w = 0; w < N_WALKER; w++)
        CHECK_ABS((double)first[w], N_STEP / 2.0, 4.5 * sqrt(N_STEP / 4.0));
    run_end(&r);
}

/* Moves of a mixture are picked with their weights, one per step and ensemble. */
static void mixtures_follow_their_weights(void **state)
{
    (void)state;
    spy_log log = {0};
    spy_log *const cfg = &log;
    const mutau_move spy = {.name = "spy", .propose = spy_propose};
    const toy t = {.draw_scale = 1.0};
    mutau_ensemble_settings settings = usual_settings();
    settings.n_move = 2;
    settings.moves[0].weight = 1.5;
    settings.moves[1] = (mutau_weighted_move){&spy, &cfg, 0.5};
    mutau_error err = {0};
    run r;
    run_setup(&r, &t, &settings);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    size_t n_spied = 0;
    enum { N_STEP = 2000 };
    for (size_t step = 0; step < N_STEP; step++) {
        log.n_call = 0;
        run_steps(&r, 1);
        assert_int_equal(log.n_call % N_WALKER, 0);
        n_spied += log.n_call / N_WALKER;
    }
    CHECK_ABS((double)n_spied, 0.25 * N_ENSEMBLE * N_STEP,
              4.5 * sqrt(N_ENSEMBLE * N_STEP * 0.1875));
    run_end(&r);
}

/* A move that keeps what it is given of the other half and counts how often. */
typedef struct keeper_log {
    size_t n_prepare, n_call;
} keeper_log;

static size_t keeper_size(const void *cfg, size_t dim, size_t n_other)
{
    (void)cfg;
    return dim * n_other * sizeof(double);
}

static void keeper_prepare(const void *cfg, void *ws, size_t dim, size_t n_other,
                           const double other[])
{
    keeper_log *const *log = cfg;
    (*log)->n_prepare++;
    memcpy(ws, other, dim * n_other * sizeof *other);
}

static void keeper_propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                           const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    keeper_log *const *log = cfg;
    if ((*log)->n_call % (N_WALKER / 2) == 0) /* the first of a half-step */
        assert_int_equal((*log)->n_prepare, (*log)->n_call / (N_WALKER / 2) + 1);
    (*log)->n_call++;
    assert_memory_equal(ws, other, dim * n_other * sizeof *other);
    mutau_move_stretch.propose(&STRETCH, NULL, dim, x, n_other, other, rng, y, ln_q_ratio);
}

/* Beside a move that needs no workspace, which must then not disturb anything. */
static void moves_are_prepared_once_per_half_step(void **state)
{
    (void)state;
    keeper_log log = {0};
    keeper_log *const cfg = &log;
    const mutau_move keeper = {.name = "keeper",
                               .workspace_size = keeper_size,
                               .prepare = keeper_prepare,
                               .propose = keeper_propose};
    const toy t = {.draw_scale = 1.0};
    mutau_ensemble_settings settings = usual_settings();
    settings.n_move = 2;
    settings.moves[1] = (mutau_weighted_move){&keeper, &cfg, 1.0};
    mutau_error err = {0};
    run r;
    run_setup(&r, &t, &settings);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    run_steps(&r, 100);
    assert_in_range(log.n_prepare, 2 * N_ENSEMBLE * 25, 2 * N_ENSEMBLE * 75);
    assert_int_equal(log.n_call, log.n_prepare * (N_WALKER / 2));
    run_end(&r);
}

static void threads_do_not_change_the_chain(void **state)
{
    (void)state;
    const toy t = {.draw_scale = 7.0};
    mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run one;
    run_setup(&one, &t, &settings);
    CHECK_OK(mutau_ensemble_start(one.ensemble, &err), err);
    run_steps(&one, 300);
    for (int n_thread = 2; n_thread <= 3; n_thread++) {
        settings.n_thread = n_thread;
        run many;
        run_setup(&many, &t, &settings);
        CHECK_OK(mutau_ensemble_start(many.ensemble, &err), err);
        run_steps(&many, 300);
        check_same(one.ensemble, many.ensemble);
        run_end(&many);
    }
    run_end(&one);
}

/* One block of memory per array, as a chain file would hold it. */
typedef struct snapshot {
    double position[N_ENSEMBLE * N_WALKER * DIM], ln_prior[N_ENSEMBLE * N_WALKER],
        ln_like[N_ENSEMBLE * N_WALKER], blob[N_ENSEMBLE * N_WALKER * N_BLOB];
    uint64_t accepted[N_ENSEMBLE * N_WALKER];
    mutau_ensemble_counts counts;
    mutau_rng_state rng;
} snapshot;

static void take_snapshot(const run *r, snapshot *s)
{
    for (size_t i = 0; i < N_ENSEMBLE; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(r->ensemble, i);
        const size_t w = i * N_WALKER, n = N_WALKER * sizeof(double);
        memcpy(s->position + w * DIM, v.position, n * DIM);
        memcpy(s->ln_prior + w, v.ln_prior, n);
        memcpy(s->ln_like + w, v.ln_like, n);
        memcpy(s->blob + w * N_BLOB, v.blob, n * N_BLOB);
        memcpy(s->accepted + w, v.accepted, N_WALKER * sizeof(uint64_t));
    }
    s->counts = mutau_ensemble_counters(r->ensemble);
    mutau_rng_save(r->rng, &s->rng);
}

static mutau_status put_back(run *r, const snapshot *s, mutau_error *err)
{
    MUTAU_CHECK(mutau_rng_restore(r->rng, &s->rng, err));
    return mutau_ensemble_restore(r->ensemble, s->position, s->ln_prior, s->ln_like, s->blob,
                                  s->accepted, &s->counts, NULL, NULL, err);
}

/* Compares what it finds with a run that has been stopped before the step. */
typedef struct onlooker {
    run watched, before;
    size_t n_call;
} onlooker;

static void look_on(void *self)
{
    onlooker *o = self;
    o->n_call++;
    check_same(o->watched.ensemble, o->before.ensemble);
}

static void side_work_sees_the_step_before(void **state)
{
    (void)state;
    enum { STEPS = 20 };
    const toy t = {.draw_scale = 1.0};
    mutau_error err = {0};
    for (int n_thread = 1; n_thread <= 4; n_thread++) {
        onlooker o = {0};
        mutau_ensemble_settings settings = usual_settings();
        run_setup(&o.before, &t, &settings);
        settings.n_thread = n_thread;
        settings.side_work = (mutau_side_work){.run = look_on, .self = &o};
        run_setup(&o.watched, &t, &settings);
        CHECK_OK(mutau_ensemble_start(o.before.ensemble, &err), err);
        CHECK_OK(mutau_ensemble_start(o.watched.ensemble, &err), err);
        for (size_t i = 0; i < STEPS; i++) {
            assert_int_equal(o.n_call, i);
            run_steps(&o.watched, 1);
            run_steps(&o.before, 1);
        }
        assert_int_equal(o.n_call, STEPS);
        check_same(o.watched.ensemble, o.before.ensemble);
        run_end(&o.watched);
        run_end(&o.before);
    }
}

static void restored_runs_go_on_as_if_undisturbed(void **state)
{
    (void)state;
    const toy t = {.draw_scale = 1.0};
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    snapshot s;
    run first, second;
    run_setup(&first, &t, &settings);
    CHECK_OK(mutau_ensemble_start(first.ensemble, &err), err);
    run_steps(&first, 57);
    take_snapshot(&first, &s);
    run_steps(&first, 83);
    run_setup(&second, &t, &settings);
    CHECK_OK(put_back(&second, &s, &err), err);
    run_steps(&second, 83);
    check_same(first.ensemble, second.ensemble);

    s.ln_like[N_WALKER + 3] = -(double)INFINITY;
    CHECK_STATUS(put_back(&second, &s, &err), MUTAU_EDATA, err);
    check_text(&err, "walker 3 of ensemble 1");
    s.ln_like[N_WALKER + 3] = -1.0;
    s.position[4] = (double)NAN;
    CHECK_STATUS(put_back(&second, &s, &err), MUTAU_EDATA, err);
    run_end(&first);
    run_end(&second);
}

static mutau_status nan_above(const double theta[], double *ln_prior, double *ln_like)
{
    (void)ln_prior;
    if (theta[0] > -1.0)
        *ln_like = (double)NAN;
    return MUTAU_OK;
}

static mutau_status status_above(const double theta[], double *ln_prior, double *ln_like)
{
    (void)ln_prior;
    (void)ln_like;
    return theta[0] > -1.0 ? MUTAU_ENUMERIC : MUTAU_OK;
}

static mutau_status infinite_above(const double theta[], double *ln_prior, double *ln_like)
{
    (void)ln_prior;
    if (theta[0] > -1.0)
        *ln_like = (double)INFINITY;
    return MUTAU_OK;
}

static mutau_status rare_nan(const double theta[], double *ln_prior, double *ln_like)
{
    (void)ln_like;
    if (theta[0] > 2.0)
        *ln_prior = (double)NAN;
    return MUTAU_OK;
}

/* Failures are rejected and counted whatever their kind; a good part of the
 * proposals failing stops the run, but not before a thousand have, those of the start not
 * counted. */
static void failures_are_counted_and_stop_a_run(void **state)
{
    (void)state;
    mutau_status (*const kinds[])(const double *, double *, double *) = {nan_above, status_above,
                                                                         infinite_above};
    const mutau_ensemble_settings settings = usual_settings();
    for (size_t k = 0; k < 3; k++) {
        const toy t = {.trouble = kinds[k], .draw_scale = 4.0};
        mutau_error err = {0};
        run r;
        run_setup(&r, &t, &settings);
        CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
        const uint64_t at_start = mutau_ensemble_counters(r.ensemble).failures;
        assert_true(at_start > 0);
        mutau_status status = MUTAU_OK;
        size_t step = 0;
        for (; status == MUTAU_OK && step < 10000; step++) {
            status = mutau_ensemble_step(r.ensemble, &err);
            for (size_t i = 0; i < N_ENSEMBLE; i++)
                for (size_t w = 0; w < N_WALKER; w++)
                    assert_true(mutau_ensemble_state(r.ensemble, i).position[w * DIM] <= -1.0);
        }
        const mutau_ensemble_counts counts = mutau_ensemble_counters(r.ensemble);
        assert_int_equal(status, MUTAU_ENUMERIC);
        check_text(&err, "failed, the last at alpha = ");
        assert_in_range(counts.failures - at_start, 1000, 1000 + N_ENSEMBLE * N_WALKER);
        assert_int_equal(counts.steps, step);
        run_end(&r);
    }
}

static void rare_failures_do_not_stop_a_run(void **state)
{
    (void)state;
    const toy t = {.trouble = rare_nan, .draw_scale = 1.0};
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    run_setup(&r, &t, &settings);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    run_steps(&r, 3000);
    const mutau_ensemble_counts counts = mutau_ensemble_counters(r.ensemble);
    assert_in_range(counts.failures, 1000, counts.evaluations / 10);
    run_end(&r);
}

/* Of every step the failed points are there with their walkers; one is too many if the
 * settings say so. */
static void failures_of_a_step_can_be_read(void **state)
{
    (void)state;
    const toy t = {.trouble = rare_nan, .draw_scale = 1.0};
    mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    const mutau_ensemble_failure *failures = NULL;
    run_setup(&r, &t, &settings);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    assert_int_equal(mutau_ensemble_failures(r.ensemble, &failures), 0);
    uint64_t n_seen = 0;
    for (int step = 0; step < 300; step++) {
        run_steps(&r, 1);
        const size_t n = mutau_ensemble_failures(r.ensemble, &failures);
        for (size_t i = 0; i < n; i++) {
            assert_true(failures[i].theta[0] > 2.0);
            assert_true(failures[i].i_ensemble < N_ENSEMBLE && failures[i].i_walker < N_WALKER);
            assert_int_equal(failures[i].i_rung, 0);
            assert_int_equal(failures[i].status, MUTAU_ENAN);
        }
        n_seen += n;
    }
    assert_int_equal(n_seen, mutau_ensemble_counters(r.ensemble).failures);
    assert_true(n_seen > 20);
    run_end(&r);

    settings.max_failure_rate = 1e-6;
    run_setup(&r, &t, &settings);
    CHECK_OK(mutau_ensemble_start(r.ensemble, &err), err);
    mutau_status status = MUTAU_OK;
    for (int step = 0; step < 300 && status == MUTAU_OK; step++)
        status = mutau_ensemble_step(r.ensemble, &err);
    assert_int_equal(status, MUTAU_ENUMERIC);
    check_text(&err, "a share of 1e-06 is allowed");
    assert_true(mutau_ensemble_failures(r.ensemble, &failures) > 0);
    run_end(&r);
}

/* Of many failures of a step, such as all those of a start, the first are kept. */
static void the_first_failures_are_kept(void **state)
{
    (void)state;
    const toy t = {.trouble = always_nan, .draw_scale = 1.0};
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    const mutau_ensemble_failure *failures = NULL;
    run_setup(&r, &t, &settings);
    CHECK_STATUS(mutau_ensemble_start(r.ensemble, &err), MUTAU_ENUMERIC, err);
    assert_int_equal(mutau_ensemble_failures(r.ensemble, &failures), MUTAU_MAX_FAILURES);
    assert_int_equal(failures[1].i_walker, 1);
    run_end(&r);
}

static void a_start_without_a_place_names_the_coordinate(void **state)
{
    (void)state;
    const toy t = {.draw_scale = 1.0};
    const mutau_ensemble_settings settings = usual_settings();
    mutau_error err = {0};
    run r;
    double x[N_ENSEMBLE * N_WALKER * DIM];
    run_setup(&r, &t, &settings);
    for (size_t i = 0; i < N_ENSEMBLE * N_WALKER; i++)
        toy_draw(&t, r.rng, x + i * DIM);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, x, &err), err);
    x[3 * DIM + 1] = 7.0;
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    check_text(&err, "walker 3 of ensemble 0");
    check_text(&err, "coordinate at fault is beta");
    x[3 * DIM] = 7.0; /* two at once: none of them alone */
    CHECK_STATUS(mutau_ensemble_start_at(r.ensemble, x, &err), MUTAU_ENUMERIC, err);
    assert_null(strstr(err.text, "at fault"));
    run_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_out_of_range_are_refused),
        cmocka_unit_test(starts_are_independent_draws),
        cmocka_unit_test(walkers_that_cannot_be_placed_are_reported),
        cmocka_unit_test(degenerate_starts_name_the_coordinate),
        cmocka_unit_test(steps_move_every_walker_once_and_keep_the_books),
        cmocka_unit_test(halves_complement_each_other_and_vary),
        cmocka_unit_test(mixtures_follow_their_weights),
        cmocka_unit_test(moves_are_prepared_once_per_half_step),
        cmocka_unit_test(threads_do_not_change_the_chain),
        cmocka_unit_test(side_work_sees_the_step_before),
        cmocka_unit_test(restored_runs_go_on_as_if_undisturbed),
        cmocka_unit_test(failures_are_counted_and_stop_a_run),
        cmocka_unit_test(rare_failures_do_not_stop_a_run),
        cmocka_unit_test(failures_of_a_step_can_be_read),
        cmocka_unit_test(the_first_failures_are_kept),
        cmocka_unit_test(a_start_without_a_place_names_the_coordinate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
