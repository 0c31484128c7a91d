/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NuFIT presets, masses of a given sum, unitarity of the matrix. */
#include "check.h"

#include <string.h>

#include "physics/flux.h"
#include "physics/mixing.h"
#include "store/table.h"
#include "base/units.h"

enum { N_ROW = 16 }; /* of the reference: every preset in both orderings */

static const mutau_mixing *preset(const char *name, int ordering)
{
    for (int i = 0; mutau_mixing_names[i] != NULL; i++)
        if (strcmp(mutau_mixing_names[i], name) == 0)
            return mutau_mixing_preset(i, ordering);
    fail_msg("no preset %s", name);
    return NULL;
}

/* Every number of every preset, against tests/reference/nufit_bestfit.csv, where the
 * sources and the marks are. */
static void presets_are_the_tables(void **state)
{
    (void)state;
    static const char *const columns[] = {"theta12",  "theta13", "theta23",
                                          "delta_cp", "dm21",    "dm3l"};
    mutau_table *t = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/nufit_bestfit.csv", &t, &err), err);
    assert_int_equal(mutau_table_rows(t), N_ROW);
    assert_null(mutau_mixing_names[N_ROW / 2]);
    assert_string_equal(mutau_mixing_names[0], "nufit-5.0");
    double want[6][N_ROW];
    for (int c = 0; c < 6; c++)
        CHECK_OK(mutau_table_real(t, columns[c], want[c], &err), err);
    for (size_t row = 0; row < N_ROW; row++) {
        const int inverted = strcmp(mutau_table_text(t, "ordering", row), "inverted") == 0;
        const mutau_mixing *m = preset(mutau_table_text(t, "preset", row), inverted);
        const double got[] = {m->theta12, m->theta13, m->theta23, m->delta_cp, m->dm21, m->dm3l};
        for (int c = 0; c < 6; c++)
            CHECK_REL(got[c], want[c][row], 1e-15);
        const char *mark = mutau_table_text(t, "mark", row);
        assert_int_equal(m->provenance[0], mark[0]);
        assert_int_equal(strstr(m->provenance, "; R ") != NULL, strstr(mark, "; R ") != NULL);
    }
    mutau_table_free(t);
}

static void unknown_presets(void **state)
{
    (void)state;
    assert_null(mutau_mixing_preset(-1, 0));
    assert_null(mutau_mixing_preset(N_ROW / 2, 0));
    assert_null(mutau_mixing_preset(0, 2));
    assert_null(mutau_mixing_preset(0, -1));
    assert_true(isnan(mutau_flux_sum_mnu_min(0, 2)));
    assert_true(isnan(mutau_flux_sum_mnu_min(99, 0)));
}

/* Normal, 0.1 eV: the masses that nuSIprop finds too.  Sums: closed form. */
static void masses_of_the_default(void **state)
{
    (void)state;
    mutau_error err = {0};
    double mass[3];
    CHECK_OK(mutau_mixing_masses(preset("nufit-5.0", MUTAU_ORDERING_NORMAL), 0.1, mass, &err), err);
    CHECK_ABS(mass[0], 0.0218369, 1e-7);
    CHECK_ABS(mass[1], 0.0234745, 1e-7);
    CHECK_ABS(mass[2], 0.0546887, 1e-7);
    CHECK_ABS(mutau_flux_sum_mnu_min(0, MUTAU_ORDERING_NORMAL), 0.05875, 5e-6);
    CHECK_ABS(mutau_flux_sum_mnu_min(0, MUTAU_ORDERING_INVERTED), 0.09919, 5e-6);
    CHECK_REL(mutau_flux_sum_mnu_min(0, MUTAU_ORDERING_NORMAL), sqrt(7.42e-5) + sqrt(2.514e-3),
              1e-15);
    CHECK_REL(mutau_flux_sum_mnu_min(0, MUTAU_ORDERING_INVERTED),
              sqrt(2.497e-3) + sqrt(2.497e-3 - 7.42e-5), 1e-15);
}

/* For sums from the least to the nearly degenerate: the sum, the splittings, the order. */
static void masses_have_sum_and_splittings(void **state)
{
    (void)state;
    mutau_error err = {0};
    for (int p = 0; mutau_mixing_names[p] != NULL; p++)
        for (int ordering = 0; ordering < 2; ordering++) {
            const mutau_mixing *m = mutau_mixing_preset(p, ordering);
            const double least = mutau_mixing_sum_min(m);
            for (double above = 1e-16; above < 100.0; above *= 10.0) {
                double mass[3];
                const double sum = least * (1.0 + above);
                CHECK_OK(mutau_mixing_masses(m, sum, mass, &err), err);
                CHECK_REL(mass[0] + mass[1] + mass[2], sum, 1e-15);
                const double scale = mass[2] * mass[2] + mass[1] * mass[1];
                CHECK_ABS(mass[1] * mass[1] - mass[0] * mass[0], m->dm21, 1e-15 * scale);
                const double base = ordering == MUTAU_ORDERING_NORMAL ? mass[0] : mass[1];
                CHECK_ABS(mass[2] * mass[2] - base * base, m->dm3l, 1e-15 * scale);
                assert_true(mass[0] >= 0.0 && mass[1] > mass[0] && mass[2] >= 0.0);
            }
        }
}

static void lightest_mass_at_the_least_sum(void **state)
{
    (void)state;
    mutau_error err = {0};
    for (int ordering = 0; ordering < 2; ordering++) {
        double mass[3];
        const mutau_mixing *m = mutau_mixing_preset(0, ordering);
        CHECK_OK(mutau_mixing_masses(m, mutau_mixing_sum_min(m), mass, &err), err);
        CHECK_ABS(mass[ordering == MUTAU_ORDERING_NORMAL ? 0 : 2], 0.0, 1e-16);
    }
    double mass[3]; /* inverted at 0.1 eV: 0.0008 eV */
    CHECK_OK(mutau_mixing_masses(mutau_mixing_preset(0, 1), 0.1, mass, &err), err);
    CHECK_ABS(mass[2], 0.0008, 5e-5);
}

static void impossible_sums(void **state)
{
    (void)state;
    const double bad[] = {0.0587, 0.0, -0.1, NAN, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mutau_error err = {0};
        double mass[3] = {1.0, 2.0, 3.0};
        CHECK_STATUS(mutau_mixing_masses(mutau_mixing_preset(0, 0), bad[i], mass, &err), MUTAU_EDOM,
                     err);
        CHECK_ABS(mass[0] + mass[1] + mass[2], 6.0, 0.0);
    }
}

static void matrix_is_unitary(void **state)
{
    (void)state;
    for (int p = 0; mutau_mixing_names[p] != NULL; p++)
        for (int ordering = 0; ordering < 2; ordering++) {
            const mutau_mixing *m = mutau_mixing_preset(p, ordering);
            const mutau_mixing_matrix u = mutau_mixing_unitary(m);
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++) {
                    double complex sum = 0.0;
                    for (int i = 0; i < 3; i++)
                        sum += u.u[a][i] * conj(u.u[b][i]);
                    CHECK_ABS(cabs(sum), a == b ? 1.0 : 0.0, 1e-15);
                }
            /* the angles and the phase are those that went in */
            const double degree = MUTAU_PI / 180.0;
            CHECK_REL(cabs(u.u[0][2]), sin(m->theta13 * degree), 1e-14);
            CHECK_REL(cabs(u.u[0][1] / u.u[0][0]), tan(m->theta12 * degree), 1e-14);
            CHECK_REL(cabs(u.u[1][2] / u.u[2][2]), tan(m->theta23 * degree), 1e-14);
            CHECK_ABS(
                cabs(u.u[0][2] / cabs(u.u[0][2]) - cexp(-(double complex)I * m->delta_cp * degree)),
                0.0, 1e-14);
        }
}

/* Jarlskog's invariant s12 c12 s23 c23 s13 c13^2 sin(delta) fixes the sign of the phase. */
static void invariant_of_jarlskog(void **state)
{
    (void)state;
    const mutau_mixing *m = mutau_mixing_preset(0, 0);
    const mutau_mixing_matrix u = mutau_mixing_unitary(m);
    const double degree = MUTAU_PI / 180.0;
    const double j = cimag(u.u[0][0] * u.u[1][1] * conj(u.u[0][1]) * conj(u.u[1][0]));
    const double c13 = cos(m->theta13 * degree);
    const double want = 0.125 * sin(2.0 * m->theta12 * degree) * sin(2.0 * m->theta23 * degree) *
                        sin(2.0 * m->theta13 * degree) * c13 * sin(m->delta_cp * degree);
    CHECK_REL(j, want, 1e-13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_the_tables),
        cmocka_unit_test(unknown_presets),
        cmocka_unit_test(masses_of_the_default),
        cmocka_unit_test(masses_have_sum_and_splittings),
        cmocka_unit_test(lightest_mass_at_the_least_sum),
        cmocka_unit_test(impossible_sums),
        cmocka_unit_test(matrix_is_unitary),
        cmocka_unit_test(invariant_of_jarlskog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
