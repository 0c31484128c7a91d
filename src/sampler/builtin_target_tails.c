/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built-in targets that a round density does not resemble: student and funnel. */
#include <math.h>

#include "builtin_target_internal.h"

/* ---- student: independent t densities of a common scale, cut off by the box ---- */

static double student_ln_like(const mutau_builtin_target *t, const double x[])
{
    double sum = 0.0;
    for (size_t k = 0; k < t->dim; k++)
        sum += log1p(t->inv_var * x[k] * x[k]);
    return t->norm - t->power * sum;
}

/* The integral of cos^k from 0 to angle, k >= -2, by parts. */
static double cosine_integral(long k, double angle)
{
    if (k == -2)
        return tan(angle);
    if (k == -1)
        return asinh(tan(angle));
    double value = k % 2 == 0 ? angle : sin(angle);
    for (long i = k % 2 == 0 ? 2 : 3; i <= k; i += 2)
        value =
            (pow(cos(angle), (double)(i - 1)) * sin(angle) + (double)(i - 1) * value) / (double)i;
    return value;
}

/* With x = scale sqrt(dof) tan(a) the density of a is cos^(dof - 1)(a), normalised by
 * Gamma((dof + 1) / 2) / (sqrt(pi) Gamma(dof / 2)), and x^2 / (scale^2 dof) is 1 / cos^2 - 1. */
static mutau_status student_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    const mutau_builtin_student_settings *s = settings;
    const double n = (double)s->dim, dof = (double)s->dof, pi = acos(-1.0);
    if (s->half_width < s->scale)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "half_width = %g must be at least scale = %g: the box would leave "
                               "nothing of the density but its peak",
                               s->half_width, s->scale);
    const double angle = atan(s->half_width / (s->scale * sqrt(dof)));
    const double inside = cosine_integral(s->dof - 1, angle);
    const double ln_peak = lgamma(0.5 * (dof + 1.0)) - lgamma(0.5 * dof) - 0.5 * log(pi);
    t->dim = (size_t)s->dim;
    t->hi = s->half_width;
    t->lo = -s->half_width;
    t->ln_like = student_ln_like;
    t->inv_var = 1.0 / (s->scale * s->scale * dof);
    t->power = 0.5 * (dof + 1.0);
    t->norm = n * (ln_peak - 0.5 * log(dof) - log(s->scale));
    t->truth.ln_z = n * (ln_peak + log(2.0 * inside) - log(2.0 * s->half_width));
    for (size_t k = 0; k < t->dim; k++)
        t->sd[k] = s->scale * sqrt(dof * (cosine_integral(s->dof - 3, angle) / inside - 1.0));
    return MUTAU_OK;
}

static const mutau_option STUDENT_OPTIONS[] = {
    {.key = "dim",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_student_settings, dim),
     .min = 1,
     .max = BUILTIN_MAX_DIM,
     .def = 2,
     .doc = "dimensions"},
    {.key = "dof",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_student_settings, dof),
     .min = 1,
     .max = 30,
     .def = 2,
     .doc = "degrees of freedom: the tails fall as |x|^-(dof + 1)"},
    {.key = "scale",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_student_settings, scale),
     .min = 1e-6,
     .max = 1e6,
     .def = 1.0,
     .doc = "of each coordinate"},
    {.key = "half_width",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_student_settings, half_width),
     .min = 1e-5,
     .max = 1e9,
     .def = 100.0,
     .doc = "of the uniform prior about 0, which cuts the tails off; at least scale"},
};

const mutau_builtin_target_type mutau_builtin_student = {
    .name = "student",
    .doc = "independent Student t densities, heavy-tailed, cut off by the box of the prior",
    .reference = "closed form",
    .options = STUDENT_OPTIONS,
    .n_option = sizeof STUDENT_OPTIONS / sizeof *STUDENT_OPTIONS,
    .settings_size = sizeof(mutau_builtin_student_settings),
    .init = student_init,
};

/* ---- funnel: x1 ~ N(0, sd^2), the others N(0, exp(x1)), cut off by the box ---- */

/* From -8 sd to 8 sd of x1 in the truth; beyond there is 1e-15 of it. */
enum { N_PANEL = 128, N_POINT = 5 };
static const double WIDTHS = 8.0;

static double funnel_ln_like(const mutau_builtin_target *t, const double x[])
{
    double sum_sq = 0.0;
    for (size_t k = 1; k < t->dim; k++)
        sum_sq += x[k] * x[k];
    return t->norm -
           0.5 * (t->inv_var * x[0] * x[0] + (double)(t->dim - 1) * x[0] + exp(-x[0]) * sum_sq);
}

/* What the truth is made of, as integrals over x1 = v. */
typedef struct funnel_sums {
    double mass, v, v_sq, x_sq; /* of 1, v, v^2 and the variance of the others at v */
} funnel_sums;

/* At a given v the others are normal of sd exp(v / 2), cut off at a = hi exp(-v / 2) of it:
 * erf(a / sqrt(2)) of each is inside, of variance 1 - 2 a phi(a) / erf(a / sqrt(2)). */
static void add_at(const mutau_builtin_target *t, double v, double weight, funnel_sums *sums)
{
    static const double sqrt_2pi = 2.50662827463100050;
    const double sd = exp(0.5 * v), a = t->hi / sd, inside = erf(a * sqrt(0.5));
    const double mass = weight * sqrt(t->inv_var) / sqrt_2pi * exp(-0.5 * t->inv_var * v * v) *
                        pow(inside, (double)(t->dim - 1));
    sums->mass += mass;
    sums->v += mass * v;
    sums->v_sq += mass * v * v;
    sums->x_sq += mass * sd * sd * (1.0 - 2.0 * a * exp(-0.5 * a * a) / (sqrt_2pi * inside));
}

/* Gauss and Legendre's rule of 5 points in each of N_PANEL parts. */
static funnel_sums funnel_integrate(const mutau_builtin_target *t, double from, double to)
{
    static const double at[N_POINT] = {-0.906179845938663993, -0.538469310105683091, 0.0,
                                       0.538469310105683091, 0.906179845938663993};
    static const double weight[N_POINT] = {0.236926885056189088, 0.478628670499366468,
                                           0.568888888888888889, 0.478628670499366468,
                                           0.236926885056189088};
    funnel_sums sums = {0};
    const double half = 0.5 * (to - from) / N_PANEL;
    for (size_t i = 0; i < N_PANEL; i++)
        for (size_t k = 0; k < N_POINT; k++)
            add_at(t, from + half * (2.0 * (double)i + 1.0 + at[k]), half * weight[k], &sums);
    return sums;
}

/* By bisection, to the last bit of the interval or two. */
static double funnel_median(const mutau_builtin_target *t, double lowest, double mass)
{
    double lo = lowest, hi = -lowest;
    for (size_t i = 0; i < 56; i++) {
        const double mid = 0.5 * (lo + hi);
        if (funnel_integrate(t, lowest, mid).mass < 0.5 * mass)
            lo = mid;
        else
            hi = mid;
    }
    return 0.5 * (lo + hi);
}

static mutau_status funnel_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    const mutau_builtin_funnel_settings *s = settings;
    const double n = (double)s->dim, edge = WIDTHS * s->sd;
    if (s->half_width < edge)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "half_width = %g must be at least 8 sd = %g: the truth neglects "
                               "what is outside in x1",
                               s->half_width, edge);
    t->dim = (size_t)s->dim;
    t->hi = s->half_width;
    t->lo = -s->half_width;
    t->ln_like = funnel_ln_like;
    t->inv_var = 1.0 / (s->sd * s->sd);
    t->norm = -0.5 * n * log(2.0 * acos(-1.0)) - log(s->sd);
    const funnel_sums sums = funnel_integrate(t, -edge, edge);
    t->truth.ln_z = log(sums.mass) - n * log(2.0 * s->half_width);
    t->mean[0] = sums.v / sums.mass;
    t->sd[0] = sqrt(sums.v_sq / sums.mass - t->mean[0] * t->mean[0]);
    t->median[0] = funnel_median(t, -edge, sums.mass);
    for (size_t k = 1; k < t->dim; k++)
        t->sd[k] = sqrt(sums.x_sq / sums.mass);
    return MUTAU_OK;
}

static const mutau_option FUNNEL_OPTIONS[] = {
    {.key = "dim",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_funnel_settings, dim),
     .min = 2,
     .max = BUILTIN_MAX_DIM,
     .def = 2,
     .doc = "dimensions: x1, and those whose width it sets"},
    {.key = "sd",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_funnel_settings, sd),
     .min = 0.01,
     .max = 5.0,
     .def = 3.0,
     .doc = "standard deviation of x1"},
    {.key = "half_width",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_funnel_settings, half_width),
     .min = 0.1,
     .max = 500.0, /* exp(half_width) is a number, and its square with x^2 */
     .def = 30.0,
     .doc = "of the uniform prior about 0; at least 8 sd"},
};

const mutau_builtin_target_type mutau_builtin_funnel = {
    .name = "funnel",
    .doc = "x1 ~ N(0, sd^2), the others N(0, exp(x1)), cut off by the box of the prior",
    .reference = "Neal, Ann. Stat. 31, 705 (2003); truth by quadrature over x1",
    .options = FUNNEL_OPTIONS,
    .n_option = sizeof FUNNEL_OPTIONS / sizeof *FUNNEL_OPTIONS,
    .settings_size = sizeof(mutau_builtin_funnel_settings),
    .init = funnel_init,
};
