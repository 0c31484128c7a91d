/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file log.h
 * Messages for people, on a stream of the caller's choice (stderr in the program).
 * The level lives in a context that is passed down, never in a global.
 * One context may be used by one thread at a time.
 */
#ifndef MUTAU_LOG_H
#define MUTAU_LOG_H

#include <stdio.h>

#include "mutau/status.h"

typedef enum mutau_log_level {
    MUTAU_LOG_ERROR,
    MUTAU_LOG_WARNING,
    MUTAU_LOG_INFO,
    MUTAU_LOG_DEBUG
} mutau_log_level;

typedef struct mutau_log {
    FILE *stream;          /**< not owned; NULL silences everything */
    mutau_log_level level; /**< the most talkative level that is written */
} mutau_log;

/** Writes "mutau: <level>: <text>\n" (no level name for INFO) if `level` is
 * enabled in `log`; `log` may be NULL. */
void mutau_log_write(const mutau_log *log, mutau_log_level level, const char *format, ...)
    MUTAU_PRINTF(3, 4);

#endif
