/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What storing costs: time per walker update of appending and committing, growth
 * and syncs included, and of the slowest single call; what the file takes of the disk; and
 * the least time of several to make a file with one row, and to open the written one.
 *
 *     bench_chain FILE [ROWS] [BLOCK]      4 x 64 walkers, 4 parameters, 7 blobs */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "store/chain.h"

enum { N_ENSEMBLE = 4, N_WALKER = 64, DIM = 4, N_BLOB = 7, N = N_ENSEMBLE * N_WALKER };
enum { REPEATS = 20 };

typedef struct numbers {
    double position[N * DIM], log_prob[N], blob[N * N_BLOB];
    uint64_t accepted[N];
} numbers;

static double now(void)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static mutau_chain_info description(void)
{
    static const char *const names[DIM] = {"log10_m_zprime", "log10_g_prime", "A", "gamma"};
    static const char *const blobs[N_BLOB] = {"m_zprime", "g_prime", "delta_a_mu", "chi2",
                                              "lnl_flux", "lnl_g-2", "lnl_na64"};
    return (mutau_chain_info){
        .n_ensemble = N_ENSEMBLE,
        .n_walker = N_WALKER,
        .dim = DIM,
        .n_blob = N_BLOB,
        .names = names,
        .blob_names = blobs,
        .thin = 1,
    };
}

static mutau_status write_all(mutau_chain *chain, const numbers *x, size_t rows, size_t block,
                              double *slowest, mutau_error *err)
{
    mutau_chain_step steps[N_ENSEMBLE];
    mutau_chain_state state = {.rng = {.key = {1}},
                               .accepted = x->accepted,
                               .position = x->position,
                               .ln_prior = x->log_prob,
                               .ln_like = x->log_prob,
                               .blob = x->blob};
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){x->position + e * N_WALKER * DIM, x->log_prob + e * N_WALKER,
                                      x->blob + e * N_WALKER * N_BLOB};
    for (size_t row = 1; row <= rows; row++) {
        const double begin = now();
        MUTAU_CHECK(mutau_chain_append(chain, steps, NULL, NULL, err));
        state.steps = row;
        if (row % block == 0)
            MUTAU_CHECK(mutau_chain_commit(chain, &state, err));
        const double time = now() - begin;
        *slowest = time > *slowest ? time : *slowest;
    }
    return MUTAU_OK;
}

/* The least time of several to make `path` with one row and give it its name. */
static mutau_status time_create(const char *path, const numbers *x, double *least, mutau_error *err)
{
    const mutau_chain_info info = description();
    for (int i = 0; i < REPEATS; i++) {
        mutau_chain *chain = NULL;
        double slowest = 0.0;
        const double begin = now();
        MUTAU_CHECK(mutau_chain_create(path, &info, true, &chain, err));
        const mutau_status status = write_all(chain, x, 1, 1, &slowest, err);
        mutau_chain_close(chain);
        MUTAU_CHECK(status);
        const double time = now() - begin;
        *least = i == 0 || time < *least ? time : *least;
    }
    return MUTAU_OK;
}

static mutau_status time_open(const char *path, double *least, mutau_error *err)
{
    for (int i = 0; i < REPEATS; i++) {
        mutau_chain *chain = NULL;
        const double begin = now();
        MUTAU_CHECK(mutau_chain_open(path, &chain, err));
        const double time = now() - begin;
        mutau_chain_close(chain);
        *least = i == 0 || time < *least ? time : *least;
    }
    return MUTAU_OK;
}

static mutau_status write_file(const char *path, const numbers *x, size_t rows, size_t block,
                               mutau_error *err)
{
    mutau_chain *chain = NULL;
    const mutau_chain_info info = description();
    double slowest = 0.0;
    const double begin = now();
    MUTAU_CHECK(mutau_chain_create(path, &info, true, &chain, err));
    mutau_status status = write_all(chain, x, rows, block, &slowest, err);
    const double written = now();
    if (status == MUTAU_OK)
        status = mutau_chain_sync(chain, err);
    const double synced = now();
    mutau_chain_close(chain);
    MUTAU_CHECK(status);
    printf("%zu rows in blocks of %zu: %.4f us per walker update, slowest call %.1f ms, "
           "last sync %.2f s\n",
           rows, block, 1e6 * (written - begin) / (double)(rows * N), 1e3 * slowest,
           synced - written);
    return MUTAU_OK;
}

int main(int argc, char *argv[])
{
    if (argc < 2)
        return 1;
    const size_t rows = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    const size_t block = argc > 3 ? strtoul(argv[3], NULL, 10) : 256;
    static numbers x;
    for (size_t i = 0; i < N * DIM; i++)
        x.position[i] = (double)i;
    mutau_error err = {0};
    double create = 0.0, open = 0.0;
    struct stat file = {0};
    mutau_status status = time_create(argv[1], &x, &create, &err);
    if (status == MUTAU_OK)
        status = write_file(argv[1], &x, rows, block > 0 ? block : 1, &err);
    if (status == MUTAU_OK)
        status = time_open(argv[1], &open, &err);
    if (status != MUTAU_OK || stat(argv[1], &file) != 0) {
        fprintf(stderr, "bench_chain: %s\n", err.text);
        return 2;
    }
    printf("%.1f MB on disk, %.1f MB with room; made with one row in %.2f ms, opened in %.2f ms\n",
           512e-6 * (double)file.st_blocks, 1e-6 * (double)file.st_size, 1e3 * create, 1e3 * open);
    return 0;
}
