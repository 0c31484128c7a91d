/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known about one point, as JSON, CSV and text: the same in every command. */
#ifndef MUTAU_CLI_POINT_REPORT_H
#define MUTAU_CLI_POINT_REPORT_H

#include <stdbool.h>

#include "model.h"
#include "mutau/fit.h"
#include "mutau/json.h"

/** Writes the members of a JSON object that has been begun.  The bins are those of the
 * last evaluation with the model's workspace. */
void cli_point_json(mutau_json *json, const cli_model *model, const mutau_fit *fit, bool with_bins);

/** A CSV header and row, each with its end of line. */
void cli_point_csv_header(const cli_model *model);
void cli_point_csv(const cli_model *model, const mutau_fit *fit);

/** Text for people at the width of their terminal; the bins are those of the last evaluation.
 * MUTAU_ENOMEM. */
mutau_status cli_point_text(const cli_model *model, const mutau_fit *fit, mutau_error *err);
mutau_status cli_point_text_bins(const cli_model *model, mutau_error *err);

/** Warns on stderr if the mass is beyond the inputs of a term, or the point beyond the line
 * solver's validity: of each once a model. */
void cli_point_warn(cli_model *model, const mutau_posterior_point *p);

#endif
