/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table interpolation on GSL's types; documented in base/interp.h. */
#include "base/interp.h"

#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct mutau_interp {
    gsl_spline *spline;
    double x_min, x_max;
    bool log_x, log_y;
};

static mutau_status check_rows(const mutau_interp *t, size_t n, const double x[], const double y[],
                               mutau_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i]))
            return mutau_error_set(err, MUTAU_EDOM, "row %zu is not finite", i + 1);
        if ((t->log_x && !(x[i] > 0.0)) || (t->log_y && !(y[i] > 0.0)))
            return mutau_error_set(err, MUTAU_EDOM, "row %zu: (%g, %g) has no logarithm", i + 1,
                                   x[i], y[i]);
        if (i > 0 && !(x[i] > x[i - 1]))
            return mutau_error_set(err, MUTAU_EDOM, "row %zu: %g does not exceed %g before it",
                                   i + 1, x[i], x[i - 1]);
    }
    return MUTAU_OK;
}

static mutau_status fill_spline(mutau_interp *t, size_t n, const double x[], const double y[])
{
    double *xs = mutau_calloc(n, sizeof *xs);
    double *ys = mutau_calloc(n, sizeof *ys);
    mutau_status status = MUTAU_ENOMEM;
    if (xs != NULL && ys != NULL) {
        for (size_t i = 0; i < n; i++) {
            xs[i] = t->log_x ? log(x[i]) : x[i];
            ys[i] = t->log_y ? log(y[i]) : y[i];
        }
        status = gsl_spline_init(t->spline, xs, ys, n) == 0 ? MUTAU_OK : MUTAU_ENUMERIC;
    }
    free(xs);
    free(ys);
    return status;
}

mutau_status mutau_interp_alloc(mutau_interp_kind kind, size_t n, const double x[],
                                const double y[], mutau_interp **out, mutau_error *err)
{
    const bool cubic = kind == MUTAU_INTERP_CUBIC || kind == MUTAU_INTERP_LOG_X_CUBIC;
    const size_t n_min = cubic ? 3 : 2;
    *out = NULL;
    if (n < n_min)
        return mutau_error_set(err, MUTAU_EDOM, "a table needs at least %zu rows, not %zu", n_min,
                               n);
    mutau_interp *t = mutau_calloc(1, sizeof *t);
    if (t == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a table of %zu rows", n);
    t->log_x = kind == MUTAU_INTERP_LOG_LOG || kind == MUTAU_INTERP_LOG_X_CUBIC;
    t->log_y = kind == MUTAU_INTERP_LOG_LOG;
    t->x_min = x[0];
    t->x_max = x[n - 1];
    mutau_status status = check_rows(t, n, x, y, err);
    if (status == MUTAU_OK) {
        t->spline = gsl_spline_alloc(cubic ? gsl_interp_cspline : gsl_interp_linear, n);
        status = t->spline != NULL ? fill_spline(t, n, x, y) : MUTAU_ENOMEM;
        if (status != MUTAU_OK)
            (void)mutau_error_set(err, status, "cannot set up a table of %zu rows", n);
    }
    if (status != MUTAU_OK) {
        mutau_interp_free(t);
        return status;
    }
    *out = t;
    return MUTAU_OK;
}

void mutau_interp_free(mutau_interp *table)
{
    if (table == NULL)
        return;
    if (table->spline != NULL)
        gsl_spline_free(table->spline);
    free(table);
}

double mutau_interp_eval(const mutau_interp *table, double x)
{
    if (!(x >= table->x_min && x <= table->x_max))
        return (double)NAN;
    /* ln(x) of an end point may round just past the spline's own end. */
    const double *xs = table->spline->x;
    double u = table->log_x ? log(x) : x;
    u = fmin(fmax(u, xs[0]), xs[table->spline->size - 1]);
    const double v = gsl_spline_eval(table->spline, u, NULL);
    return table->log_y ? exp(v) : v;
}

double mutau_interp_min(const mutau_interp *table)
{
    return table->x_min;
}

double mutau_interp_max(const mutau_interp *table)
{
    return table->x_max;
}
