/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters and their priors; documented in mutau/parameter.h.
 *
 * Densities in the stored coordinate x (the natural value, or its log10 under a
 * log-uniform prior) on the support [lo, hi]:
 *   uniform, log-uniform   1/(hi - lo)
 *   normal                 exp(-((x - mean)/sd)^2/2)/(sd sqrt(2 pi))
 *   truncated-normal       the same over Phi(b) - Phi(a), a, b the ends in units of sd
 *                          from the mean */
#include "mutau/parameter.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "mutau/units.h"

typedef struct description {
    const char *name, *unit, *latex;
    const char *log_name, *log_unit, *log_latex;
    const char *default_prior;
    const char *must; /* what the model allows */
    bool may_be_zero, may_be_negative;
} description;

static const description descriptions[MUTAU_N_PARAMETER] = {
    [MUTAU_PARAMETER_M_ZPRIME] = {.name = "m_zprime",
                                  .unit = "MeV",
                                  .latex = "m_{Z'}",
                                  .log_name = "log10_m_zprime",
                                  .log_unit = "log10(MeV)",
                                  .log_latex = "\\log_{10}(m_{Z'}/\\mathrm{MeV})",
                                  .default_prior = "{prior: log-uniform, min: 1, max: 20}",
                                  .must = "above 0 and finite"},
    [MUTAU_PARAMETER_G_PRIME] = {.name = "g_prime",
                                 .unit = "",
                                 .latex = "g'",
                                 .log_name = "log10_g_prime",
                                 .log_unit = "",
                                 .log_latex = "\\log_{10} g'",
                                 .default_prior = "{prior: log-uniform, min: 1e-5, max: 1e-1}",
                                 .must = "at least 0 and finite",
                                 .may_be_zero = true},
    [MUTAU_PARAMETER_A] = {.name = "A",
                           .unit = "",
                           .latex = "A",
                           .log_name = "log10_A",
                           .log_unit = "",
                           .log_latex = "\\log_{10} A",
                           .default_prior = "{prior: uniform, min: 0.1, max: 2.5}",
                           .must = "at least 0 and finite",
                           .may_be_zero = true},
    [MUTAU_PARAMETER_GAMMA] = {.name = "gamma",
                               .unit = "",
                               .latex = "\\gamma",
                               .log_name = "log10_gamma",
                               .log_unit = "",
                               .log_latex = "\\log_{10} \\gamma",
                               .default_prior = "{prior: uniform, min: 1.8, max: 3.5}",
                               .must = "finite",
                               .may_be_zero = true,
                               .may_be_negative = true},
    [MUTAU_PARAMETER_SUM_MNU] = {.name = "sum_mnu",
                                 .unit = "eV",
                                 .latex = "\\Sigma m_\\nu",
                                 .log_name = "log10_sum_mnu",
                                 .log_unit = "log10(eV)",
                                 .log_latex = "\\log_{10}(\\Sigma m_\\nu/\\mathrm{eV})",
                                 .default_prior = "0.1",
                                 .must = "at least 0 and finite",
                                 .may_be_zero = true},
};

/* The free priors in the order of their kinds, and the keys of each. */
const char *const mutau_prior_names[] = {"uniform", "log-uniform", "normal", "truncated-normal",
                                         NULL};
static const char *const range_keys[] = {"prior", "min", "max", NULL};
static const char *const normal_keys[] = {"prior", "mean", "sigma", NULL};
static const char *const truncated_keys[] = {"prior", "mean", "sigma", "min", "max", NULL};
static const char *const all_keys[] = {"prior", "min", "max", "mean", "sigma", NULL};

const char *mutau_prior_name(mutau_prior_kind kind)
{
    return kind == MUTAU_PRIOR_FIXED ? "fixed" : mutau_prior_names[kind - MUTAU_PRIOR_UNIFORM];
}

const char *mutau_parameter_name(mutau_parameter_id id)
{
    return descriptions[id].name;
}

const char *mutau_parameter_unit(mutau_parameter_id id)
{
    return descriptions[id].unit;
}

const char *mutau_parameter_default(mutau_parameter_id id)
{
    return descriptions[id].default_prior;
}

mutau_parameter_id mutau_parameter_find(const char *name)
{
    int id = 0;
    while (id < MUTAU_N_PARAMETER && strcmp(descriptions[id].name, name) != 0)
        id++;
    return (mutau_parameter_id)id;
}

bool mutau_parameter_is_physical(mutau_parameter_id id, double value, const char **must)
{
    const description *d = &descriptions[id];
    *must = d->must;
    if (!isfinite(value))
        return false;
    return d->may_be_negative || value > 0.0 || (d->may_be_zero && value >= 0.0);
}

const char *mutau_parameter_stored_name(const mutau_parameter *p)
{
    const description *d = &descriptions[p->id];
    return p->prior == MUTAU_PRIOR_LOG_UNIFORM ? d->log_name : d->name;
}

const char *mutau_parameter_stored_unit(const mutau_parameter *p)
{
    const description *d = &descriptions[p->id];
    return p->prior == MUTAU_PRIOR_LOG_UNIFORM ? d->log_unit : d->unit;
}

const char *mutau_parameter_stored_latex(const mutau_parameter *p)
{
    const description *d = &descriptions[p->id];
    return p->prior == MUTAU_PRIOR_LOG_UNIFORM ? d->log_latex : d->latex;
}

/* Reads the value of `key`, which must be there; *value_node gets its place. */
static mutau_status read_key(const mutau_node *node, const char *key, const mutau_parameter *p,
                             mutau_node **value_node, double *value, mutau_error *err)
{
    *value_node = mutau_node_child(node, key);
    if (*value_node == NULL)
        return mutau_node_error(node, err, "a prior of this kind needs the key '%s'", key);
    return mutau_node_real(*value_node, -(double)INFINITY, (double)INFINITY,
                           descriptions[p->id].unit, value, err);
}

/* An edge of a prior is physical or, where allowed, infinite outwards. */
static mutau_status check_edge(const mutau_node *node, const mutau_parameter *p, double edge,
                               bool infinite_allowed, mutau_error *err)
{
    const char *must;
    if (infinite_allowed && isinf(edge) && (edge > 0.0 || descriptions[p->id].may_be_negative))
        return MUTAU_OK;
    if (p->prior == MUTAU_PRIOR_LOG_UNIFORM && !(edge > 0.0))
        return mutau_node_error(node, err, "%s has no logarithm: it must be above 0",
                                mutau_node_text(node));
    if (!mutau_parameter_is_physical(p->id, edge, &must))
        return mutau_node_error(node, err, "%s is no possible %s: it must be %s",
                                mutau_node_text(node), descriptions[p->id].name, must);
    return MUTAU_OK;
}

static mutau_status read_edges(const mutau_node *node, mutau_parameter *p, mutau_error *err)
{
    mutau_node *min = NULL, *max = NULL;
    const bool open = p->prior == MUTAU_PRIOR_TRUNCATED_NORMAL;
    MUTAU_CHECK(read_key(node, "min", p, &min, &p->min, err));
    MUTAU_CHECK(read_key(node, "max", p, &max, &p->max, err));
    MUTAU_CHECK(check_edge(min, p, p->min, open && p->min < 0.0, err));
    MUTAU_CHECK(check_edge(max, p, p->max, open && p->max > 0.0, err));
    if (!(p->min < p->max))
        return mutau_node_error(max, err, "max %s is not above min %s", mutau_node_text(max),
                                mutau_node_text(min));
    return MUTAU_OK;
}

static mutau_status read_normal(const mutau_node *node, mutau_parameter *p, mutau_error *err)
{
    mutau_node *mean = NULL, *sigma = NULL;
    MUTAU_CHECK(read_key(node, "mean", p, &mean, &p->mean, err));
    MUTAU_CHECK(read_key(node, "sigma", p, &sigma, &p->sd, err));
    if (!isfinite(p->mean))
        return mutau_node_error(mean, err, "must be finite");
    if (!(p->sd > 0.0) || !isfinite(p->sd))
        return mutau_node_error(sigma, err, "%s is out of range: above 0 and finite",
                                mutau_node_text(sigma));
    return MUTAU_OK;
}

/* Phi(b) - Phi(a), taken in the tail where it does not cancel. */
static double normal_mass(double a, double b)
{
    return a > 0.0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b)
                   : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a);
}

/* Beyond this share of the normal the inverse of its integral is no longer good. */
static const double mass_min = 1e-200;

static mutau_status normalise(const mutau_node *node, mutau_parameter *p, mutau_error *err)
{
    p->lo = mutau_parameter_stored(p, p->min);
    p->hi = mutau_parameter_stored(p, p->max);
    if (p->prior == MUTAU_PRIOR_UNIFORM || p->prior == MUTAU_PRIOR_LOG_UNIFORM) {
        p->ln_norm = -log(p->hi - p->lo);
        if (!isfinite(p->ln_norm))
            return mutau_node_error(node, err, "min and max are too close or too far apart");
        return MUTAU_OK;
    }
    const double mass = normal_mass((p->lo - p->mean) / p->sd, (p->hi - p->mean) / p->sd);
    if (!(mass > mass_min))
        return mutau_node_error(node, err, "nothing of the normal lies between min and max");
    p->ln_norm = -log(p->sd) - 0.5 * log(2.0 * MUTAU_PI) - log(mass);
    return MUTAU_OK;
}

static const char *const *const prior_keys[] = {range_keys, range_keys, normal_keys,
                                                truncated_keys};

const char *const *mutau_prior_keys(const char *name)
{
    for (size_t i = 0; mutau_prior_names[i] != NULL; i++)
        if (strcmp(mutau_prior_names[i], name) == 0)
            return prior_keys[i];
    return NULL;
}

static mutau_status read_prior_kind(mutau_node *node, mutau_parameter *p, mutau_error *err)
{
    int kind = 0;
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, all_keys, NULL, err));
    const mutau_node *name = mutau_node_child(node, "prior");
    if (name == NULL)
        return mutau_node_error(node, err,
                                "needs the key 'prior' (one of uniform, log-uniform, normal, "
                                "truncated-normal)");
    MUTAU_CHECK(mutau_node_choice(name, mutau_prior_names, &kind, err));
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, prior_keys[kind], NULL, err));
    p->prior = (mutau_prior_kind)(kind + MUTAU_PRIOR_UNIFORM);
    if (p->prior == MUTAU_PRIOR_NORMAL && !descriptions[p->id].may_be_negative)
        return mutau_node_error(name, err,
                                "%s must be %s, a normal prior is not: use truncated-normal with "
                                "min and max",
                                descriptions[p->id].name, descriptions[p->id].must);
    return MUTAU_OK;
}

static mutau_status read_fixed(mutau_node *node, mutau_parameter *p, mutau_error *err)
{
    const char *must;
    MUTAU_CHECK(mutau_node_real(node, -(double)INFINITY, (double)INFINITY, NULL, &p->value, err));
    if (!mutau_parameter_is_physical(p->id, p->value, &must))
        return mutau_node_error(node, err, "%s is out of range: it must be %s",
                                mutau_node_text(node), must);
    p->prior = MUTAU_PRIOR_FIXED;
    p->min = p->max = p->lo = p->hi = p->value;
    return MUTAU_OK;
}

mutau_status mutau_parameter_read(mutau_node *node, mutau_parameter_id id, mutau_parameter *out,
                                  mutau_error *err)
{
    *out = (mutau_parameter){.id = id, .min = -(double)INFINITY, .max = (double)INFINITY};
    if (mutau_node_is_number(node))
        return read_fixed(node, out, err);
    if (mutau_node_what(node) != MUTAU_NODE_MAPPING)
        return mutau_node_error(node, err,
                                "expected a number, which fixes it, or a mapping like "
                                "{prior: uniform, min: 1, max: 2}");
    MUTAU_CHECK(read_prior_kind(node, out, err));
    if (out->prior != MUTAU_PRIOR_UNIFORM && out->prior != MUTAU_PRIOR_LOG_UNIFORM)
        MUTAU_CHECK(read_normal(node, out, err));
    if (out->prior != MUTAU_PRIOR_NORMAL)
        MUTAU_CHECK(read_edges(node, out, err));
    return normalise(node, out, err);
}

mutau_status mutau_parameter_cut(const mutau_node *node, double least, mutau_parameter *p,
                                 mutau_error *err)
{
    if (p->prior == MUTAU_PRIOR_FIXED || p->min >= least)
        return MUTAU_OK;
    p->min = least;
    return normalise(node, p, err);
}

double mutau_parameter_ln_prior(const mutau_parameter *p, double x)
{
    if (p->prior == MUTAU_PRIOR_FIXED)
        return 0.0;
    if (!(x >= p->lo && x <= p->hi))
        return -(double)INFINITY;
    if (p->prior == MUTAU_PRIOR_UNIFORM || p->prior == MUTAU_PRIOR_LOG_UNIFORM)
        return p->ln_norm;
    const double pull = (x - p->mean) / p->sd;
    return p->ln_norm - 0.5 * pull * pull;
}

/* The normal between lo and hi, from the tail that does not cancel. */
static double draw_normal(const mutau_parameter *p, double u)
{
    const double a = (p->lo - p->mean) / p->sd, b = (p->hi - p->mean) / p->sd;
    double z;
    if (a > 0.0) {
        const double q = gsl_cdf_ugaussian_Q(a);
        z = gsl_cdf_ugaussian_Qinv(q - u * (q - gsl_cdf_ugaussian_Q(b)));
    } else {
        const double below = gsl_cdf_ugaussian_P(a);
        z = gsl_cdf_ugaussian_Pinv(below + u * (gsl_cdf_ugaussian_P(b) - below));
    }
    return p->mean + p->sd * z;
}

double mutau_parameter_draw(const mutau_parameter *p, mutau_rng *rng)
{
    /* Half a step in, and never 1, where a normal would be infinite. */
    const double step = 1.0 / 9007199254740992.0;
    const double u = fmin(mutau_rng_uniform(rng) + 0.5 * step, 1.0 - step);
    double x = p->lo;
    if (p->prior == MUTAU_PRIOR_UNIFORM || p->prior == MUTAU_PRIOR_LOG_UNIFORM)
        x = p->lo + u * (p->hi - p->lo);
    else if (p->prior != MUTAU_PRIOR_FIXED)
        x = draw_normal(p, u);
    return fmin(fmax(x, p->lo), p->hi);
}

double mutau_parameter_natural(const mutau_parameter *p, double x)
{
    return p->prior == MUTAU_PRIOR_LOG_UNIFORM ? pow(10.0, x) : x;
}

double mutau_parameter_stored(const mutau_parameter *p, double value)
{
    return p->prior == MUTAU_PRIOR_LOG_UNIFORM ? log10(value) : value;
}

void mutau_parameter_support(const mutau_parameter *p, double *lo, double *hi)
{
    *lo = p->lo;
    *hi = p->hi;
}
