/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's `target`; documented in posterior/run_settings.h. */
#include <stdio.h>

#include "run_settings_internal.h"

enum { MAX_TYPES = 16 };

/* The sections that make up the posterior. */
static const char *const posterior_keys[] = {"model",      "parameters", "data", "allow_overlap",
                                             "likelihood", "terms",      NULL};

static mutau_status check_alone(mutau_node *root, mutau_run_settings *s, mutau_error *err)
{
    MUTAU_CHECK(
        mutau_run_settings_yield(root, posterior_keys, mutau_node_child(root, "target"), s, err));
    for (size_t i = 0; posterior_keys[i] != NULL; i++) {
        const mutau_node *node = mutau_node_child(root, posterior_keys[i]);
        if (node != NULL)
            return mutau_node_error(node, err,
                                    "has no meaning with 'target', which is sampled in place of "
                                    "the posterior: leave one of them out");
    }
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_target(mutau_node *root, mutau_run_settings *s,
                                            mutau_error *err)
{
    union {
        double align;
        unsigned char bytes[MUTAU_BUILTIN_TARGET_SETTINGS_SIZE];
    } settings = {0};
    const char *names[MAX_TYPES + 1] = {NULL};
    mutau_error reason = {0};
    int which = 0;
    for (size_t i = 0; i < MAX_TYPES && mutau_builtin_target_types[i] != NULL; i++)
        names[i] = mutau_builtin_target_types[i]->name;
    MUTAU_CHECK(check_alone(root, s, err));
    mutau_node *node = mutau_node_child(root, "target");
    if (mutau_node_count(node) == 1 && mutau_node_child(node, "own") != NULL)
        return mutau_run_settings_read_own(mutau_node_child(node, "own"), s, err);
    if (mutau_node_what(node) == MUTAU_NODE_SCALAR) {
        char text[MUTAU_OPTION_TEXT_SIZE];
        MUTAU_CHECK(mutau_node_choice(node, names, &which, err));
        (void)snprintf(text, sizeof text, "{%s: {}}", names[which]);
        MUTAU_CHECK(mutau_node_assign(root, "target", text, err));
        node = mutau_node_child(root, "target");
    }
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, names, NULL, err));
    for (size_t i = 0; i < mutau_node_count(node); i++)
        MUTAU_CHECK(mutau_run_settings_yield(node, names, mutau_node_at(node, i), s, err));
    if (mutau_node_count(node) != 1)
        return mutau_node_error(node, err, "expected one target, like {gaussian: {dim: 2}}");
    const mutau_builtin_target_type *type = mutau_builtin_target_find(mutau_node_key(node, 0));
    mutau_node *options = mutau_node_at(node, 0);
    MUTAU_CHECK(
        mutau_config_read(options, type->options, type->n_option, NULL, settings.bytes, err));
    const mutau_status status =
        mutau_builtin_target_alloc(type, settings.bytes, &s->builtin, &reason);
    if (status == MUTAU_ECONFIG)
        return mutau_node_error(options, err, "%s", reason.text);
    if (status != MUTAU_OK)
        return mutau_error_set(err, status, "%s", reason.text);
    if (mutau_builtin_target_density(s->builtin).dim > MUTAU_MAX_DIM)
        return mutau_node_error(options, err, "a run has at most %d dimensions", MUTAU_MAX_DIM);
    return MUTAU_OK;
}
