/* SPDX-License-Identifier: GPL-3.0-or-later */
/* To be preloaded (LD_PRELOAD): every wait for the disk takes SYNC_MS milliseconds more, and
 * appends a byte to the file SYNC_LOG. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

long syscall(long number, ...);

static void wait_long(void)
{
    const char *text = getenv("SYNC_MS"), *log = getenv("SYNC_LOG");
    const long ms = text != NULL ? strtol(text, NULL, 10) : 0;
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    const int fd = log != NULL ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (fd >= 0) {
        (void)!write(fd, "s", 1);
        (void)close(fd);
    }
    (void)nanosleep(&time, NULL);
}

int fsync(int fd)
{
    wait_long();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fildes)
{
    wait_long();
    return (int)syscall(SYS_fdatasync, fildes);
}
