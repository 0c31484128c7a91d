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

static mutau_status refuse(const char *option, const char *unit, const char *text, size_t max,
                           const char *what, mutau_error *err)
{
    return mutau_error_set(
        err, MUTAU_EUSAGE,
        "%s lo:hi:n takes 0 < lo < hi in %s, a whole n from 2 to %zu and perhaps "
        ":log or :lin; '%s' %s",
        option, unit, max, text, what);
}

mutau_status cli_range_read(const char *option, const char *unit, const char *text, size_t max,
                            cli_range *range, mutau_error *err)
{
    char copy[TEXT_SIZE], *parts[MAX_PARTS + 1] = {NULL};
    double n = 0.0;
    if (strlen(text) >= sizeof copy)
        return refuse(option, unit, "...", max, "is too long", err);
    memcpy(copy, text, strlen(text) + 1);
    const size_t n_part = split(copy, parts);
    if (n_part < 3 || n_part > MAX_PARTS)
        return refuse(option, unit, text, max, "has not three or four parts", err);
    if (!cli_real(parts[0], &range->lo) || !cli_real(parts[1], &range->hi) ||
        !cli_real(parts[2], &n))
        return refuse(option, unit, text, max, "has a part that is no number", err);
    if (!(range->lo > 0.0 && range->hi > range->lo))
        return refuse(option, unit, text, max, "is no such range", err);
    if (!(n >= 2.0 && n <= (double)max && n <= floor(n)))
        return refuse(option, unit, text, max, "has no such n", err);
    range->n = (size_t)n;
    range->linear = n_part == MAX_PARTS && strcmp(parts[3], "lin") == 0;
    if (n_part == MAX_PARTS && !range->linear && strcmp(parts[3], "log") != 0)
        return refuse(option, unit, text, max, "ends in neither", err);
    return MUTAU_OK;
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
