/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file path.h
 * Paths as texts; nothing looks at the file system.
 */
#ifndef MUTAU_PATH_H
#define MUTAU_PATH_H

/** The folder of a file's path as one would write it, "." for none; freed with free(), NULL
 * without memory. */
char *mutau_path_folder(const char *path);

/** "FOLDER/NAMEEND", likewise. */
char *mutau_path_in(const char *folder, const char *name, const char *end);

#endif
