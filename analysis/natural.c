/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of one sampled coordinate; documented in natural_internal.h. */
#include "natural_internal.h"

#include <math.h>
#include <string.h>

static bool is_free(const mutau_parameter *p)
{
    return p->prior != MUTAU_PRIOR_FIXED;
}

/* The derived quantity at a value of the parameter. */
static double value_at(const mutau_natural *natural, double value)
{
    double point[MUTAU_MAX_PARAMETERS];
    memcpy(point, natural->point, sizeof point);
    point[natural->i_parameter] = value;
    return natural->derived->value(natural->state, point);
}

/* A derived quantity is a function of one coordinate if it depends on one free parameter. */
static mutau_status init_derived(const mutau_run_settings *settings, const mutau_derived *derived,
                                 mutau_natural *out, mutau_error *err)
{
    const size_t first = mutau_parameter_set_first(&settings->set, derived->of);
    size_t n_free = 0;
    for (size_t i = first; i < settings->set.n && i < first + derived->n_of; i++) {
        if (!is_free(&settings->parameters[i]))
            continue;
        out->i_parameter = i;
        n_free++;
    }
    if (n_free != 1)
        return MUTAU_OK;
    MUTAU_CHECK(derived->alloc(&settings->set, &settings->model, &out->state, err));
    out->parameter = &settings->parameters[out->i_parameter];
    out->derived = derived;
    for (size_t i = 0; i < settings->set.n; i++)
        out->point[i] = settings->parameters[i].value;
    out->falls = value_at(out, out->parameter->max) < value_at(out, out->parameter->min);
    return MUTAU_OK;
}

mutau_status mutau_natural_init(const mutau_run_settings *settings, const char *name,
                                mutau_natural *out, mutau_error *err)
{
    *out = (mutau_natural){0};
    if (mutau_run_settings_has_target(settings))
        return MUTAU_OK;
    const mutau_derived *derived = mutau_derived_find(name);
    if (derived != NULL)
        return init_derived(settings, derived, out, err);
    const size_t i = mutau_parameter_set_find(&settings->set, name);
    if (i < settings->set.n && settings->parameters[i].prior == MUTAU_PRIOR_LOG_UNIFORM)
        out->parameter = &settings->parameters[i];
    return MUTAU_OK;
}

void mutau_natural_release(mutau_natural *natural)
{
    if (natural->state != NULL)
        natural->derived->free(natural->state);
    *natural = (mutau_natural){0};
}

/* 10^log10(20) may come out a rounding error above the edge. */
double mutau_natural_value(const mutau_natural *natural, double x)
{
    const mutau_parameter *p = natural->parameter;
    const double value = fmin(fmax(mutau_parameter_natural(p, x), p->min), p->max);
    return natural->derived == NULL ? value : value_at(natural, value);
}

mutau_region mutau_natural_region(const mutau_natural *natural, const mutau_region *stored)
{
    mutau_region shown = *stored;
    const bool falls = natural->falls;
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
