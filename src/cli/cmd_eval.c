/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau eval: the posterior at one point, or at each row of a table on stdin. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "mutau/json.h"

typedef struct eval_options {
    const char *at;
    cli_list set;
    bool json;
    const char *format;
} eval_options;

static const cli_option OPTIONS[] = {
    {"at", CLI_TEXT, offsetof(eval_options, at), 0, 0, "name=value,...|-",
     "the point in natural units; - reads CSV rows with a header from stdin"},
    {"set", CLI_LIST, offsetof(eval_options, set), 0, 0, "key=value",
     "replace or add a key of the run file"},
    {"json", CLI_FLAG, offsetof(eval_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(eval_options, format), 0, 0, "text|json|csv",
     "form of the report"},
};

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

static void write_json(mutau_json *json, const cli_model *model, const mutau_posterior_point *p,
                       bool with_bins)
{
    const mutau_run_settings *s = model->settings;
    mutau_json_object_begin(json);
    mutau_json_key(json, "parameters");
    mutau_json_object_begin(json);
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        write_pair(json, mutau_parameter_name((mutau_parameter_id)id), p->natural[id]);
    mutau_json_object_end(json);
    write_pair(json, "ln_prior", p->ln_prior);
    write_pair(json, "ln_likelihood", p->ln_likelihood);
    write_pair(json, "ln_posterior", p->ln_prior + p->ln_likelihood);
    write_pair(json, "chi2", p->chi2);
    mutau_json_key(json, "terms");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < s->n_term; i++)
        write_pair(json, s->terms[i].type->name, p->ln_term[i]);
    mutau_json_object_end(json);
    mutau_json_key(json, "derived");
    mutau_json_object_begin(json);
    write_pair(json, "delta_a_mu", p->delta_a_mu);
    write_pair(json, "tail_depth", p->tail_depth);
    mutau_json_object_end(json);
    if (with_bins)
        write_bins(json, model);
    mutau_json_key(json, "solver");
    mutau_json_string(json, "resonance");
    mutau_json_object_end(json);
}

static void write_csv_header(const cli_model *model)
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        (void)printf("%s,", mutau_parameter_name((mutau_parameter_id)id));
    (void)fputs("ln_prior,ln_likelihood,ln_posterior,chi2", stdout);
    for (size_t i = 0; i < model->settings->n_term; i++)
        (void)printf(",lnl_%s", model->settings->terms[i].type->name);
    (void)fputs(",delta_a_mu,tail_depth\n", stdout);
}

static void write_csv_field(double value, char end)
{
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(value, text);
    (void)printf("%s%c", text, end);
}

static void write_csv(const cli_model *model, const mutau_posterior_point *p)
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        write_csv_field(p->natural[id], ',');
    write_csv_field(p->ln_prior, ',');
    write_csv_field(p->ln_likelihood, ',');
    write_csv_field(p->ln_prior + p->ln_likelihood, ',');
    write_csv_field(p->chi2, ',');
    for (size_t i = 0; i < model->settings->n_term; i++)
        write_csv_field(p->ln_term[i], ',');
    write_csv_field(p->delta_a_mu, ',');
    write_csv_field(p->tail_depth, '\n');
}

static void write_text_bins(const cli_model *model)
{
    const mutau_flux_likelihood *data = mutau_posterior_data(model->posterior);
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    const double *predicted = mutau_posterior_predicted(model->ws);
    const size_t n = mutau_flux_likelihood_count(data);
    if (n == 0)
        return;
    (void)printf("\nbin integrals N per flavour in cm^-2 s^-1 sr^-1 (a limit is shown as < N)\n"
                 "  %-24s %11s %11s  %11s %10s %10s\n",
                 "data set", "E_lo [GeV]", "E_hi [GeV]", "predicted", "observed", "sigma");
    for (size_t i = 0; i < n; i++) {
        const mutau_flux_point *p = &points[i];
        (void)printf("  %-24s %11.4g %11.4g  %11.4e", model->settings->datasets[p->i_dataset]->name,
                     p->e_lo_gev, p->e_hi_gev, predicted[i]);
        if (p->n_limit > 0.0)
            (void)printf(" < %8.2e\n", p->n_limit);
        else
            (void)printf(" %10.2e %10.2e\n", p->n_obs, 0.5 * (p->sigma_lo + p->sigma_hi));
    }
}

static void write_text(const cli_model *model, const mutau_posterior_point *p)
{
    const mutau_run_settings *s = model->settings;
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        (void)printf("%-14s %12.6g %s\n", mutau_parameter_name((mutau_parameter_id)id),
                     p->natural[id], mutau_parameter_unit((mutau_parameter_id)id));
    (void)printf("\nln prior       %12.6f%s\n", p->ln_prior,
                 isinf(p->ln_prior) ? "  (outside the prior)" : "");
    (void)printf("ln likelihood  %12.6f\n", p->ln_likelihood);
    (void)printf("ln posterior   %12.6f\n", p->ln_prior + p->ln_likelihood);
    (void)printf("chi2 of flux   %12.6f  (%zu points)\n", p->chi2,
                 mutau_flux_likelihood_count(mutau_posterior_data(model->posterior)));
    for (size_t i = 0; i < s->n_term; i++)
        (void)printf("ln L %-9s %12.6f\n", s->terms[i].type->name, p->ln_term[i]);
    (void)printf("delta a_mu     %12.4e\n", p->delta_a_mu);
    (void)printf("tail depth T   %12.4e  (line picture: 1e-4 per bin at 6e-6, 1 %% at 1e-3)\n",
                 p->tail_depth);
    write_text_bins(model);
}

static void warn_beyond_inputs(const cli_model *model, const double natural[])
{
    const double m = natural[MUTAU_PARAMETER_M_ZPRIME];
    for (size_t i = 0; i < model->settings->n_term; i++)
        if (mutau_posterior_beyond_inputs(model->posterior, i, m))
            (void)fprintf(stderr,
                          "mutau: warning: m_zprime = %g MeV is beyond the inputs of term %s; its "
                          "value at their end is used\n",
                          m, model->settings->terms[i].type->name);
}

static mutau_status eval_one(const cli_model *model, const double natural[], cli_format format,
                             bool pretty, mutau_error *err)
{
    mutau_posterior_point point;
    MUTAU_CHECK(mutau_posterior_eval(model->posterior, model->ws, natural, &point, err));
    warn_beyond_inputs(model, natural);
    if (format == CLI_FORMAT_JSON) {
        mutau_json json;
        mutau_json_init(&json, stdout, pretty);
        write_json(&json, model, &point, true);
        return mutau_json_finish(&json, err);
    }
    if (format == CLI_FORMAT_CSV)
        write_csv(model, &point);
    else
        write_text(model, &point);
    return MUTAU_OK;
}

/* The answer to a row that is not physical: outside every prior, and nothing else. */
static mutau_status answer_unphysical(const cli_model *model, const double natural[],
                                      cli_format format, mutau_error *err)
{
    mutau_posterior_point point = {.ln_prior = -INFINITY,
                                   .ln_likelihood = -INFINITY,
                                   .chi2 = (double)NAN,
                                   .delta_a_mu = (double)NAN,
                                   .tail_depth = (double)NAN};
    memcpy(point.natural, natural, sizeof point.natural);
    for (size_t i = 0; i < MUTAU_MAX_TERMS; i++)
        point.ln_term[i] = (double)NAN;
    if (format == CLI_FORMAT_CSV) {
        write_csv(model, &point);
        return MUTAU_OK;
    }
    mutau_json json;
    mutau_json_init(&json, stdout, false);
    write_json(&json, model, &point, false);
    return mutau_json_finish(&json, err);
}

static mutau_status answer_row(const cli_model *model, const cli_point_columns *columns,
                               const char *line, cli_format format, mutau_error *err)
{
    double natural[MUTAU_N_PARAMETER];
    MUTAU_CHECK(cli_point_row(model->settings, columns, line, natural, err));
    if (cli_point_physical(model->settings, natural, NULL) != MUTAU_OK)
        return answer_unphysical(model, natural, format, err);
    return eval_one(model, natural, format, false, err);
}

/* Rows of stdin, answered one by one so that another program can converse. */
static mutau_status eval_rows(const cli_model *model, cli_format format, mutau_error *err)
{
    char *line = NULL;
    size_t size = 0, n_line = 0;
    cli_point_columns columns = {0};
    mutau_status status = MUTAU_OK;
    while (status == MUTAU_OK && getline(&line, &size, stdin) >= 0) {
        n_line++;
        if (strspn(line, " \t\r\n") == strlen(line))
            continue;
        if (columns.n == 0) {
            status = cli_point_header(model->settings, line, &columns, err);
        } else {
            status = answer_row(model, &columns, line, format, err);
            (void)fflush(stdout);
        }
        if (status != MUTAU_OK)
            (void)mutau_error_wrap(err, status, "stdin:%zu", n_line);
    }
    if (status == MUTAU_OK && ferror(stdin))
        status = mutau_error_set(err, MUTAU_EIO, "cannot read standard input");
    if (status == MUTAU_OK && columns.n == 0)
        status = mutau_error_set(err, MUTAU_EUSAGE,
                                 "--at -: standard input has no header line of parameter names");
    free(line);
    return status;
}

static mutau_status eval(const cli_model *model, const eval_options *options, cli_format format,
                         mutau_error *err)
{
    if (format == CLI_FORMAT_CSV)
        write_csv_header(model);
    if (strcmp(options->at, "-") == 0)
        return eval_rows(model, format == CLI_FORMAT_TEXT ? CLI_FORMAT_JSON : format, err);
    double natural[MUTAU_N_PARAMETER];
    MUTAU_CHECK(cli_point_parse(model->settings, options->at, natural, err));
    return eval_one(model, natural, format, true, err);
}

static int run(const void *options_, const cli_list *files)
{
    const eval_options *options = options_;
    mutau_error err = {0};
    cli_format format = CLI_FORMAT_TEXT;
    cli_model model = {0};
    mutau_status status = cli_read_format(options->json, options->format, &format, &err);
    if (status == MUTAU_OK && options->at == NULL)
        status = mutau_error_set(&err, MUTAU_EUSAGE,
                                 "eval needs --at m_zprime=...,g_prime=...,A=...,gamma=... or "
                                 "--at -");
    if (status == MUTAU_OK)
        status = cli_model_open(&model, files->items[0], &options->set, &err);
    if (status == MUTAU_OK)
        status = eval(&model, options, format, &err);
    cli_model_close(&model);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
}

const cli_command cli_command_eval = {
    .name = "eval",
    .arguments = "RUN.yaml",
    .doc = "the posterior at one point, or at many read from stdin",
    .details =
        "Every free parameter must be given in natural units; fixed ones may be.  The point\n"
        "may lie outside the prior: then ln_prior is -inf and the rest stays finite.\n"
        "With --at - each row of stdin is answered by one line (JSON, or CSV on request); a row\n"
        "that is not physical (A < 0, say) has ln_posterior -inf and no bins.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(eval_options),
    .min_files = 1,
    .max_files = 1,
    .run = run,
};
