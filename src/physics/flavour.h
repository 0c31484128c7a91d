/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file flavour.h
 * The flavours that the sources emit.  Over cosmic distances a neutrino is a mixture of the mass
 * states without a phase, so that all that matters of the shares f_e, f_mu, f_tau at the source is
 * how much goes into each state: sum_alpha f_alpha |U_alpha,i|^2.  All functions are pure.
 */
#ifndef MUTAU_FLAVOUR_H
#define MUTAU_FLAVOUR_H

#include <stddef.h>

#include "base/parameter_set.h"
#include "base/status.h"

typedef enum mutau_flavour_kind {
    MUTAU_FLAVOUR_EQUAL,       /**< a third each: the paper's */
    MUTAU_FLAVOUR_PION,        /**< 1:2:0, a pion's decay and that of its muon */
    MUTAU_FLAVOUR_DAMPED_MUON, /**< 0:1:0, the muon loses its energy before it decays */
    MUTAU_FLAVOUR_NEUTRON,     /**< 1:0:0, beta decay */
    MUTAU_FLAVOUR_FREE,        /**< parameters f_e and f_mu */
    MUTAU_FLAVOUR_GIVEN        /**< three numbers */
} mutau_flavour_kind;

/** Names of all but the last, in the order of the kinds, ended by NULL. */
extern const char *const mutau_flavour_names[];

/** {0} is equal. */
typedef struct mutau_flavour {
    int kind;        /**< mutau_flavour_kind */
    double share[3]; /**< of GIVEN: e, mu, tau, not negative, of sum 1 */
} mutau_flavour;

/** The parameters of FREE, shares of the number; f_tau is what they leave of 1. */
enum { MUTAU_FLAVOUR_E, MUTAU_FLAVOUR_MU, MUTAU_FLAVOUR_N_PARAMETER };
extern const mutau_parameter_spec mutau_flavour_parameters[MUTAU_FLAVOUR_N_PARAMETER];

/** By as much f_e + f_mu may be above 1, for what rounding does. */
#define MUTAU_FLAVOUR_ROUNDING 1e-12

/** MUTAU_EDOM for an unknown kind, or given shares that are none. */
mutau_status mutau_flavour_check(const mutau_flavour *flavour, mutau_error *err) MUTAU_MUST_CHECK;

/** The shares e, mu, tau; `natural` has the parameters, and is not looked at unless free. */
void mutau_flavour_shares(const mutau_flavour *flavour, const double natural[], double share[3]);

/** What each state has of the free flux beyond a third, over a third:
 * 3 sum_alpha share_alpha |U_alpha,i|^2 - 1.  probability[flavour][state] = |U|^2.  The sum over
 * the states is 0. */
void mutau_flavour_excess(const double share[3], const double probability[3][3], double excess[3]);

#endif
