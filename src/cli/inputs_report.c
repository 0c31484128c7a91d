/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input files of a run in reports; documented in inputs_report.h. */
#include "inputs_report.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"

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

static void record_item(mutau_report *r, const mutau_input *item)
{
    static const char *const origins[] = {"shipped", "own", "replaced"};
    mutau_report_object(r, NULL);
    mutau_report_text(r, "kind", item->kind == MUTAU_INPUT_DATASET ? "data set" : "term");
    mutau_report_text(r, "name", item->name);
    mutau_report_text(r, "origin", origins[item->origin]);
    mutau_report_list(r, "files");
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES && item->files[i] != NULL; i++)
        mutau_report_text(r, NULL, item->files[i]);
    mutau_report_end(r);
    mutau_report_text(r, "digest", item->digest);
    mutau_report_end(r);
}

static void write_item(mutau_report *r, const mutau_input *item)
{
    char what[256];
    mutau_input_describe(item, sizeof what, what);
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES && item->files[i] != NULL; i++)
        mutau_report_line(r, "  %s (%s%s)\n", item->files[i], what,
                          item->origin == MUTAU_INPUT_REPLACED ? ", in place of the shipped one"
                                                               : "");
}

void cli_record_inputs(mutau_report *r, const cli_inputs *inputs)
{
    bool first = true;
    if (!inputs->known) {
        mutau_report_missing(r, "inputs", "the chain has no list of them");
        return;
    }
    mutau_report_list(r, "inputs");
    for (size_t i = 0; i < inputs->n; i++)
        for (size_t k = 0; k < inputs->lists[i].n; k++) {
            const mutau_input *item = &inputs->lists[i].items[k];
            if (is_repeated(inputs, i, item))
                continue;
            record_item(r, item);
            if (item->origin == MUTAU_INPUT_SHIPPED)
                continue;
            mutau_report_line(r, "%s", first ? "input files that did not come with mutau:\n" : "");
            write_item(r, item);
            first = false;
        }
    mutau_report_end(r);
}
