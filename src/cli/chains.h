/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain files of a command line. */
#ifndef MUTAU_CLI_CHAINS_H
#define MUTAU_CLI_CHAINS_H

#include "cli.h"
#include "store/chain.h"
#include "analysis/pool.h"

/** Opens each into chains[], which are NULL; none if one fails. */
mutau_status cli_chains_open(const cli_list *files, mutau_chain *chains[], mutau_error *err);
void cli_chains_close(const cli_list *files, mutau_chain *chains[]);

/** What is stored must be what was written: MUTAU_EDATA else.  Rows that nothing can be said of
 * are named on stderr. */
mutau_status cli_chains_verify(const cli_list *files, mutau_chain *const chains[],
                               mutau_error *err);

#endif
