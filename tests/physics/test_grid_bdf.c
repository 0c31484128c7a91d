/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver "grid" against an implicit integration by GSL (bdf_solver.h) of the same equations,
 * which has neither its grid nor its treatment of the lines, nor of thermal targets: it averages
 * the whole Breit-Wigner over momenta and directions.  In thirds of a decade, for each state.
 *
 * Its bins with 64 nodes are tests/reference/bdf_bins.csv.  "march" holds the solver to them;
 * "integrate" (long) makes them anew with 48 nodes, which leaves 1e-5.  With numbers as arguments,
 * those of a scene in the order of the columns, the program prints rows of the table. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "bdf_solver.h"
#include "physics/spectrum.h"
#include "store/table.h"

enum { N_BIN = 13, N_NUMBER = 3 * N_BIN, MAX_SCENE = 16 };

/* A is 1.5. */
typedef struct scene {
    int kind, ordering, targets; /* mutau_mediator_kind, mutau_ordering, mutau_targets */
    double m_mev, g, gamma;
    double sum_mnu_ev; /* 0: the least, with a target without mass */
    /* beyond those of the table */
    int flavour, evolution; /* mutau_flavour_kind, mutau_evolution_kind */
} scene;

static mutau_solver_settings settings_of(const scene *s, double tolerance)
{
    mutau_solver_settings out = {.crossing = MUTAU_CROSSING_EXACT,
                                 .omega_m = 0.308,
                                 .z_max = 5.0,
                                 .spectrum = &mutau_spectrum_power_law,
                                 .norm = MUTAU_SPECTRUM_NORM,
                                 .evolution.kind = s->evolution,
                                 .tolerance = tolerance,
                                 .targets = (mutau_targets)s->targets};
    mutau_error err = {0};
    const mutau_mixing_matrix u = mutau_mixing_unitary(mutau_mixing_preset(0, s->ordering));
    CHECK_OK(mutau_mediator_init((mutau_mediator_kind)s->kind, MUTAU_CROSS_SECTION_PAPER, &u,
                                 &out.mediator, &err),
             err);
    out.density_over_hubble =
        mutau_cosmology_density_ev3(out.mediator.target_per_cm3) / mutau_cosmology_hubble_ev(70.0);
    return out;
}

/* 3 |U_alpha,i|^2 of the one flavour that there is. */
static double emitted_of(const mutau_mixing *mixing, int flavour, int i)
{
    const mutau_mixing_matrix u = mutau_mixing_unitary(mixing);
    const int alpha = flavour == MUTAU_FLAVOUR_NEUTRON ? 0 : 1;
    const double size = cabs(u.u[alpha][i]);
    return 3.0 * size * size;
}

static mutau_solver_point point_of(const scene *s)
{
    mutau_solver_point point = {
        .m_ev = s->m_mev * MUTAU_EV_PER_MEV, .g = s->g, .source = {1.5, s->gamma}};
    const mutau_mixing *mixing = mutau_mixing_preset(0, s->ordering);
    const double sum = s->sum_mnu_ev > 0.0 ? s->sum_mnu_ev : mutau_mixing_sum_min(mixing);
    mutau_error err = {0};
    CHECK_OK(mutau_mixing_masses(mixing, sum, point.mass_ev, &err), err);
    if (s->flavour != MUTAU_FLAVOUR_EQUAL)
        for (int i = 0; i < 3; i++)
            point.excess[i] = emitted_of(mixing, s->flavour, i) - 1.0;
    return point;
}

/* Thirds of a decade from 4.6 TeV to 100 PeV. */
static void integrate(const scene *s, int n_node, double number[N_NUMBER])
{
    const mutau_solver_settings settings = settings_of(s, 0.0);
    const mutau_solver_point point = point_of(s);
    double edge[N_BIN + 1];
    for (int b = 0; b <= N_BIN; b++)
        edge[b] = pow(10.0, (11 + b) / 3.0);
    assert_int_equal(bdf_solve(&settings, &point, n_node, s->targets == MUTAU_TARGETS_THERMAL, 1e-6,
                               N_BIN, edge, number),
                     0);
}

static void march(const scene *s, double tolerance, double number[N_NUMBER])
{
    const mutau_solver_settings settings = settings_of(s, tolerance);
    const mutau_solver_point point = point_of(s);
    mutau_solver_bin bins[N_NUMBER];
    mutau_error err = {0};
    void *solver = NULL;
    for (int b = 0; b < N_BIN; b++)
        for (int i = 0; i < 3; i++)
            bins[3 * b + i] = (mutau_solver_bin){
                pow(10.0, (11 + b) / 3.0), pow(10.0, (12 + b) / 3.0), {i == 0, i == 1, i == 2}};
    CHECK_OK(mutau_solver_grid.alloc(&settings, N_NUMBER, bins, &solver, &err), err);
    void *ws = mutau_solver_grid.workspace_alloc(solver);
    assert_non_null(ws);
    CHECK_OK(mutau_solver_grid.solve(solver, ws, &point, &err), err);
    mutau_solver_grid.bins(solver, ws, number);
    mutau_solver_grid.workspace_free(ws);
    mutau_solver_grid.free(solver);
}

/* ---- the table --------------------------------------------------------------- */

static const char *const columns[] = {"mediator", "ordering", "targets",   "m_mev",
                                      "g",        "gamma",    "sum_mnu_ev"};
enum { N_COLUMN = sizeof columns / sizeof columns[0] };

static scene scene_of(const double column[N_COLUMN])
{
    return (scene){.kind = (int)column[0],
                   .ordering = (int)column[1],
                   .targets = (int)column[2],
                   .m_mev = column[3],
                   .g = column[4],
                   .gamma = column[5],
                   .sum_mnu_ev = column[6]};
}

typedef struct reference {
    size_t n_scene;
    scene scenes[MAX_SCENE];
    double number[MAX_SCENE][N_NUMBER];
} reference;

static void reference_read(reference *r)
{
    static const char *const states[] = {"n_1", "n_2", "n_3"};
    double value[N_COLUMN + 3][MAX_SCENE * N_BIN];
    mutau_table *t = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/bdf_bins.csv", &t, &err), err);
    r->n_scene = mutau_table_rows(t) / N_BIN;
    assert_in_range(r->n_scene, 10, MAX_SCENE);
    assert_int_equal(mutau_table_rows(t), r->n_scene * N_BIN);
    for (size_t c = 0; c < N_COLUMN + 3; c++)
        CHECK_OK(
            mutau_table_real(t, c < N_COLUMN ? columns[c] : states[c - N_COLUMN], value[c], &err),
            err);
    for (size_t k = 0; k < r->n_scene; k++) {
        double of_scene[N_COLUMN];
        for (size_t c = 0; c < N_COLUMN; c++)
            of_scene[c] = value[c][k * N_BIN];
        r->scenes[k] = scene_of(of_scene);
        for (size_t b = 0; b < N_BIN; b++)
            for (size_t i = 0; i < 3; i++)
                r->number[k][3 * b + i] = value[N_COLUMN + i][k * N_BIN + b];
    }
    mutau_table_free(t);
}

static int print_rows(char **argv)
{
    double column[N_COLUMN], number[N_NUMBER];
    for (int c = 0; c < N_COLUMN; c++)
        column[c] = strtod(argv[c], NULL);
    const scene s = scene_of(column);
    integrate(&s, 64, number);
    for (int b = 0; b < N_BIN; b++) {
        for (int c = 0; c < N_COLUMN; c++)
            printf("%g,", column[c]);
        printf("%d,%.8e,%.8e,%.8e\n", b + 1, number[3 * b], number[3 * b + 1], number[3 * b + 2]);
    }
    return 0;
}

/* ---- the tests --------------------------------------------------------------- */

/* What data see: [2 b] the mean of e and tau in bin b, [2 b + 1] mu. */
static void seen(const scene *s, const double number[N_NUMBER], double out[2 * N_BIN])
{
    const mutau_mixing_matrix mixing = mutau_mixing_unitary(mutau_mixing_preset(0, s->ordering));
    for (int b = 0; b < 2 * N_BIN; b++)
        out[b] = 0.0;
    for (int b = 0; b < N_BIN; b++)
        for (int i = 0; i < 3; i++) {
            const double of_mu = creal(mixing.u[1][i] * conj(mixing.u[1][i]));
            out[2 * b] += 0.5 * (1.0 - of_mu) * number[3 * b + i];
            out[2 * b + 1] += of_mu * number[3 * b + i];
        }
}

/* The worst difference of n numbers, which is also told; a NaN is the worst of all. */
static double worst(const scene *s, const char *what, int n, const double got[],
                    const double want[])
{
    double out = 0.0;
    int at = 0;
    for (int k = 0; k < n; k++)
        if (!(fabs(got[k] / want[k] - 1.0) <= out)) {
            out = fabs(got[k] / want[k] - 1.0);
            at = k;
        }
    print_message("# mediator %d, ordering %d, m = %g MeV, g = %g, masses %g eV%s, %s: %.2g in bin "
                  "%d\n",
                  s->kind, s->ordering, s->m_mev, s->g, s->sum_mnu_ev,
                  s->targets == MUTAU_TARGETS_THERMAL ? ", thermal" : "", what, out,
                  at * N_BIN / n + 1);
    return out;
}

/* All scenes, at the default tolerance and at 1e-4, which holds for what data see.  A state alone
 * may be as dark as a tenth of that, and is held to four times as much. */
static void march_as_integrated(void **state)
{
    (void)state;
    static const double tolerances[] = {1e-3, 1e-4};
    reference r = {0};
    bool right = true;
    reference_read(&r);
    for (int c = 0; c < 2; c++)
        for (size_t k = 0; k < r.n_scene; k++) {
            double got[N_NUMBER], got_seen[2 * N_BIN], want_seen[2 * N_BIN];
            march(&r.scenes[k], tolerances[c], got);
            seen(&r.scenes[k], got, got_seen);
            seen(&r.scenes[k], r.number[k], want_seen);
            /* a wing of a target in motion is right to 1e-2 of it (grid.h) */
            const double wing = r.scenes[k].targets == MUTAU_TARGETS_THERMAL
                                    ? 1.5e-4 * pow(r.scenes[k].g / 1e-2, 4.0)
                                    : 0.0;
            right = worst(&r.scenes[k], "bins", 2 * N_BIN, got_seen, want_seen) <=
                        tolerances[c] + 1e-5 + wing &&
                    worst(&r.scenes[k], "of a state", N_NUMBER, got, r.number[k]) <=
                        4.0 * (tolerances[c] + wing) &&
                    right;
        }
    assert_true(right);
}

/* The cascades' bins of another program at one point of the table, which begin at `row` of its
 * file: of the mean of e and tau, for an A of `norm`. */
static void check_golden(const reference *r, int targets, double g, const char *path,
                         const char *name, size_t row, double norm)
{
    enum { MAX_ROW = 192 };
    mutau_table *t = NULL;
    mutau_error err = {0};
    double want[MAX_ROW], got[2 * N_BIN];
    size_t k = 0;
    CHECK_OK(mutau_table_read_file(path, &t, &err), err);
    assert_in_range(mutau_table_rows(t), row + N_BIN, MAX_ROW);
    CHECK_OK(mutau_table_real(t, name, want, &err), err);
    while (k < r->n_scene && (r->scenes[k].targets != targets || fabs(r->scenes[k].g - g) > 1e-9))
        k++;
    assert_in_range(k, 0, r->n_scene - 1);
    seen(&r->scenes[k], r->number[k], got);
    for (size_t b = 0; b < N_BIN; b++)
        CHECK_REL(got[2 * b] * norm / 1.5, want[row + b], 5e-5);
    mutau_table_free(t);
}

/* The two that are in other tables as well: g' = 0.03 at rest, and the point of the first 16 rows
 * of the thermal ones, whose errors are up to 1e-4 by its header, and 3e-5 here. */
static void integrated_as_golden(void **state)
{
    (void)state;
    reference r = {0};
    reference_read(&r);
    check_golden(&r, MUTAU_TARGETS_COLD, 3e-2, MUTAU_TEST_REFERENCE_DIR "/grid_bins.csv", "n_th",
                 48, 1.5);
    check_golden(&r, MUTAU_TARGETS_THERMAL, 5e-4, MUTAU_TEST_REFERENCE_DIR "/thermal_bins.csv",
                 "n_hot", 0, 1.0);
}

static void integrate_anew(void **state)
{
    (void)state;
    reference r = {0};
    reference_read(&r);
    for (size_t k = 0; k < r.n_scene; k++) {
        double got[N_NUMBER];
        integrate(&r.scenes[k], 48, got);
        CHECK_ABS(worst(&r.scenes[k], "of a state", N_NUMBER, got, r.number[k]), 0.0, 2e-5);
    }
}

/* Sources of one flavour and of another history, of which there is no table: at rest, where that
 * takes a moment, or in motion as well. */
static void check_flavours(int targets, double g)
{
    static const int flavours[] = {MUTAU_FLAVOUR_NEUTRON, MUTAU_FLAVOUR_DAMPED_MUON};
    for (size_t k = 0; k < sizeof flavours / sizeof flavours[0]; k++) {
        const scene s = {.kind = MUTAU_MEDIATOR_LMU_LTAU,
                         .ordering = MUTAU_ORDERING_NORMAL,
                         .targets = targets,
                         .m_mev = 6.5,
                         .g = g,
                         .gamma = 2.4,
                         .sum_mnu_ev = 0.1,
                         .flavour = flavours[k],
                         .evolution = MUTAU_EVOLUTION_MADAU_DICKINSON2014};
        double want[N_NUMBER], got[N_NUMBER], want_seen[2 * N_BIN], got_seen[2 * N_BIN];
        integrate(&s, 24, want);
        march(&s, 1e-4, got);
        seen(&s, want, want_seen);
        seen(&s, got, got_seen);
        CHECK_ABS(worst(&s, "bins of one flavour", 2 * N_BIN, got_seen, want_seen), 0.0, 2e-4);
        CHECK_ABS(worst(&s, "of a state", N_NUMBER, got, want), 0.0, 6e-4);
    }
}

static void flavours_as_integrated(void **state)
{
    (void)state;
    check_flavours(MUTAU_TARGETS_COLD, 3e-2);
}

static void flavours_in_motion_anew(void **state)
{
    (void)state;
    check_flavours(MUTAU_TARGETS_THERMAL, 5e-4);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(march_as_integrated),     cmocka_unit_test(integrated_as_golden),
        cmocka_unit_test(flavours_as_integrated),  cmocka_unit_test(integrate_anew),
        cmocka_unit_test(flavours_in_motion_anew),
    };
    if (argc == N_COLUMN + 1)
        return print_rows(argv + 1);
    cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
