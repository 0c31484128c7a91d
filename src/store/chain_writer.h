/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain object and its writing half. */
#ifndef MUTAU_CHAIN_WRITER_H
#define MUTAU_CHAIN_WRITER_H

#include "chain_internal.h"

typedef struct mutau_chain_writer mutau_chain_writer;

struct mutau_chain {
    mutau_chain_content content; /* as committed; burn-in, verdict and checks: as next */
    mutau_chain_reader *reader;  /* NULL in a writer */
    mutau_chain_writer *writer;  /* NULL in a reader */
    size_t scratch_rows;
    double *scratch; /* [scratch_rows][n_walker][the widest field] */
};

mutau_status mutau_chain_alloc_scratch(mutau_chain *chain, mutau_error *err) MUTAU_MUST_CHECK;
/** Numbers per walker of a field. */
size_t mutau_chain_width(const mutau_chain_info *info, mutau_chain_field field);
/** Rows of one field of one ensemble: rows[n_row][n_walker][width]. */
mutau_status mutau_chain_read_rows(mutau_chain *chain, size_t i_ensemble, mutau_chain_field field,
                                   size_t first, size_t n_row, double rows[],
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** Writes all committed rows of `from` into the empty `chain` of the same shape. */
mutau_status mutau_chain_writer_copy(mutau_chain *chain, mutau_chain *from,
                                     mutau_error *err) MUTAU_MUST_CHECK;
/** Releases the lock, removes what is not published; NULL allowed. */
void mutau_chain_writer_free(mutau_chain_writer *writer);
mutau_status mutau_chain_writer_rows(mutau_chain *chain, size_t i_ensemble, mutau_chain_field field,
                                     size_t first, size_t n_row, double rows[],
                                     mutau_error *err) MUTAU_MUST_CHECK;

#endif
