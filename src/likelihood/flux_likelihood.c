/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chi^2 of the neutrino spectra; documented in likelihood/flux_likelihood.h.
 *
 * The data are E^2 dPhi/dE, constant over a bin, so that N = E2Phi (1/E_lo - 1/E_hi)
 * is the number that a predicted bin integral is compared with.  Every convention
 * takes the one form
 *
 *     chi^2 = sum_i  w_i (N_i - n_obs_i)^2 + s_i N_i,
 *
 * where the weight w depends on the sign of the difference.  A measured bin has
 * w = 1/sigma^2, s = 0.  A limit in `gaussian` (eqs. 11-13) is a measurement of 0
 * with sigma at the limit.  A limit in `profile` has w = 0 and s = -2 ln L per N: an
 * exponential that reaches at the limit what its confidence level says, 1 for 68 %
 * and 2.706 (1.645^2) for 90 %.
 *
 * A data set with a covariance C has no part in that sum: it adds r^T C^-1 r, r_i = N_i - n_obs_i,
 * as |W r|^2 (bin_covariance.h).
 */
#include "likelihood/flux_likelihood.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "likelihood/bin_covariance.h"

typedef struct weight {
    double n_obs, below, above, slope; /* w for N < n_obs, for N > n_obs; s */
} weight;

/* The points of a data set with a covariance. */
typedef struct block {
    size_t first, n;
    double *whiten; /* [n][n] */
} block;

struct mutau_flux_likelihood {
    size_t n_point;
    mutau_flux_point *points;
    weight *weights;
    size_t n_block;
    block *blocks; /* [n_dataset] */
};

/* -2 ln L of a one-sided limit at its edge.  Tables round 0.6827 to 0.68. */
static const struct limit_level {
    double level, tolerance, slope;
} limit_levels[] = {{0.6827, 0.005, 1.0}, {0.90, 1e-9, 2.706}};

static double limit_slope(double level)
{
    for (size_t i = 0; i < sizeof limit_levels / sizeof limit_levels[0]; i++)
        if (fabs(level - limit_levels[i].level) <= limit_levels[i].tolerance)
            return limit_levels[i].slope;
    return 0.0;
}

static void measured_point(mutau_flux_point *p, const mutau_bin *bin, double per_e2phi,
                           mutau_error_convention errors)
{
    const double mean = 0.5 * (bin->err_minus + bin->err_plus);
    const double lo[] = {mean, bin->err_plus, bin->err_minus};
    const double hi[] = {mean, bin->err_plus, bin->err_plus};
    p->n_obs = bin->e2phi * per_e2phi;
    p->sigma_lo = lo[errors] * per_e2phi;
    p->sigma_hi = hi[errors] * per_e2phi;
}

static void limit_point(mutau_flux_point *p, const mutau_bin *bin, double per_e2phi)
{
    p->n_limit = bin->e2phi_limit * per_e2phi;
    p->sigma_lo = p->sigma_hi = p->n_limit;
    p->limit_slope = limit_slope(bin->limit_level);
}

static weight point_weight(const mutau_flux_point *p, mutau_likelihood_kind kind)
{
    if (p->n_limit > 0.0 && kind == MUTAU_LIKELIHOOD_PROFILE)
        return (weight){.slope = p->limit_slope / p->n_limit};
    return (weight){.n_obs = p->n_obs,
                    .below = 1.0 / (p->sigma_lo * p->sigma_lo),
                    .above = 1.0 / (p->sigma_hi * p->sigma_hi)};
}

/* Positive and finite also after squaring; a NaN is refused. */
static bool is_scale(double sigma)
{
    return isfinite(1.0 / (sigma * sigma)) && isfinite(sigma * sigma) && sigma > 0.0;
}

static mutau_status make_point(mutau_flux_point *p, const mutau_dataset *dataset, size_t i_bin,
                               mutau_error_convention errors, mutau_error *err)
{
    const mutau_bin *bin = &dataset->bins[i_bin];
    const size_t row = bin->row > 0 ? bin->row : i_bin + 1;
    const double per_e2phi = 1.0 / bin->e_lo_gev - 1.0 / bin->e_hi_gev;
    p->e_lo_gev = bin->e_lo_gev;
    p->e_hi_gev = bin->e_hi_gev;
    p->channel = dataset->channel;
    if (!(bin->e_lo_gev > 0.0 && per_e2phi > 0.0))
        return mutau_error_set(err, MUTAU_EDOM, "%s, row %zu: no energy range: %g to %g GeV",
                               dataset->name, row, bin->e_lo_gev, bin->e_hi_gev);
    if (bin->is_limit)
        limit_point(p, bin, per_e2phi);
    else
        measured_point(p, bin, per_e2phi, errors);
    if (dataset->covariance != NULL)
        p->sigma_lo = p->sigma_hi =
            sqrt(dataset->covariance[i_bin * (dataset->n_bin + 1)]) * per_e2phi;
    if (!is_scale(p->sigma_lo) || !is_scale(p->sigma_hi) || !isfinite(p->n_obs))
        return mutau_error_set(
            err, MUTAU_EDOM, "%s, row %zu (%g to %g GeV): the %s is not a positive number",
            dataset->name, row, bin->e_lo_gev, bin->e_hi_gev, bin->is_limit ? "limit" : "error");
    if (bin->is_limit && !(p->limit_slope > 0.0))
        return mutau_error_set(err, MUTAU_EDOM,
                               "%s, row %zu: a limit of %g C.L.; 0.68 and 0.90 are known",
                               dataset->name, row, bin->limit_level);
    return MUTAU_OK;
}

/* The data set's points, which begin at `first`, as a block. */
static mutau_status add_block(mutau_flux_likelihood *l, mutau_likelihood_kind kind,
                              const mutau_dataset *d, size_t first, mutau_error *err)
{
    const size_t n = d->n_bin;
    block *b = &l->blocks[l->n_block];
    if (kind != MUTAU_LIKELIHOOD_GAUSSIAN)
        return mutau_error_set(err, MUTAU_EDOM, "%s: only a gaussian takes a covariance", d->name);
    double *c = mutau_calloc(n * n, sizeof *c);
    *b = (block){first, n, mutau_calloc(n * n, sizeof *b->whiten)};
    l->n_block++;
    mutau_status status = MUTAU_ENOMEM;
    if (c == NULL || b->whiten == NULL) {
        (void)mutau_error_set(err, status, "no memory for the covariance of %s", d->name);
    } else {
        for (size_t i = 0; i < n; i++) {
            const double per_i = l->points[first + i].sigma_lo / sqrt(d->covariance[i * (n + 1)]);
            for (size_t j = 0; j < n; j++)
                c[i * n + j] = d->covariance[i * n + j] * per_i * l->points[first + j].sigma_lo /
                               sqrt(d->covariance[j * (n + 1)]);
            l->weights[first + i] = (weight){.n_obs = l->points[first + i].n_obs};
        }
        status = mutau_bin_covariance_whiten(n, c, b->whiten, err);
    }
    free(c);
    return status;
}

static mutau_status fill_points(mutau_flux_likelihood *l, mutau_likelihood_kind kind,
                                mutau_error_convention errors, size_t n_dataset,
                                const mutau_dataset *const datasets[], mutau_error *err)
{
    size_t i = 0;
    if (kind == MUTAU_LIKELIHOOD_PROFILE) /* its measured bins are split normals */
        errors = MUTAU_ERRORS_SPLIT;
    for (size_t i_dataset = 0; i_dataset < n_dataset; i_dataset++) {
        for (size_t i_bin = 0; i_bin < datasets[i_dataset]->n_bin; i_bin++, i++) {
            l->points[i].i_dataset = i_dataset;
            MUTAU_CHECK(make_point(&l->points[i], datasets[i_dataset], i_bin, errors, err));
            l->weights[i] = point_weight(&l->points[i], kind);
        }
        if (datasets[i_dataset]->covariance != NULL)
            MUTAU_CHECK(
                add_block(l, kind, datasets[i_dataset], i - datasets[i_dataset]->n_bin, err));
    }
    return MUTAU_OK;
}

static size_t count_bins(mutau_likelihood_kind kind, size_t n_dataset,
                         const mutau_dataset *const datasets[])
{
    size_t n = 0;
    for (size_t i = 0; i < n_dataset && kind != MUTAU_LIKELIHOOD_NONE; i++)
        n += datasets[i]->n_bin;
    return n;
}

mutau_status mutau_flux_likelihood_alloc(mutau_likelihood_kind kind, mutau_error_convention errors,
                                         size_t n_dataset, const mutau_dataset *const datasets[],
                                         mutau_flux_likelihood **out, mutau_error *err)
{
    mutau_status status = MUTAU_ENOMEM;
    *out = NULL;
    mutau_flux_likelihood *l = mutau_calloc(1, sizeof *l);
    if (l == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the flux likelihood");
    l->n_point = count_bins(kind, n_dataset, datasets);
    l->points = mutau_calloc(l->n_point, sizeof *l->points);
    l->weights = mutau_calloc(l->n_point, sizeof *l->weights);
    l->blocks = mutau_calloc(n_dataset, sizeof *l->blocks);
    if (l->points == NULL || l->weights == NULL || l->blocks == NULL)
        (void)mutau_error_set(err, status, "no memory for %zu data points", l->n_point);
    else if (kind == MUTAU_LIKELIHOOD_NONE)
        status = MUTAU_OK;
    else
        status = fill_points(l, kind, errors, n_dataset, datasets, err);
    if (status != MUTAU_OK) {
        mutau_flux_likelihood_free(l);
        return status;
    }
    *out = l;
    return MUTAU_OK;
}

void mutau_flux_likelihood_free(mutau_flux_likelihood *likelihood)
{
    if (likelihood == NULL)
        return;
    free(likelihood->points);
    free(likelihood->weights);
    for (size_t k = 0; k < likelihood->n_block; k++)
        free(likelihood->blocks[k].whiten);
    free(likelihood->blocks);
    free(likelihood);
}

size_t mutau_flux_likelihood_count(const mutau_flux_likelihood *likelihood)
{
    return likelihood->n_point;
}

const mutau_flux_point *mutau_flux_likelihood_points(const mutau_flux_likelihood *likelihood)
{
    return likelihood->points;
}

/* Of the factor times the predictions. */
static double block_chi2(const mutau_flux_likelihood *l, const block *b, const double n[],
                         double factor)
{
    double chi2 = 0.0;
    for (size_t i = 0; i < b->n; i++) {
        const double *w = b->whiten + i * b->n;
        double y = 0.0;
        for (size_t j = 0, k = b->first; j <= i; j++, k++)
            y += w[j] * (factor * n[k] - l->weights[k].n_obs);
        chi2 += y * y;
    }
    return chi2;
}

/* With all predictions multiplied by the factor. */
static double chi2_of(const mutau_flux_likelihood *l, const double n[], double factor)
{
    double chi2 = 0.0;
    for (size_t i = 0; i < l->n_point; i++) {
        const weight *w = &l->weights[i];
        const double predicted = factor * n[i], off = predicted - w->n_obs;
        chi2 += (off > 0.0 ? w->above : w->below) * off * off + w->slope * predicted;
    }
    for (size_t k = 0; k < l->n_block; k++)
        chi2 += block_chi2(l, &l->blocks[k], n, factor);
    return chi2;
}

double mutau_flux_likelihood_chi2(const mutau_flux_likelihood *likelihood,
                                  const double n_predicted[])
{
    return chi2_of(likelihood, n_predicted, 1.0);
}

/* --- the best factor -------------------------------------------------------------------- */

/* d chi^2/d factor = slope factor + constant, near a factor. */
typedef struct derivative {
    double slope, constant;
} derivative;

/* Adds what the data of a block have: |W (factor n - observed)|^2. */
static void add_correlated(const mutau_flux_likelihood *l, const block *b, const double n[],
                           derivative *d)
{
    for (size_t i = 0; i < b->n; i++) {
        const double *w = b->whiten + i * b->n;
        double predicted = 0.0, observed = 0.0;
        for (size_t j = 0, k = b->first; j <= i; j++, k++) {
            predicted += w[j] * n[k];
            observed += w[j] * l->weights[k].n_obs;
        }
        d->slope += 2.0 * predicted * predicted;
        d->constant -= 2.0 * predicted * observed;
    }
}

static derivative derivative_at(const mutau_flux_likelihood *l, const double n[], double factor)
{
    derivative d = {0};
    for (size_t i = 0; i < l->n_point; i++) {
        const weight *w = &l->weights[i];
        const double twice = 2.0 * (factor * n[i] > w->n_obs ? w->above : w->below);
        d.slope += twice * n[i] * n[i];
        d.constant += w->slope * n[i] - twice * n[i] * w->n_obs;
    }
    for (size_t k = 0; k < l->n_block; k++)
        add_correlated(l, &l->blocks[k], n, &d);
    return d;
}

/* Where the derivative of the piece that `inside` belongs to is 0, within [lo, hi]. */
static double root_of_piece(const mutau_flux_likelihood *l, const double n[], double lo,
                            double inside, double hi)
{
    const derivative d = derivative_at(l, n, inside);
    if (d.slope > 0.0)
        return fmin(fmax(-d.constant / d.slope, lo), hi);
    return d.constant > 0.0 ? lo : fmin(fmax(1.0, lo), hi);
}

double mutau_flux_likelihood_best_factor(const mutau_flux_likelihood *likelihood,
                                         const double n_predicted[], double lo, double hi,
                                         double *chi2)
{
    const mutau_flux_likelihood *l = likelihood;
    /* The derivative never falls; between these the weights are the same. */
    for (size_t i = 0; i < l->n_point; i++) {
        const double kink = l->weights[i].n_obs / n_predicted[i];
        if (!(kink > lo && kink < hi))
            continue;
        const derivative d = derivative_at(l, n_predicted, kink);
        *(d.slope * kink + d.constant > 0.0 ? &hi : &lo) = kink;
    }
    const double inside = isfinite(hi) ? 0.5 * (lo + hi) : lo + 1.0;
    const double factor = root_of_piece(l, n_predicted, lo, inside, hi);
    *chi2 = chi2_of(l, n_predicted, factor);
    return factor;
}
