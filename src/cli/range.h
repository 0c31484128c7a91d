/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges on the command line: lo:hi:n, lo:hi:n:log, lo:hi:n:lin. */
#ifndef MUTAU_CLI_RANGE_H
#define MUTAU_CLI_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** n points from lo to hi, both among them: logarithmic unless `linear`. */
typedef struct cli_range {
    double lo, hi; /**< 0 < lo < hi */
    size_t n;      /**< at least 2 */
    bool linear;
} cli_range;

/** Reads the value `text` of `option` ("--masses", in `unit`) as a range of at most `max`
 * points.  MUTAU_EUSAGE says what is wrong with it. */
mutau_status cli_range_read(const char *option, const char *unit, const char *text, size_t max,
                            cli_range *range, mutau_error *err);

/** Whether the text is rather a range, right or wrong, than the name of a file: a number, or
 * anything with a colon. */
bool cli_range_is_meant(const char *text);

/** The i-th point, i < n. */
double cli_range_at(const cli_range *range, size_t i);

#endif
