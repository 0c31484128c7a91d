/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file option.h
 * One row of a module's option table: what a key of the run file means, into
 * which field of the module's settings it goes, and what it may be.  The same
 * row drives the reader, the defaults, the echo and the help text.
 */
#ifndef MUTAU_OPTION_H
#define MUTAU_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/plausible.h"

/** Room for a text option, its final zero included. */
#define MUTAU_OPTION_TEXT_SIZE 256

typedef enum mutau_option_type {
    MUTAU_OPTION_REAL,    /**< field is a double */
    MUTAU_OPTION_SIDES,   /**< field is double[2], below and above: one number for both, or a list
                           * [below, above]; without a default, NaN */
    MUTAU_OPTION_INTEGER, /**< field is a long */
    MUTAU_OPTION_BOOL,    /**< field is a bool; default is def != 0 */
    MUTAU_OPTION_CHOICE,  /**< field is an int: index into `choices`; default is def */
    MUTAU_OPTION_TEXT     /**< field is char[MUTAU_OPTION_TEXT_SIZE]; default is def_text */
} mutau_option_type;

typedef struct mutau_option {
    const char *key; /**< YAML key */
    mutau_option_type type;
    size_t offset;                  /**< offsetof(settings, field) */
    double min, max;                /**< inclusive range of REAL, SIDES and INTEGER, in `unit` */
    double def;                     /**< default in `unit` */
    const char *def_text;           /**< default of TEXT; NULL is the empty string */
    const char *const *choices;     /**< CHOICE: NULL-terminated names in enum order */
    bool required;                  /**< no default: leaving it out is an error */
    const char *unit;               /**< "MeV", ...; NULL for a pure number */
    mutau_plausible_kind plausible; /**< of REAL: which values are worth a warning */
    const char *doc;                /**< one line */
} mutau_option;

/** "wp2020", "exposure=1.98e10 anchor=0.00055", "": the options that are set, choices by their
 * names alone.  Not set are NaN, choice -1 and "".  The caller's to free; NULL: no memory. */
char *mutau_options_describe(size_t n, const mutau_option options[], const void *settings);

#endif
