/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain object: what a reader and a writer have in common. */
#include "chain_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A commit takes microseconds: a reader that meets two of them between looking at
 * `iteration` and at the state does not meet them again and again. */
#define OPEN_ATTEMPTS 3

static void free_content(mutau_chain_content *content)
{
    free(content->owned.arena);
    free(content->checks);
    free(content->failures);
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
    free(chain->path);
    free(chain);
}

mutau_status mutau_chain_alloc_scratch(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    chain->scratch_rows = mutau_chain_chunk_rows(info);
    chain->scratch =
        mutau_calloc(chain->scratch_rows, mutau_chain_most_columns(info) * sizeof *chain->scratch);
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
    chain->path = mutau_strdup(path);
    if (chain->path == NULL) {
        free(chain);
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to read %s", path);
    }
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

const char *mutau_chain_path(const mutau_chain *chain)
{
    return chain->writer != NULL ? chain->writer->path : chain->path;
}

mutau_chain_info mutau_chain_describe(const mutau_chain *chain)
{
    return chain->content.owned.info;
}

size_t mutau_chain_rows(const mutau_chain *chain)
{
    return chain->writer != NULL ? chain->writer->readable : chain->content.rows;
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

mutau_chain_evidence mutau_chain_no_evidence(void)
{
    const double nan = (double)NAN;
    return (mutau_chain_evidence){nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan};
}

size_t mutau_chain_evidence_size(const mutau_chain_info *info)
{
    return mutau_chain_has_mixture(info) ? sizeof(mutau_chain_evidence)
                                         : offsetof(mutau_chain_evidence, ln_z_bridge);
}

mutau_chain_evidence mutau_chain_evidence_stored(const mutau_chain *chain)
{
    return chain->content.evidence;
}

size_t mutau_chain_failure_size(const mutau_chain_info *info)
{
    return 4 * sizeof(uint64_t) + info->dim * sizeof(double);
}

size_t mutau_chain_n_failure(const mutau_chain *chain)
{
    return chain->content.n_failure;
}

mutau_chain_failure mutau_chain_failure_stored(const mutau_chain *chain, size_t i)
{
    const size_t size = mutau_chain_failure_size(&chain->content.owned.info);
    uint64_t counts[4];
    const void *const record = (const char *)chain->content.failures + i * size;
    memcpy(counts, record, sizeof counts);
    /* Allocated as a block, and every part is a multiple of 8 bytes. */
    const void *const theta = (const char *)record + sizeof counts;
    return (mutau_chain_failure){counts[0], counts[1], counts[2], counts[3], theta};
}

void mutau_chain_set_stop(mutau_chain *chain, mutau_stop stop)
{
    chain->stop = stop;
}

mutau_status mutau_chain_read_rows(mutau_chain *chain, size_t part, size_t first, size_t n_row,
                                   double rows[], mutau_error *err)
{
    if (mutau_stop_requested(&chain->stop))
        return mutau_error_set(err, MUTAU_ESTOPPED, "reading the chain is not finished");
    if (chain->reader != NULL)
        return mutau_chain_reader_rows(chain->reader, part, first, n_row, rows, err);
    return mutau_chain_writer_rows(chain, part, first, n_row, rows, err);
}

static mutau_status check_range(const mutau_chain *chain, const char *what, size_t column,
                                size_t n_column, size_t first, size_t n_row, mutau_error *err)
{
    const size_t rows = mutau_chain_rows(chain);
    if (column < n_column && first <= rows && n_row <= rows - first)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EDOM,
                           "%s %zu, rows %zu to %zu: the chain has %zu %ss and %zu rows", what,
                           column, first, first + n_row, n_column, what, rows);
}

/* Whole rows are read in blocks and one column is picked from them: much faster
 * than letting HDF5 pick single numbers. */
static mutau_status read_column(mutau_chain *chain, mutau_chain_field field, size_t column,
                                size_t first, size_t n_row, double x[], mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const size_t width = mutau_chain_width(info, field), n_walker = info->n_walker;
    MUTAU_CHECK(check_range(chain, "column", column, width, first, n_row, err));
    for (size_t done = 0; done < n_row;) {
        const size_t left = n_row - done;
        const size_t n = left < chain->scratch_rows ? left : chain->scratch_rows;
        for (size_t e = 0; e < info->n_ensemble; e++) {
            const size_t part = mutau_chain_group_part(e * mutau_chain_stored_rungs(info), field);
            MUTAU_CHECK(mutau_chain_read_rows(chain, part, first + done, n, chain->scratch, err));
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

mutau_status mutau_chain_read_log_like(mutau_chain *chain, size_t i_rung, size_t first,
                                       size_t n_row, double x[], mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const size_t n_rung = mutau_chain_tempered(info) ? mutau_chain_rungs(info) : 0;
    MUTAU_CHECK(check_range(chain, "rung", i_rung, n_rung, first, n_row, err));
    if (n_row == 0)
        return MUTAU_OK;
    return mutau_chain_read_rows(chain, mutau_chain_log_like_part(info, i_rung), first, n_row, x,
                                 err);
}

mutau_status mutau_chain_read_log_weight(mutau_chain *chain, size_t first, size_t n_row, double x[],
                                         mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const size_t n_mixture = mutau_chain_has_mixture(info) ? 1 : 0;
    MUTAU_CHECK(check_range(chain, "mixture", 0, n_mixture, first, n_row, err));
    if (n_row == 0)
        return MUTAU_OK;
    return mutau_chain_read_rows(chain, mutau_chain_log_weight_part(info), first, n_row, x, err);
}

mutau_status mutau_chain_read_beta(mutau_chain *chain, size_t row, double beta[], mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const size_t n_ladder = mutau_chain_tempered(info) ? 1 : 0;
    MUTAU_CHECK(check_range(chain, "ladder", 0, n_ladder, row, 1, err));
    return mutau_chain_read_rows(chain, mutau_chain_beta_part(info), row, 1, beta, err);
}
