/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidences of densities that have a known one, by tempered runs from prior draws.
 *
 * usage: test_known_evidence [--long]
 *
 * Single runs: |ln Z - truth| within 4 stated errors, the errors small enough to mean
 * something; eleven runs fail by chance once in 1400 sets of seeds, were the pulls normal
 * (the errors themselves are estimates; allow one in 500).  Where the ladder is
 * fine enough for thermodynamic integration that must agree, too; where not it must say so.
 * Ladders by a pilot: the narrow peaks in wide boxes of which 2 rungs, or 16 in equal ratios, see
 * nothing, for two seeds (--long: 20) each: within 4 stated errors, of which one set of seeds in
 * 2000 (--long: 200) would fail by chance were the pulls normal.
 * Pulls, by the error from the draws alone: over 100 seeds their mean must lie within 0.3 (3 sd)
 * and their standard deviation within 0.8 ... 1.25 (2.8 and 3.5 sd): by chance one target fails in
 * 120 sets of seeds. The seeds are fixed. */
#include "sampler/ladder.h"
#include "tempered.h"

static const mutau_builtin_gaussian_settings GAUSSIAN = {2, 1.0, 0.5, 10.0};
static const mutau_builtin_shells_settings SHELLS_2 = {2}, SHELLS_5 = {5}, SHELLS_10 = {10};
static const mutau_builtin_mixture_settings MIXTURE = {2, 3, 0.2, 5.0, 0.5, 10.0};
static const mutau_builtin_linear_settings LINEAR = {4, 12, 0.25, 3.0};

/* Stepping stone; returns the evidence for more. */
static mutau_evidence check_evidence(const tempered *plan, double max_error)
{
    double truth;
    const mutau_evidence e = tempered_ln_z(plan, 2026, &truth);
    if (!(fabs(e.ln_z - truth) <= 4.0 * e.error && e.mc_error < max_error))
        fail_msg("%s, %zu temperatures: ln Z = %.4f +- %.4f (at most %g), truth %.4f", plan->target,
                 plan->n_rung, e.ln_z, e.mc_error, max_error, truth);
    /* Four ensembles have sqrt(chi^2 / 3) of the scatter that the error says. */
    if (plan->n_ensemble == 4)
        assert_true(e.scatter > 0.1 * e.mc_error && e.scatter < 5.5 * e.mc_error);
    if (e.ti_usable)
        CHECK_ABS(e.ti, truth, 4.0 * e.ti_mc_error + e.ti_discretisation);
    return e;
}

/* Eight temperatures are too coarse for the integral on every one of them. */
static void stepping_stones(void **state)
{
    (void)state;
    static const tempered plans[] = {
        {"gaussian", &GAUSSIAN, 8, 4, 16, 1000, 1000, 1},
        {"shells", &SHELLS_2, 8, 4, 16, 1000, 1000, 1},
        {"shells", &SHELLS_5, 8, 4, 16, 1000, 1500, 1},
        {"shells", &SHELLS_10, 12, 4, 24, 2000, 2000, 2},
        {"eggbox", NULL, 8, 4, 16, 1000, 3000, 1},
        {"rosenbrock", NULL, 8, 4, 16, 1000, 1500, 2},
        {"mixture", &MIXTURE, 8, 4, 16, 1000, 1000, 1},
        {"linear-gaussian", &LINEAR, 8, 4, 16, 1000, 1000, 1},
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        assert_false(check_evidence(&plans[i], 0.05).ti_usable);
}

static void both_methods_on_fine_ladders(void **state)
{
    (void)state;
    static const tempered plans[] = {
        {"gaussian", &GAUSSIAN, 16, 4, 12, 1000, 800, 1},
        {"shells", &SHELLS_2, 20, 4, 12, 1000, 800, 1},
        {"eggbox", NULL, 24, 4, 12, 1000, 800, 1},
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        assert_true(check_evidence(&plans[i], 0.05).ti_usable);
}

/* The same, to two percent or better. */
static void precisely(void **state)
{
    (void)state;
    static const tempered plans[] = {
        {"shells", &SHELLS_2, 8, 4, 32, 2000, 8000, 1},
        {"shells", &SHELLS_5, 10, 4, 32, 2000, 8000, 1},
        {"shells", &SHELLS_10, 14, 4, 32, 2000, 8000, 3},
        {"eggbox", NULL, 10, 4, 32, 2000, 8000, 1},
        {"rosenbrock", NULL, 10, 4, 32, 2000, 8000, 1},
        {"linear-gaussian", &LINEAR, 10, 4, 32, 2000, 8000, 1},
        {"linear-gaussian", &LINEAR, 64, 4, 16, 2000, 4000, 1},
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        (void)check_evidence(&plans[i], 0.02);
}

static void check_pulls(const tempered *plan)
{
    enum { N_SEED = 100 };
    double sum = 0.0, sum_sq = 0.0;
    for (uint32_t seed = 1; seed <= N_SEED; seed++) {
        double truth;
        const mutau_evidence e = tempered_ln_z(plan, seed, &truth);
        const double z = (e.ln_z - truth) / e.mc_error;
        sum += z;
        sum_sq += z * z;
    }
    const double mean = sum / N_SEED, sd = sqrt((sum_sq - sum * mean) / (N_SEED - 1));
    print_message("# %s, %zu temperatures: pulls have mean %.3f, sd %.3f\n", plan->target,
                  plan->n_rung, mean, sd);
    if (!(fabs(mean) < 0.3 && sd > 0.8 && sd < 1.25))
        fail_msg("%s: pulls of %d seeds have mean %.3f, sd %.3f", plan->target, N_SEED, mean, sd);
}

static void pulls_are_standard_normal(void **state)
{
    (void)state;
    static const tempered gaussian = {"gaussian", &GAUSSIAN, 5, 4, 8, 400, 400, 1};
    check_pulls(&gaussian);
}

static void pulls_of_harder_targets(void **state)
{
    (void)state;
    static const tempered plans[] = {
        {"shells", &SHELLS_2, 6, 2, 12, 600, 600, 1},
        {"linear-gaussian", &LINEAR, 8, 4, 16, 600, 600, 1},
        {"eggbox", NULL, 8, 4, 16, 800, 2000, 1},
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        check_pulls(&plans[i]);
}

/* The rungs with which 30 % of the swaps are accepted, by simulation: draws of the truncated
 * normal density at each beta (numpy, scipy.stats.truncnorm), and 1 - Gini's coefficient of their
 * weights (tests/statistics/golden/ladder_rungs.py). */
typedef struct peak {
    mutau_builtin_gaussian_settings settings;
    size_t n_needed;
} peak;

static const peak PEAKS[] = {
    {{5, 0.01, 0.0, 1000.0}, 24}, /* dim, sd, correlation, half width */
    {{4, 0.001, 0.0, 10.0}, 17},
    {{5, 1.0, 0.0, 1000.0}, 15},
    {{10, 1.0, 0.0, 1000.0}, 21},
};

static mutau_ladder find_ladder(const peak *p, uint32_t seed)
{
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    const mutau_ensemble_settings settings = {.n_ensemble = 4,
                                              .n_walker = 24,
                                              .n_move = 1,
                                              .moves = {{&mutau_move_stretch, &stretch, 1.0}},
                                              .n_thread = 1,
                                              .n_temperature = 2,
                                              .ladder = mutau_ladder_defaults()};
    mutau_builtin_target *target = NULL;
    mutau_ladder ladder;
    mutau_error err = {0};
    CHECK_OK(mutau_builtin_target_alloc(mutau_builtin_target_find("gaussian"), &p->settings,
                                        &target, &err),
             err);
    const mutau_target density = mutau_builtin_target_density(target);
    mutau_rng *rng = mutau_rng_alloc(seed);
    CHECK_OK(mutau_ladder_find(&density, &settings, 64, rng, NULL, &ladder, &err), err);
    mutau_rng_free(rng);
    mutau_builtin_target_free(target);
    return ladder;
}

static void check_peaks(uint32_t n_seed)
{
    for (size_t i = 0; i < sizeof PEAKS / sizeof *PEAKS; i++)
        for (uint32_t seed = 1; seed <= n_seed; seed++) {
            const mutau_ladder l = find_ladder(&PEAKS[i], seed);
            double truth;
            const tempered plan = {"gaussian", &PEAKS[i].settings, l.n_rung, 4, 24, 1000, 500, 2};
            assert_int_equal(l.n_rung, l.n_needed);
            CHECK_ABS((double)l.n_needed, (double)PEAKS[i].n_needed, 2.0);
            const mutau_evidence e = tempered_ln_z_at(&plan, l.beta, seed, &truth);
            print_message("# %zu dimensions: %zu rungs, ln Z = %.3f +- %.3f, truth %.3f\n",
                          (size_t)PEAKS[i].settings.dim, l.n_rung, e.ln_z, e.error, truth);
            if (!(fabs(e.ln_z - truth) <= 4.0 * e.error && e.error < 0.2))
                fail_msg("seed %u: ln Z = %.4f +- %.4f, truth %.4f", (unsigned)seed, e.ln_z,
                         e.error, truth);
        }
}

static void narrow_peaks_in_wide_boxes(void **state)
{
    (void)state;
    check_peaks(2);
}

static void narrow_peaks_of_many_seeds(void **state)
{
    (void)state;
    check_peaks(20);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stepping_stones),
        cmocka_unit_test(both_methods_on_fine_ladders),
        cmocka_unit_test(pulls_are_standard_normal),
        cmocka_unit_test(narrow_peaks_in_wide_boxes),
    };
    const struct CMUnitTest long_tests[] = {
        cmocka_unit_test(precisely),
        cmocka_unit_test(pulls_of_harder_targets),
        cmocka_unit_test(narrow_peaks_of_many_seeds),
    };
    if (argc == 1)
        return cmocka_run_group_tests(tests, NULL, NULL);
    if (argc == 2 && strcmp(argv[1], "--long") == 0)
        return cmocka_run_group_tests(long_tests, NULL, NULL);
    fprintf(stderr, "usage: %s [--long]\n", argv[0]);
    return 1;
}
