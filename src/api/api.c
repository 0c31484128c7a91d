/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the public interface share; documented in api_internal.h. */
#include "api_internal.h"

#ifdef _OPENMP
#include <omp.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"

static const char LOG_PROB[] = "log_prob";

mutau_status mutau_api_threads(int n_thread, int *out, mutau_error *err)
{
    if (n_thread < 0 || n_thread > MUTAU_API_MAX_THREAD)
        return mutau_error_set(err, MUTAU_EUSAGE, "n_thread = %d: must be 0 (automatic) to %d",
                               n_thread, MUTAU_API_MAX_THREAD);
    *out = n_thread;
#ifdef _OPENMP
    if (n_thread == 0)
        *out = omp_get_max_threads() < MUTAU_API_MAX_THREAD ? omp_get_max_threads()
                                                            : MUTAU_API_MAX_THREAD;
#else
    if (n_thread == 0)
        *out = 1;
#endif
    return MUTAU_OK;
}

static mutau_status no_such(const mutau_api_names *names, const char *name, mutau_error *err)
{
    char hint[MUTAU_SUGGEST_SIZE];
    const size_t n = names->dim + names->n_blob;
    const char **known = mutau_calloc(n + 2, sizeof *known);
    if (known == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu names", n);
    for (size_t i = 0; i < n; i++)
        known[i] = i < names->dim ? names->name[i] : names->blob[i - names->dim];
    known[n] = LOG_PROB;
    mutau_suggest(name, known, "", hint);
    free(known);
    return mutau_error_set(err, MUTAU_EUSAGE, "'%s' is neither a coordinate nor a blob nor %s%s",
                           name, LOG_PROB, hint);
}

mutau_status mutau_api_find(const mutau_api_names *names, const char *name, mutau_api_kind *kind,
                            size_t *i, mutau_error *err)
{
    *kind = MUTAU_API_COORDINATE;
    for (*i = 0; *i < names->dim; (*i)++)
        if (strcmp(name, names->name[*i]) == 0)
            return MUTAU_OK;
    *kind = MUTAU_API_BLOB;
    for (*i = 0; *i < names->n_blob; (*i)++)
        if (strcmp(name, names->blob[*i]) == 0)
            return MUTAU_OK;
    *kind = MUTAU_API_LOG_PROB;
    *i = 0;
    return strcmp(name, LOG_PROB) == 0 ? MUTAU_OK : no_such(names, name, err);
}
