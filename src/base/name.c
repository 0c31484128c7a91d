/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a coordinate or a blob may be called; documented in base/name.h. */
#include "base/name.h"

#include <stddef.h>
#include <string.h>

/* Whatever the locale says. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool mutau_is_name(const char *text)
{
    if (text == NULL || !is_letter(text[0]))
        return false;
    for (const char *c = text; *c != '\0'; c++)
        if (!is_letter(*c) && !(*c >= '0' && *c <= '9') && strchr("_.+-", *c) == NULL)
            return false;
    return strlen(text) < MUTAU_NAME_SIZE;
}
