/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file stages_internal.h
 * Draws at several temperatures, weighted for any of them as draws of their union (Shirts &
 * Chodera, J. Chem. Phys. 129, 124105 (2008)).  Private to the sampler.
 */
#ifndef MUTAU_STAGES_INTERNAL_H
#define MUTAU_STAGES_INTERNAL_H

#include <stddef.h>

#include "sampler/ensemble.h"
#include "sampler/mixture.h"
#include "base/status.h"

enum { MUTAU_MAX_STAGES = 16 }; /* the last ones are kept */

/* Draws at one temperature. */
typedef struct mutau_stage {
    double beta, ln_z; /* of the density prior L^beta / z */
    size_t n;
    double *x;       /* [n][dim] */
    double *ln_like; /* [n] */
} mutau_stage;

typedef struct mutau_stages {
    size_t dim, n;
    mutau_stage stage[MUTAU_MAX_STAGES];
} mutau_stages;

/** Room for n draws at beta; the oldest stage goes if there are too many.  MUTAU_ENOMEM. */
mutau_status mutau_stages_add(mutau_stages *stages, double beta, double ln_z, size_t n,
                              mutau_error *err) MUTAU_MUST_CHECK;
/** The n particles of `now` join the last stage, which has room for them. */
void mutau_stages_keep(mutau_stages *stages, size_t n, const mutau_ensemble_view *now);
/** Removes stage i. */
void mutau_stages_drop(mutau_stages *stages, size_t i);
/** Frees what the struct holds; {0} allowed. */
void mutau_stages_clear(mutau_stages *stages);

/** A mixture that imitates the density at beta.  Errors as mutau_mixture_fit has. */
mutau_status mutau_stages_fit(const mutau_stages *stages, double beta,
                              const mutau_mixture_settings *settings,
                              const mutau_mixture_sample *prior, mutau_mixture **out,
                              mutau_error *err) MUTAU_MUST_CHECK;

#endif
