/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256; documented in base/sha256.h.  Names and section numbers are those of
 * FIPS 180-4. */
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

/* Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of
 * the first 64 primes. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* Section 5.3.3: the same of the square roots of the first eight primes. */
static const uint32_t H0[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotr(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* Section 6.2.2, step 1: the message schedule. */
static void schedule(const unsigned char block[64], uint32_t w[64])
{
    for (size_t t = 0; t < 16; t++) {
        const unsigned char *b = block + 4 * t;
        w[t] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    for (size_t t = 16; t < 64; t++) {
        const uint32_t x = w[t - 15], y = w[t - 2];
        const uint32_t sigma0 = rotr(x, 7) ^ rotr(x, 18) ^ x >> 3;
        const uint32_t sigma1 = rotr(y, 17) ^ rotr(y, 19) ^ y >> 10;
        w[t] = sigma1 + w[t - 7] + sigma0 + w[t - 16];
    }
}

/* Steps 2 to 4: v is a, b, ... h. */
static void compress(uint32_t hash[8], const unsigned char block[64])
{
    uint32_t w[64], v[8];
    schedule(block, w);
    memcpy(v, hash, sizeof v);
    for (size_t t = 0; t < 64; t++) {
        const uint32_t a = v[0], e = v[4];
        const uint32_t ch = (e & v[5]) ^ (~e & v[6]);
        const uint32_t maj = (a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]);
        const uint32_t t1 = v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ch + K[t] + w[t];
        const uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + maj;
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; i++)
        hash[i] += v[i];
}

void mutau_sha256_init(mutau_sha256 *sha)
{
    memset(sha, 0, sizeof *sha);
    memcpy(sha->hash, H0, sizeof H0);
}

void mutau_sha256_add(mutau_sha256 *sha, const void *data, size_t size)
{
    const unsigned char *byte = data;
    while (size > 0) {
        const size_t used = (size_t)(sha->n_byte % sizeof sha->block);
        const size_t room = sizeof sha->block - used;
        const size_t n = size < room ? size : room;
        memcpy(sha->block + used, byte, n);
        sha->n_byte += n;
        byte += n;
        size -= n;
        if (n == room)
            compress(sha->hash, sha->block);
    }
}

void mutau_sha256_finish(mutau_sha256 *sha, char hex[MUTAU_SHA256_HEX_SIZE])
{
    /* Section 5.1.1: a one, zeros, and the length in bits as 64 bits. */
    static const unsigned char padding[64] = {0x80};
    const uint64_t n_bit = sha->n_byte * 8;
    const size_t used = (size_t)(sha->n_byte % 64);
    unsigned char length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (unsigned char)(n_bit >> (56 - 8 * i));
    mutau_sha256_add(sha, padding, used < 56 ? 56 - used : 120 - used);
    mutau_sha256_add(sha, length, sizeof length);
    for (size_t i = 0; i < 8; i++)
        (void)snprintf(hex + 8 * i, 9, "%08x", (unsigned)sha->hash[i]);
}
