/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file conditional.h
 * The posterior with some of its free parameters held at given values: what conditional
 * best fits and profiles are made of.  With none held it is the posterior itself, in the
 * same coordinates.
 */
#ifndef MUTAU_CONDITIONAL_H
#define MUTAU_CONDITIONAL_H

#include <stdbool.h>
#include <stddef.h>

#include "posterior/posterior.h"
#include "base/status.h"
#include "sampler/target.h"

/** Plain data: no release.  Read-only after mutau_conditional_init, and valid as long as
 * the posterior; any number of threads may use its target. */
typedef struct mutau_conditional {
    const mutau_posterior *posterior;     /**< not owned */
    const mutau_run_settings *settings;   /**< the posterior's */
    size_t dim;                           /**< of the parameters that are left free */
    size_t free_id[MUTAU_MAX_PARAMETERS]; /**< [dim] their places in the set */
    const char *names[MUTAU_MAX_PARAMETERS];
    double natural[MUTAU_MAX_PARAMETERS];                        /**< the values of the others */
    double lo[MUTAU_MAX_PARAMETERS], hi[MUTAU_MAX_PARAMETERS];   /**< [dim] support, stored */
    double min[MUTAU_MAX_PARAMETERS], max[MUTAU_MAX_PARAMETERS]; /**< [dim] support, natural */
} mutau_conditional;

/** Holds the parameters with held[i] at natural[i] (the other entries are not read),
 * also outside their prior, which does not count any more.  Parameters that the run file
 * fixes may be held at another value.  The values must be physical. */
void mutau_conditional_init(mutau_conditional *out, const mutau_posterior *posterior,
                            const bool held[], const double natural[]);

/** Without the boson, g' held or fixed at 0, some parameters do not matter: holds those that are
 * free in the middle of their priors, in held[set.n] and natural[set.n] as for
 * mutau_conditional_init, unless nothing else is free. */
void mutau_conditional_hold_idle(const mutau_run_settings *settings, bool held[], double natural[]);

/** The whole point, natural values, at the stored coordinates theta[dim]. */
void mutau_conditional_natural(const mutau_conditional *c, const double theta[], double natural[]);

/** ln prior of the target is that of the parameters left free; it has no blobs. */
mutau_target mutau_conditional_target(const mutau_conditional *c);

#endif
