/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of a chain by the name of what they are of. */
#ifndef MUTAU_DRAWS_INTERNAL_H
#define MUTAU_DRAWS_INTERNAL_H

#include <stdbool.h>

#include "store/chain.h"
#include "analysis/pool.h"

/* The place of a coordinate or a blob; false if there is none of that name. */
bool mutau_draws_find_coordinate(const mutau_chain_info *info, const char *name, size_t *i);
bool mutau_draws_find_blob(const mutau_chain_info *info, const char *name, size_t *i);

/* Whether all numbers are the same, or NaN. */
bool mutau_draws_constant(size_t n, const double x[]);

/* Reads a coordinate, the natural value of a log10 coordinate, or a blob into
 * x[n_row][n_column]; MUTAU_EDATA if there is none of that name. */
mutau_status mutau_draws_read(const mutau_pool *pool, const char *name, double x[],
                              mutau_error *err) MUTAU_MUST_CHECK;

/* The same into new memory, *x, freed by the caller. */
mutau_status mutau_draws_alloc(const mutau_pool *pool, const char *name, double **x,
                               mutau_error *err) MUTAU_MUST_CHECK;

#endif
