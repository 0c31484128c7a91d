/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ensemble sampler; documented in sampler/ensemble.h.
 *
 * What is moved together is a group: one rung of one ensemble (without tempering an
 * ensemble).  A step draws, per group, the move and the split into halves, then does
 * two half-steps: propose (all random numbers), evaluate (threads, the first proposals while
 * the last are made, and while the caller's side work is done), accept.  Random numbers are drawn
 * group by group and, within a half, walker by walker: the move's own, then the uniform of the
 * accept step, with a screen another one, for its second stage.  Last come the swaps between the
 * rungs of each ensemble, from the hottest pair to the coldest or back, as a uniform says.  Nothing
 * of one step's draws is kept for the next, so that positions, densities, counts, the ladder and
 * the generator are the whole state of a run. */
#include "sampler/ensemble.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch_internal.h"
#include "ensemble_internal.h"
#include "independence_internal.h"
#include "base/mem.h"
#include "screen_internal.h"
#include "tempering_internal.h"

static const size_t MAX_TRIES = 1000;       /* draws of the prior per walker at the start */
static const double MAX_FAILURE_RATE = 0.1; /* unless the settings say otherwise ... */
static const double MIN_EVALUATIONS = 1e4;  /* ... of so many evaluations at least */

struct mutau_ensemble {
    const mutau_target *target; /* not owned */
    mutau_rng *rng;             /* not owned */
    mutau_ensemble_settings settings;
    size_t n_rung;       /* 1 without tempering */
    double total_weight; /* of the moves at beta = 1, */
    double local_weight; /* and of those without the independence moves */
    bool started;
    mutau_ensemble_counts counts;

    /* The state; slots are [n_ensemble][n_rung][n_walker]. */
    double *position;        /* [n_slot][dim] */
    double *ln_prior;        /* [n_slot] */
    double *ln_like;         /* [n_slot] */
    double *blob;            /* [n_slot][n_blob] */
    uint64_t *accepted;      /* [n_slot] */
    double *log_weight;      /* [n_ensemble][n_walker] of the last step's independence proposals */
    double *beta;            /* [n_rung] */
    double *first_beta;      /* [n_rung] the ladder of a start */
    mutau_swap_count *swaps; /* [n_rung - 1] since the ladder is frozen */

    /* Scratch of one step. */
    const mutau_weighted_move **move; /* [n_group] this step's */
    size_t *split;                /* [n_slot] walkers of each group, this step's first half first */
    size_t half;                  /* 0 or 1: the half-step in hand */
    bool *swapped;                /* [n_walker] */
    mutau_swap_count *step_swaps; /* [n_rung - 1] this step's */
    double *ln_q;                 /* [n_slot / 2] of the independence proposals in hand, or NaN */
    double *other;                /* [n_walker / 2][dim] the positions of the other half */
    void *move_ws;                /* what the move in hand derives from `other` */
    mutau_batch batch;            /* capacity n_slot */
    mutau_screen *screen;         /* NULL: none */
    double *last_failure;         /* [dim] the last point that failed */
    mutau_ensemble_counts placed; /* when the walkers had their places */
    size_t n_failure;             /* kept of this step */
    bool no_memory;               /* an evaluation had none: that says nothing of the posterior */
    mutau_ensemble_failure failures[MUTAU_MAX_FAILURES];
    double *failed_theta; /* [MUTAU_MAX_FAILURES][dim] */
};

static size_t n_group(const mutau_ensemble *e)
{
    return e->settings.n_ensemble * e->n_rung;
}

static size_t n_slot(const mutau_ensemble *e)
{
    return n_group(e) * e->settings.n_walker;
}

static double slot_beta(const mutau_ensemble *e, size_t slot)
{
    return e->beta[slot / e->settings.n_walker % e->n_rung];
}

static bool is_local(const mutau_weighted_move *m)
{
    return m->move->ln_proposal == NULL;
}

/* ---- set-up ---- */

static mutau_status check_tempering(const mutau_ensemble_settings *settings, mutau_error *err)
{
    const mutau_ladder_settings *l = &settings->ladder;
    if (settings->n_temperature <= 1)
        return MUTAU_OK;
    if (settings->n_temperature > UINT32_MAX / (settings->n_ensemble * settings->n_walker))
        return mutau_error_set(err, MUTAU_EDOM, "%zu temperatures are too many",
                               settings->n_temperature);
    if (l->beta != NULL && !mutau_ladder_is_valid(settings->n_temperature, l->beta))
        return mutau_error_set(err, MUTAU_EDOM,
                               "temperature ladder: the first one does not fall from 1 to 0");
    if (!(l->lag > 0.0) || !isfinite(l->lag) || !(l->time >= 1.0) ||
        (l->beta == NULL && !(l->beta_min > 0.0 && l->beta_min < 1.0)))
        return mutau_error_set(err, MUTAU_EDOM,
                               "temperature ladder: lag %g must be above 0, time %g at least 1, "
                               "beta_min %g between 0 and 1",
                               l->lag, l->time, l->beta_min);
    return MUTAU_OK;
}

static mutau_status check_settings(const mutau_target *target,
                                   const mutau_ensemble_settings *settings, mutau_error *err)
{
    const size_t n_min = target->dim > 2 ? 2 * target->dim : 4;
    if (target->dim < 1)
        return mutau_error_set(err, MUTAU_EDOM, "there is no free coordinate to sample");
    if (settings->n_ensemble < 1)
        return mutau_error_set(err, MUTAU_EDOM, "at least one ensemble is needed");
    if (settings->n_walker % 2 != 0 || settings->n_walker < n_min)
        return mutau_error_set(err, MUTAU_EDOM,
                               "%zu walkers: an even number, at least %zu, is needed for %zu "
                               "coordinates",
                               settings->n_walker, n_min, target->dim);
    if (settings->n_ensemble > UINT32_MAX / settings->n_walker)
        return mutau_error_set(err, MUTAU_EDOM, "%zu ensembles of %zu walkers are too many",
                               settings->n_ensemble, settings->n_walker);
    if (settings->n_move < 1 || settings->n_move > MUTAU_MAX_MOVES)
        return mutau_error_set(err, MUTAU_EDOM, "%zu moves: 1 to %d are allowed", settings->n_move,
                               MUTAU_MAX_MOVES);
    if (!(settings->max_failure_rate >= 0.0 && settings->max_failure_rate <= 1.0))
        return mutau_error_set(err, MUTAU_EDOM, "a failure rate of %g: must be 0 to 1",
                               settings->max_failure_rate);
    if (settings->n_thread < 1)
        return mutau_error_set(err, MUTAU_EDOM, "%d threads: at least 1 is needed",
                               settings->n_thread);
    for (size_t i = 0; i < settings->n_move; i++) {
        const mutau_weighted_move *m = &settings->moves[i];
        if (m->move == NULL)
            return mutau_error_set(err, MUTAU_EDOM, "move %zu is missing", i);
        if (!(m->weight > 0.0) || !isfinite(m->weight))
            return mutau_error_set(err, MUTAU_EDOM, "move %s: weight %g is not a positive number",
                                   m->move->name, m->weight);
        if (m->move->check != NULL)
            MUTAU_CHECK(m->move->check(m->cfg, target->dim, settings->n_walker / 2, err));
    }
    if (settings->screen != NULL && settings->screen->dim != target->dim)
        return mutau_error_set(err, MUTAU_EDOM,
                               "the screen has %zu coordinates: it needs the target's %zu",
                               settings->screen->dim, target->dim);
    return check_tempering(settings, err);
}

/* Proposals are made one half of one group after the other: all share one workspace. */
static size_t move_ws_size(const mutau_ensemble *e)
{
    const mutau_ensemble_settings *s = &e->settings;
    size_t largest = 0;
    for (size_t i = 0; i < s->n_move; i++) {
        const mutau_weighted_move *m = &s->moves[i];
        const size_t size = m->move->workspace_size != NULL
                                ? m->move->workspace_size(m->cfg, e->target->dim, s->n_walker / 2)
                                : 0;
        largest = size > largest ? size : largest;
    }
    return largest;
}

static mutau_status alloc_arrays(mutau_ensemble *e, mutau_error *err)
{
    const size_t n = n_slot(e), dim = e->target->dim;
    e->position = mutau_calloc(n * dim, sizeof *e->position);
    e->ln_prior = mutau_calloc(n, sizeof *e->ln_prior);
    e->ln_like = mutau_calloc(n, sizeof *e->ln_like);
    e->blob = mutau_calloc(n * e->target->n_blob, sizeof *e->blob);
    e->accepted = mutau_calloc(n, sizeof *e->accepted);
    e->log_weight =
        mutau_calloc(e->settings.n_ensemble * e->settings.n_walker, sizeof *e->log_weight);
    e->ln_q = mutau_calloc(n / 2, sizeof *e->ln_q);
    e->beta = mutau_calloc(e->n_rung, sizeof *e->beta);
    e->first_beta = mutau_calloc(e->n_rung, sizeof *e->first_beta);
    e->swaps = mutau_calloc(e->n_rung - 1, sizeof *e->swaps);
    e->move = mutau_calloc(n_group(e), sizeof *e->move);
    e->split = mutau_calloc(n, sizeof *e->split);
    e->swapped = mutau_calloc(e->settings.n_walker, sizeof *e->swapped);
    e->step_swaps = mutau_calloc(e->n_rung - 1, sizeof *e->step_swaps);
    e->other = mutau_calloc(e->settings.n_walker / 2 * dim, sizeof *e->other);
    e->move_ws = mutau_calloc(move_ws_size(e), 1);
    e->last_failure = mutau_calloc(dim, sizeof *e->last_failure);
    e->failed_theta = mutau_calloc(MUTAU_MAX_FAILURES, dim * sizeof *e->failed_theta);
    if (e->position == NULL || e->ln_prior == NULL || e->ln_like == NULL || e->blob == NULL ||
        e->accepted == NULL || e->log_weight == NULL || e->ln_q == NULL || e->beta == NULL ||
        e->first_beta == NULL || e->swaps == NULL || e->move == NULL || e->split == NULL ||
        e->swapped == NULL || e->step_swaps == NULL || e->other == NULL || e->move_ws == NULL ||
        e->last_failure == NULL || e->failed_theta == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n);
    if (e->settings.screen != NULL)
        MUTAU_CHECK(
            mutau_screen_alloc(e->settings.screen, n, e->settings.n_thread, &e->screen, err));
    return mutau_batch_init(&e->batch, e->target, n, e->settings.n_thread, e->settings.evaluator,
                            err);
}

/* The caller's ladder, or a geometric one. */
static void set_first_ladder(mutau_ensemble *e)
{
    const mutau_ladder_settings *l = &e->settings.ladder;
    if (e->n_rung > 1 && l->beta != NULL)
        memcpy(e->first_beta, l->beta, e->n_rung * sizeof *l->beta);
    else
        mutau_ladder_start(e->n_rung, l->beta_min, e->first_beta);
    memcpy(e->beta, e->first_beta, e->n_rung * sizeof *e->beta);
    e->settings.ladder.beta = NULL; /* the caller's, and no longer needed */
}

mutau_status mutau_ensemble_alloc(const mutau_target *target,
                                  const mutau_ensemble_settings *settings, mutau_rng *rng,
                                  mutau_ensemble **out, mutau_error *err)
{
    *out = NULL;
    MUTAU_CHECK(check_settings(target, settings, err));
    mutau_ensemble *e = mutau_calloc(1, sizeof *e);
    if (e == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the ensembles");
    e->target = target;
    e->rng = rng;
    e->settings = *settings;
    e->n_rung = settings->n_temperature > 1 ? settings->n_temperature : 1;
    for (size_t i = 0; i < settings->n_move; i++) {
        e->total_weight += settings->moves[i].weight;
        e->local_weight += is_local(&settings->moves[i]) ? settings->moves[i].weight : 0.0;
    }
    const mutau_status status = alloc_arrays(e, err);
    if (status != MUTAU_OK) {
        mutau_ensemble_free(e);
        return status;
    }
    set_first_ladder(e);
    *out = e;
    return MUTAU_OK;
}

void mutau_ensemble_free(mutau_ensemble *e)
{
    if (e == NULL)
        return;
    mutau_batch_clear(&e->batch);
    mutau_screen_free(e->screen);
    free(e->position);
    free(e->ln_prior);
    free(e->ln_like);
    free(e->blob);
    free(e->accepted);
    free(e->log_weight);
    free(e->ln_q);
    free(e->beta);
    free(e->first_beta);
    free(e->swaps);
    free(e->move);
    free(e->split);
    free(e->swapped);
    free(e->step_swaps);
    free(e->other);
    free(e->move_ws);
    free(e->last_failure);
    free(e->failed_theta);
    free(e);
}

/* ---- evaluation and its failures ---- */

static void format_point(const mutau_ensemble *e, const double x[], size_t size, char text[])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t k = 0; k < e->target->dim && used < size; k++) {
        const int n = snprintf(text + used, size - used, "%s%s = %.17g", k == 0 ? "" : ", ",
                               e->target->names[k], x[k]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static void keep_failure(mutau_ensemble *e, size_t i)
{
    const mutau_batch *b = &e->batch;
    const size_t dim = e->target->dim, group = b->slot[i] / e->settings.n_walker;
    memcpy(e->last_failure, b->x + i * dim, dim * sizeof(double));
    if (e->n_failure == MUTAU_MAX_FAILURES)
        return;
    double *theta = e->failed_theta + e->n_failure * dim;
    memcpy(theta, b->x + i * dim, dim * sizeof(double));
    e->failures[e->n_failure++] =
        (mutau_ensemble_failure){.i_ensemble = group / e->n_rung,
                                 .i_rung = group % e->n_rung,
                                 .i_walker = b->slot[i] % e->settings.n_walker,
                                 .status = b->status[i],
                                 .theta = theta};
}

/* Evaluates the batch, made by `maker` or (NULL) there, and counts; the failures in it. */
static uint64_t evaluate(mutau_ensemble *e, const mutau_maker *maker)
{
    const mutau_batch *b = &e->batch;
    uint64_t failures = 0;
    mutau_batch_eval(&e->batch, maker);
    for (size_t i = 0; i < b->n; i++) {
        if (b->status[i] == MUTAU_OK)
            continue;
        failures++;
        keep_failure(e, i);
        e->no_memory = e->no_memory || b->status[i] == MUTAU_ENOMEM;
    }
    e->counts.evaluations += b->n;
    e->counts.failures += failures;
    return failures;
}

static mutau_status check_memory(const mutau_ensemble *e, mutau_error *err)
{
    return e->no_memory ? mutau_error_set(err, MUTAU_ENOMEM, "no memory to evaluate the posterior")
                        : MUTAU_OK;
}

static mutau_status check_failures(const mutau_ensemble *e, mutau_error *err)
{
    MUTAU_CHECK(check_memory(e, err));
    const double chosen = e->settings.max_failure_rate;
    const double rate = chosen > 0.0 ? chosen : MAX_FAILURE_RATE;
    const uint64_t failures = e->counts.failures - e->placed.failures;
    const uint64_t evaluations = e->counts.evaluations - e->placed.evaluations;
    if ((double)failures <= rate * fmax((double)evaluations, MIN_EVALUATIONS))
        return MUTAU_OK;
    char point[MUTAU_ERROR_SIZE / 2];
    format_point(e, e->last_failure, sizeof point, point);
    return mutau_error_set(err, MUTAU_ENUMERIC,
                           "%llu of %llu evaluations of the posterior failed, the last at %s (a "
                           "share of %g is allowed)",
                           (unsigned long long)failures, (unsigned long long)evaluations, point,
                           rate);
}

/* ---- start ---- */

/* Takes point i of the batch over into its walker. */
static void take(mutau_ensemble *e, size_t i)
{
    const mutau_batch *b = &e->batch;
    const size_t dim = e->target->dim, n_blob = e->target->n_blob, slot = b->slot[i];
    memcpy(e->position + slot * dim, b->x + i * dim, dim * sizeof(double));
    e->ln_prior[slot] = b->ln_prior[i];
    e->ln_like[slot] = b->ln_like[i];
    if (n_blob != 0)
        memcpy(e->blob + slot * n_blob, b->blob + i * n_blob, n_blob * sizeof(double));
}

/* Whether the walker that point i of the batch is meant for could stand there. */
static bool is_finite_point(const mutau_ensemble *e, size_t i)
{
    const mutau_batch *b = &e->batch;
    return b->status[i] == MUTAU_OK &&
           isfinite(mutau_rung_ln_density(slot_beta(e, b->slot[i]), b->ln_prior[i], b->ln_like[i]));
}

static mutau_status check_independence(const mutau_ensemble *e, mutau_error *err)
{
    const size_t n_walker = e->settings.n_walker, dim = e->target->dim;
    for (size_t i = 0; i < n_group(e); i++)
        MUTAU_TRY(err,
                  mutau_walkers_independent(n_walker, dim, e->position + i * n_walker * dim,
                                            e->target->names, err),
                  "degenerate start of ensemble %zu", i / e->n_rung);
    return MUTAU_OK;
}

static void forget_screened(mutau_ensemble *e)
{
    if (e->screen != NULL)
        mutau_screen_forget(e->screen, n_slot(e));
}

static void reset(mutau_ensemble *e)
{
    e->started = false;
    e->no_memory = false;
    e->counts = e->settings.spent;
    e->counts.steps = 0;
    e->n_failure = 0;
    for (size_t i = 0; i < n_slot(e); i++)
        e->ln_prior[i] = (double)NAN; /* not placed */
    memset(e->accepted, 0, n_slot(e) * sizeof *e->accepted);
    memset(e->swaps, 0, (e->n_rung - 1) * sizeof *e->swaps);
    memcpy(e->beta, e->first_beta, e->n_rung * sizeof *e->beta);
    forget_screened(e);
    e->batch.n = n_slot(e);
    for (size_t i = 0; i < e->batch.n; i++)
        e->batch.slot[i] = i;
}

/* The coordinate of x[dim], meant for that slot, for which another walker's would do; its
 * name, or NULL.  Uses the batch. */
static const char *coordinate_at_fault(mutau_ensemble *e, size_t slot, const double x[])
{
    mutau_batch *b = &e->batch;
    const size_t dim = e->target->dim;
    size_t placed = 0;
    while (placed < n_slot(e) && isnan(e->ln_prior[placed]))
        placed++;
    if (placed == n_slot(e))
        return NULL;
    memcpy(e->last_failure, x, dim * sizeof *x); /* x may be part of the batch */
    for (b->n = 0; b->n < dim; b->n++) {
        memcpy(b->x + b->n * dim, e->last_failure, dim * sizeof *x);
        b->x[b->n * dim + b->n] = e->position[placed * dim + b->n];
        b->slot[b->n] = slot;
    }
    mutau_batch_eval(b, NULL);
    for (size_t k = 0; k < dim; k++)
        if (is_finite_point(e, k))
            return e->target->names[k];
    return NULL;
}

static mutau_status report_unplaced(mutau_ensemble *e, size_t i, mutau_error *err)
{
    const mutau_batch *b = &e->batch;
    const size_t slot = b->slot[i], n_walker = e->settings.n_walker, group = slot / n_walker;
    const mutau_status status = b->status[i];
    char point[MUTAU_ERROR_SIZE / 2], rung[48] = "", found[96];
    format_point(e, b->x + i * e->target->dim, sizeof point, point);
    if (group % e->n_rung != 0)
        (void)snprintf(rung, sizeof rung, " (temperature %zu)", group % e->n_rung);
    if (status != MUTAU_OK)
        (void)snprintf(found, sizeof found, "%s", mutau_status_text(status));
    else
        (void)snprintf(found, sizeof found, "ln prior %g, ln likelihood %g", b->ln_prior[i],
                       b->ln_like[i]);
    const char *name = coordinate_at_fault(e, slot, b->x + i * e->target->dim);
    return mutau_error_set(err, MUTAU_ENUMERIC, "walker %zu of ensemble %zu%s, at %s: %s%s%s",
                           slot % n_walker, group / e->n_rung, rung, point, found,
                           name != NULL ? "; the coordinate at fault is " : "",
                           name != NULL ? name : "");
}

/* One round: a draw for every walker without a place; keeps in the batch the
 * slots of those still without one. */
static void place_round(mutau_ensemble *e)
{
    mutau_batch *b = &e->batch;
    for (size_t i = 0; i < b->n; i++)
        e->target->draw(e->target->self, e->rng, b->x + i * e->target->dim);
    (void)evaluate(e, NULL);
    size_t n_left = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (is_finite_point(e, i)) {
            take(e, i);
            continue;
        }
        /* Point and results move along for the error text. */
        b->slot[n_left] = b->slot[i];
        b->status[n_left] = b->status[i];
        b->ln_prior[n_left] = b->ln_prior[i];
        b->ln_like[n_left] = b->ln_like[i];
        memmove(b->x + n_left * e->target->dim, b->x + i * e->target->dim,
                e->target->dim * sizeof(double));
        n_left++;
    }
    b->n = n_left;
}

mutau_status mutau_ensemble_start(mutau_ensemble *e, mutau_error *err)
{
    if (e->target->draw == NULL)
        return mutau_error_set(err, MUTAU_EDOM, "the target has no prior to draw a start from");
    reset(e);
    for (size_t round = 0; round < MAX_TRIES && e->batch.n > 0; round++)
        place_round(e);
    MUTAU_CHECK(check_memory(e, err));
    if (e->batch.n > 0)
        MUTAU_TRY(err, report_unplaced(e, 0, err),
                  "no finite posterior in %zu draws of the prior, the last for", MAX_TRIES);
    MUTAU_CHECK(check_independence(e, err));
    e->placed = e->counts;
    e->started = true;
    return MUTAU_OK;
}

mutau_status mutau_ensemble_start_at(mutau_ensemble *e, const double position[], mutau_error *err)
{
    const size_t n = e->settings.n_walker * e->target->dim;
    reset(e);
    for (size_t i = 0; i < n_group(e); i++)
        memcpy(e->batch.x + i * n, position + i / e->n_rung * n, n * sizeof *position);
    memcpy(e->position, e->batch.x, n_group(e) * n * sizeof *position);
    MUTAU_CHECK(check_independence(e, err));
    (void)evaluate(e, NULL);
    MUTAU_CHECK(check_memory(e, err));
    size_t unplaced = e->batch.n;
    for (size_t i = e->batch.n; i-- > 0;) {
        if (isfinite(e->batch.ln_like[i]) && is_finite_point(e, i))
            take(e, i);
        else
            unplaced = i;
    }
    if (unplaced < e->batch.n)
        MUTAU_TRY(err, report_unplaced(e, unplaced, err), "a start has no finite posterior");
    e->placed = e->counts;
    e->started = true;
    return MUTAU_OK;
}

/* ---- the step ---- */

/* One move per step and group: a mixture of kernels that each keep the target.  An independence
 * move imitates the posterior, and is of no use to a hot rung, unless there is no other. */
static const mutau_weighted_move *pick_move(mutau_ensemble *e, bool cold)
{
    const mutau_ensemble_settings *s = &e->settings;
    const bool all = cold || !(e->local_weight > 0.0);
    const mutau_weighted_move *picked = &s->moves[0];
    if (s->n_move == 1)
        return picked;
    double left = (all ? e->total_weight : e->local_weight) * mutau_rng_uniform(e->rng);
    for (size_t i = 0; i < s->n_move && left >= 0.0; i++) {
        if (!all && !is_local(&s->moves[i]))
            continue;
        picked = &s->moves[i];
        left -= picked->weight;
    }
    return picked;
}

/* A random half of the walkers first: half a Fisher-Yates shuffle, from the
 * identity each time, so that no order is carried from step to step. */
static void draw_split(mutau_rng *rng, size_t n, size_t split[])
{
    for (size_t i = 0; i < n; i++)
        split[i] = i;
    for (size_t i = 0; i < n / 2; i++) {
        const size_t j = i + mutau_rng_index(rng, n - i);
        const size_t kept = split[i];
        split[i] = split[j];
        split[j] = kept;
    }
}

/* Puts the proposals for this half of group i_group into the batch. */
static void propose_half(void *self, size_t i_group)
{
    mutau_ensemble *e = self;
    mutau_batch *b = &e->batch;
    const size_t dim = e->target->dim, n_walker = e->settings.n_walker, n_half = n_walker / 2;
    const mutau_weighted_move *m = e->move[i_group];
    const size_t *moved = e->split + i_group * n_walker + e->half * n_half;
    const size_t *kept = e->split + i_group * n_walker + (1 - e->half) * n_half;
    const double *position = e->position + i_group * n_walker * dim;
    for (size_t i = 0; i < n_half; i++)
        for (size_t k = 0; k < dim; k++)
            e->other[i * dim + k] = position[kept[i] * dim + k];
    if (m->move->prepare != NULL)
        m->move->prepare(m->cfg, e->move_ws, dim, n_half, e->other);
    for (size_t i = 0, k = i_group * n_half; i < n_half; i++, k++) {
        b->slot[k] = i_group * n_walker + moved[i];
        m->move->propose(m->cfg, e->move_ws, dim, position + moved[i] * dim, n_half, e->other,
                         e->rng, b->x + k * dim, &b->ln_q_ratio[k]);
        e->ln_q[k] = is_local(m) ? (double)NAN : m->move->ln_proposal(m->cfg, e->move_ws);
        b->uniform[k] = mutau_rng_uniform(e->rng);
        if (e->screen != NULL)
            e->screen->uniform[k] = mutau_rng_uniform(e->rng);
    }
}

static void do_side_work(void *self)
{
    const mutau_side_work *work = &((const mutau_ensemble *)self)->settings.side_work;
    if (work->run != NULL)
        work->run(work->self);
}

/* Sets the importance weight's logarithm for the proposal of a slot, if that is at beta = 1. */
static void set_log_weight(mutau_ensemble *e, size_t slot, double log_weight)
{
    const size_t n_walker = e->settings.n_walker, group = slot / n_walker;
    if (group % e->n_rung == 0)
        e->log_weight[group / e->n_rung * n_walker + slot % n_walker] = log_weight;
}

/* That of point i of the batch, if it was drawn with a density that is known. */
static void weigh(mutau_ensemble *e, size_t i)
{
    const mutau_batch *b = &e->batch;
    const double ln_p =
        b->status[i] == MUTAU_OK ? b->ln_prior[i] + b->ln_like[i] : -(double)INFINITY;
    set_log_weight(e, b->slot[i], ln_p - e->ln_q[i]);
}

/* ---- the screen ---- */

/* Has the screen evaluate the proposals of local moves, and the walkers that they are for where it
 * has not yet. */
static void look_through_screen(mutau_ensemble *e)
{
    mutau_screen *s = e->screen;
    const mutau_batch *b = &e->batch;
    const size_t dim = e->target->dim;
    for (size_t i = 0; i < b->n; i++) {
        const size_t slot = b->slot[i];
        s->proposed[i].seen = false;
        if (!is_local(e->move[slot / e->settings.n_walker]))
            continue;
        mutau_screen_add(s, dim, b->x + i * dim, &s->proposed[i]);
        if (!s->at[slot].seen)
            mutau_screen_add(s, dim, e->position + slot * dim, &s->at[slot]);
    }
    e->counts.screened += mutau_screen_eval(s);
}

/* Whether the target has to see point i of the batch, and by which ratio and uniform it decides. */
static bool pass(mutau_ensemble *e, size_t i)
{
    mutau_batch *b = &e->batch;
    mutau_screen *s = e->screen;
    const size_t slot = b->slot[i];
    double ln_ratio;
    if (!mutau_screen_ratio(slot_beta(e, slot), &s->at[slot], &s->proposed[i], &ln_ratio))
        return true;
    if (!(log(b->uniform[i]) < b->ln_q_ratio[i] + ln_ratio))
        return false;
    b->ln_q_ratio[i] = -ln_ratio;
    b->uniform[i] = s->uniform[i];
    return true;
}

static void move_point(mutau_ensemble *e, size_t from, size_t to)
{
    mutau_batch *b = &e->batch;
    const size_t dim = e->target->dim;
    b->slot[to] = b->slot[from];
    b->ln_q_ratio[to] = b->ln_q_ratio[from];
    b->uniform[to] = b->uniform[from];
    e->ln_q[to] = e->ln_q[from];
    e->screen->proposed[to] = e->screen->proposed[from];
    memmove(b->x + to * dim, b->x + from * dim, dim * sizeof *b->x);
}

/* Leaves in the batch what the target has to see. */
static void screen_batch(mutau_ensemble *e)
{
    size_t n_left = 0;
    look_through_screen(e);
    for (size_t i = 0; i < e->batch.n; i++) {
        if (pass(e, i))
            move_point(e, i, n_left++);
        else
            set_log_weight(e, e->batch.slot[i], (double)NAN); /* of a local move */
    }
    e->batch.n = n_left;
}

/* Makes the proposals of a half-step and evaluates those that it takes; the failures. */
static uint64_t try_half(mutau_ensemble *e)
{
    mutau_maker maker = {.n_part = n_group(e), .make = propose_half, .self = e};
    e->batch.n = n_slot(e) / 2;
    if (e->screen != NULL) {
        mutau_make_points(&maker);
        screen_batch(e);
        maker.n_part = 0;
    }
    maker.then = e->half == 0 ? do_side_work : NULL;
    return evaluate(e, &maker);
}

/* ---- acceptance and swaps ---- */

/* Metropolis & Hastings.  The current density is finite and the proposed one
 * finite or -infinity (rejected, also when the uniform is 0). */
static void accept_batch(mutau_ensemble *e)
{
    const mutau_batch *b = &e->batch;
    for (size_t i = 0; i < b->n; i++) {
        weigh(e, i);
        if (b->status[i] != MUTAU_OK)
            continue;
        const size_t slot = b->slot[i];
        const double beta = slot_beta(e, slot);
        const double ln_ratio = b->ln_q_ratio[i] +
                                mutau_rung_ln_density(beta, b->ln_prior[i], b->ln_like[i]) -
                                mutau_rung_ln_density(beta, e->ln_prior[slot], e->ln_like[slot]);
        if (!(ln_ratio >= 0.0) && !(log(b->uniform[i]) < ln_ratio))
            continue;
        take(e, i);
        if (e->screen != NULL)
            e->screen->at[slot] = e->screen->proposed[i];
        e->accepted[slot]++;
    }
}

static void exchange(size_t n, double a[], double b[])
{
    for (size_t k = 0; k < n; k++) {
        const double kept = a[k];
        a[k] = b[k];
        b[k] = kept;
    }
}

static void exchange_slots(mutau_ensemble *e, size_t a, size_t b)
{
    const size_t dim = e->target->dim, n_blob = e->target->n_blob;
    exchange(dim, e->position + a * dim, e->position + b * dim);
    exchange(n_blob, e->blob + a * n_blob, e->blob + b * n_blob);
    exchange(1, e->ln_prior + a, e->ln_prior + b);
    exchange(1, e->ln_like + a, e->ln_like + b);
    if (e->screen != NULL)
        mutau_screen_exchange(e->screen, a, b);
}

/* Swaps between rungs i_rung and i_rung + 1 of one ensemble. */
static void swap_pair(mutau_ensemble *e, size_t i_ensemble, size_t i_rung)
{
    const size_t n = e->settings.n_walker, cold = (i_ensemble * e->n_rung + i_rung) * n;
    mutau_swap_count *count = &e->step_swaps[i_rung];
    count->proposed += n;
    count->accepted += mutau_swap_decide(e->rng, n, e->beta[i_rung], e->beta[i_rung + 1],
                                         e->ln_like + cold, e->ln_like + cold + n, e->swapped);
    for (size_t i = 0; i < n; i++)
        if (e->swapped[i])
            exchange_slots(e, cold + i, cold + n + i);
}

/* All swaps of an ensemble.  Always in one order they would carry points round the ladder in
 * step where most are accepted: a walker would see the same few points again and again after
 * n_rung steps, but not before, and autocorrelation times and errors, which stop to look where
 * the correlation has vanished, would miss it (errors were 2.1 times too small with 8 rungs and a
 * flat likelihood). */
static void swap_rungs(mutau_ensemble *e, size_t i_ensemble)
{
    const size_t n_pair = e->n_rung - 1;
    const bool coldest_first = mutau_rng_uniform(e->rng) < 0.5;
    for (size_t i = 0; i < n_pair; i++)
        swap_pair(e, i_ensemble, coldest_first ? i : n_pair - 1 - i);
}

/* All swaps of a step; then the ladder adapts, or, once it is frozen, they count. */
static void temper(mutau_ensemble *e)
{
    const size_t n_pair = e->n_rung - 1;
    memset(e->step_swaps, 0, n_pair * sizeof *e->step_swaps);
    for (size_t i = 0; i < e->settings.n_ensemble; i++)
        swap_rungs(e, i);
    if (e->counts.steps < e->settings.ladder.adapt_steps) {
        mutau_ladder_adapt(e->n_rung, &e->settings.ladder, e->counts.steps, e->step_swaps, e->beta);
        return;
    }
    for (size_t pair = 0; pair < n_pair; pair++) {
        e->swaps[pair].proposed += e->step_swaps[pair].proposed;
        e->swaps[pair].accepted += e->step_swaps[pair].accepted;
    }
}

mutau_status mutau_ensemble_step(mutau_ensemble *e, mutau_error *err)
{
    if (!e->started)
        return mutau_error_set(err, MUTAU_EDOM, "the ensembles have no start yet");
    const size_t n_walker = e->settings.n_walker;
    for (size_t i = 0; i < n_group(e); i++) {
        e->move[i] = pick_move(e, i % e->n_rung == 0);
        draw_split(e->rng, n_walker, e->split + i * n_walker);
    }
    uint64_t failures = 0;
    e->n_failure = 0;
    for (e->half = 0; e->half < 2; e->half++) {
        failures += try_half(e);
        accept_batch(e);
    }
    if (e->n_rung > 1)
        temper(e);
    e->counts.steps++;
    return failures == 0 ? MUTAU_OK : check_failures(e, err);
}

/* ---- the state ---- */

mutau_ensemble_view mutau_ensemble_rung(const mutau_ensemble *e, size_t i_ensemble, size_t i_rung)
{
    const size_t first = (i_ensemble * e->n_rung + i_rung) * e->settings.n_walker;
    return (mutau_ensemble_view){
        .position = e->position + first * e->target->dim,
        .ln_prior = e->ln_prior + first,
        .ln_like = e->ln_like + first,
        .blob = e->target->n_blob != 0 ? e->blob + first * e->target->n_blob : NULL,
        .accepted = e->accepted + first,
    };
}

mutau_ensemble_view mutau_ensemble_state(const mutau_ensemble *e, size_t i_ensemble)
{
    return mutau_ensemble_rung(e, i_ensemble, 0);
}

const double *mutau_ensemble_log_weight(const mutau_ensemble *e)
{
    return e->total_weight > e->local_weight ? e->log_weight : NULL;
}

size_t mutau_ensemble_failures(const mutau_ensemble *e, const mutau_ensemble_failure **failures)
{
    *failures = e->failures;
    return e->n_failure;
}

mutau_ensemble_counts mutau_ensemble_counters(const mutau_ensemble *e)
{
    return e->counts;
}

void mutau_ensemble_heat(mutau_ensemble *e, double beta)
{
    e->beta[0] = beta;
}

const double *mutau_ensemble_beta(const mutau_ensemble *e)
{
    return e->beta;
}

const mutau_swap_count *mutau_ensemble_swaps(const mutau_ensemble *e)
{
    return e->n_rung > 1 ? e->swaps : NULL;
}

/* Whether every stored walker stands at a place that its rung can have. */
static mutau_status check_stored(const mutau_ensemble *e, const double position[],
                                 const double ln_prior[], const double ln_like[],
                                 const double beta[], mutau_error *err)
{
    const size_t n_walker = e->settings.n_walker, dim = e->target->dim;
    if (e->n_rung > 1 && !mutau_ladder_is_valid(e->n_rung, beta))
        return mutau_error_set(err, MUTAU_EDATA,
                               "stored state: the temperature ladder does not fall from 1 to 0");
    for (size_t i = 0; i < n_slot(e); i++) {
        const size_t group = i / n_walker;
        const double b = e->n_rung > 1 ? beta[group % e->n_rung] : 1.0;
        bool finite =
            isfinite(mutau_rung_ln_density(b, ln_prior[i], ln_like[i])) && !isnan(ln_like[i]);
        for (size_t k = 0; k < dim; k++)
            finite = finite && isfinite(position[i * dim + k]);
        if (!finite)
            return mutau_error_set(err, MUTAU_EDATA,
                                   "stored state: walker %zu of ensemble %zu is not finite",
                                   i % n_walker, group / e->n_rung);
    }
    return MUTAU_OK;
}

mutau_status mutau_ensemble_restore(mutau_ensemble *e, const double position[],
                                    const double ln_prior[], const double ln_like[],
                                    const double blob[], const uint64_t accepted[],
                                    const mutau_ensemble_counts *counts, const double beta[],
                                    const mutau_swap_count swaps[], mutau_error *err)
{
    const size_t n = n_slot(e), dim = e->target->dim;
    MUTAU_CHECK(check_stored(e, position, ln_prior, ln_like, beta, err));
    memcpy(e->position, position, n * dim * sizeof *position);
    memcpy(e->ln_prior, ln_prior, n * sizeof *ln_prior);
    memcpy(e->ln_like, ln_like, n * sizeof *ln_like);
    memcpy(e->accepted, accepted, n * sizeof *accepted);
    if (e->target->n_blob != 0)
        memcpy(e->blob, blob, n * e->target->n_blob * sizeof *blob);
    if (e->n_rung > 1) {
        memcpy(e->beta, beta, e->n_rung * sizeof *beta);
        memcpy(e->swaps, swaps, (e->n_rung - 1) * sizeof *swaps);
    }
    e->counts = e->placed = *counts;
    forget_screened(e);
    e->started = true;
    return MUTAU_OK;
}
