/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A power cut: what was written since the last sync is lost, or there, or there in part,
 * in any order.
 *
 * A run, with a resume in the middle, is recorded: every write, sync and name.  Then it
 * is cut after each of these calls, and the disk is put together as it may be found:
 * everything before a file's last sync; of later writes nothing, or in every sector of
 * 512 bytes those up to a random one (a sector has what the system's memory held when it
 * was written); of the folder everything before its last sync, and the names up to a
 * random later one.  The last commit that had returned must be there, whole, and a
 * resume must go on from it. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "check.h"
#include "store/chain.h"

enum { SECTOR = 512, MAX_OPS = 20000, MAX_OBJECTS = 16, MAX_SIZE = 4 << 20 };
enum { NAME_RUN, NAME_NEW, NAME_GROWN, N_NAMES };

typedef enum op_kind {
    OP_CREATE,
    OP_SIZE,
    OP_WRITE,
    OP_SYNC,
    OP_MOVE, /* rename */
    OP_LINK,
    OP_UNLINK,
    OP_SYNC_FOLDER,
    OP_COMMIT
} op_kind;

typedef struct op {
    op_kind kind;
    int object, from, to; /* files in the order of their creation; names */
    size_t offset, size;  /* of a write; rows of a commit */
    unsigned char *bytes; /* owned */
} op;

static op log_of[MAX_OPS];
static size_t n_op;
static bool recording;
static ino_t inodes[MAX_OBJECTS];
static int n_object;

static void record(op entry)
{
    if (!recording)
        return;
    assert_true(n_op < MAX_OPS);
    log_of[n_op++] = entry;
}

/* The newest file with this inode; -1 for a folder and whatever else there is. */
static int object_of(int fd)
{
    struct stat info;
    assert_int_equal(fstat(fd, &info), 0);
    for (int i = n_object - 1; i >= 0; i--)
        if (S_ISREG(info.st_mode) && inodes[i] == info.st_ino)
            return i;
    return -1;
}

/* A temporary name has 16 digits between the file's name and its kind. */
static int name_of(const char *path)
{
    const char *base = strrchr(path, '/');
    if (base == NULL || strncmp(base, "/run.h5", 7) != 0)
        return -1;
    if (base[7] == '\0')
        return NAME_RUN;
    if (strlen(base) < 7 + 17)
        return -1;
    if (strcmp(base + 7 + 17, ".new") == 0)
        return NAME_NEW;
    return strcmp(base + 7 + 17, ".grown") == 0 ? NAME_GROWN : -1;
}

mutau_status __real_mutau_chain_create_file(const char *path, int *fd, mutau_error *err);
mutau_status __wrap_mutau_chain_create_file(const char *path, int *fd, mutau_error *err);
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
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

mutau_status __wrap_mutau_chain_create_file(const char *path, int *fd, mutau_error *err)
{
    struct stat info;
    const mutau_status status = __real_mutau_chain_create_file(path, fd, err);
    if (status != MUTAU_OK || !recording)
        return status;
    assert_int_equal(fstat(*fd, &info), 0);
    assert_true(n_object < MAX_OBJECTS && name_of(path) >= 0);
    inodes[n_object] = info.st_ino;
    record((op){.kind = OP_CREATE, .object = n_object++, .to = name_of(path)});
    return MUTAU_OK;
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t size, off_t offset)
{
    if (recording && object_of(fd) >= 0) {
        op entry = {.kind = OP_WRITE, .object = object_of(fd), .offset = (size_t)offset};
        entry.size = size;
        entry.bytes = malloc(size);
        assert_non_null(entry.bytes);
        memcpy(entry.bytes, bytes, size);
        record(entry);
    }
    return __real_pwrite64(fd, bytes, size, offset);
}

int __wrap_ftruncate64(int fd, off_t size)
{
    if (recording && object_of(fd) >= 0)
        record((op){.kind = OP_SIZE, .object = object_of(fd), .size = (size_t)size});
    return __real_ftruncate64(fd, size);
}

static int record_sync(int fd)
{
    if (!recording)
        return 0;
    const int object = object_of(fd);
    if (object >= 0)
        record((op){.kind = OP_SYNC, .object = object});
    else
        record((op){.kind = OP_SYNC_FOLDER});
    return 0;
}

int __wrap_fsync(int fd)
{
    return record_sync(fd);
}

int __wrap_fdatasync(int fd)
{
    return record_sync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    record((op){.kind = OP_MOVE, .from = name_of(from), .to = name_of(to)});
    return __real_rename(from, to);
}

int __wrap_link(const char *from, const char *to)
{
    record((op){.kind = OP_LINK, .from = name_of(from), .to = name_of(to)});
    return __real_link(from, to);
}

int __wrap_unlink(const char *path)
{
    if (name_of(path) >= 0)
        record((op){.kind = OP_UNLINK, .to = name_of(path)});
    return __real_unlink(path);
}

/* ---- the disk after the cut -------------------------------------------------- */

static uint64_t random_state = 20260;

static uint64_t random_below(uint64_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % n;
}

typedef enum loss {
    LOSE_ALL, /* since the last sync */
    LOSE_NOTHING,
    LOSE_SOME
} loss;

/* One more than the last of the operations before `cut` that are sure to be on disk. */
static size_t synced_before(size_t cut, op_kind kind, int object)
{
    size_t end = 0;
    for (size_t i = 0; i < cut; i++)
        if (log_of[i].kind == kind && log_of[i].object == object)
            end = i + 1;
    return end;
}

static size_t survivors(size_t synced, size_t cut, loss how)
{
    if (how == LOSE_SOME)
        return synced + (size_t)random_below(cut - synced + 1);
    return how == LOSE_ALL ? synced : cut;
}

/* Which file has the run's name; -1: none. */
static int named_file(size_t cut, loss how)
{
    int names[N_NAMES] = {-1, -1, -1};
    const size_t end = survivors(synced_before(cut, OP_SYNC_FOLDER, 0), cut, how);
    for (size_t i = 0; i < end; i++) {
        const op *o = &log_of[i];
        if (o->kind == OP_CREATE)
            names[o->to] = o->object;
        else if (o->kind == OP_MOVE || o->kind == OP_LINK)
            names[o->to] = names[o->from];
        if (o->kind == OP_MOVE)
            names[o->from] = -1;
        else if (o->kind == OP_UNLINK)
            names[o->to] = -1;
    }
    return names[NAME_RUN];
}

/* Applies a write to those sectors whose last surviving operation comes after it. */
static void apply(unsigned char image[], const size_t limit[], size_t i, const op *o)
{
    for (size_t done = 0; done < o->size;) {
        const size_t at = o->offset + done, left = o->size - done;
        const size_t room = SECTOR - at % SECTOR, size = left < room ? left : room;
        if (i < limit[at / SECTOR])
            memcpy(image + at, o->bytes + done, size);
        done += size;
    }
}

/* The contents of a file; its size. */
static size_t build(int object, size_t cut, loss how, unsigned char image[])
{
    static size_t limit[MAX_SIZE / SECTOR];
    const size_t synced = synced_before(cut, OP_SYNC, object);
    const size_t size_limit = survivors(synced, cut, how);
    size_t file_size = 0;
    for (size_t i = 0; i < MAX_SIZE / SECTOR; i++)
        limit[i] = survivors(synced, cut, how);
    memset(image, 0, MAX_SIZE);
    for (size_t i = 0; i < cut; i++) {
        const op *o = &log_of[i];
        if (o->object != object)
            continue;
        assert_true(o->offset + o->size <= MAX_SIZE);
        if (o->kind == OP_SIZE && i < size_limit)
            file_size = o->size;
        else if (o->kind == OP_WRITE)
            apply(image, limit, i, o);
    }
    return file_size;
}

/* ---- the run -------------------------------------------------------------------- */

enum { N_ENSEMBLE = 2, N_WALKER = 2, DIM = 2, N_BLOB = 1, T = 2, N = N_ENSEMBLE * T * N_WALKER };
enum { ROWS = 1300, RESUMED = 400 }; /* grows at 1024 */

static const char *const names[] = {"a", "b"};
static const char *const blob_names[] = {"chi2"};
static const mutau_chain_info info = {
    .n_ensemble = N_ENSEMBLE,
    .n_walker = N_WALKER,
    .dim = DIM,
    .n_blob = N_BLOB,
    .names = names,
    .blob_names = blob_names,
    .thin = 1,
    .n_temperature = T,
    .mixture = "a mixture",
};

static double value(size_t row, size_t i)
{
    return (double)row + (double)i / 16.0 + 1.0;
}

typedef struct step {
    double position[N][DIM], log_prob[N], blob[N], beta[T], log_weight[N / T];
    uint64_t accepted[N];
    mutau_chain_swaps swaps[T - 1];
} step;

static void fill(step *s, size_t row)
{
    for (size_t i = 0; i < N; i++) {
        s->position[i][0] = value(row, i);
        s->position[i][1] = -value(row, i);
        s->log_prob[i] = value(row, i) / 2.0;
        s->blob[i] = value(row, i) / 4.0;
        s->accepted[i] = row + 1;
    }
    for (size_t i = 0; i < N / T; i++)
        s->log_weight[i] = value(row, i) / 8.0;
    s->beta[0] = 1.0;
    s->beta[1] = value(row, 0);
    s->swaps[0] = (mutau_chain_swaps){2 * row, row};
}

static mutau_status append(mutau_chain *chain, step *s, size_t row, mutau_error *err)
{
    mutau_chain_step steps[N_ENSEMBLE];
    const mutau_chain_tempering tempering = {s->beta, s->log_prob};
    fill(s, row);
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){s->position[e * T * N_WALKER], &s->log_prob[e * T * N_WALKER],
                                      &s->blob[e * T * N_WALKER]};
    return mutau_chain_append(chain, steps, &tempering, s->log_weight, err);
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
        .beta = s->beta,
        .swaps = s->swaps,
    };
    const mutau_chain_check check = {.step = rows, .rhat = (double)rows};
    MUTAU_CHECK(mutau_chain_add_check(chain, &check, err));
    MUTAU_CHECK(mutau_chain_set_burn_in(chain, rows / 4, err));
    MUTAU_CHECK(mutau_chain_commit(chain, &state, err));
    record((op){.kind = OP_COMMIT, .object = -1, .size = rows});
    return MUTAU_OK;
}

/* Goes on to `rows` rows, with commits at odd places. */
static void write_to(mutau_chain *chain, size_t rows)
{
    mutau_error err = {0};
    step s;
    for (size_t row = mutau_chain_rows(chain); row < rows; row++) {
        CHECK_OK(append(chain, &s, row, &err), err);
        if (row % 97 == 0 || row + 1 == rows)
            CHECK_OK(commit(chain, &s, row + 1, &err), err);
    }
    CHECK_OK(mutau_chain_sync(chain, &err), err);
    mutau_chain_trim(chain);
    mutau_chain_close(chain);
}

static void check_state(mutau_chain *chain, size_t rows)
{
    mutau_error err = {0};
    mutau_chain_state state;
    step s;
    fill(&s, rows - 1);
    CHECK_OK(mutau_chain_read_state(chain, &state, &err), err);
    assert_int_equal(state.steps, rows);
    assert_memory_equal(state.accepted, s.accepted, sizeof s.accepted);
    assert_memory_equal(state.position, s.position, sizeof s.position);
    assert_memory_equal(state.beta, s.beta, sizeof s.beta);
    assert_memory_equal(state.swaps, s.swaps, sizeof s.swaps);
    size_t n_check = 0;
    const mutau_chain_check *history = mutau_chain_history(chain, &n_check);
    for (size_t i = 0; i < n_check; i++)
        CHECK_ABS(history[i].rhat, (double)history[i].step, 0.0);
    assert_true(n_check > 0 && history[n_check - 1].step == rows);
}

/* All that the file holds is as written; the number of rows. */
static size_t check_file(const char *path)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    enum { COLD = N_ENSEMBLE * N_WALKER };
    static double x[ROWS * COLD];
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    const size_t rows = mutau_chain_rows(chain);
    assert_true(rows > 0 && rows <= ROWS);
    CHECK_OK(mutau_chain_read_parameter(chain, 1, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * COLD; i++)
        CHECK_ABS(x[i], -value(i / COLD, i % COLD / N_WALKER * T * N_WALKER + i % N_WALKER), 0.0);
    CHECK_OK(mutau_chain_read_blob(chain, 0, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * COLD; i++)
        CHECK_ABS(x[i], value(i / COLD, i % COLD / N_WALKER * T * N_WALKER + i % N_WALKER) / 4.0,
                  0.0);
    CHECK_OK(mutau_chain_read_log_like(chain, 1, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * COLD; i++)
        CHECK_ABS(x[i],
                  value(i / COLD, (i % COLD / N_WALKER * T + 1) * N_WALKER + i % N_WALKER) / 2.0,
                  0.0);
    CHECK_OK(mutau_chain_read_log_weight(chain, 0, rows, x, &err), err);
    for (size_t i = 0; i < rows * COLD; i++)
        CHECK_ABS(x[i], value(i / COLD, i % COLD) / 8.0, 0.0);
    check_state(chain, rows);
    mutau_chain_close(chain);
    return rows;
}

/* ---- the cuts -------------------------------------------------------------------- */

static char folder[48], run_path[64], cut_path[64];

static void write_image(const unsigned char image[], size_t size)
{
    FILE *file = fopen(cut_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(image, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Rows of the last commit that had returned before the cut. */
static size_t committed_before(size_t cut)
{
    size_t rows = 0;
    for (size_t i = 0; i < cut; i++)
        if (log_of[i].kind == OP_COMMIT)
            rows = log_of[i].size;
    return rows;
}

/* Rows of the first commit after the cut, which may have been on its way. */
static size_t committed_after(size_t cut)
{
    for (size_t i = cut; i < n_op; i++)
        if (log_of[i].kind == OP_COMMIT)
            return log_of[i].size;
    return ROWS;
}

static void cut_and_check(size_t cut, loss how, bool resume)
{
    static unsigned char image[MAX_SIZE];
    const size_t committed = committed_before(cut);
    const int object = named_file(cut, how);
    if (object < 0) {
        assert_int_equal(committed, 0);
        return;
    }
    write_image(image, build(object, cut, how, image));
    const size_t rows = check_file(cut_path);
    assert_true(rows == committed || rows == committed_after(cut));
    if (!resume)
        return;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    CHECK_OK(mutau_chain_resume(cut_path, &info, &chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), rows);
    write_to(chain, ROWS);
    assert_int_equal(check_file(cut_path), ROWS);
}

static void record_run(void)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    recording = true;
    CHECK_OK(mutau_chain_create(run_path, &info, false, &chain, &err), err);
    write_to(chain, RESUMED);
    CHECK_OK(mutau_chain_resume(run_path, &info, &chain, &err), err);
    write_to(chain, ROWS);
    recording = false;
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/dev/shm/mutau-power-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        (void)snprintf(folder, sizeof folder, "/tmp/mutau-power-XXXXXX");
        if (mkdtemp(folder) == NULL)
            return -1;
    }
    (void)snprintf(run_path, sizeof run_path, "%s/run.h5", folder);
    (void)snprintf(cut_path, sizeof cut_path, "%s/cut.h5", folder);
    record_run();
    return n_op > 500 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(run_path);
    (void)unlink(cut_path);
    for (size_t i = 0; i < n_op; i++)
        free(log_of[i].bytes);
    return rmdir(folder);
}

/* The record itself is complete: played to its end it is the file. */
static void test_everything_written(void **state)
{
    (void)state;
    assert_int_equal(check_file(run_path), ROWS);
    cut_and_check(n_op, LOSE_NOTHING, false);
}

/* Also that of any single moment, as a kill leaves it. */
static void test_nothing_lost(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= n_op; cut++)
        cut_and_check(cut, LOSE_NOTHING, false);
}

static void test_everything_since_the_sync_lost(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= n_op; cut++)
        cut_and_check(cut, LOSE_ALL, cut % 61 == 0);
}

static void test_any_part_lost(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= n_op; cut++)
        for (int i = 0; i < 3; i++)
            cut_and_check(cut, LOSE_SOME, cut % 61 == 0 && i == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_written),
        cmocka_unit_test(test_nothing_lost),
        cmocka_unit_test(test_everything_since_the_sync_lost),
        cmocka_unit_test(test_any_part_lost),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
