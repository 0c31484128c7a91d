/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer of a chain file.
 *
 * Rows go to their final place behind the committed ones, where no reader looks.
 * A commit adds, with one plain write each, new checks and the state, in the slot
 * that the last commit did not use, and waits until all this is on disk.  Only then
 * come `iteration` and what goes with it, and another wait.  When the room ends, a
 * larger file is completed beside the old one and takes its name. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "chain_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define FIRST_CHECKS 512
#define PIECE_SIZE ((size_t)4 << 20) /* rows that are written at once, if one is not larger */

/* A commit takes at most the first share of the time, but comes at least so often, unless it
 * would then take more than the second one: on a disk that needs seconds for a sync. */
static const double COMMIT_SHARE = 0.01, COMMIT_SECONDS = 10.0, COMMIT_MOST = 0.1;

static double now(void)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- life -------------------------------------------------------------------- */

void mutau_chain_writer_free(mutau_chain_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->fd >= 0)
        (void)close(writer->fd);
    if (writer->fd >= 0 && !writer->published)
        (void)unlink(writer->new_path);
    if (writer->named_fd >= 0)
        (void)close(writer->named_fd);
    mutau_chain_drop_successor(writer);
    mutau_chain_lock_release(&writer->lock);
    free(writer->buffers);
    free(writer->buffer);
    mutau_chain_places_free(&writer->places);
    free(writer->next_slot);
    free(writer->spare_slot);
    free(writer->accepted);
    free(writer->path);
    free(writer->new_path);
    free(writer->grown_path);
    free(writer);
}

static size_t all_columns(const mutau_chain_info *info)
{
    size_t n = 0;
    for (size_t part = 0; part < mutau_chain_parts(info); part++)
        n += mutau_chain_columns(info, part);
    return n;
}

static mutau_status alloc_buffers(const mutau_chain_info *info, mutau_chain_writer *writer,
                                  mutau_error *err)
{
    const size_t n_part = mutau_chain_parts(info), columns = all_columns(info);
    writer->buffer_rows = mutau_chain_chunk_rows(info);
    while (writer->buffer_rows > 1 && writer->buffer_rows * columns * sizeof(double) > PIECE_SIZE)
        writer->buffer_rows /= 2;
    writer->next_slot = mutau_calloc(mutau_chain_slot_size(info), 1);
    writer->spare_slot = mutau_calloc(mutau_chain_slot_size(info), 1);
    writer->accepted = mutau_calloc(info->n_walker, sizeof(double));
    writer->buffers = mutau_calloc(n_part, sizeof *writer->buffers);
    writer->buffer = mutau_calloc(writer->buffer_rows * columns, sizeof(double));
    if (writer->next_slot == NULL || writer->spare_slot == NULL || writer->accepted == NULL ||
        writer->buffers == NULL || writer->buffer == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to write a chain");
    double *end = writer->buffer;
    for (size_t part = 0; part < n_part; part++) {
        writer->buffers[part] = end;
        end += writer->buffer_rows * mutau_chain_columns(info, part);
    }
    return MUTAU_OK;
}

/* The paths; a link is followed, so that renaming replaces the file and not the
 * link, and so that a file has one lock whatever its names. */
static mutau_status set_paths(const char *path, mutau_chain_writer *writer, mutau_error *err)
{
    char *resolved = realpath(path, NULL);
    writer->path = mutau_strdup(resolved != NULL ? resolved : path);
    free(resolved);
    if (writer->path != NULL) {
        writer->new_path = mutau_chain_temporary_name(writer->path, "new");
        writer->grown_path = mutau_chain_temporary_name(writer->path, "grown");
    }
    if (writer->path == NULL || writer->new_path == NULL || writer->grown_path == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a path");
    return MUTAU_OK;
}

/* Whether a file may be made, or replaced, where the chain is to be.  A device or a pipe has a
 * name that others rely on; so has a link, and what it leads to cannot be replaced if it is not
 * there. */
static mutau_status check_place(const char *path, const mutau_chain_writer *writer,
                                mutau_error *err)
{
    struct stat info;
    if (lstat(writer->path, &info) != 0)
        return MUTAU_OK;
    if (S_ISLNK(info.st_mode))
        return mutau_error_set(err, MUTAU_EIO, "%s: is a link to a file that does not exist", path);
    if (!S_ISREG(info.st_mode))
        return mutau_error_set(err, MUTAU_EIO, "%s: is %s", path,
                               S_ISDIR(info.st_mode) ? "a folder" : "not a regular file");
    if (!writer->replace)
        return mutau_error_set(err, MUTAU_EEXIST, "%s: exists and is not overwritten", path);
    return MUTAU_OK;
}

static mutau_status start_writer(const char *path, bool replace, mutau_chain *chain,
                                 mutau_error *err)
{
    mutau_chain_writer *writer = mutau_calloc(1, sizeof *writer);
    if (writer == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to write %s", path);
    chain->writer = writer;
    writer->fd = writer->named_fd = writer->next.fd = -1;
    writer->replace = replace;
    writer->committed = now();
    writer->evidence = chain->content.evidence = mutau_chain_no_evidence();
    MUTAU_CHECK(set_paths(path, writer, err));
    MUTAU_CHECK(mutau_chain_lock_take(writer->path, &writer->lock, err));
    MUTAU_CHECK(check_place(path, writer, err));
    return mutau_chain_remove_stale(writer->path, err); /* the lock is ours */
}

mutau_status mutau_chain_writer_start(const char *path, bool replace, mutau_chain **out,
                                      mutau_error *err)
{
    mutau_chain *chain = mutau_calloc(1, sizeof *chain);
    if (chain == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to write %s", path);
    const mutau_status status = start_writer(path, replace, chain, err);
    if (status != MUTAU_OK) {
        mutau_chain_close(chain);
        return status;
    }
    *out = chain;
    return MUTAU_OK;
}

mutau_status mutau_chain_writer_describe(mutau_chain *chain, const mutau_chain_info *info,
                                         mutau_error *err)
{
    MUTAU_CHECK(mutau_chain_info_copy(info, &chain->content.owned, err));
    MUTAU_CHECK(mutau_chain_alloc_scratch(chain, err));
    return alloc_buffers(&chain->content.owned.info, chain->writer, err);
}

mutau_status mutau_chain_create(const char *path, const mutau_chain_info *info, bool overwrite,
                                mutau_chain **out, mutau_error *err)
{
    mutau_chain *chain = NULL;
    MUTAU_CHECK(mutau_chain_info_check(info, err));
    MUTAU_CHECK(mutau_chain_writer_start(path, overwrite, &chain, err));
    const mutau_status status = mutau_chain_writer_describe(chain, info, err);
    if (status != MUTAU_OK) {
        mutau_chain_close(chain);
        return status;
    }
    *out = chain;
    return MUTAU_OK;
}

static mutau_status need_writer(const mutau_chain *chain, mutau_error *err)
{
    if (chain->writer == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "the chain is open for reading only");
    return MUTAU_OK;
}

mutau_chain_output mutau_chain_present(const mutau_chain *chain)
{
    const mutau_chain_writer *writer = chain->writer;
    return (mutau_chain_output){&chain->content.owned.info, &writer->places, writer->fd,
                                writer->path};
}

mutau_status mutau_chain_writer_rows(mutau_chain *chain, size_t part, size_t first, size_t n_row,
                                     double rows[], mutau_error *err)
{
    const mutau_chain_output out = mutau_chain_present(chain);
    return mutau_chain_get_rows(&out, part, first, n_row, rows, err);
}

/* ---- appending and committing ----------------------------------------------------- */

static mutau_status flush_rows(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    mutau_chain_writer *writer = chain->writer;
    if (writer->n_buffered == 0)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_chain_make_room(chain, writer->written + writer->n_buffered,
                                      chain->content.n_check, err));
    const mutau_chain_output out = mutau_chain_present(chain);
    for (size_t part = 0; part < mutau_chain_parts(info); part++)
        MUTAU_CHECK(mutau_chain_put_rows(&out, part, writer->written, writer->n_buffered,
                                         writer->buffers[part], err));
    const size_t n_row = writer->n_buffered;
    writer->written += n_row;
    writer->n_buffered = 0;
    mutau_chain_grow_ahead(chain, n_row);
    return MUTAU_OK;
}

static void buffer_row(const mutau_chain *chain, size_t part, const double row[])
{
    const size_t columns = mutau_chain_columns(&chain->content.owned.info, part);
    const mutau_chain_writer *writer = chain->writer;
    if (columns > 0)
        memcpy(writer->buffers[part] + writer->n_buffered * columns, row, columns * sizeof row[0]);
}

/* log_like[n_ensemble][T][n_walker] to one row for each rung, [n_ensemble][n_walker]. */
static void buffer_log_like(const mutau_chain *chain, const double log_like[])
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const mutau_chain_writer *writer = chain->writer;
    const size_t n_rung = mutau_chain_rungs(info), n_walker = info->n_walker;
    for (size_t i = 0; i < info->n_ensemble * n_rung; i++) {
        const size_t e = i / n_rung;
        const size_t row = writer->n_buffered * info->n_ensemble + e;
        memcpy(writer->buffers[mutau_chain_log_like_part(info, i % n_rung)] + row * n_walker,
               log_like + i * n_walker, n_walker * sizeof log_like[0]);
    }
}

static mutau_status check_step(const mutau_chain_info *info, const mutau_chain_step steps[],
                               const mutau_chain_tempering *tempering, const double log_weight[],
                               mutau_error *err)
{
    for (size_t g = 0; g < mutau_chain_groups(info); g++)
        if (steps[g].position == NULL || steps[g].log_prob == NULL ||
            (info->n_blob > 0 && steps[g].blob == NULL))
            return mutau_error_set(err, MUTAU_EUSAGE, "step %zu of a row lacks a part", g);
    if (mutau_chain_tempered(info) &&
        (tempering == NULL || tempering->beta == NULL || tempering->log_like == NULL))
        return mutau_error_set(err, MUTAU_EUSAGE, "a row of a tempered run lacks its ladder");
    if (mutau_chain_has_mixture(info) != (log_weight != NULL))
        return mutau_error_set(err, MUTAU_EUSAGE,
                               log_weight == NULL
                                   ? "a row of a run with a mixture lacks the weights of its draws"
                                   : "a row of a run without a mixture has weights of its draws");
    return MUTAU_OK;
}

mutau_status mutau_chain_append(mutau_chain *chain, const mutau_chain_step steps[],
                                const mutau_chain_tempering *tempering, const double log_weight[],
                                mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    const mutau_chain_info *info = &chain->content.owned.info;
    MUTAU_CHECK(check_step(info, steps, tempering, log_weight, err));
    if (chain->writer->n_buffered == chain->writer->buffer_rows)
        MUTAU_CHECK(flush_rows(chain, err));
    for (size_t g = 0; g < mutau_chain_groups(info); g++) {
        buffer_row(chain, mutau_chain_group_part(g, MUTAU_CHAIN_POSITION), steps[g].position);
        buffer_row(chain, mutau_chain_group_part(g, MUTAU_CHAIN_LOG_PROB), steps[g].log_prob);
        buffer_row(chain, mutau_chain_group_part(g, MUTAU_CHAIN_BLOB), steps[g].blob);
    }
    if (mutau_chain_tempered(info)) {
        buffer_row(chain, mutau_chain_beta_part(info), tempering->beta);
        buffer_log_like(chain, tempering->log_like);
    }
    if (mutau_chain_has_mixture(info))
        buffer_row(chain, mutau_chain_log_weight_part(info), log_weight);
    mutau_chain_writer *writer = chain->writer;
    mutau_chain_sum_row(info, writer->buffers, writer->n_buffered,
                        writer->written + writer->n_buffered);
    writer->n_buffered++;
    return MUTAU_OK;
}

/* Gives the first file its name, or a larger one that of ours which it replaces. */
static mutau_status publish(mutau_chain_writer *writer, mutau_error *err)
{
    if (writer->named_fd >= 0)
        MUTAU_CHECK(mutau_chain_same_file(writer->named_fd, writer->path, err));
    else if (writer->replace)
        MUTAU_CHECK(check_place(writer->path, writer, err));
    mutau_chain_keep_access(writer, writer->fd);
    MUTAU_CHECK(mutau_chain_sync_file(writer->fd, writer->new_path, err));
    MUTAU_CHECK(mutau_chain_rename(writer->new_path, writer->path,
                                   writer->replace || writer->named_fd >= 0, err));
    writer->published = true;
    if (writer->named_fd >= 0)
        (void)close(writer->named_fd);
    writer->named_fd = -1;
    return mutau_chain_sync_folder(writer->path, err);
}

static mutau_status check_state(const mutau_chain_info *info, const mutau_chain_state *state,
                                mutau_error *err)
{
    if (state->accepted == NULL || state->position == NULL || state->ln_prior == NULL ||
        state->ln_like == NULL || (info->n_blob > 0 && state->blob == NULL) ||
        (mutau_chain_tempered(info) && (state->beta == NULL || state->swaps == NULL)))
        return mutau_error_set(err, MUTAU_EUSAGE, "the state to commit lacks a part");
    return MUTAU_OK;
}

/* What has been written is now the last commit. */
static void accept_commit(mutau_chain *chain)
{
    mutau_chain_content *content = &chain->content;
    mutau_chain_writer *writer = chain->writer;
    unsigned char *previous = content->slot != NULL ? content->slot : writer->spare_slot;
    writer->spare_slot = NULL;
    content->slot = writer->next_slot;
    writer->next_slot = previous;
    writer->i_slot = 1 - writer->i_slot;
    writer->checks_written = content->n_check;
    writer->failures_written = content->n_failure;
    content->rows = writer->readable = writer->written;
    content->burn_in = writer->burn_in;
    content->evidence = writer->evidence;
    content->converged = writer->converged;
}

static mutau_status put_commit(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_content *content = &chain->content;
    const mutau_chain_writer *writer = chain->writer;
    const mutau_chain_output out = mutau_chain_present(chain);
    const mutau_chain_record record = {
        .slot = writer->next_slot,
        .i_slot = writer->i_slot,
        .checks = content->checks,
        .first_check = writer->checks_written,
        .failures = content->failures,
        .first_failure = writer->failures_written,
        .evidence = writer->evidence,
        .burn_in = writer->burn_in,
        .converged = writer->converged,
        .accepted = writer->accepted,
    };
    /* A file without a name is synced as a whole when it gets one. */
    return mutau_chain_put_commit(&out, &record, writer->published, err);
}

mutau_status mutau_chain_commit(mutau_chain *chain, const mutau_chain_state *state,
                                mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    mutau_chain_content *content = &chain->content;
    mutau_chain_writer *writer = chain->writer;
    double begin = now();
    MUTAU_CHECK(check_state(&content->owned.info, state, err));
    MUTAU_CHECK(flush_rows(chain, err));
    if (writer->written == 0)
        return MUTAU_OK; /* emcee takes a file without a row for an error */
    MUTAU_CHECK(mutau_chain_make_room(chain, writer->written, content->n_check, err));
    const bool published = writer->published;
    if (published)
        MUTAU_CHECK(mutau_chain_same_file(writer->fd, writer->path, err));
    mutau_chain_slot_pack(&content->owned.info, writer->written, content->n_check,
                          content->n_failure, state, writer->next_slot);
    MUTAU_CHECK(put_commit(chain, err));
    if (!published) {
        begin = now(); /* the first one wrote much more, but syncs as often as others */
        MUTAU_CHECK(publish(writer, err));
    }

    accept_commit(chain);
    writer->committed = now();
    writer->cost = writer->committed - begin;
    return MUTAU_OK;
}

mutau_status mutau_chain_flush(mutau_chain *chain, mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    MUTAU_CHECK(flush_rows(chain, err));
    chain->writer->readable = chain->writer->written;
    return MUTAU_OK;
}

bool mutau_chain_commit_due(const mutau_chain *chain)
{
    const mutau_chain_writer *writer = chain->writer;
    if (writer == NULL || writer->written + writer->n_buffered == chain->content.rows)
        return false;
    const double waited = now() - writer->committed, cost = writer->cost;
    return waited >= cost / COMMIT_SHARE ||
           (waited >= COMMIT_SECONDS && waited >= cost / COMMIT_MOST);
}

mutau_status mutau_chain_sync(mutau_chain *chain, mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    if (!chain->writer->published)
        return MUTAU_OK;
    return mutau_chain_sync_data(chain->writer->fd, chain->writer->path, err);
}

mutau_status mutau_chain_set_burn_in(mutau_chain *chain, size_t rows, mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    const size_t n = chain->writer->written + chain->writer->n_buffered;
    if (rows > n)
        return mutau_error_set(err, MUTAU_EDOM, "burn-in of %zu rows in a chain of %zu", rows, n);
    chain->writer->burn_in = rows;
    return MUTAU_OK;
}

mutau_status mutau_chain_set_converged(mutau_chain *chain, bool converged, mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    chain->writer->converged = converged;
    return MUTAU_OK;
}

mutau_status mutau_chain_set_evidence(mutau_chain *chain, const mutau_chain_evidence *evidence,
                                      mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    if (!mutau_chain_has_evidence(&chain->content.owned.info))
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "a run without tempering and without a mixture has no evidence");
    chain->writer->evidence = *evidence;
    return MUTAU_OK;
}

mutau_status mutau_chain_add_failure(mutau_chain *chain, const mutau_chain_failure *failure,
                                     mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    mutau_chain_content *content = &chain->content;
    const size_t size = mutau_chain_failure_size(&content->owned.info);
    if (content->n_failure == MUTAU_MAX_FAILURES)
        return MUTAU_OK;
    if (content->failures == NULL)
        content->failures = mutau_calloc(MUTAU_MAX_FAILURES, size);
    if (content->failures == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for failed evaluations");
    const uint64_t counts[] = {failure->step, failure->ensemble, failure->rung, failure->walker};
    unsigned char *record = content->failures;
    record += content->n_failure * size;
    memcpy(record, counts, sizeof counts);
    memcpy(record + sizeof counts, failure->theta, size - sizeof counts);
    content->n_failure++;
    return MUTAU_OK;
}

mutau_status mutau_chain_add_check(mutau_chain *chain, const mutau_chain_check *check,
                                   mutau_error *err)
{
    MUTAU_CHECK(need_writer(chain, err));
    mutau_chain_content *content = &chain->content;
    mutau_chain_writer *writer = chain->writer;
    if (content->n_check == writer->checks_memory) {
        const size_t n = writer->checks_memory > 0 ? 2 * writer->checks_memory : FIRST_CHECKS;
        mutau_chain_check *checks = mutau_realloc(content->checks, n, sizeof *checks);
        if (checks == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the history of checks");
        content->checks = checks;
        writer->checks_memory = n;
    }
    content->checks[content->n_check++] = *check;
    return MUTAU_OK;
}

mutau_status mutau_chain_writer_copy(mutau_chain *chain, mutau_chain *from, mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    mutau_chain_writer *writer = chain->writer;
    while (writer->written < from->content.rows) {
        const size_t left = from->content.rows - writer->written;
        const size_t n = left < writer->buffer_rows ? left : writer->buffer_rows;
        for (size_t part = 0; part < mutau_chain_sum_part(info); part++)
            if (mutau_chain_columns(info, part) > 0)
                MUTAU_CHECK(mutau_chain_read_rows(from, part, writer->written, n,
                                                  writer->buffers[part], err));
        for (size_t i = 0; i < n; i++)
            mutau_chain_sum_row(info, writer->buffers, i, writer->written + i);
        writer->n_buffered = n;
        MUTAU_CHECK(flush_rows(chain, err));
    }
    return MUTAU_OK;
}
