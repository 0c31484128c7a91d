/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The goodness of a fit: the same in every command. */
#ifndef MUTAU_CLI_GOODNESS_REPORT_H
#define MUTAU_CLI_GOODNESS_REPORT_H

#include "mutau/goodness.h"
#include "mutau/json.h"

/** Writes the key "goodness" and its object. */
void cli_goodness_json(mutau_json *json, const mutau_goodness *g);

/** Numbers by the name they have in JSON and CSV; NaN where there is none. */
enum { CLI_GOODNESS_NUMBERS = 9 };
extern const char *const cli_goodness_names[CLI_GOODNESS_NUMBERS];
void cli_goodness_numbers(const mutau_goodness *g, double out[CLI_GOODNESS_NUMBERS]);

/** Lines for people. */
void cli_goodness_text(const mutau_goodness *g);

/** Warns on stderr of a best fit, `whose` ("", "chain.h5: "), that is improbable. */
void cli_goodness_warn(const char *whose, const mutau_goodness *g);

#endif
