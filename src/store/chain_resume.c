/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going on with a stored chain: it is checked, and written anew with the present
 * run's texts, so that whatever its file has been through, the file that is
 * continued is one of the writer's own. */
#include "chain_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- what differs ---------------------------------------------------------------- */

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

static mutau_status differs(mutau_error *err, const char *what, const char *stored,
                            const char *wanted)
{
    return mutau_error_set(err, MUTAU_ERESUME, "%s: the chain has %s, the run %s", what, stored,
                           wanted);
}

static mutau_status same_count(const char *what, uint64_t stored, uint64_t wanted, mutau_error *err)
{
    if (stored == wanted)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_ERESUME, "%s: the chain has %llu, the run %llu", what,
                           (unsigned long long)stored, (unsigned long long)wanted);
}

static mutau_status same_text(const char *what, const char *stored, const char *wanted,
                              mutau_error *err)
{
    return strcmp(stored, wanted) == 0 ? MUTAU_OK : differs(err, what, stored, wanted);
}

static mutau_status same_texts(const char *what, size_t n, const char *const stored[],
                               const char *const wanted[], mutau_error *err)
{
    for (size_t i = 0; i < n; i++)
        MUTAU_CHECK(same_text(what, stored[i], wanted[i], err));
    return MUTAU_OK;
}

/* Both descriptions are copies of the store's own: no NULL among the texts. */
static mutau_status check_same(const mutau_chain_info *stored, const mutau_chain_info *wanted,
                               mutau_error *err)
{
    MUTAU_CHECK(same_count("parameters", stored->dim, wanted->dim, err));
    MUTAU_CHECK(same_texts("parameter", stored->dim, stored->names, wanted->names, err));
    MUTAU_CHECK(same_count("blobs", stored->n_blob, wanted->n_blob, err));
    MUTAU_CHECK(same_texts("blob", stored->n_blob, stored->blob_names, wanted->blob_names, err));
    MUTAU_CHECK(same_count("ensembles", stored->n_ensemble, wanted->n_ensemble, err));
    MUTAU_CHECK(same_count("walkers", stored->n_walker, wanted->n_walker, err));
    MUTAU_CHECK(same_count("temperatures", stored->n_temperature, wanted->n_temperature, err));
    MUTAU_CHECK(same_count("store_rungs", stored->store_rungs, wanted->store_rungs, err));
    MUTAU_CHECK(same_count("seed", stored->seed, wanted->seed, err));
    MUTAU_CHECK(same_count("thin", stored->thin, wanted->thin, err));
    MUTAU_CHECK(same_text("configuration (hash)", stored->config_hash, wanted->config_hash, err));
    char text[MUTAU_DIFFERENCE_SIZE];
    MUTAU_CHECK(mutau_chain_inputs_difference(stored, wanted, "the chain", "the run", text, err));
    return text[0] == '\0' ? MUTAU_OK : mutau_error_set(err, MUTAU_ERESUME, "%s", text);
}

/* ---- going on -------------------------------------------------------------------- */

/* What follows from the exploration, the mixture, is the file's; all else is the run's. */
static mutau_status describe(mutau_chain *chain, const mutau_chain *from,
                             const mutau_chain_info *info, mutau_error *err)
{
    mutau_chain_info both = *info;
    both.mixture = from->content.owned.info.mixture;
    return mutau_chain_writer_describe(chain, &both, err);
}

static mutau_status go_on(mutau_chain *chain, mutau_chain *from, const mutau_chain_info *info,
                          mutau_error *err)
{
    mutau_chain_state state;
    size_t n_without = 0; /* of an older version, or of a writer that was killed */
    if (from->content.slot == NULL || from->content.foreign_rows)
        return mutau_error_set(err, MUTAU_ERESUME,
                               "the sampler's state is not that of the last row: another program "
                               "has continued the chain");
    MUTAU_CHECK(describe(chain, from, info, err));
    MUTAU_CHECK(check_same(&from->content.owned.info, &chain->content.owned.info, err));
    MUTAU_CHECK(mutau_chain_read_state(from, &state, err));
    MUTAU_CHECK(mutau_chain_verify(from, &n_without, err));
    MUTAU_CHECK(mutau_chain_writer_copy(chain, from, err));
    for (size_t i = 0; i < from->content.n_check; i++)
        MUTAU_CHECK(mutau_chain_add_check(chain, &from->content.checks[i], err));
    for (size_t i = 0; i < from->content.n_failure; i++) {
        const mutau_chain_failure failure = mutau_chain_failure_stored(from, i);
        MUTAU_CHECK(mutau_chain_add_failure(chain, &failure, err));
    }
    MUTAU_CHECK(mutau_chain_set_burn_in(chain, from->content.burn_in, err));
    return mutau_chain_commit(chain, &state, err);
}

mutau_status mutau_chain_resume(const char *path, const mutau_chain_info *info, mutau_chain **out,
                                mutau_error *err)
{
    mutau_chain *chain = NULL, *from = NULL;
    /* The lock comes first: nobody writes to the file while it is read. */
    MUTAU_CHECK(mutau_chain_info_check(info, err));
    MUTAU_CHECK(mutau_chain_writer_start(path, true, &chain, err));
    mutau_status status = mutau_chain_open(path, &from, err);
    if (status == MUTAU_OK)
        status = go_on(chain, from, info, err);
    mutau_chain_close(from);
    if (status != MUTAU_OK) {
        mutau_chain_close(chain);
        return mutau_error_wrap(err, status, "%s: cannot be continued", path);
    }
    *out = chain;
    return MUTAU_OK;
}
