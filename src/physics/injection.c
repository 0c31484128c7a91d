/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources of any smooth spectrum; documented in physics/injection.h.
 *
 * With v the place of a source and d whole steps, f_d = S(x + d step) e^(d step):
 *
 *   int_u_n^u_max w e^v S(x + v - u_n) dv = e^u_n sum_{cells m >= n} sum_k c_mk f_(m-n+k),
 *
 * c_mk = int w l_k over cell m with Lagrange's l_k through the nodes k = -2 ... 3 of the cell.
 * Where all cells around a node count, the c that multiply its f are added up beforehand (`full`);
 * at the five nodes around u_n they are those of the cells above (`part`).
 *
 * A bin gets E0 int dy e^y S(y) [Wc(y - x_lo) - Wc(y - x_hi)], Wc(u) = int_0^u w, which is a sum
 * over the nodes y_k of one grid for all bins. */
#include "physics/injection.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sort.h"
#include "base/widths.h"
#include "spectrum_internal.h"

enum {
    ZERO = MUTAU_SOURCE_ZERO,
    N_NODE = MUTAU_SOURCE_N_NODE,
    N_TAP = 6,
    BACK = 2,                        /* taps before the cell */
    LOW = BACK + MUTAU_SOURCE_RIGHT, /* f begins at -LOW */
    N_F = LOW + N_NODE + N_TAP,      /* room for f */
    LANES = 8
};

/* The bins' weights on the nodes of the common grid of energies. */
typedef struct response {
    size_t first, n; /* a multiple of LANES */
    double *weight;  /* [n], 0 at its end */
} response;

struct mutau_injection {
    int top, n_node, n_f;
    double grow[N_NODE];
    double place[N_F], lift[N_F];             /* d step, e^(d step) */
    double full[N_NODE + N_TAP];              /* [q] of node q - BACK */
    double part[N_TAP - 1][N_NODE];           /* of the nodes n - 2 ... n + 2 */
    double beyond[MUTAU_SOURCE_RIGHT][N_TAP]; /* c of the cells above u_max */
    size_t n_bin, n_energy;                   /* with LANES more than are needed */
    double x_first, step;                     /* of their nodes in ln E: half that of the sources */
    double *away, *energy; /* [n_energy] of the first node, in ln E; e^y in 100 TeV */
    response *bin;         /* [n_bin] */
};

/* ---- preparation ------------------------------------------------------- */

/* The polynomials of the six nodes -2 ... 3 at t in 0..1 of the cell. */
static void lagrange(double t, double l[N_TAP])
{
    for (int k = 0; k < N_TAP; k++) {
        l[k] = 1.0;
        for (int i = 0; i < N_TAP; i++)
            l[k] *= i == k ? 1.0 : (t + BACK - i) / (k - i);
    }
}

/* c[k] of a cell over the total. */
static void cell_weights(const mutau_source_grid *grid, int cell, double c[N_TAP])
{
    double l[N_TAP];
    for (int k = 0; k < N_TAP; k++)
        c[k] = 0.0;
    for (int i = 0; i < MUTAU_GAUSS_N; i++) {
        const double t = mutau_gauss_at[i];
        const double w = mutau_gauss_weight[i] * grid->step *
                         mutau_source_history(grid, cell, 2.0 * t - 1.0) / grid->total;
        lagrange(t, l);
        for (int k = 0; k < N_TAP; k++)
            c[k] += w * l[k];
    }
}

static void lines_init(const mutau_source_grid *grid, mutau_injection *out)
{
    out->top = grid->top;
    out->n_node = grid->n_node;
    out->n_f = LOW + grid->top + N_TAP - BACK;
    for (int n = 0; n < grid->n_node; n++)
        out->grow[n] = grid->grow[n];
    for (int d = 0; d < out->n_f; d++) {
        out->place[d] = (d - LOW) * grid->step;
        out->lift[d] = exp(out->place[d]);
    }
    for (int m = 0; m + 1 < grid->n_node; m++) {
        double c[N_TAP];
        cell_weights(grid, m, c);
        for (int k = 0; m < grid->top && k < N_TAP; k++)
            out->full[m + k] += c[k];
        for (int k = 0; m >= grid->top && k < N_TAP; k++)
            out->beyond[m - grid->top][k] = c[k];
        /* to the nodes n around which this cell is one of the first */
        for (int n = m; m < grid->top && n >= 0 && n > m - N_TAP + 1; n--)
            for (int k = 0; k < N_TAP; k++)
                if (m - n + k < N_TAP - 1)
                    out->part[m - n + k][n] += c[k];
    }
}

/* int_0^u w over the total, constant outside of the sources. */
static double cumulative(const mutau_source_grid *grid, const double until[N_NODE], double u)
{
    const double place = u / grid->step;
    if (!(place > 0.0))
        return 0.0;
    if (place >= grid->n_cell)
        return until[grid->top];
    const int cell = ZERO + (int)place;
    const double s = 2.0 * (place - floor(place)) - 1.0;
    double sum = 0.0;
    for (int i = 0; i < MUTAU_GAUSS_N; i++) {
        const double t = mutau_gauss_at[i];
        sum += mutau_gauss_weight[i] * mutau_source_history(grid, cell, -1.0 + t * (s + 1.0));
    }
    return until[cell] + 0.5 * (s + 1.0) * grid->step * sum / grid->total;
}

/* The bin's part of the response between y and y + length, within one cell of the grid. */
static void add_piece(const mutau_source_grid *grid, const double until[N_NODE], double x_lo,
                      double width, const double piece[2], double cell_lo, double step,
                      double weight[])
{
    double l[N_TAP];
    const double length = piece[1] - piece[0];
    for (int i = 0; i < MUTAU_GAUSS_N; i++) {
        const double y = piece[0] + mutau_gauss_at[i] * length;
        const double r =
            MUTAU_SPECTRUM_PIVOT_GEV * mutau_gauss_weight[i] * length *
            (cumulative(grid, until, y - x_lo) - cumulative(grid, until, y - x_lo - width));
        lagrange((y - cell_lo) / step, l);
        for (int k = 0; k < N_TAP; k++)
            weight[k] += r * l[k];
    }
}

/* The response bends where the bin's edges meet the nearest and the farthest sources. */
static mutau_status bin_init(const mutau_source_grid *grid, const double until[N_NODE], double x_lo,
                             double width, mutau_injection *out, response *bin)
{
    const double step = out->step, from = x_lo - out->x_first;
    const double length = width + grid->u_max;
    double bend[] = {x_lo, x_lo + width, x_lo + grid->u_max, x_lo + width + grid->u_max};
    qsort(bend, 4, sizeof bend[0], mutau_rising);
    const size_t first = (size_t)(from / step), last = (size_t)((from + length) / step);
    bin->first = first - BACK;
    bin->n = (last - first + N_TAP + LANES - 1) / LANES * LANES;
    bin->weight = mutau_calloc(bin->n, sizeof bin->weight[0]);
    if (bin->weight == NULL)
        return MUTAU_ENOMEM;
    for (size_t c = first; c <= last; c++) {
        const double lo = out->x_first + (double)c * step, hi = lo + step;
        double at = fmax(lo, bend[0]);
        for (int i = 1; i < 4; i++) {
            const double end = fmin(hi, bend[i]);
            if (end > at)
                add_piece(grid, until, x_lo, width, (const double[]){at, end}, lo, step,
                          bin->weight + (c - first));
            at = fmax(at, end);
        }
    }
    return MUTAU_OK;
}

static mutau_status bins_init(const mutau_source_grid *grid, const double x_lo[],
                              const double width[], mutau_injection *out)
{
    double until[N_NODE] = {0.0}, lowest = (double)INFINITY, highest = -(double)INFINITY;
    for (int n = ZERO; n < grid->top; n++)
        until[n + 1] = until[n] + grid->series[0][n] / grid->total;
    for (size_t b = 0; b < out->n_bin; b++) {
        lowest = fmin(lowest, x_lo[b]);
        highest = fmax(highest, x_lo[b] + width[b] + grid->u_max);
    }
    if (out->n_bin == 0)
        return MUTAU_OK;
    out->step = 0.5 * grid->step;
    out->x_first = lowest - (BACK + 1) * out->step;
    out->n_energy = (size_t)((highest - out->x_first) / out->step) + N_TAP + LANES;
    out->away = mutau_calloc(out->n_energy, sizeof out->away[0]);
    out->energy = mutau_calloc(out->n_energy, sizeof out->energy[0]);
    if (out->away == NULL || out->energy == NULL)
        return MUTAU_ENOMEM;
    for (size_t k = 0; k < out->n_energy; k++) {
        out->away[k] = (double)k * out->step;
        out->energy[k] = exp(out->x_first + out->away[k]);
    }
    for (size_t b = 0; b < out->n_bin; b++)
        MUTAU_CHECK(bin_init(grid, until, x_lo[b], width[b], out, &out->bin[b]));
    return MUTAU_OK;
}

mutau_status mutau_injection_alloc(const mutau_source_grid *grid, size_t n_bin, const double x_lo[],
                                   const double width[], mutau_injection **out, mutau_error *err)
{
    mutau_injection *in = mutau_calloc_lines(1, sizeof *in);
    if (in != NULL) {
        lines_init(grid, in);
        in->n_bin = n_bin;
        in->bin = mutau_calloc(n_bin, sizeof in->bin[0]);
    }
    if (in == NULL || in->bin == NULL || bins_init(grid, x_lo, width, in) != MUTAU_OK) {
        mutau_injection_free(in);
        return mutau_error_set(err, MUTAU_ENOMEM, "preparing the injected flux: out of memory");
    }
    *out = in;
    return MUTAU_OK;
}

void mutau_injection_free(mutau_injection *injection)
{
    if (injection == NULL)
        return;
    for (size_t b = 0; injection->bin != NULL && b < injection->n_bin; b++)
        free(injection->bin[b].weight);
    free(injection->bin);
    free(injection->away);
    free(injection->energy);
    free(injection);
}

size_t mutau_injection_scratch(const mutau_injection *injection)
{
    return injection->n_energy;
}

/* ---- points ------------------------------------------------------------ */

/* Offset by offset, so that the sums of all nodes grow side by side. */
MUTAU_WIDTHS static void sum_cells(const mutau_injection *in, const double f[restrict N_F],
                                   double out[restrict N_NODE])
{
    const double *zero = f + LOW;
    double sum[N_NODE] = {0.0};
    for (int k = 0; k < N_TAP - 1; k++)
        for (int n = 0; n <= in->top; n++)
            sum[n] += in->part[k][n] * zero[k - BACK];
    for (int d = N_TAP - 1; d < in->top + N_TAP - 1; d++) {
        const double *full = in->full + d;
        const double here = zero[d - BACK];
        for (int n = 0; n <= in->top + N_TAP - 2 - d; n++)
            sum[n] += full[n] * here;
    }
    for (int n = in->top + 1; n < in->n_node; n++) /* less than nothing, smoothly */
        for (int m = in->top; m < n; m++)
            for (int k = 0; k < N_TAP; k++)
                sum[n] -= in->beyond[m - in->top][k] * zero[m - n + k - BACK];
    for (int n = 0; n < in->n_node; n++)
        out[n] = in->grow[n] * sum[n];
}

void mutau_injection_beyond(const mutau_injection *injection, const mutau_spectrum_type *type,
                            const double p[], double x, double out[MUTAU_SOURCE_N_NODE])
{
    double f[N_F];
    const size_t n = (size_t)injection->n_f;
    type->along(p, x, n, injection->place, f);
    for (size_t d = 0; d < n; d++)
        f[d] *= injection->lift[d];
    sum_cells(injection, f, out);
}

/* In LANES sums, for any width of vectors the same ones. */
MUTAU_WIDTHS static double sum_bin(const response *bin, const double f[restrict])
{
    double sum[LANES] = {0.0}, all = 0.0;
    for (size_t k = 0; k < bin->n; k += LANES)
        for (size_t i = 0; i < LANES; i++)
            sum[i] += bin->weight[k + i] * f[bin->first + k + i];
    for (size_t i = 0; i < LANES; i++)
        all += sum[i];
    return all;
}

void mutau_injection_bins(const mutau_injection *injection, const mutau_spectrum_type *type,
                          const double p[], double scratch[], double out[])
{
    const size_t n = injection->n_energy;
    type->along(p, injection->x_first, n, injection->away, scratch);
    for (size_t k = 0; k < n; k++)
        scratch[k] *= injection->energy[k];
    for (size_t b = 0; b < injection->n_bin; b++)
        out[b] = sum_bin(&injection->bin[b], scratch);
}
