/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generator against numpy 1.24.2: r = numpy.random.RandomState(20261), then
 * r.randint(0, 2**32, 5, dtype=uint32), r.random_sample(5) and, after 700
 * random_sample draws, r.get_state(); and, word by word, against GSL's own MT19937. */
#include "check.h"
#include "base/rng.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <string.h>

static const uint32_t SEED = 20261;

static void words_are_numpys(void **state)
{
    (void)state;
    static const uint32_t want[] = {1076562385u, 551559529u, 2433960014u, 3412563911u, 242332936u};
    mutau_rng *rng = mutau_rng_alloc(SEED);
    assert_non_null(rng);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(mutau_rng_word(rng), want[i]);
    mutau_rng_free(rng);
}

/* GSL takes the seed 0 for another, 4357. */
static void words_are_gsls(void **state)
{
    (void)state;
    enum { N_WORD = 2000003 };
    static const uint32_t seeds[] = {1, 42, 4357, SEED, 2147483648u, 4294967295u};
    gsl_rng *want = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(want);
    for (size_t k = 0; k < sizeof seeds / sizeof seeds[0]; k++) {
        mutau_rng *rng = mutau_rng_alloc(seeds[k]);
        assert_non_null(rng);
        gsl_rng_set(want, seeds[k]);
        size_t n_same = 0;
        while (n_same < N_WORD && mutau_rng_word(rng) == gsl_rng_get(want))
            n_same++;
        assert_int_equal(n_same, N_WORD);
        mutau_rng_free(rng);
    }
    gsl_rng_free(want);
}

/* std::mt19937, seeded with 5489: ISO/IEC 14882:2011, 26.5.5 [rand.predef]. */
static void the_ten_thousandth_word_is_the_standards(void **state)
{
    (void)state;
    mutau_rng *rng = mutau_rng_alloc(5489);
    assert_non_null(rng);
    for (size_t i = 1; i < 10000; i++)
        (void)mutau_rng_word(rng);
    assert_int_equal(mutau_rng_word(rng), 4123659995u);
    mutau_rng_free(rng);
}

static void reals_are_numpys(void **state)
{
    (void)state;
    static const double want[] = {0.25065671003177725, 0.56670047934762724, 0.056422534495221832,
                                  0.68191285311831773, 0.60714002466825401};
    mutau_rng *rng = mutau_rng_alloc(SEED);
    for (size_t i = 0; i < 5; i++)
        CHECK_ABS(mutau_rng_uniform(rng), want[i], 0.0);
    mutau_rng_free(rng);
}

static void state_is_numpys_and_restores(void **state)
{
    (void)state;
    static const double want[] = {0.39974605266951446, 0.25419195318887788, 0.38837833778333386};
    mutau_error err = {0};
    mutau_rng *rng = mutau_rng_alloc(SEED);
    for (size_t i = 0; i < 700; i++)
        (void)mutau_rng_uniform(rng);
    mutau_rng_state saved;
    mutau_rng_save(rng, &saved);
    assert_int_equal(saved.pos, 152);
    assert_int_equal(saved.key[0], 4039145751u);
    assert_int_equal(saved.key[3], 621547595u);
    mutau_rng *other = mutau_rng_alloc(1);
    CHECK_OK(mutau_rng_restore(other, &saved, &err), err);
    for (size_t i = 0; i < 3; i++)
        CHECK_ABS(mutau_rng_uniform(other), want[i], 0.0);
    mutau_rng_free(rng);
    mutau_rng_free(other);
}

/* Wherever in a block it is taken, before its first word and behind its last, too. */
static void a_state_goes_on_from_any_place(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_rng *rng = mutau_rng_alloc(SEED), *other = mutau_rng_alloc(1);
    assert_non_null(rng);
    assert_non_null(other);
    for (size_t at = 0; at < 2 * MUTAU_RNG_WORDS + 2; at++) {
        mutau_rng_state saved, again;
        mutau_rng_save(rng, &saved);
        assert_true(saved.pos >= (at == 0 ? MUTAU_RNG_WORDS : 1) && saved.pos <= MUTAU_RNG_WORDS);
        CHECK_OK(mutau_rng_restore(other, &saved, &err), err);
        mutau_rng_save(other, &again);
        assert_memory_equal(&saved, &again, sizeof saved);
        assert_int_equal(mutau_rng_word(rng), mutau_rng_word(other));
        for (size_t i = 0; i < MUTAU_RNG_WORDS; i++)
            (void)mutau_rng_word(other);
        mutau_rng_save(rng, &saved);
        assert_int_equal(saved.pos, at % MUTAU_RNG_WORDS + 1);
    }
    mutau_rng_free(rng);
    mutau_rng_free(other);
}

static void impossible_states_are_refused(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_rng *rng = mutau_rng_alloc(1);
    mutau_rng_state bad;
    memset(&bad, 0, sizeof bad);
    CHECK_STATUS(mutau_rng_restore(rng, &bad, &err), MUTAU_EDOM, err);
    bad.key[5] = 1;
    bad.pos = MUTAU_RNG_WORDS + 1;
    CHECK_STATUS(mutau_rng_restore(rng, &bad, &err), MUTAU_EDOM, err);
    mutau_rng_free(rng);
}

/* 60000 draws each: |mean| < 4 sd of the mean, a false alarm in 16000. */
static void normals_and_indices_have_their_moments(void **state)
{
    (void)state;
    enum { N = 60000, SIDES = 7 };
    mutau_rng *rng = mutau_rng_alloc(SEED);
    double sum = 0.0, sum2 = 0.0;
    for (size_t i = 0; i < N; i++) {
        const double x = mutau_rng_normal(rng);
        sum += x;
        sum2 += x * x;
    }
    CHECK_ABS(sum / N, 0.0, 4.0 / sqrt(N));
    CHECK_ABS(sum2 / N, 1.0, 4.0 * sqrt(2.0 / N));
    size_t count[SIDES] = {0};
    for (size_t i = 0; i < N; i++)
        count[mutau_rng_index(rng, SIDES)]++;
    for (size_t i = 0; i < SIDES; i++)
        CHECK_ABS((double)count[i], N / 7.0, 4.5 * sqrt(N * 6.0 / 49.0));
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_numpys),
        cmocka_unit_test(words_are_gsls),
        cmocka_unit_test(the_ten_thousandth_word_is_the_standards),
        cmocka_unit_test(reals_are_numpys),
        cmocka_unit_test(state_is_numpys_and_restores),
        cmocka_unit_test(a_state_goes_on_from_any_place),
        cmocka_unit_test(impossible_states_are_refused),
        cmocka_unit_test(normals_and_indices_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
