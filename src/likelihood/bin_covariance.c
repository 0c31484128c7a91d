/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The covariance of a data set; documented in likelihood/bin_covariance.h. */
#include "likelihood/bin_covariance.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/table.h"

/* Tables are rounded; symmetric to this of sqrt(C_ii C_jj). */
static const double ROUNDING = 1e-6;

/* A file that is read, and what of it is used. */
typedef struct reader {
    const char *path, *dataset;
    mutau_table *table;
    size_t n, used;
    const size_t *row; /* [used] of the data set, from 1 */
    bool is_whole;     /* the file has all rows of the data set */
    double *column;    /* [n] */
    mutau_error *err;
} reader;

/* Where row i of the used ones is in the file. */
static size_t place_of(const reader *r, size_t i)
{
    return r->is_whole ? r->row[i] - 1 : i;
}

static size_t count_columns(const mutau_table *table)
{
    size_t n = 0;
    while (mutau_table_column_name(table, n) != NULL)
        n++;
    return n;
}

static mutau_status check_shape(reader *r, size_t n_row)
{
    const size_t n_column = count_columns(r->table);
    r->n = mutau_table_rows(r->table);
    r->is_whole = r->n == n_row;
    if (r->n != n_column)
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "%s: %zu rows and %zu columns: a covariance is square", r->path,
                               r->n, n_column);
    if (r->is_whole || r->n == r->used)
        return MUTAU_OK;
    if (n_row == r->used)
        return mutau_error_set(r->err, MUTAU_EDATA, "%s: %zu rows, but the data set '%s' has %zu",
                               r->path, r->n, r->dataset, n_row);
    return mutau_error_set(r->err, MUTAU_EDATA,
                           "%s: %zu rows, but the data set '%s' has %zu, of which %zu are used",
                           r->path, r->n, r->dataset, n_row, r->used);
}

static mutau_status read_values(const reader *r, double c[])
{
    for (size_t j = 0; j < r->used; j++) {
        const char *name = mutau_table_column_name(r->table, place_of(r, j));
        MUTAU_CHECK(mutau_table_real(r->table, name, r->column, r->err));
        for (size_t i = 0; i < r->used; i++)
            c[i * r->used + j] = r->column[place_of(r, i)];
    }
    return MUTAU_OK;
}

static mutau_status fault_at(const reader *r, size_t i, size_t j, const char *what, double value,
                             const char *than, double other)
{
    const size_t row = place_of(r, i), column = place_of(r, j);
    return mutau_table_error(r->table, mutau_table_column_name(r->table, column), row, r->err,
                             "row %zu, column %zu: %s %g%s%g", row + 1, column + 1, what, value,
                             than, other);
}

/* Every pair by itself; the matrix becomes symmetric. */
static mutau_status check_pairs(const reader *r, double c[])
{
    const size_t n = r->used;
    for (size_t i = 0; i < n; i++)
        if (!(c[i * n + i] > 0.0))
            return fault_at(r, i, i, "a variance of", c[i * n + i], ": must be above ", 0.0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double scale = sqrt(c[i * n + i]) * sqrt(c[j * n + j]);
            const double below = c[i * n + j], above = c[j * n + i];
            if (!(fabs(below - above) <= ROUNDING * scale))
                return fault_at(r, i, j, "not symmetric:", below, ", mirrored it is ", above);
            c[i * n + j] = c[j * n + i] = 0.5 * (below + above);
            if (!(fabs(c[i * n + j]) < scale))
                return fault_at(r, i, j, "a correlation of", c[i * n + j] / scale,
                                ": must be within -1 and ", 1.0);
        }
    return MUTAU_OK;
}

/* L in the lower half of l[n][n] of the leading block of c, whose rows have `stride` numbers,
 * scaled to variances of 1; false if that is not positive definite. */
static bool factor(size_t n, size_t stride, const double c[], double l[])
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            l[i * n + j] = c[i * stride + j] / sqrt(c[i * stride + i]) / sqrt(c[j * stride + j]);
    gsl_matrix_view m = gsl_matrix_view_array(l, n, n);
    if (gsl_linalg_cholesky_decomp1(&m.matrix) != GSL_SUCCESS)
        return false;
    for (size_t i = 0; i < n; i++) /* what rounding leaves of nothing is none */
        if (!(l[i * n + i] > 1e-7))
            return false;
    return true;
}

/* The first row that is not independent of those above it. */
static mutau_status check_positive(const reader *r, const double c[], double scratch[])
{
    size_t good = 0, bad = r->used;
    if (factor(r->used, r->used, c, scratch))
        return MUTAU_OK;
    while (bad - good > 1) {
        const size_t middle = good + (bad - good) / 2;
        if (factor(middle, r->used, c, scratch))
            good = middle;
        else
            bad = middle;
    }
    const size_t row = place_of(r, bad - 1);
    return mutau_table_error(r->table, mutau_table_column_name(r->table, row), row, r->err,
                             "row %zu, column %zu: not positive definite: with this row a "
                             "combination of the rows so far has no variance or a negative one",
                             row + 1, row + 1);
}

static mutau_status read_into(reader *r, const char *text, size_t size, size_t n_row, double c[])
{
    MUTAU_CHECK(mutau_table_read_bare(r->path, text, size, &r->table, r->err));
    MUTAU_CHECK(check_shape(r, n_row));
    r->column = mutau_calloc(r->n, sizeof *r->column);
    if (r->column == NULL)
        return mutau_error_set(r->err, MUTAU_ENOMEM, "no memory for the covariance of %s",
                               r->dataset);
    MUTAU_CHECK(read_values(r, c));
    MUTAU_CHECK(check_pairs(r, c));
    double *scratch = mutau_calloc(r->used * r->used, sizeof *scratch);
    if (scratch == NULL)
        return mutau_error_set(r->err, MUTAU_ENOMEM, "no memory for the covariance of %s",
                               r->dataset);
    const mutau_status status = check_positive(r, c, scratch);
    free(scratch);
    return status;
}

mutau_status mutau_bin_covariance_read(const char *path, const char *text, size_t size,
                                       const char *dataset, size_t n_row, size_t used,
                                       const size_t row[], double values[], mutau_error *err)
{
    reader r = {.path = path, .dataset = dataset, .used = used, .row = row, .err = err};
    const mutau_status status = read_into(&r, text, size, n_row, values);
    mutau_table_free(r.table);
    free(r.column);
    return status;
}

mutau_status mutau_bin_covariance_whiten(size_t n, const double c[], double w[], mutau_error *err)
{
    double *l = mutau_calloc(n * n, sizeof *l);
    if (l == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a covariance of %zu rows", n);
    if (!factor(n, n, c, l)) {
        free(l);
        return mutau_error_set(err, MUTAU_EDOM, "a covariance of %zu rows is not positive", n);
    }
    memset(w, 0, n * n * sizeof *w);
    for (size_t j = 0; j < n; j++) /* L w_j = e_j */
        for (size_t i = j; i < n; i++) {
            double sum = i == j ? 1.0 : 0.0;
            for (size_t k = j; k < i; k++)
                sum -= l[i * n + k] * w[k * n + j];
            w[i * n + j] = sum / l[i * n + i];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            w[i * n + j] /= sqrt(c[j * n + j]);
    free(l);
    return MUTAU_OK;
}
