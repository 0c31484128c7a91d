/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A libFuzzer target: chain files with some bytes changed, or cut short.  libhdf5 1.10 has
 * faults of its own here; see docs/testing.md.
 *
 * The first byte picks a sound file (chain_base.h).  Each six bytes after it are an edit:
 * two of a place among the metadata, what to do there, three of a value. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chain_base.h"

#define MAX_EDITS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t number_of(const uint8_t bytes[3])
{
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16;
}

/* The metadata come first in the file, so most places lie there. */
static size_t apply(unsigned char *bytes, size_t size, const uint8_t edit[6])
{
    const size_t place = (size_t)edit[0] | (size_t)edit[1] << 8;
    const uint64_t number = number_of(edit + 3), all = UINT64_MAX, large = number << 40;
    if (place + 8 >= size)
        return size;
    switch (edit[2] % 8) {
    case 0:
        return edit[3] % 4 == 0 ? place : size;
    case 1:
        bytes[place] ^= (unsigned char)(1 << edit[3] % 8);
        break;
    case 2:
        memcpy(bytes + place, &number, 2);
        break;
    case 3:
        memcpy(bytes + place / 8 * 8, &number, 8);
        break;
    case 4:
        memcpy(bytes + place / 8 * 8, &large, 8);
        break;
    case 5:
        memcpy(bytes + place / 8 * 8, &all, 8);
        break;
    case 6: /* a piece of the file a second time */
        memmove(bytes + place, bytes + number % (size - 8), 8);
        break;
    default:
        bytes[place] = edit[3];
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const chain_base *base = chain_base_get(data[0] % CHAIN_BASES);
    unsigned char *bytes = malloc(base->size);
    size_t length = base->size;
    if (bytes == NULL)
        return 0;
    memcpy(bytes, base->bytes, base->size);
    for (size_t i = 1; i + 6 <= size && i < 6 * MAX_EDITS; i += 6)
        length = apply(bytes, length, data + i);
    chain_base_write(bytes, length);
    chain_base_read(chain_base_path(), length);
    free(bytes);
    return 0;
}
