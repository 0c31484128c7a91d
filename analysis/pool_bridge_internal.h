/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file pool_bridge_internal.h
 * The evidence of one chain file by the frozen mixture among its moves.  Private to analysis.
 */
#ifndef MUTAU_POOL_BRIDGE_INTERNAL_H
#define MUTAU_POOL_BRIDGE_INTERNAL_H

#include "analysis/bridge.h"
#include "store/chain.h"

/** The bridge from n_row >= 4 rows from `first` on of a chain that has a mixture; of the proposals
 * those of all rows up to the last of these.  Of very many draws every n-th row's are taken.  As
 * mutau_bridge_compute; MUTAU_EDATA also for a mixture that cannot be read, and what reading a
 * chain returns. */
mutau_status mutau_pool_bridge(mutau_chain *chain, size_t first, size_t n_row, mutau_bridge *out,
                               mutau_error *err) MUTAU_MUST_CHECK;

#endif
