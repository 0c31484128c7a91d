/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sources along the line of sight; documented in physics/source.h. */
#include "physics/source.h"

#include <gsl/gsl_integration.h>
#include <math.h>

const char *const mutau_frame_names[] = {"source", "earth", NULL};

const mutau_option mutau_source_options[] = {
    {.key = "z_max",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_source_settings, z_max),
     .min = 0.1,
     .max = 10.0,
     .def = 5.0,
     .doc = "largest redshift of a source"},
    {.key = "frame",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(mutau_source_settings, frame),
     .choices = mutau_frame_names,
     .doc = "whose energies the spectrum has: the sources', or those at Earth, without a boson "
            "alone"},
};
const size_t mutau_source_option_count =
    sizeof mutau_source_options / sizeof mutau_source_options[0];

/* Names that are read better. */
enum {
    N_CELL = MUTAU_SOURCE_N_CELL,
    ZERO = MUTAU_SOURCE_ZERO,
    RIGHT = MUTAU_SOURCE_RIGHT,
    N_SERIES = MUTAU_SOURCE_N_SERIES,
    N_LEGENDRE = MUTAU_SOURCE_N_LEGENDRE,
    N_RULE = MUTAU_SOURCE_N_RULE,
    N_FINE = 16, /* points of a cell: w bends within 0.1 in u */
    N_POINT = N_CELL * N_FINE
};

/* The sources as points, x = 2u/u_max - 1 with their weights w e^u du. */
typedef struct points {
    int n;
    double x[N_POINT], weight[N_POINT];
} points;

static void nodes_init(mutau_source_grid *grid)
{
    for (int n = 0; n < grid->n_node; n++) {
        const double u = grid->step * (n - ZERO);
        grid->grow[n] = exp(u);
        grid->shrink[n] = exp(-u);
    }
}

static mutau_status cells_init(double omega_m, mutau_evolution evolution, mutau_source_grid *grid,
                               points *fine, mutau_error *err)
{
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(N_FINE);
    if (rule == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "preparing the source moments: out of memory");
    for (int n = 0; n < grid->n_node; n++) {
        const double half = 0.5 * grid->step, middle = grid->step * (n - ZERO) + half;
        for (int i = 0; i < N_FINE; i++) {
            double away, weight;
            gsl_integration_glfixed_point(-half, half, (size_t)i, &away, &weight, rule);
            const double one_plus_z = exp(middle + away);
            double term = weight * mutau_cosmology_sources(evolution, one_plus_z) /
                          mutau_cosmology_expansion(omega_m, one_plus_z);
            if (n >= ZERO && n < grid->top) {
                const int k = N_FINE * (n - ZERO) + i;
                fine->x[k] = 2.0 * (middle + away) / grid->u_max - 1.0;
                fine->weight[k] = term * one_plus_z;
            }
            double value[N_LEGENDRE];
            mutau_source_legendre(away / half, value);
            for (int l = 0; l < N_LEGENDRE; l++)
                grid->legendre[l][n] += (l + 0.5) * term / half * value[l];
            for (int p = 0; p < N_SERIES; p++) {
                grid->series[p][n] += term;
                term *= away / (p + 1);
            }
        }
    }
    gsl_integration_glfixed_table_free(rule);
    return MUTAU_OK;
}

/* The polynomials that are orthogonal on the points, p_k+1 = (x - a_k) p_k - b_k p_k-1, b_0 = 1
 * after the weights are made to sum to 1 (Stieltjes's procedure). */
static void orthogonalise(points *fine, double a[N_RULE], double b[N_RULE])
{
    double now[N_POINT], before[N_POINT], total = 0.0, norm_before = 1.0;
    for (int i = 0; i < fine->n; i++)
        total += fine->weight[i];
    for (int i = 0; i < fine->n; i++) {
        fine->weight[i] /= total;
        now[i] = 1.0;
        before[i] = 0.0;
    }
    for (int k = 0; k < N_RULE; k++) {
        double norm = 0.0, mean = 0.0;
        for (int i = 0; i < fine->n; i++) {
            norm += fine->weight[i] * now[i] * now[i];
            mean += fine->weight[i] * now[i] * now[i] * fine->x[i];
        }
        a[k] = mean / norm;
        b[k] = norm / norm_before;
        norm_before = norm;
        for (int i = 0; i < fine->n; i++) {
            const double next = (fine->x[i] - a[k]) * now[i] - b[k] * before[i];
            before[i] = now[i];
            now[i] = next;
        }
    }
}

/* How many zeros of p_N_RULE lie below x: the negative ones among the ratios p_k+1/p_k, a Sturm
 * sequence. */
static int zeros_below(const double a[N_RULE], const double b[N_RULE], double x)
{
    int n = 0;
    double ratio = 1.0;
    for (int k = 0; k < N_RULE; k++) {
        ratio = x - a[k] - (k > 0 ? b[k] / ratio : 0.0);
        ratio = fabs(ratio) > 0.0 ? ratio : 1e-300;
        n += ratio < 0.0;
    }
    return N_RULE - n; /* far above all zeros every ratio is positive */
}

/* 1 / sum_k p_k^2 with the p_k normalised. */
static double gauss_weight(const double a[N_RULE], const double b[N_RULE], double x)
{
    double before = 0.0, now = 1.0, sum = 1.0;
    for (int k = 0; k + 1 < N_RULE; k++) {
        const double next =
            ((x - a[k]) * now - (k > 0 ? sqrt(b[k]) : 0.0) * before) / sqrt(b[k + 1]);
        before = now;
        now = next;
        sum += now * now;
    }
    return 1.0 / sum;
}

static void rule_init(mutau_source_grid *grid, points *fine)
{
    double a[N_RULE], b[N_RULE];
    orthogonalise(fine, a, b);
    for (int k = 0; k < N_RULE; k++) {
        double lo = -1.0, hi = 1.0;
        for (double x = 0.0; x > lo && x < hi; x = 0.5 * (lo + hi)) {
            if (zeros_below(a, b, x) > k)
                hi = x;
            else
                lo = x;
        }
        grid->rule_u[k] = 0.5 * grid->u_max * (1.0 + 0.5 * (lo + hi));
        grid->rule_weight[k] = gauss_weight(a, b, 0.5 * (lo + hi));
    }
}

mutau_status mutau_source_grid_init(double omega_m, mutau_evolution evolution, double z_max,
                                    mutau_source_grid *out, mutau_error *err)
{
    return mutau_source_grid_init_cells(omega_m, evolution, z_max, N_CELL, out, err);
}

mutau_status mutau_source_grid_init_cells(double omega_m, mutau_evolution evolution, double z_max,
                                          int n_cell, mutau_source_grid *out, mutau_error *err)
{
    if (!(z_max > 0.0) || !isfinite(z_max))
        return mutau_error_set(err, MUTAU_EDOM, "z_max = %g: must be positive", z_max);
    if (!(omega_m >= 0.0 && omega_m <= 1.0))
        return mutau_error_set(err, MUTAU_EDOM, "omega_m = %g: must be in 0..1", omega_m);
    MUTAU_CHECK(mutau_evolution_check(&evolution, z_max, err));
    if (n_cell < MUTAU_SOURCE_LEAST_CELLS || n_cell > N_CELL)
        return mutau_error_set(err, MUTAU_EDOM, "%d cells in redshift: must be %d to %d", n_cell,
                               (int)MUTAU_SOURCE_LEAST_CELLS, (int)N_CELL);
    points fine = {.n = n_cell * N_FINE};
    *out = (mutau_source_grid){.n_cell = n_cell,
                               .top = ZERO + n_cell,
                               .n_node = ZERO + n_cell + 1 + RIGHT,
                               .u_max = log1p(z_max)};
    out->step = out->u_max / n_cell;
    nodes_init(out);
    MUTAU_CHECK(cells_init(omega_m, evolution, out, &fine, err));
    for (int i = 0; i < fine.n; i++)
        out->total += fine.weight[i];
    rule_init(out, &fine);
    return MUTAU_OK;
}
