/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spectrum by a table: between two rows a power law, beyond the table its first and its last one;
 * documented in physics/spectrum.h.
 *
 * p[] = A, n, x[n] = ln(E/100 TeV) of the rows, y[n] = ln(S/S(100 TeV)), slope[n - 1].
 *
 * Of the sources the cells of the grid, in which w is a polynomial, and the rows cut the line of
 * sight.  Seen from a node u_n the cell m lies d = m - n cells away, and the rows cut it at the
 * same places for every node:
 *
 *   int_u_n^u_max w e^v S(x + v - u_n) dv = e^u_n sum_d sum_l w_(n+d),l B_dl,
 *   B_dl = int P_l S(x + v) e^v dv, v from d to d + 1 steps,
 *
 * w_ml being the coefficients of Legendre's polynomials P_l.  In neighbouring cells without a row
 * the B are those of one power law, in proportion to each other. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "spectrum_internal.h"

enum { A, N_ROW, FIRST, N_PARAMETER = 1 };
enum {
    ZERO = MUTAU_SOURCE_ZERO,
    BACK = MUTAU_SOURCE_RIGHT, /* cells that a node above u_max looks back */
    N_NODE = MUTAU_SOURCE_N_NODE,
    N_LEGENDRE = MUTAU_SOURCE_N_LEGENDRE,
    N_GAUSS = 4
};

/* Gauss and Legendre's rule of four points on 0..1. */
static const double gauss_at[N_GAUSS] = {0.06943184420297371239, 0.33000947820757186760,
                                         0.66999052179242813240, 0.93056815579702628761};
static const double gauss_weight[N_GAUSS] = {0.17392742256872692869, 0.32607257743127307131,
                                             0.32607257743127307131, 0.17392742256872692869};

static const mutau_parameter_spec rows_of_parameters[N_PARAMETER] = {[A] = MUTAU_SPECTRUM_ROW_A};

/* ---- the rows -------------------------------------------------------------------- */

typedef struct rows {
    size_t n;
    const double *x, *y, *slope;
} rows;

static rows rows_of(const double p[])
{
    const size_t n = (size_t)p[N_ROW];
    return (rows){.n = n, .x = p + FIRST, .y = p + FIRST + n, .slope = p + FIRST + 2 * n};
}

/* The piece between rows k and k + 1 in which x is; the first and the last go on. */
static size_t piece_at(const rows *r, double x)
{
    size_t k = 0, end = r->n - 1;
    while (k + 1 < end) {
        const size_t middle = k + (end - k) / 2;
        if (r->x[middle] <= x)
            k = middle;
        else
            end = middle;
    }
    return k;
}

/* Where the piece ends. */
static double end_of(const rows *r, size_t k)
{
    return k + 2 < r->n ? r->x[k + 1] : (double)INFINITY;
}

static double ln_value(const rows *r, size_t k, double x)
{
    return r->y[k] + r->slope[k] * (x - r->x[k]);
}

mutau_status mutau_spectrum_table_check(const mutau_spectrum_table *t, mutau_error *err)
{
    if (t->n < 2)
        return mutau_error_set(err, MUTAU_EDOM, "a spectrum needs two rows or more");
    for (size_t i = 0; i < t->n; i++) {
        if (!(t->energy_gev[i] > 0.0) || !isfinite(t->energy_gev[i]) ||
            (i > 0 && !(t->energy_gev[i] > t->energy_gev[i - 1])))
            return mutau_error_set(err, MUTAU_EDOM,
                                   "spectrum, row %zu: E = %g: must be positive, and rise", i + 1,
                                   t->energy_gev[i]);
        if (!(t->flux[i] > 0.0) || !isfinite(t->flux[i]))
            return mutau_error_set(err, MUTAU_EDOM, "spectrum, row %zu: Phi = %g: must be positive",
                                   i + 1, t->flux[i]);
    }
    return MUTAU_OK;
}

static mutau_status tabulate(const mutau_spectrum_table *table, double **out, mutau_error *err)
{
    MUTAU_CHECK(mutau_spectrum_table_check(table, err));
    const size_t n = table->n;
    double *p = mutau_calloc(FIRST + 3 * n, sizeof *p);
    if (p == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "spectrum of %zu rows: out of memory", n);
    p[A] = 1.0;
    p[N_ROW] = (double)n;
    double *x = p + FIRST, *y = x + n, *slope = y + n;
    for (size_t k = 0; k < n; k++) {
        x[k] = log(table->energy_gev[k] / MUTAU_SPECTRUM_PIVOT_GEV);
        y[k] = log(table->flux[k]);
    }
    for (size_t k = 0; k + 1 < n; k++)
        slope[k] = (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
    const rows r = rows_of(p);
    const double at_pivot = ln_value(&r, piece_at(&r, 0.0), 0.0);
    for (size_t k = 0; k < n; k++)
        y[k] -= at_pivot;
    *out = p;
    return MUTAU_OK;
}

/* ---- at the source ----------------------------------------------------------------- */

static double shape(const double p[], double x)
{
    const rows r = rows_of(p);
    return exp_bounded(ln_value(&r, piece_at(&r, x), x));
}

static double integral(const double p[], double e_lo_gev, double x_lo, double width)
{
    const rows r = rows_of(p);
    double sum = 0.0, from = 0.0;
    for (size_t k = piece_at(&r, x_lo); from < width; k++) {
        const double to = fmin(width, end_of(&r, k) - x_lo);
        const double t = (1.0 + r.slope[k]) * (to - from);
        if (to > from)
            sum += exp(ln_value(&r, k, x_lo + from) + from) * (to - from) *
                   (fabs(t) > 0.0 ? expm1(t) / t : 1.0);
        from = fmax(from, to);
    }
    return e_lo_gev * sum;
}

static void along(const double p[], double x, size_t n, const double u[], double s[])
{
    const rows r = rows_of(p);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const double at = x + u[i];
        if (i == 0 || at < r.x[k])
            k = piece_at(&r, at);
        while (k + 2 < r.n && r.x[k + 1] <= at)
            k++;
        s[i] = exp_bounded(ln_value(&r, k, at));
    }
}

/* ---- over the sources ---------------------------------------------------------------- */

/* Adds int P_l S(x + v) e^v dv over a part from .. to of the cell that begins at v = cell, in the
 * piece k; the rule is exact to 1e-13 where the exponent changes by a half at most. */
static inline void add_moments(const rows *r, size_t k, double x, double cell, double step,
                               double from, double to, double moment[N_LEGENDRE])
{
    const double most = 1000.0, change = fabs(1.0 + r->slope[k]) * (to - from);
    const int n = (int)fmin(fmax(ceil(2.0 * change), 1.0), most);
    const double length = (to - from) / n, at_zero = ln_value(r, k, x), slope = r->slope[k] + 1.0;
    for (int j = 0; j < n; j++) {
        double value[N_LEGENDRE][N_GAUSS], s[N_GAUSS];
        for (int i = 0; i < N_GAUSS; i++) {
            const double v = from + (j + gauss_at[i]) * length;
            s[i] = 2.0 * (v - cell) / step - 1.0;
            value[0][i] = gauss_weight[i] * length * exp_bounded(at_zero + slope * v);
            value[1][i] = s[i] * value[0][i];
        }
        for (int l = 1; l + 1 < N_LEGENDRE; l++)
            for (int i = 0; i < N_GAUSS; i++)
                value[l + 1][i] =
                    ((2 * l + 1) * s[i] * value[l][i] - l * value[l - 1][i]) * (1.0 / (l + 1));
        for (int l = 0; l < N_LEGENDRE; l++)
            moment[l] += (value[l][0] + value[l][1]) + (value[l][2] + value[l][3]);
    }
}

/* B of the cells first ... top - 1 cells away, moment[0] being that of the first. */
MUTAU_WIDTHS static void moments_fill(const double p[], const mutau_source_grid *grid, double x,
                                      int first, double moment[N_NODE][N_LEGENDRE])
{
    const rows r = rows_of(p);
    size_t k = piece_at(&r, x + first * grid->step), whole = r.n;
    double grown = 1.0; /* from cell to cell, within the piece `whole` */
    for (int d = first; d < grid->top; d++) {
        double *here = moment[d - first];
        const double lo = d * grid->step, hi = (d + 1) * grid->step;
        const bool is_whole = !(end_of(&r, k) - x < hi);
        for (int l = 0; l < N_LEGENDRE; l++)
            here[l] = is_whole && k == whole ? moment[d - first - 1][l] * grown : 0.0;
        if (is_whole && k == whole)
            continue;
        whole = is_whole ? k : r.n;
        grown = is_whole ? exp_bounded((1.0 + r.slope[k]) * grid->step) : 0.0;
        double from = lo;
        for (; end_of(&r, k) - x < hi; k++) {
            add_moments(&r, k, x, lo, grid->step, from, fmax(end_of(&r, k) - x, from), here);
            from = fmax(end_of(&r, k) - x, from);
        }
        add_moments(&r, k, x, lo, grid->step, from, hi, here);
    }
}

/* The nodes side by side; above u_max less than nothing, smoothly. */
MUTAU_WIDTHS static void sum_cells(const mutau_source_grid *grid, const double moment[restrict],
                                   double out[restrict N_NODE])
{
    const int top = grid->top;
    double sum[N_NODE] = {0.0};
    for (int d = 0; d < top; d++) {
        const double *b = moment + N_LEGENDRE * (BACK + d);
        for (int n = 0; n < top - d; n++)
            sum[n] += grid->legendre[0][n + d] * b[0] + grid->legendre[1][n + d] * b[1] +
                      grid->legendre[2][n + d] * b[2] + grid->legendre[3][n + d] * b[3] +
                      grid->legendre[4][n + d] * b[4] + grid->legendre[5][n + d] * b[5];
    }
    for (int d = 1; d <= BACK; d++)
        for (int n = top + d; n < grid->n_node; n++)
            for (int l = 0; l < N_LEGENDRE; l++)
                sum[n] -= grid->legendre[l][n - d] * moment[N_LEGENDRE * (BACK - d) + l];
    for (int n = 0; n < grid->n_node; n++)
        out[n] = grid->grow[n] * sum[n] / grid->total;
}

static void beyond(const double p[], const mutau_source_grid *grid, double x,
                   double out[restrict N_NODE])
{
    double moment[N_NODE][N_LEGENDRE];
    moments_fill(p, grid, x, -BACK, moment);
    sum_cells(grid, &moment[0][0], out);
}

static double free_flux(const double p[], const mutau_source_grid *grid, double x)
{
    double moment[N_NODE][N_LEGENDRE], sum = 0.0;
    moments_fill(p, grid, x, 0, moment);
    for (int d = 0; d < grid->n_cell; d++)
        for (int l = 0; l < N_LEGENDRE; l++)
            sum += grid->legendre[l][ZERO + d] * moment[d][l];
    return sum / grid->total;
}

/* until[n] = int_0^u w over all sources, on the nodes from u = 0. */
static void until_fill(const mutau_source_grid *grid, double until[N_NODE])
{
    until[ZERO] = 0.0;
    for (int n = ZERO; n < grid->top; n++)
        until[n + 1] = until[n] + grid->legendre[0][n] * grid->step;
}

/* The same at any u, constant outside of the sources: int P_l is (P_l+1 - P_l-1)/(2l + 1). */
static double until_read(const mutau_source_grid *grid, const double until[N_NODE], double u)
{
    const double place = u / grid->step;
    if (!(place > 0.0))
        return 0.0;
    if (!(place < grid->n_cell))
        return until[grid->top];
    double value[N_LEGENDRE + 1];
    const int cell = ZERO + (int)place;
    const double s = 2.0 * (place - floor(place)) - 1.0;
    mutau_source_legendre(s, value);
    value[N_LEGENDRE] = ((2 * N_LEGENDRE - 1) * s * value[N_LEGENDRE - 1] -
                         (N_LEGENDRE - 1) * value[N_LEGENDRE - 2]) /
                        N_LEGENDRE;
    double sum = grid->legendre[0][cell] * (s + 1.0);
    for (int l = 1; l < N_LEGENDRE; l++)
        sum += grid->legendre[l][cell] * (value[l + 1] - value[l - 1]) / (2 * l + 1);
    return until[cell] + 0.5 * grid->step * sum;
}

/* The least of base + j step above `at`. */
static double next_of(double base, double step, double at)
{
    const double next = base + (floor((at - base) / step) + 1.0) * step;
    return next > at ? next : base + (floor((at - base) / step) + 2.0) * step;
}

/* int dy e^(y - x_lo) S(y) int w over the sources that send y into the bin: panels end at rows and
 * where the edges meet the cells. */
static double mean_bin(const rows *r, const mutau_source_grid *grid, const double until[N_NODE],
                       double x_lo, double width)
{
    const double x_hi = x_lo + width, end = x_hi + grid->u_max;
    double at = x_lo, sum = 0.0;
    for (size_t k = piece_at(r, at); at < end;) {
        double to = fmin(next_of(x_lo, grid->step, at), next_of(x_hi, grid->step, at));
        to = fmin(fmin(to, end_of(r, k)), end);
        const double change = fabs(1.0 + r->slope[k]) * (to - at);
        const int n = (int)fmin(fmax(ceil(change), 1.0), 1000.0);
        for (int j = 0; to > at && j < n; j++)
            for (int i = 0; i < MUTAU_GAUSS_N; i++) {
                const double y = at + (to - at) * (j + mutau_gauss_at[i]) / n;
                sum += mutau_gauss_weight[i] * (to - at) / n * exp(ln_value(r, k, y) + (y - x_lo)) *
                       (until_read(grid, until, y - x_lo) - until_read(grid, until, y - x_hi));
            }
        k += !(to < end_of(r, k));
        at = to;
    }
    return sum;
}

static void free_bins(const double p[], const mutau_source_grid *grid, size_t n,
                      const double e_lo_gev[], const double x_lo[], const double width[],
                      double out[])
{
    const rows r = rows_of(p);
    double until[N_NODE];
    until_fill(grid, until);
    for (size_t i = 0; i < n; i++)
        out[i] = e_lo_gev[i] * mean_bin(&r, grid, until, x_lo[i], width[i]) / grid->total;
}

const mutau_spectrum_type mutau_spectrum_by_table = {
    .name = "table",
    .formula = "of a file of one's own, straight in logarithms between its rows",
    .doc = "a table of energies E in GeV and fluxes Phi, of any norm: only A is a parameter",
    .reference = "whatever the file says",
    .n_parameter = N_PARAMETER,
    .parameters = rows_of_parameters,
    .tabulate = tabulate,
    .shape = shape,
    .integral = integral,
    .along = along,
    .beyond = beyond,
    .free = free_flux,
    .free_bins = free_bins,
};
