/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of prior terms and the reader of their input tables; documented in
 * priors/term.h.  A new term is a file beside this one and a row of the list. */
#include "priors/term.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "physics/spectrum.h"
#include "store/table.h"
#include "store/text_file.h"
#include "term_internal.h"

const mutau_term_type *const mutau_term_types[] = {
    &mutau_term_g2,
    &mutau_term_na64,
    &mutau_term_kaon,
    &mutau_term_z_decay,
    &mutau_term_w_decay,
    &mutau_term_trident,
    &mutau_term_neff,
    &mutau_term_borexino,
    &mutau_term_charm_ii,
    &mutau_term_na64e,
    NULL,
};

const mutau_term_type *mutau_term_find(const char *name)
{
    for (const mutau_term_type *const *type = mutau_term_types; *type != NULL; type++)
        if (strcmp(name, (*type)->name) == 0)
            return *type;
    return NULL;
}

const mutau_derived *mutau_derived_find(const char *name)
{
    for (const mutau_term_type *const *type = mutau_term_types; *type != NULL; type++)
        for (size_t i = 0; i < (*type)->n_derived; i++)
            if (strcmp(name, (*type)->derived[i].name) == 0)
                return &(*type)->derived[i];
    for (const mutau_spectrum_type *const *type = mutau_spectrum_types; *type != NULL; type++)
        if ((*type)->derived != NULL && strcmp(name, (*type)->derived->name) == 0)
            return (*type)->derived;
    return NULL;
}

double mutau_term_lnl_within(const mutau_term_type *type, const void *state, size_t i_mass,
                             double min_mev, double max_mev, double point[])
{
    const double mass = point[i_mass];
    point[i_mass] = !(mass >= min_mev) ? min_mev : (mass > max_mev ? max_mev : mass);
    const double lnl = type->lnl(state, point);
    point[i_mass] = mass;
    return lnl;
}

mutau_status mutau_term_find_boson(const mutau_parameter_set *set, size_t *boson, mutau_error *err)
{
    *boson = mutau_parameter_set_first(set, mutau_mediator_parameters);
    if (*boson == set->n)
        return mutau_error_set(err, MUTAU_EDOM, "the model has no boson that a term could look at");
    return MUTAU_OK;
}

static mutau_status take_logs(size_t n, double values[], mutau_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] > 0.0))
            return mutau_error_set(err, MUTAU_EDOM, "row %zu: %g has no logarithm", i + 1,
                                   values[i]);
        values[i] = log(values[i]);
    }
    return MUTAU_OK;
}

/* What to make of two columns. */
typedef struct curve {
    const char *x, *y;
    mutau_interp_kind kind;
    bool of_ln_y;
} curve;

static mutau_status interp_from_table(const mutau_table *table, const curve *c, mutau_interp **out,
                                      mutau_error *err)
{
    const size_t n = mutau_table_rows(table);
    mutau_status status = MUTAU_ENOMEM;
    double *xs = mutau_calloc(n, sizeof *xs);
    double *ys = mutau_calloc(n, sizeof *ys);
    if (xs == NULL || ys == NULL)
        (void)mutau_error_set(err, status, "no memory for %zu rows", n);
    else if ((status = mutau_table_real(table, c->x, xs, err)) == MUTAU_OK &&
             (status = mutau_table_real(table, c->y, ys, err)) == MUTAU_OK &&
             (!c->of_ln_y || (status = take_logs(n, ys, err)) == MUTAU_OK))
        status = mutau_interp_alloc(c->kind, n, xs, ys, out, err);
    free(xs);
    free(ys);
    return status;
}

/* Beside one of the folders' other files, or else in "priors" beside the last folder; a user's own
 * that is nowhere is missed in the first. */
static char *input_path(const char *data_dir, const char *file, bool is_own)
{
    static const char sibling[] = "/../priors";
    const size_t size = strlen(data_dir) + sizeof sibling + 1 + strlen(file);
    if (is_own && file[0] == '/')
        return mutau_strdup(file);
    char *path = mutau_calloc(size, 1);
    if (path == NULL)
        return NULL;
    const char *folder = data_dir;
    for (;;) {
        const size_t n = strcspn(folder, "\n");
        (void)snprintf(path, size, "%.*s/%s", (int)n, folder, file);
        if (access(path, F_OK) == 0)
            return path;
        if (folder[n] == '\0')
            break;
        folder += n + 1;
    }
    (void)snprintf(path, size, "%s%s/%s", folder, sibling, file);
    if (is_own && access(path, F_OK) != 0)
        (void)snprintf(path, size, "%.*s/%s", (int)strcspn(data_dir, "\n"), data_dir, file);
    return path;
}

static mutau_status read_curve(const char *data_dir, const char *file, const curve *c,
                               mutau_interp **out, mutau_error *err)
{
    mutau_table *table = NULL;
    *out = NULL;
    char *path = input_path(data_dir, file, false);
    if (path == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the path of %s", file);
    mutau_status status = mutau_table_read_file(path, &table, err);
    if (status == MUTAU_OK) {
        status = interp_from_table(table, c, out, err);
        if (status == MUTAU_EDOM) /* a fault of the file, not of the caller */
            status = mutau_error_wrap(err, MUTAU_EDATA, "%s", path);
        else if (status == MUTAU_ENOMEM)
            (void)mutau_error_wrap(err, status, "%s", path);
    }
    mutau_table_free(table);
    free(path);
    return status;
}

mutau_status mutau_term_read_table(const char *data_dir, const mutau_term_input *input,
                                   mutau_interp_kind kind, mutau_interp **out, mutau_error *err)
{
    return read_curve(data_dir, input->file,
                      &(curve){input->columns[0].name, input->columns[1].name, kind, false}, out,
                      err);
}

mutau_status mutau_term_read_log_spline(const char *data_dir, const mutau_term_input *input,
                                        size_t i_column, mutau_interp **out, mutau_error *err)
{
    return read_curve(data_dir, input->file,
                      &(curve){input->columns[0].name, input->columns[i_column].name,
                               MUTAU_INTERP_LOG_X_CUBIC, true},
                      out, err);
}

/* --- an input as it is -------------------------------------------------------------------- */

enum {
    MAX_NAMES = 3,              /* of a column */
    OWN_MAX_BYTES = 1024 * 1024 /* of a user's own: some 50000 rows, and chains keep them all */
};

/* An input that is being read. */
typedef struct reading {
    const mutau_term_type *type;
    const mutau_term_input *input;
    const mutau_table *table;
    const char *names[MUTAU_TERM_MAX_COLUMNS]; /* of the columns in the table */
    mutau_error first;                         /* on an implausible value */
} reading;

/* What the column may be called; how many names there are. */
static size_t list_names(const mutau_term_column *column, const char *names[MAX_NAMES + 1])
{
    size_t n = 0;
    names[n++] = column->name;
    if (column->also != NULL)
        names[n++] = column->also;
    if (column->of != NULL)
        names[n++] = column->of->name;
    names[n] = NULL;
    return n;
}

/* Copies the column, whatever it is called. */
static mutau_status read_column(reading *r, size_t i_column, double values[], mutau_error *err)
{
    const char *names[MAX_NAMES + 1];
    char list[128];
    mutau_error inner = {0};
    const size_t n = list_names(&r->input->columns[i_column], names);
    size_t i = 0;
    while (i + 1 < n && !mutau_table_has_column(r->table, names[i]))
        i++;
    const bool is_there = mutau_table_has_column(r->table, names[i]);
    r->names[i_column] = names[is_there ? i : 0];
    const mutau_status status = mutau_table_real(r->table, r->names[i_column], values, &inner);
    if (status == MUTAU_OK)
        return MUTAU_OK;
    if (is_there || n == 1)
        return mutau_error_set(err, status, "%s", inner.text);
    return mutau_error_set(err, status, "%s; the term '%s' takes for '%s' also %s", inner.text,
                           r->type->name, names[0], mutau_list_names(names + 1, sizeof list, list));
}

static mutau_status row_error(const reading *r, size_t i_row, size_t i_column, const char *why,
                              mutau_error *err)
{
    return mutau_table_error(r->table, r->names[i_column], i_row, err,
                             "table of the term '%s', row %zu, %s: %s", r->type->name, i_row + 1,
                             r->names[i_column], why);
}

/* Keeps the first implausible value of the column for a warning. */
static mutau_status check_units(reading *r, size_t i_column, const mutau_term_table *out,
                                mutau_error *err)
{
    for (size_t i = 0; i < out->n_row; i++) {
        char why[MUTAU_PLAUSIBLE_SIZE];
        const mutau_plausible_verdict verdict = mutau_plausible_judge(
            r->input->columns[i_column].kind, out->values[i * out->n_column + i_column], why);
        if (verdict == MUTAU_IS_IMPOSSIBLE)
            return row_error(r, i, i_column, why, err);
        if (verdict == MUTAU_IS_IMPLAUSIBLE && r->first.text[0] == '\0')
            (void)row_error(r, i, i_column, why, &r->first);
    }
    return MUTAU_OK;
}

static mutau_status check_rows(const reading *r, const mutau_term_table *out, mutau_error *err)
{
    const double *before = NULL;
    for (size_t i = 0; i < out->n_row && r->type->row_is_wrong != NULL; i++) {
        char why[MUTAU_PLAUSIBLE_SIZE];
        size_t i_column = 0;
        const double *row = out->values + i * out->n_column;
        if (r->type->row_is_wrong(row, before, &i_column, why))
            return row_error(r, i, i_column, why, err);
        before = row;
    }
    return MUTAU_OK;
}

static mutau_status fill_values(reading *r, double column[], mutau_term_table *out,
                                mutau_error *err)
{
    for (size_t k = 0; k < out->n_column; k++) {
        MUTAU_CHECK(read_column(r, k, column, err));
        for (size_t i = 0; i < out->n_row; i++)
            out->values[i * out->n_column + k] = column[i];
    }
    MUTAU_CHECK(check_rows(r, out, err));
    for (size_t k = 0; k < out->n_column; k++)
        MUTAU_CHECK(check_units(r, k, out, err));
    if (r->first.text[0] == '\0')
        return MUTAU_OK;
    out->warning = mutau_strdup(r->first.text);
    return out->warning != NULL ? MUTAU_OK
                                : mutau_error_set(err, MUTAU_ENOMEM, "no memory for a warning");
}

static mutau_status read_text(const mutau_term_type *type, mutau_term_table *out, mutau_error *err)
{
    const size_t most = type->is_own ? OWN_MAX_BYTES : MUTAU_TABLE_MAX_BYTES;
    if (type->kept_table == NULL)
        return mutau_text_file_read(out->path, most, &out->text, &out->size, err);
    out->text = mutau_strdup(type->kept_table);
    out->size = strlen(type->kept_table);
    return out->text != NULL ? MUTAU_OK
                             : mutau_error_set(err, MUTAU_ENOMEM, "no memory for a kept table");
}

static mutau_status read_numbers(const mutau_term_type *type, const mutau_term_input *input,
                                 mutau_term_table *out, mutau_error *err)
{
    mutau_table *table = NULL;
    MUTAU_CHECK(read_text(type, out, err));
    MUTAU_CHECK(mutau_table_read_text(out->path, out->text, out->size, &table, err));
    out->n_row = mutau_table_rows(table);
    while (out->n_column < MUTAU_TERM_MAX_COLUMNS && input->columns[out->n_column].name != NULL)
        out->n_column++;
    out->values = mutau_calloc(out->n_row * out->n_column, sizeof *out->values);
    double *column = mutau_calloc(out->n_row, sizeof *column);
    reading r = {.type = type, .input = input, .table = table};
    const mutau_status status =
        out->values != NULL && column != NULL
            ? fill_values(&r, column, out, err)
            : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", out->n_row);
    free(column);
    mutau_table_free(table);
    return status;
}

mutau_status mutau_term_table_read(const char *data_dir, const mutau_term_type *type,
                                   const mutau_term_input *input, mutau_term_table *out,
                                   mutau_error *err)
{
    *out = (mutau_term_table){.path = input_path(data_dir, input->file, type->is_own)};
    if (out->path == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the path of %s", input->file);
    const mutau_status status = read_numbers(type, input, out, err);
    if (status != MUTAU_OK)
        mutau_term_table_release(out);
    return status;
}

void mutau_term_table_release(mutau_term_table *table)
{
    free(table->path);
    free(table->text);
    free(table->values);
    free(table->warning);
    *table = (mutau_term_table){0};
}
