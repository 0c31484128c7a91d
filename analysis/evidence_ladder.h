/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file evidence_ladder.h
 * Models of one set of data by their evidences, each held against one of them.
 *
 * A Bayes factor says how much more probable the data are in one model than in another, each with
 * its priors: "for the boson" says nothing without "against what".  Words for |ln B|: below 1
 * inconclusive, to 2.5 weak, to 5 moderate, above strong (Trotta, Contemp. Phys. 49, 71 (2008),
 * arXiv:0803.4089, table 1).
 *
 * Pure; thread-safe.
 */
#ifndef MUTAU_EVIDENCE_LADDER_H
#define MUTAU_EVIDENCE_LADDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "analysis/evidence.h"

typedef struct mutau_ladder_model {
    const char *source;        /**< name of the source's spectrum; not owned */
    bool boson;                /**< the boson's coupling is not 0 */
    mutau_estimate evidence;   /**< NaN: not known */
    mutau_estimate ln_b;       /**< set by mutau_evidence_ladder: against the reference */
    mutau_estimate ln_b_boson; /**< likewise: against the model of the same source without the
                                    boson; NaN if there is none, or for that model itself */
} mutau_ladder_model;

/** What the ladder says, each one sentence; "" if there is nothing to say. */
typedef struct mutau_ladder_verdict {
    char best[MUTAU_ERROR_SIZE];  /**< the most probable model, and against what */
    char boson[MUTAU_ERROR_SIZE]; /**< what the boson adds to the source that is the most probable
                                       without it, of those that it was added to */
} mutau_ladder_verdict;

/** The word for a Bayes factor. */
const char *mutau_ladder_word(double ln_b);

/** "power-law" or "power-law + Z'", in `room`. */
enum { MUTAU_LADDER_NAME_SIZE = 96 };
const char *mutau_ladder_name(const mutau_ladder_model *model, char room[MUTAU_LADDER_NAME_SIZE]);

/** Fills in ln_b and ln_b_boson of model[n], and the verdict.  `reference` is what they are held
 * against; it may be one of them. */
void mutau_evidence_ladder(size_t n, mutau_ladder_model model[],
                           const mutau_ladder_model *reference, mutau_ladder_verdict *verdict);

#endif
