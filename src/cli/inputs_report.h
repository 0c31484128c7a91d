/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input files that chain files list, in reports. */
#ifndef MUTAU_CLI_INPUTS_REPORT_H
#define MUTAU_CLI_INPUTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "mutau/chain.h"
#include "mutau/inputs.h"
#include "mutau/report.h"

/* The lists of several chains; zeroed there are none. */
typedef struct cli_inputs {
    size_t n;
    mutau_inputs *lists; /* owned, [n]; empty for a chain without a list */
    bool known;          /* whether any has one */
} cli_inputs;

/* MUTAU_EDATA for a list that cannot be read, with the file's name; MUTAU_ENOMEM. */
mutau_status cli_inputs_read(size_t n_chain, mutau_chain *const chains[], cli_inputs *inputs,
                             mutau_error *err) MUTAU_MUST_CHECK;
void cli_inputs_release(cli_inputs *inputs);

/* All inputs as the key `inputs`, null if no chain has a list; for people those that did not come
 * with mutau, one a line. */
void cli_record_inputs(mutau_report *r, const cli_inputs *inputs);

#endif
