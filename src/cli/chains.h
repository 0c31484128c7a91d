/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain files of a command line. */
#ifndef MUTAU_CLI_CHAINS_H
#define MUTAU_CLI_CHAINS_H

#include "cli.h"
#include "store/chain.h"
#include "analysis/pool.h"

/** command->report_chains with the files open. */
mutau_status cli_chains_report(const cli_command *command, const void *options,
                               const cli_list *files, cli_result *result, mutau_error *err);

/** What is stored must be what was written: MUTAU_EDATA else.  Rows that nothing can be said of
 * are named on stderr. */
mutau_status cli_chains_verify(const cli_list *files, mutau_chain *const chains[],
                               mutau_error *err);

#endif
