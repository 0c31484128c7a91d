/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input files of runs in reports; documented in records.h. */
#include "records.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/inputs.h"
#include "base/mem.h"

static bool same_files(const mutau_input *a, const mutau_input *b)
{
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES; i++)
        if ((a->files[i] == NULL) != (b->files[i] == NULL) ||
            (a->files[i] != NULL && strcmp(a->files[i], b->files[i]) != 0))
            return false;
    return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

/* Pooled files are of one run, whose inputs are the same but may have lain elsewhere. */
static bool is_repeated(const mutau_inputs lists[], size_t i_list, const mutau_input *item)
{
    for (size_t i = 0; i < i_list; i++)
        for (size_t k = 0; k < lists[i].n; k++)
            if (same_files(&lists[i].items[k], item))
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

static void record_lists(mutau_report *r, size_t n, const mutau_inputs lists[])
{
    bool first = true;
    mutau_report_list(r, "inputs");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i].n; k++) {
            const mutau_input *item = &lists[i].items[k];
            if (is_repeated(lists, i, item))
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

mutau_status cli_record_inputs(mutau_report *r, size_t n_chain, mutau_chain *const chains[],
                               mutau_error *err)
{
    mutau_inputs *lists = mutau_calloc(n_chain, sizeof *lists);
    mutau_status status = MUTAU_OK;
    bool known = false;
    if (lists == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the lists of input files");
    for (size_t i = 0; i < n_chain && status == MUTAU_OK; i++) {
        const char *text = mutau_chain_describe(chains[i]).inputs;
        known = known || text[0] != '\0';
        if (text[0] != '\0')
            status = mutau_inputs_read(text, &lists[i], err);
        if (status != MUTAU_OK)
            (void)mutau_error_wrap(err, status, "%s", mutau_chain_path(chains[i]));
    }
    if (status == MUTAU_OK && known)
        record_lists(r, n_chain, lists);
    else if (status == MUTAU_OK)
        mutau_report_missing(r, "inputs", "the chain has no list of them");
    for (size_t i = 0; i < n_chain; i++)
        mutau_inputs_release(&lists[i]);
    free(lists);
    return status;
}
