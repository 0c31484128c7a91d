/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectation and maximisation; documented in mixture_em_internal.h.
 *
 * The points are about of unit covariance and no blob is narrower than the floor, so that the
 * densities can be computed as they are, without logarithms: even far outliers do not underflow.
 * The loops go over blocks of points, which the compiler makes vectors of. */
#include "mixture_em_internal.h"

#include <float.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { BLOCK = 128 };

bool mutau_em_alloc(mutau_em *em, size_t dim, size_t n)
{
    const size_t n_feature = 1 + dim + dim * (dim + 1) / 2;
    *em = (mutau_em){.dim = dim, .n = n, .n_feature = n_feature};
    em->y = mutau_calloc(n, dim * sizeof *em->y);
    em->weight = mutau_calloc(n, sizeof *em->weight);
    em->feature = mutau_calloc(n, n_feature * sizeof *em->feature);
    em->total = mutau_calloc(n, sizeof *em->total);
    em->density = mutau_calloc(n, MUTAU_MAX_COMPONENTS * sizeof *em->density);
    em->shrink = mutau_calloc(n, MUTAU_MAX_COMPONENTS * sizeof *em->shrink);
    em->share = mutau_calloc(n, sizeof *em->share);
    em->trial = mutau_calloc(n, 3 * sizeof *em->trial);
    return em->y != NULL && em->weight != NULL && em->feature != NULL && em->total != NULL &&
           em->density != NULL && em->shrink != NULL && em->share != NULL && em->trial != NULL;
}

void mutau_em_free(mutau_em *em)
{
    free(em->y);
    free(em->weight);
    free(em->feature);
    free(em->total);
    free(em->density);
    free(em->shrink);
    free(em->share);
    free(em->trial);
}

void mutau_em_prepare(mutau_em *em)
{
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < em->n; i++) {
        double *out = em->feature + i * em->n_feature;
        *out++ = 1.0;
        for (size_t k = 0; k < em->dim; k++)
            *out++ = em->y[k * em->n + i];
        for (size_t k = 0; k < em->dim; k++)
            for (size_t l = 0; l <= k; l++)
                *out++ = em->y[k * em->n + i] * em->y[l * em->n + i];
        sum += em->weight[i];
        square += em->weight[i] * em->weight[i];
    }
    for (size_t i = 0; i < em->n; i++)
        em->weight[i] *= sum / square;
    em->n_effective = sum * sum / square;
}

double mutau_em_least(const mutau_em *em)
{
    return (double)em->dim + 2.0;
}

/* ---- one blob ---- */

/* The floor keeps the matrix far from singular, beyond what rounding does. */
void mutau_em_shape(const mutau_em *em, int dof, const double scale[], mutau_em_blob *blob)
{
    const size_t dim = em->dim;
    double matrix[MUTAU_MAX_DIM * MUTAU_MAX_DIM];
    for (size_t k = 0, at = 0; k < dim; k++)
        for (size_t l = 0; l <= k; l++, at++)
            matrix[k * dim + l] = matrix[l * dim + k] = scale[at] + em->floor[at];
    gsl_matrix_view view = gsl_matrix_view_array(matrix, dim, dim);
    (void)gsl_linalg_cholesky_decomp1(&view.matrix);
    blob->front = blob->weight * mutau_t_front(dim, dof);
    for (size_t k = 0, at = 0; k < dim; k++) {
        for (size_t l = 0; l <= k; l++, at++)
            blob->factor[at] = matrix[k * dim + l];
        blob->front /= matrix[k * dim + k];
    }
    mutau_triangle_invert(dim, blob->factor, blob->inverse);
}

/* The covariance of few points is too narrow in some directions: it is mixed with a ball's, half
 * and half for the fewest, not at all for many. */
static void round_off(size_t dim, double n, double scale[])
{
    const double enough = 5.0 * ((double)dim + 1.0), share = 0.5 * (1.0 - n / enough);
    double mean = 0.0;
    if (!(share > 0.0))
        return;
    for (size_t k = 0; k < dim; k++)
        mean += scale[k * (k + 3) / 2] / (double)dim;
    for (size_t i = 0; i < dim * (dim + 1) / 2; i++)
        scale[i] *= 1.0 - share;
    for (size_t k = 0; k < dim; k++)
        scale[k * (k + 3) / 2] += share * mean;
}

double mutau_em_gather(const mutau_em *em, int dof, const double share[], const double shrink[],
                       mutau_em_blob *blob)
{
    enum { MAX_FEATURE = 1 + MUTAU_MAX_DIM + MUTAU_MAX_TRIANGLE };
    const size_t dim = em->dim, n_feature = em->n_feature;
    double sum[MAX_FEATURE] = {0}, mass = 0.0, square = 0.0;
    for (size_t i = 0; i < em->n; i++) {
        const double *const feature = em->feature + i * n_feature;
        const double pull = shrink != NULL ? share[i] * shrink[i] : share[i];
        if (pull < DBL_MIN)
            continue;
        mass += share[i];
        square += share[i] * share[i];
        for (size_t f = 0; f < n_feature; f++)
            sum[f] += pull * feature[f];
    }
    blob->weight = mass / em->n_effective;
    if (!(mass > 0.0))
        return 0.0;
    double *const scale = sum + 1 + dim;
    for (size_t k = 0, at = 0; k < dim; k++) {
        blob->mean[k] = sum[1 + k] / sum[0];
        for (size_t l = 0; l <= k; l++, at++)
            scale[at] = scale[at] / sum[0] - blob->mean[k] * blob->mean[l];
    }
    round_off(dim, mass * mass / square, scale);
    mutau_em_shape(em, dof, scale, blob);
    return mass * mass / square;
}

/* square[n] of the distances of n points from the i-th on. */
static void distances(const mutau_em *em, const mutau_em_blob *blob, size_t i, size_t n,
                      double square[BLOCK])
{
    const double *inverse = blob->inverse;
    for (size_t j = 0; j < n; j++)
        square[j] = 0.0;
    for (size_t k = 0; k < em->dim; k++) {
        double sum[BLOCK] = {0};
        for (size_t l = 0; l <= k; l++) {
            const double *const y = em->y + l * em->n + i;
            const double slope = *inverse++, mean = blob->mean[l];
            for (size_t j = 0; j < n; j++)
                sum[j] += slope * (y[j] - mean);
        }
        for (size_t j = 0; j < n; j++)
            square[j] += sum[j] * sum[j];
    }
}

/* value[n] = front base[n]^(twice / 2) */
static void power(int twice, double front, size_t n, const double base[BLOCK], double value[])
{
    double factor[BLOCK];
    for (size_t j = 0; j < n; j++) {
        value[j] = front * (twice % 2 != 0 ? sqrt(base[j]) : 1.0);
        factor[j] = base[j];
    }
    for (int left = twice / 2; left > 0; left /= 2) {
        if (left % 2 != 0)
            for (size_t j = 0; j < n; j++)
                value[j] *= factor[j];
        for (size_t j = 0; j < n; j++)
            factor[j] *= factor[j];
    }
}

void mutau_em_evaluate(const mutau_em *em, const mutau_em_blob *blob, int dof, double density[],
                       double shrink[])
{
    const double per_dof = 1.0 / dof;
    for (size_t i = 0; i < em->n; i += BLOCK) {
        const size_t n = em->n - i < BLOCK ? em->n - i : BLOCK;
        double square[BLOCK];
        distances(em, blob, i, n, square);
        for (size_t j = 0; j < n; j++)
            shrink[i + j] = 1.0 / (1.0 + per_dof * square[j]);
        power(dof + (int)em->dim, blob->front, n, shrink + i, density + i);
    }
}

/* ---- all of them ---- */

static double sum_ln(const mutau_em *em, const double density[])
{
    double sum = 0.0;
    for (size_t i = 0; i < em->n; i++)
        sum += em->weight[i] * log(density[i]);
    return sum;
}

void mutau_em_expect(mutau_em *em, mutau_em_blend *blend)
{
    for (size_t i = 0; i < em->n; i++)
        em->total[i] = DBL_MIN;
    for (size_t b = 0; b < blend->n; b++) {
        double *const density = em->density + b * em->n;
        mutau_em_evaluate(em, &blend->blob[b], blend->dof, density, em->shrink + b * em->n);
        for (size_t i = 0; i < em->n; i++)
            em->total[i] += density[i];
    }
    blend->ln_like = sum_ln(em, em->total);
}

static bool maximise(mutau_em *em, mutau_em_blend *blend)
{
    for (size_t b = 0; b < blend->n; b++) {
        const double *const density = em->density + b * em->n;
        for (size_t i = 0; i < em->n; i++)
            em->share[i] = em->weight[i] * density[i] / em->total[i];
        const double n =
            mutau_em_gather(em, blend->dof, em->share, em->shrink + b * em->n, &blend->blob[b]);
        if (!(n >= mutau_em_least(em)) && blend->n > 1)
            return false;
    }
    return true;
}

bool mutau_em_run(mutau_em *em, mutau_em_blend *blend, int n_step, double enough)
{
    mutau_em_expect(em, blend);
    for (int step = 0; step < n_step; step++) {
        const double before = blend->ln_like;
        if (!maximise(em, blend))
            return false;
        mutau_em_expect(em, blend);
        if (!(fabs(blend->ln_like - before) > enough))
            break;
    }
    return true;
}
