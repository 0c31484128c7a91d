/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a file on the command line is what the command takes. */
#ifndef MUTAU_CLI_FILE_KIND_H
#define MUTAU_CLI_FILE_KIND_H

#include "cli.h"

/** MUTAU_ECONFIG for a chain where a run file is wanted, MUTAU_EDATA for a text where a chain is,
 * with the commands that take it.  A file that cannot be read, or is neither, passes: whoever
 * reads it says what is wrong with it.  Nothing is taken from a pipe. */
mutau_status cli_check_kinds(const cli_command *command, const cli_list *files, mutau_error *err);

#endif
