/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws as points of the model; documented in points_internal.h. */
#include "points_internal.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "draws_internal.h"
#include "base/mem.h"

static bool is_sampled(const mutau_chain_info *info, const char *name)
{
    static const char logarithm[] = "log10_";
    const size_t n = strlen(logarithm);
    for (size_t i = 0; i < info->dim; i++) {
        const char *own = info->names[i];
        if (strcmp(own, name) == 0 ||
            (strncmp(own, logarithm, n) == 0 && strcmp(own + n, name) == 0))
            return true;
    }
    return false;
}

mutau_status mutau_points_read(const mutau_pool *pool, const mutau_run_settings *settings, size_t i,
                               double x[], mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(pool->chains[0]);
    const mutau_parameter *parameter = &settings->parameters[i];
    const char *name = parameter->spec->name;
    size_t i_blob = 0;
    if (mutau_draws_find_blob(&info, name, &i_blob))
        return mutau_pool_read(pool, MUTAU_POOL_BLOB, i_blob, x, err);
    if (parameter->prior != MUTAU_PRIOR_FIXED || is_sampled(&info, name))
        return mutau_draws_read(pool, name, x, err);
    for (size_t k = 0; k < pool->n_row * pool->n_column; k++)
        x[k] = parameter->value;
    return MUTAU_OK;
}

static bool is_known(const mutau_pool *pool, const mutau_parameter *parameter)
{
    const mutau_chain_info info = mutau_chain_describe(pool->chains[0]);
    size_t i_blob = 0;
    return parameter->prior == MUTAU_PRIOR_FIXED || is_sampled(&info, parameter->spec->name) ||
           mutau_draws_find_blob(&info, parameter->spec->name, &i_blob);
}

mutau_status mutau_points_alloc(const mutau_pool *pool, const mutau_run_settings *settings,
                                double **points, mutau_error *err)
{
    const size_t n = pool->n_row * pool->n_column, dim = settings->set.n;
    mutau_status status = MUTAU_OK;
    double *x = mutau_calloc(n, sizeof *x);
    *points = mutau_calloc(n, dim * sizeof **points);
    if (x == NULL || *points == NULL)
        status = mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", n);
    for (size_t i = 0; i < dim && status == MUTAU_OK; i++) {
        for (size_t k = 0; k < n; k++)
            x[k] = (double)NAN;
        if (is_known(pool, &settings->parameters[i]))
            status = mutau_points_read(pool, settings, i, x, err);
        for (size_t k = 0; k < n && status == MUTAU_OK; k++)
            (*points)[k * dim + i] = x[k];
    }
    free(x);
    if (status != MUTAU_OK) {
        free(*points);
        *points = NULL;
    }
    return status;
}
