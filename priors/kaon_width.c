/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The width of K+ -> mu+ nu_mu Z' at tree level; documented in kaon_width_internal.h.
 *
 * A gauged L_mu - L_tau Z' couples alike to mu and nu_mu, so that its current is
 * conserved (m_nu = 0) and nothing grows as 1/m^2.  With the momenta u (mu), n (nu) and
 * k (Z'), the squared missing mass a = (n+k)^2, b = (u+k)^2 - m_mu^2 and
 * A = 2 (u/b - n/a), the squared amplitude is -2 |C|^2 g'^2 m_mu^2 X,
 *
 *     X = 4 A^2 nu + 8 {[nu Ak - nA uk + nk uA]/b - [nu Ak - nk uA + nA uk]/a}
 *         - 8 [2 nk uk - nu m^2] (1/a^2 + 1/b^2) - 32 nk uk/(ab),
 *
 * where nu stands for n.u and so on.  Divided by the two-body width
 * |C|^2 m_mu^2 (m_K^2 - m_mu^2)^2/(4 pi m_K^3),
 *
 *     I = -1/(32 pi^2 (m_K^2 - m_mu^2)^2) int da int db X.
 *
 * Derived for mutau (mark D): X against the unreduced Dirac algebra and the Ward
 * identity, I against a phase-space Monte Carlo.
 *
 * Quadrature: b spans orders of magnitude and X is a Laurent polynomial in it, hence
 * Gauss-Legendre in ln b.  In a the integrand peaks towards a = m^2 and ends at
 * m_K - m_mu as a square root; with a - m^2 = d_max exp(-t^2) it is smooth in t.
 */
#include "kaon_width_internal.h"

#include <gsl/gsl_integration.h>
#include <math.h>

#include "base/units.h"

static const double m2_muon = MUTAU_MUON_MASS_MEV * MUTAU_MUON_MASS_MEV;
static const double m2_kaon = MUTAU_KAON_MASS_MEV * MUTAU_KAON_MASS_MEV;

/* Where a may go down to m^2 the integrand falls as (a - m^2)^2 in ln(a - m^2): what is
 * cut off below this fraction is of its square. */
static const double cut = 1e-5;

/* The last nodes of the table lie above the masses asked for, because a natural spline is
 * poor beside its end. */
enum { N_MARGIN = 8 };

mutau_kaon_window mutau_kaon_window_all(void)
{
    const double end = MUTAU_KAON_MASS_MEV - MUTAU_MUON_MASS_MEV;
    return (mutau_kaon_window){.min_mev2 = 0.0, .max_mev2 = end * end};
}

mutau_kaon_window mutau_kaon_window_energy(double min_mev, double max_mev)
{
    const mutau_kaon_window all = mutau_kaon_window_all();
    return (mutau_kaon_window){
        .min_mev2 = all.max_mev2 - 2.0 * MUTAU_KAON_MASS_MEV * max_mev,
        .max_mev2 = all.max_mev2 - 2.0 * MUTAU_KAON_MASS_MEV * min_mev,
    };
}

mutau_kaon_window mutau_kaon_window_of(mutau_kaon_measured which)
{
    if (which == MUTAU_KAON_MUON_ENERGY)
        return mutau_kaon_window_energy(60.0, 100.0);
    mutau_kaon_window window = mutau_kaon_window_all();
    window.min_mev2 = 1e5;
    return window;
}

static mutau_status fill_rule(size_t n, double x[], double w[], mutau_error *err)
{
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(n);
    if (table == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a quadrature of %zu nodes", n);
    for (size_t i = 0; i < n; i++)
        (void)gsl_integration_glfixed_point(0.0, 1.0, i, &x[i], &w[i], table);
    gsl_integration_glfixed_table_free(table);
    return MUTAU_OK;
}

mutau_status mutau_kaon_rule_init(mutau_kaon_rule *rule, mutau_error *err)
{
    MUTAU_CHECK(fill_rule(MUTAU_KAON_N_OUTER, rule->x_outer, rule->w_outer, err));
    return fill_rule(MUTAU_KAON_N_INNER, rule->x_inner, rule->w_inner, err);
}

/* -X, with d = a - m^2. */
static double amplitude(double m2, double d, double b)
{
    const double a = m2 + d;
    const double nk = 0.5 * d;
    const double uk = 0.5 * (b - m2);
    const double nu = 0.5 * (m2_kaon - m2_muon - d - b);
    const double aa = 4.0 * (m2_muon / (b * b) - 2.0 * nu / (a * b));
    const double ak = 2.0 * (uk / b - nk / a);
    const double na = 2.0 * nu / b;
    const double ua = 2.0 * (m2_muon / b - nu / a);
    const double x = 4.0 * aa * nu +
                     8.0 * ((nu * ak - na * uk + nk * ua) / b - (nu * ak - nk * ua + na * uk) / a) -
                     8.0 * (2.0 * nk * uk - nu * m2) * (1.0 / (a * a) + 1.0 / (b * b)) -
                     32.0 * nk * uk / (a * b);
    return -x;
}

/* The integral of -X over b. */
static double inner(const mutau_kaon_rule *rule, double m2, double d)
{
    /* in the rest frame of nu and Z' */
    const double a = m2 + d, root = 2.0 * sqrt(a);
    const double p_k = d / root, e_k = (d + 2.0 * m2) / root;
    const double e_u = (m2_kaon - m2_muon - a) / root;
    const double p_u = sqrt(fmax(e_u * e_u - m2_muon, 0.0));
    /* E_k E_u + p_k p_u, and the difference without cancellation */
    const double sum = e_k * e_u + p_k * p_u;
    const double difference = (m2 * e_u * e_u + m2_muon * p_k * p_k) / sum;
    const double b_min = m2 + 2.0 * difference;
    const double length = log((m2 + 2.0 * sum) / b_min);
    double total = 0.0;
    for (size_t i = 0; i < MUTAU_KAON_N_INNER; i++) {
        const double b = b_min * exp(length * rule->x_inner[i]);
        total += rule->w_inner[i] * b * amplitude(m2, d, b);
    }
    return length * total;
}

double mutau_kaon_width(const mutau_kaon_rule *rule, const mutau_kaon_window *window,
                        double m_zprime_mev)
{
    const double m2 = m_zprime_mev * m_zprime_mev;
    const double d_max = window->max_mev2 - m2;
    if (!(d_max > 0.0))
        return 0.0;
    const double d_min = fmax(window->min_mev2 - m2, cut * m2 * d_max / (m2 + d_max));
    const double t_max = sqrt(log(d_max / d_min));
    double total = 0.0;
    for (size_t i = 0; i < MUTAU_KAON_N_OUTER; i++) {
        const double t = t_max * rule->x_outer[i];
        const double d = d_max * exp(-t * t);
        total += rule->w_outer[i] * 2.0 * t * d * inner(rule, m2, d);
    }
    const double two_body = m2_kaon - m2_muon;
    return t_max * total / (32.0 * MUTAU_PI * MUTAU_PI * two_body * two_body);
}

void mutau_kaon_masses(mutau_kaon_measured which, double mass_mev[MUTAU_KAON_N_NODE])
{
    const mutau_kaon_window window = mutau_kaon_window_of(which);
    const double end = sqrt(window.max_mev2);
    const double range[2] = {MUTAU_KAON_MIN_MEV, MUTAU_KAON_MAX_MEV};
    const double first = log(range[0] / (end - range[0]));
    const double last = log(range[1] / (end - range[1]));
    for (size_t i = 0; i < MUTAU_KAON_N_NODE; i++) {
        const double t = first + (last - first) * (double)i / (MUTAU_KAON_N_NODE - 1 - N_MARGIN);
        mass_mev[i] = i > 0 ? end / (1.0 + exp(-t)) : range[0];
    }
}
