/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file grid.h
 * Propagation with the full s-channel Breit-Wigner curve of every target, at rest or in thermal
 * motion: the solver mutau_solver_grid of the table in solver.h.
 *
 * With the physical energy y = ln E, u = ln(1+z), x = y - u of the comoving energy, and everything
 * over a reference spectrum e^(-gamma x), a state i obeys
 *
 *  along x:  df_i/d(-y) = S(u) - kappa_i f_i + b_i sum_p c_p m_p,    f_i(u_max) = 0
 *  along u:  dm_p/d(-y) = sum_i kappa_i f_i - (gamma + p) m_p,       P(x) = sum_p c_p x^p
 *  kappa_i(u, y) = (n0/H0) e^(3u)/(H/H0) sum_j kappa g^4/m^2 |Q_ij|^2 v/[(v - 1)^2 + (Gamma/m)^2]
 *
 * with v = E/E_j, E_j = m^2/(2 m_j): at fixed energy the curves are numbers, so the whole vector
 * over u is marched down in y, from above the highest line to where nothing absorbs any more, and
 * what is regenerated is a local recursion.  The node u = 0 is the flux at Earth.  Second order in
 * the steps; fine cells about the lines, whose cores are crossed without width, with all of their
 * depth (`exact`) or as 1/(1 + tau) (`implicit-euler`, which is defined for a line only: the wings
 * beside it are exact).
 *
 * Targets in motion have the Fermi-Dirac momenta of 1.95 K (1+z), any mass down to 0 and directions
 * at random; the depth of a cell is the mean over them, with the flux factor 1 - beta mu.  What
 * comes back is as from a target at rest.  Wings beyond the motion are those of a curve as wide as
 * it (1 to 4 % of a wing within 0.5 of the line in y, less beyond).
 *
 * Left out: t and u channels and the production of pairs of bosons (docs/physics.md).
 */
#ifndef MUTAU_GRID_H
#define MUTAU_GRID_H

/** The relative error of the worst bin of a third of a decade: unless asked for, and its range. */
#define MUTAU_GRID_TOLERANCE 1e-3
#define MUTAU_GRID_LEAST 1e-6
#define MUTAU_GRID_MOST 0.1

#endif
