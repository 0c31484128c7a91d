/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file chain.h
 * The chain file: HDF5 in the layout of emcee 3.1's HDFBackend, one group per
 * ensemble (/mcmc, /mcmc_1, ...), /tempering with the ladder and the likelihoods of
 * all its rungs, /mixture with the frozen proposal of the move of that name and the
 * weights of its draws, and /run with everything needed to know where it came from and
 * to go on.  The only user of HDF5.  docs/chain-file.md describes the layout and why a
 * reader, a kill or a full disk cannot spoil it.
 *
 * T below is n_temperature, or 1 without tempering; rung 0 is the cold one.
 *
 * Steps are appended to a buffer and become visible together at a commit.  One
 * object is used by one thread at a time; readers are other processes or objects.
 */
#ifndef MUTAU_CHAIN_H
#define MUTAU_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bounds.h"
#include "store/inputs.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/stop.h"

typedef struct mutau_chain mutau_chain;

/** Keeps HDF5 from loading code from elsewhere (filters, drivers and connectors named by a file, by
 * HDF5_PLUGIN_PATH or by HDF5_VOL_CONNECTOR), for the whole process: for main() alone, before
 * any other call of HDF5.  A chain that needs a filter which is not HDF5's own is refused either
 * way. */
void mutau_chain_bar_plugins(void);

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
    const char *data_hash;         /**< hex digest of the inputs' numbers; without `inputs` of the
                                        files' bytes, as files of mutau before it kept them have */
    const char *inputs;            /**< the list of inputs (inputs.h); NULL or "": not known */
    const char *version;           /**< of mutau */
    const char *folder;            /**< absolute path of the run file's; NULL or "": not known */
    uint32_t seed;
    uint64_t thin;          /**< every thin-th step is stored */
    size_t n_temperature;   /**< rungs of the ladder; 0 or 1: no tempering (read: 1) */
    bool store_rungs;       /**< whether the other rungs have groups of their own, too */
    size_t n_start_maximum; /**< maxima around which the walkers started; 0: elsewhere, or not
                                 known */
    const char *mixture;    /**< the frozen mixture (sampler/mixture.h, as text) that the move
                                 `mixture` draws from; NULL or "": none (read: "").  A resume keeps
                                 that of the file, whatever it is given */
} mutau_chain_info;

/** One stored step of one rung of one ensemble, as in mutau_ensemble_view. */
typedef struct mutau_chain_step {
    const double *position; /**< [n_walker][dim] */
    const double *log_prob; /**< [n_walker] density that the rung samples: ln prior + beta ln L,
                                 in stored coordinates */
    const double *blob;     /**< [n_walker][n_blob] or NULL */
} mutau_chain_step;

/** What a stored step of a tempered run has besides. */
typedef struct mutau_chain_tempering {
    const double *beta;     /**< [T] the ladder in force at that step */
    const double *log_like; /**< [n_ensemble][T][n_walker] */
} mutau_chain_tempering;

/** Swaps between rung i and rung i + 1, all ensembles together. */
typedef struct mutau_chain_swaps {
    uint64_t proposed, accepted;
} mutau_chain_swaps;

/** What a resume needs, valid at the step of the commit. */
typedef struct mutau_chain_state {
    mutau_rng_state rng;
    uint64_t steps, evaluations, failures;
    double seconds; /**< wall time spent sampling */
    /* Arrays at `steps` (with thin > 1 not those of a stored row); read: the chain's. */
    const uint64_t *accepted;       /**< [n_ensemble][T][n_walker] */
    const double *position;         /**< [n_ensemble][T][n_walker][dim] */
    const double *ln_prior;         /**< [n_ensemble][T][n_walker] */
    const double *ln_like;          /**< [n_ensemble][T][n_walker] */
    const double *blob;             /**< [n_ensemble][T][n_walker][n_blob] or NULL */
    const double *beta;             /**< [T]; NULL without tempering */
    const mutau_chain_swaps *swaps; /**< [T - 1]; NULL without tempering */
} mutau_chain_state;

/** One row of the history of convergence checks. */
typedef struct mutau_chain_check {
    uint64_t step;                         /**< steps done at the check */
    double rhat, ess_bulk, ess_tail;       /**< the worst parameter's */
    double tau, acceptance;                /**< the worst parameter's; of all walkers */
    double acceptance_min, acceptance_max; /**< of one walker, the least and the most */
    double ln_z, ln_z_error;               /**< NaN without tempering */
    double swap_min;   /**< least share of accepted swaps of a pair of rungs; NaN without */
    double mode_error; /**< largest standard error of the weight of a mode of any coordinate, from
                            its scatter over ensembles; 0 with one mode, NaN for one ensemble */
    uint64_t n_stuck;  /**< walkers that hardly move */
} mutau_chain_check;

/** The evidence as a run found it; NaN: not known. */
typedef struct mutau_chain_evidence {
    double ln_z, ln_z_error;       /**< the run's: of the bridge with a mixture, else of the
                                        stepping stones */
    double ln_z_ti, ln_z_ti_error; /**< thermodynamic integration */
    double ln_z_scatter;           /**< of ln_z over the ensembles */
    /* Stored with a mixture only. */
    double ln_z_bridge, ln_z_bridge_error;
    double ln_z_importance, ln_z_importance_error;
    double ln_z_stepping_stone, ln_z_stepping_stone_error; /**< read: without a mixture ln_z */
} mutau_chain_evidence;

/** A failed evaluation of the likelihood. */
typedef struct mutau_chain_failure {
    uint64_t step, ensemble, rung, walker;
    const double *theta; /**< [dim] stored coordinates; read: owned by the chain */
} mutau_chain_failure;

/** Creates `path`: complete under a temporary name in the same folder, synced,
 * then renamed, at the first commit.  Takes the writer's lock (`path`.lock:
 * host, pid, time) at once.  MUTAU_EEXIST without `overwrite` if `path` exists;
 * MUTAU_ELOCKED; MUTAU_EIO. */
mutau_status mutau_chain_create(const char *path, const mutau_chain_info *info, bool overwrite,
                                mutau_chain **out, mutau_error *err) MUTAU_MUST_CHECK;

/** Goes on with the chain in `path`, whose state mutau_chain_read_state gives: takes
 * the lock and writes what is stored, with `info`'s texts but the stored mixture, into a new file
 * that replaces `path` at once.  MUTAU_ERESUME names the first of ensembles, walkers, parameters,
 * blobs, seed, thinning, configuration and data that differs, or says that the stored state is not
 * that of the last row; otherwise as mutau_chain_create, mutau_chain_open and mutau_chain_verify.
 */
mutau_status mutau_chain_resume(const char *path, const mutau_chain_info *info, mutau_chain **out,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** Opens an existing file for reading, which never disturbs its writer.
 * MUTAU_EIO if it cannot be opened, MUTAU_EDATA if it is not a chain of mutau's
 * or has wrong shapes (sizes are checked before anything is allocated). */
mutau_status mutau_chain_open(const char *path, mutau_chain **out,
                              mutau_error *err) MUTAU_MUST_CHECK;

/** Compares every row that has a checksum with it: all that this program's writer has committed,
 * but none of those that another program added.  MUTAU_EDATA names the first rows that differ and
 * their group (/mcmc, /mcmc_1, ..., /tempering, /mixture); *n_without: rows without a checksum.
 * Reads the whole file.  For a chain that is open for reading. */
mutau_status mutau_chain_verify(mutau_chain *chain, size_t *n_without,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** Releases everything, the lock included; NULL allowed.  What was appended but
 * not committed is dropped. */
void mutau_chain_close(mutau_chain *chain);

/** The path it was opened or made with; valid until the chain is closed. */
const char *mutau_chain_path(const mutau_chain *chain);

/** The description stored in the file. */
mutau_chain_info mutau_chain_describe(const mutau_chain *chain);
/** Whether the description names a mixture. */
bool mutau_chain_has_mixture(const mutau_chain_info *info);
/** What differs between the inputs of two chains, in words; "" if nothing.  Where one of them
 * has no list of inputs, the bytes of their files are compared.  MUTAU_EDATA for a list that
 * cannot be read, MUTAU_ENOMEM. */
mutau_status mutau_chain_inputs_difference(const mutau_chain_info *a, const mutau_chain_info *b,
                                           const char *who_a, const char *who_b,
                                           char text[MUTAU_DIFFERENCE_SIZE],
                                           mutau_error *err) MUTAU_MUST_CHECK;
/** Number of stored rows per ensemble that can be read: those committed and, for a writer, those
 * flushed since. */
size_t mutau_chain_rows(const mutau_chain *chain);
/** First row after burn-in (0 until set). */
size_t mutau_chain_burn_in(const mutau_chain *chain);
/** Whether the run ended converged; false while it runs. */
bool mutau_chain_converged(const mutau_chain *chain);

/** Buffers one stored step of all ensembles: steps[n_ensemble], those of the cold rung,
 * or with store_rungs steps[n_ensemble][T].  `tempering` is NULL without.
 * log_weight[n_ensemble][n_walker], NULL without a mixture: of the draw y of the mixture q that
 * each walker of the cold rung was proposed in that step, taken or not, ln prior(y) + ln L(y)
 * - ln q(y); NaN where the walker's move was another one, -infinity where the density is 0.
 * MUTAU_EUSAGE if any of them is missing, or log_weight given without a mixture. */
mutau_status mutau_chain_append(mutau_chain *chain, const mutau_chain_step steps[],
                                const mutau_chain_tempering *tempering, const double log_weight[],
                                mutau_error *err) MUTAU_MUST_CHECK;
/** Brings the buffered steps and `state` to disk and makes them visible, `iteration`
 * last: once it has returned, neither a kill nor a power cut takes them.  The file
 * appears with the first commit that has a row.  After a failure (MUTAU_EIO: full
 * disk, vanished folder, ...) the last successful commit is what readers see, and
 * the call may be repeated. */
mutau_status mutau_chain_commit(mutau_chain *chain, const mutau_chain_state *state,
                                mutau_error *err) MUTAU_MUST_CHECK;
/** Makes the buffered steps readable through this object, and to nobody else: for who judges the
 * chain and can do without the time that a commit takes. */
mutau_status mutau_chain_flush(mutau_chain *chain, mutau_error *err) MUTAU_MUST_CHECK;
/** Whether there are rows to commit and doing so now and whenever this says so takes
 * less than a hundredth of the time: soon on a fast disk, less often on a slow one,
 * but at least every ten seconds, or where that would take more than a tenth of the time, ten
 * times what a commit takes. */
bool mutau_chain_commit_due(const mutau_chain *chain);
/** Brings the verdict of the last commit to disk, too.  For the end of a run. */
mutau_status mutau_chain_sync(mutau_chain *chain, mutau_error *err) MUTAU_MUST_CHECK;
/** Takes the room for further rows away, if there is much and all rows are committed: after
 * mutau_chain_sync, when no row follows soon.  A copy takes the file's name, as complete as that
 * was at any instant.  Cannot fail: without room for the copy the file stays as it is, and rows may
 * follow all the same. */
void mutau_chain_trim(mutau_chain *chain);
/** Records burn-in (rows) and the verdict, visible with the next commit. */
mutau_status mutau_chain_set_burn_in(mutau_chain *chain, size_t rows,
                                     mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_set_converged(mutau_chain *chain, bool converged,
                                       mutau_error *err) MUTAU_MUST_CHECK;
/** Records the evidence, visible with the next commit.  MUTAU_EUSAGE with neither tempering nor a
 * mixture. */
mutau_status mutau_chain_set_evidence(mutau_chain *chain, const mutau_chain_evidence *evidence,
                                      mutau_error *err) MUTAU_MUST_CHECK;
/** Keeps a failed evaluation if there are not MUTAU_MAX_FAILURES yet, visible
 * with the next commit. */
mutau_status mutau_chain_add_failure(mutau_chain *chain, const mutau_chain_failure *failure,
                                     mutau_error *err) MUTAU_MUST_CHECK;
/** Adds a row to the diagnostics history, visible with the next commit. */
mutau_status mutau_chain_add_check(mutau_chain *chain, const mutau_chain_check *check,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** The history of convergence checks: n_check rows, owned by the chain. */
const mutau_chain_check *mutau_chain_history(const mutau_chain *chain, size_t *n_check);

/** The evidence of the last commit: NaN if none was recorded. */
mutau_chain_evidence mutau_chain_evidence_stored(const mutau_chain *chain);
/** Number of kept failures, and one of them. */
size_t mutau_chain_n_failure(const mutau_chain *chain);
mutau_chain_failure mutau_chain_failure_stored(const mutau_chain *chain, size_t i);

/** The state of the last commit; arrays owned by the chain, valid until it
 * is closed or commits again.  MUTAU_EDATA if the file has none for its last row,
 * as after another program has continued the chain. */
mutau_status mutau_chain_read_state(mutau_chain *chain, mutau_chain_state *state,
                                    mutau_error *err) MUTAU_MUST_CHECK;

/** From here on all that reads rows asks `stop` first and returns MUTAU_ESTOPPED if that is
 * requested: what takes long on a chain, a verdict say, can be ended between one quantity and the
 * next.  {0}: nothing ends it. */
void mutau_chain_set_stop(mutau_chain *chain, mutau_stop stop);

/** Rows [first, first + n_row), of those of mutau_chain_rows, of coordinate i_dim of every ensemble
 * into x[n_row][n_ensemble * n_walker] (walkers of ensemble 0 first): the array that diagnostics.h
 * takes.  MUTAU_EDOM outside the chain. */
mutau_status mutau_chain_read_parameter(mutau_chain *chain, size_t i_dim, size_t first,
                                        size_t n_row, double x[],
                                        mutau_error *err) MUTAU_MUST_CHECK;
/** The same for a blob and for log_prob. */
mutau_status mutau_chain_read_blob(mutau_chain *chain, size_t i_blob, size_t first, size_t n_row,
                                   double x[], mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_read_log_prob(mutau_chain *chain, size_t first, size_t n_row, double x[],
                                       mutau_error *err) MUTAU_MUST_CHECK;
/** The same for ln L of one rung of a tempered run. */
mutau_status mutau_chain_read_log_like(mutau_chain *chain, size_t i_rung, size_t first,
                                       size_t n_row, double x[], mutau_error *err) MUTAU_MUST_CHECK;
/** The same for the log_weight of a run with a mixture.  MUTAU_EDOM also without one. */
mutau_status mutau_chain_read_log_weight(mutau_chain *chain, size_t first, size_t n_row, double x[],
                                         mutau_error *err) MUTAU_MUST_CHECK;
/** The ladder beta[T] at one row of a tempered run. */
mutau_status mutau_chain_read_beta(mutau_chain *chain, size_t row, double beta[],
                                   mutau_error *err) MUTAU_MUST_CHECK;

#endif
