/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file filerun.h
 * A sampling run into a chain file, as `mutau sample` does it: of a run file, or of a density of
 * the caller's.  Draws are stored step by step, judged at fixed steps and gone on with after an
 * interruption; temperatures and the evidence included.  The same density, settings, seed and
 * build give the same bytes of chain, log_prob and blobs, however the steps are divided among
 * calls, threads and interruptions.  What the file holds, chainfile.h reads and results.h judges.
 *
 *     mutau_filerun *run = NULL;
 *     mutau_filerun_state state = MUTAU_FILERUN_MORE;
 *     mutau_status status =
 *         mutau_filerun_open_density(&density, "a.h5", "{walkers: 32, seed: 7}", NULL, &run, &err);
 *     while (status == MUTAU_OK && state == MUTAU_FILERUN_MORE)
 *         status = mutau_filerun_step(run, 1000, &state, &err);
 *     mutau_filerun_close(run);
 *
 * An object is used by one thread at a time, and starts threads itself.  Several runs may be open
 * at once, each with a file of its own; but unless HDF5 was built for threads (H5_HAVE_THREADSAFE
 * in its H5pubconf.h), calls that touch files, these here, those of chainfile.h and
 * mutau_results_of_files, must not overlap in several threads, whatever objects they are of.
 */
#ifndef MUTAU_FILERUN_H
#define MUTAU_FILERUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mutau/error.h"
#include "mutau/sampling.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mutau_filerun mutau_filerun; /**< a run; the one writer of its chain file */

typedef enum mutau_filerun_state {
    MUTAU_FILERUN_MORE = 0,          /**< there are steps to take */
    MUTAU_FILERUN_CONVERGED = 1,     /**< ended, and converged */
    MUTAU_FILERUN_NOT_CONVERGED = 2, /**< ended, at max_steps or because more would not mend it */
    MUTAU_FILERUN_STOPPED = 3        /**< as the caller wished; it can be gone on with */
} mutau_filerun_state;

/** All zero (or NULL in its place): a new file, one that is there stays, nobody is told. */
typedef struct mutau_filerun_options {
    bool resume;    /**< go on with the chain file if there is one, else start it */
    bool overwrite; /**< replace a chain file that is there */
    int n_thread;   /**< 0: as many as OpenMP has */
    /** True once the run is to stop; asked between steps and within what takes long, by any
     * thread.  NULL: never. */
    bool (*stop)(void *self);
    /** Gets notes and warnings, one line each, from the thread that called.  NULL: not wanted. */
    void (*tell)(void *self, const char *text);
    void *self; /**< handed to both; not owned */
} mutau_filerun_options;

/** Opens a run of the run file `run_file`, read as mutau_runfile_open does, into the chain file
 * `path` (NULL: the one that it names).  *out is NULL after a failure: what mutau_runfile_open
 * returns; MUTAU_EEXIST (neither resume nor overwrite; or what is there is no chain), MUTAU_EIO,
 * MUTAU_ELOCKED, MUTAU_ERESUME with the first difference, MUTAU_EDATA for a damaged file,
 * MUTAU_ENUMERIC if a walker finds no place, MUTAU_ESTOPPED.  Closed by mutau_filerun_close. */
MUTAU_API mutau_status mutau_filerun_open(const char *run_file, size_t n_set,
                                          const char *const set[], const char *path,
                                          const mutau_filerun_options *options, mutau_filerun **out,
                                          mutau_error *err) MUTAU_MUST_CHECK;

/** The same of a density of the caller's, whose functions and `self` must live as long; a path is
 * needed.  `settings` is a mapping in YAML, all that a run file may have under `sampler`, `stop`
 * and `temperatures` included; NULL: the defaults.  A chain of another density.name or
 * density.identity, of other coordinates, edges or likelihoods is not resumed. */
MUTAU_API mutau_status mutau_filerun_open_density(const mutau_own_density *density,
                                                  const char *path, const char *settings,
                                                  const mutau_filerun_options *options,
                                                  mutau_filerun **out,
                                                  mutau_error *err) MUTAU_MUST_CHECK;

/** Takes n_step steps, fewer if the run ends before.  *state: whether it has, and how; a run that
 * was stopped goes on if that is not wished any longer.  MUTAU_ENUMERIC if too many evaluations
 * fail (the steps so far are stored), MUTAU_EIO, MUTAU_ENOMEM: it can then only be closed, and
 * resumed. */
MUTAU_API mutau_status mutau_filerun_step(mutau_filerun *run, uint64_t n_step,
                                          mutau_filerun_state *state,
                                          mutau_error *err) MUTAU_MUST_CHECK;

/** Brings all steps to disk.  The run does so by itself every now and then, when it ends and when
 * it is stopped. */
MUTAU_API mutau_status mutau_filerun_commit(mutau_filerun *run, mutau_error *err) MUTAU_MUST_CHECK;

/** NULL allowed.  Steps since the last commit are dropped; a resume takes them again. */
MUTAU_API void mutau_filerun_close(mutau_filerun *run);

/** Steps so far, those before a resume included, and the path of the chain file. */
MUTAU_API uint64_t mutau_filerun_steps(const mutau_filerun *run);
MUTAU_API const char *mutau_filerun_path(const mutau_filerun *run);

#ifdef __cplusplus
}
#endif

#endif
