/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file term.h
 * A prior term: a measurement other than the neutrino flux that constrains
 * (m_Z', g').  Each term is a constant description with its functions and lives
 * with its inputs in priors/.
 */
#ifndef MUTAU_TERM_H
#define MUTAU_TERM_H

#include <stddef.h>

#include "mutau/option.h"
#include "mutau/status.h"

/** How sure we are of a number: see priors/README.md. */
typedef enum mutau_mark {
    MUTAU_MARK_FOUND,   /**< F: read in a named source */
    MUTAU_MARK_DERIVED, /**< D: derived and checked numerically for this project */
    MUTAU_MARK_RECALLED /**< R: recalled, not verified against its source */
} mutau_mark;

#define MUTAU_TERM_MAX_COLUMNS 3

/** A column of an input file; what is plausible in it. */
typedef struct mutau_term_column {
    const char *name;
    mutau_plausible_kind kind;
} mutau_term_column;

/** An input file, a CSV table, and the columns that the term uses, those behind the last empty. */
typedef struct mutau_term_input {
    const char *file; /**< NULL ends a list */
    mutau_term_column columns[MUTAU_TERM_MAX_COLUMNS + 1];
} mutau_term_input;

typedef struct mutau_term_type {
    const char *name;            /**< key in the run file's `terms` */
    const char *doc;             /**< one line */
    const char *reference;       /**< where formula and numbers come from */
    mutau_mark mark;             /**< the least sure of its default inputs */
    const mutau_option *options; /**< its YAML options */
    size_t n_option;
    const char *shorthand; /**< the option that a bare scalar sets (`g-2: wp2020`); NULL: none */
    const mutau_term_input *inputs; /**< its input files; NULL: none */
    size_t settings_size;           /**< bytes of the settings struct that `options` fill, <= 512 */

    /** Builds the term's state from its settings; MUTAU_ECONFIG if they do not go together
     * (each alone is within its range).  `data_dir` names folders, one a line, the last of which
     * has the shipped data sets.  Inputs are taken from the first folder that has them, or else
     * from "priors" beside the last (as in the source tree and as installed). Tables are set up
     * here.  On failure *state is NULL.  Freed with `free`, NULL allowed. */
    mutau_status (*alloc)(const void *settings, const char *data_dir, void **state,
                          mutau_error *err);
    void (*free)(void *state);

    /** ln L(m, g'), no additive constant: m_zprime_mev > 0, g_prime >= 0.  At g' = 0 it
     * is the Standard Model's value whatever the mass.  Thread-safe, allocates
     * nothing, no quadrature.  Beyond the mass range it may be NaN (unless g' = 0). */
    double (*lnl)(const void *state, double m_zprime_mev, double g_prime);

    /** The masses in MeV that the term's inputs cover. */
    void (*mass_range)(const void *state, double *min_mev, double *max_mev);
} mutau_term_type;

/** All terms, ended by NULL, in the order in which they are evaluated and stored. */
extern const mutau_term_type *const mutau_term_types[];

/** An input file as it was found. */
typedef struct mutau_term_table {
    char *path; /**< owned */
    char *text; /**< owned; its bytes */
    size_t size, n_row, n_column;
    double *values; /**< owned; [n_row][n_column], the columns that are used */
    char *warning;  /**< owned; one line on values that are hardly meant; NULL if there are none */
} mutau_term_table;

/** Reads an input of the term, looked for as by `alloc`.  MUTAU_EDATA as of mutau/table.h and for
 * values that cannot be, MUTAU_EIO, MUTAU_ENOMEM; nothing is to be released then. */
mutau_status mutau_term_table_read(const char *data_dir, const mutau_term_type *type,
                                   const mutau_term_input *input, mutau_term_table *out,
                                   mutau_error *err) MUTAU_MUST_CHECK;
void mutau_term_table_release(mutau_term_table *table);

/** The term of that name, or NULL. */
const mutau_term_type *mutau_term_find(const char *name);

/** Delta a_mu of the muon at one loop, the g-2 term's own function and the derived
 * quantity of every run; formula and reference in priors/g2.c.  Allocation tabulates
 * the loop integral (some milliseconds); MUTAU_ENOMEM. */
typedef struct mutau_g2 mutau_g2;
mutau_status mutau_g2_alloc(mutau_g2 **out, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_g2_free(mutau_g2 *g2);
/** Delta a_mu = g'^2 K(m), m in MeV: relative error < 1e-8 for m in [1e-3, 1e6]; below
 * and above that K's limits, to 1e-4 and 1e-6.  Thread-safe, allocates nothing, no
 * quadrature. */
double mutau_g2_delta_a_mu(const mutau_g2 *g2, double m_zprime_mev, double g_prime);

#endif
