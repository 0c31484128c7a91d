/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A boson that decays into nothing: what absorption alone leaves is an integral along the line of
 * sight,
 *
 *  Phi_i(E) = A norm/3 s int w e^u S(E e^u) e^-tau_i(E, u) du,
 *  tau_i    = (n0/H0) kappa g^4/m^2 int_0^u e^3v H0/H sum_j |Q_ij|^2 <sigma_j>(E e^v) dv,
 *
 * which is done here by Gauss' rule on panels that are graded toward every line, with nothing of
 * the grid solver: the witness of its depths, cores, wings, and of the motion of the targets.  With
 * the argument `all` every scene and bin; else one with targets in motion, and a third of its bins.
 */
#include "check.h"

#include <gsl/gsl_integration.h>
#include <stdbool.h>
#include <string.h>

#include "base/units.h"
#include "physics/solver.h"
#include "solver_bins.h"

static bool all_of_them;

enum { N_BIN = 16, N_CASCADE = 13, N_RULE = 8, MAX_EDGE = 1200, MAX_NODE = MAX_EDGE * N_RULE };

static const double TEMPERATURE_EV = 1.95 * 8.617333262e-5;

typedef struct rule {
    double x[N_RULE], weight[N_RULE]; /* on 0..1 */
    double until[N_RULE][N_RULE];     /* int_0^x[k] f = sum_l until[k][l] f(x[l]) */
} rule;

/* Points along the line of sight, or in ln E, with the edges of their panels. */
typedef struct panels {
    int n_edge;
    double edge[MAX_EDGE];
} panels;

typedef struct witness {
    mutau_solver_settings settings;
    mutau_solver_point point;
    rule rule;
    double u_max, wing, width, scale;
} witness;

/* ---- quadrature ------------------------------------------------------------------ */

static double lagrange(const double x[N_RULE], int l, double t)
{
    double product = 1.0;
    for (int k = 0; k < N_RULE; k++)
        if (k != l)
            product *= (t - x[k]) / (x[l] - x[k]);
    return product;
}

static void rule_init(rule *r)
{
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(N_RULE);
    assert_non_null(table);
    for (size_t k = 0; k < N_RULE; k++)
        gsl_integration_glfixed_point(0.0, 1.0, k, &r->x[k], &r->weight[k], table);
    gsl_integration_glfixed_table_free(table);
    for (int k = 0; k < N_RULE; k++)
        for (int l = 0; l < N_RULE; l++) {
            r->until[k][l] = 0.0;
            for (int q = 0; q < N_RULE; q++)
                r->until[k][l] += r->x[k] * r->weight[q] * lagrange(r->x, l, r->x[k] * r->x[q]);
        }
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void edge_add(panels *p, double lo, double hi, double x)
{
    assert_true(p->n_edge < MAX_EDGE);
    if (x > lo && x < hi)
        p->edge[p->n_edge++] = x;
}

/* lo ... hi in panels of at most `most`, and finer by halves toward each of the centres. */
static void panels_init(panels *p, double lo, double hi, double most, double least, int n,
                        const double centre[])
{
    p->n_edge = 0;
    p->edge[p->n_edge++] = lo;
    p->edge[p->n_edge++] = hi;
    const int n_even = (int)ceil((hi - lo) / most);
    for (int k = 1; k < n_even; k++)
        edge_add(p, lo, hi, lo + (hi - lo) * k / n_even);
    for (int j = 0; j < n; j++) {
        if (least < most)
            edge_add(p, lo, hi, centre[j]);
        for (double d = most; d > least; d *= 0.5) {
            edge_add(p, lo, hi, centre[j] - d);
            edge_add(p, lo, hi, centre[j] + d);
        }
    }
    qsort(p->edge, (size_t)p->n_edge, sizeof p->edge[0], by_size);
}

/* ---- depths ------------------------------------------------------------------------ */

static bool moving(const witness *w)
{
    return w->settings.targets == MUTAU_TARGETS_THERMAL;
}

/* int v^2/((v - 1)^2 + e^2) dv from a to b, by a - 1 and b - 1. */
static double curve(double a, double b, double e)
{
    const double arc = atan2((b - a) * e, e * e + a * b);
    return (b - a) + log((b * b + e * e) / (a * a + e * e)) + (1.0 - e * e) / e * arc;
}

/* The mean of (1 - beta mu) v/((v - 1)^2 + e^2), v = 2 E (E_p - p mu)/m^2, over directions. */
static double over_directions(double e2m2, double mass_ev, double p, double e)
{
    const double energy = hypot(p, mass_ev), x = e2m2 * energy;
    const double slow = mass_ev * mass_ev / (energy + p); /* E_p - p */
    return curve(e2m2 * slow - 1.0, e2m2 * (energy + p) - 1.0, e) * energy / (2.0 * p * x * x);
}

/* Its Fermi-Dirac mean: with panels to either side of the least q that meets the line, toward
 * which they become finer. */
static double thermal_curve(const witness *w, double e2m2, double mass_ev, double u)
{
    const double t = TEMPERATURE_EV * exp(u), most = 15.0;
    const double meet = 0.5 * fabs(1.0 / e2m2 - mass_ev * mass_ev * e2m2) / t;
    const double kink = fmin(meet, most);
    const double edge[] = {0.0,         kink * 0.8,  kink * 0.97, kink,
                           kink + 0.03, kink + 0.5,  kink + 2.0,  kink + 5.0,
                           kink + 9.0,  kink + 15.0, most + 10.0};
    double sum = 0.0, norm = 1.5 * 1.2020569031595942854; /* int q^2/(e^q + 1) dq */
    for (size_t s = 0; s + 1 < sizeof edge / sizeof edge[0]; s++) {
        const double width = edge[s + 1] - edge[s];
        for (int k = 0; k < N_RULE && width > 0.0; k++) {
            const double q = edge[s] + width * w->rule.x[k];
            sum += width * w->rule.weight[k] * q * q / (exp(q) + 1.0) *
                   over_directions(e2m2, mass_ev, q * t, w->width);
        }
    }
    return sum / norm;
}

/* dtau_i/du of all three states where the energy is E = e2m2 m^2/2 there. */
static void rates(const witness *w, double e2m2, double u, double rate[3])
{
    const double shape =
        w->wing * exp(3.0 * u) / mutau_cosmology_expansion(w->settings.omega_m, exp(u));
    memset(rate, 0, 3 * sizeof rate[0]);
    for (int j = 0; j < 3; j++) {
        const double mass = w->point.mass_ev[j], v = e2m2 * mass;
        const double at = moving(w) ? thermal_curve(w, e2m2, mass, u)
                                    : v / ((v - 1.0) * (v - 1.0) + w->width * w->width);
        for (int i = 0; i < 3; i++)
            rate[i] += shape * w->settings.mediator.coupling[i][j] * at;
    }
}

/* ---- the flux ------------------------------------------------------------------------ */

/* The masses' lines in ln E. */
static int lines(const witness *w, double ln_line[3])
{
    int n = 0;
    for (int j = 0; j < 3; j++)
        if (w->point.mass_ev[j] > 0.0)
            ln_line[n++] = log(w->point.m_ev * w->point.m_ev / (2e9 * w->point.mass_ev[j]));
    return n;
}

static double source(const witness *w, double u, double ln_e)
{
    const double z1 = exp(u);
    return mutau_cosmology_sources(w->settings.evolution, z1) /
           mutau_cosmology_expansion(w->settings.omega_m, z1) * z1 *
           w->settings.spectrum->shape(w->point.source, ln_e + u - log(1e5));
}

/* The integral over u without absorption, in [3], and with, in [0..2]. */
static void sight(const witness *w, double ln_e, double flux[4])
{
    static panels p;
    double centre[4], tau[3] = {0.0};
    int n = lines(w, centre);
    for (int j = 0; j < n; j++)
        centre[j] -= ln_e;
    centre[n++] = 0.0; /* where little is seen beyond a thick first stretch */
    panels_init(&p, 0.0, w->u_max, moving(w) ? 0.05 : 0.1, moving(w) ? 4e-3 : 0.2 * w->width, n,
                centre);
    memset(flux, 0, 4 * sizeof flux[0]);
    for (int s = 0; s + 1 < p.n_edge; s++) {
        const double lo = p.edge[s], width = p.edge[s + 1] - lo;
        double rate[N_RULE][3];
        for (int k = 0; k < N_RULE; k++) {
            const double u = lo + width * w->rule.x[k];
            rates(w, 2e9 * exp(ln_e + u) / (w->point.m_ev * w->point.m_ev), u, rate[k]);
        }
        for (int k = 0; k < N_RULE; k++) {
            const double u = lo + width * w->rule.x[k];
            const double part = width * w->rule.weight[k] * source(w, u, ln_e);
            flux[3] += part;
            for (int i = 0; i < 3; i++) {
                double depth = tau[i];
                for (int l = 0; l < N_RULE; l++)
                    depth += width * w->rule.until[k][l] * rate[l][i];
                flux[i] += part * exp(-depth);
            }
        }
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < N_RULE; k++)
                tau[i] += width * w->rule.weight[k] * rate[k][i];
    }
}

static void witness_init(witness *w, const mutau_solver_settings *settings,
                         const mutau_solver_point *point)
{
    *w = (witness){.settings = *settings, .point = *point};
    rule_init(&w->rule);
    const double g2 = point->g * point->g;
    w->u_max = log1p(settings->z_max);
    w->wing = settings->density_over_hubble * settings->mediator.kappa * g2 * g2 /
              (point->m_ev * point->m_ev);
    w->width = g2 / settings->mediator.width_divisor;
    double pivot[4];
    sight(w, log(1e5), pivot);
    w->scale = point->source[0] * settings->norm / 3.0 / pivot[3];
}

/* The bin by panels that are graded toward the lines, seen at u = 0 and at u_max. */
static double witness_bin(const witness *w, const mutau_solver_bin *bin)
{
    static panels p;
    double centre[6], sum = 0.0;
    const int n = lines(w, centre);
    for (int j = 0; j < n; j++)
        centre[n + j] = centre[j] - w->u_max;
    panels_init(&p, log(bin->e_lo_gev), log(bin->e_hi_gev), moving(w) ? 0.2 : 0.15,
                moving(w) ? 4e-3 : 1e-6, 2 * n, centre);
    for (int s = 0; s + 1 < p.n_edge; s++) {
        const double width = p.edge[s + 1] - p.edge[s];
        for (int k = 0; k < N_RULE; k++) {
            const double ln_e = p.edge[s] + width * w->rule.x[k];
            double flux[4];
            sight(w, ln_e, flux);
            for (int i = 0; i < 3; i++)
                sum += width * w->rule.weight[k] * exp(ln_e) * bin->weight[i] * flux[i];
        }
    }
    return w->scale * sum;
}

/* ---- scenes -------------------------------------------------------------------------- */

typedef struct scene {
    const char *name;
    int mediator, ordering;
    double m_mev, g, gamma, beta; /* beta: of a log-parabola; NaN: a power law */
    double sum_ev;                /* 0: the least */
    mutau_targets targets;
} scene;

static const scene scenes[] = {
    {"cold, 6.5 MeV, 1e-3", MUTAU_MEDIATOR_LMU_LTAU, 0, 6.5, 1e-3, 2.5, NAN, 0.1, 0},
    {"cold, 6.5 MeV, 1e-2", MUTAU_MEDIATOR_LMU_LTAU, 0, 6.5, 1e-2, 2.5, NAN, 0.1, 0},
    {"cold, 3 MeV, 3e-2", MUTAU_MEDIATOR_LMU_LTAU, 0, 3.0, 3e-2, 2.2, NAN, 0.1, 0},
    {"cold, 20 MeV, 1e-1", MUTAU_MEDIATOR_LMU_LTAU, 0, 20.0, 1e-1, 3.0, NAN, 0.1, 0},
    {"cold, inverted, 5 MeV, 3e-3", MUTAU_MEDIATOR_LMU_LTAU, 1, 5.0, 3e-3, 2.0, NAN, 0.12, 0},
    {"cold, massless, 8 MeV, 2e-3", MUTAU_MEDIATOR_LMU_LTAU, 0, 8.0, 2e-3, 2.5, NAN, 0.0, 0},
    {"cold, log-parabola", MUTAU_MEDIATOR_LMU_LTAU, 0, 6.5, 3e-3, 2.3, 0.3, 0.1, 0},
    {"cold, log-parabola, upward", MUTAU_MEDIATOR_LMU_LTAU, 0, 10.0, 1e-2, 2.6, -0.1, 0.1, 0},
    {"cold, scalar", MUTAU_MEDIATOR_SCALAR_TAU, 0, 9.0, 2e-2, 2.5, NAN, 0.1, 0},
    {"thermal, 6.5 MeV, 5e-4", MUTAU_MEDIATOR_LMU_LTAU, 0, 6.5, 5e-4, 2.5, NAN, 0.1, 1},
    {"thermal, 6.5 MeV, 5e-3", MUTAU_MEDIATOR_LMU_LTAU, 0, 6.5, 5e-3, 2.5, NAN, 0.1, 1},
    {"thermal, 3 MeV, 3e-4, light", MUTAU_MEDIATOR_LMU_LTAU, 0, 3.0, 3e-4, 2.5, NAN, 0.06, 1},
    {"thermal, inverted, log-parabola", MUTAU_MEDIATOR_LMU_LTAU, 1, 5.0, 5e-4, 2.3, 0.2, 0.1, 1},
    {"thermal, scalar", MUTAU_MEDIATOR_SCALAR_MU, 0, 9.0, 2e-3, 2.5, NAN, 0.1, 1},
};

/* All of the boson but what it decays into. */
static void scene_init(const scene *s, mutau_solver_settings *settings, mutau_solver_point *point,
                       mutau_solver_bin bins[N_BIN])
{
    static const double track[] = {1.5e4, 1.04e5, 7.21e5, 5e6};
    const mutau_mixing *mixing = mutau_mixing_preset(0, s->ordering);
    const mutau_mixing_matrix u = mutau_mixing_unitary(mixing);
    const bool bent = isfinite(s->beta);
    mutau_error err = {0};
    *settings = (mutau_solver_settings){.targets = s->targets,
                                        .tolerance = 1e-4,
                                        .omega_m = 0.308,
                                        .z_max = 5.0,
                                        .norm = MUTAU_SPECTRUM_NORM,
                                        .spectrum = bent ? &mutau_spectrum_log_parabola
                                                         : &mutau_spectrum_power_law};
    CHECK_OK(mutau_mediator_init((mutau_mediator_kind)s->mediator, MUTAU_CROSS_SECTION_PAPER, &u,
                                 &settings->mediator, &err),
             err);
    memset(settings->mediator.decay, 0, sizeof settings->mediator.decay);
    settings->density_over_hubble = mutau_cosmology_density_ev3(settings->mediator.target_per_cm3) /
                                    mutau_cosmology_hubble_ev(70.0);
    *point = (mutau_solver_point){
        .m_ev = s->m_mev * 1e6, .g = s->g, .source = {1.4, s->gamma, bent ? s->beta : 0.0}};
    CHECK_OK(mutau_mixing_masses(mixing, s->sum_ev > 0.0 ? s->sum_ev : mutau_mixing_sum_min(mixing),
                                 point->mass_ev, &err),
             err);
    for (int b = 0; b < N_BIN; b++) {
        const bool cascade = b < N_CASCADE;
        const int k = cascade ? b : b - N_CASCADE;
        bins[b].e_lo_gev = cascade ? pow(10.0, (11 + k) / 3.0) : track[k];
        bins[b].e_hi_gev = cascade ? pow(10.0, (12 + k) / 3.0) : track[k + 1];
        for (int i = 0; i < 3; i++) {
            const double muon = creal(u.u[1][i] * conj(u.u[1][i]));
            bins[b].weight[i] = cascade ? 0.5 * (1.0 - muon) : muon;
        }
    }
}

/* The sixteen bins at a tolerance. */
static void grid_bins(const mutau_solver_settings *settings, const mutau_solver_point *point,
                      double tolerance, const mutau_solver_bin bins[N_BIN], double n[N_BIN])
{
    mutau_solver_settings s = *settings;
    s.tolerance = tolerance;
    solver_bins(&mutau_solver_grid, &s, point, N_BIN, bins, n);
}

static void check_scene(const scene *s)
{
    mutau_solver_settings settings;
    mutau_solver_point point;
    mutau_solver_bin bins[N_BIN];
    double coarse[N_BIN], fine[N_BIN], worst[2] = {0.0};
    witness w;
    int at[2] = {0};
    scene_init(s, &settings, &point, bins);
    witness_init(&w, &settings, &point);
    grid_bins(&settings, &point, 1e-3, bins, coarse);
    grid_bins(&settings, &point, 1e-4, bins, fine);
    for (int b = 0; b < N_BIN; b++) {
        if (s->targets == MUTAU_TARGETS_THERMAL && !all_of_them && b % 3 != 2)
            continue;
        const double want = witness_bin(&w, &bins[b]);
        const double off[2] = {fabs(coarse[b] / want - 1.0), fabs(fine[b] / want - 1.0)};
        for (int k = 0; k < 2; k++)
            if (!(off[k] <= worst[k])) {
                worst[k] = off[k];
                at[k] = b + 1;
            }
    }
    print_message("# %s: %.2g in bin %d, %.2g in bin %d\n", s->name, worst[0], at[0], worst[1],
                  at[1]);
    CHECK_ABS(worst[0], 0.0, 1e-3);
    CHECK_ABS(worst[1], 0.0, 1e-4);
}

static void bins_are_the_integral(void **state)
{
    (void)state;
    int n_moving = 0;
    for (size_t k = 0; k < sizeof scenes / sizeof scenes[0]; k++) {
        n_moving += scenes[k].targets == MUTAU_TARGETS_THERMAL;
        if (all_of_them || n_moving <= 1)
            check_scene(&scenes[k]);
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_are_the_integral),
    };
    all_of_them = argc > 1 && strcmp(argv[1], "all") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
