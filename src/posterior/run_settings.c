/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file as a whole: its folders, its order, its digest; the sections are in
 * run_settings_*.c.  Documented in posterior/run_settings.h. */
#include "posterior/run_settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "mutau_build.h"
#include "run_settings_internal.h"

static const char *const top_keys[] = {"description", "target",        "model",      "parameters",
                                       "data",        "allow_overlap", "likelihood", "terms",
                                       "sampler",     "output",        NULL};
static const char *const top_others[] = {"description", "target", "model",   "parameters", "data",
                                         "likelihood",  "terms",  "sampler", "output",     NULL};
const mutau_option mutau_top_options[] = {
    {.key = "allow_overlap",
     .type = MUTAU_OPTION_BOOL,
     .offset = offsetof(mutau_run_settings, allow_overlap),
     .doc = "use data sets that share events together"},
};
const size_t mutau_top_option_count = sizeof mutau_top_options / sizeof mutau_top_options[0];

static mutau_status no_memory(const char *name, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory left to read it", name);
}

mutau_status mutau_run_settings_section(mutau_node *node, const char *key, mutau_node **section,
                                        mutau_error *err)
{
    if (mutau_node_child(node, key) == NULL)
        MUTAU_CHECK(mutau_node_assign(node, key, "{}", err));
    *section = mutau_node_child(node, key);
    return MUTAU_OK;
}

/* first[0 .. size) followed by the two texts, which may be empty. */
static mutau_status join(const char *first, size_t size, const char *second, const char *third,
                         char **out)
{
    const size_t total = size + strlen(second) + strlen(third) + 1;
    *out = mutau_calloc(total, 1);
    if (*out == NULL)
        return MUTAU_ENOMEM;
    (void)snprintf(*out, total, "%.*s%s%s", (int)size, first, second, third);
    return MUTAU_OK;
}

static mutau_status in_folder(const char *folder, const char *path, char **out)
{
    if (path[0] == '/' || strcmp(folder, ".") == 0)
        return join(path, strlen(path), "", "", out);
    const size_t n = strlen(folder);
    return join(folder, n, n > 0 && folder[n - 1] == '/' ? "" : "/", path, out);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* $MUTAU_DATA, or NULL if it is unset or empty. */
static const char *folder_of_environment(void)
{
    const char *folder = getenv("MUTAU_DATA");
    return folder != NULL && folder[0] != '\0' ? folder : NULL;
}

static const char *folder_as_built(void)
{
    return is_folder(MUTAU_SOURCE_DATA_DIR) ? MUTAU_SOURCE_DATA_DIR : MUTAU_INSTALL_DATA_DIR;
}

/* The folders in which the terms look for their inputs, one a line.  The last one has the
 * shipped inputs beside it: that of $MUTAU_DATA if it is a copy of them all, as it need not be. */
static mutau_status find_data_folder(const char *own, char **folders)
{
    const char *chosen = folder_of_environment();
    char *first = NULL, *inputs = NULL;
    bool is_whole = false;
    if (chosen != NULL) {
        MUTAU_CHECK(join(chosen, strlen(chosen), "/../priors", "", &inputs));
        is_whole = is_folder(inputs);
        free(inputs);
    }
    MUTAU_CHECK(join(own, strlen(own), "\n", chosen != NULL && !is_whole ? chosen : "", &first));
    const char *last = is_whole ? chosen : folder_as_built();
    const size_t n = strlen(first);
    const mutau_status status = join(first, n, first[n - 1] == '\n' ? "" : "\n", last, folders);
    free(first);
    return status;
}

/* The text of the key, or `fallback`; text that says nothing is refused. */
static mutau_status read_text(const mutau_node *root, const char *key, const char *fallback,
                              char **out, mutau_error *err)
{
    const mutau_node *node = mutau_node_child(root, key);
    const char *text = node != NULL ? mutau_node_text(node) : fallback;
    if (node != NULL && (mutau_node_what(node) != MUTAU_NODE_SCALAR || mutau_node_is_null(node)))
        return mutau_node_error(node, err, "expected a text");
    *out = mutau_strdup(text);
    return *out != NULL ? MUTAU_OK : no_memory("the run file", err);
}

/* The run file's name with .h5 in place of .yaml or .yml. */
static mutau_status default_output(const char *path, char **out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const bool is_yaml =
        dot != NULL && dot != name && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
    return join(name, is_yaml ? (size_t)(dot - name) : strlen(name), ".h5", "", out);
}

/* YAML can say no other names. */
static bool is_text(const char *name)
{
    size_t n = 1;
    for (; *name != '\0' && n > 0; name += n)
        n = mutau_utf8_length(name, 4);
    return n > 0;
}

static mutau_status read_output(mutau_node *root, mutau_run_settings *s, mutau_error *err)
{
    char *fallback = NULL, *output = NULL;
    if (default_output(s->path, &fallback) != MUTAU_OK)
        return no_memory(s->path, err);
    mutau_status status = read_text(root, "output", fallback, &output, err);
    if (status == MUTAU_OK && output[0] == '\0')
        status = mutau_node_error(mutau_node_child(root, "output"), err, "expected a file's name");
    if (status == MUTAU_OK && mutau_node_child(root, "output") == NULL && is_text(fallback))
        status = mutau_node_assign_text(root, "output", fallback, err);
    if (status == MUTAU_OK && in_folder(s->folder, output, &s->output) != MUTAU_OK)
        status = no_memory(s->path, err);
    free(fallback);
    free(output);
    return status;
}

size_t mutau_run_settings_folders(const char *own, const char *folders[MUTAU_DATA_FOLDERS])
{
    size_t n_folder = 0;
    folders[n_folder++] = own;
    if (folder_of_environment() != NULL)
        folders[n_folder++] = folder_of_environment();
    folders[n_folder++] = folder_as_built();
    return n_folder;
}

static mutau_status read_posterior(mutau_node *root, mutau_run_settings *s, mutau_error *err)
{
    const char *folders[MUTAU_DATA_FOLDERS];
    const size_t n_folder = mutau_run_settings_folders(s->folder, folders);
    MUTAU_CHECK(
        mutau_config_read(root, mutau_top_options, mutau_top_option_count, top_others, s, err));
    MUTAU_CHECK(mutau_run_settings_read_model(root, s, err));
    MUTAU_CHECK(mutau_run_settings_read_parameters(root, s, err));
    MUTAU_CHECK(mutau_run_settings_read_likelihood(root, s, err));
    MUTAU_CHECK(mutau_run_settings_check_parameters(root, s, err));
    MUTAU_CHECK(mutau_run_settings_read_data(root, n_folder, folders, s, err));
    MUTAU_CHECK(mutau_run_settings_check_motion(s, err));
    MUTAU_CHECK(mutau_run_settings_check_shape(s, err));
    return mutau_run_settings_read_terms(root, s, err);
}

static mutau_status read_sections(mutau_run_settings *s, mutau_error *err)
{
    mutau_node *root = mutau_config_root(s->config);
    const bool has_target = mutau_node_child(root, "target") != NULL;
    MUTAU_CHECK(mutau_config_read(root, NULL, 0, top_keys, NULL, err));
    MUTAU_CHECK(read_text(root, "description", "", &s->description, err));
    MUTAU_CHECK(has_target ? mutau_run_settings_read_target(root, s, err)
                           : read_posterior(root, s, err));
    MUTAU_CHECK(mutau_run_settings_list_inputs(s, folder_as_built(), err));
    MUTAU_CHECK(mutau_run_settings_read_sampler(root, s, err));
    MUTAU_CHECK(read_output(root, s, err));
    mutau_node_reorder(root, top_keys);
    return MUTAU_OK;
}

mutau_status mutau_run_settings_take(const char *path, const char *folder, const char *inputs,
                                     mutau_config *config, mutau_run_settings **out,
                                     mutau_error *err)
{
    *out = NULL;
    mutau_run_settings *s = mutau_calloc(1, sizeof *s);
    if (s == NULL) {
        mutau_config_free(config);
        return no_memory(path, err);
    }
    s->config = config;
    s->is_stored = folder != NULL;
    s->path = mutau_strdup(path);
    s->folder = folder != NULL ? mutau_strdup(folder) : mutau_path_folder(path);
    mutau_status status = s->path != NULL && s->folder != NULL ? MUTAU_OK : MUTAU_ENOMEM;
    if (status == MUTAU_OK)
        status = find_data_folder(s->folder, &s->data_folder);
    if (status != MUTAU_OK)
        (void)no_memory(path, err);
    else if (inputs != NULL && inputs[0] != '\0')
        status = mutau_inputs_read(inputs, &s->kept, err);
    if (status == MUTAU_OK)
        status = read_sections(s, err);
    if (status != MUTAU_OK) {
        mutau_run_settings_free(s);
        return status;
    }
    *out = s;
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read(const char *path, size_t n_assignment,
                                     const char *const assignments[], mutau_run_settings **out,
                                     mutau_error *err)
{
    mutau_config *config = NULL;
    *out = NULL;
    MUTAU_CHECK(mutau_config_parse_file(path, n_assignment, assignments, &config, err));
    return mutau_run_settings_take(path, NULL, NULL, config, out, err);
}

mutau_status mutau_run_settings_parse_kept(const char *name, const char *text, const char *folder,
                                           const char *inputs, size_t n_assignment,
                                           const char *const assignments[],
                                           mutau_run_settings **out, mutau_error *err)
{
    mutau_config *config = NULL;
    *out = NULL;
    MUTAU_CHECK(
        mutau_config_parse_text(name, text, strlen(text), n_assignment, assignments, &config, err));
    return mutau_run_settings_take(name, folder, inputs, config, out, err);
}

mutau_status mutau_run_settings_parse(const char *name, const char *text, const char *folder,
                                      mutau_run_settings **out, mutau_error *err)
{
    return mutau_run_settings_parse_kept(name, text, folder, NULL, 0, NULL, out, err);
}

void mutau_run_settings_free(mutau_run_settings *settings)
{
    if (settings == NULL)
        return;
    for (size_t i = 0; i < settings->n_dataset; i++)
        mutau_dataset_free(settings->datasets[i]);
    for (size_t i = 0; i < settings->n_warning; i++)
        free(settings->warnings[i]);
    for (size_t i = 0; i < settings->n_note; i++)
        free(settings->notes[i]);
    for (size_t i = 0; i < MUTAU_MAX_TERMS; i++)
        if (settings->terms[i].state != NULL)
            settings->terms[i].type->free(settings->terms[i].state);
    mutau_inputs_release(&settings->inputs);
    mutau_inputs_release(&settings->kept);
    mutau_source_table_release(&settings->evolution_table);
    mutau_source_table_release(&settings->spectrum_table);
    mutau_builtin_target_free(settings->builtin);
    free(settings->own);
    mutau_config_free(settings->config);
    free(settings->path);
    free(settings->folder);
    free(settings->data_folder);
    free(settings->description);
    free(settings->output);
    free(settings);
}

bool mutau_run_settings_has_target(const mutau_run_settings *settings)
{
    return settings->builtin != NULL || settings->own != NULL;
}

size_t mutau_run_settings_free_count(const mutau_run_settings *settings)
{
    size_t n = 0;
    if (settings->builtin != NULL)
        return mutau_builtin_target_density(settings->builtin).dim;
    if (settings->own != NULL)
        return settings->own->dim;
    for (size_t i = 0; i < settings->set.n; i++)
        n += settings->parameters[i].prior != MUTAU_PRIOR_FIXED;
    return n;
}

double mutau_run_settings_term_lnl(const mutau_run_settings *settings, size_t i, double point[])
{
    const mutau_term_choice *term = &settings->terms[i];
    return mutau_term_lnl_within(term->type, term->state, settings->places.mass, term->min_mev,
                                 term->max_mev, point);
}

void mutau_run_settings_middle(const mutau_run_settings *settings, double point[])
{
    for (size_t i = 0; i < settings->set.n; i++) {
        const mutau_parameter *p = &settings->parameters[i];
        const bool is_flat = p->prior == MUTAU_PRIOR_UNIFORM || p->prior == MUTAU_PRIOR_LOG_UNIFORM;
        const double x = is_flat ? 0.5 * (p->lo + p->hi) : fmin(fmax(p->mean, p->lo), p->hi);
        point[i] = p->prior == MUTAU_PRIOR_FIXED ? p->value : mutau_parameter_natural(p, x);
    }
}

mutau_status mutau_run_settings_emit(const mutau_run_settings *settings, char **text,
                                     mutau_error *err)
{
    return mutau_config_emit(settings->config, text, err);
}

/* A resolved text without what a resume may change. */
static mutau_status strip(const char *name, const char *whole, mutau_config **out, mutau_error *err)
{
    MUTAU_CHECK(mutau_config_parse_text(name, whole, strlen(whole), 0, NULL, out, err));
    mutau_node *root = mutau_config_root(*out);
    mutau_node *sampler = mutau_node_child(root, "sampler");
    mutau_node_remove(root, "description");
    mutau_node_remove(root, "output");
    if (sampler != NULL && mutau_node_what(sampler) == MUTAU_NODE_MAPPING) {
        mutau_node_remove(sampler, "stop");
        mutau_node_remove(sampler, "max_failure_rate");
    }
    /* A table moves draws by as little as its error, but by more than nothing. */
    const bool table = mutau_run_settings_is_table_on(root);
    mutau_status status = mutau_run_settings_level(root, err);
    if (status == MUTAU_OK)
        status = mutau_run_settings_set_table(root, table, err);
    if (status == MUTAU_OK)
        status = mutau_run_settings_level_screen(root, err);
    if (status != MUTAU_OK) {
        mutau_config_free(*out);
        *out = NULL;
    }
    return status;
}

static mutau_status find_essence(const mutau_run_settings *s, mutau_config **out, mutau_error *err)
{
    char *whole = NULL;
    MUTAU_CHECK(mutau_config_emit(s->config, &whole, err));
    const mutau_status status = strip(s->path, whole, out, err);
    free(whole);
    return status;
}

mutau_status mutau_run_settings_difference(const mutau_run_settings *settings, const char *stored,
                                           char text[MUTAU_DIFFERENCE_SIZE], mutau_error *err)
{
    return mutau_run_settings_difference_of(settings, stored, "the chain", text, err);
}

mutau_status mutau_run_settings_difference_of(const mutau_run_settings *settings,
                                              const char *stored, const char *who,
                                              char text[MUTAU_DIFFERENCE_SIZE], mutau_error *err)
{
    mutau_config *theirs = NULL, *ours = NULL;
    mutau_config_difference d;
    text[0] = '\0';
    mutau_status status = strip("stored configuration", stored, &theirs, err);
    if (status == MUTAU_OK)
        status = find_essence(settings, &ours, err);
    if (status == MUTAU_OK &&
        mutau_node_difference(mutau_config_root(theirs), mutau_config_root(ours), &d))
        mutau_config_difference_say(&d, who, "the run", MUTAU_DIFFERENCE_SIZE, text);
    mutau_config_free(theirs);
    mutau_config_free(ours);
    return status;
}

mutau_status mutau_run_settings_hash(const mutau_run_settings *settings,
                                     char config_hash[MUTAU_HASH_SIZE],
                                     char data_hash[MUTAU_HASH_SIZE], mutau_error *err)
{
    char *text = NULL;
    mutau_sha256 sha;
    mutau_config *essence = NULL;
    MUTAU_CHECK(find_essence(settings, &essence, err));
    mutau_status status = mutau_run_settings_digest_model(mutau_config_root(essence), err);
    mutau_run_settings_digest_screen(mutau_config_root(essence));
    if (status == MUTAU_OK)
        status = mutau_config_emit(essence, &text, err);
    mutau_config_free(essence);
    MUTAU_CHECK(status);
    mutau_sha256_init(&sha);
    mutau_sha256_add(&sha, text, strlen(text));
    mutau_sha256_finish(&sha, config_hash);
    free(text);
    mutau_inputs_digest(&settings->inputs, data_hash);
    return MUTAU_OK;
}
