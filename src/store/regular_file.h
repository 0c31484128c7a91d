/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file regular_file.h
 * Opening what others have written: only regular files, and never waiting for one.
 */
#ifndef MUTAU_REGULAR_FILE_H
#define MUTAU_REGULAR_FILE_H

#include <stdint.h>

#include "base/status.h"

/** Opens the file `path` for reading; *fd is closed by the caller, -1 after a failure.  Links are
 * followed.  MUTAU_EIO if it cannot be opened or is a folder, a pipe, a socket or a device (the
 * text names it and the cause), none of which is waited for; MUTAU_EDATA if it is longer than
 * `max_size`. */
mutau_status mutau_regular_file_open(const char *path, uint64_t max_size, int *fd,
                                     mutau_error *err) MUTAU_MUST_CHECK;

#endif
