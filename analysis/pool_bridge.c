/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Posterior draws and proposals of one chain file; documented in pool_bridge_internal.h.
 *
 * The density of the mixture costs as much as an evaluation, and is not needed where it
 * is known already: a walker that has not moved has that of the row before, and one that has taken
 * a draw of the mixture has the weight that is stored with it. */
#include "pool_bridge_internal.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/diagnostics.h"
#include "base/bounds.h"
#include "base/mem.h"
#include "sampler/mixture.h"

#define MAX_DRAWS ((size_t)1 << 17) /* of the posterior; with more the proposals' error counts */

typedef struct work {
    mutau_chain *chain;
    mutau_chain_info info;
    mutau_mixture *mixture;
    size_t n_column, first, stride, n_row; /* rows first, first + stride, ... */
    double *x;                             /* [dim][n_row][n_column] */
    double *posterior;                     /* [n_row][n_column] */
    double *proposal;                      /* [n_proposal_row][n_column] */
    size_t n_proposal_row;
} work;

static mutau_status alloc_work(work *w, mutau_error *err)
{
    const size_t n = w->n_row * w->n_column;
    w->x = mutau_calloc(n, w->info.dim * sizeof *w->x);
    w->posterior = mutau_calloc(n, sizeof *w->posterior);
    w->proposal = mutau_calloc(w->n_proposal_row, w->n_column * sizeof *w->proposal);
    if (w->x == NULL || w->posterior == NULL || w->proposal == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the evidence of %zu rows",
                               w->n_row);
    return MUTAU_OK;
}

static void clear_work(work *w)
{
    mutau_mixture_free(w->mixture);
    free(w->x);
    free(w->posterior);
    free(w->proposal);
}

/* One piece if all rows are taken. */
static mutau_status read_draws(const work *w, mutau_error *err)
{
    const size_t n = w->stride == 1 ? w->n_row : 1, size = w->n_row * w->n_column;
    for (size_t t = 0; t < w->n_row; t += n) {
        const size_t row = w->first + t * w->stride, at = t * w->n_column;
        MUTAU_CHECK(mutau_chain_read_log_prob(w->chain, row, n, w->posterior + at, err));
        for (size_t d = 0; d < w->info.dim; d++)
            MUTAU_CHECK(mutau_chain_read_parameter(w->chain, d, row, n, w->x + d * size + at, err));
    }
    return MUTAU_OK;
}

/* Whether draw i is at the same place as that of the row before. */
static bool stays(const work *w, size_t i)
{
    const size_t size = w->n_row * w->n_column;
    for (size_t d = 0; d < w->info.dim; d++) {
        const double now = w->x[d * size + i], before = w->x[d * size + i - w->n_column];
        if (now < before || now > before)
            return false;
    }
    return true;
}

/* Whether the weight of a proposal is that of the draw of the same row: each step is stored, and
 * nothing but its one proposal has moved the walker. */
static bool has_own_weights(const work *w)
{
    return w->stride == 1 && w->info.thin == 1 && w->info.n_temperature < 2;
}

/* Log_prob becomes ln p - ln q. */
static void divide(const work *w)
{
    const size_t size = w->n_row * w->n_column;
    const bool own = has_own_weights(w);
    for (size_t i = 0; i < size; i++) {
        const bool moved = i < w->n_column || !stays(w, i);
        const double weight = w->proposal[w->first * w->n_column + i];
        double x[MUTAU_MAX_DIM];
        if (!moved) {
            w->posterior[i] = w->posterior[i - w->n_column];
        } else if (own && i >= w->n_column && isfinite(weight)) {
            w->posterior[i] = weight;
        } else {
            for (size_t d = 0; d < w->info.dim; d++)
                x[d] = w->x[d * size + i];
            w->posterior[i] -= mutau_mixture_ln_density(w->mixture, x);
        }
    }
}

static mutau_status read_mixture(work *w, mutau_error *err)
{
    MUTAU_TRY(err, mutau_mixture_read(w->info.mixture, &w->mixture, err), "/mixture");
    if (mutau_mixture_dim(w->mixture) == w->info.dim && w->info.dim <= MUTAU_MAX_DIM)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EDATA, "/mixture has %zu coordinates, the chain %zu",
                           mutau_mixture_dim(w->mixture), w->info.dim);
}

static mutau_status compute(work *w, mutau_bridge *out, mutau_error *err)
{
    MUTAU_CHECK(read_mixture(w, err));
    MUTAU_CHECK(alloc_work(w, err));
    MUTAU_CHECK(mutau_chain_read_log_weight(w->chain, 0, w->n_proposal_row, w->proposal, err));
    MUTAU_CHECK(read_draws(w, err));
    divide(w);
    mutau_bridge_input input = {.n_ensemble = w->info.n_ensemble,
                                .n_walker = w->info.n_walker,
                                .n_row = w->n_row,
                                .posterior = w->posterior,
                                .n_proposal_row = w->n_proposal_row,
                                .n_early = w->first,
                                .proposal = w->proposal,
                                .tau = 1.0};
    if (w->n_row >= 2)
        MUTAU_CHECK(mutau_autocorr_time(w->n_row, w->n_column, w->posterior, &input.tau, err));
    return mutau_bridge_compute(&input, out, err);
}

mutau_status mutau_pool_bridge(mutau_chain *chain, size_t first, size_t n_row, mutau_bridge *out,
                               mutau_error *err)
{
    work w = {.chain = chain, .info = mutau_chain_describe(chain), .stride = 1};
    w.n_column = w.info.n_ensemble * w.info.n_walker;
    while (n_row / w.stride * w.n_column > MAX_DRAWS && n_row / w.stride > 4)
        w.stride++;
    w.n_row = n_row / w.stride;
    w.n_proposal_row = first + n_row;
    w.first = w.n_proposal_row - (w.n_row - 1) * w.stride - 1;
    const mutau_status status = compute(&w, out, err);
    clear_work(&w);
    return status;
}
