/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both solvers with other sources than the paper's, all histories and flavours: against the plain
 * twin of the lines, against the mixing matrix where there is no boson, what is conserved, and the
 * tables in front of them. */
#include "check.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "paper_bins.h"
#include "physics/flux.h"
#include "physics/grid.h"
#include "physics/resonance.h"
#include "plain_solver.h"
#include "solver_bins.h"

enum { N_BIN = 13, N_STATE_BIN = 3 * N_BIN };

/* Tables: with a gap, and with a step down to nothing. */
static const double gap_z[] = {0.0, 0.4, 0.5, 1.0, 1.1, 5.0},
                    gap_w[] = {1.0, 2.0, 0.0, 0.0, 3.0, 0.5};

static mutau_evolution evolution_of(int kind)
{
    if (kind == MUTAU_EVOLUTION_POWER)
        return (mutau_evolution){.kind = kind, .power = 3.0, .z_break = 1.0, .power_after = -2.0};
    return (mutau_evolution){.kind = kind, .n = 6, .z = gap_z, .w = gap_w};
}

/* Of the states, by |U|^2 here, of shares of the flavours. */
static void emitted_of(const double share[3], double excess[3])
{
    const mutau_mixing_matrix u =
        mutau_mixing_unitary(mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL));
    for (int i = 0; i < 3; i++) {
        excess[i] = -1.0;
        for (int a = 0; a < 3; a++)
            excess[i] += 3.0 * share[a] * creal(u.u[a][i] * conj(u.u[a][i]));
    }
}

static const double shares[][3] = {
    {1.0 / 3.0, 2.0 / 3.0, 0.0}, {0.0, 1.0, 0.0}, {1.0, 0.0, 0.0}, {0.2, 0.3, 0.5}};
enum { N_SHARE = sizeof shares / sizeof shares[0] };

static mutau_solver_settings solver_settings(int evolution, int targets, double tolerance)
{
    mutau_solver_settings s = {.targets = (mutau_targets)targets,
                               .tolerance = tolerance,
                               .omega_m = 0.308,
                               .evolution = evolution_of(evolution),
                               .z_max = 5.0,
                               .spectrum = &mutau_spectrum_power_law,
                               .norm = MUTAU_SPECTRUM_NORM};
    mutau_error err = {0};
    const mutau_mixing_matrix u =
        mutau_mixing_unitary(mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL));
    CHECK_OK(mutau_mediator_init(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_PAPER, &u,
                                 &s.mediator, &err),
             err);
    s.density_over_hubble =
        mutau_cosmology_density_ev3(s.mediator.target_per_cm3) / mutau_cosmology_hubble_ev(70.0);
    return s;
}

static mutau_solver_point solver_point(double g, double gamma, const double share[3])
{
    mutau_solver_point point = {.m_ev = 6.5e6, .g = g, .source = {1.4, gamma}};
    mutau_error err = {0};
    CHECK_OK(mutau_mixing_masses(mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL), 0.1, point.mass_ev,
                                 &err),
             err);
    emitted_of(share, point.excess);
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

/* ---- against the plain twin ---------------------------------------------------- */

static double off_plain(plain_solver *plain, int evolution, const double share[3])
{
    const mutau_solver_settings settings = solver_settings(evolution, MUTAU_TARGETS_COLD, 0.0);
    const mutau_solver_point point = solver_point(5e-4, 2.5, share);
    mutau_solver_bin bins[N_STATE_BIN];
    double n[N_STATE_BIN], worst = 0.0;
    state_bins(bins);
    solver_bins(&mutau_solver_line, &settings, &point, N_STATE_BIN, bins, n);
    plain_init(plain, &settings, 500, 8, 8);
    plain_solve(plain, &point);
    for (int b = 0; b < N_BIN; b++) {
        double want[3];
        plain_bin(plain, bins[3 * b].e_lo_gev, bins[3 * b].e_hi_gev, want);
        for (int i = 0; i < 3; i++)
            if (!(fabs(n[3 * b + i] / want[i] - 1.0) <= worst))
                worst = fabs(n[3 * b + i] / want[i] - 1.0);
    }
    return worst;
}

/* Smooth histories to what the paper's is held to; kinks are smeared over a cell of redshift. */
static void lines_of_all_sources(void **state)
{
    (void)state;
    plain_solver *plain = mutau_calloc(1, sizeof *plain);
    assert_non_null(plain);
    for (int kind = 0; kind < MUTAU_EVOLUTION_N_KIND; kind++) {
        const bool is_smooth = kind == MUTAU_EVOLUTION_YUKSEL2008 ||
                               kind == MUTAU_EVOLUTION_MADAU_DICKINSON2014 ||
                               kind == MUTAU_EVOLUTION_CANDELS2015 ||
                               kind == MUTAU_EVOLUTION_NONE || kind == MUTAU_EVOLUTION_BL_LAC;
        const double off = off_plain(plain, kind, shares[kind % N_SHARE]);
        print_message("# evolution %d: %.2g\n", kind, off);
        CHECK_ABS(off, 0.0, is_smooth ? 5e-6 : kind == MUTAU_EVOLUTION_TABLE ? 1e-3 : 1e-4);
    }
    free(plain);
}

/* ---- without the boson ----------------------------------------------------------- */

static mutau_flux_settings flux_settings(int solver, int targets, int flavour)
{
    return (mutau_flux_settings){.solver = solver,
                                 .targets = targets,
                                 .cosmology = {70.0, 0.308},
                                 .source.z_max = 5.0,
                                 .source.flavour.kind = flavour};
}

static mutau_flux *flux_alloc(const mutau_flux_settings *s)
{
    mutau_flux_bin bins[PAPER_BINS];
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    paper_bins(bins);
    CHECK_OK(mutau_flux_alloc(s, 0.1, true, PAPER_BINS, bins, &flux, &err), err);
    return flux;
}

/* Of flavour b arrives sum_i |U_bi|^2 sum_a f_a |U_ai|^2 of the whole, whose sum is that of equal
 * flavours. */
static void averaged_oscillations(void **state)
{
    (void)state;
    const mutau_mixing_matrix u =
        mutau_mixing_unitary(mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL));
    const double at[] = {6.5, 0.0, 1.5, 2.5, 0.1}, energy[] = {2e4, 3e6};
    for (int solver = 0; mutau_solver_at(solver) != NULL; solver++)
        for (int kind = MUTAU_FLAVOUR_PION; kind <= MUTAU_FLAVOUR_NEUTRON; kind++) {
            const mutau_flux_settings s = flux_settings(solver, MUTAU_TARGETS_COLD, kind);
            mutau_flux *flux = flux_alloc(&s);
            mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
            mutau_error err = {0};
            double got[6];
            CHECK_OK(mutau_flux_spectrum(flux, ws, at, 2, energy, got, NULL, &err), err);
            for (int k = 0; k < 2; k++)
                for (int b = 0; b < 3; b++) {
                    double share = 0.0;
                    for (int i = 0; i < 3; i++)
                        for (int a = 0; a < 3; a++)
                            share += shares[kind - MUTAU_FLAVOUR_PION][a] *
                                     creal(u.u[a][i] * conj(u.u[a][i])) *
                                     creal(u.u[b][i] * conj(u.u[b][i]));
                    CHECK_REL(got[3 * k + b],
                              1.5 * MUTAU_SPECTRUM_NORM * share * pow(energy[k] / 1e5, -2.5),
                              1e-13);
                }
            mutau_flux_workspace_free(ws);
            mutau_flux_free(flux);
        }
}

/* Parameters and three numbers say the same as a name. */
static void free_and_given_flavours(void **state)
{
    (void)state;
    mutau_error err = {0};
    double named[PAPER_BINS], given[PAPER_BINS], by_parameters[PAPER_BINS];
    const double at[] = {6.5, 5e-4, 1.5, 2.5, 0.1},
                 free_at[] = {6.5, 5e-4, 1.5, 2.5, 1.0 / 3.0, 2.0 / 3.0, 0.1},
                 beyond[] = {6.5, 5e-4, 1.5, 2.5, 0.6, 0.6, 0.1};
    mutau_flux_settings s =
        flux_settings(mutau_solver_index("line"), MUTAU_TARGETS_COLD, MUTAU_FLAVOUR_PION);
    s.table = true;
    for (int form = 0; form < 3; form++) {
        s.source.flavour = (mutau_flavour){.kind = form == 0   ? MUTAU_FLAVOUR_PION
                                                   : form == 1 ? MUTAU_FLAVOUR_GIVEN
                                                               : MUTAU_FLAVOUR_FREE,
                                           .share = {1.0 / 3.0, 2.0 / 3.0, 0.0}};
        mutau_flux *flux = flux_alloc(&s);
        mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
        double *const n = form == 0 ? named : form == 1 ? given : by_parameters;
        CHECK_OK(mutau_flux_bins(flux, ws, form == 2 ? free_at : at, n, &err), err);
        assert_int_equal(mutau_flux_has_table_at(flux, form == 2 ? free_at : at), form != 2);
        if (form == 2)
            CHECK_STATUS(mutau_flux_bins(flux, ws, beyond, n, &err), MUTAU_EDOM, err);
        if (form == 2)
            CHECK_OK(mutau_flux_bins(flux, ws, free_at, n, &err), err);
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
    }
    for (int b = 0; b < PAPER_BINS; b++) {
        CHECK_REL(given[b], named[b], 1e-14);
        CHECK_REL(by_parameters[b], named[b], 1e-14);
    }
}

/* ---- the grid ---------------------------------------------------------------------- */

/* Where wings are nothing it is the line solver, whatever is emitted. */
static void grid_at_the_line_limit(void **state)
{
    (void)state;
    mutau_solver_bin bins[N_STATE_BIN];
    double line[N_STATE_BIN], grid[N_STATE_BIN];
    state_bins(bins);
    for (int k = 0; k < N_SHARE; k++) {
        const mutau_solver_settings s =
            solver_settings(MUTAU_EVOLUTION_MADAU_DICKINSON2014, MUTAU_TARGETS_COLD, 1e-5);
        const mutau_solver_point point = solver_point(1e-4, 2.2, shares[k]);
        solver_bins(&mutau_solver_line, &s, &point, N_STATE_BIN, bins, line);
        solver_bins(&mutau_solver_grid, &s, &point, N_STATE_BIN, bins, grid);
        for (int b = 0; b < N_STATE_BIN; b++)
            CHECK_REL(grid[b], line[b], 2e-5);
    }
}

/* ---- conservation -------------------------------------------------------------------- */

/* Energy (of gamma = 2) or count (of gamma = 1, where each that is absorbed gives one back) that
 * have come or gone, over what was displaced of them. */
static double balance(const mutau_solver_type *type, int targets, double g, bool of_energy,
                      const double share[3])
{
    enum { N_FINE = 6000 };
    static const double one[] = {1.0, 0.0, 0.0};
    static mutau_solver_bin bins[N_FINE];
    static double n[N_FINE], free_n[N_FINE];
    mutau_solver_point point = solver_point(g, of_energy ? 2.0 : 1.0, share);
    mutau_solver_settings s = solver_settings(MUTAU_EVOLUTION_YUKSEL2008, targets, 1e-4);
    if (!of_energy)
        memcpy(s.mediator.decay, one, sizeof s.mediator.decay);
    const double lo = log(1.0), step = log(1e13) / N_FINE;
    for (int b = 0; b < N_FINE; b++)
        bins[b] = (mutau_solver_bin){exp(lo + b * step), exp(lo + (b + 1) * step), {1.0, 1.0, 1.0}};
    solver_bins(type, &s, &point, N_FINE, bins, n);
    point.g = 0.0;
    solver_bins(type, &s, &point, N_FINE, bins, free_n);
    double sum = 0.0, moved = 0.0;
    for (int b = 0; b < N_FINE; b++) {
        const double mean =
            of_energy ? step / (1.0 / bins[b].e_lo_gev - 1.0 / bins[b].e_hi_gev) : 1.0;
        sum += mean * (n[b] - free_n[b]);
        moved += 0.5 * mean * fabs(n[b] - free_n[b]);
    }
    assert_true(moved > 0.0);
    return sum / moved;
}

static void number_and_energy(void **state)
{
    (void)state;
    for (int k = 0; k < N_SHARE; k++)
        for (int of_energy = 0; of_energy < 2; of_energy++) {
            const double line =
                balance(&mutau_solver_line, MUTAU_TARGETS_COLD, 5e-4, of_energy, shares[k]);
            const double cold =
                balance(&mutau_solver_grid, MUTAU_TARGETS_COLD, 1e-2, of_energy, shares[k]);
            const double thermal =
                balance(&mutau_solver_grid, MUTAU_TARGETS_THERMAL, 5e-4, of_energy, shares[k]);
            print_message("# flavours %d, %s: line %.1e, grid %.1e, thermal %.1e\n", k,
                          of_energy ? "energy" : "number", line, cold, thermal);
            CHECK_ABS(line, 0.0, 1e-4);
            CHECK_ABS(cold, 0.0, 1e-3);
            CHECK_ABS(thermal, 0.0, 4e-4);
        }
}

/* ---- tables ---------------------------------------------------------------------------- */

/* Each solver's rows to the error that they state, at points of the prior. */
static void rows_of_all_sources(void **state)
{
    (void)state;
    static const struct {
        int evolution, flavour;
    } sources[] = {{MUTAU_EVOLUTION_AGN, MUTAU_FLAVOUR_NEUTRON},
                   {MUTAU_EVOLUTION_BL_LAC, MUTAU_FLAVOUR_DAMPED_MUON}};
    for (int k = 0; k < 4; k++) {
        const bool thermal = k % 2 == 1;
        mutau_flux_settings s = flux_settings(mutau_solver_index(thermal ? "grid" : "line"),
                                              thermal ? MUTAU_TARGETS_THERMAL : MUTAU_TARGETS_COLD,
                                              sources[k / 2].flavour);
        s.table = true;
        s.source.evolution.kind = sources[k / 2].evolution;
        mutau_flux *flux = flux_alloc(&s);
        mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
        mutau_error err = {0};
        double worst = 0.0;
        long n_served = 0;
        for (long i = 1; i <= (thermal ? 20 : 300); i++) {
            const double at[] = {pow(20.0, halton(i, 2)), 1e-5 * pow(1e3, halton(i, 3)), 1.4,
                                 1.8 + 1.7 * halton(i, 5), 0.1};
            double n[PAPER_BINS], want[PAPER_BINS];
            if (!mutau_flux_has_table_at(flux, at))
                continue;
            n_served++;
            CHECK_OK(mutau_flux_bins_of_many(flux, ws, at, n, &err), err);
            CHECK_OK(mutau_flux_bins(flux, ws, at, want, &err), err);
            for (int b = 0; b < PAPER_BINS; b++) {
                CHECK_REL(n[b], want[b], mutau_flux_table_error(flux));
                worst = fmax(worst, fabs(n[b] / want[b] - 1.0));
            }
        }
        print_message("# rows of %s: %.2g\n", thermal ? "targets in motion" : "lines", worst);
        assert_true(n_served > 10 && worst > 1e-9);
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
    }
}

/* ---- the grid's stated error ------------------------------------------------------------- */

/* Worst of the bins at the two tolerances, and what the coarser states. */
static void measure_error(const mutau_evolution *evolution, double *worst, double *stated)
{
    mutau_flux_settings s =
        flux_settings(mutau_solver_index("grid"), MUTAU_TARGETS_THERMAL, MUTAU_FLAVOUR_NEUTRON);
    double n[2][PAPER_BINS];
    mutau_flux *flux[2];
    mutau_flux_workspace *ws[2];
    s.source.evolution = *evolution;
    *worst = *stated = 0.0;
    for (int fine = 0; fine < 2; fine++) {
        s.tolerance = fine == 0 ? 1e-3 : 1e-4;
        flux[fine] = flux_alloc(&s);
        ws[fine] = mutau_flux_workspace_alloc(flux[fine]);
    }
    for (long i = 1; i <= 12; i++) {
        const double at[] = {pow(20.0, halton(i, 2)), 1e-5 * pow(1e3, halton(i, 3)), 1.4,
                             1.8 + 1.7 * halton(i, 5), 0.1};
        mutau_error err = {0};
        if (mutau_flux_tail_depth(flux[0], at) > 1e-3)
            continue;
        *stated = mutau_flux_bin_error(flux[0], at);
        for (int fine = 0; fine < 2; fine++)
            CHECK_OK(mutau_flux_bins(flux[fine], ws[fine], at, n[fine], &err), err);
        for (int b = 0; b < PAPER_BINS; b++)
            if (!(fabs(n[0][b] / n[1][b] - 1.0) <= *worst))
                *worst = fabs(n[0][b] / n[1][b] - 1.0);
    }
    for (int fine = 0; fine < 2; fine++) {
        mutau_flux_workspace_free(ws[fine]);
        mutau_flux_free(flux[fine]);
    }
}

/* The tolerance for histories that have a name; for others what they state. */
static void the_grid_states_its_error(void **state)
{
    (void)state;
    static const struct {
        int kind;
        double power, most;
    } histories[] = {{MUTAU_EVOLUTION_AGN, 0.0, 1e-3},   {MUTAU_EVOLUTION_BL_LAC, 0.0, 1e-3},
                     {MUTAU_EVOLUTION_FSRQ, 0.0, 1e-3},  {MUTAU_EVOLUTION_POWER, 3.0, 5e-3},
                     {MUTAU_EVOLUTION_POWER, 10.0, 0.1}, {MUTAU_EVOLUTION_POWER, -10.0, 0.1},
                     {MUTAU_EVOLUTION_TABLE, 0.0, 0.1}};
    for (size_t k = 0; k < sizeof histories / sizeof histories[0]; k++) {
        mutau_evolution evolution = evolution_of(histories[k].kind);
        double worst, stated;
        if (histories[k].kind == MUTAU_EVOLUTION_POWER) {
            evolution.power = histories[k].power;
            evolution.z_break = (double)INFINITY;
        }
        measure_error(&evolution, &worst, &stated);
        print_message("# history %d, power %g: %.2g, states %.2g\n", histories[k].kind,
                      histories[k].power, worst, stated);
        CHECK_ABS(worst, 0.0, stated);
        CHECK_ABS(stated, 0.0, histories[k].most);
    }
}

/* ---- behind a cutoff ------------------------------------------------------------ */

/* The largest difference of bins that have a millionth of the largest one, and none may be less
 * than nothing. */
static double off_where_it_counts(const double n[], const double want[])
{
    double most = 0.0, worst = 0.0;
    for (int b = 0; b < N_STATE_BIN; b++) {
        assert_true(n[b] >= 0.0 && isfinite(n[b]));
        most = fmax(most, want[b]);
    }
    for (int b = 0; b < N_STATE_BIN; b++)
        if (want[b] > 1e-6 * most)
            worst = fmax(worst, fabs(n[b] / want[b] - 1.0));
    return worst;
}

/* The spectrum is as steep as E^-50 and more about the lines there.  Where lines are all, against
 * the line solver; where the curve is wide, against the grid of a hundredth of the tolerance. */
static void a_cutoff_below_the_lines(void **state)
{
    (void)state;
    static const double cuts_gev[] = {3.2e4, 7.7e4, 2e5, 1e6};
    mutau_solver_bin bins[N_STATE_BIN];
    double n[N_STATE_BIN], want[N_STATE_BIN];
    state_bins(bins);
    for (size_t i = 0; i < sizeof cuts_gev / sizeof cuts_gev[0]; i++) {
        mutau_solver_settings settings =
            solver_settings(MUTAU_EVOLUTION_YUKSEL2008, MUTAU_TARGETS_COLD, 1e-3);
        mutau_solver_point point = solver_point(1e-4, 1.8, shares[0]);
        settings.spectrum = &mutau_spectrum_cutoff;
        point.source[2] = cuts_gev[i];
        solver_bins(&mutau_solver_grid, &settings, &point, N_STATE_BIN, bins, n);
        solver_bins(&mutau_solver_line, &settings, &point, N_STATE_BIN, bins, want);
        CHECK_ABS(off_where_it_counts(n, want), 0.0, 1e-3);
        point.g = 5.8e-3;
        point.m_ev = 19.7e6;
        solver_bins(&mutau_solver_grid, &settings, &point, N_STATE_BIN, bins, n);
        settings.tolerance = 1e-5;
        solver_bins(&mutau_solver_grid, &settings, &point, N_STATE_BIN, bins, want);
        CHECK_ABS(off_where_it_counts(n, want), 0.0, 2e-3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_all_sources),      cmocka_unit_test(averaged_oscillations),
        cmocka_unit_test(free_and_given_flavours),   cmocka_unit_test(grid_at_the_line_limit),
        cmocka_unit_test(number_and_energy),         cmocka_unit_test(rows_of_all_sources),
        cmocka_unit_test(the_grid_states_its_error), cmocka_unit_test(a_cutoff_below_the_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
