/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file draw_table.h
 * All kept draws of one or several chain files of one run, as other programs want them: named
 * columns with labels and bounds, and the rows of each walker one after the other, which is the
 * order in which an autocorrelation can be found.
 *
 * A table is read-only once it is read, and threads may share it; it is all in memory, 8 bytes a
 * number.
 */
#ifndef MUTAU_DRAW_TABLE_H
#define MUTAU_DRAW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/chain.h"
#include "base/name.h"
#include "base/status.h"
#include "posterior/run_settings.h"

typedef enum mutau_draw_kind {
    MUTAU_DRAW_SAMPLED, /**< a stored coordinate */
    MUTAU_DRAW_DERIVED, /**< the natural value of a log10 coordinate, or a derived quantity */
    MUTAU_DRAW_LN_LIKE  /**< ln L of one part of the likelihood; none of a target */
} mutau_draw_kind;

/** Room for a name and what is added to it, and for its symbol with a unit. */
enum { MUTAU_DRAW_NAME_SIZE = MUTAU_NAME_SIZE + 16, MUTAU_DRAW_LATEX_SIZE = 256 };
/** What the names of columns with ln L begin with. */
#define MUTAU_DRAW_LN_LIKE_PREFIX "lnl_"

typedef struct mutau_draw_column {
    mutau_draw_kind kind;
    char stored[MUTAU_DRAW_NAME_SIZE]; /**< as in the chain file, of ln L without its prefix */
    /** The same (with its prefix) in ASCII letters, digits and _ alone, unlike any other and any
     * word that one of the formats has a meaning for. */
    char name[MUTAU_DRAW_NAME_SIZE];
    char latex[MUTAU_DRAW_LATEX_SIZE]; /**< symbol and unit, for mathematics */
    char unit[MUTAU_DRAW_NAME_SIZE];   /**< "" for a pure number */
    double lo, hi;                     /**< its support, infinite where it has no edge */
    const mutau_parameter *parameter;  /**< whose coordinate it is, in `settings`; NULL: of none */
    double *x;                         /**< [n_column][n_row] */
} mutau_draw_column;

typedef struct mutau_draw_table {
    mutau_run_settings *settings;       /**< owned; of the run but for its data and terms */
    char version[MUTAU_DRAW_NAME_SIZE]; /**< of the mutau that sampled the first file */
    size_t n_ensemble, n_walker;        /**< of all files; per ensemble */
    size_t n_column, n_row;             /**< walkers of all ensembles; kept rows of each */
    size_t stride;                      /**< every stride-th stored row is kept */
    size_t n;
    mutau_draw_column *columns; /**< [n] owned; sampled, derived, ln L */
    double *log_prob;           /**< [n_column][n_row] owned; in the stored coordinates */
    double *chi2;               /**< [n_column][n_row] owned; of the flux data; NULL: not stored */
    bool converged;             /**< as mutau_diagnosis_compute has it */
    size_t n_problem;           /**< that it found */
} mutau_draw_table;

/** Every how manieth row is kept: a number >= 1, or half the autocorrelation time. */
#define MUTAU_DRAW_THIN_AUTO 0

/** Reads chains[n_chain], each without its burn-in and no row beyond those of mutau_chain_rows; of
 * files of unequal length the last rows, as many as the shortest has.  Of these every stride-th is
 * kept, the stride-th first, as emcee's get_chain(discard, thin) keeps them.  MUTAU_EUSAGE if that
 * leaves none; otherwise as mutau_diagnosis_compute.  Freed with mutau_draw_table_free. */
mutau_status mutau_draw_table_read(size_t n_chain, mutau_chain *const chains[], size_t stride,
                                   mutau_draw_table **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_draw_table_free(mutau_draw_table *table);

/** The number of columns of a kind, and the i-th of them; NULL beyond the last. */
size_t mutau_draw_table_count(const mutau_draw_table *table, mutau_draw_kind kind);
const mutau_draw_column *mutau_draw_table_at(const mutau_draw_table *table, mutau_draw_kind kind,
                                             size_t i);

#endif
