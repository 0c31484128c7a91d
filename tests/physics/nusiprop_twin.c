/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nuSIprop's scheme; see nusiprop_twin.h. */
#include "nusiprop_twin.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "physics/cosmology.h"
#include "physics/evolution.h"

static const double pivot_ev = 1e14;

/* Means over a physical bin of width dE: of the cross section, and of the part of it whose products
 * stay in the bin; and the integral of sigma/E. */
typedef struct rates {
    double lost, kept, over_energy;
} rates;

static double edge(const nusiprop_twin *t, int b)
{
    return t->lowest_ev * pow(t->highest_ev / t->lowest_ev, (double)b / t->n_bin);
}

double nusiprop_twin_energy(const nusiprop_twin *t, int b)
{
    return sqrt(edge(t, b) * edge(t, b + 1));
}

/* With v = s/m^2 the integrals of v/[(v-1)^2 + eps^2] and 1/[...] over the bin, target by target.
 * An arctangent of the difference, since both are near pi/2 in the wings. */
static rates rates_of_bin(const nusiprop_twin *t, int bin)
{
    const double lo = edge(t, bin), width = edge(t, bin + 1) - lo;
    const double eps = t->g * t->g / (16.0 * MUTAU_PI);
    const double scale = pow(t->g, 4.0) / (16.0 * MUTAU_PI * t->m_ev * t->m_ev);
    rates sum = {0};
    for (int j = 0; j < 3; j++) {
        const double per_energy = 2.0 * t->mass_ev[j] / (t->m_ev * t->m_ev);
        const double dv = width * per_energy, a = lo * per_energy - 1.0, b = a + dv;
        const double angle = atan2(dv * eps, eps * eps + a * b) / eps;
        const double wing = 0.5 * log1p((b - a) * (b + a) / (a * a + eps * eps));
        const double weight = t->share[j] * scale;
        sum.lost += weight * (wing + angle) / per_energy;
        sum.over_energy += weight * angle;
    }
    sum.kept = 2.0 * (sum.lost - lo * sum.over_energy) / width;
    sum.lost /= width;
    return sum;
}

/* int W (1+z)^-gamma/H dz over the range of the sources, by Gauss-Legendre of three points. */
static double free_norm(const nusiprop_twin *t, double z_max)
{
    enum { N_PANEL = 1000 };
    static const double node[] = {-0.7745966692414834, 0.0, 0.7745966692414834};
    static const double weight[] = {5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0};
    double sum = 0.0;
    for (int p = 0; p < N_PANEL; p++)
        for (int q = 0; q < 3; q++) {
            const double z1 = 1.0 + z_max * (p + 0.5 + 0.5 * node[q]) / N_PANEL;
            sum +=
                weight[q] * z_max / N_PANEL * pow(z1, -t->gamma) *
                mutau_cosmology_sources((mutau_evolution){.kind = MUTAU_EVOLUTION_YUKSEL2008}, z1) /
                (t->hubble_ev * mutau_cosmology_expansion(t->omega_m, z1));
        }
    return sum;
}

/* Gauss's elimination without pivots: the diagonal is 1 and more than the rest of its column. */
static void solve_three(double m[3][3], double x[3])
{
    for (int k = 0; k < 3; k++)
        for (int row = k + 1; row < 3; row++) {
            const double f = m[row][k] / m[k][k];
            for (int l = k; l < 3; l++)
                m[row][l] -= f * m[k][l];
            x[row] -= f * x[k];
        }
    for (int k = 2; k >= 0; k--) {
        for (int l = k + 1; l < 3; l++)
            x[k] -= m[k][l] * x[l];
        x[k] /= m[k][k];
    }
}

/* The numbers x[3] of a bin, from those before the step and of the sources to those after it.
 * `above` is sum_l b_l of what comes from higher bins, per unit time. */
static void step_bin(const nusiprop_twin *t, const rates *r, double time, double source,
                     double above, double x[3])
{
    const double *b = t->share;
    double m[3][3];
    for (int k = 0; k < 3; k++) {
        const double whole = 1.0 + time * (r->lost * b[k] - r->kept * b[k] * b[k]);
        for (int l = 0; l < 3; l++) {
            const double given = b[k] * b[l] * r->kept;
            m[k][l] = l == k ? 1.0 : (t->as_published ? 0.0 : -time) * given / whole;
        }
        x[k] = (x[k] + source + time * b[k] * above) / whole;
    }
    solve_three(m, x);
}

/* What no step changes. */
typedef struct table {
    double h, norm;
    rates *rates;  /* of the physical bins */
    double *edge;  /* of the comoving bins */
    double *power; /* int (E / 100 TeV)^-gamma dE over them */
} table;

/* One step of length h down to 1+z = e^(ih): n of all bins, from the highest down.  The sources are
 * taken at the beginning of the step and all else at its end. */
static void step(const nusiprop_twin *t, int i, const table *of, double n[])
{
    const double z1 = exp(i * of->h), before = exp((i + 1) * of->h);
    const double hubble = t->hubble_ev * mutau_cosmology_expansion(t->omega_m, z1);
    const double time = t->density_ev3 * z1 * z1 * z1 * of->h / hubble;
    const double sources =
        z1 * of->h / hubble * of->norm / 3.0 * pow(before, -t->gamma) *
        mutau_cosmology_sources((mutau_evolution){.kind = MUTAU_EVOLUTION_YUKSEL2008}, before);
    double above = 0.0;
    for (int j = t->n_bin - 1; j >= 0; j--) {
        const double width = of->edge[j + 1] - of->edge[j];
        const rates *r = &of->rates[j + i];
        double *x = n + (size_t)3 * (size_t)j;
        step_bin(t, r, time, sources * of->power[j], above * width, x);
        for (int l = 0; l < 3; l++) /* 2/E for each unit of energy, both comoving */
            above += 2.0 * t->share[l] * x[l] * r->over_energy / width;
    }
}

static double *numbers(int n)
{
    double *out = mutau_calloc((size_t)n, sizeof *out);
    if (out == NULL)
        abort();
    return out;
}

void nusiprop_twin_solve(const nusiprop_twin *t, double flux[])
{
    table of = {.h = log(t->highest_ev / t->lowest_ev) / t->n_bin};
    const int n_step = (int)(log1p(t->z_max) / of.h + 1.0), n_physical = t->n_bin + n_step;
    of.norm = 1.0 / free_norm(t, expm1(n_step * of.h));
    of.edge = numbers(t->n_bin + 1);
    of.power = numbers(t->n_bin);
    of.rates = mutau_calloc((size_t)n_physical, sizeof *of.rates);
    if (of.rates == NULL)
        abort();
    for (int p = 0; p < n_physical; p++)
        of.rates[p] = rates_of_bin(t, p);
    for (int j = 0; j <= t->n_bin; j++)
        of.edge[j] = edge(t, j);
    for (int j = 0; j < t->n_bin; j++)
        of.power[j] = (of.edge[j + 1] * pow(of.edge[j + 1] / pivot_ev, -t->gamma) -
                       of.edge[j] * pow(of.edge[j] / pivot_ev, -t->gamma)) /
                      (1.0 - t->gamma);
    for (int k = 0; k < 3 * t->n_bin; k++)
        flux[k] = 0.0;
    for (int i = n_step - 1; i >= 0; i--)
        step(t, i, &of, flux);
    for (int k = 0; k < 3 * t->n_bin; k++)
        flux[k] /= of.edge[k / 3 + 1] - of.edge[k / 3];
    free(of.rates);
    free(of.edge);
    free(of.power);
}
