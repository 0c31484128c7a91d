/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file text_file.h
 * Whole files in memory, so that what is hashed is what was parsed.
 */
#ifndef MUTAU_TEXT_FILE_H
#define MUTAU_TEXT_FILE_H

#include <stddef.h>

#include "base/status.h"

/** Reads the file `path` into *text (*size bytes and a final zero that is not
 * counted), freed by the caller with free().  MUTAU_EIO if it cannot be read or is not a
 * regular file (the text names it and the cause), MUTAU_EDATA if it is longer than `max_size`,
 * MUTAU_ENOMEM; *text is NULL then. */
mutau_status mutau_text_file_read(const char *path, size_t max_size, char **text, size_t *size,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
