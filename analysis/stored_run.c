/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration stored in chain files; documented in stored_run_internal.h. */
#include "stored_run_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/config.h"
#include "base/mem.h"
#include "base/path.h"
#include "physics/spectrum.h"

static const char CONFIG_NAME[] = "stored configuration";

mutau_status mutau_stored_parse(const mutau_chain *chain, mutau_config **out, mutau_error *err)
{
    const char *config = mutau_chain_describe(chain).config;
    const mutau_status status =
        mutau_config_parse_text(CONFIG_NAME, config, strlen(config), 0, NULL, out, err);
    return status == MUTAU_ECONFIG ? MUTAU_EDATA : status;
}

/* Neither is a table of the source's looked at: what stands in its place is of no consequence
 * without the data. */
static mutau_status drop_tables(mutau_node *root, mutau_error *err)
{
    const char *by_table = mutau_spectrum_by_table.name;
    mutau_node *model = mutau_node_child(root, "model");
    mutau_node *source = model != NULL ? mutau_node_child(model, "source") : NULL;
    const mutau_node *evolution = source != NULL ? mutau_node_child(source, "evolution") : NULL;
    if (evolution != NULL && mutau_node_child(evolution, "table") != NULL)
        mutau_node_remove(source, "evolution");
    const mutau_node *spectrum = source != NULL ? mutau_node_child(source, "spectrum") : NULL;
    if (spectrum == NULL || mutau_node_child(spectrum, by_table) == NULL)
        return MUTAU_OK;
    return mutau_node_assign(source, "spectrum", by_table, err);
}

/* The settings without the data, and perhaps without the terms. */
static mutau_status settings_without_data(const mutau_chain *chain, const char *folder, bool terms,
                                          mutau_run_settings **out, mutau_error *err)
{
    char *text = NULL;
    mutau_config *parsed = NULL;
    MUTAU_CHECK(mutau_stored_parse(chain, &parsed, err));
    mutau_node *root = mutau_config_root(parsed);
    mutau_node_remove(root, "data");
    if (!terms)
        mutau_node_remove(root, "terms");
    mutau_status status = drop_tables(root, err);
    if (status == MUTAU_OK && mutau_node_child(root, "target") == NULL)
        status = mutau_node_assign(root, "likelihood", "{kind: none}", err);
    if (status == MUTAU_OK)
        status = mutau_config_emit(parsed, &text, err);
    mutau_config_free(parsed);
    if (status == MUTAU_OK)
        status = mutau_run_settings_parse_kept(
            CONFIG_NAME, text, folder, mutau_chain_describe(chain).inputs, 0, NULL, out, err);
    free(text);
    return status == MUTAU_ECONFIG ? MUTAU_EDATA : status;
}

mutau_status mutau_stored_settings(const mutau_chain *chain, mutau_run_settings **out,
                                   mutau_error *err)
{
    return settings_without_data(chain, ".", false, out, err);
}

mutau_status mutau_stored_settings_and_terms(const mutau_chain *chain, const char *folder,
                                             mutau_run_settings **out, mutau_error *err)
{
    return settings_without_data(chain, folder, true, out, err);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return path[0] == '/' && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *mutau_stored_folder(const mutau_chain *chain)
{
    const char *kept = mutau_chain_describe(chain).folder;
    return is_folder(kept) ? mutau_strdup(kept) : mutau_path_folder(mutau_chain_path(chain));
}

static mutau_status check_data(const mutau_chain *chain, const mutau_run_settings *settings,
                               mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(chain);
    char config_hash[MUTAU_HASH_SIZE], data_hash[MUTAU_HASH_SIZE], text[MUTAU_DIFFERENCE_SIZE];
    char *inputs = NULL;
    MUTAU_CHECK(mutau_run_settings_hash(settings, config_hash, data_hash, err));
    MUTAU_CHECK(mutau_inputs_write(&settings->inputs, &inputs, err));
    const mutau_chain_info now = {.data_hash = data_hash, .inputs = inputs};
    const mutau_status status =
        mutau_chain_inputs_difference(&info, &now, "the chain", "the files", text, err);
    free(inputs);
    MUTAU_CHECK(status);
    if (text[0] == '\0')
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EDATA,
                           "the data sets or the terms' inputs are not those that the chain was "
                           "sampled with: %s",
                           text);
}

mutau_status mutau_stored_settings_with(const mutau_chain *chain, size_t n_assignment,
                                        const char *const assignments[], mutau_run_settings **out,
                                        mutau_error *err)
{
    char *folder = mutau_stored_folder(chain);
    if (folder == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a folder's name");
    mutau_status status =
        mutau_run_settings_parse_kept(CONFIG_NAME, mutau_chain_describe(chain).config, folder, NULL,
                                      n_assignment, assignments, out, err);
    free(folder);
    MUTAU_CHECK(status);
    status = check_data(chain, *out, err);
    if (status != MUTAU_OK) {
        mutau_run_settings_free(*out);
        *out = NULL;
    }
    return status;
}

mutau_status mutau_stored_settings_with_data(const mutau_chain *chain, mutau_run_settings **out,
                                             mutau_error *err)
{
    return mutau_stored_settings_with(chain, 0, NULL, out, err);
}

mutau_status mutau_stored_term(const mutau_run_settings *s, const mutau_term_type *type,
                               const void **state, void **own, mutau_error *err)
{
    mutau_term_choice choice = {.type = type};
    *own = NULL;
    for (size_t i = 0; i < s->n_term; i++) {
        *state = s->terms[i].state;
        if (s->terms[i].type == type)
            return MUTAU_OK;
    }
    mutau_option_defaults(type->options, type->n_option, choice.settings.bytes);
    const mutau_status status =
        type->alloc(type, choice.settings.bytes, s->data_folder, &s->set, own, err);
    *state = *own;
    return status;
}

/* The stored configuration without what may differ between files of one run; freed
 * by the caller. */
static mutau_status identity(const mutau_chain *chain, mutau_config **out, mutau_error *err)
{
    MUTAU_CHECK(mutau_stored_parse(chain, out, err));
    mutau_node *root = mutau_config_root(*out);
    mutau_node_remove(root, "sampler");
    mutau_node_remove(root, "output");
    mutau_node_remove(root, "description");
    const mutau_status status = mutau_run_settings_level(root, err);
    if (status != MUTAU_OK) {
        mutau_config_free(*out);
        *out = NULL;
    }
    return status;
}

static mutau_status check_same_run(mutau_chain *const chains[], size_t i, mutau_config *first,
                                   mutau_error *err)
{
    mutau_config *own = NULL;
    mutau_config_difference d;
    MUTAU_CHECK(identity(chains[i], &own, err));
    const bool differ = mutau_node_difference(mutau_config_root(own), mutau_config_root(first), &d);
    mutau_config_free(own);
    if (differ) {
        char text[MUTAU_DIFFERENCE_SIZE];
        mutau_config_difference_say(&d, "the former", "the latter", sizeof text, text);
        return mutau_error_set(err, MUTAU_EDATA,
                               "%s is of another run than %s: %s; 'mutau compare' sets different "
                               "runs side by side",
                               mutau_chain_path(chains[i]), mutau_chain_path(chains[0]), text);
    }
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

mutau_status mutau_stored_has_flux(const mutau_chain *chain, bool *has, mutau_error *err)
{
    mutau_config *parsed = NULL;
    MUTAU_CHECK(mutau_stored_parse(chain, &parsed, err));
    mutau_node *root = mutau_config_root(parsed);
    const mutau_node *data = mutau_node_child(root, "data");
    mutau_node *likelihood = mutau_node_child(root, "likelihood");
    const bool mapping = likelihood != NULL && mutau_node_what(likelihood) == MUTAU_NODE_MAPPING;
    const mutau_node *kind = mapping ? mutau_node_child(likelihood, "kind") : likelihood;
    *has = data != NULL && mutau_node_count(data) > 0 &&
           !(kind != NULL && strcmp(mutau_node_text(kind), "none") == 0);
    mutau_config_free(parsed);
    return MUTAU_OK;
}

/* False if the target has no such coordinate. */
static bool own_support(const mutau_own_target *own, const char *name, double *lo, double *hi)
{
    size_t i = 0;
    while (i < own->dim && strcmp(own->coordinate[i], name) != 0)
        i++;
    if (i == own->dim)
        return false;
    *lo = own->lo[i];
    *hi = own->hi[i];
    return true;
}

const mutau_parameter *mutau_stored_parameter(const mutau_run_settings *settings, const char *name)
{
    for (size_t id = 0; id < settings->set.n; id++) {
        const mutau_parameter *p = &settings->parameters[id];
        if (p->prior != MUTAU_PRIOR_FIXED && strcmp(p->stored_name, name) == 0)
            return p;
    }
    return NULL;
}

mutau_status mutau_stored_support(const mutau_run_settings *settings, const char *name, double *lo,
                                  double *hi, mutau_error *err)
{
    const mutau_parameter *parameter = mutau_stored_parameter(settings, name);
    if (parameter != NULL)
        mutau_parameter_support(parameter, lo, hi);
    else if (settings->builtin != NULL)
        mutau_builtin_target_support(settings->builtin, lo, hi);
    else if (settings->own == NULL || !own_support(settings->own, name, lo, hi))
        return mutau_error_set(err, MUTAU_EDATA, "coordinate '%s' is not a free parameter", name);
    return MUTAU_OK;
}

/* Numbers that are out of [lo, hi]; a NaN is. */
static mutau_status check_range(const mutau_chain *chain, const char *what, size_t first, size_t n,
                                size_t n_column, const double x[], double lo, double hi,
                                mutau_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] >= lo && x[i] <= hi && isfinite(x[i])))
            return mutau_error_set(err, MUTAU_EDATA,
                                   "%s: row %zu, walker %zu: %s is %g, which no run stores (%g to "
                                   "%g is possible): the file is damaged",
                                   mutau_chain_path(chain), first + i / n_column, i % n_column,
                                   what, x[i], lo, hi);
    return MUTAU_OK;
}

static mutau_status check_chain(const mutau_run_settings *settings, mutau_chain *chain,
                                size_t first, size_t n_row, double x[], mutau_error *err)
{
    static const double largest = 1e100; /* of a density; a Gaussian likelihood 1e50 sd off */
    const mutau_chain_info info = mutau_chain_describe(chain);
    const size_t n_column = info.n_ensemble * info.n_walker;
    MUTAU_CHECK(mutau_chain_read_log_prob(chain, first, n_row, x, err));
    MUTAU_CHECK(check_range(chain, "ln posterior", first, n_row * n_column, n_column, x, -largest,
                            largest, err));
    for (size_t i = 0; i < info.dim; i++) {
        double lo = 0.0, hi = 0.0;
        MUTAU_CHECK(mutau_stored_support(settings, info.names[i], &lo, &hi, err));
        MUTAU_CHECK(mutau_chain_read_parameter(chain, i, first, n_row, x, err));
        MUTAU_CHECK(
            check_range(chain, info.names[i], first, n_row * n_column, n_column, x, lo, hi, err));
    }
    return MUTAU_OK;
}

mutau_status mutau_stored_check_draws(const mutau_run_settings *settings, size_t n_chain,
                                      mutau_chain *const chains[], const size_t burn_in[],
                                      mutau_error *err)
{
    mutau_status status = MUTAU_OK;
    for (size_t i = 0; i < n_chain && status == MUTAU_OK; i++) {
        const mutau_chain_info info = mutau_chain_describe(chains[i]);
        const size_t n_row = mutau_chain_rows(chains[i]);
        if (burn_in[i] >= n_row)
            continue;
        double *x = mutau_calloc(n_row - burn_in[i], info.n_ensemble * info.n_walker * sizeof *x);
        status = x != NULL
                     ? check_chain(settings, chains[i], burn_in[i], n_row - burn_in[i], x, err)
                     : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", n_row);
        free(x);
    }
    return status;
}
