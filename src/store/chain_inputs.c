/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between the inputs of two chains; documented in mutau/chain.h. */
#include <stdio.h>
#include <string.h>

#include "mutau/chain.h"

static bool has_list(const mutau_chain_info *info)
{
    return info->inputs != NULL && info->inputs[0] != '\0';
}

/* Of two lists that have other digests. */
static mutau_status compare_lists(const mutau_chain_info *a, const mutau_chain_info *b,
                                  const char *who_a, const char *who_b,
                                  char text[MUTAU_DIFFERENCE_SIZE], mutau_error *err)
{
    mutau_inputs x = {0}, y = {0};
    mutau_status status = mutau_inputs_read(a->inputs, &x, err);
    if (status == MUTAU_OK)
        status = mutau_inputs_read(b->inputs, &y, err);
    if (status == MUTAU_OK) {
        mutau_inputs_difference(&x, &y, who_a, who_b, text);
        if (text[0] == '\0')
            (void)snprintf(text, MUTAU_DIFFERENCE_SIZE, "the digests of the data differ");
    }
    mutau_inputs_release(&x);
    mutau_inputs_release(&y);
    return status;
}

/* The digest of the files' bytes. */
static mutau_status find_bytes(const mutau_chain_info *info, char bytes[MUTAU_SHA256_HEX_SIZE],
                               mutau_error *err)
{
    mutau_inputs list = {0};
    if (!has_list(info)) {
        (void)snprintf(bytes, MUTAU_SHA256_HEX_SIZE, "%s",
                       info->data_hash != NULL ? info->data_hash : "");
        return MUTAU_OK;
    }
    MUTAU_CHECK(mutau_inputs_read(info->inputs, &list, err));
    (void)snprintf(bytes, MUTAU_SHA256_HEX_SIZE, "%s", list.bytes);
    mutau_inputs_release(&list);
    return MUTAU_OK;
}

mutau_status mutau_chain_inputs_difference(const mutau_chain_info *a, const mutau_chain_info *b,
                                           const char *who_a, const char *who_b,
                                           char text[MUTAU_DIFFERENCE_SIZE], mutau_error *err)
{
    char x[MUTAU_SHA256_HEX_SIZE], y[MUTAU_SHA256_HEX_SIZE];
    text[0] = '\0';
    if (has_list(a) && has_list(b))
        return strcmp(a->data_hash, b->data_hash) == 0
                   ? MUTAU_OK
                   : compare_lists(a, b, who_a, who_b, text, err);
    MUTAU_CHECK(find_bytes(a, x, err));
    MUTAU_CHECK(find_bytes(b, y, err));
    if (strcmp(x, y) != 0)
        (void)snprintf(text, MUTAU_DIFFERENCE_SIZE,
                       "a file of the data sets or of the terms' tables is not, byte for byte, the "
                       "same; which one is not known, since the numbers are not kept in %s, which "
                       "an older mutau made",
                       has_list(a) ? who_b : who_a);
    return MUTAU_OK;
}
