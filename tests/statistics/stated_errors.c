/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints, for the script seed_scatter.py, what a chain file says and how certain it is of it:
 *
 *     stated_errors CHAIN.h5          lines of: name, what, value, standard error
 *
 * the mean and the quantiles of `mutau summary` of every sampled coordinate and of delta_a_mu,
 * and ln Z if the run was tempered. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/chain.h"
#include "analysis/diagnostics.h"
#include "analysis/summary.h"

static void print(const char *name, const char *what, double value, double error)
{
    (void)printf("%s %s %.17g %.17g\n", name, what, value, error);
}

static mutau_status print_quantity(const char *name, size_t n_row, size_t n_column,
                                   const double x[], mutau_error *err)
{
    mutau_convergence c;
    MUTAU_CHECK(mutau_convergence_compute(n_row, n_column, x, &c, err));
    print(name, "mean", c.mean, c.mcse_mean);
    for (size_t k = 0; k < MUTAU_SUMMARY_QUANTILES; k++) {
        char what[32];
        double quantile, ess, mcse;
        MUTAU_CHECK(mutau_quantile_error(n_row, n_column, x, mutau_summary_probability[k],
                                         &quantile, &ess, &mcse, err));
        (void)snprintf(what, sizeof what, "%g", mutau_summary_probability[k]);
        print(name, what, quantile, mcse);
    }
    return MUTAU_OK;
}

static mutau_status print_all(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(chain);
    const size_t first = mutau_chain_burn_in(chain), n_row = mutau_chain_rows(chain) - first;
    const size_t n_column = info.n_ensemble * info.n_walker;
    double *x = calloc(n_row * n_column, sizeof *x);
    if (x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", n_row);
    mutau_status status = MUTAU_OK;
    for (size_t i = 0; i < info.dim && status == MUTAU_OK; i++) {
        status = mutau_chain_read_parameter(chain, i, first, n_row, x, err);
        if (status == MUTAU_OK)
            status = print_quantity(info.names[i], n_row, n_column, x, err);
    }
    for (size_t i = 0; i < info.n_blob && status == MUTAU_OK; i++) {
        if (strcmp(info.blob_names[i], "delta_a_mu") != 0)
            continue;
        status = mutau_chain_read_blob(chain, i, first, n_row, x, err);
        if (status == MUTAU_OK)
            status = print_quantity(info.blob_names[i], n_row, n_column, x, err);
    }
    free(x);
    const mutau_chain_evidence z = mutau_chain_evidence_stored(chain);
    if (status == MUTAU_OK && info.n_temperature > 1)
        print("evidence", "ln_z", z.ln_z, z.ln_z_error);
    return status;
}

int main(int argc, char *argv[])
{
    mutau_chain *chain = NULL;
    mutau_error err = {0};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: stated_errors CHAIN.h5\n");
        return 2;
    }
    mutau_status status = mutau_chain_open(argv[1], &chain, &err);
    if (status == MUTAU_OK)
        status = print_all(chain, &err);
    mutau_chain_close(chain);
    if (status != MUTAU_OK)
        (void)fprintf(stderr, "stated_errors: %s\n", err.text);
    return status == MUTAU_OK ? 0 : 2;
}
