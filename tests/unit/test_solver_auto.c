/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver auto: who solves where, and how small the step is between the two. */
#include "check.h"
#include "fail_alloc.h"

#include <string.h>

#include "paper_bins.h"
#include "physics/flux.h"
#include "physics/resonance.h"

/* Those of icecube-cascades-6yr and icecube-tracks-9.5yr. */
enum { N_BIN = PAPER_BINS };

enum { MASS, COUPLING, A, GAMMA, SUM, N_PARAMETER };

static mutau_flux_settings settings_of(const char *solver)
{
    return (mutau_flux_settings){.solver = mutau_solver_index(solver),
                                 .table = true,
                                 .cosmology = {70.0, 0.308},
                                 .source.z_max = 5.0};
}

typedef struct ready {
    mutau_flux *flux;
    mutau_flux_workspace *ws;
} ready;

static ready open_flux(const mutau_flux_settings *settings)
{
    ready out = {NULL, NULL};
    mutau_flux_bin bins[N_BIN];
    mutau_error err = {0};
    paper_bins(bins);
    CHECK_OK(mutau_flux_alloc(settings, 0.1, true, N_BIN, bins, &out.flux, &err), err);
    out.ws = mutau_flux_workspace_alloc(out.flux);
    assert_non_null(out.ws);
    return out;
}

static void close_flux(const ready *f)
{
    mutau_flux_workspace_free(f->ws);
    mutau_flux_free(f->flux);
}

static void bins_at(const ready *f, const double at[], double n[N_BIN])
{
    mutau_error err = {0};
    CHECK_OK(mutau_flux_bins(f->flux, f->ws, at, n, &err), err);
}

/* The coupling at which the depth is that: it goes as the fourth power. */
static double coupling_of(const ready *f, double mass, double depth)
{
    const double one[N_PARAMETER] = {mass, 1.0, 1.5, 2.5, 0.1};
    return pow(depth / mutau_flux_tail_depth(f->flux, one), 0.25);
}

/* The bytes of the line up to the seam and of the grid beyond it; a table in front of the line
 * alone, and with the bytes that it has there. */
static void each_point_has_its_solver(void **state)
{
    (void)state;
    static const double tolerance[] = {0.0, 1e-6, 1e-2}; /* 0: 7e-5 */
    for (size_t i = 0; i < 3; i++) {
        mutau_flux_settings s[3] = {settings_of("auto"), settings_of("line"), settings_of("grid")};
        for (int k = 0; k < 3; k++)
            s[k].tail_tolerance = tolerance[i];
        const ready both = open_flux(&s[0]), line = open_flux(&s[1]), grid = open_flux(&s[2]);
        const double seam = tolerance[i] > 0.0 ? tolerance[i] : 7e-5;
        for (int beyond = 0; beyond < 2; beyond++) {
            const double depth = seam * (1.0 + (beyond ? 1e-9 : -1e-9));
            const double at[N_PARAMETER] = {4.0, coupling_of(&both, 4.0, depth), 1.5, 2.5, 0.1};
            const ready *other = beyond ? &grid : &line;
            double n[N_BIN], want[N_BIN];
            mutau_error err = {0};
            CHECK_REL(mutau_flux_tail_depth(both.flux, at), depth, 1e-12);
            bins_at(&both, at, n);
            bins_at(other, at, want);
            assert_memory_equal(n, want, sizeof n);
            CHECK_OK(mutau_flux_bins_of_many(both.flux, both.ws, at, n, &err), err);
            CHECK_OK(mutau_flux_bins_of_many(other->flux, other->ws, at, want, &err), err);
            assert_memory_equal(n, want, sizeof n);
            const double energy = 3e5;
            CHECK_OK(mutau_flux_spectrum(both.flux, both.ws, at, 1, &energy, n, NULL, &err), err);
            CHECK_OK(mutau_flux_spectrum(other->flux, other->ws, at, 1, &energy, want, NULL, &err),
                     err);
            assert_memory_equal(n, want, 3 * sizeof n[0]);
            assert_ptr_equal(mutau_flux_solver_at(both.flux, at),
                             beyond ? &mutau_solver_grid : &mutau_solver_line);
            assert_int_equal(mutau_flux_has_table_at(both.flux, at), !beyond);
            assert_int_equal(mutau_flux_is_costly_at(both.flux, at), beyond);
            CHECK_REL(mutau_flux_bin_error(both.flux, at),
                      beyond ? 1e-3 : mutau_resonance_bin_error(depth), 1e-9);
        }
        CHECK_REL(mutau_flux_table_error(both.flux), mutau_flux_table_error(line.flux), 0.0);
        close_flux(&both);
        close_flux(&line);
        close_flux(&grid);
    }
}

/* At the seam a bin changes by less than the tolerance, whatever the mass, the ordering and the
 * crossing: two solvers that share no method. */
static void the_seam_is_small(void **state)
{
    (void)state;
    static const double mass[] = {1.0, 2.0, 3.0, 4.5, 6.5, 10.0, 14.0, 20.0};
    for (int way = 0; way < 4; way++) {
        mutau_flux_settings s[2] = {settings_of("line"), settings_of("grid")};
        s[0].neutrinos.ordering = s[1].neutrinos.ordering = way % 2;
        s[0].crossing = s[1].crossing = way / 2;
        const ready line = open_flux(&s[0]), grid = open_flux(&s[1]);
        for (size_t i = 0; i < sizeof mass / sizeof mass[0]; i++)
            for (double gamma = 2.0; gamma < 3.1; gamma += 0.5) {
                const double at[N_PARAMETER] = {mass[i], coupling_of(&line, mass[i], 7e-5), 1.5,
                                                gamma, 0.1};
                double n[2][N_BIN], worst = 0.0;
                bins_at(&line, at, n[0]);
                bins_at(&grid, at, n[1]);
                for (int b = 0; b < N_BIN; b++) {
                    assert_true(isfinite(n[1][b]));
                    worst = fmax(worst, fabs(n[1][b] / n[0][b] - 1.0));
                }
                print_message("# %s, %s, %4g MeV, gamma %g: %.1e\n",
                              way % 2 ? "inverted" : "normal", way / 2 ? "Euler" : "exact", mass[i],
                              gamma, worst);
                assert_true(worst < 1e-3);
                assert_true(worst > 1e-6); /* not the same solver twice */
            }
        close_flux(&line);
        close_flux(&grid);
    }
}

/* The line is not asked where the targets move, and there is no table of it. */
static void moving_targets_are_the_grids(void **state)
{
    (void)state;
    mutau_flux_settings s[2] = {settings_of("auto"), settings_of("grid")};
    s[0].targets = s[1].targets = MUTAU_TARGETS_THERMAL;
    const ready both = open_flux(&s[0]), grid = open_flux(&s[1]);
    const double coupling[] = {0.0, 1e-5, 5e-4, 1e-2};
    for (size_t i = 0; i < 4; i++) {
        const double at[N_PARAMETER] = {6.5, coupling[i], 1.5, 2.5, 0.1};
        double n[N_BIN], want[N_BIN];
        bins_at(&both, at, n);
        bins_at(&grid, at, want);
        assert_memory_equal(n, want, sizeof n);
        assert_ptr_equal(mutau_flux_solver_at(both.flux, at), &mutau_solver_grid);
        assert_int_equal(mutau_flux_has_table_at(both.flux, at),
                         mutau_flux_has_table_at(grid.flux, at));
        CHECK_REL(mutau_flux_tail_depth(both.flux, at), mutau_flux_tail_depth(grid.flux, at), 0.0);
    }
    close_flux(&both);
    close_flux(&grid);
}

/* The line takes any spectrum, and the grid agrees with it. */
static void a_bent_spectrum(void **state)
{
    (void)state;
    mutau_flux_settings s = settings_of("auto");
    s.source.spectrum = 1;
    const ready f = open_flux(&s);
    const double at[] = {6.5, 3e-4, 1.4, 2.6, 0.4, 0.1}, bare[] = {6.5, 0.0, 1.4, 2.6, 0.4, 0.1};
    double n[2][N_BIN];
    assert_ptr_equal(mutau_flux_solver_at(f.flux, at), &mutau_solver_line);
    assert_ptr_equal(mutau_flux_solver_at(f.flux, bare), &mutau_solver_line);
    bins_at(&f, at, n[0]);
    s.solver = mutau_solver_index("grid");
    const ready grid = open_flux(&s);
    bins_at(&grid, at, n[1]);
    for (int b = 0; b < N_BIN; b++)
        CHECK_REL(n[0][b], n[1][b], 1e-3);
    close_flux(&grid);
    close_flux(&f);
}

static void failed_allocations(void **state)
{
    (void)state;
    mutau_flux_bin bins[N_BIN];
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    const mutau_flux_settings s = settings_of("auto");
    int count;
    paper_bins(bins);
    CHECK_EACH_ALLOC(mutau_flux_alloc(&s, 0.1, true, N_BIN, bins, &flux, &err), flux, count, err);
    assert_true(count >= 15);
    mutau_flux_workspace *ws = NULL;
    for (fail_alloc_after = 0, count = 0; ws == NULL; count++) {
        fail_alloc_after = count;
        ws = mutau_flux_workspace_alloc(flux);
        assert_true(count < 40);
    }
    fail_alloc_after = -1;
    assert_true(count >= 12);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_point_has_its_solver),    cmocka_unit_test(the_seam_is_small),
        cmocka_unit_test(moving_targets_are_the_grids), cmocka_unit_test(a_bent_spectrum),
        cmocka_unit_test(failed_allocations),
    };
    return cmocka_run_group_tests_name("solver_auto", tests, NULL, NULL);
}
