/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table interpolation; documented in base/interp.h.
 *
 * GSL solves for the spline.  Its pieces, y + d (b + d (c + d e)) of d = x - x_i, are kept here, as
 * it would compute them for each evaluation, to the last bit; and where x is, is known from a table
 * of equal cells, so that hardly anything is sought. */
#include "base/interp.h"

#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

/* From one row to the next; `c` and `e` are 0 in straight lines. */
typedef struct piece {
    double x, y, b, c, e;
} piece;

struct mutau_interp {
    size_t n_piece;
    piece *piece;      /* [n_piece + 1], the last of them only x and y */
    uint32_t *first;   /* [n_piece] the piece in the middle of each equal cell */
    double cell_per_x; /* cells in a unit of (the logarithm of) x */
    double x_min, x_max;
    bool cubic, log_x, log_y;
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

/* As GSL's cspline and linear compute them; that of a natural spline has no second derivative at
 * its end. */
static void take_pieces(mutau_interp *t, const gsl_spline *spline)
{
    const size_t n = t->n_piece;
    for (size_t i = 0; i <= n; i++) {
        piece *const p = &t->piece[i];
        p->x = spline->x[i];
        p->y = spline->y[i];
        if (t->cubic && i < n)
            p->c = 0.5 * gsl_spline_eval_deriv2(spline, p->x, NULL);
    }
    for (size_t i = 0; i < n; i++) {
        piece *const p = &t->piece[i];
        const double dx = p[1].x - p->x, dy = p[1].y - p->y;
        p->b = dy / dx - dx * (p[1].c + 2.0 * p->c) / 3.0;
        p->e = (p[1].c - p->c) / (3.0 * dx);
    }
}

/* The piece of x, the last one whose first row does not exceed it, from piece i on. */
static inline size_t piece_of(const mutau_interp *t, double x, size_t i)
{
    while (i + 1 < t->n_piece && t->piece[i + 1].x <= x)
        i++;
    while (i > 0 && t->piece[i].x > x)
        i--;
    return i;
}

static void fill_cells(mutau_interp *t)
{
    const double least = t->piece[0].x, length = t->piece[t->n_piece].x - least;
    size_t i = 0;
    t->cell_per_x = (double)t->n_piece / length;
    for (size_t cell = 0; cell < t->n_piece; cell++) {
        i = piece_of(t, least + ((double)cell + 0.5) / t->cell_per_x, i);
        t->first[cell] = (uint32_t)i;
    }
}

static mutau_status fill_spline(mutau_interp *t, size_t n, const double x[], const double y[])
{
    double *xs = mutau_calloc(n, sizeof *xs);
    double *ys = mutau_calloc(n, sizeof *ys);
    gsl_spline *spline = gsl_spline_alloc(t->cubic ? gsl_interp_cspline : gsl_interp_linear, n);
    t->n_piece = n - 1;
    t->piece = mutau_calloc(n, sizeof *t->piece);
    t->first = mutau_calloc(n, sizeof *t->first);
    mutau_status status = MUTAU_ENOMEM;
    if (xs != NULL && ys != NULL && spline != NULL && t->piece != NULL && t->first != NULL) {
        for (size_t i = 0; i < n; i++) {
            xs[i] = t->log_x ? log(x[i]) : x[i];
            ys[i] = t->log_y ? log(y[i]) : y[i];
        }
        status = gsl_spline_init(spline, xs, ys, n) == 0 ? MUTAU_OK : MUTAU_ENUMERIC;
    }
    if (status == MUTAU_OK) {
        take_pieces(t, spline);
        fill_cells(t);
    }
    if (spline != NULL)
        gsl_spline_free(spline);
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
        t->cubic = cubic;
        status = fill_spline(t, n, x, y);
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
    free(table->piece);
    free(table->first);
    free(table);
}

/* In a piece, d behind its first row. */
static inline double value_at(const mutau_interp *t, const piece *p, double d)
{
    const double v = t->cubic ? p->y + d * (p->b + d * (p->c + d * p->e))
                              : p->y + d / (p[1].x - p->x) * (p[1].y - p->y);
    return t->log_y ? exp(v) : v;
}

/* The piece of an x in the range, and how far behind its first row it is. */
static inline size_t find_piece(const mutau_interp *t, double x, double *d)
{
    const double least = t->piece[0].x, most = t->piece[t->n_piece].x;
    double u = t->log_x ? log(x) : x;
    /* ln(x) of an end point may round just past the table's own end. */
    u = u < least ? least : (u > most ? most : u);
    const size_t cell = (size_t)((u - least) * t->cell_per_x);
    const size_t i = piece_of(t, u, t->first[cell < t->n_piece ? cell : t->n_piece - 1]);
    *d = u - t->piece[i].x;
    return i;
}

double mutau_interp_eval(const mutau_interp *table, double x)
{
    if (!(x >= table->x_min && x <= table->x_max))
        return (double)NAN;
    double d;
    const size_t i = find_piece(table, x, &d);
    return value_at(table, &table->piece[i], d);
}

void mutau_interp_eval_two(const mutau_interp *table, const mutau_interp *other, double x,
                           double *y, double *y_other)
{
    *y = *y_other = (double)NAN;
    if (!(x >= table->x_min && x <= table->x_max))
        return;
    double d;
    const size_t i = find_piece(table, x, &d);
    *y = value_at(table, &table->piece[i], d);
    *y_other = value_at(other, &other->piece[i], d);
}

double mutau_interp_min(const mutau_interp *table)
{
    return table->x_min;
}

double mutau_interp_max(const mutau_interp *table)
{
    return table->x_max;
}
