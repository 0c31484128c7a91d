/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built-in targets gaussian, rosenbrock and eggbox. */
#include <math.h>

#include "builtin_target_internal.h"

/* ---- gaussian: covariance sd^2 ((1 - rho) 1 + rho ones), normalised ---- */

static double gaussian_ln_like(const mutau_builtin_target *t, const double x[])
{
    double sum = 0.0, sum_sq = 0.0;
    for (size_t k = 0; k < t->dim; k++) {
        sum += x[k];
        sum_sq += x[k] * x[k];
    }
    return t->norm - 0.5 * (t->inv_var * sum_sq - t->coupling * sum * sum);
}

/* The inverse of 1 + c ones is 1 - c / (1 + c n) ones, its determinant 1 + c n, in n
 * dimensions.  The box cuts off at most n erfc(8 / sqrt(2)) = n 1e-15. */
static mutau_status gaussian_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    const mutau_builtin_gaussian_settings *s = settings;
    const double n = (double)s->dim, rho = s->correlation;
    const double ln_2pi = log(2.0 * acos(-1.0));
    if (s->half_width < 8.0 * s->sd)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "half_width = %g must be at least 8 sd = %g: the truth neglects "
                               "what is outside",
                               s->half_width, 8.0 * s->sd);
    t->dim = (size_t)s->dim;
    t->hi = s->half_width;
    t->lo = -s->half_width;
    t->ln_like = gaussian_ln_like;
    t->inv_var = 1.0 / (s->sd * s->sd * (1.0 - rho));
    t->coupling = t->inv_var * rho / (1.0 + (n - 1.0) * rho);
    t->norm = -0.5 * (n * ln_2pi + 2.0 * n * log(s->sd) + (n - 1.0) * log1p(-rho) +
                      log1p((n - 1.0) * rho));
    t->truth.ln_z = -n * log(2.0 * s->half_width);
    for (size_t k = 0; k < t->dim; k++)
        t->sd[k] = s->sd;
    return MUTAU_OK;
}

static const mutau_option GAUSSIAN_OPTIONS[] = {
    {.key = "dim",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_gaussian_settings, dim),
     .min = 1,
     .max = BUILTIN_MAX_DIM,
     .def = 2,
     .doc = "dimensions"},
    {.key = "sd",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_gaussian_settings, sd),
     .min = 1e-6,
     .max = 1e6,
     .def = 1.0,
     .doc = "standard deviation of each coordinate"},
    {.key = "correlation",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_gaussian_settings, correlation),
     .min = 0.0,
     .max = 0.9999,
     .def = 0.0,
     .doc = "of each pair of coordinates"},
    {.key = "half_width",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_gaussian_settings, half_width),
     .min = 1e-5,
     .max = 1e9,
     .def = 10.0,
     .doc = "of the uniform prior about 0; at least 8 sd"},
};

const mutau_builtin_target_type mutau_builtin_gaussian = {
    .name = "gaussian",
    .doc = "a normal density, all coordinates equally correlated, in a wide box",
    .reference = "closed form",
    .options = GAUSSIAN_OPTIONS,
    .n_option = sizeof GAUSSIAN_OPTIONS / sizeof *GAUSSIAN_OPTIONS,
    .settings_size = sizeof(mutau_builtin_gaussian_settings),
    .init = gaussian_init,
};

/* ---- rosenbrock ---- */

static double rosenbrock_ln_like(const mutau_builtin_target *t, const double x[])
{
    (void)t;
    const double a = 1.0 - x[0], b = x[1] - x[0] * x[0];
    return -a * a - 100.0 * b * b;
}

/* The truth by quadrature: tests/statistics/golden/rosenbrock.py, tails.py (medians). */
static mutau_status rosenbrock_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    (void)settings;
    (void)err;
    t->dim = 2;
    t->lo = -5.0;
    t->hi = 5.0;
    t->ln_like = rosenbrock_ln_like;
    t->truth.ln_z = -5.804132364;
    t->mean[0] = 0.936183815590447;
    t->mean[1] = 1.29334930973787;
    t->sd[0] = sqrt(0.417051958096665);
    t->sd[1] = sqrt(1.46869398655733);
    t->median[0] = 0.964297557392212;
    t->median[1] = 0.94041139984083;
    return MUTAU_OK;
}

const mutau_builtin_target_type mutau_builtin_rosenbrock = {
    .name = "rosenbrock",
    .doc = "ln L = -(1 - x1)^2 - 100 (x2 - x1^2)^2, uniform prior on [-5, 5]^2",
    .reference = "Rosenbrock, Comput. J. 3, 175 (1960); truth by quadrature with mpmath",
    .init = rosenbrock_init,
};

/* ---- eggbox ---- */

static double eggbox_ln_like(const mutau_builtin_target *t, const double x[])
{
    (void)t;
    return pow(2.0 + cos(0.5 * x[0]) * cos(0.5 * x[1]), 5.0);
}

/* The truth by quadrature: tests/statistics/golden/eggbox.py; the mean by symmetry. */
static mutau_status eggbox_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    (void)settings;
    (void)err;
    t->dim = 2;
    t->lo = 0.0;
    t->hi = 10.0 * acos(-1.0);
    t->ln_like = eggbox_ln_like;
    t->truth.ln_z = 235.855940332;
    for (size_t k = 0; k < 2; k++) {
        t->mean[k] = t->median[k] = 0.5 * t->hi;
        t->sd[k] = 9.39873167143;
    }
    return MUTAU_OK;
}

const mutau_builtin_target_type mutau_builtin_eggbox = {
    .name = "eggbox",
    .doc = "ln L = (2 + cos(x1 / 2) cos(x2 / 2))^5, uniform prior on [0, 10 pi]^2",
    .reference = "Feroz, Hobson & Bridges, MNRAS 398, 1601 (2009); truth by quadrature",
    .init = eggbox_init,
};
