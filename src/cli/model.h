/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run file made ready to be evaluated. */
#ifndef MUTAU_CLI_MODEL_H
#define MUTAU_CLI_MODEL_H

#include "cli.h"
#include "posterior/posterior.h"
#include "posterior/run_settings.h"
#include "process/progress.h"
#include "base/status.h"

/** Settings, posterior and one workspace of a run file. */
typedef struct cli_model {
    mutau_run_settings *settings;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
    bool warned[MUTAU_MAX_TERMS]; /**< a point beyond this term's inputs has been reported */
    bool warned_validity;         /**< one beyond the line solver's validity has */
    bool warned_channels;         /**< one beyond the s channel's */
    /** The same with targets at rest, from cli_model_cold on; NULL before. */
    mutau_run_settings *of_cold;
    mutau_posterior *cold;
    mutau_posterior_workspace *cold_ws;
} cli_model;

/** How the options struct of a command with report_model begins. */
typedef struct cli_model_options {
    cli_form form;
    cli_list set;
} cli_model_options;

/** command->report_model with the run file read and ready. */
mutau_status cli_model_report(const cli_command *command, const void *options,
                              const cli_list *files, cli_result *result, mutau_error *err);

/** Prints the notes and warnings about a run file, one line each, to stderr (progress_say). */
void cli_print_warnings(const mutau_run_settings *settings, const progress_reporter *how);

/** MUTAU_ECONFIG if the run file `path` has a built-in target in place of a model. */
mutau_status cli_refuse_target(const mutau_run_settings *settings, const char *path,
                               mutau_error *err);

/** Reads `path` with the assignments of --set; warnings go to stderr.  On failure
 * everything is released; on success cli_model_close does it. */
mutau_status cli_model_open(cli_model *model, const char *path, const cli_list *assignments,
                            mutau_error *err);
void cli_model_close(cli_model *model);

/** The bins at a point with targets at rest in place of those that move, of the model's data
 * points; *bins is NULL if they are at rest anyway, and valid until the next call. */
mutau_status cli_model_cold(cli_model *model, const double natural[], const double **bins,
                            mutau_error *err);

#endif
