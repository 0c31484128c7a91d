/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line solver where it is good enough, the grid elsewhere; documented in physics/solver.h. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "physics/solver.h"

typedef struct auto_solver {
    void *line; /* NULL with targets that move */
    void *grid;
    double tail_tolerance;
    const mutau_solver_rows *inner; /* of the solver that has rows here; NULL: none has */
    mutau_solver_rows rows;         /* those, asked through this solver */
} auto_solver;

typedef struct auto_workspace {
    const auto_solver *solver;
    void *line, *grid;
    bool by_line; /* the last solution */
} auto_workspace;

/* The solver whose rows serve, and its workspace. */
static const void *inner_solver(const auto_solver *a)
{
    return a->line != NULL ? a->line : a->grid;
}

static void *inner_workspace(const auto_workspace *ws)
{
    return ws->solver->line != NULL ? ws->line : ws->grid;
}

static double auto_depth(const void *solver, const mutau_solver_point *point)
{
    const auto_solver *a = solver;
    return a->line != NULL ? mutau_solver_line.depth(a->line, point)
                           : mutau_solver_grid.depth(a->grid, point);
}

static bool is_for_line(const auto_solver *a, const mutau_solver_point *point)
{
    return a->line != NULL && auto_depth(a, point) <= a->tail_tolerance;
}

static const mutau_solver_type *auto_chosen(const void *solver, const mutau_solver_point *point)
{
    return is_for_line(solver, point) ? &mutau_solver_line : &mutau_solver_grid;
}

static double auto_bin_error(const void *solver, const mutau_solver_point *point)
{
    const auto_solver *a = solver;
    return is_for_line(a, point) ? mutau_solver_line.bin_error(a->line, point)
                                 : mutau_solver_grid.bin_error(a->grid, point);
}

/* ---- rows ---------------------------------------------------------------------- */

static size_t rows_size(const void *solver)
{
    const auto_solver *a = solver;
    return a->inner->size(inner_solver(a));
}

static double rows_error(const void *solver)
{
    const auto_solver *a = solver;
    return a->inner->error(inner_solver(a));
}

static bool rows_place(const void *solver, const mutau_solver_point *point, double at[])
{
    const auto_solver *a = solver;
    return (a->line == NULL || is_for_line(a, point)) &&
           a->inner->place(inner_solver(a), point, at);
}

static mutau_status rows_fill(const void *solver, void *ws, const double at[], double row[],
                              mutau_error *err)
{
    const auto_solver *a = solver;
    return a->inner->fill(inner_solver(a), inner_workspace(ws), at, row, err);
}

static void rows_bins(const void *solver, void *ws, const mutau_solver_point *point,
                      const mutau_row_blend *rows, double n[])
{
    const auto_solver *a = solver;
    a->inner->bins(inner_solver(a), inner_workspace(ws), point, rows, n);
}

static void rows_init(auto_solver *a)
{
    a->inner = a->line != NULL ? mutau_solver_line.rows : mutau_solver_grid.rows;
    if (a->inner == NULL)
        return;
    a->rows = *a->inner; /* coordinates and steps */
    a->rows.size = rows_size;
    a->rows.error = rows_error;
    a->rows.place = rows_place;
    a->rows.fill = rows_fill;
    a->rows.bins = rows_bins;
}

static const mutau_solver_rows *auto_rows(const void *solver)
{
    const auto_solver *a = solver;
    return a->inner != NULL ? &a->rows : NULL;
}

/* ---- the solver ---------------------------------------------------------------- */

static void auto_free(void *solver)
{
    auto_solver *a = solver;
    if (a == NULL)
        return;
    mutau_solver_line.free(a->line);
    mutau_solver_grid.free(a->grid);
    free(a);
}

static mutau_status auto_alloc(const mutau_solver_settings *settings, size_t n_bin,
                               const mutau_solver_bin bins[], void **out, mutau_error *err)
{
    mutau_status status = MUTAU_OK;
    auto_solver *a = mutau_calloc(1, sizeof *a);
    if (a == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "solver: out of memory");
    a->tail_tolerance =
        settings->tail_tolerance > 0.0 ? settings->tail_tolerance : MUTAU_SOLVER_TAIL_TOLERANCE;
    if (settings->targets == MUTAU_TARGETS_COLD)
        status = mutau_solver_line.alloc(settings, n_bin, bins, &a->line, err);
    if (status == MUTAU_OK)
        status = mutau_solver_grid.alloc(settings, n_bin, bins, &a->grid, err);
    if (status != MUTAU_OK) {
        auto_free(a);
        return status;
    }
    rows_init(a);
    *out = a;
    return MUTAU_OK;
}

static void auto_workspace_free(void *workspace)
{
    auto_workspace *ws = workspace;
    if (ws == NULL)
        return;
    mutau_solver_line.workspace_free(ws->line);
    mutau_solver_grid.workspace_free(ws->grid);
    free(ws);
}

static void *auto_workspace_alloc(const void *solver)
{
    const auto_solver *a = solver;
    auto_workspace *ws = mutau_calloc(1, sizeof *ws);
    if (ws == NULL)
        return NULL;
    ws->solver = a;
    if (a->line != NULL)
        ws->line = mutau_solver_line.workspace_alloc(a->line);
    ws->grid = mutau_solver_grid.workspace_alloc(a->grid);
    if ((a->line != NULL && ws->line == NULL) || ws->grid == NULL) {
        auto_workspace_free(ws);
        return NULL;
    }
    return ws;
}

static mutau_status auto_solve(const void *solver, void *workspace, const mutau_solver_point *point,
                               mutau_error *err)
{
    const auto_solver *a = solver;
    auto_workspace *ws = workspace;
    ws->by_line = is_for_line(a, point);
    return ws->by_line ? mutau_solver_line.solve(a->line, ws->line, point, err)
                       : mutau_solver_grid.solve(a->grid, ws->grid, point, err);
}

static void auto_bins(const void *solver, void *workspace, double n[])
{
    const auto_solver *a = solver;
    auto_workspace *ws = workspace;
    if (ws->by_line)
        mutau_solver_line.bins(a->line, ws->line, n);
    else
        mutau_solver_grid.bins(a->grid, ws->grid, n);
}

static void auto_bins_scaled(const void *solver, void *workspace, const double ln_scale[],
                             double n[])
{
    const auto_solver *a = solver;
    auto_workspace *ws = workspace;
    if (ws->by_line)
        mutau_solver_line.bins_scaled(a->line, ws->line, ln_scale, n);
    else
        mutau_solver_grid.bins_scaled(a->grid, ws->grid, ln_scale, n);
}

static void auto_spectrum(const void *solver, const void *workspace, double energy_gev,
                          double state[3])
{
    const auto_solver *a = solver;
    const auto_workspace *ws = workspace;
    if (ws->by_line)
        mutau_solver_line.spectrum(a->line, ws->line, energy_gev, state);
    else
        mutau_solver_grid.spectrum(a->grid, ws->grid, energy_gev, state);
}

const mutau_solver_type mutau_solver_auto = {
    .name = "auto",
    .reported = "auto",
    .doc = "line where its error is at most 5e-4 of a bin, grid elsewhere",
    .alloc = auto_alloc,
    .free = auto_free,
    .workspace_alloc = auto_workspace_alloc,
    .workspace_free = auto_workspace_free,
    .solve = auto_solve,
    .bins = auto_bins,
    .bins_scaled = auto_bins_scaled,
    .spectrum = auto_spectrum,
    .depth = auto_depth,
    .bin_error = auto_bin_error,
    .chosen = auto_chosen,
    .rows_of = auto_rows,
};
