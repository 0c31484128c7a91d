/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file config.h
 * YAML documents as trees of nodes that know where they stand, read through
 * option tables.  The only user of libyaml.
 *
 * A document is checked while it is read: a module asks for each key it knows,
 * mutau_config_read fills its settings, and the *tree itself is completed*: a
 * missing key is added with its default, numbers are rewritten in their shortest
 * exact form.  What mutau_config_emit then prints is the complete resolved
 * document, re-runnable as it is.
 *
 * Every message starts with "FILE:LINE:COLUMN: key.path: ", says what is wrong
 * and what is allowed, and for an unknown name gives the nearest known one.
 * All errors here are MUTAU_ECONFIG unless stated; one object is used by one
 * thread at a time.
 */
#ifndef MUTAU_CONFIG_H
#define MUTAU_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"
#include "base/status.h"

/** Limits on a document, enforced before and while it is parsed. */
#define MUTAU_CONFIG_MAX_BYTES (1024 * 1024)
#define MUTAU_CONFIG_MAX_NODES 20000 /* after expansion of aliases */
#define MUTAU_CONFIG_MAX_DEPTH 32

typedef struct mutau_config mutau_config; /**< a document; owns its nodes */
typedef struct mutau_node mutau_node;     /**< a place in it; lives as long as the document */

typedef enum mutau_node_kind {
    MUTAU_NODE_SCALAR,
    MUTAU_NODE_SEQUENCE,
    MUTAU_NODE_MAPPING
} mutau_node_kind;

/** Reads the file `path`, then applies each "dotted.key=value" of
 * assignments[n_assignment] (value: YAML; an existing key is replaced, a new one
 * added; a mapping replaces a scalar, which mutau_node_former keeps; errors are located
 * as "--set:1:COLUMN").
 * MUTAU_EIO if the file cannot be read; duplicate keys, tags, a second document,
 * binary or non-UTF-8 bytes, limits exceeded: MUTAU_ECONFIG. */
mutau_status mutau_config_parse_file(const char *path, size_t n_assignment,
                                     const char *const assignments[], mutau_config **out,
                                     mutau_error *err) MUTAU_MUST_CHECK;

/** The same from text[size]; `name` stands for the file in messages. */
mutau_status mutau_config_parse_text(const char *name, const char *text, size_t size,
                                     size_t n_assignment, const char *const assignments[],
                                     mutau_config **out, mutau_error *err) MUTAU_MUST_CHECK;

void mutau_config_free(mutau_config *config);

/** The outermost node (always a mapping). */
mutau_node *mutau_config_root(mutau_config *config);

mutau_node_kind mutau_node_what(const mutau_node *node);
/** Text of a scalar ("" for other kinds); entries of a sequence or mapping. */
const char *mutau_node_text(const mutau_node *node);
size_t mutau_node_count(const mutau_node *node);
/** The i-th value of a sequence or mapping, i < count. */
mutau_node *mutau_node_at(const mutau_node *node, size_t i);
/** The i-th key of a mapping. */
const char *mutau_node_key(const mutau_node *node, size_t i);
/** The value of `key` in a mapping; NULL if absent or not a mapping. */
mutau_node *mutau_node_child(const mutau_node *node, const char *key);

/** True if `node` was given by --set, and neither `other` nor anything in it was: what is
 * meant now is `node`, and what the document says of `other` may give way to it. */
bool mutau_node_overrules(const mutau_node *node, const mutau_node *other);

/** Whether --set put the node in the place of something that the document has. */
bool mutau_node_is_replacement(const mutau_node *node);

#define MUTAU_NODE_PATH_SIZE 256

/** Writes the dotted path of a node, as in "model.mediator"; "" for the root. */
void mutau_node_path(const mutau_node *node, char path[MUTAU_NODE_PATH_SIZE]);

/** Sets err to "FILE:LINE:COLUMN: key.path: <formatted text>", returns MUTAU_ECONFIG. */
mutau_status mutau_node_error(const mutau_node *node, mutau_error *err, const char *format, ...)
    MUTAU_PRINTF(3, 4);
/** The same, pointing at the i-th key of a mapping. */
mutau_status mutau_node_key_error(const mutau_node *node, size_t i, mutau_error *err,
                                  const char *format, ...) MUTAU_PRINTF(4, 5);

/** A scalar as a real number (YAML 1.2 core: 1e-5, .inf; .nan and text are
 * refused) within [min, max]; `unit` may be NULL and only serves the message. */
mutau_status mutau_node_real(mutau_node *node, double min, double max, const char *unit,
                             double *out, mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_node_integer(mutau_node *node, long min, long max, long *out,
                                mutau_error *err) MUTAU_MUST_CHECK;
/** A scalar as one of the NULL-terminated `choices`. */
mutau_status mutau_node_choice(const mutau_node *node, const char *const choices[], int *out,
                               mutau_error *err) MUTAU_MUST_CHECK;
/** True if the scalar has the form of a number (not quoted). */
bool mutau_node_is_number(const mutau_node *node);

/** True if the scalar says nothing: no value at all, ~ or null, not quoted. */
bool mutau_node_is_null(const mutau_node *node);

/** Whether the scalar is a switch, *on or off: on, true, yes or off, false, no, each also
 * Capitalised or in CAPITALS, as programs write them that read a run file and write it again. */
bool mutau_node_is_switch(const mutau_node *node, bool *on);

/** Reads the mapping `node` through table[n_option] into `settings` and completes
 * it with the defaults of keys that are absent.  Keys named in `other`
 * (NULL-terminated, NULL for none) are left to the caller; any further key is an
 * error with the nearest known name.  Afterwards the keys stand in the order of
 * the table, the caller's last.
 *
 * A REAL must be finite, whatever its range.  A row may have no default without
 * being required: REAL with def = NAN, CHOICE with def < 0, TEXT with no def_text.
 * Absent, it stays absent and the field gets NaN, -1 or "". */
mutau_status mutau_config_read(mutau_node *node, const mutau_option table[], size_t n_option,
                               const char *const other[], void *settings,
                               mutau_error *err) MUTAU_MUST_CHECK;

/** Fills `settings` with the table's defaults (required ones with NaN, 0 or "";
 * those without a default as mutau_config_read does). */
void mutau_option_defaults(const mutau_option table[], size_t n_option, void *settings);

/** Adds or replaces `key` in a mapping with what the YAML `text` says. */
mutau_status mutau_node_assign(mutau_node *mapping, const char *key, const char *text,
                               mutau_error *err) MUTAU_MUST_CHECK;

/** The same, but errors about what `text` says are located in it, not at the mapping. */
mutau_status mutau_node_assign_document(mutau_node *mapping, const char *key, const char *text,
                                        mutau_error *err) MUTAU_MUST_CHECK;

/** Adds or replaces `key` in a mapping with the text `text` as it stands. */
mutau_status mutau_node_assign_text(mutau_node *mapping, const char *key, const char *text,
                                    mutau_error *err) MUTAU_MUST_CHECK;

/** Puts the keys of a mapping into the order of the NULL-terminated `keys`, those
 * not named there last and as they were. */
void mutau_node_reorder(mutau_node *mapping, const char *const keys[]);

/** Takes `key` out of a mapping; nothing happens if it is not there. */
void mutau_node_remove(mutau_node *mapping, const char *key);

/** The scalar that --set KEY.KEY=VALUE replaced by the mapping `node`, or NULL. */
mutau_node *mutau_node_former(const mutau_node *node);

/** Spells a shorthand out: a scalar becomes { key: <scalar> }, and the one that --set replaced by
 * this mapping comes back as `key`, unless the mapping has one. */
mutau_status mutau_node_spell_out(mutau_node *node, const char *key,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#define MUTAU_CONFIG_SHOWN_SIZE 160

/** A place where two documents differ. */
typedef struct mutau_config_difference {
    char path[128];                                              /**< "sampler.seed", "data[1]" */
    char a[MUTAU_CONFIG_SHOWN_SIZE], b[MUTAU_CONFIG_SHOWN_SIZE]; /**< the values as one-line YAML,
                                         "..." at the end of a long one; "nothing": not there */
} mutau_config_difference;

/** Whether two nodes differ, and the first place where they do; the order of the keys of a
 * mapping does not matter.  Two lists of unlike length differ as a whole. */
bool mutau_node_difference(const mutau_node *a, const mutau_node *b, mutau_config_difference *d);

/** Writes "PATH is A in FIRST, B in SECOND" into text[size]. */
void mutau_config_difference_say(const mutau_config_difference *d, const char *first,
                                 const char *second, size_t size, char text[]);

/** The document as YAML text: the root in block style, and so is a mapping in it
 * that holds a mapping or a list; everything else in one-line flow style, as in
 * the shipped run files.  Reading it again and emitting gives the same text.
 * *text is freed by the caller with free(). */
mutau_status mutau_config_emit(const mutau_config *config, char **text,
                               mutau_error *err) MUTAU_MUST_CHECK;

#endif
