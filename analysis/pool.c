/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of several files as one array; documented in analysis/pool.h. */
#include "analysis/pool.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/diagnostics.h"
#include "base/mem.h"
#include "worst_internal.h"

static bool same_names(size_t n, const char *const a[], const char *const b[])
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

/* What differs between two files that cannot be pooled; NULL if nothing. */
static const char *difference(const mutau_chain_info *a, const mutau_chain_info *b)
{
    if (a->dim != b->dim || !same_names(a->dim, a->names, b->names))
        return "parameters";
    if (a->n_blob != b->n_blob || !same_names(a->n_blob, a->blob_names, b->blob_names))
        return "derived quantities";
    if (a->n_ensemble != b->n_ensemble || a->n_walker != b->n_walker)
        return "numbers of ensembles or walkers";
    if (a->thin != b->thin)
        return "thinning";
    return NULL;
}

/* The same for their data, of which it is said in what they differ. */
static mutau_status check_data(const mutau_chain *chain, const mutau_chain *first, mutau_error *err)
{
    const mutau_chain_info a = mutau_chain_describe(chain), b = mutau_chain_describe(first);
    char text[MUTAU_DIFFERENCE_SIZE];
    mutau_status status =
        mutau_chain_inputs_difference(&a, &b, "the former", "the latter", text, err);
    if (status == MUTAU_OK && text[0] == '\0')
        return MUTAU_OK;
    if (status != MUTAU_OK)
        return mutau_error_wrap(err, status, "%s or %s", mutau_chain_path(chain),
                                mutau_chain_path(first));
    return mutau_error_set(err, MUTAU_EDOM,
                           "%s cannot be pooled with %s: other data: %s; 'mutau compare' sets "
                           "different runs side by side",
                           mutau_chain_path(chain), mutau_chain_path(first), text);
}

mutau_status mutau_pool_init(mutau_pool *pool, size_t n_chain, mutau_chain *const chains[],
                             const size_t burn_in[], mutau_error *err)
{
    if (n_chain < 1 || n_chain > MUTAU_POOL_MAX_CHAINS)
        return mutau_error_set(err, MUTAU_EDOM, "%zu chain files; 1 to %d can be pooled", n_chain,
                               MUTAU_POOL_MAX_CHAINS);
    const mutau_chain_info info = mutau_chain_describe(chains[0]);
    *pool = (mutau_pool){.n_chain = n_chain,
                         .n_row = SIZE_MAX,
                         .stride = 1,
                         .n_ensemble = n_chain * info.n_ensemble,
                         .n_walker = info.n_walker,
                         .n_column = n_chain * info.n_ensemble * info.n_walker,
                         .thin = info.thin};
    for (size_t i = 0; i < n_chain; i++) {
        const mutau_chain_info other = mutau_chain_describe(chains[i]);
        const char *what = difference(&info, &other);
        if (what != NULL)
            return mutau_error_set(err, MUTAU_EDOM,
                                   "%s cannot be pooled with %s: other %s; 'mutau compare' sets "
                                   "different runs side by side",
                                   mutau_chain_path(chains[i]), mutau_chain_path(chains[0]), what);
        MUTAU_CHECK(check_data(chains[i], chains[0], err));
        const size_t n_row = mutau_chain_rows(chains[i]);
        if (burn_in[i] > n_row)
            return mutau_error_set(err, MUTAU_EDOM,
                                   "%s: burn-in of %zu rows, but only %zu are stored",
                                   mutau_chain_path(chains[i]), burn_in[i], n_row);
        if (n_row - burn_in[i] < pool->n_row)
            pool->n_row = n_row - burn_in[i];
        pool->chains[i] = chains[i];
    }
    for (size_t i = 0; i < n_chain; i++)
        pool->first[i] = mutau_chain_rows(chains[i]) - pool->n_row;
    return MUTAU_OK;
}

void mutau_pool_thin(mutau_pool *pool, size_t max_row)
{
    const size_t stride = (pool->n_row + max_row - 1) / max_row;
    if (stride <= 1)
        return;
    const size_t n_row = pool->n_row / stride;
    for (size_t i = 0; i < pool->n_chain; i++)
        pool->first[i] += pool->n_row - 1 - (n_row - 1) * stride;
    pool->n_row = n_row;
    pool->stride *= stride;
    pool->thin *= stride;
}

static mutau_status read_rows(mutau_chain *chain, mutau_pool_quantity quantity, size_t index,
                              size_t first, size_t n_row, double x[], mutau_error *err)
{
    switch (quantity) {
    case MUTAU_POOL_COORDINATE:
        return mutau_chain_read_parameter(chain, index, first, n_row, x, err);
    case MUTAU_POOL_BLOB:
        return mutau_chain_read_blob(chain, index, first, n_row, x, err);
    case MUTAU_POOL_LOG_PROB:
    default:
        return mutau_chain_read_log_prob(chain, first, n_row, x, err);
    }
}

static mutau_status read_chain(const mutau_pool *pool, size_t i_chain, mutau_pool_quantity quantity,
                               size_t index, double x[], mutau_error *err)
{
    mutau_chain *chain = pool->chains[i_chain];
    const size_t first = pool->first[i_chain], width = pool->n_column / pool->n_chain;
    if (pool->stride == 1)
        return read_rows(chain, quantity, index, first, pool->n_row, x, err);
    for (size_t i = 0; i < pool->n_row; i++)
        MUTAU_CHECK(
            read_rows(chain, quantity, index, first + i * pool->stride, 1, x + i * width, err));
    return MUTAU_OK;
}

/* Copies n columns: from row to row the two arrays are wide_to and wide_from apart. */
static void copy_columns(size_t n_row, size_t n, double *to, size_t wide_to, const double *from,
                         size_t wide_from)
{
    for (size_t i = 0; i < n_row; i++)
        memcpy(to + i * wide_to, from + i * wide_from, n * sizeof to[0]);
}

mutau_status mutau_pool_read(const mutau_pool *pool, mutau_pool_quantity quantity, size_t index,
                             double x[], mutau_error *err)
{
    if (pool->n_chain == 1)
        return read_chain(pool, 0, quantity, index, x, err);
    const size_t n = pool->n_column / pool->n_chain;
    double *part = mutau_calloc(pool->n_row, n * sizeof part[0]);
    if (part == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "reading %zu rows of a chain", pool->n_row);
    mutau_status status = MUTAU_OK;
    for (size_t i = 0; i < pool->n_chain && status == MUTAU_OK; i++) {
        status = read_chain(pool, i, quantity, index, part, err);
        if (status == MUTAU_OK)
            copy_columns(pool->n_row, n, x + i * n, pool->n_column, part, n);
    }
    free(part);
    return status;
}

mutau_status mutau_pool_autocorr_time(const mutau_pool *pool, const double x[], double *tau,
                                      mutau_error *err)
{
    const size_t n = pool->n_walker;
    double *part = mutau_calloc(pool->n_row, n * sizeof part[0]);
    if (part == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "autocorrelation time of %zu rows", pool->n_row);
    mutau_status status = MUTAU_OK;
    double largest = 0.0;
    for (size_t i = 0; i < pool->n_ensemble && status == MUTAU_OK; i++) {
        double one = (double)NAN;
        copy_columns(pool->n_row, n, part, n, x + i * n, pool->n_column);
        status = mutau_autocorr_time(pool->n_row, n, part, &one, err);
        largest = mutau_worst_greater(largest, one);
    }
    *tau = largest * (double)pool->thin;
    free(part);
    return status;
}
