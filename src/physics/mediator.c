/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Couplings, width and decay of the mediators; documented in physics/mediator.h. */
#include "physics/mediator.h"

#include <math.h>

#include "physics/cosmology.h"
#include "base/units.h"

const mutau_parameter_spec mutau_mediator_parameters[MUTAU_MEDIATOR_N_PARAMETER] = {
    [MUTAU_MEDIATOR_MASS] = {.name = "m_zprime",
                             .unit = "MeV",
                             .latex = "m_{Z'}",
                             .doc = "mass of the boson in MeV",
                             .lowest_excluded = true,
                             .highest = (double)INFINITY,
                             .default_prior = "{prior: log-uniform, min: 1, max: 20}",
                             .plausible = MUTAU_PLAUSIBLE_LINE_MASS,
                             .small_is_implausible = true},
    [MUTAU_MEDIATOR_COUPLING] = {.name = "g_prime",
                                 .unit = "",
                                 .latex = "g'",
                                 .doc = "its coupling",
                                 .highest = (double)INFINITY,
                                 .default_prior = "{prior: log-uniform, min: 1e-5, max: 1e-1}",
                                 .plausible = MUTAU_PLAUSIBLE_COUPLING},
};

static double square_abs(double complex z)
{
    return creal(z) * creal(z) + cimag(z) * cimag(z);
}

double complex mutau_mediator_charge(const mutau_mixing_matrix *mixing, int i, int j)
{
    const double complex(*u)[3] = mixing->u;
    return conj(u[1][i]) * u[1][j] - conj(u[2][i]) * u[2][j];
}

static mutau_status vector_init(mutau_cross_section convention, const mutau_mixing_matrix *mixing,
                                mutau_mediator *out, mutau_error *err)
{
    const double relic = MUTAU_RELIC_DENSITY_PER_CM3;
    *out = (mutau_mediator){.width_divisor = 12.0 * MUTAU_PI, .decay = {3.0, -6.0, 6.0}};
    switch (convention) {
    case MUTAU_CROSS_SECTION_PAPER:
        out->kappa = 2.0 / (3.0 * MUTAU_PI);
        out->target_per_cm3 = relic;
        break;
    case MUTAU_CROSS_SECTION_UNITARY_MAJORANA: /* two helicities, half of them fit */
        out->kappa = 1.0 / (6.0 * MUTAU_PI);
        out->target_per_cm3 = 2.0 * relic * 0.5;
        break;
    case MUTAU_CROSS_SECTION_UNITARY_DIRAC: /* one helicity each of nu and nubar */
        out->kappa = 1.0 / (6.0 * MUTAU_PI);
        out->target_per_cm3 = relic * 0.5;
        break;
    default:
        return mutau_error_set(err, MUTAU_EDOM, "unknown cross section %d", (int)convention);
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out->coupling[i][j] = square_abs(mutau_mediator_charge(mixing, i, j));
        out->share[i] = 0.5 * (square_abs(mixing->u[1][i]) + square_abs(mixing->u[2][i]));
    }
    return MUTAU_OK;
}

static void scalar_init(int flavour, const mutau_mixing_matrix *mixing, mutau_mediator *out)
{
    *out = (mutau_mediator){.kappa = 1.0 / (16.0 * MUTAU_PI),
                            .width_divisor = 16.0 * MUTAU_PI,
                            .target_per_cm3 = MUTAU_RELIC_DENSITY_PER_CM3,
                            .decay = {2.0, 0.0, 0.0}};
    for (int i = 0; i < 3; i++)
        out->share[i] = square_abs(mixing->u[flavour][i]);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out->coupling[i][j] = out->share[i] * out->share[j];
}

mutau_status mutau_mediator_init(mutau_mediator_kind kind, mutau_cross_section convention,
                                 const mutau_mixing_matrix *mixing, mutau_mediator *out,
                                 mutau_error *err)
{
    switch (kind) {
    case MUTAU_MEDIATOR_LMU_LTAU:
        return vector_init(convention, mixing, out, err);
    case MUTAU_MEDIATOR_SCALAR_E:
        scalar_init(0, mixing, out);
        return MUTAU_OK;
    case MUTAU_MEDIATOR_SCALAR_MU:
        scalar_init(1, mixing, out);
        return MUTAU_OK;
    case MUTAU_MEDIATOR_SCALAR_TAU:
        scalar_init(2, mixing, out);
        return MUTAU_OK;
    }
    return mutau_error_set(err, MUTAU_EDOM, "unknown mediator %d", (int)kind);
}

double mutau_mediator_width(const mutau_mediator *mediator, double g, double m)
{
    return g * g * m / mediator->width_divisor;
}

double mutau_mediator_line_depth(const mutau_mediator *mediator, double density_over_hubble,
                                 double g, double m_ev)
{
    const double area =
        mediator->kappa * MUTAU_PI * mediator->width_divisor * (g / m_ev) * (g / m_ev);
    return density_over_hubble * area;
}

void mutau_mediator_s_channel(mutau_mediator_kind kind, double mass_mev, double *to_1_percent,
                              double *to_10_percent)
{
    const bool vector = kind == MUTAU_MEDIATOR_LMU_LTAU;
    const double scale = sqrt(mass_mev / 6.5); /* MeV, of an estimate there */
    *to_1_percent = (vector ? 1.35e-2 : 2.4e-2) * scale;
    *to_10_percent = (vector ? 2.5e-2 : 4.8e-2) * scale;
}
