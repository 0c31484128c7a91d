/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows on demand: what is read is the interpolation of a pure function, whoever filled what, in
 * which order, and however little memory there is. */
#include "check.h"
#include "fail_alloc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "physics/row_table.h"

enum { N_VALUE = 3, N_POINT = 300, N_THREAD = 4, PLENTY = 1 << 20 };

/* How often a row was filled, and whether that fails. */
typedef struct counter {
    size_t n_coordinate;
    atomic_int n_fill;
    bool fails;
} counter;

/* Cubics in each coordinate, on which Lagrange's formula is exact. */
static double cubic(double x)
{
    return 1.0 + x * (0.7 + x * (-0.3 + x * 0.11));
}

static double product(size_t n, const double at[])
{
    double all = 1.0;
    for (size_t c = 0; c < n; c++)
        all *= cubic(at[c] + 0.1 * (double)c);
    return all;
}

static mutau_status fill(const void *self, void *ws, const double at[], double row[],
                         mutau_error *err)
{
    counter *count = ws;
    const counter *settings = self;
    if (count->fails)
        return mutau_error_set(err, MUTAU_ENUMERIC, "no row at %g", at[0]);
    (void)atomic_fetch_add(&count->n_fill, 1);
    for (int i = 0; i < N_VALUE; i++)
        row[i] = (1.0 + i) * product(settings->n_coordinate, at);
    return MUTAU_OK;
}

static mutau_row_table *table_alloc(const counter *settings, size_t max_bytes)
{
    const mutau_row_source source = {.n_coordinate = settings->n_coordinate,
                                     .step = {0.25, 0.5, 0.125},
                                     .n_value = N_VALUE,
                                     .fill = fill,
                                     .self = settings};
    mutau_row_table *table = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_row_table_alloc(&source, max_bytes, &table, &err), err);
    return table;
}

static void point_of(int k, double at[3])
{
    at[0] = -3.0 + 0.0213 * (k * 7 % N_POINT);
    at[1] = 2.0 - 0.0137 * (k * 11 % N_POINT);
    at[2] = -0.5 + 0.0041 * (k * 13 % N_POINT);
}

static void read_values(mutau_row_table *t, mutau_row_scratch *s, counter *count,
                        const double at[3], double value[N_VALUE])
{
    mutau_row_blend blend;
    mutau_error err = {0};
    CHECK_OK(mutau_row_table_blend(t, s, count, at, &blend, &err), err);
    for (int i = 0; i < N_VALUE; i++) {
        value[i] = 0.0;
        for (size_t k = 0; k < blend.n; k++)
            value[i] += blend.weight[k] * blend.row[k][i];
    }
}

static void cubics_are_exact(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MUTAU_ROW_MAX_COORDINATES; n++) {
        counter count = {.n_coordinate = n};
        mutau_row_table *t = table_alloc(&count, PLENTY);
        mutau_row_scratch *s = mutau_row_scratch_alloc(t);
        for (int k = 0; k < N_POINT; k++) {
            double at[3], value[N_VALUE];
            point_of(k, at);
            read_values(t, s, &count, at, value);
            for (int i = 0; i < N_VALUE; i++)
                CHECK_ABS(value[i], (1.0 + i) * product(n, at), 1e-12);
        }
        /* every row once, and on the lattice its own value */
        assert_int_equal(count.n_fill, mutau_row_table_count(t));
        double value[N_VALUE];
        const double node[3] = {-1.75, 0.5, 0.25};
        read_values(t, s, &count, node, value);
        CHECK_ABS(value[1], 2.0 * product(n, node), 1e-15);
        mutau_row_scratch_free(s);
        mutau_row_table_free(t);
    }
}

/* All points in an order of its own; the bytes of what is read. */
static void read_all(mutau_row_table *t, counter *count, int stride, double value[N_POINT][N_VALUE])
{
    mutau_row_scratch *s = mutau_row_scratch_alloc(t);
    assert_non_null(s);
    for (int k = 0; k < N_POINT; k++) {
        const int p = (int)((long)k * stride % N_POINT);
        double at[3];
        point_of(p, at);
        read_values(t, s, count, at, value[p]);
    }
    mutau_row_scratch_free(s);
}

/* Room for all rows, for some, for none; and no memory for any. */
static void memory_changes_nothing(void **state)
{
    (void)state;
    static double want[N_POINT][N_VALUE], got[N_POINT][N_VALUE];
    static const size_t bytes[] = {PLENTY, 2000, 31, 0};
    for (size_t i = 0; i < 4; i++) {
        counter count = {.n_coordinate = 2};
        mutau_row_table *t = table_alloc(&count, bytes[i]);
        read_all(t, &count, i == 0 ? 1 : 7, i == 0 ? want : got);
        if (i > 0)
            assert_memory_equal(got, want, sizeof want);
        assert_true(mutau_row_table_count(t) * (N_VALUE + 1) * sizeof(double) <= bytes[i]);
        assert_true(i != 1 || mutau_row_table_count(t) == 2000 / (8 * (N_VALUE + 1)));
        mutau_row_table_free(t);
    }
    counter count = {.n_coordinate = 2};
    mutau_row_table *t = table_alloc(&count, PLENTY);
    mutau_row_scratch *s = mutau_row_scratch_alloc(t);
    for (int k = 0; k < N_POINT; k++) {
        double at[3];
        point_of(k, at);
        fail_alloc_after = k % 16;
        read_values(t, s, &count, at, got[k]);
        fail_alloc_after = -1;
    }
    assert_memory_equal(got, want, sizeof want);
    mutau_row_scratch_free(s);
    mutau_row_table_free(t);
}

/* A row in the scratch serves as long as its place is not another's. */
static void the_scratch_keeps_a_neighbourhood(void **state)
{
    (void)state;
    counter count = {.n_coordinate = 2};
    mutau_row_table *t = table_alloc(&count, 0);
    mutau_row_scratch *s = mutau_row_scratch_alloc(t);
    double at[3] = {0.1, 0.1, 0.0}, value[N_VALUE];
    for (int k = 0; k < 5; k++)
        read_values(t, s, &count, at, value);
    assert_int_equal(count.n_fill, 16);
    at[0] += 0.25; /* one cell further: four new rows */
    read_values(t, s, &count, at, value);
    assert_int_equal(count.n_fill, 20);
    assert_int_equal(mutau_row_table_count(t), 0);
    mutau_row_scratch_free(s);
    mutau_row_table_free(t);
}

/* The error is the source's; afterwards the row is filled as if nothing had been. */
static void a_fill_that_fails(void **state)
{
    (void)state;
    static const size_t bytes[] = {PLENTY, 0};
    for (int i = 0; i < 2; i++) {
        counter count = {.n_coordinate = 1, .fails = true};
        mutau_row_table *t = table_alloc(&count, bytes[i]);
        mutau_row_scratch *s = mutau_row_scratch_alloc(t);
        const double at[3] = {0.6};
        double value[N_VALUE];
        mutau_row_blend blend;
        mutau_error err = {0};
        CHECK_STATUS(mutau_row_table_blend(t, s, &count, at, &blend, &err), MUTAU_ENUMERIC, err);
        assert_string_equal(err.text, "no row at 0.25");
        assert_int_equal(mutau_row_table_count(t), 0);
        count.fails = false;
        read_values(t, s, &count, at, value);
        CHECK_ABS(value[2], 3.0 * product(1, at), 1e-14);
        mutau_row_scratch_free(s);
        mutau_row_table_free(t);
    }
}

typedef struct job {
    mutau_row_table *table;
    counter *count;
    int stride;
    double value[N_POINT][N_VALUE];
} job;

static void *job_run(void *argument)
{
    job *j = argument;
    read_all(j->table, j->count, j->stride, j->value);
    return NULL;
}

static void threads_share_rows(void **state)
{
    (void)state;
    static const int strides[N_THREAD] = {1, 7, 199, 299};
    static job jobs[N_THREAD];
    for (int round = 0; round < 20; round++) {
        counter count = {.n_coordinate = 2};
        mutau_row_table *t = table_alloc(&count, round % 2 == 0 ? PLENTY : 1500);
        pthread_t threads[N_THREAD];
        for (int i = 0; i < N_THREAD; i++) {
            jobs[i].table = t;
            jobs[i].count = &count;
            jobs[i].stride = strides[i];
            assert_int_equal(pthread_create(&threads[i], NULL, job_run, &jobs[i]), 0);
        }
        for (int i = 0; i < N_THREAD; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (int i = 1; i < N_THREAD; i++)
            assert_memory_equal(jobs[i].value, jobs[0].value, sizeof jobs[0].value);
        assert_true(round % 2 == 0 || mutau_row_table_count(t) <= 1500 / (8 * (N_VALUE + 1)));
        mutau_row_table_free(t);
    }
}

static void failed_allocations(void **state)
{
    (void)state;
    const mutau_row_source source = {
        .n_coordinate = 1, .step = {1.0}, .n_value = N_VALUE, .fill = fill};
    mutau_row_table *t = NULL;
    mutau_error err = {0};
    int count;
    CHECK_EACH_ALLOC(mutau_row_table_alloc(&source, PLENTY, &t, &err), t, count, err);
    assert_int_equal(count, 2);
    for (int k = 0; k < 2; k++) {
        fail_alloc_after = k;
        assert_null(mutau_row_scratch_alloc(t));
        fail_alloc_after = -1;
    }
    mutau_row_scratch_free(NULL);
    mutau_row_table_free(t);
    mutau_row_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cubics_are_exact),
        cmocka_unit_test(memory_changes_nothing),
        cmocka_unit_test(the_scratch_keeps_a_neighbourhood),
        cmocka_unit_test(a_fill_that_fails),
        cmocka_unit_test(threads_share_rows),
        cmocka_unit_test(failed_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
