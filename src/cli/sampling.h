/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How commands sample: the words, signals and ranks of a run of run/run.h. */
#ifndef MUTAU_CLI_SAMPLING_H
#define MUTAU_CLI_SAMPLING_H

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
#include "posterior/run_settings.h"
#include "process/progress.h"
#include "process/ranks.h"
#include "process/threads.h"
#include "run/run.h"

/** What the options of such a command begin with. */
typedef struct cli_sampling_options {
    const char *output;
    const char *progress;
    bool overwrite, resume, quiet;
    long threads, seed, max_steps;
    cli_list set;
} cli_sampling_options;

/** Rows of an option table for a struct `type` with cli_sampling_options as its member `how`. */
#define CLI_SAMPLING_OPTIONS(type)                                                                 \
    {"overwrite", CLI_FLAG, offsetof(type, how.overwrite),   0,                                    \
     0,           NULL,     "replace an existing chain file"},                                     \
        {"resume",                                                                                 \
         CLI_FLAG,                                                                                 \
         offsetof(type, how.resume),                                                               \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         "go on with the chain file if there is one, else start it"},                              \
        {"threads",                                                                                \
         CLI_INTEGER,                                                                              \
         offsetof(type, how.threads),                                                              \
         1,                                                                                        \
         CLI_MAX_THREADS,                                                                          \
         "N",                                                                                      \
         "threads, of each rank under MPI (the CPUs available; the chain does not depend on it)"}, \
        {"seed",                                                                                   \
         CLI_INTEGER,                                                                              \
         offsetof(type, how.seed),                                                                 \
         1,                                                                                        \
         4294967295L,                                                                              \
         "N",                                                                                      \
         "seed of the random numbers (sampler.seed)"},                                             \
        {"max-steps",                                                                              \
         CLI_INTEGER,                                                                              \
         offsetof(type, how.max_steps),                                                            \
         1,                                                                                        \
         1000000000000000L,                                                                        \
         "N",                                                                                      \
         "stop after N steps at the latest (sampler.stop.max_steps)"},                             \
        {"set",                                                                                    \
         CLI_LIST,                                                                                 \
         offsetof(type, how.set),                                                                  \
         0,                                                                                        \
         0,                                                                                        \
         "key=value",                                                                              \
         "replace or add a key of the run file, e.g. terms.g-2=bmw2021"},                          \
        {"quiet", CLI_FLAG, offsetof(type, how.quiet), 0, 0, NULL, "no progress report"},          \
    {                                                                                              \
        "progress", CLI_TEXT, offsetof(type, how.progress), 0, 0, "auto|bar|lines|json",           \
            "form of the progress report on stderr (auto: a bar on a terminal, else a line a "     \
            "minute)"                                                                              \
    }

/** A command that samples, for the callbacks of its runs. */
typedef struct cli_sampling {
    progress_reporter progress;
    ranks_team *team;     /* NULL: this process alone */
    int n_thread_of_rank; /* as asked for; 0: the CPUs that each has */
    int n_thread;         /* of all ranks */
} cli_sampling;

/** MUTAU_EUSAGE for options that contradict, and for a form of progress that there is not. */
mutau_status cli_sampling_init(cli_sampling *s, const cli_sampling_options *options,
                               mutau_error *err);

/** Reads the run file with the assignments first[n_word] and then those of the options, which win
 * over them. */
mutau_status cli_sampling_read(const cli_sampling_options *options, const char *path, size_t n_word,
                               const char *const first[], mutau_run_settings **settings,
                               mutau_error *err);

/** How a run into the chain file `path` (NULL: that of the run file) is done. */
mutau_run_options cli_sampling_run_options(const cli_sampling_options *options, const char *path,
                                           int n_thread, cli_sampling *s);

/** Opens the run and takes it to its end, with signals that stop it; *run is open after MUTAU_OK.
 * MUTAU_ESTOPPED, and *run NULL, if a signal came before the first step. */
mutau_status cli_sampling_to_end(const mutau_run_settings *settings,
                                 const mutau_run_options *options, cli_sampling *s, mutau_run **run,
                                 mutau_run_state *state, mutau_error *err);

/** Tells how a run ended, and what stands between it and a converged chain. */
void cli_sampling_outcome(const cli_sampling *s, const mutau_run *run, mutau_run_state state);

#endif
