/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file name.h
 * What a coordinate or a blob may be called.  Pure.
 */
#ifndef MUTAU_NAME_H
#define MUTAU_NAME_H

#include <stdbool.h>

#define MUTAU_NAME_SIZE 64 /**< room for a name, terminated */

/** The rule in words, for messages with MUTAU_NAME_SIZE - 1 for its %d. */
#define MUTAU_NAME_RULE "letters, digits and _ . + -, a letter first, at most %d bytes"

/** Whether emcee, getdist and a dotted key take the text as it is: ASCII letters, digits and
 * _ . + -, a letter first, at most MUTAU_NAME_SIZE - 1 bytes.  NULL is no name. */
bool mutau_is_name(const char *text);

#endif
