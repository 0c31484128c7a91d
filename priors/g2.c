/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The muon's anomalous magnetic moment, and the term "g-2".
 *
 * One loop of the Z' adds, for unit charge of the muon (the paper's
 * eq. 8; the vector case of J. P. Leveille, Nucl. Phys. B 137 (1978) 63),
 *
 *     Delta a_mu = g'^2 K(m),
 *     K = 1/(4 pi^2) int_0^1 dx x^2 (1-x) / (x^2 + rho (1-x)),   rho = (m/m_mu)^2,
 *
 * which is 1/(8 pi^2) for m << m_mu and 1/(12 pi^2 rho) for m >> m_mu.
 *
 * In t = ln(x/(1-x)) the integrand is analytic within pi/2 of the real axis for every
 * rho and falls at least as e^-|t| on both sides, so that the trapezoidal rule with
 * step 1/4 errs by e^(-4 pi^2), and cutting it at |t| = 36 by e^-36.  ln K is tabulated
 * on a grid in ln m and splined.  Both ends are straight lines in (ln m, ln K), as a
 * natural spline wants; in between a cubic spline errs by 5/384 h^4 times the fourth
 * derivative, which is below 2: under 1e-9.
 *
 * The term compares with the difference between experiment and prediction:
 * ln L = -((Delta a_mu - mean)/sigma)^2/2, sigma being that of the side of the mean.
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "priors/g2.h"
#include "base/mem.h"
#include "base/units.h"
#include "term_internal.h"

/* The table of ln K: the range that g2.h promises, and the spacing h = 0.0126. */
static const double mass_min_mev = 1e-3, mass_max_mev = 1e6;
enum { N_NODE = 1641 };

/* The trapezoidal rule. */
static const double step_t = 0.25;
enum { N_STEP = 2 * 144 + 1 };

struct mutau_g2 {
    mutau_interp *ln_k; /* of ln m */
};

/* Its nodes: x and y = 1 - x, both without cancellation. */
typedef struct nodes {
    double x[N_STEP], y[N_STEP];
} nodes;

static void fill_nodes(nodes *at)
{
    for (int i = 0; i < N_STEP; i++) {
        const int step = i - N_STEP / 2;
        const double e = exp(step * step_t);
        at->x[i] = e / (1.0 + e);
        at->y[i] = 1.0 / (1.0 + e);
    }
}

/* K; dx = x y dt. */
static double kernel(const nodes *at, double rho)
{
    double sum = 0.0;
    for (size_t i = 0; i < N_STEP; i++) {
        const double x = at->x[i], y = at->y[i];
        sum += x * x * y / (x * x + rho * y) * x * y;
    }
    return sum * step_t / (4.0 * MUTAU_PI * MUTAU_PI);
}

static void fill_table(double mass[], double ln_k[])
{
    const double step = log(mass_max_mev / mass_min_mev) / (N_NODE - 1);
    nodes at;
    fill_nodes(&at);
    for (size_t i = 0; i < N_NODE; i++) {
        mass[i] = i + 1 < N_NODE ? mass_min_mev * exp((double)i * step) : mass_max_mev;
        const double ratio = mass[i] / MUTAU_MUON_MASS_MEV;
        ln_k[i] = log(kernel(&at, ratio * ratio));
    }
}

mutau_status mutau_g2_alloc(mutau_g2 **out, mutau_error *err)
{
    *out = NULL;
    mutau_g2 *g2 = mutau_calloc(1, sizeof *g2);
    double *mass = mutau_calloc(N_NODE, sizeof *mass);
    double *ln_k = mutau_calloc(N_NODE, sizeof *ln_k);
    mutau_status status = MUTAU_ENOMEM;
    if (g2 == NULL || mass == NULL || ln_k == NULL) {
        (void)mutau_error_set(err, status, "no memory for the g-2 table");
    } else {
        fill_table(mass, ln_k);
        status = mutau_interp_alloc(MUTAU_INTERP_LOG_X_CUBIC, N_NODE, mass, ln_k, &g2->ln_k, err);
    }
    free(mass);
    free(ln_k);
    if (status == MUTAU_OK)
        *out = g2;
    else
        mutau_g2_free(g2);
    return status;
}

void mutau_g2_free(mutau_g2 *g2)
{
    if (g2 == NULL)
        return;
    mutau_interp_free(g2->ln_k);
    free(g2);
}

double mutau_g2_delta_a_mu(const mutau_g2 *g2, double m_zprime_mev, double g_prime)
{
    if (!(g_prime > 0.0) && !isnan(g_prime))
        return 0.0;
    if (isnan(m_zprime_mev))
        return m_zprime_mev;
    /* Beyond the table K is flat for light masses and falls as 1/m^2 for heavy ones. */
    const double least = mass_min_mev, most = mass_max_mev;
    const double m = m_zprime_mev < least ? least : (m_zprime_mev > most ? most : m_zprime_mev);
    const double beyond = m_zprime_mev > m ? m / m_zprime_mev : 1.0;
    return g_prime * g_prime * beyond * beyond * exp(mutau_interp_eval(g2->ln_k, m));
}

/* The term. */

typedef enum g2_value { WP2020, BMW2021, WP2025, WP2020_FINAL } g2_value;

/* Either value, or mean and sigma. */
typedef struct g2_settings {
    int value;             /* g2_value; -1 if not given */
    double mean, sigma[2]; /* NaN if not given; below and above the mean */
} g2_settings;

/* Experiment - prediction; each a Gaussian with a two-sided error of 68 %.  Mark F:
 * wp2020, bmw2021: eqs. 6 and 7 of de la Vega, Peinado and Wudka (2024), "the paper".
 *     The same experimental average (arXiv:2104.03281) against the White Paper 2020
 *     (arXiv:2006.04822) and against the lattice (arXiv:2002.12347); these three
 *     numbers of papers are recalled (R), the values are not.
 * wp2025: White Paper 2025 with the final experimental average, published abstract of
 *     arXiv:2505.21476.
 * wp2020-final: White Paper 2020, 116591810 +- 43, and the final experimental average,
 *     116592071.5 +- 14.5, arXiv:2506.03069 (both 1e-11): their difference, derived. */
static const struct difference {
    double mean, sigma;
} differences[] = {
    [WP2020] = {25.1e-10, 5.9e-10},
    [BMW2021] = {10.7e-10, 7.0e-10},
    [WP2025] = {3.8e-10, 6.3e-10},
    [WP2020_FINAL] = {26.15e-10, 4.5e-10},
};

static const char *const value_names[] = {"wp2020", "bmw2021", "wp2025", "wp2020-final", NULL};

static const mutau_option options[] = {
    {.key = "value",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(g2_settings, value),
     .def = -1,
     .choices = value_names,
     .doc = "measurement minus prediction by name, instead of mean and sigma"},
    {.key = "mean",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(g2_settings, mean),
     .min = -1e-6,
     .max = 1e-6,
     .def = (double)NAN,
     .doc = "measurement minus prediction, as Delta a_mu itself (25.1e-10)"},
    {.key = "sigma",
     .type = MUTAU_OPTION_SIDES,
     .offset = offsetof(g2_settings, sigma),
     .min = 1e-15,
     .max = 1e-6,
     .doc = "its error, or two: [below, above] the mean"},
};

typedef struct g2_state {
    mutau_g2 *g2;
    double mean, sigma[2];
    size_t boson; /* where its parameters begin in a point */
} g2_state;

static mutau_status check_settings(const g2_settings *s, mutau_error *err)
{
    const bool named = s->value >= 0;
    if (named && !(isnan(s->mean) && isnan(s->sigma[0])))
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s has its own mean and sigma; give either it or them",
                               value_names[s->value]);
    if (!named && (isnan(s->mean) || isnan(s->sigma[0])))
        return mutau_error_set(
            err, MUTAU_ECONFIG,
            "needs wp2020, bmw2021, wp2025 or wp2020-final, or both mean and sigma "
            "(as Delta a_mu itself: 25.1e-10 and 5.9e-10)");
    return MUTAU_OK;
}

static void g2_term_free(void *state)
{
    g2_state *s = state;
    if (s != NULL)
        mutau_g2_free(s->g2);
    free(s);
}

static mutau_status g2_term_alloc(const mutau_term_type *self, const void *settings,
                                  const char *data_dir, const mutau_parameter_set *set,
                                  void **state, mutau_error *err)
{
    const g2_settings *chosen = settings;
    (void)self;
    (void)data_dir;
    *state = NULL;
    MUTAU_CHECK(check_settings(chosen, err));
    g2_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the g-2 term");
    s->mean = chosen->value < 0 ? chosen->mean : differences[chosen->value].mean;
    for (int i = 0; i < 2; i++)
        s->sigma[i] = chosen->value < 0 ? chosen->sigma[i] : differences[chosen->value].sigma;
    mutau_status status = mutau_term_find_boson(set, &s->boson, err);
    if (status == MUTAU_OK)
        status = mutau_g2_alloc(&s->g2, err);
    if (status != MUTAU_OK) {
        g2_term_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static double delta_a_mu(const void *state, const double point[])
{
    const g2_state *s = state;
    return mutau_g2_delta_a_mu(s->g2, point[s->boson + MUTAU_MEDIATOR_MASS],
                               point[s->boson + MUTAU_MEDIATOR_COUPLING]);
}

static mutau_status delta_a_mu_alloc(const mutau_parameter_set *set,
                                     const struct mutau_flux_settings *model, void **state,
                                     mutau_error *err)
{
    (void)model;
    const g2_settings any = {
        .value = WP2020, .mean = (double)NAN, .sigma = {(double)NAN, (double)NAN}};
    return g2_term_alloc(NULL, &any, NULL, set, state, err);
}

static const mutau_derived derived[] = {
    {.name = "delta_a_mu",
     .unit = "",
     .latex = "\\Delta a_\\mu",
     .doc = "what one loop of the boson adds to the muon's anomalous magnetic moment",
     .lowest = 0.0,
     .highest = (double)INFINITY,
     .always = true,
     .of = mutau_mediator_parameters,
     .n_of = MUTAU_MEDIATOR_N_PARAMETER,
     .alloc = delta_a_mu_alloc,
     .free = g2_term_free,
     .value = delta_a_mu},
};

static double g2_lnl(const void *state, const double point[])
{
    const g2_state *s = state;
    const double excess = delta_a_mu(s, point) - s->mean;
    const double pull = excess / s->sigma[excess > 0.0 ? 1 : 0];
    return -0.5 * pull * pull;
}

static void g2_mass_range(const void *state, double *min_mev, double *max_mev)
{
    (void)state;
    *min_mev = mass_min_mev;
    *max_mev = mass_max_mev;
}

const mutau_term_type mutau_term_g2 = {
    .name = "g-2",
    .doc = "anomalous magnetic moment of the muon, measured minus predicted",
    .reference = "wp2020, bmw2021: de la Vega, Peinado and Wudka (2024), eqs. 6 and 7; wp2025: "
                 "arXiv:2505.21476; one loop: Leveille, Nucl. Phys. B 137 (1978) 63",
    .mark = MUTAU_MARK_FOUND,
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .shorthand = "value",
    .settings_size = sizeof(g2_settings),
    .derived = derived,
    .n_derived = sizeof derived / sizeof derived[0],
    .band = "central band, which explains the shift",
    .alloc = g2_term_alloc,
    .free = g2_term_free,
    .lnl = g2_lnl,
    .mass_range = g2_mass_range,
};
