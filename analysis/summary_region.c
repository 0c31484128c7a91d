/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joint regions of two quantities of a summary; documented in analysis/summary.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draws_internal.h"
#include "base/mem.h"
#include "analysis/pool.h"
#include "base/suggest.h"
#include "analysis/summary.h"
#include "natural_internal.h"
#include "stored_run_internal.h"

/* The draws of the quantity per unit of which the density is, and what is shown of it. */
typedef struct source {
    mutau_pool_quantity kind;
    size_t index;
    const mutau_quantity *drawn; /* has the edges of the draws */
    mutau_natural shown;         /* no parameter: the draws themselves */
    double ess;
} source;

static bool find_draws(const mutau_summary *s, const mutau_chain_info *info, const char *name,
                       source *out)
{
    const bool coordinate = mutau_draws_find_coordinate(info, name, &out->index);
    if (!coordinate && !mutau_draws_find_blob(info, name, &out->index))
        return false;
    out->kind = coordinate ? MUTAU_POOL_COORDINATE : MUTAU_POOL_BLOB;
    out->drawn = mutau_summary_find(s, name);
    return out->drawn != NULL;
}

static mutau_status refuse_name(const mutau_summary *s, const char *name, mutau_error *err)
{
    const char *known[2 * MUTAU_SUMMARY_MAX_QUANTITIES + 1] = {0};
    for (size_t i = 0; i < s->n_parameter; i++)
        known[i] = s->parameter[i].name;
    for (size_t i = 0; i < s->n_derived; i++)
        known[s->n_parameter + i] = s->derived[i].name;
    char hint[MUTAU_SUGGEST_SIZE];
    mutau_suggest(name, known, "", hint);
    return mutau_error_set(err, MUTAU_EUSAGE, "no quantity '%s' in this chain%s", name, hint);
}

static mutau_status find_source(const mutau_summary *s, const mutau_chain_info *info,
                                const mutau_run_settings *settings, const char *name, source *out,
                                mutau_error *err)
{
    *out = (source){0};
    const mutau_quantity *q = mutau_summary_find(s, name);
    if (q == NULL || !find_draws(s, info, q->hpd_in, out))
        return refuse_name(s, name, err);
    out->ess = fmin(out->drawn->moments.ess_bulk, out->drawn->moments.ess_tail);
    return q != out->drawn ? mutau_natural_init(settings, name, &out->shown, err) : MUTAU_OK;
}

static mutau_status read_axis(const mutau_pool *pool, const source *from, double x[],
                              mutau_joint_axis *axis, mutau_error *err)
{
    MUTAU_CHECK(mutau_pool_read(pool, from->kind, from->index, x, err));
    *axis = (mutau_joint_axis){x, from->drawn->lo, from->drawn->hi, pool->n_column};
    return MUTAU_OK;
}

static void show(const source *from, size_t n, double x[])
{
    for (size_t i = 0; i < n && from->shown.parameter != NULL; i++)
        x[i] = mutau_natural_value(&from->shown, x[i]);
}

static mutau_status find_regions(const mutau_pool *pool, const mutau_summary *s, const source *a,
                                 const source *b, mutau_joint_region regions[], mutau_error *err)
{
    const size_t n = pool->n_row * pool->n_column;
    mutau_joint_axis axis_a, axis_b;
    double *x = mutau_calloc(n, 2 * sizeof x[0]);
    if (x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", n);
    mutau_status status = read_axis(pool, a, x, &axis_a, err);
    if (status == MUTAU_OK)
        status = read_axis(pool, b, x + n, &axis_b, err);
    if (status == MUTAU_OK)
        status = mutau_joint_regions(n, &axis_a, &axis_b, fmin(a->ess, b->ess), s->n_mass, s->mass,
                                     regions, err);
    free(x);
    for (size_t i = 0; i < s->n_mass && status == MUTAU_OK; i++) {
        mutau_joint_region *r = &regions[i];
        show(a, r->first[r->n_ring], r->x);
        show(b, r->first[r->n_ring], r->y);
        mutau_joint_region_measure(r);
    }
    return status;
}

static mutau_status find_pair(size_t n_chain, mutau_chain *const chains[],
                              const mutau_summary *summary, const mutau_run_settings *settings,
                              const char *const name[2], source from[2],
                              mutau_joint_region regions[], mutau_error *err)
{
    size_t burn_in[MUTAU_POOL_MAX_CHAINS];
    mutau_pool pool;
    const mutau_chain_info info = mutau_chain_describe(chains[0]);
    for (int i = 0; i < 2; i++)
        MUTAU_CHECK(find_source(summary, &info, settings, name[i], &from[i], err));
    if (from[0].drawn == from[1].drawn)
        return mutau_error_set(err, MUTAU_EUSAGE, "'%s' and '%s' are the same quantity", name[0],
                               name[1]);
    for (size_t i = 0; i < n_chain; i++)
        burn_in[i] = mutau_chain_burn_in(chains[i]);
    MUTAU_CHECK(mutau_pool_init(&pool, n_chain, chains, burn_in, err));
    return find_regions(&pool, summary, &from[0], &from[1], regions, err);
}

mutau_status mutau_summary_region(size_t n_chain, mutau_chain *const chains[],
                                  const mutau_summary *summary, const char *name_x,
                                  const char *name_y, mutau_joint_region regions[],
                                  mutau_error *err)
{
    const char *const name[2] = {name_x, name_y};
    source from[2] = {{0}, {0}};
    mutau_run_settings *settings = NULL;
    memset(regions, 0, summary->n_mass * sizeof regions[0]);
    if (n_chain < 1 || n_chain > MUTAU_POOL_MAX_CHAINS)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d chain files, not %zu",
                               MUTAU_POOL_MAX_CHAINS, n_chain);
    MUTAU_CHECK(mutau_stored_settings(chains[0], &settings, err));
    const mutau_status status =
        find_pair(n_chain, chains, summary, settings, name, from, regions, err);
    mutau_natural_release(&from[0].shown);
    mutau_natural_release(&from[1].shown);
    mutau_run_settings_free(settings);
    return status;
}
