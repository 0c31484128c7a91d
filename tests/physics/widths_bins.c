/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the bins of a few hundred points of each solver, solved and off a table, every digit of
 * them: test_widths.py compares what the same program prints that is compiled for one width of
 * vectors.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "physics/flux.h"

enum { N_BIN = 16, N_LINE = 150, N_GRID = 12 };

static const double energy_gev[] = {1e3, 2e5, 1e9}, spectrum[] = {1.0, 1e-5, 1e-16};

static void bins_init(mutau_flux_bin bins[N_BIN])
{
    static const double weight[3][3] = {{0.5, 0.0, 0.5}, {0.0, 1.0, 0.0}, {1.0, 1.0, 1.0}};
    for (int b = 0; b < N_BIN; b++) {
        const double *w = weight[b % 3];
        bins[b] = (mutau_flux_bin){
            pow(10.0, (11 + b) / 3.0), pow(10.0, (12 + b) / 3.0), {w[0], w[1], w[2]}};
    }
}

static int print_bins(const mutau_flux_settings *settings, int n_point)
{
    mutau_flux_bin bins[N_BIN];
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    bins_init(bins);
    if (mutau_flux_alloc(settings, 0.1, true, N_BIN, bins, &flux, &err) != MUTAU_OK)
        return 1;
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    int failed = ws == NULL;
    const bool has_gamma = settings->source.table.n == 0;
    for (int k = 0; k < n_point && !failed; k++) {
        const double at[] = {1.0 + 19.0 * k / n_point,
                             1e-5 * pow(1e4, (k * 37 % n_point) / (double)n_point), 1.0 + 0.01 * k,
                             1.8 + 1.65 * k / n_point, k % 3 == 0 ? 0.1 : 0.06 + 0.001 * k};
        const double by_table[] = {at[0], at[1], at[2], at[4]}, *point = has_gamma ? at : by_table;
        double n[N_BIN];
        failed = (settings->table ? mutau_flux_bins_of_many(flux, ws, point, n, &err)
                                  : mutau_flux_bins(flux, ws, point, n, &err)) != MUTAU_OK;
        for (int b = 0; b < N_BIN; b++)
            (void)printf("%a\n", n[b]);
    }
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
    return failed;
}

int main(void)
{
    mutau_flux_settings settings = {.cosmology = {70.0, 0.308}, .source.z_max = 5.0};
    for (int way = 0; way < 4; way++) {
        settings.crossing = way % 2;
        settings.table = way / 2 == 1;
        if (print_bins(&settings, N_LINE) != 0)
            return EXIT_FAILURE;
    }
    mutau_flux_settings by_table = settings;
    by_table.table = false;
    by_table.source.table = (mutau_spectrum_table){3, energy_gev, spectrum};
    while (mutau_spectrum_at(by_table.source.spectrum) != &mutau_spectrum_by_table)
        by_table.source.spectrum++;
    if (print_bins(&by_table, N_LINE) != 0)
        return EXIT_FAILURE;
    while (mutau_solver_at(settings.solver) != &mutau_solver_grid)
        settings.solver++;
    for (int way = 0; way < 3; way++) {
        settings.crossing = way == 0;
        settings.targets = way > 0 ? MUTAU_TARGETS_THERMAL : MUTAU_TARGETS_COLD;
        settings.table = way == 2;
        if (print_bins(&settings, N_GRID) != 0)
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
