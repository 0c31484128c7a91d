/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes that all walkers have left; documented in diagnosis_internal.h.
 *
 * A place is as good as the kept draws if its density is above that of all but a twentieth of
 * them, and far from them if it lies beyond the range of one coordinate by more than a quarter
 * of that range.  Of a posterior with one mode no such place exists: the region of 95 % of a
 * normal in 16 dimensions ends at 5.1 standard deviations in any coordinate, where the range of
 * 400 independent draws and a quarter more end at 4.5 (one burn-in draw of 10^5 is beyond,
 * and hardly one of 10^7 also that good). */
#include <math.h>
#include <stdlib.h>

#include "diagnosis_internal.h"
#include "analysis/credible.h"
#include "base/mem.h"

static const double POOR_SHARE = 0.05, FAR_SHARE = 0.25;

/* Burn-in rows of one file: densities, and one coordinate. */
typedef struct burn_in {
    size_t n; /* rows x walkers */
    double *log_prob, *x;
} burn_in;

static bool has_good_place(const burn_in *b, double good)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->log_prob[i] > good)
            return true;
    return false;
}

/* A good place far from the kept draws in coordinate `dim`, whose values are in b->x. */
static bool find_far(const diagnosis_work *w, const burn_in *b, double good, size_t dim,
                     double *where)
{
    const double margin = FAR_SHARE * (w->most[dim] - w->least[dim]);
    for (size_t i = 0; i < b->n; i++)
        if (b->log_prob[i] > good &&
            (b->x[i] > w->most[dim] + margin || b->x[i] < w->least[dim] - margin)) {
            *where = b->x[i];
            return true;
        }
    return false;
}

static mutau_status search_file(const diagnosis_work *w, mutau_chain *chain, size_t n_row,
                                double good, burn_in *b, bool *found, size_t *dim, double *where,
                                mutau_error *err)
{
    b->n = n_row * w->info.n_ensemble * w->info.n_walker;
    b->log_prob = mutau_calloc(b->n, sizeof *b->log_prob);
    b->x = mutau_calloc(b->n, sizeof *b->x);
    if (b->log_prob == NULL || b->x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows of burn-in", n_row);
    MUTAU_CHECK(mutau_chain_read_log_prob(chain, 0, n_row, b->log_prob, err));
    if (!has_good_place(b, good))
        return MUTAU_OK;
    for (size_t i = 0; i < w->info.dim && !*found; i++) {
        MUTAU_CHECK(mutau_chain_read_parameter(chain, i, 0, n_row, b->x, err));
        *found = find_far(w, b, good, i, where);
        *dim = i;
    }
    return MUTAU_OK;
}

/* The density that all but POOR_SHARE of the kept draws exceed, from at most 100000 of them. */
static mutau_status good_density(const diagnosis_work *w, double *good, mutau_error *err)
{
    enum { ENOUGH = 100000 };
    const size_t n = w->pool.n_row * w->pool.n_column, stride = n / ENOUGH + 1;
    MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_LOG_PROB, 0, w->x, err));
    for (size_t i = 0; i * stride < n; i++)
        w->x[i] = w->x[i * stride];
    return mutau_quantiles((n - 1) / stride + 1, w->x, 1, &POOR_SHARE, good, err);
}

mutau_status mutau_diagnosis_find_lost_mode(diagnosis_work *w, bool *found, size_t *dim,
                                            double *where, mutau_error *err)
{
    double good = 0.0;
    *found = false;
    MUTAU_CHECK(good_density(w, &good, err));
    mutau_status status = MUTAU_OK;
    for (size_t f = 0; f < w->pool.n_chain && status == MUTAU_OK && !*found; f++) {
        burn_in b = {0};
        if (w->pool.first[f] > 0)
            status = search_file(w, w->pool.chains[f], w->pool.first[f], good, &b, found, dim,
                                 where, err);
        free(b.log_prob);
        free(b.x);
    }
    return status;
}
