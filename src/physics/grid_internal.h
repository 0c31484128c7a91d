/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file grid_internal.h
 * The parts of the grid solver (grid.h), for its own files alone: the axis of redshifts, the mesh
 * of energies, the march, what is read off it.
 *
 * Energies are y = ln(2 E eV/m^2), in which the line of a target of m_j eV at rest is at -ln m_j:
 * mesh and cells depend on the neutrinos' masses alone.
 */
#ifndef MUTAU_GRID_INTERNAL_H
#define MUTAU_GRID_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "physics/row_bins.h"
#include "physics/solver.h"
#include "physics/source.h"

enum {
    GRID_LEFT = 8,  /* guard values before u = 0 ... */
    GRID_RIGHT = 8, /* ... and after u_max, for six-point formulas */
    GRID_N_TAP = 6,
    GRID_N_SERIES = 6,
    GRID_N_DEPTH = 4,
    GRID_N_LEVEL = 6
};

/* ---- the axis of redshifts, u = ln(1+z): grid_axis.c ------------------------- */

/* Equal cells of u.  Arrays over the axis have room for guards on both sides; what points to them
 * points to the node u = 0.  Constant once made. */
typedef struct grid_axis {
    int n_cell, n_node;
    size_t stride;             /* doubles from array to array */
    double u_max, step, total; /* total = int w e^u du */
    double *memory;
    double *u, *source;            /* u and w = W H0/H on the nodes */
    double *depth[GRID_N_DEPTH];   /* e^(3u) H0/H, its derivatives over 1!, 2!, 3! */
    double *series[GRID_N_SERIES]; /* of the cell after a node: int w (u - u_mid)^p / p! du */
} grid_axis;

/* MUTAU_EDOM, MUTAU_ENOMEM; what there is must be released in any case. */
mutau_status mutau_grid_axis_init(grid_axis *axis, const mutau_solver_settings *settings,
                                  int n_cell, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_grid_axis_release(grid_axis *axis);

/* int_u^u_max w e^(slope v) dv and its integrand, on the nodes. */
void mutau_grid_axis_sources(const grid_axis *axis, double slope, double beyond[restrict],
                             double density[restrict]);

/* out[i] = depth[i] e^(3u) H0/H at u + away, on the nodes. */
void mutau_grid_axis_depths(const grid_axis *axis, double away, const double depth[3],
                            double *const out[3]);

/* int_0^u f dv on the nodes, exact for cubics. */
void mutau_grid_axis_cumulate(const grid_axis *axis, const double f[], double sum[]);

/* f at 0 <= u <= u_max by the cubic through four nodes. */
double mutau_grid_axis_read(const grid_axis *axis, const double f[], double u);

/* ---- the mesh of energies: grid_mesh.c ---------------------------------------- */

/* How fine: cells in u; cells in y no wider than `most`; those near a line are as wide as `slope`
 * times their distance from it, but not below `least`.  For targets in motion they are as wide as
 * `moving_slope`, but not below `motion` times the thermal width, and nowhere wider than `broad` if
 * a target is so light that its line is. */
typedef struct grid_fineness {
    int n_cell;
    double most, slope, least, moving_slope, motion, broad;
} grid_fineness;

/* Weights of neighbours: value at u_n + shift = sum_k weight[k] value[n + first + k]. */
typedef struct grid_taps {
    int first;
    double weight[GRID_N_TAP];
} grid_taps;

/* Where a cell is on the resonance curve of one line, v = E/E_line. */
typedef struct grid_place {
    double above, below, width; /* v - 1 at its upper and lower end, and the difference */
    bool beside;                /* it ends at the line, whose core has its depth */
} grid_place;

/* One step down in energy; the line of a target at rest is crossed by a cell without width. */
typedef struct grid_cell {
    int line; /* >= 0: the core of this line, which has the depth of both neighbours */
    double above, below, width; /* y */
    double centre;              /* of the absorption, above the lower end */
    double decay, decay_centre; /* e^-width, e^-centre */
    int n_valid;                /* nodes with u + width <= u_max */
    grid_taps shift, back;      /* by the width, by -centre */
    grid_place at[3];           /* of each line */
} grid_cell;

typedef struct grid_mesh {
    int n_cell, n_room;
    grid_cell *cell;
    double *decay; /* of a point, [cell][2]: e^(-gamma width), e^(-gamma centre) */
    int n_line;
    int target[3];  /* of each line, in the order in which they are crossed */
    double line[3]; /* y, falling */
    double highest; /* y of the lightest target's, with the energy of its motion today */
    /* Targets in motion: [cell][state] over the axis, summed over the targets with |Q_ij|^2 and
     * their density, what a cell has of the depth of lines and wings, and the rates at its lower
     * end times its width.  NULL for targets at rest.  The lines are in the cells from `first` to
     * before `last`, between `top` and `bottom` in y. */
    double *core, *wing, *core_end, *wing_end;
    int first, last;
    double top, bottom;
} grid_mesh;

/* Lays the mesh for these masses.  MUTAU_ENOMEM, and there is none then. */
mutau_status mutau_grid_mesh_lay(grid_mesh *mesh, const grid_axis *axis,
                                 const grid_fineness *fineness,
                                 const mutau_solver_settings *settings, const double mass_ev[3],
                                 mutau_error *err) MUTAU_MUST_CHECK;
void mutau_grid_mesh_release(grid_mesh *mesh);

/* ---- targets in motion: grid_thermal.c ----------------------------------------- */

/* The energy of a target at u, its momentum being the root of the mean square. */
double mutau_grid_thermal_energy(double mass_ev, double u);
/* The width of a line today as a share of its energy, by the motion of a target. */
double mutau_grid_thermal_width(double mass_ev);
/* The energies y between which targets of these masses have all but 1e-9 of their lines. */
void mutau_grid_thermal_range(const grid_axis *axis, const double mass_ev[3], double *top,
                              double *bottom);
/* Fills mesh->core and wing.  MUTAU_ENOMEM. */
mutau_status mutau_grid_thermal_fill(grid_mesh *mesh, const grid_axis *axis,
                                     const mutau_mediator *mediator, const double mass_ev[3],
                                     mutau_error *err) MUTAU_MUST_CHECK;

/* The depths of a cell and its rates at the end, of lines of depth `line` and wings `wing`. */
void mutau_grid_thermal_depths(const grid_mesh *mesh, const grid_axis *axis, int cell, double line,
                               double wing, double *const depth[3], double *const rate[3]);

/* ---- the march: grid_march.c ---------------------------------------------------- */

/* The numbers of a step. */
typedef struct grid_step {
    const grid_cell *cell;
    double source_above, source_below; /* the spectrum over the reference, 1 for a power law */
    double index[3];                   /* gamma + p of the reference and the moment p */
    double decay[3], decay_centre[3];  /* e^-index times the width, times the centre */
} grid_step;

/* The state of the march at one energy, arrays over the axis; all over the reference spectrum. */
typedef struct grid_front {
    const grid_axis *axis;
    double share[3], product[3]; /* b_i; c_p of P(x) = sum_p c_p x^p */
    double emitted[3];           /* of each state, over what `density` has */
    double *memory;
    double *density, *beyond; /* of the sources */
    double *free, *flux[3];   /* without interactions where 1 is emitted; with them */
    double *moment[3];        /* m_p = int a e^-(gamma + p)(y' - y) dy', a what is absorbed */
    double *depth[3];         /* of the step to come, by state: tau ... */
    double *rate[3];          /* ... and kappa at its lower end times its width */
    double *work[20];
} grid_front;

mutau_status mutau_grid_front_init(grid_front *front, const grid_axis *axis,
                                   const mutau_mediator *mediator,
                                   mutau_error *err) MUTAU_MUST_CHECK;
void mutau_grid_front_release(grid_front *front);
/* What is emitted of each state; before a march. */
void mutau_grid_front_emit(grid_front *front, const double excess[3]);
/* One step down; front->depth and front->rate are those of the step. */
void mutau_grid_front_step(grid_front *front, const grid_step *step);
/* The crossing of a line of front->depth. */
void mutau_grid_front_cross(grid_front *front, mutau_crossing crossing);

/* ---- the flux at Earth: grid_earth.c --------------------------------------------- */

/* What is lost of E dPhi/dE at an energy, its slope in y, and what is lost above it. */
typedef struct grid_earth_point {
    double y, unit, lost[3], slope[3], above[3];
} grid_earth_point;

/* The flux at Earth as the march left it, over the scale of the solver. */
typedef struct grid_earth {
    const grid_axis *axis;
    double index;    /* gamma of the reference spectrum */
    double to_pivot; /* ln(E/pivot) = y + to_pivot */
    double share[3], product[3];
    int n, n_room;
    grid_earth_point *point;
    double *tail; /* below the last point all stream freely: arrays over the axis */
} grid_earth;

mutau_status mutau_grid_earth_init(grid_earth *earth, const grid_axis *axis,
                                   const mutau_mediator *mediator,
                                   mutau_error *err) MUTAU_MUST_CHECK;
void mutau_grid_earth_release(grid_earth *earth);
/* Room for n points.  MUTAU_ENOMEM. */
mutau_status mutau_grid_earth_reserve(grid_earth *earth, int n, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_grid_earth_begin(grid_earth *earth, double index, double to_pivot);
void mutau_grid_earth_add(grid_earth *earth, const grid_front *front, double y);
/* After the last point. */
void mutau_grid_earth_finish(grid_earth *earth, grid_front *front);
/* What is lost at y: of the flux over the reference, and of the count above in the pivot. */
void mutau_grid_earth_read(const grid_earth *earth, double y, double lost[3], double above[3]);
/* Where y is so far below the last point that no source is seen any more, the count that is lost
 * above y - D, D >= 0, is sum_p power[p] e^(-p D), over the reference at y; for a weight of the
 * states. */
void mutau_grid_earth_tail(const grid_earth *earth, double y, const double weight[3],
                           double power[4]);

/* ---- the solver: grid.c ------------------------------------------------------------ */

typedef struct grid_level {
    grid_fineness fineness;
    grid_axis axis;
} grid_level;

/* What is prepared for rows; size 0: they do not serve. */
typedef struct grid_rows {
    size_t size;
    int n_node;   /* energies of a row */
    double *node; /* y, falling */
    mutau_row_bins bins;
    double *e_lo, *ln_lo, *width; /* of the bins, for their free flux */
    double ln_depth;              /* ln of a line's depth at g/m = 1/eV */
} grid_rows;

typedef struct grid_solver {
    mutau_solver_settings settings;
    double tolerance; /* as asked for */
    double error;     /* of the worst bin: above it with a history that the mesh is not made for */
    mutau_source_grid sources; /* of the flux without interactions */
    grid_level level[GRID_N_LEVEL];
    size_t n_bin;
    double *e_lo, *x_lo, *width;    /* [n_bin] E_lo in GeV, ln(E_lo/pivot), ln(E_hi/E_lo) */
    mutau_spectrum_arrival arrival; /* of a spectrum by a table */
    mutau_solver_bin *bin;
    grid_rows rows;
} grid_solver;

/* What a workspace has for a level. */
typedef struct grid_space {
    double mass_ev[3]; /* for which the mesh was laid; the first is negative if it is not */
    grid_mesh mesh;
    grid_front front;
    grid_earth earth;
} grid_space;

typedef struct grid_workspace {
    grid_space level[GRID_N_LEVEL];
    const grid_earth *earth; /* of the solution; NULL: nothing is lost */
    double ln_unit;          /* y = ln(E/GeV) - ln_unit */
    double scale;            /* A norm/3 */
    double emitted[3];       /* of each state, over a third */
    double source[MUTAU_SPECTRUM_MAX_PARAMETERS], source_scale;
    const double *shape; /* p[] of the spectrum: `source`, or the settings' */
    double *rows_above;  /* [point] of rows; NULL without them */
} grid_workspace;

/* Solves with the depths of lines and wings given; `level` is how fine. */
mutau_status mutau_grid_solve_depths(const grid_solver *g, grid_workspace *ws,
                                     const mutau_solver_point *point, int level, double line,
                                     double wing, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- rows: grid_rows.c --------------------------------------------------------------- */

/* Sets up g->rows, when all else is.  MUTAU_ENOMEM; what there is must be released. */
mutau_status mutau_grid_rows_init(grid_solver *g, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_grid_rows_release(grid_rows *rows);
extern const mutau_solver_rows mutau_grid_solver_rows;

#endif
