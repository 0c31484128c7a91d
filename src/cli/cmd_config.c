/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau config: the complete resolved run file. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "model.h"
#include "posterior/run_settings.h"

typedef struct config_options {
    cli_list set;
} config_options;

static const cli_option OPTIONS[] = {
    {"set", CLI_LIST, offsetof(config_options, set), 0, 0, "key=value",
     "replace or add a key of the run file, e.g. terms.g-2=bmw2021"},
};

/* What is known of a built-in target, as comments. */
static void print_truth(const mutau_run_settings *settings)
{
    if (settings->builtin == NULL)
        return;
    const mutau_builtin_truth truth = mutau_builtin_target_truth(settings->builtin);
    const mutau_target target = mutau_builtin_target_density(settings->builtin);
    (void)printf("# known: ln Z = %.8g\n", truth.ln_z);
    for (size_t i = 0; i < target.dim; i++)
        (void)printf("# known: %s = %.8g, standard deviation %.8g, median %.8g\n", target.names[i],
                     truth.mean[i], truth.sd[i], truth.median[i]);
}

static int run(const void *options_, const cli_list *files)
{
    const config_options *options = options_;
    mutau_error err = {0};
    mutau_run_settings *settings = NULL;
    char *text = NULL;
    mutau_status status = mutau_run_settings_read(files->items[0], options->set.n,
                                                  options->set.items, &settings, &err);
    if (status == MUTAU_OK)
        status = mutau_run_settings_emit(settings, &text, &err);
    if (status == MUTAU_OK) {
        cli_print_warnings(settings, NULL);
        (void)fputs(text, stdout);
        print_truth(settings);
    }
    free(text);
    mutau_run_settings_free(settings);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
}

const cli_command cli_command_config = {
    .name = "config",
    .arguments = "RUN.yaml",
    .doc = "prints the complete resolved configuration",
    .details =
        "The output is a run file itself: every default is spelt out.  A mistake in the run\n"
        "file is reported as FILE:LINE:COLUMN with what is allowed there.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(config_options),
    .one_thread = true,
    .min_files = 1,
    .max_files = 1,
    .run = run,
};
