/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What starts find: climbers from there; documented in explorer_internal.h. */
#include "explorer_internal.h"

#include <string.h>

enum { N_CLIMB = 15 };

/* One place to start from: of the walkers, or where the particles began. */
static const double *pick_start(mutau_explorer *e, const mutau_exploration_settings *s, size_t i)
{
    const size_t dim = e->target->dim;
    if (s->n_start > 0)
        return s->start + mutau_rng_index(e->pilot->rng, s->n_start) * dim;
    return e->first + i % e->pilot->n * dim;
}

/* The moves that do not lead from one mode to another. */
static mutau_ensemble_settings local_moves(const mutau_explorer *e, size_t n)
{
    mutau_ensemble_settings local = e->moves;
    local.n_ensemble = local.n_temperature = 1;
    local.n_walker = n;
    local.side_work = (mutau_side_work){0};
    local.max_failure_rate = 1.0;
    local.n_move = 0;
    for (size_t i = 0; i < e->moves.n_move; i++)
        if (e->moves.moves[i].move != &mutau_move_mixture)
            local.moves[local.n_move++] = e->moves.moves[i];
    return local;
}

/* Moves e->climbers[n][dim] some steps up to the posterior, each on its own side. */
static mutau_status climb(mutau_explorer *e, size_t n, mutau_error *err)
{
    const mutau_ensemble_settings local = local_moves(e, n);
    mutau_ensemble *ensemble = NULL;
    MUTAU_CHECK(mutau_ensemble_alloc(e->target, &local, e->pilot->rng, &ensemble, err));
    mutau_status status = mutau_ensemble_start_at(ensemble, e->climbers, err);
    for (int i = 0; i < N_CLIMB && status == MUTAU_OK; i++)
        status = mutau_stop_requested(e->pilot->stop)
                     ? mutau_error_set(err, MUTAU_ESTOPPED, "stopped")
                     : mutau_ensemble_step(ensemble, err);
    mutau_explorer_spend(e, ensemble);
    memcpy(e->climbers, mutau_ensemble_state(ensemble, 0).position,
           n * e->target->dim * sizeof *e->climbers);
    mutau_ensemble_free(ensemble);
    return status;
}

/* The n climbers take the places of so many particles, which are in no order. */
static mutau_status replace(mutau_explorer *e, size_t n, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    const size_t dim = e->target->dim;
    memcpy(p->position, mutau_ensemble_state(p->ensemble, 0).position,
           p->n * dim * sizeof *p->position);
    memcpy(p->position, e->climbers, n * dim * sizeof *p->position);
    mutau_explorer_spend(e, p->ensemble);
    MUTAU_CHECK(mutau_ensemble_start_at(p->ensemble, p->position, err));
    if (p->n_knot == 0)
        mutau_pilot_add_knot(p, 1.0, 0.0);
    return MUTAU_OK;
}

/* How many particles are in which mode means nothing yet, so that they are of use for one fit. */
mutau_status mutau_explorer_look_from_starts(mutau_explorer *e, const mutau_exploration_settings *s,
                                             bool alone, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    const size_t n = alone ? p->n : p->n / 8 * 2, dim = e->target->dim;
    for (size_t i = 0; i < n; i++)
        memcpy(e->climbers + i * dim, pick_start(e, s, i), dim * sizeof(double));
    MUTAU_CHECK(climb(e, n, err));
    MUTAU_CHECK(replace(e, n, err));
    MUTAU_CHECK(mutau_explorer_add(e, 1.0, p->ln_z[p->n_knot - 1], err));
    MUTAU_CHECK(mutau_explorer_fit(e, 1.0, err));
    e->provisional = true;
    return MUTAU_OK;
}
