/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MT19937 and what is drawn from it; documented in base/rng.h. */
#include "base/rng.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>

#include "base/mem.h"

/* The twisted recurrence of Matsumoto & Nishimura, their N, M, A and masks. */
enum { N = MUTAU_RNG_WORDS, M = 397 };
static const uint32_t A = 0x9908b0dfu, UPPER = 0x80000000u, LOWER = 0x7fffffffu;

/* The state is the one that is saved: N words, of which `pos` have been handed out. */
struct mutau_rng {
    mutau_rng_state state;
};

/* Seeded as they do it since 2002. */
mutau_rng *mutau_rng_alloc(uint32_t seed)
{
    mutau_rng *rng = mutau_calloc(1, sizeof *rng);
    if (rng == NULL)
        return NULL;
    uint32_t *const key = rng->state.key;
    key[0] = seed;
    for (uint32_t i = 1; i < N; i++)
        key[i] = 1812433253u * (key[i - 1] ^ (key[i - 1] >> 30)) + i;
    rng->state.pos = N;
    return rng;
}

void mutau_rng_free(mutau_rng *rng)
{
    free(rng);
}

static uint32_t twist(uint32_t here, uint32_t next, uint32_t far)
{
    const uint32_t y = (here & UPPER) | (next & LOWER);
    return far ^ (y >> 1) ^ ((y & 1) != 0 ? A : 0);
}

/* The next N words of the recurrence in place of the last. */
static void refill(uint32_t key[N])
{
    size_t i = 0;
    for (; i < N - M; i++)
        key[i] = twist(key[i], key[i + 1], key[i + M]);
    for (; i < N - 1; i++)
        key[i] = twist(key[i], key[i + 1], key[i + M - N]);
    key[N - 1] = twist(key[N - 1], key[0], key[M - 1]);
}

uint32_t mutau_rng_word(mutau_rng *rng)
{
    mutau_rng_state *const s = &rng->state;
    if (s->pos == N) {
        refill(s->key);
        s->pos = 0;
    }
    uint32_t y = s->key[s->pos++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
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
    *state = rng->state;
}

mutau_status mutau_rng_restore(mutau_rng *rng, const mutau_rng_state *state, mutau_error *err)
{
    uint32_t any = 0;
    for (size_t i = 0; i < N; i++)
        any |= state->key[i];
    if (any == 0 || state->pos < 0 || state->pos > N)
        return mutau_error_set(err, MUTAU_EDOM,
                               "not a state of MT19937: position %lld, key %s zero",
                               (long long)state->pos, any == 0 ? "all" : "not all");
    rng->state = *state;
    return MUTAU_OK;
}
