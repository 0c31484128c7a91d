/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mixing.h
 * Neutrino masses and mixing: the NuFIT best fits, the masses that belong to a
 * given sum, and the mixing matrix.  States are counted 1, 2, 3 as usual (index
 * 0, 1, 2 here); flavours are e, mu, tau.  All functions are pure.
 */
#ifndef MUTAU_MIXING_H
#define MUTAU_MIXING_H

#include <complex.h>
#include <stddef.h>

#include "base/option.h"
#include "base/parameter_set.h"
#include "base/status.h"

typedef enum mutau_ordering { MUTAU_ORDERING_NORMAL, MUTAU_ORDERING_INVERTED } mutau_ordering;

/** The run file's model.neutrinos. */
typedef struct mutau_neutrino_settings {
    int mixing;   /**< index into mutau_mixing_names */
    int ordering; /**< mutau_ordering */
} mutau_neutrino_settings;

/** NULL-terminated names of the NuFIT presets ("nufit-5.0", ...). */
extern const char *const mutau_mixing_names[];

/** Its options, with offsets into the settings. */
extern const mutau_option mutau_neutrino_options[];
extern const size_t mutau_neutrino_option_count;

/** Its one parameter: the sum of the masses in eV. */
enum { MUTAU_MIXING_SUM, MUTAU_MIXING_N_PARAMETER };
extern const mutau_parameter_spec mutau_mixing_parameters[MUTAU_MIXING_N_PARAMETER];

/** One best fit: angles and CP phase in degrees, splittings in eV^2. */
typedef struct mutau_mixing {
    double theta12, theta13, theta23, delta_cp;
    double dm21;            /**< m2^2 - m1^2 > 0 */
    double dm3l;            /**< m3^2 - m1^2 > 0 (normal) or m3^2 - m2^2 < 0 (inverted) */
    const char *provenance; /**< F: found where, R: recalled and not verified */
} mutau_mixing;

typedef struct mutau_mixing_matrix {
    double complex u[3][3]; /**< [flavour][state] */
} mutau_mixing_matrix;

/** The best fit of `preset` (index into mutau_mixing_names) for mutau_ordering
 * `ordering`; NULL if there is no such preset or ordering. */
const mutau_mixing *mutau_mixing_preset(int preset, int ordering);

/** The least possible sum of the masses in eV: that with a massless lightest state. */
double mutau_mixing_sum_min(const mutau_mixing *mixing);

/** The masses m1, m2, m3 in eV whose sum is sum_ev.  MUTAU_EDOM if the sum is below
 * mutau_mixing_sum_min() or not finite; mass_ev is then unchanged. */
mutau_status mutau_mixing_masses(const mutau_mixing *mixing, double sum_ev, double mass_ev[3],
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** The matrix in the standard parametrisation of the Particle Data Group (Majorana
 * phases drop out of everything here). */
mutau_mixing_matrix mutau_mixing_unitary(const mutau_mixing *mixing);

#endif
