/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file json.h
 * A JSON writer (RFC 8259) on a stream, for the commands' reports.
 *
 *     mutau_json json;
 *     mutau_json_init(&json, stdout, true);
 *     mutau_json_object_begin(&json);
 *     mutau_json_key(&json, "chi2");
 *     mutau_json_real(&json, 12.2);
 *     mutau_json_object_end(&json);
 *     status = mutau_json_finish(&json, err);
 *
 * Calls in an order that would not be JSON (a value without its key, an end
 * without its begin, a second value after the first is complete) write nothing
 * from there on and are reported by mutau_json_finish: so the calls in between
 * return nothing and need no checks.  Nothing is allocated.  One writer is used by
 * one thread at a time; the locale does not matter.
 */
#ifndef MUTAU_JSON_H
#define MUTAU_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

#define MUTAU_JSON_DEPTH 32

/** Fields are private. */
typedef struct mutau_json {
    FILE *stream;
    bool pretty;
    bool has_key;       /**< a key waits for its value */
    bool done;          /**< the one top-level value is complete */
    const char *misuse; /**< the first call out of order, or NULL */
    size_t depth;
    struct {
        bool object;  /**< object or array */
        bool used;    /**< has an element */
        bool objects; /**< the array's last element was an object */
    } level[MUTAU_JSON_DEPTH];
} mutau_json;

/** Starts one JSON text on `stream` (not owned).  `pretty` gives every member of an
 * object its own line; otherwise there is no white space at all. */
void mutau_json_init(mutau_json *json, FILE *stream, bool pretty);

/** Ends the text with a newline and flushes the stream.  MUTAU_EUSAGE if the calls
 * did not make up one complete value; MUTAU_EIO if writing failed.  For one JSON
 * text per line, call mutau_json_init again. */
mutau_status mutau_json_finish(mutau_json *json, mutau_error *err) MUTAU_MUST_CHECK;

/** Containers; at most MUTAU_JSON_DEPTH of them inside one another. */
void mutau_json_object_begin(mutau_json *json);
void mutau_json_object_end(mutau_json *json);
void mutau_json_array_begin(mutau_json *json);
void mutau_json_array_end(mutau_json *json);

/** The name of the value that comes next; inside an object only. */
void mutau_json_key(mutau_json *json, const char *key);

/** A string in UTF-8; a byte that is not UTF-8 becomes U+FFFD, NULL becomes null. */
void mutau_json_string(mutau_json *json, const char *text);
/** The shortest number that reads back to the same double (mutau_number_write); the infinities are
 * the strings "inf" and "-inf", NaN is null. */
void mutau_json_real(mutau_json *json, double x);
/** Array of reals. */
void mutau_json_reals(mutau_json *json, size_t n, const double x[]);
void mutau_json_count(mutau_json *json, uint64_t x);
void mutau_json_bool(mutau_json *json, bool x);
void mutau_json_null(mutau_json *json);

#endif
