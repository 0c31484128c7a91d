/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau flux: the spectrum at Earth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "model.h"
#include "mutau/json.h"
#include "mutau/mem.h"
#include "mutau/text_file.h"
#include "point.h"
#include "range.h"
#include "text.h"

enum { MAX_ENERGIES = 10000000, MAX_FILE = 32 * MAX_ENERGIES, N_COLUMN = 7 };

static const char *const COLUMNS[N_COLUMN] = {"energy_gev", "phi_e", "phi_mu", "phi_tau",
                                              "phi_1",      "phi_2", "phi_3"};

typedef struct flux_options {
    const char *at;
    const char *energies;
    cli_list set;
    bool json;
    const char *format;
} flux_options;

static const cli_option OPTIONS[] = {
    {"at", CLI_TEXT, offsetof(flux_options, at), 0, 0, "name=value,...",
     "the point in natural units"},
    {"energies", CLI_TEXT, offsetof(flux_options, energies), 0, 0, "lo:hi:n[:log|:lin]|FILE",
     "at most 10000000 energies in GeV, or a file with one a line (1e3:1e8:250:log)"},
    {"set", CLI_LIST, offsetof(flux_options, set), 0, 0, "key=value",
     "replace or add a key of the run file"},
    {"json", CLI_FLAG, offsetof(flux_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(flux_options, format), 0, 0, "text|json|csv",
     "form of the report"},
};

/* A growing list of energies in GeV. */
typedef struct energies {
    size_t n, capacity;
    double *gev;
} energies;

static mutau_status append(energies *list, double gev, mutau_error *err)
{
    if (list->n == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
        double *grown = mutau_realloc(list->gev, capacity, sizeof *grown);
        if (grown == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu energies", capacity);
        list->gev = grown;
        list->capacity = capacity;
    }
    list->gev[list->n++] = gev;
    return MUTAU_OK;
}

static mutau_status fill(energies *list, const cli_range *range, mutau_error *err)
{
    for (size_t i = 0; i < range->n; i++)
        MUTAU_CHECK(append(list, cli_range_at(range, i), err));
    return MUTAU_OK;
}

static mutau_status read_line(energies *list, char *line, const char *path, size_t n_line,
                              mutau_error *err)
{
    char *text = line + strspn(line, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
    double gev = 0.0;
    if (length == 0 || text[0] == '#')
        return MUTAU_OK;
    if (!cli_real(text, &gev) || !(gev > 0.0) || list->n >= MAX_ENERGIES)
        return mutau_error_set(err, MUTAU_EUSAGE, "%s:%zu: '%s' is not an energy in GeV", path,
                               n_line, text);
    return append(list, gev, err);
}

static mutau_status read_lines(energies *list, char *text, size_t size, const char *path,
                               mutau_error *err)
{
    size_t n_line = 0;
    for (char *line = text, *end = text; line < text + size; line = end + 1) {
        end = line + strcspn(line, "\n");
        const bool whole = *end == '\n' || end == text + size;
        *end = '\0';
        MUTAU_CHECK(read_line(list, line, path, ++n_line, err));
        if (!whole)
            return mutau_error_set(err, MUTAU_EUSAGE, "%s:%zu: a zero byte: this is not text", path,
                                   n_line);
    }
    if (list->n == 0)
        return mutau_error_set(err, MUTAU_EUSAGE, "%s: no energies", path);
    return MUTAU_OK;
}

static mutau_status read_file(energies *list, const char *path, mutau_error *err)
{
    char *text = NULL;
    size_t size = 0;
    MUTAU_CHECK(mutau_text_file_read(path, MAX_FILE, &text, &size, err));
    const mutau_status status = read_lines(list, text, size, path, err);
    free(text);
    return status;
}

/* A range; or, if it is none, a file; an error about what it was rather meant to be. */
static mutau_status read_energies(energies *list, const char *text, mutau_error *err)
{
    cli_range range;
    mutau_error no_range = {0};
    const char *word = text != NULL ? text : "1e3:1e8:250";
    if (cli_range_read("--energies", "GeV", word, MAX_ENERGIES, &range, &no_range) == MUTAU_OK)
        return fill(list, &range, err);
    if (access(word, R_OK) == 0)
        return read_file(list, word, err);
    if (cli_range_is_meant(word))
        return mutau_error_set(err, MUTAU_EUSAGE, "%s", no_range.text);
    return mutau_error_set(err, MUTAU_EIO,
                           "--energies: '%s' is neither lo:hi:n (1e3:1e8:250, say) nor a file that "
                           "can be read",
                           word);
}

static void row(double out[N_COLUMN], double gev, const double flavour[], const double state[])
{
    out[0] = gev;
    memcpy(out + 1, flavour, 3 * sizeof *out);
    memcpy(out + 4, state, 3 * sizeof *out);
}

static void write_csv(const energies *list, const double flavour[], const double state[])
{
    for (size_t k = 0; k < N_COLUMN; k++)
        (void)printf("%s%c", COLUMNS[k], k + 1 < N_COLUMN ? ',' : '\n');
    for (size_t i = 0; i < list->n; i++) {
        double values[N_COLUMN];
        row(values, list->gev[i], flavour + 3 * i, state + 3 * i);
        for (size_t k = 0; k < N_COLUMN; k++) {
            char text[MUTAU_REAL_SIZE];
            mutau_json_format_real(values[k], text);
            (void)printf("%s%c", text, k + 1 < N_COLUMN ? ',' : '\n');
        }
    }
}

/* The rows [from, to) in a table of their own. */
static mutau_status write_rows(const energies *list, const double flavour[], const double state[],
                               size_t from, size_t to, size_t width, mutau_error *err)
{
    text_column columns[N_COLUMN] = {{"energy [GeV]", TEXT_RIGHT, 0, 13, true}};
    for (size_t k = 1; k < N_COLUMN; k++)
        columns[k] = (text_column){COLUMNS[k], TEXT_RIGHT, 1, 11, false};
    text_table *table = text_table_alloc(N_COLUMN, columns);
    for (size_t i = from; i < to; i++) {
        double values[N_COLUMN];
        row(values, list->gev[i], flavour + 3 * i, state + 3 * i);
        text_table_cell(table, "%.6g", values[0]);
        for (size_t k = 1; k < N_COLUMN; k++)
            text_table_cell(table, "%.4e", values[k]);
    }
    return text_table_end(table, width, err);
}

static mutau_status write_text(const energies *list, const double flavour[], const double state[],
                               mutau_error *err)
{
    enum { AT_ONCE = 10000 }; /* rows; a longer table is one after another */
    const size_t width = text_width(STDOUT_FILENO);
    MUTAU_CHECK(
        text_print(width, err, "dPhi/dE at Earth, nu + nubar, in GeV^-1 cm^-2 s^-1 sr^-1\n"));
    for (size_t i = 0; i < list->n; i += AT_ONCE) {
        const size_t end = list->n - i > AT_ONCE ? i + AT_ONCE : list->n;
        MUTAU_CHECK(write_rows(list, flavour, state, i, end, width, err));
    }
    return MUTAU_OK;
}

static mutau_status write_json(const energies *list, const double flavour[], const double state[],
                               mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, true);
    mutau_json_object_begin(&json);
    mutau_json_key(&json, "unit");
    mutau_json_string(&json, "GeV^-1 cm^-2 s^-1 sr^-1");
    for (size_t k = 0; k < N_COLUMN; k++) {
        mutau_json_key(&json, COLUMNS[k]);
        mutau_json_array_begin(&json);
        for (size_t i = 0; i < list->n; i++) {
            double values[N_COLUMN];
            row(values, list->gev[i], flavour + 3 * i, state + 3 * i);
            mutau_json_real(&json, values[k]);
        }
        mutau_json_array_end(&json);
    }
    mutau_json_object_end(&json);
    return mutau_json_finish(&json, err);
}

static mutau_status spectrum(const cli_model *model, const double natural[], const energies *list,
                             cli_format format, mutau_error *err)
{
    double *flavour = mutau_calloc(list->n, 3 * sizeof *flavour);
    double *state = mutau_calloc(list->n, 3 * sizeof *state);
    mutau_status status = MUTAU_ENOMEM;
    if (flavour != NULL && state != NULL)
        status = mutau_flux_spectrum(mutau_posterior_flux(model->posterior),
                                     mutau_posterior_flux_workspace(model->ws), natural, list->n,
                                     list->gev, flavour, state, err);
    if (status == MUTAU_OK && format == CLI_FORMAT_JSON)
        status = write_json(list, flavour, state, err);
    else if (status == MUTAU_OK && format == CLI_FORMAT_CSV)
        write_csv(list, flavour, state);
    else if (status == MUTAU_OK)
        status = write_text(list, flavour, state, err);
    free(flavour);
    free(state);
    return status;
}

static int run(const void *options_, const cli_list *files)
{
    const flux_options *options = options_;
    mutau_error err = {0};
    cli_format format = CLI_FORMAT_TEXT;
    cli_model model = {0};
    energies list = {0};
    char form[CLI_POINT_FORM_SIZE];
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_status status = cli_read_format(options->json, options->format, &format, &err);
    if (status == MUTAU_OK)
        status = read_energies(&list, options->energies, &err);
    if (status == MUTAU_OK)
        status = cli_model_open(&model, files->items[0], &options->set, &err);
    if (status == MUTAU_OK && options->at == NULL) {
        cli_point_form(model.settings, form);
        status = mutau_error_set(&err, MUTAU_EUSAGE, "flux needs --at %s", form);
    }
    if (status == MUTAU_OK)
        status = cli_point_parse(model.settings, options->at, natural, &err);
    if (status == MUTAU_OK)
        status = spectrum(&model, natural, &list, format, &err);
    cli_model_close(&model);
    free(list.gev);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
}

const cli_command cli_command_flux = {
    .name = "flux",
    .arguments = "RUN.yaml",
    .doc = "the neutrino spectrum at Earth",
    .details = "dPhi/dE of nu + nubar per flavour (phi_e, phi_mu, phi_tau) and mass state (phi_1,\n"
               "phi_2, phi_3) in GeV^-1 cm^-2 s^-1 sr^-1.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(flux_options),
    .min_files = 1,
    .max_files = 1,
    .run = run,
};
