/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nuisance parameters that a run file names; documented in run_settings_internal.h. */
#include <string.h>

#include "run_settings_internal.h"

/* The name of a data set, NULL where the entry is wrong: that is said when it is read. */
static const char *name_of(const mutau_node *entry)
{
    if (mutau_node_what(entry) == MUTAU_NODE_MAPPING)
        entry = mutau_node_child(entry, "name");
    return entry != NULL && mutau_node_what(entry) == MUTAU_NODE_SCALAR ? mutau_node_text(entry)
                                                                        : NULL;
}

static mutau_status add_row(const mutau_node *section, mutau_nuisance *n, int kind,
                            mutau_run_settings *s, mutau_error *err)
{
    const mutau_node *node = mutau_node_child(section, n->name[kind]);
    if (node == NULL)
        return MUTAU_OK;
    if (mutau_parameter_set_find(&s->set, n->name[kind]) < s->set.n)
        return mutau_node_error(node, err,
                                "is the name of parameters of two data sets: rename one of them");
    n->place[kind] = s->set.n;
    if (!mutau_parameter_set_add(&s->set, 1, &n->spec[kind]))
        return mutau_node_error(node, err, "a run has at most %d parameters", MUTAU_MAX_PARAMETERS);
    return MUTAU_OK;
}

/* A parameter of a term that is off would do nothing. */
static mutau_status add_of_term(const mutau_node *root, const mutau_node *section,
                                const mutau_term_type *type, size_t k, mutau_run_settings *s,
                                mutau_error *err)
{
    const mutau_node *node = mutau_node_child(section, type->parameters[k].name);
    const mutau_node *terms = mutau_node_child(root, "terms");
    const mutau_node *term = terms != NULL && mutau_node_what(terms) == MUTAU_NODE_MAPPING
                                 ? mutau_node_child(terms, type->name)
                                 : NULL;
    bool on = true;
    if (node == NULL)
        return MUTAU_OK;
    /* a stored file may be read without its terms */
    if (!s->is_stored && (term == NULL || (mutau_node_is_switch(term, &on) && !on)))
        return mutau_node_error(node, err, "is of the term '%s', which the run has not got",
                                type->name);
    if (!mutau_parameter_set_add(&s->set, 1, &type->parameters[k]))
        return mutau_node_error(node, err, "a run has at most %d parameters", MUTAU_MAX_PARAMETERS);
    return MUTAU_OK;
}

/* The file's parameters of other data sets, if --set names those of the run. */
static mutau_status yield_to_data(mutau_node *section, const mutau_node *data,
                                  mutau_run_settings *s, mutau_error *err)
{
    enum { MAX_KEYS = 2 * MUTAU_MAX_PARAMETERS };
    const char *others[MAX_KEYS + 1] = {NULL};
    size_t n = 0;
    for (size_t i = 0; i < mutau_node_count(section) && n < MAX_KEYS; i++) {
        const char *key = mutau_node_key(section, i);
        if (mutau_nuisance_dataset(key) != NULL &&
            mutau_parameter_set_find(&s->set, key) == s->set.n)
            others[n++] = key;
    }
    return n > 0 ? mutau_run_settings_yield(section, others, data, s, err) : MUTAU_OK;
}

/* Of a stored file that is read without its data: by the names of the parameters alone. */
static mutau_status add_stored(mutau_node *section, mutau_run_settings *s, mutau_error *err)
{
    for (size_t i = 0; i < mutau_node_count(section) && s->n_nuisance < MUTAU_MAX_DATASETS; i++) {
        const char *key = mutau_node_key(section, i);
        const char *set = mutau_nuisance_dataset(key);
        if (set == NULL || mutau_parameter_set_find(&s->set, key) < s->set.n)
            continue;
        mutau_nuisance *n = &s->nuisances[s->n_nuisance++];
        mutau_nuisance_init(n, set);
        for (int k = 0; k < MUTAU_NUISANCE_N_KIND; k++)
            MUTAU_CHECK(add_row(section, n, k, s, err));
    }
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_nuisances(const mutau_node *root, mutau_node *section,
                                               mutau_run_settings *s, mutau_error *err)
{
    const mutau_node *data = mutau_node_child(root, "data");
    const bool is_list = data != NULL && mutau_node_what(data) == MUTAU_NODE_SEQUENCE;
    for (size_t i = 0; is_list && i < mutau_node_count(data) && i < MUTAU_MAX_DATASETS; i++) {
        const char *name = name_of(mutau_node_at(data, i));
        mutau_nuisance_init(&s->nuisances[s->n_nuisance], name != NULL ? name : "");
        for (int k = 0; k < MUTAU_NUISANCE_N_KIND; k++)
            MUTAU_CHECK(add_row(section, &s->nuisances[s->n_nuisance], k, s, err));
        s->n_nuisance++;
    }
    if (s->is_stored && (!is_list || mutau_node_count(data) == 0))
        MUTAU_CHECK(add_stored(section, s, err));
    for (size_t i = 0; mutau_term_types[i] != NULL; i++)
        for (size_t k = 0; k < mutau_term_types[i]->n_parameter; k++)
            MUTAU_CHECK(add_of_term(root, section, mutau_term_types[i], k, s, err));
    return data != NULL ? yield_to_data(section, data, s, err) : MUTAU_OK;
}

size_t mutau_run_settings_nuisance_names(const mutau_run_settings *s, const char *names[])
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_nuisance; i++)
        for (int k = 0; k < MUTAU_NUISANCE_N_KIND; k++)
            names[n++] = s->nuisances[i].name[k];
    for (size_t i = 0; mutau_term_types[i] != NULL; i++)
        for (size_t k = 0; k < mutau_term_types[i]->n_parameter; k++)
            if (mutau_parameter_set_find(&s->set, mutau_term_types[i]->parameters[k].name) ==
                s->set.n)
                names[n++] = mutau_term_types[i]->parameters[k].name;
    return n;
}
