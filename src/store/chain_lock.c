/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer's lock: FILE.lock with host, process and time.
 *
 * The lock file is held with flock() for the whole run.  The kernel gives that up
 * when the process dies, however it dies, so on the writer's own host a lock file
 * that can be locked is a dead writer's and is taken over.  A lock file of another
 * host is believed as it stands: flock() need not reach across a network.  Where
 * flock() does not exist the process number decides. */
#include "chain_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define TEXT_SIZE 512
#define HOST_SIZE 256
#define ATTEMPTS 16

/* What a lock file says. */
typedef struct holder {
    char host[HOST_SIZE];
    long pid;
    char time[64];
} holder;

static void own_host(char host[HOST_SIZE])
{
    if (gethostname(host, HOST_SIZE) != 0)
        (void)snprintf(host, HOST_SIZE, "unknown");
    host[HOST_SIZE - 1] = '\0';
}

/* Whether a text is what a lock file says, or the beginning of it: its writer may have been
 * stopped while it wrote. */
static bool begins_lock(const char *text)
{
    static const struct {
        const char *key, *letters; /* of the value; NULL: all but blanks and controls */
    } lines[] = {{"host: ", NULL}, {"pid: ", "0123456789"}, {"time: ", "0123456789-:TZunkow"}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const size_t left = strlen(text), n = strlen(lines[i].key);
        if (strncmp(text, lines[i].key, n < left ? n : left) != 0)
            return false;
        if (left <= n)
            return true;
        text += n;
        if (lines[i].letters != NULL)
            text += strspn(text, lines[i].letters);
        else
            while ((unsigned char)*text > ' ' && *text != 127)
                text++;
        if (*text == '\0')
            return true;
        if (*text++ != '\n')
            return false;
    }
    return *text == '\0';
}

/* Whether a file that has the lock's name is a lock file. */
static bool is_lock(int fd)
{
    char text[TEXT_SIZE] = {0};
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
           info.st_size < TEXT_SIZE && pread(fd, text, sizeof text - 1, 0) == info.st_size &&
           strlen(text) == (size_t)info.st_size && begins_lock(text);
}

/* Reads the lock file; false if it does not say who holds it. */
static bool read_holder(int fd, holder *who)
{
    char text[TEXT_SIZE] = {0};
    *who = (holder){0};
    if (pread(fd, text, sizeof text - 1, 0) <= 0)
        return false;
    char pid[24], *end = NULL;
    if (sscanf(text, "host: %255s\npid: %23s\ntime: %63[^\n]", who->host, pid, who->time) != 3)
        return false;
    errno = 0;
    who->pid = strtol(pid, &end, 10);
    return *end == '\0' && errno == 0;
}

static mutau_status write_holder(int fd, const char *path, mutau_error *err)
{
    char host[HOST_SIZE], now[64] = "unknown", text[TEXT_SIZE];
    own_host(host);
    const time_t seconds = time(NULL);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const int size =
        snprintf(text, sizeof text, "host: %s\npid: %ld\ntime: %s\n", host, (long)getpid(), now);
    if (ftruncate(fd, 0) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", path, strerror(errno));
    return mutau_chain_write_at(fd, text, (size_t)size, 0, path, err);
}

static mutau_status refuse(int fd, const char *path, mutau_error *err)
{
    holder who;
    if (!read_holder(fd, &who))
        return mutau_error_set(err, MUTAU_ELOCKED,
                               "%s: another process is writing this chain (it has not said "
                               "which yet)",
                               path);
    return mutau_error_set(err, MUTAU_ELOCKED,
                           "%s: process %ld on %s has been writing this chain since %s; if it "
                           "no longer runs, remove this file",
                           path, who.pid, who.host, who.time);
}

/* Whether a lock file that no live process has flock()ed may be taken over.
 * `flocked` is false where flock() does not exist. */
static bool may_take(int fd, bool flocked)
{
    holder who;
    char host[HOST_SIZE];
    if (!read_holder(fd, &who))
        return flocked;
    own_host(host);
    if (strcmp(who.host, host) != 0)
        return false;
    return flocked || (kill((pid_t)who.pid, 0) != 0 && errno == ESRCH);
}

static mutau_status foreign(const char *path, const char *why, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_EIO,
                           "%s: %s, not the lock file of a chain: it is left alone; move it away, "
                           "or write the chain under another name",
                           path, why);
}

static mutau_status unopened(const char *path, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_EIO, "%s: cannot open the lock file: %s", path,
                           strerror(errno));
}

/* Opens a file that has the lock's name, which may be anybody's: links are not followed,
 * pipes not waited for.  *fd stays -1 if it has gone meanwhile. */
static mutau_status open_existing(const char *path, int *fd, mutau_error *err)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? MUTAU_OK : unopened(path, err);
    if (S_ISLNK(info.st_mode))
        return foreign(path, "a link", err);
    if (!S_ISREG(info.st_mode))
        return foreign(path, S_ISDIR(info.st_mode) ? "a folder" : "a special file", err);
    *fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0 && errno != ENOENT)
        return unopened(path, err);
    if (*fd >= 0 && !is_lock(*fd))
        return foreign(path, "a file of another kind", err);
    return MUTAU_OK;
}

/* Makes the lock file, or opens the one that is there. */
static mutau_status make_or_open(const char *path, int *fd, mutau_error *err)
{
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (*fd >= 0)
        return MUTAU_OK;
    if (errno == EEXIST)
        return open_existing(path, fd, err);
    return mutau_error_set(err, MUTAU_EIO, "%s: cannot create the lock file: %s", path,
                           strerror(errno));
}

static bool is_named(int fd, const char *path)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

/* Opens and holds the lock file.  *taken stays false if the file was removed
 * between opening and locking it: its holder has just finished, so once more. */
static mutau_status try_take(const char *path, int *fd, bool *taken, mutau_error *err)
{
    MUTAU_CHECK(make_or_open(path, fd, err));
    if (*fd < 0)
        return MUTAU_OK;
    bool flocked = true;
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return refuse(*fd, path, err);
        flocked = false;
    }
    struct stat ours;
    if (!is_named(*fd, path) || fstat(*fd, &ours) != 0)
        return MUTAU_OK;
    if (ours.st_size > 0 && !may_take(*fd, flocked))
        return refuse(*fd, path, err);
    *taken = true;
    const mutau_status status = write_holder(*fd, path, err);
    if (status != MUTAU_OK)
        (void)unlink(path);
    return status;
}

mutau_status mutau_chain_lock_take(const char *chain_path, mutau_chain_lock *lock, mutau_error *err)
{
    char *path = mutau_chain_path_with(chain_path, ".lock");
    if (path == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a path");
    mutau_status status = MUTAU_OK;
    bool taken = false;
    int fd = -1;
    for (int i = 0; i < ATTEMPTS && status == MUTAU_OK && !taken; i++) {
        status = try_take(path, &fd, &taken, err);
        if (fd >= 0 && (status != MUTAU_OK || !taken))
            (void)close(fd);
    }
    if (status == MUTAU_OK && !taken)
        status = mutau_error_set(err, MUTAU_ELOCKED, "%s: other writers come and go", path);
    if (status != MUTAU_OK) {
        free(path);
        return status;
    }
    lock->path = path;
    lock->fd = fd;
    return MUTAU_OK;
}

void mutau_chain_lock_release(mutau_chain_lock *lock)
{
    if (lock->path == NULL)
        return;
    /* Removed while still held: whoever opened it meanwhile sees that it has gone. */
    if (is_named(lock->fd, lock->path))
        (void)unlink(lock->path);
    (void)close(lock->fd);
    free(lock->path);
    *lock = (mutau_chain_lock){0};
}
