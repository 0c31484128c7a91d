/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel density move; documented in sampler/move.h.
 *
 * In coordinates in which the other half has the unit matrix as covariance the kernels are
 * round: ln q is a constant plus ln sum exp(-|w - w_j|^2 / 2 h^2). */
#include "sampler/move.h"

#include <math.h>
#include <stdbool.h>

#include "base/log_sum.h"
#include "covariance_internal.h"
#include "move_internal.h"

typedef struct kde_state {
    bool usable;
    double h;      /* bandwidth */
    double data[]; /* mean[dim], factor[dim][dim], white[n_other][dim], scratch */
} kde_state;

static size_t n_scratch(size_t dim, size_t n_other)
{
    const size_t to_factor = mutau_covariance_scratch(dim, n_other);
    return to_factor > dim + n_other ? to_factor : dim + n_other;
}

static size_t workspace_size(const void *cfg, size_t dim, size_t n_other)
{
    (void)cfg;
    return sizeof(kde_state) +
           (dim + dim * dim + n_other * dim + n_scratch(dim, n_other)) * sizeof(double);
}

static double *factor_of(kde_state *s, size_t dim)
{
    return s->data + dim;
}

static double *white_of(kde_state *s, size_t dim)
{
    return s->data + dim + dim * dim;
}

static void whiten(kde_state *s, size_t dim, const double x[], double w[])
{
    for (size_t k = 0; k < dim; k++)
        w[k] = x[k] - s->data[k];
    mutau_covariance_whiten(dim, factor_of(s, dim), w);
}

static void prepare(const void *cfg, void *ws, size_t dim, size_t n_other, const double other[])
{
    const mutau_move_kde_settings *settings = cfg;
    kde_state *s = ws;
    double *white = white_of(s, dim);
    s->h = isnan(settings->bandwidth) ? pow((double)n_other, -1.0 / ((double)dim + 4.0))
                                      : settings->bandwidth;
    s->usable = mutau_covariance_factor(dim, n_other, other, s->data, factor_of(s, dim),
                                        white + n_other * dim);
    for (size_t j = 0; s->usable && j < n_other; j++)
        whiten(s, dim, other + j * dim, white + j * dim);
}

/* ln q(x) but for a constant. */
static double ln_density(kde_state *s, size_t dim, const double x[], size_t n_other)
{
    const double *white = white_of(s, dim);
    double *w = white_of(s, dim) + n_other * dim, *exponent = w + dim;
    whiten(s, dim, x, w);
    for (size_t j = 0; j < n_other; j++) {
        double square = 0.0;
        for (size_t k = 0; k < dim; k++) {
            const double d = w[k] - white[j * dim + k];
            square += d * d;
        }
        exponent[j] = -0.5 * square / (s->h * s->h);
    }
    return mutau_log_sum(n_other, exponent);
}

static void propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    (void)cfg;
    kde_state *s = ws;
    const double *partner = other + dim * mutau_rng_index(rng, n_other);
    for (size_t k = 0; k < dim; k++)
        y[k] = s->h * mutau_rng_normal(rng);
    if (!s->usable) {
        mutau_move_refuse(dim, x, y, ln_q_ratio);
        return;
    }
    mutau_covariance_colour(dim, factor_of(s, dim), y);
    for (size_t k = 0; k < dim; k++)
        y[k] += partner[k];
    *ln_q_ratio = ln_density(s, dim, x, n_other) - ln_density(s, dim, y, n_other);
}

static mutau_status check(const void *cfg, size_t dim, size_t n_other, mutau_error *err)
{
    const mutau_move_kde_settings *settings = cfg;
    if (settings == NULL || !mutau_move_is_scale(settings->bandwidth, true))
        return mutau_error_set(err, MUTAU_EDOM, "kde: the bandwidth must be a number above 0");
    if (n_other <= dim)
        return mutau_error_set(err, MUTAU_EDOM,
                               "kde: needs more than %zu other walkers for %zu coordinates, half "
                               "an ensemble has %zu",
                               dim, dim, n_other);
    return MUTAU_OK;
}

static const mutau_option options[] = {
    {.key = "bandwidth",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_kde_settings, bandwidth),
     .min = 1e-3,
     .max = 1e3,
     .def = (double)NAN,
     .doc = "in standard deviations of the other half; Scott's n^(-1/(dim + 4)) if not given"},
};

const mutau_move mutau_move_kde = {
    .name = "kde",
    .doc = "a draw from the kernel density estimate of the other half",
    .reference = "Scott, Multivariate Density Estimation (1992), chapter 6; "
                 "Tierney, Ann. Stat. 22, 1701 (1994)",
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_move_kde_settings),
    .workspace_size = workspace_size,
    .prepare = prepare,
    .propose = propose,
    .check = check,
};
