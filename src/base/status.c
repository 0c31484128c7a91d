/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status texts and error messages; documented in mutau/status.h. */
#include "mutau/status.h"

#include <stdio.h>
#include <string.h>

const char *mutau_status_text(mutau_status status)
{
    switch (status) {
#define MUTAU_STATUS_CASE(code, text)                                                              \
    case code:                                                                                     \
        return text;
        MUTAU_STATUS_LIST(MUTAU_STATUS_CASE)
#undef MUTAU_STATUS_CASE
    }
    return "unknown status";
}

/* What a message quotes may come from a hostile file: it stays one line, and no terminal
 * takes it for an order. */
static void make_plain(char text[])
{
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
}

mutau_status mutau_error_set(mutau_error *err, mutau_status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    make_plain(err->text);
    return status;
}

mutau_status mutau_error_wrap(mutau_error *err, mutau_status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    char inner[MUTAU_ERROR_SIZE];
    memcpy(inner, err->text, sizeof inner);
    va_list args;
    va_start(args, format);
    const int written = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    const size_t used = written < 0 ? 0 : (size_t)written;
    if (used < sizeof err->text)
        (void)snprintf(err->text + used, sizeof err->text - used, ": %s",
                       inner[0] != '\0' ? inner : mutau_status_text(status));
    make_plain(err->text);
    return status;
}
