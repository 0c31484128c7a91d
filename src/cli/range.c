/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges on the command line; documented in range.h. */
#include "range.h"

#include <math.h>
#include <string.h>

#include "cli.h"

enum { MAX_PARTS = 4, TEXT_SIZE = 128 };

/* Cuts copy[] at its colons; the number of parts, MAX_PARTS + 1 if there are more. */
static size_t split(char copy[], char *parts[MAX_PARTS + 1])
{
    size_t n = 0;
    for (char *rest = copy; rest != NULL && n <= MAX_PARTS; n++) {
        parts[n] = rest;
        rest = strchr(rest, ':');
        if (rest != NULL)
            *rest++ = '\0';
    }
    return n;
}

static mutau_status refuse(const cli_range_rule *rule, const char *text, const char *what,
                           mutau_error *err)
{
    const bool has_unit = rule->unit[0] != '\0';
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "%s%slo:hi:n takes %slo < hi%s%s%s, a whole n from 2 to %zu and perhaps "
                           ":log or :lin; '%s' %s",
                           rule->option, strchr(rule->option, '=') != NULL ? "" : " ",
                           rule->any_sign ? "" : "0 < ", has_unit ? " in " : "", rule->unit,
                           rule->any_sign ? " (above 0 with :log)" : "", rule->max, text, what);
}

mutau_status cli_range_read_by(const cli_range_rule *rule, const char *text, cli_range *range,
                               mutau_error *err)
{
    char copy[TEXT_SIZE], *parts[MAX_PARTS + 1] = {NULL};
    double n = 0.0;
    if (strlen(text) >= sizeof copy)
        return refuse(rule, "...", "is too long", err);
    memcpy(copy, text, strlen(text) + 1);
    const size_t n_part = split(copy, parts);
    if (n_part < 3 || n_part > MAX_PARTS)
        return refuse(rule, text, "has not three or four parts", err);
    if (!cli_real(parts[0], &range->lo) || !cli_real(parts[1], &range->hi) ||
        !cli_real(parts[2], &n))
        return refuse(rule, text, "has a part that is no number", err);
    range->linear = n_part == MAX_PARTS ? strcmp(parts[3], "lin") == 0 : rule->linear;
    const bool any = rule->any_sign && range->linear;
    if (!(any || range->lo > 0.0) || !(range->hi > range->lo))
        return refuse(rule, text, "is no such range", err);
    if (!(n >= 2.0 && n <= (double)rule->max && n <= floor(n)))
        return refuse(rule, text, "has no such n", err);
    range->n = (size_t)n;
    if (n_part == MAX_PARTS && !range->linear && strcmp(parts[3], "log") != 0)
        return refuse(rule, text, "ends in neither", err);
    return MUTAU_OK;
}

mutau_status cli_range_read(const char *option, const char *unit, const char *text, size_t max,
                            cli_range *range, mutau_error *err)
{
    const cli_range_rule rule = {.option = option, .unit = unit, .max = max};
    return cli_range_read_by(&rule, text, range, err);
}

bool cli_range_is_meant(const char *text)
{
    double number = 0.0;
    return strchr(text, ':') != NULL || cli_real(text, &number);
}

double cli_range_at(const cli_range *range, size_t i)
{
    const double share = (double)i / (double)(range->n - 1);
    if (i == 0 || i + 1 == range->n)
        return i == 0 ? range->lo : range->hi;
    if (range->linear)
        return range->lo + share * (range->hi - range->lo);
    return range->lo * pow(range->hi / range->lo, share);
}
