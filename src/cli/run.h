/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sampling run: configuration, data, posterior, ensembles, chain. */
#ifndef MUTAU_CLI_RUN_H
#define MUTAU_CLI_RUN_H

#include <stdbool.h>

#include "cli.h"
#include "mutau/run_settings.h"
#include "progress.h"

typedef struct run_options {
    const char *output; /**< chain file; NULL: the run file's own choice */
    bool overwrite;
    bool resume; /**< go on with the chain file if there is one */
    bool dry_run;
    int n_thread;         /**< of this process */
    int n_thread_of_rank; /**< of each rank of several; 0: the CPUs that each has */
} run_options;

/** Samples the posterior of `settings`; the exit code in *code (converged, not
 * converged or interrupted) is meaningful when MUTAU_OK is returned. */
mutau_status run_sample(const mutau_run_settings *settings, const run_options *options,
                        progress_reporter *progress, int *code, mutau_error *err);

#endif
