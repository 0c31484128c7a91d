/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as the chain store needs them: whole writes, sync, atomic names; and names for
 * files that are not complete yet. */
#if defined(__linux__)
#define _GNU_SOURCE /* sync_file_range() */
#endif
#include "chain_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define DIGITS 16 /* of a temporary name */

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
    if (size > 0) /* 0 would mean the whole file */
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

/* The folder that holds `path`, to be freed; NULL without memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = mutau_strdup(slash != NULL ? path : ".");
    if (folder != NULL && slash != NULL)
        folder[slash == path ? 1 : slash - path] = '\0';
    return folder;
}

mutau_status mutau_chain_sync_folder(const char *path, mutau_error *err)
{
    char *folder = folder_of(path);
    if (folder == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a path");
    const int fd = open(folder, O_RDONLY | O_CLOEXEC);
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

/* ---- files that are not complete yet ---------------------------------------------- */

/* A new file is made under a name that nobody else uses, 16 random hexadecimal digits in it,
 * and only if there is none of that name.  So nothing is overwritten, whatever lies beside
 * the chain; and what a killed writer leaves is known by its name and by how it begins. */

/* Another number each time: by the clock, the process and where its stack is. */
static uint64_t any_number(void)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_REALTIME, &time);
    uint64_t x = (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
    x ^= (uint64_t)getpid() << 40 ^ (uint64_t)(uintptr_t)&time;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

char *mutau_chain_temporary_name(const char *path, const char *kind)
{
    char suffix[DIGITS + 16];
    (void)snprintf(suffix, sizeof suffix, ".%0*" PRIx64 ".%s", DIGITS, any_number(), kind);
    return mutau_chain_path_with(path, suffix);
}

/* Whether a name is one of those above for the file called `base`. */
static bool is_temporary(const char *name, const char *base)
{
    const size_t n = strlen(base);
    if (strncmp(name, base, n) != 0 || name[n] != '.')
        return false;
    const char *digits = name + n + 1;
    if (strspn(digits, "0123456789abcdef") != DIGITS)
        return false;
    return strcmp(digits + DIGITS, ".new") == 0 || strcmp(digits + DIGITS, ".grown") == 0;
}

/* Whether a file begins as one that a writer was making: like an HDF5 file, or with nothing. */
static bool begins_as_chain(int folder, const char *name)
{
    static const char hdf5[] = "\x89HDF\r\n\x1a\n", nothing[sizeof hdf5 - 1];
    char begin[sizeof hdf5 - 1];
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
        return false;
    const int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t n = pread(fd, begin, sizeof begin, 0);
    (void)close(fd);
    return n == 0 || (n == sizeof begin && (memcmp(begin, hdf5, sizeof begin) == 0 ||
                                            memcmp(begin, nothing, sizeof begin) == 0));
}

mutau_status mutau_chain_remove_stale(const char *path, mutau_error *err)
{
    char *folder = folder_of(path);
    if (folder == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a path");
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    DIR *entries = opendir(folder);
    free(folder);
    if (entries == NULL)
        return MUTAU_OK; /* a folder that cannot be listed: what is left is in nobody's way */
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (is_temporary(entry->d_name, base) && begins_as_chain(dirfd(entries), entry->d_name))
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
    (void)closedir(entries);
    return MUTAU_OK;
}
