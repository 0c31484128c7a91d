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
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    if (is_the_one()) {
        (void)syscall(SYS_pwrite64, fd, bytes, size / 2, offset);
        (void)kill(getpid(), SIGKILL);
    }
    return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

int ftruncate(int fd, off_t size)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_ftruncate, fd, size);
}

int fsync(int fd)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_fdatasync, fd);
}

/* The old calls on paths are not everywhere: those with folders are. */
#define HERE (-100) /* AT_FDCWD */

int rename(const char *from, const char *to)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_renameat2, HERE, from, HERE, to, 0);
}

int link(const char *from, const char *to)
{
    die_if_this_is_the_one();
    return (int)syscall(SYS_linkat, HERE, from, HERE, to, 0);
}
