/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The twin of nuSIprop against what nuSIprop gave: tests/reference/nusiprop_scalar_{a,b,c}.csv,
 * made with 4800 bins by the program as it is at commit 593bc3d (their headers tell the rest).
 *
 * With the off-diagonal elements as published it is the same to the digits of the table.  With all
 * of the factor (nusiprop_twin.h) it differs by what this does: here, at 4800 bins, a median of
 * 2e-4 and 5e-3 at most; at the 300 bins that are the program's default, single bins by more. */
#include "check.h"

#include "base/mem.h"
#include "base/units.h"
#include "nusiprop_twin.h"
#include "physics/mediator.h"
#include "store/table.h"

enum { N_ROW = 71, N_CASE = 3 };

typedef struct reference {
    const char *path;
    mutau_mediator_kind kind;
    double m_ev, g, gamma;
    double largest_at_300; /* the worst bin of 300, with the factor over without, less 1 */
} reference;

static const reference references[N_CASE] = {
    {MUTAU_TEST_REFERENCE_DIR "/nusiprop_scalar_a.csv", MUTAU_MEDIATOR_SCALAR_MU, 6.5e6, 1e-3, 2.5,
     0.0432632},
    {MUTAU_TEST_REFERENCE_DIR "/nusiprop_scalar_b.csv", MUTAU_MEDIATOR_SCALAR_MU, 6.5e6, 1e-2, 2.5,
     0.062557},
    {MUTAU_TEST_REFERENCE_DIR "/nusiprop_scalar_c.csv", MUTAU_MEDIATOR_SCALAR_TAU, 12e6, 2e-3, 2.2,
     0.0478463},
};

static nusiprop_twin twin_of(const reference *r, int n_bin, bool as_published)
{
    nusiprop_twin twin = {.n_bin = n_bin,
                          .lowest_ev = 1e13,
                          .highest_ev = 1e17,
                          .as_published = as_published,
                          .density_ev3 = 4.3528e-13, /* its constants */
                          .hubble_ev = 1.5e-33,
                          .omega_m = 0.308,
                          .z_max = 5.0,
                          .m_ev = r->m_ev,
                          .g = r->g,
                          .gamma = r->gamma};
    mutau_error err = {0};
    mutau_mediator mediator;
    const mutau_mixing *mixing = mutau_mixing_preset(0, MUTAU_ORDERING_NORMAL);
    const mutau_mixing_matrix u = mutau_mixing_unitary(mixing);
    CHECK_OK(mutau_mixing_masses(mixing, 0.1, twin.mass_ev, &err), err);
    CHECK_OK(mutau_mediator_init(r->kind, MUTAU_CROSS_SECTION_PAPER, &u, &mediator, &err), err);
    for (int i = 0; i < 3; i++)
        twin.share[i] = mediator.share[i];
    return twin;
}

static double *solution(const reference *r, int n_bin, bool as_published)
{
    const nusiprop_twin twin = twin_of(r, n_bin, as_published);
    double *flux = mutau_calloc(3 * (size_t)n_bin, sizeof *flux);
    assert_non_null(flux);
    nusiprop_twin_solve(&twin, flux);
    return flux;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct difference {
    double median, largest;
} difference;

/* Every row of the table is the centre of a bin.  A NaN stays the largest. */
static difference compare(const reference *r, const double flux[], int n_bin)
{
    mutau_table *t = NULL;
    mutau_error err = {0};
    double energy[N_ROW], want[3][N_ROW], off[3 * N_ROW];
    difference d = {0};
    CHECK_OK(mutau_table_read_file(r->path, &t, &err), err);
    assert_int_equal(mutau_table_rows(t), N_ROW);
    CHECK_OK(mutau_table_real(t, "energy_ev", energy, &err), err);
    CHECK_OK(mutau_table_real(t, "flux_1", want[0], &err), err);
    CHECK_OK(mutau_table_real(t, "flux_2", want[1], &err), err);
    CHECK_OK(mutau_table_real(t, "flux_3", want[2], &err), err);
    const nusiprop_twin twin = twin_of(r, n_bin, true);
    for (int row = 0; row < N_ROW; row++) {
        const int b = (int)floor(log(energy[row] / twin.lowest_ev) /
                                 log(twin.highest_ev / twin.lowest_ev) * n_bin);
        CHECK_REL(nusiprop_twin_energy(&twin, b), energy[row], 1e-8);
        for (int i = 0; i < 3; i++) {
            off[3 * row + i] = fabs(flux[3 * b + i] / want[i][row] - 1.0);
            if (!(off[3 * row + i] <= d.largest))
                d.largest = off[3 * row + i];
        }
    }
    qsort(off, 3 * N_ROW, sizeof off[0], compare_doubles);
    d.median = off[3 * N_ROW / 2];
    mutau_table_free(t);
    return d;
}

/* The table has nine digits. */
static void equals_nusiprop_as_published(void **state)
{
    (void)state;
    for (int k = 0; k < N_CASE; k++) {
        double *flux = solution(&references[k], 4800, true);
        const difference d = compare(&references[k], flux, 4800);
        print_message("# as published: median %.2g, largest %.2g\n", d.median, d.largest);
        CHECK_ABS(d.largest, 0.0, 1e-8);
        free(flux);
    }
}

static void agrees_with_nusiprop(void **state)
{
    (void)state;
    for (int k = 0; k < N_CASE; k++) {
        double *flux = solution(&references[k], 4800, false);
        const difference d = compare(&references[k], flux, 4800);
        print_message("# with the factor: median %.2g, largest %.2g\n", d.median, d.largest);
        CHECK_ABS(d.median, 0.0, 2e-4);
        CHECK_ABS(d.largest, 0.0, 5e-3);
        free(flux);
    }
}

/* The worst bin and state: what the factor makes of it, over what it is without, less 1. */
static double effect(const reference *r, int n_bin)
{
    double *without = solution(r, n_bin, true), *with = solution(r, n_bin, false), worst = 0.0;
    for (int k = 0; k < 3 * n_bin; k++)
        if (!(fabs(with[k] / without[k] - 1.0) <= fabs(worst)))
            worst = with[k] / without[k] - 1.0;
    print_message("# %d bins: %.3g in one of them\n", n_bin, worst);
    free(without);
    free(with);
    return worst;
}

/* What docs/model.md tells.  At 300 bins nuSIprop with that line corrected, built and run beside
 * the one as published, gave `largest_at_300`; with the number of bins it falls. */
static void size_of_the_effect(void **state)
{
    (void)state;
    for (int k = 0; k < N_CASE; k++) {
        const double largest = references[k].largest_at_300;
        CHECK_REL(effect(&references[k], 300), largest, 1e-4);
        CHECK_ABS(effect(&references[k], 2400), largest / 8.0, largest / 16.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_nusiprop_as_published),
        cmocka_unit_test(agrees_with_nusiprop),
        cmocka_unit_test(size_of_the_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
