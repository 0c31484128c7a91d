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
 */
#include "likelihood/flux_likelihood.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

typedef struct weight {
    double n_obs, below, above, slope; /* w for N < n_obs, for N > n_obs; s */
} weight;

struct mutau_flux_likelihood {
    size_t n_point;
    mutau_flux_point *points;
    weight *weights;
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
    if (l->points == NULL || l->weights == NULL)
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

/* With all predictions multiplied by the factor. */
static double chi2_of(const mutau_flux_likelihood *l, const double n[], double factor)
{
    double chi2 = 0.0;
    for (size_t i = 0; i < l->n_point; i++) {
        const weight *w = &l->weights[i];
        const double predicted = factor * n[i], off = predicted - w->n_obs;
        chi2 += (off > 0.0 ? w->above : w->below) * off * off + w->slope * predicted;
    }
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

static derivative derivative_at(const mutau_flux_likelihood *l, const double n[], double factor)
{
    derivative d = {0};
    for (size_t i = 0; i < l->n_point; i++) {
        const weight *w = &l->weights[i];
        const double twice = 2.0 * (factor * n[i] > w->n_obs ? w->above : w->below);
        d.slope += twice * n[i] * n[i];
        d.constant += w->slope * n[i] - twice * n[i] * w->n_obs;
    }
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
