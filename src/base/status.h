/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file status.h
 * Failing with a status and an error text (error.h), for the library's own functions.
 */
#ifndef MUTAU_STATUS_H
#define MUTAU_STATUS_H

#include <stdarg.h>

#include "mutau/error.h"

#if defined(__GNUC__)
#define MUTAU_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define MUTAU_PRINTF(fmt, args)
#endif

/** Writes the text into `err` (NULL allowed) and returns `status`, so that
 * `return mutau_error_set(err, MUTAU_EDOM, "...")` is the way to fail.  What it quotes may be
 * anything: mutau_utf8_plain makes it harmless. */
mutau_status mutau_error_set(mutau_error *err, mutau_status status, const char *format, ...)
    MUTAU_PRINTF(3, 4);

/** Puts "<formatted text>: " in front of what `err` already says; returns `status`. */
mutau_status mutau_error_wrap(mutau_error *err, mutau_status status, const char *format, ...)
    MUTAU_PRINTF(3, 4);

/** Returns the status of `call` to the caller if it is not MUTAU_OK. */
#define MUTAU_CHECK(call)                                                                          \
    do {                                                                                           \
        const mutau_status status_ = (call);                                                       \
        if (status_ != MUTAU_OK)                                                                   \
            return status_;                                                                        \
    } while (0)

/** As MUTAU_CHECK, and puts a printf-formatted context in front of the text.
 * Not for functions that hold resources: those `goto` their single exit. */
#define MUTAU_TRY(err, call, ...)                                                                  \
    do {                                                                                           \
        const mutau_status status_ = (call);                                                       \
        if (status_ != MUTAU_OK)                                                                   \
            return mutau_error_wrap((err), status_, __VA_ARGS__);                                  \
    } while (0)

#endif
