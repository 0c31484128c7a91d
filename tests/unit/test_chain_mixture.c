/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain store of a run with a mixture: its text, the weights of its draws, evidence. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain_place.h"
#include "check.h"
#include "fail_alloc.h"
#include "store/chain.h"

enum { N_ENSEMBLE = 2, T = 2, N_WALKER = 3, DIM = 1, N_COLD = N_ENSEMBLE * N_WALKER };
enum { N = N_COLD * T };

static const char *const names[] = {"a"};
static const char text[] = "a mixture\n1 2 3\n";

static mutau_chain_info description(size_t n_temperature, const char *mixture)
{
    return (mutau_chain_info){
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .dim = DIM,
        .names = names,
        .thin = 1,
        .n_temperature = n_temperature,
        .mixture = mixture,
    };
}

/* Of the proposal that walker i of the cold ones got in the step of that row. */
static double weight_of(size_t row, size_t i)
{
    if ((row + i) % 3 == 0)
        return (double)NAN;
    return (row + i) % 3 == 1 ? -HUGE_VAL : (double)row + (double)i / 64.0;
}

static void check_weight(double got, double want)
{
    if (memcmp(&got, &want, sizeof got) != 0)
        fail_msg("log_weight %g, want %g", got, want);
}

typedef struct buffers {
    double x[N], log_weight[N_COLD], beta[T];
    uint64_t accepted[N];
    mutau_chain_swaps swaps[T - 1];
} buffers;

static mutau_status append(mutau_chain *chain, buffers *b, size_t row, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(chain);
    const mutau_chain_tempering tempering = {b->beta, b->x};
    mutau_chain_step steps[N_ENSEMBLE];
    for (size_t i = 0; i < N; i++)
        b->x[i] = (double)row + (double)i / 16.0;
    for (size_t i = 0; i < N_COLD; i++)
        b->log_weight[i] = weight_of(row, i);
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){b->x + e * N_WALKER, b->x + e * N_WALKER, NULL};
    return mutau_chain_append(chain, steps, info.n_temperature > 1 ? &tempering : NULL,
                              info.mixture[0] != '\0' ? b->log_weight : NULL, err);
}

static void write_rows(mutau_chain *chain, size_t first, size_t last)
{
    mutau_error err = {0};
    buffers b = {.beta = {1.0, 0.0}};
    for (size_t row = first; row < last; row++)
        CHECK_OK(append(chain, &b, row, &err), err);
    const mutau_chain_state at = {.rng = {.key = {1}, .pos = 1},
                                  .steps = last,
                                  .accepted = b.accepted,
                                  .position = b.x,
                                  .ln_prior = b.x,
                                  .ln_like = b.x,
                                  .beta = b.beta,
                                  .swaps = b.swaps};
    CHECK_OK(mutau_chain_commit(chain, &at, &err), err);
}

static void check_values(mutau_chain *chain, size_t first, size_t n_row)
{
    mutau_error err = {0};
    double *x = calloc(n_row * N_COLD, sizeof *x);
    assert_non_null(x);
    CHECK_OK(mutau_chain_read_log_weight(chain, first, n_row, x, &err), err);
    for (size_t i = 0; i < n_row * N_COLD; i++)
        check_weight(x[i], weight_of(first + i / N_COLD, i % N_COLD));
    CHECK_OK(mutau_chain_read_log_prob(chain, first, n_row, x, &err), err);
    for (size_t i = 0; i < n_row * N_COLD; i++) {
        const size_t row = first + i / N_COLD;
        CHECK_ABS(x[i], (double)row + (double)(i % N_COLD) / 16.0, 0.0);
    }
    if (mutau_chain_describe(chain).n_temperature > 1)
        CHECK_OK(mutau_chain_read_log_like(chain, 1, first, n_row, x, &err), err);
    free(x);
}

static void check_stored(const char *path, size_t n_temperature, size_t rows)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    size_t n_without = 1;
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    assert_int_equal(mutau_chain_describe(chain).n_temperature, n_temperature);
    assert_string_equal(mutau_chain_describe(chain).mixture, text);
    assert_int_equal(mutau_chain_rows(chain), rows);
    CHECK_OK(mutau_chain_verify(chain, &n_without, &err), err);
    assert_int_equal(n_without, 0);
    check_values(chain, 0, rows);
    check_values(chain, rows - 1, 1);
    mutau_chain_close(chain);
}

/* Room starts at 1024 rows, so that this grows twice, and is copied by a resume, which keeps the
 * mixture whatever it is told of one. */
static void round_trip(const char *path, size_t n_temperature)
{
    enum { FIRST = 1000, SECOND = 2500, LAST = 2600 };
    static const char *const others[] = {NULL, "", text, "another mixture"};
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description(n_temperature, text);
    CHECK_OK(mutau_chain_create(path, &info, true, &chain, &err), err);
    write_rows(chain, 0, FIRST);
    check_stored(path, n_temperature, FIRST);
    write_rows(chain, FIRST, SECOND);
    check_values(chain, 3, SECOND - 3);
    mutau_chain_close(chain);
    check_stored(path, n_temperature, SECOND);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const mutau_chain_info resumed = description(n_temperature, others[i]);
        chain = NULL;
        CHECK_OK(mutau_chain_resume(path, &resumed, &chain, &err), err);
        assert_string_equal(mutau_chain_describe(chain).mixture, text);
        check_values(chain, 0, SECOND + 10 * i);
        write_rows(chain, SECOND + 10 * i, SECOND + 10 * (i + 1));
        mutau_chain_close(chain);
    }
    check_stored(path, n_temperature, SECOND + 40);
}

static void test_one_temperature(void **state)
{
    const place *p = *state;
    round_trip(p->path, 1);
}

static void test_ladder(void **state)
{
    const place *p = *state;
    round_trip(p->path, T);
}

/* More ensembles than columns: the chunks of the weights are the largest. */
static void test_many_ensembles(void **state)
{
    const place *p = *state;
    enum { MANY = 700, WALKERS = 2, ROWS = 300, COLUMNS = MANY * WALKERS };
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_info info = description(1, text);
    info.n_ensemble = MANY;
    info.n_walker = WALKERS;
    mutau_chain_step *steps = calloc(MANY, sizeof *steps);
    double *x = calloc(COLUMNS, sizeof *x);
    uint64_t *accepted = calloc(COLUMNS, sizeof *accepted);
    assert_true(steps != NULL && x != NULL && accepted != NULL);
    for (size_t e = 0; e < MANY; e++)
        steps[e] = (mutau_chain_step){x, x, NULL};
    const mutau_chain_state at = {.rng = {.key = {1}, .pos = 1},
                                  .steps = ROWS,
                                  .accepted = accepted,
                                  .position = x,
                                  .ln_prior = x,
                                  .ln_like = x};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < COLUMNS; i++)
            x[i] = weight_of(row, i);
        CHECK_OK(mutau_chain_append(chain, steps, NULL, x, &err), err);
    }
    CHECK_OK(mutau_chain_commit(chain, &at, &err), err);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    for (size_t row = 0; row < ROWS; row += 53) {
        CHECK_OK(mutau_chain_read_log_weight(chain, row, 1, x, &err), err);
        for (size_t i = 0; i < COLUMNS; i++)
            check_weight(x[i], weight_of(row, i));
    }
    mutau_chain_close(chain);
    free(steps);
    free(x);
    free(accepted);
}

/* The evidence belongs to a run that has ended: a resumed one has none. */
static void test_evidence(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description(1, text);
    const double nan = (double)NAN;
    const mutau_chain_evidence evidence = {-1.0,  0.5,   nan,  nan, 0.25, -1.0,
                                           0.125, -1.25, 0.75, nan, nan};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, 0, 10);
    assert_true(isnan(mutau_chain_evidence_stored(chain).ln_z_bridge));
    CHECK_OK(mutau_chain_set_evidence(chain, &evidence, &err), err);
    write_rows(chain, 10, 1500); /* through a growth */
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    const mutau_chain_evidence got = mutau_chain_evidence_stored(chain);
    assert_memory_equal(&got, &evidence, sizeof got);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_resume(p->path, &info, &chain, &err), err);
    assert_true(isnan(mutau_chain_evidence_stored(chain).ln_z_bridge));
    mutau_chain_close(chain);
}

static void test_wrong_usage(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    double x[N_COLD] = {0};
    mutau_chain_step steps[N_ENSEMBLE];
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){x, x, NULL};
    mutau_chain_info info = description(1, text);
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    CHECK_STATUS(mutau_chain_append(chain, steps, NULL, NULL, &err), MUTAU_EUSAGE, err);
    assert_non_null(strstr(err.text, "lacks the weights"));
    write_rows(chain, 0, 2);
    CHECK_STATUS(mutau_chain_read_log_weight(chain, 2, 1, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_chain_read_log_weight(chain, 3, 0, x, &err), MUTAU_EDOM, err);
    CHECK_OK(mutau_chain_read_log_weight(chain, 2, 0, x, &err), err);
    mutau_chain_close(chain);

    info = description(1, "");
    CHECK_OK(mutau_chain_create(p->path, &info, true, &chain, &err), err);
    CHECK_STATUS(mutau_chain_append(chain, steps, NULL, x, &err), MUTAU_EUSAGE, err);
    assert_non_null(strstr(err.text, "without a mixture"));
    write_rows(chain, 0, 2);
    CHECK_STATUS(mutau_chain_read_log_weight(chain, 0, 1, x, &err), MUTAU_EDOM, err);
    mutau_chain_close(chain);
    const mutau_chain_info with = description(1, text);
    CHECK_OK(mutau_chain_resume(p->path, &with, &chain, &err), err); /* has none, and stays so */
    assert_string_equal(mutau_chain_describe(chain).mixture, "");
    write_rows(chain, 2, 3);
    mutau_chain_close(chain);

    info.mixture = "a bell \a";
    CHECK_STATUS(mutau_chain_create(p->path, &info, true, &chain, &err), MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "mixture"));
}

/* One byte of the mixture's text, and one of the weights. */
static void flip(const char *path, const void *bytes, size_t size)
{
    struct stat info;
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    unsigned char *file = malloc((size_t)info.st_size);
    assert_non_null(file);
    assert_int_equal(pread(fd, file, (size_t)info.st_size, 0), info.st_size);
    size_t i = 0;
    while (i + size <= (size_t)info.st_size && memcmp(file + i, bytes, size) != 0)
        i++;
    assert_true(i + size <= (size_t)info.st_size);
    file[i] ^= 1;
    assert_int_equal(pwrite(fd, file + i, 1, (off_t)i), 1);
    assert_int_equal(close(fd), 0);
    free(file);
}

static void test_damage(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    size_t n_without;
    const mutau_chain_info info = description(T, text);
    const double weight = weight_of(7, 1);
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, 0, 20);
    mutau_chain_close(chain);
    flip(p->path, &weight, sizeof weight);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    CHECK_STATUS(mutau_chain_verify(chain, &n_without, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "row 7 of /mixture"));
    mutau_chain_close(chain);
    flip(p->path, text, sizeof text);
    CHECK_STATUS(mutau_chain_open(p->path, &chain, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "digest"));
}

static void test_allocations(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description(T, text);
    long n = 0;
    CHECK_EACH_ALLOC(mutau_chain_create(p->path, &info, false, &chain, &err), chain, n, err);
    assert_true(n > 8);
    write_rows(chain, 0, 3);
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
        cmocka_unit_test_setup_teardown(test_one_temperature, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ladder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_ensembles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_evidence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_usage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_allocations, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
