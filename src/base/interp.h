/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file interp.h
 * One-dimensional table interpolation, set up once and read by any number of
 * threads.  The values are those of GSL's interpolation types, to the last bit.
 */
#ifndef MUTAU_INTERP_H
#define MUTAU_INTERP_H

#include <stddef.h>

#include "base/status.h"

typedef enum mutau_interp_kind {
    MUTAU_INTERP_LINEAR,     /**< straight lines in (x, y) */
    MUTAU_INTERP_LOG_LOG,    /**< straight lines in (ln x, ln y): a power law between rows */
    MUTAU_INTERP_CUBIC,      /**< natural cubic spline in (x, y) */
    MUTAU_INTERP_LOG_X_CUBIC /**< natural cubic spline in (ln x, y) */
} mutau_interp_kind;

typedef struct mutau_interp mutau_interp;

/** Copies the n rows (x strictly increasing, finite; positive where a logarithm
 * is taken; n >= 2, >= 3 for cubic) into a new table, freed by mutau_interp_free.
 * MUTAU_EDOM says which row is wrong; MUTAU_ENOMEM. */
mutau_status mutau_interp_alloc(mutau_interp_kind kind, size_t n, const double x[],
                                const double y[], mutau_interp **out,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** Frees `table`; NULL allowed. */
void mutau_interp_free(mutau_interp *table);

/** y at x; NaN outside [x_min, x_max] and for NaN.  Thread-safe, allocates nothing. */
double mutau_interp_eval(const mutau_interp *table, double x);

/** The same of two tables of the same kind with the same rows of x. */
void mutau_interp_eval_two(const mutau_interp *table, const mutau_interp *other, double x,
                           double *y, double *y_other);

/** The range of x that the table covers. */
double mutau_interp_min(const mutau_interp *table);
double mutau_interp_max(const mutau_interp *table);

#endif
