/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What mutau help says, and of which names. */
#ifndef MUTAU_CLI_HELP_H
#define MUTAU_CLI_HELP_H

#include <stdbool.h>

#include "cli.h"
#include "sampler/builtin_target.h"
#include "sampler/move.h"
#include "posterior/run_keys.h"
#include "posterior/run_settings.h"
#include "priors/term.h"

/** Prints whole lines, folded at the width of the terminal. */
void help_print(const char *format, ...) MUTAU_PRINTF(1, 2);

/** Prints what a topic (terms, data, ...) offers; false for an unknown topic. */
bool help_topic(const char *topic);
/** The i-th topic; NULL behind the last. */
const char *help_topic_name(size_t i);

/** Prints all that `name` means: an option of a command, a term, move, target, data set, prior,
 * parameter, mixing, section, key or choice of a run file; false if it is none. */
bool help_name(const char *name);

/** Sets err to "unknown topic", with the nearest of all names that help knows; MUTAU_EUSAGE. */
mutau_status help_unknown(const char *name, mutau_error *err);

/* One thing each. */
void help_term(const mutau_term_type *term);
void help_own_term(const mutau_term_type *form);
void help_move(const mutau_move *move);
void help_spectrum(const mutau_spectrum_type *type);
void help_evolution(int kind); /* one that has a name */
void help_target(const mutau_builtin_target_type *type);
void help_dataset(const char *name);
void help_prior(const char *name);
void help_section(const mutau_run_section *section);
/** A key of the run file with the path of its mapping. */
void help_run_key(const char *path, const mutau_run_key *key);
void help_run_option(const char *path, const mutau_option *option);
void help_command_option(const cli_option *option);

#endif
