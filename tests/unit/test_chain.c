/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain store: what is written is read, growth, errors, lock, resume. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain_place.h"
#include "check.h"
#include "fail_alloc.h"
#include "store/chain.h"
#include "store/chain_quiet.h"

enum { N_ENSEMBLE = 3, N_WALKER = 4, DIM = 2, N_BLOB = 3, N = N_ENSEMBLE * N_WALKER };

static const char *const names[] = {"log10_g_prime", "gamma"};
static const char *const units[] = {"", ""};
static const char *const labels[] = {"\\log_{10} g'", "\\gamma"};
static const char *const blob_names[] = {"m_zprime", "chi2", "lnl_g-2"};

/* A folder for one test, and the path of a chain in it. */
static mutau_chain_info description(void)
{
    return (mutau_chain_info){
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .dim = DIM,
        .n_blob = N_BLOB,
        .names = names,
        .units = units,
        .labels = labels,
        .blob_names = blob_names,
        .config = "description: \xc2\xb5\xcf\x84\nmodel: {}\n",
        .config_hash = "12ab",
        .data_hash = "34cd",
        .inputs = "",
        .version = "0.1.0",
        .folder = "/srv/\xc2\xb5/runs",
        .seed = 4294967295u,
        .thin = 1,
    };
}

static int unlock_and_tear_down(void **state)
{
    const place *p = *state;
    (void)unlink(p->lock);
    return tear_down(state);
}

/* Numbers that say where they belong. */
static double x_of(size_t row, size_t i_walker, size_t column)
{
    return (double)row + (double)i_walker / 64.0 + (double)column / 4096.0;
}

static double log_prob_of(size_t row, size_t i_walker)
{
    return -1.0 - x_of(row, i_walker, 7);
}

static double blob_of(size_t row, size_t i_walker, size_t column)
{
    return 100.0 * x_of(row, i_walker, column);
}

/* One row of all ensembles and the state after it. */
typedef struct buffers {
    double position[N][DIM], log_prob[N], blob[N][N_BLOB], ln_prior[N], ln_like[N];
    uint64_t accepted[N];
    mutau_rng *rng;
} buffers;

static void fill(buffers *b, size_t row)
{
    for (size_t i = 0; i < N; i++) {
        for (size_t d = 0; d < DIM; d++)
            b->position[i][d] = x_of(row, i, d);
        for (size_t d = 0; d < N_BLOB; d++)
            b->blob[i][d] = blob_of(row, i, d);
        b->log_prob[i] = log_prob_of(row, i);
        b->ln_prior[i] = -2.0 * (double)row - (double)i;
        b->ln_like[i] = b->log_prob[i] - b->ln_prior[i];
        b->accepted[i] = row + i;
    }
}

static mutau_status append(mutau_chain *chain, buffers *b, size_t row, mutau_error *err)
{
    mutau_chain_step steps[N_ENSEMBLE];
    fill(b, row);
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){b->position[e * N_WALKER], &b->log_prob[e * N_WALKER],
                                      b->blob[e * N_WALKER]};
    return mutau_chain_append(chain, steps, NULL, NULL, err);
}

static mutau_chain_state state_of(const buffers *b, size_t rows)
{
    mutau_chain_state state = {
        .steps = rows,
        .evaluations = 11 * rows,
        .failures = 3,
        .seconds = 0.125 * (double)rows,
        .accepted = b->accepted,
        .position = b->position[0],
        .ln_prior = b->ln_prior,
        .ln_like = b->ln_like,
        .blob = b->blob[0],
    };
    mutau_rng_save(b->rng, &state.rng);
    return state;
}

/* Appends rows [first, last) and commits them. */
static void write_rows(mutau_chain *chain, buffers *b, size_t first, size_t last)
{
    mutau_error err = {0};
    for (size_t row = first; row < last; row++) {
        (void)mutau_rng_word(b->rng);
        CHECK_OK(append(chain, b, row, &err), err);
    }
    const mutau_chain_state state = state_of(b, last);
    CHECK_OK(mutau_chain_commit(chain, &state, &err), err);
}

static void write_file(const char *path, size_t rows)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(path, &info, false, &chain, &err), err);
    write_rows(chain, &b, 0, rows);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

static void check_values(mutau_chain *chain, size_t first, size_t n_row)
{
    mutau_error err = {0};
    double *x = calloc(n_row * N, sizeof *x);
    assert_non_null(x);
    for (size_t d = 0; d < DIM; d++) {
        CHECK_OK(mutau_chain_read_parameter(chain, d, first, n_row, x, &err), err);
        for (size_t i = 0; i < n_row * N; i++)
            CHECK_ABS(x[i], x_of(first + i / N, i % N, d), 0.0);
    }
    for (size_t d = 0; d < N_BLOB; d++) {
        CHECK_OK(mutau_chain_read_blob(chain, d, first, n_row, x, &err), err);
        for (size_t i = 0; i < n_row * N; i++)
            CHECK_ABS(x[i], blob_of(first + i / N, i % N, d), 0.0);
    }
    CHECK_OK(mutau_chain_read_log_prob(chain, first, n_row, x, &err), err);
    for (size_t i = 0; i < n_row * N; i++)
        CHECK_ABS(x[i], log_prob_of(first + i / N, i % N), 0.0);
    free(x);
}

static void check_state(mutau_chain *chain, size_t rows, const mutau_rng *rng)
{
    mutau_error err = {0};
    mutau_chain_state state;
    mutau_rng_state stored;
    buffers b;
    fill(&b, rows - 1);
    CHECK_OK(mutau_chain_read_state(chain, &state, &err), err);
    assert_int_equal(state.steps, rows);
    assert_int_equal(state.evaluations, 11 * rows);
    assert_int_equal(state.failures, 3);
    CHECK_ABS(state.seconds, 0.125 * (double)rows, 0.0);
    assert_memory_equal(state.accepted, b.accepted, sizeof b.accepted);
    assert_memory_equal(state.position, b.position, sizeof b.position);
    assert_memory_equal(state.ln_prior, b.ln_prior, sizeof b.ln_prior);
    assert_memory_equal(state.ln_like, b.ln_like, sizeof b.ln_like);
    assert_memory_equal(state.blob, b.blob, sizeof b.blob);
    mutau_rng_save(rng, &stored);
    assert_int_equal(state.rng.pos, stored.pos);
    assert_memory_equal(state.rng.key, stored.key, sizeof stored.key);
}

static bool always(void *self)
{
    (void)self;
    return true;
}

static void test_reading_ends_on_request(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    const size_t n = info.n_ensemble * info.n_walker;
    buffers b = {.rng = mutau_rng_alloc(5)};
    double *x = calloc(40 * n, sizeof *x);
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, &b, 0, 40);
    mutau_chain_set_stop(chain, (mutau_stop){.requested = always});
    CHECK_STATUS(mutau_chain_read_parameter(chain, 0, 0, 40, x, &err), MUTAU_ESTOPPED, err);
    CHECK_STATUS(mutau_chain_read_log_prob(chain, 0, 40, x, &err), MUTAU_ESTOPPED, err);
    CHECK_OK(mutau_chain_set_burn_in(chain, 9, &err), err); /* writing goes on */
    write_rows(chain, &b, 40, 41);
    mutau_chain_set_stop(chain, (mutau_stop){0});
    CHECK_OK(mutau_chain_read_parameter(chain, 0, 0, 40, x, &err), err);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
    free(x);
}

static void test_round_trip(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL, *reader = NULL;
    const mutau_chain_info info = description();
    const mutau_chain_check check = {.step = 40,
                                     .rhat = 1.02,
                                     .ess_bulk = 400.5,
                                     .ess_tail = 300.25,
                                     .tau = 12.5,
                                     .acceptance = 0.4,
                                     .acceptance_min = 0.125,
                                     .acceptance_max = 0.75,
                                     .ln_z = -3.5,
                                     .ln_z_error = 0.25,
                                     .swap_min = 0.125,
                                     .mode_error = 0.5,
                                     .n_stuck = 2};
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    assert_int_equal(access(p->lock, F_OK), 0);
    assert_int_not_equal(access(p->path, F_OK), 0);
    write_rows(chain, &b, 0, 40);
    check_values(chain, 3, 37);
    check_state(chain, 40, b.rng);
    CHECK_OK(mutau_chain_add_check(chain, &check, &err), err);
    CHECK_OK(mutau_chain_set_burn_in(chain, 9, &err), err);
    CHECK_OK(mutau_chain_set_converged(chain, true, &err), err);
    assert_int_equal(mutau_chain_burn_in(chain), 0); /* with the next commit */
    write_rows(chain, &b, 40, 47);
    CHECK_OK(append(chain, &b, 47, &err), err); /* not committed: dropped */
    CHECK_OK(mutau_chain_sync(chain, &err), err);
    mutau_chain_close(chain);
    assert_int_not_equal(access(p->lock, F_OK), 0);

    CHECK_OK(mutau_chain_open(p->path, &reader, &err), err);
    const mutau_chain_info got = mutau_chain_describe(reader);
    assert_int_equal(got.n_ensemble, N_ENSEMBLE);
    assert_int_equal(got.n_walker, N_WALKER);
    assert_int_equal(got.dim, DIM);
    assert_int_equal(got.n_blob, N_BLOB);
    assert_int_equal(got.seed, 4294967295u);
    assert_int_equal(got.thin, 1);
    for (size_t i = 0; i < DIM; i++) {
        assert_string_equal(got.names[i], names[i]);
        assert_string_equal(got.units[i], units[i]);
        assert_string_equal(got.labels[i], labels[i]);
    }
    for (size_t i = 0; i < N_BLOB; i++)
        assert_string_equal(got.blob_names[i], blob_names[i]);
    assert_string_equal(got.config, info.config);
    assert_string_equal(got.config_hash, info.config_hash);
    assert_string_equal(got.data_hash, info.data_hash);
    assert_string_equal(got.version, info.version);
    assert_string_equal(got.folder, info.folder);
    assert_int_equal(mutau_chain_rows(reader), 47);
    assert_int_equal(mutau_chain_burn_in(reader), 9);
    assert_true(mutau_chain_converged(reader));
    size_t n_check = 0;
    const mutau_chain_check *history = mutau_chain_history(reader, &n_check);
    assert_int_equal(n_check, 1);
    assert_memory_equal(history, &check, sizeof check);
    check_values(reader, 0, 47);
    check_values(reader, 46, 1);
    check_state(reader, 47, b.rng);
    mutau_chain_close(reader);
    mutau_rng_free(b.rng);
}

/* Room starts at 1024 rows and 512 checks. */
static void test_growth(void **state)
{
    const place *p = *state;
    enum { ROWS = 5000, CHECKS = 1100 };
    mutau_error err = {0};
    mutau_chain *chain = NULL, *reader = NULL, *early = NULL;
    const mutau_chain_info info = description();
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, &b, 0, 1000);
    CHECK_OK(mutau_chain_open(p->path, &early, &err), err);
    for (size_t i = 0; i < CHECKS; i++) {
        const mutau_chain_check check = {.step = i, .rhat = (double)i};
        CHECK_OK(mutau_chain_add_check(chain, &check, &err), err);
    }
    write_rows(chain, &b, 1000, 1001);
    write_rows(chain, &b, 1001, ROWS);
    check_values(chain, 0, ROWS);
    check_state(chain, ROWS, b.rng);
    mutau_chain_close(chain);

    /* Who opened the file before it grew still reads it. */
    assert_int_equal(mutau_chain_rows(early), 1000);
    check_values(early, 0, 1000);
    mutau_chain_close(early);

    CHECK_OK(mutau_chain_open(p->path, &reader, &err), err);
    assert_int_equal(mutau_chain_rows(reader), ROWS);
    check_values(reader, 0, ROWS);
    size_t n_check = 0;
    const mutau_chain_check *history = mutau_chain_history(reader, &n_check);
    assert_int_equal(n_check, CHECKS);
    for (size_t i = 0; i < CHECKS; i++)
        CHECK_ABS(history[i].rhat, (double)i, 0.0);
    mutau_chain_close(reader);
    mutau_rng_free(b.rng);
}

static struct stat stat_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info;
}

/* Apparent size is what rows take and little more; all else is as it was, for who has the file
 * open as well, and rows may follow. */
static void test_trim(void **state)
{
    const place *p = *state;
    enum { ROWS = 1100, MORE = 2300 };
    mutau_error err = {0};
    mutau_chain *chain = NULL, *early = NULL, *reader = NULL;
    const mutau_chain_info info = description();
    const mutau_chain_check check = {.step = 7, .rhat = 1.25};
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    mutau_chain_trim(chain); /* there is no file yet */
    CHECK_OK(mutau_chain_add_check(chain, &check, &err), err);
    write_rows(chain, &b, 0, ROWS / 2);
    const off_t half = stat_of(p->path).st_size; /* room for 1024 rows */
    CHECK_OK(mutau_chain_set_burn_in(chain, 99, &err), err);
    CHECK_OK(mutau_chain_set_converged(chain, true, &err), err);
    write_rows(chain, &b, ROWS / 2, ROWS);
    CHECK_OK(mutau_chain_open(p->path, &early, &err), err);
    assert_int_equal(chmod(p->path, 0640), 0);
    const struct stat before = stat_of(p->path);
    assert_true(before.st_size > 3 * half);

    long n_failed = 0;
    for (;; n_failed++) { /* without memory the file stays */
        fail_alloc_after = n_failed;
        mutau_chain_trim(chain);
        const bool failed = fail_alloc_after < 0;
        fail_alloc_after = -1;
        if (!failed)
            break;
        assert_int_equal(stat_of(p->path).st_ino, before.st_ino);
    }
    assert_true(n_failed > 2);
    const struct stat after = stat_of(p->path);
    assert_true(after.st_ino != before.st_ino && (after.st_mode & 0777) == 0640);
    /* room for 2048 rows, not 4096: whole chunks, which are long where rows are short */
    assert_true(after.st_size > half && after.st_size < before.st_size * 3 / 5);
    mutau_chain_trim(chain); /* nothing to spare */
    assert_int_equal(stat_of(p->path).st_ino, after.st_ino);
    check_values(early, 0, ROWS);
    mutau_chain_close(early);
    CHECK_OK(mutau_chain_open(p->path, &reader, &err), err);
    assert_int_equal(mutau_chain_rows(reader), ROWS);
    assert_int_equal(mutau_chain_burn_in(reader), 99);
    assert_true(mutau_chain_converged(reader));
    check_values(reader, 0, ROWS);
    check_state(reader, ROWS, b.rng);
    size_t n = 0;
    CHECK_OK(mutau_chain_verify(reader, &n, &err), err);
    assert_int_equal(n, 0);
    assert_memory_equal(mutau_chain_history(reader, &n), &check, sizeof check);
    assert_int_equal(n, 1);
    mutau_chain_trim(reader); /* has nothing to write with */
    mutau_chain_close(reader);

    CHECK_OK(mutau_chain_add_check(chain, &check, &err), err);
    write_rows(chain, &b, ROWS, MORE);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_resume(p->path, &info, &chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), MORE);
    check_values(chain, 0, MORE);
    mutau_chain_history(chain, &n);
    assert_int_equal(n, 2);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

static void test_resume(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_info info = description();
    mutau_chain_state stored;
    write_file(p->path, 700);

    info.config = "description: the same, with other words and more of them\n";
    CHECK_OK(mutau_chain_resume(p->path, &info, &chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), 700);
    buffers b = {.rng = mutau_rng_alloc(1)};
    CHECK_OK(mutau_chain_read_state(chain, &stored, &err), err);
    CHECK_OK(mutau_rng_restore(b.rng, &stored.rng, &err), err);
    check_state(chain, 700, b.rng);
    write_rows(chain, &b, 700, 1500);
    mutau_chain_close(chain);

    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    assert_string_equal(mutau_chain_describe(chain).config, info.config);
    assert_int_equal(mutau_chain_rows(chain), 1500);
    check_values(chain, 0, 1500);
    check_state(chain, 1500, b.rng);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

/* Each thing that a resume may not change, and the word that names it. */
static void test_resume_refuses(void **state)
{
    const place *p = *state;
    static const char *const other_names[] = {"log10_g_prime", "A"};
    static const char *const other_blobs[] = {"m_zprime", "chi2", "lnl_na64"};
    const mutau_chain_info info = description();
    mutau_chain_info changed[9];
    static const char *const words[] = {"A",     "parameters",    "lnl_na64",
                                        "blobs", "ensembles",     "walkers",
                                        "seed",  "configuration", "data"};
    for (size_t i = 0; i < 9; i++)
        changed[i] = info;
    changed[0].names = other_names;
    changed[1].dim = 1;
    changed[2].blob_names = other_blobs;
    changed[3].n_blob = 2;
    changed[4].n_ensemble = 2;
    changed[5].n_walker = 8;
    changed[6].seed = 8;
    changed[7].config_hash = "12ac";
    changed[8].data_hash = "34ce";
    write_file(p->path, 10);
    for (size_t i = 0; i < 9; i++) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        CHECK_STATUS(mutau_chain_resume(p->path, &changed[i], &chain, &err), MUTAU_ERESUME, err);
        assert_non_null(strstr(err.text, words[i]));
        assert_int_not_equal(access(p->lock, F_OK), 0);
    }
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    check_values(chain, 0, 10);
    mutau_chain_close(chain);
}

/* The list of inputs is kept, and a resume names what differs in it. */
static void test_inputs(void **state)
{
    const place *p = *state;
    static const char *const columns[] = {"e2phi"};
    static const size_t rows[] = {3};
    static const double values[] = {1.6e-8, 1.7e-8};
    mutau_error err = {0};
    char *texts[2] = {NULL}, digests[2][MUTAU_SHA256_HEX_SIZE];
    for (size_t i = 0; i < 2; i++) {
        mutau_inputs list = {.bytes = "34cd"};
        mutau_input *item = NULL;
        CHECK_OK(mutau_inputs_add(&list, MUTAU_INPUT_DATASET, "own", "all", &item, &err), err);
        CHECK_OK(mutau_input_set_table(item, 1, columns, 1, rows, &values[i], &err), err);
        CHECK_OK(mutau_inputs_write(&list, &texts[i], &err), err);
        mutau_inputs_digest(&list, digests[i]);
        mutau_inputs_release(&list);
    }
    mutau_chain_info info = description();
    mutau_chain *chain = NULL;
    write_file(p->path, 10); /* without a list: the bytes' digest lets it be continued */
    info.inputs = texts[0];
    info.data_hash = digests[0];
    CHECK_OK(mutau_chain_resume(p->path, &info, &chain, &err), err);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    assert_string_equal(mutau_chain_describe(chain).inputs, texts[0]);
    assert_string_equal(mutau_chain_describe(chain).data_hash, digests[0]);
    check_values(chain, 0, 10);
    mutau_chain_close(chain);
    info.inputs = texts[1];
    info.data_hash = digests[1];
    CHECK_STATUS(mutau_chain_resume(p->path, &info, &chain, &err), MUTAU_ERESUME, err);
    assert_non_null(strstr(err.text, "run.h5: cannot be continued: data set 'own', row 3: e2phi is "
                                     "1.6e-8 in the chain, 1.7e-8 in the run"));
    info.inputs = "a\033[2J";
    CHECK_STATUS(mutau_chain_resume(p->path, &info, &chain, &err), MUTAU_EDOM, err);
    free(texts[0]);
    free(texts[1]);
}

static void test_existing_file(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    write_file(p->path, 10);
    CHECK_STATUS(mutau_chain_create(p->path, &info, false, &chain, &err), MUTAU_EEXIST, err);
    assert_int_not_equal(access(p->lock, F_OK), 0);

    /* Overwriting happens at the first commit, not before. */
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, true, &chain, &err), err);
    CHECK_OK(append(chain, &b, 0, &err), err);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), 10);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_create(p->path, &info, true, &chain, &err), err);
    write_rows(chain, &b, 0, 3);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), 3);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

/* Devices and pipes are not replaced by a file, asked or not: as root it would work. */
static void test_special_file(void **state)
{
    const place *p = *state;
    const mutau_chain_info info = description();
    assert_int_equal(mkfifo(p->path, 0600), 0);
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        struct stat now;
        CHECK_STATUS(mutau_chain_create(p->path, &info, overwrite == 1, &chain, &err), MUTAU_EIO,
                     err);
        assert_non_null(strstr(err.text, "not a regular file"));
        assert_int_equal(lstat(p->path, &now), 0);
        assert_true(S_ISFIFO(now.st_mode));
        assert_int_not_equal(access(p->lock, F_OK), 0);
    }
}

/* A file that appears between creating and the first commit is not overwritten. */
static void test_appearing_file(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    CHECK_OK(append(chain, &b, 0, &err), err);
    FILE *other = fopen(p->path, "w");
    assert_non_null(other);
    assert_int_equal(fputs("precious", other) >= 0, 1);
    (void)fclose(other);
    const mutau_chain_state row = state_of(&b, 1);
    CHECK_STATUS(mutau_chain_commit(chain, &row, &err), MUTAU_EEXIST, err);
    mutau_chain_close(chain);
    struct stat info_of_file;
    assert_int_equal(stat(p->path, &info_of_file), 0);
    assert_int_equal(info_of_file.st_size, 8);
    mutau_rng_free(b.rng);
}

/* Another process (another open file description is as good) holds the lock; a
 * dead one's lock on this host is taken over; one of another host is believed. */
static void test_lock(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL, *second = NULL;
    const mutau_chain_info info = description();
    char own[32], host[256] = {0};
    (void)snprintf(own, sizeof own, "process %ld", (long)getpid());
    assert_int_equal(gethostname(host, sizeof host - 1), 0);

    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    CHECK_STATUS(mutau_chain_create(p->path, &info, true, &second, &err), MUTAU_ELOCKED, err);
    assert_non_null(strstr(err.text, own));
    assert_non_null(strstr(err.text, host));
    assert_non_null(strstr(err.text, "remove"));
    mutau_chain_close(chain);

    FILE *lock = fopen(p->lock, "w");
    assert_non_null(lock);
    (void)fprintf(lock, "host: %s\npid: 1\ntime: 2020-01-01T00:00:00Z\n", host);
    (void)fclose(lock);
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    CHECK_STATUS(mutau_chain_create(p->path, &info, true, &second, &err), MUTAU_ELOCKED, err);
    assert_non_null(strstr(err.text, own));
    mutau_chain_close(chain);

    lock = fopen(p->lock, "w");
    assert_non_null(lock);
    (void)fprintf(lock, "host: node17\npid: 4242\ntime: 2020-01-01T00:00:00Z\n");
    (void)fclose(lock);
    CHECK_STATUS(mutau_chain_create(p->path, &info, false, &chain, &err), MUTAU_ELOCKED, err);
    assert_non_null(strstr(err.text, "4242"));
    assert_non_null(strstr(err.text, "node17"));
    assert_non_null(strstr(err.text, "2020-01-01"));
    assert_non_null(strstr(err.text, p->lock));

    /* Killed between creating the lock file and writing it. */
    lock = fopen(p->lock, "w");
    assert_non_null(lock);
    (void)fclose(lock);
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    mutau_chain_close(chain);
}

/* What is no lock file is neither taken for one nor changed: content, kind and links. */
static void test_foreign_lock(void **state)
{
    const place *p = *state;
    const mutau_chain_info info = description();
    static const char *const texts[] = {"chapter 1\n", "host: a b\n", "host: a\npid: x",
                                        "host: a\npid: 1\ntime: 2020-01-01\nmore"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        char found[64] = "";
        FILE *lock = fopen(p->lock, "w");
        assert_non_null(lock);
        assert_true(fputs(texts[i], lock) >= 0);
        assert_int_equal(fclose(lock), 0);
        CHECK_STATUS(mutau_chain_create(p->path, &info, true, &chain, &err), MUTAU_EIO, err);
        assert_non_null(strstr(err.text, "left alone"));
        lock = fopen(p->lock, "r");
        assert_non_null(lock);
        (void)!fread(found, 1, sizeof found - 1, lock);
        assert_int_equal(fclose(lock), 0);
        assert_string_equal(found, texts[i]);
    }
    assert_int_equal(unlink(p->lock), 0);
}

/* Rows that are flushed can be read by the writer, and by nobody else. */
static void test_flush(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL, *other = NULL;
    const mutau_chain_info info = description();
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, &b, 0, 3);
    CHECK_OK(append(chain, &b, 3, &err), err);
    assert_int_equal(mutau_chain_rows(chain), 3);
    CHECK_OK(mutau_chain_flush(chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), 4);
    check_values(chain, 0, 4);
    CHECK_OK(mutau_chain_open(p->path, &other, &err), err);
    assert_int_equal(mutau_chain_rows(other), 3);
    CHECK_STATUS(mutau_chain_flush(other, &err), MUTAU_EUSAGE, err);
    mutau_chain_close(other);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

static void test_verify(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL, *none = NULL;
    size_t n_without = 1;
    long n = 0;
    write_file(p->path, 1100); /* grows at 1024 */
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    CHECK_OK(mutau_chain_verify(chain, &n_without, &err), err);
    assert_int_equal(n_without, 0);
    CHECK_EACH_ALLOC(mutau_chain_verify(chain, &n_without, &err), none, n, err);
    assert_int_equal(n, 2);
    mutau_chain_set_stop(chain, (mutau_stop){.requested = always});
    CHECK_STATUS(mutau_chain_verify(chain, &n_without, &err), MUTAU_ESTOPPED, err);
    mutau_chain_close(chain);
}

/* A link is followed: the file it points to is replaced, and locked. */
static void test_symbolic_link(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL, *second = NULL;
    const mutau_chain_info info = description();
    char link_path[128];
    (void)snprintf(link_path, sizeof link_path, "%s/link", p->folder);
    write_file(p->path, 5);
    assert_int_equal(symlink("run.h5", link_path), 0);
    CHECK_OK(mutau_chain_create(link_path, &info, true, &chain, &err), err);
    CHECK_STATUS(mutau_chain_create(p->path, &info, true, &second, &err), MUTAU_ELOCKED, err);
    buffers b = {.rng = mutau_rng_alloc(5)};
    write_rows(chain, &b, 0, 8);
    mutau_chain_close(chain);
    struct stat link_info;
    assert_int_equal(lstat(link_path, &link_info), 0);
    assert_true(S_ISLNK(link_info.st_mode));
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    assert_int_equal(mutau_chain_rows(chain), 8);
    mutau_chain_close(chain);
    assert_int_equal(unlink(link_path), 0);
    mutau_rng_free(b.rng);
}

static void test_wrong_descriptions(void **state)
{
    const place *p = *state;
    static const char *const twice[] = {"A", "A"};
    static const char *const nameless[] = {"A", ""};
    mutau_chain_info wrong[10];
    for (size_t i = 0; i < 10; i++)
        wrong[i] = description();
    wrong[0].n_ensemble = 0;
    wrong[1].n_walker = 0;
    wrong[2].dim = 0;
    wrong[3].thin = 0;
    wrong[4].names = twice;
    wrong[5].names = nameless;
    wrong[6].names = NULL;
    wrong[7].blob_names = NULL;
    wrong[8].n_walker = (size_t)1 << 40;
    wrong[9].n_walker = 10000000;
    wrong[9].n_ensemble = 100;
    for (size_t i = 0; i < 10; i++) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        CHECK_STATUS(mutau_chain_create(p->path, &wrong[i], false, &chain, &err), MUTAU_EDOM, err);
        assert_null(chain);
    }
}

/* Texts that may be missing, and no blobs: the shortest description. */
static void test_sparse_description(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_info info = description();
    info.n_blob = 0;
    info.blob_names = NULL;
    info.units = info.labels = NULL;
    info.config = info.config_hash = info.data_hash = info.version = info.folder = NULL;
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    write_rows(chain, &b, 0, 4);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    const mutau_chain_info got = mutau_chain_describe(chain);
    assert_int_equal(got.n_blob, 0);
    assert_string_equal(got.units[1], "");
    assert_string_equal(got.labels[0], "");
    assert_string_equal(got.config, "");
    assert_string_equal(got.version, "");
    assert_string_equal(got.folder, "");
    mutau_chain_state stored;
    CHECK_OK(mutau_chain_read_state(chain, &stored, &err), err);
    assert_null(stored.blob);
    double x[4 * N];
    CHECK_STATUS(mutau_chain_read_blob(chain, 0, 0, 4, x, &err), MUTAU_EDOM, err);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

static void test_wrong_usage(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    const mutau_chain_check check = {0};
    mutau_chain_step steps[N_ENSEMBLE] = {0};
    double x[N];
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    mutau_chain_state row = state_of(&b, 1);
    CHECK_STATUS(mutau_chain_read_state(chain, &row, &err), MUTAU_EDATA, err);
    CHECK_STATUS(mutau_chain_append(chain, steps, NULL, NULL, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_chain_set_burn_in(chain, 1, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_chain_read_log_prob(chain, 0, 1, x, &err), MUTAU_EDOM, err);
    CHECK_OK(mutau_chain_commit(chain, &row, &err), err); /* no row: no file */
    assert_int_not_equal(access(p->path, F_OK), 0);
    CHECK_OK(mutau_chain_sync(chain, &err), err);
    CHECK_OK(append(chain, &b, 0, &err), err);
    row.ln_like = NULL;
    CHECK_STATUS(mutau_chain_commit(chain, &row, &err), MUTAU_EUSAGE, err);
    row.ln_like = b.ln_like;
    CHECK_OK(mutau_chain_commit(chain, &row, &err), err);
    CHECK_STATUS(mutau_chain_read_parameter(chain, DIM, 0, 1, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_chain_read_blob(chain, N_BLOB, 0, 1, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_chain_read_log_prob(chain, 1, 1, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_chain_read_log_prob(chain, 2, 0, x, &err), MUTAU_EDOM, err);
    CHECK_OK(mutau_chain_read_log_prob(chain, 1, 0, x, &err), err);
    mutau_chain_close(chain);

    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    CHECK_STATUS(append(chain, &b, 1, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_chain_commit(chain, &row, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_chain_sync(chain, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_chain_set_burn_in(chain, 0, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_chain_set_converged(chain, true, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_chain_add_check(chain, &check, &err), MUTAU_EUSAGE, err);
    mutau_chain_close(chain);
    mutau_chain_close(NULL);
    mutau_chain_silence_library();
    mutau_rng_free(b.rng);
}

/* The check at the end of a run comes with a commit of its own, for a row that has been
 * committed before: of two states of one row the later one counts, whichever slot it is in. */
static void test_last_check(void **state)
{
    const place *p = *state;
    for (size_t n_before = 1; n_before <= 2; n_before++) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        size_t n_check = 0;
        const mutau_chain_info info = description();
        const mutau_chain_check check = {.step = n_before, .rhat = 1.25};
        buffers b = {.rng = mutau_rng_alloc(5)};
        CHECK_OK(mutau_chain_create(p->path, &info, true, &chain, &err), err);
        for (size_t row = 0; row < n_before; row++)
            write_rows(chain, &b, row, row + 1);
        CHECK_OK(mutau_chain_add_check(chain, &check, &err), err);
        write_rows(chain, &b, n_before, n_before); /* no further row */
        mutau_chain_close(chain);
        CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
        const mutau_chain_check *history = mutau_chain_history(chain, &n_check);
        assert_int_equal(n_check, 1);
        CHECK_ABS(history[0].rhat, 1.25, 0.0);
        mutau_chain_close(chain);
        mutau_rng_free(b.rng);
    }
}

/* With thinning, `accepted` is scaled to rows and the state is between rows. */
static void test_thinned(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_chain_info info = description();
    info.thin = 10;
    buffers b = {.rng = mutau_rng_alloc(5)};
    CHECK_OK(mutau_chain_create(p->path, &info, false, &chain, &err), err);
    for (size_t row = 0; row < 6; row++)
        CHECK_OK(append(chain, &b, row, &err), err);
    mutau_chain_state at = state_of(&b, 60);
    CHECK_OK(mutau_chain_commit(chain, &at, &err), err);
    at.steps = 64; /* no new row: the newer of two states of the same row counts */
    CHECK_OK(mutau_chain_commit(chain, &at, &err), err);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    assert_int_equal(mutau_chain_describe(chain).thin, 10);
    assert_int_equal(mutau_chain_rows(chain), 6);
    CHECK_OK(mutau_chain_read_state(chain, &at, &err), err);
    assert_int_equal(at.steps, 64);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

static void test_unreadable(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    char path[128];
    CHECK_STATUS(mutau_chain_open(p->path, &chain, &err), MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "No such file"));
    CHECK_STATUS(mutau_chain_open(p->folder, &chain, &err), MUTAU_EIO, err);
    CHECK_STATUS(mutau_chain_resume(p->path, &info, &chain, &err), MUTAU_EIO, err);
    CHECK_STATUS(mutau_chain_create(p->folder, &info, true, &chain, &err), MUTAU_EIO, err);
    (void)snprintf(path, sizeof path, "%s/absent/run.h5", p->folder);
    CHECK_STATUS(mutau_chain_create(path, &info, false, &chain, &err), MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "absent"));
    (void)snprintf(path, sizeof path, "%s.lock", p->folder);
    (void)unlink(path);

    FILE *file = fopen(p->path, "w");
    assert_non_null(file);
    (void)fclose(file);
    CHECK_STATUS(mutau_chain_open(p->path, &chain, &err), MUTAU_EDATA, err);
    assert_null(chain);
    for (int i = 0; i < 2; i++) {
        file = fopen(p->path, "w");
        assert_non_null(file);
        for (int k = 0; k < 5000; k++)
            (void)fputc((k * 7919) & 0xff, file);
        (void)fclose(file);
        CHECK_STATUS(mutau_chain_open(p->path, &chain, &err), MUTAU_EDATA, err);
    }
}

/* A chain cut anywhere is refused, not read beyond its end. */
static void test_truncated(void **state)
{
    const place *p = *state;
    struct stat whole;
    write_file(p->path, 300);
    assert_int_equal(stat(p->path, &whole), 0);
    for (off_t size = whole.st_size - 1; size > 0; size = size * 2 / 3) {
        mutau_error err = {0};
        mutau_chain *chain = NULL;
        assert_int_equal(truncate(p->path, size), 0);
        CHECK_STATUS(mutau_chain_open(p->path, &chain, &err), MUTAU_EDATA, err);
        assert_non_null(strstr(err.text, p->path));
    }
}

static void test_allocations(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    buffers b = {.rng = mutau_rng_alloc(5)};
    long n = 0;
    CHECK_EACH_ALLOC(mutau_chain_create(p->path, &info, false, &chain, &err), chain, n, err);
    assert_true(n > 8);
    mutau_chain *none = NULL;
    CHECK_OK(append(chain, &b, 0, &err), err);
    const mutau_chain_state row = state_of(&b, 1);
    const mutau_chain_check check = {.step = 1};
    CHECK_EACH_ALLOC(mutau_chain_add_check(chain, &check, &err), none, n, err);
    assert_int_equal(n, 1);
    CHECK_EACH_ALLOC(mutau_chain_commit(chain, &row, &err), none, n, err);
    assert_true(n > 3);
    mutau_chain_close(chain);
    chain = NULL;
    CHECK_EACH_ALLOC(mutau_chain_open(p->path, &chain, &err), chain, n, err);
    assert_true(n > 8);
    check_values(chain, 0, 1);
    mutau_chain_close(chain);
    chain = NULL;
    CHECK_EACH_ALLOC(mutau_chain_resume(p->path, &info, &chain, &err), chain, n, err);
    assert_true(n > 20);
    mutau_chain_close(chain);
    mutau_rng_free(b.rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_reading_ends_on_request, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_growth, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_trim, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_resume, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_resume_refuses, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_inputs, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_existing_file, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_special_file, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_appearing_file, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_lock, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_lock, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_flush, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_verify, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_symbolic_link, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_descriptions, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_sparse_description, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_usage, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_last_check, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_thinned, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_truncated, set_up, unlock_and_tear_down),
        cmocka_unit_test_setup_teardown(test_allocations, set_up, unlock_and_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
