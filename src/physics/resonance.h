/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file resonance.h
 * Propagation with the resonance taken as a line: the exact solution of the
 * transport equation for a width far below every energy of interest.
 *
 * Target j (mass m_j) absorbs where the energy E(1+z) equals E_j = m^2/(2 m_j).  There a
 * state i survives with e^-tau_ij; what is absorbed comes back at lower energies, with the
 * decay distribution P(x).  A particle below a line stays below, so the lines are crossed
 * in order of falling E_j and each needs only those before it.  With u = ln(1+z), Z_ij
 * the flux of state i arriving at line j, A_ij = Z_ij (1 - e^-tau_ij) and a_j = sum_i A_ij:
 *
 *  Z_ij(u)  = free_i(E_j e^-u) G(u) - sum_k A_ik(u + D_kj)
 *             + b_i sum_k int_u^min(u + D_kj, u_max) a_k(v) P(e^(v - u - D_kj)) dv
 *  Phi_i(E) = free_i(E) - sum_j A_ij(ln(E_j/E))
 *             + b_i sum_j int_0^min(ln(E_j/E), u_max) a_j(v) P(E e^v/E_j) dv
 *
 * where k runs over the lines before j, D_kj = ln(E_k/E_j), free_i has the state's share of what
 * the sources emit, G(u) is the share of the sources beyond u, and A_ik is 0 outside 0..u_max.
 * Every integral over energy is one-dimensional again.  64 cells in u give better than 1e-5 in a
 * bin of a third of a decade.
 *
 * States are those of mixing.h: index 0, 1, 2.  As a solver of the table in solver.h it is
 * mutau_solver_line, whose depth is T = 4 (n0/H0) kappa g^4/m^2, the optical depth off the
 * resonance, which a line leaves out.
 */
#ifndef MUTAU_RESONANCE_H
#define MUTAU_RESONANCE_H

#include <stddef.h>

#include "physics/solver.h"
#include "base/status.h"

typedef struct mutau_resonance mutau_resonance;                     /**< read-only after alloc */
typedef struct mutau_resonance_workspace mutau_resonance_workspace; /**< one per thread */

/** Prepares all that does not depend on the point.  The bins are copied; n_bin may be 0.
 * MUTAU_EDOM: 0 < e_lo < e_hi or the settings' ranges violated; MUTAU_ENOMEM. */
mutau_status mutau_resonance_alloc(const mutau_solver_settings *settings, size_t n_bin,
                                   const mutau_solver_bin bins[], mutau_resonance **out,
                                   mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_resonance_free(mutau_resonance *resonance);

/** NULL if no memory is left.  Serves every call with this `resonance`. */
mutau_resonance_workspace *mutau_resonance_workspace_alloc(const mutau_resonance *resonance);
/** NULL allowed. */
void mutau_resonance_workspace_free(mutau_resonance_workspace *ws);

/** Solves for the absorption on the lines and leaves it in `ws`, for the functions
 * below.  Nothing of an earlier solution is used.  The caller answers for the ranges
 * of `point`; outside them the result is unspecified but memory is safe.  A spectrum with a scale
 * of its own (spectrum.h) needs g = 0: MUTAU_EDOM otherwise. */
mutau_status mutau_resonance_solve(const mutau_resonance *resonance, mutau_resonance_workspace *ws,
                                   const mutau_solver_point *point,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** n[n_bin] = sum_i weight_i int Phi_i dE over each bin. */
void mutau_resonance_bins(const mutau_resonance *resonance, mutau_resonance_workspace *ws,
                          double n[]);

/** dPhi_i/dE of the three states at one energy. */
void mutau_resonance_spectrum(const mutau_resonance *resonance, const mutau_resonance_workspace *ws,
                              double energy_gev, double state[3]);

/** What state i loses on the line of target j per unit of comoving energy at
 * u = ln(1+z): A_ij, in the unit of the spectrum; 0 outside 0..u_max.  Conservation
 * is checked with it: int of the regenerated flux over E is twice, and of E times it
 * once, what is absorbed. */
double mutau_resonance_absorbed(const mutau_resonance *resonance,
                                const mutau_resonance_workspace *ws, int state, int target,
                                double u);

/** The relative error of the worst of the paper's bins against the full Breit-Wigner at a depth T,
 * 1 at most; NaN for NaN. */
double mutau_resonance_bin_error(double depth);

#endif
