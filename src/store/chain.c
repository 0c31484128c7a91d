/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain object: what a reader and a writer have in common. */
#include "chain_writer.h"

#include <stdlib.h>

#include "mutau/mem.h"

/* A commit takes microseconds: a reader that meets two of them between looking at
 * `iteration` and at the state does not meet them again and again. */
#define OPEN_ATTEMPTS 3

static void free_content(mutau_chain_content *content)
{
    free(content->owned.arena);
    free(content->checks);
    free(content->slot);
    *content = (mutau_chain_content){0};
}

void mutau_chain_close(mutau_chain *chain)
{
    if (chain == NULL)
        return;
    mutau_chain_writer_free(chain->writer);
    mutau_chain_reader_close(chain->reader);
    free_content(&chain->content);
    free(chain->scratch);
    free(chain);
}

mutau_status mutau_chain_alloc_scratch(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const size_t columns = info->dim > info->n_blob ? info->dim : info->n_blob;
    chain->scratch_rows = mutau_chain_chunk_rows(info);
    chain->scratch = mutau_calloc(chain->scratch_rows * info->n_walker, columns * sizeof(double));
    if (chain->scratch == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to read a chain");
    return MUTAU_OK;
}

static mutau_status open_once(const char *path, mutau_chain *chain, mutau_error *err)
{
    mutau_chain_reader_close(chain->reader);
    chain->reader = NULL;
    free_content(&chain->content);
    return mutau_chain_reader_open(path, &chain->reader, &chain->content, err);
}

mutau_status mutau_chain_open(const char *path, mutau_chain **out, mutau_error *err)
{
    mutau_chain *chain = mutau_calloc(1, sizeof *chain);
    if (chain == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to read %s", path);
    mutau_status status = open_once(path, chain, err);
    for (int i = 1; i < OPEN_ATTEMPTS && status == MUTAU_OK && chain->content.slot == NULL; i++)
        status = open_once(path, chain, err);
    if (status == MUTAU_OK)
        status = mutau_chain_alloc_scratch(chain, err);
    if (status != MUTAU_OK) {
        mutau_chain_close(chain);
        return status;
    }
    *out = chain;
    return MUTAU_OK;
}

mutau_chain_info mutau_chain_describe(const mutau_chain *chain)
{
    return chain->content.owned.info;
}

size_t mutau_chain_rows(const mutau_chain *chain)
{
    return chain->content.rows;
}

size_t mutau_chain_burn_in(const mutau_chain *chain)
{
    return chain->content.burn_in;
}

bool mutau_chain_converged(const mutau_chain *chain)
{
    return chain->content.converged;
}

const mutau_chain_check *mutau_chain_history(const mutau_chain *chain, size_t *n_check)
{
    *n_check = chain->content.n_check;
    return chain->content.checks;
}

mutau_status mutau_chain_read_state(mutau_chain *chain, mutau_chain_state *state, mutau_error *err)
{
    if (chain->content.slot == NULL)
        return mutau_error_set(err, MUTAU_EDATA,
                               "the chain has no sampler state for its last row: another program "
                               "has continued it, or nothing is committed");
    mutau_chain_slot_unpack(&chain->content.owned.info, chain->content.slot, state);
    return MUTAU_OK;
}

size_t mutau_chain_width(const mutau_chain_info *info, mutau_chain_field field)
{
    switch (field) {
    case MUTAU_CHAIN_POSITION:
        return info->dim;
    case MUTAU_CHAIN_BLOB:
        return info->n_blob;
    case MUTAU_CHAIN_LOG_PROB:
        break;
    }
    return 1;
}

mutau_status mutau_chain_read_rows(mutau_chain *chain, size_t i_ensemble, mutau_chain_field field,
                                   size_t first, size_t n_row, double rows[], mutau_error *err)
{
    if (chain->reader != NULL)
        return mutau_chain_reader_rows(chain->reader, i_ensemble, field, first, n_row, rows, err);
    return mutau_chain_writer_rows(chain, i_ensemble, field, first, n_row, rows, err);
}

/* Whole rows are read in blocks and one column is picked from them: much faster
 * than letting HDF5 pick single numbers. */
static mutau_status read_column(mutau_chain *chain, mutau_chain_field field, size_t column,
                                size_t first, size_t n_row, double x[], mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const size_t width = mutau_chain_width(info, field), n_walker = info->n_walker;
    if (column >= width || first > chain->content.rows || n_row > chain->content.rows - first)
        return mutau_error_set(
            err, MUTAU_EDOM, "column %zu, rows %zu to %zu: the chain has %zu columns and %zu rows",
            column, first, first + n_row, width, chain->content.rows);
    for (size_t done = 0; done < n_row;) {
        const size_t left = n_row - done;
        const size_t n = left < chain->scratch_rows ? left : chain->scratch_rows;
        for (size_t e = 0; e < info->n_ensemble; e++) {
            MUTAU_CHECK(
                mutau_chain_read_rows(chain, e, field, first + done, n, chain->scratch, err));
            for (size_t i = 0; i < n; i++) {
                double *row = x + ((done + i) * info->n_ensemble + e) * n_walker;
                for (size_t w = 0; w < n_walker; w++)
                    row[w] = chain->scratch[(i * n_walker + w) * width + column];
            }
        }
        done += n;
    }
    return MUTAU_OK;
}

mutau_status mutau_chain_read_parameter(mutau_chain *chain, size_t i_dim, size_t first,
                                        size_t n_row, double x[], mutau_error *err)
{
    return read_column(chain, MUTAU_CHAIN_POSITION, i_dim, first, n_row, x, err);
}

mutau_status mutau_chain_read_blob(mutau_chain *chain, size_t i_blob, size_t first, size_t n_row,
                                   double x[], mutau_error *err)
{
    return read_column(chain, MUTAU_CHAIN_BLOB, i_blob, first, n_row, x, err);
}

mutau_status mutau_chain_read_log_prob(mutau_chain *chain, size_t first, size_t n_row, double x[],
                                       mutau_error *err)
{
    return read_column(chain, MUTAU_CHAIN_LOG_PROB, 0, first, n_row, x, err);
}
