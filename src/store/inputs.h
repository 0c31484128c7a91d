/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file inputs.h
 * The input files of a run: which they were, where they came from, and the numbers that it
 * took from them.  A chain file keeps the list as a text (docs/chain-file.md), by which
 * a difference can be named and not only noticed.  Thread-safe but for what it changes.
 */
#ifndef MUTAU_INPUTS_H
#define MUTAU_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sha256.h"
#include "base/status.h"

#define MUTAU_INPUT_MAX_FILES 2
#define MUTAU_DIFFERENCE_SIZE 512

typedef enum mutau_input_kind {
    MUTAU_INPUT_DATASET,   /**< a data set: its preset and its table */
    MUTAU_INPUT_TERM,      /**< a table of a prior term */
    MUTAU_INPUT_SOURCE,    /**< a table of the neutrinos' source */
    MUTAU_INPUT_COVARIANCE /**< that of a data set */
} mutau_input_kind;

typedef enum mutau_input_origin {
    MUTAU_INPUT_SHIPPED,
    MUTAU_INPUT_OWN,     /**< there is no shipped one of that name */
    MUTAU_INPUT_REPLACED /**< used in place of the shipped one of that name */
} mutau_input_origin;

/** One input; texts are owned, and of printable UTF-8. */
typedef struct mutau_input {
    mutau_input_kind kind;
    mutau_input_origin origin;
    char *name;                         /**< of the data set, term, or key of the source */
    char *detail;                       /**< the data set's channel, the table's file name */
    char *files[MUTAU_INPUT_MAX_FILES]; /**< absolute paths; NULL behind the last */
    char *table; /**< the numbers used: "row,e_lo_gev,...\n1,10000,...\n"; nothing: not used */
    char digest[MUTAU_SHA256_HEX_SIZE]; /**< of kind, name, detail and table */
} mutau_input;

/** A list of inputs; zeroed it is empty. */
typedef struct mutau_inputs {
    size_t n;
    mutau_input *items;                /**< owned */
    char bytes[MUTAU_SHA256_HEX_SIZE]; /**< digest of the files' bytes; "": not known */
} mutau_inputs;

void mutau_inputs_release(mutau_inputs *inputs);

/** Adds an input without files and numbers; control characters and what is not UTF-8 become
 * '?'.  The item is valid until the next is added.  MUTAU_ENOMEM. */
mutau_status mutau_inputs_add(mutau_inputs *inputs, mutau_input_kind kind, const char *name,
                              const char *detail, mutau_input **item,
                              mutau_error *err) MUTAU_MUST_CHECK;
/** Adds a file's path; MUTAU_ENOMEM. */
mutau_status mutau_input_add_file(mutau_input *item, const char *path,
                                  mutau_error *err) MUTAU_MUST_CHECK;
/** Sets the numbers used and the digest: values[n_row][n_column], NaN where nothing is used;
 * rows[n_row] are counted from 1 in the file.  MUTAU_ENOMEM. */
mutau_status mutau_input_set_table(mutau_input *item, size_t n_column, const char *const names[],
                                   size_t n_row, const size_t rows[], const double values[],
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** The list as a text, and back.  Writing: MUTAU_ENOMEM, *text is freed by the caller; reading:
 * MUTAU_EDATA for what is no such text or has a wrong digest, MUTAU_ENOMEM. */
mutau_status mutau_inputs_write(const mutau_inputs *inputs, char **text,
                                mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_inputs_read(const char *text, mutau_inputs *inputs,
                               mutau_error *err) MUTAU_MUST_CHECK;

/** Digest of all inputs' numbers, in their order: neither comments nor the way a number is
 * written nor where a file lies is part of it. */
void mutau_inputs_digest(const mutau_inputs *inputs, char digest[MUTAU_SHA256_HEX_SIZE]);

/** The first difference of the numbers in words, "data set 'own', row 3: e2phi is 1.6e-8 in
 * WHO_A, 1.7e-8 in WHO_B"; "" if there is none. */
void mutau_inputs_difference(const mutau_inputs *a, const mutau_inputs *b, const char *who_a,
                             const char *who_b, char text[MUTAU_DIFFERENCE_SIZE]);

/** "data set 'own'", "table own.csv of the term 'na64'" or "table w.csv of the source's evolution".
 */
void mutau_input_describe(const mutau_input *item, size_t size, char text[]);

#endif
