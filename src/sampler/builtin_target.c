/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built-in targets: what all kinds share; documented in sampler/builtin_target.h. */
#include "sampler/builtin_target.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "builtin_target_internal.h"
#include "base/mem.h"

const mutau_builtin_target_type *const mutau_builtin_target_types[] = {
    &mutau_builtin_gaussian, &mutau_builtin_rosenbrock, &mutau_builtin_eggbox,
    &mutau_builtin_shells,   &mutau_builtin_mixture,    &mutau_builtin_linear,
    &mutau_builtin_student,  &mutau_builtin_funnel,     NULL};

static const char *const NAMES[BUILTIN_MAX_DIM] = {
    "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10", "x11",
    "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22",
    "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "x31", "x32"};

const mutau_builtin_target_type *mutau_builtin_target_find(const char *name)
{
    for (size_t i = 0; mutau_builtin_target_types[i] != NULL; i++)
        if (strcmp(mutau_builtin_target_types[i]->name, name) == 0)
            return mutau_builtin_target_types[i];
    return NULL;
}

mutau_status mutau_builtin_target_alloc(const mutau_builtin_target_type *type, const void *settings,
                                        mutau_builtin_target **out, mutau_error *err)
{
    *out = NULL;
    mutau_builtin_target *t = mutau_calloc(1, sizeof *t);
    if (t == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the target %s", type->name);
    const mutau_status status = type->init(settings, t, err);
    if (status != MUTAU_OK) {
        free(t);
        return mutau_error_wrap(err, status, "target %s", type->name);
    }
    t->truth.mean = t->mean;
    t->truth.sd = t->sd;
    t->truth.median = t->median;
    *out = t;
    return MUTAU_OK;
}

void mutau_builtin_target_free(mutau_builtin_target *t)
{
    free(t);
}

static double ln_prior(const mutau_builtin_target *t, const double x[])
{
    static const double ln_sqrt_2pi = 0.918938533204672742;
    const double n = (double)t->dim;
    double sum_sq = 0.0;
    if (t->normal_sd > 0.0) {
        for (size_t k = 0; k < t->dim; k++)
            sum_sq += x[k] * x[k];
        return -0.5 * sum_sq / (t->normal_sd * t->normal_sd) -
               n * (ln_sqrt_2pi + log(t->normal_sd));
    }
    for (size_t k = 0; k < t->dim; k++)
        if (!(x[k] >= t->lo && x[k] <= t->hi))
            return -(double)INFINITY;
    return -n * log(t->hi - t->lo);
}

static mutau_status eval(const void *self, void *ws, const double theta[], double *prior,
                         double *ln_like,
                         double blob[]) /* NOLINT(readability-non-const-parameter): target.h's */
{
    const mutau_builtin_target *t = self;
    (void)ws;
    (void)blob;
    *prior = ln_prior(t, theta);
    *ln_like = *prior > -(double)INFINITY ? t->ln_like(t, theta) : -(double)INFINITY;
    return MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double theta[])
{
    const mutau_builtin_target *t = self;
    for (size_t k = 0; k < t->dim; k++)
        theta[k] = t->normal_sd > 0.0 ? t->normal_sd * mutau_rng_normal(rng)
                                      : t->lo + (t->hi - t->lo) * mutau_rng_uniform(rng);
}

mutau_target mutau_builtin_target_density(const mutau_builtin_target *t)
{
    return (mutau_target){.dim = t->dim, .eval = eval, .draw = draw, .self = t, .names = NAMES};
}

void mutau_builtin_target_support(const mutau_builtin_target *t, double *lo, double *hi)
{
    *lo = t->normal_sd > 0.0 ? -(double)INFINITY : t->lo;
    *hi = t->normal_sd > 0.0 ? (double)INFINITY : t->hi;
}

mutau_builtin_truth mutau_builtin_target_truth(const mutau_builtin_target *t)
{
    return t->truth;
}
