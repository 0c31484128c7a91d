/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of the model that a chain's draws are. */
#ifndef MUTAU_POINTS_INTERNAL_H
#define MUTAU_POINTS_INTERNAL_H

#include <stddef.h>

#include "analysis/pool.h"
#include "posterior/run_settings.h"

/* Reads the natural values of the i-th parameter of the settings' model into
 * x[n_row * n_column]: from the blob of that name, whose bits are those that the model had, else
 * from the coordinate, else its fixed value.  MUTAU_EDATA if there is none of them. */
mutau_status mutau_points_read(const mutau_pool *pool, const mutau_run_settings *settings, size_t i,
                               double x[], mutau_error *err) MUTAU_MUST_CHECK;

/* All of them, (*points)[n_row * n_column][settings->set.n], freed by the caller; NaN for what the
 * chain has not got. */
mutau_status mutau_points_alloc(const mutau_pool *pool, const mutau_run_settings *settings,
                                double **points, mutau_error *err) MUTAU_MUST_CHECK;

#endif
