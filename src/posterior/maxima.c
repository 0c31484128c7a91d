/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The maxima of a run; documented in posterior/maxima.h. */
#include "posterior/maxima.h"

#include <math.h>
#include <string.h>

static bool has_flat_priors(const mutau_conditional *c)
{
    for (size_t i = 0; i < c->dim; i++) {
        const mutau_prior_kind kind = c->settings->parameters[c->free_id[i]].prior;
        if (kind != MUTAU_PRIOR_UNIFORM && kind != MUTAU_PRIOR_LOG_UNIFORM)
            return false;
    }
    return true;
}

static mutau_status search_goal(mutau_maxima *m, mutau_search_goal goal,
                                const mutau_maxima_settings *settings, mutau_error *err)
{
    const mutau_target target = mutau_conditional_target(&m->free_ones);
    const mutau_search_settings how = {.goal = goal,
                                       .n_start = settings->n_start,
                                       .n_thread = settings->n_thread,
                                       .stop = settings->stop};
    mutau_rng *rng = mutau_rng_alloc(settings->seed);
    if (rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the random number generator");
    const mutau_status status =
        mutau_search(&target, m->free_ones.lo, m->free_ones.hi, &how, rng, &m->own[goal], err);
    mutau_rng_free(rng);
    m->of[goal] = &m->own[goal];
    m->evaluations += m->own[goal].evaluations;
    return status;
}

mutau_status mutau_maxima_search(const mutau_posterior *posterior, const bool held[],
                                 const double natural[], const mutau_maxima_settings *settings,
                                 mutau_maxima *out, mutau_error *err)
{
    const mutau_run_settings *run = mutau_posterior_settings(posterior);
    bool also_held[MUTAU_MAX_PARAMETERS] = {false};
    double values[MUTAU_MAX_PARAMETERS] = {0.0};
    *out = (mutau_maxima){0};
    memcpy(also_held, held, run->set.n * sizeof *held);
    memcpy(values, natural, run->set.n * sizeof *natural);
    mutau_conditional_hold_idle(run, also_held, values);
    mutau_conditional_init(&out->free_ones, posterior, also_held, values);
    if (out->free_ones.dim == 0)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "all parameters are fixed, there is nothing to fit; 'mutau eval' "
                               "gives the posterior at a point");
    out->flat = has_flat_priors(&out->free_ones);
    MUTAU_CHECK(search_goal(out, MUTAU_SEARCH_LIKELIHOOD, settings, err));
    out->of[MUTAU_SEARCH_POSTERIOR] = out->of[MUTAU_SEARCH_LIKELIHOOD];
    return out->flat ? MUTAU_OK : search_goal(out, MUTAU_SEARCH_POSTERIOR, settings, err);
}

void mutau_maxima_release(mutau_maxima *maxima)
{
    for (int goal = 0; goal < MUTAU_SEARCH_GOALS; goal++)
        mutau_optima_free(&maxima->own[goal]);
    *maxima = (mutau_maxima){0};
}

int mutau_maxima_edge(const mutau_maxima *maxima, size_t i, double x)
{
    const double lo = maxima->free_ones.lo[i], hi = maxima->free_ones.hi[i];
    const double near = isfinite(hi - lo) ? 1e-6 * (hi - lo) : 1e-6;
    if (x - lo < near)
        return -1;
    return hi - x < near ? 1 : 0;
}
