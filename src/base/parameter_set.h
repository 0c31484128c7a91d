/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file parameter_set.h
 * The parameters of a model, put together at run time: each part of the model (mediator, source
 * spectrum, neutrino masses) describes its own in rows that stand beside its code, and the model of
 * a run lists the rows of its parts one after the other.
 *
 * A point is an array of natural values in the order of the set, `const double point[]`.  A part
 * asks once where its rows begin (mutau_parameter_set_first) and reads its values from there.
 * Constant after it is made; thread-safe; nothing is allocated.
 */
#ifndef MUTAU_PARAMETER_SET_H
#define MUTAU_PARAMETER_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/plausible.h"

/** The most parameters that a model can have. */
#define MUTAU_MAX_PARAMETERS 32

/** What a part of the model says of one of its parameters. */
typedef struct mutau_parameter_spec {
    const char *name;          /**< key of the run file's `parameters`: "g_prime" */
    const char *unit;          /**< of its values; "" for a pure number */
    const char *latex;         /**< its symbol */
    const char *doc;           /**< one line */
    double lowest, highest;    /**< values that the model can have; infinite: no bound */
    bool lowest_excluded;      /**< a value must be above `lowest` */
    const char *default_prior; /**< of a run file that does not say, as YAML */
    mutau_plausible_kind plausible;
    /** A small value is worth a warning as well.  Where it is not (a coupling may well be small),
     * only the largest value of a range is looked at. */
    bool small_is_implausible;
} mutau_parameter_spec;

/** The parameters of a model in order; `spec` are not owned. */
typedef struct mutau_parameter_set {
    size_t n;
    const mutau_parameter_spec *spec[MUTAU_MAX_PARAMETERS];
} mutau_parameter_set;

/** Appends rows[n_row]; false, and nothing is added, if there is no room or a name is taken. */
bool mutau_parameter_set_add(mutau_parameter_set *set, size_t n_row,
                             const mutau_parameter_spec rows[]);

/** The index of the parameter of that name; set->n if there is none. */
size_t mutau_parameter_set_find(const mutau_parameter_set *set, const char *name);

/** The index at which the rows of a part begin; set->n if the set has not got them. */
size_t mutau_parameter_set_first(const mutau_parameter_set *set, const mutau_parameter_spec rows[]);

/** Whether the model can have the value: finite and within the range of its row. */
bool mutau_parameter_spec_allows(const mutau_parameter_spec *spec, double value);

/** What a value must be, for a message: "above 0 and finite", "at least 0 and at most 3",
 * "finite". */
#define MUTAU_PARAMETER_MUST_SIZE 64
void mutau_parameter_spec_must(const mutau_parameter_spec *spec,
                               char text[MUTAU_PARAMETER_MUST_SIZE]);

#endif
