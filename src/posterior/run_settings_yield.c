/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the run file says and --set leaves without a meaning; documented in
 * run_settings_internal.h. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "run_settings_internal.h"

enum { NAMES_SIZE = 256, NOTE_SIZE = 640 };

static mutau_status add_note(mutau_run_settings *s, const char *text, mutau_error *err)
{
    if (s->n_note == MUTAU_MAX_NOTES)
        return MUTAU_OK;
    char *copy = mutau_strdup(text);
    if (copy == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory left to read it", s->path);
    s->notes[s->n_note++] = copy;
    return MUTAU_OK;
}

mutau_status mutau_run_settings_yield(mutau_node *mapping, const char *const keys[],
                                      const mutau_node *node, mutau_run_settings *s,
                                      mutau_error *err)
{
    char names[NAMES_SIZE] = "", note[NOTE_SIZE], path[MUTAU_NODE_PATH_SIZE];
    size_t used = 0;
    for (size_t i = 0; keys[i] != NULL; i++) {
        const mutau_node *other = mutau_node_child(mapping, keys[i]);
        if (other == NULL || other == node || !mutau_node_overrules(node, other))
            continue;
        mutau_node_path(other, path);
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                     used > 0 ? ", " : "", path);
        mutau_node_remove(mapping, keys[i]);
    }
    if (used == 0)
        return MUTAU_OK;
    mutau_node_path(node, path);
    (void)snprintf(note, sizeof note, "--set %s leaves no meaning to what %s says of %s: left out",
                   path, s->path, names);
    return add_note(s, note, err);
}
