/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that fails: each system call of a chain's life fails once, in turn, and
 * from one call on; the file then holds the last commit that succeeded, and where
 * the disk recovers the run goes on.  And a process that dies at each of these
 * calls, in the middle of a write: the file holds whole commits, and a resumed run
 * ends as an undisturbed one. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "store/chain.h"

/* The wrapped calls count down; at 0 they fail, once or for good. */
enum { DEAD = 99 };
static long calls_left = -1;
static bool fail_for_good, die;
static int fail_errno;

static bool fails(void)
{
    if (calls_left < 0)
        return false;
    if (calls_left > 0) {
        calls_left--;
        return false;
    }
    if (!fail_for_good && !die)
        calls_left = -1;
    errno = fail_errno;
    return true;
}

static bool fails_or_dies(void)
{
    if (!fails())
        return false;
    if (die)
        _exit(DEAD);
    return true;
}

ssize_t __real_pwrite64(int fd, const void *bytes, size_t size, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t size, off_t offset);
int __real_ftruncate64(int fd, off_t size);
int __wrap_ftruncate64(int fd, off_t size);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);

/* A disk that fills up takes part of the write first. */
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t size, off_t offset)
{
    if (!fails())
        return __real_pwrite64(fd, bytes, size, offset);
    if (size > 8)
        (void)!__real_pwrite64(fd, bytes, size / 2, offset);
    if (die)
        _exit(DEAD);
    errno = fail_errno;
    return -1;
}

int __wrap_ftruncate64(int fd, off_t size)
{
    return fails_or_dies() ? -1 : __real_ftruncate64(fd, size);
}

static size_t n_sync; /* calls of fdatasync() */

/* These tests are about order, not about disks: no sync, much faster. */
int __wrap_fsync(int fd)
{
    (void)fd;
    return fails_or_dies() ? -1 : 0;
}

int __wrap_fdatasync(int fd)
{
    (void)fd;
    n_sync++;
    return fails_or_dies() ? -1 : 0;
}

int __wrap_rename(const char *from, const char *to)
{
    return fails_or_dies() ? -1 : __real_rename(from, to);
}

/* Where link() fails, rename() is tried: not an error. */
int __wrap_link(const char *from, const char *to)
{
    return fails_or_dies() ? -1 : __real_link(from, to);
}

enum { FOLDER_SIZE = 48 };

/* In memory where that is possible: thousands of renames are slow on a disk. */
static void make_folder(char folder[FOLDER_SIZE])
{
    (void)snprintf(folder, FOLDER_SIZE, "/dev/shm/mutau-chain-io-XXXXXX");
    if (mkdtemp(folder) != NULL)
        return;
    (void)snprintf(folder, FOLDER_SIZE, "/tmp/mutau-chain-io-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

enum { N_ENSEMBLE = 2, N_WALKER = 2, DIM = 2, N_BLOB = 1, N = N_ENSEMBLE * N_WALKER };
enum { ROWS = 1400, BLOCK = 700 }; /* grows at 1024 */

static const char *const names[] = {"a", "b"};
static const char *const blob_names[] = {"chi2"};

static double value(size_t row, size_t i)
{
    return (double)row + (double)i / 16.0;
}

/* One step of every ensemble, and the state after it. */
typedef struct step {
    double position[N][DIM], log_prob[N], blob[N], log_weight[N];
    uint64_t accepted[N];
} step;

static mutau_status append(mutau_chain *chain, step *s, size_t row, mutau_error *err)
{
    mutau_chain_step steps[N_ENSEMBLE];
    for (size_t i = 0; i < N; i++) {
        s->position[i][0] = value(row, i);
        s->position[i][1] = -value(row, i);
        s->log_prob[i] = value(row, i) / 2.0;
        s->blob[i] = value(row, i) / 4.0;
        s->log_weight[i] = value(row, i) / 8.0;
        s->accepted[i] = row + 1;
    }
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){s->position[e * N_WALKER], &s->log_prob[e * N_WALKER],
                                      &s->blob[e * N_WALKER]};
    return mutau_chain_append(chain, steps, NULL, s->log_weight, err);
}

static mutau_status commit(mutau_chain *chain, const step *s, size_t rows, mutau_error *err)
{
    const mutau_chain_state state = {
        .rng = {.key = {1}, .pos = 1},
        .steps = rows,
        .accepted = s->accepted,
        .position = s->position[0],
        .ln_prior = s->log_prob,
        .ln_like = s->log_prob,
        .blob = s->blob,
    };
    return mutau_chain_commit(chain, &state, err);
}

/* The file holds `rows` or `other` rows and their state, all as written. */
static void check_file(const char *path, size_t rows, size_t other)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_state state;
    static double x[ROWS * N];
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    if (mutau_chain_rows(chain) == other)
        rows = other;
    assert_int_equal(mutau_chain_rows(chain), rows);
    CHECK_OK(mutau_chain_read_parameter(chain, 1, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * N; i++)
        CHECK_ABS(x[i], -value(i / N, i % N), 0.0);
    CHECK_OK(mutau_chain_read_log_prob(chain, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * N; i++)
        CHECK_ABS(x[i], value(i / N, i % N) / 2.0, 0.0);
    CHECK_OK(mutau_chain_read_blob(chain, 0, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * N; i++)
        CHECK_ABS(x[i], value(i / N, i % N) / 4.0, 0.0);
    CHECK_OK(mutau_chain_read_log_weight(chain, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * N; i++)
        CHECK_ABS(x[i], value(i / N, i % N) / 8.0, 0.0);
    CHECK_OK(mutau_chain_read_state(chain, &state, &err), err);
    assert_int_equal(state.steps, rows);
    assert_int_equal(state.accepted[N - 1], rows);
    CHECK_ABS(state.position[0], value(rows - 1, 0), 0.0);
    mutau_chain_close(chain);
}

static const mutau_chain_info info = {
    .n_ensemble = N_ENSEMBLE,
    .n_walker = N_WALKER,
    .dim = DIM,
    .n_blob = N_BLOB,
    .names = names,
    .blob_names = blob_names,
    .config = "",
    .config_hash = "",
    .data_hash = "",
    .thin = 1,
    .mixture = "a mixture",
};

static mutau_chain *create(const char *path, mutau_status *status, mutau_error *err)
{
    mutau_chain *chain = NULL;
    *status = mutau_chain_create(path, &info, false, &chain, err);
    return chain;
}

/* Only the chain, and nothing else, is left in the folder: 0 or 1 files. */
static size_t count_files(const char *folder)
{
    size_t n = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        n += entry->d_name[0] != '.';
    (void)closedir(entries);
    return n;
}

static void check_message(const mutau_error *err)
{
    assert_non_null(strstr(err->text, strerror(fail_errno)));
    assert_non_null(strstr(err->text, "run.h5"));
    assert_null(strchr(err->text, '\n'));
}

/* Runs through with call number `n` failing; true if nothing failed any more.
 * Whoever meets an error checks the file and tries once more. */
static bool survive(const char *folder, const char *path, long n)
{
    mutau_error err = {0};
    mutau_status status;
    step s;
    size_t committed = 0;
    bool failed = false;
    calls_left = n;
    mutau_chain *chain = create(path, &status, &err);
    if (status != MUTAU_OK) {
        assert_int_equal(status, MUTAU_EIO);
        check_message(&err);
        assert_null(chain);
        calls_left = -1;
        assert_int_equal(count_files(folder), 0);
        return false;
    }
    for (size_t row = 0; row < ROWS; row++) {
        status = append(chain, &s, row, &err);
        if (status == MUTAU_OK && (row + 1) % BLOCK == 0)
            status = commit(chain, &s, row + 1, &err);
        if (status != MUTAU_OK) {
            assert_int_equal(status, MUTAU_EIO);
            check_message(&err);
            failed = true;
            const long left = calls_left;
            calls_left = -1;
            /* A commit may fail after `iteration` has been written. */
            if (access(path, F_OK) == 0)
                check_file(path, committed, row + 1);
            else
                assert_int_equal(committed, 0);
            calls_left = left;
            if (fail_for_good)
                break;
            CHECK_OK(commit(chain, &s, row + 1, &err), err);
        }
        if ((row + 1) % BLOCK == 0)
            committed = row + 1;
    }
    mutau_chain_trim(chain); /* what fails there leaves the file as it is */
    const bool over = calls_left > 0;
    calls_left = -1;
    mutau_chain_close(chain);
    if (!fail_for_good || !failed)
        check_file(path, ROWS, ROWS);
    assert_int_equal(count_files(folder), access(path, F_OK) == 0 ? 1 : 0);
    (void)unlink(path);
    return over && !failed;
}

static void fail_each(bool for_good, int number)
{
    char folder[FOLDER_SIZE], path[FOLDER_SIZE + 16];
    make_folder(folder);
    (void)snprintf(path, sizeof path, "%s/run.h5", folder);
    fail_for_good = for_good;
    fail_errno = number;
    long n = 0;
    while (!survive(folder, path, n))
        n += check_stride(3);
    assert_true(n > 50);
    assert_int_equal(rmdir(folder), 0);
}

static void test_full_disk_recovers(void **state)
{
    (void)state;
    fail_each(false, ENOSPC);
}

static void test_quota_for_good(void **state)
{
    (void)state;
    fail_each(true, EDQUOT);
}

/* A sync that has failed is not taken for done: the repeated commit syncs again. */
static void test_failed_sync_is_repeated(void **state)
{
    (void)state;
    char folder[FOLDER_SIZE], path[FOLDER_SIZE + 16];
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    step s;
    make_folder(folder);
    (void)snprintf(path, sizeof path, "%s/run.h5", folder);
    fail_for_good = false;
    fail_errno = EIO;
    CHECK_OK(mutau_chain_create(path, &info, false, &chain, &err), err);
    CHECK_OK(append(chain, &s, 0, &err), err);
    CHECK_OK(commit(chain, &s, 1, &err), err);
    long n = 0;
    for (;; n++) { /* every call, the two syncs among them */
        calls_left = n;
        const mutau_status status = commit(chain, &s, 1, &err);
        const bool failed = calls_left < 0;
        calls_left = -1;
        if (!failed)
            break;
        assert_int_equal(status, MUTAU_EIO);
        n_sync = 0;
        CHECK_OK(commit(chain, &s, 1, &err), err);
        assert_int_equal(n_sync, 2);
    }
    assert_true(n > 10);
    mutau_chain_close(chain);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Writes from the first missing row to the end, in the way of a run. */
static mutau_status write_rest(mutau_chain *chain, mutau_error *err)
{
    step s;
    for (size_t row = mutau_chain_rows(chain); row < ROWS; row++) {
        MUTAU_CHECK(append(chain, &s, row, err));
        if ((row + 1) % BLOCK == 0)
            MUTAU_CHECK(commit(chain, &s, row + 1, err));
    }
    MUTAU_CHECK(mutau_chain_sync(chain, err));
    mutau_chain_trim(chain);
    return MUTAU_OK;
}

/* A process that writes the chain, or goes on with it, and dies at call `n`;
 * whether it has. */
static bool die_at(const char *path, bool resume, long n)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        die = true;
        calls_left = n;
        const mutau_status status = resume ? mutau_chain_resume(path, &info, &chain, &err)
                                           : mutau_chain_create(path, &info, true, &chain, &err);
        if (status != MUTAU_OK || write_rest(chain, &err) != MUTAU_OK)
            _exit(2);
        mutau_chain_close(chain);
        _exit(0);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_true(WEXITSTATUS(result) == 0 || WEXITSTATUS(result) == DEAD);
    return WEXITSTATUS(result) == DEAD;
}

/* What a dead process has left is whole, and can be continued to the end. */
static void check_remains(const char *path, size_t at_least)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    const size_t rows = mutau_chain_rows(chain);
    mutau_chain_close(chain);
    assert_true(rows >= at_least && rows % BLOCK == 0);
    check_file(path, rows, rows);
    CHECK_OK(mutau_chain_resume(path, &info, &chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), rows);
    CHECK_OK(write_rest(chain, &err), err);
    mutau_chain_close(chain);
    check_file(path, ROWS, ROWS);
}

static void test_death_while_writing(void **state)
{
    (void)state;
    char folder[FOLDER_SIZE], path[FOLDER_SIZE + 16];
    make_folder(folder);
    (void)snprintf(path, sizeof path, "%s/run.h5", folder);
    long n = 0;
    for (; die_at(path, false, n); n += check_stride(5)) {
        if (access(path, F_OK) == 0)
            check_remains(path, BLOCK);
        (void)unlink(path);
    }
    assert_true(n > 50);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_death_while_resuming(void **state)
{
    (void)state;
    char folder[FOLDER_SIZE], path[FOLDER_SIZE + 16];
    mutau_error err = {0};
    step s;
    make_folder(folder);
    (void)snprintf(path, sizeof path, "%s/run.h5", folder);
    long n = 0;
    for (bool died = true; died; n += check_stride(5)) {
        mutau_chain *chain = NULL;
        CHECK_OK(mutau_chain_create(path, &info, true, &chain, &err), err);
        for (size_t row = 0; row < BLOCK; row++)
            CHECK_OK(append(chain, &s, row, &err), err);
        CHECK_OK(commit(chain, &s, BLOCK, &err), err);
        mutau_chain_close(chain);
        died = die_at(path, true, n);
        check_remains(path, BLOCK);
    }
    assert_true(n > 50);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_vanished_folder(void **state)
{
    (void)state;
    char folder[FOLDER_SIZE], path[FOLDER_SIZE + 16], command[FOLDER_SIZE + 16];
    mutau_error err = {0};
    mutau_status status;
    step s;
    for (size_t rows = 1; rows <= 2; rows++) {
        make_folder(folder);
        (void)snprintf(path, sizeof path, "%s/run.h5", folder);
        mutau_chain *chain = create(path, &status, &err);
        CHECK_OK(status, err);
        for (size_t row = 0; row < rows; row++) {
            CHECK_OK(append(chain, &s, row, &err), err);
            if (row + 1 < rows)
                CHECK_OK(commit(chain, &s, row + 1, &err), err);
        }
        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        assert_int_equal(system(command), 0);
        CHECK_STATUS(commit(chain, &s, rows, &err), MUTAU_EIO, err);
        assert_non_null(strstr(err.text, "run.h5"));
        mutau_chain_close(chain);
    }
}

/* Somebody puts another file in the chain's place: it is not touched. */
static void test_replaced_file(void **state)
{
    (void)state;
    char folder[FOLDER_SIZE], path[FOLDER_SIZE + 16];
    mutau_error err = {0};
    mutau_status status;
    step s;
    make_folder(folder);
    (void)snprintf(path, sizeof path, "%s/run.h5", folder);
    mutau_chain *chain = create(path, &status, &err);
    CHECK_OK(status, err);
    CHECK_OK(append(chain, &s, 0, &err), err);
    CHECK_OK(commit(chain, &s, 1, &err), err);
    assert_int_equal(unlink(path), 0);
    FILE *other = fopen(path, "w");
    assert_non_null(other);
    (void)fclose(other);
    CHECK_OK(append(chain, &s, 1, &err), err);
    CHECK_STATUS(commit(chain, &s, 2, &err), MUTAU_EIO, err);
    /* Nor by the larger file that is needed when the room ends. */
    for (size_t row = 2; row < 3000 && status == MUTAU_OK; row++)
        status = append(chain, &s, row, &err);
    assert_int_equal(status, MUTAU_EIO);
    mutau_chain_close(chain);
    struct stat other_info;
    assert_int_equal(stat(path, &other_info), 0);
    assert_int_equal(other_info.st_size, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* For root every folder can be written to: then there is nothing to see. */
static void test_read_only_folder(void **state)
{
    (void)state;
    char folder[FOLDER_SIZE], path[FOLDER_SIZE + 16];
    mutau_error err = {0};
    mutau_status status;
    make_folder(folder);
    (void)snprintf(path, sizeof path, "%s/run.h5", folder);
    assert_int_equal(chmod(folder, 0500), 0);
    mutau_chain *chain = create(path, &status, &err);
    if (geteuid() != 0) {
        assert_int_equal(status, MUTAU_EIO);
        assert_non_null(strstr(err.text, strerror(EACCES)));
        assert_null(chain);
    }
    mutau_chain_close(chain);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disk_recovers),      cmocka_unit_test(test_quota_for_good),
        cmocka_unit_test(test_failed_sync_is_repeated), cmocka_unit_test(test_death_while_writing),
        cmocka_unit_test(test_death_while_resuming),    cmocka_unit_test(test_vanished_folder),
        cmocka_unit_test(test_replaced_file),           cmocka_unit_test(test_read_only_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
