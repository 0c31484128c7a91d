/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau help: the overview, the commands, and what a run file may name.  Names are in
 * help_names.c. */
#include "help.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "physics/flux.h"
#include "base/mem.h"
#include "base/number.h"
#include "report/text.h"

enum { TEXT_SIZE = 256, KEY_WIDTH = 16, NAME_WIDTH = 10 };

/* Without memory to fold a line in, it is printed as it is. */
void help_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started in the line above */
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n >= 0 ? mutau_calloc((size_t)n + 1, 1) : NULL;
    va_start(args, format);
    if (text != NULL)
        (void)vsnprintf(text, (size_t)n + 1, format, args);
    else
        (void)vprintf(format, args);
    va_end(args);
    if (text != NULL)
        mutau_text_lines(stdout, mutau_text_width(STDOUT_FILENO), text);
    free(text);
}

void cli_print_overview(void)
{
    help_print("mutau samples the posterior of a light Lmu-Ltau Z' from the IceCube neutrino "
               "spectrum.\n\nusage: mutau COMMAND ...\n\ncommands:\n");
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        help_print("  %-8s %-12s  %s\n", cli_commands[i]->name, cli_commands[i]->arguments,
                   cli_commands[i]->doc);
    help_print(
        "  help     [TOPIC]       this text, a command, or run-file, data, parameters, priors, "
        "terms,\n"
        "                         mixing, spectra, evolutions, moves, targets; or any name or "
        "key\n"
        "                         of a run file\n"
        "  --version              the version\n\n"
        "exit codes: 0 done (sample and diagnose: converged), 1 usage or configuration,\n"
        "2 input/output or runtime, 3 not converged (sample and diagnose), 4 resume refused,\n"
        "75 interrupted after a clean checkpoint\n");
}

void help_command_option(const cli_option *option)
{
    char head[64], range[64] = "";
    (void)snprintf(head, sizeof head, "--%s%s%s", option->name, option->value != NULL ? " " : "",
                   option->value != NULL ? option->value : "");
    if (option->kind == CLI_INTEGER)
        (void)snprintf(range, sizeof range, " [%ld to %ld]", option->min, option->max);
    help_print("  %-28s  %s%s\n", head, option->doc, range);
}

void cli_print_help(const cli_command *command)
{
    char count[64] = "";
    if (command->max_files > 1)
        (void)snprintf(count, sizeof count, "   (%zu to %zu files)", command->min_files,
                       command->max_files);
    help_print("usage: mutau %s %s [options]%s\n\n%s%s%s\n\noptions:\n", command->name,
               command->arguments, count, command->doc, command->details[0] != '\0' ? "\n\n" : "",
               command->details);
    for (size_t i = 0; i < command->n_option; i++)
        help_command_option(&command->options[i]);
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

/* " [1 to 1000]", " [at least 0]", or nothing. */
static void describe_range(const mutau_option *o, char text[TEXT_SIZE])
{
    const double any = 1e300;
    char lo[MUTAU_NUMBER_SIZE], hi[MUTAU_NUMBER_SIZE];
    text[0] = '\0';
    if (o->type != MUTAU_OPTION_REAL && o->type != MUTAU_OPTION_SIDES &&
        o->type != MUTAU_OPTION_INTEGER)
        return;
    mutau_number_write(o->min, lo);
    mutau_number_write(o->max, hi);
    if (o->min > -any && o->max < any)
        (void)snprintf(text, TEXT_SIZE, " [%s to %s]", lo, hi);
    else if (o->min > -any)
        (void)snprintf(text, TEXT_SIZE, " [at least %s]", lo);
    else if (o->max < any)
        (void)snprintf(text, TEXT_SIZE, " [at most %s]", hi);
}

static void print_option(int width, const char *key, const mutau_option *o)
{
    char text[TEXT_SIZE], range[TEXT_SIZE], choices[TEXT_SIZE] = "";
    size_t used = 0;
    describe_default(o, text);
    describe_range(o, range);
    for (size_t i = 0; o->type == MUTAU_OPTION_CHOICE && o->choices[i] != NULL; i++)
        if (used < sizeof choices)
            used += (size_t)snprintf(choices + used, sizeof choices - used, "%s%s",
                                     i == 0 ? "one of " : ", ", o->choices[i]);
    const bool both = text[0] != '\0' && used > 0;
    const bool any = text[0] != '\0' || used > 0;
    help_print("    %-*s %s%s%s%s%s%s%s\n", width, key, o->doc, any ? " (" : "", text,
               both ? "; " : "", choices, any ? ")" : "", range);
}

void help_run_option(const char *path, const mutau_option *option)
{
    char key[TEXT_SIZE];
    (void)snprintf(key, sizeof key, "%s%s%s:", path, path[0] != '\0' ? "." : "", option->key);
    print_option(0, key, option);
}

static void print_key(int width, const char *name, const mutau_run_key *k)
{
    const bool has_default = k->fallback != NULL, both = has_default && k->choice != NULL;
    char choices[TEXT_SIZE] = "";
    size_t used = 0;
    for (size_t i = 0; k->choice != NULL && k->choice(i) != NULL; i++)
        if (used < sizeof choices)
            used += (size_t)snprintf(choices + used, sizeof choices - used, "%s%s",
                                     i == 0 ? "one of " : ", ", k->choice(i));
    const bool any = has_default || used > 0;
    help_print("    %-*s %s%s%s%s%s%s%s\n", width, name, k->doc, any ? " (" : "",
               has_default ? "default " : "", has_default ? k->fallback : "", both ? "; " : "",
               choices, any ? ")" : "");
}

void help_run_key(const char *path, const mutau_run_key *key)
{
    char name[TEXT_SIZE];
    (void)snprintf(name, sizeof name, "%s%s%s:", path, path[0] != '\0' ? "." : "", key->key);
    print_key(0, name, key);
}

void help_section(const mutau_run_section *section)
{
    help_print("%s%s%s\n", section->path, section->path[0] != '\0' ? ": " : "", section->doc);
    for (const mutau_run_key *k = section->keys; k != NULL && k->key != NULL; k++)
        print_key(KEY_WIDTH, k->key, k);
    for (size_t k = 0; k < section->n_option; k++)
        print_option(KEY_WIDTH, section->options[k].key, &section->options[k]);
}

static void print_run_file(void)
{
    mutau_run_section section;
    help_print(
        "A run file is YAML.  'mutau config RUN.yaml' prints one with every default spelt out;\n"
        "--set KEY.KEY=VALUE replaces or adds a key, and what then has no meaning in the file is\n"
        "left out.  A switch is on, true or yes, or off, false or no.\n");
    for (size_t i = 0; mutau_run_section_at(i, &section); i++) {
        (void)putchar('\n');
        help_section(&section);
    }
}

/* --- terms, moves, targets ---------------------------------------------------------------- */

void help_term(const mutau_term_type *term)
{
    static const char *const marks[] = {"F: read in a named source", "D: derived for this project",
                                        "R: an input is recalled, not verified"};
    help_print("%s: %s\n  %s\n  sureness %s\n", term->name, term->doc, term->reference,
               marks[term->mark]);
    if (term->band != NULL)
        help_print("  %s: 'mutau limits' has it beside the limit\n", term->band);
    if (term->projection != NULL)
        help_print("  %s\n", term->projection->note);
    for (size_t i = 0; i < term->n_derived; i++)
        help_print("  %s: %s\n", term->derived[i].name, term->derived[i].doc);
    for (size_t k = 0; k < term->n_option; k++)
        print_option(NAME_WIDTH, term->options[k].key, &term->options[k]);
    if (term->n_option == 0)
        help_print("    no options (%s: on)\n", term->name);
}

void help_move(const mutau_move *move)
{
    help_print("%s: %s\n  %s\n    %-*s %s\n", move->name, move->doc, move->reference, NAME_WIDTH,
               "weight", "how often this move is chosen, relative to the others (default 1)");
    for (size_t k = 0; k < move->n_option; k++)
        print_option(NAME_WIDTH, move->options[k].key, &move->options[k]);
}

void help_spectrum(const mutau_spectrum_type *type)
{
    help_print("%s: %s\n  S = %s\n  %s\n", type->name, type->doc, type->formula, type->reference);
    for (size_t i = 0; i < type->n_parameter; i++)
        help_print("    %-*s %s (default %s)\n", NAME_WIDTH, type->parameters[i].name,
                   type->parameters[i].doc, type->parameters[i].default_prior);
    for (size_t k = 0; k < type->n_option; k++)
        print_option(NAME_WIDTH, type->options[k].key, &type->options[k]);
    if (type->derived != NULL)
        help_print("  derived: %s, %s\n", type->derived->name, type->derived->doc);
}

void help_evolution(int kind)
{
    help_print("%s: W = %s\n  %s\n", mutau_evolution_names[kind], mutau_evolution_formula(kind),
               mutau_evolution_reference(kind));
}

void help_target(const mutau_builtin_target_type *type)
{
    help_print("%s: %s\n  %s\n", type->name, type->doc, type->reference);
    for (size_t k = 0; k < type->n_option; k++)
        print_option(NAME_WIDTH, type->options[k].key, &type->options[k]);
}

void help_own_term(const mutau_term_type *form)
{
    help_print("NAME: {%s: FILE}: a term of your own under any free name, %s\n  %s\n", form->name,
               form->doc, form->reference);
    for (size_t k = 0; k < form->n_option; k++)
        print_option(NAME_WIDTH, form->options[k].key, &form->options[k]);
}

static void print_terms(void)
{
    for (size_t i = 0; mutau_term_types[i] != NULL; i++) {
        if (i > 0)
            (void)putchar('\n');
        help_term(mutau_term_types[i]);
    }
    for (size_t i = 0; mutau_own_term_forms[i] != NULL; i++) {
        (void)putchar('\n');
        help_own_term(mutau_own_term_forms[i]);
    }
}

static void print_mixing(void)
{
    for (size_t i = 0; mutau_mixing_names[i] != NULL; i++)
        help_print("%s\n", mutau_mixing_names[i]);
}

static void print_spectra(void)
{
    help_print("model.source.spectrum: NAME is the shape S(E) of the injected spectrum in the\n"
               "frame of the sources, and says which parameters it has.  A is the flux that\n"
               "arrives at 100 TeV without the boson, whatever the shape.  One with options\n"
               "takes them as {NAME: {OPTION: ...}}.  One's own is {table: FILE}, a CSV file\n"
               "with columns E (GeV, rising) and Phi (positive, in any unit), straight in\n"
               "logarithms between its rows.  It must cover 100 TeV and the data; where the\n"
               "sources at z_max need more, its last slope goes on, with a warning.\n");
    for (size_t i = 0; mutau_spectrum_types[i] != NULL; i++) {
        (void)putchar('\n');
        help_spectrum(mutau_spectrum_types[i]);
    }
}

static void print_evolutions(void)
{
    help_print(
        "model.source.evolution: NAME is the history of the sources, their density W(z) in a\n"
        "comoving volume, whose norm does not matter.  F: formula and numbers found in the\n"
        "source named; R: recalled, not verified; D: by definition.  One's own is\n"
        "{power: m}, with z_break: z and power_after: n a broken one, or {table: FILE}, a\n"
        "CSV file with columns z and W that covers 0 to z_max.\n");
    for (int kind = 0; mutau_evolution_names[kind] != NULL; kind++)
        help_evolution(kind);
}

static void print_moves(void)
{
    help_print(
        "sampler.moves is a mixture: {NAME: WEIGHT, ...} or {NAME: {weight: WEIGHT, OPTION: "
        "...}, ...}.\nEach step of an ensemble uses one of them; the reference of a walker's "
        "move is the half of\nthe ensemble that does not move with it.\n");
    for (size_t i = 0; mutau_moves[i] != NULL; i++) {
        (void)putchar('\n');
        help_move(mutau_moves[i]);
    }
}

static void print_targets(void)
{
    help_print(
        "target: NAME or {NAME: {OPTION: ...}} in place of model, parameters, data, likelihood "
        "and\nterms samples a density whose moments and evidence are known ('mutau config' "
        "prints them).\n");
    for (size_t i = 0; mutau_builtin_target_types[i] != NULL; i++) {
        (void)putchar('\n');
        help_target(mutau_builtin_target_types[i]);
    }
}

/* --- data, parameters, priors ------------------------------------------------------------- */

/* The rows of a data set, its flavours, energies and relatives in words. */
static void print_dataset(const mutau_dataset *d)
{
    double lo = (double)INFINITY, hi = 0.0;
    for (size_t i = 0; i < d->n_bin; i++) {
        lo = fmin(lo, d->bins[i].e_lo_gev);
        hi = fmax(hi, d->bins[i].e_hi_gev);
    }
    help_print("%s: %s\n  %zu rows by default, %s, %.3g to %.3g GeV\n", d->name, d->description,
               d->n_bin, mutau_channel_names[d->channel], lo, hi);
    for (size_t i = 0; d->overlaps != NULL && d->overlaps[i] != NULL; i++)
        help_print("  shares events with %s\n", d->overlaps[i]);
}

/* A data set is read as a run file that names it would. */
void help_dataset(const char *name)
{
    char text[TEXT_SIZE];
    mutau_error err = {0};
    mutau_run_settings *settings = NULL;
    (void)snprintf(text, sizeof text, "{model: {cross_section: paper}, data: [%s]}", name);
    if (mutau_run_settings_parse(name, text, ".", &settings, &err) == MUTAU_OK)
        print_dataset(settings->datasets[0]);
    else
        help_print("%s: cannot be read: %s\n", name, err.text);
    mutau_run_settings_free(settings);
}

static void print_data(void)
{
    const char *folders[MUTAU_DATA_FOLDERS];
    mutau_dataset_names *list = mutau_calloc(1, sizeof *list);
    help_print("data is a list of data sets, each NAME or {name: NAME, rows: measured}; rows are "
               "measured,\nall (with the limits) or a list of numbers.  At most %d.  NAME.yaml and "
               "its table are looked for\nbeside the run file, in $MUTAU_DATA, and among those "
               "shipped, and so is FILE of {name: NAME,\ncovariance: FILE}, a square table of the "
               "bins' covariance in the data's unit squared.\nFrom here there are:\n",
               MUTAU_MAX_DATASETS);
    if (list == NULL)
        return;
    mutau_dataset_list(mutau_run_settings_folders(".", folders), folders, list);
    for (size_t i = 0; i < list->n; i++) {
        (void)putchar('\n');
        help_dataset(list->names[i]);
    }
    free(list);
}

void help_prior(const char *name)
{
    char keys[TEXT_SIZE] = "";
    const char *const *own = mutau_prior_keys(name);
    size_t used = 0;
    for (size_t i = 1; own[i] != NULL && used < sizeof keys; i++)
        used += (size_t)snprintf(keys + used, sizeof keys - used, ", %s: ...", own[i]);
    help_print("%s: {prior: %s%s}\n", name, name, keys);
}

static void print_priors(void)
{
    help_print("parameters.NAME is a number, which fixes the parameter, or a prior in natural "
               "units.  A\nparameter with a log-uniform prior is sampled and stored as its log10.  "
               "An edge of a\ntruncated-normal prior may be infinite (.inf).\n\n");
    for (size_t i = 0; mutau_prior_names[i] != NULL; i++)
        help_prior(mutau_prior_names[i]);
}

static void print_parameters(void)
{
    mutau_run_section section;
    for (size_t i = 0; mutau_run_section_at(i, &section); i++)
        if (strcmp(section.path, "parameters") == 0)
            help_section(&section);
    (void)putchar('\n');
    print_priors();
}

/* --- topics ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*print)(void);
} topics[] = {{"run-file", print_run_file},     {"data", print_data},
              {"parameters", print_parameters}, {"priors", print_priors},
              {"terms", print_terms},           {"mixing", print_mixing},
              {"spectra", print_spectra},       {"evolutions", print_evolutions},
              {"moves", print_moves},           {"targets", print_targets}};
static const size_t n_topic = sizeof topics / sizeof topics[0];

bool help_topic(const char *topic)
{
    for (size_t i = 0; i < n_topic; i++) {
        if (strcmp(topics[i].name, topic) != 0)
            continue;
        topics[i].print();
        return true;
    }
    return false;
}

const char *help_topic_name(size_t i)
{
    return i < n_topic ? topics[i].name : NULL;
}
