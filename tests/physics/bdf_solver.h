/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The full Breit-Wigner by the method of lines: Chebyshev's nodes in u = ln(1+z), and GSL's
 * implicit multistep formula (msbdf) in y = ln(physical energy), downward.  With the flux f_i(u, y)
 * over the free one at the comoving energy, and a = sum_i kappa_i f_i what is absorbed,
 *
 *  -df_i/dy = S - kappa_i f_i + b_i sum_p c_p m_p + df_i/du,  f(u_max) = 0,
 *  -dm_p/dy = a - (gamma + p) m_p,   p = 0, 1, 2,
 *  -dJ_i/dy = f_i(0, y) - (gamma - 1) J_i,
 *
 * S the sources, m_p the moments of what is absorbed above y, which regeneration with
 * P(x) = sum_p c_p x^p takes, and J_i the number at Earth above y over E^(1-gamma).  Nothing is
 * graded, split or assumed of the lines; with thermal targets their
 * cross section is averaged over momenta and directions.  Only the definitions of the mediator are
 * shared with the product.  Dense, and slow: 6 n_node + 3 equations. */
#ifndef MUTAU_TESTS_BDF_SOLVER_H
#define MUTAU_TESTS_BDF_SOLVER_H

#include "physics/solver.h"

/* number[3 b + i]: the integral of dPhi_i/dE between edge_gev[b] and [b + 1], for n_bin bins whose
 * edges rise.  Steps are held to the relative error `tolerance`.  The status is GSL's. */
int bdf_solve(const mutau_solver_settings *settings, const mutau_solver_point *point, int n_node,
              bool thermal, double tolerance, int n_bin, const double edge_gev[], double number[]);

#endif
