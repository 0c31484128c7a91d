/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau sample: samples the posterior into a chain file.  The run is the library's (run/run.h);
 * here are its words, its signals and its exit codes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "analysis/diagnosis.h"
#include "base/mem.h"
#include "run/run.h"
#include "posterior/run_settings.h"
#include "process/progress.h"
#include "process/ranks.h"
#include "process/signals.h"
#include "process/threads.h"

enum { WORD_SIZE = 64, TEXT_SIZE = CLI_PLAIN_SIZE + 64 };

typedef struct sample_options {
    const char *output;
    const char *progress;
    bool overwrite, resume, dry_run, quiet;
    long threads, seed, max_steps;
    cli_list set;
} sample_options;

static const cli_option OPTIONS[] = {
    {"output", CLI_TEXT, offsetof(sample_options, output), 0, 0, "FILE",
     "the chain file (instead of the run file's `output`)"},
    {"overwrite", CLI_FLAG, offsetof(sample_options, overwrite), 0, 0, NULL,
     "replace an existing chain file"},
    {"resume", CLI_FLAG, offsetof(sample_options, resume), 0, 0, NULL,
     "go on with the chain file if there is one, else start it"},
    {"dry-run", CLI_FLAG, offsetof(sample_options, dry_run), 0, 0, NULL,
     "check everything, estimate time and file size, write nothing"},
    {"threads", CLI_INTEGER, offsetof(sample_options, threads), 1, CLI_MAX_THREADS, "N",
     "threads, of each rank under MPI (the CPUs available; the chain does not depend on it)"},
    {"seed", CLI_INTEGER, offsetof(sample_options, seed), 1, 4294967295L, "N",
     "seed of the random numbers (sampler.seed)"},
    {"max-steps", CLI_INTEGER, offsetof(sample_options, max_steps), 1, 1000000000000000L, "N",
     "stop after N steps at the latest (sampler.stop.max_steps)"},
    {"set", CLI_LIST, offsetof(sample_options, set), 0, 0, "key=value",
     "replace or add a key of the run file, e.g. terms.g-2=bmw2021"},
    {"quiet", CLI_FLAG, offsetof(sample_options, quiet), 0, 0, NULL, "no progress report"},
    {"progress", CLI_TEXT, offsetof(sample_options, progress), 0, 0, "auto|bar|lines|json",
     "form of the progress report on stderr (auto: a bar on a terminal, else a line a minute)"},
};

/* --seed and --max-steps are assignments like those of --set, and win over them. */
static mutau_status read_settings(const sample_options *options, const char *path,
                                  mutau_run_settings **settings, mutau_error *err)
{
    char seed[WORD_SIZE], max_steps[WORD_SIZE];
    size_t n = options->set.n;
    const char **words = mutau_calloc(n + 2, sizeof *words);
    if (words == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the command line");
    for (size_t i = 0; i < n; i++)
        words[i] = options->set.items[i];
    if (options->seed > 0) {
        (void)snprintf(seed, sizeof seed, "sampler.seed=%ld", options->seed);
        words[n++] = seed;
    }
    if (options->max_steps > 0) {
        (void)snprintf(max_steps, sizeof max_steps, "sampler.stop.max_steps=%ld",
                       options->max_steps);
        words[n++] = max_steps;
    }
    const mutau_status status = mutau_run_settings_read(path, n, words, settings, err);
    free(words);
    return status;
}

/* NULL: not given.  A chain cannot go to standard output; a file named - is ./- */
static bool is_file_name(const char *output)
{
    return output == NULL || (output[0] != '\0' && strcmp(output, "-") != 0);
}

static mutau_status check_options(const sample_options *options, mutau_error *err)
{
    if (options->resume && options->overwrite)
        return mutau_error_set(err, MUTAU_EUSAGE, "--resume and --overwrite contradict");
    if (!is_file_name(options->output))
        return mutau_error_set(err, MUTAU_EUSAGE, "--output takes the name of a file, not '%s'",
                               options->output);
    return MUTAU_OK;
}

/* ---- what the run asks and tells ---- */

typedef struct sampling {
    progress_reporter progress;
    ranks_team *team;     /* NULL: this process alone */
    int n_thread_of_rank; /* as asked for; 0: the CPUs that each has */
    int n_thread;         /* of all ranks */
} sampling;

static void show_progress(void *self, const mutau_run_standing *standing, bool checked)
{
    sampling *s = self;
    progress_report(&s->progress, standing, checked && s->progress.mode == PROGRESS_JSON);
}

static void tell(void *self, mutau_run_message message, const char *text)
{
    const sampling *s = self;
    const bool quiet = s->progress.mode == PROGRESS_QUIET;
    char room[CLI_PLAIN_SIZE];
    switch (message) {
    case MUTAU_RUN_IN_THE_WAY:
        (void)printf("%s\n", cli_plain(text, room));
        break;
    case MUTAU_RUN_SEARCH:
    case MUTAU_RUN_EXPLORED:
        if (!quiet)
            progress_say(&s->progress, "start", text);
        break;
    case MUTAU_RUN_LADDER:
        if (!quiet)
            progress_say(&s->progress, "note", text);
        break;
    case MUTAU_RUN_NOTE:
        progress_say(&s->progress, "note", text);
        break;
    case MUTAU_RUN_WARNING:
        progress_say(&s->progress, "warning", text);
        break;
    }
}

/* A launcher has started processes that do not know of one another. */
static void warn_of_strangers(const sampling *s)
{
    char text[TEXT_SIZE];
    if (ranks_count() > 1 || ranks_launched() < 2)
        return;
    (void)snprintf(text, sizeof text,
                   "started as one of %d processes, but without MPI between them: each of them "
                   "does all the work",
                   ranks_launched());
    progress_say(&s->progress, "warning", text);
}

static mutau_status gather(void *self, const mutau_run_settings *settings,
                           const mutau_target *target, const mutau_evaluator **out,
                           mutau_error *err)
{
    sampling *s = self;
    MUTAU_CHECK(ranks_share(settings, target, s->n_thread_of_rank, &s->team, err));
    *out = ranks_evaluator(s->team);
    s->n_thread = ranks_thread_count(s->team);
    warn_of_strangers(s);
    return MUTAU_OK;
}

static void dismiss(void *self)
{
    sampling *s = self;
    ranks_release(s->team);
    s->team = NULL;
}

static mutau_run_options make_options(const sample_options *options, int n_thread, sampling *s)
{
    return (mutau_run_options){
        .path = options->output,
        .resume = options->resume,
        .overwrite = options->overwrite,
        .n_thread = n_thread,
        .stop = signals_stop(),
        .callbacks = {.progress = show_progress, .tell = tell, .self = s},
        .crew = {.gather = gather, .dismiss = dismiss, .self = s},
        .words = {.path = "--output", .resume = "--resume", .overwrite = "--overwrite"},
    };
}

/* ---- how it ends ---- */

static int exit_code(mutau_run_state state)
{
    switch (state) {
    case MUTAU_RUN_CONVERGED:
        return CLI_DONE;
    case MUTAU_RUN_NOT_CONVERGED:
        return CLI_NOT_CONVERGED;
    case MUTAU_RUN_STOPPED:
        return CLI_INTERRUPTED;
    case MUTAU_RUN_MORE:
        break;
    }
    return CLI_FAILED;
}

/* What stands between the run and a converged chain. */
static void print_problems(const sampling *s, const mutau_run *run)
{
    char room[CLI_PLAIN_SIZE], text[TEXT_SIZE];
    const mutau_run_verdict v = mutau_run_last_verdict(run);
    if (v.judged && v.n_problem == 0) { /* judged before the chain was taken up again */
        (void)snprintf(text, sizeof text, "'mutau diagnose %s' says why",
                       cli_plain(mutau_run_path(run), room));
        progress_say(&s->progress, "note", text);
        return;
    }
    if (v.evidence_judged)
        progress_say(&s->progress, "verdict",
                     mutau_verdict_words(v.posterior_converged, true, v.evidence_converged));
    for (size_t i = 0; i < v.n_problem; i++)
        progress_say(&s->progress, "problem", v.problem[i]);
}

/* The outcome first, for people; of JSON lines it is the last. */

static void print_outcome(const sampling *s, const mutau_run *run, mutau_run_state state)
{
    const mutau_run_standing standing = mutau_run_where(run);
    const bool unconverged = state == MUTAU_RUN_NOT_CONVERGED, json = s->progress.json;
    if (s->progress.mode == PROGRESS_QUIET && state == MUTAU_RUN_CONVERGED)
        return;
    if (unconverged && json)
        print_problems(s, run);
    progress_outcome(&s->progress, &standing, mutau_run_state_text(state), standing.seconds,
                     mutau_run_rows(run) > 0 ? mutau_run_path(run) : NULL);
    if (unconverged && !json)
        print_problems(s, run);
}

/* A signal came before the first step. */
static int stop_early(const sampling *s, const mutau_run_settings *settings)
{
    const double unknown = (double)NAN;
    const mutau_run_standing nothing = {.max_steps = (uint64_t)settings->sampler.max_steps,
                                        .acceptance = unknown,
                                        .tau = unknown,
                                        .kept_over_tau = unknown,
                                        .rhat = unknown,
                                        .ess_bulk = unknown,
                                        .steps_needed = unknown};
    progress_outcome(&s->progress, &nothing, mutau_run_state_text(MUTAU_RUN_STOPPED),
                     progress_clock() - s->progress.start, NULL);
    return CLI_INTERRUPTED;
}

static mutau_status sample(const mutau_run_settings *settings, const mutau_run_options *options,
                           sampling *s, int *code, mutau_error *err)
{
    mutau_run *run = NULL;
    mutau_run_state state = MUTAU_RUN_MORE;
    signals_install();
    signals_ignore_pipe();
    mutau_status status = mutau_run_open(settings, options, &run, err);
    if (status == MUTAU_ESTOPPED) {
        *code = stop_early(s, settings);
        return MUTAU_OK;
    }
    if (status == MUTAU_OK) {
        status = mutau_run_to_end(run, &state, err);
        progress_end(&s->progress);
    }
    if (status == MUTAU_OK) {
        print_outcome(s, run, state);
        *code = exit_code(state);
    }
    mutau_run_close(run);
    return status;
}

static mutau_status rehearse(const mutau_run_settings *settings, const mutau_run_options *options,
                             const sampling *s, mutau_error *err)
{
    mutau_run_forecast f;
    MUTAU_CHECK(mutau_run_rehearse(settings, options, &f, err));
    (void)printf("%zu free parameters, %zu ensembles of %zu walkers, ", f.dim, f.n_ensemble,
                 f.n_walker);
    if (f.n_temperature > 1)
        (void)printf("%zu temperatures, ", f.n_temperature);
    if (s->n_thread > 0)
        (void)printf("%d ranks with %d threads in all\n", ranks_count(), s->n_thread);
    else
        (void)printf("%d threads\n", options->n_thread);
    (void)printf("all starting points have a finite posterior\n");
    (void)printf("%.3g ms a step: at most %.3g s for %.0f steps; the chain file grows to at most "
                 "%.3g MB\n",
                 1e3 * f.seconds_per_step, f.seconds_per_step * f.steps, f.steps, f.bytes * 1e-6);
    return MUTAU_OK;
}

static int fail(const sampling *s, mutau_status status, const mutau_error *err)
{
    char room[CLI_FAILURE_SIZE];
    progress_say(&s->progress, cli_failure_word(status), cli_failure_text(status, err, room));
    return cli_exit_code(status);
}

static int run(const void *options_, const cli_list *files)
{
    const sample_options *options = options_;
    mutau_error err = {0};
    mutau_run_settings *settings = NULL;
    sampling s = {.n_thread_of_rank = (int)options->threads};
    int code = CLI_DONE;
    mutau_status status = progress_init(&s.progress, options->progress, options->quiet, &err);
    if (status == MUTAU_OK)
        status = check_options(options, &err);
    if (status == MUTAU_OK)
        status = read_settings(options, files->items[0], &settings, &err);
    if (status == MUTAU_OK) {
        const int n_thread = options->threads > 0 ? (int)options->threads : threads_default();
        const mutau_run_options how = make_options(options, n_thread, &s);
        cli_print_warnings(settings, &s.progress);
        threads_limit(n_thread);
        status = options->dry_run ? rehearse(settings, &how, &s, &err)
                                  : sample(settings, &how, &s, &code, &err);
    }
    mutau_run_settings_free(settings);
    return status == MUTAU_OK ? code : fail(&s, status, &err);
}

const cli_command cli_command_sample = {
    .name = "sample",
    .arguments = "RUN.yaml",
    .doc = "samples the posterior into an HDF5 chain file",
    .details =
        "Exit code 0: converged; 3: max_steps reached without convergence; 4: --resume does not\n"
        "fit the chain file; 75: interrupted by INT, TERM, USR1 or HUP after the current step was\n"
        "stored.  The same run file and seed give the same chain for any number of threads and,\n"
        "under mpirun or srun, of ranks.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(sample_options),
    .min_files = 1,
    .max_files = 1,
    .run = run,
};
