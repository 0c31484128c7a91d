/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau limits: the curve of each prior term in the plane of mass and coupling. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "model.h"
#include "mutau/json.h"
#include "mutau/limit.h"
#include "mutau/number.h"
#include "mutau/suggest.h"
#include "range.h"
#include "text.h"

enum { MAX_MASSES = 100000, SETTING_SIZE = 160, HEAD_SIZE = 64 };

typedef struct limits_options {
    const char *term, *cl, *masses;
    cli_list set;
    bool json;
    const char *format;
} limits_options;

static const cli_option OPTIONS[] = {
    {"term", CLI_TEXT, offsetof(limits_options, term), 0, 0, "NAME", "this term of the run only"},
    {"cl", CLI_TEXT, offsetof(limits_options, cl), 0, 0, "CL",
     "share of the posterior below a limit (0.90)"},
    {"masses", CLI_TEXT, offsetof(limits_options, masses), 0, 0, "lo:hi:n[:log|:lin]",
     "at most 100000 masses in MeV (1:100:50:log)"},
    {"set", CLI_LIST, offsetof(limits_options, set), 0, 0, "key=value",
     "replace or add a key of the run file, e.g. terms.trident=on"},
    {"json", CLI_FLAG, offsetof(limits_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(limits_options, format), 0, 0, "text|json|csv",
     "form of the report"},
};

/* What is asked for. */
typedef struct request {
    const char *term; /* NULL: all */
    double cl;
    cli_range masses; /* MeV */
    cli_format format;
} request;

/* One row of the report; a curve without a value there has NaN and a remark. */
typedef struct row {
    const char *term, *setting, *rule;
    double m_zprime;
    double g_prime, lower, upper;
    mutau_error remark;
} row;

/* Where rows go, whatever the form. */
typedef struct report {
    cli_format format;
    const char *mass, *coupling; /* the names of the parameters */
    double cl;
    mutau_json json;
    text_table *table; /* of the curve, in text */
} report;

static mutau_status read_request(const limits_options *options, request *r, mutau_error *err)
{
    *r = (request){.term = options->term, .cl = 0.90};
    MUTAU_CHECK(cli_read_format(options->json, options->format, &r->format, err));
    if (options->cl != NULL && !(cli_real(options->cl, &r->cl) && r->cl > 0.0 && r->cl < 1.0))
        return mutau_error_set(err, MUTAU_EUSAGE, "--cl takes a number between 0 and 1, not '%s'",
                               options->cl);
    return cli_range_read("--masses", "MeV",
                          options->masses != NULL ? options->masses : "1:100:50:log", MAX_MASSES,
                          &r->masses, err);
}

/* The run's terms must have the one that is asked for, if one is. */
static mutau_status check_term(const mutau_run_settings *s, const char *name, mutau_error *err)
{
    const char *known[MUTAU_MAX_TERMS + 1] = {NULL};
    char list[256], hint[MUTAU_SUGGEST_SIZE];
    if (s->n_term == 0)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "%s names no terms; add some, as in --set terms.%s=on ('mutau help "
                               "terms')",
                               s->path, name != NULL ? name : "NAME");
    for (size_t i = 0; i < s->n_term; i++) {
        known[i] = s->terms[i].type->name;
        if (name != NULL && strcmp(known[i], name) == 0)
            return MUTAU_OK;
    }
    if (name == NULL)
        return MUTAU_OK;
    (void)mutau_list_names(known, sizeof list, list);
    if (mutau_term_find(name) != NULL)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--term: '%s' is not a term of this run (%s); add it with --set "
                               "terms.%s=...",
                               name, list, name);
    mutau_suggest(name, known, "", hint);
    return mutau_error_set(err, MUTAU_EUSAGE, "--term: '%s' is not a term%s (this run has %s)",
                           name, hint, list);
}

/* "wp2020", "exposure=1.98e10 anchor=0.00055", "": the options that are set. */
static void describe(const mutau_term_choice *term, char text[SETTING_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < term->type->n_option && used < SETTING_SIZE; i++) {
        const mutau_option *o = &term->type->options[i];
        const unsigned char *field = term->settings.bytes + o->offset;
        char number[MUTAU_NUMBER_SIZE] = "";
        const char *value = number;
        int choice = -1;
        double real = (double)NAN;
        if (o->type == MUTAU_OPTION_CHOICE)
            memcpy(&choice, field, sizeof choice);
        else if (o->type == MUTAU_OPTION_REAL)
            memcpy(&real, field, sizeof real);
        if (choice < 0 && isnan(real))
            continue;
        if (choice >= 0)
            value = o->choices[choice];
        else
            mutau_number_write(real, number);
        const char *key = choice >= 0 ? "" : o->key;
        used += (size_t)snprintf(text + used, SETTING_SIZE - used, "%s%s%s%s", used > 0 ? " " : "",
                                 key, key[0] != '\0' ? "=" : "", value);
    }
}

static void print_field(double value, char end)
{
    char text[MUTAU_REAL_SIZE] = "";
    if (!isnan(value))
        mutau_json_format_real(value, text);
    (void)printf("%s%c", text, end);
}

static void print_csv(const row *r, double cl)
{
    (void)printf("%s,%s,%s,", r->term, r->setting, r->rule);
    print_field(cl, ',');
    print_field(r->m_zprime, ',');
    print_field(r->g_prime, ',');
    print_field(r->lower, ',');
    print_field(r->upper, ',');
    (void)printf("%s%s%s\n", r->remark.text[0] != '\0' ? "\"" : "", r->remark.text,
                 r->remark.text[0] != '\0' ? "\"" : "");
}

static void print_json(report *out, const row *r)
{
    mutau_json *json = &out->json;
    const char *const words[] = {"term", "setting", "rule"};
    const char *const texts[] = {r->term, r->setting, r->rule};
    const char *const keys[] = {"cl", out->mass, out->coupling, "lower", "upper"};
    const double values[] = {out->cl, r->m_zprime, r->g_prime, r->lower, r->upper};
    mutau_json_object_begin(json);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        mutau_json_key(json, words[i]);
        mutau_json_string(json, texts[i]);
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        mutau_json_key(json, keys[i]);
        mutau_json_real(json, values[i]);
    }
    mutau_json_key(json, "remark");
    mutau_json_string(json, r->remark.text[0] != '\0' ? r->remark.text : NULL);
    mutau_json_object_end(json);
}

static void add_text(text_table *table, const row *r)
{
    text_table_cell(table, "%.6g", r->m_zprime);
    if (r->remark.text[0] != '\0') {
        text_table_note(table, "%s", r->remark.text);
    } else if (isnan(r->g_prime)) {
        text_table_cell(table, "%.6e", r->lower);
        text_table_cell(table, "%.6e", r->upper);
    } else {
        text_table_cell(table, "%.6e", r->g_prime);
    }
}

static void print_row(report *out, const row *r)
{
    if (out->format == CLI_FORMAT_JSON)
        print_json(out, r);
    else if (out->format == CLI_FORMAT_CSV)
        print_csv(r, out->cl);
    else
        add_text(out->table, r);
}

/* A mass without a value is a row with a remark; anything else that fails ends the report. */
static mutau_status add_row(const mutau_run_settings *s, const mutau_term_choice *term, bool band,
                            row *r, report *out, mutau_error *err)
{
    double point[MUTAU_MAX_PARAMETERS];
    const double shares[] = {band ? 0.5 * (1.0 - out->cl) : out->cl, 0.5 * (1.0 + out->cl)};
    double g[2] = {(double)NAN, (double)NAN};
    r->remark.text[0] = '\0';
    mutau_run_settings_middle(s, point);
    point[s->places.mass] = r->m_zprime;
    const mutau_status status = mutau_limit_quantiles(term->type, term->state, &s->set, point,
                                                      band ? 2 : 1, shares, g, NULL, &r->remark);
    if (status != MUTAU_OK && status != MUTAU_EDOM)
        return mutau_error_set(err, status, "%s", r->remark.text);
    if (status != MUTAU_OK)
        g[0] = g[1] = (double)NAN;
    r->g_prime = band ? (double)NAN : g[0];
    r->lower = band ? g[0] : (double)NAN;
    r->upper = band ? g[1] : (double)NAN;
    print_row(out, r);
    return MUTAU_OK;
}

static mutau_status begin_curve(const mutau_term_choice *term, const row *r, bool band, report *out,
                                mutau_error *err)
{
    char mass[HEAD_SIZE], coupling[HEAD_SIZE];
    (void)snprintf(mass, sizeof mass, "%s [MeV]", out->mass);
    (void)snprintf(coupling, sizeof coupling, "%s%s", band ? "from " : "", out->coupling);
    const text_column columns[] = {
        {mass, TEXT_RIGHT, 0, 16, true},
        {coupling, TEXT_RIGHT, 1, 14, false},
        {"to", TEXT_RIGHT, 1, 14, false},
    };
    const char *what = band ? term->type->band
                       : term->type->band != NULL
                           ? "upper limit, the end of the same posterior as the band's"
                           : "upper limit";
    if (out->format != CLI_FORMAT_TEXT)
        return MUTAU_OK;
    MUTAU_CHECK(text_print(text_width(STDOUT_FILENO), err, "\n%s%s%s%s: %s\n", r->term,
                           r->setting[0] != '\0' ? " (" : "", r->setting,
                           r->setting[0] != '\0' ? ")" : "", what));
    out->table = text_table_alloc(band ? 3 : 2, columns);
    return MUTAU_OK;
}

static mutau_status add_curve(const mutau_run_settings *s, const mutau_term_choice *term,
                              const request *q, bool band, report *out, mutau_error *err)
{
    char setting[SETTING_SIZE];
    mutau_status status = MUTAU_OK;
    describe(term, setting);
    row r = {.term = term->type->name, .setting = setting, .rule = band ? "band" : "flat-g2"};
    MUTAU_CHECK(begin_curve(term, &r, band, out, err));
    for (size_t i = 0; i < q->masses.n && status == MUTAU_OK; i++) {
        r.m_zprime = cli_range_at(&q->masses, i);
        status = add_row(s, term, band, &r, out, err);
    }
    text_table *table = out->table;
    out->table = NULL;
    if (out->format == CLI_FORMAT_TEXT && status == MUTAU_OK)
        return text_table_end(table, text_width(STDOUT_FILENO), err);
    text_table_free(table);
    return status;
}

/* A measurement that sees something has a band as well. */
static mutau_status add_term(const mutau_run_settings *s, const mutau_term_choice *term,
                             const request *q, report *out, mutau_error *err)
{
    MUTAU_CHECK(add_curve(s, term, q, false, out, err));
    return term->type->band != NULL ? add_curve(s, term, q, true, out, err) : MUTAU_OK;
}

static mutau_status begin(report *out, mutau_error *err)
{
    if (out->format == CLI_FORMAT_CSV) {
        (void)printf("term,setting,rule,cl,%s,%s,lower,upper,remark\n", out->mass, out->coupling);
    } else if (out->format == CLI_FORMAT_TEXT) {
        return text_print(text_width(STDOUT_FILENO), err,
                          "%g %% credible limits on g' at fixed mass, for a prior flat in g'^2\n",
                          100.0 * out->cl);
    } else {
        mutau_json_init(&out->json, stdout, true);
        mutau_json_object_begin(&out->json);
        mutau_json_key(&out->json, "units");
        mutau_json_object_begin(&out->json);
        mutau_json_key(&out->json, out->mass);
        mutau_json_string(&out->json, "MeV");
        mutau_json_object_end(&out->json);
        mutau_json_key(&out->json, "rows");
        mutau_json_array_begin(&out->json);
    }
    return MUTAU_OK;
}

static mutau_status report_limits(const mutau_run_settings *s, const request *q, mutau_error *err)
{
    report out = {.format = q->format,
                  .cl = q->cl,
                  .mass = s->set.spec[s->places.mass]->name,
                  .coupling = s->set.spec[s->places.coupling]->name};
    MUTAU_CHECK(begin(&out, err));
    for (size_t i = 0; i < s->n_term; i++)
        if (q->term == NULL || strcmp(q->term, s->terms[i].type->name) == 0)
            MUTAU_CHECK(add_term(s, &s->terms[i], q, &out, err));
    if (q->format != CLI_FORMAT_JSON)
        return MUTAU_OK;
    mutau_json_array_end(&out.json);
    mutau_json_object_end(&out.json);
    return mutau_json_finish(&out.json, err);
}

static int run(const void *options_, const cli_list *files)
{
    const limits_options *options = options_;
    mutau_run_settings *settings = NULL;
    mutau_error err = {0};
    request q;
    mutau_status status = read_request(options, &q, &err);
    if (status == MUTAU_OK)
        status = mutau_run_settings_read(files->items[0], options->set.n, options->set.items,
                                         &settings, &err);
    if (status == MUTAU_OK)
        status = cli_refuse_target(settings, files->items[0], &err);
    if (status == MUTAU_OK) {
        cli_print_warnings(settings);
        status = check_term(settings, q.term, &err);
    }
    if (status == MUTAU_OK)
        status = report_limits(settings, &q, &err);
    mutau_run_settings_free(settings);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
}

const cli_command cli_command_limits = {
    .name = "limits",
    .arguments = "RUN.yaml",
    .doc = "each term's limit on g' against the mass",
    .details =
        "What each term of the run alone says about g' at fixed mass, by one convention: the\n"
        "prior is flat in g'^2, and below the limit lies the share CL of the likelihood's\n"
        "integral (rule flat-g2).  That is a credible limit, not one of confidence.\n"
        "A measured shift ('mutau help terms' says which term is one) has a central band as well,\n"
        "from the share (1-CL)/2 to (1+CL)/2 (rule band): what explains the shift, while the "
        "limit\n"
        "is only the upper end of the same posterior.  Where the shift is far from 0, so is the\n"
        "band; where it may be 0, the limit says more than the band.\n"
        "Where a term has no limit, its inputs ending or its likelihood not falling, the row has\n"
        "no value and a remark that says why.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(limits_options),
    .min_files = 1,
    .max_files = 1,
    .run = run,
};
