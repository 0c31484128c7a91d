/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pilot that finds a ladder of temperatures.
 *
 * The target: a prior that is uniform on a disk of radius 1, and ln L = -K r^2, so that u = r^2 is
 * uniform on [0, 1] and, at beta, exponential with the rate beta K (beta K >> 1).  Closed forms,
 * from the expectation of the smaller of two weights: the share of accepted swaps is
 *
 *     2 (1 - e^-a (1 + a)) / (a (1 - e^-a)), a = beta K, between the prior and beta,
 *     2 / (1 + r) between beta and r beta;
 *
 * half of them where a = 3.5935, and r = 3.  Tolerances are 5 standard deviations of 256 particles
 * or more, as 200 seeds show. */
#include "check.h"
#include "fail_alloc.h"
#include "sampler/ladder.h"

#include <stdlib.h>
#include <string.h>

enum { DIM = 2, N_BLOB = 1 };
static const double HALF_OF_PRIOR = 3.5935119694;
static const double LENGTH_HALF = 2.0 * 0.4769362762044699; /* 2 erfcinv(0.5) */
static const double LENGTH_RUNG = 2.0 * 0.7328690779592168; /* 2 erfcinv(0.3) */

typedef struct toy {
    double k;
    double zero_beyond; /* the likelihood is 0 where r^2 is more */
    double far_beyond;  /* and falls to exp(-5e8) where r^2 is more */
    double nan_within;  /* a NaN where r^2 is less */
    bool frozen;        /* only the points that were drawn are possible */
} toy;

static toy usual_toy(double k)
{
    return (toy){.k = k, .zero_beyond = 1.0, .far_beyond = 1.0, .nan_within = -1.0};
}

/* Draws of a frozen target are on a grid, which no move hits. */
static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)ws;
    const toy *t = self;
    const double u = theta[0] * theta[0] + theta[1] * theta[1];
    *ln_prior = *ln_like = -(double)INFINITY;
    blob[0] = u;
    if (u > 1.0 || (t->frozen && fabs(remainder(theta[0], 0x1p-10)) > 0.0))
        return MUTAU_OK;
    *ln_prior = -log(acos(-1.0));
    if (u <= t->zero_beyond)
        *ln_like = -t->k * u - (u > t->far_beyond ? 5e8 : 0.0);
    if (u < t->nan_within)
        *ln_like = (double)NAN;
    return MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double theta[])
{
    const toy *t = self;
    const double r = sqrt(mutau_rng_uniform(rng));
    const double phi = 2.0 * acos(-1.0) * mutau_rng_uniform(rng);
    theta[0] = r * cos(phi);
    theta[1] = r * sin(phi);
    if (t->frozen)
        theta[0] = trunc(theta[0] * 0x1p10) * 0x1p-10;
}

static const char *const NAMES[] = {"x", "y"};
static const mutau_move_stretch_settings STRETCH = {.a = 2.0};
static const mutau_move_de_settings DE = {.gamma0 = (double)NAN, .sigma = 1e-5};

static mutau_target target_of(const toy *t)
{
    return (mutau_target){
        .dim = DIM, .n_blob = N_BLOB, .eval = eval, .draw = draw, .self = t, .names = NAMES};
}

static mutau_ensemble_settings usual_settings(size_t n_temperature)
{
    return (mutau_ensemble_settings){
        .n_ensemble = 2,
        .n_walker = 16,
        .n_move = 2,
        .moves = {{&mutau_move_stretch, &STRETCH, 0.7}, {&mutau_move_de, &DE, 0.3}},
        .n_thread = 1,
        .n_temperature = n_temperature,
        .ladder = {.adapt_steps = 100, .lag = 30.0, .time = 10.0}};
}

static mutau_status try_to_find(const toy *t, const mutau_ensemble_settings *settings,
                                size_t max_rung, uint32_t seed, mutau_ladder *out, mutau_error *err)
{
    const mutau_target target = target_of(t);
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(rng);
    const mutau_status status = mutau_ladder_find(&target, settings, max_rung, rng, NULL, out, err);
    mutau_rng_free(rng);
    return status;
}

static mutau_ladder find(const toy *t, size_t n_temperature, size_t max_rung, uint32_t seed)
{
    const mutau_ensemble_settings settings = usual_settings(n_temperature);
    mutau_ladder ladder;
    mutau_error err = {0};
    CHECK_OK(try_to_find(t, &settings, max_rung, seed, &ladder, &err), err);
    CHECK_ABS(ladder.beta[0], 1.0, 0.0);
    CHECK_ABS(ladder.beta[ladder.n_rung - 1], 0.0, 0.0);
    for (size_t i = 1; i < ladder.n_rung; i++)
        assert_true(ladder.beta[i] < ladder.beta[i - 1]);
    assert_true(ladder.n_rung >= n_temperature);
    assert_true(ladder.spent.evaluations >= 256);
    assert_int_equal(ladder.spent.steps, 0);
    return ladder;
}

/* The distance from the prior to the posterior. */
static double length_of(double k)
{
    return LENGTH_HALF * (1.0 + log(k / HALF_OF_PRIOR) / log(3.0));
}

static double share_with_prior(double a)
{
    return 2.0 * (1.0 - exp(-a) * (1.0 + a)) / (a * (1.0 - exp(-a)));
}

static void the_closed_form_is_right(void **state)
{
    (void)state;
    CHECK_ABS(share_with_prior(HALF_OF_PRIOR), 0.5, 1e-9);
    CHECK_REL(erfc(0.5 * LENGTH_HALF), 0.5, 1e-14);
    CHECK_REL(erfc(0.5 * LENGTH_RUNG), 0.3, 1e-14);
}

/* As many rungs as the theory says where that is not near a whole number (lengths have standard
 * deviations of 0.07 to 0.16 rungs), at equal distances. */
static void rungs_are_those_of_theory(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        /* Lengths of 3.5, 8.5, 13.5 and 18.5 rungs. */
        const double n_gap = 3.5 + 5.0 * (double)i;
        const toy t = usual_toy(HALF_OF_PRIOR * pow(3.0, n_gap * LENGTH_RUNG / LENGTH_HALF - 1.0));
        const double gap = n_gap * LENGTH_RUNG / (n_gap + 0.5);
        const double want = 2.0 / (1.0 + pow(3.0, gap / LENGTH_HALF));
        CHECK_REL(length_of(t.k), n_gap * LENGTH_RUNG, 1e-12);
        for (uint32_t seed = 1; seed <= 5; seed++) {
            const mutau_ladder l = find(&t, 2, 64, seed);
            CHECK_ABS((double)l.n_needed, n_gap + 1.5, 0.0);
            assert_int_equal(l.n_rung, l.n_needed);
            CHECK_ABS(l.beta_stuck, 0.0, 0.0);
            CHECK_ABS(l.share, erfc(0.5 * gap), 0.03);
            double sum = 0.0;
            for (size_t k = 0; k + 2 < l.n_rung; k++) {
                const double share = 2.0 / (1.0 + l.beta[k] / l.beta[k + 1]);
                CHECK_ABS(share, want, 0.08);
                sum += share;
            }
            CHECK_ABS(sum / (double)(l.n_rung - 2), want, 0.02);
            CHECK_ABS(share_with_prior(t.k * l.beta[l.n_rung - 2]), want, 0.08);
        }
    }
}

/* The spare rungs of a long ladder are spread over it; the limit of a short one is kept. */
static void ladders_are_spread_and_limited(void **state)
{
    (void)state;
    const toy t = usual_toy(HALF_OF_PRIOR * pow(3.0, 8.5 * LENGTH_RUNG / LENGTH_HALF - 1.0));
    const mutau_ladder long_one = find(&t, 40, 64, 7), short_one = find(&t, 3, 6, 7);
    assert_int_equal(long_one.n_rung, 40);
    assert_int_equal(long_one.n_needed, 10);
    const double gap = 8.5 * LENGTH_RUNG / 39.0;
    for (size_t k = 0; k + 6 < long_one.n_rung; k++) /* where the prior's edge is not felt */
        CHECK_ABS(2.0 / (1.0 + long_one.beta[k] / long_one.beta[k + 1]),
                  2.0 / (1.0 + pow(3.0, gap / LENGTH_HALF)), 0.05);
    assert_int_equal(short_one.n_rung, 6);
    assert_int_equal(short_one.n_needed, 10);
    CHECK_ABS(short_one.share, erfc(0.5 * 8.5 * LENGTH_RUNG / 5.0), 0.02);
    assert_int_equal(find(&t, 8, 6, 7).n_rung, 8); /* never fewer than are asked for */
}

/* Nothing to distinguish: equal steps, and no more rungs. */
static void flat_likelihoods_have_plain_ladders(void **state)
{
    (void)state;
    const toy t = usual_toy(0.0);
    const mutau_ladder two = find(&t, 2, 64, 3), five = find(&t, 5, 64, 3);
    assert_int_equal(two.n_rung, 2);
    assert_int_equal(two.n_needed, 2);
    assert_int_equal(five.n_rung, 5);
    for (size_t i = 0; i < 5; i++)
        CHECK_ABS(five.beta[i], 1.0 - 0.25 * (double)i, 1e-15);
    CHECK_ABS(five.share, 1.0, 1e-15);
    assert_int_equal(two.spent.evaluations, 256);
}

/* The likelihood is 0 in 99 % of the prior: the ladder is that of the rest, for which K is a
 * hundredth. */
static void impossible_places_do_not_count(void **state)
{
    (void)state;
    const double k = HALF_OF_PRIOR * pow(3.0, 8.5 * LENGTH_RUNG / LENGTH_HALF - 1.0);
    toy t = usual_toy(100.0 * k);
    t.zero_beyond = 0.01;
    const mutau_ladder l = find(&t, 2, 64, 4);
    assert_int_equal(l.n_needed, 10);
    assert_true(l.spent.evaluations > 256 * 50);
    CHECK_ABS(share_with_prior(k * l.beta[8]), 0.34, 0.08);
}

/* ln L = -5e8 and less in 30 % of the prior: the prior's rung overlaps with the next by what is
 * left, and the hottest rung is not sent to where the others no longer reach it. */
static void far_tails_do_not_lead_astray(void **state)
{
    (void)state;
    const double k = HALF_OF_PRIOR * pow(3.0, 8.5 * LENGTH_RUNG / LENGTH_HALF - 1.0);
    toy t = usual_toy(k / 0.7);
    t.far_beyond = 0.7;
    const mutau_ladder l = find(&t, 2, 64, 5);
    assert_in_range(l.n_needed, 10, 12); /* at most a rung for the cliff, of share 0.7 */
    const double beta = l.beta[l.n_rung - 3], cliff = 1.0 / 5e8;
    assert_true(beta > cliff);
    for (size_t i = 0; i + 3 < l.n_rung; i++)
        CHECK_ABS(2.0 / (1.0 + l.beta[i] / l.beta[i + 1]), 0.34, 0.1);
}

/* Particles that nothing moves: what is known is kept, the rest goes on at its pace, and the
 * caller learns where it begins. */
static void stuck_particles_are_told(void **state)
{
    (void)state;
    toy t = usual_toy(1e6);
    t.frozen = true;
    const mutau_ladder l = find(&t, 3, 20, 6);
    CHECK_ABS(share_with_prior(t.k * l.beta_stuck), 0.5, 0.1);
    assert_true(l.n_rung <= 20 && l.n_needed >= l.n_rung);
}

static void eval_elsewhere(void *self, const mutau_points *points)
{
    for (size_t i = 0; i < points->n; i++)
        points->status[i] = eval(self, NULL, points->x + i * DIM, &points->ln_prior[i],
                                 &points->ln_like[i], points->blob + i * N_BLOB);
}

/* The same for any number of threads, and for whoever evaluates. */
static void the_evaluators_do_not_matter(void **state)
{
    (void)state;
    toy t = usual_toy(1e5);
    const mutau_ladder one = find(&t, 3, 64, 8);
    mutau_ensemble_settings settings = usual_settings(3);
    const mutau_evaluator evaluator = {.eval = eval_elsewhere, .self = &t};
    mutau_ladder other;
    mutau_error err = {0};
    for (settings.n_thread = 1; settings.n_thread <= 3; settings.n_thread++) {
        CHECK_OK(try_to_find(&t, &settings, 64, 8, &other, &err), err);
        assert_memory_equal(&one, &other, sizeof one);
    }
    settings.evaluator = &evaluator;
    CHECK_OK(try_to_find(&t, &settings, 64, 8, &other, &err), err);
    assert_memory_equal(&one, &other, sizeof one);
    CHECK_OK(try_to_find(&t, &settings, 64, 9, &other, &err), err);
    assert_memory_not_equal(&one, &other, sizeof one);
}

/* More walkers than 256 are as many particles. */
static void large_ensembles_have_large_pilots(void **state)
{
    (void)state;
    const toy t = usual_toy(0.0);
    mutau_ensemble_settings settings = usual_settings(2);
    mutau_ladder l;
    mutau_error err = {0};
    settings.n_walker = 300;
    CHECK_OK(try_to_find(&t, &settings, 64, 1, &l, &err), err);
    assert_int_equal(l.spent.evaluations, 300);
}

static bool stop_at_once(void *self)
{
    (void)self;
    return true;
}

static void failures_are_reported(void **state)
{
    (void)state;
    mutau_ladder l;
    mutau_error err = {0};
    toy t = usual_toy(1e6);
    mutau_ensemble_settings settings = usual_settings(3);
    settings.n_temperature = 1;
    CHECK_STATUS(try_to_find(&t, &settings, 64, 1, &l, &err), MUTAU_EDOM, err);
    settings.n_temperature = MUTAU_MAX_TEMPERATURES + 1;
    CHECK_STATUS(try_to_find(&t, &settings, 64, 1, &l, &err), MUTAU_EDOM, err);
    settings.n_temperature = 3;
    CHECK_STATUS(try_to_find(&t, &settings, MUTAU_MAX_TEMPERATURES + 1, 1, &l, &err), MUTAU_EDOM,
                 err);
    settings.n_move = 0;
    CHECK_STATUS(try_to_find(&t, &settings, 64, 1, &l, &err), MUTAU_EDOM, err);
    settings = usual_settings(3);

    mutau_target target = target_of(&t);
    mutau_rng *rng = mutau_rng_alloc(1);
    const mutau_stop stop = {.requested = stop_at_once};
    CHECK_STATUS(mutau_ladder_find(&target, &settings, 64, rng, &stop, &l, &err), MUTAU_ESTOPPED,
                 err);
    target.draw = NULL;
    CHECK_STATUS(mutau_ladder_find(&target, &settings, 64, rng, NULL, &l, &err), MUTAU_EDOM, err);
    mutau_rng_free(rng);

    t.zero_beyond = -1.0; /* impossible everywhere */
    CHECK_STATUS(try_to_find(&t, &settings, 64, 1, &l, &err), MUTAU_ENUMERIC, err);
    t = usual_toy(1e6);
    t.nan_within = 1e-3;              /* where the likelihood is */
    settings.max_failure_rate = 1e-9; /* that of a run */
    CHECK_OK(try_to_find(&t, &settings, 64, 1, &l, &err), err);
    assert_true(l.spent.failures > 0);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const toy t = usual_toy(1e3);
    const mutau_target target = target_of(&t);
    const mutau_ensemble_settings settings = usual_settings(2);
    mutau_rng *rng = mutau_rng_alloc(1);
    mutau_ladder l;
    mutau_error err = {0};
    const void *none = NULL;
    long count;
    CHECK_EACH_ALLOC(mutau_ladder_find(&target, &settings, 64, rng, NULL, &l, &err), none, count,
                     err);
    assert_in_range(count, 25, 60);
    mutau_rng_free(rng);
}

/* The ensembles of a run start with it, and count on. */
static void ensembles_start_with_the_ladder(void **state)
{
    (void)state;
    const toy t = usual_toy(1e5);
    const mutau_target target = target_of(&t);
    mutau_ladder l = find(&t, 3, 64, 8);
    mutau_ensemble_settings settings = usual_settings(l.n_rung);
    mutau_rng *rng = mutau_rng_alloc(1);
    mutau_ensemble *e = NULL;
    mutau_error err = {0};
    settings.ladder.beta = l.beta;
    settings.spent = (mutau_ensemble_counts){.steps = 9, .evaluations = 1000, .failures = 7};
    CHECK_OK(mutau_ensemble_alloc(&target, &settings, rng, &e, &err), err);
    const mutau_ladder kept = l;
    memset(&l, 0, sizeof l); /* it was copied */
    for (size_t round = 0; round < 2; round++) {
        CHECK_OK(mutau_ensemble_start(e, &err), err);
        assert_memory_equal(mutau_ensemble_beta(e), kept.beta, kept.n_rung * sizeof *kept.beta);
        const mutau_ensemble_counts counts = mutau_ensemble_counters(e);
        assert_int_equal(counts.steps, 0);
        assert_int_equal(counts.evaluations, 1000 + 2 * 16 * kept.n_rung);
        assert_int_equal(counts.failures, 7);
        for (size_t step = 0; step < 5; step++)
            CHECK_OK(mutau_ensemble_step(e, &err), err);
        assert_memory_not_equal(mutau_ensemble_beta(e), kept.beta, kept.n_rung * sizeof *kept.beta);
    }
    mutau_ensemble_free(e);
    const double rising[] = {1.0, 0.5, 0.6, 0.0};
    settings.n_temperature = 4;
    settings.ladder.beta = rising;
    CHECK_STATUS(mutau_ensemble_alloc(&target, &settings, rng, &e, &err), MUTAU_EDOM, err);
    assert_null(e);
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_closed_form_is_right),
        cmocka_unit_test(rungs_are_those_of_theory),
        cmocka_unit_test(ladders_are_spread_and_limited),
        cmocka_unit_test(flat_likelihoods_have_plain_ladders),
        cmocka_unit_test(impossible_places_do_not_count),
        cmocka_unit_test(far_tails_do_not_lead_astray),
        cmocka_unit_test(stuck_particles_are_told),
        cmocka_unit_test(the_evaluators_do_not_matter),
        cmocka_unit_test(large_ensembles_have_large_pilots),
        cmocka_unit_test(failures_are_reported),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(ensembles_start_with_the_ladder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
