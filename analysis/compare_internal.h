/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of mutau compare: one run, and what two stored configurations differ in. */
#ifndef MUTAU_COMPARE_INTERNAL_H
#define MUTAU_COMPARE_INTERNAL_H

#include "analysis/compare.h"

/* Checks one file and reads its settings; `run` is zeroed.  On success
 * mutau_compared_run_close releases what it got, on failure it holds nothing. */
mutau_status mutau_compared_run_open(mutau_compared_run *run, const char *path, mutau_chain *chain,
                                     bool force, mutau_error *err) MUTAU_MUST_CHECK;
/* Computes what it has to say: the expensive part. */
mutau_status mutau_compared_run_fill(mutau_compared_run *run, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_compared_run_close(mutau_compared_run *run);

/* A part of a stored configuration: the top-level keys `keep`, and of the section
 * `section` (NULL: no such) all but, or only, the keys `keys`; with any_spectrum but for
 * model.source.spectrum. */
typedef struct mutau_stored_part {
    const char *const *keep; /* NULL-terminated */
    const char *section;
    const char *const *keys; /* NULL-terminated */
    bool only;
    bool any_spectrum;
} mutau_stored_part;

/* The first difference of that part, in words that call the files `first` and `second`;
 * "" if there is none.  MUTAU_EDATA if a text is no configuration, MUTAU_ENOMEM. */
mutau_status mutau_stored_difference(const mutau_chain *a, const mutau_chain *b,
                                     const mutau_stored_part *part, mutau_reason *reason,
                                     mutau_error *err) MUTAU_MUST_CHECK;

/* Why the two runs say nothing of one another's evidence, other data or terms; "" if they do. */
mutau_status mutau_compare_data(const mutau_compared_run *a, const mutau_compared_run *b,
                                mutau_reason *reason, mutau_error *err) MUTAU_MUST_CHECK;

/* Fills in out->ladder, the runs being filled. */
mutau_status mutau_compare_ladder(mutau_comparison *out, const char *reference,
                                  mutau_error *err) MUTAU_MUST_CHECK;

/* Fills in the suspiciousness of out->run or the reason why there is none. */
mutau_status mutau_compare_tension(mutau_comparison *out, mutau_error *err) MUTAU_MUST_CHECK;

#endif
