/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time of one evaluation of the paper's sixteen bins: mutau_flux_bins, with the masses
 * fixed and free, mutau_flux_bins_of_many off a filled table, and a plain implementation of the
 * same solution (48 nodes, 8-point quadrature, tests/physics/plain_solver.c) under the same flags.
 * Best of several repetitions, so that other load on the machine counts little. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "paper_bins.h"
#include "physics/flux.h"
#include "base/mem.h"
#include "physics/spectrum.h"
#include "base/units.h"
#include "plain_solver.h"

enum { N_BIN = PAPER_BINS, N_REPEAT = 200 };

enum { MASS, COUPLING, A, GAMMA, SUM, N_PARAMETER };
static const double start[N_PARAMETER] = {6.5, 5e-4, 1.5, 2.5, 0.1};

static double microseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

/* Every evaluation is at another point, as in a chain: nothing may be reused. */
static void wander(int step, double at[N_PARAMETER])
{
    for (int i = 0; i < N_PARAMETER; i++)
        at[i] = start[i];
    at[MASS] *= 1.0 + 1e-3 * (step % 100);
    at[COUPLING] *= 1.0 + 2e-3 * (step % 89);
    at[GAMMA] += 1e-3 * (step % 97);
}

/* Microseconds per evaluation of the library, off a table if the settings have one; *check gets a
 * sum of results. */
static double time_flux(const mutau_flux_settings *settings, bool sum_fixed,
                        const mutau_flux_bin bins[N_BIN], double *check)
{
    enum { N_CALL = 200 };
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    if (mutau_flux_alloc(settings, start[SUM], sum_fixed, N_BIN, bins, &flux, &err) != MUTAU_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    if (ws == NULL)
        exit(1);
    double best = HUGE_VAL, sum = 0.0;
    for (int repeat = 0; repeat < N_REPEAT; repeat++) {
        const double begin = microseconds();
        for (int k = 0; k < N_CALL; k++) {
            double at[N_PARAMETER], n[N_BIN];
            wander(k, at);
            if (mutau_flux_bins_of_many(flux, ws, at, n, &err) == MUTAU_OK)
                sum += n[k % N_BIN];
        }
        best = fmin(best, (microseconds() - begin) / N_CALL);
    }
    *check = sum;
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
    return best;
}

static mutau_solver_settings plain_settings(mutau_crossing crossing, mutau_solver_point *point)
{
    mutau_solver_settings s = {.crossing = crossing,
                               .omega_m = 0.308,
                               .z_max = 5.0,
                               .spectrum = &mutau_spectrum_power_law,
                               .norm = MUTAU_SPECTRUM_NORM};
    const mutau_mixing *mixing = mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL);
    const mutau_mixing_matrix u = mutau_mixing_unitary(mixing);
    mutau_error err = {0};
    if (mutau_mediator_init(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_PAPER, &u, &s.mediator,
                            &err) != MUTAU_OK ||
        mutau_mixing_masses(mixing, start[SUM], point->mass_ev, &err) != MUTAU_OK)
        exit(1);
    s.density_over_hubble =
        mutau_cosmology_density_ev3(s.mediator.target_per_cm3) / mutau_cosmology_hubble_ev(70.0);
    return s;
}

static double time_plain(mutau_crossing crossing, const mutau_flux_bin bins[N_BIN], double *check)
{
    enum { N_CALL = 8 };
    mutau_solver_point point = {0};
    const mutau_solver_settings settings = plain_settings(crossing, &point);
    plain_solver *plain = mutau_calloc(1, sizeof *plain);
    if (plain == NULL)
        exit(1);
    plain_init(plain, &settings, 48, 8, 1);
    double best = HUGE_VAL, sum = 0.0;
    for (int repeat = 0; repeat < N_REPEAT; repeat++) {
        const double begin = microseconds();
        for (int k = 0; k < N_CALL; k++) {
            double at[N_PARAMETER];
            wander(k, at);
            point.m_ev = at[MASS] * MUTAU_EV_PER_MEV;
            point.g = at[COUPLING];
            point.source[0] = at[A];
            point.source[1] = at[GAMMA];
            plain_solve(plain, &point);
            for (int b = 0; b < N_BIN; b++) {
                double state[3];
                plain_bin(plain, bins[b].e_lo_gev, bins[b].e_hi_gev, state);
                sum += state[b % 3];
            }
        }
        best = fmin(best, (microseconds() - begin) / N_CALL);
    }
    *check = sum;
    free(plain);
    return best;
}

int main(void)
{
    mutau_flux_bin bins[N_BIN];
    paper_bins(bins);
    mutau_flux_settings settings = {.cosmology = {70.0, 0.308}, .source.z_max = 5.0};
    static const char *const names[] = {"exact", "implicit-euler"};
    printf("one evaluation of %d bins, microseconds, best of %d\n", N_BIN, N_REPEAT);
    for (int crossing = 0; crossing < 2; crossing++) {
        settings.crossing = crossing;
        double check;
        const double fixed = time_flux(&settings, true, bins, &check);
        const double varied = time_flux(&settings, false, bins, &check);
        settings.table = true;
        const double table = time_flux(&settings, true, bins, &check);
        settings.table = false;
        const double plain = time_plain((mutau_crossing)crossing, bins, &check);
        printf("%-15s %6.2f  masses free %6.2f  table %6.2f (1/%.1f)  plain %7.1f (%.1f times)\n",
               names[crossing], fixed, varied, table, fixed / table, plain, plain / fixed);
        if (!isfinite(check))
            return 1;
    }
    return 0;
}
