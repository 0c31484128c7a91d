/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound chain files to spoil, and a reader of everything. */
#include "chain_base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/chain.h"
#include "store/chain_quiet.h"

#define ROWS 3
#define MAX_WALKERS 64
#define MAX_NUMBERS 1024
/* No compression that HDF5 knows saves more on one chunk; see chain_read.c. */
#define MAX_RATIO 1100

static const struct {
    size_t n_ensemble, n_walker, dim, n_blob, n_temperature;
    bool store_rungs, has_mixture;
} shapes[CHAIN_BASES] = {
    {1, 2, 1, 0, 1, false, false}, {2, 2, 2, 2, 1, false, false}, {1, 2, 2, 1, 2, false, false},
    {2, 1, 1, 1, 3, true, false},  {1, 3, 3, 0, 2, true, false},  {2, 2, 1, 0, 1, false, true},
    {1, 2, 2, 1, 2, false, true},
};

void chain_base_require(bool holds, const char *what, const char *text)
{
    if (holds)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

static void remove_path(void)
{
    (void)unlink(chain_base_path());
}

const char *chain_base_path(void)
{
    static char path[64];
    struct stat info;
    if (path[0] == '\0') {
        const bool shared = stat("/dev/shm", &info) == 0 && S_ISDIR(info.st_mode);
        (void)snprintf(path, sizeof path, "%s/mutau-fuzz-%ld.h5", shared ? "/dev/shm" : "/tmp",
                       (long)getpid());
        (void)atexit(remove_path);
    }
    return path;
}

/* ---- sound files --------------------------------------------------------------------- */

static void commit_rows(mutau_chain *chain, const mutau_chain_info *info)
{
    static const double number[MAX_NUMBERS];
    static const uint64_t count[MAX_WALKERS];
    static const double beta[] = {1.0, 0.1, 0.0};
    static const mutau_chain_swaps swaps[2];
    const size_t n_group = info->n_ensemble * (info->store_rungs ? info->n_temperature : 1);
    const mutau_chain_tempering tempering = {beta, number};
    const mutau_chain_failure failure = {.step = 1, .theta = number};
    const mutau_chain_check check = {.step = ROWS};
    const mutau_chain_evidence evidence = {.ln_z = -1.0};
    mutau_chain_state state = {.steps = ROWS,
                               .accepted = count,
                               .position = number,
                               .ln_prior = number,
                               .ln_like = number,
                               .blob = number,
                               .beta = beta,
                               .swaps = swaps};
    mutau_chain_step steps[MAX_WALKERS];
    mutau_error err = {0};
    mutau_status status = mutau_chain_add_check(chain, &check, &err);
    for (size_t i = 0; i < n_group; i++)
        steps[i] = (mutau_chain_step){number, number, info->n_blob > 0 ? number : NULL};
    for (int i = 0; i < ROWS && status == MUTAU_OK; i++)
        status = mutau_chain_append(chain, steps, info->n_temperature > 1 ? &tempering : NULL,
                                    info->mixture != NULL ? number : NULL, &err);
    if (status == MUTAU_OK)
        status = mutau_chain_add_failure(chain, &failure, &err);
    if (status == MUTAU_OK && (info->n_temperature > 1 || info->mixture != NULL))
        status = mutau_chain_set_evidence(chain, &evidence, &err);
    if (status == MUTAU_OK)
        status = mutau_chain_set_burn_in(chain, 1, &err);
    if (status == MUTAU_OK)
        status = mutau_chain_commit(chain, &state, &err);
    chain_base_require(status == MUTAU_OK, "no sound file", err.text);
}

static void load(const char *path, chain_base *base)
{
    FILE *file = fopen(path, "rb");
    chain_base_require(file != NULL && fseek(file, 0, SEEK_END) == 0, "cannot read", path);
    const long size = ftell(file);
    chain_base_require(size > 0 && fseek(file, 0, SEEK_SET) == 0, "cannot read", path);
    base->size = (size_t)size;
    base->bytes = malloc(base->size);
    chain_base_require(base->bytes != NULL && fread(base->bytes, 1, base->size, file) == base->size,
                       "cannot read", path);
    (void)fclose(file);
}

static void make(size_t i, chain_base *base)
{
    static const char *const names[] = {"log10_m_zprime", "A", "gamma"};
    static const char *const units[] = {"MeV", "", ""};
    static const char *const blob_names[] = {"chi2", "lnl_flux"};
    const mutau_chain_info info = {
        .n_ensemble = shapes[i].n_ensemble,
        .n_walker = shapes[i].n_walker,
        .dim = shapes[i].dim,
        .n_blob = shapes[i].n_blob,
        .names = names,
        .units = units,
        .labels = names,
        .blob_names = blob_names,
        .config = "description: sound\n",
        .config_hash = "c0ffee",
        .data_hash = "beef",
        .inputs = "mutau-inputs-1\nbytes: beef\n",
        .version = "0",
        .seed = 7,
        .thin = 1,
        .n_temperature = shapes[i].n_temperature,
        .store_rungs = shapes[i].store_rungs,
        .mixture = shapes[i].has_mixture ? "a mixture" : NULL,
    };
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_status status = mutau_chain_create(chain_base_path(), &info, true, &chain, &err);
    chain_base_require(status == MUTAU_OK, "no sound file", err.text);
    commit_rows(chain, &info);
    mutau_chain_close(chain);
    load(chain_base_path(), base);
}

const chain_base *chain_base_get(size_t i)
{
    static chain_base bases[CHAIN_BASES];
    if (bases[0].bytes == NULL) {
        mutau_chain_silence_library();
        for (size_t j = 0; j < CHAIN_BASES; j++)
            make(j, &bases[j]);
    }
    return &bases[i % CHAIN_BASES];
}

/* The file stays open and is written over: much faster than a new one. */
void chain_base_write(const unsigned char *bytes, size_t size)
{
    static FILE *file;
    if (file == NULL)
        file = fopen(chain_base_path(), "wb");
    chain_base_require(file != NULL && fseek(file, 0, SEEK_SET) == 0 &&
                           fwrite(bytes, 1, size, file) == size && fflush(file) == 0 &&
                           ftruncate(fileno(file), (off_t)size) == 0,
                       "cannot write", chain_base_path());
}

/* ---- reading everything -------------------------------------------------------------- */

static void check_message(const mutau_error *err)
{
    chain_base_require(err->text[0] != '\0', "no message", "");
    for (const char *c = err->text; *c != '\0'; c++)
        chain_base_require((unsigned char)*c >= ' ' && *c != 127, "not one plain line", err->text);
}

static void read_numbers(mutau_chain *chain, const mutau_chain_info *info, size_t rows, double x[])
{
    mutau_error err = {0};
    mutau_status status = mutau_chain_read_log_prob(chain, 0, rows, x, &err);
    for (size_t i = 0; i < info->dim && status == MUTAU_OK; i++)
        status = mutau_chain_read_parameter(chain, i, 0, rows, x, &err);
    for (size_t i = 0; i < info->n_blob && status == MUTAU_OK; i++)
        status = mutau_chain_read_blob(chain, i, 0, rows, x, &err);
    for (size_t i = 0; i < info->n_temperature && status == MUTAU_OK && info->n_temperature > 1;
         i++)
        status = mutau_chain_read_log_like(chain, i, 0, rows, x, &err);
    if (status == MUTAU_OK && info->mixture[0] != '\0')
        status = mutau_chain_read_log_weight(chain, 0, rows, x, &err);
    if (status == MUTAU_OK && info->n_temperature > 1 && rows > 0) {
        double beta[100];
        status = mutau_chain_read_beta(chain, rows - 1, beta, &err);
    }
    if (status != MUTAU_OK)
        check_message(&err);
}

/* Every byte that the chain owns, so that a sanitizer sees them all. */
static double touch(mutau_chain *chain, const mutau_chain_info *info)
{
    mutau_error err = {0};
    mutau_chain_state state;
    size_t n_check = 0;
    double sum =
        (double)(strlen(info->config) + strlen(info->config_hash) + strlen(info->data_hash) +
                 strlen(info->version) + strlen(info->folder) + strlen(info->mixture));
    mutau_inputs inputs = {0};
    if (mutau_inputs_read(info->inputs, &inputs, &err) == MUTAU_OK)
        sum += (double)inputs.n;
    mutau_inputs_release(&inputs);
    for (size_t i = 0; i < info->dim; i++)
        sum += (double)(strlen(info->names[i]) + strlen(info->units[i]) + strlen(info->labels[i]));
    for (size_t i = 0; i < info->n_blob; i++)
        sum += (double)strlen(info->blob_names[i]);
    const mutau_chain_check *checks = mutau_chain_history(chain, &n_check);
    for (size_t i = 0; i < n_check; i++)
        sum += checks[i].rhat + (double)checks[i].n_stuck;
    for (size_t i = 0; i < mutau_chain_n_failure(chain); i++)
        sum += mutau_chain_failure_stored(chain, i).theta[info->dim - 1];
    sum += mutau_chain_evidence_stored(chain).ln_z_scatter;
    if (mutau_chain_read_state(chain, &state, &err) != MUTAU_OK) {
        check_message(&err);
        return sum;
    }
    const size_t n = info->n_ensemble * info->n_temperature * info->n_walker;
    sum += (double)state.accepted[n - 1] + state.ln_prior[n - 1] + state.ln_like[n - 1];
    sum += state.position[n * info->dim - 1];
    sum += info->n_blob > 0 ? state.blob[n * info->n_blob - 1] : 0.0;
    if (info->n_temperature > 1)
        sum += state.beta[info->n_temperature - 1] +
               (double)state.swaps[info->n_temperature - 2].accepted;
    return sum;
}

void chain_base_read(const char *path, size_t file_size)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_status status = mutau_chain_open(path, &chain, &err);
    if (status != MUTAU_OK) {
        chain_base_require(chain == NULL && (status == MUTAU_EDATA || status == MUTAU_EIO),
                           "wrong status", err.text);
        check_message(&err);
        return;
    }
    const mutau_chain_info info = mutau_chain_describe(chain);
    const size_t rows = mutau_chain_rows(chain);
    const double most = (double)MAX_RATIO * (double)file_size / (double)sizeof(double);
    const double n_walker = (double)info.n_ensemble * (double)info.n_walker;
    chain_base_require((double)rows * n_walker <= most, "more rows than the file has", path);
    chain_base_require(n_walker * (double)info.n_temperature * (double)info.dim <= most,
                       "more walkers than the file has", path);
    chain_base_require(mutau_chain_burn_in(chain) <= rows, "burn-in beyond the rows", path);
    double *x = malloc((rows * info.n_ensemble * info.n_walker + 1) * sizeof *x);
    chain_base_require(x != NULL, "no memory", path);
    read_numbers(chain, &info, rows, x);
    free(x);
    volatile double sum = touch(chain, &info);
    (void)sum;
    mutau_chain_close(chain);
}
