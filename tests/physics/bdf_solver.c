/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The method of lines; see bdf_solver.h. */
#include "bdf_solver.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "physics/cosmology.h"
#include "physics/mediator.h"
#include "physics/spectrum.h"

enum { PER_NODE = 6, N_EARTH = 3, N_RULE = 48 };

/* Node 0 is u = 0; the one at u_max, where nothing is, is left out. */
typedef struct lines {
    const mutau_mediator *mediator;
    int n;            /* nodes */
    size_t dimension; /* 6 n + 3: f_0 f_1 f_2 m_0 m_1 m_2 of each node, then J */
    double gamma;
    double eps, depth; /* width over mass; n0/H0 kappa g^4/m^2 */
    double line[3];    /* ln(m^2/2m_j), in ln(GeV) */
    bool thermal;
    double at_rest;             /* m^2/2 in eV GeV: over E, the mass that a target at rest needs */
    double mass[3], emitted[3]; /* of each state, over a third */
    double rule_x[N_RULE], rule_w[N_RULE]; /* on 0..1 */
    double *derivative;                    /* [n][n] */
    double *source, *density, *grow;
    double *rate, y_of_rates; /* see rates() */
} lines;

static double node(const lines *l, double u_max, int k)
{
    return 0.5 * u_max * (1.0 - cos(MUTAU_PI * k / l->n));
}

/* Chebyshev's differentiation matrix: D_kl = (c_k/c_l)/(u_k - u_l) with signs that alternate, and
 * rows that sum to zero with the last node, which is left out. */
static void derivative_init(lines *l, double u_max)
{
    for (int k = 0; k < l->n; k++) {
        double sum = 0.0;
        for (int m = 0; m <= l->n; m++) {
            if (m == k)
                continue;
            const double ends = (k == 0 ? 2.0 : 1.0) / (m == 0 || m == l->n ? 2.0 : 1.0);
            const double d =
                ((k + m) % 2 == 0 ? ends : -ends) / (node(l, u_max, k) - node(l, u_max, m));
            sum += d;
            if (m < l->n)
                l->derivative[k * l->n + m] = d;
        }
        l->derivative[k * l->n + k] = -sum;
    }
}

/* Sources per u over all of them, by Simpson's rule. */
static double sources_at(const mutau_solver_settings *s, double gamma, double u)
{
    const double z1 = exp(u);
    return mutau_cosmology_sources(s->evolution, z1) / mutau_cosmology_expansion(s->omega_m, z1) *
           pow(z1, 1.0 - gamma);
}

static double sources_between(const mutau_solver_settings *s, double gamma, double lo, double hi)
{
    enum { N = 2000 };
    double sum = sources_at(s, gamma, lo) + sources_at(s, gamma, hi);
    for (int k = 1; k < N; k++)
        sum += (k % 2 == 1 ? 4.0 : 2.0) * sources_at(s, gamma, lo + (hi - lo) * k / N);
    return sum * (hi - lo) / (3.0 * N);
}

/* kT of relic neutrinos today in eV, 1.95 K, and int q^2/(e^q + 1) dq = 3 zeta(3)/2. */
static const double relic_temperature_ev = 1.95 * 1.380649e-23 / MUTAU_ELEMENTARY_CHARGE_C;
static const double fermi_dirac_norm = 1.8030853547393914;

/* Over the directions of targets of momentum p = q T the mean of (1 - beta mu) v/[(v-1)^2 + eps^2],
 * v = (E_p - p mu)/x: an integral over v in closed form. */
static double mean_over_directions(double mass, double p, double x, double eps)
{
    const double energy = hypot(mass, p), dv = 2.0 * p / x;
    const double b = (energy + p) / x - 1.0, a = (mass / (energy + p)) * (mass / x) - 1.0;
    const double angle = atan2(dv * eps, eps * eps + a * b) / eps;
    const double wing = dv + log((b * b + eps * eps) / (a * a + eps * eps));
    return x * x / (2.0 * p * energy) * (wing + (1.0 - eps * eps) * angle);
}

/* The same over the momenta as well.  At the least one that reaches v = 1 there is a jump, as broad
 * as the resonance: nodes are dense on both sides of it. */
static double mean_over_momenta(const lines *l, double mass, double temperature, double x)
{
    const double least = fabs(x * x - mass * mass) / (2.0 * x * temperature);
    const double end = fmax(40.0, 1.5 * least);
    double sum = 0.0;
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < N_RULE; k++) {
            const double t = l->rule_x[k], range = side == 0 ? -least : end - least;
            const double q = least + range * t * t * t;
            sum += l->rule_w[k] * 3.0 * t * t * fabs(range) * q * q / (exp(q) + 1.0) *
                   mean_over_directions(mass, q * temperature, x, l->eps);
        }
    return sum / fermi_dirac_norm;
}

/* kappa_i at node k. */
static void rates_at(const lines *l, double y, int k, double rate[3])
{
    for (int i = 0; i < 3; i++)
        rate[i] = 0.0;
    for (int j = 0; j < 3; j++) {
        double cross_section = 0.0;
        if (l->thermal) {
            cross_section = mean_over_momenta(l, l->mass[j], relic_temperature_ev * l->grow[k],
                                              l->at_rest / exp(y));
        } else if (l->mass[j] > 0.0) {
            const double off = expm1(y - l->line[j]);
            cross_section = exp(y - l->line[j]) / (off * off + l->eps * l->eps);
        }
        for (int i = 0; i < 3; i++)
            rate[i] += l->depth * l->density[k] * l->mediator->coupling[i][j] * cross_section;
    }
}

/* kappa_i at all nodes, [k][i]; they are kept, since the formula asks again and again for one y. */
static const double *rates(lines *l, double y)
{
    if (!(y >= l->y_of_rates && y <= l->y_of_rates))
        for (int k = 0; k < l->n; k++)
            rates_at(l, y, k, l->rate + 3 * (size_t)k);
    l->y_of_rates = y;
    return l->rate;
}

/* t = -y. */
static int right_hand_side(double t, const double x[], double dx[], void *params)
{
    lines *l = params;
    const double *rate = rates(l, -t);
    for (int k = 0; k < l->n; k++) {
        const double *f = x + (size_t)PER_NODE * (size_t)k, *m = f + 3;
        double *df = dx + (size_t)PER_NODE * (size_t)k, *dm = df + 3, absorbed = 0.0, again = 0.0;
        for (int i = 0; i < 3; i++)
            absorbed += rate[3 * k + i] * f[i];
        for (int p = 0; p < 3; p++) {
            again += l->mediator->decay[p] * m[p];
            dm[p] = absorbed - (l->gamma + p) * m[p];
        }
        for (int i = 0; i < 3; i++)
            df[i] = l->emitted[i] * l->source[k] - rate[3 * k + i] * f[i] +
                    l->mediator->share[i] * again;
        for (int q = 0; q < l->n; q++)
            for (int i = 0; i < 3; i++)
                df[i] += l->derivative[k * l->n + q] * x[PER_NODE * q + i];
    }
    for (int i = 0; i < 3; i++) {
        const size_t at = (size_t)PER_NODE * (size_t)l->n + (size_t)i;
        dx[at] = x[i] - (l->gamma - 1.0) * x[at];
    }
    return GSL_SUCCESS;
}

/* msbdf does not ask for the derivative by t. */
static int jacobian(double t, const double x[], double *by_x, double by_t[], void *params)
{
    (void)x;
    lines *l = params;
    const size_t n = l->dimension;
    const double *rate = rates(l, -t);
    for (size_t a = 0; a < n * n; a++)
        by_x[a] = 0.0;
    for (size_t a = 0; a < n; a++)
        by_t[a] = 0.0;
    for (int k = 0; k < l->n; k++) {
        const size_t f = (size_t)PER_NODE * (size_t)k, m = f + 3;
        for (size_t i = 0; i < 3; i++) {
            for (int q = 0; q < l->n; q++)
                by_x[(f + i) * n + (size_t)PER_NODE * (size_t)q + i] = l->derivative[k * l->n + q];
            by_x[(f + i) * n + f + i] -= rate[3 * (size_t)k + i];
            for (size_t p = 0; p < 3; p++) {
                by_x[(f + i) * n + m + p] = l->mediator->share[i] * l->mediator->decay[p];
                by_x[(m + p) * n + f + i] = rate[3 * (size_t)k + i];
            }
        }
        for (size_t p = 0; p < 3; p++)
            by_x[(m + p) * n + m + p] = -(l->gamma + (double)p);
    }
    for (size_t i = 0; i < 3; i++) {
        const size_t at = (size_t)PER_NODE * (size_t)l->n + i;
        by_x[at * n + i] = 1.0;
        by_x[at * n + at] = -(l->gamma - 1.0);
    }
    return GSL_SUCCESS;
}

static double *numbers(size_t n)
{
    double *out = mutau_calloc(n, sizeof *out);
    if (out == NULL)
        abort();
    return out;
}

static void lines_init(lines *l, const mutau_solver_settings *s, const mutau_solver_point *point,
                       int n_node, bool thermal)
{
    const double u_max = log1p(s->z_max), per_mass = point->g * point->g / point->m_ev;
    *l = (lines){.mediator = &s->mediator,
                 .n = n_node,
                 .dimension = (size_t)(PER_NODE * n_node + N_EARTH),
                 .gamma = point->source[1],
                 .thermal = thermal,
                 .at_rest = 0.5 * point->m_ev * point->m_ev / MUTAU_EV_PER_GEV,
                 .eps = mutau_mediator_width(&s->mediator, point->g, 1.0),
                 .depth = s->density_over_hubble * s->mediator.kappa * per_mass * per_mass};
    for (int j = 0; j < 3; j++)
        l->line[j] = log(point->m_ev * point->m_ev / (2.0 * point->mass_ev[j]) / MUTAU_EV_PER_GEV);
    for (int j = 0; j < 3; j++) {
        l->mass[j] = point->mass_ev[j];
        l->emitted[j] = 1.0 + point->excess[j];
    }
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(N_RULE);
    for (size_t k = 0; k < N_RULE; k++)
        gsl_integration_glfixed_point(0.0, 1.0, k, &l->rule_x[k], &l->rule_w[k], rule);
    gsl_integration_glfixed_table_free(rule);
    l->grow = numbers((size_t)n_node);
    l->rate = numbers(3 * (size_t)n_node);
    l->y_of_rates = (double)NAN;
    l->derivative = numbers((size_t)n_node * (size_t)n_node);
    l->source = numbers((size_t)n_node);
    l->density = numbers((size_t)n_node);
    derivative_init(l, u_max);
    const double all = sources_between(s, l->gamma, 0.0, u_max);
    for (int k = 0; k < n_node; k++) {
        const double u = node(l, u_max, k), z1 = exp(u);
        l->source[k] = sources_at(s, l->gamma, u) / all;
        l->grow[k] = z1;
        l->density[k] = z1 * z1 * z1 / mutau_cosmology_expansion(s->omega_m, z1);
    }
}

/* Far above all lines: free but for a last, small absorption that goes with 1/E. */
static void begin(lines *l, const mutau_solver_settings *s, double y, double x[])
{
    const double u_max = log1p(s->z_max);
    const double all = sources_between(s, l->gamma, 0.0, u_max);
    const double *rate = rates(l, y);
    for (int k = 0; k < l->n; k++) {
        const double beyond = sources_between(s, l->gamma, node(l, u_max, k), u_max) / all;
        double absorbed = 0.0, *f = x + (size_t)PER_NODE * (size_t)k;
        for (int i = 0; i < 3; i++) {
            f[i] = l->emitted[i] * beyond;
            absorbed += rate[3 * k + i] * f[i];
        }
        for (int p = 0; p < 3; p++)
            f[3 + p] = absorbed / (l->gamma + p + 1.0);
    }
    for (int i = 0; i < 3; i++)
        x[(size_t)PER_NODE * (size_t)l->n + (size_t)i] = l->emitted[i] / (l->gamma - 1.0);
}

/* Down to y, with a stop on each line in between, so that none is stepped over. */
static int go_to(const lines *l, gsl_odeiv2_driver *driver, double *t, double y, double x[])
{
    int status = GSL_SUCCESS;
    while (status == GSL_SUCCESS && *t < -y) {
        double stop = -y;
        for (int j = 0; j < 3 && !l->thermal; j++)
            if (-l->line[j] > *t && -l->line[j] < stop)
                stop = -l->line[j];
        status = gsl_odeiv2_driver_apply(driver, t, stop, x);
    }
    return status;
}

int bdf_solve(const mutau_solver_settings *settings, const mutau_solver_point *point, int n_node,
              bool thermal, double tolerance, int n_bin, const double edge_gev[], double number[])
{
    lines l;
    lines_init(&l, settings, point, n_node, thermal);
    gsl_odeiv2_system system = {right_hand_side, jacobian, l.dimension, &l};
    gsl_odeiv2_driver *driver =
        gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_msbdf, 1e-3, 1e-15, tolerance);
    if (driver == NULL)
        abort();
    double *x = numbers(l.dimension), above[3] = {0};
    double top = log(edge_gev[n_bin]);
    for (int j = 0; j < 3; j++)
        if (l.mass[j] > 0.0)
            top = fmax(top, l.line[j] + 12.0);
    double t = -top;
    int status = GSL_SUCCESS;
    begin(&l, settings, top, x);
    for (int b = n_bin; b >= 0 && status == GSL_SUCCESS; b--) {
        const double free = point->source[0] * settings->norm / 3.0 * edge_gev[b] *
                            pow(edge_gev[b] / MUTAU_SPECTRUM_PIVOT_GEV, -l.gamma);
        status = go_to(&l, driver, &t, log(edge_gev[b]), x);
        for (int i = 0; i < 3; i++) {
            const double all = free * x[(size_t)PER_NODE * (size_t)l.n + (size_t)i];
            if (b < n_bin)
                number[3 * b + i] = all - above[i];
            above[i] = all;
        }
    }
    gsl_odeiv2_driver_free(driver);
    free(x);
    free(l.derivative);
    free(l.source);
    free(l.density);
    free(l.grow);
    free(l.rate);
    return status;
}
