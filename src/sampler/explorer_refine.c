/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounds of steps and fits at the posterior; documented in explorer_internal.h. */
#include "explorer_internal.h"

#include <math.h>
#include <stdlib.h>

#include "ensemble_internal.h"
#include "base/log_sum.h"
#include "base/sort.h"

/* How many rounds, and how much better a fit must be to go on. */
enum { LEAST_ROUND = 3, N_ROUND = 8 };
static const double BETTER = 1.05, GOOD = 0.7;
/* ln of the number of proposals that a particle refuses where the mixture is too thin. */
static const double LN_LONG = 3.5;
/* ln of the copies, at most, that such a particle gets. */
static const double LN_COPIES = 2.77;

/* ---- how good a mixture is ---- */

/* ln of p/q of the round's proposals. */
static void keep_proposals(mutau_explorer *e)
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
static void weigh_particles(const mutau_explorer *e, double ln_weight[])
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

static quality measure(mutau_explorer *e)
{
    const size_t n = e->pilot->n, n_y = e->n_y;
    double *ln_x = e->pilot->weight;
    if (n_y == 0)
        return (quality){.acceptance = (double)NAN, .score = 0.0};
    weigh_particles(e, ln_x);
    qsort(ln_x, n, sizeof *ln_x, mutau_rising);
    qsort(e->ln_y, n_y, sizeof *e->ln_y, mutau_rising);
    const double acceptance = accepted_share(n, ln_x, n_y, e->ln_y);
    e->ln_mean_y = mutau_log_sum(n_y, e->ln_y) - log((double)n_y);
    const double worst = ln_x[n - 1] - e->ln_mean_y;
    return (quality){.acceptance = acceptance,
                     .score = acceptance * exp(fmin(LN_LONG - worst, 0.0)),
                     .covers = worst <= LN_LONG};
}

/* Particles where the mixture in hand is too thin get copies: one alone, all that is known of a
 * small mode perhaps, makes no component.  How many particles are where is no longer right, until
 * the proposals of a mixture that has the component have led to it. */
static mutau_status copy_uncovered(mutau_explorer *e, mutau_error *err)
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

/* ---- rounds ---- */

/* Some steps with the mixture in hand: how good it is, and the particles' way. */
static mutau_status do_round(mutau_explorer *e, quality *found, mutau_error *err)
{
    mutau_pilot *p = e->pilot;
    const mutau_ensemble_view now = mutau_ensemble_state(p->ensemble, 0);
    e->n_y = 0;
    MUTAU_CHECK(
        mutau_stages_add(&e->stages, 1.0, p->ln_z[p->n_knot - 1], MUTAU_REFINE_STEPS * p->n, err));
    for (int i = 0; i < MUTAU_REFINE_STEPS; i++) {
        MUTAU_CHECK(mutau_pilot_step(p, err));
        mutau_stages_keep(&e->stages, p->n, &now);
        keep_proposals(e);
    }
    if (e->provisional)
        mutau_stages_drop(&e->stages, e->stages.n - 2);
    e->provisional = false;
    *found = measure(e);
    return MUTAU_OK;
}

/* The best mixture so far. */
typedef struct champion {
    mutau_mixture *mixture; /* owned */
    quality of;
} champion;

/* Has the mixture in hand, which stays in hand, be the best if it is; whether it is by far. */
static bool challenge(mutau_explorer *e, champion *best, const quality *found)
{
    const bool better = found->score > BETTER * best->of.score;
    if (best->mixture == NULL || found->score > best->of.score) {
        mutau_mixture_free(best->mixture);
        *best = (champion){.mixture = e->mixture, .of = *found};
        e->mixture = NULL;
    }
    return better;
}

/* Round after round, until another would not help. */
static mutau_status do_rounds(mutau_explorer *e, champion *best, mutau_error *err)
{
    quality found;
    for (int i = 1;; i++) {
        MUTAU_CHECK(do_round(e, &found, err));
        const bool better = challenge(e, best, &found);
        const bool good = best->of.covers && (!better || best->of.acceptance >= GOOD);
        if ((good && i >= LEAST_ROUND) || i == N_ROUND)
            return MUTAU_OK;
        if (!found.covers)
            MUTAU_CHECK(copy_uncovered(e, err));
        MUTAU_CHECK(mutau_explorer_fit(e, 1.0, err));
    }
}

mutau_status mutau_explorer_refine(mutau_explorer *e, double *acceptance, mutau_error *err)
{
    champion best = {0};
    mutau_ensemble_heat(e->pilot->ensemble, 1.0);
    const mutau_status status = do_rounds(e, &best, err);
    if (best.mixture != NULL)
        mutau_explorer_take(e, best.mixture);
    *acceptance = isnan(best.of.acceptance) ? 0.0 : best.of.acceptance;
    return status;
}
