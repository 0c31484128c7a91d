/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How commands sample; documented in sampling.h. */
#include "sampling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/diagnosis.h"
#include "base/mem.h"
#include "process/signals.h"

enum { WORD_SIZE = 64, TEXT_SIZE = CLI_PLAIN_SIZE + 64 };

/* --seed and --max-steps are assignments like those of --set, and win over them. */
mutau_status cli_sampling_read(const cli_sampling_options *options, const char *path, size_t n_word,
                               const char *const first[], mutau_run_settings **settings,
                               mutau_error *err)
{
    char seed[WORD_SIZE], max_steps[WORD_SIZE];
    size_t n = 0;
    const char **words = mutau_calloc(n_word + options->set.n + 2, sizeof *words);
    if (words == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the command line");
    for (size_t i = 0; i < n_word; i++)
        words[n++] = first[i];
    for (size_t i = 0; i < options->set.n; i++)
        words[n++] = options->set.items[i];
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

static mutau_status check_options(const cli_sampling_options *options, mutau_error *err)
{
    if (options->resume && options->overwrite)
        return mutau_error_set(err, MUTAU_EUSAGE, "--resume and --overwrite contradict");
    if (!is_file_name(options->output))
        return mutau_error_set(err, MUTAU_EUSAGE, "--output takes the name of a file, not '%s'",
                               options->output);
    return MUTAU_OK;
}

mutau_status cli_sampling_init(cli_sampling *s, const cli_sampling_options *options,
                               mutau_error *err)
{
    *s = (cli_sampling){.n_thread_of_rank = (int)options->threads};
    MUTAU_CHECK(progress_init(&s->progress, options->progress, options->quiet, err));
    return check_options(options, err);
}

/* ---- what the run asks and tells ---- */

static void show_progress(void *self, const mutau_run_standing *standing, bool checked)
{
    cli_sampling *s = self;
    progress_report(&s->progress, standing, checked && s->progress.mode == PROGRESS_JSON);
}

static void tell(void *self, mutau_run_message message, const char *text)
{
    const cli_sampling *s = self;
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
static void warn_of_strangers(const cli_sampling *s)
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
    cli_sampling *s = self;
    MUTAU_CHECK(ranks_share(settings, target, s->n_thread_of_rank, &s->team, err));
    *out = ranks_evaluator(s->team);
    s->n_thread = ranks_thread_count(s->team);
    warn_of_strangers(s);
    return MUTAU_OK;
}

static void dismiss(void *self)
{
    cli_sampling *s = self;
    ranks_release(s->team);
    s->team = NULL;
}

mutau_run_options cli_sampling_run_options(const cli_sampling_options *options, const char *path,
                                           int n_thread, cli_sampling *s)
{
    return (mutau_run_options){
        .path = path,
        .resume = options->resume,
        .overwrite = options->overwrite,
        .n_thread = n_thread,
        .stop = signals_stop(),
        .callbacks = {.progress = show_progress, .tell = tell, .self = s},
        .crew = {.gather = gather, .dismiss = dismiss, .self = s},
        .words = {.path = "--output", .resume = "--resume", .overwrite = "--overwrite"},
    };
}

/* What stands between the run and a converged chain. */
static void print_problems(const cli_sampling *s, const mutau_run *run)
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

void cli_sampling_outcome(const cli_sampling *s, const mutau_run *run, mutau_run_state state)
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

/* --- a run -------------------------------------------------------------------------------- */

mutau_status cli_sampling_to_end(const mutau_run_settings *settings,
                                 const mutau_run_options *options, cli_sampling *s, mutau_run **run,
                                 mutau_run_state *state, mutau_error *err)
{
    *state = MUTAU_RUN_MORE;
    signals_install();
    signals_ignore_pipe();
    MUTAU_CHECK(mutau_run_open(settings, options, run, err));
    const mutau_status status = mutau_run_to_end(*run, state, err);
    progress_end(&s->progress);
    if (status == MUTAU_OK)
        return status;
    mutau_run_close(*run);
    *run = NULL;
    return status;
}
