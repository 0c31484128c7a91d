/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MT19937 through GSL; documented in mutau/rng.h. */
#include "mutau/rng.h"

#define HAVE_INLINE /* gsl_rng_get as a macro would be */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

#include "mutau/mem.h"

struct mutau_rng {
    gsl_rng *gsl;
};

/* The layout of GSL 2's mt19937 state (gsl rng/mt.c), which gsl_rng_state hands
 * out as bytes; mutau_rng_alloc checks its size, the tests its meaning. */
typedef struct mt_state {
    unsigned long mt[MUTAU_RNG_WORDS];
    int mti;
} mt_state;

mutau_rng *mutau_rng_alloc(uint32_t seed)
{
    mutau_rng *rng = mutau_calloc(1, sizeof *rng);
    if (rng == NULL)
        return NULL;
    rng->gsl = gsl_rng_alloc(gsl_rng_mt19937);
    if (rng->gsl == NULL || gsl_rng_size(rng->gsl) != sizeof(mt_state)) {
        mutau_rng_free(rng);
        return NULL;
    }
    gsl_rng_set(rng->gsl, seed);
    return rng;
}

void mutau_rng_free(mutau_rng *rng)
{
    if (rng == NULL)
        return;
    if (rng->gsl != NULL)
        gsl_rng_free(rng->gsl);
    free(rng);
}

uint32_t mutau_rng_word(mutau_rng *rng)
{
    return (uint32_t)gsl_rng_get(rng->gsl);
}

double mutau_rng_uniform(mutau_rng *rng)
{
    const uint32_t high = mutau_rng_word(rng) >> 5;
    const uint32_t low = mutau_rng_word(rng) >> 6;
    return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

size_t mutau_rng_index(mutau_rng *rng, size_t n)
{
    /* Words below 2^32 mod n are refused: what remains is a multiple of n.  Most words are
     * above n, and not worth the division. */
    const uint64_t range = (uint64_t)UINT32_MAX + 1;
    uint64_t word;
    do {
        word = mutau_rng_word(rng);
    } while (word < n && word < range % n);
    return (size_t)(word % n);
}

double mutau_rng_normal(mutau_rng *rng)
{
    /* The middle of one of 2^53 cells; counted from the nearer end, where it is exact,
     * so that neither 0 nor 1 is ever reached. */
    static const double half_cell = 0.5 / 9007199254740992.0;
    const double u = mutau_rng_uniform(rng);
    return u < 0.5 ? gsl_cdf_ugaussian_Pinv(u + half_cell)
                   : -gsl_cdf_ugaussian_Pinv((1.0 - u) - half_cell);
}

void mutau_rng_save(const mutau_rng *rng, mutau_rng_state *state)
{
    const mt_state *mt = gsl_rng_state(rng->gsl);
    for (size_t i = 0; i < MUTAU_RNG_WORDS; i++)
        state->key[i] = (uint32_t)mt->mt[i];
    state->pos = mt->mti;
}

mutau_status mutau_rng_restore(mutau_rng *rng, const mutau_rng_state *state, mutau_error *err)
{
    uint32_t any = 0;
    for (size_t i = 0; i < MUTAU_RNG_WORDS; i++)
        any |= state->key[i];
    if (any == 0 || state->pos < 0 || state->pos > MUTAU_RNG_WORDS)
        return mutau_error_set(err, MUTAU_EDOM,
                               "not a state of MT19937: position %lld, key %s zero",
                               (long long)state->pos, any == 0 ? "all" : "not all");
    mt_state *mt = gsl_rng_state(rng->gsl);
    for (size_t i = 0; i < MUTAU_RNG_WORDS; i++)
        mt->mt[i] = state->key[i];
    mt->mti = (int)state->pos;
    return MUTAU_OK;
}
