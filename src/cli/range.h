/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges on the command line: lo:hi:n, lo:hi:n:log, lo:hi:n:lin. */
#ifndef MUTAU_CLI_RANGE_H
#define MUTAU_CLI_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** n points from lo to hi, both among them: logarithmic unless `linear`. */
typedef struct cli_range {
    double lo, hi; /**< lo < hi; 0 < lo unless `linear` */
    size_t n;      /**< at least 2 */
    bool linear;
} cli_range;

/** Reads the value `text` of `option` ("--masses", in `unit`) as a range of at most `max`
 * points.  MUTAU_EUSAGE says what is wrong with it. */
mutau_status cli_range_read(const char *option, const char *unit, const char *text, size_t max,
                            cli_range *range, mutau_error *err);

/** What a range is of. */
typedef struct cli_range_rule {
    const char *option; /**< "--grid A=" */
    const char *unit;   /**< of lo and hi; "" for a pure number */
    size_t max;         /**< of n */
    bool linear;        /**< spaced so unless the text says otherwise */
    bool any_sign;      /**< a linear one may begin at 0 or below */
} cli_range_rule;

/** The same by a rule. */
mutau_status cli_range_read_by(const cli_range_rule *rule, const char *text, cli_range *range,
                               mutau_error *err);

/** Whether the text is rather a range, right or wrong, than the name of a file: a number, or
 * anything with a colon. */
bool cli_range_is_meant(const char *text);

/** The i-th point, i < n. */
double cli_range_at(const cli_range *range, size_t i);

#endif
