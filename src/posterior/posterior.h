/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file posterior.h
 * The posterior density of a run: parameter priors, flux likelihood and prior
 * terms put together, as a target for the sampler and point by point.
 */
#ifndef MUTAU_POSTERIOR_H
#define MUTAU_POSTERIOR_H

#include <stdbool.h>
#include <stddef.h>

#include "physics/flux.h"
#include "likelihood/flux_likelihood.h"
#include "posterior/run_settings.h"
#include "base/status.h"
#include "sampler/target.h"

enum { MUTAU_MAX_DERIVED = 16 };

typedef struct mutau_posterior mutau_posterior;                     /**< read-only after alloc */
typedef struct mutau_posterior_workspace mutau_posterior_workspace; /**< one per thread */

/** Everything known about one point. */
typedef struct mutau_posterior_point {
    double natural[MUTAU_MAX_PARAMETERS]; /**< [set.n] in natural units, fixed ones included */
    double ln_prior;                      /**< -INFINITY outside the support */
    double ln_likelihood;                 /**< flux + terms; finite at any physical point */
    double chi2;
    double ln_flux; /**< -chi2 / 2 */
    double ln_term[MUTAU_MAX_TERMS];
    double derived[MUTAU_MAX_DERIVED]; /**< as mutau_posterior_derived lists them; of terms
                                        * 0 for a scalar mediator, which only neutrinos feel */
    double tail_depth;
} mutau_posterior_point;

/** Builds the posterior of `settings` (not owned, must outlive it).  MUTAU_EDOM: a
 * model or data that no flux or chi^2 can be computed for; MUTAU_ECONFIG: terms that derive more
 * than MUTAU_MAX_DERIVED quantities; MUTAU_ECONFIG, MUTAU_EDATA, MUTAU_EIO from a term;
 * MUTAU_ENOMEM. */
mutau_status mutau_posterior_alloc(const mutau_run_settings *settings, mutau_posterior **out,
                                   mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_posterior_free(mutau_posterior *posterior);

/** MUTAU_ENOMEM; *out is NULL then. */
mutau_status mutau_posterior_workspace_alloc(const mutau_posterior *posterior,
                                             mutau_posterior_workspace **out) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_posterior_workspace_free(mutau_posterior_workspace *ws);

/** The settings that it was built of. */
const mutau_run_settings *mutau_posterior_settings(const mutau_posterior *posterior);

/** Number of free parameters. */
size_t mutau_posterior_dim(const mutau_posterior *posterior);
/** The quantities that the posterior derives from a point, and their number; owned by it. */
size_t mutau_posterior_derived(const mutau_posterior *posterior,
                               const mutau_derived *const **derived);
/** Names of the blobs, n_blob of the target (owned by the posterior): the boson's mass and
 * coupling, what every run derives, "chi2", "lnl_flux", "lnl_TERM" of each term, and what these
 * derive. */
const char *const *mutau_posterior_blob_names(const mutau_posterior *posterior);

/** True if the mass lies beyond the inputs of the i-th term of the settings: its
 * ln L is then that of the nearest mass they cover.  The sampler never goes there:
 * a prior that does is a configuration error. */
bool mutau_posterior_beyond_inputs(const mutau_posterior *posterior, size_t i_term,
                                   double mass_mev);

/** Evaluates the point natural[set.n] anywhere physical, also outside the prior.
 * Thread-safe, each thread with a workspace of its own.  Solved directly, never off a table.
 * MUTAU_EDOM for an unphysical point, MUTAU_ENAN with the point in the text, MUTAU_ENOMEM as of
 * mutau_flux_bins. */
mutau_status mutau_posterior_eval(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                                  const double natural[], mutau_posterior_point *out,
                                  mutau_error *err) MUTAU_MUST_CHECK;

/** The same as the sampler has it: the flux comes off a table if there is one (flux.h), and by the
 * line solver where the terms alone have ln L below -700, as good as 0 whatever the flux. */
mutau_status mutau_posterior_eval_of_many(const mutau_posterior *posterior,
                                          mutau_posterior_workspace *ws, const double natural[],
                                          mutau_posterior_point *out,
                                          mutau_error *err) MUTAU_MUST_CHECK;

/** Predicted N of each data point (mutau_flux_likelihood_points order) of the last
 * mutau_posterior_eval with this workspace. */
const double *mutau_posterior_predicted(const mutau_posterior_workspace *ws);

/** The data points and the flux machinery, owned by the posterior. */
const mutau_flux_likelihood *mutau_posterior_data(const mutau_posterior *posterior);
const mutau_flux *mutau_posterior_flux(const mutau_posterior *posterior);
mutau_flux_workspace *mutau_posterior_flux_workspace(mutau_posterior_workspace *ws);

/** The sampler's view; valid as long as the posterior.  Its flux comes off the table of the flux
 * (model.table), if there is one: ln L is that of mutau_posterior_eval to 1e-4 where the posterior
 * has its mass. */
mutau_target mutau_posterior_target(const mutau_posterior *posterior);

#endif
