/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid solver; documented in physics/grid.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "grid_internal.h"
#include "physics/source.h"
#include "physics/spectrum.h"

double grid_tune[4] = {48, 0.35, 2e-3, 0}; /* XXX */

typedef struct grid_solver {
    mutau_solver_settings settings;
    mutau_source_grid sources;
    grid_axis axis;
    grid_fineness fineness;
    size_t n_bin;
    mutau_solver_bin *bin;
} grid_solver;

/* What is known of the flux at Earth at one energy: what is lost of it, over the reference, and of
 * the count above. */
typedef struct earth {
    double y, count[3], slope[3], above[3]; /* count: lost flux times E, over its unit */
} earth;

typedef struct grid_workspace {
    const grid_solver *solver;
    double mass_ev[3]; /* of the mesh */
    grid_mesh mesh;
    grid_front front;
    int n_earth, n_room;
    earth *earth;
    double *tail; /* 3 moments + 3 states and their sums */
    double y_bottom;
    double ln_unit;       /* y = ln(E/GeV) - ln_unit */
    double index, scale;  /* of the reference spectrum */
    double source[MUTAU_SPECTRUM_MAX_PARAMETERS], source_scale;
} grid_workspace;

static void solver_free(void *self)
{
    grid_solver *g = self;
    if (g == NULL)
        return;
    grid_axis_release(&g->axis);
    free(g->bin);
    free(g);
}

static mutau_status solver_alloc(const mutau_solver_settings *settings, size_t n_bin,
                                 const mutau_solver_bin bins[], void **out, mutau_error *err)
{
    grid_solver *g = mutau_calloc(1, sizeof *g);
    if (g == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
    g->settings = *settings;
    g->n_bin = n_bin;
    g->fineness = (grid_fineness){(int)grid_tune[0], grid_tune[1], grid_tune[2]};
    mutau_status status = mutau_source_grid_init(settings->omega_m, settings->evolution,
                                                 settings->z_max, &g->sources, err);
    if (status == MUTAU_OK)
        status = grid_axis_init(&g->axis, settings, g->fineness.n_cell, err);
    g->bin = mutau_calloc(n_bin, sizeof g->bin[0]);
    if (status == MUTAU_OK && g->bin == NULL)
        status = mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
    if (status != MUTAU_OK) {
        solver_free(g);
        return status;
    }
    memcpy(g->bin, bins, n_bin * sizeof bins[0]);
    *out = g;
    return MUTAU_OK;
}

static void workspace_free(void *self)
{
    grid_workspace *ws = self;
    if (ws == NULL)
        return;
    grid_mesh_release(&ws->mesh);
    grid_front_release(&ws->front);
    free(ws->earth);
    free(ws->tail);
    free(ws);
}

static void *workspace_alloc(const void *solver)
{
    const grid_solver *g = solver;
    grid_workspace *ws = mutau_calloc_lines(1, sizeof *ws);
    if (ws == NULL)
        return NULL;
    ws->solver = g;
    ws->mass_ev[0] = -1.0;
    ws->tail = mutau_calloc_lines(12 * g->axis.stride, sizeof ws->tail[0]);
    if (ws->tail == NULL ||
        grid_front_init(&ws->front, &g->axis, &g->settings.mediator, NULL) != MUTAU_OK) {
        workspace_free(ws);
        return NULL;
    }
    return ws;
}

static double tail_depth(const void *solver, const mutau_solver_point *point)
{
    const mutau_solver_settings *s = &((const grid_solver *)solver)->settings;
    const double g2 = point->g * point->g;
    return 4.0 * s->density_over_hubble * s->mediator.kappa * g2 * g2 / (point->m_ev * point->m_ev);
}

static mutau_status mesh_for(const grid_solver *g, grid_workspace *ws, const double mass_ev[3],
                             mutau_error *err)
{
    if (memcmp(ws->mass_ev, mass_ev, sizeof ws->mass_ev) == 0)
        return MUTAU_OK;
    ws->mass_ev[0] = -1.0;
    MUTAU_CHECK(grid_mesh_lay(&ws->mesh, &g->axis, &g->fineness, mass_ev, err));
    if (ws->mesh.n_cell + 1 > ws->n_room) {
        free(ws->earth);
        ws->n_room = ws->mesh.n_room + 1;
        ws->earth = mutau_calloc((size_t)ws->n_room, sizeof ws->earth[0]);
        if (ws->earth == NULL) {
            ws->n_room = 0;
            return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
        }
    }
    memcpy(ws->mass_ev, mass_ev, sizeof ws->mass_ev);
    return MUTAU_OK;
}

/* The source at y over the reference spectrum. */
static double source_at(const grid_workspace *ws, double y)
{
    const double x = y + ws->ln_unit - log(MUTAU_SPECTRUM_PIVOT_GEV);
    return ws->solver->settings.spectrum->shape(ws->source, x) * exp(ws->index * x);
}

static void earth_add(grid_workspace *ws, double y)
{
    earth *now = &ws->earth[ws->n_earth++];
    const double x = y + ws->ln_unit - log(MUTAU_SPECTRUM_PIVOT_GEV);
    const double unit = exp((1.0 - ws->index) * x);
    now->y = y;
    for (int i = 0; i < 3; i++)
        now->count[i] = unit * (ws->front.free[0] - ws->front.flux[i][0]);
}

/* The slope at `at` of the parabola through three points. */
static double parabola(const earth *a, const earth *b, const earth *c, int i, double at)
{
    const double ab = (b->count[i] - a->count[i]) / (b->y - a->y);
    const double bc = (c->count[i] - b->count[i]) / (c->y - b->y);
    return ab + (bc - ab) / (c->y - a->y) * (2.0 * at - a->y - b->y);
}

/* Slopes within a stretch first ... last without a line, and the integrals. */
static void stretch_fill(grid_workspace *ws, int first, int last)
{
    earth *e = ws->earth;
    for (int k = first; k <= last; k++) {
        int mid = k == first ? k + 1 : k == last ? k - 1 : k;
        for (int i = 0; i < 3; i++)
            e[k].slope[i] = last - first < 2 ? (e[last].count[i] - e[first].count[i]) / (e[last].y - e[first].y)
                : parabola(&e[mid - 1], &e[mid], &e[mid + 1], i, e[k].y);
    }
    for (int k = first + 1; k <= last; k++) {
        const double width = e[k - 1].y - e[k].y;
        for (int i = 0; i < 3; i++)
            e[k].above[i] = e[k - 1].above[i] + width * (0.5 * (e[k].count[i] + e[k - 1].count[i]) +
                            width / 12.0 * (e[k].slope[i] - e[k - 1].slope[i]));
    }
}

static void earth_finish(grid_workspace *ws)
{
    earth *e = ws->earth;
    for (int i = 0; i < 3; i++)
        e[0].above[i] = e[0].count[i] / ws->index;
    int first = 0;
    for (int k = 1; k < ws->n_earth; k++) {
        if (k + 1 == ws->n_earth || !(e[k].y > e[k + 1].y)) {
            stretch_fill(ws, first, k);
            if (k + 1 < ws->n_earth)
                memcpy(e[k + 1].above, e[k].above, sizeof e[k].above);
            first = k + 1;
            k = first;
        }
    }
}

/* depth over the reference, and the curve at the lower end, of a line at a place. */
static double depth_of(const grid_place *at, double width)
{
    const double far = width * width + at->above * at->below;
    return atan2(at->width * width, far) / width;
}

static void step_of(const grid_solver *g, grid_workspace *ws, const grid_cell *cell, double unit,
                    double width, grid_step *step)
{
    const grid_mesh *mesh = &ws->mesh;
    double depth[3] = {0.0}, rate[3] = {0.0};
    for (int k = 0; k < mesh->n_line; k++) {
        const grid_place *at = &cell->at[k];
        if (!(at->depth > 0.0))
            continue;
        const double d = depth_of(at, width);
        const double r = (1.0 + at->below) / (at->below * at->below + width * width);
        for (int i = 0; i < 3; i++) {
            const double q = g->settings.mediator.coupling[i][mesh->target[k]];
            depth[i] += q * d;
            rate[i] += q * r;
        }
    }
    *step = (grid_step){.width = cell->width,
                        .centre = cell->centre,
                        .n_valid = cell->n_valid,
                        .shift = &cell->shift,
                        .back = &cell->back};
    for (int i = 0; i < 3; i++) {
        step->depth[i] = unit * depth[i];
        step->rate[i] = depth[i] > 0.0 ? rate[i] * cell->width / depth[i] : 1.0;
    }
    const double decay = exp(-ws->index * cell->width), centre = exp(-ws->index * cell->centre);
    for (int p = 0; p < 3; p++)
        step->index[p] = ws->index + p;
    step->decay[0] = decay;
    step->decay[1] = decay * cell->decay;
    step->decay[2] = step->decay[1] * cell->decay;
    step->decay_centre[0] = centre;
    step->decay_centre[1] = centre * cell->decay_centre;
    step->decay_centre[2] = step->decay_centre[1] * cell->decay_centre;
    step->source_above = source_at(ws, cell->above);
    step->source_below = source_at(ws, cell->below);
}

static void cross(const grid_solver *g, grid_workspace *ws, const grid_cell *cell, double unit,
                  double width)
{
    const int k = cell->line;
    const double d = depth_of(&cell->at[k], width);
    double depth[3];
    for (int i = 0; i < 3; i++)
        depth[i] = unit * d * g->settings.mediator.coupling[i][ws->mesh.target[k]];
    grid_front_cross(&ws->front, depth, g->settings.crossing);
}

/* The flux without interactions when the march begins at y. */
static void front_start(grid_workspace *ws, double y)
{
    grid_front *f = &ws->front;
    const grid_axis *axis = f->axis;
    const int n = axis->n_node;
    for (int k = 0; k < n; k++)
        f->free[k] = 0.0;
    double source[512];
    for (int k = 0; k < n; k++)
        source[k] = source_at(ws, y + axis->u[k]);
    for (int k = 0; k < n; k++)
        for (int v = k; v + 1 < n; v++)
            f->free[k] += 0.5 * (source[v - k] + source[v + 1 - k]) * (f->beyond[v] - f->beyond[v + 1]);
    for (int i = 0; i < 3; i++)
        memcpy(f->flux[i], f->free, (size_t)n * sizeof f->free[0]);
}

static void moments_start(const grid_solver *g, grid_workspace *ws, double y, double unit)
{
    grid_front *f = &ws->front;
    for (int k = 0; k < f->axis->n_node; k++) {
        double a = 0.0;
        for (int l = 0; l < ws->mesh.n_line; l++) {
            const double v = exp(y - ws->mesh.line[l]);
            for (int i = 0; i < 3; i++)
                a += unit * g->settings.mediator.coupling[i][ws->mesh.target[l]] * v /
                     ((v - 1.0) * (v - 1.0)) * f->axis->depth[0][GRID_LEFT + k] * f->flux[i][k];
        }
        for (int p = 0; p < 3; p++)
            f->moment[p][k] = a / (ws->index + p + 1);
    }
}

/* cumulative integrals over u of nodes, trapezoids with the cubic's correction */
static void cumulate(const grid_axis *axis, const double f[], double sum[])
{
    const int n = axis->n_node;
    sum[0] = 0.0;
    for (int k = 0; k + 1 < n; k++) {
        double cell;
        if (k == 0)
            cell = (9.0 * f[0] + 19.0 * f[1] - 5.0 * f[2] + f[3]) / 24.0;
        else if (k == n - 2)
            cell = (9.0 * f[n - 1] + 19.0 * f[n - 2] - 5.0 * f[n - 3] + f[n - 4]) / 24.0;
        else
            cell = (13.0 * (f[k] + f[k + 1]) - f[k - 1] - f[k + 2]) / 24.0;
        sum[k + 1] = sum[k] + axis->step * cell;
    }
}

enum { TAIL_LOST = 0, TAIL_COUNT = 3, TAIL_MOMENT = 6, TAIL_BACK = 9 };

static double *tail_at(const grid_workspace *ws, int k)
{
    return ws->tail + (size_t)k * ws->solver->axis.stride + GRID_LEFT;
}

/* What is needed below the last cell, where all stream freely. */
static void tail_fill(const grid_solver *g, grid_workspace *ws)
{
    const grid_front *f = &ws->front;
    const grid_axis *axis = &g->axis;
    double *work = f->scratch[0];
    for (int i = 0; i < 3; i++) {
        double *lost = tail_at(ws, TAIL_LOST + i);
        for (int n = 0; n < axis->n_node; n++) {
            lost[n] = f->free[n] - f->flux[i][n];
            work[n] = lost[n] * exp((ws->index - 1.0) * axis->u[n]);
        }
        cumulate(axis, work, tail_at(ws, TAIL_COUNT + i));
    }
    for (int p = 0; p < 3; p++) {
        for (int n = 0; n < axis->n_node; n++)
            work[n] = f->moment[p][n] * exp((ws->index + p) * axis->u[n]);
        cumulate(axis, work, tail_at(ws, TAIL_MOMENT + p));
        for (int n = 0; n < axis->n_node; n++)
            work[n] = f->moment[p][n] * exp((ws->index - 1.0) * axis->u[n]);
        cumulate(axis, work, tail_at(ws, TAIL_BACK + p));
    }
}

static mutau_status solve(const void *solver, void *workspace, const mutau_solver_point *point,
                          mutau_error *err)
{
    const grid_solver *g = solver;
    grid_workspace *ws = workspace;
    const mutau_solver_settings *s = &g->settings;
    memcpy(ws->source, point->source, sizeof ws->source);
    ws->source_scale = mutau_spectrum_scale(s->spectrum, &g->sources, point->source);
    ws->scale = point->source[0] * s->norm / 3.0;
    MUTAU_CHECK(mesh_for(g, ws, point->mass_ev, err));
    ws->ln_unit = 2.0 * log(point->m_ev) - log(2.0) - log(MUTAU_EV_PER_GEV);
    ws->n_earth = 0;
    const double g2 = point->g * point->g;
    const double unit =
        s->density_over_hubble * s->mediator.kappa * g2 * g2 / (point->m_ev * point->m_ev);
    const double width = fmax(g2 / s->mediator.width_divisor, 1e-100);
    if (!(unit > 0.0) || ws->mesh.n_line == 0)
        return MUTAU_OK;
    const double t = 4.0 * unit;
    const double margin = fmin(fmax(1.0, log(t) + 6.0), 23.0);
    const double x0 = ws->mesh.line[0] + ws->ln_unit - log(MUTAU_SPECTRUM_PIVOT_GEV);
    ws->index = -0.5 * log(s->spectrum->shape(ws->source, x0 + 1.0) /
                           s->spectrum->shape(ws->source, x0 - 1.0));
    grid_front *f = &ws->front;
    grid_axis_sources(&g->axis, 1.0 - ws->index, f->beyond, f->density);
    const double norm = mutau_spectrum_is_scale_free(s->spectrum)
                            ? 1.0 / f->beyond[0]
                            : ws->source_scale / g->axis.total;
    for (int n = 0; n < g->axis.n_node; n++) {
        f->beyond[n] *= norm;
        f->density[n] *= norm;
    }
    int i = 0;
    while (ws->mesh.cell[i].above > ws->mesh.line[0] + margin)
        i++;
    const double bottom = ws->mesh.line[ws->mesh.n_line - 1] + log(fmin(0.5, 1e-4 / t));
    front_start(ws, ws->mesh.cell[i].above);
    moments_start(g, ws, ws->mesh.cell[i].above, unit);
    earth_add(ws, ws->mesh.cell[i].above);
    for (; i < ws->mesh.n_cell && ws->mesh.cell[i].above > bottom; i++) {
        const grid_cell *cell = &ws->mesh.cell[i];
        if (cell->line >= 0) {
            cross(g, ws, cell, unit, width);
        } else {
            grid_step step;
            step_of(g, ws, cell, unit, width, &step);
            grid_front_step(f, &step);
        }
        earth_add(ws, cell->below);
    }
    earth_finish(ws);
    tail_fill(g, ws);
    return MUTAU_OK;
}

static double read_axis(const grid_axis *axis, const double v[], double u)
{
    double place = u / axis->step;
    place = place < axis->n_cell ? place : axis->n_cell;
    int k = (int)place - 1;
    k = k < 0 ? 0 : k > axis->n_cell - 3 ? axis->n_cell - 3 : k;
    const double t = place - k - 1;
    double w[4];
    mutau_row_weights(t, w);
    return w[0] * v[k] + w[1] * v[k + 1] + w[2] * v[k + 2] + w[3] * v[k + 3];
}

/* Below the last cell by `far`: lost flux and count since there, over the reference there. */
static void tail_read(const grid_solver *g, const grid_workspace *ws, double far, double lost[3],
                      double count[3])
{
    const grid_axis *axis = &g->axis;
    const double *c = g->settings.mediator.decay;
    const double u = far < axis->u_max ? far : axis->u_max;
    double back = 0.0, sum = 0.0;
    for (int p = 0; p < 3; p++) {
        const double m = read_axis(axis, tail_at(ws, TAIL_MOMENT + p), u);
        const double k = read_axis(axis, tail_at(ws, TAIL_BACK + p), u);
        back += c[p] * exp(-(ws->index + p) * far) * m;
        sum += c[p] * (k - exp(-(p + 1) * far) * m) / (p + 1);
    }
    for (int i = 0; i < 3; i++) {
        const double b = g->settings.mediator.share[i];
        lost[i] = (far <= axis->u_max ? read_axis(axis, tail_at(ws, TAIL_LOST + i), u) : 0.0) -
                  b * back;
        count[i] = read_axis(axis, tail_at(ws, TAIL_COUNT + i), u) - b * sum;
    }
}

/* What is lost of the flux and of the count above, over the reference spectrum. */
static void earth_read(const grid_solver *g, const grid_workspace *ws, double y, double lost[3],
                       double above[3])
{
    memset(lost, 0, 3 * sizeof *lost);
    memset(above, 0, 3 * sizeof *above);
    if (ws->n_earth == 0)
        return;
    const double to_pivot = ws->ln_unit - log(MUTAU_SPECTRUM_PIVOT_GEV);
    const double slope = 1.0 - ws->index, unit = exp(slope * (y + to_pivot));
    const earth *last = &ws->earth[ws->n_earth - 1], *top = &ws->earth[0];
    if (y >= top->y) {
        for (int i = 0; i < 3; i++) {
            lost[i] = top->count[i] * exp(-ws->index * (y - top->y)) / unit;
            above[i] = top->above[i] * exp(-ws->index * (y - top->y));
        }
        return;
    }
    if (y < last->y) {
        tail_read(g, ws, last->y - y, lost, above);
        const double at_last = exp(slope * (last->y + to_pivot));
        for (int i = 0; i < 3; i++)
            above[i] = last->above[i] + at_last * above[i];
        return;
    }
    int lo = 0, hi = ws->n_earth - 1;
    while (hi - lo > 1) {
        const int mid = (lo + hi) / 2;
        if (ws->earth[mid].y > y)
            lo = mid;
        else
            hi = mid;
    }
    const earth *up = &ws->earth[lo], *down = &ws->earth[hi];
    const double h = up->y - down->y, t = (up->y - y) / h, t2 = t * t;
    for (int i = 0; i < 3; i++) {
        /* the cubic through both ends in t, from above, and its integral */
        const double a = up->count[i], b = -h * up->slope[i], d = down->count[i] - a,
                     e = -h * down->slope[i];
        const double c2 = 3.0 * d - 2.0 * b - e, c3 = b + e - 2.0 * d;
        lost[i] = (a + t * b + t2 * (c2 + t * c3)) / unit;
        above[i] = up->above[i] + h * t * (a + t * (b / 2.0 + t * (c2 / 3.0 + t * c3 / 4.0)));
    }
}

static void bins(const void *solver, void *workspace, double n[])
{
    const grid_solver *g = solver;
    grid_workspace *ws = workspace;
    for (size_t b = 0; b < g->n_bin; b++) {
        const mutau_solver_bin *bin = &g->bin[b];
        const double lo = log(bin->e_lo_gev / MUTAU_SPECTRUM_PIVOT_GEV);
        const double free = mutau_spectrum_free_bin(
            g->settings.spectrum, &g->sources, ws->source, ws->source_scale, bin->e_lo_gev, lo,
            log(bin->e_hi_gev / bin->e_lo_gev));
        double lost[3], below[3], above[3], sum = 0.0;
        earth_read(g, ws, log(bin->e_lo_gev) - ws->ln_unit, lost, below);
        earth_read(g, ws, log(bin->e_hi_gev) - ws->ln_unit, lost, above);
        for (int i = 0; i < 3; i++)
            sum += bin->weight[i] * (free - MUTAU_SPECTRUM_PIVOT_GEV * (below[i] - above[i]));
        n[b] = ws->scale * sum;
    }
}

static void spectrum(const void *solver, const void *workspace, double energy_gev, double state[3])
{
    const grid_solver *g = solver;
    const grid_workspace *ws = workspace;
    const double free = mutau_spectrum_free(g->settings.spectrum, &g->sources, ws->source,
                                            ws->source_scale, energy_gev);
    const double reference = exp(-ws->index * log(energy_gev / MUTAU_SPECTRUM_PIVOT_GEV));
    double lost[3], above[3];
    earth_read(g, ws, log(energy_gev) - ws->ln_unit, lost, above);
    for (int i = 0; i < 3; i++)
        state[i] = ws->scale * (free - (ws->n_earth > 0 ? reference * lost[i] : 0.0));
}

static bool takes(const mutau_spectrum_type *spectrum)
{
    (void)spectrum;
    return true;
}

static double bin_error(double depth)
{
    (void)depth;
    return 1e-3;
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
    .spectrum = spectrum,
    .takes = takes,
    .depth = tail_depth,
    .bin_error = bin_error,
};
