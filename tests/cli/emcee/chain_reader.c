/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads all of a chain file and says what is in it, for the tests that damage one:
 *
 *     chain_reader FILE
 *
 * One line on stdout, exit code 0; or one line on stderr, exit code 2 for a file
 * that is no chain, 3 for one that is but cannot be read. */
#include <stdio.h>
#include <stdlib.h>

#include "store/chain.h"

static int fail(int code, const mutau_error *err)
{
    fprintf(stderr, "%s\n", err->text);
    return code;
}

static mutau_status sum_all(mutau_chain *chain, double *sum, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(chain);
    const size_t rows = mutau_chain_rows(chain), n = rows * info.n_ensemble * info.n_walker;
    double *x = calloc(n + 1, sizeof *x);
    mutau_status status = mutau_chain_read_log_prob(chain, 0, rows, x, err);
    for (size_t i = 0; i < info.dim && status == MUTAU_OK; i++)
        status = mutau_chain_read_parameter(chain, i, 0, rows, x, err);
    for (size_t i = 0; i < info.n_blob && status == MUTAU_OK; i++)
        status = mutau_chain_read_blob(chain, i, 0, rows, x, err);
    for (size_t i = 0; i < n; i++)
        *sum += x[i];
    for (size_t i = 0; info.n_temperature > 1 && i < info.n_temperature && status == MUTAU_OK; i++)
        status = mutau_chain_read_log_like(chain, i, 0, rows, x, err);
    if (info.mixture[0] != '\0' && status == MUTAU_OK)
        status = mutau_chain_read_log_weight(chain, 0, rows, x, err);
    free(x);
    return status;
}

int main(int argc, char *argv[])
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_state state;
    double sum = 0.0;
    size_t n_check = 0;
    if (argc != 2)
        return 1;
    if (mutau_chain_open(argv[1], &chain, &err) != MUTAU_OK)
        return fail(2, &err);
    if (sum_all(chain, &sum, &err) != MUTAU_OK) {
        mutau_chain_close(chain);
        return fail(3, &err);
    }
    const bool has_state = mutau_chain_read_state(chain, &state, &err) == MUTAU_OK;
    (void)mutau_chain_history(chain, &n_check);
    printf("rows %zu burn_in %zu checks %zu state %d sum %.17g\n", mutau_chain_rows(chain),
           mutau_chain_burn_in(chain), n_check, has_state, sum);
    mutau_chain_close(chain);
    return 0;
}
