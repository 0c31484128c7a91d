/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a commit writes besides rows: one plain write for each thing. */
#include "chain_writer.h"

size_t mutau_chain_row_size(const mutau_chain_info *info, mutau_chain_field field)
{
    return info->n_walker * mutau_chain_width(info, field) * sizeof(double);
}

uint64_t mutau_chain_row_place(const mutau_chain_info *info, const mutau_chain_places *places,
                               size_t i_ensemble, mutau_chain_field field, size_t row)
{
    const mutau_chain_group_place *group = &places->groups[i_ensemble];
    const uint64_t first = field == MUTAU_CHAIN_POSITION   ? group->chain
                           : field == MUTAU_CHAIN_LOG_PROB ? group->log_prob
                                                           : group->blob;
    return first + (uint64_t)row * mutau_chain_row_size(info, field);
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
    const size_t n_walker = out->info->n_walker;
    const double scale =
        rows == state->steps || state->steps == 0 ? 1.0 : (double)rows / (double)state->steps;
    for (size_t e = 0; e < out->info->n_ensemble; e++) {
        for (size_t w = 0; w < n_walker; w++)
            accepted[w] = scale * (double)state->accepted[e * n_walker + w];
        MUTAU_CHECK(put(out, out->places->groups[e].accepted, accepted,
                        n_walker * sizeof accepted[0], err));
    }
    return MUTAU_OK;
}

static mutau_status put_rng(const mutau_chain_output *out, const mutau_rng_state *rng,
                            mutau_error *err)
{
    for (size_t e = 0; e < out->info->n_ensemble; e++) {
        const mutau_chain_group_place *place = &out->places->groups[e];
        MUTAU_CHECK(put(out, place->rng_key, rng->key, sizeof rng->key, err));
        MUTAU_CHECK(put(out, place->rng_pos, &rng->pos, sizeof rng->pos, err));
    }
    return MUTAU_OK;
}

static mutau_status put_run(const mutau_chain_output *out, const mutau_chain_state *state,
                            uint64_t n_check, mutau_error *err)
{
    const mutau_chain_places *places = out->places;
    MUTAU_CHECK(put_number(out, places->steps, state->steps, err));
    MUTAU_CHECK(put_number(out, places->evaluations, state->evaluations, err));
    MUTAU_CHECK(put_number(out, places->failures, state->failures, err));
    MUTAU_CHECK(put(out, places->seconds, &state->seconds, sizeof state->seconds, err));
    return put_number(out, places->n_check, n_check, err);
}

static mutau_status put_checks(const mutau_chain_output *out, const mutau_chain_check checks[],
                               size_t first, size_t n, mutau_error *err)
{
    if (n == first)
        return MUTAU_OK; /* `checks` may be NULL */
    return put(out, out->places->checks + first * sizeof checks[0], checks + first,
               (n - first) * sizeof checks[0], err);
}

mutau_status mutau_chain_put_state(const mutau_chain_output *out, const unsigned char slot[],
                                   size_t i_slot, const mutau_chain_check checks[],
                                   size_t first_check, double accepted[], mutau_error *err)
{
    const size_t size = mutau_chain_slot_size(out->info);
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(slot);
    mutau_chain_state state;
    mutau_chain_slot_unpack(out->info, slot, &state);
    MUTAU_CHECK(put_checks(out, checks, first_check, head.n_check, err));
    MUTAU_CHECK(put(out, out->places->state + i_slot * size, slot, size, err));
    MUTAU_CHECK(put_accepted(out, &state, head.rows, accepted, err));
    MUTAU_CHECK(put_rng(out, &state.rng, err));
    return put_run(out, &state, head.n_check, err);
}

mutau_status mutau_chain_put_iteration(const mutau_chain_output *out, uint64_t rows,
                                       uint64_t burn_in, bool converged, mutau_error *err)
{
    const size_t n_ensemble = out->info->n_ensemble;
    for (size_t e = 0; e < n_ensemble; e++)
        MUTAU_CHECK(put_number(out, out->places->groups[e].iteration, rows, err));
    for (size_t e = 0; e < n_ensemble; e++)
        MUTAU_CHECK(put_number(out, out->places->groups[e].burn_in, burn_in, err));
    return put_number(out, out->places->converged, converged, err);
}
