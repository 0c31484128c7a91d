/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting a run up, and releasing it; documented in run/run.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/name.h"
#include "run_internal.h"

/* ---- a density of the caller's own ---- */

static mutau_status copy_text(const char *what, const char *text, size_t size, char room[],
                              mutau_error *err)
{
    if (text == NULL || strlen(text) >= size)
        return mutau_error_set(err, MUTAU_EUSAGE, "a target needs %s of at most %zu bytes", what,
                               size - 1);
    (void)snprintf(room, size, "%s", text);
    return MUTAU_OK;
}

/* What the settings say of it. */
static mutau_status describe_own(const mutau_run_target *t, mutau_own_target *own, mutau_error *err)
{
    const double any = (double)INFINITY;
    MUTAU_CHECK(copy_text("a name", t->name, sizeof own->name, own->name, err));
    MUTAU_CHECK(copy_text("an identity", t->identity != NULL ? t->identity : "",
                          sizeof own->identity, own->identity, err));
    if (t->target.eval == NULL || t->target.names == NULL || t->target.dim < 1 ||
        t->target.dim > MUTAU_MAX_DIM)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "%s: a target needs eval, names and 1 to %d dimensions", t->name,
                               MUTAU_MAX_DIM);
    own->dim = t->target.dim;
    for (size_t i = 0; i < own->dim; i++) {
        MUTAU_CHECK(copy_text("names of coordinates", t->target.names[i], sizeof own->coordinate[i],
                              own->coordinate[i], err));
        own->lo[i] = t->lo != NULL ? t->lo[i] : -any;
        own->hi[i] = t->hi != NULL ? t->hi[i] : any;
    }
    return MUTAU_OK;
}

static mutau_status check_blob_name(const mutau_run_target *t, size_t i, mutau_error *err)
{
    const char *name = t->blob_names[i];
    if (mutau_is_name(name))
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EUSAGE, "%s: '%s': a blob's name is made of " MUTAU_NAME_RULE,
                           t->name, name != NULL ? name : "", MUTAU_NAME_SIZE - 1);
}

/* The settings of a run of it; what is told here is of the call, not of a file. */
static mutau_status make_settings(const mutau_run_target *t, const char *sampler, const char *path,
                                  mutau_run_settings **out, mutau_error *err)
{
    mutau_own_target *own = mutau_calloc(1, sizeof *own);
    *out = NULL;
    if (own == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a target");
    mutau_status status = describe_own(t, own, err);
    if (status == MUTAU_OK && path == NULL)
        status = mutau_error_set(err, MUTAU_EUSAGE, "%s: the run needs the path of a chain file",
                                 own->name);
    if (status == MUTAU_OK && t->target.n_blob > 0 && t->blob_names == NULL)
        status = mutau_error_set(err, MUTAU_EUSAGE, "%s: its blobs need names", own->name);
    for (size_t i = 0; status == MUTAU_OK && i < t->target.n_blob; i++)
        status = check_blob_name(t, i, err);
    if (status == MUTAU_OK)
        status = mutau_run_settings_of_own(own, sampler, path, out, err);
    free(own);
    return status;
}

static void use_own(mutau_run *run, const mutau_run_target *t)
{
    const mutau_own_target *own = run->settings->own;
    mutau_density *d = &run->density;
    for (size_t i = 0; i < own->dim; i++) {
        d->names[i] = own->coordinate[i];
        d->units[i] = t->units != NULL ? t->units[i] : "";
        d->labels[i] = t->labels != NULL ? t->labels[i] : own->coordinate[i];
        d->lo[i] = own->lo[i];
        d->hi[i] = own->hi[i];
    }
    d->blob_names = t->blob_names;
    d->target = t->target;
    d->target.names = d->names;
}

/* Units, labels and names of blobs went into the file; the caller may release its own. */
static void forget_own(mutau_run *run)
{
    mutau_density *d = &run->density;
    for (size_t i = 0; i < run->settings->own->dim; i++)
        d->units[i] = d->labels[i] = NULL;
    d->blob_names = NULL;
}

/* ---- a run without ensembles ---- */

static const char *or_else(const char *word, const char *other)
{
    return word != NULL ? word : other;
}

static void take_options(mutau_run *run, const mutau_run_options *options)
{
    mutau_run_options *o = &run->options;
    *o = *options;
    o->n_thread = o->n_thread > 0 ? o->n_thread : 1;
    o->words.path = or_else(o->words.path, "path");
    o->words.resume = or_else(o->words.resume, "resume");
    o->words.overwrite = or_else(o->words.overwrite, "overwrite");
}

static mutau_status open_density(mutau_run *run, const run_subject *subject, mutau_error *err)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    if (subject->own != NULL)
        use_own(run, subject->own);
    else
        MUTAU_CHECK(mutau_density_open(run->settings, &run->density, err));
    MUTAU_CHECK(mutau_density_add_screen(run->settings, &run->density, err));
    run->target = run->density.target;
    if (s->thin > s->max_steps)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s: sampler.thin = %ld is more than the %ld steps of the run: none "
                               "would be stored",
                               run->settings->path, s->thin, s->max_steps);
    return MUTAU_OK;
}

static mutau_status gather_crew(mutau_run *run, mutau_error *err)
{
    const mutau_run_crew *crew = &run->options.crew;
    if (crew->gather == NULL)
        return MUTAU_OK;
    run->gathered = true;
    return crew->gather(crew->self, run->settings, &run->target, &run->sampler.evaluator, err);
}

static mutau_status set_up(mutau_run *run, const run_subject *subject, mutau_error *err)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    const double unknown = (double)NAN;
    run->start = mutau_run_clock(run);
    run->standing = (mutau_run_standing){.max_steps = (uint64_t)s->max_steps,
                                         .acceptance = unknown,
                                         .tau = unknown,
                                         .kept_over_tau = unknown,
                                         .rhat = unknown,
                                         .ess_bulk = unknown,
                                         .steps_needed = unknown};
    run->shape.n_ensemble = (size_t)s->ensembles;
    run->shape.n_walker = (size_t)s->walkers;
    run->path = mutau_strdup(or_else(run->options.path, run->settings->output));
    if (run->path == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the run");
    MUTAU_CHECK(open_density(run, subject, err));
    run->sampler.rng = mutau_rng_alloc((uint32_t)s->seed);
    if (run->sampler.rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the random number generator");
    MUTAU_CHECK(gather_crew(run, err));
    return mutau_run_check_output(run, err); /* before hours are spent */
}

mutau_status mutau_run_prepare(run_subject subject, const mutau_run_options *options,
                               mutau_run **out, mutau_error *err)
{
    *out = NULL;
    mutau_run *run = mutau_calloc(1, sizeof *run);
    if (run == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the run");
    run->settings = subject.settings;
    take_options(run, options);
    const mutau_status status = set_up(run, &subject, err);
    if (status != MUTAU_OK) {
        mutau_run_close(run);
        return status;
    }
    *out = run;
    return MUTAU_OK;
}

void mutau_run_close(mutau_run *run)
{
    if (run == NULL)
        return;
    mutau_chain_close(run->store.chain);
    mutau_ensemble_free(run->sampler.ensemble);
    if (run->gathered && run->options.crew.dismiss != NULL)
        run->options.crew.dismiss(run->options.crew.self);
    mutau_mixture_free(run->sampler.mixture);
    free(run->sampler.mixture_text);
    mutau_rng_free(run->sampler.rng);
    mutau_density_close(&run->density);
    mutau_run_settings_free(run->own_settings);
    free(run->store.log_prob);
    free(run->store.rows);
    free(run->path);
    free(run);
}

/* ---- a run that can take steps ---- */

static mutau_status begin(mutau_run *run, const run_subject *subject, mutau_error *err)
{
    if (run->options.resume && mutau_run_is_in_the_way(run)) {
        MUTAU_CHECK(mutau_run_resume(run, err));
    } else {
        MUTAU_CHECK(mutau_run_check_way(run, err));
        MUTAU_CHECK(mutau_run_start(run, subject->own != NULL ? subject->own->start : NULL, err));
        MUTAU_CHECK(mutau_run_create_chain(run, err));
        MUTAU_CHECK(mutau_run_note_failures(run, err));
    }
    mutau_run_take_over_verdict(run);
    mutau_rng_save(run->sampler.rng, &run->store.rng_state);
    return MUTAU_OK;
}

static mutau_status open_subject(run_subject subject, const mutau_run_options *options,
                                 mutau_run **out, mutau_error *err)
{
    MUTAU_CHECK(mutau_run_prepare(subject, options, out, err));
    const mutau_status status = begin(*out, &subject, err);
    if (status != MUTAU_OK) {
        mutau_run_close(*out);
        *out = NULL;
    }
    return status;
}

mutau_status mutau_run_open(const mutau_run_settings *settings, const mutau_run_options *options,
                            mutau_run **out, mutau_error *err)
{
    return open_subject((run_subject){.settings = settings}, options, out, err);
}

mutau_status mutau_run_open_target(const mutau_run_target *target, const char *sampler,
                                   const mutau_run_options *options, mutau_run **out,
                                   mutau_error *err)
{
    mutau_run_settings *settings = NULL;
    *out = NULL;
    MUTAU_CHECK(make_settings(target, sampler, options->path, &settings, err));
    const mutau_status status =
        open_subject((run_subject){.settings = settings, .own = target}, options, out, err);
    if (status != MUTAU_OK) {
        mutau_run_settings_free(settings);
        return status;
    }
    (*out)->own_settings = settings;
    forget_own(*out);
    return MUTAU_OK;
}
