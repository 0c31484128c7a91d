/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau scan: the likelihood on a grid of one or two parameters. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "model.h"
#include "point.h"
#include "process/signals.h"
#include "process/threads.h"
#include "scan_job.h"

enum { DEFAULT_STARTS = 16, MAX_STARTS = 100000 };

/* Seconds between checkpoints, and the part of the time that they may take. */
static const double CHECKPOINT_INTERVAL_S = 10.0, CHECKPOINT_SHARE = 0.02;

typedef struct scan_options {
    cli_model_options common;
    const char *grid, *at, *output, *progress;
    bool profile, resume, overwrite, quiet;
    long starts, seed, threads;
} scan_options;

static const cli_option OPTIONS[] = {
    {"grid", CLI_TEXT, offsetof(scan_options, grid), 0, 0, "NAME=lo:hi:n[:log|:lin],...",
     "one or two free parameters and their values, within their priors; spaced as they are "
     "sampled unless said"},
    {"profile", CLI_FLAG, offsetof(scan_options, profile), 0, 0, NULL,
     "maximise the likelihood over all that is neither on the grid nor held"},
    {"at", CLI_TEXT, offsetof(scan_options, at), 0, 0, "name=value,...",
     "hold these parameters, in natural units, also outside their prior"},
    {"output", CLI_TEXT, offsetof(scan_options, output), 0, 0, "FILE",
     "write the map to this HDF5 file"},
    {"overwrite", CLI_FLAG, offsetof(scan_options, overwrite), 0, 0, NULL,
     "replace an existing file of a scan"},
    {"resume", CLI_FLAG, offsetof(scan_options, resume), 0, 0, NULL,
     "go on with the file if there is one, else start it"},
    {"starts", CLI_INTEGER, offsetof(scan_options, starts), 1, MAX_STARTS, "N",
     "starts of each point of the coarsest grid (16)"},
    {"seed", CLI_INTEGER, offsetof(scan_options, seed), 1, 4294967295L, "N",
     "seed of those starts (sampler.seed)"},
    {"threads", CLI_INTEGER, offsetof(scan_options, threads), 1, CLI_MAX_THREADS, "N",
     "threads (the CPUs available; the result does not depend on it)"},
    {"quiet", CLI_FLAG, offsetof(scan_options, quiet), 0, 0, NULL, "no progress report"},
    {"progress", CLI_TEXT, offsetof(scan_options, progress), 0, 0, "auto|bar|lines|json",
     "form of the progress report on stderr (auto: a bar on a terminal, else a line a minute)"},
    CLI_SET_OPTION(cli_model_options),
    CLI_FORM_OPTIONS,
};

/* --- what is asked for ------------------------------------------------------------------ */

static mutau_status check_options(const scan_options *options, mutau_error *err)
{
    if (options->grid == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "scan needs --grid NAME=lo:hi:n[:log|:lin], or two of them with a "
                               "comma between");
    if (options->resume && options->overwrite)
        return mutau_error_set(err, MUTAU_EUSAGE, "--resume and --overwrite contradict");
    if ((options->resume || options->overwrite) && options->output == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "--%s needs --output FILE",
                               options->resume ? "resume" : "overwrite");
    if (options->output != NULL &&
        (options->output[0] == '\0' || strcmp(options->output, "-") == 0))
        return mutau_error_set(err, MUTAU_EUSAGE, "--output takes the name of a file, not '%s'",
                               options->output);
    return MUTAU_OK;
}

static bool is_on_grid(const cli_scan_job *job, size_t i)
{
    for (size_t axis = 0; axis < job->settings.n_axis; axis++)
        if (job->settings.axis[axis].id == i)
            return true;
    return false;
}

/* Each free parameter is on the grid or held, or else profiled. */
static mutau_status check_held(const cli_scan_job *job, bool profile, mutau_error *err)
{
    const mutau_run_settings *s = job->model->settings;
    char names[256] = "", form[256] = "";
    for (size_t i = 0; i < s->set.n; i++) {
        const char *name = s->set.spec[i]->name;
        const size_t n = strlen(names), n_form = strlen(form);
        if (is_on_grid(job, i) && job->settings.held[i])
            return mutau_error_set(err, MUTAU_EUSAGE, "--at: %s is on the grid", name);
        if (is_on_grid(job, i) || job->settings.held[i] ||
            s->parameters[i].prior == MUTAU_PRIOR_FIXED)
            continue;
        (void)snprintf(names + n, sizeof names - n, "%s%s", n > 0 ? ", " : "", name);
        (void)snprintf(form + n_form, sizeof form - n_form, "%s%s=...", n > 0 ? "," : "", name);
    }
    if (profile || names[0] == '\0')
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "neither on the grid nor held: %s; --profile profiles, --at %s holds",
                           names, form);
}

static mutau_status read_request(const scan_options *options, cli_scan_job *job, mutau_error *err)
{
    const mutau_run_settings *s = job->model->settings;
    mutau_scan_settings *q = &job->settings;
    MUTAU_CHECK(cli_scan_grid_read(s, options->grid, &job->grid, err));
    q->n_axis = job->grid.n;
    memcpy(q->axis, job->grid.axis, sizeof q->axis);
    if (options->at != NULL)
        MUTAU_CHECK(cli_point_some("--at", s, options->at, q->natural, q->held, err));
    q->n_start = options->starts > 0 ? (size_t)options->starts : DEFAULT_STARTS;
    q->seed = (uint32_t)(options->seed > 0 ? options->seed : s->sampler.seed);
    q->n_thread = options->threads > 0 ? (int)options->threads : threads_default();
    q->stop = signals_stop();
    job->path = options->output;
    return check_held(job, options->profile, err);
}

/* --- the work --------------------------------------------------------------------------- */

/* Checkpoints of a scan with a file: when the last one was, and what it took. */
typedef struct checkpoints {
    double last, took;
} checkpoints;

static mutau_status keep(cli_scan_store *store, const cli_scan_job *job, checkpoints *c,
                         mutau_error *err)
{
    const double begin = progress_clock();
    const mutau_status status = cli_scan_store_write(store, job, false, err);
    c->last = progress_clock();
    c->took = c->last - begin;
    return status;
}

/* What was done is kept, if there is a file to keep it in. */
static mutau_status interrupt(cli_scan_store *store, const cli_scan_job *job, checkpoints *c,
                              mutau_error *err)
{
    const char *what;
    const double share = mutau_scan_share(job->scan, &what);
    if (job->path == NULL)
        return mutau_error_set(err, MUTAU_ESTOPPED,
                               "%.0f %% of the scan was done, which is lost; with --output FILE "
                               "it could be resumed",
                               100.0 * share);
    MUTAU_CHECK(keep(store, job, c, err));
    return mutau_error_set(err, MUTAU_ESTOPPED,
                           "%.0f %% of the scan is done and stored: %s; --resume goes on with it",
                           100.0 * share, job->path);
}

static mutau_status work(cli_scan_store *store, const cli_scan_job *job, progress_reporter *p,
                         mutau_error *err)
{
    const char *what;
    const double before = mutau_scan_share(job->scan, &what);
    checkpoints c = {.last = progress_clock()};
    bool done = false;
    while (!done) {
        const mutau_status status = mutau_scan_advance(job->scan, &done, err);
        if (status == MUTAU_ESTOPPED)
            return interrupt(store, job, &c, err);
        MUTAU_CHECK(status);
        const double share = mutau_scan_share(job->scan, &what);
        progress_share(p, what, share, before);
        if (job->path != NULL &&
            progress_clock() - c.last > fmax(CHECKPOINT_INTERVAL_S, c.took / CHECKPOINT_SHARE))
            MUTAU_CHECK(keep(store, job, &c, err));
    }
    return MUTAU_OK;
}

static mutau_status find_best(cli_scan_store *store, cli_scan_job *job, mutau_error *err)
{
    const mutau_scan_state state = mutau_scan_look(job->scan);
    checkpoints c = {0};
    const mutau_status status = mutau_scan_find_best(job->scan, &job->best, err);
    if (status == MUTAU_ESTOPPED)
        return interrupt(store, job, &c, err);
    MUTAU_CHECK(status);
    for (size_t i = 0; i < state.n_point; i++)
        job->delta_chi2[i] = 2.0 * (job->best.ln_likelihood -
                                    state.row[i * state.n_number + MUTAU_SCAN_LN_LIKELIHOOD]);
    job->n_failed = mutau_scan_failures(job->scan, &job->failure);
    return MUTAU_OK;
}

static mutau_status run(const scan_options *options, cli_scan_job *job, cli_scan_store *store,
                        mutau_error *err)
{
    progress_reporter p;
    bool complete = false;
    MUTAU_CHECK(progress_init(&p, options->progress, options->quiet, err));
    job->delta_chi2 = mutau_calloc(mutau_scan_look(job->scan).n_point, sizeof *job->delta_chi2);
    if (job->delta_chi2 == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a scan");
    MUTAU_CHECK(cli_scan_store_init(store, job, err));
    if (job->path != NULL)
        MUTAU_CHECK(
            cli_scan_store_open(store, job, options->overwrite, options->resume, &complete, err));
    if (!complete) {
        const mutau_status status = work(store, job, &p, err);
        progress_end(&p);
        MUTAU_CHECK(status);
    }
    MUTAU_CHECK(find_best(store, job, err));
    return job->path != NULL && !complete ? cli_scan_store_write(store, job, true, err) : MUTAU_OK;
}

static mutau_status scan(const scan_options *options, cli_scan_job *job, cli_result *result,
                         mutau_error *err)
{
    cli_scan_store store = {.writer = NULL};
    MUTAU_CHECK(check_options(options, err));
    MUTAU_CHECK(read_request(options, job, err));
    MUTAU_CHECK(mutau_scan_alloc(job->model->posterior, &job->settings, &job->scan, err));
    signals_install();
    mutau_status status = run(options, job, &store, err);
    cli_scan_store_release(&store);
    MUTAU_CHECK(status);
    result->written = strcmp(result->writer->name, "csv") == 0;
    return result->written ? cli_scan_csv(stdout, job, err)
                           : cli_scan_report(result->report, job, err);
}

static mutau_status report(const void *options, cli_model *model, cli_result *result,
                           mutau_error *err)
{
    cli_scan_job job = {.model = model};
    const mutau_status status = scan(options, &job, result, err);
    mutau_scan_free(job.scan);
    cli_scan_grid_release(&job.grid);
    free(job.delta_chi2);
    return status;
}

const cli_command cli_command_scan = {
    .name = "scan",
    .arguments = "RUN.yaml",
    .doc = "the likelihood on a grid of one or two parameters, profiled or fixed",
    .details =
        "At each point of the grid the likelihood is evaluated with the other parameters held\n"
        "(--at), or is maximised over them within their priors (--profile): A in closed form, the\n"
        "others by climbs from many starts on a coarse grid, then from the neighbours.  The\n"
        "highest point is looked for between those of the grid, too; Delta chi2 is against it.\n"
        "Regions by Delta chi2 (2.30, 5.99, ... of two parameters) are approximate.  --format csv\n"
        "prints the whole map, --output FILE keeps it as HDF5 (docs/scan.md).  INT, TERM or USR1\n"
        "ends a scan with exit code 75, and with --output FILE --resume goes on from there to the\n"
        "same bytes.  R_chi2 is against the same spectrum without the boson.",
    CLI_OPTIONS(OPTIONS, scan_options),
    .min_files = 1,
    .max_files = 1,
    .report_model = report,
};
