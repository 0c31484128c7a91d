/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of one sampled coordinate; documented in natural_internal.h. */
#include "natural_internal.h"

#include <math.h>
#include <string.h>

static bool is_free(const mutau_parameter *p)
{
    return p->prior != MUTAU_PRIOR_FIXED;
}

/* Delta a_mu is g'^2 K(m): of one free parameter if the other is fixed. */
static mutau_status init_delta_a_mu(const mutau_run_settings *settings, mutau_natural *out,
                                    mutau_error *err)
{
    const mutau_parameter *m = &settings->parameters[settings->places.mass];
    const mutau_parameter *g = &settings->parameters[settings->places.coupling];
    if (is_free(m) == is_free(g))
        return MUTAU_OK;
    MUTAU_CHECK(mutau_g2_alloc(&out->g2, err));
    out->parameter = is_free(m) ? m : g;
    out->of_mass = is_free(m);
    out->fixed = is_free(m) ? g->value : m->value;
    return MUTAU_OK;
}

mutau_status mutau_natural_init(const mutau_run_settings *settings, const char *name,
                                mutau_natural *out, mutau_error *err)
{
    *out = (mutau_natural){0};
    if (settings->builtin != NULL)
        return MUTAU_OK;
    if (strcmp(name, "delta_a_mu") == 0)
        return init_delta_a_mu(settings, out, err);
    const size_t id = mutau_parameter_set_find(&settings->set, name);
    if (id < settings->set.n && settings->parameters[id].prior == MUTAU_PRIOR_LOG_UNIFORM)
        out->parameter = &settings->parameters[id];
    return MUTAU_OK;
}

void mutau_natural_release(mutau_natural *natural)
{
    mutau_g2_free(natural->g2);
    *natural = (mutau_natural){0};
}

/* 10^log10(20) may come out a rounding error above the edge. */
double mutau_natural_value(const mutau_natural *natural, double x)
{
    const mutau_parameter *p = natural->parameter;
    const double value = fmin(fmax(mutau_parameter_natural(p, x), p->min), p->max);
    if (natural->g2 == NULL)
        return value;
    if (natural->of_mass)
        return mutau_g2_delta_a_mu(natural->g2, value, natural->fixed);
    return mutau_g2_delta_a_mu(natural->g2, natural->fixed, value);
}

bool mutau_natural_falls(const mutau_natural *natural)
{
    return natural->g2 != NULL && natural->of_mass;
}

mutau_region mutau_natural_region(const mutau_natural *natural, const mutau_region *stored)
{
    mutau_region shown = *stored;
    const bool falls = mutau_natural_falls(natural);
    for (size_t i = 0; i < stored->n; i++) {
        const size_t to = falls ? stored->n - 1 - i : i;
        shown.lo[to] = mutau_natural_value(natural, falls ? stored->hi[i] : stored->lo[i]);
        shown.hi[to] = mutau_natural_value(natural, falls ? stored->lo[i] : stored->hi[i]);
    }
    if (falls) {
        shown.at_lo = stored->at_hi;
        shown.at_hi = stored->at_lo;
        shown.edge_lo = stored->edge_hi;
        shown.edge_hi = stored->edge_lo;
    }
    return shown;
}
