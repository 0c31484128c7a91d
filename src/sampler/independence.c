/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear independence of starting points; documented in independence_internal.h.
 *
 * The condition number comes from the singular values of the matrix of centred,
 * scaled coordinates (one column each), by GSL's one-sided Jacobi rotations (Hestenes
 * 1958), which resolve ratios far beyond the 1e8 at stake; the covariance would square
 * them.  The rotations, collected in V, say which combination of coordinates is missing. */
#include "independence_internal.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

static const double MAX_CONDITION = 1e8;

/* matrix[n][dim]: the coordinates, centred and of length 1 each. */
static mutau_status scale_columns(size_t n, size_t dim, const double position[],
                                  const char *const names[], double matrix[], mutau_error *err)
{
    for (size_t k = 0; k < dim; k++) {
        double mean = 0.0;
        bool same = true;
        for (size_t i = 0; i < n; i++) {
            const double x = position[i * dim + k];
            mean += x / (double)n;
            same = same && !(x < position[k]) && !(x > position[k]);
        }
        for (size_t i = 0; i < n; i++)
            matrix[i * dim + k] = position[i * dim + k] - mean;
        const gsl_vector_const_view column =
            gsl_vector_const_view_array_with_stride(matrix + k, dim, n);
        const double length = gsl_blas_dnrm2(&column.vector);
        if (!isfinite(length))
            return mutau_error_set(err, MUTAU_ENUMERIC, "coordinate '%s' is not finite", names[k]);
        if (same || !(length > 0.0))
            return mutau_error_set(err, MUTAU_ENUMERIC,
                                   "coordinate '%s' has the same value in all walkers: "
                                   "they could never leave it",
                                   names[k]);
        for (size_t i = 0; i < n; i++)
            matrix[i * dim + k] /= length;
    }
    return MUTAU_OK;
}

/* The least singular value's right vector tells which coordinates depend on each other. */
static mutau_status refuse(size_t dim, const gsl_matrix *v, const char *const names[],
                           double condition, mutau_error *err)
{
    size_t first = 0, second = 0;
    double most = -1.0, next = -1.0;
    for (size_t k = 0; k < dim; k++) {
        const double share = fabs(gsl_matrix_get(v, k, dim - 1));
        if (share > most) {
            second = first;
            next = most;
            first = k;
            most = share;
        } else if (share > next) {
            second = k;
            next = share;
        }
    }
    return mutau_error_set(err, MUTAU_ENUMERIC,
                           "coordinate '%s' is a linear function of the others, '%s' first "
                           "(condition number %.2g, at most %.0g is allowed)",
                           names[first], names[second], condition, MAX_CONDITION);
}

mutau_status mutau_walkers_independent(size_t n_walker, size_t dim, const double position[],
                                       const char *const names[], mutau_error *err)
{
    double *work = mutau_calloc(n_walker + dim + 1, dim * sizeof *work);
    if (work == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to examine %zu walkers", n_walker);
    double *const matrix = work, *const v = matrix + n_walker * dim, *const values = v + dim * dim;
    gsl_matrix_view matrix_view = gsl_matrix_view_array(matrix, n_walker, dim);
    gsl_matrix_view v_view = gsl_matrix_view_array(v, dim, dim);
    gsl_vector_view value_view = gsl_vector_view_array(values, dim);
    mutau_status status = scale_columns(n_walker, dim, position, names, matrix, err);
    if (status == MUTAU_OK) {
        /* Falling values; it fails after more sweeps than any matrix takes. */
        (void)gsl_linalg_SV_decomp_jacobi(&matrix_view.matrix, &v_view.matrix, &value_view.vector);
        const double condition = values[0] / values[dim - 1];
        if (!(condition <= MAX_CONDITION))
            status = refuse(dim, &v_view.matrix, names, condition, err);
    }
    free(work);
    return status;
}
