/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file grid_internal.h
 * The parts of the grid solver (grid.h), for its own files alone: the axis of redshifts, the mesh
 * of energies, the depth of its cells, the march.
 */
#ifndef MUTAU_GRID_INTERNAL_H
#define MUTAU_GRID_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "physics/solver.h"

enum {
    GRID_LEFT = 8,  /* guard values before u = 0 ... */
    GRID_RIGHT = 8, /* ... and after u_max, for four-point formulas */
    GRID_N_SERIES = 6,
    GRID_N_DEPTH = 4
};

/* ---- the axis of redshifts, u = ln(1+z): grid_axis.c ------------------------- */

/* Equal cells of u.  An array over the axis has `stride` values, of which the nodes begin at
 * GRID_LEFT; the rest are guards.  Constant once made. */
typedef struct grid_axis {
    int n_cell, n_node;
    size_t stride;
    double u_max, step, total; /* total = int w e^u du */
    double *memory;
    double *u, *source;            /* on the nodes: u, w = W H0/H */
    double *depth[GRID_N_DEPTH];   /* e^(3u) H0/H, its derivatives over 1!, 2!, 3! */
    double *series[GRID_N_SERIES]; /* of the cell after a node: int w (u - u_mid)^p / p! du */
} grid_axis;

/* MUTAU_EDOM, MUTAU_ENOMEM; what there is must be released in any case. */
mutau_status grid_axis_init(grid_axis *axis, const mutau_solver_settings *settings, int n_cell,
                            mutau_error *err) MUTAU_MUST_CHECK;
void grid_axis_release(grid_axis *axis);

/* int_u^u_max w e^(slope v) dv and its integrand, on the nodes. */
void grid_axis_sources(const grid_axis *axis, double slope, double beyond[restrict],
                       double density[restrict]);

/* ---- the mesh of energies: grid_mesh.c ---------------------------------------- */

/* How fine: cells in u; cells near a line in proportion to their distance from it, but not below
 * `least`. */
typedef struct grid_fineness {
    int n_cell;
    double slope, least;
} grid_fineness;

/* Weights of six neighbours: value at u_n + shift = sum_k weight[k] value[n + first + k]. */
typedef struct grid_taps {
    int first;
    double weight[6];
} grid_taps;

/* Where a cell is on the resonance curve of one line, v = E/E_line. */
typedef struct grid_place {
    double above, below, width; /* v - 1 at its upper and lower end, the difference */
    double depth;               /* int v/(v - 1)^2 dln v, 0 where the cell leaves the line out */
} grid_place;

/* One step down in energy; a line is crossed by a cell without width. */
typedef struct grid_cell {
    int line; /* >= 0: the core of this line, which has the depth of both neighbours, too */
    double above, below, width; /* y */
    double centre;              /* of the absorption, above the lower end */
    double decay, decay_centre; /* e^-width, e^-centre */
    int n_valid;                /* nodes with u + width <= u_max */
    grid_taps shift, back;      /* by the width, by -centre */
    grid_place at[3];           /* of each line */
} grid_cell;

/* Energies as y = ln(2 E eV/m^2), in which the line of a target of m_j eV is at -ln m_j: mesh and
 * cells depend on the neutrinos' masses alone. */
typedef struct grid_mesh {
    int n_cell, n_room;
    grid_cell *cell;
    int n_line;
    int target[3];  /* of each line, in the order in which they are crossed */
    double line[3]; /* y, falling */
} grid_mesh;

/* Lays the mesh for these masses.  MUTAU_ENOMEM. */
mutau_status grid_mesh_lay(grid_mesh *mesh, const grid_axis *axis, const grid_fineness *fineness,
                           const double mass_ev[3], mutau_error *err) MUTAU_MUST_CHECK;
void grid_mesh_release(grid_mesh *mesh);

/* ---- the march: grid_march.c ---------------------------------------------------- */

/* What a cell does to all redshifts. */
typedef struct grid_step {
    double width;           /* in y */
    double depth[3];        /* of state i: tau = depth[i] x e^(3u) H0/H */
    double rate[3];         /* kappa at its lower end over depth[i] / width */
    double centre;
    int n_valid;
    const grid_taps *shift, *back;
    double source_above, source_below; /* of the spectrum, 1 for a power law */
    double index[3], decay[3], decay_centre[3]; /* of the moments: gamma + p, their factors */
} grid_step;

/* The state of the march at one energy, arrays over the axis; all over the reference spectrum. */
typedef struct grid_front {
    const grid_axis *axis;
    double share[3], product[3]; /* b_i; c_p of P(x) = sum_p c_p x^p */
    double *memory;
    double *density, *beyond; /* of the sources */
    double *free, *flux[3];   /* without and with interactions */
    double *moment[3];
    double *scratch[24];
} grid_front;

mutau_status grid_front_init(grid_front *front, const grid_axis *axis,
                             const mutau_mediator *mediator, mutau_error *err) MUTAU_MUST_CHECK;
void grid_front_release(grid_front *front);
void grid_front_step(grid_front *front, const grid_step *step);
/* What a line takes: factor[i] multiplies e^(3u) H0/H to its depth. */
void grid_front_cross(grid_front *front, const double depth[3], mutau_crossing crossing);

#endif
