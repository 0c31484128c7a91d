/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run samples; documented in posterior/density.h. */
#include "posterior/density.h"

#include <stdlib.h>

#include "base/mem.h"

#include "posterior/conditional.h"

static const char *const BUILTIN_LABELS[MUTAU_MAX_DIM] = {
    "x_{1}", "x_{2}",  "x_{3}",  "x_{4}",  "x_{5}",  "x_{6}",  "x_{7}",  "x_{8}",
    "x_{9}", "x_{10}", "x_{11}", "x_{12}", "x_{13}", "x_{14}", "x_{15}", "x_{16}"};

static void describe_builtin(const mutau_builtin_target *builtin, mutau_density *d)
{
    double lo, hi;
    d->target = mutau_builtin_target_density(builtin);
    mutau_builtin_target_support(builtin, &lo, &hi);
    for (size_t i = 0; i < d->target.dim; i++) {
        d->names[i] = d->target.names[i];
        d->units[i] = "";
        d->labels[i] = BUILTIN_LABELS[i];
        d->lo[i] = lo;
        d->hi[i] = hi;
    }
}

static void describe_posterior(const mutau_run_settings *s, mutau_density *d)
{
    const bool nothing_held[MUTAU_MAX_PARAMETERS] = {false};
    mutau_conditional whole;
    mutau_conditional_init(&whole, d->posterior, nothing_held, NULL);
    d->target = mutau_posterior_target(d->posterior);
    d->blob_names = mutau_posterior_blob_names(d->posterior);
    for (size_t i = 0; i < d->target.dim; i++) {
        const mutau_parameter *p = &s->parameters[whole.free_id[i]];
        d->names[i] = p->stored_name;
        d->units[i] = p->stored_unit;
        d->labels[i] = p->stored_latex;
        d->lo[i] = whole.lo[i];
        d->hi[i] = whole.hi[i];
    }
}

mutau_status mutau_density_open(const mutau_run_settings *settings, mutau_density *out,
                                mutau_error *err)
{
    *out = (mutau_density){0};
    if (settings->builtin != NULL) {
        describe_builtin(settings->builtin, out);
        return MUTAU_OK;
    }
    if (settings->own != NULL)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s: target.own, '%s', is a density that another program brought "
                               "along: only that can evaluate it",
                               settings->path, settings->own->name);
    if (mutau_run_settings_free_count(settings) == 0)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s: all parameters are fixed, there is nothing to sample; "
                               "'mutau eval' gives the posterior at a point",
                               settings->path);
    MUTAU_CHECK(mutau_posterior_alloc(settings, &out->posterior, err));
    describe_posterior(settings, out);
    return MUTAU_OK;
}

mutau_status mutau_density_add_screen(const mutau_run_settings *settings, mutau_density *density,
                                      mutau_error *err)
{
    if (settings->sampler.screen == MUTAU_SCREEN_OFF)
        return MUTAU_OK;
    density->of_coarse = mutau_calloc(1, sizeof *density->of_coarse);
    if (density->of_coarse == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a screen");
    *density->of_coarse = *settings;
    density->of_coarse->model.solver = mutau_solver_index(mutau_solver_line.name);
    density->of_coarse->model.targets = MUTAU_TARGETS_COLD;
    if (settings->sampler.screen == MUTAU_SCREEN_COARSE)
        density->of_coarse->model.cells = MUTAU_SCREEN_CELLS;
    MUTAU_CHECK(mutau_posterior_alloc(density->of_coarse, &density->coarse, err));
    density->screen = mutau_posterior_target(density->coarse);
    return MUTAU_OK;
}

void mutau_density_close(mutau_density *density)
{
    mutau_posterior_free(density->coarse);
    free(density->of_coarse);
    mutau_posterior_free(density->posterior);
    *density = (mutau_density){0};
}
