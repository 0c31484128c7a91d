/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file builtin_target.h
 * Densities with known moments and evidence, to try the sampler on.
 *
 * Each kind is a constant description with an option table and lives in a
 * src/sampler/builtin_target_*.c of its own.  All priors are proper and can be
 * drawn from.  A target is read-only once it is set up: threads may share it.
 */
#ifndef MUTAU_BUILTIN_TARGET_H
#define MUTAU_BUILTIN_TARGET_H

#include <stddef.h>

#include "base/option.h"
#include "base/status.h"
#include "sampler/target.h"

#define MUTAU_BUILTIN_TARGET_MAX_DIM 32

/** No kind's settings are larger. */
#define MUTAU_BUILTIN_TARGET_SETTINGS_SIZE 64

typedef struct mutau_builtin_target mutau_builtin_target;

typedef struct mutau_builtin_target_type {
    const char *name;            /**< key in the run file */
    const char *doc;             /**< one line: likelihood and prior */
    const char *reference;       /**< where it is from, and its truth */
    const mutau_option *options; /**< NULL if n_option = 0 */
    size_t n_option;
    size_t settings_size; /**< bytes of the struct that `options` fill; 0 without */

    /** Called through mutau_builtin_target_alloc: fills the zeroed `target`. */
    mutau_status (*init)(const void *settings, mutau_builtin_target *target, mutau_error *err);
} mutau_builtin_target_type;

/** gaussian, rosenbrock, eggbox, shells, mixture, linear-gaussian, student, funnel;
 * ended by NULL. */
extern const mutau_builtin_target_type *const mutau_builtin_target_types[];

/** The kind of that name, or NULL. */
const mutau_builtin_target_type *mutau_builtin_target_find(const char *name);

/** A target of a kind; `settings` as filled through its options.  MUTAU_ECONFIG if
 * they do not go together (each alone is within its range), MUTAU_ENOMEM. */
mutau_status mutau_builtin_target_alloc(const mutau_builtin_target_type *type, const void *settings,
                                        mutau_builtin_target **out,
                                        mutau_error *err) MUTAU_MUST_CHECK;
void mutau_builtin_target_free(mutau_builtin_target *target);

/** What the sampler needs; valid as long as the target is.  No blobs; the
 * coordinates are x1, x2, ... */
mutau_target mutau_builtin_target_density(const mutau_builtin_target *target);

/** The prior's support, the same in each coordinate; infinite for a normal prior. */
void mutau_builtin_target_support(const mutau_builtin_target *target, double *lo, double *hi);

typedef struct mutau_builtin_truth {
    double ln_z;          /**< the evidence */
    const double *mean;   /**< [dim] of the posterior; lives as long as the target */
    const double *sd;     /**< [dim] */
    const double *median; /**< [dim]; by symmetry in the gap between modes of equal weight */
} mutau_builtin_truth;

/** Closed forms, and for rosenbrock, eggbox and funnel quadratures (their files say how). */
mutau_builtin_truth mutau_builtin_target_truth(const mutau_builtin_target *target);

/* ---- the settings of each kind (rosenbrock and eggbox have none) ---- */

typedef struct mutau_builtin_gaussian_settings {
    long dim;
    double sd, correlation; /**< of each coordinate; of each pair */
    double half_width;      /**< of the box, at least 8 sd */
} mutau_builtin_gaussian_settings;

typedef struct mutau_builtin_shells_settings {
    long dim; /**< at least 2 */
} mutau_builtin_shells_settings;

typedef struct mutau_builtin_mixture_settings {
    long dim, modes;
    double weight; /**< of the first mode; the others share the rest equally */
    double
        separation; /**< the modes stand at equal steps from -this to +this, in each coordinate */
    double sd;      /**< of each mode */
    double half_width; /**< of the box, at least separation + 8 sd */
} mutau_builtin_mixture_settings;

typedef struct mutau_builtin_linear_settings {
    long dim, n_data;
    double noise, prior_sd;
} mutau_builtin_linear_settings;

typedef struct mutau_builtin_student_settings {
    long dim, dof;
    double scale;      /**< of each coordinate */
    double half_width; /**< of the box, at least scale */
} mutau_builtin_student_settings;

typedef struct mutau_builtin_funnel_settings {
    long dim;          /**< at least 2 */
    double sd;         /**< of x1 */
    double half_width; /**< of the box, at least 8 sd */
} mutau_builtin_funnel_settings;

#endif
