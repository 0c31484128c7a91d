/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data set's preset and its table; data/README.md describes the format.
 *
 * Both files are read once, into memory: what is parsed is what is hashed. */
#include "dataset_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"
#include "mutau/table.h"
#include "mutau/text_file.h"

const char *const mutau_dataset_row_names[] = {"measured", "all", NULL};

typedef enum column {
    E_LO,
    E_HI,
    E2PHI,
    ERR_MINUS,
    ERR_PLUS,
    LIMIT,
    IS_LIMIT,
    LEVEL,
    N_COLUMN
} column;

typedef struct column_names {
    char of[N_COLUMN][MUTAU_OPTION_TEXT_SIZE];
} column_names;

#define COLUMN(key_, i_column, default_, doc_)                                                     \
    {                                                                                              \
        .key = (key_), .type = MUTAU_OPTION_TEXT, .offset = offsetof(column_names, of[i_column]),  \
        .def_text = (default_), .doc = (doc_)                                                      \
    }

static const mutau_option column_options[] = {
    COLUMN("e_lo", E_LO, "Emin_GeV", "lower edge of the bin, GeV"),
    COLUMN("e_hi", E_HI, "Emax_GeV", "upper edge of the bin, GeV"),
    COLUMN("e2phi", E2PHI, "E2Phi", "E^2 dPhi/dE per flavour, GeV cm^-2 s^-1 sr^-1"),
    COLUMN("err_minus", ERR_MINUS, "err_minus", "its lower error"),
    COLUMN("err_plus", ERR_PLUS, "err_plus", "its upper error"),
    COLUMN("limit", LIMIT, "E2Phi_hi", "upper edge of a limit; '': e2phi + err_plus"),
    COLUMN("is_limit", IS_LIMIT, "is_upper_limit", "1 for an upper limit, else 0"),
    COLUMN("level", LEVEL, NULL, "confidence level of a limit; without it 0.68"),
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
    double *values; /* [N_COLUMN][rows] */
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

char *mutau_dataset_path(const char *folder, const char *name, const char *suffix)
{
    const size_t size = strlen(folder) + strlen(name) + strlen(suffix) + 2;
    char *path = mutau_calloc(size, 1);
    if (path != NULL)
        (void)snprintf(path, size, "%s/%s%s", folder, name, suffix);
    return path;
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
    s->preset_path = mutau_dataset_path(s->folder, d->name, ".yaml");
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
    s->table_path = mutau_dataset_path(s->folder, p->table, "");
    if (s->table_path == NULL)
        return no_memory(err, d->name);
    MUTAU_CHECK(mutau_text_file_read(s->table_path, MUTAU_TABLE_MAX_BYTES, &s->table_text,
                                     &s->table_size, err));
    return mutau_table_read_text(s->table_path, s->table_text, s->table_size, &s->table, err);
}

static mutau_status read_columns(source *s, const preset *p, const mutau_dataset *d,
                                 mutau_error *err)
{
    const size_t n = d->n_bin;
    s->values = mutau_calloc(N_COLUMN * n, sizeof *s->values);
    if (s->values == NULL)
        return no_memory(err, d->name);
    for (size_t c = 0; c < N_COLUMN; c++) {
        double *values = s->values + c * n;
        const bool optional = c == LIMIT || c == LEVEL;
        if (!optional || p->columns.of[c][0] != '\0') {
            MUTAU_CHECK(mutau_table_real(s->table, p->columns.of[c], values, err));
            continue;
        }
        for (size_t i = 0; i < n; i++)
            values[i] =
                c == LEVEL ? default_level : s->values[E2PHI * n + i] + s->values[ERR_PLUS * n + i];
    }
    return MUTAU_OK;
}

static mutau_status check_bin(const source *s, const column_names *names, const mutau_dataset *d,
                              size_t i, mutau_error *err)
{
    const mutau_bin *bin = &d->bins[i];
    const double flag = s->values[IS_LIMIT * d->n_bin + i];
    const char *edge = names->of[LIMIT][0] != '\0' ? names->of[LIMIT] : names->of[E2PHI];
    if (!(bin->e_lo_gev > 0.0))
        return mutau_table_error(s->table, names->of[E_LO], i, err,
                                 "the lower edge must be above 0");
    if (!(bin->e_hi_gev > bin->e_lo_gev))
        return mutau_table_error(s->table, names->of[E_HI], i, err,
                                 "the upper edge must be above the lower");
    if (i > 0 && !(bin->e_lo_gev >= d->bins[i - 1].e_hi_gev))
        return mutau_table_error(s->table, names->of[E_LO], i, err,
                                 "rows must rise in energy and not overlap: the one before ends "
                                 "at %g GeV",
                                 d->bins[i - 1].e_hi_gev);
    if (!(bin->err_minus >= 0.0))
        return mutau_table_error(s->table, names->of[ERR_MINUS], i, err, "a negative error");
    if (!(bin->err_plus >= 0.0))
        return mutau_table_error(s->table, names->of[ERR_PLUS], i, err, "a negative error");
    if (fabs(flag) > 0.0 && fabs(flag - 1.0) > 0.0)
        return mutau_table_error(s->table, names->of[IS_LIMIT], i, err, "expected 0 or 1");
    if (bin->is_limit && !(bin->e2phi_limit > 0.0))
        return mutau_table_error(s->table, edge, i, err, "the limit must be above 0");
    return MUTAU_OK;
}

static mutau_status fill_bins(source *s, const preset *p, mutau_dataset *d, mutau_error *err)
{
    const size_t n = mutau_table_rows(s->table);
    d->n_bin = n;
    d->bins = mutau_calloc(n, sizeof *d->bins);
    if (d->bins == NULL)
        return no_memory(err, d->name);
    MUTAU_CHECK(read_columns(s, p, d, err));
    const double *v = s->values;
    for (size_t i = 0; i < n; i++) {
        d->bins[i] = (mutau_bin){
            .e_lo_gev = v[E_LO * n + i],
            .e_hi_gev = v[E_HI * n + i],
            .e2phi = v[E2PHI * n + i],
            .err_minus = v[ERR_MINUS * n + i],
            .err_plus = v[ERR_PLUS * n + i],
            .e2phi_limit = v[LIMIT * n + i],
            .limit_level = v[LEVEL * n + i],
            .is_limit = v[IS_LIMIT * n + i] > 0.0,
        };
        MUTAU_CHECK(check_bin(s, &p->columns, d, i, err));
    }
    return MUTAU_OK;
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
