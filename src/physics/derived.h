/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file derived.h
 * Quantities that are derived from a point: of a term (priors/term.h) or of a spectrum
 * (spectrum.h).
 */
#ifndef MUTAU_DERIVED_H
#define MUTAU_DERIVED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/parameter_set.h"
#include "base/status.h"

struct mutau_flux_settings;

/** A quantity that is derived from a point: a blob of chains, and shown with every point.  A run
 * with another mediator than the terms' has 0 in place of theirs. */
typedef struct mutau_derived {
    const char *name;       /**< of the blob */
    const char *unit;       /**< "" for a pure number */
    const char *latex;      /**< its symbol */
    const char *doc;        /**< one line */
    double lowest, highest; /**< what it can be */
    bool always; /**< of a term: given without it as well, so that runs can be compared; else only
                  * by runs that have the term */
    const mutau_parameter_spec *of; /**< the rows of what it depends on: in each alone, the others
                                     * held, it rises or falls throughout */
    size_t n_of; /**< 0: it depends on the sources as well, which a chain's reader may lack */
    /** Sets up what `value` needs for points of `set` in the model; MUTAU_ENOMEM.  Freed with
     * `free`, NULL allowed. */
    mutau_status (*alloc)(const mutau_parameter_set *set, const struct mutau_flux_settings *model,
                          void **state, mutau_error *err);
    void (*free)(void *state);
    /** At any point; thread-safe, allocates nothing, costs no more than some microseconds. */
    double (*value)(const void *state, const double point[]);
} mutau_derived;

#endif
