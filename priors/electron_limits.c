/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terms "borexino", "charm-ii" and "na64e": published limits by the coupling to electrons.
 *
 * Loops of muons and taus mix the Z' with the photon, by -g'/70, and so couple it to electrons.
 * The neutrinos that scatter on these, the sun's at Borexino and a beam's at CHARM-II, couple by
 * g', and the leading effect on the rate goes as g'^2; so does the rate at which NA64's electrons
 * radiate it.  With the limit g_lim(m) of a table, log-log between its rows (mark F), read as one
 * of 90 % (mark R; NA64 states it),
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

static double limit_lnl(const mutau_interp *limit, double m_zprime_mev, double g_prime)
{
    if (!(g_prime > 0.0) && !isnan(g_prime))
        return 0.0;
    const double ratio = g_prime / mutau_interp_eval(limit, m_zprime_mev);
    return -0.5 * chi2_at_limit * ratio * ratio * ratio * ratio;
}

#define LIMIT_OF(file_)                                                                            \
    {                                                                                              \
        file_,                                                                                     \
        {                                                                                          \
            {"m_mev", MUTAU_PLAUSIBLE_MASS, NULL, NULL},                                           \
            {                                                                                      \
                "g_limit", MUTAU_PLAUSIBLE_COUPLING, NULL, NULL                                    \
            }                                                                                      \
        }                                                                                          \
    }
static const mutau_term_input borexino_inputs[] = {LIMIT_OF("borexino_limit.csv"), {.file = NULL}};
static const mutau_term_input charm_ii_inputs[] = {LIMIT_OF("charm_ii_limit.csv"), {.file = NULL}};
static const mutau_term_input na64e_inputs[] = {LIMIT_OF("na64e_limit.csv"), {.file = NULL}};

/* The rule of all three. */
static const mutau_term_curve curve = {.kind = MUTAU_INTERP_LOG_LOG, .lnl = limit_lnl};

const mutau_term_type mutau_term_borexino = {
    .name = "borexino",
    .doc = "solar neutrinos on electrons at Borexino, by loop-induced kinetic mixing; disfavours "
           "6.5 MeV, g' = 5e-4 (chi^2 of 8)",
    .reference = "fig. 13 of arXiv:1803.05466, recast by DarkCast with eq. 7 of arXiv:2006.11225; "
                 "read as 90 %",
    .mark = MUTAU_MARK_RECALLED,
    .inputs = borexino_inputs,
    .curve = &curve,
    .alloc = mutau_term_curve_alloc,
    .free = mutau_term_curve_free,
    .lnl = mutau_term_curve_lnl,
    .mass_range = mutau_term_curve_range,
};

const mutau_term_type mutau_term_charm_ii = {
    .name = "charm-ii",
    .doc = "muon neutrinos on electrons at CHARM-II, by loop-induced kinetic mixing; g' below "
           "9.2e-4 at 6.5 MeV",
    .reference = "fig. 13 of arXiv:1803.05466, recast by DarkCast with eq. 7 of arXiv:2006.11225; "
                 "read as 90 %",
    .mark = MUTAU_MARK_RECALLED,
    .inputs = charm_ii_inputs,
    .curve = &curve,
    .alloc = mutau_term_curve_alloc,
    .free = mutau_term_curve_free,
    .lnl = mutau_term_curve_lnl,
    .mass_range = mutau_term_curve_range,
};

const mutau_term_type mutau_term_na64e = {
    .name = "na64e",
    .doc = "electrons with missing energy at NA64, by loop-induced kinetic mixing; g' below 1.6e-3 "
           "at 6.5 MeV",
    .reference = "fig. 3 of arXiv:1906.00176, 90 %, recast by DarkCast with eq. 7 of "
                 "arXiv:2006.11225",
    .mark = MUTAU_MARK_FOUND,
    .inputs = na64e_inputs,
    .curve = &curve,
    .alloc = mutau_term_curve_alloc,
    .free = mutau_term_curve_free,
    .lnl = mutau_term_curve_lnl,
    .mass_range = mutau_term_curve_range,
};
