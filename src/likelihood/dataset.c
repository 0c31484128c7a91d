/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data sets as the run file names them; documented in likelihood/dataset.h. */
#include "likelihood/dataset.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset_internal.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "likelihood/bin_covariance.h"
#include "store/text_file.h"

/* An entry of the run file's `data`. */
typedef struct entry {
    mutau_node *name_node;
    const char *name;
    mutau_node *rows;       /* NULL: the preset's default */
    mutau_node *covariance; /* NULL: there is none */
} entry;

typedef struct entry_settings {
    char name[MUTAU_OPTION_TEXT_SIZE];
} entry_settings;

static const mutau_option entry_options[] = {
    {.key = "name",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(entry_settings, name),
     .required = true,
     .doc = "the preset's name"},
};

static mutau_status read_entry(mutau_node *node, entry *e, mutau_error *err)
{
    static const char *const other[] = {"rows", "covariance", NULL};
    e->name_node = node;
    if (mutau_node_what(node) == MUTAU_NODE_SEQUENCE)
        return mutau_node_error(node, err, "expected a data set's name or {name: ..., rows: ...}");
    if (mutau_node_what(node) == MUTAU_NODE_MAPPING) {
        entry_settings settings;
        MUTAU_CHECK(mutau_config_read(node, entry_options, 1, other, &settings, err));
        e->name_node = mutau_node_child(node, "name");
        e->rows = mutau_node_child(node, "rows");
        e->covariance = mutau_node_child(node, "covariance");
    }
    e->name = mutau_node_text(e->name_node);
    if (e->name[0] == '\0' || e->name[0] == '.' || strchr(e->name, '/') != NULL ||
        strlen(e->name) >= MUTAU_DATASET_NAME_SIZE || !mutau_utf8_is_plain(e->name))
        return mutau_node_error(e->name_node, err,
                                "expected the name of a data set: at most %d characters, no path",
                                MUTAU_DATASET_NAME_SIZE - 1);
    return MUTAU_OK;
}

/* The first folder that has NAME.yaml; *folder is NULL if there is none. */
static mutau_status find_preset(const char *name, size_t n_folder, const char *const folders[],
                                const char **folder, mutau_error *err)
{
    *folder = NULL;
    for (size_t i = 0; i < n_folder && *folder == NULL; i++) {
        char *path = mutau_path_in(folders[i], name, ".yaml");
        if (path == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the path of %s", name);
        if (access(path, F_OK) == 0)
            *folder = folders[i];
        free(path);
    }
    return MUTAU_OK;
}

enum { LIST_SIZE = 512 };

/* A YAML file with a table of the same name beside it: not a run file. */
static void add_name(mutau_dataset_names *list, const char *folder, const char *file)
{
    const size_t length = strlen(file);
    if (length < 6 || length - 5 >= MUTAU_DATASET_NAME_SIZE || list->n == MUTAU_DATASET_MAX_NAMES ||
        strcmp(file + length - 5, ".yaml") != 0)
        return;
    char *name = list->text[list->n];
    memcpy(name, file, length - 5);
    name[length - 5] = '\0';
    char *table = mutau_path_in(folder, name, ".csv");
    if (table != NULL && access(table, F_OK) == 0)
        list->n++;
    free(table);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

void mutau_dataset_list(size_t n_folder, const char *const folders[], mutau_dataset_names *list)
{
    memset(list, 0, sizeof *list);
    for (size_t i = 0; i < n_folder; i++) {
        DIR *dir = opendir(folders[i]);
        const struct dirent *file;
        while (dir != NULL && (file = readdir(dir)) != NULL)
            add_name(list, folders[i], file->d_name);
        if (dir != NULL)
            (void)closedir(dir);
    }
    qsort(list->text, list->n, sizeof list->text[0], compare_names);
    size_t n = 0; /* two folders may have the same name */
    for (size_t i = 0; i < list->n; i++)
        if (n == 0 || strcmp(list->names[n - 1], list->text[i]) != 0)
            list->names[n++] = list->text[i];
    list->n = n;
}

/* "unknown data set 'x'; did you mean 'y'? known: ..." */
static mutau_status unknown_name(const entry *e, size_t n_folder, const char *const folders[],
                                 mutau_error *err)
{
    char known[LIST_SIZE], hint[MUTAU_SUGGEST_SIZE];
    mutau_dataset_names *list = mutau_calloc(1, sizeof *list);
    if (list == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the names of data sets");
    mutau_dataset_list(n_folder, folders, list);
    (void)mutau_list_names(list->names, sizeof known, known);
    const mutau_status status = mutau_node_error(
        e->name_node, err, "unknown data set '%s'%s known: %s", e->name,
        mutau_suggest_and(e->name, list->names, "", hint), known[0] != '\0' ? known : "none");
    free(list);
    return status;
}

/* Marks in chosen[n_bin] the rows that a list of numbers names. */
static mutau_status choose_listed(mutau_node *rows, const mutau_dataset *d, bool chosen[],
                                  mutau_error *err)
{
    if (mutau_node_count(rows) == 0)
        return mutau_node_error(rows, err, "no rows: leave the data set out instead");
    for (size_t i = 0; i < mutau_node_count(rows); i++) {
        mutau_node *node = mutau_node_at(rows, i);
        long number = 0;
        MUTAU_CHECK(mutau_node_integer(node, 1, (long)d->n_bin, &number, err));
        if (chosen[number - 1])
            return mutau_node_error(node, err, "row %ld is named twice", number);
        chosen[number - 1] = true;
    }
    return MUTAU_OK;
}

static mutau_status choose_rows(const entry *e, const mutau_dataset *d,
                                mutau_dataset_rows default_rows, bool chosen[], mutau_error *err)
{
    int rows = (int)default_rows;
    if (e->rows != NULL && mutau_node_what(e->rows) == MUTAU_NODE_SEQUENCE)
        return choose_listed(e->rows, d, chosen, err);
    if (e->rows != NULL && mutau_node_what(e->rows) == MUTAU_NODE_MAPPING)
        return mutau_node_error(e->rows, err, "expected measured, all or a list of row numbers");
    if (e->rows != NULL)
        MUTAU_CHECK(mutau_node_choice(e->rows, mutau_dataset_row_names, &rows, err));
    size_t n = 0;
    for (size_t i = 0; i < d->n_bin; i++) {
        chosen[i] = rows == MUTAU_DATASET_ROWS_ALL || !d->bins[i].is_limit;
        n += chosen[i] ? 1 : 0;
    }
    if (n == 0)
        return mutau_node_error(e->name_node, err, "%s has no measured rows, only limits", d->name);
    return MUTAU_OK;
}

static mutau_status select_rows(const entry *e, mutau_dataset *d, mutau_dataset_rows default_rows,
                                mutau_error *err)
{
    bool *chosen = mutau_calloc(d->n_bin, sizeof *chosen);
    if (chosen == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the rows of %s", d->name);
    const mutau_status status = choose_rows(e, d, default_rows, chosen, err);
    if (status == MUTAU_OK) {
        size_t n = 0;
        for (size_t i = 0; i < d->n_bin; i++)
            if (chosen[i])
                d->bins[n++] = d->bins[i];
        d->n_bin = n;
    }
    free(chosen);
    return status;
}

/* The first folder's that has the file; *path is NULL if none has. */
static mutau_status find_file(const char *name, size_t n_folder, const char *const folders[],
                              char **path, mutau_error *err)
{
    *path = NULL;
    for (size_t i = 0; i < n_folder; i++) {
        char *at = name[0] == '/' ? mutau_strdup(name) : mutau_path_in(folders[i], name, "");
        if (at == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the path of %s", name);
        if (access(at, F_OK) == 0) {
            *path = at;
            return MUTAU_OK;
        }
        free(at);
    }
    return MUTAU_OK;
}

/* n_row: of the data set's table. */
static mutau_status read_matrix(mutau_dataset *d, size_t n_row, mutau_error *err)
{
    size_t *row = mutau_calloc(d->n_bin, sizeof *row);
    d->covariance = mutau_calloc(d->n_bin * d->n_bin, sizeof *d->covariance);
    mutau_status status = MUTAU_ENOMEM;
    if (row == NULL || d->covariance == NULL) {
        (void)mutau_error_set(err, status, "no memory for the covariance of %s", d->name);
    } else {
        for (size_t i = 0; i < d->n_bin; i++)
            row[i] = d->bins[i].row;
        status =
            mutau_bin_covariance_read(d->covariance_path, d->covariance_text, d->covariance_size,
                                      d->name, n_row, d->n_bin, row, d->covariance, err);
    }
    free(row);
    return status;
}

static mutau_status read_covariance(const entry *e, size_t n_folder, const char *const folders[],
                                    size_t n_row, mutau_dataset *d, mutau_error *err)
{
    if (mutau_node_what(e->covariance) != MUTAU_NODE_SCALAR ||
        mutau_node_text(e->covariance)[0] == '\0')
        return mutau_node_error(e->covariance, err,
                                "expected a file, a square table of numbers in the unit of the "
                                "data, squared");
    const char *name = mutau_node_text(e->covariance);
    MUTAU_CHECK(find_file(name, n_folder, folders, &d->covariance_path, err));
    if (d->covariance_path == NULL)
        return mutau_node_error(e->covariance, err,
                                "there is no file '%s': it is looked for where data sets are",
                                name);
    MUTAU_CHECK(mutau_text_file_read(d->covariance_path, MUTAU_TABLE_MAX_BYTES, &d->covariance_text,
                                     &d->covariance_size, err));
    return read_matrix(d, n_row, err);
}

mutau_status mutau_dataset_read(mutau_node *node, size_t n_folder, const char *const folders[],
                                mutau_dataset **out, mutau_error *err)
{
    entry e = {0};
    const char *folder = NULL;
    mutau_dataset *d = NULL;
    mutau_dataset_rows default_rows = MUTAU_DATASET_ROWS_ALL;
    *out = NULL;
    MUTAU_CHECK(read_entry(node, &e, err));
    MUTAU_CHECK(find_preset(e.name, n_folder, folders, &folder, err));
    if (folder == NULL)
        return unknown_name(&e, n_folder, folders, err);
    MUTAU_CHECK(mutau_dataset_read_preset(folder, e.name, &d, &default_rows, err));
    const size_t n_row = d->n_bin;
    mutau_status status = select_rows(&e, d, default_rows, err);
    if (status == MUTAU_OK && e.covariance != NULL)
        status = read_covariance(&e, n_folder, folders, n_row, d, err);
    if (status == MUTAU_OK && e.rows == NULL && mutau_node_what(node) == MUTAU_NODE_MAPPING)
        status = mutau_node_assign(node, "rows", mutau_dataset_row_names[default_rows], err);
    if (status != MUTAU_OK) {
        mutau_dataset_free(d);
        return status;
    }
    *out = d;
    return MUTAU_OK;
}

void mutau_dataset_free(mutau_dataset *dataset)
{
    if (dataset == NULL)
        return;
    for (size_t i = 0; dataset->overlaps != NULL && dataset->overlaps[i] != NULL; i++)
        free(dataset->overlaps[i]);
    free(dataset->overlaps);
    free(dataset->bins);
    free(dataset->description);
    free(dataset->contents);
    free(dataset->preset_path);
    free(dataset->table_path);
    free(dataset->covariance);
    free(dataset->covariance_path);
    free(dataset->covariance_text);
    free(dataset->warning);
    free(dataset);
}

static bool lists(const mutau_dataset *a, const char *name)
{
    for (size_t i = 0; a->overlaps != NULL && a->overlaps[i] != NULL; i++)
        if (strcmp(a->overlaps[i], name) == 0)
            return true;
    return false;
}

bool mutau_dataset_overlap(const mutau_dataset *a, const mutau_dataset *b)
{
    return strcmp(a->name, b->name) == 0 || lists(a, b->name) || lists(b, a->name);
}
