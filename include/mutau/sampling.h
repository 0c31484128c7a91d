/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file sampling.h
 * Affine-invariant ensembles on a density of the caller's, in memory; filerun.h keeps the draws
 * in a chain file.
 *
 * The draws are those of mutau's one sampler: the same seed gives the same bytes, whatever the
 * number of threads.
 *
 *     mutau_own_density density = {0};
 *     density.dim = 2;
 *     density.eval = ln_density;
 *     density.draw = draw_from_prior;
 *     mutau_sampling_open(&density, "{ensembles: 4, walkers: 32, seed: 7}", 0, &s, &err);
 *     mutau_sampling_run(s, 2000, &err);
 *     mutau_results_of_sampling(s, MUTAU_BURN_IN_AUTO, &results, &err);
 */
#ifndef MUTAU_SAMPLING_H
#define MUTAU_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "mutau/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A density to sample: prior times likelihood.  Zero it first, then fill in what is known. */
typedef struct mutau_own_density {
    size_t dim; /**< coordinates, 1 ... 16 */

    /** ln prior and ln likelihood at theta[dim], and blob[n_blob].  Outside the prior *ln_prior =
     * -INFINITY is enough.  Anything but 0 says that the point could not be evaluated: it is
     * counted and rejected, as is one with a NaN.  A pure function of theta, called by several
     * threads at once; it must not throw or jump out. */
    int (*eval)(void *self, const double theta[], double *ln_prior, double *ln_like, double blob[]);

    /** A draw from the prior: the point theta[dim] that belongs to unit[dim], numbers uniform in
     * [0, 1).  The walkers start there. */
    void (*draw)(void *self, const double unit[], double theta[]);

    void *self; /**< handed to both; not owned */

    /** For chain files alone (filerun.h): what it is called, NULL: "density"; and what determines
     * it besides, such as a version or a digest of its data, NULL: nothing. */
    const char *name, *identity;

    /** [dim] of the coordinates: letters, digits and _ . + -, a letter first, at most 63 bytes;
     * NULL: x1, x2, ... */
    const char *const *names;
    const char *const *units;      /**< [dim] "" for a pure number; NULL: all are */
    size_t n_blob;                 /**< numbers kept beside each draw, at most 16; 0: none */
    const char *const *blob_names; /**< [n_blob] by the same rule as names, and others */
    const double *lo, *hi;         /**< [dim] edges of the prior; NULL: it has none */
} mutau_own_density;

typedef struct mutau_sampling mutau_sampling; /**< ensembles and their draws */

/** Places the walkers of the ensembles at draws of the prior whose density is finite.  `settings`
 * is a mapping in YAML, as under `sampler` in a run file (docs of `mutau help run-file`; NULL: all
 * defaults), of which ensembles, walkers, moves, seed, thin and max_failure_rate are used;
 * temperatures are for filerun.h.  n_thread: 0 for as many as OpenMP has.  The texts and edges of
 * `density` are copied.  *out is NULL after a failure: MUTAU_EUSAGE for a density that is not
 * complete, MUTAU_ECONFIG for the settings, MUTAU_ENUMERIC if a walker finds no place,
 * MUTAU_ENOMEM. Closed by mutau_sampling_close. */
MUTAU_API mutau_status mutau_sampling_open(const mutau_own_density *density, const char *settings,
                                           int n_thread, mutau_sampling **out,
                                           mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
MUTAU_API void mutau_sampling_close(mutau_sampling *sampling);

/** Goes n_step steps on, in each of which every walker moves once, and keeps every thin-th.
 * MUTAU_EDOM, and no step is taken, if all steps together would be more than SIZE_MAX;
 * MUTAU_ENUMERIC if more of the evaluations fail than max_failure_rate allows; MUTAU_ENOMEM.
 * What was kept until then stays. */
MUTAU_API mutau_status mutau_sampling_run(mutau_sampling *sampling, size_t n_step,
                                          mutau_error *err) MUTAU_MUST_CHECK;

/** The shape of the draws: ensembles, walkers of each, rows of each walker. */
MUTAU_API size_t mutau_sampling_ensembles(const mutau_sampling *sampling);
MUTAU_API size_t mutau_sampling_walkers(const mutau_sampling *sampling);
MUTAU_API size_t mutau_sampling_rows(const mutau_sampling *sampling);
/** Evaluations so far, and how many of them failed. */
MUTAU_API uint64_t mutau_sampling_evaluations(const mutau_sampling *sampling);
MUTAU_API uint64_t mutau_sampling_failures(const mutau_sampling *sampling);
/** Share of accepted proposals; NaN before the first step. */
MUTAU_API double mutau_sampling_acceptance(const mutau_sampling *sampling);

/** Copies rows of one quantity into x[n_row][ensembles * walkers]; as mutau_chainfile_read. */
MUTAU_API mutau_status mutau_sampling_read(const mutau_sampling *sampling, const char *name,
                                           size_t first, size_t n_row, double x[],
                                           mutau_error *err) MUTAU_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
