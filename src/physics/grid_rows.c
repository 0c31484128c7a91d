/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid solver with targets in motion as one that fills rows; documented in physics/solver.h.
 *
 * With the neutrinos' masses and what is emitted of each state fixed, a power law, and wings that
 * count for nothing, what is lost over what is free depends on E/m^2, on the depth of a line, and
 * on gamma: the boson's mass only says where.  A row has, for each weight of the bins and on the
 * energies of the mesh, what is lost of the count above and of the flux there, over e^((1-gamma)y);
 * then, where all stream freely and the sources are behind, the four coefficients of the count in
 * powers of the energy. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/widths.h"
#include "grid_internal.h"
#include "physics/grid.h"
#include "physics/spectrum.h"
#include "vector_exp_internal.h"

enum {
    GAMMA = 1, /* of the power law's parameters */
    LEVEL = 1, /* of the solver, for rows */
    N_TAIL = 4,
    N_MORE = 2 /* nodes to a cell of redshift below the mesh */
};

/* Beyond them a row is no number, or as good as without the boson. */
static const double max_lambda = 40.0, max_gamma = 20.0;
/* The wing's depth T above which it counts: 4e-4 of a bin. */
static const double max_depth = 7e-5;

/* For the free flux of the bins. */
static void bins_init(const grid_solver *g, grid_rows *w)
{
    for (size_t b = 0; b < g->n_bin; b++) {
        const mutau_solver_bin *bin = &g->bin[b];
        w->e_lo[b] = bin->e_lo_gev;
        w->ln_lo[b] = log(bin->e_lo_gev / MUTAU_SPECTRUM_PIVOT_GEV);
        w->width[b] = log(bin->e_hi_gev / bin->e_lo_gev);
    }
}

/* The energies of a row: those of the mesh, and as far below as sources are seen. */
static mutau_status nodes_init(const grid_solver *g, grid_rows *w, mutau_error *err)
{
    const grid_level *level = &g->level[LEVEL];
    grid_mesh mesh = {.cell = NULL};
    mutau_status status = mutau_grid_mesh_lay(&mesh, &level->axis, &level->fineness, &g->settings,
                                              g->settings.mass_ev, err);
    const int more = N_MORE * level->axis.n_cell, n = mesh.last - mesh.first;
    if (status == MUTAU_OK) {
        w->node = mutau_calloc((size_t)n + 1 + (size_t)more, sizeof w->node[0]);
        if (w->node == NULL)
            status = mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
    }
    if (status == MUTAU_OK) {
        w->node[0] = mesh.cell[mesh.first].above;
        for (int c = 0; c < n; c++)
            w->node[c + 1] = mesh.cell[mesh.first + c].below;
        for (int k = 1; k <= more; k++)
            w->node[n + k] = w->node[n] - k * level->axis.step / N_MORE;
        w->n_node = n + 1 + more;
    }
    mutau_grid_mesh_release(&mesh);
    return status;
}

mutau_status mutau_grid_rows_init(grid_solver *g, mutau_error *err)
{
    grid_rows *w = &g->rows;
    const mutau_solver_settings *s = &g->settings;
    if (!s->with_rows || g->n_bin == 0 || s->targets != MUTAU_TARGETS_THERMAL ||
        s->spectrum != &mutau_spectrum_power_law || !(s->density_over_hubble > 0.0))
        return MUTAU_OK;
    w->e_lo = mutau_calloc(g->n_bin, sizeof w->e_lo[0]);
    w->ln_lo = mutau_calloc(g->n_bin, sizeof w->ln_lo[0]);
    w->width = mutau_calloc(g->n_bin, sizeof w->width[0]);
    if (w->e_lo == NULL || w->ln_lo == NULL || w->width == NULL ||
        mutau_row_bins_init(g->n_bin, g->bin, s->excess, &w->bins) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver, %zu bins: out of memory", g->n_bin);
    bins_init(g, w);
    MUTAU_CHECK(nodes_init(g, w, err));
    w->ln_depth = log(mutau_mediator_line_depth(&s->mediator, s->density_over_hubble, 1.0, 1.0));
    w->size = w->bins.n_kind * (N_TAIL + 2 * (size_t)w->n_node);
    return MUTAU_OK;
}

void mutau_grid_rows_release(grid_rows *rows)
{
    mutau_row_bins_release(&rows->bins);
    free(rows->e_lo);
    free(rows->ln_lo);
    free(rows->width);
    free(rows->node);
    *rows = (grid_rows){.size = 0};
}

/* ---- rows ------------------------------------------------------------------------ */

static size_t rows_size(const void *solver)
{
    return ((const grid_solver *)solver)->rows.size;
}

/* That of the solver, which both have, the lattice, and the wings that rows leave out. */
static double rows_error(const void *solver)
{
    return fmax(1.5 * ((const grid_solver *)solver)->error, 5e-4);
}

static bool rows_place(const void *solver, const mutau_solver_point *point, double at[])
{
    const grid_solver *g = solver;
    if (g->rows.size == 0)
        return false;
    for (int j = 0; j < 3; j++)
        if (!(fabs(point->mass_ev[j] - g->settings.mass_ev[j]) <= 0.0) ||
            !(fabs(point->excess[j] - g->settings.excess[j]) <= 0.0))
            return false;
    at[0] = g->rows.ln_depth + 2.0 * log(point->g / point->m_ev);
    at[1] = point->source[GAMMA];
    return fabs(at[0]) < max_lambda && fabs(at[1]) < max_gamma &&
           mutau_solver_grid.depth(solver, point) <= max_depth;
}

static mutau_status rows_fill(const void *solver, void *ws, const double at[], double row[],
                              mutau_error *err)
{
    const grid_solver *g = solver;
    const grid_rows *w = &g->rows;
    mutau_solver_point point = {.m_ev = sqrt(2.0 * MUTAU_SPECTRUM_PIVOT_GEV * MUTAU_EV_PER_GEV)};
    point.g = point.m_ev * exp(0.5 * (at[0] - w->ln_depth));
    point.source[0] = 1.0;
    point.source[GAMMA] = at[1];
    memcpy(point.mass_ev, g->settings.mass_ev, sizeof point.mass_ev);
    memcpy(point.excess, g->settings.excess, sizeof point.excess);
    MUTAU_CHECK(mutau_grid_solve_depths(g, ws, &point, LEVEL, exp(at[0]), 0.0, err));
    const grid_earth *earth = ((const grid_workspace *)ws)->earth;
    const double slope = 1.0 - at[1];
    for (size_t k = 0; k < w->bins.n_kind; k++, row += N_TAIL + 2 * w->n_node) {
        const double *kind = w->bins.kind[k];
        mutau_grid_earth_tail(earth, w->node[w->n_node - 1], kind, row);
        for (int n = 0; n < w->n_node; n++) {
            double lost[3], above[3], *node = row + N_TAIL + 2 * n;
            const double over = exp(-slope * w->node[n]);
            mutau_grid_earth_read(earth, w->node[n], lost, above);
            node[0] = over * (kind[0] * above[0] + kind[1] * above[1] + kind[2] * above[2]);
            node[1] = kind[0] * lost[0] + kind[1] * lost[1] + kind[2] * lost[2];
        }
    }
    return MUTAU_OK;
}

/* ---- bins -------------------------------------------------------------------------- */

static double blended(const mutau_row_blend *rows, size_t at)
{
    double sum = 0.0;
    for (size_t i = 0; i < rows->n; i++)
        sum += rows->weight[i] * rows->row[i][at];
    return sum;
}

static int node_find(const grid_rows *w, double y)
{
    int lo = 0, hi = w->n_node - 1;
    while (hi - lo > 1) {
        const int mid = (lo + hi) / 2;
        if (w->node[mid] > y)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* What is lost of the count above y: between nodes the cubic by the counts and their slopes. */
static double above_read(const grid_rows *w, const mutau_row_blend *rows, size_t kind, double y,
                         double gamma)
{
    const size_t first = kind * (N_TAIL + 2 * (size_t)w->n_node);
    const double slope = 1.0 - gamma, last = w->node[w->n_node - 1];
    if (y >= w->node[0])
        return 0.0;
    if (y <= last) {
        const double shrink = exp(y - last), unit = exp(slope * last);
        const double t0 = blended(rows, first), t1 = blended(rows, first + 1),
                     t2 = blended(rows, first + 2), t3 = blended(rows, first + 3);
        return unit * (t0 + shrink * (t1 + shrink * (t2 + shrink * t3)));
    }
    const int up = node_find(w, y);
    const size_t at = first + N_TAIL + 2 * (size_t)up;
    const double h = w->node[up] - w->node[up + 1], t = (w->node[up] - y) / h;
    const double unit_up = exp(slope * w->node[up]), unit_down = exp(slope * w->node[up + 1]);
    const double a = unit_up * blended(rows, at), b = h * unit_up * blended(rows, at + 1);
    const double d = unit_down * blended(rows, at + 2) - a;
    const double e = h * unit_down * blended(rows, at + 3);
    return a + t * (b + t * ((3.0 * d - 2.0 * b - e) + t * (b + e - 2.0 * d)));
}

static void rows_bins(const void *solver, void *ws, const mutau_solver_point *point,
                      const mutau_row_blend *rows, double n[])
{
    const grid_solver *g = solver;
    const grid_rows *w = &g->rows;
    const mutau_row_bin *bin = w->bins.bin;
    double *above = ((grid_workspace *)ws)->rows_above;
    const double gamma = point->source[GAMMA], scale = point->source[0] * g->settings.norm / 3.0;
    const double ln_unit = 2.0 * log(point->m_ev) - log(2.0 * MUTAU_EV_PER_GEV);
    const double unit =
        MUTAU_SPECTRUM_PIVOT_GEV * exp((1.0 - gamma) * (ln_unit - log(MUTAU_SPECTRUM_PIVOT_GEV)));
    for (size_t k = 0; k < w->bins.n_point; k++)
        above[k] = unit * above_read(w, rows, w->bins.point[k].kind,
                                     w->bins.point[k].ln_energy - ln_unit, gamma);
    mutau_spectrum_integrals(g->settings.spectrum, point->source, g->n_bin, w->e_lo, w->ln_lo,
                             w->width, n);
    for (size_t b = 0; b < g->n_bin; b++)
        n[b] = scale * (bin[b].weight * n[b] - (above[bin[b].lo] - above[bin[b].hi]));
}

const mutau_solver_rows mutau_grid_solver_rows = {
    .n_coordinate = 2,
    .step = {0.125, 0.1},
    .size = rows_size,
    .error = rows_error,
    .place = rows_place,
    .fill = rows_fill,
    .bins = rows_bins,
};
