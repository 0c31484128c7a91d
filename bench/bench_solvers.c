/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solvers beside each other: the time of one evaluation of the paper's sixteen bins, best of
 * several repetitions, and how far the worst bin is from the grid solver with a tolerance of 1e-5
 * (which test_grid_absorption and the golden numbers hold to).  One row a line of solver, targets,
 * tolerance, coupling, microseconds and error, with tabs, for solvers.py.  With the argument
 * `scalar` the bins by which solvers.py judges nuSIprop, one a line. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "paper_bins.h"
#include "physics/flux.h"
#include "physics/spectrum.h"

enum { N_BIN = PAPER_BINS, N_REPEAT = 30, N_CALL = 40, N_CHECK = 8 };

enum { MASS, COUPLING, A, GAMMA, SUM, N_PARAMETER };

typedef struct row {
    const char *name;
    const mutau_solver_type *type;
    int targets;
    bool table;
    double tolerance, coupling;
} row;

static const row rows[] = {
    {"line", &mutau_solver_line, MUTAU_TARGETS_COLD, false, 0.0, 5e-4},
    {"line, table", &mutau_solver_line, MUTAU_TARGETS_COLD, true, 0.0, 5e-4},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_COLD, false, 1e-3, 5e-4},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_COLD, false, 1e-3, 3e-3},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_COLD, false, 1e-3, 1e-2},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_COLD, false, 1e-3, 3e-2},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_COLD, false, 1e-4, 1e-2},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_THERMAL, false, 1e-3, 5e-4},
    {"grid, table", &mutau_solver_grid, MUTAU_TARGETS_THERMAL, true, 1e-3, 5e-4},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_THERMAL, false, 1e-3, 1e-2},
    {"grid", &mutau_solver_grid, MUTAU_TARGETS_THERMAL, false, 1e-4, 5e-4},
};

typedef struct solver {
    mutau_flux *flux;
    mutau_flux_workspace *ws;
} solver;

static double microseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others count little */
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void fail(const char *text)
{
    (void)fprintf(stderr, "%s\n", text);
    exit(EXIT_FAILURE);
}

static solver open(const row *r, double tolerance, bool exact, size_t n_bin,
                   const mutau_flux_bin bins[], int mediator)
{
    const mutau_flux_settings settings = {
        .mediator = mediator,
        .solver = mutau_solver_index(exact ? mutau_solver_grid.name : r->type->name),
        .targets = r->targets,
        .table = r->table && !exact,
        .tolerance = tolerance,
        .cosmology = {70.0, 0.308},
        .source.z_max = 5.0};
    solver s = {NULL, NULL};
    mutau_error err = {0};
    if (mutau_flux_alloc(&settings, 0.1, true, n_bin, bins, &s.flux, &err) != MUTAU_OK)
        fail(err.text);
    s.ws = mutau_flux_workspace_alloc(s.flux);
    if (s.ws == NULL)
        fail("out of memory");
    return s;
}

static void close_(solver *s)
{
    mutau_flux_workspace_free(s->ws);
    mutau_flux_free(s->flux);
}

/* Every evaluation is at another point, as in a chain. */
static void bins_at(const solver *s, double coupling, int step, double n[])
{
    const double at[N_PARAMETER] = {6.5 * (1.0 + 1e-3 * (step % 100)),
                                    coupling * (1.0 + 2e-3 * (step % 89)), 1.5,
                                    2.5 + 1e-3 * (step % 97), 0.1};
    mutau_error err = {0};
    if (mutau_flux_bins_of_many(s->flux, s->ws, at, n, &err) != MUTAU_OK)
        fail(err.text);
}

static double time_of(const solver *s, double coupling)
{
    double best = HUGE_VAL, n[N_BIN];
    for (int repeat = 0; repeat < N_REPEAT; repeat++) {
        const double begin = microseconds();
        for (int k = 0; k < N_CALL; k++)
            bins_at(s, coupling, k, n);
        best = fmin(best, (microseconds() - begin) / N_CALL);
    }
    return best;
}

static double error_of(const solver *s, const solver *exact, double coupling)
{
    double worst = 0.0, n[N_BIN], want[N_BIN];
    for (int k = 0; k < N_CHECK; k++) {
        bins_at(s, coupling, 12 * k, n);
        bins_at(exact, coupling, 12 * k, want);
        for (int b = 0; b < N_BIN; b++)
            worst = fmax(worst, fabs(n[b] / want[b] - 1.0));
    }
    return worst;
}

/* Thirds of a decade of the three flavours, for a scalar that couples to the tau. */
static void print_scalar(void)
{
    enum { N_THIRD = 12 };
    mutau_flux_bin bins[3 * N_THIRD];
    double n[3 * N_THIRD];
    const row r = {"grid", &mutau_solver_grid, MUTAU_TARGETS_COLD, false, 1e-5, 1e-2};
    memset(bins, 0, sizeof bins);
    for (int b = 0; b < 3 * N_THIRD; b++) {
        bins[b].e_lo_gev = pow(10.0, (9 + b / 3) / 3.0);
        bins[b].e_hi_gev = pow(10.0, (10 + b / 3) / 3.0);
        bins[b].weight[b % 3] = 1.0;
    }
    solver s = open(&r, 1e-5, true, 3 * N_THIRD, bins, MUTAU_MEDIATOR_SCALAR_TAU);
    bins_at(&s, r.coupling, 0, n);
    for (int b = 0; b < 3 * N_THIRD; b++)
        printf("%.10g\n", n[b] / (1.5 * MUTAU_SPECTRUM_NORM));
    close_(&s);
}

int main(int argc, char *argv[])
{
    mutau_flux_bin bins[N_BIN];
    paper_bins(bins);
    if (argc > 1 && strcmp(argv[1], "scalar") == 0) {
        print_scalar();
        return EXIT_SUCCESS;
    }
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        const row *r = &rows[k];
        solver s = open(r, r->tolerance, false, N_BIN, bins, MUTAU_MEDIATOR_LMU_LTAU);
        solver exact = open(r, 1e-5, true, N_BIN, bins, MUTAU_MEDIATOR_LMU_LTAU);
        const double error = error_of(&s, &exact, r->coupling), time = time_of(&s, r->coupling);
        printf("%s\t%s\t%g\t%g\t%.2f\t%.1e\n", r->name,
               r->targets == MUTAU_TARGETS_THERMAL ? "thermal" : "cold", r->tolerance, r->coupling,
               time, error);
        close_(&s);
        close_(&exact);
    }
    return EXIT_SUCCESS;
}
