/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau flux: the spectrum at Earth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "model.h"
#include "base/mem.h"
#include "store/text_file.h"
#include "point.h"
#include "range.h"

enum { MAX_ENERGIES = 10000000, MAX_FILE = 32 * MAX_ENERGIES };

typedef struct flux_options {
    cli_form form;
    const char *at, *energies;
    cli_list set;
} flux_options;

static const cli_option OPTIONS[] = {
    {"at", CLI_TEXT, offsetof(flux_options, at), 0, 0, "name=value,...",
     "the point in natural units"},
    {"energies", CLI_TEXT, offsetof(flux_options, energies), 0, 0, "lo:hi:n[:log|:lin]|FILE",
     "at most 10000000 energies in GeV, or a file with one a line (1e3:1e8:250:log)"},
    CLI_SET_OPTION(flux_options),
    CLI_FORM_OPTIONS,
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

static mutau_status spectrum(const cli_model *model, const double natural[], const energies *list,
                             mutau_report *r, mutau_error *err)
{
    static const char *const keys[] = {"phi_e", "phi_mu", "phi_tau", "phi_1", "phi_2", "phi_3"};
    const mutau_solver_type *solver =
        mutau_flux_solver_at(mutau_posterior_flux(model->posterior), natural);
    double *phi = mutau_calloc(list->n, 6 * sizeof *phi);
    if (phi == NULL)
        return MUTAU_ENOMEM;
    const mutau_status status = mutau_flux_spectrum(
        mutau_posterior_flux(model->posterior), mutau_posterior_flux_workspace(model->ws), natural,
        list->n, list->gev, phi, phi + 3 * list->n, err);
    mutau_report_text(r, "unit", "GeV^-1 cm^-2 s^-1 sr^-1");
    mutau_report_text(r, "solver", solver->reported);
    mutau_report_line(r,
                      "dPhi/dE at Earth, nu + nubar, in GeV^-1 cm^-2 s^-1 sr^-1, by the %s "
                      "solver\n",
                      solver->name);
    mutau_report_series(r, "energy_gev", list->n, 1, list->gev);
    for (size_t k = 0; k < 6; k++)
        mutau_report_series(r, keys[k], list->n, 3, phi + (k < 3 ? k : 3 * list->n + k - 3));
    mutau_report_table(r, NULL, "@energy_gev||g6", "phi_e||e4", "phi_mu||e4", "phi_tau||e4",
                       "phi_1||e4", "phi_2||e4", "phi_3||e4");
    mutau_report_csv(r, NULL, "energy_gev", "phi_e", "phi_mu", "phi_tau", "phi_1", "phi_2",
                     "phi_3");
    free(phi);
    return status;
}

static mutau_status report(const void *options_, const cli_list *files, cli_result *result,
                           mutau_error *err)
{
    const flux_options *options = options_;
    cli_model model = {0};
    energies list = {0};
    double natural[MUTAU_MAX_PARAMETERS];
    char form[CLI_POINT_FORM_SIZE];
    mutau_status status = read_energies(&list, options->energies, err);
    if (status == MUTAU_OK)
        status = cli_model_open(&model, files->items[0], &options->set, err);
    if (status == MUTAU_OK) {
        cli_point_form(model.settings, form);
        status = options->at == NULL
                     ? mutau_error_set(err, MUTAU_EUSAGE, "flux needs --at %s", form)
                     : cli_point_parse(model.settings, options->at, natural, err);
    }
    if (status == MUTAU_OK)
        status = spectrum(&model, natural, &list, result->report, err);
    cli_model_close(&model);
    free(list.gev);
    return status;
}

const cli_command cli_command_flux = {
    .name = "flux",
    .arguments = "RUN.yaml",
    .doc = "the neutrino spectrum at Earth",
    .details = "dPhi/dE of nu + nubar per flavour (phi_e, phi_mu, phi_tau) and mass state (phi_1,\n"
               "phi_2, phi_3) in GeV^-1 cm^-2 s^-1 sr^-1.",
    CLI_OPTIONS(OPTIONS, flux_options),
    .one_thread = true,
    .min_files = 1,
    .max_files = 1,
    .report = report,
};
