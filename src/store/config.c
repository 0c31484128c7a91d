/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents: reading the bytes, refusing what is no text, and applying --set;
 * documented in store/config.h. */
#include "config_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/text_file.h"
#include "base/utf8.h"

const char mutau_config_set_name[] = "--set";

/* What YAML does not allow as it stands: C0 but for tab and line ends, DEL, C1 but
 * for NEL, and the two noncharacters U+FFFE, U+FFFF. */
static bool is_forbidden(const unsigned char *at)
{
    if (*at < 0x20)
        return *at != '\t' && *at != '\n' && *at != '\r';
    if (*at == 0xc2)
        return at[1] < 0xa0 && at[1] != 0x85;
    return *at == 0x7f || (*at == 0xef && at[1] == 0xbf && at[2] >= 0xbe);
}

static mutau_status too_large(mutau_place place, mutau_error *err)
{
    return mutau_place_error(place, err, "larger than %d bytes", MUTAU_CONFIG_MAX_BYTES);
}

static mutau_status check_bytes(const char *source, const char *text, size_t size, mutau_error *err)
{
    mutau_place place = {.source = source, .line = 1, .column = 1};
    if (size > MUTAU_CONFIG_MAX_BYTES)
        return too_large(place, err);
    for (size_t i = 0; i < size;) {
        const unsigned char *at = (const unsigned char *)text + i;
        const size_t n = mutau_utf8_length(text + i, size - i);
        if (n == 0)
            return mutau_place_error(place, err, "byte 0x%02x is not UTF-8 text", (unsigned)*at);
        if (is_forbidden(at))
            return mutau_place_error(place, err, "control character 0x%02x: not a text file",
                                     (unsigned)at[n - 1]);
        i += n;
        place.column++;
        if (*at == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return MUTAU_OK;
}

/* The mapping under `key`, made if there is none; a scalar gives way to it. */
static mutau_status enter(mutau_node *node, const char *key, mutau_place place, mutau_node **out,
                          mutau_error *err)
{
    mutau_node *child = mutau_node_child(node, key);
    if (child != NULL && child->kind == MUTAU_NODE_SEQUENCE)
        return mutau_place_error(place, err, "'%.60s' is a list: set it as a whole", key);
    if (child == NULL || child->kind == MUTAU_NODE_SCALAR) {
        mutau_node *former = child != NULL && !mutau_node_is_null(child) ? child : NULL;
        MUTAU_CHECK(mutau_node_new(node->config, MUTAU_NODE_MAPPING, place, &child, err));
        MUTAU_CHECK(mutau_node_put(node, key, place, child, err));
        child->former = former;
    }
    *out = child;
    return MUTAU_OK;
}

/* Applies key[0 .. size) = value; the key is changed on the way. */
static mutau_status set_value(mutau_config *config, char *key, const char *value, mutau_error *err)
{
    mutau_node *node = config->root;
    mutau_place place = {.source = mutau_config_set_name, .line = 1, .column = 1};
    const size_t value_column = strlen(key) + 2;
    for (size_t depth = 1;; depth++) {
        char *dot = strchr(key, '.');
        if (dot != NULL)
            *dot = '\0';
        if (*key == '\0')
            return mutau_place_error(place, err, "an empty key: KEY.KEY=VALUE is needed");
        if (depth >= MUTAU_CONFIG_MAX_DEPTH)
            return mutau_place_error(place, err, "nested deeper than %d levels",
                                     MUTAU_CONFIG_MAX_DEPTH);
        if (dot == NULL) {
            mutau_node *set = NULL;
            MUTAU_CHECK(mutau_config_parse_yaml(config, mutau_config_set_name, value_column, depth,
                                                value, strlen(value), &set, err));
            set->is_replacement = mutau_node_child(node, key) != NULL;
            return mutau_node_put(node, key, place, set, err);
        }
        MUTAU_CHECK(enter(node, key, place, &node, err));
        place.column += (size_t)(dot + 1 - key);
        key = dot + 1;
    }
}

static mutau_status apply_assignment(mutau_config *config, const char *text, mutau_error *err)
{
    const mutau_place start = {.source = mutau_config_set_name, .line = 1, .column = 1};
    MUTAU_CHECK(check_bytes(mutau_config_set_name, text, strlen(text), err));
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        return mutau_place_error(start, err, "'%.60s' has no '=': KEY.KEY=VALUE is needed", text);
    char *key = mutau_strdup(text);
    if (key == NULL)
        return mutau_config_no_memory(config, err);
    key[equals - text] = '\0';
    const mutau_status status = set_value(config, key, equals + 1, err);
    free(key);
    return status;
}

static mutau_status build(mutau_config *config, const char *text, size_t size, size_t n_assignment,
                          const char *const assignments[], mutau_error *err)
{
    const mutau_place start = {.source = config->name, .line = 1, .column = 1};
    MUTAU_CHECK(check_bytes(config->name, text, size, err));
    if (size == 0)
        return mutau_place_error(start, err, "the file is empty");
    MUTAU_CHECK(
        mutau_config_parse_yaml(config, config->name, 1, 0, text, size, &config->root, err));
    if (config->root->kind != MUTAU_NODE_MAPPING) {
        char shown[MUTAU_SHOWN_SIZE];
        mutau_node_show(config->root, shown);
        return mutau_place_error(config->root->place, err, "expected lines of 'key: value', not %s",
                                 shown);
    }
    for (size_t i = 0; i < n_assignment; i++)
        MUTAU_CHECK(apply_assignment(config, assignments[i], err));
    return MUTAU_OK;
}

mutau_status mutau_config_parse_text(const char *name, const char *text, size_t size,
                                     size_t n_assignment, const char *const assignments[],
                                     mutau_config **out, mutau_error *err)
{
    *out = NULL;
    mutau_config *config = mutau_calloc(1, sizeof *config);
    if (config != NULL)
        config->name = mutau_strdup(name);
    if (config == NULL || config->name == NULL) {
        free(config);
        return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory left to read it", name);
    }
    const mutau_status status = build(config, text, size, n_assignment, assignments, err);
    if (status != MUTAU_OK) {
        mutau_config_free(config);
        return status;
    }
    *out = config;
    return MUTAU_OK;
}

mutau_status mutau_config_parse_file(const char *path, size_t n_assignment,
                                     const char *const assignments[], mutau_config **out,
                                     mutau_error *err)
{
    const mutau_place start = {.source = path, .line = 1, .column = 1};
    char *text = NULL;
    size_t size = 0;
    *out = NULL;
    mutau_status status = mutau_text_file_read(path, MUTAU_CONFIG_MAX_BYTES, &text, &size, err);
    if (status == MUTAU_EDATA)
        return too_large(start, err);
    MUTAU_CHECK(status);
    status = mutau_config_parse_text(path, text, size, n_assignment, assignments, out, err);
    free(text);
    return status;
}
