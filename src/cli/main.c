/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: finds the command, reads its options, runs it. */
#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "file_kind.h"
#include "help.h"
#include "store/chain.h"
#include "store/chain_quiet.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "mutau_build.h"
#include "mutau_version.h"
#include "process/ranks.h"
#include "process/signals.h"
#include "process/threads.h"

const cli_command *const cli_commands[] = {
    &cli_command_sample,
    &cli_command_config,
    &cli_command_eval,
    &cli_command_flux,
    &cli_command_bestfit,
    &cli_command_scan,
    &cli_command_limits,
    &cli_command_summary,
    &cli_command_diagnose,
    &cli_command_compare,
    &cli_command_ladder,
    &cli_command_export,
    NULL,
};

const cli_command *cli_find(const char *name)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    enum { MAX_NAMES = 48 };
    const char *known[MAX_NAMES + 1] = {"help"};
    char hint[MUTAU_SUGGEST_SIZE];
    mutau_error err = {0};
    for (size_t i = 0; cli_commands[i] != NULL && i + 1 < MAX_NAMES; i++)
        known[i + 1] = cli_commands[i]->name;
    return cli_fail(mutau_error_set(&err, MUTAU_EUSAGE, "unknown command '%s'%s see 'mutau help'",
                                    name, mutau_suggest_and(name, known, "", hint)),
                    &err);
}

static int run_help(int argc, char *const argv[])
{
    mutau_error err = {0};
    if (argc == 0 || strcmp(argv[0], "help") == 0) {
        cli_print_overview();
        return cli_finish_output(CLI_DONE);
    }
    const cli_command *command = cli_find(argv[0]);
    if (command != NULL) {
        cli_print_help(command);
        (void)help_name(argv[0]); /* a key may have the same name: sampler.ladder */
    } else if (!help_topic(argv[0]) && !help_name(argv[0])) {
        return cli_fail(help_unknown(argv[0], &err), &err);
    }
    return cli_finish_output(CLI_DONE);
}

static int run_command(const cli_command *command, int argc, char *const argv[])
{
    mutau_error err = {0};
    cli_list files = {0};
    bool help = false;
    void *options = mutau_calloc(1, command->options_size);
    if (options == NULL)
        return cli_fail(MUTAU_ENOMEM, &err);
    int code;
    mutau_status status = cli_parse(command, argc, argv, options, &files, &help, &err);
    if (status == MUTAU_OK && !help)
        status = cli_check_kinds(command, &files, &err);
    if (status != MUTAU_OK) {
        code = cli_fail(status, &err);
    } else if (help) {
        cli_print_help(command);
        code = CLI_DONE;
    } else {
        code = command->run != NULL ? command->run(options, &files)
                                    : cli_report(command, options, &files);
    }
    cli_parse_free(command, options, &files);
    free(options);
    return cli_finish_output(code);
}

/* Whoever starts the program may have closed its standard streams.  The next file to be
 * opened, a chain perhaps, would take the number and be written into by messages; so each is
 * filled with one whose every use fails, as that of a closed one does. */
static bool fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

static int run(int argc, char *const argv[])
{
    if (argc < 2) {
        (void)fputs("usage: mutau COMMAND ...; see 'mutau help'\n", stderr);
        return CLI_BAD_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        (void)printf("mutau %s (%s)\n", MUTAU_VERSION, MUTAU_VERSION_GIT);
        return cli_finish_output(CLI_DONE);
    }
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return run_help(argc - 2, argv + 2);
    const cli_command *command = cli_find(word);
    return command != NULL ? run_command(command, argc - 2, argv + 2) : unknown_command(word);
}

/* To start anew takes as long as a short command. */
static bool uses_threads(int argc, char *const argv[])
{
    const cli_command *command = argc > 1 ? cli_find(argv[1]) : NULL;
    return command != NULL && !command->one_thread;
}

int main(int argc, char *argv[])
{
    if (!fill_standard_streams())
        return CLI_FAILED;
    signals_ignore_size_limit();
    if (uses_threads(argc, argv))
        threads_wait_politely(argv);
    mutau_chain_bar_plugins();
    /* The two libraries that print or abort by themselves are told not to. */
    (void)gsl_set_error_handler_off();
    mutau_chain_silence_library();
    ranks_begin();
    return ranks_end(ranks_own() > 0 ? ranks_work() : run(argc, argv));
}
