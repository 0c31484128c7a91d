/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file pool_evidence.h
 * The evidence (evidence.h) from the rungs stored in one or several chain files.
 */
#ifndef MUTAU_POOL_EVIDENCE_H
#define MUTAU_POOL_EVIDENCE_H

#include "analysis/evidence.h"
#include "analysis/pool.h"
#include "base/status.h"

/** The evidence from the rows of an unthinned pool of tempered chains.  Each file has a
 * ladder of its own, of as many rungs as it took; of several files the mean is taken, weighted by
 * 1/error^2, its error is enlarged where they scatter by more than theirs, the scatter is the
 * root mean square of theirs, and thermodynamic integration is usable if it is in all.  Where
 * there is no evidence all numbers are NaN, with MUTAU_OK and the reason in `why`: one of the
 * chains is not tempered, the ladder still adapted in the kept rows, fewer than 4 rows are kept
 * (or the pool is thinned), or two rungs overlap by fewer effective draws than
 * MUTAU_EVIDENCE_MIN_DRAWS (`overlap` and `weakest` say which; 0 if no draw of the hotter one has
 * a likelihood).  MUTAU_EDATA (an ln likelihood that is not a number), MUTAU_ENOMEM, and what
 * reading a chain returns. */
mutau_status mutau_pool_evidence(const mutau_pool *pool, mutau_evidence *out,
                                 mutau_error *err) MUTAU_MUST_CHECK;

#endif
