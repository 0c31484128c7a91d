/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "w-decay": W -> l nu Z' (l = mu, tau) adds to the width of the W
 * boson.
 *
 * ln L = -((2089.5 + g'^2 D(m) - 2085)/42)^2/2, in MeV: 2085 +- 42 measured
 * (two-sided, 68 %; Particle Data Group, mark F), 2089.5 of the Standard Model
 * (mark R), D of priors/w_width.csv (mark D), log-log between its rows.  Real
 * emission only, as for the Z boson (z_decay.c).
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "mutau/mem.h"
#include "term_internal.h"

static const double predicted_mev = 2089.5, measured_mev = 2085.0, sigma_mev = 42.0;

typedef struct w_state {
    mutau_interp *width; /* D(m) in MeV */
} w_state;

static void w_free(void *state)
{
    w_state *s = state;
    if (s != NULL)
        mutau_interp_free(s->width);
    free(s);
}

static const char *const inputs[] = {"w_width.csv", NULL};

static mutau_status w_alloc(const void *settings, const char *data_dir, void **state,
                            mutau_error *err)
{
    (void)settings;
    *state = NULL;
    w_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the w-decay term");
    const mutau_status status = mutau_term_read_table(data_dir, inputs[0], "m_mev", "dgw_mev",
                                                      MUTAU_INTERP_LOG_LOG, &s->width, err);
    if (status != MUTAU_OK) {
        w_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static double w_lnl(const void *state, double m_zprime_mev, double g_prime)
{
    const w_state *s = state;
    double excess = predicted_mev - measured_mev;
    if (g_prime > 0.0 || isnan(g_prime))
        excess += g_prime * g_prime * mutau_interp_eval(s->width, m_zprime_mev);
    const double pull = excess / sigma_mev;
    return -0.5 * pull * pull;
}

static void w_mass_range(const void *state, double *min_mev, double *max_mev)
{
    const w_state *s = state;
    *min_mev = mutau_interp_min(s->width);
    *max_mev = mutau_interp_max(s->width);
}

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
    .alloc = w_alloc,
    .free = w_free,
    .lnl = w_lnl,
    .mass_range = w_mass_range,
};
