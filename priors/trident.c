/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "trident": a muon pair from a neutrino in the field of a nucleus.
 *
 * Z' exchange adds to the vector coupling of the muon, so that the cross section over
 * the Standard Model's is
 *
 *     R = 1 + a(m) g'^2 + b(m) g'^4,    ln L = -1/2 sum_i ((R - R_i)/sigma_i)^2,
 *
 * with natural cubic splines of ln a and ln b in ln m (priors/trident_ccfr.csv, mark D).
 * The table is for neutrinos of 160 GeV on iron, as CCFR's: "both" applies it to
 * CHARM-II as well, with its other target and beam, where it is approximate.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "term_internal.h"

typedef enum trident_data { CCFR, BOTH } trident_data;

typedef struct trident_settings {
    int data; /* trident_data */
} trident_settings;

/* R, each a Gaussian with a two-sided error of 68 %.  Mark F: Mishra:1991bv (CCFR) and
 * Geiregat:1990gz (CHARM-II) as in flavio's data/measurements.yml, commit 2591f8c. */
static const struct measurement {
    double r, sigma;
} measurements[] = {
    {0.82, 0.28}, /* CCFR */
    {1.58, 0.57}, /* CHARM-II */
};

static const char *const data_names[] = {"ccfr", "both", NULL};

static const mutau_option options[] = {
    {.key = "data",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(trident_settings, data),
     .def = CCFR,
     .choices = data_names,
     .doc = "CCFR alone, or CHARM-II too, approximately"},
};

typedef struct trident_state {
    mutau_interp *ln_a, *ln_b; /* of m */
    size_t n_measurement;
    size_t boson; /* where its parameters begin in a point */
} trident_state;

static void trident_free(void *state)
{
    trident_state *s = state;
    if (s != NULL) {
        mutau_interp_free(s->ln_a);
        mutau_interp_free(s->ln_b);
    }
    free(s);
}

static const mutau_term_input inputs[] = {
    {"trident_ccfr.csv",
     {{"m_mev", MUTAU_PLAUSIBLE_MASS, NULL, NULL},
      {"a", MUTAU_PLAUSIBLE_ANY, NULL, NULL},
      {"b", MUTAU_PLAUSIBLE_ANY, NULL, NULL}}},
    {.file = NULL},
};

static mutau_status trident_alloc(const mutau_term_type *self, const void *settings,
                                  const char *data_dir, const mutau_parameter_set *set,
                                  void **state, mutau_error *err)
{
    const trident_settings *chosen = settings;
    (void)self;
    *state = NULL;
    trident_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the trident term");
    s->n_measurement = chosen->data == BOTH ? 2 : 1;
    mutau_status status = mutau_term_find_boson(set, &s->boson, err);
    if (status == MUTAU_OK)
        status = mutau_term_read_log_spline(data_dir, &inputs[0], 1, &s->ln_a, err);
    if (status == MUTAU_OK)
        status = mutau_term_read_log_spline(data_dir, &inputs[0], 2, &s->ln_b, err);
    if (status != MUTAU_OK) {
        trident_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static double ratio(const trident_state *s, double m_zprime_mev, double g_prime)
{
    if (!(g_prime > 0.0) && !isnan(g_prime))
        return 1.0;
    double ln_a, ln_b;
    mutau_interp_eval_two(s->ln_a, s->ln_b, m_zprime_mev, &ln_a, &ln_b);
    const double g2 = g_prime * g_prime;
    return 1.0 + g2 * (exp(ln_a) + g2 * exp(ln_b));
}

static double trident_lnl(const void *state, const double point[])
{
    const trident_state *s = state;
    const double m_zprime_mev = point[s->boson + MUTAU_MEDIATOR_MASS];
    const double g_prime = point[s->boson + MUTAU_MEDIATOR_COUPLING];
    const double r = ratio(s, m_zprime_mev, g_prime);
    double chi2 = 0.0;
    for (size_t i = 0; i < s->n_measurement; i++) {
        const double pull = (r - measurements[i].r) / measurements[i].sigma;
        chi2 += pull * pull;
    }
    return -0.5 * chi2;
}

static void trident_mass_range(const void *state, double *min_mev, double *max_mev)
{
    const trident_state *s = state;
    *min_mev = mutau_interp_min(s->ln_a);
    *max_mev = mutau_interp_max(s->ln_a);
}

const mutau_term_type mutau_term_trident = {
    .name = "trident",
    .doc = "muon pairs from neutrinos in the field of a nucleus, at CCFR and CHARM-II",
    .reference = "CCFR: Mishra:1991bv, CHARM-II: Geiregat:1990gz, as in flavio; cross section: "
                 "derived, priors/trident_ccfr.csv",
    .mark = MUTAU_MARK_DERIVED,
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .shorthand = "data",
    .inputs = inputs,
    .settings_size = sizeof(trident_settings),
    .alloc = trident_alloc,
    .free = trident_free,
    .lnl = trident_lnl,
    .mass_range = trident_mass_range,
};
