/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A density of the caller's as the sampler sees it; documented in api_internal.h and
 * mutau/sampling.h. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api_internal.h"
#include "base/name.h"
#include "base/rng.h"

/* --- the sampler's view ---------------------------------------------------------------- */

static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    const mutau_own_density *own = &((const mutau_api_density *)self)->own;
    double unused[MUTAU_API_MAX_BLOB];
    double *to = blob != NULL ? blob : unused;
    (void)ws;
    /* What the caller forgets to set is no number, and the point a failure. */
    *ln_prior = *ln_like = (double)NAN;
    for (size_t i = 0; i < own->n_blob; i++)
        to[i] = (double)NAN;
    if (own->eval(own->self, theta, ln_prior, ln_like, to) != 0)
        return MUTAU_ENUMERIC;
    if (isnan(*ln_prior) || *ln_prior > -(double)INFINITY)
        return isnan(*ln_prior) || isnan(*ln_like) ? MUTAU_ENAN : MUTAU_OK;
    *ln_like = -(double)INFINITY;
    for (size_t i = 0; i < own->n_blob; i++)
        to[i] = (double)NAN;
    return MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double theta[])
{
    const mutau_own_density *own = &((const mutau_api_density *)self)->own;
    double unit[MUTAU_API_MAX_DIM];
    for (size_t i = 0; i < own->dim; i++)
        unit[i] = mutau_rng_uniform(rng);
    own->draw(own->self, unit, theta);
}

/* --- checking and copying -------------------------------------------------------------- */

static mutau_status check(const mutau_own_density *own, mutau_error *err)
{
    if (own->dim < 1 || own->dim > MUTAU_API_MAX_DIM)
        return mutau_error_set(err, MUTAU_EUSAGE, "density: dim = %zu: must be 1 to %d", own->dim,
                               MUTAU_API_MAX_DIM);
    if (own->n_blob > MUTAU_API_MAX_BLOB)
        return mutau_error_set(err, MUTAU_EUSAGE, "density: n_blob = %zu: must be at most %d",
                               own->n_blob, MUTAU_API_MAX_BLOB);
    if (own->eval == NULL || own->draw == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "density: no function %s",
                               own->eval == NULL ? "eval" : "draw");
    if (own->n_blob > 0 && own->blob_names == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "density: %zu blobs without names", own->n_blob);
    if ((own->lo == NULL) != (own->hi == NULL))
        return mutau_error_set(err, MUTAU_EUSAGE, "density: edges lo and hi: both, or neither");
    return MUTAU_OK;
}

/* The name number n; it must be new. */
static mutau_status copy_name(mutau_api_density *d, size_t n, const char *name, mutau_error *err)
{
    if (!mutau_is_name(name))
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "density: '%s' is no name: it is made of " MUTAU_NAME_RULE,
                               name != NULL ? name : "", MUTAU_NAME_SIZE - 1);
    bool taken = strcmp(name, "log_prob") == 0;
    for (size_t i = 0; i < n; i++)
        taken = taken || strcmp(name, d->text[i]) == 0;
    if (taken)
        return mutau_error_set(err, MUTAU_EUSAGE, "density: the name '%s' is taken already", name);
    (void)snprintf(d->text[n], MUTAU_API_NAME_SIZE, "%s", name);
    return MUTAU_OK;
}

static mutau_status copy_names(mutau_api_density *d, const mutau_own_density *own, mutau_error *err)
{
    for (size_t i = 0; i < own->dim; i++) {
        char number[MUTAU_API_NAME_SIZE];
        (void)snprintf(number, sizeof number, "x%zu", i + 1);
        MUTAU_CHECK(copy_name(d, i, own->names != NULL ? own->names[i] : number, err));
        d->name[i] = d->text[i];
    }
    for (size_t i = 0; i < own->dim; i++) {
        const char *unit = own->units != NULL ? own->units[i] : "";
        if (unit == NULL || strlen(unit) >= MUTAU_API_NAME_SIZE)
            return mutau_error_set(err, MUTAU_EUSAGE, "density: %s: a unit of at most %d bytes",
                                   d->name[i], MUTAU_API_NAME_SIZE - 1);
        (void)snprintf(d->unit_text[i], MUTAU_API_NAME_SIZE, "%s", unit);
        d->unit[i] = d->unit_text[i];
    }
    for (size_t i = 0; i < own->n_blob; i++) {
        MUTAU_CHECK(copy_name(d, own->dim + i, own->blob_names[i], err));
        d->blob[i] = d->text[own->dim + i];
    }
    return MUTAU_OK;
}

static mutau_status copy_edges(mutau_api_density *d, const mutau_own_density *own, mutau_error *err)
{
    for (size_t i = 0; i < own->dim; i++) {
        d->lo[i] = own->lo != NULL ? own->lo[i] : -(double)INFINITY;
        d->hi[i] = own->hi != NULL ? own->hi[i] : (double)INFINITY;
        if (!(d->lo[i] < d->hi[i]))
            return mutau_error_set(err, MUTAU_EUSAGE,
                                   "density: %s: edges %g to %g: the first must be below the other",
                                   d->name[i], d->lo[i], d->hi[i]);
    }
    return MUTAU_OK;
}

mutau_status mutau_api_density_init(mutau_api_density *density, const mutau_own_density *own,
                                    mutau_error *err)
{
    MUTAU_CHECK(check(own, err));
    MUTAU_CHECK(copy_names(density, own, err));
    MUTAU_CHECK(copy_edges(density, own, err));
    density->own = *own;
    density->own.names = density->name;
    density->own.units = density->unit;
    density->own.blob_names = density->blob;
    density->own.lo = density->lo;
    density->own.hi = density->hi;
    density->target = (mutau_target){.dim = own->dim,
                                     .n_blob = own->n_blob,
                                     .eval = eval,
                                     .draw = draw,
                                     .self = density,
                                     .names = density->name};
    return MUTAU_OK;
}
