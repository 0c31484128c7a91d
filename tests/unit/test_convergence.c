/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Burn-in, pooling and the verdict, on chains that are tables in this file (the chain
 * store and the diagnostics are replaced at link time: what they compute is tested with
 * them; here it is which draws they get and what becomes of their answers). */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/convergence.h"
#include "analysis/pool.h"

#include <stdlib.h>
#include <string.h>

enum { N_ENSEMBLE = 2, N_WALKER = 3, DIM = 2, N_BLOB = 1, MAX_CALLS = 64 };
static const double nan_value = (double)NAN;
static const char *const names[DIM] = {"log10_g_prime", "A"};
static const char *const other_names[DIM] = {"log10_g_prime", "gamma"};
static const char *const blob_names[N_BLOB] = {"chi2"};

enum { SECOND = 2 }; /* seed of the chain that is called second.h5 */

struct mutau_chain {
    mutau_chain_info info;
    size_t n_row;
    double offset;
    bool broken;
};

static mutau_chain make_chain(size_t n_row, double offset)
{
    return (mutau_chain){.info = {.n_ensemble = N_ENSEMBLE,
                                  .n_walker = N_WALKER,
                                  .dim = DIM,
                                  .n_blob = N_BLOB,
                                  .names = names,
                                  .blob_names = blob_names,
                                  .data_hash = "d",
                                  .thin = 1},
                         .n_row = n_row,
                         .offset = offset};
}

/* What is stored: every value tells where it stands. */
static double stored(const mutau_chain *chain, double column, size_t row, size_t walker)
{
    return chain->offset + 1e4 * column + 10.0 * (double)row + (double)walker;
}

mutau_chain_info __wrap_mutau_chain_describe(const mutau_chain *chain);
const char *__wrap_mutau_chain_path(const mutau_chain *chain);
size_t __wrap_mutau_chain_rows(const mutau_chain *chain);
mutau_status __wrap_mutau_chain_read_parameter(mutau_chain *chain, size_t i_dim, size_t first,
                                               size_t n_row, double x[], mutau_error *err);
mutau_status __wrap_mutau_chain_read_blob(mutau_chain *chain, size_t i_blob, size_t first,
                                          size_t n_row, double x[], mutau_error *err);
mutau_status __wrap_mutau_chain_read_log_prob(mutau_chain *chain, size_t first, size_t n_row,
                                              double x[], mutau_error *err);
mutau_status __wrap_mutau_autocorr_time(size_t n_draw, size_t n_walker, const double x[],
                                        double *tau, mutau_error *err);
mutau_status __wrap_mutau_convergence_compute(size_t n_draw, size_t n_chain, const double x[],
                                              mutau_convergence *out, mutau_error *err);
mutau_status __wrap_mutau_convergence_judge(size_t n_draw, size_t n_chain, const double x[],
                                            double least_ess, mutau_convergence *out,
                                            mutau_error *err);
mutau_status __wrap_mutau_glance_at(size_t n_draw, size_t n_chain, const double x[],
                                    mutau_glance *out, mutau_error *err);

mutau_chain_info __wrap_mutau_chain_describe(const mutau_chain *chain)
{
    return chain->info;
}

const char *__wrap_mutau_chain_path(const mutau_chain *chain)
{
    return chain->info.seed == SECOND ? "second.h5" : "first.h5";
}

size_t __wrap_mutau_chain_rows(const mutau_chain *chain)
{
    return chain->n_row;
}

static mutau_status read_column(const mutau_chain *chain, double column, size_t first, size_t n_row,
                                double x[], mutau_error *err)
{
    if (chain->broken)
        return mutau_error_set(err, MUTAU_EIO, "broken");
    assert_true(first + n_row <= chain->n_row);
    for (size_t i = 0; i < n_row; i++)
        for (size_t j = 0; j < N_ENSEMBLE * N_WALKER; j++)
            *x++ = stored(chain, column, first + i, j);
    return MUTAU_OK;
}

mutau_status __wrap_mutau_chain_read_parameter(mutau_chain *chain, size_t i_dim, size_t first,
                                               size_t n_row, double x[], mutau_error *err)
{
    return read_column(chain, (double)i_dim, first, n_row, x, err);
}

mutau_status __wrap_mutau_chain_read_blob(mutau_chain *chain, size_t i_blob, size_t first,
                                          size_t n_row, double x[], mutau_error *err)
{
    return read_column(chain, 7.0 + (double)i_blob, first, n_row, x, err);
}

mutau_status __wrap_mutau_chain_read_log_prob(mutau_chain *chain, size_t first, size_t n_row,
                                              double x[], mutau_error *err)
{
    return read_column(chain, 9.0, first, n_row, x, err);
}

/* The answers of the diagnostics, in the order of the calls, and what they were asked. */
static struct {
    size_t n_tau, n_compute, n_glance;
    mutau_glance glance[MAX_CALLS];
    double tau[MAX_CALLS];
    mutau_convergence answer[MAX_CALLS];
    size_t n_draw[MAX_CALLS], n_chain[MAX_CALLS];
    double first[MAX_CALLS], last[MAX_CALLS]; /* of the draws given for tau */
} fake;

mutau_status __wrap_mutau_autocorr_time(size_t n_draw, size_t n_walker, const double x[],
                                        double *tau, mutau_error *err)
{
    (void)err;
    assert_true(fake.n_tau < MAX_CALLS);
    fake.n_draw[fake.n_tau] = n_draw;
    fake.first[fake.n_tau] = x[0];
    fake.last[fake.n_tau] = x[n_draw * n_walker - 1];
    *tau = fake.tau[fake.n_tau++];
    return MUTAU_OK;
}

mutau_status __wrap_mutau_convergence_compute(size_t n_draw, size_t n_chain, const double x[],
                                              mutau_convergence *out, mutau_error *err)
{
    (void)x;
    (void)err;
    assert_true(fake.n_compute < MAX_CALLS && n_draw >= 4);
    fake.n_chain[fake.n_compute] = n_chain;
    *out = fake.answer[fake.n_compute++];
    return MUTAU_OK;
}

mutau_status __wrap_mutau_convergence_judge(size_t n_draw, size_t n_chain, const double x[],
                                            double least_ess, mutau_convergence *out,
                                            mutau_error *err)
{
    (void)least_ess;
    return __wrap_mutau_convergence_compute(n_draw, n_chain, x, out, err);
}

mutau_status __wrap_mutau_glance_at(size_t n_draw, size_t n_chain, const double x[],
                                    mutau_glance *out, mutau_error *err)
{
    (void)x;
    (void)err;
    assert_true(fake.n_glance < MAX_CALLS && n_chain == N_ENSEMBLE * N_WALKER);
    fake.n_draw[fake.n_glance] = n_draw;
    *out = fake.glance[fake.n_glance++];
    return MUTAU_OK;
}

static void answer_taus(double a, double b, double c, double d)
{
    memset(&fake, 0, sizeof fake);
    fake.tau[0] = a;
    fake.tau[1] = b;
    fake.tau[2] = c;
    fake.tau[3] = d;
}

static void burn_in_is_a_quarter_or_five_tau(void **state)
{
    (void)state;
    assert_int_equal(mutau_burn_in_auto(400, 1, 0, 19.9), 100);   /* 5 x 19.9 = 99.5 */
    assert_int_equal(mutau_burn_in_auto(400, 1, 0, 20.1), 101);   /* 100.5 */
    assert_int_equal(mutau_burn_in_auto(400, 10, 0, 201.0), 101); /* tau is in steps */
    assert_int_equal(mutau_burn_in_auto(401, 1, 0, 1.0), 101);    /* a quarter, rounded up */
    assert_int_equal(mutau_burn_in_auto(400, 1, 0, nan_value), 100);
    assert_int_equal(mutau_burn_in_auto(400, 1, 150, 19.9), 150); /* what adapts is left out */
    assert_int_equal(mutau_burn_in_auto(400, 1, 150, 31.0), 155);
    assert_int_equal(mutau_burn_in_auto(400, 1, 90, 1.0), 100);
    assert_int_equal(mutau_burn_in_auto(400, 1, 1000, 1.0), 396);
}

static void burn_in_leaves_four_rows(void **state)
{
    (void)state;
    assert_int_equal(mutau_burn_in_auto(400, 1, 0, 1e9), 396);
    assert_int_equal(mutau_burn_in_auto(400, 1, 0, (double)INFINITY), 396);
    assert_int_equal(mutau_burn_in_auto(6, 1, 0, 1.0), 2);
    assert_int_equal(mutau_burn_in_auto(5, 1, 0, 1.0), 1);
    assert_int_equal(mutau_burn_in_auto(4, 1, 0, 1.0), 0);
    assert_int_equal(mutau_burn_in_auto(0, 1, 0, 1.0), 0);
}

static void a_verdict_finds_its_burn_in(void **state)
{
    (void)state;
    mutau_chain chain = make_chain(400, 0.0);
    mutau_verdict verdict;
    size_t burn_in = 0;
    mutau_error err = {0};
    answer_taus(3.0, 19.9, 4.0, 7.0);
    CHECK_OK(mutau_verdict_auto(&chain, 0, NULL, &burn_in, &verdict, &err), err);
    assert_int_equal(burn_in, 100);
    assert_int_equal(fake.n_tau, DIM * N_ENSEMBLE); /* judged once */
    assert_int_equal(fake.n_draw[0], 300);          /* tau is that of the rows after the quarter */
    CHECK_ABS(fake.first[1], 1000.0 + N_WALKER, 0.0);
    CHECK_ABS(fake.last[3], 1e4 + 3990.0 + 2 * N_WALKER - 1, 0.0);
    answer_taus(3.0, 30.0, 4.0, 7.0);
    CHECK_OK(mutau_verdict_auto(&chain, 0, NULL, &burn_in, &verdict, &err), err);
    assert_int_equal(burn_in, 150);
    assert_int_equal(fake.n_tau, 2 * DIM * N_ENSEMBLE); /* and again without the burn-in */
    assert_int_equal(fake.n_draw[4], 250);
    CHECK_ABS(verdict.kept_steps, 250.0, 0.0);
    chain = make_chain(7, 0.0);
    CHECK_STATUS(mutau_verdict_auto(&chain, 0, NULL, &burn_in, &verdict, &err), MUTAU_EDOM, err);
}

static void files_are_pooled_from_their_ends(void **state)
{
    (void)state;
    mutau_chain a = make_chain(10, 0.0), b = make_chain(7, 1e6);
    mutau_chain *const chains[] = {&a, &b};
    const size_t burn_in[] = {3, 2}; /* 7 and 5 rows: 5 of each, from 5 and from 2 */
    mutau_pool pool;
    mutau_error err = {0};
    CHECK_OK(mutau_pool_init(&pool, 2, chains, burn_in, &err), err);
    assert_int_equal(pool.n_row, 5);
    assert_int_equal(pool.n_ensemble, 4);
    assert_int_equal(pool.n_column, 12);
    double x[5 * 12];
    const mutau_pool_quantity quantity[] = {MUTAU_POOL_COORDINATE, MUTAU_POOL_BLOB,
                                            MUTAU_POOL_LOG_PROB};
    const size_t index[] = {1, 0, 0};
    const double column[] = {1.0, 7.0, 9.0};
    for (size_t q = 0; q < 3; q++) {
        CHECK_OK(mutau_pool_read(&pool, quantity[q], index[q], x, &err), err);
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < 12; j++) {
                const mutau_chain *chain = chains[j / 6];
                const size_t row = i + (j < 6 ? 5 : 2);
                CHECK_ABS(x[12 * i + j], stored(chain, column[q], row, j % 6), 0.0);
            }
    }
    answer_taus(1.0, 2.0, 5.0, 3.0);
    double tau;
    CHECK_OK(mutau_pool_autocorr_time(&pool, x, &tau, &err), err);
    CHECK_ABS(tau, 5.0, 0.0);
    assert_int_equal(fake.n_tau, 4);
    CHECK_ABS(fake.first[3], stored(&b, 9.0, 2, N_WALKER), 0.0);
    CHECK_ABS(fake.last[3], stored(&b, 9.0, 6, 2 * N_WALKER - 1), 0.0);
    answer_taus(1.0, nan_value, 5.0, 3.0);
    CHECK_OK(mutau_pool_autocorr_time(&pool, x, &tau, &err), err);
    assert_true(isnan(tau));
}

static void expect_refusal(const mutau_chain *other, size_t burn_in, const char *what)
{
    mutau_chain first = make_chain(10, 0.0), second = *other;
    second.info.seed = SECOND;
    mutau_chain *const chains[] = {&first, &second};
    const size_t burn[] = {0, burn_in};
    mutau_pool pool;
    mutau_error err = {0};
    CHECK_STATUS(mutau_pool_init(&pool, 2, chains, burn, &err), MUTAU_EDOM, err);
    if (strstr(err.text, what) == NULL || strstr(err.text, "second.h5") == NULL)
        fail_msg("'%s' does not say '%s' of second.h5", err.text, what);
    mutau_verdict verdict;
    CHECK_STATUS(mutau_verdict_compute(2, chains, burn, &verdict, &err), MUTAU_EDOM, err);
}

static void thinned_rows_are_evenly_spaced_to_the_last(void **state)
{
    (void)state;
    mutau_chain a = make_chain(23, 0.0), b = make_chain(20, 1e6);
    mutau_chain *const chains[] = {&a, &b};
    const size_t burn_in[] = {3, 3}; /* 17 of each: from 6 and from 3 */
    mutau_pool pool;
    mutau_error err = {0};
    CHECK_OK(mutau_pool_init(&pool, 2, chains, burn_in, &err), err);
    mutau_pool_thin(&pool, 17);
    assert_int_equal(pool.stride, 1);
    const uint64_t thin = pool.thin;
    mutau_pool_thin(&pool, 5); /* every fourth: the last four of them */
    assert_int_equal(pool.n_row, 4);
    assert_int_equal(pool.stride, 4);
    assert_int_equal(pool.thin, 4 * thin);
    double x[4 * 12];
    CHECK_OK(mutau_pool_read(&pool, MUTAU_POOL_COORDINATE, 1, x, &err), err);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 12; j++) {
            const size_t row = 4 * i + (j < 6 ? 10 : 7); /* ends at 22 and 19 */
            CHECK_ABS(x[12 * i + j], stored(chains[j / 6], 1.0, row, j % 6), 0.0);
        }
}

static void a_screen_costs_the_same_for_every_chain(void **state)
{
    (void)state;
    mutau_chain chain = make_chain(9000, 0.0);
    mutau_screen seen;
    mutau_error err = {0};
    memset(&fake, 0, sizeof fake);
    fake.glance[0] = (mutau_glance){.rhat = 1.2, .ess = 70.0, .tau = 3.0, .mixes = true};
    fake.glance[1] = (mutau_glance){.rhat = 1.1, .ess = 60.0, .tau = 4.0, .mixes = true};
    CHECK_OK(mutau_verdict_screen(&chain, 3000, 1.0, &seen, &err), err);
    assert_int_equal(fake.n_glance, 2);
    assert_int_equal(fake.n_draw[0], 200); /* that are 30 apart */
    assert_int_equal(seen.n_chain, N_ENSEMBLE * N_WALKER);
    CHECK_ABS(seen.kept_steps, 6000.0, 0.0);
    CHECK_ABS(seen.rhat, 1.2, 0.0);
    CHECK_ABS(seen.ess, 60.0, 0.0);
    CHECK_ABS(seen.tau, 4.0 * 30.0, 0.0);
    assert_int_equal(seen.worst, 1);
    assert_true(seen.mixes && seen.resolved);
    fake.n_glance = 0;
    fake.glance[0].mixes = false;
    fake.glance[1].tau = fake.glance[0].tau = 1.0;
    CHECK_OK(mutau_verdict_screen(&chain, 3000, 2000.0, &seen, &err), err);
    assert_int_equal(fake.n_draw[0], 2000); /* 6 x 2000 draws of 6 walkers */
    assert_false(seen.mixes || seen.resolved);
}

/* Of 100 walkers: 4000 are 2857 as they may be seen. */
static void a_screen_lets_pass_what_may_hold(void **state)
{
    (void)state;
    const mutau_screen good = {.n_chain = 100,
                               .rhat = 1.012,
                               .ess = 2900.0,
                               .tau = 20.0,
                               .kept_steps = 1000.0,
                               .resolved = true,
                               .mixes = true};
    mutau_screen s = good;
    assert_true(mutau_screen_may_meet(&s, &(mutau_criteria){.ess_bulk = 4000.0}));
    assert_false(mutau_screen_may_meet(&s, &(mutau_criteria){.ess_bulk = 4100.0}));
    assert_true(mutau_screen_may_meet(&s, &(mutau_criteria){.rhat = 1.01}));
    assert_false(mutau_screen_may_meet(&s, &(mutau_criteria){.rhat = 1.009}));
    assert_true(mutau_screen_may_meet(&s, &(mutau_criteria){.tau_multiple = 99.0}));
    assert_false(mutau_screen_may_meet(&s, &(mutau_criteria){.tau_multiple = 101.0}));
    assert_true(mutau_screen_may_meet(&s, &(mutau_criteria){.interval_error = 0.04}));
    assert_false(mutau_screen_may_meet(&s, &(mutau_criteria){.interval_error = 0.02}));
    s.resolved = false; /* tau is that of the rows that were looked at, if not less */
    assert_true(mutau_screen_may_meet(&s, &(mutau_criteria){.tau_multiple = 101.0}));
    s.mixes = false;
    assert_false(mutau_screen_may_meet(&s, &(mutau_criteria){.ess_bulk = 1.0}));
    s = good;
    s.tau = 201.0; /* less than five of them */
    assert_false(mutau_screen_may_meet(&s, &(mutau_criteria){.ess_bulk = 1.0}));
    s.tau = s.ess = s.rhat = nan_value;
    assert_false(mutau_screen_may_meet(&s, &(mutau_criteria){.ess_bulk = 1.0}));
    CHECK_REL(mutau_screen_shortfall(&good, &(mutau_criteria){.ess_bulk = 5800.0}), 2.0, 1e-12);
    CHECK_REL(mutau_screen_shortfall(&good, &(mutau_criteria){.tau_multiple = 100.0}), 2.0, 1e-12);
}

static void files_that_differ_are_refused(void **state)
{
    (void)state;
    mutau_chain other = make_chain(10, 0.0);
    expect_refusal(&other, 11, "burn-in of 11 rows");
    other.info.dim = 1;
    expect_refusal(&other, 0, "parameters");
    other = make_chain(10, 0.0);
    other.info.names = other_names;
    expect_refusal(&other, 0, "parameters");
    other = make_chain(10, 0.0);
    other.info.n_blob = 0;
    expect_refusal(&other, 0, "derived");
    other = make_chain(10, 0.0);
    other.info.n_walker = 4;
    expect_refusal(&other, 0, "walkers");
    other = make_chain(10, 0.0);
    other.info.n_ensemble = 4;
    expect_refusal(&other, 0, "ensembles");
    other = make_chain(10, 0.0);
    other.info.thin = 2;
    expect_refusal(&other, 0, "thinning");
    other = make_chain(10, 0.0);
    other.info.data_hash = "e";
    expect_refusal(&other, 0, "data");
}

static void too_many_or_no_files_are_refused(void **state)
{
    (void)state;
    mutau_chain chain = make_chain(10, 0.0);
    mutau_chain *chains[MUTAU_POOL_MAX_CHAINS + 1];
    size_t burn_in[MUTAU_POOL_MAX_CHAINS + 1] = {0};
    for (size_t i = 0; i <= MUTAU_POOL_MAX_CHAINS; i++)
        chains[i] = &chain;
    mutau_pool pool;
    mutau_error err = {0};
    CHECK_STATUS(mutau_pool_init(&pool, 0, chains, burn_in, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_pool_init(&pool, MUTAU_POOL_MAX_CHAINS + 1, chains, burn_in, &err),
                 MUTAU_EDOM, err);
}

/* A verdict on one chain of 10 rows, the first 4 of them burn-in. */
static mutau_verdict verdict_of(uint64_t thin)
{
    mutau_chain chain = make_chain(10, 0.0);
    chain.info.thin = thin;
    mutau_chain *const chains[] = {&chain};
    const size_t burn_in = 4;
    mutau_verdict verdict;
    mutau_error err = {0};
    CHECK_OK(mutau_verdict_compute(1, chains, &burn_in, &verdict, &err), err);
    return verdict;
}

static void the_worst_coordinate_counts(void **state)
{
    (void)state;
    answer_taus(1.0, 2.0, 5.0, 3.0);
    fake.answer[0] = (mutau_convergence){.rhat = 1.2, .ess_bulk = 300, .ess_tail = 90};
    fake.answer[1] = (mutau_convergence){.rhat = 1.1, .ess_bulk = 200, .ess_tail = 95};
    const mutau_verdict v = verdict_of(3);
    assert_int_equal(v.dim, DIM);
    assert_int_equal(fake.n_chain[0], N_ENSEMBLE * N_WALKER);
    CHECK_ABS(v.tau[0], 6.0, 0.0); /* 2 rows of 3 steps */
    CHECK_ABS(v.tau[1], 15.0, 0.0);
    CHECK_ABS(v.kept_steps, 18.0, 0.0);
    CHECK_ABS(v.worst_rhat, 1.2, 0.0);
    CHECK_ABS(v.worst_ess_bulk, 200.0, 0.0);
    CHECK_ABS(v.worst_ess_tail, 90.0, 0.0);
    CHECK_ABS(v.worst_tau, 15.0, 0.0);
    CHECK_ABS(v.coordinate[1].rhat, 1.1, 0.0);
}

static void not_a_number_is_the_worst(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < 2; bad++) {
        answer_taus(1.0, 2.0, 5.0, 3.0);
        fake.tau[2 * bad] = nan_value;
        fake.answer[0] = (mutau_convergence){.rhat = 1.0, .ess_bulk = 1.0, .ess_tail = 1.0};
        fake.answer[1] = fake.answer[0];
        fake.answer[bad] =
            (mutau_convergence){.rhat = nan_value, .ess_bulk = nan_value, .ess_tail = nan_value};
        const mutau_verdict v = verdict_of(1);
        assert_true(isnan(v.worst_rhat) && isnan(v.worst_ess_bulk) && isnan(v.worst_ess_tail) &&
                    isnan(v.worst_tau));
    }
}

static void criteria_are_met_at_their_limits(void **state)
{
    (void)state;
    const mutau_verdict v = {.worst_rhat = 1.01,
                             .worst_ess_bulk = 400.0,
                             .worst_ess_tail = 300.0,
                             .interval_error = 0.05,
                             .worst_tau = 20.0,
                             .kept_steps = 1000.0,
                             .evidence = {.error = 0.1}};
    assert_true(mutau_verdict_meets(&v, &(mutau_criteria){.evidence_error = 0.1}));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.evidence_error = 0.099}));
    assert_true(mutau_verdict_meets(&v, &(mutau_criteria){0}));
    assert_true(mutau_verdict_meets(
        &v, &(mutau_criteria){.rhat = 1.01, .tau_multiple = 50.0, .ess_bulk = 400.0}));
    assert_true(mutau_verdict_meets(&v, &(mutau_criteria){.rhat = 1.01}));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.rhat = 1.009}));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.tau_multiple = 50.1}));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.ess_bulk = 400.1}));
    assert_true(mutau_verdict_meets(&v, &(mutau_criteria){.ess_tail = 300.0}));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.ess_tail = 300.1}));
    assert_true(mutau_verdict_meets(&v, &(mutau_criteria){.interval_error = 0.05}));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.interval_error = 0.049}));
    assert_false(mutau_verdict_meets(
        &v, &(mutau_criteria){.rhat = 1.009, .tau_multiple = 50.0, .ess_bulk = 400.0}));
    const mutau_verdict nan = {.evidence = {.error = nan_value},
                               .worst_rhat = nan_value,
                               .worst_ess_bulk = nan_value,
                               .worst_ess_tail = nan_value,
                               .worst_tau = nan_value,
                               .kept_steps = 1000.0};
    assert_false(mutau_verdict_meets(&nan, &(mutau_criteria){.rhat = 1e9}));
    assert_false(mutau_verdict_meets(&nan, &(mutau_criteria){.tau_multiple = 1e-9}));
    assert_false(mutau_verdict_meets(&nan, &(mutau_criteria){.ess_bulk = 1e-9}));
    mutau_verdict unseen = v; /* nobody has looked, or nothing is known */
    unseen.interval_error = 0.0;
    assert_false(mutau_verdict_meets(&unseen, &(mutau_criteria){.interval_error = 10.0}));
    unseen.interval_error = unseen.worst_ess_tail = nan_value;
    assert_false(mutau_verdict_meets(&unseen, &(mutau_criteria){.interval_error = 10.0}));
    assert_false(mutau_verdict_meets(&unseen, &(mutau_criteria){.ess_tail = 1.0}));
    mutau_verdict few = v; /* as of four rows */
    few.worst_ess_bulk = nan_value;
    assert_false(mutau_verdict_meets(&few, &(mutau_criteria){.rhat = 1.01}));
    assert_false(mutau_verdict_meets(&few, &(mutau_criteria){.tau_multiple = 50.0}));
}

/* One coordinate of walkers that mix, then what speaks against them, one at a time. */
static void walkers_that_do_not_mix_are_told(void **state)
{
    (void)state;
    const mutau_agreement mix = {
        .rhat = 1.1, .most = 1.12, .tau = 10.0, .drift = -4.0, .most_drift = 4.5};
    mutau_verdict v = {.dim = 2,
                       .thin = 2.0,
                       .kept_steps = 400.0,
                       .tau = {8.0, 8.0},
                       .coordinate = {{.rhat = 1.1, .agreement = mix}, {.agreement = mix}}};
    mutau_agreement *a = &v.coordinate[1].agreement;
    mutau_verdict_find_worst(&v);
    CHECK_ABS(v.worst_walker_tau, 20.0, 0.0);
    CHECK_ABS(mutau_verdict_most_rhat(&v, 0), 1.1, 1e-12); /* 1 + 2 x 20 / 400 */
    a->rhat = 1.0999;
    v.coordinate[0].agreement.rhat = 1.0999;
    assert_true(mutau_verdict_mixes(&v));
    a->rhat = 1.1001;
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_DISAGREE);
    assert_int_equal(mutau_verdict_walkers(&v, 0), 0);
    assert_false(mutau_verdict_mixes(&v));
    a->rhat = 1.05;
    a->most = 1.04;
    CHECK_ABS(mutau_verdict_most_rhat(&v, 1), 1.04, 0.0);
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_DISAGREE);
    a->most = nan_value; /* nobody moves */
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_DISAGREE);
    *a = mix;
    a->rhat = 1.05;
    a->n_above = 1;
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_APART);
    a->n_above = 0;
    a->n_below = 2;
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_APART);
    a->n_below = 0;
    a->drift = 4.6;
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_DRIFT);
    a->drift = -4.6;
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_DRIFT);
    a->drift = nan_value;
    assert_int_equal(mutau_verdict_walkers(&v, 1), MUTAU_WALKERS_DRIFT);
    a->drift = 0.0;
    assert_true(mutau_verdict_mixes(&v));
    v.kept_steps = 199.0; /* not ten times 20 */
    assert_false(mutau_verdict_mixes(&v));
}

/* By hand from the four laws, one criterion at a time; the farthest of all of them counts. */
static void a_shortfall_is_that_of_the_farthest_criterion(void **state)
{
    (void)state;
    const mutau_verdict v = {.worst_rhat = 1.04,
                             .worst_ess_bulk = 200.0,
                             .worst_ess_tail = 100.0,
                             .interval_error = 0.2,
                             .worst_tau = 30.0,
                             .kept_steps = 1000.0,
                             .evidence = {.error = 0.3}};
    CHECK_REL(mutau_verdict_shortfall(&v, &(mutau_criteria){.rhat = 1.01}), 4.0, 1e-12);
    CHECK_REL(mutau_verdict_shortfall(&v, &(mutau_criteria){.tau_multiple = 50.0}), 1.5, 1e-12);
    CHECK_REL(mutau_verdict_shortfall(&v, &(mutau_criteria){.ess_bulk = 400.0}), 2.0, 1e-12);
    CHECK_REL(mutau_verdict_shortfall(&v, &(mutau_criteria){.ess_tail = 250.0}), 2.5, 1e-12);
    CHECK_REL(mutau_verdict_shortfall(&v, &(mutau_criteria){.interval_error = 0.05}), 16.0, 1e-12);
    CHECK_REL(mutau_verdict_shortfall(&v, &(mutau_criteria){.evidence_error = 0.1}), 9.0, 1e-12);
    CHECK_REL(mutau_verdict_shortfall(&v, &(mutau_criteria){.rhat = 1.01,
                                                            .tau_multiple = 50.0,
                                                            .ess_bulk = 400.0,
                                                            .evidence_error = 0.1}),
              9.0, 1e-12);
    CHECK_ABS(mutau_verdict_shortfall(&v, &(mutau_criteria){.rhat = 1.05,
                                                            .tau_multiple = 10.0,
                                                            .ess_bulk = 100.0,
                                                            .evidence_error = 0.5}),
              1.0, 0.0);
    CHECK_ABS(mutau_verdict_shortfall(&v, &(mutau_criteria){0}), 1.0, 0.0);
    mutau_verdict brief = v; /* whatever is asked for, ten tau */
    brief.kept_steps = 150.0;
    CHECK_REL(mutau_verdict_shortfall(&brief, &(mutau_criteria){0}), 2.0, 1e-12);
    brief.worst_walker_tau = 60.0;
    CHECK_REL(mutau_verdict_shortfall(&brief, &(mutau_criteria){0}), 4.0, 1e-12);
    mutau_verdict unknown = v;
    unknown.worst_tau = (double)NAN;
    assert_true(isnan(mutau_verdict_shortfall(&unknown, &(mutau_criteria){.rhat = 1.01})));
}

static void verdicts_are_refused_with_a_reason(void **state)
{
    (void)state;
    mutau_chain chain = make_chain(10, 0.0);
    mutau_chain *const chains[] = {&chain};
    size_t burn_in = 7;
    mutau_verdict verdict;
    mutau_error err = {0};
    CHECK_STATUS(mutau_verdict_compute(1, chains, &burn_in, &verdict, &err), MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "3 rows after burn-in"));
    burn_in = 0;
    const char *many[MUTAU_MAX_DIM + 1];
    for (size_t i = 0; i <= MUTAU_MAX_DIM; i++)
        many[i] = "x";
    chain.info.dim = MUTAU_MAX_DIM + 1;
    chain.info.names = many;
    CHECK_STATUS(mutau_verdict_compute(1, chains, &burn_in, &verdict, &err), MUTAU_EDOM, err);
    chain = make_chain(10, 0.0);
    chain.broken = true;
    CHECK_STATUS(mutau_verdict_compute(1, chains, &burn_in, &verdict, &err), MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "log10_g_prime: broken"));
    CHECK_STATUS(mutau_verdict_auto(&chain, 0, NULL, &burn_in, &verdict, &err), MUTAU_EIO, err);
    mutau_chain *const both[] = {&chain, &chain};
    const size_t none[] = {0, 0};
    mutau_pool pool;
    double x[10 * 2 * N_ENSEMBLE * N_WALKER];
    CHECK_OK(mutau_pool_init(&pool, 2, both, none, &err), err);
    CHECK_STATUS(mutau_pool_read(&pool, MUTAU_POOL_COORDINATE, 0, x, &err), MUTAU_EIO, err);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    mutau_chain chain = make_chain(10, 0.0);
    mutau_chain *const chains[] = {&chain, &chain};
    const size_t burn_in[] = {0, 0};
    const void *nothing = NULL;
    mutau_verdict verdict;
    long n_alloc = 0;
    mutau_error err = {0};
    memset(&fake, 0, sizeof fake);
    CHECK_EACH_ALLOC(mutau_verdict_compute(2, chains, burn_in, &verdict, &err), nothing, n_alloc,
                     err);
    assert_int_equal(n_alloc, 1 + 2 * DIM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burn_in_is_a_quarter_or_five_tau),
        cmocka_unit_test(burn_in_leaves_four_rows),
        cmocka_unit_test(a_verdict_finds_its_burn_in),
        cmocka_unit_test(files_are_pooled_from_their_ends),
        cmocka_unit_test(thinned_rows_are_evenly_spaced_to_the_last),
        cmocka_unit_test(a_screen_costs_the_same_for_every_chain),
        cmocka_unit_test(files_that_differ_are_refused),
        cmocka_unit_test(too_many_or_no_files_are_refused),
        cmocka_unit_test(the_worst_coordinate_counts),
        cmocka_unit_test(not_a_number_is_the_worst),
        cmocka_unit_test(a_screen_lets_pass_what_may_hold),
        cmocka_unit_test(criteria_are_met_at_their_limits),
        cmocka_unit_test(walkers_that_do_not_mix_are_told),
        cmocka_unit_test(a_shortfall_is_that_of_the_farthest_criterion),
        cmocka_unit_test(verdicts_are_refused_with_a_reason),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
