/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file compare.h
 * Runs side by side: the posteriors of one model under other data, terms or priors.
 */
#ifndef MUTAU_COMPARE_H
#define MUTAU_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/chain.h"
#include "analysis/divergence.h"
#include "analysis/evidence_ladder.h"
#include "likelihood/goodness.h"
#include "analysis/nested.h"
#include "analysis/pool.h"
#include "posterior/bare_evidence.h"
#include "analysis/reweight.h"
#include "posterior/run_settings.h"
#include "base/status.h"
#include "analysis/summary.h"
#include "analysis/suspiciousness.h"

enum { MUTAU_COMPARE_MAX_RUNS = 16, MUTAU_COMPARE_MAX_PROJECTIONS = 8 };

/** Why something is not given; "" if it is. */
typedef struct mutau_reason {
    char text[MUTAU_ERROR_SIZE];
} mutau_reason;

/** chi^2 = -2 ln L of the flux data or of a term. */
typedef struct mutau_compared_chi2 {
    char name[MUTAU_SUMMARY_NAME_SIZE]; /**< "flux", or of the term */
    double best;                        /**< at the best sample, that of the largest posterior */
    double mean;                        /**< over the posterior */
} mutau_compared_chi2;

/** A term's limit at another exposure (mutau_projection of term.h). */
typedef struct mutau_compared_projection {
    const mutau_term_type *term;
    double exposure;
    /** Posterior probability that the coupling is below the limit at the draw's mass; NaN for a
     * scalar mediator. */
    double below;
} mutau_compared_projection;

typedef struct mutau_compared_run {
    const char *path;             /**< not owned */
    mutau_run_settings *settings; /**< owned; without the data */
    mutau_pool pool;
    mutau_summary summary;
    size_t n_chi2; /**< flux first, then the terms */
    mutau_compared_chi2 chi2[MUTAU_MAX_TERMS + 1];
    mutau_goodness goodness; /**< at the best sample */
    size_t n_projection;     /**< the same of every run: all exposures of all terms */
    mutau_compared_projection projection[MUTAU_COMPARE_MAX_PROJECTIONS];
    mutau_evidence evidence;  /**< of the verdict in `summary`: NaN where it cannot be trusted */
    mutau_bare_evidence bare; /**< the run's spectrum without the boson; NaN with a reason */
    mutau_reason no_bare;
    double ln_b; /**< ln Z - that of the run's spectrum without the boson: 0, but for the error, of
                  * a run that has none; NaN without either */
    mutau_nested savage_dickey;    /**< the same from this chain alone */
    const mutau_term_type *cut_at; /**< the term at whose 90 % limit the prior is cut */
    mutau_nested cut;              /**< what that adds to ln_b */
    size_t n_edge;
    mutau_touched_edge edge[2 * MUTAU_MAX_PARAMETERS]; /**< of priors, which ln Z depends on */
} mutau_compared_run;

/** The runs' evidences, each against one model. */
typedef struct mutau_compared_ladder {
    bool given;
    char name[MUTAU_ERROR_SIZE]; /**< the reference: a path, or of a spectrum */
    size_t own;                  /**< which of the runs it is; n_run if it is none of them */
    mutau_ladder_model reference;
    mutau_ladder_model *model; /**< owned, [n_run] */
    mutau_ladder_verdict verdict;
    mutau_reason no_reference; /**< it has no evidence */
} mutau_compared_ladder;

/** A quantity that two runs share. */
typedef struct mutau_compared_quantity {
    char name[MUTAU_SUMMARY_NAME_SIZE];
    double shift;       /**< (mean of the second - mean of the first)/sd of the first */
    double shift_error; /**< its Monte Carlo error, from the MCSE of the means */
    double overlap;     /**< mutau_overlap */
} mutau_compared_quantity;

/** A run held against the first. */
typedef struct mutau_compared_pair {
    size_t first, second; /**< runs */
    size_t n;
    mutau_compared_quantity quantity[2 * MUTAU_SUMMARY_MAX_QUANTITIES];
    mutau_jensen_shannon mass_coupling; /**< of the (m, g') marginals */
    mutau_reason no_mass_coupling;      /**< m or g' is fixed in one of them */
    double ln_b;                        /**< ln Z of the second - ln Z of the first */
    mutau_reason no_ln_b;
    mutau_reweighting reweighting; /**< of the first to the terms of the second */
    mutau_reason beyond_terms; /**< what else they differ in: not in the weights, not sufficient */
    mutau_reason no_reweighting;
} mutau_compared_pair;

typedef struct mutau_comparison {
    size_t n_run;
    mutau_compared_run *run; /**< owned, [n_run] */
    size_t n_pair;
    mutau_compared_pair *pair; /**< owned, [n_run - 1] */
    mutau_suspiciousness suspiciousness;
    size_t run_ab, run_a, run_b;  /**< which runs it is from: A is the flux, B is `shift` */
    const mutau_term_type *shift; /**< the term of a measurement that sees something */
    mutau_reason no_suspiciousness;
    mutau_compared_ladder ladder;
} mutau_comparison;

typedef struct mutau_compare_settings {
    bool force;            /**< compare what should not be: see below */
    bool suspiciousness;   /**< not finding its three runs is an error */
    const char *reference; /**< what evidences are held against: one of the paths, or the name of a
                            * spectrum, without the boson and with its default priors; NULL: none */
    bool evidences_alone;  /**< no pairs: neither distances nor reweighting */
} mutau_compare_settings;

/** Compares chains[n] (1 ... MUTAU_COMPARE_MAX_RUNS), each without its burn-in, with the
 * first.  `paths` are for messages, and the data sets of a run are looked for beside its
 * chain, too.  Release with mutau_comparison_free, also after a failure.
 *
 * Of a reference MUTAU_EUSAGE if it is neither one of the paths nor a spectrum, MUTAU_EDATA if the
 * runs have not the same data and terms, without which evidences say nothing of one another.
 *
 * Without `force` it is MUTAU_EDATA if the models of two files differ in more than the source's
 * spectrum, or a run is not finished; reweighting is not done between runs that differ in more than
 * terms.  With it those things are done, but a coupling to other particles stays an error.  Always
 * MUTAU_EDATA: a chain with fewer than 8 kept rows or without the blobs of the model.
 *
 * A reason takes the place of: the evidence without the boson, if data or inputs are not those of
 * the run any more; a Bayes factor between runs with other data or terms, which say nothing of one
 * another's probability; reweighting and suspiciousness where runs do not allow it. Suspiciousness
 * is that of flux (A) and the term whose measurement sees something (B, the one with a band): of
 * three runs, one with both, one without that term and one with `likelihood: {kind: none}`; all
 * else they share is part of their common prior. MUTAU_ENOMEM, and what reading chains and inputs
 * returns. */
mutau_status mutau_compare(size_t n, const char *const paths[], mutau_chain *const chains[],
                           const mutau_compare_settings *settings, mutau_comparison *out,
                           mutau_error *err) MUTAU_MUST_CHECK;
void mutau_comparison_free(mutau_comparison *comparison);

/** How that quantity of a run is held against the first's; NULL if it is not. */
const mutau_compared_quantity *mutau_comparison_find(const mutau_comparison *comparison, size_t run,
                                                     const char *name);
/** The first run that has the quantity; n_run if there is none. */
size_t mutau_comparison_first(const mutau_comparison *comparison, const char *name);
/** Whether the i-th projection of a run is the first, or the last, of its term. */
bool mutau_projection_begins(const mutau_compared_run *run, size_t i);
bool mutau_projection_ends(const mutau_compared_run *run, size_t i);

#endif
