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
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "%s '%s': %s; lo:hi:n, lo:hi:n:log or lo:hi:n:lin takes 0 < lo < hi in "
                           "%s and a whole n from 2 to %zu",
                           option, text, what, unit, max);
}

mutau_status cli_range_read(const char *option, const char *unit, const char *text, size_t max,
                            cli_range *range, mutau_error *err)
{
    char copy[TEXT_SIZE], *parts[MAX_PARTS + 1] = {NULL};
    double n = 0.0;
    if (strlen(text) >= sizeof copy)
        return refuse(option, unit, "...", max, "too long", err);
    memcpy(copy, text, strlen(text) + 1);
    const size_t n_part = split(copy, parts);
    if (n_part < 3 || n_part > MAX_PARTS)
        return refuse(option, unit, text, max, "not three or four parts", err);
    if (!cli_real(parts[0], &range->lo) || !cli_real(parts[1], &range->hi) ||
        !cli_real(parts[2], &n))
        return refuse(option, unit, text, max, "a part is no number", err);
    if (!(range->lo > 0.0 && range->hi > range->lo))
        return refuse(option, unit, text, max, "no range", err);
    if (!(n >= 2.0 && n <= (double)max && n <= floor(n)))
        return refuse(option, unit, text, max, "no number of points", err);
    range->n = (size_t)n;
    range->linear = n_part == MAX_PARTS && strcmp(parts[3], "lin") == 0;
    if (n_part == MAX_PARTS && !range->linear && strcmp(parts[3], "log") != 0)
        return refuse(option, unit, text, max, "the last part is neither log nor lin", err);
    return MUTAU_OK;
}

bool cli_range_is_meant(const char *text)
{
    double number = 0.0;
    return strchr(text, ':') != NULL || cli_real(text, &number);
}

double cli_range_at(const cli_range *range, size_t i)
{
    const double n_step = (double)(range->n - 1);
    if (i == 0 || i + 1 == range->n)
        return i == 0 ? range->lo : range->hi;
    if (range->linear)
        return range->lo + (double)i * ((range->hi - range->lo) / n_step);
    return exp(log(range->lo) + (double)i * ((log(range->hi) - log(range->lo)) / n_step));
}
