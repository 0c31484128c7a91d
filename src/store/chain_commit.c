/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a commit writes besides rows, one plain write for each thing, in the order that a kill
 * or a power cut may interrupt anywhere; and the bytes of one slot of /run/state: head,
 * generator, walkers, checksum. */
#include "chain_internal.h"

#include <string.h>

#define KEY_SIZE (MUTAU_RNG_WORDS * sizeof(uint32_t))

/* ---- a slot of the state ----------------------------------------------------------- */

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

static unsigned char *append(unsigned char *end, const void *bytes, size_t size)
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
    unsigned char *end = append(slot, &head, sizeof head);
    end = append(end, state->rng.key, KEY_SIZE);
    end = append(end, state->accepted, column);
    end = append(end, state->ln_prior, column);
    end = append(end, state->ln_like, column);
    end = append(end, state->position, column * info->dim);
    end = append(end, state->blob, column * info->n_blob);
    end = append(end, state->beta, beta_size(info));
    end = append(end, state->swaps, swaps_size(info));
    const uint64_t sum = mutau_chain_sum_bytes(MUTAU_CHAIN_SUM_BEGIN, slot, (size_t)(end - slot));
    (void)append(end, &sum, sizeof sum);
}

bool mutau_chain_slot_valid(const mutau_chain_info *info, const unsigned char slot[])
{
    const size_t size = mutau_chain_slot_size(info) - 8;
    uint64_t stored;
    memcpy(&stored, slot + size, sizeof stored);
    return stored == mutau_chain_sum_bytes(MUTAU_CHAIN_SUM_BEGIN, slot, size);
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

/* ---- what is written --------------------------------------------------------------- */

static mutau_status put(const mutau_chain_output *out, uint64_t place, const void *bytes,
                        size_t size, mutau_error *err)
{
    return mutau_chain_write_at(out->fd, bytes, size, place, out->path, err);
}

static mutau_status put_number(const mutau_chain_output *out, uint64_t place, uint64_t number,
                               mutau_error *err)
{
    return put(out, place, &number, sizeof number, err);
}

/* emcee divides `accepted` by the number of rows: with thinning, the count is
 * scaled so that this is still the acceptance rate. */
static mutau_status put_accepted(const mutau_chain_output *out, const mutau_chain_state *state,
                                 uint64_t rows, double accepted[], mutau_error *err)
{
    const mutau_chain_info *info = out->info;
    const size_t n_walker = info->n_walker, n_stored = mutau_chain_stored_rungs(info);
    const double scale =
        rows == state->steps || state->steps == 0 ? 1.0 : (double)rows / (double)state->steps;
    for (size_t g = 0; g < mutau_chain_groups(info); g++) {
        const size_t rung = g / n_stored * mutau_chain_rungs(info) + g % n_stored;
        for (size_t w = 0; w < n_walker; w++)
            accepted[w] = scale * (double)state->accepted[rung * n_walker + w];
        MUTAU_CHECK(put(out, out->places->groups[g].accepted, accepted,
                        n_walker * sizeof accepted[0], err));
    }
    return MUTAU_OK;
}

static mutau_status put_rng(const mutau_chain_output *out, const mutau_rng_state *rng,
                            mutau_error *err)
{
    for (size_t g = 0; g < mutau_chain_groups(out->info); g++) {
        const mutau_chain_group_place *place = &out->places->groups[g];
        MUTAU_CHECK(put(out, place->rng_key, rng->key, sizeof rng->key, err));
        MUTAU_CHECK(put(out, place->rng_pos, &rng->pos, sizeof rng->pos, err));
    }
    return MUTAU_OK;
}

static mutau_status put_swaps(const mutau_chain_output *out, const mutau_chain_state *state,
                              mutau_error *err)
{
    for (size_t i = 0; i + 1 < mutau_chain_rungs(out->info); i++) {
        MUTAU_CHECK(
            put_number(out, out->places->swaps_proposed + i * 8, state->swaps[i].proposed, err));
        MUTAU_CHECK(
            put_number(out, out->places->swaps_accepted + i * 8, state->swaps[i].accepted, err));
    }
    return MUTAU_OK;
}

static mutau_status put_run(const mutau_chain_output *out, const mutau_chain_slot_head *head,
                            mutau_error *err)
{
    const mutau_chain_places *places = out->places;
    MUTAU_CHECK(put_number(out, places->steps, head->steps, err));
    MUTAU_CHECK(put_number(out, places->evaluations, head->evaluations, err));
    MUTAU_CHECK(put_number(out, places->failures, head->failures, err));
    return put(out, places->seconds, &head->seconds, sizeof head->seconds, err);
}

/* Appends the elements [first, n) of a list, which may be NULL if there are none. */
static mutau_status put_new(const mutau_chain_output *out, uint64_t place, const void *list,
                            size_t size, size_t first, size_t n, mutau_error *err)
{
    if (n <= first)
        return MUTAU_OK;
    return put(out, place + first * size, (const char *)list + first * size, (n - first) * size,
               err);
}

/* What nobody looks at before `iteration` says so. */
static mutau_status put_state(const mutau_chain_output *out, const mutau_chain_record *record,
                              mutau_error *err)
{
    const mutau_chain_places *places = out->places;
    const size_t size = mutau_chain_slot_size(out->info);
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(record->slot);
    MUTAU_CHECK(put_new(out, places->checks, record->checks, sizeof record->checks[0],
                        record->first_check, head.n_check, err));
    MUTAU_CHECK(put_new(out, places->failed, record->failures, mutau_chain_failure_size(out->info),
                        record->first_failure, head.n_failure, err));
    /* Not with the other numbers: a state must not survive a power cut without its lists. */
    MUTAU_CHECK(put_number(out, places->n_failure, head.n_failure, err));
    MUTAU_CHECK(put_number(out, places->n_check, head.n_check, err));
    return put(out, places->state + record->i_slot * size, record->slot, size, err);
}

/* `iteration` of every group and what goes with it. */
static mutau_status put_visible(const mutau_chain_output *out, const mutau_chain_record *record,
                                mutau_error *err)
{
    const mutau_chain_places *places = out->places;
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(record->slot);
    const size_t n_group = mutau_chain_groups(out->info);
    mutau_chain_state state;
    mutau_chain_slot_unpack(out->info, record->slot, &state);
    MUTAU_CHECK(put_accepted(out, &state, head.rows, record->accepted, err));
    MUTAU_CHECK(put_rng(out, &state.rng, err));
    MUTAU_CHECK(put_swaps(out, &state, err));
    MUTAU_CHECK(put_run(out, &head, err));
    /* before those that go by the groups look at it */
    if (mutau_chain_tempered(out->info))
        MUTAU_CHECK(put_number(out, places->tempering.iteration, head.rows, err));
    if (mutau_chain_has_mixture(out->info))
        MUTAU_CHECK(put_number(out, places->mixture.iteration, head.rows, err));
    for (size_t g = 0; g < n_group; g++)
        MUTAU_CHECK(put_number(out, places->groups[g].iteration, head.rows, err));
    for (size_t g = 0; g < n_group; g++)
        MUTAU_CHECK(put_number(out, places->groups[g].burn_in, record->burn_in, err));
    if (mutau_chain_tempered(out->info))
        MUTAU_CHECK(put_number(out, places->tempering.burn_in, record->burn_in, err));
    if (mutau_chain_has_mixture(out->info))
        MUTAU_CHECK(put_number(out, places->mixture.burn_in, record->burn_in, err));
    if (!mutau_chain_has_evidence(out->info))
        return MUTAU_OK;
    return put(out, places->evidence, &record->evidence, mutau_chain_evidence_size(out->info), err);
}

mutau_status mutau_chain_put_commit(const mutau_chain_output *out, const mutau_chain_record *record,
                                    bool sync, mutau_error *err)
{
    MUTAU_CHECK(put_state(out, record, err));
    if (sync)
        MUTAU_CHECK(mutau_chain_sync_data(out->fd, out->path, err));
    MUTAU_CHECK(put_visible(out, record, err));
    if (sync)
        MUTAU_CHECK(mutau_chain_sync_data(out->fd, out->path, err));
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(record->slot);
    MUTAU_CHECK(put_number(out, out->places->n_sum, head.rows, err));
    return put_number(out, out->places->converged, record->converged, err);
}
