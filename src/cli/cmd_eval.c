/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau eval: the posterior at one point, or at each row of a table on stdin. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "point_report.h"

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

static mutau_status write_json(const cli_model *model, const mutau_fit *fit, bool pretty,
                               bool with_bins, mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, pretty);
    mutau_json_object_begin(&json);
    cli_point_json(&json, model, fit, with_bins);
    mutau_json_object_end(&json);
    return mutau_json_finish(&json, err);
}

static mutau_status eval_one(cli_model *model, const double natural[], cli_format format,
                             bool pretty, mutau_error *err)
{
    mutau_fit fit;
    MUTAU_CHECK(mutau_fit_eval(model->posterior, model->ws, natural, NULL, &fit, err));
    cli_point_warn(model, &fit.point);
    if (format == CLI_FORMAT_JSON)
        return write_json(model, &fit, pretty, true, err);
    if (format == CLI_FORMAT_CSV) {
        cli_point_csv(model, &fit);
    } else {
        cli_point_text(model, &fit);
        cli_point_text_bins(model);
    }
    return MUTAU_OK;
}

/* The answer to a row that is not physical: outside every prior, and nothing else. */
static mutau_status answer_unphysical(const cli_model *model, const double natural[],
                                      cli_format format, mutau_error *err)
{
    mutau_fit fit = {.point = {.ln_prior = -INFINITY,
                               .ln_likelihood = -INFINITY,
                               .chi2 = (double)NAN,
                               .delta_a_mu = (double)NAN,
                               .tail_depth = (double)NAN},
                     .goodness = mutau_goodness_none("the point is not physical")};
    memcpy(fit.point.natural, natural, sizeof fit.point.natural);
    for (size_t i = 0; i < MUTAU_MAX_TERMS; i++)
        fit.point.ln_term[i] = (double)NAN;
    if (format == CLI_FORMAT_CSV) {
        cli_point_csv(model, &fit);
        return MUTAU_OK;
    }
    return write_json(model, &fit, false, false, err);
}

static mutau_status answer_row(cli_model *model, const cli_point_columns *columns, const char *line,
                               cli_format format, mutau_error *err)
{
    double natural[MUTAU_N_PARAMETER];
    MUTAU_CHECK(cli_point_row(model->settings, columns, line, natural, err));
    if (cli_point_physical(model->settings, natural, NULL) != MUTAU_OK)
        return answer_unphysical(model, natural, format, err);
    return eval_one(model, natural, format, false, err);
}

/* Rows of stdin, answered one by one so that another program can converse. */
static mutau_status eval_rows(cli_model *model, cli_format format, mutau_error *err)
{
    char line[CLI_LINE_SIZE];
    size_t n_line = 0;
    cli_point_columns columns = {0};
    mutau_status status = MUTAU_OK;
    while (status == MUTAU_OK && cli_read_line(stdin, line, &status, err)) {
        n_line++;
        if (status == MUTAU_OK && strspn(line, " \t\r\n") == strlen(line))
            continue;
        if (status != MUTAU_OK) {
            /* a line that is too long */
        } else if (columns.n == 0) {
            status = cli_point_header(model->settings, line, &columns, err);
            if (status == MUTAU_OK && format == CLI_FORMAT_CSV)
                cli_point_csv_header(model);
        } else {
            status = answer_row(model, &columns, line, format, err);
            if (status == MUTAU_OK && fflush(stdout) != 0)
                return cli_output_error(err);
        }
        if (status != MUTAU_OK)
            (void)mutau_error_wrap(err, status, "stdin:%zu", n_line);
    }
    if (status == MUTAU_OK && ferror(stdin))
        status = mutau_error_set(err, MUTAU_EIO, "cannot read standard input");
    if (status == MUTAU_OK && columns.n == 0)
        status = mutau_error_set(err, MUTAU_EUSAGE,
                                 "--at -: standard input has no header line of parameter names");
    return status;
}

static mutau_status eval(cli_model *model, const eval_options *options, cli_format format,
                         mutau_error *err)
{
    if (strcmp(options->at, "-") == 0)
        return eval_rows(model, format == CLI_FORMAT_TEXT ? CLI_FORMAT_JSON : format, err);
    double natural[MUTAU_N_PARAMETER];
    MUTAU_CHECK(cli_point_parse(model->settings, options->at, natural, err));
    if (format == CLI_FORMAT_CSV)
        cli_point_csv_header(model);
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
