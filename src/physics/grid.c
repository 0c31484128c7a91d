/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid solver as a type; documented in physics/grid.h. */
#include "physics/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/widths.h"
#include "grid_internal.h"
#include "physics/spectrum.h"
#include "vector_exp_internal.h"

enum { MOST_NODES = 1024 };

/* A line of this depth at most may be on the coarsest mesh. */
static const double SHALLOW = 100.0;

/* How fine the mesh is up to a depth T off the resonance, for a tolerance of 1e-3. */
static const struct {
    double depth;
    grid_fineness fineness;
} levels[GRID_N_LEVEL] = {
    {2e-5, {23, 0.075, 0.25, 3e-4, 0.20, 0.70, 0.008}},
    {5e-3, {23, 0.075, 0.25, 3e-4, 0.09, 0.30, 0.006}},
    {0.1, {23, 0.050, 0.25, 3e-4, 0.06, 0.20, 0.006}},
    {1.0, {23, 0.032, 0.20, 3e-4, 0.06, 0.20, 0.006}},
    {10.0, {31, 0.020, 0.20, 3e-4, 0.06, 0.20, 0.006}},
    {HUGE_VAL, {31, 0.0112, 0.20, 3e-4, 0.06, 0.20, 0.006}},
};

/* The numbers of a solution that its cells need. */
typedef struct march {
    const grid_solver *solver;
    grid_space *space;
    const double *source;
    double index, to_pivot;
    double wing;  /* tau = wing e^(3u) H0/H |Q|^2 int v/[(v - 1)^2 + width^2] dln v */
    double line;  /* the depth of a whole line */
    double width; /* Gamma/m */
} march;

/* ---- preparation ----------------------------------------------------------------- */

static void solver_free(void *self)
{
    grid_solver *g = self;
    if (g == NULL)
        return;
    for (int k = 0; k < GRID_N_LEVEL; k++)
        mutau_grid_axis_release(&g->level[k].axis);
    mutau_grid_rows_release(&g->rows);
    mutau_spectrum_arrival_release(&g->arrival);
    free(g->bin);
    free(g->e_lo);
    free(g->x_lo);
    free(g->width);
    free(g);
}

/* A scheme of second order, but for the distance from a line, which counts as it is.  Instead of
 * e^-tau the core of a line alone can have 1/(1 + tau): it must not shrink then. */
static grid_fineness fineness_of(int level, const mutau_solver_settings *s, double tolerance)
{
    const double finer = sqrt(MUTAU_GRID_TOLERANCE / tolerance);
    const grid_fineness *at = &levels[level].fineness;
    const double n_cell = at->n_cell * finer * fmax(log1p(s->z_max) / log(6.0), 1.0); /* to z = 5 */
    const double n_node = 8.0 * ceil((n_cell + 1.0) / 8.0); /* whole vectors */
    return (grid_fineness){
        .n_cell = (int)fmax(fmin(n_node, MOST_NODES), 16.0) - 1,
        .most = at->most / finer,
        .slope = at->slope / finer,
        .least = s->crossing == MUTAU_CROSSING_EXACT ? at->least / (finer * finer) : at->least,
        .moving_slope = at->moving_slope / finer,
        .motion = at->motion / finer,
        .broad = at->broad / finer};
}

/* How much finer in tolerance the mesh must be for other histories than star formation's, which
 * either grow faster or are closer by; measured in the paper's bins. */
static double strength_of(const mutau_evolution *evolution)
{
    switch (evolution->kind) {
    case MUTAU_EVOLUTION_YUKSEL2008:
    case MUTAU_EVOLUTION_HOPKINS_BEACOM2006:
    case MUTAU_EVOLUTION_MADAU_DICKINSON2014:
    case MUTAU_EVOLUTION_CANDELS2015:
    case MUTAU_EVOLUTION_NONE:
        return 1.0;
    default:
        return 2.5;
    }
}

/* The error of a history of one's own, over the tolerance: twice the factor by which its sources
 * exceed their mean anywhere, in the weights of the least and of the largest index, bounds powers
 * from -20 to 20 and spikes a tenth in z wide. */
static double concentration_of(const mutau_source_grid *sources, const mutau_solver_settings *s)
{
    const double slopes[] = {-0.8, -2.5};
    double worst = 0.0;
    if (s->evolution.kind < MUTAU_EVOLUTION_N_NAMED)
        return 1.0;
    for (int k = 0; k < 2; k++) {
        double most = 0.0, sum = 0.0;
        for (int n = MUTAU_SOURCE_ZERO; n < sources->top; n++) {
            const double in_cell = sources->series[0][n] * pow(sources->grow[n], slopes[k]);
            most = fmax(most, in_cell);
            sum += in_cell;
        }
        worst = fmax(worst, most / sum * sources->n_cell);
    }
    return fmax(1.0, 2.0 * worst);
}

static mutau_status solver_init(grid_solver *g, const mutau_solver_settings *s, mutau_error *err)
{
    const bool given = !(fabs(s->tolerance) <= 0.0);
    g->tolerance = given ? s->tolerance : MUTAU_GRID_TOLERANCE;
    if (!(g->tolerance >= MUTAU_GRID_LEAST && g->tolerance <= MUTAU_GRID_MOST))
        return mutau_error_set(err, MUTAU_EDOM, "tolerance = %g: must be in %g..%g", s->tolerance,
                               MUTAU_GRID_LEAST, MUTAU_GRID_MOST);
    if (s->targets != MUTAU_TARGETS_COLD && s->targets != MUTAU_TARGETS_THERMAL)
        return mutau_error_set(err, MUTAU_EDOM, "unknown targets %d", (int)s->targets);
    MUTAU_CHECK(mutau_source_grid_init(s->omega_m, s->evolution, s->z_max, &g->sources, err));
    g->sources.at_earth = s->at_earth;
    g->error = g->tolerance * concentration_of(&g->sources, s);
    for (int k = 0; k < GRID_N_LEVEL; k++) {
        g->level[k].fineness = fineness_of(k, s, g->tolerance / strength_of(&s->evolution));
        MUTAU_CHECK(mutau_grid_axis_init(&g->level[k].axis, s, g->level[k].fineness.n_cell, err));
    }
    return MUTAU_OK;
}

static mutau_status solver_alloc(const mutau_solver_settings *settings, size_t n_bin,
                                 const mutau_solver_bin bins[], void **out, mutau_error *err)
{
    MUTAU_CHECK(mutau_solver_check(settings, n_bin, bins, err));
    grid_solver *g = mutau_calloc(1, sizeof *g);
    if (g == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
    g->settings = *settings;
    g->n_bin = n_bin;
    mutau_status status = solver_init(g, settings, err);
    if (status == MUTAU_OK) {
        g->bin = mutau_calloc(n_bin, sizeof g->bin[0]);
        g->e_lo = mutau_calloc(n_bin, sizeof g->e_lo[0]);
        g->x_lo = mutau_calloc(n_bin, sizeof g->x_lo[0]);
        g->width = mutau_calloc(n_bin, sizeof g->width[0]);
        if (g->bin == NULL || g->e_lo == NULL || g->x_lo == NULL || g->width == NULL)
            status =
                mutau_error_set(err, MUTAU_ENOMEM, "grid solver, %zu bins: out of memory", n_bin);
    }
    if (status != MUTAU_OK) {
        solver_free(g);
        return status;
    }
    for (size_t b = 0; b < n_bin; b++) {
        g->bin[b] = bins[b];
        g->e_lo[b] = bins[b].e_lo_gev;
        g->x_lo[b] = log(bins[b].e_lo_gev / MUTAU_SPECTRUM_PIVOT_GEV);
        g->width[b] = log(bins[b].e_hi_gev / bins[b].e_lo_gev);
    }
    status = mutau_spectrum_arrival_init(settings->spectrum, &g->sources, settings->shape, n_bin,
                                         g->e_lo, g->x_lo, g->width, &g->arrival, err);
    if (status == MUTAU_OK)
        status = mutau_grid_rows_init(g, err);
    if (status != MUTAU_OK) {
        solver_free(g);
        return status;
    }
    *out = g;
    return MUTAU_OK;
}

static void workspace_free(void *self)
{
    grid_workspace *ws = self;
    if (ws == NULL)
        return;
    for (int k = 0; k < GRID_N_LEVEL; k++) {
        mutau_grid_mesh_release(&ws->level[k].mesh);
        mutau_grid_front_release(&ws->level[k].front);
        mutau_grid_earth_release(&ws->level[k].earth);
    }
    free(ws->rows_above);
    free(ws);
}

static mutau_status space_init(const grid_solver *g, int k, grid_space *space)
{
    const grid_axis *axis = &g->level[k].axis;
    space->mass_ev[0] = -1.0;
    MUTAU_CHECK(mutau_grid_front_init(&space->front, axis, &g->settings.mediator, NULL));
    return mutau_grid_earth_init(&space->earth, axis, &g->settings.mediator, NULL);
}

static void *workspace_alloc(const void *solver)
{
    grid_workspace *ws = mutau_calloc_lines(1, sizeof *ws);
    if (ws == NULL)
        return NULL;
    const grid_rows *rows = &((const grid_solver *)solver)->rows;
    if (rows->size > 0) {
        ws->rows_above = mutau_calloc_lines(rows->bins.n_point, sizeof ws->rows_above[0]);
        if (ws->rows_above == NULL) {
            workspace_free(ws);
            return NULL;
        }
    }
    for (int k = 0; k < GRID_N_LEVEL; k++)
        if (space_init(solver, k, &ws->level[k]) != MUTAU_OK) {
            workspace_free(ws);
            return NULL;
        }
    return ws;
}

/* ---- solution --------------------------------------------------------------------- */

/* The mesh is a function of the masses alone, so that one that is there already is the right
 * one. */
static mutau_status mesh_for(const grid_solver *g, int k, grid_space *space,
                             const double mass_ev[3], mutau_error *err)
{
    bool same = true;
    for (int j = 0; j < 3; j++)
        same = same && !(fabs(space->mass_ev[j] - mass_ev[j]) > 0.0);
    if (same)
        return MUTAU_OK;
    space->mass_ev[0] = -1.0;
    MUTAU_CHECK(mutau_grid_mesh_lay(&space->mesh, &g->level[k].axis, &g->level[k].fineness,
                                    &g->settings, mass_ev, err));
    if (g->settings.targets == MUTAU_TARGETS_THERMAL)
        MUTAU_CHECK(mutau_grid_thermal_fill(&space->mesh, &g->level[k].axis, &g->settings.mediator,
                                            mass_ev, err));
    MUTAU_CHECK(mutau_grid_earth_reserve(&space->earth, space->mesh.n_cell + 1, err));
    for (int j = 0; j < 3; j++)
        space->mass_ev[j] = mass_ev[j];
    return MUTAU_OK;
}

/* What a source emits that is at y there, over the reference spectrum. */
static double source_at(const march *m, double y)
{
    const double x = y + m->to_pivot;
    return m->solver->settings.spectrum->shape(m->source, x) * exp(m->index * x);
}

/* int v/[(v - 1)^2 + width^2] dln v over a place: the difference of the arc tangents at its ends in
 * one. */
static double curve_depth(const grid_place *at, double width)
{
    const double far = width * width + at->above * at->below, t = at->width * width / far;
    const double t2 = t * t;
    if (far > 0.0 && t2 < 1e-4) /* the series to 1e-13 */
        return at->width / far * (1.0 - t2 * (1.0 / 3.0 - t2 * (1.0 / 5.0 - t2 / 7.0)));
    return atan2(at->width * width, far) / width;
}

static void cold_depths(const march *m, const grid_cell *cell)
{
    const grid_mesh *mesh = &m->space->mesh;
    const grid_axis *axis = m->space->front.axis;
    double depth[3] = {0.0}, rate[3] = {0.0};
    for (int k = 0; k < mesh->n_line; k++) {
        const grid_place *at = &cell->at[k];
        if (cell->line >= 0 ? k != cell->line : at->beside)
            continue;
        const double d = m->wing * curve_depth(at, m->width);
        const double r = m->wing * cell->width * (1.0 + at->below) /
                         (at->below * at->below + m->width * m->width);
        for (int i = 0; i < 3; i++) {
            depth[i] += d * m->solver->settings.mediator.coupling[i][mesh->target[k]];
            rate[i] += r * m->solver->settings.mediator.coupling[i][mesh->target[k]];
        }
    }
    mutau_grid_axis_depths(axis, cell->centre, depth, m->space->front.depth);
    mutau_grid_axis_depths(axis, 0.0, rate, m->space->front.rate);
}

static void march_cell(const march *m, int c)
{
    grid_front *front = &m->space->front;
    const grid_mesh *mesh = &m->space->mesh;
    const grid_cell *cell = &mesh->cell[c];
    if (mesh->core != NULL)
        mutau_grid_thermal_depths(mesh, front->axis, c, m->line, m->wing, front->depth,
                                  front->rate);
    else
        cold_depths(m, cell);
    if (cell->line >= 0) {
        mutau_grid_front_cross(front, m->solver->settings.crossing);
        return;
    }
    const bool plain = mutau_spectrum_is_scale_free(m->solver->settings.spectrum);
    grid_step step = {.cell = cell,
                      .source_above = plain ? 1.0 : source_at(m, cell->above),
                      .source_below = plain ? 1.0 : source_at(m, cell->below),
                      .decay = {mesh->decay[2 * c]},
                      .decay_centre = {mesh->decay[2 * c + 1]}};
    for (int p = 0; p < 3; p++) {
        step.index[p] = m->index + p;
        if (p > 0) {
            step.decay[p] = step.decay[p - 1] * cell->decay;
            step.decay_centre[p] = step.decay_centre[p - 1] * cell->decay_centre;
        }
    }
    mutau_grid_front_step(front, &step);
}

/* All at once, which is vector code. */
MUTAU_WIDTHS static void decays_fill(grid_mesh *mesh, int first, int last, double index)
{
    for (int c = first; c < last; c++) {
        mesh->decay[2 * c] = -index * mesh->cell[c].width;
        mesh->decay[2 * c + 1] = -index * mesh->cell[c].centre;
    }
    for (int k = 2 * first; k < 2 * last; k++)
        mesh->decay[k] = exp_one(mesh->decay[k]);
}

/* The rates of the wings over the density of the targets, of what is at y at u = 0 and comes from
 * the nodes. */
static void wings_above(const march *m, double y, double rate[3][MOST_NODES])
{
    const grid_axis *axis = m->space->front.axis;
    const mutau_solver_settings *s = &m->solver->settings;
    memset(rate, 0, 3 * sizeof rate[0]);
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < axis->n_node; k++) {
            const double mass = m->space->mass_ev[j];
            const double energy = s->targets == MUTAU_TARGETS_THERMAL
                                      ? mutau_grid_thermal_energy(mass, axis->u[k])
                                      : mass;
            const double v = exp(y + axis->u[k]) * energy;
            for (int i = 0; i < 3; i++)
                rate[i][k] += m->wing * s->mediator.coupling[i][j] * v / ((v - 1.0) * (v - 1.0));
        }
}

/* What arrives at y without interactions. */
static void free_start(const march *m, double y)
{
    grid_front *f = &m->space->front;
    const int n = f->axis->n_node;
    double source[MOST_NODES];
    for (int k = 0; k < n; k++)
        source[k] = source_at(m, y + f->axis->u[k]);
    for (int k = 0; k < n; k++) {
        f->free[k] = 0.0;
        for (int v = k; v + 1 < n; v++)
            f->free[k] +=
                0.5 * (source[v - k] + source[v + 1 - k]) * (f->beyond[v] - f->beyond[v + 1]);
    }
}

/* The front at y, above which only wings absorb, and little: once, of what is free.  Far above a
 * line they fall as 1/E, which gives the moments. */
static void front_start(const march *m, double y)
{
    grid_front *f = &m->space->front;
    const grid_axis *axis = f->axis;
    const int n = axis->n_node;
    double rate[3][MOST_NODES];
    free_start(m, y);
    wings_above(m, y, rate);
    for (int k = 0; k < n; k++) {
        double all = 0.0;
        for (int i = 0; i < 3; i++) {
            double lost = 0.0;
            for (int v = k; v < n; v++)
                lost += (v == k ? 0.5 : 1.0) * axis->depth[0][v] * rate[i][v - k] * f->free[v];
            f->flux[i][k] = f->emitted[i] * (f->free[k] - fmin(axis->step * lost, f->free[k]));
            all += f->emitted[i] * axis->depth[0][k] * rate[i][0] * f->free[k];
        }
        for (int p = 0; p < 3; p++)
            f->moment[p][k] = all / (m->index + p + 1);
    }
}

/* The sources over the reference spectrum, so that what arrives without interactions is
 * dPhi/dE over A norm. */
static void sources_start(const march *m, double source_scale)
{
    grid_front *f = &m->space->front;
    const grid_solver *g = m->solver;
    mutau_grid_axis_sources(f->axis, 1.0 - m->index, f->beyond, f->density);
    const double scale = mutau_spectrum_is_scale_free(g->settings.spectrum)
                             ? 1.0 / f->beyond[0]
                             : source_scale / f->axis->total;
    for (int n = 0; n < f->axis->n_node; n++) {
        f->beyond[n] *= scale;
        f->density[n] *= scale;
    }
}

/* The first and behind the last cell: what wings take beyond them is, by the square of a small
 * depth above and by the depth below, less than the tolerance. */
static void range_of(const march *m, int *first, int *last)
{
    const grid_mesh *mesh = &m->space->mesh;
    const double depth = 4.0 * m->wing;
    const double tolerance = m->solver->tolerance;
    const double top = mesh->highest + fmax(1.0, log(0.4 * depth / tolerance));
    const double bottom = mesh->line[mesh->n_line - 1] + log(fmin(0.5, 0.1 * tolerance / depth));
    int i = 0, k = mesh->n_cell;
    while (i + 1 < k && mesh->cell[i].above > top)
        i++;
    while (k > i + 1 && mesh->cell[k - 1].above <= bottom)
        k--;
    const bool thermal = mesh->core != NULL;
    if (thermal && !(m->wing > 0.0)) {
        i = mesh->first;
        k = mesh->last;
    }
    *first = thermal && mesh->first < i ? mesh->first : i;
    *last = thermal && mesh->last > k ? mesh->last : k;
}

static void march_down(const march *m, double source_scale)
{
    grid_space *s = m->space;
    int first, last;
    range_of(m, &first, &last);
    sources_start(m, source_scale);
    front_start(m, s->mesh.cell[first].above);
    decays_fill(&s->mesh, first, last, m->index);
    mutau_grid_earth_begin(&s->earth, m->index, m->to_pivot);
    mutau_grid_earth_add(&s->earth, &s->front, s->mesh.cell[first].above);
    for (int c = first; c < last; c++) {
        march_cell(m, c);
        mutau_grid_earth_add(&s->earth, &s->front, s->mesh.cell[c].below);
    }
    mutau_grid_earth_finish(&s->earth, &s->front);
}

static const double STEEPEST = 5.0; /* as are power laws within the priors, and steeper */

/* The slope of the spectrum about the highest line: near its own power law the march has little to
 * interpolate.  Behind a cutoff there is no power law, and one as steep as the spectrum is there
 * would leave nothing of it at lower energies. */
static double index_of(const mutau_spectrum_type *type, const double source[], double x)
{
    const double slope = -0.5 * log(type->shape(source, x + 1.0) / type->shape(source, x - 1.0));
    return mutau_spectrum_is_scale_free(type) ? slope : fmin(slope, STEEPEST);
}

static double wing_depth(const grid_solver *g, const mutau_solver_point *point)
{
    const double g2 = point->g * point->g;
    return g->settings.density_over_hubble * g->settings.mediator.kappa * g2 * g2 /
           (point->m_ev * point->m_ev);
}

static double tail_depth(const void *solver, const mutau_solver_point *point)
{
    return 4.0 * wing_depth(solver, point);
}

mutau_status mutau_grid_solve_depths(const grid_solver *g, grid_workspace *ws,
                                     const mutau_solver_point *point, int level, double line,
                                     double wing, mutau_error *err)
{
    const mutau_solver_settings *s = &g->settings;
    memcpy(ws->source, point->source, sizeof ws->source);
    ws->shape = s->shape != NULL ? s->shape : ws->source;
    ws->source_scale = g->arrival.bins != NULL
                           ? g->arrival.scale
                           : mutau_spectrum_scale(s->spectrum, &g->sources, ws->source);
    ws->scale = point->source[0] * s->norm / 3.0;
    for (int i = 0; i < 3; i++)
        ws->emitted[i] = 1.0 + point->excess[i];
    ws->ln_unit = 2.0 * log(point->m_ev) - log(2.0 * MUTAU_EV_PER_GEV);
    ws->earth = NULL;
    if (!(line > 0.0) || !isfinite(line))
        return MUTAU_OK;
    grid_space *space = &ws->level[level];
    MUTAU_CHECK(mesh_for(g, level, space, point->mass_ev, err));
    if (space->mesh.n_line == 0)
        return MUTAU_OK;
    march m = {.solver = g,
               .space = space,
               .source = ws->shape,
               .to_pivot = ws->ln_unit - log(MUTAU_SPECTRUM_PIVOT_GEV),
               .wing = wing,
               .line = line,
               .width = point->g * point->g / s->mediator.width_divisor};
    m.index = index_of(s->spectrum, ws->shape, space->mesh.line[0] + m.to_pivot);
    mutau_grid_front_emit(&space->front, point->excess);
    march_down(&m, ws->source_scale);
    ws->earth = &space->earth;
    return MUTAU_OK;
}

static mutau_status solve(const void *solver, void *workspace, const mutau_solver_point *point,
                          mutau_error *err)
{
    const grid_solver *g = solver;
    const double wing = wing_depth(g, point);
    const double line = mutau_mediator_line_depth(
        &g->settings.mediator, g->settings.density_over_hubble, point->g, point->m_ev);
    int level = line < SHALLOW ? 0 : 1;
    while (4.0 * wing > levels[level].depth)
        level++;
    return mutau_grid_solve_depths(g, workspace, point, level, line, wing, err);
}

/* ---- results ------------------------------------------------------------------------ */

/* A bin of which `free` is the flux without interactions. */
static double bin_of(const grid_workspace *ws, const mutau_solver_bin *bin, double ln_scale,
                     double free)
{
    double lost[3], below[3] = {0.0}, above[3] = {0.0}, sum = 0.0;
    if (ws->earth != NULL) {
        mutau_grid_earth_read(ws->earth, log(bin->e_lo_gev) + ln_scale - ws->ln_unit, lost, below);
        mutau_grid_earth_read(ws->earth, log(bin->e_hi_gev) + ln_scale - ws->ln_unit, lost, above);
    }
    for (int i = 0; i < 3; i++)
        sum += bin->weight[i] *
               (ws->emitted[i] * free - MUTAU_SPECTRUM_PIVOT_GEV * (below[i] - above[i]));
    return sum < 0.0 ? 0.0 : ws->scale * sum; /* behind a cutoff: rounding of what was lost */
}

static void bins(const void *solver, void *workspace, double n[])
{
    const grid_solver *g = solver;
    const grid_workspace *ws = workspace;
    if (g->arrival.bins != NULL)
        memcpy(n, g->arrival.bins, g->n_bin * sizeof n[0]);
    else
        mutau_spectrum_free_bins(g->settings.spectrum, &g->sources, ws->source, ws->source_scale,
                                 g->n_bin, g->e_lo, g->x_lo, g->width, n);
    for (size_t b = 0; b < g->n_bin; b++)
        n[b] = bin_of(ws, &g->bin[b], 0.0, n[b]);
}

static void bins_scaled(const void *solver, void *workspace, const double ln_scale[], double n[])
{
    const grid_solver *g = solver;
    const grid_workspace *ws = workspace;
    for (size_t b = 0; b < g->n_bin; b++) {
        const double e_lo = g->e_lo[b] * exp(ln_scale[b]), x_lo = g->x_lo[b] + ln_scale[b];
        double free;
        mutau_spectrum_free_bins(g->settings.spectrum, &g->sources, ws->shape, ws->source_scale, 1,
                                 &e_lo, &x_lo, &g->width[b], &free);
        n[b] = bin_of(ws, &g->bin[b], ln_scale[b], free);
    }
}

static void spectrum(const void *solver, const void *workspace, double energy_gev, double state[3])
{
    const grid_solver *g = solver;
    const grid_workspace *ws = workspace;
    const double free = mutau_spectrum_free(g->settings.spectrum, &g->sources, ws->shape,
                                            ws->source_scale, energy_gev);
    double lost[3] = {0.0}, above[3], reference = 0.0;
    if (ws->earth != NULL) {
        mutau_grid_earth_read(ws->earth, log(energy_gev) - ws->ln_unit, lost, above);
        reference = exp(-ws->earth->index * log(energy_gev / MUTAU_SPECTRUM_PIVOT_GEV));
    }
    for (int i = 0; i < 3; i++) /* a cubic may dip below 0 where nothing is left */
        state[i] = ws->scale * fmax(ws->emitted[i] * free - reference * lost[i], 0.0);
}

static double bin_error(const void *solver, const mutau_solver_point *point)
{
    (void)point;
    return ((const grid_solver *)solver)->error;
}

const mutau_solver_type mutau_solver_grid = {
    .name = "grid",
    .reported = "grid",
    .doc = "the full Breit-Wigner curve of every target, on a grid of energies",
    .alloc = solver_alloc,
    .free = solver_free,
    .workspace_alloc = workspace_alloc,
    .workspace_free = workspace_free,
    .solve = solve,
    .bins = bins,
    .bins_scaled = bins_scaled,
    .spectrum = spectrum,
    .depth = tail_depth,
    .bin_error = bin_error,
    .costly = true,
    .rows = &mutau_grid_solver_rows,
};
