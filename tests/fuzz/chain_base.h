/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sound chain files that the fuzz targets of the chain reader start from, and what
 * they do with a file: read all of it. */
#ifndef MUTAU_TESTS_CHAIN_BASE_H
#define MUTAU_TESTS_CHAIN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAIN_BASES 7

typedef struct chain_base {
    unsigned char *bytes;
    size_t size;
} chain_base;

/** Sound files written by mutau: one or two ensembles, with and without blobs, tempered,
 * with all rungs, with failures and evidence.  Made once; never freed. */
const chain_base *chain_base_get(size_t i);
/** A file that nobody else uses; the name lives as long as the process. */
const char *chain_base_path(void);
/** Ends the process with abort() unless `holds`. */
void chain_base_require(bool holds, const char *what, const char *text);
/** Writes `size` bytes to chain_base_path(). */
void chain_base_write(const unsigned char *bytes, size_t size);
/** Opens `path` as a chain and reads everything that can be read of it.  Aborts where the
 * reader breaks its word: a file is a chain that fits into a small multiple of `file_size`,
 * or one line of complaint. */
void chain_base_read(const char *path, size_t file_size);

#endif
