/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain files of a command line; documented in chains.h. */
#include "chains.h"

#include <stdio.h>

mutau_status cli_chains_report(const cli_command *command, const void *options,
                               const cli_list *files, cli_result *result, mutau_error *err)
{
    mutau_chain *chains[MUTAU_POOL_MAX_CHAINS] = {0}; /* no command takes more */
    mutau_status status = MUTAU_OK;
    for (size_t i = 0; i < files->n && status == MUTAU_OK; i++)
        status = mutau_chain_open(files->items[i], &chains[i], err);
    if (status == MUTAU_OK)
        status = command->report_chains(options, files, chains, result, err);
    for (size_t i = 0; i < files->n; i++)
        mutau_chain_close(chains[i]);
    return status;
}

mutau_status cli_chains_verify(const cli_list *files, mutau_chain *const chains[], mutau_error *err)
{
    for (size_t i = 0; i < files->n; i++) {
        size_t n_without = 0;
        char room[CLI_PLAIN_SIZE];
        const char *path = files->items[i];
        MUTAU_TRY(err, mutau_chain_verify(chains[i], &n_without, err), "%s", path);
        if (n_without > 0)
            (void)fprintf(stderr,
                          "mutau: note: %s: %zu of %zu rows have no checksum: what of them is "
                          "damaged is not found\n",
                          cli_plain(path, room), n_without, mutau_chain_rows(chains[i]));
    }
    return MUTAU_OK;
}
