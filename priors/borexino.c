/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "borexino": solar neutrinos scattering on electrons.
 *
 * Loops of muons and taus mix the Z' with the photon, by -g'/70, and so couple it to
 * electrons; the neutrinos couple by g', and the leading effect on the rate goes as g'^2.
 * With the limit g_lim(m) of priors/borexino_limit.csv, log-log between its rows (mark
 * F), read as one of 90 % (mark R),
 *
 *     ln L = -1/2 2.71 (g'/g_lim)^4,
 *
 * a Gaussian in g'^2 about zero: under a flat prior in g'^2 >= 0 its 90 % limit is g_lim.
 */
#include <math.h>
#include <stddef.h>

#include "term_internal.h"

/* (g'/g_lim)^4 counts this much chi^2: 1.645^2, 90 % of a half-Gaussian. */
static const double chi2_at_limit = 2.71;

static const mutau_term_input inputs[] = {
    {"borexino_limit.csv",
     {{"m_mev", MUTAU_PLAUSIBLE_MASS}, {"g_limit", MUTAU_PLAUSIBLE_COUPLING}}},
    {.file = NULL},
};

static double borexino_lnl(const mutau_interp *limit, double m_zprime_mev, double g_prime)
{
    if (!(g_prime > 0.0) && !isnan(g_prime))
        return 0.0;
    const double ratio = g_prime / mutau_interp_eval(limit, m_zprime_mev);
    return -0.5 * chi2_at_limit * ratio * ratio * ratio * ratio;
}

static const mutau_term_curve curve = {
    .input = &inputs[0],
    .kind = MUTAU_INTERP_LOG_LOG,
    .lnl = borexino_lnl,
};

static mutau_status borexino_alloc(const void *settings, const char *data_dir,
                                   const mutau_parameter_set *set, void **state, mutau_error *err)
{
    (void)settings;
    return mutau_term_curve_alloc(&curve, data_dir, set, state, err);
}

const mutau_term_type mutau_term_borexino = {
    .name = "borexino",
    .doc = "solar neutrinos on electrons at Borexino, by loop-induced kinetic mixing; disfavours "
           "6.5 MeV, g' = 5e-4 (chi^2 of 8)",
    .reference = "fig. 13 of arXiv:1803.05466, recast by DarkCast with eq. 7 of arXiv:2006.11225; "
                 "read as 90 %",
    .mark = MUTAU_MARK_RECALLED,
    .options = NULL,
    .n_option = 0,
    .shorthand = NULL,
    .inputs = inputs,
    .settings_size = 0,
    .alloc = borexino_alloc,
    .free = mutau_term_curve_free,
    .lnl = mutau_term_curve_lnl,
    .mass_range = mutau_term_curve_range,
};
