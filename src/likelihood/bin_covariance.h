/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file bin_covariance.h
 * The covariance of a data set's bins, from a file, and the decorrelated residuals that chi^2 is
 * made of.
 */
#ifndef MUTAU_BIN_COVARIANCE_H
#define MUTAU_BIN_COVARIANCE_H

#include <stddef.h>

#include "base/status.h"

/** Reads a square CSV table of numbers (with or without a line of names) of n_row rows, one for
 * each row of the data set's table, or of `used` rows, one for each that is used, in their order.
 * row[used], rising, are the used rows' numbers, from 1.  values[used][used] gets the matrix of
 * the used rows, symmetric to the bit, in the unit of the file.
 *
 * `path` is the name of text[size] in messages, `dataset` that of the data set.  MUTAU_EDATA, with
 * line and column, or row and column: another shape, what is no number, a matrix that is not
 * symmetric to 1e-6 of sqrt(C_ii C_jj) or not positive definite (GSL's Cholesky: the default
 * handler of GSL, which aborts the process, must be off); MUTAU_ENOMEM. */
mutau_status mutau_bin_covariance_read(const char *path, const char *text, size_t size,
                                       const char *dataset, size_t n_row, size_t used,
                                       const size_t row[], double values[],
                                       mutau_error *err) MUTAU_MUST_CHECK;

/** w[n][n] = L^-1, C = L L^T, lower triangular with zeros above: r^T C^-1 r = |w r|^2.
 * c[n][n] is positive definite: else MUTAU_EDOM (GSL's handler off).  MUTAU_ENOMEM. */
mutau_status mutau_bin_covariance_whiten(size_t n, const double c[], double w[],
                                         mutau_error *err) MUTAU_MUST_CHECK;

#endif
