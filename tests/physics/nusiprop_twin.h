/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scheme of nuSIprop (Esteban et al., arXiv:2107.13568) once more, for a Majorana scalar in the
 * s channel, written from its equations: implicit Euler of first order on energy bins and redshift
 * steps that share one logarithmic spacing h, so that a comoving bin j at 1+z = e^(ih) is the
 * physical bin j + i.  The unknowns are the numbers n_kj of the state k in the comoving bin j,
 *
 *  n_kj(new) = n_kj(old) + t [L_kj - b_k S_p n_kj + b_k sum_l b_l (R_p n_lj + C_lj)](new),
 *  t = n0 (1+z)^3 h / H,
 *
 * b the shares of the flavour, S the mean over the bin of sum_j b_j sigma_j, R that of what stays
 * in the bin after the decay, 2 (1 - E_lo/E), and C what comes from the bins above.
 *
 * At each bin that is a system of three equations, whose off-diagonal elements are - t b_k b_l R_p.
 * In nuSIprop at commit 593bc3d they lack the factor that is -t here (line 280 of nuSIprop.hpp),
 * which makes them some 1e-30 of that: what a bin gives back to itself then comes from its own
 * state alone.  `as_published` does the same. */
#ifndef MUTAU_TESTS_NUSIPROP_TWIN_H
#define MUTAU_TESTS_NUSIPROP_TWIN_H

#include <stdbool.h>

typedef struct nusiprop_twin {
    int n_bin;
    double lowest_ev, highest_ev; /* of the bins */
    bool as_published;
    double density_ev3, hubble_ev, omega_m, z_max;
    double m_ev, g, gamma; /* its norm is 1: sum of the free fluxes at 100 TeV */
    double mass_ev[3], share[3];
} nusiprop_twin;

/* The mean dPhi/dE of the three states over bin b, flux[3 b + state]. */
void nusiprop_twin_solve(const nusiprop_twin *twin, double flux[]);
/* The centre of bin b in the logarithm, in eV. */
double nusiprop_twin_energy(const nusiprop_twin *twin, int b);

#endif
