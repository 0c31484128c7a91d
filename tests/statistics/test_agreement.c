/* SPDX-License-Identifier: GPL-3.0-or-later */
/* R-hat beside what it may be of walkers that mix: AR(1) walkers, whose tau is known, pass at the
 * stated rate in chains short and long, and those of which some stay apart do not.
 *
 * There are 465 chains that mix, of each of which three things are asked of bulk and folded: with
 * other seeds one of them would be taken for another in one of 40 cases. */
#include "check.h"
#include "analysis/convergence.h"
#include "base/rng.h"

#include <stdlib.h>

typedef struct shape {
    size_t n_row, n_walker, n_chain;
    double phi;
} shape;

/* AR(1) walkers about `off` x[walker] of the first n_off. */
static void draw(const shape *s, size_t n_off, double off, mutau_rng *rng, double x[])
{
    const double width = sqrt(1.0 - s->phi * s->phi);
    for (size_t i = 0; i < s->n_walker; i++) {
        double z = mutau_rng_normal(rng);
        for (size_t t = 0; t < s->n_row; t++) {
            x[t * s->n_walker + i] = z + (i < n_off ? off : 0.0);
            z = s->phi * z + width * mutau_rng_normal(rng);
        }
    }
}

static mutau_verdict judge(const shape *s, const double x[])
{
    mutau_verdict v = {.dim = 1, .thin = 1.0, .kept_steps = (double)s->n_row};
    mutau_error err = {0};
    CHECK_OK(mutau_convergence_compute(s->n_row, s->n_walker, x, &v.coordinate[0], &err), err);
    CHECK_OK(mutau_autocorr_time(s->n_row, s->n_walker, x, &v.tau[0], &err), err);
    mutau_verdict_find_worst(&v);
    return v;
}

/* How many of the chains are taken for walkers that do not mix; the mean tau goes to *tau. */
static size_t count_alarms(const shape *s, uint32_t seed, double *tau)
{
    mutau_rng *rng = mutau_rng_alloc(seed);
    double *x = calloc(s->n_row * s->n_walker, sizeof *x);
    size_t n_alarm = 0;
    assert_non_null(rng);
    assert_non_null(x);
    *tau = 0.0;
    for (size_t k = 0; k < s->n_chain; k++) {
        draw(s, 0, 0.0, rng, x);
        const mutau_verdict v = judge(s, x);
        const mutau_agreement *a = &v.coordinate[0].agreement;
        n_alarm += !(a->rhat <= a->most) || a->n_below + a->n_above > 0 ||
                   !(fabs(a->drift) <= a->most_drift);
        *tau += a->tau / (double)s->n_chain;
    }
    free(x);
    mutau_rng_free(rng);
    return n_alarm;
}

/* tau = (1 + phi) / (1 - phi), which emcee's window and mean make 2.4 of 60 rows; the larger of
 * bulk and folded, of few walkers. */
static void walkers_that_mix_pass(void **state)
{
    (void)state;
    static const shape shapes[] = {{60, 64, 150, 0.6}, {60, 256, 40, 0.6}, {60, 8, 150, 0.6},
                                   {90, 1024, 5, 0.8}, {400, 64, 30, 0.8}, {1500, 16, 30, 0.6},
                                   {200, 32, 60, 0.0}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const shape *s = &shapes[i];
        const double truth = (1.0 + s->phi) / (1.0 - s->phi);
        double tau;
        const size_t n_alarm = count_alarms(s, 40 + (uint32_t)i, &tau);
        if (n_alarm > 0)
            fail_msg("%zu of %zu chains of %zu rows of %zu walkers", n_alarm, s->n_chain, s->n_row,
                     s->n_walker);
        CHECK_REL(tau, truth, s->n_walker < 64 ? 0.25 : 0.1);
    }
}

/* Of 256 walkers with tau = 4 in 60 rows a mean has a standard error of 0.26: half of them are one
 * standard deviation off, or eight two, or one four. */
static void walkers_apart_do_not(void **state)
{
    (void)state;
    static const struct {
        size_t n_off;
        double off;
        unsigned what;
    } cases[] = {{128, 1.0, MUTAU_WALKERS_DISAGREE},
                 {8, 2.0, MUTAU_WALKERS_DISAGREE | MUTAU_WALKERS_APART},
                 {1, 4.0, MUTAU_WALKERS_APART}};
    const shape s = {60, 256, 1, 0.6};
    mutau_rng *rng = mutau_rng_alloc(50);
    double *x = calloc(s.n_row * s.n_walker, sizeof *x);
    assert_non_null(rng);
    assert_non_null(x);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t k = 0; k < 20; k++) {
            draw(&s, cases[i].n_off, cases[i].off, rng, x);
            const mutau_verdict v = judge(&s, x);
            if ((mutau_verdict_walkers(&v, 0) & cases[i].what) == 0)
                fail_msg("%zu walkers %g off: R-hat %g of at most %g", cases[i].n_off, cases[i].off,
                         v.coordinate[0].rhat, mutau_verdict_most_rhat(&v, 0));
            assert_false(mutau_verdict_mixes(&v));
        }
    free(x);
    mutau_rng_free(rng);
}

/* All go on from one place: R-hat is large, the walkers agree. */
static void a_drift_is_seen(void **state)
{
    (void)state;
    const shape s = {60, 64, 1, 0.6};
    mutau_rng *rng = mutau_rng_alloc(51);
    double *x = calloc(s.n_row * s.n_walker, sizeof *x);
    assert_non_null(rng);
    assert_non_null(x);
    draw(&s, 0, 0.0, rng, x);
    for (size_t t = 0; t < s.n_row; t++)
        for (size_t i = 0; i < s.n_walker; i++)
            x[t * s.n_walker + i] += 0.02 * (double)t;
    const mutau_verdict v = judge(&s, x);
    assert_int_equal(mutau_verdict_walkers(&v, 0), MUTAU_WALKERS_DRIFT);
    assert_true(v.coordinate[0].agreement.drift < 0.0); /* the first half is below the last */
    free(x);
    mutau_rng_free(rng);
}

/* A glance is near what the numbers are, at its own error. */
static void a_glance_is_near(void **state)
{
    (void)state;
    const shape s = {400, 128, 1, 0.8};
    mutau_rng *rng = mutau_rng_alloc(52);
    mutau_error err = {0};
    mutau_glance g;
    double *x = calloc(s.n_row * s.n_walker, sizeof *x);
    assert_non_null(rng);
    assert_non_null(x);
    for (size_t k = 0; k < 20; k++) {
        draw(&s, 0, 0.0, rng, x);
        const mutau_verdict v = judge(&s, x);
        CHECK_OK(mutau_glance_at(s.n_row, s.n_walker, x, &g, &err), err);
        CHECK_REL(g.ess, v.worst_ess_bulk, 4.0 * sqrt(2.0 / 256.0));
        CHECK_REL(g.tau, 8.6, 0.5);
        CHECK_ABS(g.rhat, v.worst_rhat, 0.01);
        assert_true(g.mixes);
        draw(&s, 2, 5.0, rng, x);
        CHECK_OK(mutau_glance_at(s.n_row, s.n_walker, x, &g, &err), err);
        assert_false(g.mixes);
    }
    x[5] = (double)NAN;
    CHECK_OK(mutau_glance_at(s.n_row, s.n_walker, x, &g, &err), err);
    assert_true(isnan(g.ess) && isnan(g.rhat) && isnan(g.tau) && !g.mixes);
    CHECK_STATUS(mutau_glance_at(3, s.n_walker, x, &g, &err), MUTAU_EDOM, err);
    free(x);
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walkers_that_mix_pass),
        cmocka_unit_test(walkers_apart_do_not),
        cmocka_unit_test(a_drift_is_seen),
        cmocka_unit_test(a_glance_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
