/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run file made ready to be evaluated, and points given on the command line. */
#ifndef MUTAU_CLI_MODEL_H
#define MUTAU_CLI_MODEL_H

#include "cli.h"
#include "mutau/posterior.h"
#include "mutau/run_settings.h"
#include "mutau/status.h"

/** Settings, posterior and one workspace of a run file. */
typedef struct cli_model {
    mutau_run_settings *settings;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
    bool warned[MUTAU_MAX_TERMS]; /**< a point beyond this term's inputs has been reported */
    bool warned_validity;         /**< one beyond the line solver's validity has */
} cli_model;

/** Prints the warnings about a run file, one line each, to stderr. */
void cli_print_warnings(const mutau_run_settings *settings);

/** MUTAU_ECONFIG if the run file `path` has a built-in target in place of a model. */
mutau_status cli_refuse_target(const mutau_run_settings *settings, const char *path,
                               mutau_error *err);

/** Reads `path` with the assignments of --set; warnings go to stderr.  On failure
 * everything is released; on success cli_model_close does it. */
mutau_status cli_model_open(cli_model *model, const char *path, const cli_list *assignments,
                            mutau_error *err);
void cli_model_close(cli_model *model);

/** Reads "m_zprime=6.5,g_prime=5e-4,..." into natural[MUTAU_N_PARAMETER]: every free
 * parameter must be given, fixed ones may be.  MUTAU_EUSAGE for an unknown, doubled
 * or missing name, a value that is no number or not physical. */
mutau_status cli_point_parse(const mutau_run_settings *settings, const char *text, double natural[],
                             mutau_error *err);

/** Reads the same from the value of `option` ("--fix"), but any parameters may be given:
 * given[MUTAU_N_PARAMETER] tells which; of the others natural[] holds the fixed values. */
mutau_status cli_point_some(const char *option, const mutau_run_settings *settings,
                            const char *text, double natural[], bool given[], mutau_error *err);

/** MUTAU_EUSAGE unless m > 0, g' >= 0, A >= 0 and sum m_nu is not below its minimum. */
mutau_status cli_point_physical(const mutau_run_settings *settings, const double natural[],
                                mutau_error *err);

/** Columns of a table of points: which parameter each one is. */
typedef struct cli_point_columns {
    size_t n;
    mutau_parameter_id id[MUTAU_N_PARAMETER];
} cli_point_columns;

/** Reads the header line of a CSV of points; rules as for cli_point_parse. */
mutau_status cli_point_header(const mutau_run_settings *settings, const char *line,
                              cli_point_columns *columns, mutau_error *err);
/** Reads one row under that header; it need not be physical. */
mutau_status cli_point_row(const mutau_run_settings *settings, const cli_point_columns *columns,
                           const char *line, double natural[], mutau_error *err);

#endif
