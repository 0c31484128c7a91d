/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file pool_evidence.h
 * The evidence (evidence.h) from the rungs, and the draws of a mixture (bridge.h), stored in one
 * or several chain files.
 */
#ifndef MUTAU_POOL_EVIDENCE_H
#define MUTAU_POOL_EVIDENCE_H

#include "analysis/evidence.h"
#include "analysis/pool.h"
#include "base/status.h"

/** The evidence from the rows of an unthinned pool of chains with a ladder, a mixture, or both.
 * Each file has a ladder of its own, of as many rungs as it took, and a mixture of its own, whose
 * draws count from the first row on; of several files the mean is taken, weighted by
 * 1/error^2, its error is enlarged where they scatter by more than theirs, the scatter is the
 * root mean square of theirs, a method is known, and thermodynamic integration usable, if it is in
 * all.  Where there is no evidence its numbers are NaN, with MUTAU_OK and the reason in `why`: one
 * of the chains has neither, the ladder still adapted in the kept rows, fewer than 4 rows are kept
 * (or the pool is thinned), two rungs, or mixture and posterior, overlap by fewer effective draws
 * than MUTAU_EVIDENCE_MIN_DRAWS (`overlap` and `weakest` say which; 0 if no draw of the hotter
 * one has a likelihood), or the bridge is further than MUTAU_EVIDENCE_MAX_PULL errors from
 * importance sampling (if its k-hat is at most MUTAU_PSIS_GOOD_K) or the stepping stones.
 * MUTAU_EDATA (an ln likelihood that is not a number, a mixture that cannot be read),
 * MUTAU_ENOMEM, and what reading a chain returns. */
mutau_status mutau_pool_evidence(const mutau_pool *pool, mutau_evidence *out,
                                 mutau_error *err) MUTAU_MUST_CHECK;

#endif
