/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain solver of the lines; see plain_solver.h. */
#include "plain_solver.h"

#include <gsl/gsl_integration.h>
#include <math.h>

#include "physics/spectrum.h"

/* Cubic through the four nodes nearest to u. */
static double interpolate(const plain_solver *p, const double value[], double u)
{
    const double place = u / p->step;
    int first = (int)place - 1;
    if (first < 0)
        first = 0;
    if (first > p->n_node - 4)
        first = p->n_node - 4;
    const double t = place - first;
    const double *v = value + first;
    return -v[0] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0 +
           v[1] * t * (t - 2.0) * (t - 3.0) / 2.0 - v[2] * t * (t - 1.0) * (t - 3.0) / 2.0 +
           v[3] * t * (t - 1.0) * (t - 2.0) / 6.0;
}

void plain_init(plain_solver *p, const mutau_solver_settings *settings, int n_node, int n_quad,
                int n_panel)
{
    p->settings = *settings;
    p->n_node = n_node;
    p->n_quad = n_quad;
    p->n_panel = n_panel;
    p->u_max = log(1.0 + settings->z_max);
    p->step = p->u_max / (n_node - 1);
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc((size_t)n_quad);
    for (int q = 0; q < n_quad; q++)
        gsl_integration_glfixed_point(0.0, 1.0, (size_t)q, &p->quad_x[q], &p->quad_w[q], rule);
    gsl_integration_glfixed_table_free(rule);
    for (int n = 0; n < n_node - 1; n++)
        for (int q = 0; q < n_quad; q++) {
            p->place[n][q] = p->step * (n + p->quad_x[q]);
            const double one_plus_z = exp(p->place[n][q]);
            p->source[n][q] = mutau_cosmology_sources(settings->evolution, one_plus_z) /
                              mutau_cosmology_expansion(settings->omega_m, one_plus_z);
        }
}

/* share(u) = int_u^u_max W e^((1-gamma) u) / H du, over the whole. */
static void share_init(plain_solver *p)
{
    p->share[p->n_node - 1] = 0.0;
    for (int n = p->n_node - 2; n >= 0; n--) {
        double cell = 0.0;
        for (int q = 0; q < p->n_quad; q++)
            cell += p->quad_w[q] * p->source[n][q] *
                    exp((1.0 - p->point.source[1]) * p->step * (n + p->quad_x[q]));
        p->share[n] = p->share[n + 1] + cell * p->step;
    }
    const double total = p->share[0];
    for (int n = 0; n < p->n_node; n++)
        p->share[n] /= total;
}

/* int w e^v S(x + v) dv within one cell of nodes. */
static double sent_in_cell(const plain_solver *p, double x, double lo, double hi)
{
    double sum = 0.0;
    for (int q = 0; q < p->n_quad; q++) {
        const double v = lo + (hi - lo) * p->quad_x[q], z1 = exp(v);
        sum += p->quad_w[q] * z1 * mutau_cosmology_sources(p->settings.evolution, z1) /
               mutau_cosmology_expansion(p->settings.omega_m, z1) *
               p->settings.spectrum->shape(p->shape, x + v);
    }
    return (hi - lo) * sum;
}

/* The same from lo to hi. */
static double sent(const plain_solver *p, double x, double lo, double hi)
{
    int first = (int)ceil(lo / p->step);
    int last = (int)floor(hi / p->step);
    last = last < p->n_node - 1 ? last : p->n_node - 1;
    if (first > last)
        return sent_in_cell(p, x, lo, hi);
    double sum = sent_in_cell(p, x, lo, first * p->step) + sent_in_cell(p, x, last * p->step, hi);
    for (int n = first; n < last; n++)
        for (int q = 0; q < p->n_quad; q++)
            sum += p->step * p->quad_w[q] * p->source[n][q] * exp(p->place[n][q]) *
                   p->settings.spectrum->shape(p->shape, x + p->place[n][q]);
    return sum;
}

/* What is emitted at the comoving energy between two times, over what arrives at 100 TeV. */
static double emitted(const plain_solver *p, double energy, double late, double early)
{
    const double x = log(energy / MUTAU_SPECTRUM_PIVOT_GEV);
    if (p->settings.spectrum != &mutau_spectrum_power_law)
        return p->scale * sent(p, x, late, early);
    return pow(energy / MUTAU_SPECTRUM_PIVOT_GEV, -p->point.source[1]) *
           (interpolate(p, p->share, late) - interpolate(p, p->share, early));
}

static double transmission(const plain_solver *p, int state, int line, double u)
{
    const double z1 = exp(u);
    const double tau = p->unit_depth * p->settings.mediator.coupling[state][p->target[line]] * z1 *
                       z1 * z1 / mutau_cosmology_expansion(p->settings.omega_m, z1);
    return p->settings.crossing == MUTAU_CROSSING_EXACT ? exp(-tau) : 1.0 / (1.0 + tau);
}

/* int a_k(v) P(E e^v/E_k) dv from lo to hi. */
static double reborn(const plain_solver *p, int k, double energy, double lo, double hi)
{
    const double *decay = p->settings.mediator.decay;
    const double width = (hi - lo) / p->n_panel;
    double sum = 0.0;
    for (int panel = 0; panel < p->n_panel; panel++)
        for (int q = 0; q < p->n_quad; q++) {
            const double v = lo + width * (panel + p->quad_x[q]);
            const double x = energy * exp(v) / p->line_energy[k];
            sum += p->quad_w[q] * interpolate(p, p->absorbed[k], v) *
                   (decay[0] + x * (decay[1] + x * decay[2]));
        }
    return width * sum;
}

/* The flux of the three states at comoving energy E and time u, after the first n_line lines.
 * Going back in time, each crossing adds its transmission to what was born before it. */
static void flux_at(const plain_solver *p, double energy, double u, int n_line, double state[3])
{
    double cross[3], damp[3][3]; /* when line l was crossed; [line][state] */
    for (int l = 0; l < n_line; l++) {
        cross[l] = fmin(log(p->line_energy[l] / energy), p->u_max);
        for (int i = 0; i < 3; i++)
            damp[l][i] = transmission(p, i, l, cross[l]);
    }
    double alive[3] = {1.0, 1.0, 1.0};
    double late = u;
    for (int i = 0; i < 3; i++)
        state[i] = 0.0;
    for (int l = n_line - 1; l >= -1; l--) { /* born between the crossings of l and l + 1 */
        const double early = l >= 0 ? cross[l] : p->u_max;
        if (early > late) {
            double born = emitted(p, energy, late, early);
            double again = 0.0;
            for (int k = 0; k <= l; k++) /* above line k a particle cannot come from it */
                again += reborn(p, k, energy, late, early);
            for (int i = 0; i < 3; i++)
                state[i] += alive[i] * ((1.0 + p->point.excess[i]) * born +
                                        p->settings.mediator.share[i] * again);
        }
        for (int i = 0; l >= 0 && i < 3; i++)
            alive[i] *= damp[l][i];
        late = early;
    }
}

void plain_solve(plain_solver *p, const mutau_solver_point *point)
{
    p->point = *point;
    p->shape = p->settings.shape != NULL ? p->settings.shape : p->point.source;
    if (p->settings.spectrum == &mutau_spectrum_power_law)
        share_init(p);
    else
        p->scale = 1.0 / sent(p, 0.0, 0.0, p->u_max);
    p->unit_depth = mutau_mediator_line_depth(
        &p->settings.mediator, p->settings.density_over_hubble, point->g, point->m_ev);
    p->n_line = 0;
    for (int j = 0; j < 3; j++) { /* insertion by falling energy */
        if (!(point->mass_ev[j] > 0.0))
            continue;
        const double energy = point->m_ev * point->m_ev / (2.0 * point->mass_ev[j]) * 1e-9;
        int at = p->n_line++;
        for (; at > 0 && p->line_energy[at - 1] < energy; at--) {
            p->line_energy[at] = p->line_energy[at - 1];
            p->target[at] = p->target[at - 1];
        }
        p->line_energy[at] = energy;
        p->target[at] = j;
    }
    for (int l = 0; l < p->n_line; l++)
        for (int n = 0; n < p->n_node; n++) {
            const double u = p->step * n;
            double arriving[3];
            flux_at(p, p->line_energy[l] * exp(-u), u, l, arriving);
            p->absorbed[l][n] = 0.0;
            for (int i = 0; i < 3; i++)
                p->absorbed[l][n] += arriving[i] * (1.0 - transmission(p, i, l, u));
        }
}

void plain_spectrum(const plain_solver *p, double energy_gev, double state[3])
{
    int n_line = 0;
    while (n_line < p->n_line && p->line_energy[n_line] > energy_gev)
        n_line++;
    flux_at(p, energy_gev, 0.0, n_line, state);
    for (int i = 0; i < 3; i++)
        state[i] *= p->point.source[0] * p->settings.norm / 3.0;
}

/* Adds the integral over a range in which nothing jumps. */
static void piece_add(const plain_solver *p, double lo, double hi, double state[3])
{
    const double width = log(hi / lo) / p->n_panel;
    for (int panel = 0; panel < p->n_panel; panel++)
        for (int q = 0; q < p->n_quad; q++) {
            const double energy = lo * exp(width * (panel + p->quad_x[q]));
            double phi[3];
            plain_spectrum(p, energy, phi);
            for (int i = 0; i < 3; i++)
                state[i] += p->quad_w[q] * width * energy * phi[i];
        }
}

/* The spectrum jumps at the lines and at their images from u_max: cut there. */
void plain_bin(const plain_solver *p, double lo, double hi, double state[3])
{
    double cut[8] = {lo, hi};
    int n_cut = 2;
    for (int l = 0; l < p->n_line; l++)
        for (int end = 0; end < 2; end++) {
            const double energy = p->line_energy[l] * (end == 0 ? 1.0 : exp(-p->u_max));
            if (energy > lo && energy < hi)
                cut[n_cut++] = energy;
        }
    for (int a = 1; a < n_cut; a++)
        for (int b = a; b > 0 && cut[b] < cut[b - 1]; b--) {
            const double swap = cut[b];
            cut[b] = cut[b - 1];
            cut[b - 1] = swap;
        }
    for (int i = 0; i < 3; i++)
        state[i] = 0.0;
    for (int a = 0; a + 1 < n_cut; a++)
        if (cut[a + 1] > cut[a])
            piece_add(p, cut[a], cut[a + 1], state);
}
