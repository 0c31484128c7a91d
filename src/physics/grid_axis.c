/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The axis of redshifts; documented in grid_internal.h. */
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/widths.h"
#include "grid_internal.h"
#include "physics/row_table.h"

enum { N_GAUSS = 16, N_ARRAY = 2 + GRID_N_DEPTH + GRID_N_SERIES };

/* e^(3u)/E with E^2 = Omega_m e^(3u) + 1 - Omega_m: its logarithm has the slope 3 - 3/2 a, a being
 * the share of matter, and a' = 3 a (1 - a). */
static void depth_init(grid_axis *axis, double omega_m)
{
    for (int n = 0; n < axis->n_node; n++) {
        const double u = axis->u[n], e = mutau_cosmology_expansion(omega_m, exp(u));
        const double a = omega_m * exp(3.0 * u) / (e * e);
        const double l1 = 3.0 - 1.5 * a, l2 = -4.5 * a * (1.0 - a), l3 = 3.0 * l2 * (1.0 - 2.0 * a);
        const double value = exp(3.0 * u) / e;
        axis->depth[0][n] = value;
        axis->depth[1][n] = value * l1;
        axis->depth[2][n] = value * (l1 * l1 + l2) / 2.0;
        axis->depth[3][n] = value * (l1 * l1 * l1 + 3.0 * l1 * l2 + l3) / 6.0;
    }
}

static void series_init(grid_axis *axis, const mutau_solver_settings *s,
                        const gsl_integration_glfixed_table *rule)
{
    const double half = 0.5 * axis->step;
    axis->total = 0.0;
    for (int n = 0; n < axis->n_cell; n++)
        for (size_t k = 0; k < N_GAUSS; k++) {
            double away, weight;
            gsl_integration_glfixed_point(-half, half, k, &away, &weight, rule);
            const double grow = exp((n + 0.5) * axis->step + away);
            double term = weight * mutau_cosmology_sources(s->evolution, grow) /
                          mutau_cosmology_expansion(s->omega_m, grow);
            axis->total += term * grow;
            for (int p = 0; p < GRID_N_SERIES; p++) {
                axis->series[p][n] += term;
                term *= away / (p + 1);
            }
        }
}

mutau_status mutau_grid_axis_init(grid_axis *axis, const mutau_solver_settings *s, int n_cell,
                                  mutau_error *err)
{
    const size_t stride = (size_t)(n_cell + 1 + GRID_LEFT + GRID_RIGHT + 7) / 8 * 8;
    *axis = (grid_axis){.n_cell = n_cell,
                        .n_node = n_cell + 1,
                        .stride = stride,
                        .u_max = log1p(s->z_max),
                        .step = log1p(s->z_max) / n_cell};
    axis->memory = mutau_calloc_lines(N_ARRAY * stride, sizeof axis->memory[0]);
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(N_GAUSS);
    if (axis->memory == NULL || rule == NULL) {
        if (rule != NULL)
            gsl_integration_glfixed_table_free(rule);
        return mutau_error_set(err, MUTAU_ENOMEM, "grid solver: out of memory");
    }
    double *next = axis->memory + GRID_LEFT;
    axis->u = next;
    axis->source = next += stride;
    for (int k = 0; k < GRID_N_DEPTH; k++)
        axis->depth[k] = next += stride;
    for (int p = 0; p < GRID_N_SERIES; p++)
        axis->series[p] = next += stride;
    for (int n = 0; n < axis->n_node; n++) {
        axis->u[n] = n < n_cell ? n * axis->step : axis->u_max;
        axis->source[n] = mutau_cosmology_sources(s->evolution, exp(axis->u[n])) /
                          mutau_cosmology_expansion(s->omega_m, exp(axis->u[n]));
    }
    depth_init(axis, s->omega_m);
    series_init(axis, s, rule);
    gsl_integration_glfixed_table_free(rule);
    return MUTAU_OK;
}

void mutau_grid_axis_release(grid_axis *axis)
{
    free(axis->memory);
    axis->memory = NULL;
}

void mutau_grid_axis_sources(const grid_axis *axis, double slope, double beyond[restrict],
                             double density[restrict])
{
    const double half = exp(0.5 * slope * axis->step), q = half * half;
    double power = 1.0;
    for (int n = 0; n < axis->n_node; n++) {
        density[n] = axis->source[n] * power;
        double sum = axis->series[GRID_N_SERIES - 1][n];
        for (int p = GRID_N_SERIES - 2; p >= 0; p--)
            sum = sum * slope + axis->series[p][n];
        beyond[n] = power * half * sum;
        power *= q;
    }
    beyond[axis->n_cell] = 0.0;
    for (int n = axis->n_cell - 1; n >= 0; n--)
        beyond[n] += beyond[n + 1];
}

MUTAU_WIDTHS static void axis_depths(const grid_axis *axis, double away, const double depth[3],
                                     double *const out[3])
{
    const double *d0 = axis->depth[0], *d1 = axis->depth[1], *d2 = axis->depth[2],
                 *d3 = axis->depth[3];
    double *restrict a = out[0], *restrict b = out[1], *restrict c = out[2];
    const double x = depth[0], y = depth[1], z = depth[2];
    for (int n = 0; n < axis->n_node; n++) {
        const double shape = d0[n] + away * (d1[n] + away * (d2[n] + away * d3[n]));
        a[n] = x * shape;
        b[n] = y * shape;
        c[n] = z * shape;
    }
}

void mutau_grid_axis_depths(const grid_axis *axis, double away, const double depth[3],
                            double *const out[3])
{
    axis_depths(axis, away, depth, out);
}

void mutau_grid_axis_cumulate(const grid_axis *axis, const double f[], double sum[])
{
    const int n = axis->n_node;
    sum[0] = 0.0;
    for (int k = 0; k + 1 < n; k++) {
        double cell = 13.0 * (f[k] + f[k + 1]);
        if (k == 0)
            cell = 9.0 * f[0] + 19.0 * f[1] - 5.0 * f[2] + f[3];
        else if (k == n - 2)
            cell = 9.0 * f[n - 1] + 19.0 * f[n - 2] - 5.0 * f[n - 3] + f[n - 4];
        else
            cell -= f[k - 1] + f[k + 2];
        sum[k + 1] = sum[k] + axis->step / 24.0 * cell;
    }
}

double mutau_grid_axis_read(const grid_axis *axis, const double f[], double u)
{
    const double place = u / axis->step;
    int first = (int)place - 1;
    first = first < 0 ? 0 : first > axis->n_cell - 3 ? axis->n_cell - 3 : first;
    double weight[4];
    mutau_row_weights(place - first - 1, weight);
    f += first;
    return weight[0] * f[0] + weight[1] * f[1] + weight[2] * f[2] + weight[3] * f[3];
}
