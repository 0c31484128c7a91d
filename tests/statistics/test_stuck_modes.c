/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walkers stuck in two modes: R-hat must say so, with every walker a chain, and so must its
 * excess over that of walkers that mix, which the default stop rule goes by.
 * (tau cannot, it is taken about each walker's own mean, and R-hat of flattened
 * ensembles called 93 % of such runs converged.)
 *
 * Two normals 40 sd apart in three dimensions: no walker crosses in a thousand
 * steps, so that the weights of the modes are what the start made them. */
#include "check.h"
#include "analysis/convergence.h"
#include "targets.h"

enum { DIM = 3, N_STEP = 400 };

/* What a run says. */
typedef struct saying {
    double rhat, tau; /* the least R-hat of the coordinates, the largest tau in kept steps */
    unsigned walkers; /* what speaks against those of every coordinate: mutau_verdict_walkers */
    size_t n_apart;   /* the least number of walkers that stay away */
} saying;

static const double CENTRE = 20.0;

static double two_modes_ln_like(size_t dim, const double x[])
{
    double left = 0.0, right = 0.0;
    for (size_t i = 0; i < dim; i++) {
        left -= 0.5 * (x[i] + CENTRE) * (x[i] + CENTRE);
        right -= 0.5 * (x[i] - CENTRE) * (x[i] - CENTRE);
    }
    return fmax(left, right) + log1p(exp(-fabs(left - right)));
}

/* Which of an ensemble's walkers start in the right mode. */
typedef struct layout {
    size_t n_ensemble, n_walker;
    size_t n_right;       /* the first so many */
    bool whole_ensembles; /* instead: all of ensembles 0, 2, ... and none of 1, 3, ... */
} layout;

static bool starts_right(const layout *l, size_t walker)
{
    if (l->whole_ensembles)
        return walker / l->n_walker % 2 == 0;
    return walker % l->n_walker < l->n_right;
}

/* Of one coordinate, as the verdict of a run is made. */
static void hear(size_t n_step, size_t n_all, const double column[], saying *out)
{
    mutau_error err = {0};
    mutau_verdict v = {.dim = 1, .thin = 1.0, .kept_steps = (double)n_step};
    mutau_convergence *c = &v.coordinate[0];
    CHECK_OK(mutau_convergence_compute(n_step, n_all, column, c, &err), err);
    CHECK_OK(mutau_autocorr_time(n_step, n_all, column, &v.tau[0], &err), err);
    mutau_verdict_find_worst(&v);
    const size_t n_apart = c->agreement.n_below + c->agreement.n_above;
    out->rhat = fmin(out->rhat, c->rhat);
    out->tau = fmax(out->tau, v.tau[0]);
    out->walkers &= mutau_verdict_walkers(&v, 0);
    out->n_apart = n_apart < out->n_apart ? n_apart : out->n_apart;
}

/* Runs, keeping every thin-th of n_step steps. */
static saying run_stuck(const layout *l, size_t n_step, size_t thin, uint32_t seed)
{
    const density d = {.dim = DIM, .ln_like = two_modes_ln_like};
    const size_t n_all = l->n_ensemble * l->n_walker;
    mutau_error err = {0};
    run r;
    run_begin(&r, &d, l->n_ensemble, l->n_walker, seed);
    double *start = calloc(n_all * DIM, sizeof *start);
    double *column = calloc(n_all * n_step, sizeof *column);
    saying out = {.rhat = (double)INFINITY, .walkers = ~0U, .n_apart = n_all};
    assert_non_null(start);
    assert_non_null(column);
    for (size_t i = 0; i < n_all * DIM; i++)
        start[i] = (starts_right(l, i / DIM) ? CENTRE : -CENTRE) + mutau_rng_normal(r.rng);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, start, &err), err);
    run_steps(&r, 100);
    double *x = run_chain(&r, n_step, thin);
    for (size_t k = 0; k < DIM; k++) {
        for (size_t i = 0; i < n_all * n_step; i++) {
            column[i] = x[i * DIM + k];
            /* Really stuck. */
            assert_true((column[i] > 0.0) == (start[i % n_all * DIM] > 0.0));
        }
        hear(n_step, n_all, column, &out);
    }
    free(x);
    free(column);
    free(start);
    run_end(&r);
    return out;
}

/* The least seen is 1.12, for one walker of 128; the limit of a run file is 1.01. */
static void rhat_sees_walkers_stuck_in_two_modes(void **state)
{
    (void)state;
    static const size_t walkers[] = {32, 64, 128}, ensembles[] = {1, 4};
    for (size_t i = 0; i < 6; i++)
        for (size_t part = 2; part <= walkers[i / 2]; part *= 2) {
            const layout l = {.n_ensemble = ensembles[i % 2],
                              .n_walker = walkers[i / 2],
                              .n_right = walkers[i / 2] / part};
            const saying said = run_stuck(&l, N_STEP, 1, 600 + (uint32_t)part);
            if (!(said.rhat > 1.01) || (said.walkers & MUTAU_WALKERS_DISAGREE) == 0)
                fail_msg("%zu of %zu walkers of %zu ensembles in another mode: R-hat %g, %x",
                         l.n_right, l.n_walker, l.n_ensemble, said.rhat, said.walkers);
            assert_true(said.tau < 40.0); /* what a well mixed normal has */
        }
}

static void long_runs_do_not_hide_it(void **state)
{
    (void)state;
    static const layout layouts[] = {
        {.n_ensemble = 4, .n_walker = 32, .n_right = 16},
        {.n_ensemble = 1, .n_walker = 128, .n_right = 1},
        {.n_ensemble = 4, .n_walker = 64, .n_right = 1},
    };
    for (size_t i = 0; i < 3; i++) {
        const saying said = run_stuck(&layouts[i], N_STEP, 40, 700);
        if (!(said.rhat > 1.01) || (said.walkers & MUTAU_WALKERS_DISAGREE) == 0)
            fail_msg("layout %zu: R-hat %g, %x", i, said.rhat, said.walkers);
    }
}

static void ensembles_in_different_modes_are_seen(void **state)
{
    (void)state;
    const layout l = {.n_ensemble = 4, .n_walker = 32, .whole_ensembles = true};
    const saying said = run_stuck(&l, N_STEP, 1, 800);
    assert_true(said.rhat > 1.01);
    assert_true((said.walkers & MUTAU_WALKERS_DISAGREE) != 0);
}

/* Chains as short as a good move makes them: every tenth step of the stretch move is one of a move
 * with a tau of a few steps.  From 8 to 256 walkers of an ensemble, 1024 in all, half, a quarter
 * ... one of each ensemble or (`whole`) half of the ensembles are in the other mode. */
static void short_chains_do_not_hide_it(void **state)
{
    (void)state;
    static const size_t walkers[] = {8, 32, 256}, ensembles[] = {1, 4};
    for (size_t i = 0; i < 6; i++)
        for (size_t part = 2; part <= walkers[i / 2]; part *= walkers[i / 2] > 32 ? 32 : 2) {
            const layout l = {.n_ensemble = ensembles[i % 2],
                              .n_walker = walkers[i / 2],
                              .n_right = walkers[i / 2] / part};
            const saying said = run_stuck(&l, 60, 10, 900 + (uint32_t)part);
            /* Of few walkers, or of halves, none alone can be told to stand apart. */
            const size_t least = l.n_right <= l.n_walker / 16 ? l.n_ensemble * l.n_right : 0;
            if ((said.walkers & MUTAU_WALKERS_DISAGREE) == 0 || said.n_apart < least)
                fail_msg("%zu of %zu walkers of %zu ensembles in another mode: R-hat %g, %x, %zu "
                         "apart",
                         l.n_right, l.n_walker, l.n_ensemble, said.rhat, said.walkers,
                         said.n_apart);
        }
    const layout whole = {.n_ensemble = 4, .n_walker = 64, .whole_ensembles = true};
    const saying said = run_stuck(&whole, 60, 10, 950);
    assert_true((said.walkers & MUTAU_WALKERS_DISAGREE) != 0);
}

/* One walker of 1024, of which R-hat says next to nothing. */
static void one_walker_of_many_is_seen(void **state)
{
    (void)state;
    mutau_rng *rng = mutau_rng_alloc(3);
    double *x = calloc(60 * 1024, sizeof *x);
    assert_non_null(rng);
    assert_non_null(x);
    for (size_t i = 0; i < 60 * 1024; i++)
        x[i] = (i % 1024 == 77 ? 40.0 : 0.0) + mutau_rng_normal(rng);
    saying said = {.rhat = (double)INFINITY, .walkers = ~0U, .n_apart = 1024};
    hear(60, 1024, x, &said);
    assert_true(said.rhat < 1.03);
    assert_true((said.walkers & MUTAU_WALKERS_APART) != 0);
    assert_int_equal(said.n_apart, 1);
    free(x);
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rhat_sees_walkers_stuck_in_two_modes),
        cmocka_unit_test(long_runs_do_not_hide_it),
        cmocka_unit_test(ensembles_in_different_modes_are_seen),
        cmocka_unit_test(short_chains_do_not_hide_it),
        cmocka_unit_test(one_walker_of_many_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
