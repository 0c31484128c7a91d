/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines once more, another way and as plainly as possible: the reference of the
 * tests and the peer of the benchmark.
 *
 * The product solver never damps what is regenerated and subtracts what each line removes.  Here
 * everything is followed forward and damped: the flux of a state at the comoving energy E is split
 * by where it was born, between two crossings, and each part is multiplied by the transmissions of
 * the lines still in its way.  Interpolation is cubic between nodes in u = ln(1+z), integrals are
 * Gauss-Legendre's per piece, bins are integrated over ln E.  Nothing is precomputed beyond
 * the nodes, and only the definitions of the mediator are shared with the product. */
#ifndef MUTAU_TESTS_PLAIN_SOLVER_H
#define MUTAU_TESTS_PLAIN_SOLVER_H

#include <stdbool.h>

#include "physics/resonance.h"

enum { PLAIN_MAX_NODE = 4096, PLAIN_MAX_QUAD = 16 };

typedef struct plain_solver {
    mutau_solver_settings settings;
    int n_node, n_quad, n_panel; /* nodes in u; points per panel; panels per integral */
    double u_max, step;
    double quad_x[PLAIN_MAX_QUAD], quad_w[PLAIN_MAX_QUAD]; /* on 0..1 */
    double source[PLAIN_MAX_NODE][PLAIN_MAX_QUAD];         /* W/(H/H0) in each cell */
    double place[PLAIN_MAX_NODE][PLAIN_MAX_QUAD];          /* u there */
    /* of the point at hand */
    mutau_solver_point point;
    int n_line, target[3];
    double line_energy[3]; /* GeV, falling */
    double unit_depth;
    double share[PLAIN_MAX_NODE];       /* of a power law: sources beyond the node */
    const double *shape;                /* of other spectra: p[] ... */
    double scale;                       /* ... and 1 over what arrives of S at 100 TeV */
    double absorbed[3][PLAIN_MAX_NODE]; /* a_j per line */
} plain_solver;

void plain_init(plain_solver *p, const mutau_solver_settings *settings, int n_node, int n_quad,
                int n_panel);
void plain_solve(plain_solver *p, const mutau_solver_point *point);
/* dPhi/dE of the three states. */
void plain_spectrum(const plain_solver *p, double energy_gev, double state[3]);
/* Their integrals over lo..hi. */
void plain_bin(const plain_solver *p, double lo, double hi, double state[3]);

#endif
