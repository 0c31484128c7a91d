/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's `likelihood`, `data` and `terms`; documented in
 * posterior/run_settings.h. */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "run_settings_internal.h"

enum { MAX_FORM_KEYS = 8 };

static const char *const kind_names[] = {"gaussian", "profile", "none", NULL};
static const char *const error_names[] = {"symmetric", "upper", "split", NULL};

typedef struct likelihood_settings {
    int kind;
    int errors; /* -1 if not given */
} likelihood_settings;

const mutau_option mutau_likelihood_options[] = {
    {.key = "kind",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(likelihood_settings, kind),
     .choices = kind_names,
     .doc = "how the spectra are compared; none: prior terms only"},
    {.key = "errors",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(likelihood_settings, errors),
     .choices = error_names,
     .def = -1,
     .doc =
         "error of a gaussian: the mean (if not given), the upper, or by the sign of the residual"},
};
const size_t mutau_likelihood_option_count =
    sizeof mutau_likelihood_options / sizeof mutau_likelihood_options[0];

/* Only a gaussian takes `errors`.  Chains of before that was asked of kind none may have both. */
static mutau_status check_errors(mutau_node *node, int kind, mutau_run_settings *s,
                                 mutau_error *err)
{
    static const char *const keys[] = {"errors", NULL};
    const bool profile = kind == MUTAU_LIKELIHOOD_PROFILE;
    MUTAU_CHECK(mutau_run_settings_yield(node, keys, mutau_node_child(node, "kind"), s, err));
    const mutau_node *errors = mutau_node_child(node, "errors");
    if (errors == NULL || (s->is_stored && !profile))
        return MUTAU_OK;
    return mutau_node_error(errors, err, "is for kind gaussian: %s",
                            profile ? "the profile likelihood has its own errors"
                                    : "kind none compares no spectra, leave it out");
}

/* The same for data sets, which kind none does not look at. */
static mutau_status check_no_data(mutau_node *root, const mutau_node *kind, mutau_run_settings *s,
                                  mutau_error *err)
{
    static const char *const keys[] = {"data", NULL};
    const mutau_node *data = mutau_node_child(root, "data");
    if (data == NULL || s->is_stored || mutau_node_count(data) == 0)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_run_settings_yield(root, keys, kind, s, err));
    data = mutau_node_child(root, "data");
    return data == NULL ? MUTAU_OK
                        : mutau_node_error(data, err,
                                           "'likelihood: {kind: none}' uses no data: write "
                                           "'data: []', or choose another kind");
}

mutau_status mutau_run_settings_read_likelihood(mutau_node *root, mutau_run_settings *s,
                                                mutau_error *err)
{
    mutau_node *node = NULL;
    likelihood_settings l;
    MUTAU_CHECK(mutau_run_settings_section(root, "likelihood", &node, err));
    MUTAU_CHECK(mutau_config_read(node, mutau_likelihood_options, mutau_likelihood_option_count,
                                  NULL, &l, err));
    if (l.kind != MUTAU_LIKELIHOOD_GAUSSIAN) {
        MUTAU_CHECK(check_errors(node, l.kind, s, err));
        l.errors = -1;
    }
    if (l.kind == MUTAU_LIKELIHOOD_NONE)
        MUTAU_CHECK(check_no_data(root, mutau_node_child(node, "kind"), s, err));
    if (l.kind == MUTAU_LIKELIHOOD_GAUSSIAN && l.errors < 0)
        MUTAU_CHECK(mutau_node_assign(node, "errors", error_names[0], err));
    s->likelihood = (mutau_likelihood_kind)l.kind;
    s->errors = l.errors < 0 ? MUTAU_ERRORS_SYMMETRIC : (mutau_error_convention)l.errors;
    return MUTAU_OK;
}

static mutau_status check_overlap(const mutau_node *entry, const mutau_run_settings *s,
                                  mutau_error *err)
{
    const mutau_dataset *last = s->datasets[s->n_dataset - 1];
    for (size_t i = 0; i + 1 < s->n_dataset; i++) {
        const mutau_dataset *other = s->datasets[i];
        if (strcmp(last->name, other->name) == 0)
            return mutau_node_error(entry, err, "'%s' is given twice", last->name);
        if (!s->allow_overlap && mutau_dataset_overlap(last, other))
            return mutau_node_error(entry, err,
                                    "'%s' shares events with '%s': choose one, or set "
                                    "'allow_overlap: true'",
                                    last->name, other->name);
    }
    return MUTAU_OK;
}

/* Only a gaussian takes a covariance. */
static mutau_status check_covariance(const mutau_node *root, mutau_node *entry,
                                     mutau_run_settings *s, mutau_error *err)
{
    static const char *const keys[] = {"covariance", NULL};
    const bool is_mapping = mutau_node_what(entry) == MUTAU_NODE_MAPPING;
    if (s->likelihood == MUTAU_LIKELIHOOD_GAUSSIAN || !is_mapping)
        return MUTAU_OK;
    const mutau_node *kind = mutau_node_child(mutau_node_child(root, "likelihood"), "kind");
    MUTAU_CHECK(mutau_run_settings_yield(entry, keys, kind, s, err));
    const mutau_node *covariance = mutau_node_child(entry, "covariance");
    return covariance == NULL
               ? MUTAU_OK
               : mutau_node_error(covariance, err,
                                  "is for 'likelihood: {kind: gaussian}': the profile likelihood "
                                  "takes every bin by itself");
}

mutau_status mutau_run_settings_read_data(mutau_node *root, size_t n_folder,
                                          const char *const folders[], mutau_run_settings *s,
                                          mutau_error *err)
{
    const mutau_node *data = mutau_node_child(root, "data");
    if (data == NULL && s->likelihood == MUTAU_LIKELIHOOD_NONE) {
        MUTAU_CHECK(mutau_node_assign(root, "data", "[]", err));
        data = mutau_node_child(root, "data");
    }
    if (data == NULL)
        return mutau_node_error(root, err,
                                "needs the key 'data', a list of data sets, or "
                                "'likelihood: {kind: none}'");
    if (mutau_node_what(data) != MUTAU_NODE_SEQUENCE)
        return mutau_node_error(data, err, "expected a list of data sets like [name, name]");
    if (mutau_node_count(data) == 0 && s->likelihood != MUTAU_LIKELIHOOD_NONE)
        return mutau_node_error(data, err,
                                "is empty: name a data set, or set 'likelihood: {kind: "
                                "none}' to use prior terms only");
    if (mutau_node_count(data) > MUTAU_MAX_DATASETS)
        return mutau_node_error(mutau_node_at(data, MUTAU_MAX_DATASETS), err,
                                "more than %d data sets", MUTAU_MAX_DATASETS);
    for (size_t i = 0; i < mutau_node_count(data); i++) {
        mutau_node *entry = mutau_node_at(data, i);
        MUTAU_CHECK(check_covariance(root, entry, s, err));
        MUTAU_CHECK(mutau_dataset_read(entry, n_folder, folders, &s->datasets[s->n_dataset], err));
        const mutau_dataset *d = s->datasets[s->n_dataset++];
        if (d->warning != NULL)
            MUTAU_CHECK(mutau_run_settings_warn(s, d->warning, err));
        MUTAU_CHECK(check_overlap(entry, s, err));
    }
    return MUTAU_OK;
}

/* "; MASS is below ...: is it in GeV?" if it may be the unit that makes them not fit. */
static void explain_masses(const mutau_parameter *mass, double table_min,
                           char text[MUTAU_PLAUSIBLE_SIZE])
{
    char why[MUTAU_PLAUSIBLE_SIZE];
    const double edges[] = {mass->max, mass->min, table_min};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof edges / sizeof edges[0] && text[0] == '\0'; i++)
        if (mutau_plausible_judge(MUTAU_PLAUSIBLE_MASS, edges[i], why) != MUTAU_IS_PLAUSIBLE)
            (void)snprintf(text, MUTAU_PLAUSIBLE_SIZE, "; %.*s", MUTAU_PLAUSIBLE_SIZE - 3, why);
}

/* The term's inputs must cover every mass that can occur. */
static mutau_status check_mass_range(const mutau_node *root, const mutau_run_settings *s,
                                     const mutau_term_choice *term, mutau_error *err)
{
    const double slack = 1e-9; /* a prior that ends where the table does, rounded */
    const mutau_parameter *mass = &s->parameters[s->places.mass];
    const double min = term->min_mev, max = term->max_mev;
    if (mass->min >= min * (1.0 - slack) && mass->max <= max * (1.0 + slack))
        return MUTAU_OK;
    const mutau_node *node =
        mutau_node_child(mutau_node_child(root, "parameters"), mass->spec->name);
    char why[MUTAU_PLAUSIBLE_SIZE];
    explain_masses(mass, min, why);
    if (mass->prior == MUTAU_PRIOR_FIXED)
        return mutau_node_error(node, err,
                                "%g MeV is outside the inputs of the term '%s', %g to %g MeV%s",
                                mass->value, term->type->name, min, max, why);
    return mutau_node_error(node, err,
                            "the prior from %g to %g MeV reaches beyond the inputs of the term "
                            "'%s', %g to %g MeV%s",
                            mass->min, mass->max, term->type->name, min, max, why);
}

/* Sets the term up; *clash: its settings do not go together, and nothing is set up. */
static mutau_status set_up_term(const mutau_node *root, const mutau_node *node,
                                const mutau_run_settings *s, mutau_term_choice *choice, bool *clash,
                                mutau_error *err)
{
    mutau_error inner = {0};
    const mutau_term_type *type = choice->type;
    const mutau_status status =
        type->alloc(type, &choice->settings, s->data_folder, &s->set, &choice->state, &inner);
    *clash = status == MUTAU_ECONFIG;
    if (*clash)
        return mutau_node_error(node, err, "%s", inner.text);
    if (status != MUTAU_OK)
        return mutau_error_set(err, status, "%s", inner.text);
    type->mass_range(choice->state, &choice->min_mev, &choice->max_mev);
    return check_mass_range(root, s, choice, err);
}

/* Some terms have nothing to choose: anything but a switch and nothing is one word too many. */
static mutau_status check_optionless(const mutau_node *node, mutau_error *err)
{
    static const char hint[] = "the term has no options: write 'on', or 'off'";
    if (mutau_node_what(node) == MUTAU_NODE_SCALAR)
        return mutau_node_error(node, err, "'%.40s' is one word too many: %s",
                                mutau_node_text(node), hint);
    if (mutau_node_what(node) == MUTAU_NODE_MAPPING && mutau_node_count(node) > 0)
        return mutau_node_key_error(node, 0, err, "unknown key: %s", hint);
    return mutau_node_what(node) == MUTAU_NODE_MAPPING
               ? MUTAU_OK
               : mutau_node_error(node, err, "a list is of no use: %s", hint);
}

/* A switch, or nothing. */
static bool is_bare(const mutau_node *node)
{
    bool on;
    return mutau_node_is_null(node) || mutau_node_is_switch(node, &on);
}

/* A word stands for the term's shorthand option, beside keys of --set, too; a switch and nothing
 * for its defaults. */
static mutau_status read_term(mutau_node *terms, mutau_node *node, mutau_term_choice *choice,
                              mutau_error *err)
{
    const mutau_term_type *type = choice->type;
    const mutau_node *former = mutau_node_former(node);
    const bool has_word = former != NULL && !is_bare(former); /* and keys of --set */
    if (mutau_node_what(node) == MUTAU_NODE_SCALAR && is_bare(node)) {
        MUTAU_CHECK(mutau_node_assign(terms, type->name, "{}", err));
        node = mutau_node_child(terms, type->name);
    } else if (type->n_option == 0) {
        MUTAU_CHECK(check_optionless(node, err));
    } else if (type->shorthand != NULL && (former == NULL || has_word)) {
        MUTAU_CHECK(mutau_node_spell_out(node, type->shorthand, err));
    } else if (has_word) {
        return mutau_node_error(former, err,
                                "'%.40s' is nothing that %s takes: write its keys, as in %s: "
                                "{%s: VALUE}",
                                mutau_node_text(former), type->name, type->name,
                                type->options[0].key);
    }
    return mutau_config_read(node, type->options, type->n_option, NULL, &choice->settings, err);
}

static bool is_off(const mutau_node *node)
{
    bool on = true;
    return mutau_node_is_switch(node, &on) && !on;
}

/* The names that a run file's `terms` may have: those of mutau's own, then the user's in it. */
typedef struct term_names {
    size_t n;
    const char *name[2 * MUTAU_MAX_TERMS + 1]; /* ended by NULL */
} term_names;

/* The form of which the node has the key, NULL if there is none. */
static const mutau_term_type *find_form(const mutau_node *node)
{
    const mutau_term_type *const *form = mutau_own_term_forms;
    while (*form != NULL && mutau_node_child(node, (*form)->name) == NULL)
        form++;
    return *form;
}

static mutau_status unknown_term(const mutau_node *terms, size_t i, const term_names *names,
                                 mutau_error *err)
{
    char list[512], hint[MUTAU_SUGGEST_SIZE];
    return mutau_node_key_error(
        terms, i, err,
        "unknown key%s known: %s; a term of your own needs 'limit: FILE' or 'band: FILE'",
        mutau_suggest_and(mutau_node_key(terms, i), names->name, "", hint),
        mutau_list_names(names->name, sizeof list, list));
}

/* Blobs are called after terms. */
static mutau_status check_own_name(const mutau_node *terms, size_t i, mutau_error *err)
{
    const char *name = mutau_node_key(terms, i);
    if (!mutau_is_name(name) || strlen(name) >= MUTAU_TERM_NAME_SIZE)
        return mutau_node_key_error(terms, i, err, "a term's name is made of " MUTAU_NAME_RULE,
                                    MUTAU_TERM_NAME_SIZE - 1);
    if (strcmp(name, "flux") == 0)
        return mutau_node_key_error(terms, i, err,
                                    "ln L of the data is called lnl_flux: choose another name");
    return MUTAU_OK;
}

/* The user's own terms of the mapping, ordered by name. */
static mutau_status add_own_names(const mutau_node *terms, term_names *names, mutau_error *err)
{
    const size_t n_shipped = names->n;
    for (size_t i = 0; i < mutau_node_count(terms); i++) {
        const char *name = mutau_node_key(terms, i);
        if (mutau_term_find(name) != NULL)
            continue;
        if (find_form(mutau_node_at(terms, i)) == NULL)
            return unknown_term(terms, i, names, err);
        MUTAU_CHECK(check_own_name(terms, i, err));
        if (names->n - n_shipped == MUTAU_MAX_TERMS)
            return mutau_node_key_error(terms, i, err, "more than %d terms", MUTAU_MAX_TERMS);
        size_t at = names->n++;
        for (; at > n_shipped && strcmp(names->name[at - 1], name) > 0; at--)
            names->name[at] = names->name[at - 1];
        names->name[at] = name;
        names->name[names->n] = NULL;
    }
    return MUTAU_OK;
}

/* What is switched off is as good as absent: a known term, or one of the file that --set names. */
static void drop_off(mutau_node *terms)
{
    for (size_t i = mutau_node_count(terms); i-- > 0;)
        if (is_off(mutau_node_at(terms, i)) && (mutau_term_find(mutau_node_key(terms, i)) != NULL ||
                                                mutau_node_is_replacement(mutau_node_at(terms, i))))
            mutau_node_remove(terms, mutau_node_key(terms, i));
}

/* An empty or switched off `terms` becomes {}. */
static mutau_status open_terms(mutau_node *root, term_names *names, mutau_node **terms,
                               mutau_error *err)
{
    for (names->n = 0; mutau_term_types[names->n] != NULL && names->n < MUTAU_MAX_TERMS; names->n++)
        names->name[names->n] = mutau_term_types[names->n]->name;
    names->name[names->n] = NULL;
    const mutau_node *given = mutau_node_child(root, "terms");
    if (given != NULL && (mutau_node_is_null(given) || is_off(given)))
        MUTAU_CHECK(mutau_node_assign(root, "terms", "{}", err));
    MUTAU_CHECK(mutau_run_settings_section(root, "terms", terms, err));
    if (mutau_node_what(*terms) == MUTAU_NODE_MAPPING) {
        drop_off(*terms);
        MUTAU_CHECK(add_own_names(*terms, names, err));
    }
    MUTAU_CHECK(mutau_config_read(*terms, NULL, 0, names->name, NULL, err));
    if (mutau_node_count(*terms) > MUTAU_MAX_TERMS)
        return mutau_node_key_error(*terms, MUTAU_MAX_TERMS, err, "more than %d terms",
                                    MUTAU_MAX_TERMS);
    return MUTAU_OK;
}

/* The keys of a form, ended by NULL. */
static void list_keys(const mutau_term_type *form, const char *keys[MAX_FORM_KEYS + 1])
{
    size_t n = 0;
    for (; n < form->n_option && n < MAX_FORM_KEYS; n++)
        keys[n] = form->options[n].key;
    keys[n] = NULL;
}

/* One form of those that are given: what --set says of one stands against the file's other. */
static mutau_status choose_form(mutau_node *node, const mutau_term_type **form,
                                mutau_run_settings *s, mutau_error *err)
{
    const mutau_term_type *const *forms = mutau_own_term_forms;
    for (size_t i = 0; forms[i] != NULL; i++)
        for (size_t k = 0; forms[k] != NULL; k++) {
            const char *keys[MAX_FORM_KEYS + 1];
            const mutau_node *key = mutau_node_child(node, forms[i]->name);
            list_keys(forms[k], keys);
            if (i != k && key != NULL)
                MUTAU_CHECK(mutau_run_settings_yield(node, keys, key, s, err));
        }
    *form = find_form(node);
    for (size_t k = 0; forms[k] != NULL; k++)
        if (forms[k] != *form && mutau_node_child(node, forms[k]->name) != NULL)
            return mutau_node_error(mutau_node_child(node, forms[k]->name), err,
                                    "a term has one table: give '%s' or '%s'", (*form)->name,
                                    forms[k]->name);
    return MUTAU_OK;
}

/* The type of the i-th term: one that came with mutau, or made here. */
static mutau_status choose_type(mutau_node *terms, size_t i, mutau_run_settings *s,
                                mutau_error *err)
{
    mutau_term_choice *choice = &s->terms[i];
    mutau_node *node = mutau_node_at(terms, i);
    const char *name = mutau_node_key(terms, i);
    const mutau_term_type *form = find_form(node);
    choice->type = mutau_term_find(name);
    if (choice->type != NULL && form != NULL)
        return mutau_node_key_error(terms, i, err,
                                    "is the name of a term that came with mutau: choose another "
                                    "one for your own");
    if (choice->type != NULL)
        return MUTAU_OK;
    MUTAU_CHECK(choose_form(node, &form, s, err));
    (void)snprintf(choice->own_name, sizeof choice->own_name, "%s", name);
    mutau_own_term_init(&choice->own, form, choice->own_name, &choice->settings);
    choice->type = &choice->own.type;
    for (size_t k = 0; k < s->kept.n; k++)
        if (s->kept.items[k].kind == MUTAU_INPUT_TERM && strcmp(s->kept.items[k].name, name) == 0)
            choice->own.type.kept_table = s->kept.items[k].table;
    return MUTAU_OK;
}

/* Settings of --set that do not go together with those of the file replace them. */
static mutau_status yield_to_settings(mutau_node *node, mutau_run_settings *s, bool *changed,
                                      mutau_error *err)
{
    enum { MAX_KEYS = 16 };
    const char *keys[MAX_KEYS + 1] = {NULL};
    const size_t n = mutau_node_count(node);
    for (size_t i = 0; i < n && i < MAX_KEYS; i++)
        keys[i] = mutau_node_key(node, i);
    for (size_t i = 0; i < n && !*changed; i++) {
        MUTAU_CHECK(mutau_run_settings_yield(node, keys, mutau_node_at(node, i), s, err));
        *changed = mutau_node_count(node) < n;
    }
    return MUTAU_OK;
}

/* Reads the i-th term into s->terms[i]. */
static mutau_status add_term(mutau_node *root, mutau_node *terms, size_t i, mutau_run_settings *s,
                             mutau_error *err)
{
    mutau_error first = {0};
    bool clash = false, changed = false;
    mutau_term_choice *choice = &s->terms[i];
    MUTAU_CHECK(read_term(terms, mutau_node_at(terms, i), choice, err));
    mutau_node *node = mutau_node_at(terms, i);
    const mutau_status status = set_up_term(root, node, s, choice, &clash, &first);
    if (clash)
        MUTAU_CHECK(yield_to_settings(node, s, &changed, err));
    if (!changed)
        return status == MUTAU_OK ? status : mutau_error_set(err, status, "%s", first.text);
    MUTAU_CHECK(read_term(terms, node, choice, err));
    return set_up_term(root, node, s, choice, &clash, err);
}

mutau_status mutau_run_settings_read_terms(mutau_node *root, mutau_run_settings *s,
                                           mutau_error *err)
{
    term_names names;
    mutau_node *terms = NULL;
    MUTAU_CHECK(open_terms(root, &names, &terms, err));
    if (s->model.mediator != MUTAU_MEDIATOR_LMU_LTAU)
        MUTAU_CHECK(mutau_run_settings_yield(
            terms, names.name, mutau_node_child(mutau_node_child(root, "model"), "mediator"), s,
            err));
    if (mutau_node_count(terms) > 0 && s->model.mediator != MUTAU_MEDIATOR_LMU_LTAU)
        return mutau_node_key_error(terms, 0, err,
                                    "prior terms are derived for lmu-ltau: with a scalar mediator "
                                    "'terms' must be empty");
    for (size_t i = 0; i < mutau_node_count(terms); i++) {
        mutau_term_choice *choice = &s->terms[i];
        MUTAU_CHECK(choose_type(terms, i, s, err));
        if (choice->type->settings_size > sizeof choice->settings)
            return mutau_error_set(err, MUTAU_EUSAGE, "term '%s' has too large settings",
                                   choice->type->name);
        MUTAU_CHECK(add_term(root, terms, i, s, err));
        MUTAU_CHECK(mutau_run_settings_check_options(mutau_node_at(terms, i), choice->type->options,
                                                     choice->type->n_option, &choice->settings, s,
                                                     err));
        s->n_term = i + 1;
    }
    return MUTAU_OK;
}
