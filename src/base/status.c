/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status texts and error messages; documented in base/status.h. */
#include "base/status.h"

#include <stdio.h>

#include "base/utf8.h"

const char *mutau_status_text(mutau_status status)
{
    switch (status) {
    case MUTAU_OK:
        return "success";
    case MUTAU_EDOM:
        return "argument outside its domain";
    case MUTAU_ENAN:
        return "not a number";
    case MUTAU_ENOMEM:
        return "out of memory";
    case MUTAU_EUSAGE:
        return "wrong usage";
    case MUTAU_ECONFIG:
        return "invalid configuration";
    case MUTAU_EDATA:
        return "invalid data file";
    case MUTAU_EIO:
        return "input/output error";
    case MUTAU_EEXIST:
        return "file exists";
    case MUTAU_ELOCKED:
        return "file is in use by another writer";
    case MUTAU_ERESUME:
        return "run cannot be resumed";
    case MUTAU_ENUMERIC:
        return "numerical failure";
    case MUTAU_ESTOPPED:
        return "stopped on request";
    }
    return "unknown status";
}

mutau_status mutau_error_set(mutau_error *err, mutau_status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    char text[MUTAU_ERROR_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* What it quotes may come from a hostile file. */
    (void)mutau_utf8_plain(text, sizeof err->text, err->text);
    return status;
}

mutau_status mutau_error_wrap(mutau_error *err, mutau_status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    char text[2 * MUTAU_ERROR_SIZE];
    va_list args;
    va_start(args, format);
    const int written = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const size_t used = written < 0 ? 0 : (size_t)written;
    if (used < MUTAU_ERROR_SIZE)
        (void)snprintf(text + used, sizeof text - used, ": %s",
                       err->text[0] != '\0' ? err->text : mutau_status_text(status));
    (void)mutau_utf8_plain(text, sizeof err->text, err->text);
    return status;
}
