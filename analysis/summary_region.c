/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joint regions of two quantities of a summary; documented in mutau/summary.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"
#include "mutau/pool.h"
#include "mutau/suggest.h"
#include "mutau/summary.h"

/* Where the draws of a quantity are. */
typedef struct source {
    mutau_pool_quantity kind;
    size_t index;
    const mutau_quantity *stored; /* has the edges of the stored draws */
    bool exponent;                /* the stored draws are its log10 */
    double ess;
} source;

static bool find_coordinate(const mutau_summary *s, const char *name, source *out)
{
    char log_name[MUTAU_SUMMARY_NAME_SIZE];
    (void)snprintf(log_name, sizeof log_name, "log10_%s", name);
    for (size_t i = 0; i < s->n_parameter; i++) {
        const mutau_quantity *q = &s->parameter[i];
        const bool exponent = strcmp(q->name, log_name) == 0;
        if (!exponent && strcmp(q->name, name) != 0)
            continue;
        *out = (source){MUTAU_POOL_COORDINATE, i, q, exponent, q->moments.ess_bulk};
        return true;
    }
    return false;
}

static bool find_blob(const mutau_summary *s, const mutau_chain_info *info, const char *name,
                      source *out)
{
    for (size_t i = 0; i < s->n_derived; i++)
        for (size_t k = 0; k < info->n_blob; k++)
            if (strcmp(s->derived[i].name, name) == 0 && strcmp(info->blob_names[k], name) == 0) {
                const mutau_quantity *q = &s->derived[i];
                *out = (source){MUTAU_POOL_BLOB, k, q, false, q->moments.ess_bulk};
                return true;
            }
    return false;
}

static mutau_status find_source(const mutau_summary *s, const mutau_chain_info *info,
                                const char *name, source *out, mutau_error *err)
{
    if (find_coordinate(s, name, out) || find_blob(s, info, name, out))
        return MUTAU_OK;
    const char *known[2 * MUTAU_SUMMARY_MAX_QUANTITIES + 1] = {0};
    for (size_t i = 0; i < s->n_parameter; i++)
        known[i] = s->parameter[i].name;
    for (size_t i = 0; i < s->n_derived; i++)
        known[s->n_parameter + i] = s->derived[i].name;
    char hint[MUTAU_SUGGEST_SIZE];
    mutau_suggest(name, known, "", hint);
    return mutau_error_set(err, MUTAU_EUSAGE, "no quantity '%s' in this chain%s", name, hint);
}

static mutau_status read_axis(const mutau_pool *pool, const source *from, double x[],
                              mutau_joint_axis *axis, mutau_error *err)
{
    MUTAU_CHECK(mutau_pool_read(pool, from->kind, from->index, x, err));
    *axis = (mutau_joint_axis){x, from->stored->lo, from->stored->hi, from->exponent};
    return MUTAU_OK;
}

mutau_status mutau_summary_region(size_t n_chain, mutau_chain *const chains[],
                                  const mutau_summary *summary, const char *name_x,
                                  const char *name_y, mutau_joint_region regions[],
                                  mutau_error *err)
{
    size_t burn_in[MUTAU_POOL_MAX_CHAINS];
    mutau_pool pool;
    source from_x, from_y;
    memset(regions, 0, summary->n_mass * sizeof regions[0]);
    if (n_chain < 1 || n_chain > MUTAU_POOL_MAX_CHAINS)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d chain files, not %zu",
                               MUTAU_POOL_MAX_CHAINS, n_chain);
    const mutau_chain_info info = mutau_chain_describe(chains[0]);
    MUTAU_CHECK(find_source(summary, &info, name_x, &from_x, err));
    MUTAU_CHECK(find_source(summary, &info, name_y, &from_y, err));
    if (from_x.kind == from_y.kind && from_x.index == from_y.index)
        return mutau_error_set(err, MUTAU_EUSAGE, "'%s' and '%s' are the same quantity", name_x,
                               name_y);
    for (size_t i = 0; i < n_chain; i++)
        burn_in[i] = mutau_chain_burn_in(chains[i]);
    MUTAU_CHECK(mutau_pool_init(&pool, n_chain, chains, burn_in, err));
    const size_t n = pool.n_row * pool.n_column;
    double *x = mutau_calloc(n, 2 * sizeof x[0]);
    if (x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", n);
    mutau_joint_axis axis_x, axis_y;
    mutau_status status = read_axis(&pool, &from_x, x, &axis_x, err);
    if (status == MUTAU_OK)
        status = read_axis(&pool, &from_y, x + n, &axis_y, err);
    if (status == MUTAU_OK)
        status = mutau_joint_regions(n, &axis_x, &axis_y, fmin(from_x.ess, from_y.ess),
                                     summary->n_mass, summary->mass, regions, err);
    free(x);
    return status;
}
