/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that appear together; documented in new_files.h. */
#include "new_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "chain_internal.h"

typedef struct new_file {
    char *path, *temporary; /* owned */
    FILE *file;             /* NULL: closed, or somebody else's */
    bool retired;           /* nothing is made: it is to be removed */
    bool made;              /* there is something under the temporary name */
} new_file;

struct mutau_new_files {
    bool overwrite;
    size_t n;
    new_file *items; /* owned */
};

mutau_new_files *mutau_new_files_alloc(bool overwrite)
{
    mutau_new_files *files = mutau_calloc(1, sizeof *files);
    if (files != NULL)
        files->overwrite = overwrite;
    return files;
}

bool mutau_new_files_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static mutau_status refuse_existing(const mutau_new_files *files, const char *path,
                                    mutau_error *err)
{
    if (!files->overwrite && mutau_new_files_exists(path))
        return mutau_error_set(err, MUTAU_EEXIST, "%s exists: --overwrite replaces it", path);
    return MUTAU_OK;
}

/* A further item with a copy of `path`. */
static mutau_status append(mutau_new_files *files, const char *path, mutau_error *err)
{
    new_file *more = mutau_calloc(files->n + 1, sizeof *more);
    char *copy = mutau_strdup(path);
    if (more == NULL || copy == NULL) {
        free(more);
        free(copy);
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the name of a file");
    }
    if (files->n > 0)
        memcpy(more, files->items, files->n * sizeof *more);
    free(files->items);
    files->items = more;
    more[files->n++] = (new_file){.path = copy};
    return MUTAU_OK;
}

/* Makes the empty file of a temporary name. */
static mutau_status add(mutau_new_files *files, const char *path, int *fd, mutau_error *err)
{
    MUTAU_CHECK(refuse_existing(files, path, err));
    MUTAU_CHECK(append(files, path, err));
    new_file *one = &files->items[files->n - 1];
    one->temporary = mutau_chain_temporary_name(path, "new");
    if (one->temporary == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the name of a file");
    MUTAU_CHECK(mutau_chain_create_file(one->temporary, fd, err));
    one->made = true;
    return MUTAU_OK;
}

mutau_status mutau_new_files_add(mutau_new_files *files, const char *path, FILE **file,
                                 mutau_error *err)
{
    int fd = -1;
    MUTAU_CHECK(add(files, path, &fd, err));
    new_file *one = &files->items[files->n - 1];
    one->file = fdopen(fd, "w");
    if (one->file == NULL) {
        (void)close(fd);
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", path, strerror(errno));
    }
    *file = one->file;
    return MUTAU_OK;
}

mutau_status mutau_new_files_add_name(mutau_new_files *files, const char *path,
                                      const char **temporary, mutau_error *err)
{
    int fd = -1;
    MUTAU_CHECK(add(files, path, &fd, err));
    (void)close(fd);
    *temporary = files->items[files->n - 1].temporary;
    return MUTAU_OK;
}

mutau_status mutau_new_files_finish(mutau_new_files *files, mutau_error *err)
{
    new_file *one = &files->items[files->n - 1];
    FILE *file = one->file != NULL ? one->file : fopen(one->temporary, "r+");
    if (file == NULL)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", one->path, strerror(errno));
    errno = 0;
    const bool written = fflush(file) == 0 && !ferror(file);
    const int cause = errno;
    mutau_status status = MUTAU_OK;
    if (!written)
        status = mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", one->path,
                                 strerror(cause != 0 ? cause : EIO));
    else
        status = mutau_chain_sync_file(fileno(file), one->path, err);
    one->file = NULL;
    if (fclose(file) != 0 && status == MUTAU_OK)
        status =
            mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", one->path, strerror(errno));
    return status;
}

mutau_status mutau_new_files_retire(mutau_new_files *files, const char *path, bool *found,
                                    mutau_error *err)
{
    *found = mutau_new_files_exists(path);
    if (!*found)
        return MUTAU_OK;
    if (!files->overwrite)
        return mutau_error_set(err, MUTAU_EEXIST,
                               "%s exists, and would be read as one of these chains: --overwrite "
                               "removes it",
                               path);
    MUTAU_CHECK(append(files, path, err));
    files->items[files->n - 1].retired = true;
    return MUTAU_OK;
}

static mutau_status publish(const mutau_new_files *files, new_file *one, mutau_error *err)
{
    if (one->retired) {
        if (unlink(one->path) != 0 && errno != ENOENT)
            return mutau_error_set(err, MUTAU_EIO, "%s: cannot remove: %s", one->path,
                                   strerror(errno));
        return MUTAU_OK;
    }
    MUTAU_CHECK(mutau_chain_rename(one->temporary, one->path, files->overwrite, err));
    one->made = false;
    return MUTAU_OK;
}

mutau_status mutau_new_files_publish(mutau_new_files *files, mutau_error *err)
{
    for (size_t i = 0; i < files->n; i++)
        MUTAU_CHECK(publish(files, &files->items[i], err));
    return files->n > 0 ? mutau_chain_sync_folder(files->items[0].path, err) : MUTAU_OK;
}

const char *mutau_new_files_path(const mutau_new_files *files, size_t i)
{
    for (size_t k = 0; k < files->n; k++)
        if (!files->items[k].retired && i-- == 0)
            return files->items[k].path;
    return NULL;
}

void mutau_new_files_free(mutau_new_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->n; i++) {
        new_file *one = &files->items[i];
        if (one->file != NULL)
            (void)fclose(one->file);
        if (one->made)
            (void)unlink(one->temporary);
        free(one->path);
        free(one->temporary);
    }
    free(files->items);
    free(files);
}
