/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file rng.h
 * The one random number generator of a run: MT19937 (Matsumoto & Nishimura,
 * ACM TOMACS 8, 3 (1998)), whose state is also numpy's, so that emcee can go on
 * with a stored chain.  Seeding and the 53-bit reals are numpy's `RandomState`'s
 * too.  Not thread-safe: all numbers are drawn serially.
 */
#ifndef MUTAU_RNG_H
#define MUTAU_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define MUTAU_RNG_WORDS 624

typedef struct mutau_rng mutau_rng;

/** The state as numpy writes it: ("MT19937", key[624], pos, 0, 0.0). */
typedef struct mutau_rng_state {
    uint32_t key[MUTAU_RNG_WORDS];
    int64_t pos; /**< 0 ... 624 */
} mutau_rng_state;

/** A generator seeded with `seed` (1 ... 4294967295); NULL if no memory is left.
 * Freed with mutau_rng_free. */
mutau_rng *mutau_rng_alloc(uint32_t seed);
void mutau_rng_free(mutau_rng *rng);

/** A 32-bit word, uniform. */
uint32_t mutau_rng_word(mutau_rng *rng);

/** Uniform on [0, 1) with 53 random bits (two words). */
double mutau_rng_uniform(mutau_rng *rng);

/** Uniform on 0 ... n-1, without bias, for 1 <= n <= 2^32 (rejection: a varying
 * number of words). */
size_t mutau_rng_index(mutau_rng *rng, size_t n);

/** Standard normal, by inversion of one uniform: two words each, no hidden state. */
double mutau_rng_normal(mutau_rng *rng);

/** Copies the state out, or back in; setting refuses (MUTAU_EDOM) a position
 * outside 0 ... 624 or an all-zero key, from which MT19937 cannot leave. */
void mutau_rng_save(const mutau_rng *rng, mutau_rng_state *state);
mutau_status mutau_rng_restore(mutau_rng *rng, const mutau_rng_state *state,
                               mutau_error *err) MUTAU_MUST_CHECK;

#endif
