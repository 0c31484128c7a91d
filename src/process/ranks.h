/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several processes, the ranks of an MPI job, that share the evaluations of one run.
 *
 * Rank 0 is the program: it alone reads and writes files for the user, prints and draws
 * random numbers.  The others wait for work, without using the CPU for it.  Without MPI, or
 * started without a launcher, there is rank 0 alone. */
#ifndef MUTAU_PROCESS_RANKS_H
#define MUTAU_PROCESS_RANKS_H

#include <stdbool.h>

#include "sampler/evaluator.h"
#include "posterior/run_settings.h"
#include "base/status.h"
#include "sampler/target.h"

/** The number of processes that a launcher (mpirun, srun) says it has started; 1 without
 * a launcher. */
int ranks_launched(void);

/** Joins the other processes of the job, if there are any.  For main(), once; ranks_end is
 * due afterwards. */
void ranks_begin(void);

/** The number of processes of the job, 1 or more, and which of them this is. */
int ranks_count(void);
int ranks_own(void);

/** What every rank but 0 does: evaluates points for rank 0 until that leaves; returns the
 * exit code that rank 0 leaves with. */
int ranks_work(void);

/** Leaves the job with `code`, which rank 0 hands to all others; returns it. */
int ranks_end(int code);

/** The evaluations of one target, shared by all ranks. */
typedef struct ranks_team ranks_team;

/** On rank 0: gets every rank ready to evaluate the posterior of `settings`, each with
 * n_thread threads or, if that is 0, with the CPUs that it has.  The others build it from
 * the resolved run file, which they are sent, and from their own copies of the input files:
 * an input or a program that differs is an error that names the rank, as is any rank's
 * failure.  `target` (not owned) is that posterior on rank 0.  *out is NULL, and the status
 * MUTAU_OK, if there is one rank. */
mutau_status ranks_share(const mutau_run_settings *settings, const mutau_target *target,
                         int n_thread, ranks_team **out, mutau_error *err);
/** NULL allowed. */
void ranks_release(ranks_team *team);

/** For mutau_ensemble_settings; NULL if `team` is.  A signal that asked another rank to
 * stop counts, after the next batch, as one that asked this one. */
const mutau_evaluator *ranks_evaluator(const ranks_team *team);
/** The threads of all ranks together; 0 if `team` is NULL. */
int ranks_thread_count(const ranks_team *team);

#endif
