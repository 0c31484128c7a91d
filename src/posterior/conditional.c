/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior with parameters held; documented in posterior/conditional.h. */
#include "posterior/conditional.h"

#include <math.h>
#include <string.h>

static void add_free(mutau_conditional *c, size_t id)
{
    const mutau_parameter *p = &c->settings->parameters[id];
    c->min[c->dim] = p->min;
    c->max[c->dim] = p->max;
    mutau_parameter_support(p, &c->lo[c->dim], &c->hi[c->dim]);
    c->names[c->dim] = p->stored_name;
    c->free_id[c->dim] = id;
    c->dim++;
}

static bool is_free(const mutau_run_settings *s, const bool held[], size_t i)
{
    return !held[i] && s->parameters[i].prior != MUTAU_PRIOR_FIXED;
}

void mutau_conditional_init(mutau_conditional *out, const mutau_posterior *posterior,
                            const bool held[], const double natural[])
{
    const mutau_run_settings *s = mutau_posterior_settings(posterior);
    *out = (mutau_conditional){.posterior = posterior, .settings = s};
    for (size_t id = 0; id < s->set.n; id++) {
        out->natural[id] = held[id] ? natural[id] : s->parameters[id].value;
        if (is_free(s, held, id))
            add_free(out, id);
    }
}

void mutau_conditional_hold_idle(const mutau_run_settings *settings, bool held[], double natural[])
{
    const mutau_run_settings *s = settings;
    const size_t at = s->places.coupling;
    double middle[MUTAU_MAX_PARAMETERS];
    size_t n_other = 0;
    if (is_free(s, held, at) || (held[at] ? natural[at] : s->parameters[at].value) > 0.0)
        return;
    mutau_run_settings_middle(s, middle);
    for (size_t i = 0; i < s->set.n; i++)
        n_other += is_free(s, held, i) && !mutau_model_is_of_boson(&s->places, i);
    for (size_t i = 0; i < s->set.n && n_other > 0; i++) {
        if (!is_free(s, held, i) || !mutau_model_is_of_boson(&s->places, i))
            continue;
        held[i] = true;
        natural[i] = middle[i];
    }
}

void mutau_conditional_natural(const mutau_conditional *c, const double theta[], double natural[])
{
    memcpy(natural, c->natural, c->settings->set.n * sizeof *natural);
    for (size_t i = 0; i < c->dim; i++) {
        const size_t id = c->free_id[i];
        const double value = mutau_parameter_natural(&c->settings->parameters[id], theta[i]);
        natural[id] = fmin(fmax(value, c->min[i]), c->max[i]); /* an edge stays one */
    }
}

static mutau_status
target_eval(const void *self, void *ws, const double theta[], double *ln_prior, double *ln_like,
            double blob[]) /* NOLINT(readability-non-const-parameter): target.h's */
{
    const mutau_conditional *c = self;
    double natural[MUTAU_MAX_PARAMETERS], sum = 0.0;
    mutau_posterior_point point;
    (void)blob;
    *ln_like = -INFINITY;
    for (size_t i = 0; i < c->dim; i++)
        sum += mutau_parameter_ln_prior(&c->settings->parameters[c->free_id[i]], theta[i]);
    *ln_prior = sum;
    if (!(sum > -(double)INFINITY))
        return MUTAU_OK;
    mutau_conditional_natural(c, theta, natural);
    if (!mutau_run_settings_is_in_simplex(c->settings, natural)) {
        *ln_prior = -(double)INFINITY;
        return MUTAU_OK;
    }
    MUTAU_CHECK(mutau_posterior_eval(c->posterior, ws, natural, &point, NULL));
    *ln_like = point.ln_likelihood;
    return MUTAU_OK;
}

static void target_draw(const void *self, mutau_rng *rng, double theta[])
{
    const mutau_conditional *c = self;
    for (size_t i = 0; i < c->dim; i++)
        theta[i] = mutau_parameter_draw(&c->settings->parameters[c->free_id[i]], rng);
}

static mutau_status target_ws_alloc(const void *self, void **ws)
{
    const mutau_conditional *c = self;
    mutau_posterior_workspace *typed = NULL;
    const mutau_status status = mutau_posterior_workspace_alloc(c->posterior, &typed);
    *ws = typed;
    return status;
}

static void target_ws_free(void *ws)
{
    mutau_posterior_workspace_free(ws);
}

mutau_target mutau_conditional_target(const mutau_conditional *c)
{
    return (mutau_target){
        .dim = c->dim,
        .eval = target_eval,
        .draw = target_draw,
        .ws_alloc = target_ws_alloc,
        .ws_free = target_ws_free,
        .self = c,
        .names = c->names,
    };
}
