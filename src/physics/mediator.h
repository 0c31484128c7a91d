/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mediator.h
 * What the neutrinos scatter through, reduced to the numbers that propagation needs.
 *
 *  cross section  sigma_ij = kappa g^4 |Q_ij|^2 s / [(s - m^2)^2 + m^2 Gamma^2], s = 2 m_j E
 *  width          Gamma = g^2 m / width_divisor
 *  decay          state a with probability share[a]; neutrinos (nu + nubar) of the
 *                 fraction x of the energy with density P(x) = decay[0] + decay[1] x + decay[2] x^2
 *
 * Lmu-Ltau Z' (de la Vega, Peinado, Wudka 2024, eqs. 2 and 3; their width is printed
 * with g^4, a misprint: with it the resonance would not decouple as g -> 0):
 *  Q_ij = U*_mu,i U_mu,j - U*_tau,i U_tau,j, width_divisor = 12 pi,
 *  share[a] = (|U_mu,a|^2 + |U_tau,a|^2)/2, P = 3 [x^2 + (1-x)^2].
 *  kappa is 2/(3 pi) in the paper; 1/(6 pi) is what the Dirac traces give for a
 *  chirality-definite pair, and the largest that unitarity allows.
 * Majorana scalar coupled to the flavour f (Esteban et al., arXiv:2107.13568):
 *  |Q_ij|^2 = |U_fi|^2 |U_fj|^2, kappa = 1/(16 pi), width_divisor = 16 pi,
 *  share[a] = |U_fa|^2, P = 2.
 * All functions are pure.
 */
#ifndef MUTAU_MEDIATOR_H
#define MUTAU_MEDIATOR_H

#include "physics/mixing.h"
#include "base/parameter_set.h"
#include "base/status.h"

typedef enum mutau_mediator_kind {
    MUTAU_MEDIATOR_LMU_LTAU, /**< Z' of gauged Lmu-Ltau */
    MUTAU_MEDIATOR_SCALAR_E, /**< Majorana scalar coupled to one flavour */
    MUTAU_MEDIATOR_SCALAR_MU,
    MUTAU_MEDIATOR_SCALAR_TAU
} mutau_mediator_kind;

typedef enum mutau_cross_section {
    MUTAU_CROSS_SECTION_PAPER,            /**< kappa = 2/(3 pi), 56 cm^-3 */
    MUTAU_CROSS_SECTION_UNITARY_MAJORANA, /**< 1/(6 pi), 112 x 1/2 */
    MUTAU_CROSS_SECTION_UNITARY_DIRAC     /**< 1/(6 pi), 56 x 1/2 */
} mutau_cross_section;

/** Its parameters, in this order: the boson's mass in MeV and its coupling. */
enum { MUTAU_MEDIATOR_MASS, MUTAU_MEDIATOR_COUPLING, MUTAU_MEDIATOR_N_PARAMETER };
extern const mutau_parameter_spec mutau_mediator_parameters[MUTAU_MEDIATOR_N_PARAMETER];

typedef struct mutau_mediator {
    double kappa;
    double width_divisor;
    double target_per_cm3; /**< targets per mass state today, polarisation included */
    double coupling[3][3]; /**< |Q_ij|^2, i the beam and j the target; symmetric */
    double share[3];
    double decay[3];
} mutau_mediator;

/** Fills `out`.  MUTAU_EDOM for a kind or convention that does not exist. */
mutau_status mutau_mediator_init(mutau_mediator_kind kind, mutau_cross_section convention,
                                 const mutau_mixing_matrix *mixing, mutau_mediator *out,
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** Q_ij of the Lmu-Ltau current. */
double complex mutau_mediator_charge(const mutau_mixing_matrix *mixing, int i, int j);

/** Width in the unit of m. */
double mutau_mediator_width(const mutau_mediator *mediator, double g, double m);

/** The coupling up to which the s channel, which is all that solvers know, is good to 1 % and to
 * 10 % of the worst bin, at a mass in MeV: what it leaves out, t and u channels and pair
 * production, goes as g^4/m^2 (docs/physics.md). */
void mutau_mediator_s_channel(mutau_mediator_kind kind, double mass_mev, double *to_1_percent,
                              double *to_10_percent);

/** The optical depth of a line today for |Q|^2 = 1, that is
 * (n0/H0) kappa pi width_divisor g^2 / m^2; density_over_hubble n0/H0 in eV^2, m in eV. */
double mutau_mediator_line_depth(const mutau_mediator *mediator, double density_over_hubble,
                                 double g, double m_ev);

#endif
