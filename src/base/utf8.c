/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8 sequences; documented in mutau/utf8.h. */
#include "mutau/utf8.h"

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
