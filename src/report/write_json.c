/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a report as JSON. */
#include "base/json.h"
#include "report_internal.h"

static void write_node(mutau_json *json, const mutau_record *node);

static void write_members(mutau_json *json, const mutau_record *in)
{
    for (const mutau_record *node = in->as.in.first; node != NULL; node = node->next)
        if (node->kind == MUTAU_RECORD_GROUP)
            write_members(json, node);
        else if (mutau_record_is_data(node) && !(node->key != NULL && node->key[0] == '.'))
            write_node(json, node);
}

static void write_series(mutau_json *json, const mutau_series *s)
{
    mutau_json_array_begin(json);
    for (size_t i = 0; i < s->n; i++)
        mutau_json_real(json, s->x[i]);
    mutau_json_array_end(json);
}

static void write_region(mutau_json *json, const mutau_region *r)
{
    mutau_json_array_begin(json);
    for (size_t i = 0; i < r->n; i++)
        mutau_json_reals(json, 2, (const double[]){r->lo[i], r->hi[i]});
    mutau_json_array_end(json);
}

static void write_value(mutau_json *json, const mutau_record *node)
{
    if (node->kind == MUTAU_RECORD_REAL)
        mutau_json_real(json, node->as.real);
    else if (node->kind == MUTAU_RECORD_COUNT)
        mutau_json_count(json, node->as.count);
    else if (node->kind == MUTAU_RECORD_BOOL)
        mutau_json_bool(json, node->as.truth);
    else if (node->kind == MUTAU_RECORD_TEXT)
        mutau_json_string(json, node->as.text);
    else if (node->kind == MUTAU_RECORD_SERIES)
        write_series(json, &node->as.series);
    else if (node->kind == MUTAU_RECORD_REGION)
        write_region(json, &node->as.region->region);
    else
        mutau_json_null(json);
}

static void write_node(mutau_json *json, const mutau_record *node)
{
    const bool object = node->kind == MUTAU_RECORD_OBJECT;
    if (node->key != NULL)
        mutau_json_key(json, node->key);
    if (!mutau_record_is_container(node)) {
        write_value(json, node);
        return;
    }
    (object ? mutau_json_object_begin : mutau_json_array_begin)(json);
    write_members(json, node);
    (object ? mutau_json_object_end : mutau_json_array_end)(json);
}

mutau_status mutau_report_write_json(const mutau_report *report, const mutau_report_output *output,
                                     mutau_error *err)
{
    mutau_json json;
    if (output->no_rows)
        return MUTAU_OK;
    mutau_json_init(&json, output->file, !output->one_line);
    write_node(&json, &report->root);
    return mutau_json_finish(&json, err);
}
