/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who evaluates a batch does not show in what is found. */
#include "check.h"
#include "sampler/evaluator.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sampler/ensemble.h"

enum { DIM = 2, N_BLOB = 3, N_POINT = 101, N_WALKER = 12, STEPS = 50 };
static const char *const NAMES[] = {"alpha", "beta"};

/* A ring in the square |theta| < 3; fails, or is silent about a NaN, in two corners. */
static mutau_status ring_eval(const void *self, void *ws, const double theta[], double *ln_prior,
                              double *ln_like, double blob[])
{
    (void)self;
    (void)ws;
    *ln_prior = *ln_like = -(double)INFINITY;
    for (size_t i = 0; i < N_BLOB; i++)
        blob[i] = (double)NAN;
    if (!(fabs(theta[0]) < 3.0 && fabs(theta[1]) < 3.0))
        return MUTAU_OK;
    const double r = hypot(theta[0], theta[1]);
    *ln_prior = -2.0 * log(6.0);
    *ln_like = -0.5 * (r - 1.0) * (r - 1.0) / 0.04;
    for (size_t i = 0; i < N_BLOB; i++)
        blob[i] = r + (double)i;
    if (theta[0] > 2.0 && theta[1] > 2.0)
        return MUTAU_ENUMERIC;
    if (theta[0] < -2.0 && theta[1] < -2.0)
        *ln_like = (double)NAN;
    return MUTAU_OK;
}

static void ring_draw(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    for (size_t k = 0; k < DIM; k++)
        theta[k] = 6.0 * mutau_rng_uniform(rng) - 3.0;
}

static const mutau_target RING = {
    .dim = DIM, .n_blob = N_BLOB, .eval = ring_eval, .draw = ring_draw, .names = NAMES};

typedef struct batch {
    double x[N_POINT][DIM], ln_prior[N_POINT], ln_like[N_POINT], blob[N_POINT][N_BLOB];
    mutau_status status[N_POINT];
} batch;

static mutau_points points_of(batch *b, size_t n)
{
    return (mutau_points){.n = n,
                          .x = b->x[0],
                          .ln_prior = b->ln_prior,
                          .ln_like = b->ln_like,
                          .blob = b->blob[0],
                          .status = b->status};
}

static void fill(batch *b)
{
    mutau_rng *rng = mutau_rng_alloc(5);
    assert_non_null(rng);
    memset(b, 0, sizeof *b);
    for (size_t i = 0; i < N_POINT; i++)
        for (size_t k = 0; k < DIM; k++)
            b->x[i][k] = 8.0 * mutau_rng_uniform(rng) - 4.0;
    mutau_rng_free(rng);
}

static void the_number_of_threads_does_not_show(void **state)
{
    (void)state;
    static batch one, many;
    mutau_error err = {0};
    mutau_thread_team *team = NULL;
    for (int n_thread = 1; n_thread <= 5; n_thread += 2) {
        batch *b = n_thread == 1 ? &one : &many;
        const mutau_points points = points_of(b, N_POINT);
        fill(b);
        CHECK_OK(mutau_thread_team_alloc(&RING, n_thread, &team, &err), err);
        mutau_thread_team_eval(team, &points, NULL);
        mutau_thread_team_free(team);
        assert_memory_equal(b, &one, sizeof one);
    }
    size_t n_finite = 0, n_nan = 0, n_failed = 0;
    for (size_t i = 0; i < N_POINT; i++) {
        n_finite += one.status[i] == MUTAU_OK && isfinite(one.ln_like[i]);
        n_nan += one.status[i] == MUTAU_ENAN;
        n_failed += one.status[i] == MUTAU_ENUMERIC;
    }
    assert_true(n_finite > 20 && n_nan > 0 && n_failed > 0);
}

/* Counts the evaluations of a point in its own blob. */
static mutau_status count_eval(const void *self, void *ws, const double theta[], double *ln_prior,
                               double *ln_like, double blob[])
{
    (void)self;
    (void)ws;
    *ln_prior = theta[0];
    *ln_like = theta[1];
    blob[0] += 1.0;
    return MUTAU_OK;
}

/* However a batch is claimed by the threads: in blocks, and the rest one by one. */
static void every_point_is_evaluated_once(void **state)
{
    (void)state;
    const mutau_target target = {
        .dim = DIM, .n_blob = N_BLOB, .eval = count_eval, .draw = ring_draw, .names = NAMES};
    static batch found, expected;
    mutau_error err = {0};
    mutau_thread_team *team = NULL;
    for (int n_thread = 1; n_thread <= 5; n_thread++) {
        CHECK_OK(mutau_thread_team_alloc(&target, n_thread, &team, &err), err);
        for (size_t n = 0; n <= N_POINT; n++) {
            const mutau_points points = points_of(&found, n);
            fill(&found);
            fill(&expected);
            for (size_t i = 0; i < n; i++) {
                expected.ln_prior[i] = expected.x[i][0];
                expected.ln_like[i] = expected.x[i][1];
                expected.blob[i][0] = 1.0;
            }
            mutau_thread_team_eval(team, &points, NULL);
            assert_memory_equal(&found, &expected, sizeof found);
        }
        mutau_thread_team_free(team);
    }
}

/* Leaves every third point alone, and more of some blocks, as by its place. */
static bool is_left(const double theta[])
{
    return theta[0] > 1.5 || (theta[1] > 0.0 && theta[1] < 1.0);
}

static mutau_status count_cheap(const void *self, void *ws, const double theta[], double *ln_prior,
                                double *ln_like, double blob[], bool *later)
{
    if (is_left(theta)) {
        *later = true;
        *ln_prior = (double)NAN; /* void */
        blob[1] += 1.0;
        return MUTAU_OK;
    }
    return count_eval(self, ws, theta, ln_prior, ln_like, blob);
}

/* What costs much is left for later once, evaluated once, and does not show in the results; one
 * thread has nothing to share. */
static void costly_points_are_left_for_later(void **state)
{
    (void)state;
    const mutau_target target = {.dim = DIM,
                                 .n_blob = N_BLOB,
                                 .eval = count_eval,
                                 .eval_cheap = count_cheap,
                                 .draw = ring_draw,
                                 .names = NAMES};
    static batch found, expected;
    mutau_error err = {0};
    mutau_thread_team *team = NULL;
    for (int n_thread = 1; n_thread <= 5; n_thread++) {
        CHECK_OK(mutau_thread_team_alloc(&target, n_thread, &team, &err), err);
        for (size_t n = 0; n <= N_POINT; n++) {
            const mutau_points points = points_of(&found, n);
            size_t n_left = 0;
            fill(&found);
            fill(&expected);
            for (size_t i = 0; i < n; i++) {
                const bool left = n_thread > 1 && is_left(expected.x[i]);
                expected.ln_prior[i] = expected.x[i][0];
                expected.ln_like[i] = expected.x[i][1];
                expected.blob[i][0] = 1.0;
                expected.blob[i][1] = left ? 1.0 : 0.0;
                n_left += left ? 1 : 0;
            }
            mutau_thread_team_eval(team, &points, NULL);
            assert_memory_equal(&found, &expected, sizeof found);
            assert_true(n < N_POINT || n_thread == 1 || (n_left > 20 && n_left < 80));
        }
        mutau_thread_team_free(team);
    }
}

/* Copies the points of a batch that is there, a part at a time. */
typedef struct copier {
    const batch *from;
    batch *to;
    size_t n, n_part, next; /* of points, of parts, the part that is due */
    size_t n_then;
} copier;

static void copy_part(void *self, size_t part)
{
    copier *c = self;
    const size_t size = c->n / c->n_part;
    assert_int_equal(part, c->next++);
    memcpy(c->to->x[part * size], c->from->x[part * size], size * sizeof c->from->x[0]);
}

/* Comes once, after the last part. */
static void count_end(void *self)
{
    copier *c = self;
    assert_int_equal(c->next, c->n_part);
    c->n_then++;
}

static void points_can_be_made_meanwhile(void **state)
{
    (void)state;
    enum { N = 100 };
    static const size_t n_part[] = {1, 4, N};
    static batch there, made;
    mutau_error err = {0};
    mutau_thread_team *team = NULL;
    for (int n_thread = 1; n_thread <= 5; n_thread++) {
        CHECK_OK(mutau_thread_team_alloc(&RING, n_thread, &team, &err), err);
        for (size_t i = 0; i < sizeof n_part / sizeof n_part[0]; i++) {
            copier c = {.from = &there, .to = &made, .n = N, .n_part = n_part[i]};
            const bool more = i % 2 == 0;
            const mutau_maker maker = {.n_part = n_part[i],
                                       .make = copy_part,
                                       .then = more ? count_end : NULL,
                                       .self = &c};
            const mutau_points ready = points_of(&there, N), points = points_of(&made, N);
            fill(&there);
            mutau_thread_team_eval(team, &ready, NULL);
            memset(&made, 0, sizeof made);
            mutau_thread_team_eval(team, &points, &maker);
            memcpy(made.x[N], there.x[N], sizeof made.x[N]); /* not among them */
            assert_memory_equal(&made, &there, sizeof made);
            assert_int_equal(c.next, n_part[i]);
            assert_int_equal(c.n_then, more);
        }
        mutau_thread_team_free(team);
    }
}

static void no_points_are_no_trouble(void **state)
{
    (void)state;
    static batch before, after;
    mutau_error err = {0};
    mutau_thread_team *team = NULL;
    fill(&before);
    fill(&after);
    const mutau_points points = points_of(&after, 0);
    CHECK_OK(mutau_thread_team_alloc(&RING, 2, &team, &err), err);
    mutau_thread_team_eval(team, &points, NULL);
    assert_memory_equal(&before, &after, sizeof before);
    mutau_thread_team_free(team);
    mutau_thread_team_free(NULL);
}

/* Deals the points out as a cluster would: backwards and in two parts. */
typedef struct dealer {
    mutau_thread_team *team;
    size_t n_batch, n_point;
} dealer;

static void deal(void *self, const mutau_points *points)
{
    dealer *d = self;
    d->n_batch++;
    d->n_point += points->n;
    for (size_t part = 2; part-- > 0;) {
        const size_t first = part == 0 ? 0 : points->n / 3;
        const mutau_points some = {.n = part == 0 ? points->n / 3 : points->n - first,
                                   .x = points->x + first * DIM,
                                   .ln_prior = points->ln_prior + first,
                                   .ln_like = points->ln_like + first,
                                   .blob = points->blob + first * N_BLOB,
                                   .status = points->status + first};
        mutau_thread_team_eval(d->team, &some, NULL);
    }
}

typedef struct outcome {
    double position[N_WALKER * DIM], ln_like[N_WALKER], blob[N_WALKER * N_BLOB];
    uint64_t accepted[N_WALKER];
    mutau_ensemble_counts counts;
} outcome;

static outcome sample(const mutau_evaluator *evaluator)
{
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    const mutau_ensemble_settings settings = {.n_ensemble = 1,
                                              .n_walker = N_WALKER,
                                              .n_move = 1,
                                              .moves = {{&mutau_move_stretch, &stretch, 1.0}},
                                              .n_thread = 1,
                                              .evaluator = evaluator};
    mutau_error err = {0};
    mutau_ensemble *e = NULL;
    mutau_rng *rng = mutau_rng_alloc(11);
    outcome o;
    memset(&o, 0, sizeof o);
    assert_non_null(rng);
    CHECK_OK(mutau_ensemble_alloc(&RING, &settings, rng, &e, &err), err);
    CHECK_OK(mutau_ensemble_start(e, &err), err);
    for (int i = 0; i < STEPS; i++)
        CHECK_OK(mutau_ensemble_step(e, &err), err);
    const mutau_ensemble_view v = mutau_ensemble_state(e, 0);
    memcpy(o.position, v.position, sizeof o.position);
    memcpy(o.ln_like, v.ln_like, sizeof o.ln_like);
    memcpy(o.blob, v.blob, sizeof o.blob);
    memcpy(o.accepted, v.accepted, sizeof o.accepted);
    o.counts = mutau_ensemble_counters(e);
    mutau_ensemble_free(e);
    mutau_rng_free(rng);
    return o;
}

static void an_ensemble_can_be_evaluated_by_others(void **state)
{
    (void)state;
    mutau_error err = {0};
    dealer d = {0};
    CHECK_OK(mutau_thread_team_alloc(&RING, 1, &d.team, &err), err);
    const mutau_evaluator evaluator = {.eval = deal, .self = &d};
    const outcome alone = sample(NULL), dealt = sample(&evaluator);
    assert_memory_equal(&alone, &dealt, sizeof alone);
    assert_true(alone.counts.failures > 0);
    assert_int_equal(d.n_point, alone.counts.evaluations);
    assert_true(d.n_batch > (size_t)2 * STEPS);
    mutau_thread_team_free(d.team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_of_threads_does_not_show),
        cmocka_unit_test(every_point_is_evaluated_once),
        cmocka_unit_test(costly_points_are_left_for_later),
        cmocka_unit_test(points_can_be_made_meanwhile),
        cmocka_unit_test(no_points_are_no_trouble),
        cmocka_unit_test(an_ensemble_can_be_evaluated_by_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
