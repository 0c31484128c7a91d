/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "kaon": no excess of K+ -> mu+ + missing mass over K+ -> mu+ nu_mu.
 *
 * A published limit BR90 on BR(K -> mu nu nu nubar) (90 % C.L., one-sided) came from
 * a window in which that decay's phase space has the share f, so that it limits
 * BR90 f of any decay within the window.  Read as a Gaussian around no signal,
 *
 *     ln L = -(0.6356 g'^2 I(m)/sigma)^2/2,   sigma = BR90 f/1.645,
 *
 * where 0.6356 = BR(K -> mu nu) and I is the width in that window (kaon_width.c).
 * Neither resolution nor the shape of an efficiency is in it.
 *
 * laha2014 is the line of arXiv:1304.3460 instead, for a Z' whose current is not
 * conserved (its coupling to neutrinos alone is V-A), which makes the rate grow as
 * g'^2/m^2: g' < 3.5e-4 m/MeV, read as 90 %.  Above 20 MeV this law comes out below the
 * conserved current's rate, so that it cannot hold there.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "kaon_width_internal.h"
#include "base/mem.h"
#include "term_internal.h"

/* BR(K+ -> mu+ nu_mu), Particle Data Group. */
static const double br_two_body = 0.6356;

/* A one-sided limit of 90 % on what cannot be negative, in standard deviations. */
static const double z90 = 1.645;

/* g' of the line of laha2014, per MeV of mass (mark D). */
static const double laha_g_per_mev = 3.5e-4;

typedef enum kaon_value { E949, PANG1973, NA62, LAHA2014, N_VALUE } kaon_value;

/* E949 and Pang et al. 1973: 60 to 100 MeV of the muon's kinetic energy, NA62: squared
 * missing mass above 0.1 GeV^2 (both windows recalled, mark R).  The limits: mark F, 90 %
 * C.L., one-sided.  The shares: the four-body phase space of K -> mu nu nu nubar,
 * p_mu a da for three massless neutrinos (mark D). */
static const struct measurement {
    double br90, share;
    double max_mev; /* of the masses */
} measurements[N_VALUE] = {
    [E949] = {.br90 = 2.4e-6, .share = 0.342666, .max_mev = MUTAU_KAON_MAX_MEV},
    [PANG1973] = {.br90 = 6e-6, .share = 0.342666, .max_mev = MUTAU_KAON_MAX_MEV},
    [NA62] = {.br90 = 1.0e-6, .share = 0.362838, .max_mev = MUTAU_KAON_MAX_MEV},
    [LAHA2014] = {.max_mev = 20.0},
};

typedef struct kaon_settings {
    int value; /* kaon_value */
} kaon_settings;

typedef struct kaon_state {
    mutau_interp *ln_width; /* ln I of m; NULL: laha2014 */
    double scale;           /* 0.6356/sigma, or 1.645/(3.5e-4)^2 */
    double max_mev;
    size_t boson; /* where its parameters begin in a point */
} kaon_state;

static const char *const value_names[] = {"e949", "pang1973", "na62", "laha2014", NULL};

static const mutau_option options[] = {
    {.key = "value",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(kaon_settings, value),
     .def = E949,
     .choices = value_names,
     .doc = "whose limit; laha2014: for a current that is not conserved, up to 20 MeV"},
};

static void kaon_free(void *state)
{
    kaon_state *s = state;
    if (s != NULL)
        mutau_interp_free(s->ln_width);
    free(s);
}

static mutau_status kaon_alloc(const mutau_term_type *self, const void *settings,
                               const char *data_dir, const mutau_parameter_set *set, void **state,
                               mutau_error *err)
{
    const int value = ((const kaon_settings *)settings)->value;
    const struct measurement *of = &measurements[value];
    (void)self;
    (void)data_dir;
    *state = NULL;
    kaon_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the kaon term");
    s->max_mev = of->max_mev;
    mutau_status status = mutau_term_find_boson(set, &s->boson, err);
    if (value == LAHA2014) {
        s->scale = z90 / (laha_g_per_mev * laha_g_per_mev);
    } else {
        s->scale = br_two_body * z90 / (of->br90 * of->share);
        if (status == MUTAU_OK)
            status = mutau_kaon_width_table(value == NA62 ? MUTAU_KAON_MISSING_MASS
                                                          : MUTAU_KAON_MUON_ENERGY,
                                            &s->ln_width, err);
    }
    if (status != MUTAU_OK) {
        kaon_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static double kaon_lnl(const void *state, const double point[])
{
    const kaon_state *s = state;
    const double m_zprime_mev = point[s->boson + MUTAU_MEDIATOR_MASS];
    const double g_prime = point[s->boson + MUTAU_MEDIATOR_COUPLING];
    if (!(g_prime > 0.0) && !isnan(g_prime))
        return 0.0;
    const double rate = s->ln_width != NULL ? exp(mutau_interp_eval(s->ln_width, m_zprime_mev))
                                            : 1.0 / (m_zprime_mev * m_zprime_mev);
    const double pull = s->scale * g_prime * g_prime * rate;
    return -0.5 * pull * pull;
}

static void kaon_mass_range(const void *state, double *min_mev, double *max_mev)
{
    const kaon_state *s = state;
    *min_mev = MUTAU_KAON_MIN_MEV;
    *max_mev = s->max_mev;
}

const mutau_term_type mutau_term_kaon = {
    .name = "kaon",
    .doc = "K+ -> mu+ with missing mass: no excess over K+ -> mu+ nu",
    .reference = "e949: arXiv:1606.09054; pang1973: PRD 8 (1973) 1989; na62: arXiv:2101.12304; "
                 "laha2014: arXiv:1304.3460; width: derived, priors/kaon_width.c",
    .mark = MUTAU_MARK_RECALLED,
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .shorthand = "value",
    .settings_size = sizeof(kaon_settings),
    .alloc = kaon_alloc,
    .free = kaon_free,
    .lnl = kaon_lnl,
    .mass_range = kaon_mass_range,
};
