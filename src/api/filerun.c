/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sampling run into a chain file; documented in mutau/filerun.h. */
#include "mutau/filerun.h"

#include <stdlib.h>

#include "api_internal.h"
#include "store/chain_quiet.h"
#include "base/mem.h"
#include "run/run.h"
#include "posterior/run_settings.h"

struct mutau_filerun {
    mutau_filerun_options options;
    mutau_run_settings *settings; /* owned; of a run file, else NULL */
    mutau_api_density density;    /* of the caller's, else unused */
    mutau_run *run;               /* owned */
};

static void tell(void *self, mutau_run_message message, const char *text)
{
    const mutau_filerun *f = self;
    (void)message;
    if (f->options.tell != NULL)
        f->options.tell(f->options.self, text);
}

static mutau_status make_options(mutau_filerun *f, const char *path, mutau_run_options *out,
                                 mutau_error *err)
{
    *out = (mutau_run_options){.path = path,
                               .resume = f->options.resume,
                               .overwrite = f->options.overwrite,
                               .stop = {f->options.stop, f->options.self},
                               .callbacks = {.tell = tell, .self = f}};
    return mutau_api_threads(f->options.n_thread, &out->n_thread, err);
}

/* A run that is not open yet. */
static mutau_status alloc(const mutau_filerun_options *options, mutau_filerun **out,
                          mutau_error *err)
{
    *out = mutau_calloc(1, sizeof **out);
    if (*out == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a run");
    if (options != NULL)
        (*out)->options = *options;
    return MUTAU_OK;
}

/* Closes it after a failure. */
static mutau_status finish(mutau_status status, mutau_filerun **out)
{
    if (status != MUTAU_OK) {
        mutau_filerun_close(*out);
        *out = NULL;
    }
    return status;
}

static mutau_status open_file(mutau_filerun *f, const char *run_file, size_t n_set,
                              const char *const set[], const char *path, mutau_error *err)
{
    mutau_run_options o;
    MUTAU_CHECK(make_options(f, path, &o, err));
    MUTAU_CHECK(mutau_run_settings_read(run_file, n_set, set, &f->settings, err));
    return mutau_run_open(f->settings, &o, &f->run, err);
}

mutau_status mutau_filerun_open(const char *run_file, size_t n_set, const char *const set[],
                                const char *path, const mutau_filerun_options *options,
                                mutau_filerun **out, mutau_error *err)
{
    mutau_chain_quiet kept;
    MUTAU_CHECK(alloc(options, out, err));
    mutau_chain_quiet_begin(&kept);
    const mutau_status status = open_file(*out, run_file, n_set, set, path, err);
    mutau_chain_quiet_end(&kept);
    return finish(status, out);
}

static mutau_status open_density(mutau_filerun *f, const mutau_own_density *density,
                                 const char *path, const char *settings, mutau_error *err)
{
    mutau_run_options o;
    MUTAU_CHECK(make_options(f, path, &o, err));
    MUTAU_CHECK(mutau_api_density_init(&f->density, density, err));
    const mutau_run_target target = {.target = f->density.target,
                                     .name = density->name != NULL ? density->name : "density",
                                     .identity = density->identity,
                                     .units = f->density.unit,
                                     .blob_names = f->density.blob,
                                     .lo = f->density.lo,
                                     .hi = f->density.hi};
    return mutau_run_open_target(&target, settings, &o, &f->run, err);
}

mutau_status mutau_filerun_open_density(const mutau_own_density *density, const char *path,
                                        const char *settings, const mutau_filerun_options *options,
                                        mutau_filerun **out, mutau_error *err)
{
    mutau_chain_quiet kept;
    MUTAU_CHECK(alloc(options, out, err));
    mutau_chain_quiet_begin(&kept);
    const mutau_status status = open_density(*out, density, path, settings, err);
    mutau_chain_quiet_end(&kept);
    return finish(status, out);
}

void mutau_filerun_close(mutau_filerun *run)
{
    mutau_chain_quiet kept;
    if (run == NULL)
        return;
    mutau_chain_quiet_begin(&kept);
    mutau_run_close(run->run);
    mutau_chain_quiet_end(&kept);
    mutau_run_settings_free(run->settings);
    free(run);
}

static mutau_filerun_state state_of(mutau_run_state state)
{
    switch (state) {
    case MUTAU_RUN_CONVERGED:
        return MUTAU_FILERUN_CONVERGED;
    case MUTAU_RUN_NOT_CONVERGED:
        return MUTAU_FILERUN_NOT_CONVERGED;
    case MUTAU_RUN_STOPPED:
        return MUTAU_FILERUN_STOPPED;
    case MUTAU_RUN_MORE:
        break;
    }
    return MUTAU_FILERUN_MORE;
}

mutau_status mutau_filerun_step(mutau_filerun *run, uint64_t n_step, mutau_filerun_state *state,
                                mutau_error *err)
{
    mutau_chain_quiet kept;
    mutau_run_state inner = MUTAU_RUN_MORE;
    mutau_chain_quiet_begin(&kept);
    const mutau_status status = mutau_run_step(run->run, n_step, &inner, err);
    mutau_chain_quiet_end(&kept);
    *state = state_of(inner);
    return status;
}

mutau_status mutau_filerun_commit(mutau_filerun *run, mutau_error *err)
{
    mutau_chain_quiet kept;
    mutau_chain_quiet_begin(&kept);
    const mutau_status status = mutau_run_commit(run->run, err);
    mutau_chain_quiet_end(&kept);
    return status;
}

uint64_t mutau_filerun_steps(const mutau_filerun *run)
{
    return mutau_run_where(run->run).steps;
}

const char *mutau_filerun_path(const mutau_filerun *run)
{
    return mutau_run_path(run->run);
}
