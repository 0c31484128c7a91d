/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: a strict, table-driven parser that names what is wrong. */
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chains.h"
#include "model.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/suggest.h"
#include "report/text.h"
#include "base/utf8.h"

bool cli_real(const char *text, double *out)
{
    return mutau_number_read(text, out) && isfinite(*out);
}

static const cli_option *find_option(const cli_command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->n_option; i++) {
        const cli_option *option = &command->options[i];
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    }
    return NULL;
}

static mutau_status unknown_option(const cli_command *command, const char *word, size_t length,
                                   mutau_error *err)
{
    enum { MAX_OPTIONS = 32 };
    const char *known[MAX_OPTIONS + 1] = {0};
    for (size_t i = 0; i < command->n_option && i < MAX_OPTIONS; i++)
        known[i] = command->options[i].name;
    char name[64], hint[MUTAU_SUGGEST_SIZE];
    (void)snprintf(name, sizeof name, "%.*s", (int)length, word);
    return mutau_error_set(err, MUTAU_EUSAGE, "unknown option '--%s'%s see 'mutau help %s'", name,
                           mutau_suggest_and(name, known, "--", hint), command->name);
}

static mutau_status store_integer(const cli_option *option, const char *text, long *field,
                                  mutau_error *err)
{
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (text[0] == '\0' || *end != '\0' || errno != 0 || value < option->min || value > option->max)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--%s takes a whole number from %ld to %ld, not '%s'", option->name,
                               option->min, option->max, text);
    *field = value;
    return MUTAU_OK;
}

static mutau_status append_word(cli_list *list, const char *word, size_t capacity, mutau_error *err)
{
    if (list->items == NULL) {
        list->items = mutau_calloc(capacity, sizeof *list->items);
        if (list->items == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the command line");
    }
    list->items[list->n++] = word;
    return MUTAU_OK;
}

static mutau_status store_value(const cli_option *option, const char *value, void *options,
                                size_t capacity, mutau_error *err)
{
    unsigned char *field = (unsigned char *)options + option->offset;
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)(void *)field = true;
        return MUTAU_OK;
    case CLI_TEXT:
        *(const char **)(void *)field = value;
        return MUTAU_OK;
    case CLI_INTEGER:
        return store_integer(option, value, (long *)(void *)field, err);
    case CLI_LIST:
        if (strchr(value, '=') == NULL)
            return mutau_error_set(err, MUTAU_EUSAGE, "--%s takes %s, not '%s'", option->name,
                                   option->value, value);
        return append_word((cli_list *)(void *)field, value, capacity, err);
    }
    return mutau_error_set(err, MUTAU_EUSAGE, "--%s cannot be read", option->name);
}

/* Reads the option at argv[*i] and moves *i to its last word. */
static mutau_status parse_option(const cli_command *command, int argc, char *const argv[], int *i,
                                 void *options, mutau_error *err)
{
    const char *word = argv[*i] + 2;
    const char *equals = strchr(word, '=');
    const size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const cli_option *option = find_option(command, word, length);
    const size_t capacity = (size_t)argc;
    if (option == NULL)
        return unknown_option(command, word, length, err);
    if (option->kind == CLI_FLAG && equals != NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "--%s takes no value", option->name);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (option->kind != CLI_FLAG && value == NULL) {
        if (*i + 1 >= argc)
            return mutau_error_set(err, MUTAU_EUSAGE, "--%s needs a value: %s", option->name,
                                   option->value);
        value = argv[++*i];
    }
    MUTAU_CHECK(store_value(option, value, options, capacity, err));
    /* --set a=1 b=2: further assignments may follow. */
    while (option->kind == CLI_LIST && *i + 1 < argc && argv[*i + 1][0] != '-' &&
           strchr(argv[*i + 1], '=') != NULL)
        MUTAU_CHECK(store_value(option, argv[++*i], options, capacity, err));
    return MUTAU_OK;
}

static mutau_status check_file_count(const cli_command *command, const cli_list *files,
                                     mutau_error *err)
{
    if (files->n < command->min_files)
        return mutau_error_set(err, MUTAU_EUSAGE, "%s needs %s; see 'mutau help %s'", command->name,
                               command->arguments, command->name);
    for (size_t i = 0; i < files->n; i++)
        if (files->items[i][0] == '\0')
            return mutau_error_set(err, MUTAU_EUSAGE, "%s takes %s, and a name is empty",
                                   command->name, command->arguments);
    if (files->n <= command->max_files)
        return MUTAU_OK;
    const char *word = files->items[command->max_files];
    if (command->max_files > 1)
        return mutau_error_set(err, MUTAU_EUSAGE, "%s takes at most %zu files, not %zu",
                               command->name, command->max_files, files->n);
    const bool assigns = strchr(word, '=') != NULL && find_option(command, "set", 3) != NULL;
    return mutau_error_set(err, MUTAU_EUSAGE, "%s takes %s, and '%s' is one too many%s",
                           command->name, command->arguments, word,
                           assigns ? ": --set belongs in front of it" : "");
}

mutau_status cli_parse(const cli_command *command, int argc, char *const argv[], void *options,
                       cli_list *files, bool *help, mutau_error *err)
{
    bool only_files = false;
    *help = false;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (only_files || word[0] != '-' || strcmp(word, "-") == 0) {
            MUTAU_CHECK(append_word(files, word, (size_t)argc, err));
        } else if (strcmp(word, "--") == 0) {
            only_files = true;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            *help = true;
            return MUTAU_OK;
        } else if (strncmp(word, "--", 2) == 0) {
            MUTAU_CHECK(parse_option(command, argc, argv, &i, options, err));
        } else {
            return mutau_error_set(err, MUTAU_EUSAGE,
                                   "unknown option '%s': options have two dashes; see "
                                   "'mutau help %s'",
                                   word, command->name);
        }
    }
    return check_file_count(command, files, err);
}

void cli_parse_free(const cli_command *command, void *options, cli_list *files)
{
    for (size_t i = 0; i < command->n_option; i++) {
        if (command->options[i].kind != CLI_LIST)
            continue;
        cli_list *list =
            (cli_list *)(void *)((unsigned char *)options + command->options[i].offset);
        free(list->items);
        *list = (cli_list){0};
    }
    free(files->items);
    *files = (cli_list){0};
}

enum { MAX_FORMS = 16 };

static mutau_status unknown_form(const char *name, bool paper, mutau_error *err)
{
    const char *names[MAX_FORMS + 1] = {NULL};
    char list[MUTAU_ERROR_SIZE / 2];
    size_t n = 0;
    for (size_t i = 0; n < MAX_FORMS && mutau_report_writers[i] != NULL; i++)
        if (paper || !mutau_report_writers[i]->paper)
            names[n++] = mutau_report_writers[i]->name;
    return mutau_error_set(err, MUTAU_EUSAGE, "--format takes one of %s, not '%s'",
                           mutau_list_names(names, sizeof list, list), name);
}

/* MUTAU_EUSAGE for an unknown or contradictory form. */
static mutau_status read_form(const cli_form *form, bool paper, const mutau_report_writer **out,
                              mutau_error *err)
{
    const char *name = form->format;
    if (name == NULL)
        name = form->json ? "json" : mutau_report_writers[0]->name;
    *out = mutau_report_find_writer(name);
    if (*out == NULL || ((*out)->paper && !paper))
        return unknown_form(name, paper, err);
    if (form->json && *out != mutau_report_find_writer("json"))
        return mutau_error_set(err, MUTAU_EUSAGE, "--json and --format %s contradict", name);
    return MUTAU_OK;
}

mutau_status cli_write(const mutau_report *report, const mutau_report_writer *writer,
                       const mutau_report_output *output, mutau_error *err)
{
    const mutau_status status = mutau_report_write(report, writer, output, err);
    return status == MUTAU_EIO ? cli_output_error(err) : status;
}

static mutau_status add_to_report(const cli_command *command, const void *options,
                                  const cli_list *files, cli_result *result, mutau_error *err)
{
    if (command->report_chains != NULL)
        return cli_chains_report(command, options, files, result, err);
    if (command->report_model != NULL)
        return cli_model_report(command, options, files, result, err);
    return command->report(options, files, result, err);
}

int cli_report(const cli_command *command, const void *options, const cli_list *files)
{
    mutau_error err = {0};
    const mutau_report_output output = {.file = stdout, .width = mutau_text_width(STDOUT_FILENO)};
    cli_result result = {.report = mutau_report_alloc(), .code = CLI_DONE};
    mutau_status status = read_form(options, command->paper, &result.writer, &err);
    if (status == MUTAU_OK)
        status = add_to_report(command, options, files, &result, &err);
    if (status == MUTAU_OK && !result.written)
        status = cli_write(result.report, result.writer, &output, &err);
    mutau_report_free(result.report);
    return status == MUTAU_OK ? result.code : cli_fail(status, &err);
}

int cli_exit_code(mutau_status status)
{
    switch (status) {
    case MUTAU_OK:
        return CLI_DONE;
    case MUTAU_EUSAGE:
    case MUTAU_ECONFIG:
    case MUTAU_EDOM:
        return CLI_BAD_USAGE;
    case MUTAU_ERESUME:
        return CLI_RESUME_REFUSED;
    case MUTAU_ESTOPPED:
        return CLI_INTERRUPTED;
    case MUTAU_ENAN:
    case MUTAU_ENOMEM:
    case MUTAU_EDATA:
    case MUTAU_EIO:
    case MUTAU_EEXIST:
    case MUTAU_ELOCKED:
    case MUTAU_ENUMERIC:
        break;
    }
    return CLI_FAILED;
}

const char *cli_failure_word(mutau_status status)
{
    return status == MUTAU_ESTOPPED ? "interrupted" : "error";
}

const char *cli_failure_text(mutau_status status, const mutau_error *err,
                             char room[CLI_FAILURE_SIZE])
{
    const char *text = err->text[0] != '\0' ? err->text : mutau_status_text(status);
    if (status != MUTAU_ENOMEM || strstr(text, "memory") != NULL)
        return text;
    (void)snprintf(room, CLI_FAILURE_SIZE, "%s: %s", text, mutau_status_text(status));
    return room;
}

int cli_fail(mutau_status status, const mutau_error *err)
{
    char room[CLI_FAILURE_SIZE];
    (void)fprintf(stderr, "mutau: %s: %s\n", cli_failure_word(status),
                  cli_failure_text(status, err, room));
    return cli_exit_code(status);
}

mutau_status cli_output_error(mutau_error *err)
{
    const int cause = errno;
    return mutau_error_set(err, MUTAU_EIO, "cannot write to standard output%s%s",
                           cause != 0 ? ": " : "", cause != 0 ? strerror(cause) : "");
}

int cli_finish_output(int code)
{
    mutau_error err = {0};
    errno = 0; /* what failed before, in the middle of a report, has left no cause */
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    if (code != CLI_DONE && code != CLI_NOT_CONVERGED && code != CLI_INTERRUPTED)
        return code; /* an error that has been told */
    return cli_fail(cli_output_error(&err), &err);
}

const char *cli_plain(const char *text, char room[CLI_PLAIN_SIZE])
{
    return mutau_utf8_plain(text, CLI_PLAIN_SIZE, room);
}

bool cli_read_line(FILE *file, char line[CLI_LINE_SIZE], mutau_status *status, mutau_error *err)
{
    line[CLI_LINE_SIZE - 1] = 'x'; /* fgets() ends a full line with a zero here */
    if (fgets(line, CLI_LINE_SIZE, file) == NULL)
        return false;
    if (line[CLI_LINE_SIZE - 1] == '\0' && line[CLI_LINE_SIZE - 2] != '\n')
        *status =
            mutau_error_set(err, MUTAU_EUSAGE, "a line of more than %d bytes", CLI_LINE_SIZE - 2);
    return true;
}
