/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws at several temperatures; documented in stages_internal.h. */
#include "stages_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_sum.h"
#include "base/mem.h"

/* A fit takes so many, or a few more. */
enum { MOST_DRAWS = 2500 };
/* A part of the mixture imitates a hotter density: it reaches where the draws were too few. */
static const double HOT_BETA = 0.4, HOT_SHARE = 0.2;

void mutau_stages_drop(mutau_stages *s, size_t i)
{
    free(s->stage[i].x);
    free(s->stage[i].ln_like);
    s->n--;
    memmove(s->stage + i, s->stage + i + 1, (s->n - i) * sizeof *s->stage);
}

void mutau_stages_clear(mutau_stages *s)
{
    while (s->n > 0)
        mutau_stages_drop(s, s->n - 1);
}

mutau_status mutau_stages_add(mutau_stages *s, double beta, double ln_z, size_t n, mutau_error *err)
{
    if (s->n == MUTAU_MAX_STAGES)
        mutau_stages_drop(s, 0);
    mutau_stage *added = &s->stage[s->n++];
    *added = (mutau_stage){.beta = beta,
                           .ln_z = ln_z,
                           .x = mutau_calloc(n, s->dim * sizeof *added->x),
                           .ln_like = mutau_calloc(n, sizeof *added->ln_like)};
    if (added->x == NULL || added->ln_like == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu particles", n);
    return MUTAU_OK;
}

void mutau_stages_keep(mutau_stages *s, size_t n, const mutau_ensemble_view *now)
{
    mutau_stage *last = &s->stage[s->n - 1];
    memcpy(last->x + last->n * s->dim, now->position, n * s->dim * sizeof *last->x);
    memcpy(last->ln_like + last->n, now->ln_like, n * sizeof *last->ln_like);
    last->n += n;
}

/* ln of the weight, for the density at beta, of a draw of all stages together. */
static double weigh(const mutau_stages *s, double beta, double ln_like)
{
    double largest = -(double)INFINITY, sum = 0.0, term[MUTAU_MAX_STAGES];
    for (size_t k = 0; k < s->n; k++) {
        const mutau_stage *at = &s->stage[k];
        term[k] = at->beta * ln_like - at->ln_z + log((double)at->n);
        largest = fmax(largest, term[k]);
    }
    for (size_t k = 0; k < s->n; k++)
        sum += exp(term[k] - largest);
    return beta * ln_like - largest - log(sum);
}

/* Draws of one density alone say nothing of a hotter one: those in its far tail would be all. */
static double hot_share(const mutau_stages *s, double beta)
{
    for (size_t k = 0; k < s->n; k++)
        if (s->stage[k].beta < beta)
            return HOT_SHARE;
    return 0.0;
}

/* The weights of all draws for the density at beta, with a share of a hotter one. */
static void weigh_all(const mutau_stages *s, double beta, size_t n, double ln_weight[],
                      double ln_hot[])
{
    size_t at = 0;
    for (size_t k = 0; k < s->n; k++)
        for (size_t i = 0; i < s->stage[k].n; i++, at++) {
            ln_weight[at] = weigh(s, beta, s->stage[k].ln_like[i]);
            ln_hot[at] = weigh(s, HOT_BETA * beta, s->stage[k].ln_like[i]);
        }
    const double sum = mutau_log_sum(n, ln_weight), sum_hot = mutau_log_sum(n, ln_hot);
    const double share = hot_share(s, beta);
    for (size_t i = 0; i < n; i++)
        ln_weight[i] =
            log((1.0 - share) * exp(ln_weight[i] - sum) + share * exp(ln_hot[i] - sum_hot));
}

/* Draws of all stages that stand for all: those that have more than a share of the weight, and of
 * the others so many that each stands for that share.  x and ln_weight have room for all; draw i
 * has the weight ln_weight[i], which is replaced by those of the ones that are kept. */
static size_t gather(const mutau_stages *s, size_t n, double x[], double ln_weight[])
{
    const size_t dim = s->dim;
    const double least = 1.0 / (double)MOST_DRAWS, ln_sum = mutau_log_sum(n, ln_weight);
    double below = 0.5 * least;
    size_t at = 0, n_kept = 0;
    for (size_t k = 0; k < s->n; k++)
        for (size_t i = 0; i < s->stage[k].n; i++, at++) {
            const double weight = exp(ln_weight[at] - ln_sum);
            if (weight < least) {
                below += weight;
                if (below < least)
                    continue;
                below -= least;
            }
            memcpy(x + n_kept * dim, s->stage[k].x + i * dim, dim * sizeof *x);
            ln_weight[n_kept++] = log(fmax(weight, least));
        }
    return n_kept;
}

mutau_status mutau_stages_fit(const mutau_stages *s, double beta,
                              const mutau_mixture_settings *settings,
                              const mutau_mixture_sample *prior, mutau_mixture **out,
                              mutau_error *err)
{
    size_t n = 0;
    *out = NULL;
    for (size_t k = 0; k < s->n; k++)
        n += s->stage[k].n;
    double *x = mutau_calloc(n, s->dim * sizeof *x);
    double *ln_weight = mutau_calloc(n, 2 * sizeof *ln_weight);
    mutau_status status = MUTAU_OK;
    if (x == NULL || ln_weight == NULL) {
        status = mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", n);
    } else {
        weigh_all(s, beta, n, ln_weight, ln_weight + n);
        const size_t n_kept = gather(s, n, x, ln_weight);
        const mutau_mixture_sample sample = {.n = n_kept, .x = x, .ln_weight = ln_weight};
        status = mutau_mixture_fit(settings, &sample, prior, out, err);
    }
    free(x);
    free(ln_weight);
    return status;
}
