/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file number.h
 * Real numbers as text: read by the rules of YAML 1.2's core schema, written in
 * the shortest form that reads back to the same double.  Neither depends on the
 * locale.  Thread-safe; nothing is allocated.
 */
#ifndef MUTAU_NUMBER_H
#define MUTAU_NUMBER_H

#include <stdbool.h>

/** Room for any number that mutau_number_write writes, its final zero included. */
#define MUTAU_NUMBER_SIZE 40

/** Longer texts are not taken for numbers. */
#define MUTAU_NUMBER_MAX_LENGTH 120

/** Reads the whole of `text` as a number: 1, -2.5, .5, 1e-5, 0x1f, 0o17, .inf, .nan
 * (also .Inf, .INF and so on).  False, *value unchanged, if it is anything else,
 * be it by a space.  Too large a number becomes infinite. */
bool mutau_number_read(const char *text, double *value);

/** Writes `value` as 0.1, 50000, 1e-5, 1.98e10, -0, .inf, -.inf or .nan, in as few digits as read
 * back to the same double: positional unless the exponent form is shorter by more than two
 * characters.  YAML, JSON and CSV have the same digits; the words are YAML's. */
void mutau_number_write(double value, char text[MUTAU_NUMBER_SIZE]);

#endif
