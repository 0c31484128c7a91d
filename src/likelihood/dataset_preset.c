/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data set's preset and its table; data/README.md describes the format.
 *
 * Both files are read once, into memory: what is parsed is what is hashed. */
#include "dataset_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "store/text_file.h"

const char *const mutau_dataset_row_names[] = {"measured", "all", NULL};

typedef struct column_names {
    char of[MUTAU_DATASET_COLUMNS][MUTAU_OPTION_TEXT_SIZE];
} column_names;

#define COLUMN(key_, i_column, default_, doc_)                                                     \
    {                                                                                              \
        .key = (key_), .type = MUTAU_OPTION_TEXT, .offset = offsetof(column_names, of[i_column]),  \
        .def_text = (default_), .doc = (doc_)                                                      \
    }

static const mutau_option column_options[] = {
    COLUMN("e_lo", MUTAU_COLUMN_E_LO, "Emin_GeV", "lower edge of the bin, GeV"),
    COLUMN("e_hi", MUTAU_COLUMN_E_HI, "Emax_GeV", "upper edge of the bin, GeV"),
    COLUMN("e2phi", MUTAU_COLUMN_E2PHI, "E2Phi", "E^2 dPhi/dE per flavour, GeV cm^-2 s^-1 sr^-1"),
    COLUMN("err_minus", MUTAU_COLUMN_ERR_MINUS, "err_minus", "its lower error"),
    COLUMN("err_plus", MUTAU_COLUMN_ERR_PLUS, "err_plus", "its upper error"),
    COLUMN("limit", MUTAU_COLUMN_LIMIT, "E2Phi_hi", "upper edge of a limit; '': e2phi + err_plus"),
    COLUMN("is_limit", MUTAU_COLUMN_IS_LIMIT, "is_upper_limit",
           "1 or true for an upper limit, else 0 or false"),
    COLUMN("level", MUTAU_COLUMN_LEVEL, NULL, "confidence level of a limit; without it 0.68"),
};

enum { N_COLUMN_OPTION = sizeof column_options / sizeof column_options[0] };

static const double default_level = 0.68;

typedef struct preset {
    char description[MUTAU_OPTION_TEXT_SIZE], reference[MUTAU_OPTION_TEXT_SIZE];
    char table[MUTAU_OPTION_TEXT_SIZE];
    int channel, rows;
    column_names columns;
} preset;

const char *const mutau_channel_names[] = {"tracks", "cascades", "all", NULL};

static const mutau_option preset_options[] = {
    {.key = "description",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(preset, description),
     .required = true,
     .doc = "what was measured"},
    {.key = "reference",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(preset, reference),
     .required = true,
     .doc = "where it is published"},
    {.key = "channel",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(preset, channel),
     .def = -1,
     .choices = mutau_channel_names,
     .required = true,
     .doc = "the flavours that make the rate"},
    {.key = "table",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(preset, table),
     .required = true,
     .doc = "the CSV file, beside the preset"},
    {.key = "rows",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(preset, rows),
     .def = MUTAU_DATASET_ROWS_ALL,
     .choices = mutau_dataset_row_names,
     .doc = "the rows that are used unless the run file says otherwise"},
};

/* Everything open while a preset is read. */
typedef struct source {
    const char *folder;
    char *preset_path, *preset_text, *table_path, *table_text;
    size_t preset_size, table_size;
    mutau_config *config;
    mutau_table *table;
    double *values; /* [MUTAU_DATASET_COLUMNS][rows] */
} source;

static void close_source(source *s)
{
    free(s->preset_path);
    free(s->preset_text);
    free(s->table_path);
    free(s->table_text);
    mutau_config_free(s->config);
    mutau_table_free(s->table);
    free(s->values);
}

static mutau_status no_memory(mutau_error *err, const char *name)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the data set %s", name);
}

static mutau_status read_overlaps(const mutau_node *node, mutau_dataset *d, mutau_error *err)
{
    const size_t n = node != NULL ? mutau_node_count(node) : 0;
    if (node != NULL && mutau_node_what(node) != MUTAU_NODE_SEQUENCE)
        return mutau_node_error(node, err, "expected a list of names of data sets");
    d->overlaps = mutau_calloc(n + 1, sizeof *d->overlaps);
    if (d->overlaps == NULL)
        return no_memory(err, d->name);
    for (size_t i = 0; i < n; i++) {
        const mutau_node *entry = mutau_node_at(node, i);
        if (mutau_node_what(entry) != MUTAU_NODE_SCALAR || mutau_node_text(entry)[0] == '\0')
            return mutau_node_error(entry, err, "expected the name of a data set");
        d->overlaps[i] = mutau_strdup(mutau_node_text(entry));
        if (d->overlaps[i] == NULL)
            return no_memory(err, d->name);
    }
    return MUTAU_OK;
}

static mutau_status read_settings(source *s, preset *p, mutau_dataset *d, mutau_error *err)
{
    static const char *const other[] = {"columns", "shares_events_with", NULL};
    MUTAU_CHECK(mutau_config_parse_text(s->preset_path, s->preset_text, s->preset_size, 0, NULL,
                                        &s->config, err));
    mutau_node *root = mutau_config_root(s->config);
    MUTAU_CHECK(mutau_config_read(root, preset_options,
                                  sizeof preset_options / sizeof preset_options[0], other, p, err));
    if (p->table[0] == '\0' || strchr(p->table, '/') != NULL)
        return mutau_node_error(mutau_node_child(root, "table"), err,
                                "expected the name of a file beside the preset");
    mutau_node *columns = mutau_node_child(root, "columns");
    mutau_option_defaults(column_options, N_COLUMN_OPTION, &p->columns);
    if (columns != NULL)
        MUTAU_CHECK(
            mutau_config_read(columns, column_options, N_COLUMN_OPTION, NULL, &p->columns, err));
    return read_overlaps(mutau_node_child(root, "shares_events_with"), d, err);
}

static mutau_status open_preset(source *s, preset *p, mutau_dataset *d, mutau_error *err)
{
    s->preset_path = mutau_path_in(s->folder, d->name, ".yaml");
    if (s->preset_path == NULL)
        return no_memory(err, d->name);
    MUTAU_CHECK(mutau_text_file_read(s->preset_path, MUTAU_CONFIG_MAX_BYTES, &s->preset_text,
                                     &s->preset_size, err));
    const mutau_status status = read_settings(s, p, d, err);
    /* What is wrong in a preset is no fault of the run file. */
    return status == MUTAU_ECONFIG ? MUTAU_EDATA : status;
}

static mutau_status open_table(source *s, const preset *p, const mutau_dataset *d, mutau_error *err)
{
    s->table_path = mutau_path_in(s->folder, p->table, "");
    if (s->table_path == NULL)
        return no_memory(err, d->name);
    MUTAU_CHECK(mutau_text_file_read(s->table_path, MUTAU_TABLE_MAX_BYTES, &s->table_text,
                                     &s->table_size, err));
    return mutau_table_read_text(s->table_path, s->table_text, s->table_size, &s->table, err);
}

static mutau_dataset_table table_of(const source *s, const preset *p, const mutau_dataset *d)
{
    mutau_dataset_table t = {.dataset = d->name, .table = s->table};
    for (size_t c = 0; c < MUTAU_DATASET_COLUMNS; c++)
        t.names[c] = p->columns.of[c];
    return t;
}

/* The column's numbers, NaN where it says nothing. */
static mutau_status read_column(const mutau_dataset_table *t, mutau_dataset_column column,
                                double values[], mutau_error *err)
{
    switch (column) {
    case MUTAU_COLUMN_E_LO:
    case MUTAU_COLUMN_E_HI:
        return mutau_table_real(t->table, t->names[column], values, err);
    case MUTAU_COLUMN_IS_LIMIT:
        return mutau_table_flags(t->table, t->names[column], values, err);
    default:
        return mutau_table_real_or_nan(t->table, t->names[column], values, err);
    }
}

/* Only limits need the column of their edges, so that a table without any may lack it. */
static mutau_status explain_no_limit(const mutau_dataset_table *t, size_t n,
                                     const double is_limit[], mutau_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (is_limit[i] > 0.0)
            return mutau_table_error(
                t->table, t->names[MUTAU_COLUMN_IS_LIMIT], i, err,
                "data set '%s', row %zu is a limit, but the table has no column '%s' with its "
                "upper edge: add it, name another in the preset's 'columns: {limit: ...}', or "
                "write {limit: ''} there where the edge is %s + %s",
                t->dataset, i + 1, t->names[MUTAU_COLUMN_LIMIT], t->names[MUTAU_COLUMN_E2PHI],
                t->names[MUTAU_COLUMN_ERR_PLUS]);
    return MUTAU_OK;
}

static mutau_status read_columns(source *s, const mutau_dataset_table *t, size_t n,
                                 mutau_error *err)
{
    double *v = mutau_calloc(MUTAU_DATASET_COLUMNS * n, sizeof *v);
    s->values = v;
    if (v == NULL)
        return no_memory(err, t->dataset);
    for (size_t c = 0; c < MUTAU_DATASET_COLUMNS; c++) {
        const bool optional = c == MUTAU_COLUMN_LIMIT || c == MUTAU_COLUMN_LEVEL;
        const bool absent =
            c == MUTAU_COLUMN_LIMIT && !mutau_table_has_column(t->table, t->names[c]);
        if (!(optional && t->names[c][0] == '\0') && !absent)
            MUTAU_CHECK(read_column(t, (mutau_dataset_column)c, v + c * n, err));
    }
    const bool has_limit = mutau_table_has_column(t->table, t->names[MUTAU_COLUMN_LIMIT]);
    if (!has_limit && t->names[MUTAU_COLUMN_LIMIT][0] != '\0')
        MUTAU_CHECK(explain_no_limit(t, n, v + MUTAU_COLUMN_IS_LIMIT * n, err));
    for (size_t i = 0; i < n; i++) {
        if (!has_limit)
            v[MUTAU_COLUMN_LIMIT * n + i] =
                v[MUTAU_COLUMN_E2PHI * n + i] + v[MUTAU_COLUMN_ERR_PLUS * n + i];
        if (t->names[MUTAU_COLUMN_LEVEL][0] == '\0')
            v[MUTAU_COLUMN_LEVEL * n + i] = default_level;
    }
    return MUTAU_OK;
}

static mutau_status fill_bins(source *s, const preset *p, mutau_dataset *d, mutau_error *err)
{
    const size_t n = mutau_table_rows(s->table);
    const mutau_dataset_table t = table_of(s, p, d);
    d->n_bin = n;
    d->bins = mutau_calloc(n, sizeof *d->bins);
    if (d->bins == NULL)
        return no_memory(err, d->name);
    MUTAU_CHECK(read_columns(s, &t, n, err));
    const double *v = s->values;
    for (size_t i = 0; i < n; i++) {
        d->bins[i] = (mutau_bin){
            .e_lo_gev = v[MUTAU_COLUMN_E_LO * n + i],
            .e_hi_gev = v[MUTAU_COLUMN_E_HI * n + i],
            .e2phi = v[MUTAU_COLUMN_E2PHI * n + i],
            .err_minus = v[MUTAU_COLUMN_ERR_MINUS * n + i],
            .err_plus = v[MUTAU_COLUMN_ERR_PLUS * n + i],
            .e2phi_limit = v[MUTAU_COLUMN_LIMIT * n + i],
            .limit_level = v[MUTAU_COLUMN_LEVEL * n + i],
            .is_limit = v[MUTAU_COLUMN_IS_LIMIT * n + i] > 0.0,
            .row = i + 1,
        };
        MUTAU_CHECK(mutau_dataset_check_bin(&t, i, d->bins, err));
    }
    return mutau_dataset_check_units(&t, n, d->bins, &d->warning, err);
}

/* Description, and the bytes of both files with a zero between them. */
static mutau_status keep_texts(const source *s, const preset *p, mutau_dataset *d, mutau_error *err)
{
    const size_t size = strlen(p->description) + strlen(p->reference) + sizeof " ()";
    d->description = mutau_calloc(size, 1);
    d->contents_size = s->preset_size + 1 + s->table_size;
    d->contents = mutau_calloc(d->contents_size, 1);
    if (d->description == NULL || d->contents == NULL)
        return no_memory(err, d->name);
    (void)snprintf(d->description, size, "%s (%s)", p->description, p->reference);
    memcpy(d->contents, s->preset_text, s->preset_size);
    memcpy(d->contents + s->preset_size + 1, s->table_text, s->table_size);
    return MUTAU_OK;
}

static mutau_status read_source(source *s, mutau_dataset *d, mutau_dataset_rows *rows,
                                mutau_error *err)
{
    preset p;
    MUTAU_CHECK(open_preset(s, &p, d, err));
    MUTAU_CHECK(open_table(s, &p, d, err));
    MUTAU_CHECK(fill_bins(s, &p, d, err));
    d->channel = (mutau_channel)p.channel;
    d->preset_path = s->preset_path;
    d->table_path = s->table_path;
    s->preset_path = s->table_path = NULL;
    *rows = (mutau_dataset_rows)p.rows;
    return keep_texts(s, &p, d, err);
}

mutau_status mutau_dataset_read_preset(const char *folder, const char *name, mutau_dataset **out,
                                       mutau_dataset_rows *rows, mutau_error *err)
{
    source s = {.folder = folder};
    *out = NULL;
    mutau_dataset *d = mutau_calloc(1, sizeof *d);
    if (d == NULL)
        return no_memory(err, name);
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    const mutau_status status = read_source(&s, d, rows, err);
    close_source(&s);
    if (status != MUTAU_OK) {
        mutau_dataset_free(d);
        return status;
    }
    *out = d;
    return MUTAU_OK;
}
