/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file diagnosis.h
 * The verdict on a run's chains: the one that sample, summary, diagnose, compare and the
 * library give.  It is made of the numbers of convergence.h, the run's criteria, and findings:
 * what these do not see, each in a sentence with its advice.
 *
 * The posterior is converged if every criterion that concerns it holds and nothing was found
 * that speaks against it; the evidence, where there is one to judge, likewise.
 */
#ifndef MUTAU_DIAGNOSIS_H
#define MUTAU_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "store/chain.h"
#include "base/bounds.h"
#include "analysis/convergence.h"
#include "analysis/modes.h"
#include "posterior/run_settings.h"
#include "base/status.h"
#include "analysis/validity.h"

#define MUTAU_MAX_FINDINGS 24
#define MUTAU_FINDING_SIZE 640

typedef enum mutau_finding_kind {
    MUTAU_FINDING_PROBLEM, /**< what it is about is not converged */
    MUTAU_FINDING_WARNING, /**< worth a look; results may be used */
} mutau_finding_kind;

/** What a problem is about; a set of these. */
enum { MUTAU_ABOUT_POSTERIOR = 1, MUTAU_ABOUT_EVIDENCE = 2 };

typedef struct mutau_finding {
    mutau_finding_kind kind;
    unsigned about;                /**< of a problem */
    bool lasting;                  /**< more steps of the same run do not mend it */
    const char *id;                /**< rhat, tau, ess, modes, stuck, validity, ... */
    char text[MUTAU_FINDING_SIZE]; /**< what is wrong and what to do: whole sentences */
} mutau_finding;

/** The pair of rungs that accepts the least share of its swaps. */
typedef struct mutau_least_swaps {
    size_t n_pair; /**< of its ladder; 0: no file is tempered */
    size_t pair;   /**< it is between the rungs pair and pair + 1 */
    size_t i_file; /**< where the ladders of the files are not equally long: whose */
    double share;  /**< NaN: no swap has been counted, as the ladder adapts */
} mutau_least_swaps;

typedef struct mutau_diagnosis {
    mutau_verdict verdict;
    mutau_criteria criteria;
    bool posterior_converged;
    bool evidence_judged;    /**< with temperatures or a mixture, or where a criterion asks */
    bool evidence_converged; /**< false unless judged */
    bool converged;          /**< the posterior and, if judged, the evidence */
    bool complete; /**< every criterion holds and every problem is a lasting one: more steps would
                      not change the verdict */
    size_t n_problem;                   /**< of the findings */
    size_t n_ensemble, n_walker, n_row; /**< of all files; kept rows */
    double acceptance;                  /**< share of accepted proposals; NaN: unknown */
    double failure_share;               /**< of all evaluations; NaN: unknown */
    mutau_walker_moves moves;           /**< over all ensembles */
    mutau_least_swaps least_swaps;      /**< of all pairs of all files */
    size_t n_swap; /**< pairs of rungs; 0 without tempering or with ladders of unequal length */
    double swap_share[MUTAU_MAX_TEMPERATURES]; /**< [n_swap] accepted, all files; NaN: none yet */
    size_t dim;                                /**< coordinates */
    mutau_modes modes[MUTAU_MAX_DIM];          /**< per coordinate */
    mutau_validity validity;                   /**< of the line picture */
    size_t n_finding;
    mutau_finding finding[MUTAU_MAX_FINDINGS]; /**< problems first */
} mutau_diagnosis;

/** Diagnoses chains[n_chain] of one run (as mutau_summary_compute takes them), each
 * without its own burn-in.  Errors as there; MUTAU_EDATA, with the file's name, also for numbers
 * that no run stores: a density that is not finite, a draw outside the prior.  Freed with
 * mutau_diagnosis_free. */
mutau_status mutau_diagnosis_compute(size_t n_chain, mutau_chain *const chains[],
                                     mutau_diagnosis **out, mutau_error *err) MUTAU_MUST_CHECK;

/** What a run has counted so far, all files together. */
typedef struct mutau_run_counts {
    double accepted, proposals;                      /**< of the cold rungs */
    double failures, evaluations;                    /**< of all rungs */
    mutau_chain_swaps swaps[MUTAU_MAX_TEMPERATURES]; /**< of each pair of rungs, once frozen */
} mutau_run_counts;

/** The same of a verdict that is known (mutau_verdict_compute), with its burn_in[n_chain] and the
 * settings of the run, from chains that are known to fit together and to hold what they may.
 * `counts` are those at the last row of one chain, whose stored state may be of an earlier
 * one; NULL: take those of the stored states. */
mutau_status mutau_diagnosis_of(const mutau_run_settings *settings, size_t n_chain,
                                mutau_chain *const chains[], const size_t burn_in[],
                                const mutau_verdict *verdict, const mutau_run_counts *counts,
                                mutau_diagnosis **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_diagnosis_free(mutau_diagnosis *diagnosis);

/** Whether the posterior and, if it is judged, the evidence are converged, in words. */
const char *mutau_verdict_words(bool posterior, bool evidence_judged, bool evidence);

/** Why there is no ln Z, in words; for MUTAU_EVIDENCE_KNOWN "". */
const char *mutau_no_evidence_words(mutau_no_evidence why);

#endif
