/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What two stored configurations differ in; documented in compare_internal.h. */
#include <string.h>

#include "compare_internal.h"
#include "store/config.h"
#include "stored_run_internal.h"

static bool is_listed(const char *key, const char *const list[])
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (strcmp(key, list[i]) == 0)
            return true;
    return false;
}

/* Removes the keys of a mapping that are in the list, or (`wanted`) that are not. */
static void filter(mutau_node *mapping, const char *const list[], bool wanted)
{
    for (size_t i = mutau_node_count(mapping); i > 0; i--) {
        const char *key = mutau_node_key(mapping, i - 1);
        if (is_listed(key, list) != wanted)
            mutau_node_remove(mapping, key);
    }
}

/* Files that name no spectrum have the default. */
static mutau_status finish_part(const mutau_stored_part *part, mutau_node *root, mutau_error *err)
{
    MUTAU_CHECK(mutau_run_settings_level(root, err));
    mutau_node *model = mutau_node_child(root, "model");
    const bool has_model = model != NULL && mutau_node_what(model) == MUTAU_NODE_MAPPING;
    mutau_node *source = has_model ? mutau_node_child(model, "source") : NULL;
    if (part->any_spectrum && source != NULL && mutau_node_what(source) == MUTAU_NODE_MAPPING)
        mutau_node_remove(source, "spectrum");
    return MUTAU_OK;
}

static mutau_status read_part(const mutau_chain *chain, const mutau_stored_part *part,
                              mutau_config **out, mutau_error *err)
{
    MUTAU_CHECK(mutau_stored_parse(chain, out, err));
    mutau_node *root = mutau_config_root(*out);
    filter(root, part->keep, true);
    mutau_node *section = part->section != NULL ? mutau_node_child(root, part->section) : NULL;
    if (section != NULL && mutau_node_what(section) == MUTAU_NODE_MAPPING)
        filter(section, part->keys, part->only);
    return finish_part(part, root, err);
}

mutau_status mutau_stored_difference(const mutau_chain *a, const mutau_chain *b,
                                     const mutau_stored_part *part, mutau_reason *reason,
                                     mutau_error *err)
{
    mutau_config *config_a = NULL, *config_b = NULL;
    mutau_config_difference d;
    reason->text[0] = '\0';
    mutau_status status = read_part(a, part, &config_a, err);
    if (status == MUTAU_OK)
        status = read_part(b, part, &config_b, err);
    if (status == MUTAU_OK &&
        mutau_node_difference(mutau_config_root(config_a), mutau_config_root(config_b), &d))
        mutau_config_difference_say(&d, "the first", "the second", sizeof reason->text,
                                    reason->text);
    mutau_config_free(config_a);
    mutau_config_free(config_b);
    return status;
}
