/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solvers against the propagation of individual neutrinos (walk.h): "lines", the line solver;
 * "cold" and "thermal", the grid with the full Breit-Wigner and targets at rest or of 1.95 K.
 *
 * Seeds are fixed.  A bin is a tenth of a decade of one state; its statistical error comes from the
 * scatter of 64 batches.  Of the 72 differences of a scene none may be more than 5.2 errors (false
 * alarm 5e-4 for the lines' three scenes, 9e-4 for five), nor their mean square more than 2 (far
 * less). */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "physics/spectrum.h"
#include "walk.h"
#include "solver_bins.h"

typedef struct scene {
    walk_targets targets;
    int kind, ordering, crossing; /* mutau_mediator_kind, mutau_ordering, mutau_crossing */
    double m_mev, g, gamma;
    double sum_mnu_ev; /* 0: the least, with a target without mass */
    int n_neutrino;
    uint32_t seed;
    double e_top; /* GeV: from above it less than 1e-4 comes down into the bins */
} scene;

enum { VECTOR = MUTAU_MEDIATOR_LMU_LTAU, SCALAR = MUTAU_MEDIATOR_SCALAR_MU };
enum { NORMAL = MUTAU_ORDERING_NORMAL, INVERTED = MUTAU_ORDERING_INVERTED };
enum { EXACT = MUTAU_CROSSING_EXACT, EULER = MUTAU_CROSSING_IMPLICIT_EULER };

static const scene scenes[] = {
    {WALK_LINES, VECTOR, NORMAL, EXACT, 6.5, 5e-4, 2.5, 0.1, 20000000, 1, 1e6},
    {WALK_LINES, VECTOR, INVERTED, EXACT, 5.0, 2e-4, 2.2, 0.105, 20000000, 2, 3e6},
    {WALK_LINES, SCALAR, NORMAL, EULER, 6.5, 1e-3, 2.5, 0.1, 20000000, 3, 1e6},
    {WALK_COLD, VECTOR, NORMAL, EXACT, 6.5, 5e-4, 2.5, 0.1, 10000000, 4, 1e8},
    {WALK_COLD, VECTOR, NORMAL, EXACT, 6.5, 3e-3, 2.5, 0.1, 10000000, 5, 1e8},
    {WALK_COLD, VECTOR, NORMAL, EXACT, 6.5, 3e-2, 2.5, 0.1, 20000000, 6, 1e9},
    {WALK_COLD, VECTOR, INVERTED, EXACT, 5.0, 5e-3, 2.2, 0.105, 10000000, 7, 1e9},
    {WALK_COLD, SCALAR, NORMAL, EXACT, 10.0, 1e-2, 2.5, 0.1, 10000000, 8, 3e8},
    {WALK_THERMAL, VECTOR, NORMAL, EXACT, 6.5, 5e-4, 2.5, 0.1, 5000000, 9, 1e8},
    {WALK_THERMAL, VECTOR, NORMAL, EXACT, 6.5, 3e-3, 2.5, 0.1, 5000000, 10, 1e8},
    {WALK_THERMAL, VECTOR, NORMAL, EXACT, 5.0, 3e-4, 2.5, 0.0, 5000000, 11, 1e9},
    {WALK_THERMAL, VECTOR, INVERTED, EXACT, 6.5, 5e-4, 2.2, 0.1, 5000000, 12, 1e9},
    {WALK_THERMAL, SCALAR, NORMAL, EXACT, 6.5, 1e-3, 2.5, 0.065, 5000000, 13, 1e9},
};
enum { N_SCENE = sizeof scenes / sizeof scenes[0] };

static void walk_of(const scene *s, walk *w)
{
    mutau_error err = {0};
    const mutau_mixing *mixing = mutau_mixing_preset(0, s->ordering);
    const mutau_mixing_matrix u = mutau_mixing_unitary(mixing);
    const double sum = s->sum_mnu_ev > 0.0 ? s->sum_mnu_ev : mutau_mixing_sum_min(mixing);
    *w =
        (walk){.settings = {.crossing = (mutau_crossing)s->crossing,
                            .omega_m = 0.308,
                            .z_max = 5.0,
                            .spectrum = &mutau_spectrum_power_law,
                            .norm = MUTAU_SPECTRUM_NORM},
               .point = {.m_ev = s->m_mev * MUTAU_EV_PER_MEV, .g = s->g, .source = {1.5, s->gamma}},
               .targets = s->targets,
               .n_neutrino = s->n_neutrino,
               .e_lo = 1e4,
               .per_decade = 10.0,
               .e_top = s->e_top};
    CHECK_OK(mutau_mediator_init((mutau_mediator_kind)s->kind, MUTAU_CROSS_SECTION_PAPER, &u,
                                 &w->settings.mediator, &err),
             err);
    w->settings.density_over_hubble =
        mutau_cosmology_density_ev3(w->settings.mediator.target_per_cm3) /
        mutau_cosmology_hubble_ev(70.0);
    CHECK_OK(mutau_mixing_masses(mixing, sum, w->point.mass_ev, &err), err);
}

static void solve(const walk *w, double n[WALK_N_STATE_BIN])
{
    const mutau_solver_type *type =
        w->targets == WALK_LINES ? &mutau_solver_line : &mutau_solver_grid;
    mutau_solver_settings settings = w->settings;
    mutau_solver_bin bins[WALK_N_STATE_BIN];
    settings.tolerance = 1e-4;
    settings.targets = w->targets == WALK_THERMAL ? MUTAU_TARGETS_THERMAL : MUTAU_TARGETS_COLD;
    walk_bins(w, bins);
    solver_bins(type, &settings, &w->point, WALK_N_STATE_BIN, bins, n);
}

/* How exact a count is to be: the largest relative error of a state in a bin, and how far all
 * states together may be off.  Where lines are thick and broad a bin is dark, and few neutrinos
 * come. */
typedef struct limits {
    double solver, sigma, all;
} limits;

static const limits limits_of[] = {
    [WALK_LINES] = {1e-5, 4e-3, 5e-3},
    [WALK_COLD] = {1e-4, 3e-2, 1e-2},
    [WALK_THERMAL] = {1e-4, 4e-2, 3e-2},
};

static void compare(const walk *w)
{
    const limits limit = limits_of[w->targets];
    double want[WALK_N_STATE_BIN], worst_all = 0.0, worst_sigma = 0.0, square = 0.0;
    solve(w, want);
    for (int b = 0; b < WALK_N_BIN; b++) {
        double all = 0.0, all_want = 0.0;
        for (int i = 0; i < 3; i++) {
            const double wanted = want[3 * b + i], off = w->sum[b][i] - wanted;
            const double sigma = sqrt(fmax(w->square[b][i], 0.0)), own = limit.solver * wanted;
            CHECK_ABS(w->sum[b][i], wanted, 5.2 * sigma + own);
            worst_sigma = fmax(worst_sigma, sigma / wanted);
            square += off * off / (sigma * sigma + own * own) / WALK_N_STATE_BIN;
            all += w->sum[b][i];
            all_want += wanted;
        }
        worst_all = fmax(worst_all, fabs(all / all_want - 1.0));
    }
    print_message("# m = %g MeV, g = %g: worst tenth of a decade, all states: %.2g %%; errors of a "
                  "state up to %.2g %%, mean square of the differences in them %.2g\n",
                  w->point.m_ev / MUTAU_EV_PER_MEV, w->point.g, 100.0 * worst_all,
                  100.0 * worst_sigma, square);
    CHECK_ABS(worst_sigma, 0.0, limit.sigma);
    CHECK_ABS(worst_all, 0.0, limit.all);
    CHECK_ABS(square, 0.0, 2.0);
}

static void run_all(walk_targets targets)
{
    walk *w = mutau_calloc(1, sizeof *w);
    assert_non_null(w);
    for (int k = 0; k < N_SCENE; k++)
        if (scenes[k].targets == targets) {
            walk_of(&scenes[k], w);
            w->rng = mutau_rng_alloc(scenes[k].seed);
            assert_non_null(w->rng);
            walk_run(w);
            compare(w);
            mutau_rng_free(w->rng);
        }
    free(w);
}

static void lines(void **state)
{
    (void)state;
    run_all(WALK_LINES);
}

static void cold(void **state)
{
    (void)state;
    run_all(WALK_COLD);
}

static void thermal(void **state)
{
    (void)state;
    run_all(WALK_THERMAL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(cold),
        cmocka_unit_test(thermal),
    };
    cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
