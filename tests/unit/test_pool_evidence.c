/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of stored chains against one that is known in closed form. */
#include "check.h"
#include "fail_alloc.h"
#include "sampler/builtin_target.h"
#include "sampler/ensemble.h"
#include "analysis/pool_evidence.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_ENSEMBLE = 2, N_RUNG = 4, N_WALKER = 8, DIM = 2, N_ADAPT = 50 };
enum { MOST_RUNGS = 6, N_SLOT = N_ENSEMBLE * MOST_RUNGS * N_WALKER };

static const char *const NAMES[DIM] = {"a", "b"}, *const TEXTS[DIM] = {"", ""};

static mutau_builtin_target *make_target(double *ln_z)
{
    const mutau_builtin_target_type *type = mutau_builtin_target_find("mixture");
    const mutau_builtin_mixture_settings settings = {
        .dim = DIM, .modes = 2, .weight = 0.3, .separation = 1.0, .sd = 0.3, .half_width = 10.0};
    mutau_builtin_target *target = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_builtin_target_alloc(type, &settings, &target, &err), err);
    *ln_z = mutau_builtin_target_truth(target).ln_z;
    return target;
}

static void store(mutau_chain *chain, const mutau_ensemble *e, size_t n_rung)
{
    double log_like[N_SLOT], log_prob[N_SLOT];
    mutau_chain_step steps[N_ENSEMBLE];
    mutau_error err = {0};
    for (size_t i = 0; i < N_ENSEMBLE; i++) {
        for (size_t k = 0; k < n_rung; k++)
            memcpy(log_like + (i * n_rung + k) * N_WALKER, mutau_ensemble_rung(e, i, k).ln_like,
                   N_WALKER * sizeof *log_like);
        const mutau_ensemble_view v = mutau_ensemble_state(e, i);
        for (size_t w = 0; w < N_WALKER; w++)
            log_prob[i * N_WALKER + w] = v.ln_prior[w] + v.ln_like[w];
        steps[i] = (mutau_chain_step){v.position, log_prob + i * N_WALKER, NULL};
    }
    const mutau_chain_tempering tempering = {mutau_ensemble_beta(e), log_like};
    CHECK_OK(mutau_chain_append(chain, steps, n_rung > 1 ? &tempering : NULL, NULL, &err), err);
}

/* A committed state is needed, but not what it says. */
static void commit(mutau_chain *chain, const mutau_rng *rng, size_t n_row, bool tempered)
{
    static const double zeros[N_SLOT * DIM], beta[MOST_RUNGS] = {1.0, 0.5, 0.1};
    static const uint64_t accepted[N_SLOT];
    static const mutau_chain_swaps swaps[MOST_RUNGS - 1];
    mutau_chain_state s = {.steps = n_row,
                           .accepted = accepted,
                           .position = zeros,
                           .ln_prior = zeros,
                           .ln_like = zeros,
                           .beta = tempered ? beta : NULL,
                           .swaps = tempered ? swaps : NULL};
    mutau_error err = {0};
    mutau_rng_save(rng, &s.rng);
    CHECK_OK(mutau_chain_commit(chain, &s, &err), err);
}

/* A new chain of the name that `path`, a template of mkstemp, becomes. */
static mutau_chain *create(char path[], uint32_t seed, size_t n_rung)
{
    const mutau_chain_info info = {.n_ensemble = N_ENSEMBLE,
                                   .n_walker = N_WALKER,
                                   .dim = DIM,
                                   .names = NAMES,
                                   .units = TEXTS,
                                   .labels = TEXTS,
                                   .config = "",
                                   .config_hash = "",
                                   .data_hash = "",
                                   .version = "",
                                   .seed = seed,
                                   .thin = 1,
                                   .n_temperature = n_rung};
    mutau_chain *chain = NULL;
    mutau_error err = {0};
    assert_true(close(mkstemp(path)) == 0);
    CHECK_OK(mutau_chain_create(path, &info, true, &chain, &err), err);
    return chain;
}

/* The chain to read; its file has no name any more. */
static mutau_chain *reopen(mutau_chain *chain, const char *path)
{
    mutau_error err = {0};
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    assert_string_equal(mutau_chain_path(chain), path);
    (void)unlink(path);
    return chain;
}

static mutau_chain *make_chain(uint32_t seed, size_t n_row, size_t n_rung, double *ln_z)
{
    static const mutau_move_stretch_settings stretch = {.a = 2.0};
    const mutau_ensemble_settings settings = {
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .n_move = 1,
        .moves = {{&mutau_move_stretch, &stretch, 1.0}},
        .n_thread = 1,
        .n_temperature = n_rung,
        .ladder = {.adapt_steps = N_ADAPT, .lag = 20.0, .time = 5.0, .beta_min = 1e-2}};
    char path[] = "/tmp/mutau-evidence-XXXXXX";
    mutau_ensemble *e = NULL;
    mutau_error err = {0};
    mutau_builtin_target *target = make_target(ln_z);
    const mutau_target density = mutau_builtin_target_density(target);
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(rng);
    mutau_chain *chain = create(path, seed, settings.n_temperature);
    CHECK_OK(mutau_ensemble_alloc(&density, &settings, rng, &e, &err), err);
    CHECK_OK(mutau_ensemble_start(e, &err), err);
    for (size_t i = 0; i < n_row; i++) {
        CHECK_OK(mutau_ensemble_step(e, &err), err);
        store(chain, e, n_rung);
    }
    commit(chain, rng, n_row, n_rung > 1);
    mutau_ensemble_free(e);
    mutau_builtin_target_free(target);
    mutau_rng_free(rng);
    return reopen(chain, path);
}

static mutau_evidence evidence_of(size_t n_chain, mutau_chain *const chains[], size_t burn_in)
{
    const size_t burn_ins[] = {burn_in, burn_in};
    mutau_pool pool;
    mutau_evidence e;
    mutau_error err = {0};
    CHECK_OK(mutau_pool_init(&pool, n_chain, chains, burn_ins, &err), err);
    CHECK_OK(mutau_pool_evidence(&pool, &e, &err), err);
    return e;
}

/* 4.5 standard errors each: three numbers, a false alarm in 50 000. */
static void files_give_the_known_evidence(void **state)
{
    (void)state;
    double truth = 0.0;
    mutau_chain *chains[] = {make_chain(1, 1500, N_RUNG, &truth),
                             make_chain(2, 1500, N_RUNG, &truth)};
    const mutau_evidence one = evidence_of(1, chains, N_ADAPT);
    const mutau_evidence two = evidence_of(1, chains + 1, N_ADAPT);
    const mutau_evidence both = evidence_of(2, chains, N_ADAPT);
    CHECK_ABS(one.ln_z, truth, 4.5 * one.error);
    CHECK_ABS(both.ln_z, truth, 4.5 * both.error);
    assert_true(one.error < 0.2 && both.error < fmin(one.error, two.error));
    const double w1 = 1.0 / (one.error * one.error), w2 = 1.0 / (two.error * two.error);
    CHECK_REL(both.ln_z, (w1 * one.ln_z + w2 * two.ln_z) / (w1 + w2), 1e-12);
    CHECK_REL(both.scatter, hypot(one.scatter, two.scatter) / sqrt(2.0), 1e-12);
    CHECK_ABS(both.ti, truth, 4.5 * both.ti_mc_error + both.ti_discretisation);
    mutau_chain_close(chains[0]);
    mutau_chain_close(chains[1]);
}

enum { N_FLAT = 2000 };

/* ln L is the same everywhere on all rungs, so that ln Z is that and has no error. */
static mutau_chain *make_flat_chain(double ln_like)
{
    static const double zeros[N_SLOT * DIM], beta[N_RUNG] = {1.0, 0.5, 0.1, 0.0};
    double log_like[N_SLOT];
    char path[] = "/tmp/mutau-evidence-XXXXXX";
    mutau_error err = {0};
    mutau_rng *rng = mutau_rng_alloc(1);
    mutau_chain *chain = create(path, 1, N_RUNG);
    const mutau_chain_tempering tempering = {beta, log_like};
    const mutau_chain_step steps[N_ENSEMBLE] = {{zeros, zeros, NULL}, {zeros, zeros, NULL}};
    for (size_t i = 0; i < N_SLOT; i++)
        log_like[i] = ln_like;
    for (int i = 0; i < N_FLAT; i++)
        CHECK_OK(mutau_chain_append(chain, steps, &tempering, NULL, &err), err);
    commit(chain, rng, N_FLAT, true);
    mutau_rng_free(rng);
    return reopen(chain, path);
}

static void a_file_without_an_error_counts_alone(void **state)
{
    (void)state;
    double truth = 0.0;
    mutau_chain *flat = make_flat_chain(-2.5), *other = make_flat_chain(-3.5);
    mutau_chain *sampled = make_chain(1, N_ADAPT + N_FLAT, N_RUNG, &truth);
    const mutau_evidence one = evidence_of(1, &flat, 0);
    CHECK_ABS(one.ln_z, -2.5, 1e-12);
    CHECK_ABS(one.error, 0.0, 0.0);
    mutau_chain *alike[] = {flat, flat}, *unlike[] = {flat, other}, *mixed[] = {sampled, flat};
    const mutau_evidence same = evidence_of(2, alike, 0), mean = evidence_of(2, unlike, 0);
    CHECK_ABS(same.ln_z, -2.5, 1e-12);
    CHECK_ABS(same.error, 0.0, 0.0);
    CHECK_ABS(same.ti, -2.5, 1e-12);
    CHECK_ABS(mean.ln_z, -3.0, 1e-12);
    CHECK_ABS(mean.error, 0.0, 0.0);
    mutau_evidence both = evidence_of(2, mixed, 0);
    CHECK_ABS(both.ln_z, -2.5, 1e-12);
    CHECK_ABS(both.error, 0.0, 0.0);
    mutau_chain_close(flat);
    mutau_chain_close(other);
    mutau_chain_close(sampled);
}

static void check_known(mutau_evidence e, mutau_no_evidence why)
{
    assert_int_equal(e.why, why);
    assert_int_equal(isfinite(e.ln_z) != 0, why == MUTAU_EVIDENCE_KNOWN);
    assert_int_equal(isfinite(e.error) != 0, why == MUTAU_EVIDENCE_KNOWN);
}

/* A pilot may find more rungs with another seed. */
static void ladders_of_unequal_length_are_pooled(void **state)
{
    (void)state;
    enum { N_ROW = 2000 };
    double truth = 0.0;
    mutau_chain *chains[] = {make_chain(1, N_ROW, N_RUNG, &truth),
                             make_chain(2, N_ROW, MOST_RUNGS, &truth)};
    const mutau_evidence one = evidence_of(1, chains, N_ADAPT);
    const mutau_evidence two = evidence_of(1, chains + 1, N_ADAPT);
    const double w1 = 1.0 / (one.error * one.error), w2 = 1.0 / (two.error * two.error);
    for (size_t order = 0; order < 2; order++) {
        mutau_chain *both[] = {chains[order], chains[1 - order]};
        const mutau_evidence e = evidence_of(2, both, N_ADAPT);
        CHECK_REL(e.ln_z, (w1 * one.ln_z + w2 * two.ln_z) / (w1 + w2), 1e-12);
        CHECK_ABS(e.ln_z, truth, 4.5 * e.error);
    }
    mutau_chain_close(chains[0]);
    mutau_chain_close(chains[1]);
}

static void there_may_be_none(void **state)
{
    (void)state;
    double truth = 0.0;
    enum { N_ROW = 2050 };
    mutau_chain *tempered = make_chain(1, N_ROW, N_RUNG, &truth);
    mutau_chain *plain = make_chain(1, N_ROW, 1, &truth);
    mutau_chain *mixed[] = {tempered, plain};
    check_known(evidence_of(1, &tempered, N_ADAPT), MUTAU_EVIDENCE_KNOWN);
    check_known(evidence_of(1, &tempered, N_ADAPT - 20), MUTAU_EVIDENCE_ADAPTING);
    check_known(evidence_of(1, &tempered, N_ROW - 3), MUTAU_EVIDENCE_FEW_ROWS);
    check_known(evidence_of(1, &tempered, N_ROW - 10), MUTAU_EVIDENCE_APART);
    assert_true(evidence_of(1, &tempered, N_ROW - 10).overlap < MUTAU_EVIDENCE_MIN_DRAWS);
    check_known(evidence_of(1, &plain, 0), MUTAU_EVIDENCE_UNTEMPERED);
    check_known(evidence_of(2, mixed, N_ADAPT), MUTAU_EVIDENCE_LADDERS);
    mutau_chain_close(tempered);
    mutau_chain_close(plain);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    double truth = 0.0;
    mutau_chain *chain = make_chain(1, 60, N_RUNG, &truth);
    const size_t burn_in = N_ADAPT;
    const void *none = NULL;
    mutau_pool pool;
    mutau_evidence e;
    mutau_error err = {0};
    long n = 0;
    CHECK_OK(mutau_pool_init(&pool, 1, &chain, &burn_in, &err), err);
    CHECK_EACH_ALLOC(mutau_pool_evidence(&pool, &e, &err), none, n, err);
    assert_true(n > 2);
    mutau_chain_close(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_give_the_known_evidence),
        cmocka_unit_test(a_file_without_an_error_counts_alone),
        cmocka_unit_test(ladders_of_unequal_length_are_pooled),
        cmocka_unit_test(there_may_be_none),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
