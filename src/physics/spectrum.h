/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file spectrum.h
 * The spectrum that the sources emit, as types: a constant struct of functions for each, in a
 * table.  One is added by a file src/physics/spectrum_NAME.c and a row in spectrum.c.
 *
 * S(E) is the shape in the source's frame, up to a constant factor, equal for the three mass
 * states.  What reaches Earth without interactions is, all states and nu + nubar together
 * (source.h),
 *
 *  dPhi/dE = C A int w e^u S(E e^u) du / int w e^u S(100 TeV e^u) du:
 *
 * A is the flux at Earth at 100 TeV in C, whatever the shape (the paper's eq. 9).  A spectrum
 * without a scale of its own, the power law, arrives with the shape that it was emitted with.
 *
 * p[] are the natural values of a type's n_parameter parameters in the order of its rows; p[0] is A
 * in all types, and a factor that no function here looks at.  The options of a type, which are not
 * sampled, do not come to the functions: once for each point `resolve` works out of parameters and
 * options the p[] that they do get.  All functions are pure.
 *
 * A spectrum by a table has no parameter but A: `tabulate` makes of the table, once, the p[] that
 * its functions get at every point, as many numbers as it needs.
 */
#ifndef MUTAU_SPECTRUM_H
#define MUTAU_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"
#include "base/parameter_set.h"
#include "base/status.h"
#include "physics/derived.h"
#include "physics/source.h"

/** C in GeV^-1 cm^-2 s^-1 sr^-1: A = 1 is 1e-18 per flavour. */
#define MUTAU_SPECTRUM_NORM 3e-18
/** The energy at which C applies, in GeV. */
#define MUTAU_SPECTRUM_PIVOT_GEV 1e5
/** The most parameters that a type can have, and, but for a table, the most numbers that its
 * functions get. */
#define MUTAU_SPECTRUM_MAX_PARAMETERS 8

/** Bytes of a line of `doubt`. */
enum { MUTAU_SPECTRUM_DOUBT_SIZE = 160 };

typedef struct mutau_spectrum_type {
    const char *name;      /**< of the run file's model.source.spectrum */
    const char *formula;   /**< of S */
    const char *doc;       /**< one line */
    const char *reference; /**< who uses it, and with what values */
    size_t n_parameter;
    const mutau_parameter_spec *parameters; /**< [n_parameter], A first */
    const mutau_option *options;            /**< its YAML options; NULL: none */
    size_t n_option;
    size_t settings_size; /**< bytes of the settings struct that `options` fill */

    /** Out of natural[n_parameter] and the settings the p[] of the functions below, p[0] being A.
     * NULL: p[] are the natural values. */
    void (*resolve)(const void *settings, const double natural[],
                    double p[MUTAU_SPECTRUM_MAX_PARAMETERS]);

    /** Of a spectrum by a table the p[] of the functions below, p[0] being 1; freed with free().
     * MUTAU_EDOM as of mutau_spectrum_table_check; MUTAU_ENOMEM.  NULL for others. */
    mutau_status (*tabulate)(const mutau_spectrum_table *table, double **p, mutau_error *err);

    /** S at x = ln(E / 100 TeV). */
    double (*shape)(const double p[], double x);

    /** e_lo_gev int_0^width S(x_lo + t) e^t dt, width > 0: with x_lo = ln(e_lo / 100 TeV) the
     * integral of S dE in GeV over e_lo ... e_lo e^width, with u more that of what a source at u
     * sends into the bin.  Accurate to 1e-12 wherever it is a number. */
    double (*integral)(const double p[], double e_lo_gev, double x_lo, double width);

    /** out[i] = integral of the n bins, to rounding: all at once.  NULL: one after the other. */
    void (*integrals)(const double p[], size_t n, const double e_lo_gev[], const double x_lo[],
                      const double width[], double out[]);

    /** S along the line of sight: s[i] = S at x + u[i].  What a solver needs of any spectrum. */
    void (*along)(const double p[], double x, size_t n, const double u[], double s[]);

    /** share[node] = e^(-x) int_u^u_max w e^v S(x + v - u) dv / (the same over all sources with
     * u = 0), on the nodes of the grid: what is injected beyond the node, seen at its comoving
     * energy E e^-u, over all that is free at E.  A spectrum without a scale has it in closed form,
     * for every E the same; NULL for one with a scale. */
    void (*share)(const double p[], const mutau_source_grid *grid,
                  double share[restrict MUTAU_SOURCE_N_NODE]);

    /** What hardly can be meant of parameters that are all within lo[]..hi[] (natural values, equal
     * where one is fixed) and of bins between e_lo_gev and e_hi_gev at Earth, with sources up to
     * z_max, as part of a line; false if there is nothing to say.  NULL:
     * there never is. */
    bool (*doubt)(const double lo[], const double hi[], double e_lo_gev, double e_hi_gev,
                  double z_max, char text[MUTAU_SPECTRUM_DOUBT_SIZE]);

    /** Where its break, cutoff or peak is at Earth, an energy; NULL: it has none. */
    const mutau_derived *derived;
    /** The energy of that in GeV, for sources of which at_earth says where they are. */
    double (*at_earth)(const double p[], const mutau_source_grid *grid);

    /* The three of a spectrum with kinks, about which no quadrature may step; NULL for others,
     * which bend little over a cell of the source grid. */

    /** out[node] = int_u^u_max w e^v S(x + v - u) dv / int_0^u_max w e^v dv. */
    void (*beyond)(const double p[], const mutau_source_grid *grid, double x,
                   double out[restrict MUTAU_SOURCE_N_NODE]);
    /** The mean over the sources of S at x in their frames. */
    double (*free)(const double p[], const mutau_source_grid *grid, double x);
    /** out[i] = the mean over the sources of the integral of S(E e^u) dE over each of n bins. */
    void (*free_bins)(const double p[], const mutau_source_grid *grid, size_t n,
                      const double e_lo_gev[], const double x_lo[], const double width[],
                      double out[]);
} mutau_spectrum_type;

/** The types, ended by NULL; the first is the default. */
extern const mutau_spectrum_type *const mutau_spectrum_types[];

/** S = (E/100 TeV)^-gamma: spectrum_power_law.c. */
extern const mutau_spectrum_type mutau_spectrum_power_law;
/** S = (E/100 TeV)^-(alpha + beta log10(E/100 TeV)): spectrum_log_parabola.c. */
extern const mutau_spectrum_type mutau_spectrum_log_parabola;
/** S = (E/E_b)^-gamma_1 below E_b and ^-gamma_2 above: spectrum_broken_power_law.c. */
extern const mutau_spectrum_type mutau_spectrum_broken_power_law;
/** S = (E/100 TeV)^-gamma e^(-E/E_c): spectrum_cutoff.c. */
extern const mutau_spectrum_type mutau_spectrum_cutoff;
/** S = (E/100 TeV)^-gamma_1 e^(-E/E_c) + r (E/100 TeV)^-gamma_2: spectrum_two_component.c. */
extern const mutau_spectrum_type mutau_spectrum_two_component;
/** S = (E/100 TeV)^-gamma + h (E/100 TeV)^-2 e^(-ln(E/E_p)^2/(2 w^2)): spectrum_bump.c. */
extern const mutau_spectrum_type mutau_spectrum_bump;
/** S of a table: spectrum_table.c. */
extern const mutau_spectrum_type mutau_spectrum_by_table;
/** Settings of the log-parabola. */
typedef struct mutau_log_parabola_settings {
    double pivot_gev; /**< where the index is alpha; 0: MUTAU_SPECTRUM_PIVOT_GEV */
} mutau_log_parabola_settings;

/** p[] from natural[n_parameter] by the type's options. */
void mutau_spectrum_resolve(const mutau_spectrum_type *type, const mutau_spectrum_settings *options,
                            const double natural[], double p[MUTAU_SPECTRUM_MAX_PARAMETERS]);

/** Whether the table is a spectrum: MUTAU_EDOM says which row is not, the first being 1. */
mutau_status mutau_spectrum_table_check(const mutau_spectrum_table *table,
                                        mutau_error *err) MUTAU_MUST_CHECK;

/** The type at `index` of the table; NULL if there is none. */
const mutau_spectrum_type *mutau_spectrum_at(int index);
/** The one of that name, or NULL. */
const mutau_spectrum_type *mutau_spectrum_find(const char *name);

/** Whether the spectrum arrives with the shape that it was emitted with. */
bool mutau_spectrum_is_scale_free(const mutau_spectrum_type *type);

/** The integrals of n bins, out[n], by `integrals` or `integral`. */
void mutau_spectrum_integrals(const mutau_spectrum_type *type, const double p[], size_t n,
                              const double e_lo_gev[], const double x_lo[], const double width[],
                              double out[]);

/** The factor that makes A the flux at 100 TeV, for the functions below: 1 without a scale. */
double mutau_spectrum_scale(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                            const double p[]);

/** The free flux at Earth over C A at the energy in GeV. */
double mutau_spectrum_free(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                           const double p[], double scale, double energy_gev);

/** Its integrals in GeV over n bins e_lo_gev ... e_lo_gev e^width, x_lo = ln(e_lo / 100 TeV). */
void mutau_spectrum_free_bins(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                              const double p[], double scale, size_t n, const double e_lo_gev[],
                              const double x_lo[], const double width[], double out[]);

/** What arrives freely of a spectrum by a table, which no point changes. */
typedef struct mutau_spectrum_arrival {
    double scale; /**< mutau_spectrum_scale */
    double *bins; /**< owned; [n] as of mutau_spectrum_free_bins; NULL: not of such a spectrum */
} mutau_spectrum_arrival;

/** Of p[]; {0} where p is NULL.  MUTAU_ENOMEM. */
mutau_status mutau_spectrum_arrival_init(const mutau_spectrum_type *type,
                                         const mutau_source_grid *grid, const double p[], size_t n,
                                         const double e_lo_gev[], const double x_lo[],
                                         const double width[], mutau_spectrum_arrival *out,
                                         mutau_error *err) MUTAU_MUST_CHECK;
void mutau_spectrum_arrival_release(mutau_spectrum_arrival *arrival);

#endif
