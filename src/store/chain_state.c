/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of one slot of /run/state: head, generator, walkers, checksum. */
#include "chain_internal.h"

#include <string.h>

#define SUM_BEGIN 14695981039346656037u
#define KEY_SIZE (MUTAU_RNG_WORDS * sizeof(uint32_t))

/* The ladder and the swaps of a tempered run. */
static size_t beta_size(const mutau_chain_info *info)
{
    return mutau_chain_tempered(info) ? mutau_chain_rungs(info) * sizeof(double) : 0;
}

static size_t swaps_size(const mutau_chain_info *info)
{
    return (mutau_chain_rungs(info) - 1) * sizeof(mutau_chain_swaps);
}

size_t mutau_chain_slot_size(const mutau_chain_info *info)
{
    /* per walker: accepted, ln_prior, ln_like, position, blob; at the end the checksum */
    return sizeof(mutau_chain_slot_head) + KEY_SIZE +
           mutau_chain_walkers(info) * (3 + info->dim + info->n_blob) * 8 + beta_size(info) +
           swaps_size(info) + 8;
}

static unsigned char *put(unsigned char *end, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(end, bytes, size);
    return end + size;
}

void mutau_chain_slot_pack(const mutau_chain_info *info, uint64_t rows, uint64_t n_check,
                           uint64_t n_failure, const mutau_chain_state *state, unsigned char slot[])
{
    const mutau_chain_slot_head head = {
        .rows = rows,
        .steps = state->steps,
        .evaluations = state->evaluations,
        .failures = state->failures,
        .n_check = n_check,
        .n_failure = n_failure,
        .rng_pos = state->rng.pos,
        .seconds = state->seconds,
    };
    const size_t column = mutau_chain_walkers(info) * 8;
    unsigned char *end = put(slot, &head, sizeof head);
    end = put(end, state->rng.key, KEY_SIZE);
    end = put(end, state->accepted, column);
    end = put(end, state->ln_prior, column);
    end = put(end, state->ln_like, column);
    end = put(end, state->position, column * info->dim);
    end = put(end, state->blob, column * info->n_blob);
    end = put(end, state->beta, beta_size(info));
    end = put(end, state->swaps, swaps_size(info));
    const uint64_t sum = mutau_chain_sum_bytes(SUM_BEGIN, slot, (size_t)(end - slot));
    (void)put(end, &sum, sizeof sum);
}

bool mutau_chain_slot_valid(const mutau_chain_info *info, const unsigned char slot[])
{
    const size_t size = mutau_chain_slot_size(info) - 8;
    uint64_t stored;
    memcpy(&stored, slot + size, sizeof stored);
    return stored == mutau_chain_sum_bytes(SUM_BEGIN, slot, size);
}

mutau_chain_slot_head mutau_chain_slot_read_head(const unsigned char slot[])
{
    mutau_chain_slot_head head;
    memcpy(&head, slot, sizeof head);
    return head;
}

void mutau_chain_slot_unpack(const mutau_chain_info *info, const unsigned char slot[],
                             mutau_chain_state *state)
{
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(slot);
    state->steps = head.steps;
    state->evaluations = head.evaluations;
    state->failures = head.failures;
    state->seconds = head.seconds;
    state->rng.pos = head.rng_pos;
    const unsigned char *from = slot + sizeof head;
    memcpy(state->rng.key, from, KEY_SIZE);
    from += KEY_SIZE;
    /* The slot was allocated as a block and every part is a multiple of 8 bytes. */
    const void *const columns = from;
    const uint64_t *accepted = columns;
    const size_t n = mutau_chain_walkers(info);
    state->accepted = accepted;
    const void *const reals = accepted + n;
    state->ln_prior = reals;
    state->ln_like = state->ln_prior + n;
    state->position = state->ln_like + n;
    const double *end = state->position + n * info->dim;
    state->blob = info->n_blob > 0 ? end : NULL;
    end += n * info->n_blob;
    state->beta = mutau_chain_tempered(info) ? end : NULL;
    const void *const swaps = end + mutau_chain_rungs(info);
    state->swaps = mutau_chain_tempered(info) ? swaps : NULL;
}
