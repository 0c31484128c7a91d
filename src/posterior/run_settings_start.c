/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's `sampler.start`; documented in posterior/run_settings.h. */
#include "run_settings_internal.h"

static const char *const start_names[] = {"prior", "bestfit", NULL};
static const char *const bestfit_key[] = {"bestfit", NULL};

const mutau_option mutau_bestfit_options[] = {
    {.key = "spread",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_start_settings, spread),
     .min = 1e-6,
     .max = 100.0,
     .def = 0.5,
     .doc = "of the walkers around the maxima, in standard deviations of the prior"},
    {.key = "starts",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_start_settings, n_search),
     .min = 1,
     .max = 1e5,
     .def = 64,
     .doc = "draws of the prior that the search for the maxima starts from"},
};
const size_t mutau_bestfit_option_count =
    sizeof mutau_bestfit_options / sizeof mutau_bestfit_options[0];

static mutau_status read_bestfit(mutau_node *node, mutau_start_settings *s, mutau_error *err)
{
    return mutau_config_read(node, mutau_bestfit_options, mutau_bestfit_option_count, NULL, s, err);
}

mutau_status mutau_run_settings_read_start(mutau_node *sampler, mutau_start_settings *s,
                                           mutau_error *err)
{
    if (mutau_node_child(sampler, "start") == NULL)
        MUTAU_CHECK(mutau_node_assign(sampler, "start", "prior", err));
    mutau_node *node = mutau_node_child(sampler, "start");
    int kind = MUTAU_START_BESTFIT;
    if (mutau_node_what(node) == MUTAU_NODE_SCALAR)
        MUTAU_CHECK(mutau_node_choice(node, start_names, &kind, err));
    s->kind = (mutau_start_kind)kind;
    if (s->kind == MUTAU_START_PRIOR)
        return MUTAU_OK;
    if (mutau_node_what(node) == MUTAU_NODE_SCALAR) {
        MUTAU_CHECK(mutau_node_assign(sampler, "start", "{bestfit: {}}", err));
        node = mutau_node_child(sampler, "start");
    }
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, bestfit_key, NULL, err));
    if (mutau_node_child(node, "bestfit") == NULL)
        return mutau_node_error(node, err, "expected prior, bestfit or {bestfit: {spread: 0.5}}");
    return read_bestfit(mutau_node_child(node, "bestfit"), s, err);
}
