/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections of the run file, read in this order into zeroed settings.  Each
 * reader completes and orders its part of the tree under `root`. */
#ifndef MUTAU_RUN_SETTINGS_INTERNAL_H
#define MUTAU_RUN_SETTINGS_INTERNAL_H

#include "base/option.h"
#include "posterior/run_settings.h"

/* What stands for a mapping that is left out. */
#define MUTAU_DEFAULT_MOVES "{mixture: 0.8, stretch: 0.1, de: 0.1}"
#define MUTAU_DEFAULT_MAX_RUNGS "64"
#define MUTAU_DEFAULT_ESS_BULK "4000"
#define MUTAU_DEFAULT_ESS_TAIL "1000"
#define MUTAU_DEFAULT_STOP                                                                         \
    "{max_steps: 50000, ess_bulk: " MUTAU_DEFAULT_ESS_BULK ", ess_tail: " MUTAU_DEFAULT_ESS_TAIL "}"

/* The tables that drive the readers, for run_keys.c as well. */
extern const mutau_option mutau_top_options[], mutau_model_options[], mutau_likelihood_options[],
    mutau_sampler_options[], mutau_ladder_options[], mutau_bestfit_options[], mutau_stop_options[];
extern const size_t mutau_top_option_count, mutau_model_option_count, mutau_likelihood_option_count,
    mutau_sampler_option_count, mutau_ladder_option_count, mutau_bestfit_option_count,
    mutau_stop_option_count;
extern const mutau_option mutau_evolution_options[];
extern const size_t mutau_evolution_option_count;

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

/* `target.own`. */
mutau_status mutau_run_settings_read_own(mutau_node *node, mutau_run_settings *s,
                                         mutau_error *err) MUTAU_MUST_CHECK;

/* Reads a document whose run file is called `path`; takes the ownership of `config`, also on
 * failure.  `folder` NULL: that of `path`; `inputs` as in _parse_kept. */
mutau_status mutau_run_settings_take(const char *path, const char *folder, const char *inputs,
                                     mutau_config *config, mutau_run_settings **out,
                                     mutau_error *err) MUTAU_MUST_CHECK;

/* Adds a warning; beyond MUTAU_MAX_WARNINGS they are dropped. */
mutau_status mutau_run_settings_warn(mutau_run_settings *s, const char *text,
                                     mutau_error *err) MUTAU_MUST_CHECK;
/* Looks for slips of the unit in the values of the parameters and in the options of a section. */
mutau_status mutau_run_settings_check_parameters(const mutau_node *root, mutau_run_settings *s,
                                                 mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_run_settings_check_options(const mutau_node *node, const mutau_option options[],
                                              size_t n_option, const void *settings,
                                              mutau_run_settings *s,
                                              mutau_error *err) MUTAU_MUST_CHECK;
/* Fills s->inputs from the data sets, the source's table and the terms' tables.  What lies in
 * `shipped` or in priors beside it came with mutau. */
mutau_status mutau_run_settings_list_inputs(mutau_run_settings *s, const char *shipped,
                                            mutau_error *err) MUTAU_MUST_CHECK;

/* `sampler.start`. */
mutau_status mutau_run_settings_read_start(mutau_node *sampler, mutau_start_settings *s,
                                           mutau_error *err) MUTAU_MUST_CHECK;

/* Takes those of the NULL-terminated `keys` out of the mapping that are in the run file and have
 * no meaning beside `node`, which is from --set; one note names them all.  Where `node` is not
 * from --set, or the key is as well, nothing happens, and the contradiction is the caller's. */
mutau_status mutau_run_settings_yield(mutau_node *mapping, const char *const keys[],
                                      const mutau_node *node, mutau_run_settings *s,
                                      mutau_error *err) MUTAU_MUST_CHECK;

/* Warns of targets at rest where the lightest neutrino is so light that their motion counts most;
 * to be called once everything is read. */
mutau_status mutau_run_settings_check_motion(mutau_run_settings *s,
                                             mutau_error *err) MUTAU_MUST_CHECK;
/* Warns of what the spectrum says of its parameters and the data; likewise. */
mutau_status mutau_run_settings_check_shape(mutau_run_settings *s,
                                            mutau_error *err) MUTAU_MUST_CHECK;

/* The file of model.source.spectrum: {table: FILE}; what is wrong in it is MUTAU_EDATA. */
mutau_status mutau_run_settings_read_fluxes(const mutau_node *node, mutau_run_settings *s,
                                            mutau_error *err) MUTAU_MUST_CHECK;
/* Whether that table covers the energies of the data, from e_lo_gev to e_hi_gev at Earth (0: there
 * are none), and 100 TeV: MUTAU_EDATA if not; a warning where the farthest sources need more. */
mutau_status mutau_run_settings_check_fluxes(mutau_run_settings *s, double e_lo_gev,
                                             double e_hi_gev, mutau_error *err) MUTAU_MUST_CHECK;

/* `evolution` and `flavour` of model.source, when its other options are read.  What is wrong in the
 * evolution's table is MUTAU_EDATA. */
mutau_status mutau_run_settings_read_evolution(mutau_node *source, mutau_run_settings *s,
                                               mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_run_settings_read_flavour(mutau_node *source, mutau_run_settings *s,
                                             mutau_error *err) MUTAU_MUST_CHECK;
/* The file's f_e and f_mu, if --set names a flavour that is not free. */
mutau_status mutau_run_settings_yield_flavour(mutau_node *root, mutau_node *parameters,
                                              mutau_run_settings *s,
                                              mutau_error *err) MUTAU_MUST_CHECK;
/* s->ln_simplex of the parameters that are read. */
mutau_status mutau_run_settings_read_simplex(const mutau_node *parameters, mutau_run_settings *s,
                                             mutau_error *err) MUTAU_MUST_CHECK;

/* The i-th name that model.solver takes, NULL behind the last: the solvers' own, others. */
const char *mutau_run_settings_solver_name(size_t i);

/* Takes the power law's name, equal flavours, the sources' frame, a table that is off, and what a
 * run by the line does not look at out of a resolved and levelled tree: the digests of files from
 * before there was a choice stay good. MUTAU_ENOMEM. */
mutau_status mutau_run_settings_digest_model(mutau_node *root, mutau_error *err) MUTAU_MUST_CHECK;

/* Whether a resolved tree has model.table: on; without a table the file is from before there was
 * one. */
bool mutau_run_settings_is_table_on(const mutau_node *root);
/* Writes model.table, if there is a model. */
mutau_status mutau_run_settings_set_table(mutau_node *root, bool on,
                                          mutau_error *err) MUTAU_MUST_CHECK;

/* Has a resolved tree say that there is no screen, as files from before there was one mean. */
mutau_status mutau_run_settings_level_screen(mutau_node *root, mutau_error *err) MUTAU_MUST_CHECK;
/* Takes a screen that is off out of a resolved tree: the digests of those files stay good. */
void mutau_run_settings_digest_screen(mutau_node *root);

/* The i-th name that model.source.evolution and flavour take, likewise. */
const char *mutau_run_settings_evolution_name(size_t i);
const char *mutau_run_settings_flavour_name(size_t i);

/* Sets up the nuisances of data sets, and adds those and terms' that the section `parameters` names
 * to s->set, which has the model's. */
mutau_status mutau_run_settings_read_nuisances(const mutau_node *root, mutau_node *section,
                                               mutau_run_settings *s,
                                               mutau_error *err) MUTAU_MUST_CHECK;
/* The names of all that data sets and terms can have, at most MUTAU_MAX_TERMS of terms and
 * MUTAU_MAX_DATASETS of each kind; how many.
 */
size_t mutau_run_settings_nuisance_names(const mutau_run_settings *s, const char *names[]);

/* The mapping under `key`, added empty if it is absent. */
mutau_status mutau_run_settings_section(mutau_node *node, const char *key, mutau_node **section,
                                        mutau_error *err) MUTAU_MUST_CHECK;

#endif
