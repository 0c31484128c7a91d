/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as the chain store needs them: whole writes, sync, atomic names. */
#if defined(__linux__)
#define _GNU_SOURCE /* sync_file_range() */
#endif
#include "chain_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mutau/mem.h"

mutau_status mutau_chain_write_at(int fd, const void *bytes, size_t size, uint64_t offset,
                                  const char *path, mutau_error *err)
{
    const char *from = bytes;
    while (size > 0) {
        const ssize_t done = pwrite(fd, from, size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", path,
                                   strerror(done < 0 ? errno : ENOSPC));
        from += done;
        size -= (size_t)done;
        offset += (uint64_t)done;
    }
    return MUTAU_OK;
}

mutau_status mutau_chain_read_at(int fd, void *bytes, size_t size, uint64_t offset,
                                 const char *path, mutau_error *err)
{
    char *to = bytes;
    while (size > 0) {
        const ssize_t done = pread(fd, to, size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return mutau_error_set(err, MUTAU_EIO, "%s: cannot read: %s", path,
                                   done < 0 ? strerror(errno) : "the file has been cut");
        to += done;
        size -= (size_t)done;
        offset += (uint64_t)done;
    }
    return MUTAU_OK;
}

mutau_status mutau_chain_copy_bytes(int from, uint64_t from_offset, int to, uint64_t to_offset,
                                    uint64_t size, mutau_chain_buffer buffer, const char *path,
                                    mutau_error *err)
{
    for (uint64_t done = 0; done < size;) {
        const uint64_t left = size - done;
        const size_t part = left < buffer.size ? (size_t)left : buffer.size;
        MUTAU_CHECK(mutau_chain_read_at(from, buffer.bytes, part, from_offset + done, path, err));
        MUTAU_CHECK(mutau_chain_write_at(to, buffer.bytes, part, to_offset + done, path, err));
        done += part;
    }
    return MUTAU_OK;
}

mutau_status mutau_chain_create_file(const char *path, int *fd, mutau_error *err)
{
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (*fd < 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot create: %s", path, strerror(errno));
    return MUTAU_OK;
}

mutau_status mutau_chain_sync_file(int fd, const char *path, mutau_error *err)
{
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    if (result != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot bring to disk: %s", path,
                               strerror(errno));
    return MUTAU_OK;
}

mutau_status mutau_chain_sync_data(int fd, const char *path, mutau_error *err)
{
#if defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
    int result;
    do {
        result = fdatasync(fd);
    } while (result != 0 && errno == EINTR);
    if (result != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot bring to disk: %s", path,
                               strerror(errno));
    return MUTAU_OK;
#else
    return mutau_chain_sync_file(fd, path, err);
#endif
}

void mutau_chain_write_behind(int fd, uint64_t offset, uint64_t size)
{
#if defined(__linux__)
    (void)sync_file_range(fd, (off_t)offset, (off_t)size, SYNC_FILE_RANGE_WRITE);
#else
    (void)fd;
    (void)offset;
    (void)size;
#endif
}

char *mutau_chain_path_with(const char *path, const char *suffix)
{
    const size_t size = strlen(path) + strlen(suffix) + 1;
    char *text = mutau_calloc(size, 1);
    if (text != NULL)
        (void)snprintf(text, size, "%s%s", path, suffix);
    return text;
}

mutau_status mutau_chain_sync_folder(const char *path, mutau_error *err)
{
    char *folder = mutau_strdup(path);
    if (folder == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a path");
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    const int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_CLOEXEC);
    mutau_status status = MUTAU_OK;
    /* Some file systems refuse to sync a folder (EINVAL); theirs is the decision. */
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        status = mutau_error_set(err, MUTAU_EIO, "%s: cannot bring the folder to disk: %s", path,
                                 strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    free(folder);
    return status;
}

/* link() refuses an existing name atomically, which rename() does not; where
 * there are no hard links, a look before the rename has to do. */
static mutau_status rename_new(const char *from, const char *to, mutau_error *err)
{
    if (link(from, to) == 0) {
        (void)unlink(from);
        return MUTAU_OK;
    }
    const bool exists = errno == EEXIST;
    struct stat ours, theirs;
    const bool found = lstat(to, &theirs) == 0;
    /* A network file system may report failure for a link that it has made. */
    if (found && lstat(from, &ours) == 0 && ours.st_ino == theirs.st_ino &&
        ours.st_dev == theirs.st_dev) {
        (void)unlink(from);
        return MUTAU_OK;
    }
    if (exists || found)
        return mutau_error_set(err, MUTAU_EEXIST, "%s: appeared meanwhile and is not overwritten",
                               to);
    if (rename(from, to) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot rename to %s: %s", from, to,
                               strerror(errno));
    return MUTAU_OK;
}

mutau_status mutau_chain_rename(const char *from, const char *to, bool replace, mutau_error *err)
{
    if (!replace)
        return rename_new(from, to, err);
    if (rename(from, to) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot rename to %s: %s", from, to,
                               strerror(errno));
    return MUTAU_OK;
}

mutau_status mutau_chain_same_file(int fd, const char *path, mutau_error *err)
{
    struct stat ours, theirs;
    if (fstat(fd, &ours) != 0 || stat(path, &theirs) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: the chain file has vanished: %s", path,
                               strerror(errno));
    if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
        return mutau_error_set(err, MUTAU_EIO, "%s: another file has taken the chain file's place",
                               path);
    return MUTAU_OK;
}
