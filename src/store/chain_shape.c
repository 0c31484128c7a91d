/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many of everything a chain has, from its description. */
#include "chain_internal.h"

#include <stdio.h>

#define MAX_CHUNK_SIZE ((size_t)1 << 20)
#define MAX_CHUNK_ROWS 1024

size_t mutau_chain_rungs(const mutau_chain_info *info)
{
    return info->n_temperature > 1 ? info->n_temperature : 1;
}

bool mutau_chain_tempered(const mutau_chain_info *info)
{
    return info->n_temperature > 1;
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

size_t mutau_chain_sum_part(const mutau_chain_info *info)
{
    return mutau_chain_beta_part(info) +
           (mutau_chain_tempered(info) ? 1 + mutau_chain_rungs(info) : 0);
}

size_t mutau_chain_sums(const mutau_chain_info *info)
{
    return mutau_chain_groups(info) + (mutau_chain_tempered(info) ? 1 : 0);
}

size_t mutau_chain_sum_of(const mutau_chain_info *info, size_t part)
{
    if (part == mutau_chain_sum_part(info))
        return mutau_chain_sums(info);
    return part < mutau_chain_beta_part(info) ? part / MUTAU_CHAIN_FIELDS
                                              : mutau_chain_groups(info);
}

void mutau_chain_sum_name(const mutau_chain_info *info, size_t i_sum, size_t size, char name[])
{
    (void)snprintf(name, size, "/tempering");
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
    if (part > beta)
        return info->n_ensemble * info->n_walker;
    if (part == beta)
        return mutau_chain_rungs(info);
    return info->n_walker * mutau_chain_width(info, (mutau_chain_field)(part % MUTAU_CHAIN_FIELDS));
}

size_t mutau_chain_chunk_rows(const mutau_chain_info *info)
{
    size_t columns = info->dim > info->n_blob ? info->dim : info->n_blob;
    if (mutau_chain_tempered(info) && info->n_ensemble > columns)
        columns = info->n_ensemble; /* as /tempering/log_like has */
    size_t row_size = info->n_walker * columns * sizeof(double);
    if (row_size < mutau_chain_sums(info) * sizeof(uint64_t))
        row_size = mutau_chain_sums(info) * sizeof(uint64_t);
    size_t rows = MAX_CHUNK_ROWS;
    while (rows > 1 && rows * row_size > MAX_CHUNK_SIZE)
        rows /= 2;
    return rows;
}
