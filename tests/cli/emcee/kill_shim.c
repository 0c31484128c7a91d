/* SPDX-License-Identifier: GPL-3.0-or-later */
/* To be preloaded (LD_PRELOAD) into a program that writes files: kills it at call number
 * KILL_AT, from 0 on, of those that change a file or wait for the disk; in the middle if
 * it is a write. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

long syscall(long number, ...);

static long calls_left = -2; /* -2: not yet known; -1: never */

static int is_the_one(void)
{
    if (calls_left == -2) {
        const char *text = getenv("KILL_AT");
        calls_left = text != NULL ? strtol(text, NULL, 10) : -1;
    }
    if (calls_left < 0)
        return 0;
    return calls_left-- == 0;
}

static void die_if_this_is_the_one(void)
{
    if (is_the_one())
        (void)kill(getpid(), SIGKILL);
}

/* With 64-bit offsets the symbol is pwrite64, as in the program. */
ssize_t pwrite(int fd, const void *buf, size_t nbytes, off_t offset)
{
    if (is_the_one()) {
        (void)syscall(SYS_pwrite64, fd, buf, nbytes / 2, offset);
        (void)kill(getpid(), SIGKILL);
    }
    return syscall(SYS_pwrite64, fd, buf, nbytes, offset);
}

int ftruncate(int fd, off_t length)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_ftruncate, fd, length);
}

int fsync(int fd)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fildes)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_fdatasync, fildes);
}

/* The old calls on paths are not everywhere: those with folders are. */
#define HERE (-100) /* AT_FDCWD */

int rename(const char *old, const char *new)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_renameat2, HERE, old, HERE, new, 0);
}

int link(const char *from, const char *to)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_linkat, HERE, from, HERE, to, 0);
}
