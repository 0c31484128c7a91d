/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "w-decay": W -> l nu Z' (l = mu, tau) adds to the width of the W
 * boson.
 *
 * ln L = -((2089.5 + g'^2 D(m) - 2085)/42)^2/2, in MeV: 2085 +- 42 measured
 * (two-sided, 68 %; Particle Data Group, mark F), 2089.5 of the Standard Model
 * (mark R), D of priors/w_width.csv (mark D), a spline in ln m between its
 * rows.  Real emission only, as for the Z boson (z_decay.c).
 */
#include <math.h>
#include <stddef.h>

#include "term_internal.h"

static const double predicted_mev = 2089.5, measured_mev = 2085.0, sigma_mev = 42.0;

static const mutau_term_input inputs[] = {
    {"w_width.csv",
     {{"m_mev", MUTAU_PLAUSIBLE_MASS, NULL, NULL}, {"dgw_mev", MUTAU_PLAUSIBLE_ANY, NULL, NULL}}},
    {.file = NULL},
};

static double w_lnl(const mutau_interp *width, double m_zprime_mev, double g_prime)
{
    double excess = predicted_mev - measured_mev;
    if (g_prime > 0.0 || isnan(g_prime))
        excess += g_prime * g_prime * mutau_interp_eval(width, m_zprime_mev);
    const double pull = excess / sigma_mev;
    return -0.5 * pull * pull;
}

static const mutau_term_curve curve = {
    .kind = MUTAU_INTERP_LOG_X_CUBIC,
    .lnl = w_lnl,
};

const mutau_term_type mutau_term_w_decay = {
    .name = "w-decay",
    .doc = "W -> mu nu Z' and tau nu Z' in the width of the W boson (real "
           "emission only)",
    .reference = "measured width: Particle Data Group, 2085 +- 42 MeV; "
                 "predicted: recalled; "
                 "added width: derived, priors/w_width.csv",
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
