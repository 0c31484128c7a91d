/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file suggest.h
 * "Did you mean ...?": the one place that decides whether an unknown name is near enough to a
 * known one to suggest it.  Pure functions.
 */
#ifndef MUTAU_SUGGEST_H
#define MUTAU_SUGGEST_H

#include <stddef.h>

/** Room for the text of mutau_suggest. */
#define MUTAU_SUGGEST_SIZE 128

/** The entry of the NULL-terminated `known` nearest to `name`, or NULL if none is near: at most
 * a third of the letters of `name`, and at least one, may differ (case does not count, a swap of
 * neighbours is one difference), and fewer than either word has: "m" is not "A". */
const char *mutau_nearest_name(const char *name, const char *const known[]);

/** Writes "; did you mean 'x'?" with the nearest name, `before` (dashes, say) in front of it, or
 * nothing if none is near. */
void mutau_suggest(const char *name, const char *const known[], const char *before,
                   char text[MUTAU_SUGGEST_SIZE]);

/** The same for a sentence that goes on behind it: ";" if none is near.  Returns `text`. */
const char *mutau_suggest_and(const char *name, const char *const known[], const char *before,
                              char text[MUTAU_SUGGEST_SIZE]);

/** Writes the NULL-terminated `names` as "a, b, c" into list[size], size > 0, as far as there is
 * room.  Returns `list`. */
const char *mutau_list_names(const char *const names[], size_t size, char list[]);

#endif
