/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file diagnosis_internal.h
 * What the parts of a diagnosis share: diagnosis.c is its course, find_posterior.c and
 * find_evidence.c what they find, lost_mode.c one thing to be found.  Private to analysis.
 */
#ifndef MUTAU_DIAGNOSIS_INTERNAL_H
#define MUTAU_DIAGNOSIS_INTERNAL_H

#include "analysis/diagnosis.h"
#include "analysis/pool.h"

typedef struct diagnosis_work {
    const mutau_run_settings *settings;
    mutau_chain_info info; /* of the first file */
    mutau_pool pool;
    double *x;                                        /* [rows][columns] of one quantity */
    double least[MUTAU_MAX_DIM], most[MUTAU_MAX_DIM]; /* of kept draws */
    mutau_diagnosis *out;
} diagnosis_work;

/** What a finding is like. */
typedef struct finding_nature {
    mutau_finding_kind kind;
    unsigned about;
    bool lasting;
} finding_nature;

/** Adds a finding; those beyond MUTAU_MAX_FINDINGS are dropped. */
void mutau_diagnosis_find(mutau_diagnosis *d, finding_nature nature, const char *id,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Whether points of the prior reach the cold rung: with rungs that exchange them. */
bool mutau_diagnosis_is_tempered(const mutau_diagnosis *d);

enum { DIAGNOSIS_ADVICE_SIZE = 64 };
/** What to set for walkers that do not get from mode to mode. */
const char *mutau_diagnosis_more_temperatures(const diagnosis_work *w,
                                              char text[DIAGNOSIS_ADVICE_SIZE]);

/** What is wrong with the sampling of the posterior; modes and moves are in w->out. */
mutau_status mutau_diagnosis_find_posterior(diagnosis_work *w, mutau_error *err);
/** What is wrong with the evidence and its ladder. */
void mutau_diagnosis_find_evidence(const diagnosis_work *w);

/** Whether a walker stood, before the kept rows, where the posterior is high and no kept draw is
 * near: a mode that all walkers have left.  Its coordinate and value go to *dim and *where. */
mutau_status mutau_diagnosis_find_lost_mode(diagnosis_work *w, bool *found, size_t *dim,
                                            double *where, mutau_error *err);

#endif
