/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ensemble sampler; documented in mutau/ensemble.h.
 *
 * A step draws, per ensemble, the move and the split into halves, then does two
 * half-steps: propose (all random numbers), evaluate (threads), accept.  Random
 * numbers are drawn ensemble by ensemble and, within a half, walker by walker:
 * the move's own, then the uniform of the accept step.  Nothing of one step's
 * draws is kept for the next, so that positions, densities, counts and the
 * generator are the whole state of a run. */
#include "mutau/ensemble.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch_internal.h"
#include "independence_internal.h"
#include "mutau/mem.h"

static const size_t MAX_TRIES = 1000;       /* draws of the prior per walker at the start */
static const uint64_t MIN_FAILURES = 1000;  /* fewer failures never stop a run ... */
static const double MAX_FAILURE_RATE = 0.1; /* ... nor a smaller share of the evaluations */

struct mutau_ensemble {
    const mutau_target *target; /* not owned */
    mutau_rng *rng;             /* not owned */
    mutau_ensemble_settings settings;
    double total_weight;
    bool started;
    mutau_ensemble_counts counts;

    /* The state; walkers of ensemble 0 first. */
    double *position;   /* [n_slot][dim] */
    double *ln_prior;   /* [n_slot] */
    double *ln_like;    /* [n_slot] */
    double *blob;       /* [n_slot][n_blob] */
    uint64_t *accepted; /* [n_slot] */

    /* Scratch of one step. */
    const mutau_weighted_move **move; /* [n_ensemble] this step's */
    size_t *split;        /* [n_slot] walkers of each ensemble, this step's first half first */
    double *other;        /* [n_walker / 2][dim] the positions of the other half */
    void *move_ws;        /* what the move in hand derives from `other` */
    mutau_batch batch;    /* capacity n_slot */
    double *last_failure; /* [dim] the last point that failed */
};

static size_t n_slot(const mutau_ensemble *e)
{
    return e->settings.n_ensemble * e->settings.n_walker;
}

/* ---- set-up ---- */

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
    if (settings->n_move < 1 || settings->n_move > MUTAU_ENSEMBLE_MAX_MOVES)
        return mutau_error_set(err, MUTAU_EDOM, "%zu moves: 1 to %d are allowed", settings->n_move,
                               MUTAU_ENSEMBLE_MAX_MOVES);
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
    return MUTAU_OK;
}

/* Proposals are made one half of one ensemble after the other: all share one workspace. */
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
    e->move = mutau_calloc(e->settings.n_ensemble, sizeof *e->move);
    e->split = mutau_calloc(n, sizeof *e->split);
    e->other = mutau_calloc(e->settings.n_walker / 2 * dim, sizeof *e->other);
    e->move_ws = mutau_calloc(move_ws_size(e), 1);
    e->last_failure = mutau_calloc(dim, sizeof *e->last_failure);
    if (e->position == NULL || e->ln_prior == NULL || e->ln_like == NULL || e->blob == NULL ||
        e->accepted == NULL || e->move == NULL || e->split == NULL || e->other == NULL ||
        e->move_ws == NULL || e->last_failure == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n);
    return mutau_batch_init(&e->batch, e->target, n, e->settings.n_thread, e->settings.evaluator,
                            err);
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
    for (size_t i = 0; i < settings->n_move; i++)
        e->total_weight += settings->moves[i].weight;
    const mutau_status status = alloc_arrays(e, err);
    if (status != MUTAU_OK) {
        mutau_ensemble_free(e);
        return status;
    }
    *out = e;
    return MUTAU_OK;
}

void mutau_ensemble_free(mutau_ensemble *e)
{
    if (e == NULL)
        return;
    mutau_batch_clear(&e->batch);
    free(e->position);
    free(e->ln_prior);
    free(e->ln_like);
    free(e->blob);
    free(e->accepted);
    free(e->move);
    free(e->split);
    free(e->other);
    free(e->move_ws);
    free(e->last_failure);
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

/* Evaluates the batch and counts; the number of failures in it. */
static uint64_t evaluate(mutau_ensemble *e)
{
    const mutau_batch *b = &e->batch;
    uint64_t failures = 0;
    mutau_batch_eval(&e->batch);
    for (size_t i = 0; i < b->n; i++) {
        if (b->status[i] == MUTAU_OK)
            continue;
        failures++;
        memcpy(e->last_failure, b->x + i * e->target->dim, e->target->dim * sizeof(double));
    }
    e->counts.evaluations += b->n;
    e->counts.failures += failures;
    return failures;
}

static mutau_status check_failures(const mutau_ensemble *e, mutau_error *err)
{
    const double share = (double)e->counts.failures / (double)e->counts.evaluations;
    if (e->counts.failures < MIN_FAILURES || share <= MAX_FAILURE_RATE)
        return MUTAU_OK;
    char point[MUTAU_ERROR_SIZE / 2];
    format_point(e, e->last_failure, sizeof point, point);
    return mutau_error_set(
        err, MUTAU_ENUMERIC, "%llu of %llu evaluations of the posterior failed, the last at %s",
        (unsigned long long)e->counts.failures, (unsigned long long)e->counts.evaluations, point);
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

static bool is_finite_point(const mutau_batch *b, size_t i)
{
    return b->status[i] == MUTAU_OK && isfinite(b->ln_prior[i] + b->ln_like[i]);
}

static mutau_status check_independence(const mutau_ensemble *e, mutau_error *err)
{
    const size_t n_walker = e->settings.n_walker, dim = e->target->dim;
    for (size_t i = 0; i < e->settings.n_ensemble; i++)
        MUTAU_TRY(err,
                  mutau_walkers_independent(n_walker, dim, e->position + i * n_walker * dim,
                                            e->target->names, err),
                  "degenerate start of ensemble %zu", i);
    return MUTAU_OK;
}

static void reset(mutau_ensemble *e)
{
    e->started = false;
    e->counts = (mutau_ensemble_counts){0};
    memset(e->accepted, 0, n_slot(e) * sizeof *e->accepted);
    e->batch.n = n_slot(e);
    for (size_t i = 0; i < e->batch.n; i++)
        e->batch.slot[i] = i;
}

static mutau_status report_unplaced(const mutau_ensemble *e, size_t i, mutau_error *err)
{
    const mutau_batch *b = &e->batch;
    const size_t n_walker = e->settings.n_walker;
    char point[MUTAU_ERROR_SIZE / 2];
    format_point(e, b->x + i * e->target->dim, sizeof point, point);
    if (b->status[i] != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENUMERIC, "walker %zu of ensemble %zu, at %s: %s",
                               b->slot[i] % n_walker, b->slot[i] / n_walker, point,
                               mutau_status_text(b->status[i]));
    return mutau_error_set(
        err, MUTAU_ENUMERIC, "walker %zu of ensemble %zu, at %s: ln prior %g, ln likelihood %g",
        b->slot[i] % n_walker, b->slot[i] / n_walker, point, b->ln_prior[i], b->ln_like[i]);
}

/* One round: a draw for every walker without a place; keeps in the batch the
 * slots of those still without one. */
static void place_round(mutau_ensemble *e)
{
    mutau_batch *b = &e->batch;
    for (size_t i = 0; i < b->n; i++)
        e->target->draw(e->target->self, e->rng, b->x + i * e->target->dim);
    (void)evaluate(e);
    size_t n_left = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (is_finite_point(b, i)) {
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
    if (e->batch.n > 0)
        MUTAU_TRY(err, report_unplaced(e, 0, err),
                  "no finite posterior in %zu draws of the prior, the last for", MAX_TRIES);
    MUTAU_CHECK(check_independence(e, err));
    e->started = true;
    return MUTAU_OK;
}

mutau_status mutau_ensemble_start_at(mutau_ensemble *e, const double position[], mutau_error *err)
{
    reset(e);
    memcpy(e->batch.x, position, n_slot(e) * e->target->dim * sizeof(double));
    memcpy(e->position, position, n_slot(e) * e->target->dim * sizeof(double));
    MUTAU_CHECK(check_independence(e, err));
    (void)evaluate(e);
    for (size_t i = 0; i < e->batch.n; i++) {
        if (!is_finite_point(&e->batch, i))
            MUTAU_TRY(err, report_unplaced(e, i, err), "a start has no finite posterior");
        take(e, i);
    }
    e->started = true;
    return MUTAU_OK;
}

/* ---- the step ---- */

/* One move per step and ensemble: a mixture of kernels that each keep the target. */
static const mutau_weighted_move *pick_move(mutau_ensemble *e)
{
    const mutau_ensemble_settings *s = &e->settings;
    if (s->n_move == 1)
        return &s->moves[0];
    double left = e->total_weight * mutau_rng_uniform(e->rng);
    size_t i = 0;
    while (i + 1 < s->n_move && left >= s->moves[i].weight)
        left -= s->moves[i++].weight;
    return &s->moves[i];
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

/* Adds the proposals for one half of ensemble i_ensemble to the batch. */
static void propose_half(mutau_ensemble *e, size_t i_ensemble, size_t half)
{
    mutau_batch *b = &e->batch;
    const size_t dim = e->target->dim, n_walker = e->settings.n_walker, n_half = n_walker / 2;
    const mutau_weighted_move *m = e->move[i_ensemble];
    const size_t *moved = e->split + i_ensemble * n_walker + half * n_half;
    const size_t *kept = e->split + i_ensemble * n_walker + (1 - half) * n_half;
    const double *position = e->position + i_ensemble * n_walker * dim;
    for (size_t i = 0; i < n_half; i++)
        for (size_t k = 0; k < dim; k++)
            e->other[i * dim + k] = position[kept[i] * dim + k];
    if (m->move->prepare != NULL)
        m->move->prepare(m->cfg, e->move_ws, dim, n_half, e->other);
    for (size_t i = 0; i < n_half; i++, b->n++) {
        b->slot[b->n] = i_ensemble * n_walker + moved[i];
        m->move->propose(m->cfg, e->move_ws, dim, position + moved[i] * dim, n_half, e->other,
                         e->rng, b->x + b->n * dim, &b->ln_q_ratio[b->n]);
        b->uniform[b->n] = mutau_rng_uniform(e->rng);
    }
}

/* Metropolis & Hastings.  The current density is finite and the proposed one
 * finite or -infinity (rejected, also when the uniform is 0). */
static void accept_batch(mutau_ensemble *e)
{
    const mutau_batch *b = &e->batch;
    for (size_t i = 0; i < b->n; i++) {
        if (b->status[i] != MUTAU_OK)
            continue;
        const size_t slot = b->slot[i];
        const double ln_ratio = b->ln_q_ratio[i] + (b->ln_prior[i] + b->ln_like[i]) -
                                (e->ln_prior[slot] + e->ln_like[slot]);
        if (!(ln_ratio >= 0.0) && !(log(b->uniform[i]) < ln_ratio))
            continue;
        take(e, i);
        e->accepted[slot]++;
    }
}

mutau_status mutau_ensemble_step(mutau_ensemble *e, mutau_error *err)
{
    if (!e->started)
        return mutau_error_set(err, MUTAU_EDOM, "the ensembles have no start yet");
    const size_t n_ensemble = e->settings.n_ensemble, n_walker = e->settings.n_walker;
    for (size_t i = 0; i < n_ensemble; i++) {
        e->move[i] = pick_move(e);
        draw_split(e->rng, n_walker, e->split + i * n_walker);
    }
    uint64_t failures = 0;
    for (size_t half = 0; half < 2; half++) {
        e->batch.n = 0;
        for (size_t i = 0; i < n_ensemble; i++)
            propose_half(e, i, half);
        failures += evaluate(e);
        accept_batch(e);
    }
    e->counts.steps++;
    return failures == 0 ? MUTAU_OK : check_failures(e, err);
}

/* ---- the state ---- */

mutau_ensemble_view mutau_ensemble_state(const mutau_ensemble *e, size_t i_ensemble)
{
    const size_t first = i_ensemble * e->settings.n_walker;
    return (mutau_ensemble_view){
        .position = e->position + first * e->target->dim,
        .ln_prior = e->ln_prior + first,
        .ln_like = e->ln_like + first,
        .blob = e->target->n_blob != 0 ? e->blob + first * e->target->n_blob : NULL,
        .accepted = e->accepted + first,
    };
}

mutau_ensemble_counts mutau_ensemble_counters(const mutau_ensemble *e)
{
    return e->counts;
}

mutau_status mutau_ensemble_restore(mutau_ensemble *e, const double position[],
                                    const double ln_prior[], const double ln_like[],
                                    const double blob[], const uint64_t accepted[],
                                    const mutau_ensemble_counts *counts, mutau_error *err)
{
    const size_t n = n_slot(e), dim = e->target->dim;
    for (size_t i = 0; i < n; i++) {
        bool finite = isfinite(ln_prior[i] + ln_like[i]);
        for (size_t k = 0; k < dim; k++)
            finite = finite && isfinite(position[i * dim + k]);
        if (!finite)
            return mutau_error_set(err, MUTAU_EDATA,
                                   "stored state: walker %zu of ensemble %zu is not finite",
                                   i % e->settings.n_walker, i / e->settings.n_walker);
    }
    memcpy(e->position, position, n * dim * sizeof *position);
    memcpy(e->ln_prior, ln_prior, n * sizeof *ln_prior);
    memcpy(e->ln_like, ln_like, n * sizeof *ln_like);
    memcpy(e->accepted, accepted, n * sizeof *accepted);
    if (e->target->n_blob != 0)
        memcpy(e->blob, blob, n * e->target->n_blob * sizeof *blob);
    e->counts = *counts;
    e->started = true;
    return MUTAU_OK;
}
