/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file log_sum.h
 * The sum of numbers that are known by their logarithms.
 */
#ifndef MUTAU_LOG_SUM_H
#define MUTAU_LOG_SUM_H

#include <stddef.h>

/** ln of the sum of exp(ln_x[i]), without overflow: -infinity for none, or if all are; NaN if one
 * is. */
double mutau_log_sum(size_t n, const double ln_x[]);

#endif
