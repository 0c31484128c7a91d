/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau sample: samples the posterior into a chain file.  The run is the library's (run/run.h);
 * here are its words, its signals and its exit codes. */
#include <math.h>
#include <stdio.h>

#include "cli.h"
#include "model.h"
#include "run/run.h"
#include "sampling.h"
#include "posterior/run_settings.h"
#include "process/progress.h"
#include "process/ranks.h"
#include "process/threads.h"

typedef struct sample_options {
    cli_sampling_options how;
    bool dry_run;
} sample_options;

static const cli_option OPTIONS[] = {
    {"output", CLI_TEXT, offsetof(sample_options, how.output), 0, 0, "FILE",
     "the chain file (instead of the run file's `output`)"},
    {"dry-run", CLI_FLAG, offsetof(sample_options, dry_run), 0, 0, NULL,
     "check everything, estimate time and file size, write nothing"},
    CLI_SAMPLING_OPTIONS(sample_options),
};

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

/* A signal came before the first step. */
static int stop_early(const cli_sampling *s, const mutau_run_settings *settings)
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
                           cli_sampling *s, int *code, mutau_error *err)
{
    mutau_run *run = NULL;
    mutau_run_state state;
    const mutau_status status = cli_sampling_to_end(settings, options, s, &run, &state, err);
    if (status == MUTAU_ESTOPPED) {
        *code = stop_early(s, settings);
        return MUTAU_OK;
    }
    MUTAU_CHECK(status);
    cli_sampling_outcome(s, run, state);
    *code = exit_code(state);
    mutau_run_close(run);
    return MUTAU_OK;
}

static mutau_status rehearse(const mutau_run_settings *settings, const mutau_run_options *options,
                             const cli_sampling *s, mutau_error *err)
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

static int fail(const cli_sampling *s, mutau_status status, const mutau_error *err)
{
    char room[CLI_FAILURE_SIZE];
    progress_say(&s->progress, cli_failure_word(status), cli_failure_text(status, err, room));
    return cli_exit_code(status);
}

static int run(const void *options_, const cli_list *files)
{
    const sample_options *options = options_;
    const cli_sampling_options *how = &options->how;
    mutau_error err = {0};
    mutau_run_settings *settings = NULL;
    cli_sampling s;
    int code = CLI_DONE;
    mutau_status status = cli_sampling_init(&s, how, &err);
    if (status == MUTAU_OK)
        status = cli_sampling_read(how, files->items[0], 0, NULL, &settings, &err);
    if (status == MUTAU_OK) {
        const int n_thread = how->threads > 0 ? (int)how->threads : threads_default();
        const mutau_run_options run = cli_sampling_run_options(how, how->output, n_thread, &s);
        cli_print_warnings(settings, &s.progress);
        threads_limit(n_thread);
        status = options->dry_run ? rehearse(settings, &run, &s, &err)
                                  : sample(settings, &run, &s, &code, &err);
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
