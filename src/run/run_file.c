/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain file of a run: whether it can be made, and what it says of the run. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mutau_build.h"
#include "mutau_version.h"
#include "run_internal.h"

/* ---- where it is to be ---- */

static mutau_status check_folder(const char *path, const char *choose, mutau_error *err)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";
    struct stat info;
    if (slash != NULL)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    if (stat(folder, &info) != 0)
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: the folder for the chain file: %s; make it, or choose another "
                               "with %s",
                               folder, strerror(errno), choose);
    if (!S_ISDIR(info.st_mode))
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: not a folder; choose one for the chain file with %s", folder,
                               choose);
    if (access(folder, W_OK | X_OK) != 0)
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: the folder for the chain file cannot be written to: %s; choose "
                               "another with %s",
                               folder, strerror(errno), choose);
    return MUTAU_OK;
}

mutau_status mutau_run_check_output(const mutau_run *run, mutau_error *err)
{
    const char *path = run->path, *choose = run->options.words.path;
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return mutau_error_set(err, MUTAU_EIO, "%s: is %s; choose a file with %s", path,
                               S_ISDIR(info.st_mode) ? "a folder" : "not a regular file", choose);
    MUTAU_CHECK(check_folder(path, choose, err));
    if (stat(path, &info) != 0 && lstat(path, &info) == 0)
        return mutau_error_set(err, MUTAU_EIO, "%s is a link to a file that does not exist", path);
    return MUTAU_OK;
}

bool mutau_run_is_in_the_way(const mutau_run *run)
{
    return access(run->path, F_OK) == 0;
}

/* `overwrite` is for chain files: a slip of the hand must not cost a run file. */
static mutau_status check_replaced(const mutau_run *run, mutau_error *err)
{
    mutau_chain *old = NULL;
    if (!run->options.overwrite || !mutau_run_is_in_the_way(run))
        return MUTAU_OK;
    const mutau_status status = mutau_chain_open(run->path, &old, err);
    mutau_chain_close(old);
    if (status == MUTAU_OK || status == MUTAU_ENOMEM)
        return status;
    return mutau_error_set(err, MUTAU_EEXIST,
                           "%s exists and is no chain file that can be read: remove it yourself if "
                           "it is in the way",
                           run->path);
}

/* ---- what it says of the run ---- */

/* Texts of the description that have to be made for it. */
typedef struct about {
    char config_hash[MUTAU_HASH_SIZE], data_hash[MUTAU_HASH_SIZE], folder[2 * PATH_MAX];
    char *config, *inputs; /* owned */
} about;

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

/* To be released, also after a failure. */
static mutau_status write_about(const mutau_run_settings *s, about *a, mutau_error *err)
{
    find_folder(s->folder, sizeof a->folder, a->folder);
    MUTAU_CHECK(mutau_run_settings_hash(s, a->config_hash, a->data_hash, err));
    MUTAU_CHECK(mutau_run_settings_emit(s, &a->config, err));
    return mutau_inputs_write(&s->inputs, &a->inputs, err);
}

static void release_about(about *a)
{
    free(a->config);
    free(a->inputs);
}

static mutau_chain_info describe(const mutau_run *run, const about *a)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    return (mutau_chain_info){
        .n_ensemble = run->shape.n_ensemble,
        .n_walker = run->shape.n_walker,
        .dim = run->target.dim,
        .n_blob = run->target.n_blob,
        .names = run->density.names,
        .units = run->density.units,
        .labels = run->density.labels,
        .blob_names = run->density.blob_names,
        .config = a->config,
        .config_hash = a->config_hash,
        .data_hash = a->data_hash,
        .inputs = a->inputs,
        .version = MUTAU_VERSION " (" MUTAU_VERSION_GIT ")",
        .folder = a->folder,
        .seed = (uint32_t)s->seed,
        .thin = (uint64_t)s->thin,
        .n_temperature = run->shape.n_rung,
        .store_rungs = s->store_rungs && run->shape.n_rung > 1,
        .n_start_maximum = run->sampler.n_start_maximum,
        .mixture = run->sampler.mixture_text,
    };
}

static mutau_status open_chain(mutau_run *run, bool resume, mutau_error *err)
{
    about texts = {.config = NULL};
    mutau_status status = write_about(run->settings, &texts, err);
    if (status == MUTAU_OK) {
        const mutau_chain_info info = describe(run, &texts);
        status = resume ? mutau_chain_resume(run->path, &info, &run->store.chain, err)
                        : mutau_chain_create(run->path, &info, run->options.overwrite,
                                             &run->store.chain, err);
    }
    release_about(&texts);
    return status;
}

static mutau_status refuse_present(const mutau_run *run, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_EEXIST, "%s exists: %s goes on with it, %s replaces it",
                           run->path, run->options.words.resume, run->options.words.overwrite);
}

mutau_status mutau_run_check_way(const mutau_run *run, mutau_error *err)
{
    if (!mutau_run_is_in_the_way(run))
        return MUTAU_OK;
    return run->options.overwrite ? check_replaced(run, err) : refuse_present(run, err);
}

mutau_status mutau_run_create_chain(mutau_run *run, mutau_error *err)
{
    MUTAU_CHECK(check_replaced(run, err)); /* again: it may have appeared meanwhile */
    const mutau_status status = open_chain(run, false, err);
    return status == MUTAU_EEXIST ? refuse_present(run, err) : status;
}

mutau_status mutau_run_resume_chain(mutau_run *run, mutau_error *err)
{
    return open_chain(run, true, err);
}
