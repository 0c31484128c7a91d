/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file solver.h
 * How the transport of the neutrinos is solved, as types: a constant struct of functions for each
 * solver, in a table.  One is added by its file and a row in solver.c; the
 * run file's model.solver takes its name.
 *
 * A solver is made for a configuration and bins (`alloc`), solves at a point into a workspace
 * (`solve`), and gives the flux there, in bins or at an energy.  Solver and workspace are those of
 * its own type.  A solver is read-only after alloc, a workspace is for one thread.
 */
#ifndef MUTAU_SOLVER_H
#define MUTAU_SOLVER_H

#include <stdbool.h>
#include <stddef.h>

#include "physics/cosmology.h"
#include "physics/evolution.h"
#include "physics/mediator.h"
#include "physics/row_table.h"
#include "physics/spectrum.h"
#include "base/status.h"

typedef enum mutau_crossing {
    MUTAU_CROSSING_EXACT,         /**< a line transmits exp(-tau) */
    MUTAU_CROSSING_IMPLICIT_EULER /**< 1/(1 + tau), what nuSIprop's step does */
} mutau_crossing;

typedef enum mutau_targets {
    MUTAU_TARGETS_COLD,   /**< relic neutrinos at rest */
    MUTAU_TARGETS_THERMAL /**< with the Fermi-Dirac momenta of 1.95 K (1+z) */
} mutau_targets;

/** An energy range, and how the three mass states count in it. */
typedef struct mutau_solver_bin {
    double e_lo_gev, e_hi_gev;
    double weight[3];
} mutau_solver_bin;

/** The depth up to which auto takes the line: a bin is off by 5e-4 there (docs/physics.md). */
#define MUTAU_SOLVER_TAIL_TOLERANCE 7e-5

typedef struct mutau_solver_settings {
    mutau_mediator mediator;
    mutau_crossing crossing;
    double density_over_hubble; /**< targets per state n0 over H0 today, eV^2 */
    double omega_m;             /**< matter share, 0..1 */
    mutau_evolution evolution;
    double z_max;  /**< > 0 */
    bool at_earth; /**< the spectrum's energies are those at Earth: without interactions alone */
    const mutau_spectrum_type *spectrum; /**< not owned */
    /** p[] of a spectrum by a table, not owned, which must outlive the solver; NULL of others, for
     * which they are the point's. */
    const double *shape;
    double norm; /**< sum over states of the free dPhi/dE at 100 TeV for A = 1 */
    /** Whether rows will be asked for, which are those of the masses and of the excess below; if
     * not, these mean nothing. */
    bool with_rows;
    double mass_ev[3], excess[3];
    int cells; /**< steps in redshift: fewer are cheaper and less exact; 0: the solver's own */
    double tolerance;      /**< of the grid solver, in the worst bin; 0: 1e-3 */
    mutau_targets targets; /**< the line solver knows them at rest only */
    double tail_tolerance; /**< of auto: the depth up to which it takes the line; 0:
                            * MUTAU_SOLVER_TAIL_TOLERANCE */
} mutau_solver_settings;

typedef struct mutau_solver_point {
    double m_ev, g;                               /**< mediator mass > 0, coupling >= 0 */
    double source[MUTAU_SPECTRUM_MAX_PARAMETERS]; /**< p[] of the spectrum, A first; of a table A */
    double mass_ev[3]; /**< neutrino masses >= 0; a massless target never absorbs */
    /** What the sources emit of each state is (1 + excess) times a third; 0: all alike
     * (mutau_flavour_excess). */
    double excess[3];
} mutau_solver_point;

/** How a table can stand in front of a solver.  What the bins need of a solution is a row of
 * numbers that depends on few coordinates of the point, and smoothly; what else the point has, its
 * scales and amplitudes, is put in when bins are read.  Rows are on a lattice in the coordinates
 * (row_table.h), and a point in between is a weighted sum of them. */
typedef struct mutau_solver_rows {
    size_t n_coordinate;
    double step[MUTAU_ROW_MAX_COORDINATES];
    /** Numbers in a row of this solver, which then serves for rows; 0 if it cannot. */
    size_t (*size)(const void *solver);
    /** The worst relative difference of a bin to that of `solve` and `bins`. */
    double (*error)(const void *solver);
    /** The coordinates of the point, or false where rows do not serve. */
    bool (*place)(const void *solver, const mutau_solver_point *point, double at[]);
    /** The row of mutau_row_source; `ws` is a workspace of the solver, whose solution is lost. */
    mutau_status (*fill)(const void *solver, void *ws, const double at[], double row[],
                         mutau_error *err);
    /** n[n_bin] at a point, for whose place the rows are blended; `ws` as of fill. */
    void (*bins)(const void *solver, void *ws, const mutau_solver_point *point,
                 const mutau_row_blend *rows, double n[]);
} mutau_solver_rows;

typedef struct mutau_solver_type mutau_solver_type;

struct mutau_solver_type {
    const char *name;     /**< of the run file's model.solver */
    const char *reported; /**< what reports call it */
    const char *doc;      /**< one line */

    /** Prepares all that does not depend on the point.  The bins are copied; n_bin may be 0.
     * MUTAU_EDOM: 0 < e_lo < e_hi or the settings' ranges violated; MUTAU_ENOMEM. */
    mutau_status (*alloc)(const mutau_solver_settings *settings, size_t n_bin,
                          const mutau_solver_bin bins[], void **out, mutau_error *err);
    void (*free)(void *solver); /**< NULL allowed */

    /** NULL if no memory is left.  Serves every call with this solver. */
    void *(*workspace_alloc)(const void *solver);
    void (*workspace_free)(void *ws); /**< NULL allowed */

    /** Solves for a point within its ranges and leaves the solution in `ws`, for the two
     * functions below.  Nothing of an earlier solution is used. */
    mutau_status (*solve)(const void *solver, void *ws, const mutau_solver_point *point,
                          mutau_error *err);
    /** n[n_bin] = sum_i weight_i int Phi_i dE over each bin. */
    void (*bins)(const void *solver, void *ws, double n[]);
    /** The same of the bins from E_lo e^ln_scale[b] to E_hi e^ln_scale[b], as a solver has them
     * that was made for these, to rounding; of an injection along the line of sight
     * (injection.h) to its error.  Allocates nothing; some microseconds more than `bins`. */
    void (*bins_scaled)(const void *solver, void *ws, const double ln_scale[], double n[]);
    /** dPhi_i/dE of the three states at one energy. */
    void (*spectrum)(const void *solver, const void *ws, double energy_gev, double state[3]);

    /** The number by which the solver's error at a point is told. */
    double (*depth)(const void *solver, const mutau_solver_point *point);
    /** The relative error of the worst bin that it states for a point, 1 at most. */
    double (*bin_error)(const void *solver, const mutau_solver_point *point);
    bool costly; /**< some hundred microseconds a point, where others take some */

    /** The solver that solves at a point, for one that leaves it to others; else NULL. */
    const mutau_solver_type *(*chosen)(const void *solver, const mutau_solver_point *point);

    const mutau_solver_rows *rows; /**< for a table; NULL if there can be none */
    /** In their place those of this solver, NULL for none, where they depend on its settings. */
    const mutau_solver_rows *(*rows_of)(const void *solver);
};

/** The solvers, ended by NULL; the first is the default. */
extern const mutau_solver_type *const mutau_solver_types[];

/** The line where its depth is at most the settings' tail_tolerance and the targets are at rest;
 * else the grid. */
extern const mutau_solver_type mutau_solver_auto;

/** The line solver, resonance.h. */
extern const mutau_solver_type mutau_solver_line;

/** The grid solver, grid.h. */
extern const mutau_solver_type mutau_solver_grid;

/** What every `alloc` checks: MUTAU_EDOM, and which number it is. */
mutau_status mutau_solver_check(const mutau_solver_settings *settings, size_t n_bin,
                                const mutau_solver_bin bins[], mutau_error *err) MUTAU_MUST_CHECK;

/** The solver at `index` of the table; NULL if there is none. */
const mutau_solver_type *mutau_solver_at(int index);
/** The place of that name in the table; -1 if there is none. */
int mutau_solver_index(const char *name);

#endif
