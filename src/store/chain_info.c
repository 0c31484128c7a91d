/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The description of a chain, checked and copied into one block of memory; and how many of
 * everything there are, which follows from it. */
#include "chain_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define MAX_CHUNK_SIZE ((size_t)1 << 20)
#define MAX_CHUNK_ROWS 1024

static mutau_status check_names(const char *what, size_t n, const char *const names[],
                                mutau_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (names == NULL || names[i] == NULL || names[i][0] == '\0')
            return mutau_error_set(err, MUTAU_EDOM, "%s %zu of a chain has no name", what, i + 1);
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return mutau_error_set(err, MUTAU_EDOM, "two %ss of a chain are called '%s'", what,
                                       names[i]);
    }
    return MUTAU_OK;
}

/* Such texts are printed: one that moves the cursor or ends the line is nobody's. */
static mutau_status check_printable(const char *what, size_t n, const char *const texts[],
                                    mutau_error *err)
{
    for (size_t i = 0; texts != NULL && i < n; i++)
        if (texts[i] != NULL && !mutau_utf8_is_plain(texts[i]))
            return mutau_error_set(err, MUTAU_EDOM,
                                   "the %s '%.100s' has a control character, or is not UTF-8", what,
                                   texts[i]);
    return MUTAU_OK;
}

/* Lines of such texts. */
static mutau_status check_lines(const char *what, const char *text, mutau_error *err)
{
    for (const char *c = text; c != NULL && *c != '\0'; c++)
        if (((unsigned char)*c < ' ' && *c != '\n') || *c == 127)
            return mutau_error_set(err, MUTAU_EDOM, "the text '%s' has a control character", what);
    return MUTAU_OK;
}

static mutau_status check_texts(const mutau_chain_info *info, mutau_error *err)
{
    const char *const single[] = {info->version, info->config_hash, info->data_hash};
    /* A path need not be UTF-8. */
    for (const char *c = info->folder; c != NULL && *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return mutau_error_set(err, MUTAU_EDOM, "the folder '%.100s' has a control character",
                                   info->folder);
    MUTAU_CHECK(check_printable("parameter", info->dim, info->names, err));
    MUTAU_CHECK(check_printable("unit", info->dim, info->units, err));
    MUTAU_CHECK(check_printable("label", info->dim, info->labels, err));
    MUTAU_CHECK(check_printable("blob", info->n_blob, info->blob_names, err));
    MUTAU_CHECK(check_lines("inputs", info->inputs, err));
    MUTAU_CHECK(check_lines("mixture", info->mixture, err));
    return check_printable("attribute", sizeof single / sizeof single[0], single, err);
}

mutau_status mutau_chain_info_check(const mutau_chain_info *info, mutau_error *err)
{
    if (info->n_ensemble < 1 || info->n_ensemble > MUTAU_CHAIN_MAX_ENSEMBLES ||
        info->n_walker < 1 || info->n_walker > MUTAU_CHAIN_MAX_WALKERS || info->dim < 1 ||
        info->dim > MUTAU_CHAIN_MAX_COLUMNS || info->n_blob > MUTAU_CHAIN_MAX_COLUMNS)
        return mutau_error_set(err, MUTAU_EDOM,
                               "a chain of %zu ensembles, %zu walkers, %zu parameters and %zu "
                               "blobs cannot be stored",
                               info->n_ensemble, info->n_walker, info->dim, info->n_blob);
    if (info->n_temperature > MUTAU_MAX_TEMPERATURES)
        return mutau_error_set(err, MUTAU_EDOM,
                               "a chain of %zu temperatures cannot be stored: at most %d",
                               info->n_temperature, MUTAU_MAX_TEMPERATURES);
    if (mutau_chain_slot_size(info) > UINT32_MAX) /* HDF5's limit for a compound */
        return mutau_error_set(err, MUTAU_EDOM, "a chain of %zu walkers is too large to be stored",
                               mutau_chain_walkers(info));
    if (info->thin < 1)
        return mutau_error_set(err, MUTAU_EDOM, "a chain thinned by 0 stores nothing");
    MUTAU_CHECK(check_names("parameter", info->dim, info->names, err));
    MUTAU_CHECK(check_names("blob", info->n_blob, info->blob_names, err));
    return check_texts(info, err);
}

static const char *text_of(const char *const texts[], size_t i)
{
    return texts != NULL && texts[i] != NULL ? texts[i] : "";
}

static size_t texts_size(size_t n, const char *const texts[])
{
    size_t size = n * sizeof(char *);
    for (size_t i = 0; i < n; i++)
        size += strlen(text_of(texts, i)) + 1;
    return size;
}

/* Copies a text to *end and moves *end behind it. */
static const char *put_text(const char *text, char **end)
{
    char *copy = *end;
    const size_t size = strlen(text) + 1;
    memcpy(copy, text, size);
    *end += size;
    return copy;
}

static const char *const *put_texts(size_t n, const char *const texts[], const char ***pointers,
                                    char **end)
{
    const char **copy = *pointers;
    for (size_t i = 0; i < n; i++)
        copy[i] = put_text(text_of(texts, i), end);
    *pointers += n;
    return copy;
}

mutau_status mutau_chain_info_copy(const mutau_chain_info *from, mutau_chain_owned_info *to,
                                   mutau_error *err)
{
    const char *const single[] = {from->config, from->config_hash, from->data_hash, from->version,
                                  from->folder, from->inputs,      from->mixture};
    const size_t n_single = sizeof single / sizeof single[0];
    const size_t n_pointer = 3 * from->dim + from->n_blob + n_single;
    const size_t size = texts_size(from->dim, from->names) + texts_size(from->dim, from->units) +
                        texts_size(from->dim, from->labels) +
                        texts_size(from->n_blob, from->blob_names) + texts_size(n_single, single);
    to->arena = mutau_calloc(size, 1);
    if (to->arena == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the description of a chain");
    const char **pointers = to->arena;
    char *end = (char *)to->arena + n_pointer * sizeof(char *);

    to->info = *from;
    to->info.n_temperature = mutau_chain_rungs(from);
    to->info.store_rungs = from->store_rungs && mutau_chain_tempered(from);
    to->info.names = put_texts(from->dim, from->names, &pointers, &end);
    to->info.units = put_texts(from->dim, from->units, &pointers, &end);
    to->info.labels = put_texts(from->dim, from->labels, &pointers, &end);
    to->info.blob_names = put_texts(from->n_blob, from->blob_names, &pointers, &end);
    const char *const *texts = put_texts(n_single, single, &pointers, &end);
    to->info.config = texts[0];
    to->info.config_hash = texts[1];
    to->info.data_hash = texts[2];
    to->info.version = texts[3];
    to->info.folder = texts[4];
    to->info.inputs = texts[5];
    to->info.mixture = texts[6];
    return MUTAU_OK;
}

void mutau_chain_digest(const char *text, char digest[MUTAU_SHA256_HEX_SIZE])
{
    mutau_sha256 sha;
    mutau_sha256_init(&sha);
    mutau_sha256_add(&sha, text, strlen(text));
    mutau_sha256_finish(&sha, digest);
}

/* ---- what there is of everything --------------------------------------------- */

size_t mutau_chain_rungs(const mutau_chain_info *info)
{
    return info->n_temperature > 1 ? info->n_temperature : 1;
}

bool mutau_chain_tempered(const mutau_chain_info *info)
{
    return info->n_temperature > 1;
}

bool mutau_chain_has_mixture(const mutau_chain_info *info)
{
    return info->mixture != NULL && info->mixture[0] != '\0';
}

bool mutau_chain_has_evidence(const mutau_chain_info *info)
{
    return mutau_chain_tempered(info) || mutau_chain_has_mixture(info);
}

size_t mutau_chain_stored_rungs(const mutau_chain_info *info)
{
    return info->store_rungs ? mutau_chain_rungs(info) : 1;
}

size_t mutau_chain_groups(const mutau_chain_info *info)
{
    return info->n_ensemble * mutau_chain_stored_rungs(info);
}

void mutau_chain_group_name(const mutau_chain_info *info, size_t i_group, size_t size, char name[])
{
    const size_t n_rung = mutau_chain_stored_rungs(info);
    const size_t i_ensemble = i_group / n_rung, i_rung = i_group % n_rung;
    char ensemble[24] = "", rung[24] = "";
    if (i_ensemble > 0)
        (void)snprintf(ensemble, sizeof ensemble, "_%zu", i_ensemble);
    if (i_rung > 0)
        (void)snprintf(rung, sizeof rung, "_T%02zu", i_rung);
    (void)snprintf(name, size, "mcmc%s%s", ensemble, rung);
}

size_t mutau_chain_walkers(const mutau_chain_info *info)
{
    return info->n_ensemble * mutau_chain_rungs(info) * info->n_walker;
}

size_t mutau_chain_parts(const mutau_chain_info *info)
{
    return mutau_chain_sum_part(info) + 1;
}

size_t mutau_chain_log_weight_part(const mutau_chain_info *info)
{
    return mutau_chain_beta_part(info) +
           (mutau_chain_tempered(info) ? 1 + mutau_chain_rungs(info) : 0);
}

size_t mutau_chain_sum_part(const mutau_chain_info *info)
{
    return mutau_chain_log_weight_part(info) + (mutau_chain_has_mixture(info) ? 1 : 0);
}

/* Those of the groups and, with tempering, of the ladder. */
static size_t sums_before_mixture(const mutau_chain_info *info)
{
    return mutau_chain_groups(info) + (mutau_chain_tempered(info) ? 1 : 0);
}

size_t mutau_chain_sums(const mutau_chain_info *info)
{
    return sums_before_mixture(info) + (mutau_chain_has_mixture(info) ? 1 : 0);
}

size_t mutau_chain_sum_of(const mutau_chain_info *info, size_t part)
{
    if (part == mutau_chain_sum_part(info))
        return mutau_chain_sums(info);
    if (part == mutau_chain_log_weight_part(info))
        return sums_before_mixture(info);
    return part < mutau_chain_beta_part(info) ? part / MUTAU_CHAIN_FIELDS
                                              : mutau_chain_groups(info);
}

void mutau_chain_sum_name(const mutau_chain_info *info, size_t i_sum, size_t size, char name[])
{
    (void)snprintf(name, size, i_sum < sums_before_mixture(info) ? "/tempering" : "/mixture");
    if (i_sum < mutau_chain_groups(info))
        mutau_chain_group_name(info, i_sum, size - 1, name + 1);
}

size_t mutau_chain_group_part(size_t i_group, mutau_chain_field field)
{
    return i_group * MUTAU_CHAIN_FIELDS + field;
}

size_t mutau_chain_beta_part(const mutau_chain_info *info)
{
    return mutau_chain_groups(info) * MUTAU_CHAIN_FIELDS;
}

size_t mutau_chain_log_like_part(const mutau_chain_info *info, size_t i_rung)
{
    return mutau_chain_beta_part(info) + 1 + i_rung;
}

size_t mutau_chain_width(const mutau_chain_info *info, mutau_chain_field field)
{
    switch (field) {
    case MUTAU_CHAIN_POSITION:
        return info->dim;
    case MUTAU_CHAIN_BLOB:
        return info->n_blob;
    case MUTAU_CHAIN_LOG_PROB:
        break;
    }
    return 1;
}

size_t mutau_chain_columns(const mutau_chain_info *info, size_t part)
{
    const size_t beta = mutau_chain_beta_part(info);
    if (part == mutau_chain_sum_part(info))
        return mutau_chain_sums(info);
    if (part > beta || part == mutau_chain_log_weight_part(info))
        return info->n_ensemble * info->n_walker;
    if (part == beta)
        return mutau_chain_rungs(info);
    return info->n_walker * mutau_chain_width(info, (mutau_chain_field)(part % MUTAU_CHAIN_FIELDS));
}

size_t mutau_chain_most_columns(const mutau_chain_info *info)
{
    size_t most = 0;
    for (size_t part = 0; part < mutau_chain_parts(info); part++)
        if (most < mutau_chain_columns(info, part))
            most = mutau_chain_columns(info, part);
    return most;
}

size_t mutau_chain_chunk_rows(const mutau_chain_info *info)
{
    size_t columns = info->dim > info->n_blob ? info->dim : info->n_blob;
    if (mutau_chain_has_evidence(info) && info->n_ensemble > columns)
        columns = info->n_ensemble; /* as /tempering/log_like and /mixture/log_weight have */
    size_t row_size = info->n_walker * columns * sizeof(double);
    if (row_size < mutau_chain_sums(info) * sizeof(uint64_t))
        row_size = mutau_chain_sums(info) * sizeof(uint64_t);
    size_t rows = MAX_CHUNK_ROWS;
    while (rows > 1 && rows * row_size > MAX_CHUNK_SIZE)
        rows /= 2;
    return rows;
}
