/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delayed acceptance: who evaluates what, and what does not change it.  That the right density is
 * sampled is the business of tests/statistics/test_invariance.c. */
#include "check.h"
#include "fail_alloc.h"
#include "../statistics/mixtures.h"
#include "sampler/ensemble.h"

#include <stdlib.h>
#include <string.h>

enum { DIM = 2, N_ENSEMBLE = 3, N_WALKER = 8, N_SLOT = N_ENSEMBLE * N_WALKER, N_BLOB = 1 };
static const uint32_t SEED = 4711;
static const char *const NAMES[] = {"a", "b"};

/* A normal density of that standard deviation in the square |x| < 6, no number beyond `broken`. */
typedef struct toy {
    double sd, broken;
    bool none;         /* the likelihood is 0 everywhere */
    size_t *n_outside; /* NULL, or counts evaluations outside the square; for one thread */
} toy;

static mutau_status toy_eval(const void *self, void *ws, const double x[], double *ln_prior,
                             double *ln_like, double blob[])
{
    const toy *t = self;
    (void)ws;
    *ln_prior = *ln_like = -(double)INFINITY;
    if (blob != NULL)
        blob[0] = x[0];
    if (!(fabs(x[0]) < 6.0 && fabs(x[1]) < 6.0)) {
        if (t->n_outside != NULL)
            ++*t->n_outside;
        return MUTAU_OK;
    }
    *ln_prior = 0.0;
    if (!t->none)
        *ln_like = -0.5 * (x[0] * x[0] + x[1] * x[1]) / (t->sd * t->sd);
    return x[0] > t->broken ? MUTAU_ENUMERIC : MUTAU_OK;
}

static void toy_draw(const void *self, mutau_rng *rng, double x[])
{
    (void)self;
    for (size_t k = 0; k < DIM; k++)
        x[k] = 12.0 * mutau_rng_uniform(rng) - 6.0;
}

static mutau_target toy_target(const toy *t, size_t n_blob)
{
    return (mutau_target){.dim = DIM,
                          .n_blob = n_blob,
                          .eval = toy_eval,
                          .draw = toy_draw,
                          .self = t,
                          .names = NAMES};
}

static const toy TRUTH = {.sd = 1.0, .broken = 9.0}, WIDE = {.sd = 1.3, .broken = 9.0},
                 BROKEN = {.sd = 1.3, .broken = 0.3}, NONE = {.sd = 1.0, .none = true};

typedef struct run {
    mutau_target target, screen;
    mutau_ensemble_settings settings;
    mutau_rng *rng;
    mutau_ensemble *ensemble;
} run;

/* screen NULL: none.  The object must stay where it is. */
static void begin(run *r, const toy *screen, int n_thread, size_t n_rung)
{
    mutau_error err = {0};
    *r = (run){.target = toy_target(&TRUTH, N_BLOB)};
    r->settings = (mutau_ensemble_settings){
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .n_move = 2,
        .moves = {{&mutau_move_stretch, &MIX_STRETCH, 1.0}, {&mutau_move_de, &MIX_DE_WILD, 1.0}},
        .n_thread = n_thread,
        .n_temperature = n_rung,
        .ladder = mutau_ladder_defaults()};
    if (screen != NULL) {
        r->screen = toy_target(screen, N_BLOB);
        r->settings.screen = &r->screen;
    }
    r->rng = mutau_rng_alloc(SEED);
    assert_non_null(r->rng);
    CHECK_OK(mutau_ensemble_alloc(&r->target, &r->settings, r->rng, &r->ensemble, &err), err);
}

static void start(run *r)
{
    mutau_error err = {0};
    CHECK_OK(mutau_ensemble_start(r->ensemble, &err), err);
}

static void take_steps(run *r, size_t n)
{
    mutau_error err = {0};
    for (size_t i = 0; i < n; i++)
        CHECK_OK(mutau_ensemble_step(r->ensemble, &err), err);
}

static void end(run *r)
{
    mutau_ensemble_free(r->ensemble);
    mutau_rng_free(r->rng);
}

static uint64_t count_accepted(const run *r)
{
    uint64_t n = 0;
    const size_t n_rung = r->settings.n_temperature > 1 ? r->settings.n_temperature : 1;
    for (size_t i = 0; i < n_rung * N_SLOT; i++)
        n += mutau_ensemble_state(r->ensemble, 0).accepted[i];
    return n;
}

/* All of the chain, but not how often the screen was asked. */
static void check_same(const run *a, const run *b)
{
    const size_t n = N_SLOT * a->settings.n_temperature;
    const mutau_ensemble_view u = mutau_ensemble_state(a->ensemble, 0),
                              v = mutau_ensemble_state(b->ensemble, 0);
    assert_memory_equal(u.position, v.position, n * DIM * sizeof(double));
    assert_memory_equal(u.ln_like, v.ln_like, n * sizeof(double));
    assert_memory_equal(u.blob, v.blob, n * N_BLOB * sizeof(double));
    assert_memory_equal(u.accepted, v.accepted, n * sizeof(uint64_t));
    const mutau_ensemble_counts c = mutau_ensemble_counters(a->ensemble),
                                d = mutau_ensemble_counters(b->ensemble);
    assert_int_equal(c.evaluations, d.evaluations);
    assert_int_equal(c.failures, d.failures);
}

static void a_screen_in_other_coordinates_is_refused(void **state)
{
    run r;
    mutau_error err = {0};
    mutau_ensemble *e = NULL;
    (void)state;
    begin(&r, &WIDE, 1, 1);
    r.screen.dim = DIM + 1;
    CHECK_STATUS(mutau_ensemble_alloc(&r.target, &r.settings, r.rng, &e, &err), MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "the screen has 3 coordinates: it needs the target's 2"));
    assert_null(e);
    end(&r);
}

static mutau_status set_up(const run *r, mutau_ensemble **out, mutau_error *err)
{
    return mutau_ensemble_alloc(&r->target, &r->settings, r->rng, out, err);
}

static void each_failed_allocation_is_reported(void **state)
{
    run r;
    mutau_error err = {0};
    mutau_ensemble *e = NULL;
    long count;
    (void)state;
    begin(&r, &WIDE, 2, 1);
    CHECK_EACH_ALLOC(set_up(&r, &e, &err), e, count, err);
    assert_in_range(count, 30, 50);
    mutau_ensemble_free(e);
    end(&r);
}

/* The target itself as its screen: the second stage accepts whatever comes there. */
static void behind_itself_the_target_sees_only_what_is_accepted(void **state)
{
    enum { STEPS = 400 };
    (void)state;
    for (size_t n_rung = 1; n_rung <= 4; n_rung += 3) {
        run r;
        size_t n_outside = 0;
        const toy counted = {.sd = TRUTH.sd, .broken = TRUTH.broken, .n_outside = &n_outside};
        begin(&r, &TRUTH, 1, n_rung);
        r.target.self = &counted;
        start(&r);
        const uint64_t before = mutau_ensemble_counters(r.ensemble).evaluations;
        const size_t outside_before = n_outside;
        take_steps(&r, STEPS);
        const mutau_ensemble_counts c = mutau_ensemble_counters(r.ensemble);
        const uint64_t accepted = count_accepted(&r), proposals = (uint64_t)STEPS * N_SLOT * n_rung;
        assert_in_range(accepted, proposals / 10, proposals * 8 / 10);
        /* what leaves the square has one stage: the screen is 0 there */
        assert_int_equal(c.evaluations - before, accepted + n_outside - outside_before);
        /* each proposal, and at first the walkers themselves */
        assert_int_equal(c.screened, proposals + N_SLOT * n_rung);
        end(&r);
    }
}

/* The same in numbers: of a target of one unit and a screen that costs nothing, what is left. */
static void a_screen_spares_the_target_most_of_what_it_rejects(void **state)
{
    enum { STEPS = 2000 };
    run with, without;
    (void)state;
    begin(&with, &WIDE, 1, 1);
    begin(&without, NULL, 1, 1);
    start(&with);
    start(&without);
    take_steps(&with, STEPS);
    take_steps(&without, STEPS);
    const double each = (double)mutau_ensemble_counters(without.ensemble).evaluations /
                        (double)count_accepted(&without);
    const double screened =
        (double)mutau_ensemble_counters(with.ensemble).evaluations / (double)count_accepted(&with);
    assert_int_equal(mutau_ensemble_counters(without.ensemble).screened, 0);
    assert_true(screened < 0.75 * each);
    end(&with);
    end(&without);
}

/* Then the only difference is the order of the random numbers. */
static void a_screen_that_knows_nothing_leaves_all_to_the_target(void **state)
{
    enum { STEPS = 100 };
    run r;
    (void)state;
    begin(&r, &NONE, 1, 1);
    start(&r);
    const uint64_t before = mutau_ensemble_counters(r.ensemble).evaluations;
    take_steps(&r, STEPS);
    assert_int_equal(mutau_ensemble_counters(r.ensemble).evaluations - before, STEPS * N_SLOT);
    assert_true(count_accepted(&r) > (uint64_t)STEPS * N_SLOT / 5);
    end(&r);
}

/* A point where the screen fails is no failure, and walkers come to stand there. */
static void failures_of_the_screen_are_not_counted(void **state)
{
    run r;
    size_t n_there = 0;
    (void)state;
    begin(&r, &BROKEN, 1, 1);
    start(&r);
    take_steps(&r, 300);
    assert_int_equal(mutau_ensemble_counters(r.ensemble).failures, 0);
    for (size_t i = 0; i < N_SLOT; i++)
        n_there += mutau_ensemble_state(r.ensemble, 0).position[i * DIM] > BROKEN.broken;
    assert_in_range(n_there, 1, N_SLOT - 1);
    end(&r);
}

static void threads_do_not_change_the_chain(void **state)
{
    run one;
    (void)state;
    begin(&one, &BROKEN, 1, 3);
    start(&one);
    take_steps(&one, 200);
    for (int n_thread = 2; n_thread <= 3; n_thread++) {
        run many;
        begin(&many, &BROKEN, n_thread, 3);
        start(&many);
        take_steps(&many, 200);
        check_same(&one, &many);
        assert_int_equal(mutau_ensemble_counters(one.ensemble).screened,
                         mutau_ensemble_counters(many.ensemble).screened);
        end(&many);
    }
    end(&one);
}

static void restored_runs_go_on_as_if_undisturbed(void **state)
{
    enum { N_RUNG = 3, N = N_SLOT * N_RUNG };
    double x[N * DIM], ln_prior[N], ln_like[N], blob[N * N_BLOB], beta[N_RUNG];
    uint64_t accepted[N];
    mutau_swap_count swaps[N_RUNG - 1];
    mutau_rng_state rng;
    mutau_error err = {0};
    run first, second;
    (void)state;
    begin(&first, &BROKEN, 1, N_RUNG);
    begin(&second, &BROKEN, 2, N_RUNG);
    start(&first);
    take_steps(&first, 40);
    const mutau_ensemble_view v = mutau_ensemble_state(first.ensemble, 0);
    memcpy(x, v.position, sizeof x);
    memcpy(ln_prior, v.ln_prior, sizeof ln_prior);
    memcpy(ln_like, v.ln_like, sizeof ln_like);
    memcpy(blob, v.blob, sizeof blob);
    memcpy(accepted, v.accepted, sizeof accepted);
    memcpy(beta, mutau_ensemble_beta(first.ensemble), sizeof beta);
    memcpy(swaps, mutau_ensemble_swaps(first.ensemble), sizeof swaps);
    mutau_rng_save(first.rng, &rng);
    const mutau_ensemble_counts counts = mutau_ensemble_counters(first.ensemble);
    take_steps(&first, 70);
    CHECK_OK(mutau_rng_restore(second.rng, &rng, &err), err);
    CHECK_OK(mutau_ensemble_restore(second.ensemble, x, ln_prior, ln_like, blob, accepted, &counts,
                                    beta, swaps, &err),
             err);
    take_steps(&second, 70);
    check_same(&first, &second);
    /* the restored walkers were looked at again */
    assert_int_equal(mutau_ensemble_counters(second.ensemble).screened,
                     mutau_ensemble_counters(first.ensemble).screened + N);
    end(&first);
    end(&second);
}

/* An evaluator gets what passed; side work comes once a step. */
typedef struct helper {
    size_t n_point, n_work;
} helper;

static void help_eval(void *self, const mutau_points *p)
{
    helper *h = self;
    h->n_point += p->n;
    for (size_t i = 0; i < p->n; i++)
        p->status[i] = toy_eval(&TRUTH, NULL, p->x + i * DIM, &p->ln_prior[i], &p->ln_like[i],
                                p->blob + i * N_BLOB);
}

static void help_work(void *self)
{
    ((helper *)self)->n_work++;
}

static void evaluators_get_what_passed(void **state)
{
    run own, helped;
    helper h = {0};
    const mutau_evaluator evaluator = {.eval = help_eval, .self = &h};
    mutau_error err = {0};
    (void)state;
    begin(&own, &WIDE, 3, 1);
    begin(&helped, &WIDE, 1, 1);
    mutau_ensemble_free(helped.ensemble);
    helped.settings.evaluator = &evaluator;
    helped.settings.side_work = (mutau_side_work){.run = help_work, .self = &h};
    CHECK_OK(
        mutau_ensemble_alloc(&helped.target, &helped.settings, helped.rng, &helped.ensemble, &err),
        err);
    start(&own);
    start(&helped);
    take_steps(&own, 50);
    take_steps(&helped, 50);
    check_same(&own, &helped);
    assert_int_equal(h.n_work, 50);
    assert_int_equal(h.n_point, mutau_ensemble_counters(helped.ensemble).evaluations);
    end(&own);
    end(&helped);
}

/* All proposals of an independence move are evaluated by the target, and weighed. */
static double flat_proposal(const void *cfg, const void *ws)
{
    (void)cfg;
    (void)ws;
    return -2.0 * log(12.0);
}

static void flat_propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                         const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)cfg;
    (void)ws;
    (void)dim;
    (void)x;
    (void)n_other;
    (void)other;
    toy_draw(NULL, rng, y);
    *ln_q_ratio = 0.0;
}

static void independence_moves_have_one_stage(void **state)
{
    static const mutau_move flat = {
        .name = "flat", .propose = flat_propose, .ln_proposal = flat_proposal};
    enum { STEPS = 200 };
    run r;
    mutau_error err = {0};
    uint64_t n_weighed = 0, n_evaluated = 0, n_seen = 0;
    (void)state;
    begin(&r, &TRUTH, 1, 1);
    mutau_ensemble_free(r.ensemble);
    r.settings.moves[1] = (mutau_weighted_move){&flat, NULL, 1.0};
    CHECK_OK(mutau_ensemble_alloc(&r.target, &r.settings, r.rng, &r.ensemble, &err), err);
    start(&r);
    for (size_t t = 0; t < STEPS; t++) {
        const mutau_ensemble_counts before = mutau_ensemble_counters(r.ensemble);
        take_steps(&r, 1);
        const mutau_ensemble_counts after = mutau_ensemble_counters(r.ensemble);
        const double *weight = mutau_ensemble_log_weight(r.ensemble);
        uint64_t n = 0;
        for (size_t i = 0; i < N_SLOT; i++)
            n += isnan(weight[i]) ? 0 : 1;
        assert_int_equal(n % N_WALKER, 0); /* all walkers of an ensemble, or none */
        assert_true(after.evaluations - before.evaluations >= n);
        if (n == N_SLOT)
            assert_int_equal(after.screened, before.screened);
        n_weighed += n;
        n_evaluated += after.evaluations - before.evaluations;
        n_seen += after.screened - before.screened;
    }
    assert_in_range(n_weighed, STEPS * N_SLOT / 3, 2 * STEPS * N_SLOT / 3);
    assert_true(n_evaluated < (uint64_t)STEPS * N_SLOT);
    assert_true(n_seen + n_weighed >= (uint64_t)STEPS * N_SLOT);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_screen_in_other_coordinates_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(behind_itself_the_target_sees_only_what_is_accepted),
        cmocka_unit_test(a_screen_spares_the_target_most_of_what_it_rejects),
        cmocka_unit_test(a_screen_that_knows_nothing_leaves_all_to_the_target),
        cmocka_unit_test(failures_of_the_screen_are_not_counted),
        cmocka_unit_test(threads_do_not_change_the_chain),
        cmocka_unit_test(restored_runs_go_on_as_if_undisturbed),
        cmocka_unit_test(evaluators_get_what_passed),
        cmocka_unit_test(independence_moves_have_one_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
