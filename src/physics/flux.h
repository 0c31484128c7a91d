/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file flux.h
 * From model parameters to the neutrino flux at Earth and its bin integrals: the
 * one door through which the rest of mutau uses the physics.
 */
#ifndef MUTAU_FLUX_H
#define MUTAU_FLUX_H

#include <stdbool.h>
#include <stddef.h>

#include "physics/cosmology.h"
#include "physics/mediator.h"
#include "physics/mixing.h"
#include "base/parameter_set.h"
#include "physics/solver.h"
#include "physics/source.h"
#include "base/status.h"

/** Everything that is fixed for a run.  Zeroed, with the defaults of the option tables, it is the
 * paper's model. */
typedef struct mutau_flux_settings {
    int mediator;          /**< mutau_mediator_kind */
    int cross_section;     /**< mutau_cross_section; ignored for a scalar */
    int crossing;          /**< mutau_crossing */
    int solver;            /**< index into mutau_solver_types */
    bool table;            /**< a table of the solver's rows for mutau_flux_bins_of_many */
    int cells;             /**< of the solver; 0: as many as it has (solver.h) */
    int targets;           /**< mutau_targets */
    double tolerance;      /**< of the grid solver in the worst bin; 0: 1e-3 */
    double tail_tolerance; /**< of auto (solver.h); 0: MUTAU_SOLVER_TAIL_TOLERANCE */
    mutau_neutrino_settings neutrinos;
    mutau_cosmology_settings cosmology;
    mutau_source_settings source;
} mutau_flux_settings;

/** The parameters of the model: the rows of the mediator, of the spectrum, of free flavours at the
 * source, of the neutrinos.  A
 * point of it, `at` below, has their natural values in this order; for a scalar mediator the
 * mediator's are its mass and coupling.  MUTAU_EDOM if there is no such spectrum. */
mutau_status mutau_flux_parameter_set(const mutau_flux_settings *settings, mutau_parameter_set *out,
                                      mutau_error *err) MUTAU_MUST_CHECK;

/** Whether there can be a boson: not where the spectrum's energies are those at Earth, which says
 * nothing of what is injected where.  The coupling must be 0 then. */
bool mutau_flux_takes_coupling(const mutau_flux_settings *settings);

/** The weights of the flavours in a bin integral: sum_alpha weight[alpha] Phi_alpha. */
typedef struct mutau_flux_bin {
    double e_lo_gev, e_hi_gev;
    double weight[3]; /**< e, mu, tau */
} mutau_flux_bin;

/** Shared by threads; read-only after alloc but for its table, which may be filled by all of them.
 */
typedef struct mutau_flux mutau_flux;
/** One per thread. */
typedef struct mutau_flux_workspace mutau_flux_workspace;

/** Sets up everything that does not depend on the parameters.  With sum_mnu_fixed the
 * masses of `sum_mnu_ev` are computed here (a point with another sum is as right, but
 * slower); else it is any legal value.  bins[n_bin] are copied; n_bin may be 0.
 * MUTAU_EDOM: settings or bins out of range, sum below its minimum; MUTAU_ENOMEM. */
mutau_status mutau_flux_alloc(const mutau_flux_settings *settings, double sum_mnu_ev,
                              bool sum_mnu_fixed, size_t n_bin, const mutau_flux_bin bins[],
                              mutau_flux **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_flux_free(mutau_flux *flux);

/** NULL if no memory is left.  Serves every call with this `flux`. */
mutau_flux_workspace *mutau_flux_workspace_alloc(const mutau_flux *flux);
/** NULL allowed. */
void mutau_flux_workspace_free(mutau_flux_workspace *ws);

/** The least possible sum of the neutrino masses in eV for mixing preset and ordering;
 * NaN if there is no such preset or ordering. */
double mutau_flux_sum_mnu_min(int mixing, int ordering);

/** Bin integrals n[n_bin] of sum_alpha weight dPhi/dE in cm^-2 s^-1 sr^-1 (nu + nubar).
 * The grid solver allocates its mesh in the workspace at the first march, and again when the masses
 * change, which takes milliseconds: MUTAU_ENOMEM; all else allocates nothing.  MUTAU_EDOM for
 * parameters outside the ranges of their rows, free flavours of which e and mu are more than all, a
 * sum of the masses below its minimum, or a coupling above 0 with a spectrum at Earth; MUTAU_ENAN
 * if a result is not finite.  The value does not depend on earlier calls. */
mutau_status mutau_flux_bins(const mutau_flux *flux, mutau_flux_workspace *ws, const double at[],
                             double n[], mutau_error *err) MUTAU_MUST_CHECK;

/** The same for bins whose edges are e^ln_scale[n_bin] times as high, each bin with its own: of a
 * power law without a boson that is e^((1-gamma) ln_scale) of the bin, to rounding; with a boson,
 * and of another spectrum, the solver reads its solution at the new edges, as exactly as at those
 * that it was made for.  Never off a table. */
mutau_status mutau_flux_bins_scaled(const mutau_flux *flux, mutau_flux_workspace *ws,
                                    const double at[], const double ln_scale[], double n[],
                                    mutau_error *err) MUTAU_MUST_CHECK;

/** The same as mutau_flux_bins for one of many points: off the table, if there is one and it serves
 * the point, and then to mutau_flux_table_error of each bin; else just as mutau_flux_bins.  The
 * first points in a region cost up to sixteen solutions, later ones a third of one.  What the table
 * keeps is allocated here, up to MUTAU_FLUX_TABLE_BYTES, but no failure of that is one of the call,
 * and the value does not depend on it, on other threads, or on earlier calls. */
mutau_status mutau_flux_bins_of_many(const mutau_flux *flux, mutau_flux_workspace *ws,
                                     const double at[], double n[],
                                     mutau_error *err) MUTAU_MUST_CHECK;

enum { MUTAU_FLUX_TABLE_BYTES = 64 << 20 };

/** Whether the point comes off a table in mutau_flux_bins_of_many. */
bool mutau_flux_has_table_at(const mutau_flux *flux, const double at[]);

/** The worst relative difference of a bin between the table and the solver; 0 without a table. */
double mutau_flux_table_error(const mutau_flux *flux);

/** dPhi/dE at energy_gev[n]: flavour[n][3] (e, mu, tau) and state[n][3] (1, 2, 3),
 * either may be NULL, in GeV^-1 cm^-2 s^-1 sr^-1.  Errors as of mutau_flux_bins, and
 * MUTAU_EDOM for an energy that is not positive and finite. */
mutau_status mutau_flux_spectrum(const mutau_flux *flux, mutau_flux_workspace *ws,
                                 const double at[], size_t n, const double energy_gev[],
                                 double flavour[], double state[],
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** The optical depth off resonance, T = 4 (n0/H0) kappa g'^4/m^2, with which the line solver's
 * error grows (solver.h). */
double mutau_flux_tail_depth(const mutau_flux *flux, const double at[]);

/** The solver that solves at the point: of `auto`, line or grid. */
const mutau_solver_type *mutau_flux_solver_at(const mutau_flux *flux, const double at[]);

/** The relative error of the worst bin that the solver states for the point. */
double mutau_flux_bin_error(const mutau_flux *flux, const double at[]);

/** Whether a point of many costs a march of the grid solver, some hundred microseconds, where
 * others cost some. */
bool mutau_flux_is_costly_at(const mutau_flux *flux, const double at[]);

#endif
