/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of stored chains; documented in mutau/pool_evidence.h. */
#include "mutau/pool_evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"

static mutau_evidence no_evidence(void)
{
    const double nan = (double)NAN;
    return (mutau_evidence){.ln_z = nan,
                            .error = nan,
                            .scatter = nan,
                            .ti = nan,
                            .ti_mc_error = nan,
                            .ti_discretisation = nan,
                            .ti_usable = false};
}

/* The kept rows of one file. */
typedef struct source {
    mutau_chain *chain;
    size_t first, n_row;
} source;

static mutau_status read_rung(void *self, size_t i_rung, double ln_like[], mutau_error *err)
{
    const source *s = self;
    return mutau_chain_read_log_like(s->chain, i_rung, s->first, s->n_row, ln_like, err);
}

/* The ladder of the kept rows into beta[2][n_rung]; whether it was frozen: while it
 * adapts it moves at every step. */
static mutau_status read_ladder(const source *s, size_t n_rung, double beta[], bool *frozen,
                                mutau_error *err)
{
    MUTAU_CHECK(mutau_chain_read_beta(s->chain, s->first, beta, err));
    MUTAU_CHECK(mutau_chain_read_beta(s->chain, s->first + s->n_row - 1, beta + n_rung, err));
    *frozen = memcmp(beta, beta + n_rung, n_rung * sizeof *beta) == 0;
    return MUTAU_OK;
}

static mutau_status evidence_of(source *s, const mutau_chain_info *info, double beta[],
                                mutau_evidence *out, mutau_error *err)
{
    bool frozen = false;
    *out = no_evidence();
    MUTAU_CHECK(read_ladder(s, info->n_temperature, beta, &frozen, err));
    if (!frozen)
        return MUTAU_OK;
    const mutau_evidence_input input = {.n_rung = info->n_temperature,
                                        .beta = beta,
                                        .n_row = s->n_row,
                                        .n_ensemble = info->n_ensemble,
                                        .n_walker = info->n_walker,
                                        .read = read_rung,
                                        .self = s};
    mutau_error reason = {0};
    const mutau_status status = mutau_evidence_compute(&input, out, NULL, &reason);
    if (status == MUTAU_ENUMERIC) /* rungs that do not overlap */
        *out = no_evidence();
    else if (status != MUTAU_OK)
        return mutau_error_set(err, status, "%s", reason.text);
    return MUTAU_OK;
}

/* One file's evidence added to the weighted sums in `sum`. */
static void add(const mutau_evidence *e, mutau_evidence *sum, double *weights, double *ti_weights)
{
    const double w = 1.0 / (e->error * e->error), ti_w = 1.0 / (e->ti_mc_error * e->ti_mc_error);
    sum->ln_z += w * e->ln_z;
    sum->scatter += e->scatter * e->scatter;
    sum->ti += ti_w * e->ti;
    sum->ti_discretisation = fmax(sum->ti_discretisation, e->ti_discretisation);
    sum->ti_usable = sum->ti_usable && e->ti_usable;
    *weights += w;
    *ti_weights += ti_w;
}

static mutau_status combine(const mutau_pool *pool, const mutau_chain_info *info, double beta[],
                            mutau_evidence *out, mutau_error *err)
{
    mutau_evidence sum = {.ti_usable = true};
    double weights = 0.0, ti_weights = 0.0;
    for (size_t i = 0; i < pool->n_chain; i++) {
        source s = {pool->chains[i], pool->first[i], pool->n_row};
        MUTAU_CHECK(evidence_of(&s, info, beta, out, err));
        if (pool->n_chain == 1)
            return MUTAU_OK;
        add(out, &sum, &weights, &ti_weights);
    }
    *out = (mutau_evidence){.ln_z = sum.ln_z / weights,
                            .error = 1.0 / sqrt(weights),
                            .scatter = sqrt(sum.scatter / (double)pool->n_chain),
                            .ti = sum.ti / ti_weights,
                            .ti_mc_error = 1.0 / sqrt(ti_weights),
                            .ti_discretisation = sum.ti_discretisation,
                            .ti_usable = sum.ti_usable};
    return MUTAU_OK;
}

mutau_status mutau_pool_evidence(const mutau_pool *pool, mutau_evidence *out, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(pool->chains[0]);
    *out = no_evidence();
    for (size_t i = 0; i < pool->n_chain; i++)
        if (mutau_chain_describe(pool->chains[i]).n_temperature != info.n_temperature)
            return MUTAU_OK;
    if (info.n_temperature < 2 || pool->n_row < 4 || pool->stride != 1)
        return MUTAU_OK;
    double *beta = mutau_calloc(2 * info.n_temperature, sizeof *beta);
    if (beta == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a ladder");
    const mutau_status status = combine(pool, &info, beta, out, err);
    free(beta);
    return status;
}
