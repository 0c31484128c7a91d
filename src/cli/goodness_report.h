/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The goodness of a fit: the same in every command. */
#ifndef MUTAU_CLI_GOODNESS_REPORT_H
#define MUTAU_CLI_GOODNESS_REPORT_H

#include "mutau/goodness.h"
#include "mutau/json.h"
#include "mutau/status.h"
#include "text.h"

/** Writes the key "goodness" and its object. */
void cli_goodness_json(mutau_json *json, const mutau_goodness *g);

/** Numbers by the name they have in JSON and CSV; NaN where there is none. */
enum { CLI_GOODNESS_NUMBERS = 9 };
extern const char *const cli_goodness_names[CLI_GOODNESS_NUMBERS];
void cli_goodness_numbers(const mutau_goodness *g, double out[CLI_GOODNESS_NUMBERS]);

/** The columns of a table of a point: a name, a number, and what is to be said of it. */
enum { CLI_FIT_COLUMNS = 3 };
extern const text_column cli_fit_columns[CLI_FIT_COLUMNS];
/** Adds rows to a table of these columns. */
void cli_goodness_rows(const mutau_goodness *g, text_table *table);
/** A table of these rows alone, folded at `width` (text.h).  MUTAU_ENOMEM. */
mutau_status cli_goodness_text(const mutau_goodness *g, size_t width, mutau_error *err);

/** Warns on stderr of a best fit, `whose` ("", "chain.h5: "), that is improbable. */
void cli_goodness_warn(const char *whose, const mutau_goodness *g);

#endif
