/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known about one point: the same in every command. */
#ifndef MUTAU_CLI_POINT_REPORT_H
#define MUTAU_CLI_POINT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"
#include "posterior/fit.h"
#include "report/report.h"

/** Adds the members of a record, the `bins` being those of the last evaluation with the model's
 * workspace.  Of targets that move each bin says by how much it is off those at rest. */
mutau_status cli_record_point(mutau_report *r, cli_model *model, const mutau_fit *fit,
                              bool with_bins, mutau_error *err) MUTAU_MUST_CHECK;

/** The columns of a CSV table of such records. */
#define CLI_POINT_COLUMNS                                                                          \
    "parameters/*", "ln_prior", "ln_likelihood", "ln_posterior", "chi2", "terms/*|lnl_",           \
        "derived/*", "goodness/*", ".by_grid|by_grid"

/** The row of one record in such a table, without the way through records: what
 * mutau_report_write makes of it, at a tenth of the time.  MUTAU_EIO. */
mutau_status cli_point_csv_row(FILE *file, const cli_model *model, const mutau_fit *fit,
                               mutau_error *err) MUTAU_MUST_CHECK;

/** Tables for people: of the record that is being added and, if it has any, its bins. */
void cli_point_tables(mutau_report *r, const cli_model *model, const mutau_fit *fit);
void cli_point_bins_table(mutau_report *r, const cli_model *model);

/** Warns on stderr if the mass is beyond the inputs of a term, or the point beyond the line
 * solver's validity or that of the s channel: of each once a model. */
void cli_point_warn(cli_model *model, const mutau_posterior_point *p);

#endif
