/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file run.h
 * A sampling run: a density, ensembles that walk on it, the chain file that keeps every step, and
 * the verdict that ends it.
 *
 *     mutau_run *run = NULL;
 *     mutau_run_state state = MUTAU_RUN_MORE;
 *     mutau_status status = mutau_run_open_target(&target, "{walkers: 32, seed: 7}", &options,
 *                                                 &run, &err);
 *     while (status == MUTAU_OK && state == MUTAU_RUN_MORE)
 *         status = mutau_run_step(run, 100, &state, &err);
 *     mutau_run_close(run);
 *
 * A step moves every walker of every ensemble once; every thin-th step is stored.  At fixed steps,
 * counted from 0, the stored chain is judged by the one verdict of diagnosis.h.  The run ends when
 * every criterion of `stop` holds and more steps would mend no problem that was found, or at
 * max_steps.  How many steps a call takes, how often the run is committed, judged or interrupted
 * and with how many threads it is evaluated changes neither positions nor densities nor blobs of
 * the chain: same density, settings, seed and build, same bytes.
 *
 * Nothing here prints, touches signals or looks at the environment or a terminal; what there is to
 * tell, and the wish to stop, go through mutau_run_options.
 *
 * Threads: an object is used by one thread at a time, and starts its own to evaluate.  Several runs
 * may be open at once, each with a chain file of its own, but HDF5 is there for one thread of a
 * process at a time: calls of two runs do not overlap.  What GSL and HDF5 need for the whole
 * process (gsl_set_error_handler_off, mutau_chain_silence_library) is the caller's to do before.
 *
 * After an error of step, check or commit a run can only be closed; what was committed is in the
 * file, and a run that is opened with `resume` goes on from there.
 */
#ifndef MUTAU_RUN_H
#define MUTAU_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sampler/evaluator.h"
#include "base/status.h"
#include "base/stop.h"
#include "sampler/target.h"

struct mutau_run_settings; /* run_settings.h */

typedef struct mutau_run mutau_run;

typedef enum mutau_run_state {
    MUTAU_RUN_MORE,          /**< there are steps to take */
    MUTAU_RUN_CONVERGED,     /**< ended, and converged */
    MUTAU_RUN_NOT_CONVERGED, /**< ended, and not converged */
    MUTAU_RUN_STOPPED        /**< as the caller wished; all that was sampled is in the chain file */
} mutau_run_state;

/** Where a run stands.  NaN for what is not known yet; the numbers of convergence are the last
 * check's, and the worst coordinate's. */
typedef struct mutau_run_standing {
    uint64_t steps, max_steps;
    uint64_t steps_here;   /**< of them since the run was opened */
    double seconds;        /**< wall time of all steps, those before a resume included */
    double acceptance;     /**< share of accepted proposals */
    double tau;            /**< autocorrelation time, in steps */
    double kept_over_tau;  /**< steps after burn-in in units of tau */
    double rhat, ess_bulk; /**< R-hat, bulk effective sample size */
    double steps_needed;   /**< estimate of all steps until every stop criterion holds */
} mutau_run_standing;

typedef enum mutau_run_message {
    MUTAU_RUN_IN_THE_WAY, /**< rehearse: a file is where the chain is to be */
    MUTAU_RUN_SEARCH,     /**< what the search for maxima found, around which the walkers start */
    MUTAU_RUN_LADDER,     /**< the pilot added temperatures */
    MUTAU_RUN_EXPLORED,   /**< the mixture that was fitted before the first step */
    MUTAU_RUN_NOTE,       /**< worth to know */
    MUTAU_RUN_WARNING /**< something is not as it should be; failed evaluations, the first ten */
} mutau_run_message;

/** What a run calls; each may be NULL.  Always from the thread that called the run. */
typedef struct mutau_run_callbacks {
    /** After each step, and when mutau_run_step begins; `checked`: the convergence has just been
     * looked at.  It may not call the run. */
    void (*progress)(void *self, const mutau_run_standing *standing, bool checked);
    /** One line without an end of line; it may quote names of files and coordinates. */
    void (*tell)(void *self, mutau_run_message message, const char *text);
    /** Seconds since any fixed instant; NULL: the monotonic clock. */
    double (*clock)(void *self);
    void *self; /**< not owned */
} mutau_run_callbacks;

/** Others who evaluate for the run, such as the ranks of an MPI job, once its target is known. */
typedef struct mutau_run_crew {
    /** Called by open: an evaluator of `target`, which is that of `settings` and lives until
     * dismiss; *out = NULL for the threads of this process. */
    mutau_status (*gather)(void *self, const struct mutau_run_settings *settings,
                           const mutau_target *target, const mutau_evaluator **out,
                           mutau_error *err);
    /** Called once after a gather, also after one that failed, when nothing is evaluated any
     * more. */
    void (*dismiss)(void *self);
    void *self; /**< not owned */
} mutau_run_crew;

/** How the user of the caller would say path, resume and overwrite, for error texts such as
 * "a.h5 exists: --resume goes on with it".  NULL: as the fields are called. */
typedef struct mutau_run_words {
    const char *path, *resume, *overwrite;
} mutau_run_words;

/** {0} is a new run with one thread into the chain file that the settings name. */
typedef struct mutau_run_options {
    const char *path; /**< the chain file, copied; NULL: that of the settings */
    bool resume;      /**< go on with the chain file if there is one, else start it */
    bool overwrite;   /**< replace a chain file that is there */
    int n_thread;     /**< threads of this process that evaluate; 0: one */
    mutau_stop stop;  /**< asked between steps and within what takes long, by any thread */
    mutau_run_callbacks callbacks;
    mutau_run_crew crew; /**< gather = NULL: none */
    mutau_run_words words;
} mutau_run_options;

/** A density of the caller's own, with what a chain file says of it.  Everything is copied but for
 * `target` itself, whose functions and `self` must outlive the run. */
typedef struct mutau_run_target {
    mutau_target target; /**< names[dim]: letters, digits, _ . + -, a letter first; at most 63 */
    const char *name;    /**< of the density, for people; at most 255 bytes */
    /** What determines the density beside its name, as a version or a digest of its data; a chain
     * of another identity is not resumed.  At most 255 bytes; NULL: nothing. */
    const char *identity;
    const char *const *units;      /**< [dim] "" for a pure number; NULL: pure numbers */
    const char *const *labels;     /**< [dim] LaTeX without $; NULL: the names */
    const char *const *blob_names; /**< [n_blob] by the same rule as names */
    const double *lo, *hi; /**< [dim] the prior's support, infinite where it has no edge; NULL: no
                                edges */
    /** [ensembles][walkers][dim] where the walkers start, in place of draws of the prior; NULL: at
     * such draws or, with `start: bestfit`, around maxima. */
    const double *start;
} mutau_run_target;

/** Opens a run of the posterior or built-in target of `settings` (not owned, must outlive the run):
 * checks that the chain file can be written, builds the density, places the walkers (with
 * temperatures after a pilot, which takes seconds) and creates the file, which appears with its
 * first row; or goes on with the file.  Takes the writer's lock.  *out is NULL after a failure, and
 * nothing is left to close:
 * MUTAU_ECONFIG (nothing is free, or thin is beyond max_steps) and what mutau_posterior_alloc
 * returns, MUTAU_EIO, MUTAU_EEXIST (without resume and overwrite; with overwrite: what is there is
 * no chain file), MUTAU_ELOCKED, MUTAU_ERESUME (text: the first difference), MUTAU_EDATA (a damaged
 * file), MUTAU_ENUMERIC (a walker cannot be placed), MUTAU_ESTOPPED, MUTAU_ENOMEM. */
mutau_status mutau_run_open(const struct mutau_run_settings *settings,
                            const mutau_run_options *options, mutau_run **out,
                            mutau_error *err) MUTAU_MUST_CHECK;

/** The same of a density of the caller's own.  `sampler` is the YAML of a run file's section of
 * that name, like "{walkers: 32, seed: 7, stop: {max_steps: 5000, ess_bulk: 1000}}", NULL for the
 * defaults ('mutau help run-file').  A path is required.  Resuming refuses a chain of a density
 * with another name, identity, coordinates or support, and one whose last positions have other
 * likelihoods.  MUTAU_EUSAGE for what is missing and for a blob with no name, MUTAU_ECONFIG for a
 * coordinate with none. */
mutau_status mutau_run_open_target(const mutau_run_target *target, const char *sampler,
                                   const mutau_run_options *options, mutau_run **out,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** Takes n_step steps, fewer if the run ends before.  *state: whether it has, and how.  A run that
 * has ended takes no more steps; one that was stopped goes on if that is not wished any longer.
 * MUTAU_ENUMERIC if too many evaluations have failed (the steps so far are stored), MUTAU_EIO,
 * MUTAU_ENOMEM. */
mutau_status mutau_run_step(mutau_run *run, uint64_t n_step, mutau_run_state *state,
                            mutau_error *err) MUTAU_MUST_CHECK;

/** Takes steps until the run has ended or was stopped. */
mutau_status mutau_run_to_end(mutau_run *run, mutau_run_state *state,
                              mutau_error *err) MUTAU_MUST_CHECK;

#define MUTAU_RUN_MAX_PROBLEMS 4

/** What is known of the convergence of a chain. */
typedef struct mutau_run_verdict {
    bool judged;   /**< false: not yet, or too few rows; the rest means nothing then */
    uint64_t step; /**< that was the last when it was judged */
    bool posterior_converged;
    bool evidence_judged; /**< with temperatures or a mixture */
    bool evidence_converged;
    bool converged; /**< the posterior and, if judged, the evidence */
    bool complete;  /**< every criterion holds, and more steps would mend no problem */
    double rhat, ess_bulk, ess_tail, tau; /**< the worst coordinate's; tau in steps */
    double ln_z, ln_z_error;              /**< NaN: none that can be trusted */
    size_t n_problem;                     /**< the first ones that were found */
    /** A sentence each; valid until the run is judged again or closed. */
    const char *problem[MUTAU_RUN_MAX_PROBLEMS];
} mutau_run_verdict;

/** Judges the chain as it is now.  The verdict leaves no trace in the file and does not end the
 * run.  MUTAU_ESTOPPED, after which the run may go on; MUTAU_EIO, MUTAU_ENOMEM. */
mutau_status mutau_run_check(mutau_run *run, mutau_run_verdict *out,
                             mutau_error *err) MUTAU_MUST_CHECK;

/** Brings all steps to disk: neither a kill nor a power cut takes them then.  The run does so by
 * itself every now and then, when it ends and when it is stopped. */
mutau_status mutau_run_commit(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;

/** Releases everything, the lock included; NULL allowed.  Steps since the last commit are dropped,
 * and a resume takes them again. */
void mutau_run_close(mutau_run *run);

/** The last verdict: of the run's own checks, or of mutau_run_check. */
mutau_run_verdict mutau_run_last_verdict(const mutau_run *run);
mutau_run_standing mutau_run_where(const mutau_run *run);
/** Rows of each ensemble that are stored, and the path of the chain file (owned by the run). */
size_t mutau_run_rows(const mutau_run *run);
const char *mutau_run_path(const mutau_run *run);

/** What a run would take. */
typedef struct mutau_run_forecast {
    size_t dim, n_ensemble, n_walker, n_temperature;
    double seconds_per_step;
    double steps; /**< at most */
    double bytes; /**< of the chain file after so many */
} mutau_run_forecast;

/** Evaluates the starting points and a few steps of what mutau_run_open would sample, and writes
 * nothing.  A chain file that is there is told, and no error.  Errors as of mutau_run_open. */
mutau_status mutau_run_rehearse(const struct mutau_run_settings *settings,
                                const mutau_run_options *options, mutau_run_forecast *out,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** "converged", "not converged" ..., of a state. */
const char *mutau_run_state_text(mutau_run_state state);

#endif
