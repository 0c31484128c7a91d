/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML text to nodes and back on libyaml's events: the only file that knows
 * libyaml.  Documented in store/config.h and config_internal.h.
 *
 * Parsing keeps a stack of open mappings and sequences.  An alias is a deep copy
 * of its anchor's node, so the limit on the number of nodes also stops aliases of
 * aliases of aliases. */
#include "config_internal.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"

enum { MAX_ANCHORS = 256 };

/* An open mapping or sequence; `key` waits for its value. */
typedef struct frame {
    mutau_node *node;
    char *key;
    mutau_place key_place;
} frame;

typedef struct anchor {
    char *name;
    mutau_node *node;
} anchor;

typedef struct builder {
    mutau_config *config;
    const char *source;
    size_t column;   /* of the text's first character */
    mutau_place end; /* of the text */
    size_t n_char;   /* in the text */
    size_t depth0;   /* levels above the value */
    yaml_parser_t parser;
    frame stack[MUTAU_CONFIG_MAX_DEPTH];
    size_t n_open;
    anchor anchors[MAX_ANCHORS];
    size_t n_anchor;
    size_t n_document;
    mutau_node *root;
} builder;

static mutau_place place_of(const builder *b, yaml_mark_t mark)
{
    const size_t shift = mark.line == 0 ? b->column - 1 : 0;
    if (mark.index >= b->n_char) /* libyaml ends an unended line by itself */
        return b->end;
    return (mutau_place){
        .source = b->source, .line = mark.line + 1, .column = mark.column + 1 + shift};
}

/* Notes where text[size] ends. */
static void find_end(builder *b, const char *text, size_t size)
{
    b->end = (mutau_place){.source = b->source, .line = 1, .column = b->column};
    for (size_t i = 0; i < size; i++) {
        const size_t starts_char = ((unsigned char)text[i] & 0xc0) != 0x80;
        b->n_char += starts_char;
        b->end.column += starts_char;
        const bool before_lf = i + 1 < size && text[i + 1] == '\n';
        if (text[i] == '\n' || (text[i] == '\r' && !before_lf)) {
            b->end.line++;
            b->end.column = 1;
        }
    }
}

static mutau_status parser_error(const builder *b, mutau_error *err)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return mutau_config_no_memory(b->config, err);
    const char *problem = p->problem != NULL ? p->problem : "cannot be read";
    const char *context = p->context;
    const yaml_mark_t mark = p->error == YAML_READER_ERROR ? p->mark : p->problem_mark;
    return mutau_place_error(place_of(b, mark), err, "not valid YAML: %s%s%s%s", problem,
                             context != NULL ? " (" : "", context != NULL ? context : "",
                             context != NULL ? ")" : "");
}

/* The open mapping that waits for a key, or NULL. */
static frame *frame_wanting_key(builder *b)
{
    frame *top = b->n_open > 0 ? &b->stack[b->n_open - 1] : NULL;
    const bool wants = top != NULL && top->node->kind == MUTAU_NODE_MAPPING && top->key == NULL;
    return wants ? top : NULL;
}

static mutau_status attach(builder *b, mutau_node *node, mutau_error *err)
{
    if (b->n_open == 0) {
        b->root = node;
        return MUTAU_OK;
    }
    frame *top = &b->stack[b->n_open - 1];
    const mutau_place place = top->key != NULL ? top->key_place : node->place;
    const mutau_status status = mutau_node_append(top->node, top->key, place, node, err);
    free(top->key);
    top->key = NULL;
    return status;
}

static mutau_status add_anchor(builder *b, const yaml_char_t *name, mutau_node *node,
                               mutau_error *err)
{
    if (name == NULL)
        return MUTAU_OK;
    if (b->n_anchor == MAX_ANCHORS)
        return mutau_place_error(node->place, err, "more than %d anchors", MAX_ANCHORS);
    char *copy = mutau_strdup((const char *)name);
    if (copy == NULL)
        return mutau_config_no_memory(b->config, err);
    b->anchors[b->n_anchor++] = (anchor){.name = copy, .node = node};
    return MUTAU_OK;
}

static mutau_status take_key(builder *b, frame *top, const yaml_event_t *event, mutau_error *err)
{
    const mutau_place place = place_of(b, event->start_mark);
    const char *key = (const char *)event->data.scalar.value;
    const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (event->data.scalar.tag != NULL)
        return mutau_place_error(place, err, "tags (!...) are not allowed");
    if (event->data.scalar.anchor != NULL)
        return mutau_place_error(place, err, "an anchor on a key is not allowed");
    if (strlen(key) != event->data.scalar.length)
        return mutau_place_error(place, err, "a zero byte in a key");
    if (plain && strcmp(key, "<<") == 0)
        return mutau_place_error(place, err,
                                 "merge keys (<<) are not supported: write the keys "
                                 "out, or use an alias for a whole value");
    const size_t i = mutau_node_find(top->node, key);
    if (i < top->node->n) {
        const size_t line = top->node->entries[i].place.line;
        return mutau_place_error(place, err, "duplicate key '%.60s', first given on line %zu", key,
                                 line);
    }
    top->key = mutau_strdup(key);
    top->key_place = place;
    return top->key != NULL ? MUTAU_OK : mutau_config_no_memory(b->config, err);
}

static mutau_status take_scalar(builder *b, const yaml_event_t *event, mutau_error *err)
{
    frame *top = frame_wanting_key(b);
    if (top != NULL)
        return take_key(b, top, event, err);
    const mutau_place place = place_of(b, event->start_mark);
    const char *text = (const char *)event->data.scalar.value;
    const bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (event->data.scalar.tag != NULL)
        return mutau_place_error(place, err, "tags (!...) are not allowed");
    if (strlen(text) != event->data.scalar.length)
        return mutau_place_error(place, err, "a zero byte in a text");
    mutau_node *node = NULL;
    MUTAU_CHECK(mutau_node_new(b->config, MUTAU_NODE_SCALAR, place, &node, err));
    MUTAU_CHECK(mutau_node_set_text(node, text, event->data.scalar.length, quoted, err));
    MUTAU_CHECK(add_anchor(b, event->data.scalar.anchor, node, err));
    return attach(b, node, err);
}

static mutau_status open_node(builder *b, const yaml_event_t *event, mutau_error *err)
{
    const bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *tag =
        is_mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *name =
        is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const mutau_place place = place_of(b, event->start_mark);
    if (frame_wanting_key(b) != NULL)
        return mutau_place_error(place, err, "a key must be a text");
    if (tag != NULL)
        return mutau_place_error(place, err, "tags (!...) are not allowed");
    if (b->depth0 + b->n_open >= MUTAU_CONFIG_MAX_DEPTH)
        return mutau_place_error(place, err, "nested deeper than %d levels",
                                 MUTAU_CONFIG_MAX_DEPTH);
    mutau_node *node = NULL;
    MUTAU_CHECK(mutau_node_new(b->config, is_mapping ? MUTAU_NODE_MAPPING : MUTAU_NODE_SEQUENCE,
                               place, &node, err));
    MUTAU_CHECK(add_anchor(b, name, node, err));
    MUTAU_CHECK(attach(b, node, err));
    b->stack[b->n_open++] = (frame){.node = node};
    return MUTAU_OK;
}

static mutau_status take_alias(builder *b, const yaml_event_t *event, mutau_error *err)
{
    const char *name = (const char *)event->data.alias.anchor;
    const mutau_place place = place_of(b, event->start_mark);
    if (frame_wanting_key(b) != NULL)
        return mutau_place_error(place, err, "a key cannot be an alias");
    size_t i = b->n_anchor;
    while (i > 0 && strcmp(b->anchors[i - 1].name, name) != 0)
        i--;
    if (i == 0)
        return mutau_place_error(place, err, "no anchor '&%.60s' before this alias", name);
    const mutau_node *target = b->anchors[i - 1].node;
    for (size_t k = 0; k < b->n_open; k++)
        if (b->stack[k].node == target)
            return mutau_place_error(place, err, "alias '*%.60s' stands inside its own anchor",
                                     name);
    size_t n_node, n_level;
    mutau_node *node = NULL;
    mutau_node_measure(target, &n_node, &n_level);
    if (n_node > MUTAU_CONFIG_MAX_NODES - b->config->n_node)
        return mutau_place_error(place, err, "more than %d values, aliases expanded",
                                 MUTAU_CONFIG_MAX_NODES);
    if (b->depth0 + b->n_open + n_level > MUTAU_CONFIG_MAX_DEPTH)
        return mutau_place_error(place, err, "nested deeper than %d levels",
                                 MUTAU_CONFIG_MAX_DEPTH);
    MUTAU_CHECK(mutau_node_copy(target, &node, err));
    return attach(b, node, err);
}

static mutau_status take_event(builder *b, const yaml_event_t *event, mutau_error *err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->n_document++ > 0)
            return mutau_place_error(place_of(b, event->start_mark), err,
                                     "a second document is not allowed");
        return MUTAU_OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(b, event, err);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return open_node(b, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->n_open--;
        return MUTAU_OK;
    case YAML_ALIAS_EVENT:
        return take_alias(b, event, err);
    default:
        return MUTAU_OK;
    }
}

static mutau_status take_events(builder *b, mutau_error *err)
{
    for (bool done = false; !done;) {
        yaml_event_t event;
        if (yaml_parser_parse(&b->parser, &event) == 0)
            return parser_error(b, err);
        done = event.type == YAML_STREAM_END_EVENT;
        const mutau_status status = take_event(b, &event, err);
        yaml_event_delete(&event);
        MUTAU_CHECK(status);
    }
    if (b->root != NULL)
        return MUTAU_OK;
    const mutau_place start = {.source = b->source, .line = 1, .column = b->column};
    if (b->depth0 == 0)
        return mutau_place_error(start, err, "nothing in it but space and comments");
    MUTAU_CHECK(mutau_node_new(b->config, MUTAU_NODE_SCALAR, start, &b->root, err));
    return mutau_node_set_text(b->root, "", 0, false, err);
}

mutau_status mutau_config_parse_yaml(mutau_config *config, const char *source, size_t column,
                                     size_t depth, const char *text, size_t size, mutau_node **out,
                                     mutau_error *err)
{
    builder b = {.config = config, .source = source, .column = column, .depth0 = depth};
    static const char mark[] = {'\xef', '\xbb', '\xbf'}; /* some editors' begin of UTF-8 */
    if (size >= sizeof mark && memcmp(text, mark, sizeof mark) == 0) {
        text += sizeof mark;
        size -= sizeof mark;
    }
    find_end(&b, text, size);
    if (yaml_parser_initialize(&b.parser) == 0)
        return mutau_config_no_memory(config, err);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, size);
    const mutau_status status = take_events(&b, err);
    for (size_t i = 0; i < b.n_open; i++)
        free(b.stack[i].key);
    for (size_t i = 0; i < b.n_anchor; i++)
        free(b.anchors[i].name);
    yaml_parser_delete(&b.parser);
    *out = b.root;
    return status;
}

/* What the emitter writes to. */
typedef struct output {
    char *text;
    size_t n, capacity;
    bool failed;
    yaml_emitter_t emitter;
} output;

static int write_output(void *data, unsigned char *bytes, size_t size)
{
    output *out = data;
    if (size >= out->capacity - out->n) {
        const size_t capacity = 2 * out->capacity + size;
        char *grown = mutau_realloc(out->text, capacity, 1);
        if (grown == NULL)
            return 0;
        out->text = grown;
        out->capacity = capacity;
    }
    memcpy(out->text + out->n, bytes, size);
    out->n += size;
    out->text[out->n] = '\0';
    return 1;
}

/* Hands over an event that was `made` (else there was no memory for it). */
static void emit(output *out, int made, yaml_event_t *event)
{
    if (out->failed || made == 0) {
        if (made != 0)
            yaml_event_delete(event);
        out->failed = true;
        return;
    }
    if (yaml_emitter_emit(&out->emitter, event) == 0)
        out->failed = true;
}

/* Text that would read as something else without its quotes keeps them. */
static bool needs_quotes(const mutau_node *node)
{
    if (!node->quoted)
        return false;
    mutau_node plain = *node;
    plain.quoted = false;
    return mutau_node_is_null(&plain) || mutau_node_is_number(&plain) ||
           strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0;
}

static void emit_text(output *out, const char *text, bool quotes)
{
    yaml_event_t event;
    const yaml_scalar_style_t style =
        quotes ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
    const int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                                  (int)strlen(text), 1, 1, style);
    emit(out, made, &event);
}

static bool is_block(const mutau_node *node, size_t depth)
{
    bool nested = false;
    for (size_t i = 0; i < node->n; i++)
        nested = nested || node->entries[i].value->kind != MUTAU_NODE_SCALAR;
    return node->n > 0 && (depth == 0 || (depth == 1 && nested));
}

static void emit_node(output *out, const mutau_node *node, size_t depth)
{
    yaml_event_t event;
    if (node->kind == MUTAU_NODE_SCALAR) {
        emit_text(out, mutau_node_is_null(node) ? "null" : node->text, needs_quotes(node));
        return;
    }
    if (node->kind == MUTAU_NODE_SEQUENCE) {
        emit(out,
             yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_FLOW_SEQUENCE_STYLE),
             &event);
        for (size_t i = 0; i < node->n; i++)
            emit_node(out, node->entries[i].value, depth + 1);
        emit(out, yaml_sequence_end_event_initialize(&event), &event);
        return;
    }
    const yaml_mapping_style_t style =
        is_block(node, depth) ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;
    emit(out, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style), &event);
    for (size_t i = 0; i < node->n; i++) {
        emit_text(out, node->entries[i].key, strcmp(node->entries[i].key, "<<") == 0);
        emit_node(out, node->entries[i].value, depth + 1);
    }
    emit(out, yaml_mapping_end_event_initialize(&event), &event);
}

mutau_status mutau_config_emit(const mutau_config *config, char **text, mutau_error *err)
{
    enum { FIRST_CAPACITY = 4096 };
    output out = {.text = mutau_calloc(FIRST_CAPACITY, 1), .capacity = FIRST_CAPACITY};
    *text = NULL;
    if (out.text == NULL || yaml_emitter_initialize(&out.emitter) == 0) {
        free(out.text);
        return mutau_config_no_memory(config, err);
    }
    yaml_emitter_set_output(&out.emitter, write_output, &out);
    yaml_emitter_set_unicode(&out.emitter, 1);
    yaml_emitter_set_width(&out.emitter, -1);
    yaml_event_t event;
    emit(&out, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
    emit(&out, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event);
    emit_node(&out, config->root, 0);
    emit(&out, yaml_document_end_event_initialize(&event, 1), &event);
    emit(&out, yaml_stream_end_event_initialize(&event), &event);
    yaml_emitter_delete(&out.emitter);
    if (out.failed) {
        free(out.text);
        return mutau_config_no_memory(config, err);
    }
    *text = out.text;
    return MUTAU_OK;
}
