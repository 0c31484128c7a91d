/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths as texts; documented in base/path.h. */
#include "base/path.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

char *mutau_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = mutau_strdup(slash != NULL ? path : ".");
    if (folder != NULL && slash != NULL)
        folder[slash > path ? slash - path : 1] = '\0';
    return folder;
}

char *mutau_path_in(const char *folder, const char *name, const char *end)
{
    const size_t size = strlen(folder) + strlen(name) + strlen(end) + 2;
    char *path = mutau_calloc(size, 1);
    if (path != NULL)
        (void)snprintf(path, size, "%s/%s%s", folder, name, end);
    return path;
}
