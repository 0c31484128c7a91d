/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8 sequences; documented in base/utf8.h. */
#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* RFC 3629, section 4: ranges of the first and of the second byte. */
static const struct row {
    unsigned char lo, hi, next_lo, next_hi;
    size_t n;
} rows[] = {
    {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t mutau_utf8_length(const char *text, size_t size)
{
    const unsigned char *byte = (const unsigned char *)text;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (byte[0] < rows[i].lo || byte[0] > rows[i].hi)
            continue;
        if (rows[i].n > size)
            return 0;
        if (rows[i].n > 1 && (byte[1] < rows[i].next_lo || byte[1] > rows[i].next_hi))
            return 0;
        for (size_t k = 2; k < rows[i].n; k++)
            if ((byte[k] & 0xc0) != 0x80)
                return 0;
        return rows[i].n;
    }
    return 0;
}

/* The character of a valid sequence of n bytes. */
static uint32_t character(const char *text, size_t n)
{
    const unsigned char *byte = (const unsigned char *)text;
    uint32_t c = n == 1 ? byte[0] : byte[0] & (0x7fu >> n);
    for (size_t k = 1; k < n; k++)
        c = c << 6 | (byte[k] & 0x3fu);
    return c;
}

static bool is_harmless(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return false;
    return !(c == 0x061c || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
             (c >= 0x2066 && c <= 0x2069) || c == 0xfeff);
}

bool mutau_utf8_is_plain(const char *text)
{
    for (size_t n = 0; *text != '\0'; text += n) {
        n = mutau_utf8_length(text, 4);
        if (n == 0 || !is_harmless(character(text, n)))
            return false;
    }
    return true;
}

char *mutau_utf8_plain(const char *text, size_t size, char out[])
{
    size_t used = 0;
    for (size_t n = 0; *text != '\0'; text += n > 0 ? n : 1) {
        char piece[16];
        n = mutau_utf8_length(text, 4);
        const uint32_t c = n > 0 ? character(text, n) : (unsigned char)*text;
        size_t length = n;
        if (n > 0 && is_harmless(c))
            memcpy(piece, text, n);
        else
            length =
                (size_t)snprintf(piece, sizeof piece, n > 1 ? "\\u%04x" : "\\x%02x", (unsigned)c);
        if (length >= size - used)
            break;
        memcpy(out + used, piece, length);
        used += length;
    }
    out[used] = '\0';
    return out;
}
