/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections of the run file, read in this order into zeroed settings.  Each
 * reader completes and orders its part of the tree under `root`. */
#ifndef MUTAU_RUN_SETTINGS_INTERNAL_H
#define MUTAU_RUN_SETTINGS_INTERNAL_H

#include "mutau/run_settings.h"

mutau_status mutau_run_settings_read_model(mutau_node *root, mutau_run_settings *s,
                                           mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_run_settings_read_parameters(mutau_node *root, mutau_run_settings *s,
                                                mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_run_settings_read_likelihood(mutau_node *root, mutau_run_settings *s,
                                                mutau_error *err) MUTAU_MUST_CHECK;
/* Presets are looked for in folders[n_folder]. */
mutau_status mutau_run_settings_read_data(mutau_node *root, size_t n_folder,
                                          const char *const folders[], mutau_run_settings *s,
                                          mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_run_settings_read_terms(mutau_node *root, mutau_run_settings *s,
                                           mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_run_settings_read_sampler(mutau_node *root, mutau_run_settings *s,
                                             mutau_error *err) MUTAU_MUST_CHECK;

/* `target`, without which there is a posterior to read. */
mutau_status mutau_run_settings_read_target(mutau_node *root, mutau_run_settings *s,
                                            mutau_error *err) MUTAU_MUST_CHECK;

/* `sampler.start`. */
mutau_status mutau_run_settings_read_start(mutau_node *sampler, mutau_start_settings *s,
                                           mutau_error *err) MUTAU_MUST_CHECK;

/* The mapping under `key`, added empty if it is absent. */
mutau_status mutau_run_settings_section(mutau_node *node, const char *key, mutau_node **section,
                                        mutau_error *err) MUTAU_MUST_CHECK;

#endif
