/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening regular files; documented in store/regular_file.h. */
#include "store/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode)
{
    if (S_ISFIFO(mode))
        return "a pipe";
    return S_ISCHR(mode) || S_ISBLK(mode) ? "a device" : "of another kind";
}

static mutau_status not_regular(const char *path, mode_t mode, mutau_error *err)
{
    if (S_ISDIR(mode))
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot be opened: %s", path, strerror(EISDIR));
    return mutau_error_set(err, MUTAU_EIO, "%s: cannot be opened: not a regular file but %s", path,
                           kind_of(mode));
}

static mutau_status check(int fd, const char *path, uint64_t max_size, mutau_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return not_regular(path, info.st_mode, err);
    if ((uint64_t)info.st_size > max_size)
        return mutau_error_set(err, MUTAU_EDATA, "%s: longer than the limit of %" PRIu64 " bytes",
                               path, max_size);
    return MUTAU_OK;
}

mutau_status mutau_regular_file_open(const char *path, uint64_t max_size, int *fd, mutau_error *err)
{
    struct stat info;
    *fd = -1;
    /* A look first: opening a device may do something to it.  What is then opened is looked at. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return not_regular(path, info.st_mode, err);
    const int opened = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened < 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    const mutau_status status = check(opened, path, max_size, err);
    if (status == MUTAU_OK)
        *fd = opened;
    else
        (void)close(opened);
    return status;
}
