/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for files that are not complete yet, and the end of those that never will be.
 *
 * A new file is made under a name that nobody else uses, 16 random hexadecimal digits in it,
 * and only if there is none of that name.  So nothing is overwritten, whatever lies beside
 * the chain; and what a killed writer leaves is known by its name and by how it begins. */
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

#include "mutau/mem.h"

#define DIGITS 16

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
    char *folder = mutau_strdup(path);
    if (folder == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a path");
    char *slash = strrchr(folder, '/');
    const char *base = path + (slash != NULL ? slash + 1 - folder : 0);
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    DIR *entries = opendir(slash != NULL ? folder : ".");
    free(folder);
    if (entries == NULL)
        return MUTAU_OK; /* a folder that cannot be listed: what is left is in nobody's way */
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (is_temporary(entry->d_name, base) && begins_as_chain(dirfd(entries), entry->d_name))
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
    (void)closedir(entries);
    return MUTAU_OK;
}
