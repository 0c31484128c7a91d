/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau eval: the posterior at one point, or at each row of a table on stdin. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "point.h"
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

/* With the bins, or, where there is no posterior, the reason `why`. */
static mutau_status write_json(const cli_model *model, const mutau_fit *fit, bool pretty,
                               const mutau_error *why, mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, pretty);
    mutau_json_object_begin(&json);
    cli_point_json(&json, model, fit, why == NULL);
    if (why != NULL) {
        mutau_json_key(&json, "error");
        mutau_json_string(&json, why->text);
    }
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
        return write_json(model, &fit, pretty, NULL, err);
    if (format == CLI_FORMAT_CSV) {
        cli_point_csv(model, &fit);
    } else {
        MUTAU_CHECK(cli_point_text(model, &fit, err));
        return cli_point_text_bins(model, err);
    }
    return MUTAU_OK;
}

/* What is said of a row without a posterior, in a line of its own: why, at which line of stdin,
 * and that ln_posterior is -inf, outside every prior, or not a number if there is no point. */
static mutau_status answer_wild(const cli_model *model, const double natural[], double ln_posterior,
                                const mutau_error *why, cli_format format, mutau_error *err)
{
    const char *reason =
        isnan(ln_posterior) ? "there is no posterior" : "the point is not physical";
    mutau_fit fit = {.point = {.ln_prior = ln_posterior,
                               .ln_likelihood = ln_posterior,
                               .chi2 = (double)NAN,
                               .tail_depth = (double)NAN},
                     .goodness = mutau_goodness_none(reason)};
    memcpy(fit.point.natural, natural, model->settings->set.n * sizeof *natural);
    for (size_t i = 0; i < MUTAU_MAX_TERMS; i++)
        fit.point.ln_term[i] = (double)NAN;
    for (size_t i = 0; i < MUTAU_MAX_DERIVED; i++)
        fit.point.derived[i] = (double)NAN;
    if (format == CLI_FORMAT_CSV) {
        cli_point_csv(model, &fit);
        return MUTAU_OK;
    }
    return write_json(model, &fit, false, why, err);
}

/* A batch of rows from stdin. */
typedef struct batch {
    cli_model *model;
    cli_format format;
    cli_point_columns columns;
    size_t n_line, n_row, n_wild;
} batch;

/* A row that is no point, or whose posterior cannot be computed, does not end the batch. */
static mutau_status refuse_row(batch *b, mutau_status status, mutau_error *why, mutau_error *err)
{
    double natural[MUTAU_MAX_PARAMETERS];
    if (status == MUTAU_ENOMEM || status == MUTAU_EIO)
        return mutau_error_set(err, status, "%s", why->text);
    for (size_t id = 0; id < b->model->settings->set.n; id++)
        natural[id] = (double)NAN;
    b->n_wild++;
    (void)mutau_error_wrap(why, status, "stdin:%zu", b->n_line);
    (void)fprintf(stderr, "mutau: error: %s\n", why->text);
    return answer_wild(b->model, natural, (double)NAN, why, b->format, err);
}

static mutau_status answer_row(batch *b, const char *line, mutau_error *err)
{
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_error why = {0};
    b->n_row++;
    mutau_status status = cli_point_row(b->model->settings, &b->columns, line, natural, &why);
    if (status != MUTAU_OK)
        return refuse_row(b, status, &why, err);
    if (cli_point_physical(b->model->settings, natural, &why) != MUTAU_OK) {
        (void)mutau_error_wrap(&why, MUTAU_EUSAGE, "stdin:%zu", b->n_line);
        return answer_wild(b->model, natural, -(double)INFINITY, &why, b->format, err);
    }
    status = eval_one(b->model, natural, b->format, false, &why);
    return status == MUTAU_OK ? MUTAU_OK : refuse_row(b, status, &why, err);
}

static mutau_status read_line(batch *b, const char *line, mutau_error *err)
{
    b->n_line++;
    if (strspn(line, " \t\r\n") == strlen(line))
        return MUTAU_OK;
    if (b->columns.n > 0) {
        MUTAU_CHECK(answer_row(b, line, err));
        /* Another program may be waiting for it. */
        return fflush(stdout) == 0 ? MUTAU_OK : cli_output_error(err);
    }
    MUTAU_TRY(err, cli_point_header(b->model->settings, line, &b->columns, err), "stdin:%zu",
              b->n_line);
    if (b->format == CLI_FORMAT_CSV)
        cli_point_csv_header(b->model);
    return MUTAU_OK;
}

/* Rows of stdin, answered one by one so that another program can converse. */
static mutau_status eval_rows(cli_model *model, cli_format format, mutau_error *err)
{
    char line[CLI_LINE_SIZE];
    batch b = {.model = model, .format = format};
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

static mutau_status eval(cli_model *model, const eval_options *options, cli_format format,
                         mutau_error *err)
{
    if (strcmp(options->at, "-") == 0)
        return eval_rows(model, format == CLI_FORMAT_TEXT ? CLI_FORMAT_JSON : format, err);
    double natural[MUTAU_MAX_PARAMETERS];
    MUTAU_CHECK(cli_point_parse(model->settings, options->at, natural, err));
    if (format == CLI_FORMAT_CSV)
        cli_point_csv_header(model);
    return eval_one(model, natural, format, true, err);
}

static int run(const void *options_, const cli_list *files)
{
    const eval_options *options = options_;
    mutau_error err = {0};
    char form[CLI_POINT_FORM_SIZE];
    cli_format format = CLI_FORMAT_TEXT;
    cli_model model = {0};
    mutau_status status = cli_read_format(options->json, options->format, &format, &err);
    if (status == MUTAU_OK)
        status = cli_model_open(&model, files->items[0], &options->set, &err);
    if (status == MUTAU_OK && options->at == NULL) {
        cli_point_form(model.settings, form);
        status = mutau_error_set(&err, MUTAU_EUSAGE, "eval needs --at %s or --at -", form);
    }
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
        "Blanks in it do not count, and a best sample may be pasted as 'mutau summary' prints it:\n"
        "log10_NAME counts as the logarithm of NAME, and results are left out.\n"
        "With --at - each row of stdin is answered by one line (JSON, or CSV on request).  A row\n"
        "that is not physical (a negative flux, say) has ln_posterior -inf and no bins.  One that "
        "is no\n"
        "point (a word, inf, too few columns) has no number at all; its line is named on stderr\n"
        "and under the key error, the rows after it are answered, and the exit code is 1.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(eval_options),
    .min_files = 1,
    .max_files = 1,
    .run = run,
};
