/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration stored in chain files; documented in stored_run_internal.h. */
#include "stored_run_internal.h"

#include <stdlib.h>
#include <string.h>

#include "mutau/config.h"

static const char CONFIG_NAME[] = "stored configuration";

/* The stored run file; a fault in it is one of the chain file. */
static mutau_status parse_stored(const mutau_chain *chain, mutau_config **out, mutau_error *err)
{
    const char *config = mutau_chain_describe(chain).config;
    const mutau_status status =
        mutau_config_parse_text(CONFIG_NAME, config, strlen(config), 0, NULL, out, err);
    return status == MUTAU_ECONFIG ? MUTAU_EDATA : status;
}

mutau_status mutau_stored_settings(const mutau_chain *chain, mutau_run_settings **out,
                                   mutau_error *err)
{
    char *text = NULL;
    mutau_config *parsed = NULL;
    MUTAU_CHECK(parse_stored(chain, &parsed, err));
    mutau_node *root = mutau_config_root(parsed);
    mutau_node_remove(root, "data");
    mutau_node_remove(root, "terms");
    mutau_status status = MUTAU_OK;
    if (mutau_node_child(root, "target") == NULL)
        status = mutau_node_assign(root, "likelihood", "{kind: none}", err);
    if (status == MUTAU_OK)
        status = mutau_config_emit(parsed, &text, err);
    mutau_config_free(parsed);
    if (status == MUTAU_OK)
        status = mutau_run_settings_parse(CONFIG_NAME, text, ".", out, err);
    free(text);
    return status == MUTAU_ECONFIG ? MUTAU_EDATA : status;
}

/* The stored configuration without what may differ between files of one run; freed
 * by the caller. */
static mutau_status identity(const mutau_chain *chain, mutau_config **out, mutau_error *err)
{
    MUTAU_CHECK(parse_stored(chain, out, err));
    mutau_node *root = mutau_config_root(*out);
    mutau_node_remove(root, "sampler");
    mutau_node_remove(root, "output");
    mutau_node_remove(root, "description");
    return MUTAU_OK;
}

static mutau_status check_same_run(mutau_chain *const chains[], size_t i, mutau_config *first,
                                   mutau_error *err)
{
    mutau_config *own = NULL;
    mutau_config_difference d;
    MUTAU_CHECK(identity(chains[i], &own, err));
    const bool differ = mutau_node_difference(mutau_config_root(own), mutau_config_root(first), &d);
    mutau_config_free(own);
    if (differ)
        return mutau_error_set(err, MUTAU_EDATA,
                               "%s is of another run than %s: %s is %s in the former, %s in the "
                               "latter; 'mutau compare' sets different runs side by side",
                               mutau_chain_path(chains[i]), mutau_chain_path(chains[0]), d.path,
                               d.a, d.b);
    for (size_t k = 0; k < i; k++)
        if (mutau_chain_describe(chains[k]).seed == mutau_chain_describe(chains[i]).seed)
            return mutau_error_set(err, MUTAU_EDATA,
                                   "%s and %s have the same seed: their draws are not independent",
                                   mutau_chain_path(chains[k]), mutau_chain_path(chains[i]));
    return MUTAU_OK;
}

mutau_status mutau_stored_check_same(size_t n_chain, mutau_chain *const chains[], mutau_error *err)
{
    mutau_config *first = NULL;
    mutau_status status = identity(chains[0], &first, err);
    for (size_t i = 1; i < n_chain && status == MUTAU_OK; i++)
        status = check_same_run(chains, i, first, err);
    mutau_config_free(first);
    return status;
}

const mutau_parameter *mutau_stored_parameter(const mutau_run_settings *settings, const char *name)
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++) {
        const mutau_parameter *p = &settings->parameters[id];
        if (p->prior != MUTAU_PRIOR_FIXED && strcmp(mutau_parameter_stored_name(p), name) == 0)
            return p;
    }
    return NULL;
}
