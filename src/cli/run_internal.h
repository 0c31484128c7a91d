/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a run: run.c is its course, run_ensemble.c makes the ensembles
 * and their ladder, run_start.c places the walkers, run_open.c finds or
 * continues the file, run_store.c stores steps, run_judge.c says how far it is from convergence. */
#ifndef MUTAU_CLI_RUN_INTERNAL_H
#define MUTAU_CLI_RUN_INTERNAL_H

#include "mutau/chain.h"
#include "mutau/convergence.h"
#include "mutau/diagnosis.h"
#include "mutau/ensemble.h"
#include "mutau/density.h"
#include "ranks.h"
#include "run.h"

/* Rows without which nothing is judged. */
enum { MIN_ROWS = 8 };
/* Problems of the last verdict that are kept to be told. */
enum { RUN_MAX_PROBLEMS = 4 };

typedef struct run {
    const mutau_run_settings *settings;
    const run_options *options;
    progress_reporter *progress;
    mutau_density density;
    mutau_target target;
    ranks_team *team; /* NULL: this process alone */
    mutau_rng *rng;
    mutau_ensemble *ensemble;
    mutau_chain *chain;
    size_t n_ensemble, n_walker;
    size_t n_rung;   /* of the ensembles, 1 without tempering: those of the run file, or more */
    size_t n_stored; /* rungs whose draws are stored: 1 or n_rung */
    mutau_chain_step *rows;    /* [n_ensemble][n_stored] */
    double *log_prob;          /* [n_ensemble][n_stored][n_walker] of the step that is stored */
    size_t n_told;             /* failed evaluations that were told of */
    bool unstored;             /* the last step has not been handed to the chain file yet */
    mutau_rng_state rng_state; /* the generator's after the last step */
    mutau_status store_status; /* of what was stored during the last step */
    mutau_error store_error;
    double start;
    uint64_t last_verdict, next_check;
    run_standing standing;
    size_t n_start_maximum; /* around which the walkers started; 0: elsewhere, or not known */
    /* The last verdict. */
    bool posterior_converged, evidence_judged, evidence_converged, converged;
    bool complete; /* every criterion holds, and more steps would mend no problem */
    size_t n_problem;
    mutau_finding problem[RUN_MAX_PROBLEMS];
} run;

/** Path of the chain file. */
const char *run_chain_path(const run *r);
/** Refuses to overwrite what is no chain file. */
mutau_status run_check_replaced(const run *r, mutau_error *err);
/** MUTAU_EIO unless a chain file can be made or continued where it is to be; writes nothing.  A
 * file that is there already is no error here. */
mutau_status run_check_output(const run *r, mutau_error *err);
/** Creates the chain file, or opens it to go on with it. */
mutau_status run_open_chain(run *r, bool resume, mutau_error *err);
/** Goes on with the chain file: the sampler is where it was at its last commit. */
mutau_status run_resume(run *r, mutau_error *err);

/** Makes the ensembles of a new run, after a pilot that finds their ladder of temperatures, unless
 * the run file gives it.  Says (stderr) how many rungs were added, or are missing. */
mutau_status run_find_ladder(run *r, mutau_error *err);
/** Makes the ensembles of a run that goes on with a chain of so many rungs (0: not known). */
mutau_status run_restore_ladder(run *r, size_t n_stored_rung, mutau_error *err);

/** Puts the walkers where the run file says they start. */
mutau_status run_start(run *r, mutau_error *err);

/** Puts the failed evaluations of the last step into the chain file, and tells the first. */
mutau_status run_note_failures(run *r, mutau_error *err);

/** Side work of the next step: stores the last one, if it is one of those to store, and commits
 * now and then.  What goes wrong is in r->store_status and r->store_error. */
void run_store_meanwhile(void *self);
/** Stores the last step if that was not done, and commits, with the sampler's state. */
mutau_status run_commit(run *r, mutau_error *err);

/** Stores the last step if that was not done, for who reads the chain here; commits only if it is
 * time. */
mutau_status run_flush(run *r, mutau_error *err);

/** Rows of the chain file that were stored while the ladder of temperatures adapted. */
size_t run_adapting_rows(const run *r);
/** Whether a criterion can end the run before max_steps. */
bool run_stops_early(const mutau_sampler_settings *s);
/** Share of accepted proposals, NaN before the first step. */
double run_acceptance(const run *r);
/** Marks the burn-in of a run that stops before its end, which may be looked at before it goes
 * on: by the rule of the run file with the tau of a screen, since who interrupts does not wait.  No
 * check is recorded: those are at fixed steps. */
mutau_status run_mark_burn_in(run *r, mutau_error *err);
/** Marks the burn-in of a chain that has grown since the last check: by the rule of the run file
 * with the tau that was found then, for who reads on while the run goes on, or after a kill. */
mutau_status run_follow_burn_in(run *r, mutau_error *err);
/** Judges the stored chain as it is now, if it is the last time or a screen finds it
 * worth while, and records the verdict.  MUTAU_ESTOPPED if a signal ended it: nothing is
 * recorded, and the same check is due when the run goes on. */
mutau_status run_check(run *r, bool last, mutau_error *err);

#endif
