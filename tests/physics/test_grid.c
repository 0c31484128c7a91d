/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold for the grid solver by itself: its order, conservation laws, limits, that bins are
 * numbers above 0 wherever a point may be, and what it refuses. */
#include "check.h"

#include <gsl/gsl_integration.h>
#include <string.h>

#include "fail_alloc.h"
#include "base/units.h"
#include "paper_bins.h"
#include "physics/flux.h"
#include "physics/grid_internal.h"
#include "physics/resonance.h"
#include "solver_refusals.h"
#include "solver_bins.h"

enum { N_BIN = PAPER_BINS };

/* ---- scenes ---------------------------------------------------------------------- */

static mutau_flux_settings grid_settings(int targets, double tolerance)
{
    return (mutau_flux_settings){.solver = mutau_solver_index(mutau_solver_grid.name),
                                 .targets = targets,
                                 .tolerance = tolerance,
                                 .cosmology = {70.0, 0.308},
                                 .source.z_max = 5.0};
}

/* The sixteen bins at a point (m, g', A, gamma, ..., sum), whose sum is the last of n. */
static void flux_bins(const mutau_flux_settings *settings, const double at[], size_t n_at,
                      double n[N_BIN])
{
    mutau_flux_bin bins[N_BIN];
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    paper_bins(bins);
    CHECK_OK(mutau_flux_alloc(settings, at[n_at - 1], true, N_BIN, bins, &flux, &err), err);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    assert_non_null(ws);
    CHECK_OK(mutau_flux_bins(flux, ws, at, n, &err), err);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

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

/* The solver beneath the flux, for what no run file can ask for. */
static mutau_solver_settings inner_settings(int targets, double tolerance,
                                            mutau_solver_point *point, double sum_ev)
{
    mutau_solver_settings s = {.targets = (mutau_targets)targets,
                               .tolerance = tolerance,
                               .omega_m = 0.308,
                               .z_max = 5.0,
                               .spectrum = &mutau_spectrum_power_law,
                               .norm = MUTAU_SPECTRUM_NORM};
    const mutau_mixing *mixing = mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL);
    const mutau_mixing_matrix u = mutau_mixing_unitary(mixing);
    mutau_error err = {0};
    CHECK_OK(mutau_mediator_init(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_PAPER, &u,
                                 &s.mediator, &err),
             err);
    CHECK_OK(mutau_mixing_masses(mixing, sum_ev, point->mass_ev, &err), err);
    s.density_over_hubble =
        mutau_cosmology_density_ev3(s.mediator.target_per_cm3) / mutau_cosmology_hubble_ev(70.0);
    return s;
}

/* ---- order ------------------------------------------------------------------------- */

typedef struct order_scene {
    const char *name;
    int targets;
    double m_mev, g;
} order_scene;

static const order_scene order_scenes[] = {
    {"cold, 6.5 MeV, 1e-3", MUTAU_TARGETS_COLD, 6.5, 1e-3},
    {"cold, 3 MeV, 1e-2", MUTAU_TARGETS_COLD, 3.0, 1e-2},
    {"cold, 12 MeV, 3e-2", MUTAU_TARGETS_COLD, 12.0, 3e-2},
    {"thermal, 6.5 MeV, 5e-4", MUTAU_TARGETS_THERMAL, 6.5, 5e-4},
    {"thermal, 3 MeV, 2e-4", MUTAU_TARGETS_THERMAL, 3.0, 2e-4},
    {"thermal, 12 MeV, 2e-3", MUTAU_TARGETS_THERMAL, 12.0, 2e-3},
};

/* The mean square over the bins of the relative difference. */
static double distance(const double a[N_BIN], const double b[N_BIN])
{
    double sum = 0.0;
    for (int k = 0; k < N_BIN; k++)
        sum += (a[k] / b[k] - 1.0) * (a[k] / b[k] - 1.0);
    return sqrt(sum / N_BIN);
}

/* The bins with all cells finer by a factor, which the distance from a line to the nodes beside it
 * goes with the square of. */
static void refined_bins(const order_scene *s, double sum_ev, double finer, double n[N_BIN])
{
    mutau_flux_bin flavour_bins[N_BIN];
    mutau_solver_bin bins[N_BIN];
    mutau_solver_point point = {.m_ev = s->m_mev * 1e6, .g = s->g, .source = {1.4, 2.5}};
    const mutau_solver_settings settings = inner_settings(s->targets, 1e-5, &point, sum_ev);
    const grid_fineness fineness = {.n_cell = (int)lround(24.0 * finer),
                                    .most = 0.075 / finer,
                                    .slope = 0.25 / finer,
                                    .least = 3e-4 / (finer * finer),
                                    .moving_slope = 0.12 / finer,
                                    .motion = 0.40 / finer,
                                    .broad = 0.02 / finer};
    void *solver = NULL;
    mutau_error err = {0};
    paper_bins(flavour_bins);
    for (int b = 0; b < N_BIN; b++)
        bins[b] = (mutau_solver_bin){flavour_bins[b].e_lo_gev,
                                     flavour_bins[b].e_hi_gev,
                                     {b % 3 == 0, b % 3 == 1, b % 3 == 2}};
    CHECK_OK(mutau_solver_grid.alloc(&settings, N_BIN, bins, &solver, &err), err);
    for (int k = 0; k < GRID_N_LEVEL; k++) {
        grid_level *level = &((grid_solver *)solver)->level[k];
        mutau_grid_axis_release(&level->axis);
        level->fineness = fineness;
        CHECK_OK(mutau_grid_axis_init(&level->axis, &settings, fineness.n_cell, &err), err);
    }
    void *ws = mutau_solver_grid.workspace_alloc(solver);
    assert_non_null(ws);
    CHECK_OK(mutau_solver_grid.solve(solver, ws, &point, &err), err);
    mutau_solver_grid.bins(solver, ws, n);
    mutau_solver_grid.workspace_free(ws);
    mutau_solver_grid.free(solver);
}

/* With all steps halved differences fall to a quarter, wherever the lines are between the nodes and
 * the edges of the bins. */
static void check_order(const order_scene *s)
{
    enum { N_PHASE = 2, N_STEP = 3 };
    double away[N_STEP] = {0.0};
    for (int phase = 0; phase < N_PHASE; phase++) {
        double n[N_STEP + 1][N_BIN];
        for (int k = 0; k <= N_STEP; k++)
            refined_bins(s, 0.1 + 0.0234 * phase, pow(2.0, (double)k), n[k]);
        double d[N_STEP];
        for (int k = 0; k < N_STEP; k++) {
            d[k] = distance(n[k], n[k + 1]);
            away[k] += d[k] * d[k];
        }
    }
    const double first = sqrt(away[0] / away[1]), second = sqrt(away[1] / away[2]);
    print_message("# %s: ratios %.2f, %.2f\n", s->name, first, second);
    if (s->targets == MUTAU_TARGETS_COLD)
        CHECK_ABS(second, 4.0, 0.4);
    else /* terms of higher order still count here, and the sum over momenta after that */
        assert_true(sqrt(first * second) > 3.4);
}

static void second_order(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof order_scenes / sizeof order_scenes[0]; k++)
        check_order(&order_scenes[k]);
}

/* ---- conservation ------------------------------------------------------------------ */

/* Count and energy that have come or gone, over what was displaced of them. */
static void balance(int targets, double tolerance, double g, double gamma, const double decay[3],
                    double *number, double *energy)
{
    enum { N_FINE = 6000 };
    static mutau_solver_bin bins[N_FINE];
    static double n[N_FINE], free[N_FINE];
    mutau_solver_point point = {.m_ev = 6.5e6, .g = g, .source = {1.4, gamma}};
    mutau_solver_settings s = inner_settings(targets, tolerance, &point, 0.1);
    memcpy(s.mediator.decay, decay, sizeof s.mediator.decay);
    const double lo = log(1.0), hi = log(1e13), step = (hi - lo) / N_FINE;
    for (int b = 0; b < N_FINE; b++)
        bins[b] = (mutau_solver_bin){exp(lo + b * step), exp(lo + (b + 1) * step), {1.0, 1.0, 1.0}};
    solver_bins(&mutau_solver_grid, &s, &point, N_FINE, bins, n);
    point.g = 0.0;
    solver_bins(&mutau_solver_grid, &s, &point, N_FINE, bins, free);
    double sum[2] = {0.0}, moved[2] = {0.0};
    for (int b = 0; b < N_FINE; b++) {
        const double mean = step / (1.0 / bins[b].e_lo_gev - 1.0 / bins[b].e_hi_gev);
        const double difference = n[b] - free[b];
        sum[0] += difference;
        sum[1] += mean * difference;
        moved[0] += 0.5 * fabs(difference);
        moved[1] += 0.5 * mean * fabs(difference);
    }
    *number = sum[0] / moved[0];
    *energy = sum[1] / moved[1];
}

/* Energy with gamma = 2; the count where each that is absorbed gives one back, with gamma = 1:
 * there what is lost of it at low energies is finite. */
static void conservation(void **state)
{
    (void)state;
    static const struct {
        double g, tolerance, limit;
    } cases[] = {{5e-4, 1e-3, 2e-3}, {5e-4, 1e-4, 4e-4}, {1e-2, 1e-3, 3e-3},
                 {1e-2, 1e-4, 1e-3}, {0.1, 1e-3, 4e-3},  {0.1, 1e-4, 5e-4}};
    static const double vector[] = {3.0, -6.0, 6.0}, scalar[] = {2.0, 0.0, 0.0},
                        one[] = {1.0, 0.0, 0.0};
    for (int targets = 0; targets < 2; targets++)
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
            double number, energy, flat, other;
            const double g = cases[k].g, tolerance = cases[k].tolerance;
            if (targets == MUTAU_TARGETS_THERMAL && g > 2e-2)
                continue;
            balance(targets, tolerance, g, 2.0, vector, &other, &energy);
            balance(targets, tolerance, g, 2.0, scalar, &other, &flat);
            balance(targets, tolerance, g, 1.0, one, &number, &other);
            print_message("# %s, g' = %g, tolerance %g: energy %.1e (scalar %.1e), number %.1e\n",
                          targets ? "thermal" : "cold", g, tolerance, energy, flat, number);
            CHECK_ABS(energy, 0.0, cases[k].limit);
            CHECK_ABS(flat, 0.0, cases[k].limit);
            if (g < 0.05) /* at 0.1 it is 3e-3, whatever the tolerance */
                CHECK_ABS(number, 0.0, cases[k].limit);
            assert_true(fabs(other) > 0.1); /* half of the energy of each is gone */
        }
}

/* ---- limits -------------------------------------------------------------------------- */

/* With both crossings, where the wings are nothing.  1/(1 + tau) is meant for the line, and what a
 * finer mesh moves out of its core it does not cross in this way: it has a limit in tolerance. */
static void line_limit(void **state)
{
    (void)state;
    double worst[2] = {0.0};
    for (int crossing = 0; crossing < 2; crossing++)
        for (int ordering = 0; ordering < 2; ordering++)
            for (int k = 0; k < 4; k++) {
                const double at[] = {2.0 + 5.0 * k, 1e-4 * pow(0.3, (double)k), 1.4, 1.9 + 0.5 * k,
                                     0.1 + 0.05 * k};
                mutau_flux_settings settings =
                    grid_settings(MUTAU_TARGETS_COLD, crossing == 0 ? 1e-5 : 1e-4);
                double n[N_BIN], line[N_BIN];
                settings.crossing = crossing;
                settings.neutrinos.ordering = ordering;
                flux_bins(&settings, at, 5, n);
                settings.solver = mutau_solver_index(mutau_solver_line.name);
                flux_bins(&settings, at, 5, line);
                worst[crossing] = fmax(worst[crossing], worst_of(n, line));
                for (int b = 0; b < N_BIN; b++)
                    CHECK_REL(n[b], line[b], crossing == 0 ? 1e-5 : 5e-5);
            }
    print_message("# line limit: %.2g, implicit-euler %.2g\n", worst[0], worst[1]);
}

/* The power law itself without a coupling, and as near as one likes with one. */
static void power_law_without_coupling(void **state)
{
    (void)state;
    for (int targets = 0; targets < 2; targets++)
        for (int k = 0; k < 5; k++) {
            const mutau_flux_settings settings = grid_settings(targets, 0.0);
            const double gamma = 1.0 + 0.6 * k;
            double at[] = {6.5, 0.0, 1.4, gamma, 0.1}, free[N_BIN], n[N_BIN];
            mutau_flux_bin bins[N_BIN];
            paper_bins(bins);
            flux_bins(&settings, at, 5, free);
            for (int b = 0; b < N_BIN; b++) {
                const double lo = bins[b].e_lo_gev / 1e5, hi = bins[b].e_hi_gev / 1e5;
                const double slope = 1.0 - gamma;
                const double integral =
                    fabs(slope) > 0.0 ? (pow(hi, slope) - pow(lo, slope)) / slope : log(hi / lo);
                CHECK_REL(free[b], 1.4 * 1e-18 * 1e5 * integral, 1e-13);
            }
            for (double g = 1e-12; g < 2e-7; g *= 10.0) {
                at[1] = g;
                flux_bins(&settings, at, 5, n);
                /* no more than the depths of the lines, 3e5 (g'/5e-4)^2 or so */
                CHECK_ABS(worst_of(n, free), 0.0, fmax(100.0 * g * g / (5e-4 * 5e-4), 1e-14));
            }
        }
}

/* A log-parabola that is not bent is a power law, on a way of its own; and what is bent by little
 * moves by little. */
static void straight_log_parabola(void **state)
{
    (void)state;
    for (int targets = 0; targets < 2; targets++)
        for (int k = 0; k < 3; k++) {
            mutau_flux_settings settings = grid_settings(targets, 1e-4);
            const double m = 4.0 + 4.0 * k, g = 4e-4 * pow(5.0, (double)k);
            const double at[] = {m, g, 1.4, 2.4, 0.1};
            const double straight[] = {m, g, 1.4, 2.4, 0.0, 0.1};
            const double bent[] = {m, g, 1.4, 2.4, 1e-7, 0.1};
            double n[N_BIN], want[N_BIN], near[N_BIN];
            flux_bins(&settings, at, 5, want);
            while (mutau_spectrum_types[settings.source.spectrum] != &mutau_spectrum_log_parabola)
                settings.source.spectrum++;
            flux_bins(&settings, straight, 6, n);
            flux_bins(&settings, bent, 6, near);
            CHECK_ABS(worst_of(n, want), 0.0, 2e-5);
            CHECK_ABS(worst_of(near, n), 0.0, 2e-5);
        }
}

/* Heavier targets are slower: the difference to targets at rest falls like 1/mass. */
static void heavy_targets_are_at_rest(void **state)
{
    (void)state;
    static const double sum[] = {1.0, 10.0, 100.0};
    double apart[3];
    for (int k = 0; k < 3; k++) {
        /* the lines stay where they are */
        const double at[] = {6.5 * sqrt(sum[k] / 0.1), 5e-4 * sqrt(sum[k] / 0.1), 1.4, 2.5, sum[k]};
        const mutau_flux_settings cold = grid_settings(MUTAU_TARGETS_COLD, 1e-5),
                                  thermal = grid_settings(MUTAU_TARGETS_THERMAL, 1e-5);
        double n[N_BIN], hot[N_BIN];
        flux_bins(&cold, at, 5, n);
        flux_bins(&thermal, at, 5, hot);
        apart[k] = worst_of(hot, n);
    }
    print_message("# thermal to cold: %.2g at 1 eV, %.2g at 10, %.2g at 100\n", apart[0], apart[1],
                  apart[2]);
    assert_true(apart[0] > 1e-4);
    assert_true(apart[1] < 0.2 * apart[0]);
    CHECK_ABS(apart[2], 0.0, 5e-5);
}

/* ---- the depth of a line in motion ----------------------------------------------------- */

typedef struct sight {
    double omega_m, index;
} sight;

static double source_seen(double u, void *self)
{
    const sight *s = self;
    const double z1 = exp(u);
    return mutau_cosmology_sources((mutau_evolution){.kind = MUTAU_EVOLUTION_YUKSEL2008}, z1) /
           mutau_cosmology_expansion(s->omega_m, z1) * exp((1.0 - s->index) * u);
}

static double column(double u, void *self)
{
    const sight *s = self;
    return exp(3.0 * u) / mutau_cosmology_expansion(s->omega_m, exp(u));
}

static double integral(double (*f)(double, void *), sight *s, double lo, double hi)
{
    double sum = 0.0;
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(16);
    const gsl_function function = {f, s};
    for (int k = 0; k < 32; k++)
        sum += gsl_integration_glfixed(&function, lo + (hi - lo) * k / 32.0,
                                       lo + (hi - lo) * (k + 1) / 32.0, rule);
    gsl_integration_glfixed_table_free(rule);
    return sum;
}

static double seen_column(double u, void *self)
{
    return source_seen(u, self) * integral(column, self, 0.0, u);
}

/* What thin lines take of the flux, over the free flux and all ln E, is their depth times the mean
 * column to a source: however the targets move. */
static void depth_of_all_energies(void **state)
{
    (void)state;
    static const double sum_ev[] = {0.0588, 0.1, 1.0};
    sight of = {0.308, 2.5};
    const double u_max = log(6.0);
    const double mean =
        integral(seen_column, &of, 0.0, u_max) / integral(source_seen, &of, 0.0, u_max);
    for (int targets = 0; targets < 2; targets++)
        for (int k = 0; k < 3; k++) {
            mutau_solver_point point = {.m_ev = 6.5e6, .g = 1e-8, .source = {1.0, of.index}};
            mutau_solver_settings s = inner_settings(targets, 1e-4, &point, sum_ev[k]);
            mutau_error err = {0};
            void *solver = NULL;
            memset(s.mediator.decay, 0, sizeof s.mediator.decay);
            CHECK_OK(mutau_solver_grid.alloc(&s, 0, NULL, &solver, &err), err);
            void *ws = mutau_solver_grid.workspace_alloc(solver);
            CHECK_OK(mutau_solver_grid.solve(solver, ws, &point, &err), err);
            double lost[3] = {0.0};
            const double step = 1e-3;
            for (double x = log(1e2); x < log(1e11); x += step) {
                double flux[3];
                mutau_solver_grid.spectrum(solver, ws, exp(x), flux);
                const double free = s.norm / 3.0 * exp(-of.index * (x - log(1e5)));
                for (int i = 0; i < 3; i++)
                    lost[i] += step * (1.0 - flux[i] / free);
            }
            const double depth =
                mutau_mediator_line_depth(&s.mediator, s.density_over_hubble, point.g, point.m_ev);
            for (int i = 0; i < 3; i++) {
                double all = 0.0;
                for (int j = 0; j < 3; j++)
                    all += s.mediator.coupling[i][j];
                CHECK_REL(lost[i], depth * all * mean, 1e-3);
            }
            mutau_solver_grid.workspace_free(ws);
            mutau_solver_grid.free(solver);
        }
}

/* ---- everywhere ---------------------------------------------------------------------- */

static void check_positive(mutau_flux *flux, mutau_flux_workspace *ws, const double at[])
{
    enum { N_ENERGY = 200 };
    double n[N_BIN], energy[N_ENERGY], flavour[3 * N_ENERGY], mass_state[3 * N_ENERGY];
    mutau_error err = {0};
    CHECK_OK(mutau_flux_bins(flux, ws, at, n, &err), err);
    for (int b = 0; b < N_BIN; b++)
        if (!(n[b] > 0.0 && isfinite(n[b])))
            fail_msg("bin %d is %g at (%g, %g, %g, %g)", b + 1, n[b], at[0], at[1], at[3], at[4]);
    for (int k = 0; k < N_ENERGY; k++)
        energy[k] = pow(10.0, 1.0 + 8.0 * (k + 0.5) / N_ENERGY);
    CHECK_OK(mutau_flux_spectrum(flux, ws, at, N_ENERGY, energy, flavour, mass_state, &err), err);
    for (int k = 0; k < 3 * N_ENERGY; k++) {
        const double free =
            at[2] * 1e-18 * pow(energy[k / 3] / 1e5, -at[3]); /* of one flavour or state */
        if (!(flavour[k] >= 0.0 && mass_state[k] >= -1e-12 * free))
            fail_msg("dPhi/dE is %g, %g of the free %g at %g GeV, (%g, %g, %g, %g)", flavour[k],
                     mass_state[k], free, energy[k / 3], at[0], at[1], at[3], at[4]);
    }
}

static void positive_in_the_prior(void **state)
{
    (void)state;
    static const double extra[] = {0.0, 1e-4, 1e-3, 0.0412, 0.3, 1.0}; /* over the least sum */
    const long n_point = 150 / check_stride(5);
    for (int scene = 0; scene < 24; scene++) {
        mutau_flux_settings settings = grid_settings(scene % 2, 0.0);
        mutau_flux_bin bins[N_BIN];
        mutau_flux *flux = NULL;
        mutau_error err = {0};
        paper_bins(bins);
        settings.neutrinos.ordering = scene / 2 % 2;
        const double sum =
            mutau_flux_sum_mnu_min(0, settings.neutrinos.ordering) + extra[scene / 4];
        CHECK_OK(mutau_flux_alloc(&settings, sum, true, N_BIN, bins, &flux, &err), err);
        mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
        for (long k = 1; k <= n_point / 6; k++) {
            const long i = k + 7 * scene;
            const double at[] = {pow(20.0, halton(i, 2)), 1e-5 * pow(1e4, halton(i, 3)), 1.4,
                                 1.8 + 1.7 * halton(i, 5), sum};
            check_positive(flux, ws, at);
        }
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
    }
}

static void numbers_at_the_extremes(void **state)
{
    (void)state;
    static const double m[] = {0.01, 1.0, 50.0, 1000.0}, g[] = {1e-9, 1e-3, 0.1, 1.0};
    static const double sum[] = {0.0588, 0.1, 10.0};
    for (int targets = 0; targets < 2; targets++)
        for (int s = 0; s < 3; s++) {
            const mutau_flux_settings settings = grid_settings(targets, 0.0);
            mutau_flux_bin bins[N_BIN];
            mutau_flux *flux = NULL;
            mutau_error err = {0};
            paper_bins(bins);
            CHECK_OK(mutau_flux_alloc(&settings, sum[s], true, N_BIN, bins, &flux, &err), err);
            mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
            for (int k = 0; k < 16; k++) {
                const double at[] = {m[k % 4], g[k / 4], 1.4, 1.0 + 0.25 * k, sum[s]};
                check_positive(flux, ws, at);
            }
            mutau_flux_workspace_free(ws);
            mutau_flux_free(flux);
        }
}

/* A target without mass has no line at rest, and a light one a line too high to matter. */
static void massless_target_is_the_limit(void **state)
{
    (void)state;
    for (int targets = 0; targets < 2; targets++)
        for (int ordering = 0; ordering < 2; ordering++) {
            mutau_flux_settings settings = grid_settings(targets, 1e-4);
            settings.neutrinos.ordering = ordering;
            const double least = mutau_flux_sum_mnu_min(0, ordering);
            const double at[] = {6.5, 5e-4, 1.4, 2.5, least},
                         near[] = {6.5, 5e-4, 1.4, 2.5, least + 1e-8};
            double n[N_BIN], other[N_BIN];
            flux_bins(&settings, at, 5, n);
            flux_bins(&settings, near, 5, other);
            CHECK_ABS(worst_of(other, n), 0.0, 1e-4);
        }
}

/* The value is the point's alone: other points, masses and levels before it do not matter. */
static void no_memory_of_earlier_calls(void **state)
{
    (void)state;
    for (int targets = 0; targets < 2; targets++) {
        const mutau_flux_settings settings = grid_settings(targets, 0.0);
        mutau_flux_bin bins[N_BIN];
        mutau_flux *flux = NULL;
        mutau_error err = {0};
        paper_bins(bins);
        CHECK_OK(mutau_flux_alloc(&settings, 0.1, false, N_BIN, bins, &flux, &err), err);
        mutau_flux_workspace *used = mutau_flux_workspace_alloc(flux);
        for (int k = 0; k < 30; k++) {
            const int i = k < 15 ? k : 29 - k;
            const double at[] = {1.0 + i, 1e-5 * pow(10.0, 0.3 * (i * 7 % 15)), 1.4, 2.0 + 0.1 * i,
                                 0.06 + 0.03 * (i % 3)};
            double n[N_BIN], again[N_BIN];
            mutau_flux_workspace *fresh = mutau_flux_workspace_alloc(flux);
            CHECK_OK(mutau_flux_bins(flux, used, at, n, &err), err);
            CHECK_OK(mutau_flux_bins(flux, fresh, at, again, &err), err);
            assert_memory_equal(n, again, sizeof n);
            mutau_flux_workspace_free(fresh);
        }
        mutau_flux_workspace_free(used);
        mutau_flux_free(flux);
    }
}

/* ---- refusals ---------------------------------------------------------------------- */

static void bad_settings(void **state)
{
    (void)state;
    mutau_solver_point point = {0};
    const mutau_solver_settings good = inner_settings(MUTAU_TARGETS_COLD, 0.0, &point, 0.1);
    check_bad_settings(&mutau_solver_grid, &good);
}

static void bad_bins(void **state)
{
    (void)state;
    mutau_solver_point point = {0};
    const mutau_solver_settings good = inner_settings(MUTAU_TARGETS_COLD, 0.0, &point, 0.1);
    check_bad_bins(&mutau_solver_grid, &good);
}

/* Every allocation of the solver, of a workspace, of the first solution with these masses, and of
 * one with others, failed in turn; a call that failed leaves a workspace that can be used. */
static void failed_allocations(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        mutau_flux_settings settings = grid_settings(way > 0, 0.0);
        mutau_flux_bin bins[N_BIN];
        mutau_flux *flux = NULL, *none = NULL;
        mutau_error err = {0};
        int count;
        settings.table = way == 2;
        paper_bins(bins);
        CHECK_EACH_ALLOC(mutau_flux_alloc(&settings, 0.1, true, N_BIN, bins, &flux, &err), flux,
                         count, err);
        assert_true(count >= 9);
        mutau_flux_workspace *ws = NULL;
        for (count = 0; ws == NULL; count++) {
            fail_alloc_after = count;
            ws = mutau_flux_workspace_alloc(flux);
            assert_true(count < 100);
        }
        fail_alloc_after = -1;
        assert_true(count > 3);
        for (int k = 0; k < 4; k++) { /* shallow lines, and deep; other masses; and back */
            const double at[] = {6.5, k == 1 ? 3e-2 : 3e-4, 1.4, 2.5, k == 2 ? 0.2 : 0.1};
            double n[N_BIN], want[N_BIN];
            CHECK_EACH_ALLOC(mutau_flux_bins(flux, ws, at, n, &err), none, count, err);
            assert_true(count >= 1 || k >= 2); /* what is there is used again */
            mutau_flux_workspace *fresh = mutau_flux_workspace_alloc(flux);
            CHECK_OK(mutau_flux_bins(flux, fresh, at, want, &err), err);
            assert_memory_equal(n, want, sizeof n);
            mutau_flux_workspace_free(fresh);
        }
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
    }
    mutau_solver_grid.workspace_free(NULL);
    mutau_solver_grid.free(NULL);
}

/* Rows are done without where there is no memory to keep them. */
static void no_memory_for_rows(void **state)
{
    (void)state;
    mutau_flux_settings settings = grid_settings(MUTAU_TARGETS_THERMAL, 0.0);
    const double at[] = {6.5, 3e-4, 1.4, 2.5, 0.1};
    mutau_flux_bin bins[N_BIN];
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    double want[N_BIN], n[N_BIN];
    settings.table = true;
    paper_bins(bins);
    CHECK_OK(mutau_flux_alloc(&settings, 0.1, true, N_BIN, bins, &flux, &err), err);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    assert_true(mutau_flux_has_table_at(flux, at));
    CHECK_OK(mutau_flux_bins_of_many(flux, ws, at, want, &err), err);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
    for (int count = 0, left = 1; left; count += count < 20 ? 1 : 7) {
        CHECK_OK(mutau_flux_alloc(&settings, 0.1, true, N_BIN, bins, &flux, &err), err);
        ws = mutau_flux_workspace_alloc(flux);
        fail_alloc_after = count;
        const mutau_status status = mutau_flux_bins_of_many(flux, ws, at, n, &err);
        left = fail_alloc_after < 0;
        fail_alloc_after = -1;
        assert_true(status == MUTAU_OK || (left && status == MUTAU_ENOMEM));
        if (status == MUTAU_OK)
            assert_memory_equal(n, want, sizeof n);
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
        assert_true(count < 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_order),
        cmocka_unit_test(conservation),
        cmocka_unit_test(line_limit),
        cmocka_unit_test(power_law_without_coupling),
        cmocka_unit_test(straight_log_parabola),
        cmocka_unit_test(heavy_targets_are_at_rest),
        cmocka_unit_test(depth_of_all_energies),
        cmocka_unit_test(positive_in_the_prior),
        cmocka_unit_test(numbers_at_the_extremes),
        cmocka_unit_test(massless_target_is_the_limit),
        cmocka_unit_test(no_memory_of_earlier_calls),
        cmocka_unit_test(bad_settings),
        cmocka_unit_test(bad_bins),
        cmocka_unit_test(failed_allocations),
        cmocka_unit_test(no_memory_for_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
