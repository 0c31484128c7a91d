/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of parameters; documented in base/parameter_set.h. */
#include "base/parameter_set.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool mutau_parameter_set_add(mutau_parameter_set *set, size_t n_row,
                             const mutau_parameter_spec rows[])
{
    if (n_row > MUTAU_MAX_PARAMETERS - set->n)
        return false;
    for (size_t i = 0; i < n_row; i++)
        if (mutau_parameter_set_find(set, rows[i].name) < set->n)
            return false;
    for (size_t i = 0; i < n_row; i++)
        set->spec[set->n++] = &rows[i];
    return true;
}

size_t mutau_parameter_set_find(const mutau_parameter_set *set, const char *name)
{
    size_t i = 0;
    while (i < set->n && strcmp(set->spec[i]->name, name) != 0)
        i++;
    return i;
}

size_t mutau_parameter_set_first(const mutau_parameter_set *set, const mutau_parameter_spec rows[])
{
    size_t i = 0;
    while (i < set->n && set->spec[i] != &rows[0])
        i++;
    return i;
}

bool mutau_parameter_spec_allows(const mutau_parameter_spec *spec, double value)
{
    if (!isfinite(value) || value > spec->highest)
        return false;
    return spec->lowest_excluded ? value > spec->lowest : value >= spec->lowest;
}

void mutau_parameter_spec_must(const mutau_parameter_spec *spec,
                               char text[MUTAU_PARAMETER_MUST_SIZE])
{
    const char *relation = spec->lowest_excluded ? "above" : "at least";
    if (isinf(spec->lowest) && isinf(spec->highest))
        (void)snprintf(text, MUTAU_PARAMETER_MUST_SIZE, "finite");
    else if (isinf(spec->highest))
        (void)snprintf(text, MUTAU_PARAMETER_MUST_SIZE, "%s %g and finite", relation, spec->lowest);
    else if (isinf(spec->lowest))
        (void)snprintf(text, MUTAU_PARAMETER_MUST_SIZE, "finite and at most %g", spec->highest);
    else
        (void)snprintf(text, MUTAU_PARAMETER_MUST_SIZE, "%s %g and at most %g", relation,
                       spec->lowest, spec->highest);
}
