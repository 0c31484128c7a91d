/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences in lines that a terminal holds. */
#ifndef MUTAU_CLI_WRAPPED_H
#define MUTAU_CLI_WRAPPED_H

/** Prints `head` and `text` on stdout: whole words, in lines of at most 79 characters under a
 * hanging indent of four.  A head longer than that indent is parted from the text by a blank. */
void cli_print_wrapped(const char *head, const char *text);

#endif
