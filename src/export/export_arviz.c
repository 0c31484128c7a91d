/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ArviZ's InferenceData, as a netCDF-4 file. */
#include "export_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "store/chain_netcdf.h"

enum { DATE_SIZE = 40, MOST_GROUPS = 4 };

/* ln prior of each draw, [n_column][n_row], to be freed; NULL without memory. */
static double *find_ln_prior(const mutau_draw_table *t)
{
    double *ln_prior = mutau_calloc(t->n_column * t->n_row, sizeof *ln_prior);
    for (size_t draw = 0; ln_prior != NULL && draw < t->n_column * t->n_row; draw++) {
        ln_prior[draw] = t->log_prob[draw];
        for (size_t i = 0; i < t->n; i++)
            if (t->columns[i].kind == MUTAU_DRAW_LN_LIKE)
                ln_prior[draw] -= t->columns[i].x[draw];
    }
    return ln_prior;
}

/* Whether the prior is flat, but for rounding. */
static bool is_flat(const mutau_draw_table *t, const double ln_prior[])
{
    double lo = ln_prior[0], hi = ln_prior[0], largest = 0.0;
    for (size_t i = 1; i < t->n_column * t->n_row; i++) {
        lo = fmin(lo, ln_prior[i]);
        hi = fmax(hi, ln_prior[i]);
        largest = fmax(largest, fabs(t->log_prob[i]));
    }
    return hi - lo <= 1e-12 * (1.0 + largest);
}

/* The columns of kinds from `first` to `last` as variables; how many. */
static size_t list_columns(const mutau_draw_table *t, mutau_draw_kind first, mutau_draw_kind last,
                           mutau_netcdf_variable variables[])
{
    const size_t prefix = strlen(MUTAU_DRAW_LN_LIKE_PREFIX);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const mutau_draw_column *c = &t->columns[i];
        const bool is_ln_like = c->kind == MUTAU_DRAW_LN_LIKE;
        if (c->kind < first || c->kind > last)
            continue;
        variables[n++] = (mutau_netcdf_variable){
            .name = c->name, .long_name = c->latex, .unit = c->unit, .x = c->x};
        if (!is_ln_like)
            continue;
        /* a term called as a dimension keeps its prefix */
        const char *name = c->name + prefix;
        const bool taken = strcmp(name, "chain") == 0 || strcmp(name, "draw") == 0;
        variables[n - 1] = (mutau_netcdf_variable){.name = taken ? c->name : name, .x = c->x};
    }
    return n;
}

static mutau_status write_groups(const mutau_draw_table *t, const double ln_prior[],
                                 mutau_netcdf_variable variables[], const char *path,
                                 const char *name, mutau_error *err)
{
    mutau_netcdf_variable stats[2] = {{.name = "lp", .x = t->log_prob},
                                      {.name = "chi2_flux", .x = t->chi2}};
    const mutau_netcdf_variable prior = {.name = "log_prior", .x = ln_prior};
    mutau_netcdf_group groups[MOST_GROUPS] = {{.name = "posterior", .variables = variables}};
    size_t n = 0;
    char date[DATE_SIZE] = "";
    const time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) != NULL)
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S+00:00", &utc);
    groups[n++].n = list_columns(t, MUTAU_DRAW_SAMPLED, MUTAU_DRAW_DERIVED, variables);
    groups[n++] = (mutau_netcdf_group){"sample_stats", t->chi2 != NULL ? 2 : 1, stats};
    const size_t n_like =
        list_columns(t, MUTAU_DRAW_LN_LIKE, MUTAU_DRAW_LN_LIKE, variables + groups[0].n);
    if (n_like > 0)
        groups[n++] = (mutau_netcdf_group){"log_likelihood", n_like, variables + groups[0].n};
    if (n_like > 0 && !is_flat(t, ln_prior))
        groups[n++] = (mutau_netcdf_group){"log_prior", 1, &prior};
    const mutau_netcdf_text attributes[] = {{"created_at", date},
                                            {"creation_library", "mutau"},
                                            {"creation_library_version", t->version},
                                            {"creation_library_language", "C"},
                                            {"inference_library", "mutau"},
                                            {"inference_library_version", t->version}};
    return mutau_netcdf_write(path, name, t->n_column, t->n_row, n, groups,
                              sizeof attributes / sizeof attributes[0], attributes, err);
}

static mutau_status write_file(const mutau_draw_table *table, const char *root,
                               mutau_new_files *files, mutau_error *err)
{
    const char *temporary = NULL;
    char *path = mutau_export_path(root, ".nc");
    double *ln_prior = find_ln_prior(table);
    mutau_netcdf_variable *variables = mutau_calloc(table->n, sizeof *variables);
    mutau_status status = MUTAU_OK;
    if (path == NULL || ln_prior == NULL || variables == NULL)
        status = mutau_error_set(err, MUTAU_ENOMEM, "no memory for a netCDF file");
    if (status == MUTAU_OK)
        status = mutau_new_files_add_name(files, path, &temporary, err);
    if (status == MUTAU_OK)
        status = write_groups(table, ln_prior, variables, temporary, path, err);
    if (status == MUTAU_OK)
        status = mutau_new_files_finish(files, err);
    free(variables);
    free(ln_prior);
    free(path);
    return status;
}

const mutau_export_format mutau_export_arviz = {
    .name = "arviz",
    .suffix = ".nc",
    .write = write_file,
};
