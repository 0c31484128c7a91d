/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets in motion; documented in grid_internal.h and grid.h.
 *
 * A target of momentum p = q T e^u at an angle mu to the beam takes what has
 * 2 E (E_p - p mu) = m^2: with w = 1 - beta mu, w = e^-y/E_p.  The flux of targets goes with w, so
 * that of the depth of the line the share (w^2 - (1-beta)^2)/(4 beta) lies above y, w being kept
 * within 1 -+ beta; the Fermi-Dirac mean over q is a sum.  The wings beyond are those of a curve
 * whose width is the spread of the line, which leaves its core to the motion. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/widths.h"
#include "grid_internal.h"

enum { N_MOMENTUM = 240 };

static const double TEMPERATURE_EV = 1.95 * 8.617333262e-5; /* today, of the relic neutrinos */
static const double MEAN_SQUARE = 12.939;                   /* of q: 15 zeta(5)/zeta(3) */
static const double SMALL = 1e-9;

/* Energies and velocities of a target at one redshift. */
typedef struct momenta {
    double inverse[N_MOMENTUM];                 /* 1/E_p in 1/eV */
    double least[N_MOMENTUM], most[N_MOMENTUM]; /* (1 -+ beta)^2 */
    double weight[N_MOMENTUM];                  /* over 4 beta */
} momenta;

static void momenta_init(double mass_ev, double u, momenta *out)
{
    double total = 0.0;
    for (int k = 0; k < N_MOMENTUM; k++) {
        const double q = (k + 0.5) * 24.0 / N_MOMENTUM, share = q * q / (exp(q) + 1.0);
        const double p = q * TEMPERATURE_EV * exp(u), energy = hypot(p, mass_ev);
        const double beta = p / energy, rest = mass_ev / energy;
        const double slow = rest * rest / (1.0 + beta); /* 1 - beta */
        out->inverse[k] = 1.0 / energy;
        out->least[k] = slow * slow;
        out->most[k] = (1.0 + beta) * (1.0 + beta);
        out->weight[k] = share / (4.0 * beta);
        total += share;
    }
    for (int k = 0; k < N_MOMENTUM; k++)
        out->weight[k] /= total;
}

/* The share of the line's depth above y. */
MUTAU_WIDTHS static double share_above(const momenta *m, double y)
{
    const double shrink = exp(-y);
    double part[N_MOMENTUM], sum = 0.0;
    for (int k = 0; k < N_MOMENTUM; k++) {
        const double w = shrink * m->inverse[k], w2 = w * w;
        const double top = w2 < m->most[k] ? w2 : m->most[k];
        part[k] = top > m->least[k] ? m->weight[k] * (top - m->least[k]) : 0.0;
    }
    for (int k = 0; k < N_MOMENTUM; k++)
        sum += part[k];
    return sum;
}

static double root_mean_square(double u)
{
    return sqrt(MEAN_SQUARE) * TEMPERATURE_EV * exp(u);
}

double mutau_grid_thermal_energy(double mass_ev, double u)
{
    return hypot(root_mean_square(u), mass_ev);
}

double mutau_grid_thermal_width(double mass_ev)
{
    const double p = root_mean_square(0.0) / sqrt(3.0);
    return p / hypot(p, mass_ev);
}

/* Down from far above, or up from far below, in steps of 0.05. */
void mutau_grid_thermal_range(const grid_axis *axis, const double mass_ev[3], double *top,
                              double *bottom)
{
    *top = -HUGE_VAL;
    *bottom = HUGE_VAL;
    for (int j = 0; j < 3; j++)
        for (int side = 0; side < 2; side++) {
            momenta m;
            momenta_init(mass_ev[j], side == 0 ? 0.0 : axis->u_max, &m);
            double y = -log(hypot(root_mean_square(side == 0 ? 0.0 : axis->u_max), mass_ev[j]));
            const double middle = y;
            while (share_above(&m, y) > SMALL && y < middle + 20.0)
                y += 0.05;
            *top = fmax(*top, y);
            for (y = middle; share_above(&m, y) < 1.0 - SMALL && y > middle - 20.0;)
                y -= 0.05;
            *bottom = fmin(*bottom, y);
        }
}

/* The mean over a cell of v times the mean of 1/(v - 1)^2 over lines with the spread s, times the
 * cell's width: 1/d^2 + 3 s^2/d^4 at a distance d, and bounded where the core is all that counts.
 */
static double wing_of(const grid_cell *cell, double line, double spread)
{
    const double away = cell->width / sqrt(12.0), middle = 0.5 * (cell->above + cell->below);
    const double s2 = spread * spread;
    double sum = 0.0;
    for (int k = -1; k <= 1; k += 2) {
        const double v = exp(middle + k * away - line), d2 = (v - 1.0) * (v - 1.0);
        sum += v * (d2 + 7.0 * s2) / ((d2 + 2.0 * s2) * (d2 + 2.0 * s2));
    }
    return 0.5 * cell->width * sum;
}

/* A table's array of a cell and a state. */
static double *array_of(double *table, const grid_axis *axis, int cell, int i)
{
    return table + (size_t)(3 * cell + i) * axis->stride;
}

/* The part of one target at one redshift. */
static void target_add(grid_mesh *mesh, const grid_axis *axis, const mutau_mediator *mediator,
                       int j, double mass_ev, int n)
{
    momenta m;
    momenta_init(mass_ev, axis->u[n], &m);
    const double rms = root_mean_square(axis->u[n]), energy = hypot(rms, mass_ev);
    const double line = -log(energy), spread = rms / sqrt(3.0) / energy;
    double before = 0.0;
    for (int c = 0; c < mesh->n_cell; c++) {
        const grid_cell *cell = &mesh->cell[c];
        const bool inside = c >= mesh->first && c < mesh->last;
        const double above = inside ? share_above(&m, cell->below) : before;
        const double wing = wing_of(cell, line, spread);
        for (int i = 0; i < 3; i++) {
            array_of(mesh->core, axis, c, i)[n] += mediator->coupling[i][j] * (above - before);
            array_of(mesh->wing, axis, c, i)[n] += mediator->coupling[i][j] * wing;
        }
        before = above;
    }
}

/* The rate at the lower end: the mean of the cells above and below, times the width. */
static void ends_fill(const grid_mesh *mesh, const grid_axis *axis, double *table, double *end)
{
    for (int c = 0; c < mesh->n_cell; c++) {
        const int next = c + 1 < mesh->n_cell ? c + 1 : c;
        const double ratio = mesh->cell[c].width / mesh->cell[next].width;
        for (int i = 0; i < 3; i++) {
            const double *here = array_of(table, axis, c, i),
                         *after = array_of(table, axis, next, i);
            double *out = array_of(end, axis, c, i);
            for (int n = 0; n < axis->n_node; n++)
                out[n] = 0.5 * axis->depth[0][n] * (here[n] + ratio * after[n]);
        }
    }
}

/* A cell's depth on the way that ends at u_n is that at u_n + centre: by the parabola through three
 * nodes, and the density of the targets there. */
static void depths_shift(const grid_mesh *mesh, const grid_axis *axis, double *table)
{
    const int last = axis->n_node - 1;
    for (int c = 0; c < mesh->n_cell; c++) {
        const double away = mesh->cell[c].centre, t = away / axis->step;
        for (int i = 0; i < 3; i++) {
            double *v = array_of(table, axis, c, i), before = 3.0 * (v[0] - v[1]) + v[2];
            for (int n = 0; n <= last; n++) {
                const double here = v[n];
                const double next = n < last ? v[n + 1] : 2.0 * here - before;
                const double shape = axis->depth[0][n] +
                                     away * (axis->depth[1][n] +
                                             away * (axis->depth[2][n] + away * axis->depth[3][n]));
                const double value =
                    here + 0.5 * t * ((next - before) + t * (next - 2.0 * here + before));
                v[n] = shape * fmax(value, 0.0);
                before = here;
            }
        }
    }
}

mutau_status mutau_grid_thermal_fill(grid_mesh *mesh, const grid_axis *axis,
                                     const mutau_mediator *mediator, const double mass_ev[3],
                                     mutau_error *err)
{
    const size_t n = (size_t)mesh->n_cell * 3 * axis->stride;
    double **const table[] = {&mesh->core, &mesh->wing, &mesh->core_end, &mesh->wing_end};
    bool complete = true;
    for (int k = 0; k < 4; k++) {
        free(*table[k]);
        *table[k] = mutau_calloc_lines(n, sizeof mesh->core[0]);
        complete = complete && *table[k] != NULL;
    }
    if (!complete)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver, %d cells: out of memory",
                               mesh->n_cell);
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < axis->n_node; k++)
            target_add(mesh, axis, mediator, j, mass_ev[j], k);
    ends_fill(mesh, axis, mesh->core, mesh->core_end);
    ends_fill(mesh, axis, mesh->wing, mesh->wing_end);
    depths_shift(mesh, axis, mesh->core);
    depths_shift(mesh, axis, mesh->wing);
    return MUTAU_OK;
}

MUTAU_WIDTHS static void thermal_depths(const grid_mesh *mesh, const grid_axis *axis, int cell,
                                        double line, double wing, double *const depth[3],
                                        double *const rate[3])
{
    for (int i = 0; i < 3; i++) {
        const double *core = array_of(mesh->core, axis, cell, i),
                     *side = array_of(mesh->wing, axis, cell, i),
                     *core_end = array_of(mesh->core_end, axis, cell, i),
                     *side_end = array_of(mesh->wing_end, axis, cell, i);
        double *restrict tau = depth[i], *restrict end = rate[i];
        for (int n = 0; n < axis->n_node; n++) {
            tau[n] = line * core[n] + wing * side[n];
            end[n] = line * core_end[n] + wing * side_end[n];
        }
    }
}

void mutau_grid_thermal_depths(const grid_mesh *mesh, const grid_axis *axis, int cell, double line,
                               double wing, double *const depth[3], double *const rate[3])
{
    thermal_depths(mesh, axis, cell, line, wing, depth, rate);
}
