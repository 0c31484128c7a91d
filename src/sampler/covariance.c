/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The covariance of some points; documented in covariance_internal.h.
 *
 * With D[n][dim] the centred points and D = Q R, D^T D = R^T R: the triangle of the QR
 * decomposition is the Cholesky factor of the covariance (but for signs, which do not
 * matter) without forming it.  It cannot fail and keeps twice the digits where the points
 * nearly lie in a subspace. */
#include "covariance_internal.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

/* A coordinate that the ones before it determine to this share of its spread is taken for
 * a function of them. */
static const double MIN_INDEPENDENT = 1e-12;

size_t mutau_covariance_scratch(size_t dim, size_t n)
{
    return n * dim + dim;
}

/* Centres x[n][dim] into d[n][dim]. */
static void centre(size_t dim, size_t n, const double x[], double mean[], double d[])
{
    for (size_t k = 0; k < dim; k++) {
        mean[k] = 0.0;
        for (size_t i = 0; i < n; i++)
            mean[k] += x[i * dim + k];
        mean[k] /= (double)n;
        for (size_t i = 0; i < n; i++)
            d[i * dim + k] = x[i * dim + k] - mean[k];
    }
}

bool mutau_covariance_factor(size_t dim, size_t n, const double x[], double mean[], double factor[],
                             double scratch[])
{
    if (n <= dim)
        return false;
    centre(dim, n, x, mean, scratch);
    gsl_matrix_view d = gsl_matrix_view_array(scratch, n, dim);
    gsl_vector_view tau = gsl_vector_view_array(scratch + n * dim, dim);
    (void)gsl_linalg_QR_decomp(&d.matrix, &tau.vector);
    for (size_t i = 0; i < dim; i++) {
        double square = 0.0;
        for (size_t k = 0; k < dim; k++) {
            const double r = k <= i ? scratch[k * dim + i] / sqrt((double)n - 1.0) : 0.0;
            factor[i * dim + k] = r;
            square += r * r;
        }
        const double own = fabs(factor[i * dim + i]);
        if (!(own > MIN_INDEPENDENT * sqrt(square)) || !isfinite(square))
            return false;
    }
    return true;
}

void mutau_covariance_colour(size_t dim, const double factor[], double v[])
{
    const gsl_matrix_const_view l = gsl_matrix_const_view_array(factor, dim, dim);
    gsl_vector_view out = gsl_vector_view_array(v, dim);
    (void)gsl_blas_dtrmv(CblasLower, CblasNoTrans, CblasNonUnit, &l.matrix, &out.vector);
}

void mutau_covariance_whiten(size_t dim, const double factor[], double v[])
{
    const gsl_matrix_const_view l = gsl_matrix_const_view_array(factor, dim, dim);
    gsl_vector_view out = gsl_vector_view_array(v, dim);
    (void)gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &l.matrix, &out.vector);
}
