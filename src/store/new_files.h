/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file new_files.h
 * Files of one folder that are written together and appear together: each is made under a temporary
 * name there, and takes its own name only when all of them are complete and on disk.
 *
 * One thread at a time per set.
 */
#ifndef MUTAU_NEW_FILES_H
#define MUTAU_NEW_FILES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"

typedef struct mutau_new_files mutau_new_files;

/** An empty set; with `overwrite` its files replace those of the same name.  NULL without memory.
 */
mutau_new_files *mutau_new_files_alloc(bool overwrite);

/** Adds the file `path`.  *file is open for writing and belongs to the set; it ends with
 * mutau_new_files_finish.  MUTAU_EEXIST if there is one of that name that is not to be overwritten;
 * MUTAU_EIO, MUTAU_ENOMEM. */
mutau_status mutau_new_files_add(mutau_new_files *files, const char *path, FILE **file,
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** The same for a file that something else writes, under the name *temporary, which is the set's;
 * it exists, empty. */
mutau_status mutau_new_files_add_name(mutau_new_files *files, const char *path,
                                      const char **temporary, mutau_error *err) MUTAU_MUST_CHECK;

/** Brings the contents of the last added file to disk and closes it.  MUTAU_EIO if anything that
 * was written to it did not get there. */
mutau_status mutau_new_files_finish(mutau_new_files *files, mutau_error *err) MUTAU_MUST_CHECK;

/** Whether something of that name is there. */
bool mutau_new_files_exists(const char *path);

/** A file that would be taken for one of the set, if it is there: MUTAU_EEXIST, or with `overwrite`
 * it is removed when the set appears.  *found: whether it is there. */
mutau_status mutau_new_files_retire(mutau_new_files *files, const char *path, bool *found,
                                    mutau_error *err) MUTAU_MUST_CHECK;

/** Gives all files their names.  MUTAU_EEXIST if one has appeared meanwhile, MUTAU_EIO: those
 * before it in the set have theirs already. */
mutau_status mutau_new_files_publish(mutau_new_files *files, mutau_error *err) MUTAU_MUST_CHECK;

/** The i-th file's path, in the order in which they were added; NULL beyond the last. */
const char *mutau_new_files_path(const mutau_new_files *files, size_t i);

/** Removes what has not been published; NULL allowed. */
void mutau_new_files_free(mutau_new_files *files);

#endif
