/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "z-decay": Z -> nu nubar Z' adds to the invisible width of the Z boson.
 *
 * At tree level, for unit charge of the neutrino (derived for mutau, mark D; it agrees
 * with traces of Dirac matrices over the phase space to 1e-7),
 *
 *     Gamma(Z -> nu nubar Z')/Gamma(Z -> nu nubar) = g'^2 I,   I = F(r)/(8 pi^2),
 *     F = (1+r)^2 [ln^2 r - 4 ln r ln(1+r) - 4 Li_2(-r) - pi^2/3]
 *         + (3 + 4r + 3r^2) ln r + 5 (1 - r^2),   r = m^2/M_Z^2.
 *
 * Two of the three flavours couple.  The width, or the number of neutrinos that it is
 * quoted as, is a Gaussian: ln L = -((predicted - measured)/sigma)^2/2.
 *
 * Real emission only: virtual Z' take the logarithms back from the sum of all final
 * states, of which the invisible width is one as long as the Z' decays to neutrinos.
 *
 * ln I is tabulated in steps of h = 0.05 in ln m.  A cubic spline errs by 5/384 h^4 times
 * the fourth derivative, which is below 1: under 1e-7.
 */
#include <gsl/gsl_sf_dilog.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "term_internal.h"

static const double z_mass_mev = 91187.6; /* Particle Data Group */

static const double mass_min_mev = 0.1, mass_max_mev = 1e4;

/* The table goes N_MARGIN nodes beyond the range at both ends, where a natural spline
 * is poor. */
enum { N_NODE = 251, N_MARGIN = 10 };

typedef enum z_value { INVISIBLE_WIDTH, N_NU } z_value;

/* Errors: two-sided, 68 %.
 * invisible-width: MeV.  499.0 +- 1.5 measured, 501.7 of the Standard Model, 167.2 of it
 *     per flavour (mark R).
 * n-nu: the number of light neutrinos, arXiv:1912.02067 (mark F). */
static const struct measurement {
    double without, per_ratio; /* predicted: at g' = 0, and what g'^2 I adds */
    double measured, sigma;
} measurements[] = {
    [INVISIBLE_WIDTH] = {501.7, 2.0 * 167.2, 499.0, 1.5},
    [N_NU] = {3.0, 2.0, 2.9963, 0.0074},
};

typedef struct z_settings {
    int value; /* z_value */
} z_settings;

typedef struct z_state {
    mutau_interp *ln_ratio; /* ln I of m */
    struct measurement of;
    size_t boson; /* where its parameters begin in a point */
} z_state;

static const char *const value_names[] = {"invisible-width", "n-nu", NULL};

static const mutau_option options[] = {
    {.key = "value",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(z_settings, value),
     .def = INVISIBLE_WIDTH,
     .choices = value_names,
     .doc = "the invisible width, or the number of light neutrinos from it"},
};

/* I */
static double width_ratio(double m_mev)
{
    const double root = m_mev / z_mass_mev;
    const double r = root * root, ln_r = 2.0 * log(root);
    const double bracket =
        ln_r * ln_r - 4.0 * ln_r * log1p(r) - 4.0 * gsl_sf_dilog(-r) - MUTAU_PI * MUTAU_PI / 3.0;
    const double f =
        (1.0 + r) * (1.0 + r) * bracket + (3.0 + r * (4.0 + 3.0 * r)) * ln_r + 5.0 * (1.0 - r * r);
    return f / (8.0 * MUTAU_PI * MUTAU_PI);
}

static mutau_status tabulate(mutau_interp **ln_ratio, mutau_error *err)
{
    const double step = log(mass_max_mev / mass_min_mev) / (N_NODE - 1 - 2 * N_MARGIN);
    double *mass = mutau_calloc(N_NODE, sizeof *mass);
    double *values = mutau_calloc(N_NODE, sizeof *values);
    mutau_status status = MUTAU_ENOMEM;
    if (mass == NULL || values == NULL) {
        (void)mutau_error_set(err, status, "no memory for the table of the Z boson's width");
    } else {
        for (int i = 0; i < N_NODE; i++) {
            mass[i] = mass_min_mev * exp(step * (i - N_MARGIN));
            values[i] = log(width_ratio(mass[i]));
        }
        status = mutau_interp_alloc(MUTAU_INTERP_LOG_X_CUBIC, N_NODE, mass, values, ln_ratio, err);
    }
    free(mass);
    free(values);
    return status;
}

static void z_free(void *state)
{
    z_state *s = state;
    if (s != NULL)
        mutau_interp_free(s->ln_ratio);
    free(s);
}

static mutau_status z_alloc(const mutau_term_type *self, const void *settings, const char *data_dir,
                            const mutau_parameter_set *set, void **state, mutau_error *err)
{
    const z_settings *chosen = settings;
    (void)self;
    (void)data_dir;
    *state = NULL;
    z_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the z-decay term");
    s->of = measurements[chosen->value];
    mutau_status status = mutau_term_find_boson(set, &s->boson, err);
    if (status == MUTAU_OK)
        status = tabulate(&s->ln_ratio, err);
    if (status != MUTAU_OK) {
        z_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static double z_lnl(const void *state, const double point[])
{
    const z_state *s = state;
    const double m_zprime_mev = point[s->boson + MUTAU_MEDIATOR_MASS];
    const double g_prime = point[s->boson + MUTAU_MEDIATOR_COUPLING];
    double predicted = s->of.without;
    if (g_prime > 0.0 || isnan(g_prime))
        predicted +=
            s->of.per_ratio * g_prime * g_prime * exp(mutau_interp_eval(s->ln_ratio, m_zprime_mev));
    const double pull = (predicted - s->of.measured) / s->of.sigma;
    return -0.5 * pull * pull;
}

static void z_mass_range(const void *state, double *min_mev, double *max_mev)
{
    (void)state;
    *min_mev = mass_min_mev;
    *max_mev = mass_max_mev;
}

const mutau_term_type mutau_term_z_decay = {
    .name = "z-decay",
    .doc = "Z -> nu nubar Z' in the invisible width of the Z boson (real emission only)",
    .reference = "invisible-width: recalled, 499.0 +- 1.5 MeV; n-nu: arXiv:1912.02067; "
                 "width: derived, priors/z_decay.c",
    .mark = MUTAU_MARK_RECALLED,
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .shorthand = "value",
    .settings_size = sizeof(z_settings),
    .alloc = z_alloc,
    .free = z_free,
    .lnl = z_lnl,
    .mass_range = z_mass_range,
};
