/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree behind a configuration: nodes that know where they stand, and the
 * messages that point there; documented in store/config.h. */
#include "config_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"

/* A value may be set at a depth of its own below the deepest key of --set. */
enum { PATH_DEPTH = 3 * MUTAU_CONFIG_MAX_DEPTH };

mutau_status mutau_config_no_memory(const mutau_config *config, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory left to read it", config->name);
}

mutau_status mutau_node_new(mutau_config *config, mutau_node_kind kind, mutau_place place,
                            mutau_node **out, mutau_error *err)
{
    if (config->n_node >= MUTAU_CONFIG_MAX_NODES)
        return mutau_place_error(place, err, "more than %d values, aliases expanded",
                                 MUTAU_CONFIG_MAX_NODES);
    mutau_node *node = mutau_calloc(1, sizeof *node);
    if (node == NULL)
        return mutau_config_no_memory(config, err);
    node->kind = kind;
    node->config = config;
    node->place = place;
    node->next = config->nodes;
    config->nodes = node;
    config->n_node++;
    *out = node;
    return MUTAU_OK;
}

static void drop_content(mutau_node *node)
{
    for (size_t i = 0; i < node->n; i++)
        free(node->entries[i].key);
    free(node->entries);
    free(node->text);
    node->entries = NULL;
    node->text = NULL;
    node->n = node->capacity = 0;
}

void mutau_config_free(mutau_config *config)
{
    if (config == NULL)
        return;
    for (mutau_node *node = config->nodes; node != NULL;) {
        mutau_node *next = node->next;
        drop_content(node);
        free(node);
        node = next;
    }
    free(config->name);
    free(config);
}

mutau_status mutau_node_set_text(mutau_node *node, const char *text, size_t size, bool quoted,
                                 mutau_error *err)
{
    char *copy = mutau_calloc(size + 1, 1);
    if (copy == NULL)
        return mutau_config_no_memory(node->config, err);
    memcpy(copy, text, size);
    free(node->text);
    node->text = copy;
    node->quoted = quoted;
    return MUTAU_OK;
}

mutau_status mutau_node_append(mutau_node *node, const char *key, mutau_place place,
                               mutau_node *value, mutau_error *err)
{
    if (node->n == node->capacity) {
        const size_t capacity = node->capacity == 0 ? 8 : 2 * node->capacity;
        mutau_entry *grown = mutau_realloc(node->entries, capacity, sizeof *grown);
        if (grown == NULL)
            return mutau_config_no_memory(node->config, err);
        node->entries = grown;
        node->capacity = capacity;
    }
    char *copy = key != NULL ? mutau_strdup(key) : NULL;
    if (key != NULL && copy == NULL)
        return mutau_config_no_memory(node->config, err);
    node->entries[node->n++] = (mutau_entry){.key = copy, .place = place, .value = value};
    value->parent = node;
    return MUTAU_OK;
}

mutau_status mutau_node_put(mutau_node *mapping, const char *key, mutau_place place,
                            mutau_node *value, mutau_error *err)
{
    const size_t i = mutau_node_find(mapping, key);
    if (i == mapping->n)
        return mutau_node_append(mapping, key, place, value, err);
    mapping->entries[i].place = place;
    mapping->entries[i].value = value;
    value->parent = mapping;
    return MUTAU_OK;
}

size_t mutau_node_find(const mutau_node *mapping, const char *key)
{
    size_t i = 0;
    while (i < mapping->n && strcmp(mapping->entries[i].key, key) != 0)
        i++;
    return i;
}

static mutau_status copy_entries(const mutau_node *from, mutau_node *to, mutau_error *err)
{
    for (size_t i = 0; i < from->n; i++) {
        const mutau_entry *entry = &from->entries[i];
        mutau_node *value = NULL;
        MUTAU_CHECK(mutau_node_copy(entry->value, &value, err));
        MUTAU_CHECK(mutau_node_append(to, entry->key, entry->place, value, err));
    }
    return MUTAU_OK;
}

mutau_status mutau_node_copy(const mutau_node *node, mutau_node **out, mutau_error *err)
{
    MUTAU_CHECK(mutau_node_new(node->config, node->kind, node->place, out, err));
    if (node->kind == MUTAU_NODE_SCALAR)
        return mutau_node_set_text(*out, node->text, strlen(node->text), node->quoted, err);
    return copy_entries(node, *out, err);
}

void mutau_node_measure(const mutau_node *node, size_t *n_node, size_t *n_level)
{
    size_t deepest = 0;
    *n_node = 1;
    for (size_t i = 0; i < node->n; i++) {
        size_t n, levels;
        mutau_node_measure(node->entries[i].value, &n, &levels);
        *n_node += n;
        deepest = levels > deepest ? levels : deepest;
    }
    *n_level = node->kind == MUTAU_NODE_SCALAR ? 0 : deepest + 1;
}

mutau_node *mutau_config_root(mutau_config *config)
{
    return config->root;
}

mutau_node_kind mutau_node_what(const mutau_node *node)
{
    return node->kind;
}

const char *mutau_node_text(const mutau_node *node)
{
    return node->text != NULL ? node->text : "";
}

size_t mutau_node_count(const mutau_node *node)
{
    return node->n;
}

mutau_node *mutau_node_at(const mutau_node *node, size_t i)
{
    return node->entries[i].value;
}

const char *mutau_node_key(const mutau_node *node, size_t i)
{
    return node->entries[i].key;
}

mutau_node *mutau_node_child(const mutau_node *node, const char *key)
{
    if (node->kind != MUTAU_NODE_MAPPING)
        return NULL;
    const size_t i = mutau_node_find(node, key);
    return i < node->n ? node->entries[i].value : NULL;
}

bool mutau_node_is_number(const mutau_node *node)
{
    double value;
    return node->kind == MUTAU_NODE_SCALAR && !node->quoted &&
           mutau_number_read(node->text, &value);
}

bool mutau_node_is_null(const mutau_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != MUTAU_NODE_SCALAR || node->quoted)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

bool mutau_node_is_switch(const mutau_node *node, bool *on)
{
    static const char *const words[2][9] = {
        {"off", "Off", "OFF", "false", "False", "FALSE", "no", "No", "NO"},
        {"on", "On", "ON", "true", "True", "TRUE", "yes", "Yes", "YES"}};
    for (size_t i = 0; i < 18 && node->kind == MUTAU_NODE_SCALAR; i++) {
        if (strcmp(node->text, words[i / 9][i % 9]) != 0)
            continue;
        *on = i / 9 == 1;
        return true;
    }
    return false;
}

static bool is_set(const mutau_node *node)
{
    return node->place.source == mutau_config_set_name;
}

static bool holds_set(const mutau_node *node)
{
    for (size_t i = 0; i < node->n; i++)
        if (holds_set(node->entries[i].value))
            return true;
    return is_set(node);
}

bool mutau_node_overrules(const mutau_node *node, const mutau_node *other)
{
    return is_set(node) && !holds_set(other);
}

void mutau_node_remove(mutau_node *mapping, const char *key)
{
    const size_t i =
        mapping->kind == MUTAU_NODE_MAPPING ? mutau_node_find(mapping, key) : mapping->n;
    if (i == mapping->n)
        return;
    free(mapping->entries[i].key);
    mapping->n--;
    memmove(&mapping->entries[i], &mapping->entries[i + 1],
            (mapping->n - i) * sizeof mapping->entries[0]);
}

void mutau_node_reorder(mutau_node *mapping, const char *const keys[])
{
    size_t n_done = 0;
    for (size_t k = 0; keys[k] != NULL; k++) {
        const size_t i = mutau_node_find(mapping, keys[k]);
        if (i == mapping->n || i < n_done)
            continue;
        const mutau_entry entry = mapping->entries[i];
        memmove(&mapping->entries[n_done + 1], &mapping->entries[n_done],
                (i - n_done) * sizeof entry);
        mapping->entries[n_done++] = entry;
    }
}

/* Makes the scalar the mapping { key: <what it was> }. */
static mutau_status wrap(mutau_node *node, const char *key, mutau_error *err)
{
    mutau_node *inner = NULL;
    MUTAU_CHECK(mutau_node_new(node->config, node->kind, node->place, &inner, err));
    inner->text = node->text;
    inner->quoted = node->quoted;
    node->kind = MUTAU_NODE_MAPPING;
    node->text = NULL;
    node->quoted = false;
    return mutau_node_append(node, key, node->place, inner, err);
}

bool mutau_node_is_replacement(const mutau_node *node)
{
    return node->is_replacement;
}

mutau_node *mutau_node_former(const mutau_node *node)
{
    return node->former;
}

mutau_status mutau_node_spell_out(mutau_node *node, const char *key, mutau_error *err)
{
    if (node->kind == MUTAU_NODE_SCALAR)
        return wrap(node, key, err);
    if (node->former == NULL || mutau_node_child(node, key) != NULL)
        return MUTAU_OK;
    mutau_node *former = node->former;
    node->former = NULL;
    return mutau_node_put(node, key, former->place, former, err);
}

static void relocate(mutau_node *node, mutau_place place)
{
    node->place = place;
    for (size_t i = 0; i < node->n; i++) {
        node->entries[i].place = place;
        relocate(node->entries[i].value, place);
    }
}

mutau_status mutau_node_assign(mutau_node *mapping, const char *key, const char *text,
                               mutau_error *err)
{
    mutau_node *value = NULL;
    const mutau_place place = mapping->place;
    MUTAU_CHECK(mutau_config_parse_yaml(mapping->config, place.source, place.column, 1, text,
                                        strlen(text), &value, err));
    relocate(value, place);
    return mutau_node_put(mapping, key, place, value, err);
}

mutau_status mutau_node_assign_document(mutau_node *mapping, const char *key, const char *text,
                                        mutau_error *err)
{
    mutau_node *value = NULL;
    const mutau_place place = {mapping->place.source, 1, 1};
    MUTAU_CHECK(mutau_config_parse_yaml(mapping->config, place.source, place.column, 1, text,
                                        strlen(text), &value, err));
    return mutau_node_put(mapping, key, place, value, err);
}

mutau_status mutau_node_assign_text(mutau_node *mapping, const char *key, const char *text,
                                    mutau_error *err)
{
    mutau_node *value = NULL;
    MUTAU_CHECK(mutau_node_new(mapping->config, MUTAU_NODE_SCALAR, mapping->place, &value, err));
    MUTAU_CHECK(mutau_node_set_text(value, text, strlen(text), true, err));
    return mutau_node_put(mapping, key, mapping->place, value, err);
}

void mutau_node_show(const mutau_node *node, char shown[MUTAU_SHOWN_SIZE])
{
    const char *text = mutau_node_text(node);
    if (node->kind != MUTAU_NODE_SCALAR) {
        (void)snprintf(shown, MUTAU_SHOWN_SIZE, "%s",
                       node->kind == MUTAU_NODE_SEQUENCE ? "a list" : "a mapping");
        return;
    }
    if (mutau_node_is_null(node)) {
        (void)snprintf(shown, MUTAU_SHOWN_SIZE, "nothing");
        return;
    }
    size_t n = strlen(text);
    const size_t room = MUTAU_SHOWN_SIZE - 8;
    const bool cut = n > room;
    if (cut)
        for (n = room; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
            n--;
    (void)snprintf(shown, MUTAU_SHOWN_SIZE, "'%.*s%s'", (int)n, text, cut ? "..." : "");
}

/* Appends the step from the parent of `node` to it: ".key" or "[i]". */
static void add_step(const mutau_node *node, char path[MUTAU_NODE_PATH_SIZE])
{
    const mutau_node *parent = node->parent;
    const size_t used = strlen(path);
    size_t i = 0;
    while (i < parent->n && parent->entries[i].value != node)
        i++;
    if (i == parent->n)
        return;
    if (parent->kind == MUTAU_NODE_SEQUENCE)
        (void)snprintf(path + used, MUTAU_NODE_PATH_SIZE - used, "[%zu]", i);
    else
        (void)snprintf(path + used, MUTAU_NODE_PATH_SIZE - used, "%s%.40s", used > 0 ? "." : "",
                       parent->entries[i].key);
}

void mutau_node_path(const mutau_node *node, char path[MUTAU_NODE_PATH_SIZE])
{
    const mutau_node *chain[PATH_DEPTH];
    size_t n = 0;
    for (; node != NULL && node->parent != NULL && n < PATH_DEPTH; node = node->parent)
        chain[n++] = node;
    path[0] = '\0';
    while (n > 0)
        add_step(chain[--n], path);
}

static mutau_status place_error_list(mutau_place place, const char *path, mutau_error *err,
                                     const char *format, va_list args) MUTAU_PRINTF(4, 0);

static mutau_status place_error_list(mutau_place place, const char *path, mutau_error *err,
                                     const char *format, va_list args)
{
    char text[MUTAU_ERROR_SIZE];
    (void)vsnprintf(text, sizeof text, format, args);
    return mutau_error_set(err, MUTAU_ECONFIG, "%s:%zu:%zu: %s%s%s", place.source, place.line,
                           place.column, path, path[0] != '\0' ? ": " : "", text);
}

mutau_status mutau_place_error(mutau_place place, mutau_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const mutau_status status = place_error_list(place, "", err, format, args);
    va_end(args);
    return status;
}

mutau_status mutau_node_error(const mutau_node *node, mutau_error *err, const char *format, ...)
{
    char path[MUTAU_NODE_PATH_SIZE];
    mutau_node_path(node, path);
    va_list args;
    va_start(args, format);
    const mutau_status status = place_error_list(node->place, path, err, format, args);
    va_end(args);
    return status;
}

mutau_status mutau_node_key_error(const mutau_node *node, size_t i, mutau_error *err,
                                  const char *format, ...)
{
    char path[MUTAU_NODE_PATH_SIZE];
    mutau_node_path(node->entries[i].value, path);
    va_list args;
    va_start(args, format);
    const mutau_status status = place_error_list(node->entries[i].place, path, err, format, args);
    va_end(args);
    return status;
}
