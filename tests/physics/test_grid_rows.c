/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the grid solver with targets in motion: the stated error, measured over the whole prior
 * at Halton's points, as test_solver_table has it for lines; where they do not serve; and the same
 * bytes in whatever order, and by however many threads, the table is filled.  The number of points
 * is the program's argument. */
#include "check.h"

#include <pthread.h>
#include <string.h>

#include "paper_bins.h"
#include "physics/flux.h"

enum { N_BIN = PAPER_BINS };

static long n_point;

typedef struct scene {
    const char *name;
    int mediator, ordering;
    double sum_ev; /* 0: the least */
} scene;

static const scene scenes[] = {
    {"as the paper", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_ORDERING_NORMAL, 0.1},
    {"inverted", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_ORDERING_INVERTED, 0.1},
    {"a massless neutrino", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_ORDERING_NORMAL, 0.0},
    {"degenerate", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_ORDERING_NORMAL, 1.0},
    {"a scalar", MUTAU_MEDIATOR_SCALAR_MU, MUTAU_ORDERING_NORMAL, 0.1},
};

static mutau_flux *scene_flux(const scene *s, int targets, double tolerance, double *sum_ev)
{
    mutau_flux_settings settings = {.mediator = s->mediator,
                                    .targets = targets,
                                    .tolerance = tolerance,
                                    .neutrinos.ordering = s->ordering,
                                    .cosmology = {70.0, 0.308},
                                    .source.z_max = 5.0,
                                    .table = true};
    mutau_flux_bin bins[N_BIN];
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    paper_bins(bins);
    settings.solver = mutau_solver_index(mutau_solver_grid.name);
    *sum_ev = s->sum_ev > 0.0 ? s->sum_ev : mutau_flux_sum_mnu_min(0, s->ordering);
    CHECK_OK(mutau_flux_alloc(&settings, *sum_ev, true, N_BIN, bins, &flux, &err), err);
    return flux;
}

static void point_at(long k, double sum_ev, double at[5])
{
    at[0] = pow(20.0, halton(k, 2));
    at[1] = 1e-5 * pow(1e4, halton(k, 3));
    at[2] = 1.4;
    at[3] = 1.8 + 1.7 * halton(k, 5);
    at[4] = sum_ev;
}

/* ---- the error -------------------------------------------------------------------- */

static double worst_of(const double a[N_BIN], const double b[N_BIN])
{
    double worst = 0.0;
    for (int k = 0; k < N_BIN; k++) {
        const double off = fabs(a[k] / b[k] - 1.0);
        if (!(off <= worst))
            worst = off;
    }
    return worst;
}

static void keep_worst(double off, const double at[5], double place[6])
{
    if (off <= place[0])
        return;
    place[0] = off;
    memcpy(place + 1, at, 5 * sizeof at[0]);
}

/* Rows and the solver, both with the default tolerance, against one ten times as exact. */
static void check_scene(const scene *s)
{
    double rows[6] = {0.0}, direct[6] = {0.0}, apart = 0.0, sum_ev;
    long n_served = 0;
    mutau_flux *flux = scene_flux(s, MUTAU_TARGETS_THERMAL, 0.0, &sum_ev);
    mutau_flux *exact = scene_flux(s, MUTAU_TARGETS_THERMAL, 1e-4, &sum_ev);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    mutau_flux_workspace *exact_ws = mutau_flux_workspace_alloc(exact);
    mutau_error err = {0};
    assert_true(mutau_flux_table_error(flux) > 0.0 && mutau_flux_table_error(flux) <= 1.5e-3);
    for (long k = 1; k <= n_point; k++) {
        double at[5], solved[N_BIN], n[N_BIN], want[N_BIN];
        point_at(k, sum_ev, at);
        CHECK_OK(mutau_flux_bins(flux, ws, at, solved, &err), err);
        CHECK_OK(mutau_flux_bins_of_many(flux, ws, at, n, &err), err);
        CHECK_OK(mutau_flux_bins(exact, exact_ws, at, want, &err), err);
        /* where wings are deep, targets in motion are not held to the tolerance yet */
        if (mutau_flux_tail_depth(flux, at) < 1e-3)
            keep_worst(worst_of(solved, want), at, direct);
        if (mutau_flux_has_table_at(flux, at)) {
            n_served++;
            keep_worst(worst_of(n, want), at, rows);
            apart = fmax(apart, worst_of(n, solved));
        } else {
            assert_memory_equal(n, solved, sizeof n);
        }
    }
    print_message("# %s: %ld of %ld points served, %.2g from the solver\n", s->name, n_served,
                  n_point, apart);
    print_message("# rows %.2g at (%g, %g, %g), solver %.2g at (%g, %g, %g)\n", rows[0], rows[1],
                  rows[2], rows[4], direct[0], direct[1], direct[2], direct[4]);
    CHECK_ABS(apart, 0.0, mutau_flux_table_error(flux));
    CHECK_ABS(rows[0], 0.0, 1.5e-3);
    CHECK_ABS(direct[0], 0.0, 1e-3);
    assert_true(apart > 1e-8); /* it is the table that was measured */
    assert_true(n_served > n_point / 3);
    mutau_flux_workspace_free(ws);
    mutau_flux_workspace_free(exact_ws);
    mutau_flux_free(flux);
    mutau_flux_free(exact);
}

static void the_stated_error_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        check_scene(&scenes[i]);
}

/* ---- where there are none ------------------------------------------------------------ */

static void where_rows_do_not_serve(void **state)
{
    (void)state;
    double sum_ev;
    mutau_flux *cold = scene_flux(&scenes[0], MUTAU_TARGETS_COLD, 0.0, &sum_ev);
    mutau_flux *flux = scene_flux(&scenes[0], MUTAU_TARGETS_THERMAL, 0.0, &sum_ev);
    const double good[] = {6.5, 5e-4, 1.4, 2.5, 0.1}, none[] = {6.5, 0.0, 1.4, 2.5, 0.1},
                 strong[] = {6.5, 1e-2, 1.4, 2.5, 0.1}, heavier[] = {6.5, 5e-4, 1.4, 2.5, 0.2};
    assert_false(mutau_flux_has_table_at(cold, good));
    assert_true(mutau_flux_has_table_at(flux, good));
    assert_false(mutau_flux_has_table_at(flux, none));
    assert_false(mutau_flux_has_table_at(flux, strong)); /* wings */
    assert_false(mutau_flux_has_table_at(flux, heavier));
    mutau_flux_free(cold);
    mutau_flux_free(flux);
}

/* ---- the same bytes ------------------------------------------------------------------ */

enum { N_SAME = 24, MAX_THREAD = 4 };

typedef struct work {
    mutau_flux *flux;
    int first, stride;
    bool backward;
    double sum_ev;
    double (*n)[N_BIN];
    bool failed;
} work;

static void *work_do(void *self)
{
    work *w = self;
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(w->flux);
    w->failed = ws == NULL;
    for (int i = w->first; i < N_SAME && !w->failed; i += w->stride) {
        const int k = w->backward ? N_SAME - 1 - i : i;
        double at[5];
        point_at(1 + k, w->sum_ev, at);
        w->failed = mutau_flux_bins_of_many(w->flux, ws, at, w->n[k], NULL) != MUTAU_OK;
    }
    mutau_flux_workspace_free(ws);
    return NULL;
}

static void fill(int n_thread, bool backward, double n[N_SAME][N_BIN])
{
    work works[MAX_THREAD];
    pthread_t threads[MAX_THREAD];
    double sum_ev;
    mutau_flux *flux = scene_flux(&scenes[0], MUTAU_TARGETS_THERMAL, 0.0, &sum_ev);
    for (int t = 0; t < n_thread; t++) {
        works[t] = (work){flux, t, n_thread, backward, sum_ev, n, false};
        assert_int_equal(pthread_create(&threads[t], NULL, work_do, &works[t]), 0);
    }
    for (int t = 0; t < n_thread; t++) {
        assert_int_equal(pthread_join(threads[t], NULL), 0);
        assert_false(works[t].failed);
    }
    mutau_flux_free(flux);
}

static void same_bytes_in_any_order(void **state)
{
    (void)state;
    static double want[N_SAME][N_BIN], n[N_SAME][N_BIN];
    fill(1, false, want);
    for (int n_thread = 1; n_thread <= MAX_THREAD; n_thread *= 2) {
        fill(n_thread, true, n);
        assert_memory_equal(n, want, sizeof n);
        fill(n_thread, false, n);
        assert_memory_equal(n, want, sizeof n);
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stated_error_holds),
        cmocka_unit_test(where_rows_do_not_serve),
        cmocka_unit_test(same_bytes_in_any_order),
    };
    n_point = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    return n_point > 0 ? cmocka_run_group_tests(tests, NULL, NULL) : EXIT_FAILURE;
}
