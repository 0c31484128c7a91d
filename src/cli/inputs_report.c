/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input files of a run in reports; documented in inputs_report.h. */
#include "inputs_report.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"
#include "text.h"

mutau_status cli_inputs_read(size_t n_chain, mutau_chain *const chains[], cli_inputs *inputs,
                             mutau_error *err)
{
    *inputs = (cli_inputs){.lists = mutau_calloc(n_chain, sizeof *inputs->lists)};
    if (inputs->lists == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the lists of input files");
    for (; inputs->n < n_chain; inputs->n++) {
        mutau_chain *chain = chains[inputs->n];
        const char *text = mutau_chain_describe(chain).inputs;
        if (text[0] == '\0')
            continue;
        inputs->known = true;
        MUTAU_TRY(err, mutau_inputs_read(text, &inputs->lists[inputs->n], err), "%s",
                  mutau_chain_path(chain));
    }
    return MUTAU_OK;
}

void cli_inputs_release(cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->n; i++)
        mutau_inputs_release(&inputs->lists[i]);
    free(inputs->lists);
    *inputs = (cli_inputs){0};
}

static bool same_files(const mutau_input *a, const mutau_input *b)
{
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES; i++)
        if ((a->files[i] == NULL) != (b->files[i] == NULL) ||
            (a->files[i] != NULL && strcmp(a->files[i], b->files[i]) != 0))
            return false;
    return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

/* Pooled files are of one run, whose inputs are the same but may have lain elsewhere. */
static bool is_repeated(const cli_inputs *inputs, size_t i_list, const mutau_input *item)
{
    for (size_t i = 0; i < i_list; i++)
        for (size_t k = 0; k < inputs->lists[i].n; k++)
            if (same_files(&inputs->lists[i].items[k], item))
                return true;
    return false;
}

static mutau_status write_item(const mutau_input *item, size_t width, mutau_error *err)
{
    char what[256];
    mutau_input_describe(item, sizeof what, what);
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES && item->files[i] != NULL; i++)
        MUTAU_CHECK(text_print(
            width, err, "  %s (%s%s)\n", item->files[i], what,
            item->origin == MUTAU_INPUT_REPLACED ? ", in place of the shipped one" : ""));
    return MUTAU_OK;
}

mutau_status cli_inputs_write_text(const cli_inputs *inputs, size_t width, mutau_error *err)
{
    bool first = true;
    for (size_t i = 0; i < inputs->n; i++)
        for (size_t k = 0; k < inputs->lists[i].n; k++) {
            const mutau_input *item = &inputs->lists[i].items[k];
            if (item->origin == MUTAU_INPUT_SHIPPED || is_repeated(inputs, i, item))
                continue;
            if (first)
                MUTAU_CHECK(text_print(width, err, "input files that did not come with mutau:\n"));
            first = false;
            MUTAU_CHECK(write_item(item, width, err));
        }
    return MUTAU_OK;
}

static void write_item_json(mutau_json *json, const mutau_input *item)
{
    static const char *const origins[] = {"shipped", "own", "replaced"};
    mutau_json_object_begin(json);
    mutau_json_key(json, "kind");
    mutau_json_string(json, item->kind == MUTAU_INPUT_DATASET ? "data set" : "term");
    mutau_json_key(json, "name");
    mutau_json_string(json, item->name);
    mutau_json_key(json, "origin");
    mutau_json_string(json, origins[item->origin]);
    mutau_json_key(json, "files");
    mutau_json_array_begin(json);
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES && item->files[i] != NULL; i++)
        mutau_json_string(json, item->files[i]);
    mutau_json_array_end(json);
    mutau_json_key(json, "digest");
    mutau_json_string(json, item->digest);
    mutau_json_object_end(json);
}

void cli_inputs_write_json(mutau_json *json, const cli_inputs *inputs)
{
    mutau_json_key(json, "inputs");
    if (!inputs->known) {
        mutau_json_null(json);
        return;
    }
    mutau_json_array_begin(json);
    for (size_t i = 0; i < inputs->n; i++)
        for (size_t k = 0; k < inputs->lists[i].n; k++)
            if (!is_repeated(inputs, i, &inputs->lists[i].items[k]))
                write_item_json(json, &inputs->lists[i].items[k]);
    mutau_json_array_end(json);
}
