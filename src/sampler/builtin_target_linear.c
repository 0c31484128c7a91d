/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built-in target linear-gaussian: a polynomial fitted to data of known noise.
 *
 * The data are d_j = sin(3 t_j) at equal steps t_j of [-1, 1], the model
 * sum_k theta_k t^k, the noise N(0, noise^2), the prior N(0, prior_sd^2).  With the
 * precision P = A^T A / noise^2 + 1 / prior_sd^2 and b = A^T d / noise^2 the posterior
 * is N(P^-1 b, P^-1), and
 *     ln Z = -n/2 ln(2 pi noise^2) - dim ln prior_sd - ln det(P) / 2
 *            - (d^T d / noise^2 - b^T P^-1 b) / 2. */
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

#include "builtin_target_internal.h"

static double linear_ln_like(const mutau_builtin_target *t, const double x[])
{
    double sum_sq = 0.0;
    for (size_t j = 0; j < t->n_data; j++) {
        double rest = t->data[j];
        for (size_t k = 0; k < t->dim; k++)
            rest -= t->design[j][k] * x[k];
        sum_sq += rest * rest;
    }
    return t->norm - 0.5 * t->inv_var * sum_sq;
}

/* x = L^-1 x. */
static void solve_lower(const gsl_matrix *lower, double x[])
{
    gsl_vector_view out = gsl_vector_view_array(x, lower->size1);
    (void)gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, lower, &out.vector);
}

/* Mean, standard deviations and evidence.  With u = L^-1 b and the columns v_k of L^-1
 * (P = L L^T) the mean is v_k u, the variance v_k v_k, and b P^-1 b = u u. */
static void find_truth(mutau_builtin_target *t, double prior_sd)
{
    double p[BUILTIN_MAX_LINEAR][BUILTIN_MAX_LINEAR] = {{0.0}}, u[BUILTIN_MAX_LINEAR] = {0.0};
    double d_sq = 0.0, u_sq = 0.0;
    gsl_matrix_view lower =
        gsl_matrix_view_array_with_tda(p[0], t->dim, t->dim, BUILTIN_MAX_LINEAR);
    for (size_t i = 0; i < t->dim; i++) {
        p[i][i] = 1.0 / (prior_sd * prior_sd);
        for (size_t j = 0; j < t->n_data; j++) {
            u[i] += t->design[j][i] * t->data[j] * t->inv_var;
            for (size_t k = 0; k <= i; k++)
                p[i][k] += t->design[j][i] * t->design[j][k] * t->inv_var;
        }
    }
    /* P is positive definite: its diagonal has 1 / prior_sd^2. */
    (void)gsl_linalg_cholesky_decomp1(&lower.matrix);
    solve_lower(&lower.matrix, u);
    t->truth.ln_z = t->norm - (double)t->dim * log(prior_sd);
    for (size_t k = 0; k < t->dim; k++) {
        double v[BUILTIN_MAX_LINEAR] = {0.0}, var = 0.0;
        v[k] = 1.0;
        solve_lower(&lower.matrix, v);
        for (size_t i = 0; i < t->dim; i++) {
            t->mean[k] += v[i] * u[i];
            var += v[i] * v[i];
        }
        t->sd[k] = sqrt(var);
        t->median[k] = t->mean[k];
        u_sq += u[k] * u[k];
        t->truth.ln_z -= log(p[k][k]);
    }
    for (size_t j = 0; j < t->n_data; j++)
        d_sq += t->data[j] * t->data[j] * t->inv_var;
    t->truth.ln_z -= 0.5 * (d_sq - u_sq);
}

static mutau_status linear_init(const void *settings, mutau_builtin_target *t, mutau_error *err)
{
    (void)err;
    const mutau_builtin_linear_settings *s = settings;
    t->dim = (size_t)s->dim;
    t->n_data = (size_t)s->n_data;
    t->normal_sd = s->prior_sd;
    t->ln_like = linear_ln_like;
    t->inv_var = 1.0 / (s->noise * s->noise);
    t->norm = -0.5 * (double)s->n_data * log(2.0 * acos(-1.0) * s->noise * s->noise);
    for (size_t j = 0; j < t->n_data; j++) {
        const double time = 2.0 * (double)j / (double)(s->n_data - 1) - 1.0;
        t->data[j] = sin(3.0 * time);
        t->design[j][0] = 1.0;
        for (size_t k = 1; k < t->dim; k++)
            t->design[j][k] = t->design[j][k - 1] * time;
    }
    find_truth(t, s->prior_sd);
    return MUTAU_OK;
}

static const mutau_option LINEAR_OPTIONS[] = {
    {.key = "dim",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_linear_settings, dim),
     .min = 1,
     .max = BUILTIN_MAX_LINEAR,
     .def = 4,
     .doc = "coefficients of the polynomial"},
    {.key = "n_data",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_builtin_linear_settings, n_data),
     .min = 2,
     .max = BUILTIN_MAX_DATA,
     .def = 12,
     .doc = "data, sin(3 t) at equal steps of t in [-1, 1]"},
    {.key = "noise",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_linear_settings, noise),
     .min = 1e-3,
     .max = 1e3,
     .def = 0.25,
     .doc = "standard deviation of the data"},
    {.key = "prior_sd",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_builtin_linear_settings, prior_sd),
     .min = 1e-3,
     .max = 1e3,
     .def = 3.0,
     .doc = "standard deviation of each coefficient under the prior"},
};

const mutau_builtin_target_type mutau_builtin_linear = {
    .name = "linear-gaussian",
    .doc = "a polynomial fitted to data of known noise, normal prior",
    .reference = "closed form (conjugate prior)",
    .options = LINEAR_OPTIONS,
    .n_option = sizeof LINEAR_OPTIONS / sizeof *LINEAR_OPTIONS,
    .settings_size = sizeof(mutau_builtin_linear_settings),
    .init = linear_init,
};
