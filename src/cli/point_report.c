/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known about one point, as JSON, CSV and text. */
#include "point_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "goodness_report.h"
#include "text.h"

enum { TEXT_SIZE = 96 };

/* The predicted N of the data points as the workspace holds them after an evaluation. */
static void write_bins(mutau_json *json, const cli_model *model)
{
    const mutau_flux_likelihood *data = mutau_posterior_data(model->posterior);
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    const double *predicted = mutau_posterior_predicted(model->ws);
    mutau_json_key(json, "bins");
    mutau_json_array_begin(json);
    for (size_t i = 0; i < mutau_flux_likelihood_count(data); i++) {
        const mutau_flux_point *p = &points[i];
        mutau_json_object_begin(json);
        mutau_json_key(json, "dataset");
        mutau_json_string(json, model->settings->datasets[p->i_dataset]->name);
        mutau_json_key(json, "channel");
        mutau_json_string(json, mutau_channel_names[p->channel]);
        const char *const keys[] = {"e_lo_gev", "e_hi_gev", "observed", "sigma_lo", "sigma_hi"};
        const double values[] = {p->e_lo_gev, p->e_hi_gev, p->n_obs, p->sigma_lo, p->sigma_hi};
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            mutau_json_key(json, keys[k]);
            mutau_json_real(json, values[k]);
        }
        mutau_json_key(json, "limit");
        mutau_json_bool(json, p->n_limit > 0.0);
        mutau_json_key(json, "predicted");
        mutau_json_real(json, predicted[i]);
        mutau_json_object_end(json);
    }
    mutau_json_array_end(json);
}

static void write_pair(mutau_json *json, const char *key, double value)
{
    mutau_json_key(json, key);
    mutau_json_real(json, value);
}

void cli_point_json(mutau_json *json, const cli_model *model, const mutau_fit *fit, bool with_bins)
{
    const mutau_posterior_point *p = &fit->point;
    const mutau_run_settings *s = model->settings;
    mutau_json_key(json, "parameters");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < s->set.n; i++)
        write_pair(json, s->set.spec[i]->name, p->natural[i]);
    mutau_json_object_end(json);
    write_pair(json, "ln_prior", p->ln_prior);
    write_pair(json, "ln_likelihood", p->ln_likelihood);
    write_pair(json, "ln_posterior", p->ln_prior + p->ln_likelihood);
    write_pair(json, "chi2", p->chi2);
    cli_goodness_json(json, &fit->goodness);
    mutau_json_key(json, "terms");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < s->n_term; i++)
        write_pair(json, s->terms[i].type->name, p->ln_term[i]);
    mutau_json_object_end(json);
    mutau_json_key(json, "derived");
    mutau_json_object_begin(json);
    const mutau_derived *const *derived;
    const size_t n_derived = mutau_posterior_derived(model->posterior, &derived);
    for (size_t i = 0; i < n_derived; i++)
        write_pair(json, derived[i]->name, p->derived[i]);
    write_pair(json, "tail_depth", p->tail_depth);
    mutau_json_object_end(json);
    if (with_bins)
        write_bins(json, model);
    mutau_json_key(json, "solver");
    mutau_json_string(json, mutau_flux_solver(mutau_posterior_flux(model->posterior))->reported);
}

void cli_point_csv_header(const cli_model *model)
{
    const mutau_parameter_set *set = &model->settings->set;
    for (size_t i = 0; i < set->n; i++)
        (void)printf("%s,", set->spec[i]->name);
    (void)fputs("ln_prior,ln_likelihood,ln_posterior,chi2", stdout);
    for (size_t i = 0; i < model->settings->n_term; i++)
        (void)printf(",lnl_%s", model->settings->terms[i].type->name);
    const mutau_derived *const *derived;
    const size_t n_derived = mutau_posterior_derived(model->posterior, &derived);
    for (size_t i = 0; i < n_derived; i++)
        (void)printf(",%s", derived[i]->name);
    (void)fputs(",tail_depth", stdout);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        if (strcmp(cli_goodness_names[i], "chi2") != 0) /* it has its column */
            (void)printf(",%s", cli_goodness_names[i]);
    (void)putchar('\n');
}

static void write_csv_field(double value, char end)
{
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(value, text);
    (void)printf("%s%c", text, end);
}

static void write_csv_goodness(const mutau_goodness *g)
{
    double number[CLI_GOODNESS_NUMBERS];
    char text[MUTAU_REAL_SIZE];
    cli_goodness_numbers(g, number);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++) {
        if (strcmp(cli_goodness_names[i], "chi2") == 0)
            continue;
        mutau_json_format_real(number[i], text);
        (void)printf(",%s", text);
    }
    (void)putchar('\n');
}

void cli_point_csv(const cli_model *model, const mutau_fit *fit)
{
    const mutau_posterior_point *p = &fit->point;
    for (size_t i = 0; i < model->settings->set.n; i++)
        write_csv_field(p->natural[i], ',');
    write_csv_field(p->ln_prior, ',');
    write_csv_field(p->ln_likelihood, ',');
    write_csv_field(p->ln_prior + p->ln_likelihood, ',');
    write_csv_field(p->chi2, ',');
    for (size_t i = 0; i < model->settings->n_term; i++)
        write_csv_field(p->ln_term[i], ',');
    const mutau_derived *const *derived;
    const size_t n_derived = mutau_posterior_derived(model->posterior, &derived);
    for (size_t i = 0; i < n_derived; i++)
        write_csv_field(p->derived[i], ',');
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(p->tail_depth, text);
    (void)fputs(text, stdout);
    write_csv_goodness(&fit->goodness);
}

mutau_status cli_point_text_bins(const cli_model *model, mutau_error *err)
{
    static const text_column columns[] = {
        {"data set", TEXT_LEFT, 2, 24, true},     {"E_lo [GeV]", TEXT_RIGHT, 1, 11, true},
        {"E_hi [GeV]", TEXT_RIGHT, 1, 11, false}, {"predicted", TEXT_RIGHT, 2, 11, false},
        {"observed", TEXT_RIGHT, 1, 10, false},   {"sigma", TEXT_RIGHT, 1, 10, false}};
    const size_t width = text_width(STDOUT_FILENO);
    const mutau_flux_likelihood *data = mutau_posterior_data(model->posterior);
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    const double *predicted = mutau_posterior_predicted(model->ws);
    const size_t n = mutau_flux_likelihood_count(data);
    if (n == 0)
        return MUTAU_OK;
    MUTAU_CHECK(text_print(width, err,
                           "\nbin integrals N per flavour in cm^-2 s^-1 sr^-1 (a limit is shown as "
                           "< N)\n"));
    text_table *table = text_table_alloc(sizeof columns / sizeof columns[0], columns);
    for (size_t i = 0; i < n; i++) {
        const mutau_flux_point *p = &points[i];
        text_table_cell(table, "%s", model->settings->datasets[p->i_dataset]->name);
        text_table_cell(table, "%.4g", p->e_lo_gev);
        text_table_cell(table, "%.4g", p->e_hi_gev);
        text_table_cell(table, "%.4e", predicted[i]);
        if (p->n_limit > 0.0) {
            text_table_cell(table, "< %8.2e", p->n_limit);
        } else {
            text_table_cell(table, "%.2e", p->n_obs);
            text_table_cell(table, "%.2e", 0.5 * (p->sigma_lo + p->sigma_hi));
        }
        text_table_row_end(table);
    }
    return text_table_end(table, width, err);
}

/* A name, a number, and what is to be said of it. */
static void add_line(text_table *table, const char *name, const char *format, double value,
                     const char *remark)
{
    char number[TEXT_SIZE];
    (void)snprintf(number, sizeof number,
                   strcmp(format, "e") == 0   ? "%.4e"
                   : strcmp(format, "f") == 0 ? "%.6f"
                                              : "%.6g",
                   value);
    text_table_cell(table, "%s", name);
    text_table_cell(table, "%s", number);
    text_table_cell(table, "%s", remark);
}

static mutau_status write_parameters(const mutau_parameter_set *set, const mutau_posterior_point *p,
                                     size_t width, mutau_error *err)
{
    static const text_column columns[] = {
        {"", TEXT_LEFT, 0, 14, true}, {"", TEXT_RIGHT, 1, 12, false}, {"", TEXT_LEFT, 1, 0, false}};
    text_table *table = text_table_alloc(sizeof columns / sizeof columns[0], columns);
    for (size_t i = 0; i < set->n; i++)
        add_line(table, set->spec[i]->name, "g", p->natural[i], set->spec[i]->unit);
    return text_table_end(table, width, err);
}

mutau_status cli_point_text(const cli_model *model, const mutau_fit *fit, mutau_error *err)
{
    const mutau_posterior_point *p = &fit->point;
    const size_t width = text_width(STDOUT_FILENO);
    const mutau_run_settings *s = model->settings;
    char text[TEXT_SIZE];
    MUTAU_CHECK(write_parameters(&s->set, p, width, err));
    (void)putchar('\n');
    text_table *table = text_table_alloc(CLI_FIT_COLUMNS, cli_fit_columns);
    add_line(table, "ln prior", "f", p->ln_prior, isinf(p->ln_prior) ? "(outside the prior)" : "");
    add_line(table, "ln likelihood", "f", p->ln_likelihood, "");
    add_line(table, "ln posterior", "f", p->ln_prior + p->ln_likelihood, "");
    add_line(table, "chi2 of flux", "f", p->chi2, "");
    cli_goodness_rows(&fit->goodness, table);
    for (size_t i = 0; i < s->n_term; i++) {
        (void)snprintf(text, sizeof text, "ln L %s", s->terms[i].type->name);
        add_line(table, text, "f", p->ln_term[i], "");
    }
    const mutau_derived *const *derived;
    const size_t n_derived = mutau_posterior_derived(model->posterior, &derived);
    for (size_t i = 0; i < n_derived; i++)
        add_line(table, derived[i]->name, "e", p->derived[i], derived[i]->unit);
    add_line(table, "tail depth T", "e", p->tail_depth,
             "(a line is off by 0.004 % at 6e-6, 0.4 % at 1e-3)");
    return text_table_end(table, width, err);
}

static void warn_terms(cli_model *model, double m)
{
    const mutau_run_settings *s = model->settings;
    for (size_t i = 0; i < model->settings->n_term; i++) {
        if (model->warned[i] || !mutau_posterior_beyond_inputs(model->posterior, i, m))
            continue;
        model->warned[i] = true;
        (void)fprintf(stderr,
                      "mutau: warning: %s = %g MeV is beyond the inputs of term %s; its "
                      "value at their end is used\n",
                      s->set.spec[s->places.mass]->name, m, s->terms[i].type->name);
    }
}

void cli_point_warn(cli_model *model, const mutau_posterior_point *p)
{
    const mutau_run_settings *s = model->settings;
    const mutau_model_places *places = &s->places;
    const double limit = mutau_run_settings_tail_limit(s);
    const bool has_flux = mutau_flux_likelihood_count(mutau_posterior_data(model->posterior)) > 0;
    warn_terms(model, p->natural[places->mass]);
    if (model->warned_validity || !has_flux || !(p->tail_depth > limit))
        return;
    model->warned_validity = true;
    (void)fprintf(stderr,
                  "mutau: warning: the line solver is not valid at %s = %g MeV, %s = "
                  "%g: T = %.2g is above %g, and bins are off by 0.4 %% at T = 0.001, 2 %% at "
                  "0.006, 9 %% at 0.06\n",
                  s->set.spec[places->mass]->name, p->natural[places->mass],
                  s->set.spec[places->coupling]->name, p->natural[places->coupling], p->tail_depth,
                  limit);
}
