/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole files in memory; documented in store/text_file.h. */
#include "store/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/regular_file.h"

/* Room for a small file at once; larger ones double it. */
#define FIRST_CAPACITY 16384

/* Gives *text room for at least one more byte and the final zero. */
static mutau_status grow(char **text, size_t *capacity)
{
    const size_t larger = *capacity == 0 ? FIRST_CAPACITY : 2 * *capacity;
    char *grown = mutau_realloc(*text, larger, 1);
    if (grown == NULL)
        return MUTAU_ENOMEM;
    *text = grown;
    *capacity = larger;
    return MUTAU_OK;
}

static mutau_status read_all(FILE *file, const char *path, size_t max_size, char **text,
                             size_t *size, mutau_error *err)
{
    size_t capacity = 0, used = 0, got = 0;
    do {
        if (used + 1 >= capacity && grow(text, &capacity) != MUTAU_OK)
            return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory to read it", path);
        errno = 0;
        got = fread(*text + used, 1, capacity - 1 - used, file);
        used += got;
        if (used > max_size)
            return mutau_error_set(err, MUTAU_EDATA, "%s: longer than the limit of %zu bytes", path,
                                   max_size);
    } while (got != 0);
    if (ferror(file))
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot be read: %s", path, strerror(errno));
    (*text)[used] = '\0';
    *size = used;
    return MUTAU_OK;
}

mutau_status mutau_text_file_read(const char *path, size_t max_size, char **text, size_t *size,
                                  mutau_error *err)
{
    *text = NULL;
    *size = 0;
    int fd = -1;
    MUTAU_CHECK(mutau_regular_file_open(path, max_size, &fd, err));
    FILE *file = fdopen(fd, "rb");
    if (file == NULL) {
        (void)close(fd);
        return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory to read it", path);
    }
    const mutau_status status = read_all(file, path, max_size, text, size, err);
    (void)fclose(file);
    if (status != MUTAU_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}
