/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a run.  run.c is its course; run_open.c sets it up, with run_ensemble.c for the
 * ensembles, their ladder and their mixture, run_start.c for the places of the walkers, run_file.c
 * for the chain file and run_resume.c for one that is gone on with; run_check.c judges;
 * run_commit.c stores; run_tell.c and run_failures.c talk to the caller; run_rehearse.c is a run
 * that leaves no file. */
#ifndef MUTAU_RUN_INTERNAL_H
#define MUTAU_RUN_INTERNAL_H

#include "store/chain.h"
#include "analysis/convergence.h"
#include "posterior/density.h"
#include "analysis/diagnosis.h"
#include "sampler/ensemble.h"
#include "sampler/mixture.h"
#include "run/run.h"
#include "posterior/run_settings.h"

/* What is to be sampled, as the caller gave it. */
typedef struct run_subject {
    const mutau_run_settings *settings;
    const mutau_run_target *own; /* NULL: the density of the settings */
} run_subject;

/* How large a step is. */
typedef struct run_shape {
    size_t n_ensemble, n_walker;
    size_t n_rung;   /* of the ensembles, 1 without tempering: those of the settings, or more */
    size_t n_stored; /* rungs whose draws are stored: 1 or n_rung */
} run_shape;

/* What is sampled, and by whom. */
typedef struct run_sampler {
    mutau_rng *rng;
    mutau_ensemble *ensemble;
    const mutau_evaluator *evaluator; /* NULL: the ensemble's own threads */
    mutau_mixture *mixture;           /* that the move of that name proposes from; NULL: none */
    mutau_move_mixture_settings cfg;  /* that move's */
    char *mixture_text;               /* the same for the chain file */
    size_t n_start_maximum; /* around which the walkers started; 0: elsewhere, or not known */
} run_sampler;

/* The way of a step into the chain file. */
typedef struct run_store {
    mutau_chain *chain;
    mutau_chain_step *rows;    /* [n_ensemble][n_stored] */
    double *log_prob;          /* [n_ensemble][n_stored][n_walker] of the step that is stored */
    bool unstored;             /* the last step has not been handed to the chain file yet */
    mutau_rng_state rng_state; /* the generator's after the last step */
    mutau_status status;       /* of what was stored during the last step */
    mutau_error error;
    size_t n_told; /* failed evaluations that were told of */
} run_store;

/* What is known of the convergence. */
typedef struct run_judgement {
    uint64_t next;             /* step of the next check */
    uint64_t recorded;         /* the last one in the history */
    bool complete;             /* the last check ends the run */
    mutau_run_verdict verdict; /* its problems point into: */
    mutau_finding problem[MUTAU_RUN_MAX_PROBLEMS];
} run_judgement;

struct mutau_run {
    const mutau_run_settings *settings; /* not owned ... */
    mutau_run_settings *own_settings;   /* ... but for a density of the caller's own; else NULL */
    mutau_run_options options;
    char *path;
    bool gathered; /* there is a crew to dismiss */
    mutau_density density;
    mutau_target target;
    run_shape shape;
    run_sampler sampler;
    run_store store;
    run_judgement judgement;
    mutau_run_standing standing;
    double start; /* of the clock; earlier by the seconds of a run that is gone on with */
    mutau_run_state state;
    mutau_status failed; /* what an earlier call ended with */
};

/* ---- run.c ---- */

/* What the run failed with before, as an error. */
mutau_status mutau_run_check_usable(const mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
/* Remembers the status of a call after which the run can only be closed, and returns it. */
mutau_status mutau_run_keep_failure(mutau_run *run, mutau_status status);

/* ---- run_open.c ---- */

/* A run of that density whose file can be made, but without ensembles; *out is NULL after a
 * failure. */
mutau_status mutau_run_prepare(run_subject subject, const mutau_run_options *options,
                               mutau_run **out, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- run_tell.c ---- */

/* Hands the caller a line. */
void mutau_run_tell(const mutau_run *run, mutau_run_message message, const char *format, ...)
    MUTAU_PRINTF(3, 4);
double mutau_run_clock(const mutau_run *run);
bool mutau_run_stop_wished(const mutau_run *run);

/* ---- run_file.c ---- */

/* MUTAU_EIO unless a chain file can be made or continued where it is to be; writes nothing.  A
 * file that is there already is no error here. */
mutau_status mutau_run_check_output(const mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
/* Whether there is something where the file is to be. */
bool mutau_run_is_in_the_way(const mutau_run *run);
/* MUTAU_EEXIST if it is, and may not be replaced: to be found out before long work, not after. */
mutau_status mutau_run_check_way(const mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
/* Creates the chain file, or opens it to go on with it. */
mutau_status mutau_run_create_chain(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_run_resume_chain(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- run_resume.c ---- */

/* Goes on with the chain file: the sampler is where it was at its last commit. */
mutau_status mutau_run_resume(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- run_ensemble.c ---- */

/* Makes the ensembles of a new run, after an exploration that finds their ladder of temperatures,
 * unless the settings give it, and the mixture, if a move needs one.  start[n_ensemble][n_walker]
 * [dim]: where the walkers will start, NULL: at draws of the prior.  Tells how many rungs were
 * added, or are missing. */
mutau_status mutau_run_explore(mutau_run *run, const double start[],
                               mutau_error *err) MUTAU_MUST_CHECK;
/* Makes the ensembles of a run that goes on with a chain of so many rungs (0: not known), with the
 * mixture of its file ("": none). */
mutau_status mutau_run_restore_explored(mutau_run *run, size_t n_stored_rung, const char *mixture,
                                        mutau_error *err) MUTAU_MUST_CHECK;

/* ---- run_start.c ---- */

/* Explores, and puts the walkers at start[n_ensemble][n_walker][dim] or, if that is NULL, where the
 * settings say that they start. */
mutau_status mutau_run_start(mutau_run *run, const double start[],
                             mutau_error *err) MUTAU_MUST_CHECK;

/* ---- run_failures.c ---- */

/* Puts the failed evaluations of the last step into the chain file, and tells the first. */
mutau_status mutau_run_note_failures(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- run_commit.c ---- */

/* Side work of the next step: stores the last one, if it is one of those to store, and commits
 * now and then.  What goes wrong is in the run's store. */
void mutau_run_store_meanwhile(void *self);
/* Stores the last step if that was not done, and commits, with the sampler's state. */
mutau_status mutau_run_commit_all(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
/* Stores the last step if that was not done, for who reads the chain here; commits only if it is
 * time. */
mutau_status mutau_run_flush(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- run_check.c ---- */

/* Whether a criterion can end the run before max_steps. */
bool mutau_run_stops_early(const mutau_run *run);
/* Share of accepted proposals, NaN before the first step. */
double mutau_run_acceptance(const mutau_run *run);
/* The step of the first check at or after `step`, and of the one after. */
uint64_t mutau_run_check_from(uint64_t step);
uint64_t mutau_run_check_after(uint64_t step);
/* The check that is due: judges the stored chain as it is now if a screen finds it worth while, and
 * records the verdict.  MUTAU_ESTOPPED if the caller ended it: nothing is recorded, and the same
 * check is due when the run goes on. */
mutau_status mutau_run_check_due(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
/* Of a run that goes on with a chain: takes over what was judged at its last step, if that is in
 * the history, and sets the step of the next check. */
void mutau_run_take_over_verdict(mutau_run *run);
/* The same without a screen, for the end of the run. */
mutau_status mutau_run_check_last(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
/* Marks the burn-in of a run that stops before its end, which may be looked at before it goes
 * on: by the rule of the settings with the tau of a screen, since who interrupts does not wait.  No
 * check is recorded: those are at fixed steps. */
mutau_status mutau_run_mark_burn_in(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;
/* Marks the burn-in of a chain that has grown since the last check: by the rule of the settings
 * with the tau that was found then, for who reads on while the run goes on, or after a kill. */
mutau_status mutau_run_follow_burn_in(mutau_run *run, mutau_error *err) MUTAU_MUST_CHECK;

#endif
