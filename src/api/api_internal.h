/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file api_internal.h
 * What the files of the public interface share.  Private to it.
 */
#ifndef MUTAU_API_INTERNAL_H
#define MUTAU_API_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/bounds.h"
#include "store/chain.h"
#include "mutau/chainfile.h"
#include "analysis/credible.h"
#include "analysis/diagnostics.h"
#include "sampler/ensemble.h"
#include "base/name.h"
#include "mutau/results.h"
#include "posterior/run_settings.h"
#include "mutau/sampling.h"
#include "base/status.h"
#include "sampler/target.h"

enum {
    MUTAU_API_MAX_DIM = MUTAU_MAX_DIM,
    MUTAU_API_MAX_BLOB = 16,
    MUTAU_API_NAME_SIZE = MUTAU_NAME_SIZE,
    MUTAU_API_MAX_THREAD = 1024
};

/** n_thread as it is, or as many as OpenMP has for 0.  MUTAU_EUSAGE unless it is in
 * 0 ... MUTAU_API_MAX_THREAD. */
mutau_status mutau_api_threads(int n_thread, int *out, mutau_error *err) MUTAU_MUST_CHECK;

/** Where a quantity is kept. */
typedef enum mutau_api_kind {
    MUTAU_API_COORDINATE,
    MUTAU_API_BLOB,
    MUTAU_API_LOG_PROB
} mutau_api_kind;

/** Names of coordinates and blobs; not owned. */
typedef struct mutau_api_names {
    size_t dim, n_blob;
    const char *const *name; /**< [dim] */
    const char *const *blob; /**< [n_blob] */
} mutau_api_names;

/** Finds the quantity `name`: its kind and its number among those.  MUTAU_EUSAGE, with the nearest
 * name, if there is none. */
mutau_status mutau_api_find(const mutau_api_names *names, const char *name, mutau_api_kind *kind,
                            size_t *i, mutau_error *err) MUTAU_MUST_CHECK;

struct mutau_chainfile {
    mutau_chain *chain; /* owned */
    mutau_chain_info info;
};

/** A density of the caller's as the sampler sees it; stays where it is while it is in use. */
typedef struct mutau_api_density {
    mutau_own_density own; /* as given, but for the copies below */
    char text[MUTAU_API_MAX_DIM + MUTAU_API_MAX_BLOB][MUTAU_API_NAME_SIZE];
    char unit_text[MUTAU_API_MAX_DIM][MUTAU_API_NAME_SIZE];
    const char *name[MUTAU_API_MAX_DIM], *unit[MUTAU_API_MAX_DIM], *blob[MUTAU_API_MAX_BLOB];
    double lo[MUTAU_API_MAX_DIM], hi[MUTAU_API_MAX_DIM]; /* infinite without edges */
    mutau_target target;
} mutau_api_density;

/** Checks and copies a density.  MUTAU_EUSAGE. */
mutau_status mutau_api_density_init(mutau_api_density *density, const mutau_own_density *own,
                                    mutau_error *err) MUTAU_MUST_CHECK;

struct mutau_sampling {
    mutau_api_density density;
    mutau_run_settings *settings; /* owned; the moves have theirs in it */
    mutau_rng *rng;               /* owned */
    mutau_mixture *mixture;       /* owned; that of the move of that name, NULL: none */
    mutau_move_mixture_settings mixture_cfg;
    mutau_ensemble *ensemble; /* owned */
    size_t n_ensemble, n_walker, n_column;
    uint64_t thin, steps;
    size_t n_row, capacity; /* rows */
    double *position;       /* owned; [capacity][n_column][dim] */
    double *log_prob;       /* owned; [capacity][n_column] */
    double *blob;           /* owned; [capacity][n_column][n_blob] */
};

/** Copies a quantity of rows that are there into x[n_row][n_column]. */
void mutau_api_copy(const mutau_sampling *s, mutau_api_kind kind, size_t i, size_t first,
                    size_t n_row, double x[]);

enum {
    MUTAU_API_MAX_MASS = 8,
    MUTAU_API_MAX_RESULT = 2 * 32,
    MUTAU_API_MAX_PROBLEM = 24,
    MUTAU_API_PROBLEM_SIZE = 640
};

struct mutau_results {
    mutau_outcome outcome;
    size_t n, n_mass;
    mutau_result quantity[MUTAU_API_MAX_RESULT];
    char name[MUTAU_API_MAX_RESULT][MUTAU_API_NAME_SIZE];
    char unit[MUTAU_API_MAX_RESULT][MUTAU_API_NAME_SIZE];
    mutau_region region[MUTAU_API_MAX_RESULT][MUTAU_API_MAX_MASS];
    size_t n_best;
    char best_name[2 * MUTAU_API_MAX_RESULT][MUTAU_API_NAME_SIZE];
    double best[2 * MUTAU_API_MAX_RESULT];
    size_t n_problem;
    char problem[MUTAU_API_MAX_PROBLEM][MUTAU_API_PROBLEM_SIZE];
};

/** Adds a quantity, which it returns; its number is results->n - 1. */
mutau_result *mutau_api_add_result(mutau_results *results, const char *name, const char *unit,
                                   const mutau_convergence *moments, double tau);
/** Sets the regions of the last quantity that was added, [results->n_mass]. */
void mutau_api_set_regions(mutau_results *results, const mutau_region regions[]);
/** Adds a value of the best draw. */
void mutau_api_add_best(mutau_results *results, const char *name, double value);

#endif
