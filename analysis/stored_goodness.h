/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file stored_goodness.h
 * How well the best sample of a chain fits the flux data of its run.
 */
#ifndef MUTAU_STORED_GOODNESS_H
#define MUTAU_STORED_GOODNESS_H

#include "store/chain.h"
#include "likelihood/goodness.h"
#include "base/status.h"
#include "analysis/summary.h"

/** Evaluates the best sample of `summary`, of `chain` and perhaps others of its run.  Where that
 * cannot be done, the data being gone or others now, or the model another one, there are no numbers
 * and the reason is in out->why; so it is for a built-in target, which has no data.  MUTAU_ENOMEM
 * only.  GSL's handler as in goodness.h. */
mutau_status mutau_stored_goodness(const mutau_chain *chain, const mutau_summary *summary,
                                   mutau_goodness *out, mutau_error *err) MUTAU_MUST_CHECK;

#endif
