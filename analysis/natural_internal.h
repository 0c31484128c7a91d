/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file natural_internal.h
 * Quantities that are a monotone function of one sampled coordinate: the natural value of a
 * log10 coordinate, and a derived quantity where it depends on one free parameter only.
 *
 * Highest density means highest per unit of something.  Here that is the coordinate which is
 * sampled and stored, in which the prior is stated; a function of it has the same region in
 * its own values.  Private to analysis; thread-safe.
 */
#ifndef MUTAU_NATURAL_INTERNAL_H
#define MUTAU_NATURAL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/credible.h"
#include "posterior/run_settings.h"
#include "base/status.h"
#include "priors/term.h"

typedef struct mutau_natural {
    const mutau_parameter *parameter; /**< whose coordinate it is a function of, not owned;
                                       * NULL: of none alone */
    const mutau_derived *derived;     /**< NULL: it is the parameter itself */
    void *state;                      /**< of `derived`; owned */
    bool falls;                       /**< it falls where the parameter rises */
    size_t i_parameter;
    double point[MUTAU_MAX_PARAMETERS]; /**< the values of the fixed parameters */
} mutau_natural;

/** What the quantity of that name is a function of, in a run of these settings, which must
 * outlive it; release with mutau_natural_release.  MUTAU_ENOMEM. */
mutau_status mutau_natural_init(const mutau_run_settings *settings, const char *name,
                                mutau_natural *out, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_natural_release(mutau_natural *natural);

/** The quantity at x of the coordinate. */
double mutau_natural_value(const mutau_natural *natural, double x);
/** The region of the coordinate in values of the quantity. */
mutau_region mutau_natural_region(const mutau_natural *natural, const mutau_region *stored);

#endif
