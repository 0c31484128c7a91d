/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bin integrals against tests/reference/lmutau_bins.csv: 8 points, 16 bins each, made
 * with another program (its header tells how; it is right to 1e-6). */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "physics/flux.h"
#include "store/table.h"

enum { N_BIN = 16, N_POINT = 8 };

enum { MOST = 400 };

typedef struct golden {
    mutau_table *table;
    double m[MOST], g[MOST], a[MOST], gamma[MOST];
    double lo[MOST], hi[MOST], n[MOST];
} golden;

static void golden_read(golden *t)
{
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/lmutau_bins.csv", &t->table, &err),
             err);
    assert_int_equal(mutau_table_rows(t->table), N_BIN * N_POINT);
    CHECK_OK(mutau_table_real(t->table, "m_zprime_mev", t->m, &err), err);
    CHECK_OK(mutau_table_real(t->table, "g_prime", t->g, &err), err);
    CHECK_OK(mutau_table_real(t->table, "A", t->a, &err), err);
    CHECK_OK(mutau_table_real(t->table, "gamma", t->gamma, &err), err);
    CHECK_OK(mutau_table_real(t->table, "e_lo_gev", t->lo, &err), err);
    CHECK_OK(mutau_table_real(t->table, "e_hi_gev", t->hi, &err), err);
    CHECK_OK(mutau_table_real(t->table, "n_th", t->n, &err), err);
}

/* Cascades are the mean of e and tau, tracks are mu. */
static mutau_flux_bin golden_bin(const golden *t, size_t row)
{
    const bool track = strcmp(mutau_table_text(t->table, "dataset", row), "tracks") == 0;
    mutau_flux_bin bin = {t->lo[row], t->hi[row], {0.5, 0.0, 0.5}};
    if (track)
        bin = (mutau_flux_bin){t->lo[row], t->hi[row], {0.0, 1.0, 0.0}};
    return bin;
}

/* The parameters of the set that starts at `row`, its settings and its bins. */
static mutau_flux *golden_flux(const golden *t, size_t row, bool sum_fixed)
{
    const bool exact = strcmp(mutau_table_text(t->table, "crossing", row), "exact") == 0;
    const mutau_flux_settings settings = {
        .mediator = MUTAU_MEDIATOR_LMU_LTAU,
        .solver = mutau_solver_index("line"),
        .cross_section = MUTAU_CROSS_SECTION_PAPER,
        .crossing = exact ? MUTAU_CROSSING_EXACT : MUTAU_CROSSING_IMPLICIT_EULER,
        .neutrinos = {0, MUTAU_ORDERING_NORMAL},
        .cosmology = {70.0, 0.308},
        .source = {.z_max = 5.0},
        .table = true,
    };
    mutau_flux_bin bins[N_BIN];
    for (size_t b = 0; b < N_BIN; b++)
        bins[b] = golden_bin(t, row + b);
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_flux_alloc(&settings, 0.1, sum_fixed, N_BIN, bins, &flux, &err), err);
    return flux;
}

/* With the masses fixed and, as if they were a parameter, given at each call.  The
 * contract is 1e-4; the table has 1e-6, its edges are printed to 3e-7, the rest is ours.  And off
 * the solver's table, which adds to it no more than its own error. */
static void bins_of_the_table(void **state)
{
    (void)state;
    golden t = {0};
    golden_read(&t);
    for (int fixed = 0; fixed < 2; fixed++)
        for (size_t row = 0; row < N_BIN * N_POINT; row += N_BIN) {
            mutau_flux *flux = golden_flux(&t, row, fixed == 1);
            mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
            assert_non_null(ws);
            const double at[] = {t.m[row], t.g[row], t.a[row], t.gamma[row], 0.1};
            double n[N_BIN], of_many[N_BIN];
            mutau_error err = {0};
            CHECK_OK(mutau_flux_bins(flux, ws, at, n, &err), err);
            CHECK_OK(mutau_flux_bins_of_many(flux, ws, at, of_many, &err), err);
            assert_int_equal(mutau_flux_has_table_at(flux, at), fixed == 1);
            for (size_t b = 0; b < N_BIN; b++) {
                CHECK_REL(n[b], t.n[row + b], 1e-5);
                CHECK_REL(of_many[b], t.n[row + b], 1e-5);
            }
            mutau_flux_workspace_free(ws);
            mutau_flux_free(flux);
        }
    mutau_table_free(t.table);
}

/* ---- other spectra --------------------------------------------------------- */

enum { N_SET = 18 };

/* The value of "name=" or "name_gev=" in a text like "alpha=2.6 beta=0.3"; NaN if it is not there.
 */
static double named(const char *text, const char *name)
{
    char key[32];
    (void)snprintf(key, sizeof key, "%s=", name);
    const char *at = strstr(text, key);
    if (at == NULL) {
        (void)snprintf(key, sizeof key, "%s_gev=", name);
        at = strstr(text, key);
    }
    return at != NULL ? strtod(at + strlen(key), NULL) : (double)NAN;
}

static int spectrum_of_name(const char *name)
{
    int i = 0;
    while (mutau_spectrum_types[i] != NULL && strcmp(mutau_spectrum_types[i]->name, name) != 0)
        i++;
    assert_non_null(mutau_spectrum_types[i]);
    return i;
}

/* The point in the order of the set, with the spectrum's values from the table's text. */
static void point_of_row(const mutau_flux_settings *settings, const golden *t, size_t row,
                         double at[MUTAU_MAX_PARAMETERS])
{
    mutau_parameter_set set;
    mutau_error err = {0};
    const char *values = mutau_table_text(t->table, "parameters", row);
    CHECK_OK(mutau_flux_parameter_set(settings, &set, &err), err);
    for (size_t i = 0; i < set.n; i++)
        at[i] = named(values, set.spec[i]->name);
    at[mutau_parameter_set_find(&set, "m_zprime")] = t->m[row];
    at[mutau_parameter_set_find(&set, "g_prime")] = t->g[row];
    at[mutau_parameter_set_find(&set, "A")] = t->a[row];
    at[mutau_parameter_set_find(&set, "sum_mnu")] = 0.1;
}

/* The bins from `row` on that are of one point: as in the table. */
static void check_set(const golden *t, size_t row, size_t n_bin, const char *solver)
{
    mutau_flux_settings settings = {.solver = mutau_solver_index(solver),
                                    .cosmology = {70.0, 0.308},
                                    .source.z_max = 5.0,
                                    .tolerance = 1e-4,
                                    .table = true};
    mutau_flux_bin bins[N_BIN];
    double at[MUTAU_MAX_PARAMETERS], n[N_BIN];
    double claimed = 1e-4; /* by the table, and as much by the grid */
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    settings.source.spectrum = spectrum_of_name(mutau_table_text(t->table, "spectrum", row));
    point_of_row(&settings, t, row, at);
    for (size_t b = 0; b < n_bin; b++)
        bins[b] = golden_bin(t, row + b);
    CHECK_OK(mutau_flux_alloc(&settings, 0.1, true, n_bin, bins, &flux, &err), err);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    if (mutau_flux_solver_at(flux, at) == &mutau_solver_grid)
        claimed = 2e-4;
    CHECK_OK(mutau_flux_bins(flux, ws, at, n, &err), err);
    for (size_t b = 0; b < n_bin; b++)
        CHECK_REL(n[b], t->n[row + b], claimed);
    CHECK_OK(mutau_flux_bins_of_many(flux, ws, at, n, &err), err);
    for (size_t b = 0; b < n_bin; b++)
        CHECK_REL(n[b], t->n[row + b], claimed);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

static bool is_same_point(const golden *t, size_t a, size_t b)
{
    return strcmp(mutau_table_text(t->table, "parameters", a),
                  mutau_table_text(t->table, "parameters", b)) == 0 &&
           !(fabs(t->g[a] - t->g[b]) > 0.0) && !(fabs(t->m[a] - t->m[b]) > 0.0);
}

/* tests/reference/source_bins.csv, by another program: the same convention for A and the frame of
 * every spectrum, by each solver.  Bins with next to nothing in them are left out of the file. */
static void bins_of_other_spectra(void **state)
{
    (void)state;
    golden t = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/source_bins.csv", &t.table, &err),
             err);
    const size_t n_row = mutau_table_rows(t.table);
    assert_int_equal(n_row, N_BIN * N_SET - 3 * 2);
    CHECK_OK(mutau_table_real(t.table, "m_zprime_mev", t.m, &err), err);
    CHECK_OK(mutau_table_real(t.table, "g_prime", t.g, &err), err);
    CHECK_OK(mutau_table_real(t.table, "A", t.a, &err), err);
    CHECK_OK(mutau_table_real(t.table, "e_lo_gev", t.lo, &err), err);
    CHECK_OK(mutau_table_real(t.table, "e_hi_gev", t.hi, &err), err);
    CHECK_OK(mutau_table_real(t.table, "n_th", t.n, &err), err);
    size_t n_set = 0;
    for (size_t row = 0, n = 1; row < n_row; row += n, n_set++) {
        for (n = 1; row + n < n_row && is_same_point(&t, row, row + n);)
            n++;
        check_set(&t, row, n, "line");
        check_set(&t, row, n, "grid");
    }
    assert_int_equal(n_set, N_SET);
    mutau_table_free(t.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_of_the_table),
        cmocka_unit_test(bins_of_other_spectra),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
