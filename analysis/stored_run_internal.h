/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file stored_run_internal.h
 * What the configuration stored in chain files says of their run.  Private to analysis.
 */
#ifndef MUTAU_STORED_RUN_INTERNAL_H
#define MUTAU_STORED_RUN_INTERNAL_H

#include <stdbool.h>

#include "store/chain.h"
#include "store/config.h"
#include "posterior/run_settings.h"
#include "base/status.h"

/** The stored configuration, freed by the caller; a fault in it is one of the chain file:
 * MUTAU_EDATA.  MUTAU_ENOMEM. */
mutau_status mutau_stored_parse(const mutau_chain *chain, mutau_config **out,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** The settings of the run but for data and terms, whose files need not be at hand any
 * more.  MUTAU_EDATA if the stored text is no run file. */
mutau_status mutau_stored_settings(const mutau_chain *chain, mutau_run_settings **out,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** The same with its terms, whose inputs are looked for in `folder` first. */
mutau_status mutau_stored_settings_and_terms(const mutau_chain *chain, const char *folder,
                                             mutau_run_settings **out,
                                             mutau_error *err) MUTAU_MUST_CHECK;

/** Where inputs of the run that did not come with mutau are looked for: in the folder of its run
 * file or, where that is no longer, beside the chain.  Freed by the caller; NULL without memory. */
char *mutau_stored_folder(const mutau_chain *chain);

/** The settings of the run with its data and terms, from that folder.  MUTAU_EDATA if they are
 * others now than the chain was sampled with, or gone; MUTAU_EIO, MUTAU_ECONFIG, MUTAU_ENOMEM. */
mutau_status mutau_stored_settings_with_data(const mutau_chain *chain, mutau_run_settings **out,
                                             mutau_error *err) MUTAU_MUST_CHECK;

/** The same run with other settings: each of assignments[n_assignment] as of --set, which may
 * leave parts of the run without a meaning, as it does in a run file. */
mutau_status mutau_stored_settings_with(const mutau_chain *chain, size_t n_assignment,
                                        const char *const assignments[], mutau_run_settings **out,
                                        mutau_error *err) MUTAU_MUST_CHECK;

/** The term `type` as the run has it or, if it has not, *own with its defaults, to be freed by its
 * type if not NULL.  What building a term returns. */
mutau_status mutau_stored_term(const mutau_run_settings *settings, const mutau_term_type *type,
                               const void **state, void **own, mutau_error *err) MUTAU_MUST_CHECK;

/** MUTAU_EDATA unless the files are of one run: the same model, parameters, data and
 * terms, and different seeds. */
mutau_status mutau_stored_check_same(size_t n_chain, mutau_chain *const chains[],
                                     mutau_error *err) MUTAU_MUST_CHECK;

/** Whether the run has flux data that count.  MUTAU_EDATA if the stored text is no YAML. */
mutau_status mutau_stored_has_flux(const mutau_chain *chain, bool *has,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** The free parameter with that stored name, or NULL. */
const mutau_parameter *mutau_stored_parameter(const mutau_run_settings *settings, const char *name);

/** The prior's support of the stored coordinate of that name, infinite where it has no edge.
 * MUTAU_EDATA if the run has no such coordinate. */
mutau_status mutau_stored_support(const mutau_run_settings *settings, const char *name, double *lo,
                                  double *hi, mutau_error *err) MUTAU_MUST_CHECK;

/** MUTAU_EDATA, with the file's name, if the rows after burn_in[n_chain] hold what no run stores: a
 * density that is not a finite number of ordinary size, or a draw outside the prior. */
mutau_status mutau_stored_check_draws(const mutau_run_settings *settings, size_t n_chain,
                                      mutau_chain *const chains[], const size_t burn_in[],
                                      mutau_error *err) MUTAU_MUST_CHECK;

#endif
