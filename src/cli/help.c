/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau help: the overview, the commands, and what a run file may name. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "mutau/builtin_target.h"
#include "mutau/flux.h"
#include "mutau/move.h"
#include "mutau/option.h"
#include "mutau/run_keys.h"
#include "mutau/term.h"

enum { TEXT_SIZE = 128 };

void cli_print_overview(void)
{
    (void)puts("mutau samples the posterior of a light Lmu-Ltau Z' from the IceCube neutrino "
               "spectrum.\n\nusage: mutau COMMAND ...\n\ncommands:");
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        (void)printf("  %-8s %-12s  %s\n", cli_commands[i]->name, cli_commands[i]->arguments,
                     cli_commands[i]->doc);
    (void)puts(
        "  help     [TOPIC]       this text, a command, or run-file, terms, mixing, moves, "
        "targets\n"
        "  --version              the version\n\n"
        "exit codes: 0 done (sample and diagnose: converged), 1 usage or configuration,\n"
        "2 input/output or runtime, 3 not converged (sample and diagnose), 4 resume refused,\n"
        "75 interrupted after a clean checkpoint");
}

void cli_print_help(const cli_command *command)
{
    (void)printf("usage: mutau %s %s [options]\n\n%s%s%s\n", command->name, command->arguments,
                 command->doc, command->details[0] != '\0' ? "\n\n" : "", command->details);
    (void)puts("\noptions:");
    for (size_t i = 0; i < command->n_option; i++) {
        const cli_option *option = &command->options[i];
        char head[64];
        (void)snprintf(head, sizeof head, "--%s%s%s", option->name,
                       option->value != NULL ? " " : "",
                       option->value != NULL ? option->value : "");
        (void)printf("  %-28s  %s\n", head, option->doc);
    }
}

/* What stands in brackets after an option; an option without a default has its text alone. */
static void describe_default(const mutau_option *o, char text[TEXT_SIZE])
{
    text[0] = '\0';
    if (o->required)
        (void)snprintf(text, TEXT_SIZE, "required");
    else if (o->type == MUTAU_OPTION_CHOICE && o->def >= 0.0)
        (void)snprintf(text, TEXT_SIZE, "default %s", o->choices[(int)o->def]);
    else if (o->type == MUTAU_OPTION_BOOL)
        (void)snprintf(text, TEXT_SIZE, "default %s", fabs(o->def) > 0.0 ? "true" : "false");
    else if (o->type == MUTAU_OPTION_TEXT && o->def_text != NULL)
        (void)snprintf(text, TEXT_SIZE, "default '%s'", o->def_text);
    else if ((o->type == MUTAU_OPTION_REAL || o->type == MUTAU_OPTION_INTEGER) && !isnan(o->def))
        (void)snprintf(text, TEXT_SIZE, "default %g%s%s", o->def, o->unit != NULL ? " " : "",
                       o->unit != NULL ? o->unit : "");
}

static void print_option_in(int width, const mutau_option *o)
{
    char text[TEXT_SIZE];
    describe_default(o, text);
    const char *separator = text[0] != '\0' ? "; " : "";
    (void)printf("    %-*s %s", width, o->key, o->doc);
    if (o->type == MUTAU_OPTION_CHOICE) {
        (void)printf(" (%s%sone of ", text, separator);
        for (size_t i = 0; o->choices[i] != NULL; i++)
            (void)printf("%s%s", i == 0 ? "" : ", ", o->choices[i]);
        (void)puts(")");
    } else if (text[0] != '\0') {
        (void)printf(" (%s)\n", text);
    } else {
        (void)putchar('\n');
    }
}

static void print_option(const mutau_option *o)
{
    print_option_in(10, o);
}

static void print_run_file(void)
{
    enum { WIDTH = 16 };
    mutau_run_section section;
    (void)puts(
        "A run file is YAML.  'mutau config RUN.yaml' prints one with every default spelt out;\n"
        "--set KEY.KEY=VALUE replaces or adds a key.");
    for (size_t i = 0; mutau_run_section_at(i, &section); i++) {
        (void)printf("\n%s%s%s\n", section.path, section.path[0] != '\0' ? ": " : "", section.doc);
        for (const mutau_run_key *k = section.keys; k != NULL && k->key != NULL; k++)
            (void)printf("    %-*s %s%s%s%s\n", WIDTH, k->key, k->doc,
                         k->fallback != NULL ? " (default " : "",
                         k->fallback != NULL ? k->fallback : "", k->fallback != NULL ? ")" : "");
        for (size_t k = 0; k < section.n_option; k++)
            print_option_in(WIDTH, &section.options[k]);
    }
}

static void print_terms(void)
{
    static const char *const marks[] = {"F: read in a named source", "D: derived for this project",
                                        "R: an input is recalled, not verified"};
    for (size_t i = 0; mutau_term_types[i] != NULL; i++) {
        const mutau_term_type *term = mutau_term_types[i];
        (void)printf("%s%s: %s\n  %s\n  sureness %s\n", i > 0 ? "\n" : "", term->name, term->doc,
                     term->reference, marks[term->mark]);
        for (size_t k = 0; k < term->n_option; k++)
            print_option(&term->options[k]);
        if (term->n_option == 0)
            (void)printf("    no options (%s: on)\n", term->name);
    }
}

static void print_mixing(void)
{
    for (size_t i = 0; mutau_mixing_names[i] != NULL; i++)
        (void)puts(mutau_mixing_names[i]);
}

static void print_moves(void)
{
    static const char *const weight =
        "how often this move is chosen, relative to the others (default 1)";
    (void)puts(
        "sampler.moves is a mixture: {NAME: WEIGHT, ...} or {NAME: {weight: WEIGHT, OPTION: "
        "...}, ...}.\nEach step of an ensemble uses one of them; the reference of a walker's "
        "move is the half of\nthe ensemble that does not move with it.\n");
    for (size_t i = 0; mutau_moves[i] != NULL; i++) {
        const mutau_move *move = mutau_moves[i];
        (void)printf("%s%s: %s\n  %s\n    %-10s %s\n", i > 0 ? "\n" : "", move->name, move->doc,
                     move->reference, "weight", weight);
        for (size_t k = 0; k < move->n_option; k++)
            print_option(&move->options[k]);
    }
}

static void print_targets(void)
{
    (void)puts(
        "target: NAME or {NAME: {OPTION: ...}} in place of model, parameters, data, likelihood "
        "and\nterms samples a density whose moments and evidence are known ('mutau config' "
        "prints them).\n");
    for (size_t i = 0; mutau_builtin_target_types[i] != NULL; i++) {
        const mutau_builtin_target_type *type = mutau_builtin_target_types[i];
        (void)printf("%s%s: %s\n  %s\n", i > 0 ? "\n" : "", type->name, type->doc, type->reference);
        for (size_t k = 0; k < type->n_option; k++)
            print_option(&type->options[k]);
    }
}

static const struct {
    const char *name;
    void (*print)(void);
} topics[] = {{"run-file", print_run_file},
              {"terms", print_terms},
              {"mixing", print_mixing},
              {"moves", print_moves},
              {"targets", print_targets}};
static const size_t n_topic = sizeof topics / sizeof topics[0];

bool cli_print_topic(const char *topic)
{
    for (size_t i = 0; i < n_topic; i++) {
        if (strcmp(topics[i].name, topic) != 0)
            continue;
        topics[i].print();
        return true;
    }
    return false;
}

const char *cli_topic(size_t i)
{
    return i < n_topic ? topics[i].name : NULL;
}
