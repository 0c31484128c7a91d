/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "neff": the number of neutrinos in the early universe.
 *
 * A Z' that is in equilibrium with the neutrinos when they decouple leaves its entropy
 * to them.  N_eff(m) is a natural cubic spline of priors/neff_entropy.csv, whose header
 * has the formula (mark F), and
 *
 *     ln L = -((N_eff - mean)/sigma)^2/2,
 *
 * with one of the measurements below or one's own.  Below g' = 1e-8 the Z' is not in equilibrium,
 * and above the table it has decayed in time: N_eff is 3.044.
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "term_internal.h"

static const double standard_model = 3.044;
static const double mass_max_mev = 1e6; /* any mass above the table is good; the end of g-2's */

/* From here on the Z' is in equilibrium with the neutrinos. */
static const double g_equilibrium = 1e-8;

static const mutau_term_input inputs[] = {
    {"neff_entropy.csv",
     {{"m_mev", MUTAU_PLAUSIBLE_MASS, NULL, NULL}, {"n_eff", MUTAU_PLAUSIBLE_ANY, NULL, NULL}}},
    {.file = NULL},
};

/* Each two-sided, 68 %.
 * planck: Planck 2018, TT,TE,EE+lowE+lensing+BAO, recalled (mark R).
 * act-dr6, act-bbn: ACT DR6 alone and with primordial abundances, arXiv:2503.14454;
 * cmb-bbn-2026: all of CMB and abundances, arXiv:2603.13226; these three at second hand (mark F).
 */
typedef enum neff_value { PLANCK, ACT_DR6, ACT_BBN, CMB_BBN_2026 } neff_value;

static const struct measurement {
    double mean, sigma;
} measurements[] = {
    [PLANCK] = {2.99, 0.17},
    [ACT_DR6] = {2.86, 0.13},
    [ACT_BBN] = {2.89, 0.11},
    [CMB_BBN_2026] = {2.990, 0.070},
};

static const char *const value_names[] = {"planck", "act-dr6", "act-bbn", "cmb-bbn-2026", NULL};

/* A value, or mean and sigma; nothing is PLANCK. */
typedef struct neff_settings {
    int value;          /* neff_value; -1 if not given */
    double mean, sigma; /* NaN if not given */
} neff_settings;

static const mutau_option options[] = {
    {.key = "value",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(neff_settings, value),
     .def = -1,
     .choices = value_names,
     .doc = "a measurement by name (planck), instead of mean and sigma"},
    {.key = "mean",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(neff_settings, mean),
     .min = 0.0,
     .max = 20.0,
     .def = (double)NAN,
     .doc = "measured number of neutrinos"},
    {.key = "sigma",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(neff_settings, sigma),
     .min = 1e-6,
     .max = 20.0,
     .def = (double)NAN,
     .doc = "its error"},
};

typedef struct neff_state {
    mutau_interp *table;
    double mean, sigma;
    size_t boson; /* where its parameters begin in a point */
} neff_state;

static mutau_status choose(const neff_settings *chosen, neff_state *s, mutau_error *err)
{
    const bool own = !isnan(chosen->mean) || !isnan(chosen->sigma);
    if (chosen->value >= 0 && own)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s has its own mean and sigma; give either it or them",
                               value_names[chosen->value]);
    if (own && (isnan(chosen->mean) || isnan(chosen->sigma)))
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "needs both mean and sigma, or planck, act-dr6, "
                               "act-bbn or cmb-bbn-2026");
    const struct measurement *m = &measurements[chosen->value >= 0 ? chosen->value : PLANCK];
    s->mean = own ? chosen->mean : m->mean;
    s->sigma = own ? chosen->sigma : m->sigma;
    return MUTAU_OK;
}

static void neff_free(void *state)
{
    neff_state *s = state;
    if (s != NULL)
        mutau_interp_free(s->table);
    free(s);
}

static mutau_status neff_alloc(const mutau_term_type *self, const void *settings,
                               const char *data_dir, const mutau_parameter_set *set, void **state,
                               mutau_error *err)
{
    (void)self;
    *state = NULL;
    neff_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the neff term");
    mutau_status status = choose(settings, s, err);
    if (status == MUTAU_OK)
        status = mutau_term_find_boson(set, &s->boson, err);
    if (status == MUTAU_OK)
        status = mutau_term_read_table(data_dir, inputs, MUTAU_INTERP_CUBIC, &s->table, err);
    if (status != MUTAU_OK) {
        neff_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static double neff_lnl(const void *state, const double point[])
{
    const neff_state *s = state;
    const double m_zprime_mev = point[s->boson + MUTAU_MEDIATOR_MASS];
    const double g_prime = point[s->boson + MUTAU_MEDIATOR_COUPLING];
    double n_eff = standard_model;
    if (isnan(g_prime))
        return g_prime;
    if (g_prime >= g_equilibrium && !(m_zprime_mev > mutau_interp_max(s->table)))
        n_eff = mutau_interp_eval(s->table, m_zprime_mev);
    const double pull = (n_eff - s->mean) / s->sigma;
    return -0.5 * pull * pull;
}

static void neff_mass_range(const void *state, double *min_mev, double *max_mev)
{
    const neff_state *s = state;
    *min_mev = mutau_interp_min(s->table);
    *max_mev = mass_max_mev;
}

const mutau_term_type mutau_term_neff = {
    .name = "neff",
    .doc =
        "number of neutrinos in the early universe; excludes masses below 11 MeV at 2 sigma, and "
        "below 16 MeV with the data of 2026",
    .reference = "planck: TT,TE,EE+lowE+lensing+BAO of 2018, 2.99 +- 0.17, recalled; act-dr6, "
                 "act-bbn: arXiv:2503.14454; cmb-bbn-2026: arXiv:2603.13226; entropy transfer: "
                 "formula of the code of arXiv:2307.03143, priors/neff_entropy.csv",
    .mark = MUTAU_MARK_RECALLED,
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .shorthand = "value",
    .inputs = inputs,
    .settings_size = sizeof(neff_settings),
    .alloc = neff_alloc,
    .free = neff_free,
    .lnl = neff_lnl,
    .mass_range = neff_mass_range,
};
