/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file chain.h
 * The chain file: HDF5 in the layout of emcee 3.1's HDFBackend, one group per
 * ensemble (/mcmc, /mcmc_1, ...), and /run with everything needed to know where it
 * came from and to go on.  The only user of HDF5.  docs/chain-file.md describes
 * the layout and why a reader, a kill or a full disk cannot spoil it.
 *
 * Steps are appended to a buffer and become visible together at a commit.  One
 * object is used by one thread at a time; readers are other processes or objects.
 */
#ifndef MUTAU_CHAIN_H
#define MUTAU_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mutau/rng.h"
#include "mutau/status.h"

typedef struct mutau_chain mutau_chain;

/** Stops HDF5 from printing its own error reports, for the whole process: for
 * main() alone.  The functions below do not print either way. */
void mutau_chain_silence_library(void);

/** What is fixed for the whole file.  Pointers are not owned and only read
 * during the call that takes the description; those that mutau_chain_describe
 * returns belong to the chain. */
typedef struct mutau_chain_info {
    size_t n_ensemble, n_walker, dim, n_blob;
    const char *const *names;      /**< [dim] stored names: log10_g_prime, ... */
    const char *const *units;      /**< [dim] "" for a pure number */
    const char *const *labels;     /**< [dim] LaTeX without $ */
    const char *const *blob_names; /**< [n_blob] */
    const char *config;            /**< resolved YAML */
    const char *config_hash;       /**< hex digest of what a resume may not change */
    const char *data_hash;         /**< hex digest of the data files' contents */
    const char *version;           /**< of mutau */
    uint32_t seed;
    uint64_t thin; /**< every thin-th step is stored */
} mutau_chain_info;

/** One stored step of one ensemble, as in mutau_ensemble_view. */
typedef struct mutau_chain_step {
    const double *position; /**< [n_walker][dim] */
    const double *log_prob; /**< [n_walker] log-posterior in stored coordinates */
    const double *blob;     /**< [n_walker][n_blob] or NULL */
} mutau_chain_step;

/** What a resume needs, valid at the step of the commit. */
typedef struct mutau_chain_state {
    mutau_rng_state rng;
    uint64_t steps, evaluations, failures;
    double seconds;           /**< wall time spent sampling */
    const uint64_t *accepted; /**< [n_ensemble][n_walker]; read: owned by the chain */
    const double
        *position; /**< [n_ensemble][n_walker][dim] at `steps` (thin > 1: not stored rows) */
    const double *ln_prior; /**< [n_ensemble][n_walker] */
    const double *ln_like;  /**< [n_ensemble][n_walker] */
    const double *blob;     /**< [n_ensemble][n_walker][n_blob] or NULL */
} mutau_chain_state;

/** One row of the history of convergence checks. */
typedef struct mutau_chain_check {
    uint64_t step;                                    /**< steps done at the check */
    double rhat, ess_bulk, ess_tail, tau, acceptance; /**< the worst parameter's */
} mutau_chain_check;

/** Creates `path`: complete under a temporary name in the same folder, synced,
 * then renamed, at the first commit.  Takes the writer's lock (`path`.lock:
 * host, pid, time) at once.  MUTAU_EEXIST without `overwrite` if `path` exists;
 * MUTAU_ELOCKED; MUTAU_EIO. */
mutau_status mutau_chain_create(const char *path, const mutau_chain_info *info, bool overwrite,
                                mutau_chain **out, mutau_error *err) MUTAU_MUST_CHECK;

/** Goes on with the chain in `path`, whose state mutau_chain_read_state gives: takes
 * the lock and writes what is stored, with `info`'s texts, into a new file that
 * replaces `path` at once.  MUTAU_ERESUME names the first of ensembles, walkers,
 * parameters, blobs, seed, thinning, configuration and data that differs, or says
 * that the stored state is not that of the last row; otherwise as
 * mutau_chain_create and mutau_chain_open. */
mutau_status mutau_chain_resume(const char *path, const mutau_chain_info *info, mutau_chain **out,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** Opens an existing file for reading, which never disturbs its writer.
 * MUTAU_EIO if it cannot be opened, MUTAU_EDATA if it is not a chain of mutau's
 * or has wrong shapes (sizes are checked before anything is allocated). */
mutau_status mutau_chain_open(const char *path, mutau_chain **out,
                              mutau_error *err) MUTAU_MUST_CHECK;

/** Releases everything, the lock included; NULL allowed.  What was appended but
 * not committed is dropped. */
void mutau_chain_close(mutau_chain *chain);

/** The description stored in the file. */
mutau_chain_info mutau_chain_describe(const mutau_chain *chain);
/** Number of committed stored rows per ensemble. */
size_t mutau_chain_rows(const mutau_chain *chain);
/** First row after burn-in (0 until set). */
size_t mutau_chain_burn_in(const mutau_chain *chain);
/** Whether the run ended converged; false while it runs. */
bool mutau_chain_converged(const mutau_chain *chain);

/** Buffers one stored step of all ensembles: steps[n_ensemble]. */
mutau_status mutau_chain_append(mutau_chain *chain, const mutau_chain_step steps[],
                                mutau_error *err) MUTAU_MUST_CHECK;
/** Makes the buffered steps and `state` visible, `iteration` last.  The file
 * appears with the first commit that has a row.  After a failure (MUTAU_EIO: full
 * disk, vanished folder, ...) the last successful commit is what readers see, and
 * the call may be repeated. */
mutau_status mutau_chain_commit(mutau_chain *chain, const mutau_chain_state *state,
                                mutau_error *err) MUTAU_MUST_CHECK;
/** Brings all that was committed to disk, so that a power cut cannot take it and
 * a network file system reports what it could not store.  For the end of a run:
 * commits do the same now and then. */
mutau_status mutau_chain_sync(mutau_chain *chain, mutau_error *err) MUTAU_MUST_CHECK;
/** Records burn-in (rows) and the verdict, visible with the next commit. */
mutau_status mutau_chain_set_burn_in(mutau_chain *chain, size_t rows,
                                     mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_set_converged(mutau_chain *chain, bool converged,
                                       mutau_error *err) MUTAU_MUST_CHECK;
/** Adds a row to the diagnostics history, visible with the next commit. */
mutau_status mutau_chain_add_check(mutau_chain *chain, const mutau_chain_check *check,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** The history of convergence checks: n_check rows, owned by the chain. */
const mutau_chain_check *mutau_chain_history(const mutau_chain *chain, size_t *n_check);

/** The state of the last commit; arrays owned by the chain, valid until it
 * is closed or commits again.  MUTAU_EDATA if the file has none for its last row,
 * as after another program has continued the chain. */
mutau_status mutau_chain_read_state(mutau_chain *chain, mutau_chain_state *state,
                                    mutau_error *err) MUTAU_MUST_CHECK;

/** Rows [first, first + n_row), of those committed, of coordinate i_dim of every ensemble into
 * x[n_row][n_ensemble * n_walker] (walkers of ensemble 0 first): the array that
 * diagnostics.h takes.  MUTAU_EDOM outside the chain. */
mutau_status mutau_chain_read_parameter(mutau_chain *chain, size_t i_dim, size_t first,
                                        size_t n_row, double x[],
                                        mutau_error *err) MUTAU_MUST_CHECK;
/** The same for a blob and for log_prob. */
mutau_status mutau_chain_read_blob(mutau_chain *chain, size_t i_blob, size_t first, size_t n_row,
                                   double x[], mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_read_log_prob(mutau_chain *chain, size_t first, size_t n_row, double x[],
                                       mutau_error *err) MUTAU_MUST_CHECK;

#endif
