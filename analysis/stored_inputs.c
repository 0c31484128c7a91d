/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input files of stored runs; documented in analysis/stored_inputs.h. */
#include "analysis/stored_inputs.h"

#include <string.h>

#include "base/mem.h"

static bool same_files(const mutau_input *a, const mutau_input *b)
{
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES; i++)
        if ((a->files[i] == NULL) != (b->files[i] == NULL) ||
            (a->files[i] != NULL && strcmp(a->files[i], b->files[i]) != 0))
            return false;
    return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

static bool is_known(const mutau_inputs *all, size_t n, const mutau_input *item)
{
    for (size_t i = 0; i < n; i++)
        if (same_files(&all->items[i], item))
            return true;
    return false;
}

/* Moves what is new to `all`; within a list nothing is taken for a repetition. */
static mutau_status take(mutau_inputs *all, mutau_inputs *list, mutau_error *err)
{
    const size_t n_before = all->n;
    mutau_input *items = mutau_realloc(all->items, n_before + list->n, sizeof *items);
    if (items == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the lists of input files");
    all->items = items;
    for (size_t i = 0; i < list->n; i++) {
        if (is_known(all, n_before, &list->items[i]))
            continue;
        all->items[all->n++] = list->items[i];
        list->items[i] = (mutau_input){0};
    }
    return MUTAU_OK;
}

static mutau_status add_text(mutau_inputs *all, const char *text, mutau_error *err)
{
    mutau_inputs list = {0};
    mutau_status status = mutau_inputs_read(text, &list, err);
    if (status == MUTAU_OK && list.n > 0)
        status = take(all, &list, err);
    mutau_inputs_release(&list);
    return status;
}

mutau_status mutau_stored_inputs(size_t n_chain, mutau_chain *const chains[], mutau_inputs *out,
                                 bool *known, mutau_error *err)
{
    mutau_status status = MUTAU_OK;
    *out = (mutau_inputs){0};
    *known = false;
    for (size_t i = 0; i < n_chain && status == MUTAU_OK; i++) {
        const char *text = mutau_chain_describe(chains[i]).inputs;
        if (text[0] == '\0')
            continue;
        *known = true;
        status = add_text(out, text, err);
        if (status != MUTAU_OK)
            (void)mutau_error_wrap(err, status, "%s", mutau_chain_path(chains[i]));
    }
    if (status != MUTAU_OK)
        mutau_inputs_release(out);
    return status;
}
