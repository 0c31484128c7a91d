/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a chain file; documented in mutau/chainfile.h. */
#include "mutau/chainfile.h"

#include <stdlib.h>

#include "api_internal.h"
#include "store/chain_quiet.h"
#include "base/mem.h"

mutau_status mutau_chainfile_open(const char *path, mutau_chainfile **out, mutau_error *err)
{
    mutau_chain_quiet kept;
    *out = NULL;
    mutau_chainfile *file = mutau_calloc(1, sizeof *file);
    if (file == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a chain file");
    mutau_chain_quiet_begin(&kept);
    const mutau_status status = mutau_chain_open(path, &file->chain, err);
    mutau_chain_quiet_end(&kept);
    if (status != MUTAU_OK) {
        free(file);
        return status;
    }
    file->info = mutau_chain_describe(file->chain);
    *out = file;
    return MUTAU_OK;
}

void mutau_chainfile_close(mutau_chainfile *file)
{
    mutau_chain_quiet kept;
    if (file == NULL)
        return;
    mutau_chain_quiet_begin(&kept);
    mutau_chain_close(file->chain);
    mutau_chain_quiet_end(&kept);
    free(file);
}

size_t mutau_chainfile_ensembles(const mutau_chainfile *file)
{
    return file->info.n_ensemble;
}

size_t mutau_chainfile_walkers(const mutau_chainfile *file)
{
    return file->info.n_walker;
}

size_t mutau_chainfile_rows(const mutau_chainfile *file)
{
    return mutau_chain_rows(file->chain);
}

size_t mutau_chainfile_burn_in(const mutau_chainfile *file)
{
    return mutau_chain_burn_in(file->chain);
}

uint64_t mutau_chainfile_thin(const mutau_chainfile *file)
{
    return file->info.thin;
}

bool mutau_chainfile_converged(const mutau_chainfile *file)
{
    return mutau_chain_converged(file->chain);
}

size_t mutau_chainfile_dim(const mutau_chainfile *file)
{
    return file->info.dim;
}

const char *mutau_chainfile_name(const mutau_chainfile *file, size_t i)
{
    return file->info.names[i];
}

const char *mutau_chainfile_unit(const mutau_chainfile *file, size_t i)
{
    return file->info.units[i];
}

const char *mutau_chainfile_latex(const mutau_chainfile *file, size_t i)
{
    return file->info.labels[i];
}

size_t mutau_chainfile_blob_count(const mutau_chainfile *file)
{
    return file->info.n_blob;
}

const char *mutau_chainfile_blob_name(const mutau_chainfile *file, size_t i)
{
    return file->info.blob_names[i];
}

const char *mutau_chainfile_config(const mutau_chainfile *file)
{
    return file->info.config;
}

static mutau_status read_quantity(mutau_chain *chain, mutau_api_kind kind, size_t i, size_t first,
                                  size_t n_row, double x[], mutau_error *err)
{
    switch (kind) {
    case MUTAU_API_COORDINATE:
        return mutau_chain_read_parameter(chain, i, first, n_row, x, err);
    case MUTAU_API_BLOB:
        return mutau_chain_read_blob(chain, i, first, n_row, x, err);
    case MUTAU_API_LOG_PROB:
        break;
    }
    return mutau_chain_read_log_prob(chain, first, n_row, x, err);
}

mutau_status mutau_chainfile_read(mutau_chainfile *file, const char *name, size_t first,
                                  size_t n_row, double x[], mutau_error *err)
{
    const mutau_chain_info *info = &file->info;
    const mutau_api_names names = {info->dim, info->n_blob, info->names, info->blob_names};
    mutau_api_kind kind;
    mutau_chain_quiet kept;
    size_t i;
    MUTAU_CHECK(mutau_api_find(&names, name, &kind, &i, err));
    mutau_chain_quiet_begin(&kept);
    const mutau_status status = read_quantity(file->chain, kind, i, first, n_row, x, err);
    mutau_chain_quiet_end(&kept);
    return status;
}
