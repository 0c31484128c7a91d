/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer; documented in base/json.h. */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

/* Whether the writer has not been misused; remembers the first misuse. */
static bool allowed(mutau_json *json, bool condition, const char *misuse)
{
    if (json->misuse == NULL && !condition)
        json->misuse = misuse;
    return json->misuse == NULL;
}

static void put(const mutau_json *json, const char *text)
{
    (void)fputs(text, json->stream);
}

static void new_line(const mutau_json *json)
{
    if (!json->pretty)
        return;
    (void)fprintf(json->stream, "\n%*s", 2 * (int)json->depth, "");
}

/* What stands between the last value and the one that comes; false on misuse. */
static bool begin_value(mutau_json *json, bool object)
{
    if (!allowed(json, !json->done, "a second value after the text was complete"))
        return false;
    if (json->depth == 0)
        return true;
    const size_t top = json->depth - 1;
    if (json->level[top].object) {
        if (!allowed(json, json->has_key, "a value without a key in an object"))
            return false;
        json->has_key = false;
        return true;
    }
    if (json->level[top].used)
        put(json, json->pretty && !object ? ", " : ",");
    if (object)
        new_line(json);
    json->level[top].used = true;
    json->level[top].objects = object;
    return true;
}

static void end_value(mutau_json *json)
{
    json->done = json->depth == 0;
}

static void begin_container(mutau_json *json, bool object)
{
    if (!allowed(json, json->depth < MUTAU_JSON_DEPTH, "too many levels") ||
        !begin_value(json, object))
        return;
    put(json, object ? "{" : "[");
    json->level[json->depth].object = object;
    json->level[json->depth].used = false;
    json->level[json->depth].objects = false;
    json->depth++;
}

static void end_container(mutau_json *json, bool object)
{
    if (!allowed(json, json->depth > 0 && json->level[json->depth - 1].object == object,
                 object ? "an object's end without its begin"
                        : "an array's end without its begin") ||
        !allowed(json, !json->has_key, "a key without a value"))
        return;
    json->depth--;
    const bool lines = object ? json->level[json->depth].used : json->level[json->depth].objects;
    if (lines)
        new_line(json);
    put(json, object ? "}" : "]");
    end_value(json);
}

/* A terminal that shows the text takes none of its characters for an order: the escapes of
 * mutau_utf8_plain are JSON's. */
static void put_character(const mutau_json *json, const char *bytes, size_t n)
{
    char one[8] = "", plain[16];
    memcpy(one, bytes, n);
    put(json, n > 1 ? mutau_utf8_plain(one, sizeof plain, plain) : one);
}

/* How many bytes there are to the first one that may need an escape. */
static size_t simple_run(const char *text)
{
    size_t n = 0;
    while (text[n] >= ' ' && text[n] < 0x7f && text[n] != '"' && text[n] != '\\')
        n++;
    return n;
}

/* The first character of the text; its size, of an invalid byte 1. */
static size_t put_escaped(const mutau_json *json, const char *text)
{
    const size_t n = mutau_utf8_length(text, 4); /* the end ends it, too */
    const unsigned char c = (unsigned char)*text;
    if (n == 0)
        put(json, "\\ufffd");
    else if (c == '"' || c == '\\')
        (void)fprintf(json->stream, "\\%c", c);
    else if (c == '\n')
        put(json, "\\n");
    else if (c == '\t')
        put(json, "\\t");
    else if (c < 0x20 || c == 0x7f)
        (void)fprintf(json->stream, "\\u%04x", (unsigned)c);
    else
        put_character(json, text, n);
    return n != 0 ? n : 1;
}

static void put_quoted(const mutau_json *json, const char *text)
{
    (void)fputc('"', json->stream);
    while (*text != '\0') {
        const size_t n_simple = simple_run(text);
        (void)fwrite(text, 1, n_simple, json->stream);
        text += n_simple > 0 ? n_simple : put_escaped(json, text);
    }
    (void)fputc('"', json->stream);
}

static void put_value(mutau_json *json, const char *text)
{
    if (!begin_value(json, false))
        return;
    put(json, text);
    end_value(json);
}

void mutau_json_init(mutau_json *json, FILE *stream, bool pretty)
{
    memset(json, 0, sizeof *json);
    json->stream = stream;
    json->pretty = pretty;
}

mutau_status mutau_json_finish(mutau_json *json, mutau_error *err)
{
    if (!allowed(json, json->done, "an incomplete text"))
        return mutau_error_set(err, MUTAU_EUSAGE, "JSON: %s", json->misuse);
    put(json, "\n");
    errno = 0;
    const bool flushed = fflush(json->stream) == 0;
    if (!flushed || ferror(json->stream))
        return mutau_error_set(err, MUTAU_EIO, "JSON: writing failed%s%s", errno != 0 ? ": " : "",
                               errno != 0 ? strerror(errno) : "");
    return MUTAU_OK;
}

void mutau_json_object_begin(mutau_json *json)
{
    begin_container(json, true);
}

void mutau_json_object_end(mutau_json *json)
{
    end_container(json, true);
}

void mutau_json_array_begin(mutau_json *json)
{
    begin_container(json, false);
}

void mutau_json_array_end(mutau_json *json)
{
    end_container(json, false);
}

void mutau_json_key(mutau_json *json, const char *key)
{
    if (!allowed(json, json->depth > 0 && json->level[json->depth - 1].object,
                 "a key outside of an object") ||
        !allowed(json, !json->has_key, "a key without a value"))
        return;
    if (json->level[json->depth - 1].used)
        put(json, ",");
    new_line(json);
    json->level[json->depth - 1].used = true;
    put_quoted(json, key);
    put(json, json->pretty ? ": " : ":");
    json->has_key = true;
}

void mutau_json_string(mutau_json *json, const char *text)
{
    if (text == NULL) {
        mutau_json_null(json);
        return;
    }
    if (!begin_value(json, false))
        return;
    put_quoted(json, text);
    end_value(json);
}

void mutau_json_real(mutau_json *json, double x)
{
    char text[MUTAU_NUMBER_SIZE];
    mutau_number_write(x, text);
    if (isnan(x))
        mutau_json_null(json);
    else if (isinf(x))
        mutau_json_string(json, x < 0.0 ? "-inf" : "inf");
    else
        put_value(json, text);
}

void mutau_json_reals(mutau_json *json, size_t n, const double x[])
{
    mutau_json_array_begin(json);
    for (size_t i = 0; i < n; i++)
        mutau_json_real(json, x[i]);
    mutau_json_array_end(json);
}

void mutau_json_count(mutau_json *json, uint64_t x)
{
    char text[MUTAU_NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%" PRIu64, x);
    put_value(json, text);
}

void mutau_json_bool(mutau_json *json, bool x)
{
    put_value(json, x ? "true" : "false");
}

void mutau_json_null(mutau_json *json)
{
    put_value(json, "null");
}
