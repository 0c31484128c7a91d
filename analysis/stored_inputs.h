/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file stored_inputs.h
 * The input files of the runs that chains hold.
 */
#ifndef MUTAU_STORED_INPUTS_H
#define MUTAU_STORED_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "store/chain.h"
#include "store/inputs.h"

/** Reads into *out the inputs that the chains list, each once: pooled files are of one run, whose
 * inputs are the same but may have lain elsewhere.  *known is false if no chain has a list.
 * MUTAU_EDATA for a list that cannot be read, with the file's name; MUTAU_ENOMEM.  Released by the
 * caller; empty after a failure. */
mutau_status mutau_stored_inputs(size_t n_chain, mutau_chain *const chains[], mutau_inputs *out,
                                 bool *known, mutau_error *err) MUTAU_MUST_CHECK;

#endif
