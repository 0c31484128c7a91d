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

enum { N_MOMENTUM = 60 };

static const double TEMPERATURE_EV = 1.95 * 8.617333262e-5; /* today, of the relic neutrinos */
static const double MEAN_SQUARE = 12.939;                   /* of q: 15 zeta(5)/zeta(3) */
static const double SMALL = 1e-9;

/* Energies and velocities of a target at one redshift. */
typedef struct momenta {
    double inverse[N_MOMENTUM]; /* 1/E_p in 1/eV */
    double least[N_MOMENTUM], most[N_MOMENTUM]; /* (1 -+ beta)^2 */
    double weight[N_MOMENTUM];  /* over 4 beta */
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

double grid_thermal_width(double mass_ev)
{
    const double p = root_mean_square(0.0) / sqrt(3.0);
    return p / hypot(p, mass_ev);
}

/* Down from far above, or up from far below, in steps of 0.05. */
void grid_thermal_range(const grid_axis *axis, const double mass_ev[3], double *top, double *bottom)
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

/* The mean over a cell of v/((v - 1)^2 + s^2) times its width, v = E/E_line. */
static double wing_of(const grid_cell *cell, double line, double spread)
{
    const double away = cell->width / sqrt(12.0), middle = 0.5 * (cell->above + cell->below);
    double sum = 0.0;
    for (int k = -1; k <= 1; k += 2) {
        const double v = exp(middle + k * away - line);
        sum += v / ((v - 1.0) * (v - 1.0) + spread * spread);
    }
    return 0.5 * cell->width * sum;
}

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
            const size_t at = ((size_t)c * 3 + (size_t)i) * axis->stride + (size_t)n;
            mesh->core[at] += mediator->coupling[i][j] * (above - before);
            mesh->wing[at] += mediator->coupling[i][j] * wing;
        }
        before = above;
    }
}

mutau_status grid_thermal_fill(grid_mesh *mesh, const grid_axis *axis,
                               const mutau_mediator *mediator, const double mass_ev[3],
                               mutau_error *err)
{
    double top, bottom;
    grid_thermal_range(axis, mass_ev, &top, &bottom);
    mesh->first = 0;
    while (mesh->first < mesh->n_cell && mesh->cell[mesh->first].below >= top)
        mesh->first++;
    mesh->last = mesh->n_cell;
    while (mesh->last > mesh->first && mesh->cell[mesh->last - 1].above <= bottom)
        mesh->last--;
    const size_t n = (size_t)mesh->n_cell * 3 * axis->stride;
    free(mesh->core);
    free(mesh->wing);
    mesh->core = mutau_calloc_lines(n, sizeof mesh->core[0]);
    mesh->wing = mutau_calloc_lines(n, sizeof mesh->wing[0]);
    if (mesh->core == NULL || mesh->wing == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver, %d cells: out of memory",
                               mesh->n_cell);
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < axis->n_node; k++)
            target_add(mesh, axis, mediator, j, mass_ev[j], k);
    return MUTAU_OK;
}

MUTAU_WIDTHS void grid_thermal_depths(const grid_mesh *mesh, const grid_axis *axis, int cell,
                                      double line, double wing, double *const depth[3],
                                      double *const rate[3])
{
    const grid_cell *here = &mesh->cell[cell];
    const int next = cell + 1 < mesh->n_cell ? cell + 1 : cell;
    const double one[3] = {1.0, 1.0, 1.0}, ratio = here->width / mesh->cell[next].width;
    grid_axis_depths(axis, here->centre, one, depth);
    for (int i = 0; i < 3; i++) {
        const double *core = mesh->core + (size_t)(3 * cell + i) * axis->stride,
                     *side = mesh->wing + (size_t)(3 * cell + i) * axis->stride,
                     *core1 = mesh->core + (size_t)(3 * next + i) * axis->stride,
                     *side1 = mesh->wing + (size_t)(3 * next + i) * axis->stride,
                     *shape = axis->depth[0];
        double *restrict tau = depth[i], *restrict end = rate[i];
        for (int n = 0; n < axis->n_node; n++) {
            const double all = line * core[n] + wing * side[n];
            const double after = line * core1[n] + wing * side1[n];
            tau[n] *= all;
            end[n] = 0.5 * shape[n] * (all + ratio * after);
        }
    }
}
