/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file status.h
 * Status codes and the error text that travels with them.
 *
 * A function that can fail returns a mutau_status and takes, as its last
 * argument, a caller-owned `mutau_error *` that may be NULL.  On failure the
 * code is returned and the text says, in one line, where, what, and what would
 * be right; results behind out-parameters are then unspecified unless the
 * function says otherwise.  On success the text is untouched.
 */
#ifndef MUTAU_STATUS_H
#define MUTAU_STATUS_H

#include <stdarg.h>

#define MUTAU_STATUS_LIST(X)                                                                       \
    X(MUTAU_OK, "success")                                                                         \
    X(MUTAU_EDOM, "argument outside its domain")                                                   \
    X(MUTAU_ENAN, "not a number")                                                                  \
    X(MUTAU_ENOMEM, "out of memory")                                                               \
    X(MUTAU_EUSAGE, "wrong usage")                                                                 \
    X(MUTAU_ECONFIG, "invalid configuration")                                                      \
    X(MUTAU_EDATA, "invalid data file")                                                            \
    X(MUTAU_EIO, "input/output error")                                                             \
    X(MUTAU_EEXIST, "file exists")                                                                 \
    X(MUTAU_ELOCKED, "file is in use by another writer")                                           \
    X(MUTAU_ERESUME, "run cannot be resumed")                                                      \
    X(MUTAU_ENUMERIC, "numerical failure")                                                         \
    X(MUTAU_ESTOPPED, "stopped on request")

#define MUTAU_STATUS_ENUM(code, text) code,
typedef enum mutau_status { MUTAU_STATUS_LIST(MUTAU_STATUS_ENUM) } mutau_status;
#undef MUTAU_STATUS_ENUM

#if defined(__GNUC__)
#define MUTAU_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUTAU_MUST_CHECK __attribute__((warn_unused_result))
#else
#define MUTAU_PRINTF(fmt, args)
#define MUTAU_MUST_CHECK
#endif

#define MUTAU_ERROR_SIZE 1024

/** One line of text for a person; initialise with `mutau_error err = {0}`. */
typedef struct mutau_error {
    char text[MUTAU_ERROR_SIZE]; /**< always terminated; cut at the end if too long */
} mutau_error;

/** The fixed description of `status` ("success", ...); never NULL. */
const char *mutau_status_text(mutau_status status);

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
