/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk move of Goodman & Weare; documented in sampler/move.h.
 *
 * The sum over the subset, rather than a factor of its covariance, makes the move's random
 * numbers mean the same after an affine map. */
#include "sampler/move.h"

#include <math.h>
#include <stdbool.h>

/* The workspace is the mean of the whole half, then scratch: the subset's mean and all
 * indices, those of the subset first. */
typedef struct walk_scratch {
    double *half_mean, *mean; /* [dim] */
    size_t *index;            /* [n_other] */
} walk_scratch;

static size_t workspace_size(const void *cfg, size_t dim, size_t n_other)
{
    (void)cfg;
    return 2 * dim * sizeof(double) + n_other * sizeof(size_t);
}

static walk_scratch divide(void *ws, size_t dim)
{
    double *half_mean = ws;
    void *index = half_mean + 2 * dim;
    return (walk_scratch){.half_mean = half_mean, .mean = half_mean + dim, .index = index};
}

static void average(size_t dim, size_t n, const size_t index[], const double other[], double mean[])
{
    for (size_t k = 0; k < dim; k++) {
        mean[k] = 0.0;
        for (size_t i = 0; i < n; i++)
            mean[k] += other[index[i] * dim + k];
        mean[k] /= (double)n;
    }
}

static void list_all(size_t n, size_t index[])
{
    for (size_t i = 0; i < n; i++)
        index[i] = i;
}

static void prepare(const void *cfg, void *ws, size_t dim, size_t n_other, const double other[])
{
    (void)cfg;
    const walk_scratch w = divide(ws, dim);
    list_all(n_other, w.index);
    average(dim, n_other, w.index, other, w.half_mean);
}

/* The first s of a shuffle of all. */
static void draw_subset(mutau_rng *rng, size_t s, size_t n, size_t index[])
{
    list_all(n, index);
    for (size_t i = 0; i < s; i++) {
        const size_t j = i + mutau_rng_index(rng, n - i);
        const size_t kept = index[i];
        index[i] = index[j];
        index[j] = kept;
    }
}

static void propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    const mutau_move_walk_settings *settings = cfg;
    const walk_scratch w = divide(ws, dim);
    const bool whole = settings->s == 0 || (size_t)settings->s == n_other;
    const size_t s = whole ? n_other : (size_t)settings->s;
    const double *mean = whole ? w.half_mean : w.mean;
    if (!whole) {
        draw_subset(rng, s, n_other, w.index);
        average(dim, s, w.index, other, w.mean);
    }
    for (size_t k = 0; k < dim; k++)
        y[k] = x[k];
    for (size_t i = 0; i < s; i++) {
        const double *partner = other + w.index[i] * dim;
        const double z = mutau_rng_normal(rng) / sqrt((double)s);
        for (size_t k = 0; k < dim; k++)
            y[k] += z * (partner[k] - mean[k]);
    }
    *ln_q_ratio = 0.0;
}

static mutau_status check(const void *cfg, size_t dim, size_t n_other, mutau_error *err)
{
    (void)dim;
    const mutau_move_walk_settings *settings = cfg;
    if (settings == NULL || settings->s < 0 || settings->s == 1)
        return mutau_error_set(err, MUTAU_EDOM,
                               "walk: the subset s must have at least 2 walkers, or be 0 for all");
    if (n_other < 2 || (size_t)settings->s > n_other)
        return mutau_error_set(err, MUTAU_EDOM,
                               "walk: needs a subset of %ld walkers, half an ensemble has %zu",
                               settings->s > 2 ? settings->s : 2, n_other);
    return MUTAU_OK;
}

static const mutau_option options[] = {
    {.key = "s",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_move_walk_settings, s),
     .min = 0,
     .max = 1e6,
     .def = 0,
     .doc = "walkers in the subset, at least 2; 0 is the whole other half"},
};

const mutau_move mutau_move_walk = {
    .name = "walk",
    .doc = "normal step with the covariance of a subset of the other half",
    .reference = "Goodman & Weare, CAMCoS 5, 65 (2010), the walk move",
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_move_walk_settings),
    .workspace_size = workspace_size,
    .prepare = prepare,
    .propose = propose,
    .check = check,
};
