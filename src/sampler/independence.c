/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear independence of starting points; documented in independence_internal.h.
 *
 * The condition number comes from the singular values of the matrix of centred,
 * scaled coordinates (one column each), found by one-sided Jacobi rotations
 * (Hestenes 1958; Golub & Van Loan, Matrix Computations, section 8.6.3), which
 * resolve ratios far beyond the 1e8 at stake; the covariance would square them.
 * The rotations, collected in V, say which combination of coordinates is missing. */
#include "independence_internal.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "mutau/mem.h"

static const double MAX_CONDITION = 1e8;
enum { MAX_SWEEPS = 60 }; /* convergence is quadratic; ten are plenty */

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void rotate(size_t n, double a[], double b[], double c, double s)
{
    for (size_t i = 0; i < n; i++) {
        const double t = a[i];
        a[i] = c * t - s * b[i];
        b[i] = s * t + c * b[i];
    }
}

/* Makes columns p and q orthogonal; false if they were. */
static bool orthogonalise(size_t n, size_t dim, double *columns, double *v, size_t p, size_t q)
{
    double *a = columns + p * n, *b = columns + q * n;
    const double alpha = dot(n, a, a), beta = dot(n, b, b), gamma = dot(n, a, b);
    if (fabs(gamma) <= DBL_EPSILON * sqrt(alpha * beta))
        return false;
    const double zeta = (beta - alpha) / (2.0 * gamma);
    const double t = copysign(1.0, zeta) / (fabs(zeta) + hypot(1.0, zeta));
    const double c = 1.0 / hypot(1.0, t);
    rotate(n, a, b, c, c * t);
    rotate(dim, v + p * dim, v + q * dim, c, c * t);
    return true;
}

/* columns[dim][n]: one column per coordinate, centred and of length 1. */
static mutau_status scale_columns(size_t n, size_t dim, const double position[],
                                  const char *const names[], double *columns, mutau_error *err)
{
    for (size_t k = 0; k < dim; k++) {
        double *column = columns + k * n;
        double mean = 0.0, largest = 0.0;
        bool same = true;
        for (size_t i = 0; i < n; i++) {
            column[i] = position[i * dim + k];
            mean += column[i] / (double)n;
            same = same && !(column[i] < column[0]) && !(column[i] > column[0]);
        }
        if (!isfinite(mean))
            return mutau_error_set(err, MUTAU_ENUMERIC, "coordinate '%s' is not finite", names[k]);
        for (size_t i = 0; i < n; i++) {
            column[i] -= mean;
            largest = fmax(largest, fabs(column[i]));
        }
        if (same || !(largest > 0.0))
            return mutau_error_set(err, MUTAU_ENUMERIC,
                                   "coordinate '%s' has the same value in all walkers: "
                                   "they could never leave it",
                                   names[k]);
        for (size_t i = 0; i < n; i++)
            column[i] /= largest;
        const double length = sqrt(dot(n, column, column));
        for (size_t i = 0; i < n; i++)
            column[i] /= length;
    }
    return MUTAU_OK;
}

/* The least singular value's right vector tells which coordinates depend on each other. */
static mutau_status refuse(size_t dim, const double vector[], const char *const names[],
                           double condition, mutau_error *err)
{
    size_t first = 0;
    for (size_t k = 1; k < dim; k++)
        if (fabs(vector[k]) > fabs(vector[first]))
            first = k;
    size_t second = first == 0 ? 1 : 0;
    for (size_t k = 0; k < dim; k++)
        if (k != first && fabs(vector[k]) > fabs(vector[second]))
            second = k;
    return mutau_error_set(err, MUTAU_ENUMERIC,
                           "coordinate '%s' is a linear function of the others, '%s' first "
                           "(condition number %.2g, at most %.0g is allowed)",
                           names[first], names[second], condition, MAX_CONDITION);
}

static mutau_status decompose(size_t n, size_t dim, double *columns, double *v,
                              const char *const names[], mutau_error *err)
{
    for (size_t k = 0; k < dim; k++)
        v[k * dim + k] = 1.0;
    bool rotated = true;
    for (int sweep = 0; rotated && sweep < MAX_SWEEPS; sweep++) {
        rotated = false;
        for (size_t p = 0; p + 1 < dim; p++)
            for (size_t q = p + 1; q < dim; q++)
                rotated = orthogonalise(n, dim, columns, v, p, q) || rotated;
    }
    double largest = 0.0, least = (double)INFINITY;
    size_t i_least = 0;
    for (size_t k = 0; k < dim; k++) {
        const double value = sqrt(dot(n, columns + k * n, columns + k * n));
        largest = fmax(largest, value);
        if (value < least) {
            least = value;
            i_least = k;
        }
    }
    const double condition = largest / least;
    if (!(condition <= MAX_CONDITION))
        return refuse(dim, v + i_least * dim, names, condition, err);
    return MUTAU_OK;
}

mutau_status mutau_walkers_independent(size_t n_walker, size_t dim, const double position[],
                                       const char *const names[], mutau_error *err)
{
    mutau_status status = MUTAU_ENOMEM;
    double *columns = mutau_calloc(dim * n_walker, sizeof *columns);
    double *v = mutau_calloc(dim * dim, sizeof *v);
    if (columns == NULL || v == NULL) {
        (void)mutau_error_set(err, status, "no memory to examine %zu walkers", n_walker);
        goto out;
    }
    status = scale_columns(n_walker, dim, position, names, columns, err);
    if (status == MUTAU_OK)
        status = decompose(n_walker, dim, columns, v, names, err);
out:
    free(columns);
    free(v);
    return status;
}
