/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mesh of energies; documented in grid_internal.h. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "grid_internal.h"

/* How far the mesh reaches from the lines, in e-folds, and where its cells become wider. */
static const double ABOVE = 24.0, BELOW = 14.0, FAR = 3.0, WIDER = 2.0;
/* The mass in eV below which a line is beyond all energies; thermal widths above which a line is
 * broad, and no line any more. */
static const double LIGHTEST = 1e-12, BROAD = 0.05, BROADEST = 0.3;

/* The width of a cell at a distance x from a line is slope x, within least and most, and wider
 * FAR away. */
typedef struct spacing {
    double least, slope, most, far;
} spacing;

/* Cells up to the distance: the integral of 1/width. */
static double cells_to(const spacing *s, double distance)
{
    const double flat = fmin(s->least / s->slope, s->most / s->slope);
    const double top = fmax(s->most / s->slope, flat), far = fmax(s->far, top);
    double n = fmin(distance, flat) / fmin(s->least, s->most);
    if (distance > flat)
        n += log(fmin(distance, top) / flat) / s->slope;
    if (distance > top)
        n += (fmin(distance, far) - top) / s->most;
    if (distance > far)
        n += (distance - far) / (WIDER * s->most);
    return n;
}

/* Its inverse, by bisection and to rounding. */
static double distance_of(const spacing *s, double cells, double highest)
{
    double lo = 0.0, hi = highest;
    for (double x = 0.5 * highest; x > lo && x < hi; x = 0.5 * (lo + hi)) {
        if (cells_to(s, x) < cells)
            lo = x;
        else
            hi = x;
    }
    return hi;
}

static grid_taps taps_of(const grid_axis *axis, double shift)
{
    const double place = shift / axis->step, whole = floor(place);
    const double t = place - whole;
    grid_taps taps = {.first = (int)whole - 2};
    for (int k = 0; k < 6; k++) {
        taps.weight[k] = 1.0;
        for (int l = 0; l < 6; l++)
            if (l != k)
                taps.weight[k] *= (t + 2.0 - l) / (k - l);
    }
    return taps;
}

static grid_place place_of(double above, double below, double line)
{
    return (grid_place){.above = expm1(above - line),
                        .below = expm1(below - line),
                        .width = exp(below - line) * expm1(above - below),
                        .beside = !(fabs(above - line) > 0.0 && fabs(below - line) > 0.0)};
}

/* Where in the cell the line is absorbed by its wing, int (v - 1) over int, as a share. */
static double centre_of(const grid_place *at, double depth)
{
    const double mean = log(at->above / at->below) / depth;
    const double share = (mean - at->below) / at->width;
    return share > 0.0 && share < 1.0 ? share : 0.5;
}

static void cell_fill(const grid_mesh *mesh, const grid_axis *axis, double above, double below,
                      grid_cell *cell)
{
    *cell = (grid_cell){.line = -1, .above = above, .below = below, .width = above - below};
    double all = 0.0, sum = 0.0;
    for (int k = 0; k < mesh->n_line; k++) {
        grid_place *at = &cell->at[k];
        *at = place_of(above, below, mesh->line[k]);
        if (at->beside)
            continue;
        const double depth = at->width / (at->above * at->below);
        all += depth;
        sum += depth * centre_of(at, depth);
    }
    cell->centre = cell->width * (all > 0.0 ? sum / all : 0.5);
    cell->decay = exp(-cell->width);
    cell->decay_centre = exp(-cell->centre);
    const double valid = (axis->u_max - cell->width) / axis->step + 1e-9;
    cell->n_valid = valid >= 0.0 ? (int)valid + 1 : 0;
    cell->shift = taps_of(axis, cell->width);
    cell->back = taps_of(axis, -cell->centre);
}

static mutau_status cell_add(grid_mesh *mesh, const grid_axis *axis, double above, double below,
                             mutau_error *err)
{
    if (mesh->n_cell == mesh->n_room) {
        const int room = mesh->n_room > 0 ? 2 * mesh->n_room : 256;
        grid_cell *more = mutau_calloc((size_t)room, sizeof *more);
        if (more == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
        for (int i = 0; i < mesh->n_cell; i++)
            more[i] = mesh->cell[i];
        free(mesh->cell);
        free(mesh->decay);
        mesh->cell = more;
        mesh->decay = mutau_calloc(2 * (size_t)room, sizeof mesh->decay[0]);
        if (mesh->decay == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
        mesh->n_room = room;
    }
    cell_fill(mesh, axis, above, below, &mesh->cell[mesh->n_cell++]);
    return MUTAU_OK;
}

/* Cells from a line to `distance` below it (`sign` -1) or down to the line from above (+1). */
static mutau_status side_lay(grid_mesh *mesh, const grid_axis *axis, const spacing *s, double line,
                             double distance, int sign, mutau_error *err)
{
    const double all = cells_to(s, distance);
    const int n = (int)fmax(ceil(all), 1.0);
    double before = sign > 0 ? line + distance : line;
    for (int i = 1; i <= n; i++) {
        const double cells = all * (sign > 0 ? n - i : i) / n;
        const double away = i == n ? (sign > 0 ? 0.0 : distance) : distance_of(s, cells, distance);
        const double next = line + sign * away;
        MUTAU_CHECK(cell_add(mesh, axis, before, next, err));
        before = next;
    }
    return MUTAU_OK;
}

static mutau_status core_add(grid_mesh *mesh, const grid_axis *axis, int k, mutau_error *err)
{
    MUTAU_CHECK(cell_add(mesh, axis, mesh->line[k], mesh->line[k], err));
    mesh->cell[mesh->n_cell - 1].line = k;
    return MUTAU_OK;
}

/* Gives the cores the range of their neighbours. */
static void cores_widen(grid_mesh *mesh)
{
    for (int i = 1; i + 1 < mesh->n_cell; i++) {
        grid_cell *c = &mesh->cell[i];
        if (c->line < 0)
            continue;
        const grid_place *up = &c[-1].at[c->line], *down = &c[1].at[c->line];
        c->at[c->line] = (grid_place){
            .above = up->above, .below = down->below, .width = up->width + down->width};
    }
}

/* Targets that are so light beside their motion, or so light at all, have no line of their own. */
static void lines_sort(grid_mesh *mesh, const double mass_ev[3], bool thermal)
{
    mesh->n_line = 0;
    for (int j = 0; j < 3; j++) {
        if (!(mass_ev[j] > LIGHTEST) ||
            (thermal && mutau_grid_thermal_width(mass_ev[j]) > BROADEST))
            continue;
        int k = mesh->n_line++;
        for (; k > 0 && mesh->line[k - 1] < -log(mass_ev[j]); k--) {
            mesh->line[k] = mesh->line[k - 1];
            mesh->target[k] = mesh->target[k - 1];
        }
        mesh->line[k] = -log(mass_ev[j]);
        mesh->target[k] = j;
    }
    mesh->highest = mesh->n_line > 0 ? mesh->line[0] : 0.0;
    for (int j = 0; thermal && j < 3; j++)
        mesh->highest = fmax(mesh->highest, -log(mutau_grid_thermal_energy(mass_ev[j], 0.0)));
}

/* What motion asks of the spacing: no wide cells before the lines end, nor within a broad one. */
static void spacing_move(spacing *s, const grid_mesh *mesh, const grid_fineness *fineness,
                         const double mass_ev[3])
{
    s->slope = fineness->moving_slope;
    s->far =
        fmax(FAR, fmax(mesh->top - mesh->line[0], mesh->line[mesh->n_line - 1] - mesh->bottom));
    for (int j = 0; j < 3; j++)
        if (mutau_grid_thermal_width(mass_ev[j]) > BROAD)
            s->most = fmin(s->most, fineness->broad);
}

/* The cells in which the lines are. */
static void moving_find(grid_mesh *mesh)
{
    mesh->first = 0;
    while (mesh->first + 1 < mesh->n_cell && mesh->cell[mesh->first].below >= mesh->top)
        mesh->first++;
    mesh->last = mesh->n_cell;
    while (mesh->last > mesh->first + 1 && mesh->cell[mesh->last - 1].above <= mesh->bottom)
        mesh->last--;
}

mutau_status mutau_grid_mesh_lay(grid_mesh *mesh, const grid_axis *axis,
                                 const grid_fineness *fineness,
                                 const mutau_solver_settings *settings, const double mass_ev[3],
                                 mutau_error *err)
{
    const bool thermal = settings->targets == MUTAU_TARGETS_THERMAL;
    spacing s = {fineness->least, fineness->slope, fineness->most, FAR}, upper;
    mesh->n_cell = 0;
    lines_sort(mesh, mass_ev, thermal);
    if (thermal) {
        mutau_grid_thermal_range(axis, mass_ev, &mesh->top, &mesh->bottom);
        spacing_move(&s, mesh, fineness, mass_ev);
    }
    upper = s;
    for (int k = 0; k < mesh->n_line; k++) {
        const double gap = k > 0 ? 0.5 * (mesh->line[k - 1] - mesh->line[k]) : ABOVE;
        if (thermal)
            s.least = fmax(fineness->least,
                           fineness->motion * mutau_grid_thermal_width(mass_ev[mesh->target[k]]));
        if (k > 0)
            MUTAU_CHECK(side_lay(mesh, axis, &upper, mesh->line[k - 1], gap, -1, err));
        MUTAU_CHECK(side_lay(mesh, axis, &s, mesh->line[k], gap, 1, err));
        if (!thermal)
            MUTAU_CHECK(core_add(mesh, axis, k, err));
        upper = s;
    }
    if (mesh->n_line > 0)
        MUTAU_CHECK(side_lay(mesh, axis, &s, mesh->line[mesh->n_line - 1], BELOW, -1, err));
    if (thermal)
        moving_find(mesh);
    else
        cores_widen(mesh);
    return MUTAU_OK;
}

void mutau_grid_mesh_release(grid_mesh *mesh)
{
    free(mesh->cell);
    free(mesh->decay);
    free(mesh->core);
    free(mesh->wing);
    free(mesh->core_end);
    free(mesh->wing_end);
    *mesh = (grid_mesh){.cell = NULL};
}
