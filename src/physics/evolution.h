/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file evolution.h
 * The history of the sources: their density per comoving volume W(z), of arbitrary norm, by a name,
 * as a broken power of 1 + z, or as a table.  All functions are pure.
 *
 * Marks as of priors/README.md: F formula and numbers found in the source that is named, R recalled
 * and not verified.
 */
#ifndef MUTAU_EVOLUTION_H
#define MUTAU_EVOLUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

typedef enum mutau_evolution_kind {
    /** [(1+z)^-34 + ((1+z)/5161)^3 + ((1+z)/9.06)^35]^(-1/10), F: star formation, Yuksel, Kistler,
     * Beacom, Hopkins, arXiv:0804.4008.  The paper's. */
    MUTAU_EVOLUTION_YUKSEL2008,
    /** F, of x = log10(1+z): 10^(3.28x - 1.82) below x = 0.30963, 10^(-0.26x - 0.724) below
     * x = 0.73878, 10^(-8x + 4.99) above, where it steps down by 1 %: star formation, Hopkins,
     * Beacom, astro-ph/0601463. */
    MUTAU_EVOLUTION_HOPKINS_BEACOM2006,
    /** (1+z)^2.7/[1 + ((1+z)/2.9)^5.6], F: star formation, Madau, Dickinson, arXiv:1403.0007. */
    MUTAU_EVOLUTION_MADAU_DICKINSON2014,
    /** (1+z)^5/[1 + ((1+z)/1.5)^6.1], F: star formation, Strolger et al., arXiv:1509.06574. */
    MUTAU_EVOLUTION_CANDELS2015,
    /** 1: as many in every comoving volume. */
    MUTAU_EVOLUTION_NONE,
    /** (1+z)^5 up to z = 1.7, flat up to 2.7, then times 10^(-0.43 (z - 2.7)), R: active nuclei. */
    MUTAU_EVOLUTION_AGN,
    /** (1+z)^5.7 up to z = 1.7, then times e^(-(z - 1.7)/0.7), R: radio quasars of flat spectrum.
     */
    MUTAU_EVOLUTION_FSRQ,
    /** (1+z)^2.07 up to z = 3.6, then as (1+z)^-0.7, F: gamma-ray bursts, Lien et al.,
     * arXiv:1311.4567. */
    MUTAU_EVOLUTION_GRB,
    /** (1+z)^-3, R: BL Lacertae objects of low power. */
    MUTAU_EVOLUTION_BL_LAC,
    MUTAU_EVOLUTION_N_NAMED,
    MUTAU_EVOLUTION_POWER = MUTAU_EVOLUTION_N_NAMED, /**< a broken power of 1 + z */
    MUTAU_EVOLUTION_TABLE,
    MUTAU_EVOLUTION_N_KIND
} mutau_evolution_kind;

/** Names of those that have one, in the order of the kinds, ended by NULL. */
extern const char *const mutau_evolution_names[];

/** Formula and source of a named kind, for help; NULL for the others.  The first letter of the
 * source is its mark. */
const char *mutau_evolution_formula(int kind);
const char *mutau_evolution_reference(int kind);

/** {0} is yuksel2008. */
typedef struct mutau_evolution {
    int kind; /**< mutau_evolution_kind */
    /** Of POWER: W = (1+z)^power up to z_break, and goes on as (1+z)^power_after; no break:
     * INFINITY. */
    double power, z_break, power_after;
    /** Of TABLE, not owned: z[n] rising, w[n] >= 0.  Between two rows a power of 1 + z, straight in
     * ln(1+z) where one of them is 0; beyond the table its first and last piece go on. */
    size_t n;
    const double *z, *w;
} mutau_evolution;

/** W at 1 + z = one_plus_z, for an evolution that mutau_evolution_check passes. */
double mutau_cosmology_sources(mutau_evolution evolution, double one_plus_z);

/** Whether it serves for sources up to z_max: MUTAU_EDOM says what is wrong with its kind, its
 * numbers, or its table, which must have two rows or more, cover 0 to z_max and have sources
 * there. */
mutau_status mutau_evolution_check(const mutau_evolution *evolution, double z_max,
                                   mutau_error *err) MUTAU_MUST_CHECK;

#endif
