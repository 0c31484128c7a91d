/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a commit writes besides rows: one plain write for each thing. */
#include "chain_writer.h"

/* The chunks of the rungs of /tempering/log_like take turns. */
static bool takes_turns(const mutau_chain_info *info, size_t part)
{
    return part > mutau_chain_beta_part(info) && part < mutau_chain_sum_part(info);
}

uint64_t mutau_chain_row_place(const mutau_chain_info *info, const mutau_chain_places *places,
                               size_t part, size_t row)
{
    const uint64_t size = mutau_chain_columns(info, part) * sizeof(double);
    if (!takes_turns(info, part))
        return places->parts[part] + (uint64_t)row * size;
    const size_t chunk = mutau_chain_chunk_rows(info);
    const uint64_t i_chunk = (uint64_t)(row / chunk) * mutau_chain_rungs(info);
    return places->parts[part] + (i_chunk * chunk + row % chunk) * size;
}

size_t mutau_chain_rows_together(const mutau_chain_info *info, size_t part, size_t row)
{
    if (!takes_turns(info, part))
        return SIZE_MAX;
    const size_t chunk = mutau_chain_chunk_rows(info);
    return chunk - row % chunk;
}

mutau_status mutau_chain_put_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, const double rows[], mutau_error *err)
{
    const size_t columns = mutau_chain_columns(out->info, part);
    for (size_t done = 0; done < n_row && columns > 0;) {
        const size_t left = n_row - done;
        const size_t most = mutau_chain_rows_together(out->info, part, first + done);
        const size_t n = left < most ? left : most, size = n * columns * sizeof(double);
        const uint64_t place = mutau_chain_row_place(out->info, out->places, part, first + done);
        MUTAU_CHECK(
            mutau_chain_write_at(out->fd, rows + done * columns, size, place, out->path, err));
        mutau_chain_write_behind(out->fd, place, size);
        done += n;
    }
    return MUTAU_OK;
}

mutau_status mutau_chain_get_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, double rows[], mutau_error *err)
{
    const size_t columns = mutau_chain_columns(out->info, part);
    for (size_t done = 0; done < n_row && columns > 0;) {
        const size_t left = n_row - done;
        const size_t most = mutau_chain_rows_together(out->info, part, first + done);
        const size_t n = left < most ? left : most;
        MUTAU_CHECK(mutau_chain_read_at(
            out->fd, rows + done * columns, n * columns * sizeof(double),
            mutau_chain_row_place(out->info, out->places, part, first + done), out->path, err));
        done += n;
    }
    return MUTAU_OK;
}

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

mutau_status mutau_chain_put_state(const mutau_chain_output *out, const unsigned char slot[],
                                   size_t i_slot, const mutau_chain_record *record,
                                   mutau_error *err)
{
    const mutau_chain_places *places = out->places;
    const size_t size = mutau_chain_slot_size(out->info);
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(slot);
    MUTAU_CHECK(put_new(out, places->checks, record->checks, sizeof record->checks[0],
                        record->first_check, head.n_check, err));
    MUTAU_CHECK(put_new(out, places->failed, record->failures, mutau_chain_failure_size(out->info),
                        record->first_failure, head.n_failure, err));
    /* Not with the other numbers: a state must not survive a power cut without its lists. */
    MUTAU_CHECK(put_number(out, places->n_failure, head.n_failure, err));
    MUTAU_CHECK(put_number(out, places->n_check, head.n_check, err));
    return put(out, places->state + i_slot * size, slot, size, err);
}

mutau_status mutau_chain_put_visible(const mutau_chain_output *out, const unsigned char slot[],
                                     const mutau_chain_record *record, double accepted[],
                                     mutau_error *err)
{
    const mutau_chain_places *places = out->places;
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(slot);
    const size_t n_group = mutau_chain_groups(out->info);
    mutau_chain_state state;
    mutau_chain_slot_unpack(out->info, slot, &state);
    MUTAU_CHECK(put_accepted(out, &state, head.rows, accepted, err));
    MUTAU_CHECK(put_rng(out, &state.rng, err));
    MUTAU_CHECK(put_swaps(out, &state, err));
    MUTAU_CHECK(put_run(out, &head, err));
    if (mutau_chain_tempered(out->info)) /* before those that go by the groups look at it */
        MUTAU_CHECK(put_number(out, places->iteration, head.rows, err));
    for (size_t g = 0; g < n_group; g++)
        MUTAU_CHECK(put_number(out, places->groups[g].iteration, head.rows, err));
    for (size_t g = 0; g < n_group; g++)
        MUTAU_CHECK(put_number(out, places->groups[g].burn_in, record->burn_in, err));
    if (!mutau_chain_tempered(out->info))
        return MUTAU_OK;
    MUTAU_CHECK(put_number(out, places->burn_in, record->burn_in, err));
    return put(out, places->evidence, &record->evidence, sizeof record->evidence, err);
}

mutau_status mutau_chain_put_last(const mutau_chain_output *out, uint64_t rows, bool converged,
                                  mutau_error *err)
{
    MUTAU_CHECK(put_number(out, out->places->n_sum, rows, err));
    return put_number(out, out->places->converged, converged, err);
}
