/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input files of a run: the data sets', the source's and the terms'; documented in
 * run_settings_internal.h. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/sha256.h"
#include "run_settings_internal.h"

/* What is filled, and by what. */
typedef struct lister {
    mutau_run_settings *settings;
    const char *shipped; /* the folder of the shipped data sets */
    mutau_sha256 bytes;  /* of the files, as chains of older versions have it */
} lister;

static mutau_status no_memory(const lister *l, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory for its input files",
                           l->settings->path);
}

static mutau_status exists(const lister *l, const char *folder, const char *name, const char *end,
                           bool *found, mutau_error *err)
{
    char *path = mutau_path_in(folder, name, end);
    if (path == NULL)
        return no_memory(l, err);
    *found = access(path, F_OK) == 0;
    free(path);
    return MUTAU_OK;
}

/* Whether the file lies in the folder, whatever ways lead there. */
static mutau_status is_in(const lister *l, const char *path, const char *folder, bool *in,
                          mutau_error *err)
{
    struct stat of_file, of_folder;
    char *own = mutau_path_folder(path);
    if (own == NULL)
        return no_memory(l, err);
    *in = stat(own, &of_file) == 0 && stat(folder, &of_folder) == 0 &&
          of_file.st_dev == of_folder.st_dev && of_file.st_ino == of_folder.st_ino;
    free(own);
    return MUTAU_OK;
}

/* A file of an input: its absolute path, and a note if it is not a shipped one. */
static mutau_status add_file(const lister *l, mutau_input *item, const char *path, const char *what,
                             mutau_error *err)
{
    static const char replaced[] = ", in place of the shipped one";
    mutau_run_settings *s = l->settings;
    char *absolute = realpath(path, NULL);
    const mutau_status status = mutau_input_add_file(item, absolute != NULL ? absolute : path, err);
    free(absolute);
    if (status != MUTAU_OK || item->origin == MUTAU_INPUT_SHIPPED || s->n_note == MUTAU_MAX_NOTES)
        return status;
    const size_t size = strlen(path) + strlen(what) + sizeof replaced + 16;
    char *note = mutau_calloc(size, 1);
    if (note == NULL)
        return no_memory(l, err);
    (void)snprintf(note, size, "using %s (%s%s)", path, what,
                   item->origin == MUTAU_INPUT_REPLACED ? replaced : "");
    s->notes[s->n_note++] = note;
    return MUTAU_OK;
}

static void add_bytes(lister *l, const char *name, const char *bytes, size_t size)
{
    char head[256];
    (void)snprintf(head, sizeof head, "%s %zu\n", name, size);
    mutau_sha256_add(&l->bytes, head, strlen(head));
    mutau_sha256_add(&l->bytes, bytes, size);
}

/* --- data sets ----------------------------------------------------------------------------- */

enum { N_COLUMN = 8 };
static const char *const columns[N_COLUMN] = {"e_lo_gev",  "e_hi_gev", "is_limit", "e2phi",
                                              "err_minus", "err_plus", "limit",    "level"};

/* What the likelihood takes from a row. */
static void fill_row(const mutau_bin *bin, double row[N_COLUMN])
{
    const double none = (double)NAN;
    const bool is_limit = bin->is_limit;
    row[0] = bin->e_lo_gev;
    row[1] = bin->e_hi_gev;
    row[2] = is_limit ? 1.0 : 0.0;
    row[3] = is_limit ? none : bin->e2phi;
    row[4] = is_limit ? none : bin->err_minus;
    row[5] = is_limit ? none : bin->err_plus;
    row[6] = is_limit ? bin->e2phi_limit : none;
    row[7] = is_limit ? bin->limit_level : none;
}

static mutau_status set_bins(const lister *l, const mutau_dataset *d, mutau_input *item,
                             mutau_error *err)
{
    double *values = mutau_calloc(d->n_bin * N_COLUMN, sizeof *values);
    size_t *rows = mutau_calloc(d->n_bin, sizeof *rows);
    mutau_status status = MUTAU_ENOMEM;
    if (values == NULL || rows == NULL) {
        (void)no_memory(l, err);
    } else {
        for (size_t i = 0; i < d->n_bin; i++) {
            fill_row(&d->bins[i], values + i * N_COLUMN);
            rows[i] = d->bins[i].row;
        }
        status = mutau_input_set_table(item, N_COLUMN, columns, d->n_bin, rows, values, err);
    }
    free(values);
    free(rows);
    return status;
}

/* Its columns are called by the rows of the data set. */
static mutau_status set_matrix(const lister *l, const mutau_dataset *d, mutau_input *item,
                               mutau_error *err)
{
    enum { NAME_SIZE = 24 };
    size_t *rows = mutau_calloc(d->n_bin, sizeof *rows);
    const char **names = mutau_calloc(d->n_bin, sizeof *names);
    char *text = mutau_calloc(d->n_bin, NAME_SIZE);
    mutau_status status = MUTAU_ENOMEM;
    if (rows == NULL || names == NULL || text == NULL) {
        (void)no_memory(l, err);
    } else {
        for (size_t i = 0; i < d->n_bin; i++) {
            rows[i] = d->bins[i].row;
            (void)snprintf(text + i * NAME_SIZE, NAME_SIZE, "%zu", rows[i]);
            names[i] = text + i * NAME_SIZE;
        }
        status = mutau_input_set_table(item, d->n_bin, names, d->n_bin, rows, d->covariance, err);
    }
    free(rows);
    free(names);
    free(text);
    return status;
}

static mutau_status add_covariance(lister *l, const mutau_dataset *d, mutau_error *err)
{
    mutau_input *item = NULL;
    char what[2 * MUTAU_DATASET_NAME_SIZE];
    if (d->covariance == NULL)
        return MUTAU_OK;
    const char *slash = strrchr(d->covariance_path, '/');
    const char *file = slash != NULL ? slash + 1 : d->covariance_path;
    MUTAU_CHECK(
        mutau_inputs_add(&l->settings->inputs, MUTAU_INPUT_COVARIANCE, d->name, file, &item, err));
    item->origin = MUTAU_INPUT_OWN;
    (void)snprintf(what, sizeof what, "covariance of data set '%s'", d->name);
    MUTAU_CHECK(add_file(l, item, d->covariance_path, what, err));
    add_bytes(l, file, d->covariance_text, d->covariance_size);
    return set_matrix(l, d, item, err);
}

static mutau_status add_dataset(lister *l, const mutau_dataset *d, mutau_error *err)
{
    mutau_input *item = NULL;
    char what[2 * MUTAU_DATASET_NAME_SIZE];
    bool shipped = false, replaced = false;
    MUTAU_CHECK(mutau_inputs_add(&l->settings->inputs, MUTAU_INPUT_DATASET, d->name,
                                 mutau_channel_names[d->channel], &item, err));
    MUTAU_CHECK(is_in(l, d->preset_path, l->shipped, &shipped, err));
    MUTAU_CHECK(exists(l, l->shipped, d->name, ".yaml", &replaced, err));
    item->origin = shipped    ? MUTAU_INPUT_SHIPPED
                   : replaced ? MUTAU_INPUT_REPLACED
                              : MUTAU_INPUT_OWN;
    (void)snprintf(what, sizeof what, "data set '%s'", d->name);
    MUTAU_CHECK(add_file(l, item, d->preset_path, what, err));
    (void)snprintf(what, sizeof what, "table of data set '%s'", d->name);
    MUTAU_CHECK(add_file(l, item, d->table_path, what, err));
    add_bytes(l, d->name, d->contents, d->contents_size);
    return set_bins(l, d, item, err);
}

/* --- the source ---------------------------------------------------------------------------- */

static mutau_status add_source(lister *l, const char *name, const mutau_source_table *t,
                               const char *const names[2], mutau_error *err)
{
    mutau_input *item = NULL;
    char what[64];
    if (t->path == NULL)
        return MUTAU_OK;
    const char *slash = strrchr(t->path, '/');
    const char *file = slash != NULL ? slash + 1 : t->path;
    MUTAU_CHECK(mutau_inputs_add(&l->settings->inputs, MUTAU_INPUT_SOURCE, name, file, &item, err));
    item->origin = MUTAU_INPUT_OWN;
    (void)snprintf(what, sizeof what, "table of the source's %s", name);
    MUTAU_CHECK(add_file(l, item, t->path, what, err));
    add_bytes(l, file, t->text, t->size);
    double *values = mutau_calloc(2 * t->n, sizeof *values);
    size_t *rows = mutau_calloc(t->n, sizeof *rows);
    mutau_status status = MUTAU_ENOMEM;
    if (values == NULL || rows == NULL) {
        (void)no_memory(l, err);
    } else {
        for (size_t i = 0; i < t->n; i++) {
            rows[i] = i + 1;
            values[2 * i] = t->x[i];
            values[2 * i + 1] = t->y[i];
        }
        status = mutau_input_set_table(item, 2, names, t->n, rows, values, err);
    }
    free(values);
    free(rows);
    return status;
}

/* --- terms --------------------------------------------------------------------------------- */

static mutau_status set_numbers(const lister *l, const mutau_term_input *input,
                                const mutau_term_table *table, mutau_input *item, mutau_error *err)
{
    const char *names[MUTAU_TERM_MAX_COLUMNS];
    size_t *rows = mutau_calloc(table->n_row, sizeof *rows);
    if (rows == NULL)
        return no_memory(l, err);
    for (size_t i = 0; i < table->n_row; i++)
        rows[i] = i + 1;
    for (size_t k = 0; k < table->n_column; k++)
        names[k] = input->columns[k].name;
    const mutau_status status =
        mutau_input_set_table(item, table->n_column, names, table->n_row, rows, table->values, err);
    free(rows);
    return status;
}

static mutau_status add_table(lister *l, const mutau_term_type *type, const mutau_term_input *input,
                              const mutau_term_table *table, mutau_error *err)
{
    mutau_input *item = NULL;
    char what[128];
    bool shipped = false, replaced = false;
    char *priors = mutau_path_in(l->shipped, "../priors", "");
    if (priors == NULL)
        return no_memory(l, err);
    mutau_status status = is_in(l, table->path, priors, &shipped, err);
    if (status == MUTAU_OK)
        status = exists(l, priors, input->file, "", &replaced, err);
    free(priors);
    MUTAU_CHECK(status);
    MUTAU_CHECK(mutau_inputs_add(&l->settings->inputs, MUTAU_INPUT_TERM, type->name, input->file,
                                 &item, err));
    item->origin = shipped    ? MUTAU_INPUT_SHIPPED
                   : replaced ? MUTAU_INPUT_REPLACED
                              : MUTAU_INPUT_OWN;
    (void)snprintf(what, sizeof what, "table of the term '%s'", type->name);
    MUTAU_CHECK(add_file(l, item, table->path, what, err));
    add_bytes(l, input->file, table->text, table->size);
    if (table->warning != NULL)
        MUTAU_CHECK(mutau_run_settings_warn(l->settings, table->warning, err));
    return set_numbers(l, input, table, item, err);
}

static mutau_status add_term(lister *l, const mutau_term_type *type, mutau_error *err)
{
    for (const mutau_term_input *input = type->inputs; input != NULL && input->file != NULL;
         input++) {
        mutau_term_table table;
        MUTAU_CHECK(mutau_term_table_read(l->settings->data_folder, type, input, &table, err));
        const mutau_status status = add_table(l, type, input, &table, err);
        mutau_term_table_release(&table);
        MUTAU_CHECK(status);
    }
    return MUTAU_OK;
}

mutau_status mutau_run_settings_list_inputs(mutau_run_settings *s, const char *shipped,
                                            mutau_error *err)
{
    static const char *const of_spectrum[] = {"E", "Phi"}, *const of_evolution[] = {"z", "W"};
    lister l = {.settings = s, .shipped = shipped};
    mutau_sha256_init(&l.bytes);
    for (size_t i = 0; i < s->n_dataset; i++) {
        MUTAU_CHECK(add_dataset(&l, s->datasets[i], err));
        MUTAU_CHECK(add_covariance(&l, s->datasets[i], err));
    }
    MUTAU_CHECK(add_source(&l, "spectrum", &s->spectrum_table, of_spectrum, err));
    MUTAU_CHECK(add_source(&l, "evolution", &s->evolution_table, of_evolution, err));
    for (size_t i = 0; i < s->n_term; i++)
        MUTAU_CHECK(add_term(&l, s->terms[i].type, err));
    mutau_sha256_finish(&l.bytes, s->inputs.bytes);
    return MUTAU_OK;
}
