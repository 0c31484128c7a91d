/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chains/wp.yaml behind its coarse screen and without: the same posterior, and fewer evaluations.
 *
 * Twenty ensembles each; of every quantile of every parameter the mean over ensembles, with its
 * error from their scatter.  Twenty differences by Student's t with some 38 degrees of freedom,
 * each beyond 5.5 (a normal's 4.6) with probability 3e-6: a false alarm in one of 16 000 seeds. */
#include "check.h"
#include "mixtures.h"
#include "posterior/density.h"

#include <gsl/gsl_sort.h>
#include <stdlib.h>

enum { DIM = 4, N_ENSEMBLE = 20, N_WALKER = 12, BURN_IN = 700, N_STEP = 1500, N_LEVEL = 5 };
static const double LEVEL[N_LEVEL] = {0.025, 0.16, 0.5, 0.84, 0.975};
static const double T_ALARM = 5.5;

/* Quantiles of each ensemble, and what they cost. */
typedef struct outcome {
    double quantile[DIM][N_LEVEL][N_ENSEMBLE];
    mutau_ensemble_counts counts;
    double accepted;
} outcome;

static void keep(const mutau_ensemble *e, size_t row, double *x)
{
    for (size_t i = 0; i < N_ENSEMBLE; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(e, i);
        for (size_t w = 0; w < N_WALKER; w++)
            for (size_t k = 0; k < DIM; k++)
                x[((k * N_ENSEMBLE + i) * N_STEP + row) * N_WALKER + w] = v.position[w * DIM + k];
    }
}

static void sample(const mutau_density *d, const mutau_target *screen, uint32_t seed, outcome *out)
{
    const mutau_ensemble_settings settings = {
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .n_move = 2,
        .moves = {{&mutau_move_stretch, &MIX_STRETCH, 0.5}, {&mutau_move_de, &MIX_DE, 0.5}},
        .n_thread = 1,
        .screen = screen};
    const size_t n = N_STEP * N_WALKER;
    double *x = calloc(DIM * N_ENSEMBLE * n, sizeof *x);
    mutau_rng *rng = mutau_rng_alloc(seed);
    mutau_ensemble *e = NULL;
    mutau_error err = {0};
    assert_true(x != NULL && rng != NULL);
    CHECK_OK(mutau_ensemble_alloc(&d->target, &settings, rng, &e, &err), err);
    CHECK_OK(mutau_ensemble_start(e, &err), err);
    for (size_t t = 0; t < BURN_IN + N_STEP; t++) {
        CHECK_OK(mutau_ensemble_step(e, &err), err);
        if (t >= BURN_IN)
            keep(e, t - BURN_IN, x);
    }
    for (size_t k = 0; k < DIM; k++)
        for (size_t i = 0; i < N_ENSEMBLE; i++) {
            double *of_one = x + (k * N_ENSEMBLE + i) * n;
            gsl_sort(of_one, 1, n);
            for (size_t l = 0; l < N_LEVEL; l++)
                out->quantile[k][l][i] = of_one[(size_t)(LEVEL[l] * (double)n)];
        }
    out->counts = mutau_ensemble_counters(e);
    out->accepted = 0.0;
    for (size_t i = 0; i < N_ENSEMBLE * N_WALKER; i++)
        out->accepted += (double)mutau_ensemble_state(e, 0).accepted[i];
    mutau_ensemble_free(e);
    mutau_rng_free(rng);
    free(x);
}

/* Mean and its squared error. */
static double mean_of(const double v[N_ENSEMBLE], double *error_sq)
{
    double sum = 0.0, sum_sq = 0.0;
    for (size_t i = 0; i < N_ENSEMBLE; i++)
        sum += v[i];
    for (size_t i = 0; i < N_ENSEMBLE; i++)
        sum_sq += (v[i] - sum / N_ENSEMBLE) * (v[i] - sum / N_ENSEMBLE);
    *error_sq = sum_sq / (N_ENSEMBLE * (N_ENSEMBLE - 1.0));
    return sum / N_ENSEMBLE;
}

static void check_same_quantiles(const outcome *a, const outcome *b)
{
    for (size_t k = 0; k < DIM; k++)
        for (size_t l = 0; l < N_LEVEL; l++) {
            double of_a, of_b;
            const double difference =
                mean_of(a->quantile[k][l], &of_a) - mean_of(b->quantile[k][l], &of_b);
            const double t = difference / sqrt(of_a + of_b);
            if (!(fabs(t) < T_ALARM))
                fail_msg("coordinate %zu, %g quantile: %g standard errors apart", k, LEVEL[l], t);
        }
}

static void a_screened_run_has_the_same_posterior(void **state)
{
    mutau_run_settings *s = NULL;
    mutau_density d;
    mutau_error err = {0};
    outcome *o = calloc(2, sizeof *o);
    /* targets at rest, for which the screen is a coarser version of the solver itself */
    const char *const set[] = {"sampler.screen=coarse", "model.targets=cold"};
    (void)state;
    assert_non_null(o);
    CHECK_OK(mutau_run_settings_read(MUTAU_TEST_CHAINS_DIR "/wp.yaml", 2, set, &s, &err), err);
    CHECK_OK(mutau_density_open(s, &d, &err), err);
    CHECK_OK(mutau_density_add_screen(s, &d, &err), err);
    assert_int_equal(d.target.dim, DIM);
    sample(&d, NULL, 71, &o[0]);
    sample(&d, &d.screen, 72, &o[1]);
    print_message(
        "# %llu evaluations for %.0f accepted proposals; behind the screen %llu for %.0f\n",
        (unsigned long long)o[0].counts.evaluations, o[0].accepted,
        (unsigned long long)o[1].counts.evaluations, o[1].accepted);
    check_same_quantiles(&o[0], &o[1]);
    /* About as many are accepted, of as many proposals, and little else is evaluated. */
    assert_true(o[1].accepted > 0.9 * o[0].accepted);
    assert_true((double)o[1].counts.evaluations < 0.5 * (double)o[0].counts.evaluations);
    mutau_density_close(&d);
    mutau_run_settings_free(s);
    free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_screened_run_has_the_same_posterior),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
