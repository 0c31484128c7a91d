/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau eval: the posterior at one point, or at each row of a table on stdin. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "point.h"
#include "point_report.h"
#include "records.h"

typedef struct eval_options {
    cli_model_options common;
    const char *at;
} eval_options;

static const cli_option OPTIONS[] = {
    {"at", CLI_TEXT, offsetof(eval_options, at), 0, 0, "name=value,...|-",
     "the point in natural units; - reads CSV rows with a header from stdin"},
    CLI_SET_OPTION(cli_model_options),
    CLI_FORM_OPTIONS,
};

static mutau_status build(mutau_report *r, cli_model *model, const mutau_fit *fit,
                          const mutau_error *why, mutau_error *err)
{
    MUTAU_CHECK(cli_record_point(r, model, fit, why == NULL, err));
    if (why != NULL)
        mutau_report_text(r, "error", why->text);
    mutau_report_csv(r, ".", CLI_POINT_COLUMNS);
    return MUTAU_OK;
}

static mutau_status eval_one(cli_model *model, const double natural[], mutau_fit *fit,
                             mutau_error *err)
{
    MUTAU_CHECK(mutau_fit_eval(model->posterior, model->ws, natural, NULL, fit, err));
    cli_point_warn(model, &fit->point);
    return MUTAU_OK;
}

/* A point of which nothing is known but `ln_posterior`. */
static mutau_fit wild_fit(const cli_model *model, const double natural[], double ln_posterior)
{
    const char *reason =
        isnan(ln_posterior) ? "there is no posterior" : "the point is not physical";
    mutau_fit fit = {.point = {.ln_prior = ln_posterior,
                               .ln_likelihood = ln_posterior,
                               .chi2 = (double)NAN,
                               .tail_depth = (double)NAN},
                     .goodness = mutau_goodness_none(reason)};
    for (size_t i = 0; i < model->settings->set.n; i++)
        fit.point.natural[i] = natural != NULL ? natural[i] : (double)NAN;
    for (size_t i = 0; i < MUTAU_MAX_TERMS; i++)
        fit.point.ln_term[i] = (double)NAN;
    for (size_t i = 0; i < MUTAU_MAX_DERIVED; i++)
        fit.point.derived[i] = (double)NAN;
    return fit;
}

/* A batch of rows from stdin.  A row without a posterior is answered by a line of its own: why, at
 * which line of stdin, and that ln_posterior is -inf, outside every prior, or not a number if
 * there is no point. */
typedef struct batch {
    cli_model *model;
    const mutau_report_writer *writer;
    bool csv;
    cli_point_columns columns;
    size_t n_line, n_row, n_wild;
} batch;

static mutau_status write_record(const batch *b, const mutau_fit *fit, const mutau_error *why,
                                 bool head, mutau_error *err)
{
    const mutau_report_output output = {
        .file = stdout, .one_line = true, .no_head = !head, .no_rows = head};
    mutau_report *r = mutau_report_alloc();
    mutau_status status = build(r, b->model, fit, why, err);
    if (status == MUTAU_OK)
        status = cli_write(r, b->writer, &output, err);
    mutau_report_free(r);
    return status;
}

static mutau_status write_row(const batch *b, const mutau_fit *fit, const mutau_error *why,
                              mutau_error *err)
{
    if (!b->csv)
        return write_record(b, fit, why, false, err);
    return cli_point_csv_row(stdout, b->model, fit, err) == MUTAU_OK ? MUTAU_OK
                                                                     : cli_output_error(err);
}

/* A row that is no point, or whose posterior cannot be computed, does not end the batch. */
static mutau_status refuse_row(batch *b, mutau_status status, mutau_error *why, mutau_error *err)
{
    if (status == MUTAU_ENOMEM || status == MUTAU_EIO)
        return mutau_error_set(err, status, "%s", why->text);
    b->n_wild++;
    (void)mutau_error_wrap(why, status, "stdin:%zu", b->n_line);
    (void)fprintf(stderr, "mutau: error: %s\n", why->text);
    const mutau_fit fit = wild_fit(b->model, NULL, (double)NAN);
    return write_row(b, &fit, why, err);
}

static mutau_status answer_row(batch *b, const char *line, mutau_error *err)
{
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_error why = {0};
    mutau_fit fit;
    b->n_row++;
    mutau_status status = cli_point_row(b->model->settings, &b->columns, line, natural, &why);
    if (status == MUTAU_OK && cli_point_physical(b->model->settings, natural, &why) != MUTAU_OK) {
        (void)mutau_error_wrap(&why, MUTAU_EUSAGE, "stdin:%zu", b->n_line);
        fit = wild_fit(b->model, natural, -(double)INFINITY);
        return write_row(b, &fit, &why, err);
    }
    if (status == MUTAU_OK)
        status = eval_one(b->model, natural, &fit, &why);
    return status == MUTAU_OK ? write_row(b, &fit, NULL, err) : refuse_row(b, status, &why, err);
}

/* The header of the table, to which all points have the same. */
static mutau_status begin(batch *b, const char *line, mutau_error *err)
{
    MUTAU_TRY(err, cli_point_header(b->model->settings, line, &b->columns, err), "stdin:%zu",
              b->n_line);
    const mutau_fit none = wild_fit(b->model, NULL, (double)NAN);
    return write_record(b, &none, NULL, true, err);
}

static mutau_status read_line(batch *b, const char *line, mutau_error *err)
{
    const bool head = b->columns.n == 0;
    b->n_line++;
    if (strspn(line, " \t\r\n") == strlen(line))
        return MUTAU_OK;
    MUTAU_CHECK(head ? begin(b, line, err) : answer_row(b, line, err));
    if (fflush(stdout) != 0) /* another program may be waiting for it */
        return cli_output_error(err);
    return MUTAU_OK;
}

/* Rows of stdin, answered one by one so that another program can converse. */
static mutau_status eval_rows(cli_model *model, const mutau_report_writer *writer, mutau_error *err)
{
    char line[CLI_LINE_SIZE];
    batch b = {.model = model,
               .writer = writer->in_lines ? writer : mutau_report_find_writer("json")};
    b.csv = strcmp(b.writer->name, "csv") == 0;
    mutau_status status = MUTAU_OK;
    while (status == MUTAU_OK && cli_read_line(stdin, line, &status, err))
        status = status == MUTAU_OK ? read_line(&b, line, err)
                                    : mutau_error_wrap(err, status, "stdin:%zu", b.n_line + 1);
    MUTAU_CHECK(status);
    if (ferror(stdin))
        return mutau_error_set(err, MUTAU_EIO, "cannot read standard input");
    if (b.columns.n == 0)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--at -: standard input has no header line of parameter names");
    if (b.n_wild > 0)
        return mutau_error_set(err, MUTAU_EUSAGE, "--at -: %zu of %zu rows could not be evaluated",
                               b.n_wild, b.n_row);
    return MUTAU_OK;
}

static mutau_status report(const void *options, cli_model *model, cli_result *result,
                           mutau_error *err)
{
    const char *at = ((const eval_options *)options)->at;
    char form[CLI_POINT_FORM_SIZE];
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_fit fit;
    cli_point_form(model->settings, form);
    if (at == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "eval needs --at %s or --at -", form);
    result->written = strcmp(at, "-") == 0;
    if (result->written)
        return eval_rows(model, result->writer, err);
    MUTAU_CHECK(cli_point_parse(model->settings, at, natural, err));
    MUTAU_CHECK(eval_one(model, natural, &fit, err));
    MUTAU_CHECK(build(result->report, model, &fit, NULL, err));
    cli_point_tables(result->report, model, &fit);
    cli_point_bins_table(result->report, model);
    return MUTAU_OK;
}

const cli_command cli_command_eval = {
    .name = "eval",
    .arguments = "RUN.yaml",
    .doc = "the posterior at one point, or at many read from stdin",
    .details =
        "Every free parameter must be given in natural units; fixed ones may be.  The point\n"
        "may lie outside the prior: then ln_prior is -inf and the rest stays finite.\n"
        "Blanks in it do not count, and a best sample may be pasted as 'mutau summary' prints it:\n"
        "log10_NAME counts as the logarithm of NAME, and results are left out.\n"
        "With --at - each row of stdin is answered by one line (JSON, or CSV on request).  A row\n"
        "that is not physical (a negative flux, say) has ln_posterior -inf and no bins.  One that "
        "is no\n"
        "point (a word, inf, too few columns) has no number at all; its line is named on stderr\n"
        "and under the key error, the rows after it are answered, and the exit code is 1.",
    CLI_OPTIONS(OPTIONS, eval_options),
    .one_thread = true,
    .min_files = 1,
    .max_files = 1,
    .report_model = report,
};
