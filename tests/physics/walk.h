/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The propagation of individual neutrinos, against which solvers are held.
 *
 * A neutrino is born in one of the three states at a redshift drawn from the sources and with a
 * comoving energy E drawn evenly in ln E, weighted to the power law.  On its way it is absorbed or
 * not, by what the targets are:
 *
 *  lines    it meets the line of target j at 1+z = E_j/E, if that is after its birth, and is
 *           absorbed there with 1 - e^-tau, or 1 - 1/(1 + tau);
 *  cold     targets at rest, each with the Breit-Wigner's whole cross section;
 *  thermal  the same with targets of momenta of Fermi and Dirac at 1.95 K (1+z), from all
 *           directions: s = 2 E (E_p - p mu), and a flux of them that goes with 1 - beta mu.
 *
 * If absorbed, two neutrinos leave, with x and 1 - x of its energy and states drawn from the decay,
 * and go on by the same rules.  What arrives is counted in bins of equal width in ln E.  Nothing
 * here is on a grid but the redshift of birth: where a neutrino is absorbed is drawn exactly, by
 * thinning (draws at a higher rate of which the surplus is discarded).  Only the definitions of the
 * mediator and the cosmology are shared with the product. */
#ifndef MUTAU_TESTS_WALK_H
#define MUTAU_TESTS_WALK_H

#include "base/rng.h"
#include "physics/solver.h"

enum { WALK_N_BATCH = 64, WALK_N_BIN = 24, WALK_N_STATE_BIN = 3 * WALK_N_BIN, WALK_N_TABLE = 4000 };

typedef enum walk_targets { WALK_LINES, WALK_COLD, WALK_THERMAL } walk_targets;

typedef struct walk {
    /* To be filled before walk_init. */
    mutau_solver_settings settings;
    mutau_solver_point point;
    walk_targets targets;
    int n_neutrino;    /* in WALK_N_BATCH batches, each with energies spread evenly */
    double e_lo;       /* of the first bin, GeV */
    double per_decade; /* bins */
    /* Neutrinos begin up to this energy in GeV, or that of the last bin if it is higher. */
    double e_top;

    double line[3]; /* GeV, by target; infinite without a mass */
    double unit_depth;
    double width;                   /* in masses of the mediator */
    double unit_rate;               /* absorption for |Q|^2 = 1: n0/H0 kappa g^4/m^2 */
    double share[WALK_N_TABLE + 1]; /* of the sources beyond u_max k/N */
    double batch[WALK_N_BIN][3];    /* what arrived of the batch at hand */
    /* What arrived in bin b and state i, and the square of its statistical error, by the scatter of
     * the batches. */
    double sum[WALK_N_BIN][3], square[WALK_N_BIN][3];
    mutau_rng *rng; /* not owned */
} walk;

/* The bins as a solver has them: bins[3 b + state]. */
void walk_bins(const walk *w, mutau_solver_bin bins[WALK_N_STATE_BIN]);
/* Lets the neutrinos go and fills sum and square. */
void walk_run(walk *w);

#endif
