/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Density and draws of a mixture of t distributions; documented in sampler/mixture.h. */
#include "sampler/mixture.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mixture_internal.h"

static const double PI = 3.14159265358979323846;
/* Far above what a term that underflows could add. */
static const double SAFE = 1e-250;

/* ---- making one ---- */

static mutau_status check_edges(size_t dim, const double lo[], const double hi[], mutau_error *err)
{
    for (size_t k = 0; k < dim; k++) {
        if (!(lo[k] < hi[k]))
            return mutau_error_set(err, MUTAU_EDOM,
                                   "mixture: coordinate %zu has the edges %g and %g: the lower one "
                                   "must be below the upper one",
                                   k + 1, lo[k], hi[k]);
        if (isfinite(lo[k]) && isfinite(hi[k]) && !isfinite(hi[k] - lo[k]))
            return mutau_error_set(err, MUTAU_EDOM,
                                   "mixture: coordinate %zu has edges too far apart: %g and %g",
                                   k + 1, lo[k], hi[k]);
    }
    return MUTAU_OK;
}

mutau_status mutau_mixture_alloc(size_t dim, const double lo[], const double hi[],
                                 mutau_mixture **out, mutau_error *err)
{
    *out = NULL;
    if (dim < 1 || dim > MUTAU_MAX_DIM)
        return mutau_error_set(err, MUTAU_EDOM, "mixture: %zu coordinates: must be 1 to %d", dim,
                               MUTAU_MAX_DIM);
    double low[MUTAU_MAX_DIM], high[MUTAU_MAX_DIM];
    for (size_t k = 0; k < dim; k++) {
        low[k] = lo != NULL ? lo[k] : -(double)INFINITY;
        high[k] = hi != NULL ? hi[k] : (double)INFINITY;
    }
    MUTAU_CHECK(check_edges(dim, low, high, err));
    mutau_mixture *m = mutau_calloc(1, sizeof *m);
    if (m == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a mixture");
    m->dim = dim;
    for (size_t k = 0; k < dim; k++) {
        m->lo[k] = low[k];
        m->hi[k] = high[k];
    }
    *out = m;
    return MUTAU_OK;
}

void mutau_mixture_free(mutau_mixture *mixture)
{
    free(mixture);
}

void mutau_triangle_invert(size_t dim, const double factor[], double inverse[])
{
    for (size_t col = 0; col < dim; col++) {
        for (size_t row = col; row < dim; row++) {
            double sum = row == col ? 1.0 : 0.0;
            for (size_t k = col; k < row; k++)
                sum -= factor[row * (row + 1) / 2 + k] * inverse[k * (k + 1) / 2 + col];
            inverse[row * (row + 1) / 2 + col] = sum / factor[row * (row + 3) / 2];
        }
    }
}

double mutau_t_front(size_t dim, int dof)
{
    return tgamma(0.5 * ((double)dof + (double)dim)) /
           (tgamma(0.5 * dof) * pow(dof * PI, 0.5 * (double)dim));
}

static bool is_finite(const mutau_component *c, size_t dim)
{
    bool finite = isfinite(c->ln_front);
    for (size_t k = 0; k < dim; k++)
        finite = finite && isfinite(c->mean[k]);
    for (size_t i = 0; i < dim * (dim + 1) / 2; i++)
        finite = finite && isfinite(c->factor[i]) && isfinite(c->inverse[i]);
    return finite;
}

bool mutau_mixture_complete(mutau_mixture *mixture)
{
    const size_t dim = mixture->dim;
    mixture->max_dof = 0;
    for (size_t j = 0; j < mixture->n; j++) {
        mutau_component *const c = &mixture->component[j];
        mutau_triangle_invert(dim, c->factor, c->inverse);
        c->twice_power = c->dof + (int)dim;
        c->ln_front = log(c->weight) + log(mutau_t_front(dim, c->dof));
        for (size_t k = 0; k < dim; k++)
            c->ln_front -= log(c->factor[k * (k + 3) / 2]);
        if (c->dof > mixture->max_dof)
            mixture->max_dof = c->dof;
        if (j == 0 || c->ln_front > mixture->ln_front)
            mixture->ln_front = c->ln_front;
    }
    for (size_t j = 0; j < mixture->n; j++)
        mixture->component[j].front = exp(mixture->component[j].ln_front - mixture->ln_front);
    bool finite = true;
    for (size_t j = 0; j < mixture->n; j++)
        finite = finite && is_finite(&mixture->component[j], dim);
    return finite;
}

size_t mutau_mixture_dim(const mutau_mixture *mixture)
{
    return mixture->dim;
}

size_t mutau_mixture_n_component(const mutau_mixture *mixture)
{
    return mixture->n;
}

/* ---- density ---- */

/* Near an edge the difference from it is exact. */
bool mutau_mixture_map(const mutau_mixture *mixture, const double x[], double z[],
                       double *ln_jacobian)
{
    double sum = 0.0;
    for (size_t k = 0; k < mixture->dim; k++) {
        const double lo = mixture->lo[k], hi = mixture->hi[k];
        if (!(x[k] > lo && x[k] < hi))
            return false;
        if (isinf(lo) && isinf(hi)) {
            z[k] = x[k];
        } else if (isinf(hi)) {
            z[k] = log(x[k] - lo);
            sum -= z[k];
        } else if (isinf(lo)) {
            z[k] = log(hi - x[k]);
            sum -= z[k];
        } else {
            const double below = log(x[k] - lo), above = log(hi - x[k]);
            z[k] = below - above;
            sum += log(hi - lo) - below - above;
        }
    }
    *ln_jacobian = sum;
    return true;
}

/* 1 + distance^2 / dof */
static double spread(const mutau_component *c, size_t dim, const double z[])
{
    const double *row = c->inverse;
    double centred[MUTAU_MAX_DIM], square = 0.0;
    for (size_t k = 0; k < dim; k++) {
        double sum = 0.0;
        centred[k] = z[k] - c->mean[k];
        for (size_t l = 0; l <= k; l++)
            sum += *row++ * centred[l];
        square += sum * sum;
    }
    return 1.0 + square / c->dof;
}

/* base^(-twice / 2) */
static double inverse_power(double base, int twice)
{
    double value = 1.0, factor = 1.0 / base;
    if (twice % 2 != 0)
        value = sqrt(factor);
    for (int left = twice / 2; left > 0; left /= 2) {
        if (left % 2 != 0)
            value *= factor;
        factor *= factor;
    }
    return value;
}

/* The logarithm of the sum where the terms themselves would underflow. */
static double ln_sum(const mutau_mixture *mixture, const double base[])
{
    double ln_each[MUTAU_MAX_COMPONENTS + 1], most = -(double)INFINITY, sum = 0.0;
    for (size_t j = 0; j < mixture->n; j++) {
        const mutau_component *const c = &mixture->component[j];
        ln_each[j] = c->ln_front - 0.5 * c->twice_power * log(base[j]);
        most = ln_each[j] > most ? ln_each[j] : most;
    }
    if (isinf(most)) /* too far away for the square of the distance */
        return most;
    for (size_t j = 0; j < mixture->n; j++)
        sum += exp(ln_each[j] - most);
    return most + log(sum);
}

double mutau_mixture_ln_density(const mutau_mixture *mixture, const double x[])
{
    double z[MUTAU_MAX_DIM], base[MUTAU_MAX_COMPONENTS + 1], ln_jacobian, sum = 0.0;
    if (!mutau_mixture_map(mixture, x, z, &ln_jacobian)) {
        for (size_t k = 0; k < mixture->dim; k++)
            if (isnan(x[k]))
                return (double)NAN;
        return -(double)INFINITY;
    }
    for (size_t j = 0; j < mixture->n; j++) {
        const mutau_component *const c = &mixture->component[j];
        base[j] = spread(c, mixture->dim, z);
        sum += c->front * inverse_power(base[j], c->twice_power);
    }
    const double ln = sum > SAFE ? log(sum) + mixture->ln_front : ln_sum(mixture, base);
    return ln + ln_jacobian;
}

/* ---- draws ---- */

/* The inverse of the map of one coordinate; what rounding puts on an edge goes beside it. */
static double unmap(double lo, double hi, double z)
{
    double x = z;
    if (isfinite(lo) && isfinite(hi))
        x = z < 0.0 ? lo + (hi - lo) * (exp(z) / (1.0 + exp(z)))
                    : hi - (hi - lo) * (exp(-z) / (1.0 + exp(-z)));
    else if (isfinite(lo))
        x = lo + exp(z);
    else if (isfinite(hi))
        x = hi - exp(z);
    if (!(x > lo))
        return nextafter(lo, hi);
    return x < hi ? x : nextafter(hi, lo);
}

static const mutau_component *choose(const mutau_mixture *mixture, double u)
{
    size_t j = 0;
    while (j + 1 < mixture->n && u >= mixture->component[j].weight) {
        u -= mixture->component[j].weight;
        j++;
    }
    return &mixture->component[j];
}

/* A normal over sqrt(chi^2 / dof), chi^2 being -2 ln of a product of dof/2 uniform numbers.  As
 * many are drawn whichever the component is. */
void mutau_mixture_draw(const mutau_mixture *mixture, mutau_rng *rng, double x[])
{
    const size_t dim = mixture->dim;
    const mutau_component *const c = choose(mixture, mutau_rng_uniform(rng));
    double normal[MUTAU_MAX_DIM], product = 1.0;
    for (size_t k = 0; k < dim; k++)
        normal[k] = mutau_rng_normal(rng);
    for (int i = 0; i < mixture->max_dof; i += 2) {
        const double u = 1.0 - mutau_rng_uniform(rng);
        if (i < c->dof)
            product *= u;
    }
    const double chi_square = fmax(-2.0 * log(product), DBL_MIN);
    const double stretch = sqrt(c->dof / chi_square);
    const double *row = c->factor;
    for (size_t k = 0; k < dim; k++) {
        double sum = 0.0;
        for (size_t l = 0; l <= k; l++)
            sum += *row++ * normal[l];
        x[k] = unmap(mixture->lo[k], mixture->hi[k], c->mean[k] + stretch * sum);
    }
}
