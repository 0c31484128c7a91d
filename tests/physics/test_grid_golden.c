/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver "grid" against bins of other programs in tests/reference, whose headers tell how they
 * were made: the full s-channel Breit-Wigner of the Z' (grid_bins.csv, 12 points), of a scalar
 * (grid_bins_scalar.csv, 4), and thermal targets beside cold ones (thermal_bins.csv, 8).
 *
 * Each number has its own error, `rel_err`, which is added to what the solver is held to. */
#include "check.h"

#include <string.h>

#include "physics/flux.h"
#include "store/table.h"

enum { N_BIN = 16, MAX_POINT = 12, MAX_ROW = N_BIN * MAX_POINT };

/* The columns that all three tables have, and what they are called there. */
typedef struct golden {
    mutau_table *table;
    size_t n_point;
    double m[MAX_ROW], g[MAX_ROW], a[MAX_ROW], gamma[MAX_ROW], error[MAX_ROW];
} golden;

static void column(const golden *t, const char *name, double out[])
{
    mutau_error err = {0};
    CHECK_OK(mutau_table_real(t->table, name, out, &err), err);
}

static void golden_read(golden *t, const char *path, size_t n_point, const char *mass,
                        const char *coupling)
{
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(path, &t->table, &err), err);
    assert_int_equal(mutau_table_rows(t->table), N_BIN * n_point);
    t->n_point = n_point;
    column(t, mass, t->m);
    column(t, coupling, t->g);
    column(t, "A", t->a);
    column(t, "gamma", t->gamma);
    column(t, "rel_err", t->error);
}

/* Cascades are the mean of e and tau, tracks are mu. */
static void golden_bins(const golden *t, size_t row, const double lo[], const double hi[],
                        mutau_flux_bin bins[N_BIN])
{
    for (size_t b = 0; b < N_BIN; b++) {
        const bool track = strcmp(mutau_table_text(t->table, "dataset", row + b), "tracks") == 0;
        bins[b] =
            (mutau_flux_bin){.e_lo_gev = lo[row + b],
                             .e_hi_gev = hi[row + b],
                             .weight = {track ? 0.0 : 0.5, track ? 1.0 : 0.0, track ? 0.0 : 0.5}};
    }
}

/* The same for a table that numbers its bins 1 to 16: those of grid_bins.csv. */
static void numbered_bins(mutau_flux_bin bins[N_BIN])
{
    golden t = {0};
    double lo[MAX_ROW], hi[MAX_ROW];
    golden_read(&t, MUTAU_TEST_REFERENCE_DIR "/grid_bins.csv", 12, "m_zprime_mev", "g_prime");
    column(&t, "e_lo_gev", lo);
    column(&t, "e_hi_gev", hi);
    golden_bins(&t, 0, lo, hi, bins);
    mutau_table_free(t.table);
}

static int solver_named(const char *name)
{
    int i = 0;
    while (mutau_solver_types[i] != NULL && strcmp(mutau_solver_types[i]->name, name) != 0)
        i++;
    assert_non_null(mutau_solver_types[i]);
    return i;
}

static mutau_flux_settings grid_settings(double tolerance)
{
    return (mutau_flux_settings){
        .mediator = MUTAU_MEDIATOR_LMU_LTAU,
        .cross_section = MUTAU_CROSS_SECTION_PAPER,
        .crossing = MUTAU_CROSSING_EXACT,
        .solver = solver_named("grid"),
        .tolerance = tolerance,
        .targets = MUTAU_TARGETS_COLD,
        .neutrinos = {0, MUTAU_ORDERING_NORMAL},
        .cosmology = {70.0, 0.308},
        .source = {.z_max = 5.0},
    };
}

static void solve(const mutau_flux_settings *settings, double sum_mnu_ev,
                  const mutau_flux_bin bins[N_BIN], const golden *t, size_t row, double n[N_BIN])
{
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_flux_alloc(settings, sum_mnu_ev, true, N_BIN, bins, &flux, &err), err);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    assert_non_null(ws);
    const double at[] = {t->m[row], t->g[row], t->a[row], t->gamma[row], sum_mnu_ev};
    CHECK_OK(mutau_flux_bins(flux, ws, at, n, &err), err);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

/* How far the worst bin is, and, once all points are told, the first that is too far. */
typedef struct outcome {
    double worst, excess;
    size_t bin;
} outcome;

static void outcome_add(outcome *o, size_t bin, double got, double want, double tol)
{
    const double off = fabs(got / want - 1.0);
    if (!(off <= o->worst))
        o->worst = off;
    if (!(off - tol <= o->excess)) {
        o->excess = off - tol;
        o->bin = bin;
    }
}

static bool outcome_told(const char *what, const golden *t, size_t row, const outcome *o)
{
    print_message("# %s, m = %g MeV, g = %g, gamma = %g: %.2g\n", what, t->m[row], t->g[row],
                  t->gamma[row], o->worst);
    if (o->excess <= 0.0)
        return true;
    print_message("# bin %zu is %.2g beyond what is allowed\n", o->bin + 1, o->excess);
    return false;
}

static mutau_mediator_kind mediator_of_name(const char *name)
{
    static const char *const names[] = {
        [MUTAU_MEDIATOR_SCALAR_E] = "scalar-e",
        [MUTAU_MEDIATOR_SCALAR_MU] = "scalar-mu",
        [MUTAU_MEDIATOR_SCALAR_TAU] = "scalar-tau",
    };
    for (int kind = MUTAU_MEDIATOR_SCALAR_E; kind <= MUTAU_MEDIATOR_SCALAR_TAU; kind++)
        if (strcmp(name, names[kind]) == 0)
            return (mutau_mediator_kind)kind;
    fail_msg("no mediator '%s'", name);
    return MUTAU_MEDIATOR_LMU_LTAU;
}

/* Every point of a table of cold targets with the tolerance that is asked for. */
static bool check_cold(const golden *t, double tolerance, bool scalar)
{
    double lo[MAX_ROW], hi[MAX_ROW], want[MAX_ROW];
    bool right = true;
    column(t, "e_lo_gev", lo);
    column(t, "e_hi_gev", hi);
    column(t, "n_th", want);
    for (size_t row = 0; row < N_BIN * t->n_point; row += N_BIN) {
        mutau_flux_settings settings = grid_settings(tolerance);
        mutau_flux_bin bins[N_BIN];
        double n[N_BIN];
        outcome o = {0.0, -1.0, 0};
        if (scalar)
            settings.mediator = (int)mediator_of_name(mutau_table_text(t->table, "mediator", row));
        golden_bins(t, row, lo, hi, bins);
        solve(&settings, 0.1, bins, t, row, n);
        for (size_t b = 0; b < N_BIN; b++)
            outcome_add(&o, b, n[b], want[row + b],
                        (tolerance > 0.0 ? tolerance : 1e-3) + t->error[row + b]);
        right = outcome_told(scalar ? "scalar" : "vector", t, row, &o) && right;
    }
    return right;
}

static void check_vector(double tolerance)
{
    golden t = {0};
    golden_read(&t, MUTAU_TEST_REFERENCE_DIR "/grid_bins.csv", 12, "m_zprime_mev", "g_prime");
    const bool right = check_cold(&t, tolerance, false);
    mutau_table_free(t.table);
    assert_true(right);
}

static void check_scalar(double tolerance)
{
    golden t = {0};
    golden_read(&t, MUTAU_TEST_REFERENCE_DIR "/grid_bins_scalar.csv", 4, "m_mev", "g");
    const bool right = check_cold(&t, tolerance, true);
    mutau_table_free(t.table);
    assert_true(right);
}

/* The default is 1e-3. */
static void vector_by_default(void **state)
{
    (void)state;
    check_vector(0.0);
}

static void vector_exactly(void **state)
{
    (void)state;
    check_vector(1e-4);
}

static void scalar_by_default(void **state)
{
    (void)state;
    check_scalar(0.0);
}

static void scalar_exactly(void **state)
{
    (void)state;
    check_scalar(1e-4);
}

/* What the table's thermal bins leave out: they are of lines without width, and have no wings.  By
 * the integration of bdf_bins.csv, which has them, that is 8.5e-4 in the worst bin of the one point
 * with a coupling of 3e-3 (bin 6), and it goes with the fourth power: below 1e-6 for the others. */
static double wings(double g)
{
    return 8.5e-4 * pow(g / 3e-3, 4.0);
}

/* The thermal and the cold bins, and their ratio. */
static bool check_thermal(const golden *t, size_t row, double tolerance,
                          const mutau_flux_bin bins[], double sum_mnu_ev, const double cold[],
                          const double hot[])
{
    double n[2][N_BIN];
    outcome of_cold = {0.0, -1.0, 0}, of_hot = {0.0, -1.0, 0}, of_ratio = {0.0, -1.0, 0};
    for (int thermal = 0; thermal < 2; thermal++) {
        mutau_flux_settings settings = grid_settings(tolerance);
        settings.targets = thermal ? MUTAU_TARGETS_THERMAL : MUTAU_TARGETS_COLD;
        solve(&settings, sum_mnu_ev, bins, t, row, n[thermal]);
    }
    for (size_t b = 0; b < N_BIN; b++) {
        const size_t at = row + b;
        const double allowed = (tolerance > 0.0 ? tolerance : 1e-3) + t->error[at];
        const double left_out = wings(t->g[at]);
        outcome_add(&of_cold, b, n[0][b], cold[at], allowed);
        outcome_add(&of_hot, b, n[1][b], hot[at], allowed + left_out);
        outcome_add(&of_ratio, b, n[1][b] / n[0][b], hot[at] / cold[at], allowed + left_out);
    }
    print_message("# sum of the masses %g eV\n", sum_mnu_ev);
    bool right = outcome_told("cold", t, row, &of_cold);
    right = outcome_told("thermal", t, row, &of_hot) && right;
    return outcome_told("their ratio", t, row, &of_ratio) && right;
}

static void thermal_targets(void **state)
{
    (void)state;
    static const double tolerances[] = {0.0, 1e-4};
    golden t = {0};
    mutau_flux_bin bins[N_BIN];
    double sum[MAX_ROW], number[MAX_ROW], cold[MAX_ROW], hot[MAX_ROW];
    bool right = true;
    golden_read(&t, MUTAU_TEST_REFERENCE_DIR "/thermal_bins.csv", 8, "m_zprime_mev", "g_prime");
    column(&t, "sum_mnu_ev", sum);
    column(&t, "bin", number);
    column(&t, "n_cold", cold);
    column(&t, "n_hot", hot);
    for (size_t row = 0; row < N_BIN * t.n_point; row++)
        CHECK_ABS(number[row], (double)(row % N_BIN + 1), 0.0);
    numbered_bins(bins);
    for (int k = 0; k < 2; k++)
        for (size_t row = 0; row < N_BIN * t.n_point; row += N_BIN)
            right = check_thermal(&t, row, tolerances[k], bins, sum[row], cold, hot) && right;
    mutau_table_free(t.table);
    assert_true(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector_by_default), cmocka_unit_test(vector_exactly),
        cmocka_unit_test(scalar_by_default), cmocka_unit_test(scalar_exactly),
        cmocka_unit_test(thermal_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
