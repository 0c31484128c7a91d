/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Individual neutrinos; see walk.h. */
#include "walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "physics/cosmology.h"
#include "physics/mediator.h"
#include "physics/spectrum.h"

enum { MAX_ALIVE = 256 };

typedef struct neutrino {
    int state;
    double u, energy; /* of birth; comoving, GeV */
} neutrino;

static double uniform(walk *w)
{
    return mutau_rng_uniform(w->rng);
}

static double exponential(walk *w)
{
    return -log1p(-uniform(w));
}

static double u_max(const walk *w)
{
    return log1p(w->settings.z_max);
}

/* ---- birth and decay ----------------------------------------------------------- */

/* Trapezoidal; 4000 steps leave 1e-6. */
static void sources_init(walk *w)
{
    double last = 0.0;
    w->share[WALK_N_TABLE] = 0.0;
    for (int k = WALK_N_TABLE; k >= 0; k--) {
        const double z1 = exp(u_max(w) * k / WALK_N_TABLE);
        const double here = mutau_cosmology_sources(w->settings.evolution, z1) /
                            mutau_cosmology_expansion(w->settings.omega_m, z1) *
                            pow(z1, 1.0 - w->point.source[1]);
        if (k < WALK_N_TABLE)
            w->share[k] = w->share[k + 1] + here + last;
        last = here;
    }
    const double total = w->share[0];
    for (int k = 0; k <= WALK_N_TABLE; k++)
        w->share[k] /= total;
}

static double birth_draw(walk *w)
{
    const double beyond = uniform(w);
    int lo = 0, hi = WALK_N_TABLE; /* share[lo] >= beyond > share[hi] */
    while (hi - lo > 1) {
        const int middle = (lo + hi) / 2;
        if (w->share[middle] >= beyond)
            lo = middle;
        else
            hi = middle;
    }
    const double part = (w->share[lo] - beyond) / (w->share[lo] - w->share[hi]);
    return u_max(w) * (lo + part) / WALK_N_TABLE;
}

/* x with density 3x^2 (the antineutrino gets 1 - x), or uniform for a scalar. */
static double fraction_draw(walk *w)
{
    const double v = uniform(w);
    return fabs(w->settings.mediator.decay[1]) > 0.0 ? cbrt(v) : v;
}

static int state_draw(walk *w)
{
    const double v = uniform(w), *share = w->settings.mediator.share;
    return v < share[0] ? 0 : v < share[0] + share[1] ? 1 : 2;
}

/* ---- lines --------------------------------------------------------------------- */

static double transmission(const walk *w, int state, int target, double u)
{
    const double z1 = exp(u);
    const double tau = w->unit_depth * w->settings.mediator.coupling[state][target] * z1 * z1 * z1 /
                       mutau_cosmology_expansion(w->settings.omega_m, z1);
    return w->settings.crossing == MUTAU_CROSSING_EXACT ? exp(-tau) : 1.0 / (1.0 + tau);
}

/* Whether a line absorbs `n`; `n->u` moves there. */
static bool meets_a_line(walk *w, neutrino *n)
{
    for (;;) {
        int next = -1;
        double u = 0.0; /* of the next crossing: the latest birth before it is now */
        for (int j = 0; j < 3; j++) {
            const double crossing = log(w->line[j] / n->energy);
            if (crossing < n->u && crossing >= u) {
                next = j;
                u = crossing;
            }
        }
        if (next < 0)
            return false;
        n->u = u;
        if (uniform(w) >= transmission(w, n->state, next, u))
            return true;
    }
}

/* ---- cold targets -------------------------------------------------------------- */

/* Targets over H for each unit of u, in today's: it falls with u. */
static double density(const walk *w, double u)
{
    const double z1 = exp(u);
    return z1 * z1 * z1 / mutau_cosmology_expansion(w->settings.omega_m, z1);
}

/* Where target j absorbs next, if the density stayed what it is at n->u; below 0 if it does not.
 * With v = s/m^2 the depth between v_0 and v is the rate times int dv/[(v-1)^2 + eps^2], which is
 * an angle over eps. */
static double next_of_target(walk *w, const neutrino *n, int j)
{
    const double eps = w->width, now = n->energy / w->line[j];
    const double rate =
        w->unit_rate * w->settings.mediator.coupling[n->state][j] * density(w, n->u);
    const double angle = atan2(eps, now * exp(n->u) - 1.0) + eps * exponential(w) / rate;
    if (!(angle < atan2(eps, now - 1.0)))
        return -1.0;
    return log((1.0 + eps / tan(angle)) / now);
}

static bool meets_a_cold_target(walk *w, neutrino *n)
{
    for (;;) {
        double u = -1.0;
        for (int j = 0; j < 3; j++)
            if (isfinite(w->line[j]))
                u = fmax(u, next_of_target(w, n, j));
        if (u < 0.0)
            return false;
        const double kept = density(w, u) / density(w, n->u);
        n->u = fmin(u, n->u);
        if (uniform(w) < kept)
            return true;
    }
}

/* ---- thermal targets ----------------------------------------------------------- */

/* kT of relic neutrinos today, in eV: 1.95 K. */
static const double relic_temperature_ev = 1.95 * 1.380649e-23 / MUTAU_ELEMENTARY_CHARGE_C;
/* int q^2/(e^q + 1) dq = 3 zeta(3)/2. */
static const double fermi_dirac_norm = 1.8030853547393914;
/* |s/m^2 - 1| of the core. */
static const double core = 0.03;

/* One step of a neutrino's way past one target, with bounds on all that changes along it.  The rate
 * is split: in the core of the resonance v = s/m^2 is drawn from the Breit-Wigner, outside momentum
 * and direction are.  With A = m^2/(2 E), E physical, the angles' average is an integral over v,
 *
 *  int dmu/2 (1 - beta mu) B(v) = int dv v A^2/(2 p E_p) B(v),  |v A - E_p| <= p,
 *  B = v/[(v-1)^2 + eps^2],
 *
 * and momenta can only come to v = X/A if p >= |X^2 - m^2|/(2 X). */
typedef struct past {
    double least_q; /* of the momentum over the temperature */
    double bound;   /* of v^2 A^2/E_p */
    double rate[2]; /* of draws, in the core and outside; per unit of u */
} past;

/* int dv/[(v-1)^2 + eps^2] over the core. */
static double core_integral(const walk *w)
{
    return 2.0 * atan(core / w->width) / w->width;
}

static double needed(double mass, double x)
{
    return fabs(x * x - mass * mass) / (2.0 * x);
}

/* A at u in eV. */
static double resonant(const walk *w, const neutrino *n, double u)
{
    return w->point.m_ev * w->point.m_ev / (2.0 * n->energy * MUTAU_EV_PER_GEV) * exp(-u);
}

/* From n->u down to u. */
static past past_init(const walk *w, const neutrino *n, int j, double u)
{
    const double mass = w->point.mass_ev[j];
    const double lo = (1.0 - core) * resonant(w, n, n->u), hi = (1.0 + core) * resonant(w, n, u);
    const double p = mass > hi ? needed(mass, hi) : mass < lo ? needed(mass, lo) : 0.0;
    const double rate = w->unit_rate * w->settings.mediator.coupling[n->state][j] *
                        density(w, n->u) / fermi_dirac_norm;
    past out = {.least_q = p / (relic_temperature_ev * exp(n->u)),
                .bound = fmin(hi * hi / hypot(p, mass), 2.0 * hi)};
    out.rate[0] = rate * core_integral(w) * (1.0 + out.least_q) * exp(-out.least_q) * out.bound /
                  (2.0 * relic_temperature_ev * exp(u));
    out.rate[1] = rate * 4.0 * (1.0 + core) / (core * core);
    return out;
}

/* Of the core: q with density q e^-q above the least, v by its angle. */
static bool accepted_in_core(walk *w, const neutrino *n, const past *of, int j, double from,
                             double to)
{
    const double least = of->least_q, mass = w->point.mass_ev[j];
    double q = least + exponential(w);
    if (uniform(w) * (1.0 + least) >= least)
        q += exponential(w);
    const double v = 1.0 + w->width * tan((2.0 * uniform(w) - 1.0) * atan(core / w->width));
    const double p = q * relic_temperature_ev * exp(n->u), energy = hypot(p, mass);
    const double x = v * resonant(w, n, n->u);
    if (p < needed(mass, x))
        return false;
    return uniform(w) < x * x / energy / of->bound / (1.0 + exp(-q)) * density(w, n->u) /
                            density(w, from) * exp(to - n->u);
}

/* Outside: q with density q^2 e^-q/2, mu evenly. */
static bool accepted_outside(walk *w, const neutrino *n, int j, double from)
{
    const double q = exponential(w) + exponential(w) + exponential(w);
    const double mu = 2.0 * uniform(w) - 1.0;
    const double p = q * relic_temperature_ev * exp(n->u), energy = hypot(p, w->point.mass_ev[j]);
    const double v = (energy - p * mu) / resonant(w, n, n->u);
    if (fabs(v - 1.0) < core)
        return false;
    const double size = (1.0 - p * mu / energy) * v / ((v - 1.0) * (v - 1.0) + w->width * w->width);
    return uniform(w) < size * core * core / (2.0 * (1.0 + core)) / (1.0 + exp(-q)) *
                            density(w, n->u) / density(w, from);
}

/* How far to go at once: so far that no q above changes the rate by more than some factors, that
 * is, a fraction of the way to the line, or of its thermal width. */
static double step_length(const walk *w, const neutrino *n)
{
    double length = 0.2;
    for (int j = 0; j < 3; j++) {
        const double mass = fmax(w->point.mass_ev[j], 1e-6);
        const double away = fabs(log(resonant(w, n, n->u) / mass));
        const double thermal = relic_temperature_ev * exp(n->u) / mass;
        length = fmin(length, fmax(0.25 * away, 0.3 * thermal));
    }
    return length;
}

static bool meets_a_thermal_target(walk *w, neutrino *n)
{
    while (n->u > 0.0) {
        const double from = n->u, to = fmax(from - step_length(w, n), 0.0);
        double all = 0.0;
        past of[3];
        for (int j = 0; j < 3; j++) {
            of[j] = past_init(w, n, j, to);
            all += of[j].rate[0] + of[j].rate[1];
        }
        const neutrino start = *n;
        for (;;) {
            n->u -= exponential(w) / all;
            if (n->u <= to)
                break;
            double part = uniform(w) * all;
            int k = 0;
            while (k < 5 && part >= of[k / 2].rate[k % 2]) {
                part -= of[k / 2].rate[k % 2];
                k++;
            }
            if (k % 2 == 0 ? accepted_in_core(w, n, &of[k / 2], k / 2, from, to)
                           : accepted_outside(w, n, k / 2, start.u))
                return true;
        }
        n->u = to;
    }
    return false;
}

/* ---- the whole way ------------------------------------------------------------- */

static bool is_absorbed(walk *w, neutrino *n)
{
    switch (w->targets) {
    case WALK_COLD:
        return meets_a_cold_target(w, n);
    case WALK_THERMAL:
        return meets_a_thermal_target(w, n);
    default:
        return meets_a_line(w, n);
    }
}

/* The bin of the energy, or -1. */
static int place(const walk *w, double energy)
{
    const double at = w->per_decade * log10(energy / w->e_lo);
    return at >= 0.0 && at < WALK_N_BIN ? (int)at : -1;
}

static void propagate(walk *w, neutrino first, double weight)
{
    neutrino alive[MAX_ALIVE] = {first};
    int n_alive = 1;
    while (n_alive > 0) {
        neutrino n = alive[--n_alive];
        if (is_absorbed(w, &n)) {
            const double x = fraction_draw(w);
            for (int k = 0; k < 2; k++) {
                const neutrino next = {state_draw(w), n.u, n.energy * (k == 0 ? x : 1.0 - x)};
                if (next.energy >= w->e_lo) /* the others never count */
                    alive[n_alive++] = next;
            }
        } else if (place(w, n.energy) >= 0) {
            w->batch[place(w, n.energy)][n.state] += weight;
        }
        if (n_alive + 2 > MAX_ALIVE)
            abort();
    }
}

void walk_bins(const walk *w, mutau_solver_bin bins[WALK_N_STATE_BIN])
{
    for (int b = 0; b < WALK_N_BIN; b++)
        for (int i = 0; i < 3; i++)
            bins[3 * b + i] = (mutau_solver_bin){w->e_lo * pow(10.0, b / w->per_decade),
                                                 w->e_lo * pow(10.0, (b + 1) / w->per_decade),
                                                 {i == 0, i == 1, i == 2}};
}

static void walk_init(walk *w)
{
    const mutau_solver_point *p = &w->point;
    const mutau_mediator *m = &w->settings.mediator;
    const double per_mass = p->g * p->g / p->m_ev;
    for (int j = 0; j < 3; j++)
        w->line[j] = p->m_ev * p->m_ev / (2.0 * p->mass_ev[j]) / MUTAU_EV_PER_GEV;
    w->unit_depth = mutau_mediator_line_depth(m, w->settings.density_over_hubble, p->g, p->m_ev);
    w->width = mutau_mediator_width(m, p->g, 1.0);
    w->unit_rate = w->settings.density_over_hubble * m->kappa * per_mass * per_mass;
    sources_init(w);
}

/* Energies are spread evenly, and differently for each batch. */
static void batch_run(walk *w)
{
    const double shift = uniform(w);
    const int n = w->n_neutrino / WALK_N_BATCH;
    const double range =
        log(fmax(w->e_lo * pow(10.0, WALK_N_BIN / w->per_decade), w->e_top) / w->e_lo);
    for (int k = 0; k < n; k++) {
        const double place_drawn = (k + uniform(w)) / n + shift;
        const double energy = w->e_lo * exp(range * (place_drawn - floor(place_drawn)));
        const double weight = range / n / WALK_N_BATCH * energy *
                              pow(energy / MUTAU_SPECTRUM_PIVOT_GEV, -w->point.source[1]) *
                              w->point.source[0] * w->settings.norm;
        propagate(w, (neutrino){k % 3, birth_draw(w), energy}, weight);
    }
}

void walk_run(walk *w)
{
    walk_init(w);
    for (int batch = 0; batch < WALK_N_BATCH; batch++) {
        memset(w->batch, 0, sizeof w->batch);
        batch_run(w);
        for (int b = 0; b < WALK_N_BIN; b++)
            for (int i = 0; i < 3; i++) {
                w->sum[b][i] += w->batch[b][i];
                w->square[b][i] += w->batch[b][i] * w->batch[b][i];
            }
    }
    const double n = WALK_N_BATCH;
    for (int b = 0; b < WALK_N_BIN; b++)
        for (int i = 0; i < 3; i++)
            w->square[b][i] = (n * w->square[b][i] - w->sum[b][i] * w->sum[b][i]) / (n - 1.0);
}
