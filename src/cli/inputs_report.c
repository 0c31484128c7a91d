/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input files of runs in reports; documented in records.h. */
#include "records.h"

#include <stdbool.h>

#include "analysis/stored_inputs.h"

static void record_item(mutau_report *r, const mutau_input *item)
{
    static const char *const kinds[] = {"data set", "term", "source"};
    static const char *const origins[] = {"shipped", "own", "replaced"};
    mutau_report_object(r, NULL);
    mutau_report_texts(r, "kind name origin", kinds[item->kind], item->name, origins[item->origin]);
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

static void record_list(mutau_report *r, const mutau_inputs *list)
{
    bool first = true;
    mutau_report_list(r, "inputs");
    for (size_t i = 0; i < list->n; i++) {
        record_item(r, &list->items[i]);
        if (list->items[i].origin == MUTAU_INPUT_SHIPPED)
            continue;
        mutau_report_line(r, "%s", first ? "input files that did not come with mutau:\n" : "");
        write_item(r, &list->items[i]);
        first = false;
    }
    mutau_report_end(r);
}

mutau_status cli_record_inputs(mutau_report *r, size_t n_chain, mutau_chain *const chains[],
                               mutau_error *err)
{
    mutau_inputs list;
    bool known;
    MUTAU_CHECK(mutau_stored_inputs(n_chain, chains, &list, &known, err));
    if (known)
        record_list(r, &list);
    else
        mutau_report_missing(r, "inputs", "the chain has no list of them");
    mutau_inputs_release(&list);
    return MUTAU_OK;
}
