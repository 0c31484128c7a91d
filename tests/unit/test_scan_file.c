/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a scan: what is written is read, the bytes say nothing else, and what is no such file
 * is left alone. */
#include "check.h"
#include "fail_alloc.h"
#include "store/chain_quiet.h"
#include "store/scan_file.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { N0 = 3, N1 = 2, N = N0 * N1, CELL = 4 };

typedef struct example {
    double row[N][2], delta[N], now[N][CELL], next[N][CELL];
    unsigned char done[N];
    mutau_scan_file_column column[3];
    mutau_scan_file file;
} example;

static const double m[] = {1.0, 2.0, 4.0}, g[] = {1e-4, 1e-3};
static const mutau_scan_file_number best[] = {{"g", 2e-4}, {"ln_likelihood", -1.5}};

static void fill(example *e, double from)
{
    *e = (example){.column = {{"map", "ln_likelihood", "", NULL, &e->row[0][0], 2, false},
                              {"map", "delta_chi2", "", NULL, e->delta, 1, true},
                              {"profiled", "A", "eV", "no yes", &e->row[0][1], 2, false}},
                   .file = {.version = "1",
                            .config = "a: 1\n",
                            .digest = "0123",
                            .request = "m from=1",
                            .profiled = "A",
                            .n_axis = 2,
                            .axis = {{"m", "MeV", N0, m, true}, {"g", "", N1, g, false}},
                            .n_column = 3,
                            .column = e->column,
                            .n_best = 2,
                            .best = best,
                            .stride = UINT64_MAX,
                            .pass = 7,
                            .n_cell = CELL,
                            .now = e->now[0],
                            .next = e->next[0],
                            .done = e->done}};
    for (size_t i = 0; i < N; i++) {
        e->row[i][0] = i == 2 ? (double)NAN : from + (double)i;
        e->row[i][1] = -from;
        e->done[i] = i % 2;
        for (size_t k = 0; k < CELL; k++)
            e->now[i][k] = e->next[i][k] = from * (double)(i + k);
    }
}

static char *path_of(char path[256], const char *name)
{
    (void)snprintf(path, 256, "/tmp/mutau-scan-%ld-%s", (long)getpid(), name);
    (void)unlink(path);
    return path;
}

static mutau_scan_writer *writer_of(const char *path)
{
    mutau_scan_writer *w = NULL;
    mutau_error err = {0};
    bool found;
    CHECK_OK(mutau_scan_writer_open(path, access(path, F_OK) == 0, false, &w, &found, &err), err);
    assert_false(found);
    return w;
}

static void write_to(const char *path, const mutau_scan_file *file)
{
    mutau_error err = {0};
    mutau_scan_writer *w = writer_of(path);
    CHECK_OK(mutau_scan_file_write(w, file, &err), err);
    mutau_scan_writer_close(w);
}

static size_t slurp(const char *path, char bytes[], size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, size, file);
    (void)fclose(file);
    assert_in_range(n, 1, size - 1);
    return n;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char path[256];
    example from, to;
    mutau_error err = {0};
    mutau_scan_file_texts texts;
    fill(&from, 3.5);
    write_to(path_of(path, "a"), &from.file);
    CHECK_OK(mutau_scan_file_read_texts(path, &texts, &err), err);
    assert_string_equal(texts.config, "a: 1\n");
    assert_string_equal(texts.digest, "0123");
    assert_string_equal(texts.request, "m from=1");
    mutau_scan_file_texts_release(&texts);
    fill(&to, 0.0);
    to.file.stride = to.file.pass = 0;
    CHECK_OK(mutau_scan_file_read(path, &to.file, &err), err);
    assert_false(to.file.complete);
    assert_true(to.file.stride == UINT64_MAX && to.file.pass == 7);
    assert_memory_equal(to.row, from.row, sizeof to.row);
    assert_memory_equal(to.now, from.now, sizeof to.now);
    assert_memory_equal(to.next, from.next, sizeof to.next);
    assert_memory_equal(to.done, from.done, sizeof to.done);
    from.file.complete = true;
    write_to(path, &from.file);
    fill(&to, 0.0);
    CHECK_OK(mutau_scan_file_read(path, &to.file, &err), err);
    assert_true(to.file.complete);
    assert_memory_equal(to.row, from.row, sizeof to.row);
    CHECK_ABS(to.now[2][2], 0.0, 0.0); /* there is no state in it any more */
    (void)unlink(path);
}

static void the_bytes_are_those_of_what_it_says(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    char path[256], other[256];
    char *a = malloc(SIZE), *b = malloc(SIZE);
    example e;
    fill(&e, 1.0);
    write_to(path_of(path, "a"), &e.file);
    fill(&e, 2.0);
    write_to(path_of(other, "b"), &e.file); /* another one before it leaves no trace */
    fill(&e, 1.0);
    write_to(other, &e.file);
    assert_non_null(a);
    assert_non_null(b);
    const size_t n = slurp(path, a, SIZE);
    assert_int_equal(slurp(other, b, SIZE), n);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
    (void)unlink(path);
    (void)unlink(other);
}

static void what_is_there_is_not_lost(void **state)
{
    (void)state;
    char path[256], text[256];
    mutau_scan_writer *w = NULL, *second = NULL;
    mutau_error err = {0};
    bool found;
    example e;
    fill(&e, 1.0);
    write_to(path_of(path, "a"), &e.file);
    CHECK_STATUS(mutau_scan_writer_open(path, false, false, &w, &found, &err), MUTAU_EEXIST, err);
    CHECK_OK(mutau_scan_writer_open(path, false, true, &w, &found, &err), err);
    assert_true(found);
    CHECK_STATUS(mutau_scan_writer_open(path, false, true, &second, &found, &err), MUTAU_ELOCKED,
                 err);
    assert_null(second);
    mutau_scan_writer_close(w);
    FILE *file = fopen(path_of(text, "t"), "w");
    (void)fputs("model: {}\n", file);
    (void)fclose(file);
    CHECK_STATUS(mutau_scan_writer_open(text, true, false, &w, &found, &err), MUTAU_EEXIST, err);
    CHECK_STATUS(mutau_scan_writer_open(text, false, true, &w, &found, &err), MUTAU_EDATA, err);
    CHECK_STATUS(mutau_scan_writer_open("/nowhere/x.h5", false, true, &w, &found, &err), MUTAU_EIO,
                 err);
    assert_int_equal(access(text, F_OK), 0);
    (void)unlink(path);
    (void)unlink(text);
}

/* Of other sizes, or cut: an error, whatever the byte at which it ends. */
static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    char path[256];
    char *bytes = malloc(SIZE);
    mutau_error err = {0};
    example e;
    fill(&e, 1.0);
    write_to(path_of(path, "a"), &e.file);
    e.file.n_cell = CELL - 1;
    CHECK_STATUS(mutau_scan_file_read(path, &e.file, &err), MUTAU_EDATA, err);
    fill(&e, 1.0);
    e.file.axis[0].n = N0 - 1;
    CHECK_STATUS(mutau_scan_file_read(path, &e.file, &err), MUTAU_EDATA, err);
    fill(&e, 1.0);
    e.column[2].name = "B";
    CHECK_STATUS(mutau_scan_file_read(path, &e.file, &err), MUTAU_EDATA, err);
    CHECK_STATUS(mutau_scan_file_read("/nowhere/x.h5", &e.file, &err), MUTAU_EIO, err);
    CHECK_STATUS(mutau_scan_file_read("/tmp", &e.file, &err), MUTAU_EIO, err);
    const size_t n = slurp(path, bytes, SIZE);
    for (size_t cut = 0; cut < n; cut += n / (size_t)(check_stride(2) > 1 ? 7 : 50)) {
        FILE *file = fopen(path, "wb");
        (void)fwrite(bytes, 1, cut, file);
        (void)fclose(file);
        fill(&e, 1.0);
        CHECK_STATUS(mutau_scan_file_read(path, &e.file, &err), MUTAU_EDATA, err);
    }
    free(bytes);
    (void)unlink(path);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    char path[256];
    mutau_scan_writer *w = NULL;
    mutau_error err = {0};
    const void *nothing = NULL;
    bool found;
    long n = 0;
    example e;
    fill(&e, 1.0);
    (void)path_of(path, "a");
    CHECK_EACH_ALLOC(mutau_scan_writer_open(path, false, false, &w, &found, &err), w, n, err);
    assert_true(n >= 2);
    CHECK_EACH_ALLOC(mutau_scan_file_write(w, &e.file, &err), nothing, n, err);
    assert_true(n >= 3);
    CHECK_EACH_ALLOC(mutau_scan_file_read(path, &e.file, &err), nothing, n, err);
    assert_int_equal(n, 1);
    mutau_scan_writer_close(w);
    mutau_scan_writer_close(NULL);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_bytes_are_those_of_what_it_says),
        cmocka_unit_test(what_is_there_is_not_lost),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    mutau_chain_silence_library();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
