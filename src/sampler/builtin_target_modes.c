/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built-in targets with several modes: shells and mixture. */
#include <math.h>

#include "builtin_target_internal.h"

static double ln_add(double a, double b)
{
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

/* ---- shells: two Gaussian shells, each normalised across its thickness ---- */

static const double RADIUS = 2.0, WIDTH = 0.1, CENTRE = 3.5, BOX = 6.0;

static double shells_ln_like(const mutau_builtin_target *t, const double x[])
{
    double rest = 0.0;
    for (size_t k = 1; k < t->dim; k++)
        rest += x[k] * x[k];
    const double right = sqrt(rest + (x[0] - CENTRE) * (x[0] - CENTRE)) - RADIUS;
    const double left = sqrt(rest + (x[0] + CENTRE) * (x[0] + CENTRE)) - RADIUS;
    const double scale = -0.5 / (WIDTH * WIDTH);
    return t->norm + ln_add(scale * right * right, scale * left * left);
}

/* E[r^n] of r ~ N(RADIUS, WIDTH^2), by parts: m_n = RADIUS m_{n-1} + (n - 1) WIDTH^2 m_{n-2}. */
static double radial_moment(size_t n)
{
    double last = 0.0, m = 1.0;
    for (size_t i = 1; i <= n; i++) {
        const double next = RADIUS * m + (double)(i - 1) * WIDTH * WIDTH * last;
        last = m;
        m = next;
    }
    return m;
}

/* Z = 2 S_n m_{n-1} / 12^n, with S_n = 2 pi^(n/2) / Gamma(n/2) the unit sphere's area; what
 * the box cuts off (5 widths away at one point of each shell) is below 1e-8 of it. */
static mutau_status shells_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    (void)err;
    const mutau_builtin_shells_settings *s = settings;
    const double n = (double)s->dim, pi = acos(-1.0);
    t->dim = (size_t)s->dim;
    t->lo = -BOX;
    t->hi = BOX;
    t->ln_like = shells_ln_like;
    t->norm = -0.5 * log(2.0 * pi * WIDTH * WIDTH);
    t->truth.ln_z = log(4.0) + 0.5 * n * log(pi) - lgamma(0.5 * n) +
                    log(radial_moment(t->dim - 1)) - n * log(2.0 * BOX);
    const double var = radial_moment(t->dim + 1) / radial_moment(t->dim - 1) / n;
    for (size_t k = 0; k < t->dim; k++)
        t->sd[k] = sqrt(var + (k == 0 ? CENTRE * CENTRE : 0.0));
    return MUTAU_OK;
}

static const mutau_option SHELLS_OPTIONS[] = {
    {.key = "dim",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_shells_settings, dim),
     .min = 2,
     .max = BUILTIN_MAX_DIM,
     .def = 2,
     .doc = "dimensions"},
};

const mutau_builtin_target_type mutau_builtin_shells = {
    .name = "shells",
    .doc = "two Gaussian shells, radius 2, width 0.1, centres at x1 = -3.5 and 3.5, in [-6, 6]^dim",
    .reference = "Feroz, Hobson & Bridges, MNRAS 398, 1601 (2009); truth in closed form",
    .options = SHELLS_OPTIONS,
    .n_option = sizeof SHELLS_OPTIONS / sizeof *SHELLS_OPTIONS,
    .settings_size = sizeof(mutau_builtin_shells_settings),
    .init = shells_init,
};

/* ---- mixture ---- */

static double mixture_ln_like(const mutau_builtin_target *t, const double x[])
{
    double sum = -(double)INFINITY;
    for (size_t i = 0; i < t->n_mode; i++) {
        double d_sq = 0.0;
        for (size_t k = 0; k < t->dim; k++)
            d_sq += (x[k] - t->centre[i]) * (x[k] - t->centre[i]);
        sum = ln_add(t->ln_weight[i] - 0.5 * t->inv_var * d_sq, sum);
    }
    return t->norm + sum;
}

/* Probability below x in each coordinate. */
static double mixture_below(const mutau_builtin_target *t, double x)
{
    double sum = 0.0;
    for (size_t i = 0; i < t->n_mode; i++)
        sum += exp(t->ln_weight[i]) * 0.5 * erfc((t->centre[i] - x) * sqrt(0.5 * t->inv_var));
    return sum;
}

/* By bisection. */
static double mixture_quantile(const mutau_builtin_target *t, double p)
{
    double lo = t->lo, hi = t->hi;
    for (size_t i = 0; i < 100; i++) {
        const double mid = 0.5 * (lo + hi);
        if (mixture_below(t, mid) < p)
            lo = mid;
        else
            hi = mid;
    }
    return 0.5 * (lo + hi);
}

/* In the middle: modes that part the probability evenly have a gap in which it is one half
 * to many digits. */
static double mixture_median(const mutau_builtin_target *t)
{
    return 0.5 * (mixture_quantile(t, 0.5 - 1e-8) + mixture_quantile(t, 0.5 + 1e-8));
}

static mutau_status mixture_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    const mutau_builtin_mixture_settings *s = settings;
    const double n = (double)s->dim, needed = s->separation + 8.0 * s->sd;
    double mean = 0.0, mean_sq = 0.0;
    if (s->half_width < needed)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "half_width = %g must be at least separation + 8 sd = %g: the truth "
                               "neglects what is outside",
                               s->half_width, needed);
    t->dim = (size_t)s->dim;
    t->hi = s->half_width;
    t->lo = -s->half_width;
    t->ln_like = mixture_ln_like;
    t->inv_var = 1.0 / (s->sd * s->sd);
    t->norm = -0.5 * n * log(2.0 * acos(-1.0) * s->sd * s->sd);
    t->n_mode = (size_t)s->modes;
    for (size_t i = 0; i < t->n_mode; i++) {
        const double weight = i == 0 ? s->weight : (1.0 - s->weight) / (double)(s->modes - 1);
        t->ln_weight[i] = log(weight);
        t->centre[i] = s->separation * (2.0 * (double)i / (double)(s->modes - 1) - 1.0);
        mean += weight * t->centre[i];
        mean_sq += weight * t->centre[i] * t->centre[i];
    }
    t->truth.ln_z = -n * log(2.0 * s->half_width);
    const double median = mixture_median(t);
    for (size_t k = 0; k < t->dim; k++) {
        t->mean[k] = mean;
        t->sd[k] = sqrt(mean_sq - mean * mean + s->sd * s->sd);
        t->median[k] = median;
    }
    return MUTAU_OK;
}

static const mutau_option MIXTURE_OPTIONS[] = {
    {.key = "dim",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_mixture_settings, dim),
     .min = 1,
     .max = BUILTIN_MAX_DIM,
     .def = 2,
     .doc = "dimensions"},
    {.key = "modes",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_mixture_settings, modes),
     .min = 2,
     .max = BUILTIN_MAX_MODE,
     .def = 2,
     .doc = "normal densities, at equal steps on the diagonal"},
    {.key = "weight",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_mixture_settings, weight),
     .min = 1e-3,
     .max = 0.999,
     .def = 0.5,
     .doc = "of the first mode, the one below; the others share the rest equally"},
    {.key = "separation",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_mixture_settings, separation),
     .min = 0.0,
     .max = 1e6,
     .def = 5.0,
     .doc = "the modes stand between minus this and this, in each coordinate"},
    {.key = "sd",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_mixture_settings, sd),
     .min = 1e-6,
     .max = 1e6,
     .def = 0.5,
     .doc = "standard deviation of each mode"},
    {.key = "half_width",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_mixture_settings, half_width),
     .min = 1e-5,
     .max = 1e9,
     .def = 10.0,
     .doc = "of the uniform prior about 0; at least separation + 8 sd"},
};

const mutau_builtin_target_type mutau_builtin_mixture = {
    .name = "mixture",
    .doc = "round normal densities of given weights, far apart, in a wide box",
    .reference = "closed form",
    .options = MIXTURE_OPTIONS,
    .n_option = sizeof MIXTURE_OPTIONS / sizeof *MIXTURE_OPTIONS,
    .settings_size = sizeof(mutau_builtin_mixture_settings),
    .init = mixture_init,
};
