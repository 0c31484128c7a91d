/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stated error of the table, measured over the whole prior: every bin against the solver, at
 * Halton's points in mass, coupling and index, for what else the solver can be set to.  The number
 * of points is the program's argument. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "paper_bins.h"
#include "physics/flux.h"

enum { N_BIN = PAPER_BINS, MAX_SCENE = 16 };

static long n_point;

typedef struct scene {
    const char *name;
    int mediator, crossing, ordering;
    double sum_ev; /* 0: the least, and a line less */
    double z_max;
} scene;

static const scene scenes[] = {
    {"as the paper", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSSING_EXACT, MUTAU_ORDERING_NORMAL, 0.1,
     5.0},
    {"implicit Euler", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSSING_IMPLICIT_EULER,
     MUTAU_ORDERING_NORMAL, 0.1, 5.0},
    {"inverted", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSSING_EXACT, MUTAU_ORDERING_INVERTED, 0.1, 5.0},
    {"a massless neutrino", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSSING_EXACT, MUTAU_ORDERING_NORMAL,
     0.0, 5.0},
    {"all but massless", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSSING_EXACT, MUTAU_ORDERING_NORMAL,
     0.0588, 5.0},
    {"degenerate", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSSING_EXACT, MUTAU_ORDERING_NORMAL, 1.0, 5.0},
    {"far sources", MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSSING_EXACT, MUTAU_ORDERING_NORMAL, 0.1,
     10.0},
    {"a scalar", MUTAU_MEDIATOR_SCALAR_MU, MUTAU_CROSSING_EXACT, MUTAU_ORDERING_NORMAL, 0.1, 5.0},
};

static mutau_flux *scene_flux(const scene *s, double *sum_ev)
{
    mutau_flux_settings settings = {.mediator = s->mediator,
                                    .solver = mutau_solver_index("line"),
                                    .crossing = s->crossing,
                                    .neutrinos.ordering = s->ordering,
                                    .cosmology = {70.0, 0.308},
                                    .source.z_max = s->z_max,
                                    .table = true};
    mutau_flux_bin bins[N_BIN];
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    paper_bins(bins);
    *sum_ev = s->sum_ev > 0.0 ? s->sum_ev : mutau_flux_sum_mnu_min(0, s->ordering);
    CHECK_OK(mutau_flux_alloc(&settings, *sum_ev, true, N_BIN, bins, &flux, &err), err);
    return flux;
}

static void check_scene(const scene *s)
{
    double worst = 0.0, sum_ev;
    mutau_flux *flux = scene_flux(s, &sum_ev);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    mutau_error err = {0};
    for (long k = 1; k <= n_point; k++) {
        const double at[] = {pow(20.0, halton(k, 2)), 1e-5 * pow(1e4, halton(k, 3)), 1.4,
                             1.8 + 1.7 * halton(k, 5), sum_ev};
        double solved[N_BIN], n[N_BIN];
        assert_true(mutau_flux_has_table_at(flux, at));
        CHECK_OK(mutau_flux_bins(flux, ws, at, solved, &err), err);
        CHECK_OK(mutau_flux_bins_of_many(flux, ws, at, n, &err), err);
        for (int b = 0; b < N_BIN; b++) {
            CHECK_REL(n[b], solved[b], mutau_flux_table_error(flux));
            worst = fmax(worst, fabs(n[b] / solved[b] - 1.0));
        }
    }
    print_message("%s: %.2g\n", s->name, worst);
    assert_true(worst > 1e-8); /* it is the table that was measured */
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

static void the_stated_error_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        check_scene(&scenes[i]);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stated_error_holds),
    };
    n_point = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    return n_point > 0 ? cmocka_run_group_tests(tests, NULL, NULL) : EXIT_FAILURE;
}
