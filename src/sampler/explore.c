/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is found out before the walkers start; documented in sampler/explore.h. */
#include "sampler/explore.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ensemble_internal.h"
#include "ladder_internal.h"
#include "base/mem.h"
#include "base/sort.h"

static const size_t N_PARTICLE = 512, N_PRIOR = 256;
/* The mixture moves particles far: few steps do, and its weights reach farther. */
static const pilot_pace PACE = {.share = 0.4, .moves = 2.0, .max_steps = 50};
/* Of the moves of a pilot.  Steps of all lengths find the width of a mode that only few particles
 * have met, when the others are far away; the rest are the run's local moves, in proportion. */
static const double MIXTURE_SHARE = 0.55, SHORT_SHARE = 0.35;
static const mutau_move_de_settings SHORT_STEPS = {
    .gamma0 = (double)NAN, .sigma = 1e-5, .shrink = 7.0};
/* A fit takes so many, or a few more. */
enum { MOST_DRAWS = 2500 };
/* A part of the mixture imitates a hotter density: it reaches where the draws were too few. */
static const double HOT_BETA = 0.4, HOT_SHARE = 0.2;
/* At the posterior: steps from fit to fit, and how much better a fit must be to go on. */
enum { LEAST_ROUND = 3, N_ROUND = 8, N_STEP = 5, N_CLIMB = 15 };
static const double BETTER = 1.05, GOOD = 0.7;
/* ln of the number of proposals that a particle refuses where the mixture is too thin. */
static const double LN_LONG = 3.5;
/* ln of the copies, at most, that such a particle gets. */
static const double LN_COPIES = 2.77;
/* Acceptance at which a mixture has half of its weight, and the least share that it keeps. */
static const double HALF_WEIGHT = 0.05, LEAST_SHARE = 0.02;

/* Draws at one temperature. */
typedef struct stage {
    double beta, ln_z;
    size_t n;
    double *x;       /* [n][dim] */
    double *ln_like; /* [n] */
} stage;

enum { N_STAGE = 16 }; /* the last ones are kept */

typedef struct explorer {
    const mutau_target *target;
    mutau_ensemble_settings moves;   /* the run's, with the mixture in hand */
    mutau_move_mixture_settings cfg; /* its mixture is that in hand: */
    mutau_mixture *mixture;          /* owned */
    mutau_mixture_settings fit;
    double *first, *climbers; /* [n particles][dim] where they began, and where starts led to */
    double *prior_x;          /* of: */
    mutau_mixture_sample prior;
    mutau_pilot *pilot;
    size_t n_stage;
    stage stages[N_STAGE];
    bool provisional;            /* the last stage is of use until there is another */
    mutau_ensemble_counts spent; /* before the pilot's last start */
    double *ln_y;                /* [N_STEP][n particles] weights of a round's proposals ... */
    size_t n_y;                  /* ... so many of them, and */
    double ln_mean_y;            /* ... their mean weight */
} explorer;

static void clear(explorer *e)
{
    for (size_t i = 0; i < e->n_stage; i++) {
        free(e->stages[i].x);
        free(e->stages[i].ln_like);
    }
    mutau_pilot_free(e->pilot);
    mutau_mixture_free(e->mixture);
    free(e->first);
    free(e->climbers);
    free(e->prior_x);
    free(e->ln_y);
    free(e);
}

/* ---- draws ---- */

static void drop_stage(explorer *e, size_t i)
{
    free(e->stages[i].x);
    free(e->stages[i].ln_like);
    e->n_stage--;
    memmove(e->stages + i, e->stages + i + 1, (e->n_stage - i) * sizeof *e->stages);
}

/* Room for n draws at beta; the oldest go. */
static mutau_status add_stage(explorer *e, double beta, double ln_z, size_t n, mutau_error *err)
{
    if (e->n_stage == N_STAGE)
        drop_stage(e, 0);
    stage *s = &e->stages[e->n_stage++];
    *s = (stage){.beta = beta,
                 .ln_z = ln_z,
                 .x = mutau_calloc(n, e->target->dim * sizeof *s->x),
                 .ln_like = mutau_calloc(n, sizeof *s->ln_like)};
    if (s->x == NULL || s->ln_like == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu particles", n);
    return MUTAU_OK;
}

/* The particles where they are, into the last stage, which has room for them. */
static void keep_particles(explorer *e)
{
    const size_t n = e->pilot->n, dim = e->target->dim;
    const mutau_ensemble_view v = mutau_ensemble_state(e->pilot->ensemble, 0);
    stage *s = &e->stages[e->n_stage - 1];
    memcpy(s->x + s->n * dim, v.position, n * dim * sizeof *s->x);
    memcpy(s->ln_like + s->n, v.ln_like, n * sizeof *s->ln_like);
    s->n += n;
}

/* ln of the weight, for the density at beta, of a draw of all stages together. */
static double weigh(const explorer *e, double beta, double ln_like)
{
    double largest = -(double)INFINITY, sum = 0.0, term[N_STAGE];
    for (size_t k = 0; k < e->n_stage; k++) {
        const stage *s = &e->stages[k];
        term[k] = s->beta * ln_like - s->ln_z + log((double)s->n);
        largest = fmax(largest, term[k]);
    }
    for (size_t k = 0; k < e->n_stage; k++)
        sum += exp(term[k] - largest);
    return beta * ln_like - largest - log(sum);
}

/* ln of the sum of weights. */
static double add_up(size_t n, const double ln_weight[])
{
    double largest = -(double)INFINITY, sum = 0.0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, ln_weight[i]);
    for (size_t i = 0; i < n; i++)
        sum += exp(ln_weight[i] - largest);
    return largest + log(sum);
}

/* Draws of one density alone say nothing of a hotter one: those in its far tail would be all. */
static double hot_share(const explorer *e, double beta)
{
    for (size_t k = 0; k < e->n_stage; k++)
        if (e->stages[k].beta < beta)
            return HOT_SHARE;
    return 0.0;
}

/* The weights of all draws for the density at beta, with a share of a hotter one. */
static void weigh_all(const explorer *e, double beta, size_t n, double ln_weight[], double ln_hot[])
{
    size_t at = 0;
    for (size_t k = 0; k < e->n_stage; k++)
        for (size_t i = 0; i < e->stages[k].n; i++, at++) {
            ln_weight[at] = weigh(e, beta, e->stages[k].ln_like[i]);
            ln_hot[at] = weigh(e, HOT_BETA * beta, e->stages[k].ln_like[i]);
        }
    const double sum = add_up(n, ln_weight), sum_hot = add_up(n, ln_hot);
    const double share = hot_share(e, beta);
    for (size_t i = 0; i < n; i++)
        ln_weight[i] =
            log((1.0 - share) * exp(ln_weight[i] - sum) + share * exp(ln_hot[i] - sum_hot));
}

/* Draws of all stages that stand for all: those that have more than a share of the weight, and of
 * the others so many that each stands for that share.  x and ln_weight have room for all; draw i
 * has the weight ln_weight[i], which is replaced by those of the ones that are kept. */
static size_t gather(const explorer *e, size_t n, double x[], double ln_weight[])
{
    const size_t dim = e->target->dim;
    const double least = 1.0 / (double)MOST_DRAWS, ln_sum = add_up(n, ln_weight);
    double below = 0.5 * least;
    size_t at = 0, n_kept = 0;
    for (size_t k = 0; k < e->n_stage; k++)
        for (size_t i = 0; i < e->stages[k].n; i++, at++) {
            const double weight = exp(ln_weight[at] - ln_sum);
            if (weight < least) {
                below += weight;
                if (below < least)
                    continue;
                below -= least;
            }
            memcpy(x + n_kept * dim, e->stages[k].x + i * dim, dim * sizeof *x);
            ln_weight[n_kept++] = log(fmax(weight, least));
        }
    return n_kept;
}

/* A mixture that imitates the density at beta. */
static mutau_status fit(const explorer *e, double beta, mutau_mixture **out, mutau_error *err)
{
    size_t n = 0;
    *out = NULL;
    for (size_t k = 0; k < e->n_stage; k++)
        n += e->stages[k].n;
    double *x = mutau_calloc(n, e->target->dim * sizeof *x);
    double *ln_weight = mutau_calloc(n, 2 * sizeof *ln_weight);
    mutau_status status = MUTAU_OK;
    if (x == NULL || ln_weight == NULL) {
        status = mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws", n);
    } else {
        weigh_all(e, beta, n, ln_weight, ln_weight + n);
        const size_t n_kept = gather(e, n, x, ln_weight);
        const mutau_mixture_sample sample = {.n = n_kept, .x = x, .ln_weight = ln_weight};
        status = mutau_mixture_fit(&e->fit, &sample, &e->prior, out, err);
    }
    free(x);
    free(ln_weight);
    return status;
}

static void take_mixture(explorer *e, mutau_mixture *mixture)
{
    mutau_mixture_free(e->mixture);
    e->cfg.mixture = e->mixture = mixture;
}

/* The particles at the last density but one join the others; a mixture for the last one. */
static mutau_status on_stage(mutau_pilot *p, void *self, mutau_error *err)
{
    explorer *e = self;
    mutau_mixture *mixture = NULL;
    const size_t at = p->n_knot - 2;
    MUTAU_CHECK(add_stage(e, p->beta[at], p->ln_z[at], p->n, err));
    keep_particles(e);
    if (at == 0)
        memcpy(e->first, e->stages[0].x, p->n * e->target->dim * sizeof *e->first);
    MUTAU_CHECK(fit(e, p->beta[at + 1], &mixture, err));
    take_mixture(e, mixture);
    return MUTAU_OK;
}

/* ---- at the posterior ---- */

/* ln of p/q of the round's proposals. */
static void keep_proposals(explorer *e)
{
    const double *ln_weight = mutau_ensemble_log_weight(e->pilot->ensemble);
    for (size_t i = 0; i < e->pilot->n; i++)
        if (!isnan(ln_weight[i]))
            e->ln_y[e->n_y++] = ln_weight[i];
}

/* How good the mixture in hand is. */
typedef struct quality {
    double acceptance; /* of its proposals by the particles; NaN if nothing was proposed */
    double score;      /* the same, less where particles sit that would long stay there */
    bool covers;       /* there is no such particle */
} quality;

/* ln of p/q at each particle. */
static void weigh_particles(const explorer *e, double ln_weight[])
{
    const mutau_ensemble_view v = mutau_ensemble_state(e->pilot->ensemble, 0);
    for (size_t i = 0; i < e->pilot->n; i++)
        ln_weight[i] = v.ln_prior[i] + v.ln_like[i] -
                       mutau_mixture_ln_density(e->cfg.mixture, v.position + i * e->target->dim);
}

/* The mean of min(1, w(y)/w(x)) over all pairs of a particle x and a proposal y; ln_x[n], ln_y[n_y]
 * are rising. */
static double accepted_share(size_t n, const double ln_x[], size_t n_y, const double ln_y[])
{
    double accepted = 0.0, below = 0.0; /* below: the sum of w(y) < w(x), over w(x) */
    for (size_t i = 0, k = 0; i < n; i++) {
        below *= i > 0 ? exp(ln_x[i - 1] - ln_x[i]) : 0.0;
        for (; k < n_y && ln_y[k] < ln_x[i]; k++)
            below += exp(ln_y[k] - ln_x[i]);
        accepted += below + (double)(n_y - k);
    }
    return accepted / ((double)n * (double)n_y);
}

static quality measure(explorer *e)
{
    const size_t n = e->pilot->n, n_y = e->n_y;
    double *ln_x = e->pilot->weight;
    if (n_y == 0)
        return (quality){.acceptance = (double)NAN, .score = 0.0};
    weigh_particles(e, ln_x);
    qsort(ln_x, n, sizeof *ln_x, mutau_rising);
    qsort(e->ln_y, n_y, sizeof *e->ln_y, mutau_rising);
    const double acceptance = accepted_share(n, ln_x, n_y, e->ln_y);
    e->ln_mean_y = add_up(n_y, e->ln_y) - log((double)n_y);
    const double worst = ln_x[n - 1] - e->ln_mean_y;
    return (quality){.acceptance = acceptance,
                     .score = acceptance * exp(fmin(LN_LONG - worst, 0.0)),
                     .covers = worst <= LN_LONG};
}

/* Particles where the mixture in hand is too thin get copies: one alone, all that is known of a
 * small mode perhaps, makes no component.  How many particles are where is no longer right, until
 * the proposals of a mixture that has the component have led to it. */
static mutau_status copy_uncovered(explorer *e, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    if (e->n_y == 0)
        return MUTAU_OK;
    weigh_particles(e, p->weight);
    for (size_t i = 0; i < p->n; i++) {
        const double excess = p->weight[i] - e->ln_mean_y - (LN_LONG - 1.0);
        p->weight[i] = exp(fmin(fmax(excess, 0.0), LN_COPIES));
    }
    return mutau_pilot_resample(p, err);
}

/* Some steps with the mixture in hand: how good it is, and the particles' way. */
static mutau_status do_round(explorer *e, quality *found, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    e->n_y = 0;
    MUTAU_CHECK(add_stage(e, 1.0, p->ln_z[p->n_knot - 1], N_STEP * p->n, err));
    for (int i = 0; i < N_STEP; i++) {
        MUTAU_CHECK(mutau_pilot_step(p, err));
        keep_particles(e);
        keep_proposals(e);
    }
    if (e->provisional)
        drop_stage(e, e->n_stage - 2);
    e->provisional = false;
    *found = measure(e);
    return MUTAU_OK;
}

/* Fits again and again as long as it gets better; the best is left, with its acceptance. */
static mutau_status refine(explorer *e, double *acceptance, mutau_error *err)
{
    mutau_mixture *best = NULL, *next = NULL;
    quality found, of_best = {0};
    mutau_status status = MUTAU_OK;
    mutau_ensemble_heat(e->pilot->ensemble, 1.0);
    for (int i = 0; i < N_ROUND && status == MUTAU_OK; i++) {
        status = do_round(e, &found, err);
        if (status != MUTAU_OK)
            break;
        const bool better = found.score > BETTER * of_best.score;
        if (best == NULL || found.score > of_best.score) {
            mutau_mixture_free(best);
            best = e->mixture;
            e->mixture = NULL; /* still in hand */
            of_best = found;
        }
        const bool good = of_best.covers && (!better || of_best.acceptance >= GOOD);
        if ((good && i + 1 >= LEAST_ROUND) || i + 1 == N_ROUND)
            break;
        if (!found.covers)
            status = copy_uncovered(e, err);
        if (status == MUTAU_OK)
            status = fit(e, 1.0, &next, err);
        if (status == MUTAU_OK)
            take_mixture(e, next);
    }
    if (best != NULL)
        take_mixture(e, best);
    *acceptance = isnan(of_best.acceptance) ? 0.0 : of_best.acceptance;
    return status;
}

/* ---- what starts find ---- */

/* One place to start from: of the walkers, or where the particles began. */
static const double *pick_start(explorer *e, const mutau_exploration_settings *s, size_t i)
{
    const size_t dim = e->target->dim;
    if (s->n_start > 0)
        return s->start + mutau_rng_index(e->pilot->rng, s->n_start) * dim;
    return e->first + i % e->pilot->n * dim;
}

/* Moves e->climbers[n][dim] some steps up to the posterior, each on its own side: by local moves,
 * which do not lead from one mode to another. */
static mutau_status climb(explorer *e, size_t n, mutau_error *err)
{
    mutau_ensemble_settings local = e->moves;
    mutau_ensemble *ensemble = NULL;
    local.n_ensemble = local.n_temperature = 1;
    local.n_walker = n;
    local.side_work = (mutau_side_work){0};
    local.n_move = 0;
    for (size_t i = 0; i < e->moves.n_move; i++)
        if (e->moves.moves[i].move != &mutau_move_mixture)
            local.moves[local.n_move++] = e->moves.moves[i];
    MUTAU_CHECK(mutau_ensemble_alloc(e->target, &local, e->pilot->rng, &ensemble, err));
    mutau_status status = mutau_ensemble_start_at(ensemble, e->climbers, err);
    for (int i = 0; i < N_CLIMB && status == MUTAU_OK; i++)
        status = mutau_stop_requested(e->pilot->stop)
                     ? mutau_error_set(err, MUTAU_ESTOPPED, "stopped")
                     : mutau_ensemble_step(ensemble, err);
    const mutau_ensemble_counts c = mutau_ensemble_counters(ensemble);
    e->spent.evaluations += c.evaluations;
    e->spent.failures += c.failures;
    e->spent.screened += c.screened;
    memcpy(e->climbers, mutau_ensemble_state(ensemble, 0).position,
           n * e->target->dim * sizeof *e->climbers);
    mutau_ensemble_free(ensemble);
    return status;
}

/* The n climbers take the places of so many particles, which are in no order. */
static mutau_status replace(explorer *e, size_t n, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    const size_t dim = e->target->dim, size = dim * sizeof(double);
    const mutau_ensemble_view v = mutau_ensemble_state(p->ensemble, 0);
    const mutau_ensemble_counts c = mutau_ensemble_counters(p->ensemble);
    for (size_t i = 0; i < p->n; i++)
        memcpy(p->position + i * dim, i < n ? e->climbers + i * dim : v.position + i * dim, size);
    MUTAU_CHECK(mutau_ensemble_start_at(p->ensemble, p->position, err));
    e->spent.evaluations += c.evaluations;
    e->spent.failures += c.failures;
    e->spent.screened += c.screened;
    if (p->n_knot == 0)
        mutau_pilot_add_knot(p, 1.0, 0.0);
    return MUTAU_OK;
}

/* A quarter of the particles begin anew from starts: modes that the others have lost, or never met,
 * get their components.  How many particles are in which mode means nothing yet, so that they are
 * of use for one fit. */
static mutau_status look_from_starts(explorer *e, const mutau_exploration_settings *s, bool alone,
                                     mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    const size_t n = alone ? p->n : p->n / 8 * 2, dim = e->target->dim;
    mutau_mixture *mixture = NULL;
    for (size_t i = 0; i < n; i++)
        memcpy(e->climbers + i * dim, pick_start(e, s, i), dim * sizeof(double));
    MUTAU_CHECK(climb(e, n, err));
    MUTAU_CHECK(replace(e, n, err));
    MUTAU_CHECK(add_stage(e, 1.0, p->ln_z[p->n_knot - 1], p->n, err));
    keep_particles(e);
    MUTAU_CHECK(fit(e, 1.0, &mixture, err));
    take_mixture(e, mixture);
    e->provisional = true;
    return MUTAU_OK;
}

/* From where the particles are stuck: their weights lead to the posterior all the same, roughly. */
static mutau_status leap(explorer *e, double beta, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    const size_t at = p->n_knot - 1;
    mutau_mixture *mixture = NULL;
    MUTAU_CHECK(add_stage(e, beta, p->ln_z[at], p->n, err));
    keep_particles(e);
    MUTAU_CHECK(fit(e, 1.0, &mixture, err));
    take_mixture(e, mixture);
    const stage *last = &e->stages[e->n_stage - 1];
    double largest = -(double)INFINITY, sum = 0.0;
    for (size_t i = 0; i < last->n; i++)
        largest = fmax(largest, last->ln_like[i]);
    for (size_t i = 0; i < last->n; i++)
        sum += exp((1.0 - beta) * (last->ln_like[i] - largest));
    mutau_pilot_add_knot(p, 1.0, 0.0);
    p->ln_z[p->n_knot - 1] = p->ln_z[at] + (1.0 - beta) * largest + log(sum / (double)last->n);
    return MUTAU_OK;
}

/* ---- all of it ---- */

static mutau_status explore(explorer *e, const mutau_exploration_settings *s,
                            mutau_exploration *out, mutau_error *err)
{
    double beta_stuck = 0.0;
    mutau_error reason = {0};
    mutau_status status =
        e->target->draw != NULL ? mutau_pilot_follow(e->pilot, &beta_stuck, &reason) : MUTAU_EDOM;
    const bool alone = s->n_start > 0 && e->pilot->n_knot == 0;
    if (status != MUTAU_OK && !(alone && (status == MUTAU_ENUMERIC || status == MUTAU_EDOM))) {
        return mutau_error_set(err, status, "%s",
                               e->target->draw != NULL ? reason.text
                                                       : "the target has no prior to draw from");
    }
    if (s->max_rung > 0 && !alone)
        mutau_ladder_of(e->pilot, beta_stuck, s->ensemble->n_temperature, s->max_rung,
                        &out->ladder);
    if (beta_stuck > 0.0) /* the densities beyond were guessed, for the ladder */
        while (e->pilot->beta[e->pilot->n_knot - 1] > beta_stuck)
            e->pilot->n_knot--;
    if (!alone)
        MUTAU_CHECK(beta_stuck > 0.0 ? leap(e, beta_stuck, err)
                                     : mutau_pilot_arrive(e->pilot, err));
    MUTAU_CHECK(look_from_starts(e, s, alone, err));
    return refine(e, &out->acceptance, err);
}

/* Draws of the prior or, of a target that has none, the starts. */
static mutau_status draw_prior(explorer *e, const mutau_exploration_settings *s, mutau_rng *rng,
                               mutau_error *err)
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
static void choose_moves(explorer *e, const mutau_ensemble_settings *of_run)
{
    double local = 0.0;
    e->moves = *of_run;
    e->moves.n_move = 0;
    for (size_t i = 0; i < of_run->n_move; i++)
        local += of_run->moves[i].move == &mutau_move_mixture ? 0.0 : of_run->moves[i].weight;
    for (size_t i = 0; i < of_run->n_move; i++) {
        mutau_weighted_move *m = &e->moves.moves[e->moves.n_move++];
        *m = of_run->moves[i];
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

static mutau_status set_up(explorer *e, const mutau_exploration_settings *s, mutau_rng *rng,
                           const mutau_stop *stop, mutau_error *err)
{
    choose_moves(e, s->ensemble);
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
    const size_t n = e->pilot->n, dim = e->target->dim;
    e->ln_y = mutau_calloc(N_STEP * n, sizeof *e->ln_y);
    e->first = mutau_calloc(n, dim * sizeof *e->first);
    e->climbers = mutau_calloc(n, dim * sizeof *e->climbers);
    if (e->ln_y == NULL || e->first == NULL || e->climbers == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for proposals");
    return MUTAU_OK;
}

static mutau_status explore_for_mixture(const mutau_target *target,
                                        const mutau_exploration_settings *s, mutau_rng *rng,
                                        const mutau_stop *stop, mutau_exploration *out,
                                        mutau_error *err)
{
    explorer *e = mutau_calloc(1, sizeof *e);
    if (e == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to explore the target");
    e->target = target;
    mutau_status status = set_up(e, s, rng, stop, err);
    if (status == MUTAU_OK)
        status = explore(e, s, out, err);
    if (status == MUTAU_OK) {
        const mutau_ensemble_counts last = mutau_ensemble_counters(e->pilot->ensemble);
        out->spent.evaluations = e->spent.evaluations + last.evaluations;
        out->spent.failures = e->spent.failures + last.failures;
        out->spent.screened = e->spent.screened + last.screened;
        out->mixture = e->mixture;
        e->mixture = NULL;
    }
    clear(e);
    return status;
}

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
