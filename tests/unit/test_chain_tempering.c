/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain store of a tempered run: ladder, likelihoods of all rungs, groups of the
 * hot ones, state, evidence; and the kept failures. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain_place.h"
#include "check.h"
#include "fail_alloc.h"
#include "store/chain.h"

enum { N_ENSEMBLE = 2, T = 3, N_WALKER = 4, DIM = 2, N_BLOB = 1 };
enum { N_COLD = N_ENSEMBLE * N_WALKER, N = N_COLD * T };

static const char *const names[] = {"a", "b"};
static const char *const blob_names[] = {"chi2"};

static mutau_chain_info description(bool store_rungs)
{
    return (mutau_chain_info){
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .dim = DIM,
        .n_blob = N_BLOB,
        .names = names,
        .blob_names = blob_names,
        .thin = 1,
        .n_temperature = T,
        .store_rungs = store_rungs,
    };
}

/* Numbers that say where they belong. */
static double x_of(size_t row, size_t i_slot, size_t column)
{
    return (double)row + (double)i_slot / 64.0 + (double)column / 4096.0;
}

static double beta_of(size_t row, size_t i_rung)
{
    if (i_rung == 0 || i_rung == T - 1)
        return i_rung == 0 ? 1.0 : 0.0;
    return 0.5 / (1.0 + (double)row / 1024.0);
}

/* One row of all rungs, [n_ensemble][T][n_walker], and the state after it. */
typedef struct buffers {
    double position[N][DIM], log_prob[N], blob[N][N_BLOB], ln_prior[N], ln_like[N], beta[T];
    uint64_t accepted[N];
    mutau_chain_swaps swaps[T - 1];
} buffers;

static void fill(buffers *b, size_t row)
{
    for (size_t r = 0; r < T; r++)
        b->beta[r] = beta_of(row, r);
    for (size_t r = 0; r < T - 1; r++)
        b->swaps[r] = (mutau_chain_swaps){10 * (row + 1) + r, row + r};
    for (size_t i = 0; i < N; i++) {
        for (size_t d = 0; d < DIM; d++)
            b->position[i][d] = x_of(row, i, d);
        b->blob[i][0] = 100.0 * x_of(row, i, 0);
        b->ln_prior[i] = -2.0;
        b->ln_like[i] = -x_of(row, i, 5);
        b->log_prob[i] = b->ln_prior[i] + b->beta[i / N_WALKER % T] * b->ln_like[i];
        b->accepted[i] = row + i;
    }
}

static mutau_status append(mutau_chain *chain, buffers *b, size_t row, mutau_error *err)
{
    mutau_chain_step steps[N_ENSEMBLE * T];
    const size_t n_rung = mutau_chain_describe(chain).store_rungs ? T : 1;
    fill(b, row);
    for (size_t g = 0; g < N_ENSEMBLE * n_rung; g++) {
        const size_t slot = (g / n_rung * T + g % n_rung) * N_WALKER;
        steps[g] = (mutau_chain_step){b->position[slot], &b->log_prob[slot], b->blob[slot]};
    }
    const mutau_chain_tempering tempering = {b->beta, b->ln_like};
    return mutau_chain_append(chain, steps, &tempering, NULL, err);
}

static mutau_chain_state state_of(const buffers *b, size_t rows)
{
    return (mutau_chain_state){
        .rng = {.key = {1}, .pos = 1},
        .steps = rows,
        .accepted = b->accepted,
        .position = b->position[0],
        .ln_prior = b->ln_prior,
        .ln_like = b->ln_like,
        .blob = b->blob[0],
        .beta = b->beta,
        .swaps = b->swaps,
    };
}

/* Appends rows [first, last) and commits them. */
static void write_rows(mutau_chain *chain, buffers *b, size_t first, size_t last)
{
    mutau_error err = {0};
    for (size_t row = first; row < last; row++)
        CHECK_OK(append(chain, b, row, &err), err);
    const mutau_chain_state state = state_of(b, last);
    CHECK_OK(mutau_chain_commit(chain, &state, &err), err);
}

static void check_values(mutau_chain *chain, size_t first, size_t n_row)
{
    mutau_error err = {0};
    double beta[T];
    double *x = calloc(n_row * N_COLD, sizeof *x);
    assert_non_null(x);
    for (size_t r = 0; r < T; r++) {
        CHECK_OK(mutau_chain_read_log_like(chain, r, first, n_row, x, &err), err);
        for (size_t i = 0; i < n_row * N_COLD; i++) {
            const size_t column = i % N_COLD, e = column / N_WALKER;
            const size_t slot = (e * T + r) * N_WALKER + column % N_WALKER;
            CHECK_ABS(x[i], -x_of(first + i / N_COLD, slot, 5), 0.0);
        }
    }
    CHECK_OK(mutau_chain_read_parameter(chain, 1, first, n_row, x, &err), err);
    for (size_t i = 0; i < n_row * N_COLD; i++) {
        const size_t column = i % N_COLD, e = column / N_WALKER;
        const size_t slot = e * T * N_WALKER + column % N_WALKER;
        CHECK_ABS(x[i], x_of(first + i / N_COLD, slot, 1), 0.0);
    }
    for (size_t row = first; row < first + n_row; row += 37) {
        CHECK_OK(mutau_chain_read_beta(chain, row, beta, &err), err);
        for (size_t r = 0; r < T; r++)
            CHECK_ABS(beta[r], beta_of(row, r), 0.0);
    }
    free(x);
}

static void check_state(mutau_chain *chain, size_t rows)
{
    mutau_error err = {0};
    mutau_chain_state state;
    buffers b;
    fill(&b, rows - 1);
    CHECK_OK(mutau_chain_read_state(chain, &state, &err), err);
    assert_int_equal(state.steps, rows);
    assert_memory_equal(state.accepted, b.accepted, sizeof b.accepted);
    assert_memory_equal(state.position, b.position, sizeof b.position);
    assert_memory_equal(state.ln_prior, b.ln_prior, sizeof b.ln_prior);
    assert_memory_equal(state.ln_like, b.ln_like, sizeof b.ln_like);
    assert_memory_equal(state.blob, b.blob, sizeof b.blob);
    assert_memory_equal(state.beta, b.beta, sizeof b.beta);
    assert_memory_equal(state.swaps, b.swaps, sizeof b.swaps);
}

static void check_stored(const char *path, bool store_rungs, size_t rows)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    assert_int_equal(mutau_chain_describe(chain).n_temperature, T);
    assert_int_equal(mutau_chain_describe(chain).store_rungs, store_rungs);
    assert_int_equal(mutau_chain_rows(chain), rows);
    check_values(chain, 0, rows);
    check_values(chain, rows - 1, 1);
    check_state(chain, rows);
    mutau_chain_close(chain);
}

/* Room starts at 1024 rows, so that this grows twice, and is copied by a resume. */
static void round_trip(const char *path, bool store_rungs)
{
    enum { FIRST = 1000, SECOND = 2500, LAST = 2600 };
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description(store_rungs);
    buffers b;
    CHECK_OK(mutau_chain_create(path, &info, true, &chain, &err), err);
    write_rows(chain, &b, 0, FIRST);
    check_stored(path, store_rungs, FIRST);
    write_rows(chain, &b, FIRST, SECOND);
    check_values(chain, 3, SECOND - 3);
    check_state(chain, SECOND);
    mutau_chain_close(chain);
    check_stored(path, store_rungs, SECOND);

    chain = NULL;
    CHECK_OK(mutau_chain_resume(path, &info, &chain, &err), err);
    check_state(chain, SECOND);
    write_rows(chain, &b, SECOND, LAST);
    mutau_chain_close(chain);
    check_stored(path, store_rungs, LAST);
}

static void test_cold_groups_alone(void **state)
{
    const place *p = *state;
    round_trip(p->path, false);
}

static void test_all_rungs(void **state)
{
    const place *p = *state;
    round_trip(p->path, true);
}

/* More ensembles than columns: the chunks of the likelihoods are the largest. */
static void test_many_ensembles(void **state)
{
    const place *p = *state;
    enum { MANY = 700, WALKERS = 2, ROWS = 300, COLUMNS = MANY * WALKERS };
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_info info = description(false);
    info.n_ensemble = MANY;
    info.n_walker = WALKERS;
    info.dim = 1;
    info.n_blob = 0;
    mutau_chain_step *steps = calloc(MANY, sizeof *steps);
    double *x = calloc((size_t)COLUMNS * T, sizeof *x), *got = calloc(COLUMNS, sizeof *got);
    uint64_t *accepted = calloc((size_t)COLUMNS * T, sizeof *accepted);
    assert_true(steps != NULL && x != NULL && got != NULL && accepted != NULL);
    for (size_t e = 0; e < MANY; e++)
        steps[e] = (mutau_chain_step){x, x, NULL};
    buffers b;
    fill(&b, 0);
    const mutau_chain_tempering tempering = {b.beta, x};
    mutau_chain_state at = state_of(&b, ROWS);
    at.accepted = accepted;
    at.position = at.ln_prior = at.ln_like = x;
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < (size_t)COLUMNS * T; i++)
            x[i] = (double)row + (double)i / 8192.0;
        CHECK_OK(mutau_chain_append(chain, steps, &tempering, NULL, &err), err);
    }
    CHECK_OK(mutau_chain_commit(chain, &at, &err), err);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    for (size_t row = 0; row < ROWS; row += 53)
        for (size_t r = 0; r < T; r++) {
            CHECK_OK(mutau_chain_read_log_like(chain, r, row, 1, got, &err), err);
            for (size_t i = 0; i < COLUMNS; i++) {
                const size_t slot = (i / WALKERS * T + r) * WALKERS + i % WALKERS;
                CHECK_ABS(got[i], (double)row + (double)slot / 8192.0, 0.0);
            }
        }
    mutau_chain_close(chain);
    free(steps);
    free(x);
    free(got);
    free(accepted);
}

static void check_evidence(const mutau_chain *chain, const mutau_chain_evidence *want)
{
    const mutau_chain_evidence got = mutau_chain_evidence_stored(chain);
    if (want == NULL)
        assert_true(isnan(got.ln_z) && isnan(got.ln_z_error) && isnan(got.ln_z_ti) &&
                    isnan(got.ln_z_ti_error) && isnan(got.ln_z_scatter));
    else
        assert_memory_equal(&got, want, sizeof got);
}

/* Like a verdict, the evidence belongs to a run that has ended: a resumed one has none. */
static void test_evidence(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description(false);
    const double nan = (double)NAN; /* of what is stored with a mixture only */
    const mutau_chain_evidence evidence = {-12.5, 0.25, -12.75, 0.5,   0.125, nan,
                                           nan,   nan,  nan,    -12.5, 0.25};
    buffers b;
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, &b, 0, 10);
    CHECK_OK(mutau_chain_set_evidence(chain, &evidence, &err), err);
    check_evidence(chain, NULL); /* with the next commit */
    mutau_chain *reader = NULL;
    CHECK_OK(mutau_chain_open(p->path, &reader, &err), err);
    check_evidence(reader, NULL);
    CHECK_STATUS(mutau_chain_set_evidence(reader, &evidence, &err), MUTAU_EUSAGE, err);
    mutau_chain_close(reader);
    write_rows(chain, &b, 10, 1500); /* and through a growth */
    check_evidence(chain, &evidence);
    write_rows(chain, &b, 1500, 1501);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    check_evidence(chain, &evidence);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_resume(p->path, &info, &chain, &err), err);
    check_evidence(chain, NULL);
    mutau_chain_close(chain);
}

static void check_failures(const mutau_chain *chain, size_t n)
{
    assert_int_equal(mutau_chain_n_failure(chain), n);
    for (size_t i = 0; i < n; i++) {
        const mutau_chain_failure failure = mutau_chain_failure_stored(chain, i);
        assert_int_equal(failure.step, i + 7);
        assert_int_equal(failure.ensemble, i % 2);
        assert_int_equal(failure.rung, i % 3);
        assert_int_equal(failure.walker, i % 4);
        for (size_t d = 0; d < DIM; d++)
            CHECK_ABS(failure.theta[d], x_of(i, 1, d), 0.0);
    }
}

static mutau_status add_failure(mutau_chain *chain, size_t i, mutau_error *err)
{
    const double theta[DIM] = {x_of(i, 1, 0), x_of(i, 1, 1)};
    const mutau_chain_failure failure = {i + 7, i % 2, i % 3, i % 4, theta};
    return mutau_chain_add_failure(chain, &failure, err);
}

/* The first hundred are kept, those after the last commit are not. */
static void test_failures(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL, *none = NULL;
    const mutau_chain_info info = description(false);
    buffers b;
    long n = 0;
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    CHECK_EACH_ALLOC(add_failure(chain, 0, &err), none, n, err);
    assert_int_equal(n, 1);
    write_rows(chain, &b, 0, 1);
    for (size_t i = 1; i < 60; i++)
        CHECK_OK(add_failure(chain, i, &err), err);
    write_rows(chain, &b, 1, 2);
    CHECK_OK(add_failure(chain, 60, &err), err);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    check_failures(chain, 60);
    CHECK_STATUS(add_failure(chain, 60, &err), MUTAU_EUSAGE, err);
    mutau_chain_close(chain);

    CHECK_OK(mutau_chain_resume(p->path, &info, &chain, &err), err);
    check_failures(chain, 60);
    for (size_t i = 60; i < MUTAU_MAX_FAILURES + 5; i++)
        CHECK_OK(add_failure(chain, i, &err), err);
    write_rows(chain, &b, 2, 3000);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    check_failures(chain, MUTAU_MAX_FAILURES);
    mutau_chain_close(chain);
}

static void test_wrong_usage(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_info info = description(true);
    buffers b;
    double x[N];
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    fill(&b, 0);
    mutau_chain_step steps[N_ENSEMBLE * T];
    for (size_t g = 0; g < N_ENSEMBLE * T; g++)
        steps[g] = (mutau_chain_step){b.position[0], b.log_prob, b.blob[0]};
    CHECK_STATUS(mutau_chain_append(chain, steps, NULL, NULL, &err), MUTAU_EUSAGE, err);
    mutau_chain_tempering tempering = {.beta = b.beta};
    CHECK_STATUS(mutau_chain_append(chain, steps, &tempering, NULL, &err), MUTAU_EUSAGE, err);
    tempering.log_like = b.ln_like;
    steps[N_ENSEMBLE * T - 1].log_prob = NULL;
    CHECK_STATUS(mutau_chain_append(chain, steps, &tempering, NULL, &err), MUTAU_EUSAGE, err);
    steps[N_ENSEMBLE * T - 1].log_prob = b.log_prob;
    CHECK_OK(mutau_chain_append(chain, steps, &tempering, NULL, &err), err);
    mutau_chain_state at = state_of(&b, 1);
    at.beta = NULL;
    CHECK_STATUS(mutau_chain_commit(chain, &at, &err), MUTAU_EUSAGE, err);
    at = state_of(&b, 1);
    at.swaps = NULL;
    CHECK_STATUS(mutau_chain_commit(chain, &at, &err), MUTAU_EUSAGE, err);
    at = state_of(&b, 1);
    CHECK_OK(mutau_chain_commit(chain, &at, &err), err);
    CHECK_STATUS(mutau_chain_read_log_like(chain, T, 0, 1, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_chain_read_log_like(chain, 0, 1, 1, x, &err), MUTAU_EDOM, err);
    CHECK_OK(mutau_chain_read_log_like(chain, 0, 1, 0, x, &err), err);
    CHECK_STATUS(mutau_chain_read_beta(chain, 1, x, &err), MUTAU_EDOM, err);
    mutau_chain_close(chain);

    info.n_temperature = 101;
    CHECK_STATUS(mutau_chain_create(p->path, &info, true, &chain, &err), MUTAU_EDOM, err);
}

/* Neither 0 nor 1 temperature is tempering, whatever is said of rungs. */
static void test_no_tempering(void **state)
{
    const place *p = *state;
    const mutau_chain_evidence evidence = {0};
    buffers b;
    fill(&b, 0);
    mutau_chain_step steps[N_ENSEMBLE];
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){b.position[0], b.log_prob, b.blob[0]};
    for (size_t n = 0; n < 2; n++) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        mutau_chain_info info = description(true);
        mutau_chain_state at = state_of(&b, 1);
        double x[N];
        info.n_temperature = n;
        at.beta = NULL;
        at.swaps = NULL;
        CHECK_OK(mutau_chain_create(p->path, &info, true, &chain, &err), err);
        CHECK_OK(mutau_chain_append(chain, steps, NULL, NULL, &err), err);
        CHECK_OK(mutau_chain_commit(chain, &at, &err), err);
        CHECK_STATUS(mutau_chain_set_evidence(chain, &evidence, &err), MUTAU_EUSAGE, err);
        mutau_chain_close(chain);
        CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
        assert_int_equal(mutau_chain_describe(chain).n_temperature, 1);
        assert_false(mutau_chain_describe(chain).store_rungs);
        CHECK_OK(mutau_chain_read_state(chain, &at, &err), err);
        assert_null(at.beta);
        assert_null(at.swaps);
        check_evidence(chain, NULL);
        CHECK_STATUS(mutau_chain_read_log_like(chain, 0, 0, 1, x, &err), MUTAU_EDOM, err);
        CHECK_STATUS(mutau_chain_read_beta(chain, 0, x, &err), MUTAU_EDOM, err);
        mutau_chain_close(chain);
    }
}

static void test_resume_refuses(void **state)
{
    const place *p = *state;
    mutau_chain_info changed[] = {description(true), description(false)};
    static const char *const words[] = {"store_rungs", "temperatures"};
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description(false);
    buffers b;
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, &b, 0, 5);
    mutau_chain_close(chain);
    changed[1].n_temperature = T + 1;
    for (size_t i = 0; i < 2; i++) {
        CHECK_STATUS(mutau_chain_resume(p->path, &changed[i], &chain, &err), MUTAU_ERESUME, err);
        assert_non_null(strstr(err.text, words[i]));
    }
}

static void test_allocations(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description(true);
    buffers b;
    long n = 0;
    CHECK_EACH_ALLOC(mutau_chain_create(p->path, &info, false, &chain, &err), chain, n, err);
    assert_true(n > 8);
    CHECK_OK(add_failure(chain, 0, &err), err);
    write_rows(chain, &b, 0, 3);
    mutau_chain_close(chain);
    chain = NULL;
    CHECK_EACH_ALLOC(mutau_chain_open(p->path, &chain, &err), chain, n, err);
    assert_true(n > 10);
    mutau_chain_close(chain);
    chain = NULL;
    CHECK_EACH_ALLOC(mutau_chain_resume(p->path, &info, &chain, &err), chain, n, err);
    assert_true(n > 20);
    mutau_chain_close(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cold_groups_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_rungs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_ensembles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_evidence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_usage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_tempering, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resume_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_allocations, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
