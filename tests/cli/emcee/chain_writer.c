/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a chain of walkers that do an AR(1) random walk, for the tests that look
 * at the file from outside:
 *
 *     chain_writer create|resume FILE ENSEMBLES[xRUNGS][m] WALKERS DIM BLOBS ROWS BLOCK PAUSE
 * [DUMP]
 *
 * Commits every BLOCK rows, with PAUSE microseconds between, and says so with a line
 * on stdout: the number of committed rows.  DUMP is a CSV file that gets the same
 * numbers.  Every number follows from its place, so that a reader can check what it
 * sees: e is a hash of (ensemble, walker, coordinate) and row in -0.5 ... 0.5,
 * x = 0.8 x + e, log_prob = -x.x/2, blob b = row + b/8, accepted = odd hashes so far.
 * With rungs each is a group like an ensemble, its ln L is the log_prob, and
 * beta = row/(rung + 1).  With m there is a mixture, and the log_weight of walker i of all cold
 * ones is row + i/8, NaN where row + i is divisible by 3, -infinity where that leaves 1.  A resume
 * is told of none. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/chain.h"
#include "base/rng.h"

#define MAX_COLUMNS 16
#define CORRELATION 0.8
#define MAX_RUNGS 8

typedef struct walk {
    mutau_chain_info info;
    size_t n_group; /* ensembles times rungs */
    double beta[MAX_RUNGS];
    mutau_chain_swaps swaps[MAX_RUNGS];
    const char *names[MAX_COLUMNS], *units[MAX_COLUMNS], *labels[MAX_COLUMNS],
        *blob_names[MAX_COLUMNS];
    double *position, *log_prob, *ln_prior, *blob, *log_weight;
    bool mixed;
    uint64_t *accepted;
    mutau_rng *rng;
} walk;

static int fail(const mutau_error *err)
{
    fprintf(stderr, "chain_writer: %s\n", err->text);
    return 2;
}

/* A number in 0 ... 2^64 - 1 that depends on its place alone. */
static uint64_t hash(uint64_t column, uint64_t row)
{
    uint64_t x = column * 0x9e3779b97f4a7c15u + row * 0xd1342543de82ef95u + 1;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static void set_ladder(walk *w, uint64_t row)
{
    for (size_t i = 0; i < MAX_RUNGS; i++) {
        w->beta[i] = (double)row / (double)(i + 1);
        w->swaps[i] = (mutau_chain_swaps){2 * row, row};
    }
}

static void advance(walk *w, uint64_t row)
{
    const size_t n = w->n_group * w->info.n_walker, dim = w->info.dim;
    set_ladder(w, row);
    for (size_t i = 0; i < n; i++) {
        double square = 0.0;
        for (size_t d = 0; d < dim; d++) {
            const double e = (double)(hash(i * dim + d, row) >> 11) / 9007199254740992.0 - 0.5;
            double *x = &w->position[i * dim + d];
            *x = CORRELATION * *x + e;
            square += *x * *x;
        }
        w->log_prob[i] = -0.5 * square;
        for (size_t b = 0; b < w->info.n_blob; b++)
            w->blob[i * w->info.n_blob + b] = (double)row + (double)b / 8.0;
        w->accepted[i] += hash(i, row) & 1;
    }
    for (size_t i = 0; i < w->info.n_ensemble * w->info.n_walker; i++)
        w->log_weight[i] = (row + i) % 3 == 0   ? (double)NAN
                           : (row + i) % 3 == 1 ? -HUGE_VAL
                                                : (double)row + (double)i / 8.0;
    (void)mutau_rng_word(w->rng);
}

static int write_rows(walk *w, mutau_chain *chain, uint64_t first, uint64_t n, FILE *dump)
{
    const size_t n_walker = w->info.n_walker;
    mutau_chain_step *steps = calloc(w->n_group, sizeof *steps);
    const mutau_chain_tempering tempering = {w->beta, w->log_prob};
    mutau_error err = {0};
    int result = 0;
    for (uint64_t row = first; row < first + n && result == 0; row++) {
        advance(w, row);
        for (size_t e = 0; e < w->n_group; e++)
            steps[e] = (mutau_chain_step){
                w->position + e * n_walker * w->info.dim, w->log_prob + e * n_walker,
                w->info.n_blob > 0 ? w->blob + e * n_walker * w->info.n_blob : NULL};
        if (mutau_chain_append(chain, steps, &tempering, w->mixed ? w->log_weight : NULL, &err) !=
            MUTAU_OK)
            result = fail(&err);
        for (size_t i = 0; dump != NULL && i < w->n_group * n_walker; i++) {
            fprintf(dump, "%" PRIu64 ",%zu,%zu", row, i / n_walker, i % n_walker);
            for (size_t d = 0; d < w->info.dim; d++)
                fprintf(dump, ",%.17g", w->position[i * w->info.dim + d]);
            fprintf(dump, ",%.17g", w->log_prob[i]);
            for (size_t b = 0; b < w->info.n_blob; b++)
                fprintf(dump, ",%.17g", w->blob[i * w->info.n_blob + b]);
            fprintf(dump, ",%" PRIu64 "\n", w->accepted[i]);
        }
    }
    free(steps);
    return result;
}

static int commit(walk *w, mutau_chain *chain, uint64_t rows)
{
    mutau_error err = {0};
    mutau_chain_state state = {
        .steps = rows,
        .evaluations = rows * w->info.n_ensemble * w->info.n_walker,
        .seconds = 0.25 * (double)rows,
        .accepted = w->accepted,
        .position = w->position,
        .ln_prior = w->ln_prior,
        .ln_like = w->log_prob,
        .blob = w->info.n_blob > 0 ? w->blob : NULL,
        .beta = w->beta,
        .swaps = w->swaps,
    };
    const mutau_chain_check check = {.step = rows, .rhat = 1.5, .ess_bulk = (double)rows};
    mutau_rng_save(w->rng, &state.rng);
    if (mutau_chain_add_check(chain, &check, &err) != MUTAU_OK ||
        mutau_chain_set_burn_in(chain, rows / 4, &err) != MUTAU_OK ||
        mutau_chain_commit(chain, &state, &err) != MUTAU_OK)
        return fail(&err);
    printf("%" PRIu64 "\n", rows);
    return fflush(stdout) == 0 ? 0 : 2;
}

static void set_up(walk *w, char *const argv[])
{
    static const char *const names[MAX_COLUMNS] = {"log10_m_zprime",
                                                   "log10_g_prime",
                                                   "A",
                                                   "gamma",
                                                   "p4",
                                                   "p5",
                                                   "p6",
                                                   "p7",
                                                   "p8",
                                                   "p9",
                                                   "pa",
                                                   "pb",
                                                   "pc",
                                                   "pd",
                                                   "pe",
                                                   "pf"};
    static const char *const blobs[MAX_COLUMNS] = {
        "m_zprime", "g_prime", "delta_a_mu", "chi2", "lnl_flux", "lnl_g-2", "lnl_na64", "b7",
        "b8",       "b9",      "ba",         "bb",   "bc",       "bd",      "be",       "bf"};
    w->info = (mutau_chain_info){
        .n_ensemble = strtoul(argv[3], NULL, 10),
        .n_walker = strtoul(argv[4], NULL, 10),
        .dim = strtoul(argv[5], NULL, 10) % (MAX_COLUMNS + 1),
        .n_blob = strtoul(argv[6], NULL, 10) % (MAX_COLUMNS + 1),
        .names = w->names,
        .units = w->units,
        .labels = w->labels,
        .blob_names = w->blob_names,
        .config = "description: a random walk\n",
        .config_hash = "c0ffee",
        .data_hash = "beef",
        .inputs = "mutau-inputs-1\nbytes: beef\n",
        .version = "0.1.0-test",
        .seed = 7,
        .thin = 1,
    };
    for (size_t i = 0; i < MAX_COLUMNS; i++) {
        w->names[i] = names[i];
        w->units[i] = i == 0 ? "MeV" : "";
        w->labels[i] = "\\theta";
        w->blob_names[i] = blobs[i];
    }
    const char *const rungs = strchr(argv[3], 'x');
    const size_t n_rung = rungs != NULL ? strtoul(rungs + 1, NULL, 10) : 1;
    w->info.n_temperature = n_rung < MAX_RUNGS ? n_rung : MAX_RUNGS;
    w->info.store_rungs = rungs != NULL;
    w->mixed = strchr(argv[3], 'm') != NULL;
    w->info.mixture =
        w->mixed && strcmp(argv[1], "create") == 0 ? "a mixture\nof two lines\n" : NULL;
    w->n_group = w->info.n_ensemble * w->info.n_temperature;
    const size_t n = w->n_group * w->info.n_walker;
    w->position = calloc(n * w->info.dim, sizeof(double));
    w->log_prob = calloc(n, sizeof(double));
    w->ln_prior = calloc(n, sizeof(double));
    w->blob = calloc(n * w->info.n_blob + 1, sizeof(double));
    w->accepted = calloc(n, sizeof(uint64_t));
    w->log_weight = calloc(n, sizeof(double));
    w->rng = mutau_rng_alloc(7);
}

static void tear_down(walk *w)
{
    free(w->position);
    free(w->log_prob);
    free(w->ln_prior);
    free(w->blob);
    free(w->accepted);
    free(w->log_weight);
    mutau_rng_free(w->rng);
}

/* Goes on where the file's last commit was. */
static int restore(walk *w, mutau_chain *chain)
{
    mutau_error err = {0};
    mutau_chain_state state;
    const size_t n = w->n_group * w->info.n_walker;
    if (mutau_chain_read_state(chain, &state, &err) != MUTAU_OK ||
        mutau_rng_restore(w->rng, &state.rng, &err) != MUTAU_OK)
        return fail(&err);
    memcpy(w->position, state.position, n * w->info.dim * sizeof(double));
    memcpy(w->accepted, state.accepted, n * sizeof(uint64_t));
    return 0;
}

int main(int argc, char *argv[])
{
    if (argc < 10)
        return 1;
    walk w;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    set_up(&w, argv);
    const uint64_t rows = strtoull(argv[7], NULL, 10), block = strtoull(argv[8], NULL, 10);
    const struct timespec pause = {0, strtol(argv[9], NULL, 10) * 1000};
    FILE *dump = argc > 10 ? fopen(argv[10], "w") : NULL;
    const bool resume = strcmp(argv[1], "resume") == 0;
    const mutau_status status = resume ? mutau_chain_resume(argv[2], &w.info, &chain, &err)
                                       : mutau_chain_create(argv[2], &w.info, true, &chain, &err);
    int result = status == MUTAU_OK ? 0 : fail(&err);
    if (result == 0 && resume)
        result = restore(&w, chain);
    for (uint64_t done = result == 0 ? mutau_chain_rows(chain) : 0; done < rows && result == 0;) {
        const uint64_t n = rows - done < block ? rows - done : block;
        result = write_rows(&w, chain, done, n, dump);
        done += n;
        if (result == 0)
            result = commit(&w, chain, done);
        if (pause.tv_nsec > 0)
            (void)nanosleep(&pause, NULL);
    }
    mutau_chain_close(chain);
    if (dump != NULL)
        (void)fclose(dump);
    tear_down(&w);
    return result;
}
