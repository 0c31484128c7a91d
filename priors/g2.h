/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file g2.h
 * The anomalous magnetic moment of the muon, which the term g-2 compares with its measurement.
 */
#ifndef MUTAU_G2_H
#define MUTAU_G2_H

#include "base/status.h"

/** Delta a_mu at one loop of the boson; formula and reference in priors/g2.c.  Allocation
 * tabulates the loop integral (some milliseconds); MUTAU_ENOMEM. */
typedef struct mutau_g2 mutau_g2;
mutau_status mutau_g2_alloc(mutau_g2 **out, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_g2_free(mutau_g2 *g2);
/** Delta a_mu = g'^2 K(m), m in MeV: relative error < 1e-8 for m in [1e-3, 1e6]; below
 * and above that K's limits, to 1e-4 and 1e-6.  Thread-safe, allocates nothing, no
 * quadrature. */
double mutau_g2_delta_a_mu(const mutau_g2 *g2, double m_zprime_mev, double g_prime);

#endif
