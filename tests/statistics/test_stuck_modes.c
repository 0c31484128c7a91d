/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walkers stuck in two modes: R-hat must say so, with every walker a chain.
 * (tau cannot, it is taken about each walker's own mean, and R-hat of flattened
 * ensembles called 93 % of such runs converged.)
 *
 * Two normals 40 sd apart in three dimensions: no walker crosses in a thousand
 * steps, so that the weights of the modes are what the start made them. */
#include "check.h"
#include "analysis/diagnostics.h"
#include "targets.h"

enum { DIM = 3, N_STEP = 400 };

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

/* Runs, keeping every thin-th step, and gives the least R-hat of the coordinates
 * and the largest tau in kept steps. */
static void run_stuck(const layout *l, size_t thin, uint32_t seed, double *rhat, double *tau)
{
    const density d = {.dim = DIM, .ln_like = two_modes_ln_like};
    const size_t n_all = l->n_ensemble * l->n_walker;
    mutau_error err = {0};
    run r;
    run_begin(&r, &d, l->n_ensemble, l->n_walker, seed);
    double *start = calloc(n_all * DIM, sizeof *start);
    double *column = calloc(n_all * N_STEP, sizeof *column);
    assert_non_null(start);
    assert_non_null(column);
    for (size_t i = 0; i < n_all * DIM; i++)
        start[i] = (starts_right(l, i / DIM) ? CENTRE : -CENTRE) + mutau_rng_normal(r.rng);
    CHECK_OK(mutau_ensemble_start_at(r.ensemble, start, &err), err);
    run_steps(&r, 100);
    double *x = run_chain(&r, N_STEP, thin);
    *rhat = (double)INFINITY;
    *tau = 0.0;
    for (size_t k = 0; k < DIM; k++) {
        double rhat_k, tau_k;
        for (size_t i = 0; i < n_all * N_STEP; i++) {
            column[i] = x[i * DIM + k];
            /* Really stuck. */
            assert_true((column[i] > 0.0) == (start[i % n_all * DIM] > 0.0));
        }
        CHECK_OK(mutau_rhat(N_STEP, n_all, column, &rhat_k, &err), err);
        CHECK_OK(mutau_autocorr_time(N_STEP, n_all, column, &tau_k, &err), err);
        *rhat = fmin(*rhat, rhat_k);
        *tau = fmax(*tau, tau_k);
    }
    free(x);
    free(column);
    free(start);
    run_end(&r);
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
            double rhat, tau;
            run_stuck(&l, 1, 600 + (uint32_t)part, &rhat, &tau);
            if (!(rhat > 1.01))
                fail_msg("%zu of %zu walkers of %zu ensembles in another mode: R-hat %g", l.n_right,
                         l.n_walker, l.n_ensemble, rhat);
            assert_true(tau < 40.0); /* what a well mixed normal has */
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
        double rhat, tau;
        run_stuck(&layouts[i], 40, 700, &rhat, &tau);
        if (!(rhat > 1.01))
            fail_msg("layout %zu: R-hat %g", i, rhat);
    }
}

static void ensembles_in_different_modes_are_seen(void **state)
{
    (void)state;
    const layout l = {.n_ensemble = 4, .n_walker = 32, .whole_ensembles = true};
    double rhat, tau;
    run_stuck(&l, 1, 800, &rhat, &tau);
    assert_true(rhat > 1.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rhat_sees_walkers_stuck_in_two_modes),
        cmocka_unit_test(long_runs_do_not_hide_it),
        cmocka_unit_test(ensembles_in_different_modes_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
