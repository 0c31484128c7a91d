/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of the moves, and what several of them share; documented in sampler/move.h. */
#include "sampler/move.h"

#include <string.h>

#include "move_internal.h"

const mutau_move *const mutau_moves[] = {
    &mutau_move_stretch, &mutau_move_walk,     &mutau_move_de,      &mutau_move_snooker,
    &mutau_move_kde,     &mutau_move_gaussian, &mutau_move_mixture, NULL,
};

const mutau_move *mutau_move_find(const char *name)
{
    for (size_t i = 0; mutau_moves[i] != NULL; i++)
        if (strcmp(mutau_moves[i]->name, name) == 0)
            return mutau_moves[i];
    return NULL;
}

void mutau_move_pick(mutau_rng *rng, size_t n, size_t n_pick, size_t pick[])
{
    for (size_t i = 0; i < n_pick; i++) {
        bool taken;
        do {
            pick[i] = mutau_rng_index(rng, n);
            taken = false;
            for (size_t k = 0; k < i; k++)
                taken = taken || pick[k] == pick[i];
        } while (taken);
    }
}

void mutau_move_refuse(size_t dim, const double x[], double y[], double *ln_q_ratio)
{
    memcpy(y, x, dim * sizeof *y);
    *ln_q_ratio = -(double)INFINITY;
}
