/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of the solvers; documented in physics/solver.h. */
#include "physics/solver.h"

#include <string.h>

const mutau_solver_type *const mutau_solver_types[] = {
    &mutau_solver_auto,
    &mutau_solver_line,
    &mutau_solver_grid,
    NULL,
};

const mutau_solver_type *mutau_solver_at(int index)
{
    int n = 0;
    while (mutau_solver_types[n] != NULL)
        n++;
    return index >= 0 && index < n ? mutau_solver_types[index] : NULL;
}

int mutau_solver_index(const char *name)
{
    for (int i = 0; mutau_solver_types[i] != NULL; i++)
        if (strcmp(mutau_solver_types[i]->name, name) == 0)
            return i;
    return -1;
}
