/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file run_settings.h
 * A run file, read and checked: everything that `mutau sample` does is in here.
 */
#ifndef MUTAU_RUN_SETTINGS_H
#define MUTAU_RUN_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mutau/config.h"
#include "mutau/dataset.h"
#include "mutau/flux.h"
#include "mutau/flux_likelihood.h"
#include "mutau/parameter.h"
#include "mutau/status.h"
#include "mutau/term.h"

#define MUTAU_MAX_TERMS 16
#define MUTAU_MAX_DATASETS 8
#define MUTAU_MAX_TERM_SETTINGS 512

typedef struct mutau_term_choice {
    const mutau_term_type *type;
    union {
        double align;
        unsigned char bytes[MUTAU_MAX_TERM_SETTINGS]; /**< the type's settings struct */
    } settings;
} mutau_term_choice;

typedef struct mutau_sampler_settings {
    long ensembles, walkers, temperatures, seed, thin;
    double stretch_weight; /**< relative weight of the stretch move */
    double stretch_a;      /**< its scale */
    long burn_in;          /**< steps; -1 is auto */
    long max_steps;
    double rhat;         /**< stop criterion; 0 if not asked for */
    double tau_multiple; /**< stop criterion; 0 if not asked for */
    double ess_bulk;     /**< stop criterion; 0 if not asked for */
} mutau_sampler_settings;

typedef struct mutau_run_settings {
    mutau_config *config; /**< owned; completed by reading: what `mutau config` prints */
    char *path;           /**< owned; the run file */
    char *folder;         /**< owned; the run file's folder */
    char *data_folder;    /**< owned; the folder with the shipped data */
    char *description;    /**< owned */
    mutau_flux_settings model;
    double tail_tolerance; /**< of solver: auto */
    mutau_parameter parameters[MUTAU_N_PARAMETER];
    size_t n_dataset;
    mutau_dataset *datasets[MUTAU_MAX_DATASETS]; /**< owned */
    mutau_likelihood_kind likelihood;
    mutau_error_convention errors;
    size_t n_term;
    mutau_term_choice terms[MUTAU_MAX_TERMS]; /**< in the order of mutau_term_types */
    mutau_sampler_settings sampler;
    char *output; /**< owned; path of the chain file, relative to the working folder */
} mutau_run_settings;

/** Reads the run file `path` with the assignments of --set; finds presets in the
 * run file's folder, then $MUTAU_DATA, then the source or install tree's data.
 * Everything that can be known to be wrong without evaluating the posterior is
 * refused here: MUTAU_ECONFIG (run file), MUTAU_EDATA (inputs), MUTAU_EIO,
 * MUTAU_ENOMEM.  One line of text. */
mutau_status mutau_run_settings_read(const char *path, size_t n_assignment,
                                     const char *const assignments[], mutau_run_settings **out,
                                     mutau_error *err) MUTAU_MUST_CHECK;
/** The same from the resolved YAML text stored in a chain file; `folder` stands for
 * the run file's folder. */
mutau_status mutau_run_settings_parse(const char *name, const char *text, const char *folder,
                                      mutau_run_settings **out, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_run_settings_free(mutau_run_settings *settings);

/** The complete resolved run file; freed by the caller with free(). */
mutau_status mutau_run_settings_emit(const mutau_run_settings *settings, char **text,
                                     mutau_error *err) MUTAU_MUST_CHECK;

#define MUTAU_HASH_SIZE 65 /* SHA-256 in hex, terminated */

/** Digest of what a resume may not change (model, parameters, data, likelihood,
 * terms, sampler but for `stop`), and of the data files' contents. */
mutau_status mutau_run_settings_hash(const mutau_run_settings *settings,
                                     char config_hash[MUTAU_HASH_SIZE],
                                     char data_hash[MUTAU_HASH_SIZE],
                                     mutau_error *err) MUTAU_MUST_CHECK;

#endif
