/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file run_keys.h
 * The keys of a run file, described for people: what `mutau help run-file` prints.
 * Those that a table drives come from the table that the reader uses.
 */
#ifndef MUTAU_RUN_KEYS_H
#define MUTAU_RUN_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"
#include "base/parameter_set.h"

/** A key whose value is more than an option can say. */
typedef struct mutau_run_key {
    const char *key;
    const char *doc;      /**< one line */
    const char *fallback; /**< what stands for it if it is absent, as YAML; NULL: nothing does */
    /** The i-th name that it takes, NULL behind the last; NULL: the names are not so listed. */
    const char *(*choice)(size_t i);
} mutau_run_key;

/** The keys of one mapping of the run file. */
typedef struct mutau_run_section {
    const char *path;          /**< dotted; "" is the run file itself */
    const char *doc;           /**< one line */
    const mutau_run_key *keys; /**< ended by a NULL key; may be NULL */
    const mutau_option *options;
    size_t n_option;
    mutau_run_key own[2 * MUTAU_MAX_PARAMETERS]; /**< what `keys` points to, if not to a table */
} mutau_run_section;

/** The i-th section, in the order of a run file, into *section, which may point into itself; false
 * behind the last.  The parameters are those of all models: of every spectrum. */
bool mutau_run_section_at(size_t i, mutau_run_section *section);

#endif
