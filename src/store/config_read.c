/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes to settings through option tables, completing the tree on the way;
 * documented in store/config.h. */
#include "config_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/suggest.h"

enum { MAX_KNOWN = 64, LIST_SIZE = 512 };

static mutau_status wrong_type(const mutau_node *node, mutau_error *err, const char *expected)
{
    char shown[MUTAU_SHOWN_SIZE];
    mutau_node_show(node, shown);
    const bool quoted_number = node->kind == MUTAU_NODE_SCALAR && node->quoted;
    return mutau_node_error(node, err, "expected %s, not %s%s", expected,
                            quoted_number ? "the quoted text " : "", shown);
}

static mutau_status read_number(const mutau_node *node, const char *expected, double *value,
                                mutau_error *err)
{
    if (!mutau_node_is_number(node) || !mutau_number_read(node->text, value))
        return wrong_type(node, err, expected);
    if (isnan(*value))
        return mutau_node_error(node, err, "expected %s, not .nan", expected);
    if (isinf(*value) && strpbrk(node->text, "nN") == NULL)
        return mutau_node_error(node, err, "%.40s is too large for a number", node->text);
    return MUTAU_OK;
}

static mutau_status out_of_range(const mutau_node *node, double min, double max, const char *unit,
                                 mutau_error *err)
{
    char lo[MUTAU_NUMBER_SIZE], hi[MUTAU_NUMBER_SIZE];
    mutau_number_write(min, lo);
    mutau_number_write(max, hi);
    const char *space = unit != NULL && unit[0] != '\0' ? " " : "";
    const char *name = unit != NULL ? unit : "";
    if (isinf(max) || max >= 1e300)
        return mutau_node_error(node, err, "%.40s is out of range: at least %s%s%s", node->text, lo,
                                space, name);
    if (isinf(min) || min <= -1e300)
        return mutau_node_error(node, err, "%.40s is out of range: at most %s%s%s", node->text, hi,
                                space, name);
    return mutau_node_error(node, err, "%.40s is out of range: from %s to %s%s%s", node->text, lo,
                            hi, space, name);
}

static mutau_status rewrite_real(mutau_node *node, double value, mutau_error *err)
{
    char text[MUTAU_NUMBER_SIZE];
    mutau_number_write(value, text);
    return mutau_node_set_text(node, text, strlen(text), false, err);
}

static mutau_status rewrite_integer(mutau_node *node, long value, mutau_error *err)
{
    char text[MUTAU_NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%ld", value);
    return mutau_node_set_text(node, text, strlen(text), false, err);
}

mutau_status mutau_node_real(mutau_node *node, double min, double max, const char *unit,
                             double *out, mutau_error *err)
{
    double value;
    MUTAU_CHECK(read_number(node, "a number", &value, err));
    if (!(value >= min && value <= max))
        return out_of_range(node, min, max, unit, err);
    *out = value;
    return rewrite_real(node, value, err);
}

mutau_status mutau_node_integer(mutau_node *node, long min, long max, long *out, mutau_error *err)
{
    double value;
    MUTAU_CHECK(read_number(node, "a whole number", &value, err));
    const double below = floor(value);
    if (!isfinite(value) || below < value)
        return wrong_type(node, err, "a whole number");
    if (!(value >= (double)min && value <= (double)max && fabs(value) < 9007199254740992.0))
        return out_of_range(node, (double)min, (double)max, NULL, err);
    *out = (long)value;
    return rewrite_integer(node, *out, err);
}

mutau_status mutau_node_choice(const mutau_node *node, const char *const choices[], int *out,
                               mutau_error *err)
{
    char list[LIST_SIZE], hint[MUTAU_SUGGEST_SIZE], shown[MUTAU_SHOWN_SIZE];
    const char *text = mutau_node_text(node);
    for (int i = 0; node->kind == MUTAU_NODE_SCALAR && choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            *out = i;
            return MUTAU_OK;
        }
    }
    (void)mutau_list_names(choices, sizeof list, list);
    mutau_suggest(text, choices, "", hint);
    mutau_node_show(node, shown);
    if (choices[1] == NULL)
        return mutau_node_error(node, err, "%s is not known here: only %s is%s", shown, list, hint);
    return mutau_node_error(node, err, "%s is not one of %s%s", shown, list, hint);
}

static mutau_status read_bool(mutau_node *node, bool *out, mutau_error *err)
{
    if (node->quoted || !mutau_node_is_switch(node, out))
        return wrong_type(node, err, "true or false");
    const char *word = *out ? "true" : "false";
    return mutau_node_set_text(node, word, strlen(word), false, err);
}

static mutau_status read_text(const mutau_node *node, char *out, mutau_error *err)
{
    const char *text = mutau_node_text(node);
    if (node->kind != MUTAU_NODE_SCALAR || mutau_node_is_null(node))
        return wrong_type(node, err, "a text");
    if (strlen(text) >= MUTAU_OPTION_TEXT_SIZE)
        return mutau_node_error(node, err, "longer than %d bytes", MUTAU_OPTION_TEXT_SIZE - 1);
    memcpy(out, text, strlen(text) + 1);
    return MUTAU_OK;
}

/* A number, or a list of two. */
static mutau_status read_sides(mutau_node *node, const mutau_option *option, double out[2],
                               mutau_error *err)
{
    const bool is_list = node->kind == MUTAU_NODE_SEQUENCE;
    if (is_list && mutau_node_count(node) != 2)
        return mutau_node_error(node, err, "expected a number or two, [below, above], not %zu",
                                mutau_node_count(node));
    if (!is_list && node->kind != MUTAU_NODE_SCALAR)
        return wrong_type(node, err, "a number or [below, above]");
    for (size_t i = 0; i < 2; i++)
        MUTAU_CHECK(mutau_node_real(is_list ? mutau_node_at(node, i) : node, option->min,
                                    option->max, option->unit, &out[i], err));
    return MUTAU_OK;
}

static mutau_status read_option(mutau_node *node, const mutau_option *option, void *settings,
                                mutau_error *err)
{
    void *field = (char *)settings + option->offset;
    switch (option->type) {
    case MUTAU_OPTION_REAL: {
        const double max = fmin(option->max, 1.7976931348623157e308);
        return mutau_node_real(node, fmax(option->min, -1.7976931348623157e308), max, option->unit,
                               field, err);
    }
    case MUTAU_OPTION_SIDES:
        return read_sides(node, option, field, err);
    case MUTAU_OPTION_INTEGER:
        return mutau_node_integer(node, (long)option->min, (long)option->max, field, err);
    case MUTAU_OPTION_BOOL:
        return read_bool(node, field, err);
    case MUTAU_OPTION_CHOICE:
        return mutau_node_choice(node, option->choices, field, err);
    case MUTAU_OPTION_TEXT:
        return read_text(node, field, err);
    }
    return mutau_node_error(node, err, "'%s' has no type", option->key);
}

/* The default as text; false if the option has none. */
static bool write_default(const mutau_option *option, char text[MUTAU_OPTION_TEXT_SIZE])
{
    const char *word = NULL;
    switch (option->type) {
    case MUTAU_OPTION_REAL:
        mutau_number_write(option->def, text);
        return !isnan(option->def);
    case MUTAU_OPTION_SIDES:
        return false;
    case MUTAU_OPTION_INTEGER:
        (void)snprintf(text, MUTAU_OPTION_TEXT_SIZE, "%ld", (long)option->def);
        return true;
    case MUTAU_OPTION_BOOL:
        word = option->def > 0.0 || option->def < 0.0 ? "true" : "false";
        break;
    case MUTAU_OPTION_CHOICE:
        word = option->def >= 0.0 ? option->choices[(size_t)option->def] : NULL;
        break;
    case MUTAU_OPTION_TEXT:
        word = option->def_text;
        break;
    }
    (void)snprintf(text, MUTAU_OPTION_TEXT_SIZE, "%s", word != NULL ? word : "");
    return text[0] != '\0';
}

static void set_default(const mutau_option *option, void *settings)
{
    void *field = (char *)settings + option->offset;
    const bool none = option->required;
    switch (option->type) {
    case MUTAU_OPTION_REAL:
        *(double *)field = none ? (double)NAN : option->def;
        break;
    case MUTAU_OPTION_SIDES:
        for (size_t i = 0; i < 2; i++)
            ((double *)field)[i] = (double)NAN;
        break;
    case MUTAU_OPTION_INTEGER:
        *(long *)field = none ? 0 : (long)option->def;
        break;
    case MUTAU_OPTION_BOOL:
        *(bool *)field = !none && (option->def > 0.0 || option->def < 0.0);
        break;
    case MUTAU_OPTION_CHOICE:
        *(int *)field = none ? 0 : (int)option->def;
        break;
    case MUTAU_OPTION_TEXT:
        (void)snprintf(field, MUTAU_OPTION_TEXT_SIZE, "%s",
                       none || option->def_text == NULL ? "" : option->def_text);
        break;
    }
}

void mutau_option_defaults(const mutau_option table[], size_t n_option, void *settings)
{
    for (size_t i = 0; i < n_option; i++)
        set_default(&table[i], settings);
}

/* The names of the table, then of `other`, ended by NULL. */
static void collect_names(const mutau_option table[], size_t n_option, const char *const other[],
                          const char *known[MAX_KNOWN + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < n_option && n < MAX_KNOWN; i++)
        known[n++] = table[i].key;
    for (size_t i = 0; other != NULL && other[i] != NULL && n < MAX_KNOWN; i++)
        known[n++] = other[i];
    known[n] = NULL;
}

static mutau_status check_keys(const mutau_node *node, const char *const known[], mutau_error *err)
{
    for (size_t i = 0; i < node->n; i++) {
        const char *key = node->entries[i].key;
        size_t k = 0;
        while (known[k] != NULL && strcmp(known[k], key) != 0)
            k++;
        if (known[k] != NULL)
            continue;
        char list[LIST_SIZE], hint[MUTAU_SUGGEST_SIZE];
        return mutau_node_key_error(node, i, err, "unknown key%s known: %s",
                                    mutau_suggest_and(key, known, "", hint),
                                    mutau_list_names(known, sizeof list, list));
    }
    return MUTAU_OK;
}

static mutau_status complete(mutau_node *node, const mutau_option *option, void *settings,
                             mutau_error *err)
{
    char text[MUTAU_OPTION_TEXT_SIZE];
    if (option->required) {
        char list[LIST_SIZE] = "";
        if (option->choices != NULL)
            (void)mutau_list_names(option->choices, sizeof list, list);
        return mutau_node_error(node, err, "needs the key '%s'%s%s%s", option->key,
                                list[0] != '\0' ? " (one of " : "", list,
                                list[0] != '\0' ? ")" : "");
    }
    set_default(option, settings);
    if (!write_default(option, text))
        return MUTAU_OK;
    mutau_node *value = NULL;
    MUTAU_CHECK(mutau_node_new(node->config, MUTAU_NODE_SCALAR, node->place, &value, err));
    MUTAU_CHECK(
        mutau_node_set_text(value, text, strlen(text), option->type == MUTAU_OPTION_TEXT, err));
    return mutau_node_append(node, option->key, node->place, value, err);
}

mutau_status mutau_config_read(mutau_node *node, const mutau_option table[], size_t n_option,
                               const char *const other[], void *settings, mutau_error *err)
{
    const char *known[MAX_KNOWN + 1];
    collect_names(table, n_option, other, known);
    if (node->kind != MUTAU_NODE_MAPPING) {
        char list[LIST_SIZE], shown[MUTAU_SHOWN_SIZE];
        mutau_node_show(node, shown);
        return mutau_node_error(node, err, "expected a mapping with keys of %s, not %s",
                                mutau_list_names(known, sizeof list, list), shown);
    }
    MUTAU_CHECK(check_keys(node, known, err));
    for (size_t i = 0; i < n_option; i++) {
        mutau_node *value = mutau_node_child(node, table[i].key);
        if (value != NULL)
            MUTAU_CHECK(read_option(value, &table[i], settings, err));
        else
            MUTAU_CHECK(complete(node, &table[i], settings, err));
    }
    mutau_node_reorder(node, known);
    return MUTAU_OK;
}
