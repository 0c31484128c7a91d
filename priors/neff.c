/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "neff": the number of neutrinos in the early universe.
 *
 * A Z' that is in equilibrium with the neutrinos when they decouple leaves its entropy
 * to them.  N_eff(m) is a natural cubic spline of priors/neff_entropy.csv, whose header
 * has the formula (mark F), and
 *
 *     ln L = -((N_eff - 2.99)/0.17)^2/2,
 *
 * Planck 2018, TT,TE,EE+lowE+lensing+BAO, recalled (mark R).  Below g' = 1e-8 the Z' is
 * not in equilibrium, and above the table it has decayed in time: N_eff is 3.044.
 */
#include <math.h>
#include <stddef.h>

#include "term_internal.h"

static const double measured = 2.99, sigma = 0.17, standard_model = 3.044;

/* From here on the Z' is in equilibrium with the neutrinos. */
static const double g_equilibrium = 1e-8;

static const mutau_term_input inputs[] = {
    {"neff_entropy.csv", {{"m_mev", MUTAU_PLAUSIBLE_MASS}, {"n_eff", MUTAU_PLAUSIBLE_ANY}}},
    {.file = NULL},
};

static double neff_lnl(const mutau_interp *table, double m_zprime_mev, double g_prime)
{
    double n_eff = standard_model;
    if (isnan(g_prime))
        return g_prime;
    if (g_prime >= g_equilibrium && !(m_zprime_mev > mutau_interp_max(table)))
        n_eff = mutau_interp_eval(table, m_zprime_mev);
    const double pull = (n_eff - measured) / sigma;
    return -0.5 * pull * pull;
}

static const mutau_term_curve curve = {
    .kind = MUTAU_INTERP_CUBIC,
    .mass_max_mev =
        1e6, /* any mass above the table is good; the same end as that of the g-2 term */
    .lnl = neff_lnl,
};

const mutau_term_type mutau_term_neff = {
    .name = "neff",
    .doc = "number of neutrinos in the early universe; excludes masses below 11 MeV at 2 sigma",
    .reference = "Planck 2018, TT,TE,EE+lowE+lensing+BAO: 2.99 +- 0.17; entropy transfer: "
                 "formula of the code of arXiv:2307.03143, priors/neff_entropy.csv",
    .mark = MUTAU_MARK_RECALLED,
    .options = NULL,
    .n_option = 0,
    .shorthand = NULL,
    .inputs = inputs,
    .settings_size = 0,
    .curve = &curve,
    .alloc = mutau_term_curve_alloc,
    .free = mutau_term_curve_free,
    .lnl = mutau_term_curve_lnl,
    .mass_range = mutau_term_curve_range,
};
