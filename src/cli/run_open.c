/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain file of a run: made, or continued. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mutau_build.h"
#include "mutau_version.h"
#include "run_internal.h"

const char *run_chain_path(const run *r)
{
    return r->options->output != NULL ? r->options->output : r->settings->output;
}

/* --overwrite is for chain files: a slip of the hand must not cost a run file. */
mutau_status run_check_replaced(const run *r, mutau_error *err)
{
    mutau_chain *old = NULL;
    if (!r->options->overwrite || access(run_chain_path(r), F_OK) != 0)
        return MUTAU_OK;
    const mutau_status status = mutau_chain_open(run_chain_path(r), &old, err);
    mutau_chain_close(old);
    if (status == MUTAU_OK || status == MUTAU_ENOMEM)
        return status;
    return mutau_error_set(err, MUTAU_EEXIST,
                           "%s exists and is no chain file that can be read: remove it yourself if "
                           "it is in the way",
                           run_chain_path(r));
}

static mutau_status check_folder(const char *path, mutau_error *err)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";
    struct stat info;
    if (slash != NULL)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    if (stat(folder, &info) != 0)
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: the folder for the chain file: %s; make it, or choose another "
                               "with --output",
                               folder, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: not a folder; choose one for the chain file with --output",
                               folder);
    if (access(folder, W_OK | X_OK) != 0)
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: the folder for the chain file cannot be written to: %s; choose "
                               "another with --output",
                               folder, strerror(errno));
    return MUTAU_OK;
}

mutau_status run_check_output(const run *r, mutau_error *err)
{
    const char *path = run_chain_path(r);
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return mutau_error_set(err, MUTAU_EIO, "%s: is %s; choose a file with --output", path,
                               S_ISDIR(info.st_mode) ? "a folder" : "not a regular file");
    MUTAU_CHECK(check_folder(path, err));
    if (stat(path, &info) != 0 && lstat(path, &info) == 0)
        return mutau_error_set(err, MUTAU_EIO, "%s is a link to a file that does not exist", path);
    return MUTAU_OK;
}

/* The absolute path of the run file's folder, for those who read the chain elsewhere; "" if it
 * cannot be told, or cannot be printed. */
static void find_folder(const char *own, size_t size, char folder[])
{
    char here[PATH_MAX] = "";
    const bool absolute = own[0] == '/', same = strcmp(own, ".") == 0;
    const bool known = absolute || getcwd(here, sizeof here) != NULL;
    const int n =
        snprintf(folder, size, "%s%s%s", here, absolute || same ? "" : "/", same ? "" : own);
    bool printable = known && n > 0 && (size_t)n < size;
    for (const char *c = folder; *c != '\0'; c++)
        printable = printable && (unsigned char)*c >= ' ' && *c != 127;
    if (!printable)
        folder[0] = '\0';
}

/* Creates the chain file, or opens it to go on with it. */
mutau_status run_open_chain(run *r, bool resume, mutau_error *err)
{
    const mutau_run_settings *s = r->settings;
    char config_hash[MUTAU_HASH_SIZE], data_hash[MUTAU_HASH_SIZE], folder[2 * PATH_MAX];
    char *config = NULL, *inputs = NULL;
    MUTAU_CHECK(mutau_run_settings_hash(s, config_hash, data_hash, err));
    MUTAU_CHECK(mutau_run_settings_emit(s, &config, err));
    mutau_status status = mutau_inputs_write(&s->inputs, &inputs, err);
    if (status != MUTAU_OK) {
        free(config);
        return status;
    }
    find_folder(s->folder, sizeof folder, folder);
    const mutau_chain_info info = {
        .n_ensemble = r->n_ensemble,
        .n_walker = r->n_walker,
        .dim = r->target.dim,
        .n_blob = r->target.n_blob,
        .names = r->density.names,
        .units = r->density.units,
        .labels = r->density.labels,
        .blob_names = r->density.blob_names,
        .config = config,
        .config_hash = config_hash,
        .data_hash = data_hash,
        .inputs = inputs,
        .version = MUTAU_VERSION " (" MUTAU_VERSION_GIT ")",
        .folder = folder,
        .seed = (uint32_t)s->sampler.seed,
        .thin = (uint64_t)s->sampler.thin,
        .n_temperature = r->n_rung,
        .store_rungs = s->sampler.store_rungs && r->n_rung > 1,
        .n_start_maximum = r->n_start_maximum,
    };
    status = resume ? mutau_chain_resume(run_chain_path(r), &info, &r->chain, err)
                    : mutau_chain_create(run_chain_path(r), &info, r->options->overwrite, &r->chain,
                                         err);
    free(config);
    free(inputs);
    if (status == MUTAU_EEXIST)
        return mutau_error_set(err, status,
                               "%s exists: --resume goes on with it, --overwrite replaces it",
                               run_chain_path(r));
    return status;
}

/* --- going on with a chain ------------------------------------------------------------ */

/* Of ln likelihoods, which are of order 1 or larger; -infinity is one of the prior rung. */
static double relative_error(double found, double stored)
{
    if (isinf(stored) && isinf(found))
        return signbit(stored) == signbit(found) ? 0.0 : (double)INFINITY;
    return fabs(found - stored) / fmax(fabs(stored), 1.0);
}

/* Evaluates the stored last positions again: a difference beyond rounding means that
 * the file was made by another model than the one that would go on with it. */
static mutau_status check_last_state(const run *r, const mutau_chain_state *state, mutau_error *err)
{
    const double tolerance = 1e-9;
    void *ws = NULL;
    double worst = 0.0;
    mutau_status status = MUTAU_OK;
    if (r->target.ws_alloc != NULL)
        status = r->target.ws_alloc(r->target.self, &ws);
    const size_t n = r->n_ensemble * r->n_rung * r->n_walker;
    for (size_t i = 0; i < n && status == MUTAU_OK; i++) {
        double ln_prior = 0.0, ln_like = 0.0;
        status = r->target.eval(r->target.self, ws, state->position + i * r->target.dim, &ln_prior,
                                &ln_like, NULL);
        const double error = relative_error(ln_like, state->ln_like[i]);
        worst = worst >= error ? worst : error; /* a NaN stays */
        if (isnan(worst))
            break;
    }
    if (r->target.ws_free != NULL)
        r->target.ws_free(ws);
    if (status != MUTAU_OK || !(worst <= tolerance))
        return mutau_error_set(err, MUTAU_ERESUME,
                               "%s: the stored ln likelihood of the last positions differs from "
                               "what this program finds by %.1e (at most %.0e is rounding)",
                               run_chain_path(r), worst, tolerance);
    if (worst > 0.0)
        (void)fprintf(stderr,
                      "mutau: note: ln likelihood differs from the stored one by %.1e: another "
                      "processor or build\n",
                      worst);
    return MUTAU_OK;
}

/* Refuses another run's chain with the first key that differs; what cannot be read or
 * compared is left to mutau_chain_resume.  Takes over where its walkers started.  The rungs of the
 * chain, 0 if it cannot be read. */
static mutau_status check_same_run(run *r, size_t *n_rung, mutau_error *err)
{
    mutau_chain *chain = NULL;
    char text[MUTAU_DIFFERENCE_SIZE] = "";
    *n_rung = 0;
    if (mutau_chain_open(run_chain_path(r), &chain, NULL) != MUTAU_OK)
        return MUTAU_OK;
    const mutau_status status =
        mutau_run_settings_difference(r->settings, mutau_chain_describe(chain).config, text, NULL);
    r->n_start_maximum = mutau_chain_describe(chain).n_start_maximum;
    *n_rung = mutau_chain_describe(chain).n_temperature;
    mutau_chain_close(chain);
    if (status == MUTAU_OK && text[0] != '\0')
        return mutau_error_set(err, MUTAU_ERESUME, "%s: cannot be continued: %s", run_chain_path(r),
                               text);
    return MUTAU_OK;
}

mutau_status run_resume(run *r, mutau_error *err)
{
    mutau_chain_state state;
    size_t n_rung = 0;
    MUTAU_CHECK(check_same_run(r, &n_rung, err));
    MUTAU_CHECK(run_restore_ladder(r, n_rung, err));
    MUTAU_CHECK(run_open_chain(r, true, err));
    MUTAU_CHECK(mutau_chain_read_state(r->chain, &state, err));
    MUTAU_CHECK(check_last_state(r, &state, err));
    const mutau_ensemble_counts counts = {
        .steps = state.steps, .evaluations = state.evaluations, .failures = state.failures};
    mutau_swap_count swaps[MUTAU_MAX_TEMPERATURES] = {{0}};
    for (size_t i = 0; i + 1 < r->n_rung; i++)
        swaps[i] = (mutau_swap_count){state.swaps[i].proposed, state.swaps[i].accepted};
    MUTAU_CHECK(mutau_rng_restore(r->rng, &state.rng, err));
    r->standing.steps = state.steps;
    r->start -= state.seconds;
    return mutau_ensemble_restore(r->ensemble, state.position, state.ln_prior, state.ln_like,
                                  state.blob, state.accepted, &counts, state.beta, swaps, err);
}
