/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both solvers with every spectrum: against the plain twin of the lines and each other, what is
 * conserved, tables of power laws against the power laws, and what arrives in the Earth's frame. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "plain_solver.h"
#include "solver_bins.h"

enum { N_BIN = 13, N_STATE_BIN = 3 * N_BIN };

/* A spectrum at a point, and how well the line solver is to have it; p[] of a table is made. */
typedef struct emission {
    const mutau_spectrum_type *type;
    double source[MUTAU_SPECTRUM_MAX_PARAMETERS];
    mutau_spectrum_table table;
} emission;

static const double energy_gev[] = {1e3, 5e4, 2.5e5, 4e5, 1e6, 1e9},
                    flux[] = {1.0, 2e-3, 2e-4, 1.5e-4, 1e-5, 1e-14};

static const emission emissions[] = {
    {.type = &mutau_spectrum_log_parabola, .source = {1.4, 2.4, 0.2}},
    {.type = &mutau_spectrum_broken_power_law, .source = {1.4, 1.6, 2.8, 2.5e5}},
    {.type = &mutau_spectrum_cutoff, .source = {1.4, 2.2, 8e5}},
    {.type = &mutau_spectrum_two_component, .source = {1.4, 2.7, 3e5, 0.3, 1.9}},
    {.type = &mutau_spectrum_bump, .source = {1.4, 2.6, 0.7, 4e5, 0.4}},
    {.type = &mutau_spectrum_by_table, .source = {1.4}, .table = {6, energy_gev, flux}},
};
enum { N_EMISSION = sizeof emissions / sizeof emissions[0] };

/* `shape` gets what is to be freed after the last use of the settings. */
static mutau_solver_settings settings_of(const emission *e, int targets, double tolerance,
                                         double **shape)
{
    mutau_solver_settings s = {.targets = (mutau_targets)targets,
                               .tolerance = tolerance,
                               .omega_m = 0.308,
                               .z_max = 5.0,
                               .spectrum = e->type,
                               .norm = MUTAU_SPECTRUM_NORM};
    mutau_error err = {0};
    const mutau_mixing_matrix u =
        mutau_mixing_unitary(mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL));
    CHECK_OK(mutau_mediator_init(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_PAPER, &u,
                                 &s.mediator, &err),
             err);
    s.density_over_hubble =
        mutau_cosmology_density_ev3(s.mediator.target_per_cm3) / mutau_cosmology_hubble_ev(70.0);
    *shape = NULL;
    if (e->type->tabulate != NULL)
        CHECK_OK(e->type->tabulate(&e->table, shape, &err), err);
    s.shape = *shape;
    return s;
}

static mutau_solver_point point_of(const emission *e, double g)
{
    mutau_solver_point point = {.m_ev = 6.5e6, .g = g};
    mutau_error err = {0};
    memcpy(point.source, e->source, sizeof point.source);
    CHECK_OK(mutau_mixing_masses(mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL), 0.1, point.mass_ev,
                                 &err),
             err);
    return point;
}

/* Thirds of a decade from 4.6 TeV to 100 PeV, for each state alone. */
static void state_bins(mutau_solver_bin bins[N_STATE_BIN])
{
    for (int b = 0; b < N_BIN; b++)
        for (int i = 0; i < 3; i++)
            bins[3 * b + i] = (mutau_solver_bin){
                pow(10.0, (11 + b) / 3.0), pow(10.0, (12 + b) / 3.0), {i == 0, i == 1, i == 2}};
}

static void bins_of(const mutau_solver_type *solver, const emission *e, double g, int targets,
                    double tolerance, double n[N_STATE_BIN])
{
    mutau_solver_bin bins[N_STATE_BIN];
    double *shape;
    const mutau_solver_settings s = settings_of(e, targets, tolerance, &shape);
    const mutau_solver_point point = point_of(e, g);
    state_bins(bins);
    solver_bins(solver, &s, &point, N_STATE_BIN, bins, n);
    free(shape);
}

static double energy_of(int bin)
{
    return pow(10.0, bin / 3.0);
}

/* Relative to the bin, but where its energy flux is less than 1e-4 of the largest, far above a
 * cutoff, to that. */
static double worst_of(const double n[N_STATE_BIN], const double want[N_STATE_BIN])
{
    double worst = 0.0, largest = 0.0;
    for (int b = 0; b < N_STATE_BIN; b++)
        largest = fmax(largest, energy_of(b / 3) * want[b]);
    for (int b = 0; b < N_STATE_BIN; b++) {
        const double unit = fmax(want[b], 1e-4 * largest / energy_of(b / 3));
        if (!(fabs(n[b] - want[b]) <= worst * unit))
            worst = fabs(n[b] - want[b]) / unit;
    }
    return worst;
}

/* ---- against the plain twin ---------------------------------------------------- */

static void lines_of_all_spectra(void **state)
{
    (void)state;
    plain_solver *plain = mutau_calloc(1, sizeof *plain);
    assert_non_null(plain);
    for (int k = 0; k < N_EMISSION; k++) {
        const emission *e = &emissions[k];
        mutau_solver_bin bins[N_STATE_BIN];
        double n[N_STATE_BIN], want[N_STATE_BIN], *shape;
        bins_of(&mutau_solver_line, e, 5e-4, MUTAU_TARGETS_COLD, 0.0, n);
        const mutau_solver_settings s = settings_of(e, MUTAU_TARGETS_COLD, 0.0, &shape);
        const mutau_solver_point point = point_of(e, 5e-4);
        plain_init(plain, &s, 300, 4, 8);
        plain_solve(plain, &point);
        state_bins(bins);
        for (int b = 0; b < N_BIN; b++)
            plain_bin(plain, bins[3 * b].e_lo_gev, bins[3 * b].e_hi_gev, want + 3 * b);
        print_message("# %s: %.2g\n", e->type->name, worst_of(n, want));
        CHECK_ABS(worst_of(n, want), 0.0, 2e-5);
        free(shape);
    }
    free(plain);
}

/* ---- the grid ------------------------------------------------------------------- */

/* Where wings are nothing it is the line solver. */
static void grid_at_the_line_limit(void **state)
{
    (void)state;
    for (int k = 0; k < N_EMISSION; k++) {
        double line[N_STATE_BIN], grid[N_STATE_BIN];
        bins_of(&mutau_solver_line, &emissions[k], 1e-4, MUTAU_TARGETS_COLD, 1e-5, line);
        bins_of(&mutau_solver_grid, &emissions[k], 1e-4, MUTAU_TARGETS_COLD, 1e-5, grid);
        print_message("# %s: %.2g\n", emissions[k].type->name, worst_of(grid, line));
        CHECK_ABS(worst_of(grid, line), 0.0, 3e-5);
    }
}

/* ---- conservation ----------------------------------------------------------------- */

/* Energy, or count where each that is absorbed gives one back, that has come or gone over what was
 * displaced of it. */
static double balance(const mutau_solver_type *type, const emission *e, int targets, double g,
                      bool of_energy)
{
    enum { N_FINE = 1500 };
    static const double one[] = {1.0, 0.0, 0.0};
    static mutau_solver_bin bins[N_FINE];
    static double n[N_FINE], free_n[N_FINE];
    double *shape;
    mutau_solver_settings s = settings_of(e, targets, 1e-4, &shape);
    mutau_solver_point point = point_of(e, g);
    if (!of_energy)
        memcpy(s.mediator.decay, one, sizeof s.mediator.decay);
    const double step = log(1e13) / N_FINE;
    for (int b = 0; b < N_FINE; b++)
        bins[b] = (mutau_solver_bin){exp(b * step), exp((b + 1) * step), {1.0, 1.0, 1.0}};
    solver_bins(type, &s, &point, N_FINE, bins, n);
    point.g = 0.0;
    solver_bins(type, &s, &point, N_FINE, bins, free_n);
    double sum = 0.0, moved = 0.0;
    for (int b = 0; b < N_FINE; b++) {
        const double mean = of_energy ? sqrt(bins[b].e_lo_gev * bins[b].e_hi_gev) : 1.0;
        sum += mean * (n[b] - free_n[b]);
        moved += 0.5 * mean * fabs(n[b] - free_n[b]);
    }
    free(shape);
    assert_true(moved > 0.0);
    return sum / moved;
}

static void number_and_energy(void **state)
{
    (void)state;
    for (int k = 0; k < N_EMISSION; k++)
        for (int of_energy = 0; of_energy < 2; of_energy++) {
            const emission *e = &emissions[k];
            const double line = balance(&mutau_solver_line, e, MUTAU_TARGETS_COLD, 5e-4, of_energy);
            const double cold = balance(&mutau_solver_grid, e, MUTAU_TARGETS_COLD, 1e-3, of_energy);
            const double thermal =
                balance(&mutau_solver_grid, e, MUTAU_TARGETS_THERMAL, 5e-4, of_energy);
            print_message("# %s, %s: line %.1e, grid %.1e, thermal %.1e\n", e->type->name,
                          of_energy ? "energy" : "number", line, cold, thermal);
            CHECK_ABS(line, 0.0, 1e-4);
            CHECK_ABS(cold, 0.0, 6e-4);
            CHECK_ABS(thermal, 0.0, 1e-3);
        }
}

/* ---- tables ------------------------------------------------------------------------ */

/* Of a power law two rows and many, and of a broken one three, in both solvers. */
static void tables_of_power_laws(void **state)
{
    (void)state;
    enum { N_ROW = 101 };
    static const emission like[] = {
        {.type = &mutau_spectrum_power_law, .source = {1.4, 2.5}},
        {.type = &mutau_spectrum_power_law, .source = {1.4, 2.5}},
        {.type = &mutau_spectrum_broken_power_law, .source = {1.4, 1.6, 2.8, 2.5e5}},
    };
    static const size_t n_row[] = {2, N_ROW, 3};
    for (int k = 0; k < 3; k++) {
        double energy[N_ROW], phi[N_ROW], n[N_STATE_BIN], want[N_STATE_BIN];
        for (size_t i = 0; i < n_row[k]; i++) {
            energy[i] =
                k == 2 && i == 1 ? 2.5e5 : 1e3 * pow(1e6, (double)i / (double)(n_row[k] - 1));
            phi[i] = 7e-19 * like[k].type->shape(like[k].source, log(energy[i] / 1e5));
        }
        const emission e = {
            .type = &mutau_spectrum_by_table, .source = {1.4}, .table = {n_row[k], energy, phi}};
        for (int solver = 0; solver < 3; solver++) {
            const mutau_solver_type *type = solver == 0 ? &mutau_solver_line : &mutau_solver_grid;
            const int targets = solver == 2 ? MUTAU_TARGETS_THERMAL : MUTAU_TARGETS_COLD;
            bins_of(type, &e, 2e-3, targets, 0.0, n);
            bins_of(type, &like[k], 2e-3, targets, 0.0, want);
            print_message("# %zu rows, %s: %.2g\n", n_row[k], type->name, worst_of(n, want));
            CHECK_ABS(worst_of(n, want), 0.0, 1e-9);
        }
    }
}

/* Only a table has numbers of its own. */
static void rows_of_another(void **state)
{
    (void)state;
    const mutau_solver_type *const types[] = {&mutau_solver_line, &mutau_solver_grid,
                                              &mutau_solver_auto};
    for (int k = 0; k < 3; k++) {
        void *solver = NULL;
        double *shape;
        mutau_error err = {0};
        mutau_solver_settings s =
            settings_of(&emissions[N_EMISSION - 1], MUTAU_TARGETS_COLD, 0.0, &shape);
        s.shape = NULL;
        CHECK_STATUS(types[k]->alloc(&s, 0, NULL, &solver, &err), MUTAU_EDOM, err);
        s.shape = shape;
        s.spectrum = &mutau_spectrum_power_law;
        CHECK_STATUS(types[k]->alloc(&s, 0, NULL, &solver, &err), MUTAU_EDOM, err);
        assert_non_null(strstr(err.text, "one by a table needs its numbers"));
        free(shape);
    }
}

/* ---- in the Earth's frame ------------------------------------------------------------- */

/* Without a boson, S over S(100 TeV) arrives as it is. */
static void at_earth(void **state)
{
    (void)state;
    for (int k = 0; k < N_EMISSION; k++) {
        const emission *e = &emissions[k];
        const mutau_solver_point point = point_of(e, 0.0);
        mutau_solver_bin bins[N_STATE_BIN];
        double n[2][N_STATE_BIN], *shape;
        mutau_solver_settings s = settings_of(e, MUTAU_TARGETS_COLD, 0.0, &shape);
        s.at_earth = true;
        state_bins(bins);
        solver_bins(&mutau_solver_line, &s, &point, N_STATE_BIN, bins, n[0]);
        solver_bins(&mutau_solver_grid, &s, &point, N_STATE_BIN, bins, n[1]);
        const double *p = shape != NULL ? shape : point.source;
        for (int b = 0; b < N_STATE_BIN; b++) {
            const double lo = bins[b].e_lo_gev;
            const double want = 1.4 * MUTAU_SPECTRUM_NORM / 3.0 / e->type->shape(p, 0.0) *
                                e->type->integral(p, lo, log(lo / 1e5), log(bins[b].e_hi_gev / lo));
            CHECK_REL(n[0][b], want, 1e-13);
            CHECK_REL(n[1][b], want, 1e-13);
        }
        free(shape);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_all_spectra), cmocka_unit_test(grid_at_the_line_limit),
        cmocka_unit_test(number_and_energy),    cmocka_unit_test(tables_of_power_laws),
        cmocka_unit_test(rows_of_another),      cmocka_unit_test(at_earth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
