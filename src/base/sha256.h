/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file sha256.h
 * SHA-256 (FIPS 180-4), by which a chain file recognises its run file and data.
 * One state is used by one thread at a time.
 */
#ifndef MUTAU_SHA256_H
#define MUTAU_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define MUTAU_SHA256_HEX_SIZE 65 /* 64 digits, terminated */

typedef struct mutau_sha256 {
    uint32_t hash[8];
    unsigned char block[64]; /**< bytes not hashed yet: n_byte % 64 of them */
    uint64_t n_byte;
} mutau_sha256;

void mutau_sha256_init(mutau_sha256 *sha);
/** Adds data[size] (NULL allowed if size is 0). */
void mutau_sha256_add(mutau_sha256 *sha, const void *data, size_t size);
/** Writes the digest in lower-case hexadecimal; `sha` must be initialised anew
 * before it is used again. */
void mutau_sha256_finish(mutau_sha256 *sha, char hex[MUTAU_SHA256_HEX_SIZE]);

#endif
