/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the configuration module share: the tree. */
#ifndef MUTAU_CONFIG_INTERNAL_H
#define MUTAU_CONFIG_INTERNAL_H

#include "store/config.h"

/* Where something was written; line and column count from 1. */
typedef struct mutau_place {
    const char *source; /* not owned: the document's name or a literal */
    size_t line, column;
} mutau_place;

/* The source of what --set gives. */
extern const char mutau_config_set_name[];

/* One entry of a mapping, or of a sequence (key NULL). */
typedef struct mutau_entry {
    char *key; /* owned */
    mutau_place place;
    mutau_node *value;
} mutau_entry;

struct mutau_node {
    mutau_node_kind kind;
    mutau_config *config; /* its document */
    mutau_node *parent;   /* NULL for the root */
    mutau_node *next;     /* in the document's list of all nodes */
    mutau_place place;
    mutau_node *former;  /* of a mapping: the scalar that it replaced for --set, or NULL */
    bool is_replacement; /* by --set, of something that the document has */
    char *text;          /* owned; of a scalar */
    bool quoted;
    size_t n, capacity;
    mutau_entry *entries; /* owned */
};

/* Nodes live as long as the document, also when the tree no longer holds them. */
struct mutau_config {
    char *name;
    mutau_node *root;
    mutau_node *nodes;
    size_t n_node;
};

/* A new node outside the tree; MUTAU_ECONFIG if the document has too many. */
mutau_status mutau_node_new(mutau_config *config, mutau_node_kind kind, mutau_place place,
                            mutau_node **out, mutau_error *err) MUTAU_MUST_CHECK;
/* Makes text[size] the text of the scalar `node`. */
mutau_status mutau_node_set_text(mutau_node *node, const char *text, size_t size, bool quoted,
                                 mutau_error *err) MUTAU_MUST_CHECK;
/* Appends a value; `key` (NULL in a sequence) is copied. */
mutau_status mutau_node_append(mutau_node *node, const char *key, mutau_place place,
                               mutau_node *value, mutau_error *err) MUTAU_MUST_CHECK;
/* Appends or replaces. */
mutau_status mutau_node_put(mutau_node *mapping, const char *key, mutau_place place,
                            mutau_node *value, mutau_error *err) MUTAU_MUST_CHECK;
/* Index of `key`; the number of entries if there is none. */
size_t mutau_node_find(const mutau_node *mapping, const char *key);
/* A deep copy outside the tree. */
mutau_status mutau_node_copy(const mutau_node *node, mutau_node **out,
                             mutau_error *err) MUTAU_MUST_CHECK;
/* The number of nodes from `node` on, and of mappings and sequences within another. */
void mutau_node_measure(const mutau_node *node, size_t *n_node, size_t *n_level);

/* "a list", "a mapping", "nothing" or "'text'", cut to a length for messages. */
#define MUTAU_SHOWN_SIZE 64
void mutau_node_show(const mutau_node *node, char shown[MUTAU_SHOWN_SIZE]);

/* Sets err to "SOURCE:LINE:COLUMN: <formatted text>", returns MUTAU_ECONFIG. */
mutau_status mutau_place_error(mutau_place place, mutau_error *err, const char *format, ...)
    MUTAU_PRINTF(3, 4);
mutau_status mutau_config_no_memory(const mutau_config *config, mutau_error *err);

/* Parses text[size] (checked UTF-8) as one YAML value of `config`, to stand `depth`
 * levels below the root; columns of its first line count from `column`. */
mutau_status mutau_config_parse_yaml(mutau_config *config, const char *source, size_t column,
                                     size_t depth, const char *text, size_t size, mutau_node **out,
                                     mutau_error *err) MUTAU_MUST_CHECK;

#endif
