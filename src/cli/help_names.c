/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau help NAME: everything that a name stands for; documented in help.h.
 *
 * One walk goes over all that has a name.  Its visitor prints what matches, or collects names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "physics/flux.h"
#include "base/mem.h"
#include "base/suggest.h"

enum { MAX_NAMES = 512, PATH_SIZE = 96 };

typedef struct walk {
    const char *wanted; /* NULL: names are collected */
    size_t n_printed;
    size_t n;
    const char *known[MAX_NAMES + 1];
    mutau_dataset_names datasets;
} walk;

/* Whether what is called `name` is to be printed; an empty line parts it from the last. */
static bool is_wanted(walk *w, const char *name)
{
    if (w->wanted == NULL && w->n < MAX_NAMES)
        w->known[w->n++] = name;
    if (w->wanted == NULL || strcmp(w->wanted, name) != 0)
        return false;
    if (w->n_printed++ > 0)
        (void)putchar('\n');
    return true;
}

/* The same for a key, by its name or its whole path. */
static bool is_wanted_key(walk *w, const char *path, const char *key)
{
    char whole[PATH_SIZE];
    (void)snprintf(whole, sizeof whole, "%s.%s", path, key);
    return is_wanted(w, key) ||
           (w->wanted != NULL && strcmp(w->wanted, whole) == 0 && is_wanted(w, w->wanted));
}

static bool has_choice(walk *w, const mutau_option *option)
{
    bool any = false;
    for (size_t i = 0; option->type == MUTAU_OPTION_CHOICE && option->choices[i] != NULL; i++)
        any = is_wanted(w, option->choices[i]) || any;
    return any;
}

static void visit_options(walk *w, const char *path, size_t n, const mutau_option options[])
{
    for (size_t i = 0; i < n; i++) {
        const bool by_key = is_wanted_key(w, path, options[i].key);
        if (has_choice(w, &options[i]) || by_key)
            help_run_option(path, &options[i]);
    }
}

/* Options of what is named in a mapping of the run file: terms.na64.exposure. */
static void visit_options_of(walk *w, const char *mapping, const char *name, size_t n,
                             const mutau_option options[])
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s.%s", mapping, name);
    visit_options(w, path, n, options);
}

static void visit_terms(walk *w)
{
    for (size_t i = 0; mutau_term_types[i] != NULL; i++) {
        const mutau_term_type *term = mutau_term_types[i];
        if (is_wanted_key(w, "terms", term->name))
            help_term(term);
        visit_options_of(w, "terms", term->name, term->n_option, term->options);
    }
    for (size_t i = 0; mutau_own_term_forms[i] != NULL; i++)
        visit_options_of(w, "terms", "NAME", mutau_own_term_forms[i]->n_option,
                         mutau_own_term_forms[i]->options);
}

static void visit_moves(walk *w)
{
    for (size_t i = 0; mutau_moves[i] != NULL; i++) {
        const mutau_move *move = mutau_moves[i];
        if (is_wanted_key(w, "sampler.moves", move->name))
            help_move(move);
        visit_options_of(w, "sampler.moves", move->name, move->n_option, move->options);
    }
    if (is_wanted(w, "weight"))
        help_print("sampler.moves.NAME.weight: how often this move is chosen, relative to the "
                   "others (default 1)\n");
}

static void visit_spectra(walk *w)
{
    for (size_t i = 0; mutau_spectrum_types[i] != NULL; i++) {
        const mutau_spectrum_type *type = mutau_spectrum_types[i];
        if (is_wanted(w, type->name))
            help_spectrum(type);
        visit_options_of(w, "model.source.spectrum", type->name, type->n_option, type->options);
    }
}

static void visit_evolutions(walk *w)
{
    for (int kind = 0; mutau_evolution_names[kind] != NULL; kind++)
        if (is_wanted(w, mutau_evolution_names[kind]))
            help_evolution(kind);
}

static void visit_targets(walk *w)
{
    for (size_t i = 0; mutau_builtin_target_types[i] != NULL; i++) {
        const mutau_builtin_target_type *type = mutau_builtin_target_types[i];
        if (is_wanted_key(w, "target", type->name))
            help_target(type);
        visit_options_of(w, "target", type->name, type->n_option, type->options);
    }
}

static void visit_datasets(walk *w)
{
    const char *folders[MUTAU_DATA_FOLDERS];
    mutau_dataset_list(mutau_run_settings_folders(".", folders), folders, &w->datasets);
    for (size_t i = 0; i < w->datasets.n; i++)
        if (is_wanted(w, w->datasets.names[i]))
            help_dataset(w->datasets.names[i]);
}

static void visit_priors(walk *w)
{
    for (size_t i = 0; mutau_prior_names[i] != NULL; i++)
        if (is_wanted(w, mutau_prior_names[i]))
            help_prior(mutau_prior_names[i]);
}

static const char *last_step(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL ? dot + 1 : path;
}

static void visit_key(walk *w, const char *path, const mutau_run_key *key)
{
    bool wanted = false;
    for (size_t i = 0; key->choice != NULL && key->choice(i) != NULL; i++)
        wanted = is_wanted(w, key->choice(i)) || wanted;
    if (is_wanted_key(w, path, key->key) || wanted)
        help_run_key(path, key);
}

/* Sections by their path or its last step, their keys, and the choices of these. */
static void visit_run_file(walk *w)
{
    mutau_run_section section;
    for (size_t i = 0; mutau_run_section_at(i, &section); i++) {
        const char *own = w->wanted != NULL && strcmp(w->wanted, section.path) == 0
                              ? section.path
                              : last_step(section.path);
        if (section.path[0] != '\0' && is_wanted(w, own))
            help_section(&section);
        for (const mutau_run_key *k = section.keys; k != NULL && k->key != NULL; k++)
            visit_key(w, section.path, k);
        visit_options(w, section.path, section.n_option, section.options);
    }
}

/* Options of commands: with dashes, as they are written. */
static void visit_command_options(walk *w)
{
    if (w->wanted == NULL || strncmp(w->wanted, "--", 2) != 0)
        return;
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        for (size_t k = 0; k < cli_commands[i]->n_option; k++) {
            const cli_option *option = &cli_commands[i]->options[k];
            if (strcmp(option->name, w->wanted + 2) != 0)
                continue;
            w->n_printed++;
            help_print("mutau %s\n", cli_commands[i]->name);
            help_command_option(option);
        }
}

static void visit_all(walk *w)
{
    visit_terms(w);
    visit_moves(w);
    visit_spectra(w);
    visit_evolutions(w);
    visit_targets(w);
    visit_datasets(w);
    visit_priors(w);
    visit_run_file(w);
    visit_command_options(w);
}

bool help_name(const char *name)
{
    walk *w = mutau_calloc(1, sizeof *w);
    if (w == NULL)
        return false;
    /* A stored coordinate is that of its parameter. */
    w->wanted = strncmp(name, "log10_", 6) == 0 ? name + 6 : name;
    visit_all(w);
    const bool any = w->n_printed > 0;
    free(w);
    return any;
}

mutau_status help_unknown(const char *name, mutau_error *err)
{
    char hint[MUTAU_SUGGEST_SIZE];
    walk *w = mutau_calloc(1, sizeof *w);
    if (w == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the names of topics");
    w->known[w->n++] = "help";
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        w->known[w->n++] = cli_commands[i]->name;
    for (size_t i = 0; help_topic_name(i) != NULL; i++)
        w->known[w->n++] = help_topic_name(i);
    visit_all(w);
    w->known[w->n] = NULL;
    (void)mutau_suggest_and(name, w->known, "", hint);
    free(w);
    return mutau_error_set(err, MUTAU_EUSAGE, "unknown topic '%s'%s see 'mutau help'", name, hint);
}
