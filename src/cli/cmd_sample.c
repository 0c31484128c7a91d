/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau sample: samples the posterior into a chain file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "mutau/mem.h"
#include "mutau/run_settings.h"
#include "run.h"
#include "threads.h"

enum { WORD_SIZE = 64 };

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

static int run(const void *options_, const cli_list *files)
{
    const sample_options *options = options_;
    mutau_error err = {0};
    mutau_run_settings *settings = NULL;
    progress_reporter progress = {0};
    int code = CLI_DONE;
    mutau_status status = progress_init(&progress, options->progress, options->quiet, &err);
    if (status == MUTAU_OK && options->resume && options->overwrite)
        status = mutau_error_set(&err, MUTAU_EUSAGE, "--resume and --overwrite contradict");
    if (status == MUTAU_OK && !is_file_name(options->output))
        status = mutau_error_set(&err, MUTAU_EUSAGE, "--output takes the name of a file, not '%s'",
                                 options->output);
    if (status == MUTAU_OK)
        status = read_settings(options, files->items[0], &settings, &err);
    if (status == MUTAU_OK) {
        cli_print_warnings(settings);
        const run_options how = {
            .output = options->output,
            .overwrite = options->overwrite,
            .resume = options->resume,
            .dry_run = options->dry_run,
            .n_thread = options->threads > 0 ? (int)options->threads : threads_default(),
            .n_thread_of_rank = (int)options->threads,
        };
        threads_limit(how.n_thread);
        status = run_sample(settings, &how, &progress, &code, &err);
    }
    mutau_run_settings_free(settings);
    return status == MUTAU_OK ? code : cli_fail(status, &err);
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
