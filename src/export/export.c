/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats; documented in export.h. */
#include "export.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "export_internal.h"

const mutau_export_format *const mutau_export_formats[] = {
    &mutau_export_cobaya, &mutau_export_arviz, &mutau_export_csv, &mutau_export_getdist, NULL,
};

mutau_status mutau_export_find(const char *name, const mutau_export_format **out, mutau_error *err)
{
    enum { MOST = 16 };
    const char *known[MOST + 1] = {NULL};
    char hint[MUTAU_SUGGEST_SIZE], list[MUTAU_ERROR_SIZE / 2];
    for (size_t i = 0; mutau_export_formats[i] != NULL && i < MOST; i++) {
        *out = mutau_export_formats[i];
        known[i] = (*out)->name;
        if (name != NULL && strcmp(known[i], name) == 0)
            return MUTAU_OK;
    }
    *out = NULL;
    if (name == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "--format is needed: %s",
                               mutau_list_names(known, sizeof list, list));
    mutau_suggest(name, known, "", hint);
    return mutau_error_set(err, MUTAU_EUSAGE, "--format: unknown format '%s'%s (known: %s)", name,
                           hint, mutau_list_names(known, sizeof list, list));
}

/* The length of `root` without the suffix that a file of the format has anyway. */
static size_t root_length(const mutau_export_format *format, const char *root)
{
    const size_t n = strlen(root), n_suffix = format->suffix != NULL ? strlen(format->suffix) : 0;
    const bool ends = n_suffix > 0 && n > n_suffix &&
                      strcmp(root + n - n_suffix, format->suffix) == 0 &&
                      root[n - n_suffix - 1] != '/';
    return ends ? n - n_suffix : n;
}

mutau_status mutau_export_write(const mutau_export_format *format, const mutau_draw_table *table,
                                const char *root, mutau_new_files *files, mutau_error *err)
{
    const size_t n = root_length(format, root);
    if (n == 0 || root[n - 1] == '/')
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--output: '%s' is no beginning of a file's name; folder/name, say",
                               root);
    char *plain = mutau_export_path("", "%.*s", (int)n, root);
    if (plain == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the name of a file");
    mutau_status status = format->write(table, plain, files, err);
    if (status == MUTAU_OK)
        status = mutau_new_files_publish(files, err);
    free(plain);
    return status;
}
