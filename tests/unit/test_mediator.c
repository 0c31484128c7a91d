/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Couplings, widths and decays of the mediators. */
#include "check.h"

#include "physics/cosmology.h"
#include "physics/mediator.h"
#include "base/units.h"

static mutau_mediator mediator(mutau_mediator_kind kind, mutau_cross_section convention)
{
    mutau_error err = {0};
    mutau_mediator m;
    const mutau_mixing_matrix u = mutau_mixing_unitary(mutau_mixing_preset(0, 0));
    CHECK_OK(mutau_mediator_init(kind, convention, &u, &m, &err), err);
    return m;
}

/* P(x) integrated over x: number and energy of what a decay gives. */
static void check_decay(const mutau_mediator *m)
{
    CHECK_REL(m->share[0] + m->share[1] + m->share[2], 1.0, 1e-15);
    const double *p = m->decay;
    CHECK_REL(p[0] + p[1] / 2.0 + p[2] / 3.0, 2.0, 1e-15);
    CHECK_REL(p[0] / 2.0 + p[1] / 3.0 + p[2] / 4.0, 1.0, 1e-15);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            CHECK_REL(m->coupling[i][j], m->coupling[j][i], 1e-14);
}

static double coupling_sum(const mutau_mediator *m)
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            sum += m->coupling[i][j];
    return sum;
}

static void vector_conventions(void **state)
{
    (void)state;
    const mutau_mediator paper = mediator(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_PAPER);
    const mutau_mediator majorana =
        mediator(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_UNITARY_MAJORANA);
    const mutau_mediator dirac =
        mediator(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_UNITARY_DIRAC);
    /* Q is diag(0, 1, -1) in flavour space, whatever the mixing */
    CHECK_REL(coupling_sum(&paper), 2.0, 1e-15);
    check_decay(&paper);
    check_decay(&majorana);
    check_decay(&dirac);
    /* kappa n: the same spectrum needs g' larger by 2 and by sqrt 8 */
    const double depth = mutau_mediator_line_depth(&paper, paper.target_per_cm3, 1e-3, 6.5e6);
    CHECK_REL(mutau_mediator_line_depth(&majorana, majorana.target_per_cm3, 2e-3, 6.5e6), depth,
              1e-15);
    CHECK_REL(mutau_mediator_line_depth(&dirac, dirac.target_per_cm3, sqrt(8.0) * 1e-3, 6.5e6),
              depth, 1e-15);
    /* unitarity: the peak of the unitary ones is half of 48 pi/m^2, all for |Q|^2 = 1 */
    CHECK_REL(majorana.kappa * pow(12.0 * MUTAU_PI, 2.0), 24.0 * MUTAU_PI, 1e-15);
    CHECK_REL(paper.kappa / majorana.kappa, 4.0, 1e-15);
    CHECK_REL(mutau_mediator_width(&paper, 1e-3, 6.5), 1e-6 * 6.5 / (12.0 * MUTAU_PI), 1e-15);
}

/* The depth of a line is the Breit-Wigner cross section integrated over ln E:
 * int sigma dlnE = kappa g^4 int ds / [(s-m^2)^2 + m^2 Gamma^2] = kappa g^4 pi/(m Gamma). */
static void line_depth_is_the_integrated_breit_wigner(void **state)
{
    (void)state;
    const mutau_mediator_kind kinds[] = {MUTAU_MEDIATOR_LMU_LTAU, MUTAU_MEDIATOR_SCALAR_MU};
    for (int k = 0; k < 2; k++) {
        const mutau_mediator m = mediator(kinds[k], MUTAU_CROSS_SECTION_PAPER);
        const double g = 7e-4, mass = 2.385e6, ratio = 2.9e20;
        const double width = mutau_mediator_width(&m, g, mass);
        const double want = ratio * m.kappa * pow(g, 4.0) * MUTAU_PI / (mass * width);
        CHECK_REL(mutau_mediator_line_depth(&m, ratio, g, mass), want, 1e-14);
    }
}

static void charges_are_hermitian(void **state)
{
    (void)state;
    const mutau_mixing_matrix u = mutau_mixing_unitary(mutau_mixing_preset(0, 0));
    const mutau_mediator m = mediator(MUTAU_MEDIATOR_LMU_LTAU, MUTAU_CROSS_SECTION_PAPER);
    double trace = 0.0;
    for (int i = 0; i < 3; i++) {
        trace += creal(mutau_mediator_charge(&u, i, i));
        for (int j = 0; j < 3; j++) {
            const double complex q = mutau_mediator_charge(&u, i, j);
            CHECK_ABS(cabs(q - conj(mutau_mediator_charge(&u, j, i))), 0.0, 1e-15);
            CHECK_REL(creal(q * conj(q)), m.coupling[i][j], 1e-14);
        }
    }
    CHECK_ABS(trace, 0.0, 1e-15);
}

static void scalars(void **state)
{
    (void)state;
    const mutau_mediator_kind kinds[] = {MUTAU_MEDIATOR_SCALAR_E, MUTAU_MEDIATOR_SCALAR_MU,
                                         MUTAU_MEDIATOR_SCALAR_TAU};
    const mutau_mixing_matrix u = mutau_mixing_unitary(mutau_mixing_preset(0, 0));
    for (int f = 0; f < 3; f++) {
        const mutau_mediator m = mediator(kinds[f], MUTAU_CROSS_SECTION_PAPER);
        check_decay(&m);
        CHECK_REL(coupling_sum(&m), 1.0, 1e-15);
        CHECK_REL(m.share[1], pow(cabs(u.u[f][1]), 2.0), 1e-14);
        CHECK_REL(m.coupling[0][2], pow(cabs(u.u[f][0]) * cabs(u.u[f][2]), 2.0), 1e-14);
        CHECK_REL(m.kappa, 1.0 / (16.0 * MUTAU_PI), 1e-15);
        CHECK_REL(mutau_mediator_width(&m, 1e-3, 6.5), 1e-6 * 6.5 / (16.0 * MUTAU_PI), 1e-15);
        CHECK_ABS(m.target_per_cm3, 56.0, 0.0);
    }
}

static void unknown_kinds(void **state)
{
    (void)state;
    const mutau_mixing_matrix u = mutau_mixing_unitary(mutau_mixing_preset(0, 0));
    mutau_mediator m;
    mutau_error err = {0};
    CHECK_STATUS(
        mutau_mediator_init((mutau_mediator_kind)9, MUTAU_CROSS_SECTION_PAPER, &u, &m, &err),
        MUTAU_EDOM, err);
    mutau_error other = {0};
    CHECK_STATUS(
        mutau_mediator_init(MUTAU_MEDIATOR_LMU_LTAU, (mutau_cross_section)3, &u, &m, &other),
        MUTAU_EDOM, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector_conventions),
        cmocka_unit_test(line_depth_is_the_integrated_breit_wigner),
        cmocka_unit_test(charges_are_hermitian),
        cmocka_unit_test(scalars),
        cmocka_unit_test(unknown_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
