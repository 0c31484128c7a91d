/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file diagnosis.h
 * What is wrong with the chains of a run, in sentences: the verdict on convergence
 * (convergence.h) and what it does not see, each finding with its advice.
 */
#ifndef MUTAU_DIAGNOSIS_H
#define MUTAU_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "mutau/chain.h"
#include "mutau/convergence.h"
#include "mutau/modes.h"
#include "mutau/run_settings.h"
#include "mutau/status.h"
#include "mutau/validity.h"

#define MUTAU_MAX_FINDINGS 24
#define MUTAU_FINDING_SIZE 640

typedef enum mutau_finding_kind {
    MUTAU_FINDING_PROBLEM, /**< results must not be used as they are */
    MUTAU_FINDING_WARNING, /**< worth a look; results may be used */
} mutau_finding_kind;

typedef struct mutau_finding {
    mutau_finding_kind kind;
    const char *id;                /**< rhat, tau, ess, modes, stuck, validity, ... */
    char text[MUTAU_FINDING_SIZE]; /**< what is wrong and what to do: whole sentences */
} mutau_finding;

typedef struct mutau_diagnosis {
    mutau_verdict verdict;
    mutau_criteria criteria;
    bool converged;                            /**< every criterion holds */
    size_t n_ensemble, n_walker, n_row;        /**< of all files; kept rows */
    double acceptance;                         /**< share of accepted proposals; NaN: unknown */
    double failure_share;                      /**< of all evaluations; NaN: unknown */
    mutau_walker_moves moves;                  /**< over all ensembles */
    size_t n_swap;                             /**< pairs of rungs; 0 without tempering */
    double swap_share[MUTAU_MAX_TEMPERATURES]; /**< [n_swap] accepted, all files; NaN: none yet */
    size_t dim;                                /**< coordinates */
    mutau_modes modes[MUTAU_CONVERGENCE_MAX_DIM]; /**< per coordinate */
    mutau_validity validity;                      /**< of the line picture */
    size_t n_finding;
    mutau_finding finding[MUTAU_MAX_FINDINGS]; /**< problems first */
} mutau_diagnosis;

/** Diagnoses chains[n_chain] of one run (as mutau_summary_compute takes them), each
 * without its own burn-in.  Errors as there.  Freed with mutau_diagnosis_free. */
mutau_status mutau_diagnosis_compute(size_t n_chain, mutau_chain *const chains[],
                                     mutau_diagnosis **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_diagnosis_free(mutau_diagnosis *diagnosis);

#endif
