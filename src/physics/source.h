/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file source.h
 * Where the neutrinos come from: how the sources are spread in redshift, prepared once per
 * configuration for all that integrates over them.  With u = ln(1+z) the flux that arrives at
 * the comoving energy E without interactions is
 *
 *  int_0^u_max w(u) e^u S(E e^u) du,   w = W(z) H0/H(z),
 *
 * where S is the spectrum in the source's frame (spectrum.h) and W the history (evolution.h).
 * Constant after mutau_source_grid_init; no function has a state.
 */
#ifndef MUTAU_SOURCE_H
#define MUTAU_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "physics/cosmology.h"
#include "physics/evolution.h"
#include "physics/flavour.h"
#include "base/option.h"
#include "base/status.h"

/** What the options of a spectrum fill; all zero are their defaults. */
#define MUTAU_SPECTRUM_MAX_SETTINGS 64
typedef union mutau_spectrum_settings {
    double align;
    unsigned char bytes[MUTAU_SPECTRUM_MAX_SETTINGS]; /**< the type's settings struct */
} mutau_spectrum_settings;

/** A spectrum by its values, not owned: energy_gev[n] rising, flux[n] > 0 in any unit.  Between two
 * rows it is a power law, and the first and the last of these go on beyond the table. */
typedef struct mutau_spectrum_table {
    size_t n; /**< 2 or more; 0: there is none */
    const double *energy_gev, *flux;
} mutau_spectrum_table;

/** Where the energies of a spectrum are those of the neutrinos. */
typedef enum mutau_frame { MUTAU_FRAME_SOURCE, MUTAU_FRAME_EARTH } mutau_frame;
/** NULL-terminated names, in that order. */
extern const char *const mutau_frame_names[];

/** The run file's model.source. */
typedef struct mutau_source_settings {
    int spectrum;                    /**< index into mutau_spectrum_types, spectrum.h */
    mutau_spectrum_settings options; /**< of that spectrum */
    mutau_spectrum_table table;      /**< of a spectrum that is one */
    mutau_evolution evolution;
    mutau_flavour flavour;
    double z_max; /**< sources up to this redshift */
    int frame;    /**< mutau_frame */
} mutau_source_settings;

/** Its options but for spectrum, evolution and flavour, with offsets into the settings. */
extern const mutau_option mutau_source_options[];
extern const size_t mutau_source_option_count;

enum {
    MUTAU_SOURCE_N_CELL = 64, /**< cells, or fewer where less will do */
    MUTAU_SOURCE_LEAST_CELLS = 8,
    MUTAU_SOURCE_LEFT = 6,  /**< guard nodes before u = 0: each line of the line solver uses two */
    MUTAU_SOURCE_RIGHT = 3, /**< after u_max: a four-point formula in the last cell needs two */
    MUTAU_SOURCE_ZERO = MUTAU_SOURCE_LEFT,                      /**< the node of u = 0 */
    MUTAU_SOURCE_TOP = MUTAU_SOURCE_LEFT + MUTAU_SOURCE_N_CELL, /**< that of u_max with all cells */
    MUTAU_SOURCE_N_NODE = MUTAU_SOURCE_TOP + 1 + MUTAU_SOURCE_RIGHT,
    MUTAU_SOURCE_N_SERIES = 6,   /**< moments of a cell */
    MUTAU_SOURCE_N_LEGENDRE = 6, /**< and of its polynomial */
    MUTAU_SOURCE_N_RULE = 20     /**< nodes of the Gauss rule */
};

/** Equal cells in u, continued over guard nodes on both sides, and a Gauss rule. */
typedef struct mutau_source_grid {
    int n_cell;      /**< MUTAU_SOURCE_N_CELL at most */
    int top, n_node; /**< the node of u_max; nodes in use, of the room for MUTAU_SOURCE_N_NODE */
    double u_max, step;
    double grow[MUTAU_SOURCE_N_NODE];   /**< e^u on the nodes */
    double shrink[MUTAU_SOURCE_N_NODE]; /**< e^-u */
    /** int w (u - u_mid)^p / p! du over [node, node + 1] */
    double series[MUTAU_SOURCE_N_SERIES][MUTAU_SOURCE_N_NODE];
    /** Coefficients of Legendre's polynomials P_l for w in each cell. */
    double legendre[MUTAU_SOURCE_N_LEGENDRE][MUTAU_SOURCE_N_NODE];
    double total;  /**< int_0^u_max w e^u du */
    bool at_earth; /**< the spectrum arrives as it is; false after init */
    /** sum_k rule_weight[k] f(rule_u[k]) = int_0^u_max w e^u f du / int_0^u_max w e^u du, exact
     * for polynomials f of degree 39: to rounding for all that is as smooth as a power law. */
    double rule_u[MUTAU_SOURCE_N_RULE], rule_weight[MUTAU_SOURCE_N_RULE];
} mutau_source_grid;

/** Prepares the grid for sources up to z_max > 0 in a universe of matter share omega_m.
 * MUTAU_EDOM for what is out of range; MUTAU_ENOMEM. */
mutau_status mutau_source_grid_init(double omega_m, mutau_evolution evolution, double z_max,
                                    mutau_source_grid *out, mutau_error *err) MUTAU_MUST_CHECK;
/** The same with n_cell cells, MUTAU_SOURCE_LEAST_CELLS to MUTAU_SOURCE_N_CELL. */
mutau_status mutau_source_grid_init_cells(double omega_m, mutau_evolution evolution, double z_max,
                                          int n_cell, mutau_source_grid *out,
                                          mutau_error *err) MUTAU_MUST_CHECK;

/** P_0 ... P_5 at s in -1..1. */
static inline void mutau_source_legendre(double s, double value[MUTAU_SOURCE_N_LEGENDRE])
{
    value[0] = 1.0;
    value[1] = s;
    for (int l = 1; l + 1 < MUTAU_SOURCE_N_LEGENDRE; l++)
        value[l + 1] = ((2 * l + 1) * s * value[l] - l * value[l - 1]) / (l + 1);
}

/** w in the cell that begins at a node, at s in -1..1 of it. */
static inline double mutau_source_history(const mutau_source_grid *grid, int cell, double s)
{
    double value[MUTAU_SOURCE_N_LEGENDRE], sum = 0.0;
    mutau_source_legendre(s, value);
    for (int l = 0; l < MUTAU_SOURCE_N_LEGENDRE; l++)
        sum += grid->legendre[l][cell] * value[l];
    return sum;
}

#endif
