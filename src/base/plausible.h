/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file plausible.h
 * Which values of a physical quantity can be meant: the one place that knows from where on a
 * number in a table or a run file is more likely a slip of the unit than a measurement.
 * Pure; thread-safe.
 */
#ifndef MUTAU_PLAUSIBLE_H
#define MUTAU_PLAUSIBLE_H

/** The quantities; the ranges and their reasons are in plausible.c and data/README.md. */
typedef enum mutau_plausible_kind {
    MUTAU_PLAUSIBLE_ANY,            /**< everything is plausible */
    MUTAU_PLAUSIBLE_ENERGY,         /**< of a neutrino at Earth, GeV */
    MUTAU_PLAUSIBLE_E2PHI,          /**< best fit, GeV cm^-2 s^-1 sr^-1 */
    MUTAU_PLAUSIBLE_E2PHI_REACH,    /**< its upper edge, or a limit: what an experiment can see */
    MUTAU_PLAUSIBLE_RELATIVE_ERROR, /**< of a flux */
    MUTAU_PLAUSIBLE_MASS,           /**< of the boson, MeV */
    MUTAU_PLAUSIBLE_LINE_MASS,      /**< of a boson whose line is in a neutrino spectrum, MeV */
    MUTAU_PLAUSIBLE_COUPLING,       /**< g' */
    MUTAU_PLAUSIBLE_AMPLITUDE,      /**< A */
    MUTAU_PLAUSIBLE_INDEX,          /**< gamma */
    MUTAU_PLAUSIBLE_SUM_MNU,        /**< eV */
    MUTAU_PLAUSIBLE_EXPOSURE,       /**< muons on target */
    MUTAU_PLAUSIBLE_N_KIND
} mutau_plausible_kind;

typedef enum mutau_plausible_verdict {
    MUTAU_IS_PLAUSIBLE,
    MUTAU_IS_IMPLAUSIBLE, /**< worth a warning */
    MUTAU_IS_IMPOSSIBLE   /**< an error */
} mutau_plausible_verdict;

#define MUTAU_PLAUSIBLE_SIZE 320

/** Judges a finite value.  Unless it is plausible, the text says why not, and which other unit
 * would make it so: "1.6 GeV cm^-2 s^-1 sr^-1: above ... (...); is it in ...?"; else it is "". */
mutau_plausible_verdict mutau_plausible_judge(mutau_plausible_kind kind, double value,
                                              char text[MUTAU_PLAUSIBLE_SIZE]);

#endif
