/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes room in a chain file, and takes it away at the end: a larger file, complete, takes its name
 * at the next commit.
 *
 * Copying all rows and bringing them to disk at the moment when the room ends would
 * stop the run for seconds.  So the larger file is begun when the present one is
 * half full, gets a few old rows for each new one, and is handed to the system for
 * writing as it grows: when it is needed there is little left to wait for. */
#include "chain_internal.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_ROWS 1024
#define FIRST_CHECKS 512
#define GROWTH 4     /* room costs nothing, copying does */
#define ROWS_AHEAD 3 /* copied per row written: 2 would be done when the room ends */
#define MOST_SPARE 8 /* a file has at most so small a part of its rows to spare at the end */

void mutau_chain_keep_access(const mutau_chain_writer *writer, int fd)
{
    struct stat old, now;
    const int ours = writer->published ? writer->fd : writer->named_fd;
    if (ours >= 0 ? fstat(ours, &old) != 0 : !writer->replace || lstat(writer->path, &old) != 0)
        return;
    if (fd < 0 || fstat(fd, &now) != 0 || !S_ISREG(old.st_mode))
        return;
    mode_t mode = old.st_mode & 0777;
    if (now.st_gid != old.st_gid && fchown(fd, (uid_t)-1, old.st_gid) != 0)
        mode &= (mode_t)~070 | (mode_t)((mode & 07) << 3);
    (void)fchmod(fd, mode);
    if (now.st_uid != old.st_uid)
        (void)!fchown(fd, old.st_uid, (gid_t)-1); /* root may */
}

void mutau_chain_drop_successor(mutau_chain_writer *writer)
{
    mutau_chain_successor *next = &writer->next;
    if (next->fd >= 0) {
        (void)close(next->fd);
        (void)unlink(writer->grown_path);
    }
    mutau_chain_places_free(&next->places);
    *next = (mutau_chain_successor){.fd = -1};
}

static mutau_chain_output successor(const mutau_chain *chain)
{
    const mutau_chain_writer *writer = chain->writer;
    return (mutau_chain_output){&chain->content.owned.info, &writer->next.places, writer->next.fd,
                                writer->grown_path};
}

static mutau_status begin(mutau_chain *chain, size_t rows, size_t n_check, mutau_error *err)
{
    mutau_chain_writer *writer = chain->writer;
    mutau_chain_successor *next = &writer->next;
    mutau_status status = mutau_chain_create_file(writer->grown_path, &next->fd, err);
    mutau_chain_keep_access(writer, next->fd); /* at once: a private run stays private */
    if (status == MUTAU_OK)
        status = mutau_chain_layout_write(&chain->content.owned.info, rows, n_check, next->fd,
                                          writer->grown_path, &next->places, err);
    if (status != MUTAU_OK)
        mutau_chain_drop_successor(writer);
    return status;
}

/* Copies the next rows, up to but not including row `end`. */
static mutau_status copy_rows(mutau_chain *chain, size_t end, mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const mutau_chain_output from = mutau_chain_present(chain), to = successor(chain);
    mutau_chain_successor *next = &chain->writer->next;
    for (size_t part = 0; part < mutau_chain_parts(info); part++)
        for (size_t row = next->rows; row < end;) {
            const size_t n = end - row < chain->scratch_rows ? end - row : chain->scratch_rows;
            MUTAU_CHECK(mutau_chain_get_rows(&from, part, row, n, chain->scratch, err));
            MUTAU_CHECK(mutau_chain_put_rows(&to, part, row, n, chain->scratch, err));
            row += n;
        }
    next->rows = end;
    return MUTAU_OK;
}

/* Brings the larger file to where the last commit was. */
static mutau_status put_committed(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_content *content = &chain->content;
    const mutau_chain_writer *writer = chain->writer;
    if (content->slot == NULL)
        return MUTAU_OK;
    const mutau_chain_output out = successor(chain);
    const mutau_chain_record record = {
        .slot = content->slot,
        .i_slot = 1 - writer->i_slot,
        .checks = content->checks,
        .failures = content->failures,
        .evidence = content->evidence,
        .burn_in = content->burn_in,
        .converged = content->converged,
        .accepted = writer->accepted,
    };
    return mutau_chain_put_commit(&out, &record, false, err);
}

static mutau_status complete(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_writer *writer = chain->writer;
    MUTAU_CHECK(copy_rows(chain, writer->written, err));
    MUTAU_CHECK(put_committed(chain, err));
    mutau_chain_keep_access(writer, writer->next.fd);
    return mutau_chain_rename(writer->grown_path, writer->new_path, true, err);
}

/* Goes on with the other file. */
static void take_over(mutau_chain_writer *writer)
{
    mutau_chain_places_free(&writer->places);
    writer->fd = writer->next.fd;
    writer->places = writer->next.places;
    writer->next = (mutau_chain_successor){.fd = -1};
}

/* Completes the larger file and goes on with it.  It takes the name of the present one with
 * the next commit, whose syncs do for both: until then that one, with the last commit, stays. */
static mutau_status change_over(mutau_chain *chain, mutau_error *err)
{
    mutau_chain_writer *writer = chain->writer;
    if (writer->published)
        MUTAU_CHECK(mutau_chain_same_file(writer->fd, writer->path, err));
    const mutau_status status = complete(chain, err);
    if (status != MUTAU_OK) {
        mutau_chain_drop_successor(writer);
        return status;
    }
    if (writer->published)
        writer->named_fd = writer->fd;
    else if (writer->fd >= 0)
        (void)close(writer->fd);
    writer->published = false;
    take_over(writer);
    return MUTAU_OK;
}

/* For each row between a third of one and a whole one and a third have been copied. */
static size_t enlarged(size_t capacity, size_t wanted)
{
    while (capacity < wanted)
        capacity *= GROWTH;
    return capacity;
}

mutau_status mutau_chain_make_room(mutau_chain *chain, size_t rows, size_t n_check,
                                   mutau_error *err)
{
    mutau_chain_writer *writer = chain->writer;
    const bool first = writer->fd < 0;
    if (!first && rows <= writer->places.capacity && n_check <= writer->places.check_capacity)
        return MUTAU_OK;
    mutau_chain_successor *next = &writer->next;
    if (next->fd >= 0 && (rows > next->places.capacity || n_check > next->places.check_capacity))
        mutau_chain_drop_successor(writer);
    if (next->fd < 0)
        MUTAU_CHECK(begin(chain, enlarged(first ? FIRST_ROWS : writer->places.capacity, rows),
                          enlarged(first ? FIRST_CHECKS : writer->places.check_capacity, n_check),
                          err));
    return change_over(chain, err);
}

void mutau_chain_grow_ahead(mutau_chain *chain, size_t n_row)
{
    mutau_chain_writer *writer = chain->writer;
    mutau_chain_successor *next = &writer->next;
    const size_t capacity = writer->places.capacity, checks = writer->places.check_capacity;
    if (!writer->published || next->hopeless || writer->written < capacity / 2)
        return;
    mutau_status status = MUTAU_OK;
    if (next->fd < 0) /* twice as many checks, too, if they are as far as the rows */
        status = begin(chain, GROWTH * capacity,
                       chain->content.n_check < checks / 2 ? checks : 2 * checks, NULL);
    const size_t end = next->rows + ROWS_AHEAD * n_row;
    if (status == MUTAU_OK)
        status = copy_rows(chain, end < writer->written ? end : writer->written, NULL);
    if (status == MUTAU_OK)
        return;
    mutau_chain_drop_successor(writer);
    next->hopeless = true;
}

/* A file of the last commit, on disk, under the name of the present one.  Its folder need not be
 * synced: after a power cut either of the two is right. */
static mutau_status replace_by_shorter(mutau_chain *chain, mutau_error *err)
{
    const mutau_chain_writer *writer = chain->writer;
    const size_t n_check = chain->content.n_check;
    MUTAU_CHECK(begin(chain, writer->written, n_check > 0 ? n_check : 1, err));
    MUTAU_CHECK(copy_rows(chain, writer->written, err));
    MUTAU_CHECK(put_committed(chain, err));
    mutau_chain_keep_access(writer, writer->next.fd);
    MUTAU_CHECK(mutau_chain_sync_file(writer->next.fd, writer->grown_path, err));
    MUTAU_CHECK(mutau_chain_same_file(writer->fd, writer->path, err));
    return mutau_chain_rename(writer->grown_path, writer->path, true, err);
}

void mutau_chain_trim(mutau_chain *chain)
{
    mutau_chain_writer *writer = chain->writer;
    if (writer == NULL || !writer->published || writer->n_buffered > 0 ||
        writer->written != chain->content.rows)
        return;
    mutau_chain_drop_successor(writer);
    const size_t chunk = mutau_chain_chunk_rows(&chain->content.owned.info);
    const size_t least = (writer->written + chunk - 1) / chunk * chunk;
    if (writer->places.capacity - least <= writer->places.capacity / MOST_SPARE)
        return;
    if (replace_by_shorter(chain, NULL) != MUTAU_OK) {
        mutau_chain_drop_successor(writer);
        return;
    }
    (void)close(writer->fd);
    take_over(writer);
}
