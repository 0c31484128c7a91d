/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands share: the command table, options, exit codes, output. */
#ifndef MUTAU_CLI_H
#define MUTAU_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/report.h"
#include "base/status.h"
#include "process/exit_code.h"

typedef enum cli_option_kind {
    CLI_FLAG,    /**< field: bool */
    CLI_TEXT,    /**< field: const char *, NULL if not given */
    CLI_INTEGER, /**< field: long, untouched if not given */
    CLI_LIST     /**< field: cli_list of key=value words; may be repeated */
} cli_option_kind;

/** Words of the command line, in order; items are not owned, the array is. */
typedef struct cli_list {
    size_t n;
    const char **items;
} cli_list;

typedef struct cli_option {
    const char *name; /**< without the dashes */
    cli_option_kind kind;
    size_t offset;     /**< into the command's options struct */
    long min, max;     /**< inclusive, of CLI_INTEGER */
    const char *value; /**< what stands for the value in help texts */
    const char *doc;
} cli_option;

/** What a command that reports hands back. */
typedef struct cli_result {
    mutau_report *report;
    const mutau_report_writer *writer;
    int code;     /**< exit code if all is written: CLI_DONE unless the command says otherwise */
    bool written; /**< by the command itself */
} cli_result;

struct mutau_chain;
struct cli_model;

typedef struct cli_command {
    const char *name;
    const char *arguments; /**< "RUN.yaml", ... */
    const char *doc;       /**< one line */
    const char *details;   /**< paragraphs for `mutau help NAME`; may be "" */
    const cli_option *options;
    size_t n_option;
    size_t options_size;                                    /**< bytes of the options struct */
    bool paper;                                             /**< has tables for papers */
    bool one_thread;                                        /**< is all that it works with */
    size_t min_files, max_files;                            /**< positional arguments */
    int (*run)(const void *options, const cli_list *files); /**< returns an exit code */
    /** Instead of `run`: adds to a report, which is then written to stdout.  The options struct
     * begins with a cli_form, and CLI_FORM_OPTIONS are among the options. */
    mutau_status (*report)(const void *options, const cli_list *files, cli_result *result,
                           mutau_error *err);
    /** Instead of either: the same from chain files, which are open. */
    mutau_status (*report_chains)(const void *options, const cli_list *files,
                                  struct mutau_chain *const chains[], cli_result *result,
                                  mutau_error *err);
    /** Or from a run file made ready; the options struct begins with a cli_model_options, and
     * CLI_SET_OPTION is among the options, too. */
    mutau_status (*report_model)(const void *options, struct cli_model *model, cli_result *result,
                                 mutau_error *err);
} cli_command;

extern const cli_command cli_command_sample, cli_command_config, cli_command_eval, cli_command_flux,
    cli_command_bestfit, cli_command_summary, cli_command_diagnose, cli_command_limits,
    cli_command_compare, cli_command_ladder, cli_command_scan, cli_command_export;

/** All commands, ended by NULL; the one called `name`, or NULL. */
extern const cli_command *const cli_commands[];
const cli_command *cli_find(const char *name);

/** Parses argv[0..argc) of `command` into its options struct and the list of
 * files; `*help` is set for --help.  MUTAU_EUSAGE with the nearest option name. */
mutau_status cli_parse(const cli_command *command, int argc, char *const argv[], void *options,
                       cli_list *files, bool *help, mutau_error *err);
/** Frees the lists that cli_parse filled. */
void cli_parse_free(const cli_command *command, void *options, cli_list *files);

/** Prints the overview, or the help of one command, to stdout. */
void cli_print_overview(void);
void cli_print_help(const cli_command *command);
/** What a failure is called, "error" or "interrupted", what there is to say of it, in `room` or the
 * error's own, and the exit code of its status. */
enum { CLI_FAILURE_SIZE = MUTAU_ERROR_SIZE + 64 };
const char *cli_failure_word(mutau_status status);
const char *cli_failure_text(mutau_status status, const mutau_error *err,
                             char room[CLI_FAILURE_SIZE]);
int cli_exit_code(mutau_status status);
/** Prints "mutau: error: text" ("interrupted" for MUTAU_ESTOPPED) to stderr and returns the
 * exit code of `status`. */
int cli_fail(mutau_status status, const mutau_error *err);

/** The form of a report, as options. */
typedef struct cli_form {
    bool json;
    const char *format;
} cli_form;
#define CLI_FORM_OPTIONS CLI_FORMS("text|json|csv")
/** The same of a command with tables for papers. */
#define CLI_PAPER_FORM_OPTIONS CLI_FORMS("text|json|csv|markdown|latex")
#define CLI_FORMS(names)                                                                           \
    {"json", CLI_FLAG, offsetof(cli_form, json), 0, 0, NULL, "print JSON"},                        \
    {                                                                                              \
        "format", CLI_TEXT, offsetof(cli_form, format), 0, 0, names, "form of the report"          \
    }
/** The options of a command: its rows, of the options struct `type`. */
#define CLI_OPTIONS(rows, type)                                                                    \
    .options = (rows), .n_option = sizeof(rows) / sizeof((rows)[0]), .options_size = sizeof(type)
/** --set, as a field `set` of the options struct `type`. */
#define CLI_SET_OPTION(type)                                                                       \
    {                                                                                              \
        "set", CLI_LIST, offsetof(type, set), 0, 0, "key=value",                                   \
            "replace or add a key of the run file"                                                 \
    }

/** As mutau_report_write to stdout. */
mutau_status cli_write(const mutau_report *report, const mutau_report_writer *writer,
                       const mutau_report_output *output, mutau_error *err);
/** Runs a command that reports; its exit code. */
int cli_report(const cli_command *command, const void *options, const cli_list *files);

/** Flushes stdout; CLI_FAILED with a message if what was printed did not get out, unless `code`
 * says that an error has been told already. */
int cli_finish_output(int code);
/** MUTAU_EIO: standard output cannot be written to, with the cause in errno if that is not 0. */
mutau_status cli_output_error(mutau_error *err);

/** A name or a text from a file as it may be printed (mutau_utf8_plain), in `room`. */
enum { CLI_PLAIN_SIZE = 4096 };
const char *cli_plain(const char *text, char room[CLI_PLAIN_SIZE]);

/** Reads a line with its end; false at the end of the file or after an error.  A longer line is
 * cut, and *status is MUTAU_EUSAGE; else it is left alone. */
enum { CLI_LINE_SIZE = 65536 };
bool cli_read_line(FILE *file, char line[CLI_LINE_SIZE], mutau_status *status, mutau_error *err);

/** A finite real number and nothing else, with a decimal point whatever the locale. */
bool cli_real(const char *text, double *out);

#endif
