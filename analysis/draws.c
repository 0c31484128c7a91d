/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws by name; documented in draws_internal.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draws_internal.h"
#include "base/mem.h"

static const char LOG10[] = "log10_";

static bool find(size_t n, const char *const names[], const char *name, size_t *i)
{
    for (*i = 0; *i < n; (*i)++)
        if (strcmp(names[*i], name) == 0)
            return true;
    return false;
}

bool mutau_draws_find_coordinate(const mutau_chain_info *info, const char *name, size_t *i)
{
    return find(info->dim, info->names, name, i);
}

bool mutau_draws_find_blob(const mutau_chain_info *info, const char *name, size_t *i)
{
    return find(info->n_blob, info->blob_names, name, i);
}

bool mutau_draws_constant(size_t n, const double x[])
{
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[0] || x[i] < x[0])
            return false;
    return true;
}

mutau_status mutau_draws_read(const mutau_pool *pool, const char *name, double x[],
                              mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(pool->chains[0]);
    const size_t n = pool->n_row * pool->n_column, n_log = strlen(LOG10);
    size_t at = 0;
    if (mutau_draws_find_coordinate(&info, name, &at))
        return mutau_pool_read(pool, MUTAU_POOL_COORDINATE, at, x, err);
    for (size_t i = 0; i < info.dim; i++) {
        if (strncmp(info.names[i], LOG10, n_log) != 0 || strcmp(info.names[i] + n_log, name) != 0)
            continue;
        MUTAU_CHECK(mutau_pool_read(pool, MUTAU_POOL_COORDINATE, i, x, err));
        for (size_t k = 0; k < n; k++)
            x[k] = pow(10.0, x[k]);
        return MUTAU_OK;
    }
    if (mutau_draws_find_blob(&info, name, &at))
        return mutau_pool_read(pool, MUTAU_POOL_BLOB, at, x, err);
    return mutau_error_set(err, MUTAU_EDATA, "the chain has no '%s'", name);
}

mutau_status mutau_draws_alloc(const mutau_pool *pool, const char *name, double **x,
                               mutau_error *err)
{
    *x = mutau_calloc(pool->n_row, pool->n_column * sizeof **x);
    if (*x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows of %zu walkers",
                               pool->n_row, pool->n_column);
    const mutau_status status = mutau_draws_read(pool, name, *x, err);
    if (status != MUTAU_OK) {
        free(*x);
        *x = NULL;
    }
    return status;
}
