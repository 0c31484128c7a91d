/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file density.h
 * What a run samples: the posterior of its model, or a built-in target, with all that a
 * chain file says of its coordinates.
 */
#ifndef MUTAU_DENSITY_H
#define MUTAU_DENSITY_H

#include "base/bounds.h"
#include "posterior/posterior.h"
#include "posterior/run_settings.h"
#include "base/status.h"
#include "sampler/target.h"

/** Read-only after mutau_density_open. */
typedef struct mutau_density {
    mutau_target target;
    mutau_posterior *posterior;        /**< owned; NULL with a built-in target */
    mutau_target screen;               /**< the screen of the settings; dim = 0: none */
    mutau_posterior *coarse;           /**< owned; what the screen evaluates */
    mutau_run_settings *of_coarse;     /**< owned, a copy that owns nothing */
    const char *names[MUTAU_MAX_DIM];  /**< [target.dim] of the coordinates ... */
    const char *units[MUTAU_MAX_DIM];  /**< ... "" for a pure number */
    const char *labels[MUTAU_MAX_DIM]; /**< ... LaTeX */
    double lo[MUTAU_MAX_DIM];          /**< ... the prior's support, */
    double hi[MUTAU_MAX_DIM];          /**< infinite where it has no edge */
    const char *const *blob_names;     /**< [target.n_blob] */
} mutau_density;

/** Sets up the density of `settings` (not owned, must outlive it).  Nothing is left to
 * close after a failure.  MUTAU_ECONFIG if all parameters are fixed or the
 * target is another program's own, and what
 * mutau_posterior_alloc returns. */
mutau_status mutau_density_open(const mutau_run_settings *settings, mutau_density *out,
                                mutau_error *err) MUTAU_MUST_CHECK;
/** Adds the screen that `settings`, those of the density, ask for, if they ask for one.  Errors as
 * above; the density is still to be closed. */
mutau_status mutau_density_add_screen(const mutau_run_settings *settings, mutau_density *density,
                                      mutau_error *err) MUTAU_MUST_CHECK;
/** {0} allowed. */
void mutau_density_close(mutau_density *density);

#endif
