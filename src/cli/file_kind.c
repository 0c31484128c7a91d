/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a file is a chain or a text; documented in file_kind.h. */
#include "file_kind.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_SIZE = 512, LIST_SIZE = 128 };

typedef enum file_kind { KIND_UNKNOWN, KIND_HDF5, KIND_TEXT } file_kind;

static bool is_text(const unsigned char head[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((head[i] < ' ' && strchr("\t\n\f\r", head[i]) == NULL) || head[i] == 0)
            return false;
    return n > 0;
}

/* By its first bytes, if it is a file and no pipe or device. */
static file_kind kind_of(const char *path)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char head[HEAD_SIZE];
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return KIND_UNKNOWN;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return KIND_UNKNOWN;
    const ssize_t n = read(fd, head, sizeof head);
    (void)close(fd);
    if (n >= (ssize_t)sizeof signature && memcmp(head, signature, sizeof signature) == 0)
        return KIND_HDF5;
    return n > 0 && is_text(head, (size_t)n) ? KIND_TEXT : KIND_UNKNOWN;
}

/* "summary, diagnose and compare": the commands that take chains, or run files. */
static void list_commands(bool chains, char list[LIST_SIZE])
{
    size_t used = 0;
    const cli_command *last = NULL;
    list[0] = '\0';
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        if ((cli_commands[i]->report_chains != NULL) == chains)
            last = cli_commands[i];
    for (size_t i = 0; cli_commands[i] != NULL && used < LIST_SIZE; i++) {
        if ((cli_commands[i]->report_chains != NULL) != chains)
            continue;
        const char *separator = used == 0 ? "" : cli_commands[i] == last ? " and " : ", ";
        used += (size_t)snprintf(list + used, LIST_SIZE - used, "%s%s", separator,
                                 cli_commands[i]->name);
    }
}

mutau_status cli_check_kinds(const cli_command *command, const cli_list *files, mutau_error *err)
{
    const file_kind wrong = (command->report_chains != NULL) ? KIND_TEXT : KIND_HDF5;
    char list[LIST_SIZE];
    for (size_t i = 0; i < files->n; i++) {
        if (kind_of(files->items[i]) != wrong)
            continue;
        list_commands(!(command->report_chains != NULL), list);
        if ((command->report_chains != NULL))
            return mutau_error_set(err, MUTAU_EDATA,
                                   "%s is a text, and %s takes chains (HDF5); if it is a run file, "
                                   "%s take it",
                                   files->items[i], command->name, list);
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s is an HDF5 file, and %s takes a run file (YAML); if it is a "
                               "chain, %s take it",
                               files->items[i], command->name, list);
    }
    return MUTAU_OK;
}
