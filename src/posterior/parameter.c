/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters and their priors; documented in posterior/parameter.h.
 *
 * Densities in the stored coordinate x (the natural value, or its log10 under a
 * log-uniform prior) on the support [lo, hi]:
 *   uniform, log-uniform   1/(hi - lo)
 *   normal                 exp(-((x - mean)/sd)^2/2)/(sd sqrt(2 pi))
 *   truncated-normal       the same over Phi(b) - Phi(a), a, b the ends in units of sd
 *                          from the mean */
#include "posterior/parameter.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

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

/* Name, unit and LaTeX of the stored coordinate, each at most MUTAU_PARAMETER_TEXT_SIZE. */
static void name_stored(mutau_parameter *p)
{
    enum { SIZE = MUTAU_PARAMETER_TEXT_SIZE };
    const mutau_parameter_spec *spec = p->spec;
    const char *unit = spec->unit;
    const bool is_log = p->prior == MUTAU_PRIOR_LOG_UNIFORM, is_pure = unit[0] == '\0';
    (void)snprintf(p->stored_name, SIZE, "%s%s", is_log ? "log10_" : "", spec->name);
    if (is_log && !is_pure) {
        (void)snprintf(p->stored_unit, SIZE, "log10(%s)", unit);
        (void)snprintf(p->stored_latex, SIZE, "\\log_{10}(%s/\\mathrm{%s})", spec->latex, unit);
    } else {
        (void)snprintf(p->stored_unit, SIZE, "%s", unit);
        (void)snprintf(p->stored_latex, SIZE, "%s%s", is_log ? "\\log_{10} " : "", spec->latex);
    }
}

/* The ends of the range that the model can have. */
static bool has_lowest(const mutau_parameter *p)
{
    return isfinite(p->spec->lowest);
}

static bool has_highest(const mutau_parameter *p)
{
    return isfinite(p->spec->highest);
}

/* Reads the value of `key`, which must be there; *value_node gets its place. */
static mutau_status read_key(const mutau_node *node, const char *key, const mutau_parameter *p,
                             mutau_node **value_node, double *value, mutau_error *err)
{
    *value_node = mutau_node_child(node, key);
    if (*value_node == NULL)
        return mutau_node_error(node, err, "a prior of this kind needs the key '%s'", key);
    return mutau_node_real(*value_node, -(double)INFINITY, (double)INFINITY, p->spec->unit, value,
                           err);
}

/* An edge of a prior is physical or, where allowed, infinite outwards. */
static mutau_status check_edge(const mutau_node *node, const mutau_parameter *p, double edge,
                               bool infinite_allowed, mutau_error *err)
{
    char must[MUTAU_PARAMETER_MUST_SIZE];
    if (infinite_allowed && isinf(edge) && !(edge > 0.0 ? has_highest(p) : has_lowest(p)))
        return MUTAU_OK;
    if (p->prior == MUTAU_PRIOR_LOG_UNIFORM && !(edge > 0.0))
        return mutau_node_error(node, err, "%s has no logarithm: it must be above 0",
                                mutau_node_text(node));
    mutau_parameter_spec_must(p->spec, must);
    if (!mutau_parameter_spec_allows(p->spec, edge))
        return mutau_node_error(node, err, "%s is no possible %s: it must be %s",
                                mutau_node_text(node), p->spec->name, must);
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
    char must[MUTAU_PARAMETER_MUST_SIZE];
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, all_keys, NULL, err));
    const mutau_node *name = mutau_node_child(node, "prior");
    if (name == NULL)
        return mutau_node_error(node, err,
                                "needs the key 'prior' (one of uniform, log-uniform, normal, "
                                "truncated-normal)");
    MUTAU_CHECK(mutau_node_choice(name, mutau_prior_names, &kind, err));
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, prior_keys[kind], NULL, err));
    p->prior = (mutau_prior_kind)(kind + MUTAU_PRIOR_UNIFORM);
    mutau_parameter_spec_must(p->spec, must);
    if (p->prior == MUTAU_PRIOR_NORMAL && (has_lowest(p) || has_highest(p)))
        return mutau_node_error(name, err,
                                "%s must be %s, a normal prior is not: use truncated-normal with "
                                "min and max",
                                p->spec->name, must);
    return MUTAU_OK;
}

static mutau_status read_fixed(mutau_node *node, mutau_parameter *p, mutau_error *err)
{
    char must[MUTAU_PARAMETER_MUST_SIZE];
    MUTAU_CHECK(mutau_node_real(node, -(double)INFINITY, (double)INFINITY, NULL, &p->value, err));
    mutau_parameter_spec_must(p->spec, must);
    if (!mutau_parameter_spec_allows(p->spec, p->value))
        return mutau_node_error(node, err, "%s is out of range: it must be %s",
                                mutau_node_text(node), must);
    p->prior = MUTAU_PRIOR_FIXED;
    p->min = p->max = p->lo = p->hi = p->value;
    return MUTAU_OK;
}

static mutau_status read_prior(mutau_node *node, mutau_parameter *out, mutau_error *err)
{
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

mutau_status mutau_parameter_read(mutau_node *node, const mutau_parameter_spec *spec,
                                  mutau_parameter *out, mutau_error *err)
{
    *out = (mutau_parameter){.spec = spec, .min = -(double)INFINITY, .max = (double)INFINITY};
    MUTAU_CHECK(read_prior(node, out, err));
    name_stored(out);
    return MUTAU_OK;
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

double mutau_parameter_share_below(const mutau_parameter *p, double value)
{
    const bool is_flat = p->prior == MUTAU_PRIOR_UNIFORM || p->prior == MUTAU_PRIOR_LOG_UNIFORM;
    if (p->prior == MUTAU_PRIOR_FIXED)
        return p->value <= value ? 1.0 : 0.0;
    if (!(value > p->min))
        return 0.0;
    if (!(value < p->max))
        return 1.0;
    const double x = mutau_parameter_stored(p, value);
    if (is_flat)
        return (x - p->lo) / (p->hi - p->lo);
    const double from = (p->lo - p->mean) / p->sd;
    return normal_mass(from, (x - p->mean) / p->sd) / normal_mass(from, (p->hi - p->mean) / p->sd);
}

double mutau_parameter_quantile(const mutau_parameter *p, double u)
{
    double x = p->lo;
    if (p->prior == MUTAU_PRIOR_UNIFORM || p->prior == MUTAU_PRIOR_LOG_UNIFORM)
        x = p->lo + u * (p->hi - p->lo);
    else if (p->prior != MUTAU_PRIOR_FIXED)
        x = draw_normal(p, u);
    return fmin(fmax(x, p->lo), p->hi);
}

double mutau_parameter_draw(const mutau_parameter *p, mutau_rng *rng)
{
    /* Half a step in, and never 1, where a normal would be infinite. */
    const double step = 1.0 / 9007199254740992.0;
    return mutau_parameter_quantile(p, fmin(mutau_rng_uniform(rng) + 0.5 * step, 1.0 - step));
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
