/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is found out before the walkers start; documented in sampler/explore.h. */
#include "explorer_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ladder_internal.h"
#include "base/mem.h"

static const size_t N_PARTICLE = 512, N_PRIOR = 256;
/* The mixture moves particles far: few steps do, and its weights reach farther. */
static const pilot_pace PACE = {.share = 0.4, .moves = 2.0, .max_steps = 50};
/* Of the moves of a pilot.  Steps of all lengths find the width of a mode that only few particles
 * have met, when the others are far away; the rest are the run's local moves, in proportion. */
static const double MIXTURE_SHARE = 0.55, SHORT_SHARE = 0.35;
static const mutau_move_de_settings SHORT_STEPS = {
    .gamma0 = (double)NAN, .sigma = 1e-5, .shrink = 7.0};
/* Acceptance at which a mixture has half of its weight, and the least share that it keeps. */
static const double HALF_WEIGHT = 0.05, LEAST_SHARE = 0.02;

static void clear(mutau_explorer *e)
{
    mutau_stages_clear(&e->stages);
    mutau_pilot_free(e->pilot);
    mutau_mixture_free(e->mixture);
    free(e->first);
    free(e->climbers);
    free(e->prior_x);
    free(e->ln_y);
    free(e);
}

/* ---- what its parts share ---- */

mutau_status mutau_explorer_add(mutau_explorer *e, double beta, double ln_z, mutau_error *err)
{
    const mutau_ensemble_view now = mutau_ensemble_state(e->pilot->ensemble, 0);
    MUTAU_CHECK(mutau_stages_add(&e->stages, beta, ln_z, e->pilot->n, err));
    mutau_stages_keep(&e->stages, e->pilot->n, &now);
    return MUTAU_OK;
}

void mutau_explorer_take(mutau_explorer *e, mutau_mixture *mixture)
{
    mutau_mixture_free(e->mixture);
    e->cfg.mixture = e->mixture = mixture;
}

mutau_status mutau_explorer_fit(mutau_explorer *e, double beta, mutau_error *err)
{
    mutau_mixture *mixture = NULL;
    MUTAU_CHECK(mutau_stages_fit(&e->stages, beta, &e->fit, &e->prior, &mixture, err));
    mutau_explorer_take(e, mixture);
    return MUTAU_OK;
}

static void add_counts(mutau_ensemble_counts *sum, mutau_ensemble_counts c)
{
    sum->evaluations += c.evaluations;
    sum->failures += c.failures;
    sum->screened += c.screened;
}

void mutau_explorer_spend(mutau_explorer *e, const mutau_ensemble *ensemble)
{
    add_counts(&e->spent, mutau_ensemble_counters(ensemble));
}

/* ---- from the prior to the posterior ---- */

/* The particles at the last density but one join the others; a mixture for the last one. */
static mutau_status on_stage(mutau_pilot *p, void *self, mutau_error *err)
{
    mutau_explorer *e = self;
    const size_t at = p->n_knot - 2;
    MUTAU_CHECK(mutau_explorer_add(e, p->beta[at], p->ln_z[at], err));
    if (at == 0)
        memcpy(e->first, e->stages.stage[0].x, p->n * e->target->dim * sizeof *e->first);
    return mutau_explorer_fit(e, p->beta[at + 1], err);
}

/* From where the particles are stuck: their weights lead to the posterior all the same, roughly. */
static mutau_status leap(mutau_explorer *e, double beta, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    const size_t at = p->n_knot - 1;
    MUTAU_CHECK(mutau_explorer_add(e, beta, p->ln_z[at], err));
    MUTAU_CHECK(mutau_explorer_fit(e, 1.0, err));
    const mutau_stage *last = &e->stages.stage[e->stages.n - 1];
    double largest = -(double)INFINITY, sum = 0.0;
    for (size_t i = 0; i < last->n; i++)
        largest = fmax(largest, last->ln_like[i]);
    for (size_t i = 0; i < last->n; i++)
        sum += exp((1.0 - beta) * (last->ln_like[i] - largest));
    mutau_pilot_add_knot(p, 1.0, 0.0);
    p->ln_z[p->n_knot - 1] = p->ln_z[at] + (1.0 - beta) * largest + log(sum / (double)last->n);
    return MUTAU_OK;
}

/* The particles take themselves to the posterior, as far as they come; `alone`: they did not even
 * find a place in the prior, and starts are all there is. */
static mutau_status follow(mutau_explorer *e, const mutau_exploration_settings *s,
                           double *beta_stuck, bool *alone, mutau_error *err)
{
    mutau_error reason = {0};
    const bool can_draw = e->target->draw != NULL;
    const mutau_status status =
        can_draw ? mutau_pilot_follow(e->pilot, beta_stuck, &reason) : MUTAU_EDOM;
    *alone = s->n_start > 0 && e->pilot->n_knot == 0;
    if (status == MUTAU_OK || (*alone && (status == MUTAU_ENUMERIC || status == MUTAU_EDOM)))
        return MUTAU_OK;
    return mutau_error_set(err, status, "%s",
                           can_draw ? reason.text : "the target has no prior to draw from");
}

/* The rest of the way. */
static mutau_status arrive(mutau_explorer *e, double beta_stuck, mutau_error *err)
{
    if (!(beta_stuck > 0.0))
        return mutau_pilot_arrive(e->pilot, err);
    while (e->pilot->beta[e->pilot->n_knot - 1] > beta_stuck)
        e->pilot->n_knot--; /* the densities beyond were guessed, for the ladder */
    return leap(e, beta_stuck, err);
}

static mutau_status explore(mutau_explorer *e, const mutau_exploration_settings *s,
                            mutau_exploration *out, mutau_error *err)
{
    double beta_stuck = 0.0;
    bool alone = false;
    MUTAU_CHECK(follow(e, s, &beta_stuck, &alone, err));
    if (s->max_rung > 0 && !alone)
        mutau_ladder_of(e->pilot, beta_stuck, s->ensemble->n_temperature, s->max_rung,
                        &out->ladder);
    if (!alone)
        MUTAU_CHECK(arrive(e, beta_stuck, err));
    MUTAU_CHECK(mutau_explorer_look_from_starts(e, s, alone, err));
    return mutau_explorer_refine(e, &out->acceptance, err);
}

/* ---- setting it up ---- */

/* Draws of the prior or, of a target that has none, the starts. */
static mutau_status draw_prior(mutau_explorer *e, const mutau_exploration_settings *s,
                               mutau_rng *rng, mutau_error *err)
{
    const size_t dim = e->target->dim, n = e->target->draw != NULL ? N_PRIOR : s->n_start;
    double *x = e->prior_x = mutau_calloc(n, dim * sizeof *x);
    e->prior = (mutau_mixture_sample){.n = n, .x = x};
    if (x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for draws of the prior");
    if (e->target->draw == NULL && n > 0)
        memcpy(x, s->start, n * dim * sizeof *x);
    for (size_t i = 0; e->target->draw != NULL && i < n; i++)
        e->target->draw(e->target->self, rng, x + i * dim);
    return MUTAU_OK;
}

/* The run's moves, and one of short steps. */
static void choose_moves(mutau_explorer *e, const mutau_ensemble_settings *of_run)
{
    double local = 0.0;
    e->moves = *of_run;
    for (size_t i = 0; i < of_run->n_move; i++)
        local += of_run->moves[i].move == &mutau_move_mixture ? 0.0 : of_run->moves[i].weight;
    for (size_t i = 0; i < of_run->n_move; i++) {
        mutau_weighted_move *m = &e->moves.moves[i];
        if (m->move != &mutau_move_mixture) {
            m->weight *= (1.0 - MIXTURE_SHARE - SHORT_SHARE) / local;
            continue;
        }
        e->cfg = *(const mutau_move_mixture_settings *)m->cfg;
        e->cfg.mixture = NULL;
        m->cfg = &e->cfg;
        m->weight = MIXTURE_SHARE;
    }
    if (e->moves.n_move < MUTAU_MAX_MOVES)
        e->moves.moves[e->moves.n_move++] =
            (mutau_weighted_move){&mutau_move_de, &SHORT_STEPS, SHORT_SHARE};
}

static mutau_status make_room(mutau_explorer *e, mutau_error *err)
{
    const size_t n = e->pilot->n, dim = e->target->dim;
    e->ln_y = mutau_calloc(MUTAU_REFINE_STEPS * n, sizeof *e->ln_y);
    e->first = mutau_calloc(n, dim * sizeof *e->first);
    e->climbers = mutau_calloc(n, dim * sizeof *e->climbers);
    if (e->ln_y == NULL || e->first == NULL || e->climbers == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for proposals");
    return MUTAU_OK;
}

static mutau_status set_up(mutau_explorer *e, const mutau_exploration_settings *s, mutau_rng *rng,
                           const mutau_stop *stop, mutau_error *err)
{
    choose_moves(e, s->ensemble);
    e->stages.dim = e->target->dim;
    e->fit = (mutau_mixture_settings){.dim = e->target->dim,
                                      .lo = s->lo,
                                      .hi = s->hi,
                                      .max_component = (size_t)e->cfg.components,
                                      .wide_weight = e->cfg.wide};
    MUTAU_CHECK(draw_prior(e, s, rng, err));
    MUTAU_CHECK(
        mutau_pilot_alloc(e->target, &e->moves, N_PARTICLE, PACE, rng, stop, &e->pilot, err));
    e->pilot->on_stage = on_stage;
    e->pilot->self = e;
    return make_room(e, err);
}

static mutau_status explore_for_mixture(const mutau_target *target,
                                        const mutau_exploration_settings *s, mutau_rng *rng,
                                        const mutau_stop *stop, mutau_exploration *out,
                                        mutau_error *err)
{
    mutau_explorer *e = mutau_calloc(1, sizeof *e);
    if (e == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to explore the target");
    e->target = target;
    mutau_status status = set_up(e, s, rng, stop, err);
    if (status == MUTAU_OK)
        status = explore(e, s, out, err);
    if (status == MUTAU_OK) {
        mutau_explorer_spend(e, e->pilot->ensemble);
        out->spent = e->spent;
        out->mixture = e->mixture;
        e->mixture = NULL;
    }
    clear(e);
    return status;
}

/* ---- for a run ---- */

bool mutau_explore_is_needed(const mutau_ensemble_settings *settings)
{
    bool needed = false;
    for (size_t i = 0; i < settings->n_move; i++)
        needed = needed || settings->moves[i].move == &mutau_move_mixture;
    return needed;
}

mutau_status mutau_explore(const mutau_target *target, const mutau_exploration_settings *settings,
                           mutau_rng *rng, const mutau_stop *stop, mutau_exploration *out,
                           mutau_error *err)
{
    *out = (mutau_exploration){0};
    if (settings->max_rung > 0)
        MUTAU_CHECK(mutau_ladder_check(settings->ensemble, settings->max_rung, err));
    if (mutau_explore_is_needed(settings->ensemble))
        return explore_for_mixture(target, settings, rng, stop, out, err);
    if (settings->max_rung == 0)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_ladder_find(target, settings->ensemble, settings->max_rung, rng, stop,
                                  &out->ladder, err));
    out->spent = out->ladder.spent;
    return MUTAU_OK;
}

void mutau_exploration_free(mutau_exploration *exploration)
{
    mutau_mixture_free(exploration->mixture);
    *exploration = (mutau_exploration){0};
}

void mutau_explore_use(const mutau_mixture *mixture, double acceptance,
                       mutau_move_mixture_settings *cfg, mutau_ensemble_settings *settings)
{
    for (size_t i = 0; i < settings->n_move; i++) {
        mutau_weighted_move *m = &settings->moves[i];
        if (m->move != &mutau_move_mixture)
            continue;
        *cfg = *(const mutau_move_mixture_settings *)m->cfg;
        cfg->mixture = mixture;
        m->cfg = cfg;
        m->weight *= fmax(acceptance / (acceptance + HALF_WEIGHT), LEAST_SHARE);
    }
}
